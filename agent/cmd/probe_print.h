/* SPDX-License-Identifier: Apache-2.0 */
/* How `certwalk probe` shows what was answered. */
#ifndef CW_AGENT_CMD_PROBE_PRINT_H
#define CW_AGENT_CMD_PROBE_PRINT_H

#include <stdio.h>

#include "agent/proc/ipc.pb-c.h"

/* A target's result, and its place: address, port, host. */
struct probe_answer {
	const Ipc__ProbeResult *result;
	const Cw__EndpointPlace *place;
};

struct probe_counts {
	uint64_t targets;
	uint64_t answered;	/* with TLS, be it an alert */
	/* by the word of ProbeResult.failure; ends with word NULL */
	struct {
		const char *word;
		uint64_t count;
	} failures[16];
};

struct probe_printer {
	const char *name;	/* as in --format */
	/* 0 or -errno */
	int (*begin)(FILE *out);
	int (*answer)(FILE *out, const struct probe_answer *a);
	int (*end)(FILE *out, const struct probe_counts *c);
};

extern const struct probe_printer probe_print_table;
extern const struct probe_printer probe_print_jsonl;

#endif
