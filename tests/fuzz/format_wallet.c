/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/format_one.h"

extern const struct format format_wallet;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return format_one(&format_wallet, data, len);
}
