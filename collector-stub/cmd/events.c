/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/rows.h"
#include "collector-stub/cmd/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/quantity.h"
#include "lib/text.h"

/* lines of a table where no number is given */
#define SHOWN 1000

struct listing {
	bool json;
	int64_t most;	/* 0: all */
	int64_t shown;
	bool more;	/* than ${most} */
};

/* ": VALUE" of a field that is there. */
static void add(struct buf *b, const struct query_row *row, const char *before,
		const char *name)
{
	const struct store_value *v = query_value(row, name);
	char when[CLOCK_TEXT];

	if (v->type == STORE_NULL)
		return;
	buf_adds(b, b->len > 0 ? before : before + strspn(before, ",: "));
	if (v->type == STORE_NUMBER) {
		clock_rfc3339(v->number, when);
		buf_adds(b, when);
	} else {
		buf_add(b, v->data, v->len);
	}
}

/* Where it is, a certificate's end, an endpoint's state before, the cause. */
static void say_what(struct buf *b, const struct query_row *row)
{
	add(b, row, ", ", "place");
	add(b, row, ", until ", "not_after");
	add(b, row, ", the one before until ", "prior_not_after");
	add(b, row, ", was ", "was");
	add(b, row, ": ", "cause");
}

static char *column(const struct query_row *row, const char *name,
		    size_t width)
{
	const struct store_value *v = query_value(row, name);

	return text_column(v->len ? v->data : "-", v->len ? v->len : 1, width,
			   true);
}

static int print_table(const struct query_row *row)
{
	char *event = column(row, "event", 9), *host = column(row, "host", 20);
	char *subject = column(row, "subject", 32), *what = NULL;
	char when[CLOCK_TEXT];
	struct buf b;
	int r = 0;

	buf_init(&b, 4 * LIMIT_FACTS);
	say_what(&b, row);
	what = b.failed ? NULL : text_printable(b.data, b.len);
	clock_rfc3339(query_value(row, "time")->number, when);
	if (event && host && subject && what)
		printf("%-20s  %s  %s  %s  %s\n", when, event, host, subject,
		       what);
	else
		r = -ENOMEM;
	buf_free(&b);
	free(event);
	free(host);
	free(subject);
	free(what);
	return r;
}

static int print_row(void *arg, const struct query_row *row)
{
	struct listing *l = arg;

	l->more = l->most > 0 && l->shown == l->most;
	if (l->more)
		return 1;
	l->shown++;
	return l->json ? rows_print_json(NULL, row) : print_table(row);
}

static int list(struct session *s, const struct query *q, struct listing *l)
{
	int r = 0;

	if (!l->json)
		printf("%-20s  %-9s  %-20s  %-32s  %s\n", "TIME", "EVENT",
		       "HOST", "SUBJECT", "PLACE");
	r = session_query(s, q, print_row, l, "events cannot be listed");
	if (r == EXIT_DONE && l->more && !l->json)
		log_info("there are more than these %lld: --limit 0 shows all",
			 (long long)l->most);
	return r;
}

static bool is_format(const char *text)
{
	return strcmp(text, "table") == 0 || strcmp(text, "jsonl") == 0 ||
		strcmp(text, "csv") == 0;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *format = "table", *most = NULL;
	struct query q = { .now = clock_now() };
	struct listing l = { .json = false };
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--filter", &q.filter, NULL },
		{ "--format", &format, NULL },
		{ "--limit", &most, NULL },
		{ "--sort", &q.sort, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r = 0;
	struct session s;

	if (n != 0 || !is_format(format) ||
	    (most && quantity_parse(most, quantity_plain, &l.most) < 0)) {
		cmd_usage(&cmd_events, true);
		return EXIT_USAGE;
	}
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	q.subject = query_subject("events");
	l.json = strcmp(format, "jsonl") == 0;
	if (!most && strcmp(format, "table") == 0)
		l.most = SHOWN;
	if (strcmp(format, "csv") == 0)
		r = rows_csv(&s, &q, l.most, "events cannot be listed");
	else
		r = list(&s, &q, &l);
	session_close(&s);
	return r;
}

const struct cmd cmd_events = {
	.name = "events",
	.arguments = "[--filter EXPR] [--sort FIELD] [--limit N]"
		" [--format table|jsonl|csv] [--config FILE]",
	.summary = "list what has changed, the latest first",
	.help = "  --filter EXPR    only events that pass, such as\n"
		"                   'event = gone and time > -7d', see\n"
		"                   certwalk-filter(7)\n"
		"  --sort FIELD     in this order; -FIELD the other way round\n"
		"  --limit N        at most so many; 0 stands for all, and a\n"
		"                   table has 1000 unless told otherwise\n"
		"  --format FORMAT  table (for people), jsonl (an object a\n"
		"                   line) or csv\n"
		"  --config FILE    another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\nOf certificates: new, renewed, replaced, gone.  Of\n"
		"endpoints: the state that they came to.  Of hosts: joined,\n"
		"silent, back, resynced, many (more at once than is\n"
		"listed).\n",
	.run = run,
};
