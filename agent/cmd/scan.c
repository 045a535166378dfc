/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/cmd/cmd_table.h"
#include "agent/config/config.h"
#include "agent/output/output.h"
#include "agent/proc/scan.h"
#include "agent/walk/roots.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/location_filter.h"
#include "lib/log.h"

struct job {
	const struct output *output;
	void *state;
	bool progress;	/* a line of it stands on the terminal */
	const struct filter *fail_on;	/* or NULL */
	struct utsname host;
	bool matched;
};

static int print_location(void *arg, const Cw__Location *l,
			  const Ipc__Finding *f)
{
	struct job *j = arg;
	struct location_record r = {.location = l, .facts = f->facts,
				    .now = clock_now(),
				    .host = j->host.nodename};

	if (j->fail_on && !j->matched)
		j->matched = location_passes(j->fail_on, &r);
	return j->output->location(j->state, l, f);
}

static void print_progress(void *arg, const Cw__Coverage *c)
{
	struct job *j = arg;

	fprintf(stderr, "\r\033[K%" PRIu64 " files, %" PRIu64 " found",
		c->files, c->locations);
	fflush(stderr);
	j->progress = true;
}

/* What was given on the command line stands for the configured paths. */
static int set_paths(struct agent_config *c, int n, char **paths)
{
	struct option_list list = {.items = calloc((size_t)n + 1,
						   sizeof(char *))};
	struct option_list old = c->paths;
	bool whole = false;

	if (!list.items)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		list.items[i] = strdup(paths[i]);
		if (!list.items[i])
			break;
		list.count++;
	}
	whole = list.count == (size_t)n;
	if (whole)
		c->paths = list;
	else
		old = list;
	for (size_t i = 0; i < old.count; i++)
		free(old.items[i]);
	free(old.items);
	return whole ? 0 : -ENOMEM;
}

/* "--cpu-limit" stands for the option cpu_limit, and so on. */
static int set_options(struct agent_config *c, const struct arg_values *given)
{
	int r = 0;

	for (size_t i = 0; i < given->count && r == 0; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s", given->items[i].name + 2);
		for (char *p = name; *p; p++)
			*p = *p == '-' ? '_' : *p;
		r = agent_config_set(c, name, given->items[i].name,
				     given->items[i].value);
	}
	return r;
}

/* What may not be looked at, or does not answer, is for the scan to tell. */
static bool are_there(const struct agent_config *c)
{
	struct roots roots;
	int e = -roots_find(&roots, &c->paths, c->answer_timeout, NULL);
	const char *what = "paths";

	for (size_t i = 0; e == 0 && i < roots.count; i++) {
		e = roots.list[i].error;
		what = c->paths.items[i];
		if (e == EACCES || e == ETIMEDOUT)
			e = 0;
	}
	roots_free(&roots);
	if (e != 0)
		log_error("%s: %s", what, strerror(e));
	return e == 0;
}

/* Gaps that a later look could fill; what is no certificate, and what a rule
 * leaves out, was looked at. */
static bool is_incomplete(const Cw__Coverage *c)
{
	for (size_t i = 0; i < c->n_counts; i++) {
		if (c->counts[i]->kind != CW__GAP_KIND__GAP_SKIPPED &&
		    c->counts[i]->kind != CW__GAP_KIND__GAP_MALFORMED)
			return true;
	}
	return !c->complete;
}

static int scan(const struct agent_config *c, const struct output *output,
		const struct filter *fail_on, bool quiet, bool strict)
{
	struct job j = {.output = output, .fail_on = fail_on};
	struct scan_sink sink = {.location = print_location, .arg = &j};
	struct scan *s = NULL;
	bool incomplete = false;
	int r, e;

	if (uname(&j.host) < 0)
		j.host.nodename[0] = '\0';
	if (!quiet && isatty(STDERR_FILENO))
		sink.progress = print_progress;
	r = output->begin(stdout, &j.state);
	if (r < 0) {
		log_error("%s", strerror(-r));
		return EXIT_FAILED;
	}
	r = scan_start(c, &sink, &s);
	if (r == 0)
		r = scan_run(s);
	if (j.progress)
		fprintf(stderr, "\r\033[K");
	if (s) {
		incomplete = is_incomplete(scan_coverage(s));
		e = output->end(j.state, scan_coverage(s));
		r = r < 0 ? r : e;
		e = scan_coverage(s)->complete ? 0 : -ECANCELED;
		r = r < 0 ? r : e;
	}
	scan_free(s);
	if (r < 0) {
		log_error("the scan failed: %s", strerror(-r));
		return EXIT_FAILED;
	}
	if (j.matched)
		return EXIT_MATCHED;
	return strict && incomplete ? EXIT_INCOMPLETE : EXIT_DONE;
}

/* 0 and the filter, NULL where none is asked for; or -errno, told. */
static int read_filter(const char *text, struct filter **ret)
{
	struct filter_fault fault = {.column = 0};
	int r = text ? filter_parse(text, location_fields, clock_now(), ret,
				    &fault) : 0;

	if (r == -EINVAL)
		log_error("--fail-on: column %zu: %s", fault.column,
			  fault.text);
	else if (r < 0)
		log_error("--fail-on: %s", strerror(-r));
	return r;
}

