/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/cmd/rows.h"
#include "lib/clock.h"
#include "lib/cmd.h"
#include "lib/limits.h"
#include "lib/text.h"

#define DAY 86400

struct listing {
	bool json;
	bool color;
	int64_t now;
	size_t shown;
	const char *kind;
};

static const char *const endpoint_fields[] = { "problem", "host", "agent_id",
	"address", "port", "transport", "starttls", "sni", "process", "unit",
	"container", "state", "cause", "chain", "sha256", "subject",
	"not_after", NULL };
static const char *const file_fields[] = { "problem", "host", "agent_id",
	"path", "entry", "services", "server_names", "container", "sha256",
	"subject", "not_after", NULL };

/* In words, where the agent has named no cause. */
static void say_why(struct buf *b, const struct listing *l,
		    const struct query_row *row, const char *problem)
{
	const struct store_value *cause = query_value(row, "cause");
	const struct store_value *chain = query_value(row, "chain");
	int64_t left = query_value(row, "not_after")->number - l->now;

	if (strcmp(problem, "expired") == 0)
		buf_addf(b, "ended %lld days ago", (long long)(-left / DAY));
	else if (strcmp(problem, "expiring") == 0)
		buf_addf(b, "ends in %lld days", (long long)(left / DAY));
	else if (strcmp(problem, "unserved") == 0)
		buf_adds(b, "configured, but nothing serves it");
	else if (strcmp(problem, "chain") == 0 && cause && cause->len == 0)
		buf_adds(b, chain->len == 4 ? "an intermediate certificate is "
			 "missing" : "the chain is in disorder");
	if (!cause || cause->len == 0)
		return;
	if (b->len > 0)
		buf_adds(b, "; ");
	buf_add(b, cause->data, cause->len);
}

static void say_where(struct buf *b, const struct query_row *row)
{
	const struct store_value *path = query_value(row, "path");
	const struct store_value *entry = query_value(row, "entry");
	const struct store_value *address = query_value(row, "address");
	const struct store_value *sni = query_value(row, "sni");

	if (path) {
		buf_add(b, path->data, path->len);
		if (entry->len > 0)
			buf_addf(b, " #%.*s", (int)entry->len,
				 (const char *)entry->data);
		return;
	}
	buf_add(b, address->data, address->len);
	buf_addf(b, ":%lld",
		 (long long)query_value(row, "port")->number);
	if (sni->len > 0)
		buf_addf(b, " (%.*s)", (int)sni->len, (const char *)sni->data);
}

static char *column(const struct store_value *v, size_t width)
{
	return text_column(v->len ? v->data : "-", v->len ? v->len : 1, width,
			   true);
}

static int print_table(const struct listing *l, const struct query_row *row)
{
	char *problem = column(query_value(row, "problem"), 9);
	char *host = column(query_value(row, "host"), 20);
	char *subject = column(query_value(row, "subject"), 32);
	char word[16] = "", *place = NULL, *why = NULL;
	struct buf b;
	int r = 0;

	buf_init(&b, 2 * LIMIT_PATH);
	say_where(&b, row);
	place = text_column(b.data, b.len, 32, true);
	buf_reset(&b);
	if (problem)
		snprintf(word, sizeof(word), "%.*s",
			 (int)strcspn(problem, " "), problem);
	say_why(&b, l, row, word);
	why = text_printable(b.data, b.len);
	if (problem && host && subject && place && why)
		printf("%s%s%s  %s  %s  %s  %s\n", l->color ? "\033[31m" : "",
		       problem, l->color ? "\033[0m" : "", host, place,
		       subject, why);
	else
		r = -ENOMEM;
	buf_free(&b);
	free(problem);
	free(host);
	free(subject);
	free(place);
	free(why);
	return r;
}

static int print_row(void *arg, const struct query_row *row)
{
	struct listing *l = arg;

	l->shown++;
	return l->json ? rows_print_json(l->kind, row) : print_table(l, row);
}

int inventory_problems(struct session *s, struct query *q, bool json)
{
	static const char failed[] = "problems cannot be listed";
	struct listing l = { .json = json, .now = q->now, .kind = "endpoint",
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") };
	int r = 0;

	if (!json)
		printf("%-9s  %-20s  %-32s  %-32s  %s\n", "PROBLEM", "HOST",
		       "PLACE", "SUBJECT", "WHY");
	q->scope = "problem and not revoked";
	q->subject = query_subject("endpoints");
	q->fields = endpoint_fields;
	q->sort = "-severity";
	r = session_query(s, q, print_row, &l, failed);
	if (r != EXIT_DONE)
		return r;
	l.kind = "certificate";
	q->scope = "problem and not revoked and kind = certificate and "
		"(role = leaf or role = self-signed-leaf)";
	q->subject = query_subject("locations");
	q->fields = file_fields;
	q->sort = "not_after";
	r = session_query(s, q, print_row, &l, failed);
	if (r == EXIT_DONE && l.shown == 0 && !json)
		printf("nothing is wrong with what the agents have "
		       "reported\n");
	return r;
}
