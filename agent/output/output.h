/* SPDX-License-Identifier: Apache-2.0 */
/* The family of output formats of `certwalk scan`; output_table.c has them. */
#ifndef CW_AGENT_OUTPUT_H
#define CW_AGENT_OUTPUT_H

#include <stdio.h>

#include "agent/proc/ipc.pb-c.h"
#include "proto/certwalk.pb-c.h"

struct output {
	const char *name;	/* as in --format */
	const char *description;
	/* Makes the state that the others get: 0 or -errno. */
	int (*begin)(FILE *out, void **ret_state);
	int (*location)(void *state, const Cw__Location *l,
			const Ipc__Finding *f);
	/* Writes what is left, the coverage last; frees the state. */
	int (*end)(void *state, const Cw__Coverage *c);
};

extern const struct output *const output_table[];	/* NULL-terminated */

/* NULL where there is none of that name. */
const struct output *output_find(const char *name);

/* The word for a kind of gap: "unreadable" */
const char *output_gap(Cw__GapKind kind);

#endif
