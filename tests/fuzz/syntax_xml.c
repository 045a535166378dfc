/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/xml.h"
#include "tests/fuzz/syntax_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return syntax_one(syntax_xml, NULL, data, len);
}
