/* SPDX-License-Identifier: Apache-2.0 */
/* One format over the fuzzer's bytes, whether it claims them or not. */
#ifndef CW_TESTS_FUZZ_FORMAT_ONE_H
#define CW_TESTS_FUZZ_FORMAT_ONE_H

#include "agent/format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int format_one_finding(void *arg, const Ipc__Finding *f)
{
	(void)arg;
	/* what is handed out must be whole */
	return ipc__finding__get_packed_size(f) > 0 ? 0 : -1;
}

static int format_one_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	(void)arg;
	(void)kind;
	(void)reason;
	return 0;
}

static inline int format_one(const struct format *f, const uint8_t *data,
			     size_t len)
{
	const struct emit_sink sink = {
		.finding = format_one_finding,
		.gap = format_one_gap,
	};
	struct source s;
	struct emit e;

	source_open_memory(&s, data, len, "");
	emit_init(&e, &sink);
	e.format = f->name;
	f->sniff(s.head, s.head_len, s.size, s.name);
	f->parse(&s, &e);
	emit_free(&e);
	return 0;
}

#endif
