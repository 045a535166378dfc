/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the table for people that shows endpoints, problems first. */
#ifndef CW_AGENT_OUTPUT_ENDPOINT_ROWS_H
#define CW_AGENT_OUTPUT_ENDPOINT_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/certwalk.pb-c.h"

#define ENDPOINT_ROWS 40	/* shown */
#define ENDPOINT_STATES 6

struct endpoint_row {
	unsigned int rank;
	char *place;
	char *process;
	char *cause;
};

struct endpoint_rows {
	uint64_t states[ENDPOINT_STATES];
	uint64_t count;
	struct endpoint_row rows[ENDPOINT_ROWS];	/* worst first */
	size_t n;
};

/* Takes note of one that serves a certificate, passes over others; starts
 * zeroed.  0 or -ENOMEM. */
int endpoint_rows_add(struct endpoint_rows *r, const Cw__EndpointPlace *e);
void endpoint_rows_print(const struct endpoint_rows *r, FILE *out, bool color);
void endpoint_rows_free(struct endpoint_rows *r);

#endif
