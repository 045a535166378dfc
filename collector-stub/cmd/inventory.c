/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/inventory.h"
#include "collector-stub/cmd/rows.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/log.h"

/* fewest hex digits that stand for an object */
#define PREFIX_MIN 8

static const struct group_view *const views[] = {
	&group_table_view,
	&group_jsonl_view,
	NULL
};

struct listing {
	const struct group_view *view;
	const char *want;	/* hex digits, or "": all certificates */
	const uint8_t *only;	/* all of the digits, in bytes, or NULL */
	int64_t now;
	struct group group;
	size_t unreadable;	/* rows that are no location: never expected */
	size_t lacking;		/* groups without facts */
	size_t shown;
};

static bool is_wanted(const struct listing *l)
{
	char hex[HASH_HEX];

	if (!*l->want)
		return true;
	encode_hex(l->group.object, HASH_SIZE, hex);
	return l->group.has_object &&
		strncasecmp(hex, l->want, strlen(l->want)) == 0;
}

static int flush(struct listing *l)
{
	int r = 0;

	if (l->group.count > 0 && is_wanted(l)) {
		l->shown++;
		if (!group_facts(&l->group))
			l->lacking++;
		r = *l->want ? l->view->one(&l->group, l->now) :
			l->view->all(&l->group, l->now);
	}
	group_reset(&l->group);
	return r;
}

static int on_place(void *arg, const struct store_place *p)
{
	struct listing *l = arg;
	int r = group_is_of(&l->group, p) ? 0 : flush(l);

	if (r == 0)
		r = group_add(&l->group, p);
	if (r == -EBADMSG) {
		l->unreadable++;
		r = 0;
	}
	return r;
}

static int show(struct session *s, struct listing *l)
{
	int r = 0;

	if (!*l->want && l->view->begin)
		l->view->begin(l->now);
	r = s->store->driver->places(s->store, l->only, on_place, l);
	if (r == 0)
		r = flush(l);
	group_reset(&l->group);
	if (r < 0)
		return session_failed(s, "the inventory cannot be listed");
	if (l->unreadable > 0)
		log_warn("%zu stored locations cannot be read", l->unreadable);
	if (l->lacking > 0)
		log_warn("%zu objects are not shown in full: they could not be "
			 "read, or their host has not sent them yet",
			 l->lacking);
	if (!*l->want || l->shown > 0)
		return EXIT_DONE;
	log_error("%s: nothing of that SHA-256 is in the inventory", l->want);
	return EXIT_FAILED;
}

static const struct group_view *find_view(const char *format)
{
	for (size_t i = 0; views[i]; i++)
		if (strcmp(views[i]->format, format) == 0)
			return views[i];
	return NULL;
}

static bool is_hash(const char *text)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");

	return len >= PREFIX_MIN && len < HASH_HEX && !text[len];
}

static int show_chosen(struct session *s, const struct query *q,
		       const struct listing *l)
{
	if (l->view->begin)
		l->view->begin(l->now);
	return inventory_chosen(s, q, l->view);
}

/* A line for each certificate, without its places. */
static int show_csv(struct session *s, struct query *q)
{
	q->subject = query_subject("certificates");
	return rows_csv(s, q, 0, "the inventory cannot be listed");
}

static bool is_good(int n, char **argv, const struct listing *l,
		    const struct query *q, bool problems, bool csv)
{
	bool chosen = q->filter || q->sort || problems || csv;

	if (n < 0 || n > 1 || (!l->view && !csv) ||
	    (problems && (q->sort || csv)))
		return false;
	return n == 0 || (is_hash(argv[1]) && !chosen);
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *format = "table";
	struct query q = { .now = clock_now() };
	bool problems = false;
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--filter", &q.filter, NULL },
		{ "--format", &format, NULL },
		{ "--problems", NULL, &problems },
		{ "--sort", &q.sort, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r = 0;
	struct listing l = { .view = find_view(format), .now = q.now,
		.want = "" };
	bool csv = strcmp(format, "csv") == 0;
	uint8_t only[HASH_SIZE];
	struct session s;

	if (!is_good(n, argv, &l, &q, problems, csv)) {
		cmd_usage(&cmd_inventory, true);
		return EXIT_USAGE;
	}
	if (n == 1)
		l.want = argv[1];
	if (n == 1 && decode_hex(argv[1], only, HASH_SIZE) == 0)
		l.only = only;
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	if (problems)
		r = inventory_problems(&s, &q, l.view == &group_jsonl_view);
	else if (csv)
		r = show_csv(&s, &q);
	else if (q.filter || q.sort)
		r = show_chosen(&s, &q, &l);
	else
		r = show(&s, &l);
	session_close(&s);
	return r;
}

const struct cmd cmd_inventory = {
	.name = "inventory",
	.arguments = "[--filter EXPR] [--sort FIELD] [--problems]"
		" [--format table|jsonl|csv] [--config FILE] [SHA256]",
	.summary = "list certificates with their hosts and places",
	.help = "  --filter EXPR    only certificates that pass, such as\n"
		"                   'not_after < 30d and host ~ web', see\n"
		"                   certwalk-filter(7)\n"
		"  --sort FIELD     in this order; -FIELD the other way round\n"
		"  --problems       what is wrong, the worst first: what\n"
		"                   listeners serve, then the files that\n"
		"                   services are configured with\n"
		"  --format FORMAT  table (for people), jsonl (an object a\n"
		"                   line) or csv (without places)\n"
		"  --config FILE    another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\nThose that end soonest come first.  With the SHA256 of an\n"
		"object, or the first digits of a certificate's, it alone is\n"
		"shown, with all its places.\n",
	.run = run,
};
