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

const char *output_kind(Cw__Kind kind)
{
	static const char *const words[] = {
		[CW__KIND__KIND_CERTIFICATE] = "certificate",
		[CW__KIND__KIND_PRIVATE_KEY] = "private-key",
		[CW__KIND__KIND_PUBLIC_KEY] = "public-key",
		[CW__KIND__KIND_CSR] = "csr",
		[CW__KIND__KIND_CRL] = "crl",
		[CW__KIND__KIND_SSH_KEY] = "ssh-key",
		[CW__KIND__KIND_SSH_CERTIFICATE] = "ssh-certificate",
		[CW__KIND__KIND_KEYSTORE] = "keystore",
		[CW__KIND__KIND_ENDPOINT] = "endpoint",
	};
	size_t i = (size_t)kind;

	return i < sizeof(words) / sizeof(words[0]) && words[i] ? words[i]
								: "unknown";
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
