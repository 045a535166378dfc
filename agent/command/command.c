/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/command/command.h"
#include "agent/command/ledger.h"
#include "agent/command/verify.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/frame.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/outcome.h"

/* entries of the journal within an hour for refusals of what nobody that we
 * trust has signed, and as many of what somebody has: a hostile collector,
 * which can send either again and again, shall not fill the disk */
#define REFUSALS_PER_HOUR 60
#define HOUR 3600

/* commands that wait for the one under way; the collector sends again what is
 * dropped */
#define QUEUE 64

struct waiting {
	uint8_t *data;
	size_t len;
};

struct role {
	int sock;
	const struct agent_config *config;
	struct frame_receiver in;
	struct ledger ledger;
	char closed[VERIFY_REASON];	/* why no command is taken, or "" */
	struct waiting queue[QUEUE];
	size_t n;
	Cw__Command *running;	/* taken; its end is waited for */
};

static int send_message(struct role *s, uint32_t op, const ProtobufCMessage *m)
{
	struct buf b;
	int r;

	buf_init(&b, LIMIT_FRAME);
	r = message_send(&b, s->sock, op, m, -1);
	buf_free(&b);
	return r;
}

/* ------------------------------------------------------------- journal */

static void journal_parameters(struct json *j, const Cw__Command *m)
{
	json_begin_object(j, "parameters");
	for (size_t i = 0; i < m->n_parameters; i++) {
		/* what would not fit is told by its length */
		if (strlen(m->parameters[i]->value) < 128)
			json_quoted(j, m->parameters[i]->name,
				    m->parameters[i]->value);
		else
			json_number(j, m->parameters[i]->name,
				    (int64_t)strlen(m->parameters[i]->value));
	}
	json_end_object(j);
}

/* An entry about ${m}, which may be NULL; ${detail} too. */
static int enter(struct role *s, const char *event, const char *id,
		 const Cw__Command *m, const char *outcome, const char *detail)
{
	struct buf b;
	struct json j;
	int r;

	buf_init(&b, JOURNAL_LINE - 256);
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "event", event);
	json_text(&j, "id", id);
	if (m) {
		json_text(&j, "action", m->action);
		json_number(&j, "sequence", (int64_t)m->sequence);
		if (m->dry_run)
			json_bool(&j, "dry_run", true);
		journal_parameters(&j, m);
	}
	json_text(&j, "outcome", outcome ? outcome : "");
	json_text(&j, "detail", detail ? detail : "");
	json_end_object(&j);
	r = b.failed ? -EMSGSIZE : journal_add(&s->ledger.journal, buf_str(&b));
	buf_free(&b);
	return r;
}

static void enter_or_say(struct role *s, const char *event, const char *id,
			 const Cw__Command *m, const char *outcome,
			 const char *detail)
{
	int r = enter(s, event, id, m, outcome, detail);

	if (r < 0)
		log_error("%s/" JOURNAL_FILE ": cannot be written: %s",
			  s->config->commands_dir, strerror(-r));
}

/* ------------------------------------------------------------- results */

static int report(struct role *s, const Cw__CommandResult *m)
{
	return send_message(s, IPC_COMMAND_RESULT, &m->base);
}

static int report_kept(void *arg, uint64_t sequence, const Cw__CommandResult *m)
{
	(void)sequence;
	return report(arg, m);
}

/* Ends a command that was taken. */
static int finish(struct role *s, const Cw__Command *m,
		  Cw__CommandResult *result)
{
	int r;

	result->id = m->id;
	enter_or_say(s, "finished", m->id, m, outcome_word(result->outcome),
		     result->detail);
	result->journal_number = s->ledger.journal.chain.number;
	result->journal_hash = (ProtobufCBinaryData){
		HASH_SIZE, s->ledger.journal.chain.hash};
	r = ledger_finish(&s->ledger, m->sequence, result);
	if (r < 0)
		log_error("%s: the result of command %s cannot be written: "
			  "%s: it stays unknown", s->config->commands_dir,
			  m->id, strerror(-r));
	return report(s, result);
}

/* Counts a refusal on disk, since this process does not live long. */
static bool may_enter(struct role *s, const char *name, int64_t now)
{
	char path[4096], text[64];
	char *end = text;
	int64_t since = 0;
	long n = 0;
	struct buf b;
	int len;

	if (file_path(path, sizeof(path), s->config->commands_dir, name) < 0)
		return false;
	buf_init(&b, sizeof(text));
	if (file_read(path, &b) == 0) {
		snprintf(text, sizeof(text), "%s", buf_str(&b));
		since = strtoll(text, &end, 10);
		n = strtol(end, NULL, 10);
	}
	buf_free(&b);
	if (now - since >= HOUR || now < since) {
		since = now;
		n = 0;
	}
	if (n < 0 || n >= REFUSALS_PER_HOUR)
		return false;
	len = snprintf(text, sizeof(text), "%lld %ld\n", (long long)since,
		       n + 1);
	return file_replace(path, 0600, text, (size_t)len) == 0;
}

