/* SPDX-License-Identifier: Apache-2.0 */
/* The first two bytes are the flags. */
#include "agent/syntax/lines.h"
#include "tests/fuzz/syntax_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct syntax_lines options = {.comments = "#;"};

	if (len < 2)
		return 0;
	options.flags = (unsigned int)data[0] | (unsigned int)data[1] << 8;
	return syntax_one(syntax_lines, &options, data + 2, len - 2);
}
