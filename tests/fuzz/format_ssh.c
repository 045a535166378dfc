/* SPDX-License-Identifier: Apache-2.0 */
/* All that share the reader of SSH's encoding. */
#include "tests/fuzz/format_one.h"

extern const struct format format_putty;
extern const struct format format_ssh2;
extern const struct format format_ssh_key;
extern const struct format format_ssh_lines;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	format_one(&format_putty, data, len);
	format_one(&format_ssh2, data, len);
	format_one(&format_ssh_key, data, len);
	return format_one(&format_ssh_lines, data, len);
}
