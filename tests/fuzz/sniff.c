/* SPDX-License-Identifier: Apache-2.0 */
/* What the walk role does with a first block, and with a text. */
#include "agent/format/format.h"
#include "agent/walk/search.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int ready;
	size_t head = len < LIMIT_HEAD ? len : LIMIT_HEAD;

	if (!ready++)
		search_prepare();
	format_sniff(data, head, len, "");
	format_sniff(data, head, UINT64_MAX, "keystore.p12");
	search_hit(data, len);
	return 0;
}
