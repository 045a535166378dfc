/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/alert/channel.h"
#include "collector-stub/alert/deliver.h"
#include "collector-stub/alert/rule.h"
#include "collector-stub/alert/silence.h"
#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/ini_dir.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/uuid.h"

#define SHOWN 1000

struct request {
	const char *config;
	const char *format;
	const char *rule, *match, *duration, *reason;
	bool json;
};

/* ------------------------------------------------------------ lists */

static void print_line(const char *state, int64_t time, const char *rule,
		       const char *rest, const char *more)
{
	char when[CLOCK_TEXT];
	char *a = text_column(rule, strlen(rule), 20, true);
	char *b = text_printable(rest, strlen(rest));
	char *c = text_printable(more, strlen(more));

	clock_rfc3339(time, when);
	printf("%-8s  %s  %s  %s%s%s\n", state, when, a ? a : "", b ? b : "",
	       *more ? ": " : "", c ? c : "");
	free(a);
	free(b);
	free(c);
}

static int put_json(struct buf *b)
{
	bool good = !b->failed && fwrite(b->data, 1, b->len, stdout) == b->len;

	putchar('\n');
	buf_free(b);
	return good ? 0 : -ENOMEM;
}

static int show_alert(void *arg, const struct store_alert *a)
{
	const struct request *q = arg;
	struct buf b;
	struct json j;

	if (!q->json) {
		print_line(a->ended ? "over" : "open", a->since, a->rule,
			   a->host, a->title);
		return 0;
	}
	buf_init(&b, KIB(64));
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "rule", a->rule);
	json_hex(&j, "key", a->key, HASH_SIZE);
	json_quoted(&j, "title", a->title);
	json_text(&j, "host", a->host);
	json_time(&j, "since", a->since);
	if (a->told > 0)
		json_time(&j, "told", a->told);
	if (a->escalated)
		json_time(&j, "escalated", a->escalated);
	if (a->ended)
		json_time(&j, "ended", a->ended);
	json_end_object(&j);
	return put_json(&b);
}

static const char *message_state(const struct store_message *m)
{
	if (m->failed)
		return "failed";
	if (m->done)
		return "sent";
	return m->attempts ? "retrying" : "waiting";
}

static int show_message(void *arg, const struct store_message *m)
{
	const struct request *q = arg;
	struct buf b;
	struct json j;

	if (!q->json) {
		print_line(message_state(m), m->created, m->rule, m->channel,
			   m->error);
		return 0;
	}
	buf_init(&b, KIB(64));
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "id", m->id);
	json_quoted(&j, "rule", m->rule);
	json_quoted(&j, "channel", m->channel);
	json_quoted(&j, "state", message_state(m));
	json_time(&j, "created", m->created);
	json_number(&j, "attempts", m->attempts);
	if (m->done)
		json_time(&j, "done", m->done);
	else
		json_time(&j, "next", m->next);
	json_text(&j, "error", m->error);
	json_end_object(&j);
	return put_json(&b);
}

static int show_silence(void *arg, const struct store_silence *q)
{
	char until[CLOCK_TEXT], rest[1024];

	(void)arg;
	clock_rfc3339(q->until, until);
	snprintf(rest, sizeof(rest), "%s  until %s  %s", q->id, until,
		 q->pattern);
	print_line("silent", q->created, *q->rule ? q->rule : "all rules",
		   rest, q->reason);
	return 0;
}

static int list(struct session *s, struct request *q, char **operands)
{
	(void)operands;
	if (s->store->driver->alerts->list(s->store, SHOWN, show_alert, q) < 0)
		return session_failed(s, "alerts cannot be listed");
	return EXIT_DONE;
}

static int history(struct session *s, struct request *q, char **operands)
{
	(void)operands;
	if (s->store->driver->alerts->message_list(s->store, SHOWN,
						   show_message, q) < 0)
		return session_failed(s, "messages cannot be listed");
	return EXIT_DONE;
}

static int silences(struct session *s, struct request *q, char **operands)
{
	(void)operands;
	if (s->store->driver->alerts->silence_list(s->store, clock_now(),
						   show_silence, q) < 0)
		return session_failed(s, "silences cannot be listed");
	return EXIT_DONE;
}

/* ------------------------------------------------------------ silence */

/* 0, or what happened in the transaction, which is then rolled back. */
static int end_transaction(struct session *s, int r)
{
	if (r == 0)
		r = s->store->driver->commit(s->store);
	if (r < 0)
		s->store->driver->rollback(s->store);
	return r;
}

static int silence(struct session *s, struct request *q, char **operands)
{
	const struct silence_request wanted = {
		.rule = q->rule, .match = q->match, .reason = q->reason,
		.duration = q->duration,
	};
	char id[UUID_TEXT];
	int r = s->store->driver->begin(s->store);

	(void)operands;
	if (r == 0)
		r = silence_add(s->store, clock_now(), NULL, &wanted, id);
	r = end_transaction(s, r);
	if (r == -EINVAL || r == -EMSGSIZE) {
		log_error(r == -EINVAL ? "--for %s: not a duration from 1s to "
			  "366d, such as 8h" : "--for %s: rule, match or "
			  "reason is longer than 1000 bytes",
			  q->duration ? q->duration : "");
		return EXIT_USAGE;
	}
	if (r < 0)
		return session_failed(s, "nothing was silenced");
	printf("%s\n", id);
	return EXIT_DONE;
}

