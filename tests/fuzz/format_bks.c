/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/format_one.h"

extern const struct format format_bks;
extern const struct format format_uber;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	format_one(&format_uber, data, len);
	return format_one(&format_bks, data, len);
}
