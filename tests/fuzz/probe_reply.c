/* SPDX-License-Identifier: Apache-2.0 */
/* What a server sends after a hello: records, messages, and the facts of what
 * is in them.  The first byte splits the rest in two. */
#include <stdlib.h>

#include "agent/probe/record.h"
#include "agent/probe/reply.h"
#include "agent/probe/result.h"
#include "agent/probe/staple.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(struct record_reader *in, struct reply *r)
{
	struct record_message m = {0};
	const char *why = "";
	int e = 0;

	while (e == 0 && record_next(in, &m) == RECORD_MESSAGE)
		e = reply_message(r, m.type, m.body, m.len, &why);
	if (e < 0 && e != -12 && !*why)
		abort();
}

static void report(const struct reply *r)
{
	Ipc__ProbeTarget t = IPC__PROBE_TARGET__INIT;
	struct result *result = result_new(&t);
	enum suite_auth key = SUITE_ANY;
	const Ipc__ProbeResult *m = NULL;
	struct plan p;
	uint8_t *packed = NULL;

	plan_begin(&p, NULL, 0);
	plan_start(&p);
	if (result && result_answer(result, &p, r, &key) == 0) {
		plan_answer(&p, r, key);
		m = result_finish(result, &p, "tls");
		packed = malloc(ipc__probe_result__get_packed_size(m) + 1);
		if (packed)
			ipc__probe_result__pack(m, packed);
	}
	free(packed);
	result_free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t first = len > 0 ? data[0] * len / 256 : 0;
	struct record_reader in;
	struct reply r;

	if (len == 0)
		return 0;
	record_init(&in);
	reply_init(&r);
	if (first > len - 1)
		first = len - 1;
	if (record_feed(&in, data + 1, first) == 0)
		take(&in, &r);
	if (record_feed(&in, data + 1 + first, len - 1 - first) == 0)
		take(&in, &r);
	report(&r);
	record_free(&in);
	reply_free(&r);
	return 0;
}
