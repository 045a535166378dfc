/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cmd/cmd_table.h"
#include "agent/cmd/probe_print.h"
#include "agent/probe/probe.h"
#include "agent/probe/starttls/starttls.h"
#include "agent/probe/target.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/quantity.h"

#define NAMES_MAX 64
#define REPEAT_MAX 1000

struct job {
	const struct probe_printer *printer;
	struct target_list targets;
	struct probe *probe;
	struct target_one *asked;	/* all of them, by id */
	uint64_t next;
	struct probe_counts counts;
	/* as the options say */
	char *names[NAMES_MAX + 1];	/* borrowed */
	size_t n_names;
	const char *starttls;
	uint32_t repeat;
	uint32_t timeout_ms;
	bool quick;
};

static void count_failure(struct probe_counts *c, const char *word)
{
	static const char *const words[] = {
		"refused", "unreachable", "timeout", "closed", "no-tls",
		"no-starttls", "no-certificate", "malformed", "too-large",
		"crashed", "unresolved",
	};
	size_t i = 0, k = 0;

	for (; k < sizeof(words) / sizeof(words[0]); k++) {
		if (strcmp(words[k], word) == 0)
			break;
	}
	if (k == sizeof(words) / sizeof(words[0]))
		return;
	while (c->failures[i].word && c->failures[i].word != words[k])
		i++;
	c->failures[i].word = words[k];
	c->failures[i].count++;
}

static int take_result(void *arg, const Ipc__ProbeResult *r)
{
	struct job *j = arg;
	struct target_one *o = &j->asked[r->id];
	Cw__EndpointPlace place = CW__ENDPOINT_PLACE__INIT;
	const struct probe_answer a = {r, &place};
	int e = 0;

	place.address = (ProtobufCBinaryData){o->address_len, o->address};
	place.port = o->port;
	if (o->host)
		place.host = (char *)(uintptr_t)o->host;
	if (*r->starttls && strcmp(r->starttls, "tls") != 0)
		place.starttls = r->starttls;
	if (r->n_served > 0 || r->n_refusals > 0)
		j->counts.answered++;
	else
		count_failure(&j->counts, r->failure);
	e = j->printer->answer(stdout, &a);
	/* whoever reads along need not wait for the slowest */
	return e == 0 && fflush(stdout) != 0 ? -errno : e;
}

static int add_target(struct job *j, const struct target_one *o)
{
	Ipc__ProbeTarget t = IPC__PROBE_TARGET__INIT;
	char *names[NAMES_MAX + 1];

	j->asked[j->next] = *o;
	t.id = j->next++;
	t.address = (ProtobufCBinaryData){o->address_len,
					  (uint8_t *)(uintptr_t)o->address};
	t.scope = o->scope;
	t.port = o->port;
	t.starttls = (char *)(uintptr_t)j->starttls;
	t.repeat = j->repeat;
	t.brief = j->quick;
	t.timeout_ms = j->timeout_ms;
	t.names = j->names;
	t.n_names = j->n_names;
	if (j->n_names == 0 && o->host && target_is_name(o->host)) {
		names[0] = (char *)(uintptr_t)o->host;
		t.names = names;
		t.n_names = 1;
	}
	return probe_add(j->probe, &t, -1);
}

static int refill(void *arg)
{
	struct job *j = arg;
	struct target_one one;
	int r = 0;

	while (r == 0 && probe_pending(j->probe) < PROBE_WINDOW &&
	       target_next(&j->targets, &one))
		r = add_target(j, &one);
	return r;
}

static int run_job(struct job *j, const struct agent_config *c)
{
	const struct probe_sink sink = {take_result, refill, j};
	int r = j->printer->begin ? j->printer->begin(stdout) : 0;

	if (j->targets.count == 0)
		return j->printer->end(stdout, &j->counts);
	j->counts.targets += j->targets.count;
	j->asked = calloc((size_t)j->targets.count, sizeof(*j->asked));
	if (!j->asked)
		return -ENOMEM;
	if (r == 0)
		r = probe_start(c, &sink, &j->probe);
	if (r == 0)
		r = probe_run_all(j->probe);
	if (r == 0)
		r = j->printer->end(stdout, &j->counts);
	probe_free(j->probe);
	free(j->asked);
	return r;
}

/* Splits "a,b" in place. */
static int take_names(struct job *j, char *list)
{
	while (list && *list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma = '\0';
		if (j->n_names == NAMES_MAX || !target_is_name(list)) {
			log_error("--sni %s: is no host name, or one too many "
				  "(%d are allowed)", list, NAMES_MAX);
			return -EINVAL;
		}
		j->names[j->n_names++] = list;
		list = comma ? comma + 1 : NULL;
	}
	return 0;
}

