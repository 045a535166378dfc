/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/contact.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "agent/sync/credential.h"
#include "agent/sync/status.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"

/* seconds; what a reply may ask for */
#define HEARTBEAT_MIN 1
#define HEARTBEAT_MAX 86400

/* seconds; a connection is kept open for a next heartbeat as near as this, for
 * others a resumed session is cheaper than a socket on both sides */
#define KEEP_OPEN 60

/* milliseconds between two results that are told at once: a collector must not
 * keep a host busy with refusals */
#define HURRY_MS 1000

int contact_init(struct contact *c, const struct agent_config *config,
		 struct state *state)
{
	*c = (struct contact){.config = config, .state = state,
			      .heartbeat = config->heartbeat};
	host_collect(&c->host);
	keyring_init(&c->keyring, config);
	buf_init(&c->body, LIMIT_SYNC_BODY);
	c->last.retry_after = -1;
	c->due = clock_steady_ms();
	c->http = http_new(config->timeout);
	if (!c->http)
		return -ENOMEM;
	return session_init(&c->session, state, &c->host.facts);
}

void contact_free(struct contact *c)
{
	http_free(c->http);
	session_free(&c->session);
	keyring_free(&c->keyring);
	EVP_PKEY_free(c->new_key);
	buf_free(&c->body);
}

/* -------------------------------------------------------------- the end */

static void save_status(struct contact *c)
{
	Ipc__Status s = IPC__STATUS__INIT;
	int r;

	contact_status(c, &s);
	r = status_write(c->config->state_dir, &s);
	if (r < 0 && !c->disk_error[0]) {
		snprintf(c->disk_error, sizeof(c->disk_error),
			 "local: %s/%s: cannot be written: %s",
			 c->config->state_dir, STATUS_FILE, strerror(-r));
		log_error("%s", c->disk_error);
	}
}

/* Frees all that only a conversation needs. */
static void rest(struct contact *c)
{
	c->doing = CONTACT_IDLE;
	session_end(&c->session);
	if (c->last.class != OUTCOME_DONE || c->heartbeat > KEEP_OPEN)
		http_rest(c->http);
	buf_free(&c->body);
	EVP_PKEY_free(c->new_key);
	c->new_key = NULL;
	save_status(c);
	malloc_trim(0);
}

/* One that answers at once does not hold, whatever it was asked. */
static bool was_held(const struct contact *c)
{
	return c->holding &&
	       clock_steady_ms() - c->asked >= c->config->wait * 500;
}

static void finish(struct contact *c)
{
	if (c->last.class != OUTCOME_DONE)
		log_info("the collector takes reports again");
	if (c->last.class != OUTCOME_DONE || c->last_success == 0)
		c->changed = true;
	c->last = (struct outcome){.class = OUTCOME_DONE, .retry_after = -1};
	c->last_success = clock_now();
	backoff_reset(&c->backoff);
	c->due = clock_steady_ms() + backoff_splay(c->heartbeat);
	/* a collector that holds its replies is asked again at once */
	if (session_has_result(&c->session))
		c->due = c->hurried + HURRY_MS;
	else if (was_held(c))
		c->due = clock_steady_ms();
	rest(c);
}

static int64_t wait_after(struct contact *c, const struct outcome *o)
{
	int64_t most = c->config->retry_max;

	if (o->class == OUTCOME_REVOKED)
		return backoff_splay(most);
	return backoff_after(&c->backoff, o->class == OUTCOME_OVERLOAD ?
			     o->retry_after : -1, most);
}

/* Said once for each change, not for each try. */
static void fail(struct contact *c, const struct outcome *o)
{
	if (o->class != c->last.class || strcmp(o->code, c->last.code) != 0) {
		log_error("%s", o->text);
		c->changed = true;
	}
	c->last = *o;
	c->due = clock_steady_ms() + wait_after(c, o);
	rest(c);
}

static void fail_with(struct contact *c, enum outcome_class class,
		      const char *code, const char *text)
{
	struct outcome o = {.class = class, .retry_after = -1};

	snprintf(o.code, sizeof(o.code), "%s", code);
	snprintf(o.text, sizeof(o.text), "%s: %s", outcome_name(class), text);
	fail(c, &o);
}

