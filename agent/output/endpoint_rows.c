/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/output/endpoint_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/endpoint_text.h"
#include "lib/limits.h"
#include "lib/text.h"

#define PLACE_COLUMNS 44

/* Worst first; the last but one stands for all that are not known. */
static const struct {
	const char *word, *color;
} states[ENDPOINT_STATES] = {
	{"stale", "\033[31m"},	   {"mixed", "\033[31m"},
	{"elsewhere", "\033[33m"}, {"chain", "\033[33m"},
	{"unknown", ""},	   {"live", ""},
};

#define UNKNOWN (ENDPOINT_STATES - 2)

static unsigned int rank_of(const char *state)
{
	for (unsigned int i = 0; i < ENDPOINT_STATES; i++) {
		if (strcmp(states[i].word, state) == 0)
			return i;
	}
	return UNKNOWN;
}

static char *printable(const char *text)
{
	return text_printable(text, strlen(text));
}

static char *place_of(const Cw__EndpointPlace *e)
{
	char *text = NULL;
	struct buf b;

	buf_init(&b, LIMIT_PATH);
	endpoint_text(&b, e);
	if (*e->starttls)
		buf_addf(&b, " %s", e->starttls);
	text = text_column(b.data, b.len, PLACE_COLUMNS, true);
	buf_free(&b);
	return text;
}

static void row_free(struct endpoint_row *r)
{
	free(r->place);
	free(r->process);
	free(r->cause);
}

static bool comes_before(const struct endpoint_row *a,
			 const struct endpoint_row *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return strcmp(a->place, b->place) < 0;
}

int endpoint_rows_add(struct endpoint_rows *r, const Cw__EndpointPlace *e)
{
	const char *slash = strrchr(e->process, '/');
	struct endpoint_row row = {.rank = rank_of(e->state)};
	size_t at = r->n;

	if (*e->failure)
		return 0;
	r->states[row.rank]++;
	r->count++;
	row.place = place_of(e);
	row.process = printable(slash ? slash + 1 : e->process);
	row.cause = printable(e->cause);
	if (!row.place || !row.process || !row.cause) {
		row_free(&row);
		return -ENOMEM;
	}
	while (at > 0 && comes_before(&row, &r->rows[at - 1]))
		at--;
	if (at == ENDPOINT_ROWS) {
		row_free(&row);
		return 0;
	}
	if (r->n == ENDPOINT_ROWS)
		row_free(&r->rows[--r->n]);
	memmove(&r->rows[at + 1], &r->rows[at],
		(r->n - at) * sizeof(r->rows[0]));
	r->rows[at] = row;
	r->n++;
	return 0;
}

void endpoint_rows_print(const struct endpoint_rows *r, FILE *out, bool color)
{
	const char *comma = "";

	if (r->count == 0)
		return;
	fprintf(out, "\nServed on listening sockets: ");
	for (size_t i = 0; i < ENDPOINT_STATES; i++) {
		if (r->states[i] == 0)
			continue;
		fprintf(out, "%s%llu %s", comma,
			(unsigned long long)r->states[i], states[i].word);
		comma = ", ";
	}
	fputc('\n', out);
	for (size_t i = 0; i < r->n; i++) {
		const struct endpoint_row *row = &r->rows[i];
		const char *on = color ? states[row->rank].color : "";

		fprintf(out, "  %s%-9s%s  %s  %s\n", on,
			states[row->rank].word, *on ? "\033[0m" : "",
			row->place, row->process);
		if (*row->cause)
			fprintf(out, "    %s\n", row->cause);
	}
	if (r->count > r->n)
		fprintf(out, "  and %llu more\n",
			(unsigned long long)(r->count - r->n));
}

void endpoint_rows_free(struct endpoint_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		row_free(&r->rows[i]);
	r->n = 0;
}