static int take_options(struct job *j, const char *format, const char *timeout,
			const char *repeat, char *names)
{
	int64_t seconds = 0;
	char *end = NULL;
	long n = strtol(repeat, &end, 10);

	j->printer = strcmp(format, "table") == 0 ? &probe_print_table
		: strcmp(format, "jsonl") == 0 ? &probe_print_jsonl : NULL;
	if (!j->printer)
		log_error("--format %s: there is no such format", format);
	else if (*j->starttls && !starttls_find(j->starttls))
		log_error("--starttls %s: there is no such protocol",
			  j->starttls);
	else if (quantity_parse(timeout, quantity_durations, &seconds) < 0 ||
		 seconds < 1 || seconds > 600)
		log_error("--timeout %s: is no time of 1s to 10m", timeout);
	else if (*end || n < 1 || n > REPEAT_MAX)
		log_error("--repeat %s: is no number of 1 to %d", repeat,
			  REPEAT_MAX);
	else {
		j->repeat = (uint32_t)n;
		j->timeout_ms = (uint32_t)seconds * 1000;
		return take_names(j, names);
	}
	return -EINVAL;
}

/* A name without an address is told and does not keep the others back. */
static int take_targets(struct job *j, int n, char **words)
{
	const char *why = "";

	for (int i = 0; i < n; i++) {
		int r = target_add(&j->targets, words[i], &why);

		if (r == -ENOENT) {
			j->counts.targets++;
			count_failure(&j->counts, "unresolved");
		}
		if (r < 0)
			log_error("%s: %s", words[i],
				  r == -ENOMEM ? strerror(-r) : why);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

static int probe(struct job *j, int n, char **words)
{
	struct agent_config c = {.user = (char *)(uintptr_t)"certwalk"};
	int r = take_targets(j, n, words);

	if (r == -EINVAL || r == -E2BIG)
		return EXIT_USAGE;
	if (r == 0)
		r = run_job(j, &c);
	if (r < 0) {
		log_error("the probe failed: %s", strerror(-r));
		return EXIT_FAILED;
	}
	return j->counts.answered > 0 ? EXIT_DONE : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	const char *format = "table", *timeout = "5s", *repeat = "1";
	const char *sni = NULL;
	char *names = NULL;
	struct job *j = calloc(1, sizeof(*j));
	const struct arg args[] = {
		{"--format", &format, NULL}, {"--starttls", &j->starttls, NULL},
		{"--sni", &sni, NULL}, {"--repeat", &repeat, NULL},
		{"--timeout", &timeout, NULL}, {"--quick", NULL, &j->quick},
		{NULL, NULL, NULL},
	};
	int n = 0, r = EXIT_USAGE;

	if (!j)
		return EXIT_FAILED;
	j->starttls = "";
	target_init(&j->targets);
	n = args_parse(args, argc, argv);
	names = sni ? strdup(sni) : NULL;
	if (n == 0)
		log_error("no HOST:PORT was given");
	if (n <= 0 || take_options(j, format, timeout, repeat, names) < 0)
		cmd_usage(&cmd_probe, true);
	else
		r = probe(j, n, argv + 1);
	target_free(&j->targets);
	free(names);
	free(j);
	return r;
}

const struct cmd cmd_probe = {
	.name = "probe",
	.arguments = "[--starttls PROTO] [--sni NAME,...] [--repeat N] "
		     "[--timeout TIME] [--quick] [--format table|jsonl] "
		     "HOST:PORT...",
	.summary = "ask listeners for their certificates",
	.help =
	"  --starttls PROTO  tls, smtp, lmtp, imap, pop3, ftp, ldap, xmpp,\n"
	"                    xmpp-server, postgres, mysql, nntp, sieve, rdp\n"
	"                    or mssql; left out: guessed by the port and by\n"
	"                    what the server says first\n"
	"  --sni NAME,...    names to ask for, instead of HOST; without a\n"
	"                    name is asked always\n"
	"  --repeat N        ask N times, so that a worker that differs is\n"
	"                    seen\n"
	"  --timeout TIME    for each question, 5s\n"
	"  --quick           certificates only, a connection for each\n"
	"  --format FORMAT   table (for people) or jsonl (an object a line,\n"
	"                    the coverage last)\n"
	"\n"
	"HOST is a name, an address, [an IPv6 address] or a network\n"
	"(192.0.2.0/24, [2001:db8::/120]); PORT is a list: 443,\n"
	"443,8443,9000-9010.  Exit status 4: none speaks TLS.\n",
	.run = run,
};