static int unsilence(struct session *s, struct request *q, char **operands)
{
	int r = s->store->driver->begin(s->store);

	(void)q;
	if (r == 0)
		r = silence_end(s->store, clock_now(), NULL, operands[0]);
	r = end_transaction(s, r);
	if (r == -ENOENT) {
		log_error("%s: no such silence", operands[0]);
		return EXIT_FAILED;
	}
	return r < 0 ? session_failed(s, "the silence stays") : EXIT_DONE;
}

/* ------------------------------------------------------------ check, test */

struct checking {
	const struct collector_config *config;
	int faults, n;
};

static void fault(void *arg, const char *text)
{
	struct checking *k = arg;

	log_error("%s", text);
	k->faults++;
}

static int check_channel(void *arg, const char *name)
{
	struct checking *k = arg;
	struct channel c;
	int r = channel_load(k->config->channels_dir, name, &c, fault, k);

	k->n++;
	if (r == 0)
		channel_free(&c);
	return 0;
}

static void check_names(struct checking *k, const struct rule *u,
			const struct option_list *names)
{
	char line[512];

	for (size_t i = 0; i < names->count; i++) {
		struct channel c;

		if (channel_load(k->config->channels_dir, names->items[i], &c,
				 fault, k) == 0) {
			channel_free(&c);
			continue;
		}
		snprintf(line, sizeof(line), "rule %s: there is no good "
			 "channel %s", u->name, names->items[i]);
		fault(k, line);
	}
}

static int check_rule(void *arg, const char *name)
{
	struct checking *k = arg;
	struct rule u;

	int r = rule_load(k->config->alerts_dir, name, &u, fault, k);

	k->n++;
	if (r < 0)
		return 0;
	check_names(k, &u, &u.channels);
	check_names(k, &u, &u.escalate_to);
	rule_free(&u);
	return 0;
}

static int check(struct session *s, struct request *q, char **operands)
{
	struct checking k = { .config = &s->config };
	const char *dir = s->config.channels_dir;
	int r = ini_dir_list(dir, check_channel, &k);

	(void)q, (void)operands;
	if (r == 0 || r == -ENOENT) {
		dir = s->config.alerts_dir;
		r = ini_dir_list(dir, check_rule, &k);
	}
	if (r < 0 && r != -ENOENT) {
		log_error("%s: %s", dir, strerror(-r));
		return EXIT_FAILED;
	}
	if (k.faults == 0)
		printf("%d rules and channels are good\n", k.n);
	return k.faults ? EXIT_FAILED : EXIT_DONE;
}

static int test(struct session *s, struct request *q, char **operands)
{
	Alert__Message m = ALERT__MESSAGE__INIT;
	struct checking k = { .config = &s->config };
	char why[DELIVER_WHY], id[UUID_TEXT];
	atomic_bool stop = false;
	struct channel c;
	int r = channel_load(s->config.channels_dir, operands[0], &c, fault,
			     &k);

	(void)q;
	if (r < 0)
		return EXIT_FAILED;
	m.rule = c.name;
	m.severity = (char *)(uintptr_t)"info";
	m.event = (char *)(uintptr_t)"test";
	m.time = clock_now();
	r = uuid_make(id);
	if (r == 0)
		r = deliver(&c, &m, id, &stop, why);
	if (r < 0)
		log_error("channel %s: %s", c.name, why);
	channel_free(&c);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ------------------------------------------------------------ the command */

static const struct verb {
	const char *name;
	int operands;
	int (*run)(struct session *s, struct request *q, char **operands);
} verbs[] = {
	{ "list", 0, list },		{ "history", 0, history },
	{ "silence", 0, silence },	{ "silences", 0, silences },
	{ "unsilence", 1, unsilence },	{ "check", 0, check },
	{ "test", 1, test },
};

static const struct verb *find_verb(const char *name, int operands)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0 &&
		    verbs[i].operands == operands)
			return &verbs[i];
	return NULL;
}

static int run(int argc, char **argv)
{
	struct request q = { .format = "table" };
	const struct arg args[] = {
		{ "--config", &q.config, NULL },
		{ "--format", &q.format, NULL },
		{ "--rule", &q.rule, NULL },
		{ "--match", &q.match, NULL },
		{ "--for", &q.duration, NULL },
		{ "--reason", &q.reason, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv);
	const struct verb *v = n > 0 ? find_verb(argv[1], n - 1) : NULL;
	struct session s;
	int r = 0;

	q.json = strcmp(q.format, "jsonl") == 0;
	if (!v || (!q.json && strcmp(q.format, "table") != 0)) {
		cmd_usage(&cmd_alert, true);
		return EXIT_USAGE;
	}
	r = session_open(q.config, &s);
	if (r != EXIT_DONE)
		return r;
	r = v->run(&s, &q, argv + 2);
	session_close(&s);
	return r;
}

const struct cmd cmd_alert = {
	.name = "alert",
	.arguments = "list|history|silence|silences|unsilence ID|check|"
		     "test CHANNEL [OPTION...]",
	.summary = "what alerts are open, what was told, and silence",
	.help = "  list          alerts, the open ones first\n"
		"  history       what was told, by which channel\n"
		"  silence       tell nothing for a time: --for 8h, of --rule\n"
		"                NAME, where title or host fits --match\n"
		"                PATTERN\n"
		"  silences      what is silenced\n"
		"  unsilence ID  end one of them\n"
		"  check         read rules and channels, say what is wrong\n"
		"  test CHANNEL  tell a test by a channel\n"
		"\n"
		"  --format F    table or jsonl, of list and history\n"
		"  --reason TEXT why it is silenced\n"
		"  --config FILE another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\ncertwalk-alerts(5) tells of rules and channels.\n",
	.run = run,
};