static int refuse(struct role *s, const char *id, const Cw__Command *m,
		  const char *reason)
{
	Cw__CommandResult result = CW__COMMAND_RESULT__INIT;
	int64_t now = clock_now();

	if (may_enter(s, m ? "refused" : "strangers", now)) {
		log_warn("command %s is refused: %s", *id ? id : "(no id)",
			 reason);
		if (!*s->closed)
			enter_or_say(s, "refused", id, m, "refused", reason);
	}
	if (!*id)
		return 0;
	result.id = (char *)(uintptr_t)id;
	result.outcome = CW__COMMAND_RESULT__OUTCOME__REFUSED;
	result.detail = (char *)(uintptr_t)reason;
	result.started = result.finished = now;
	return report(s, &result);
}

/* The id in a payload that nobody we trust has signed: only to answer. */
static void stranger_id(const uint8_t *data, size_t len, char ret[static 65])
{
	Cw__SignedCommand *s = cw__signed_command__unpack(NULL, len, data);
	Cw__Command *m = NULL;

	ret[0] = '\0';
	if (s && s->payload.len <= LIMIT_COMMAND)
		m = cw__command__unpack(NULL, s->payload.len, s->payload.data);
	if (m && strlen(m->id) <= 64 &&
	    !m->id[strspn(m->id, "0123456789abcdef-")])
		snprintf(ret, 65, "%s", m->id);
	if (m)
		cw__command__free_unpacked(m, NULL);
	if (s)
		cw__signed_command__free_unpacked(s, NULL);
}

/* ------------------------------------------------------------ rotation */

static const char *next_pins(const struct pins *now, const Cw__Command *m,
			     struct pins *ret)
{
	*ret = *now;
	ret->count = 0;
	ret->threshold = m->next_threshold ? m->next_threshold : 1;
	if (now->configured)
		return "the keys are fixed by this host's configuration";
	if (m->n_next_keys > LIMIT_SIGNATURES)
		return "more than 16 keys";
	for (size_t i = 0; i < m->n_next_keys; i++) {
		if (m->next_keys[i]->ed25519.len != SIGNATURE_KEY)
			return "a key is not 32 bytes";
		memcpy(ret->keys[ret->count++], m->next_keys[i]->ed25519.data,
		       SIGNATURE_KEY);
	}
	return pins_fault(ret);
}

static int rotate_keys(struct role *s, const struct pins *pins,
		       const Cw__Command *m)
{
	Cw__CommandResult result = CW__COMMAND_RESULT__INIT;
	struct pins next;
	const char *why = next_pins(pins, m, &next);
	int r = why || m->dry_run ? 0 : pins_write(s->config, &next);

	result.started = result.finished = clock_now();
	result.outcome = why ? CW__COMMAND_RESULT__OUTCOME__REFUSED
			     : CW__COMMAND_RESULT__OUTCOME__DONE;
	result.detail = (char *)(uintptr_t)(why ? why : m->dry_run ?
					     "would pin the next keys" : "");
	if (r < 0) {
		result.outcome = CW__COMMAND_RESULT__OUTCOME__FAILED;
		result.detail = strerror(-r);
	}
	return finish(s, m, &result);
}

/* ------------------------------------------------------------ commands */

static int start_run(struct role *s, Cw__Command *m)
{
	Ipc__Run run = IPC__RUN__INIT;

	run.id = m->id;
	run.action = m->action;
	run.parameters = m->parameters;
	run.n_parameters = m->n_parameters;
	run.dry_run = m->dry_run;
	return send_message(s, IPC_COMMAND_RUN, &run.base);
}

/* Durable first, then done.  Takes ${m} where it runs: *ret_runs. */
static int take(struct role *s, const struct pins *pins, Cw__Command *m,
		bool *ret_runs)
{
	int r = ledger_take(&s->ledger, m->sequence, m->id);

	if (r == 0)
		r = enter(s, "taken", m->id, m, NULL, m->reason);
	if (r < 0) {
		char why[VERIFY_REASON];

		snprintf(why, sizeof(why), "cannot be recorded in %.100s: %s",
			 s->config->commands_dir, strerror(-r));
		return refuse(s, m->id, m, why);
	}
	if (strcmp(m->action, "rotate-keys") == 0)
		return rotate_keys(s, pins, m);
	r = start_run(s, m);
	*ret_runs = r == 0;
	return r;
}

struct found {
	struct role *role;
	bool any;
};

static int report_found(void *arg, uint64_t sequence,
			const Cw__CommandResult *m)
{
	struct found *f = arg;

	f->any = true;
	return report_kept(f->role, sequence, m);
}

/* One that we have dealt with already: its result again. */
static bool is_again(struct role *s, const struct verdict *v)
{
	struct found f = {.role = s};

	if (!v->command || v->command->sequence > s->ledger.sequence)
		return false;
	ledger_results(&s->ledger, v->command->id, report_found, &f);
	return f.any;
}

