/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/ports.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/doctor/doctor.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/log.h"

static const char *const levels[] = {
	[DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail",
};

static void print_text(void *arg, enum doctor_level level, const char *check,
		       const char *text, const char *advice)
{
	(void)arg;
	printf("%-4s  %-12s  %s\n", levels[level], check, text);
	if (*advice)
		printf("%22s%s\n", "-> ", advice);
}

static void print_json(void *arg, enum doctor_level level, const char *check,
		       const char *text, const char *advice)
{
	struct json j;
	struct buf b;

	(void)arg;
	buf_init(&b, KIB(64));
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "level", levels[level]);
	json_quoted(&j, "check", check);
	json_quoted(&j, "text", text);
	json_text(&j, "advice", advice);
	json_end_object(&j);
	puts(buf_str(&b));
	buf_free(&b);
}

static int examine(const struct collector_config *c, bool json)
{
	char url[SESSION_URL] = "";
	struct doctor d = {
		.config = c, .url = url, .now = clock_now(),
		.found = json ? print_json : print_text,
	};

	if (session_url(c, url) < 0)
		return EXIT_USAGE;
	/* there while it runs */
	if (ports_read(c, "agents=", &d.agents_port) < 0 ||
	    ports_read(c, "enroll=", &d.enroll_port) < 0)
		d.agents_port = 0;
	return doctor_run(&d) == DOCTOR_OK ? EXIT_DONE : EXIT_MATCHED;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *format = "table";
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--format", &format, NULL },
		{ NULL, NULL, NULL },
	};
	struct collector_config c;
	int r = args_parse(args, argc, argv);

	if (r != 0 || (strcmp(format, "table") != 0 &&
		       strcmp(format, "jsonl") != 0)) {
		cmd_usage(&cmd_doctor, true);
		return EXIT_USAGE;
	}
	r = session_config(config, &c);
	if (r != EXIT_DONE)
		return r;
	r = examine(&c, strcmp(format, "jsonl") == 0);
	collector_config_free(&c);
	return r;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.arguments = "[--format table|jsonl] [--config FILE]",
	.summary = "say what is wrong with the collector, and what to do",
	.help = "  --format FORMAT  table, or an object of JSON a line\n"
		"  --config FILE    another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"Looks at permissions, certificates, clock, disk, database\n"
		"and reachability; changes nothing.  Ends with 0 where all\n"
		"is well and with 1 where there is something to do.\n",
	.run = run,
};
