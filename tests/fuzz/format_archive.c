/* SPDX-License-Identifier: Apache-2.0 */
/* Without libarchive there is nothing to do here.  It is loaded as installed,
 * so that what the fuzzer sees of it is its crashes alone. */
#include "tests/fuzz/format_one.h"

extern const struct format format_archive;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	format_configure(&(struct format_settings){.archives = true});
	format_archive.prepare();
	return format_one(&format_archive, data, len);
}
