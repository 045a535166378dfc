/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/rows.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/order/audit.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

struct listing {
	bool color;
	bool json;
};

/* What both forms show. */
static const char *const fields[] = { "agent_id", "host", "state", "created",
	"last_seen", "certificate_not_after", "generation", "locations",
	"scanned", "complete", "gaps", "os", "arch", "agent_version", NULL };

static int64_t number(const struct query_row *row, const char *name)
{
	return query_value(row, name)->number;
}

static char *column(const struct query_row *row, const char *name,
		    size_t width, bool pad)
{
	const struct store_value *v = query_value(row, name);

	return text_column(v->len ? v->data : "-", v->len ? v->len : 1, width,
			   pad);
}

static int print_table(const struct listing *l, const struct query_row *row)
{
	char *host = column(row, "host", 24, true);
	char *state = column(row, "state", 9, true);
	char *id = column(row, "agent_id", 36, true);
	bool red = l->color && state && strncmp(state, "revoked", 7) == 0;
	char seen[CLOCK_TEXT] = "never", gaps[32] = "-";
	int r = host && state && id ? 0 : -ENOMEM;

	if (number(row, "last_seen") > 0)
		clock_rfc3339(number(row, "last_seen"), seen);
	if (number(row, "scanned") > 0)
		snprintf(gaps, sizeof(gaps), "%lld%s",
			 (long long)number(row, "gaps"),
			 number(row, "complete") ? "" : "+");
	if (r == 0)
		printf("%s  %s  %s%s%s  %-20s  %9lld  %6s\n", id, host,
		       red ? "\033[31m" : "", state, red ? "\033[0m" : "",
		       seen, (long long)number(row, "locations"), gaps);
	free(host);
	free(state);
	free(id);
	return r;
}

static int print_row(void *arg, const struct query_row *row)
{
	const struct listing *l = arg;

	return l->json ? rows_print_json(NULL, row) : print_table(l, row);
}

static int list(struct session *s, struct query *q, bool json)
{
	struct listing l = {
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.json = json,
	};

	q->subject = query_subject("hosts");
	q->fields = fields;
	if (!json)
		printf("%-36s  %-24s  %-9s  %-20s  %9s  %6s\n", "AGENT", "HOST",
		       "STATE", "LAST SEEN", "LOCATIONS", "GAPS");
	return session_query(s, q, print_row, &l, "agents cannot be listed");
}

static int cut_off(struct session *s, const char *id)
{
	struct store_agent a = { .id = "" };
	int r = s->store->driver->begin(s->store);

	if (r == 0)
		r = s->store->driver->agent_get(s->store, id, &a);
	if (r == 0 && !a.revoked)
		r = s->store->driver->agent_revoke(s->store, id, clock_now());
	if (r == 0 && !a.revoked)
		r = audit_event(s->store, clock_now(), NULL, "agent-revoked",
				(struct audit_field[]){ { "agent", id },
							{ NULL, NULL } });
	if (r == 0)
		r = s->store->driver->commit(s->store);
	if (r == 0) {
		printf("%s: %s\n", id, a.revoked ? "was revoked before" :
		       "revoked");
		return EXIT_DONE;
	}
	s->store->driver->rollback(s->store);
	if (r != -ENOENT)
		return session_failed(s, "the agent was not revoked");
	log_error("%s: there is no such agent", id);
	return EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *format = "table";
	struct query q = { .now = clock_now() };
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--filter", &q.filter, NULL },
		{ "--sort", &q.sort, NULL },
		{ "--format", &format, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r = 0;
	bool json = strcmp(format, "jsonl") == 0;
	bool listing = n == 0 || (n == 1 && strcmp(argv[1], "list") == 0);
	struct session s;

	if ((!listing && (q.filter || q.sort)) || n < 0 ||
	    (!json && strcmp(format, "table") != 0) ||
	    (!listing && (n != 2 || strcmp(argv[1], "revoke") != 0))) {
		cmd_usage(&cmd_agents, true);
		return EXIT_USAGE;
	}
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	r = listing ? list(&s, &q, json) : cut_off(&s, argv[2]);
	session_close(&s);
	return r;
}

const struct cmd cmd_agents = {
	.name = "agents",
	.arguments = "[list] [--filter EXPR] [--sort FIELD]"
		" [--format table|jsonl] | revoke ID [--config FILE]",
	.summary = "list the agents, or cut one off",
	.help = "  list    shows the agents; GAPS counts what their last scan\n"
		"          could not read, + says that it was not complete\n"
		"  revoke  refuses an agent from its next request on\n"
		"\n"
		"  --filter EXPR    those that pass, see certwalk-filter(7)\n"
		"  --sort FIELD     in this order; -FIELD the other way round\n"
		"  --format FORMAT  table (for people) or jsonl\n"
		"  --config FILE    another configuration than "
		COLLECTOR_CONFIG_PATH "\n",
	.run = run,
};