/* ------------------------------------------------------- conversations */

static void post(struct contact *c, enum contact_doing doing, const char *path)
{
	const struct identity *id = keyring_identity(&c->keyring);
	struct http_peer peer = {.identity = id};
	int64_t hold = 0;
	int r;

	/* only the word has nothing that waits behind it */
	c->holding = doing == CONTACT_SYNC && c->config->wait > 0 &&
		     session_is_word(&c->session);
	if (c->holding)
		hold = c->config->wait;
	c->asked = clock_steady_ms();
	r = http_post(c->http, &peer, id->sync_url, path, &c->body, hold);
	c->doing = doing;
	if (r < 0)
		fail_with(c, OUTCOME_LOCAL, "http", strerror(-r));
}

static void ask(struct contact *c)
{
	int r = session_request(&c->session, &c->body);

	if (r > 0)
		post(c, CONTACT_SYNC, "/v1/sync");
	else if (r == 0)
		finish(c);
	else
		fail_with(c, OUTCOME_LOCAL, "session", strerror(-r));
}

static void converse(struct contact *c)
{
	int r = session_begin(&c->session);

	if (r > 0) {
		ask(c);
	} else if (r < 0) {
		fail_with(c, OUTCOME_LOCAL, "session", strerror(-r));
	} else {
		/* nothing to speak of before the first scan is through */
		c->due = clock_steady_ms() + backoff_splay(c->heartbeat);
		rest(c);
	}
}

static void take_reply(struct contact *c)
{
	const struct buf *b = http_body(c->http);
	uint64_t before = c->state->acked.generation;
	const char *why = NULL;
	char text[OUTCOME_TEXT];
	int64_t heartbeat = 0;
	int r = session_reply(&c->session, b->data, b->len, &heartbeat, &why);

	if (c->state->acked.generation != before)
		c->changed = true;
	if (r == -ESTALE) {
		fail_with(c, OUTCOME_REFUSED, "resync",
			  "the collector asks for everything again after it "
			  "was sent everything");
	} else if (r == -EBADMSG) {
		snprintf(text, sizeof(text),
			 "the collector's answer is not valid: %s", why);
		fail_with(c, OUTCOME_REFUSED, "reply", text);
	} else if (r < 0) {
		fail_with(c, OUTCOME_LOCAL, "session", strerror(-r));
	} else {
		if (heartbeat >= HEARTBEAT_MIN && heartbeat <= HEARTBEAT_MAX)
			c->heartbeat = heartbeat;
		else
			c->heartbeat = c->config->heartbeat;
		ask(c);
	}
}

/* ------------------------------------------------------------- renewal */

static bool is_renewal_due(const struct contact *c)
{
	const struct keyring *k = &c->keyring;

	if (!k->has_own || k->has_next || k->own.configured)
		return false;
	return c->renew_now ||
	       (identity_renewal_due(&k->own) <= clock_now() &&
		c->renew_after <= clock_steady_ms());
}

static void put_off_renewal(struct contact *c)
{
	c->renew_after = clock_steady_ms() + 1000 +
			 backoff_next(&c->renew_backoff, c->config->retry_max);
}

static int build_renewal(struct contact *c)
{
	Cw__RenewRequest m = CW__RENEW_REQUEST__INIT;
	struct buf csr;
	int r = -ENOMEM;

	buf_init(&csr, KIB(16));
	EVP_PKEY_free(c->new_key);
	c->new_key = credential_key();
	if (c->new_key)
		r = credential_csr(c->new_key, &csr);
	m.csr = (ProtobufCBinaryData){csr.len, csr.data};
	buf_reset(&c->body);
	if (r == 0)
		r = message_pack(&c->body, &m.base);
	buf_free(&csr);
	return r;
}

static void renew(struct contact *c)
{
	c->renew_now = false;
	if (build_renewal(c) == 0) {
		post(c, CONTACT_RENEW, "/v1/renew");
		return;
	}
	log_error("renewal of this agent's certificate: no memory");
	put_off_renewal(c);
	converse(c);
}

/* Enrolment pinned them; a collector that could replace them with a renewal
 * could sign its own commands. */
