/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/cmd/cmd_table.h"
#include "agent/config/config.h"
#include "agent/sync/identity.h"
#include "agent/sync/status.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/log.h"

struct field_text {
	char text[CLOCK_TEXT + 32];
};

static struct field_text when(int64_t t)
{
	int64_t now = clock_now(), away = t > now ? t - now : now - t;
	struct field_text f = {"never"};
	char time[CLOCK_TEXT];
	int64_t n = away / 86400;
	char unit = 'd';

	if (t == 0)
		return f;
	if (away < 120) {
		n = away;
		unit = 's';
	} else if (away < 7200) {
		n = away / 60;
		unit = 'm';
	} else if (away < 2 * 86400) {
		n = away / 3600;
		unit = 'h';
	}
	clock_rfc3339(t, time);
	snprintf(f.text, sizeof(f.text), t > now ? "%s (in %" PRId64 "%c)" :
		 "%s (%" PRId64 "%c ago)", time, n, unit);
	return f;
}

static void print_scan(const Ipc__Status *s)
{
	printf("last scan      %s", when(s->last_scan_finished).text);
	if (s->last_scan_finished)
		printf(", %s, %" PRIu64 " gaps",
		       s->last_scan_complete ? "complete" : "incomplete",
		       s->gaps);
	if (s->last_full_scan && s->last_full_scan != s->last_scan_started)
		printf(", of what had changed\nlast full scan %s",
		       when(s->last_full_scan).text);
	if (*s->watching)
		printf("\nchanges        %s", s->watching);
	printf("\nfound          %" PRIu64 " locations\n", s->locations);
}

static void print_pending(const Ipc__Status *s)
{
	printf("not yet there  ");
	if (s->pending_added == 0 && s->pending_removed == 0)
		printf("nothing\n");
	else
		printf("%" PRIu64 " added, %" PRIu64 " removed\n",
		       s->pending_added, s->pending_removed);
}

static void print_table(const Ipc__Status *s)
{
	printf("agent          %s\n", *s->agent_id ? s->agent_id : "-");
	printf("collector      %s\n", *s->collector ? s->collector : "-");
	if (s->certificate_not_after)
		printf("certificate    until %s\n",
		       when(s->certificate_not_after).text);
	print_scan(s);
	printf("last report    %s\n", when(s->last_success).text);
	print_pending(s);
	if (*s->last_error)
		printf("trouble        %s\n", s->last_error);
	if (s->last_attempt)
		printf("last try       %s\n", when(s->last_attempt).text);
	if (s->next_attempt)
		printf("next try       %s\n", when(s->next_attempt).text);
}

static void time_field(struct json *j, const char *name, int64_t t)
{
	if (t)
		json_time(j, name, t);
}

static void print_jsonl(const Ipc__Status *s)
{
	struct buf b;
	struct json j;

	buf_init(&b, MIB(1));
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "kind", "status");
	json_quoted(&j, "agent_id", s->agent_id);
	json_quoted(&j, "collector", s->collector);
	time_field(&j, "certificate_not_after", s->certificate_not_after);
	time_field(&j, "last_scan_started", s->last_scan_started);
	time_field(&j, "last_scan_finished", s->last_scan_finished);
	time_field(&j, "last_full_scan_started", s->last_full_scan);
	json_bool(&j, "last_scan_complete", s->last_scan_complete);
	json_quoted(&j, "watching", s->watching);
	json_number(&j, "gaps", (int64_t)s->gaps);
	json_number(&j, "locations", (int64_t)s->locations);
	json_number(&j, "generation", (int64_t)s->generation);
	json_number(&j, "acknowledged_generation",
		    (int64_t)s->acknowledged_generation);
	json_number(&j, "pending_added", (int64_t)s->pending_added);
	json_number(&j, "pending_removed", (int64_t)s->pending_removed);
	time_field(&j, "last_attempt", s->last_attempt);
	time_field(&j, "last_success", s->last_success);
	time_field(&j, "next_attempt", s->next_attempt);
	json_quoted(&j, "error_class", s->last_error_class);
	json_quoted(&j, "error", s->last_error);
	json_end_object(&j);
	printf("%s\n", buf_str(&b));
	buf_free(&b);
}

static const struct {
	const char *name;
	void (*print)(const Ipc__Status *s);
} formats[] = {
	{"table", print_table},
	{"jsonl", print_jsonl},
};

static int show(const struct agent_config *c, size_t format)
{
	Ipc__Status *s = NULL;
	int r = status_read(c->state_dir, &s);

	if (r == 0) {
		formats[format].print(s);
		ipc__status__free_unpacked(s, NULL);
		return EXIT_DONE;
	}
	if (r == -ENOENT)
		log_error("%s/%s: no agent has run here yet", c->state_dir,
			  STATUS_FILE);
	else
		log_error("%s/%s: %s", c->state_dir, STATUS_FILE,
			  r == -EBADMSG ? "not a status: garbled or cut" :
			  strerror(-r));
	return EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	const size_t count = sizeof(formats) / sizeof(formats[0]);
	const char *config = NULL, *format = "table";
	const struct arg args[] = {
		{"--config", &config, NULL},
		{"--format", &format, NULL},
		{NULL, NULL, NULL},
	};
	int n = args_parse(args, argc, argv), r;
	struct agent_config c;
	size_t f = 0;

	while (f < count && strcmp(formats[f].name, format) != 0)
		f++;
	if (n == 0 && f == count)
		log_error("--format %s: there is no such format", format);
	if (n != 0 || f == count) {
		cmd_usage(&cmd_status, true);
		return EXIT_USAGE;
	}
	if (agent_config_load(&c, config) < 0)
		return EXIT_USAGE;
	r = show(&c, f);
	agent_config_free(&c);
	return r;
}

const struct cmd cmd_status = {
	.name = "status",
	.arguments = "[--format table|jsonl] [--config FILE]",
	.summary = "tell what the agent did last, and what it has still to do",
	.help = "  --format FORMAT  table (for people) or jsonl (one object)\n"
		"  --config FILE    another configuration than "
		AGENT_CONFIG_PATH "\n"
		"\n"
		"Exits with 4 where no agent has run.\n",
	.run = run,
};
