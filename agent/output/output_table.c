/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/output/output.h"

extern const struct output output_table_format;
extern const struct output output_jsonl;

const struct output *const output_table[] = {
	&output_table_format,
	&output_jsonl,
	NULL,
};

const struct output *output_find(const char *name)
{
	for (size_t i = 0; output_table[i]; i++) {
		if (strcmp(output_table[i]->name, name) == 0)
			return output_table[i];
	}
	return NULL;
}

const char *output_gap(Cw__GapKind kind)
{
	static const char *const words[] = {
		[CW__GAP_KIND__GAP_UNREADABLE] = "unreadable",
		[CW__GAP_KIND__GAP_SKIPPED] = "skipped",
		[CW__GAP_KIND__GAP_VANISHED] = "vanished",
		[CW__GAP_KIND__GAP_TOO_LARGE] = "too-large",
		[CW__GAP_KIND__GAP_MALFORMED] = "malformed",
		[CW__GAP_KIND__GAP_LOCKED] = "locked",
		[CW__GAP_KIND__GAP_CRASHED] = "crashed",
		[CW__GAP_KIND__GAP_TIMEOUT] = "timeout",
		[CW__GAP_KIND__GAP_UNSUPPORTED] = "unsupported",
	};
	size_t i = (size_t)kind;

	return i < sizeof(words) / sizeof(words[0]) && words[i] ? words[i]
								: "unknown";
}