static void keep_command_keys(struct identity *next, const struct identity *own)
{
	memcpy(next->command_keys, own->command_keys,
	       sizeof(next->command_keys));
	next->command_keys_count = own->command_keys_count;
	next->command_threshold = own->command_threshold;
}

/* The conversation that follows uses the successor. */
static void take_credential(struct contact *c)
{
	const struct buf *b = http_body(c->http);
	struct identity next = {0};
	const char *why = NULL;
	int r = credential_take(b->data, b->len, c->new_key, NULL,
				c->keyring.own.anchors, clock_now(), &next,
				&why);

	if (r == 0)
		keep_command_keys(&next, &c->keyring.own);
	if (r == 0 && strcmp(next.agent_id, c->keyring.own.agent_id) != 0) {
		why = "the answer names another agent";
		r = -EBADMSG;
	}
	if (r == 0)
		r = keyring_add_next(&c->keyring, &next);
	if (r < 0) {
		log_error("renewal of this agent's certificate: %s",
			  why ? why : strerror(-r));
		put_off_renewal(c);
	}
	identity_free(&next);
	http_forget(c->http);
	converse(c);
}

static bool is_expired(const struct contact *c)
{
	const struct identity *id = keyring_identity(&c->keyring);

	return id && id->not_after <= clock_now();
}

static void fail_expired(struct contact *c)
{
	char when[CLOCK_TEXT], text[256];

	clock_rfc3339(keyring_identity(&c->keyring)->not_after, when);
	snprintf(text, sizeof(text),
		 "the certificate of this agent expired at %s: run `certwalk "
		 "enroll` with a new token", when);
	fail_with(c, OUTCOME_REVOKED, "expired", text);
}

/* Whether the successor works is known once the collector has answered or has
 * turned it down.  True where the attempt begins again with the old one. */
static bool judge_next(struct contact *c, const struct outcome *o)
{
	if (o->credential) {
		log_warn("the renewed certificate was turned down (%s); going "
			 "on with the old one", o->text);
		http_forget(c->http);
		keyring_drop_next(&c->keyring);
		put_off_renewal(c);
		return c->keyring.has_own;
	}
	if (o->answered) {
		int r = keyring_promote(&c->keyring);

		if (r < 0)
			log_error("%s/%s: cannot be replaced: %s",
				  c->config->state_dir, IDENTITY_FILE,
				  strerror(-r));
		else
			log_info("this agent's certificate has been renewed");
		backoff_reset(&c->renew_backoff);
		c->changed = true;
	}
	return false;
}

/* ------------------------------------------------------------ attempts */

int64_t contact_wait(const struct contact *c)
{
	int64_t now = clock_steady_ms(), due = c->due, renewal;

	if (c->doing != CONTACT_IDLE)
		return -1;
	if (c->keyring.has_own && !c->keyring.has_next &&
	    !c->keyring.own.configured && c->last.class == OUTCOME_DONE) {
		renewal = now + (identity_renewal_due(&c->keyring.own) -
				 clock_now()) * 1000;
		if (renewal < c->renew_after)
			renewal = c->renew_after;
		if (renewal < due)
			due = renewal;
	}
	return due > now ? due - now : 0;
}

void contact_step(struct contact *c)
{
	bool changed = false;
	int r;

	if (c->doing != CONTACT_IDLE || contact_wait(c) > 0)
		return;
	c->last_attempt = clock_now();
	r = keyring_refresh(&c->keyring, &changed);
	if (changed)
		http_forget(c->http);
	if (r == -ENOENT)
		fail_with(c, OUTCOME_LOCAL, "not-enrolled",
			  "this host is not enrolled: run `certwalk enroll "
			  "TOKEN`");
	else if (r < 0)
		fail_with(c, OUTCOME_LOCAL, "identity",
			  "the agent's identity cannot be read");
	else if (is_renewal_due(c) && !is_expired(c))
		renew(c);
	else
		converse(c);
}