/* What was asked for stands for what is configured. */
static int adjust(struct agent_config *c, const struct arg_values *given,
		  int n, char **paths)
{
	enum log_level level;
	int r;

	if (log_level_parse(c->log_level, &level) == 0)
		log_level(level);
	/* the host's tokens belong to no path */
	r = n > 0 ? agent_config_set(c, "pkcs11", "--pkcs11", "off") : 0;
	if (r == 0)
		r = set_options(c, given);
	if (r == 0 && n > 0)
		r = set_paths(c, n, paths);
	return r;
}

static int run(int argc, char **argv)
{
	const char *format = "table", *config = NULL, *fail_on = NULL;
	struct filter *filter = NULL;
	bool quiet = false, strict = false, archives = false, nice = false;
	bool ports = false;
	bool one = false, deep = false, namespaces = false;
	struct arg_values limits = {.count = 0};
	const struct arg args[] = {
		{"--format", &format, NULL}, {"--config", &config, NULL},
		{"--quiet", NULL, &quiet},   {"--strict", NULL, &strict},
		{"--archives", NULL, &archives}, {"--nice", NULL, &nice},
		{"--one-file-system", NULL, &one}, {"--enter", NULL, NULL},
		{"--deep", NULL, &deep},
		{"--include", NULL, NULL}, {"--exclude", NULL, NULL},
		{"--cpu-limit", NULL, NULL}, {"--pkcs11", NULL, NULL},
		{"--ports", NULL, &ports}, {"--sni", NULL, NULL},
		{"--mount-namespaces", NULL, &namespaces},
		{"--fail-on", &fail_on, NULL},
		{"--max-files-per-second", NULL, NULL},
		{"--max-bytes-per-second", NULL, NULL},
		{NULL, NULL, NULL},
	};
	int n = args_gather(args, argc, argv, &limits);
	const struct output *output = output_find(format);
	struct agent_config c;
	int r;

	if (n >= 0 && !output)
		log_error("--format %s: there is no such format", format);
	if (n < 0 || !output) {
		cmd_usage(&cmd_scan, true);
		return EXIT_USAGE;
	}
	if (read_filter(fail_on, &filter) < 0)
		return EXIT_USAGE;
	r = agent_config_load(&c, config) < 0 ? EXIT_USAGE : EXIT_DONE;
	if (r != EXIT_DONE) {
		filter_free(filter);
		return r;
	}
	c.deep |= deep;
	c.archives |= archives || deep;
	c.ports |= ports;
	c.idle_priority = nice;
	c.one_file_system |= one;
	c.mount_namespaces |= namespaces;
	r = adjust(&c, &limits, n, argv + 1);
	if (r < 0)
		r = r == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	else if (n > 0 && !are_there(&c))
		r = EXIT_FAILED;
	else
		r = scan(&c, output, filter, quiet, strict);
	agent_config_free(&c);
	filter_free(filter);
	return r;
}

const struct cmd cmd_scan = {
	.name = "scan",
	.arguments = "[--format table|jsonl] [--archives] [--deep] "
		     "[--ports] [--sni NAME] [--pkcs11 tokens|all|off] "
		     "[--fail-on FILTER] [--strict] [--quiet] "
		     "[--exclude PATTERN] [--include PATTERN] "
		     "[--enter MOUNT] [--one-file-system] "
		     "[--mount-namespaces] "
		     "[--nice] [--cpu-limit PERCENT] "
		     "[--max-files-per-second N] [--max-bytes-per-second SIZE] "
		     "[--config FILE] [PATH...]",
	.summary = "find certificates and keys, and print them",
	.help = "  --format FORMAT  table (for people) or jsonl (an object a\n"
		"                   line, the coverage last)\n"
		"  --deep           search all, programs and archives too\n"
		"  --archives       look into archives too: zip, jar, tar,\n"
		"                   container layers\n"
		"  --ports          ask the listening sockets too\n"
		"  --sni NAME       a name to ask them for, besides those of\n"
		"                   configurations and certificates\n"
		"  --pkcs11 WHICH   PKCS#11 tokens: tokens, all (also trust\n"
		"                   anchors) or off; as configured, and off\n"
		"                   where PATHs are given\n"
		"  --fail-on FILTER exit with 1 where something passes, such\n"
		"                   as 'role = leaf and not_after < 30d'; see\n"
		"                   certwalk-filter(7)\n"
		"  --strict         exit with 3 where something could not be\n"
		"                   looked at\n"
		"  --quiet          no progress on the terminal\n"
		"  --exclude PATTERN, --include PATTERN\n"
		"                   leave such paths out; look at no others\n"
		"  --enter MOUNT    walk mounts of this point or type too,\n"
		"                   such as /mnt/x, nfs4 or fuse.*\n"
		"  --one-file-system\n"
		"                   enter no other mounts\n"
		"  --mount-namespaces\n"
		"                   what processes in containers see too\n"
		"  --nice           run with the lowest priority\n"
		"  --cpu-limit PERCENT\n"
		"                   of one processor, for walk and parsers\n"
		"  --max-files-per-second N, --max-bytes-per-second SIZE\n"
		"                   open and read no more than that\n"
		"  --config FILE    another configuration than "
		AGENT_CONFIG_PATH "\n"
		"\n"
		"Scans the configured paths, / if nothing else is set, or the\n"
		"PATHs given.  Needs no collector and no privileges; without\n"
		"root, what could not be read is counted in the coverage.\n",
	.run = run,
};
