/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/text.h"

struct listing {
	bool color;
	int64_t now;
};

static const char *state_of(const struct store_agent_view *v)
{
	if (v->agent->revoked)
		return "revoked";
	if (v->agent->last_seen == 0)
		return "enrolled";
	return v->agent->pending ? "resyncing" : "synced";
}

static int print_row(void *arg, const struct store_agent_view *v)
{
	const struct listing *l = arg;
	bool red = l->color && v->agent->revoked;
	char *host = text_printable(v->hostname, strlen(v->hostname));
	char seen[CLOCK_TEXT] = "never", gaps[32] = "-";

	if (!host)
		return -ENOMEM;
	if (v->agent->last_seen > 0)
		clock_rfc3339(v->agent->last_seen, seen);
	if (v->coverage_finished > 0)
		snprintf(gaps, sizeof(gaps), "%lld%s", (long long)v->gaps,
			 v->coverage_complete ? "" : "+");
	printf("%-36s  %-24s  %s%-9s%s  %-20s  %9lld  %6s\n", v->agent->id,
	       *host ? host : "-", red ? "\033[31m" : "", state_of(v),
	       red ? "\033[0m" : "", seen, (long long)v->locations, gaps);
	free(host);
	return 0;
}

static int print_json(void *arg, const struct store_agent_view *v)
{
	struct json j;
	struct buf out;
	int r = 0;

	(void)arg;
	buf_init(&out, KIB(64));
	json_init(&j, &out);
	json_begin_object(&j, NULL);
	json_string(&j, "agent_id", v->agent->id);
	json_string(&j, "host", v->hostname);
	json_string(&j, "state", state_of(v));
	json_time(&j, "created", v->created);
	if (v->agent->last_seen > 0)
		json_time(&j, "last_seen", v->agent->last_seen);
	if (v->certificate_until > 0)
		json_time(&j, "certificate_not_after", v->certificate_until);
	json_number(&j, "generation", v->agent->generation);
	json_number(&j, "locations", v->locations);
	if (v->coverage_finished > 0) {
		json_time(&j, "scanned", v->coverage_finished);
		json_bool(&j, "complete", v->coverage_complete);
		json_number(&j, "gaps", v->gaps);
	}
	json_end_object(&j);
	if (out.failed)
		r = -ENOMEM;
	else
		printf("%s\n", buf_str(&out));
	buf_free(&out);
	return r;
}

static int list(struct session *s, bool json)
{
	struct listing l = {
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.now = clock_now(),
	};

	if (!json)
		printf("%-36s  %-24s  %-9s  %-20s  %9s  %6s\n", "AGENT", "HOST",
		       "STATE", "LAST SEEN", "LOCATIONS", "GAPS");
	if (s->store->driver->agent_list(s->store, json ? print_json :
					 print_row, &l) < 0)
		return session_failed(s, "agents cannot be listed");
	return EXIT_DONE;
}

static int cut_off(struct session *s, const char *id)
{
	struct store_agent a = { .id = "" };
	int r = s->store->driver->begin(s->store);

	if (r == 0)
		r = s->store->driver->agent_get(s->store, id, &a);
	if (r == 0 && !a.revoked)
		r = s->store->driver->agent_revoke(s->store, id, clock_now());
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
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--format", &format, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r = 0;
	bool json = strcmp(format, "jsonl") == 0;
	bool listing = n == 0 || (n == 1 && strcmp(argv[1], "list") == 0);
	struct session s;

	if ((!json && strcmp(format, "table") != 0) || n < 0 ||
	    (!listing && (n != 2 || strcmp(argv[1], "revoke") != 0))) {
		cmd_usage(&cmd_agents, true);
		return EXIT_USAGE;
	}
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	r = listing ? list(&s, json) : cut_off(&s, argv[2]);
	session_close(&s);
	return r;
}

const struct cmd cmd_agents = {
	.name = "agents",
	.arguments = "[list] [--format table|jsonl] | revoke ID"
		" [--config FILE]",
	.summary = "list the agents, or cut one off",
	.help = "  list    shows the agents; GAPS counts what their last scan\n"
		"          could not read, + says that it was not complete\n"
		"  revoke  refuses an agent from its next request on\n"
		"\n"
		"  --format FORMAT  table (for people) or jsonl\n"
		"  --config FILE    another configuration than "
		COLLECTOR_CONFIG_PATH "\n",
	.run = run,
};