void contact_take(struct contact *c, struct outcome *o)
{
	enum contact_doing doing = c->doing;

	if (c->keyring.has_next && judge_next(c, o)) {
		converse(c);
		return;
	}
	if (o->class == OUTCOME_DONE) {
		if (doing == CONTACT_RENEW)
			take_credential(c);
		else
			take_reply(c);
	} else if (o->credential && is_expired(c)) {
		fail_expired(c);
	} else if (doing == CONTACT_RENEW && o->class == OUTCOME_REFUSED &&
		   o->answered) {
		log_error("renewal of this agent's certificate: %s", o->text);
		put_off_renewal(c);
		converse(c);
	} else {
		fail(c, o);
	}
}

/* A reply that is held back is not waited for any longer. */
static void hurry(struct contact *c)
{
	if (c->holding && c->doing == CONTACT_SYNC) {
		http_rest(c->http);
		session_end(&c->session);
		c->doing = CONTACT_IDLE;
		c->holding = false;
	}
	if (c->doing == CONTACT_IDLE && c->last.class != OUTCOME_OVERLOAD &&
	    c->last.class != OUTCOME_REVOKED)
		c->due = clock_steady_ms();
}

void contact_snapshot(struct contact *c, int result)
{
	char text[OUTCOME_TEXT] = "";

	if (result < 0)
		snprintf(text, sizeof(text),
			 "local: %s/%s: cannot be written: %s; keeping that of "
			 "the scan before", c->config->state_dir,
			 STATE_CURRENT, strerror(-result));
	if (text[0] && strcmp(text, c->disk_error) != 0)
		log_error("%s", text);
	memcpy(c->disk_error, text, sizeof(text));
	c->changed = true;
	if (result == 0) {
		session_replaced(&c->session);
		hurry(c);
	}
	save_status(c);
}

void contact_watching(struct contact *c, const char *words, size_t len)
{
	snprintf(c->watching, sizeof(c->watching), "%.*s", (int)len, words);
	c->changed = true;
	save_status(c);
}

void contact_result(struct contact *c, const uint8_t *data, size_t len)
{
	int r = session_result(&c->session, data, len);

	int64_t now = clock_steady_ms();

	if (r < 0) {
		log_error("a command's result cannot be sent yet: %s",
			  strerror(-r));
	} else if (now - c->hurried >= HURRY_MS) {
		c->hurried = now;
		hurry(c);
	} else if (c->doing == CONTACT_IDLE &&
		   c->last.class == OUTCOME_DONE &&
		   c->due > c->hurried + HURRY_MS) {
		c->due = c->hurried + HURRY_MS;
	}
}

void contact_renew(struct contact *c)
{
	c->renew_now = true;
	hurry(c);
}

static char *borrow(const char *s)
{
	return (char *)(uintptr_t)s;
}

void contact_status(struct contact *c, Ipc__Status *ret)
{
	const struct identity *id = keyring_identity(&c->keyring);
	const struct state *st = c->state;
	const char *error = c->last.text;
	enum outcome_class class = c->last.class;
	int64_t wait = contact_wait(c);

	if (class == OUTCOME_DONE && c->disk_error[0])
		error = c->disk_error;
	else if (class == OUTCOME_DONE && st->acked_unsaved)
		error = "local: state/acknowledged cannot be written";
	if (class == OUTCOME_DONE && *error)
		class = OUTCOME_LOCAL;

	if (id) {
		ret->agent_id = borrow(id->agent_id);
		ret->collector = borrow(id->sync_url);
		ret->certificate_not_after = id->not_after;
	}
	ret->watching = c->watching;
	ret->last_attempt = c->last_attempt;
	ret->last_success = c->last_success;
	ret->last_error = borrow(error);
	ret->last_error_class = borrow(outcome_name(class));
	if (wait >= 0)
		ret->next_attempt = clock_now() + (wait + 999) / 1000;
	ret->generation = st->current.generation;
	ret->acknowledged_generation = st->acked.generation;
	ret->locations = st->current.locations;
	session_pending(&c->session, &ret->pending_added,
			&ret->pending_removed);
	ret->last_scan_started = st->current.started;
	ret->last_scan_finished = st->current.finished;
	ret->last_full_scan = st->current.last_full;
	ret->last_scan_complete = st->current.complete;
	ret->gaps = st->current.gaps;
}