static int handle(struct role *s, const uint8_t *data, size_t len)
{
	struct pins pins = {.count = 0};
	struct verdict v = {.command = NULL};
	const char *why = NULL;
	bool runs = false;
	char id[65];
	int r = pins_load(s->config, &pins, &why);

	stranger_id(data, len, id);
	if (*s->closed)
		return refuse(s, id, NULL, s->closed);
	if (r < 0) {
		char reason[VERIFY_REASON];

		snprintf(reason, sizeof(reason), "%s",
			 r == -ENOENT ? "this host has pinned no key: it takes "
					"no commands" : why ? why :
			 strerror(-r));
		return refuse(s, id, NULL, reason);
	}
	verify_command(&pins, data, len, s->ledger.sequence, clock_now(), &v);
	if (*v.reason && is_again(s, &v))
		r = 0;
	else if (*v.reason)
		r = refuse(s, id, v.command, v.reason);
	else
		r = take(s, &pins, v.command, &runs);
	if (runs) {
		s->running = v.command;
		v.command = NULL;
	}
	verdict_free(&v);
	return r;
}

static int handle_waiting(struct role *s)
{
	int r = 0;

	while (r == 0 && !s->running && s->n > 0) {
		struct waiting w = s->queue[0];

		memmove(&s->queue[0], &s->queue[1],
			--s->n * sizeof(s->queue[0]));
		r = handle(s, w.data, w.len);
		free(w.data);
	}
	return r;
}

/* ---------------------------------------------------- from the supervisor */

static int enqueue(struct role *s, const struct frame *f)
{
	uint8_t *copy;

	if (s->n == QUEUE || f->len == 0 || f->len > 2 * LIMIT_COMMAND)
		return 0;
	copy = malloc(f->len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, f->data, f->len);
	s->queue[s->n++] = (struct waiting){copy, f->len};
	return 0;
}

static int take_finished(struct role *s, const struct frame *f)
{
	Cw__CommandResult *m = cw__command_result__unpack(NULL, f->len,
							  f->data);
	char *own = m ? m->id : NULL;
	int r = m ? 0 : -EPROTO;

	/* one that was started by a process before this: it stays unknown */
	if (m && s->running)
		r = finish(s, s->running, m);
	if (s->running)
		cw__command__free_unpacked(s->running, NULL);
	s->running = NULL;
	if (m) {
		m->id = own;
		m->journal_hash = (ProtobufCBinaryData){0, NULL};
		cw__command_result__free_unpacked(m, NULL);
	}
	return r;
}

static int take_kept(struct role *s, const struct frame *f)
{
	Ipc__Kept *m = ipc__kept__unpack(NULL, f->len, f->data);

	if (!m)
		return -EPROTO;
	for (size_t i = 0; i < m->n_ids; i++)
		ledger_kept(&s->ledger, m->ids[i]);
	ipc__kept__free_unpacked(m, NULL);
	return 0;
}

static int dispatch(struct role *s, const struct frame *f)
{
	switch (f->op) {
	case IPC_COMMAND_TAKE:
		return enqueue(s, f);
	case IPC_COMMAND_FINISHED:
		return take_finished(s, f);
	case IPC_COMMAND_KEPT:
		return take_kept(s, f);
	default:
		return -EPROTO;
	}
}

static void open_ledger(struct role *s)
{
	uint64_t line = 0;
	int r = ledger_open(s->config, &s->ledger, &line);

	if (r == 0)
		return;
	s->ledger.journal.fd = -1;
	if (r == -EBADMSG)
		snprintf(s->closed, sizeof(s->closed), "%.100s/" JOURNAL_FILE
			 ": line %llu has been changed: look into it, then "
			 "move the file away", s->config->commands_dir,
			 (unsigned long long)line);
	else
		snprintf(s->closed, sizeof(s->closed), "%.100s: %s",
			 s->config->commands_dir, strerror(-r));
	log_error("no command is taken: %s", s->closed);
}

int command_prepare(const struct agent_config *config)
{
	file_make_directories(config->commands_dir, 0700);
	file_make_directories(LEDGER_RUN_DIR, 0755);
	return 0;
}

int command_role(int sock, const struct agent_config *config)
{
	struct role s = {.sock = sock, .config = config};
	struct frame f = {.fd = -1};
	int r = 0;

	umask(077);
	open_ledger(&s);
	if (!*s.closed)
		r = ledger_results(&s.ledger, NULL, report_kept, &s);
	while (r == 0) {
		r = handle_waiting(&s);
		if (r == 0)
			r = frame_send(sock, IPC_COMMAND_TURN, NULL, 0, -1);
		if (r == 0)
			r = frame_recv(&s.in, sock, IPC_COMMAND__END, &f);
		if (r == 1 && f.fd >= 0) {
			close(f.fd);
			r = -EPROTO;
		}
		if (r <= 0)
			break;
		r = dispatch(&s, &f);
	}
	if (r < 0 && r != -EPIPE)
		log_error("command: %s", strerror(-r));
	ledger_close(&s.ledger);
	frame_receiver_free(&s.in);
	return r < 0;
}
