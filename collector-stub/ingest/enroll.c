/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "collector-stub/ca/csr.h"
#include "collector-stub/http/server.h"
#include "collector-stub/http/visit.h"
#include "collector-stub/ingest/decode.h"
#include "collector-stub/ingest/handlers.h"
#include "collector-stub/order/audit.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/uuid.h"

/* bytes of a decoded request for a certificate */
#define ENROLL_MEMORY MIB(1)

/* seconds by which a renewal moves a certificate's end at least to be noted:
 * one that renews without end does not fill the audit log */
#define RENEWAL_STEP 3600

struct enroll_work {
	struct arena arena;
	EVP_PKEY *key;			/* to be certified */
	uint8_t token[HASH_SIZE];	/* SHA-256 of the secret */
	Cw__HostFacts *host;		/* or NULL */
	const char *hostname;
	char agent_id[STORE_AGENT_ID];
};

static void free_work(void *arg)
{
	struct enroll_work *w = arg;

	EVP_PKEY_free(w->key);
	arena_free(&w->arena);
	free(w);
}

/* The keys whose commands the host is to take. */
struct key_list {
	struct arena *arena;
	Cw__CommandKey *keys[LIMIT_SIGNATURES];
	size_t n;
};

static int add_key(void *arg, const struct store_key *k)
{
	struct key_list *l = arg;
	Cw__CommandKey *m = arena_alloc(l->arena, sizeof(*m));

	if (k->removed || l->n == LIMIT_SIGNATURES)
		return 0;
	if (!m)
		return -ENOMEM;
	cw__command_key__init(m);
	m->id = arena_str(l->arena, k->id, strlen(k->id));
	m->ed25519.data = arena_dup(l->arena, k->ed25519, SIGNATURE_KEY);
	m->ed25519.len = SIGNATURE_KEY;
	if (!m->id || !m->ed25519.data)
		return -ENOMEM;
	l->keys[l->n++] = m;
	return 0;
}

/* Certifies the key; fills the reply. */
static int reply_credential(struct exchange *x, struct store *s,
			    struct enroll_work *w, int64_t now)
{
	struct key_list keys = { .arena = &w->arena };
	Cw__Credential m = CW__CREDENTIAL__INIT;
	const struct server *srv = x->server;
	ProtobufCBinaryData root = { srv->ca.der_len, srv->ca.der };
	struct buf der;
	int r = 0;

	buf_init(&der, LIMIT_DER);
	r = s->driver->key_list(s, add_key, &keys);
	if (r == 0)
		r = ca_sign_agent(&srv->ca, w->key, w->agent_id, now,
				  srv->config->certificate_lifetime, &der);
	if (r == 0) {
		m.agent_id = w->agent_id;
		m.certificate.data = der.data;
		m.certificate.len = der.len;
		m.n_chain = 1;
		m.chain = &root;
		m.sync_url = (char *)srv->sync_url;
		m.command_keys = keys.keys;
		m.n_command_keys = keys.n;
		if (keys.n > 0)
			m.command_threshold = (uint32_t)
				srv->config->command_threshold;
		reply_message(&x->reply, &m.base);
	} else {
		reply_problem(&x->reply, 500, "internal",
			      "the certificate could not be signed");
		log_error("agent %s: cannot sign its certificate",
			  w->agent_id);
	}
	buf_free(&der);
	return r;
}

static void refuse_token(struct exchange *x, int reason)
{
	const char *code = "token-unknown", *detail =
		"this token is not one of this collector's, or was withdrawn";

	if (reason == -ESTALE) {
		code = "token-expired";
		detail = "this token has expired: create another";
	} else if (reason == -EDQUOT) {
		code = "token-used";
		detail = "this token has been used as often as it may be";
	}
	reply_problem(&x->reply, 403, code, detail);
}

static int add_agent(struct exchange *x, struct store *s,
		     struct enroll_work *w, int64_t now)
{
	int r = s->driver->agent_add(s, w->agent_id, now, now +
				     x->server->config->certificate_lifetime);

	if (r == 0 && w->host)
		r = s->driver->agent_host(s, w->agent_id, w->hostname,
					  w->host);
	return r;
}

/* 0, and the entry is written at the transaction's end; or -ENOMEM. */
static int note(struct exchange *x, const char *actor, const char *event,
		const char *token)
{
	struct enroll_work *w = x->work;
	const struct audit_field fields[] = {
		{ "agent", w->agent_id }, { "host", w->hostname },
		{ "token", token }, { NULL, NULL },
	};

	x->audit = audit_entry(&w->arena, actor, event, fields);
	return x->audit ? 0 : -ENOMEM;
}

static int run_enroll(struct exchange *x, struct store *s)
{
	struct enroll_work *w = x->work;
	struct store_agent a = { .id = "" };
	char token[HASH_HEX];
	int64_t now = clock_now();
	int r = s->driver->savepoint(s);

	if (r < 0)
		return r;
	/* its id is its own: an earlier try was stored, although the commit
	 * did not say so, and has taken the token */
	if (s->driver->agent_get(s, w->agent_id, &a) == 0)
		return reply_credential(x, s, w, now) < 0 ?
			s->driver->undo(s) : s->driver->release(s);
	r = s->driver->token_take(s, w->token, now);
	if (r == -ENOENT || r == -ESTALE || r == -EDQUOT) {
		refuse_token(x, r);
		return s->driver->undo(s);
	}
	if (r == 0)
		r = add_agent(x, s, w, now);
	if (r < 0)
		return r;
	if (reply_credential(x, s, w, now) < 0)
		return s->driver->undo(s);
	encode_hex(w->token, HASH_SIZE, token);
	r = note(x, "enrolment token", "agent-enrolled", token);
	if (r < 0)
		return r;
	log_info("agent %s: enrolled, host %s", w->agent_id, w->hostname);
	return s->driver->release(s);
}

static int run_renew(struct exchange *x, struct store *s)
{
	struct enroll_work *w = x->work;
	struct store_agent a = { .id = "" };
	int64_t now = clock_now();
	int64_t until = now + x->server->config->certificate_lifetime;
	bool later = false;
	int r = s->driver->agent_get(s, w->agent_id, &a);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT || a.revoked) {
		reply_problem(&x->reply, 403, a.revoked ? "revoked" :
			      "unknown-agent", a.revoked ?
			      "this agent was revoked at the collector" :
			      "the collector does not know this agent");
		return 0;
	}
	if (reply_credential(x, s, w, now) < 0)
		return 0;
	r = s->driver->agent_certificate(s, w->agent_id, until,
					 until - RENEWAL_STEP, &later);
	return r < 0 || !later ? r : note(x, "agent", "agent-renewed", NULL);
}

static int decode_enroll(struct exchange *x, struct enroll_work *w)
{
	ProtobufCAllocator allocator = decode_allocator(&w->arena);
	Cw__EnrollRequest *m = cw__enroll_request__unpack(&allocator, x->len,
							  x->body);
	const char *code = "bad-request", *why = "not an EnrollRequest";

	if (m && m->host && strlen(m->host->hostname) > DECODE_TEXT_MAX)
		why = "host name too long";
	else if (m && csr_check(m->csr.data, m->csr.len, NULL, &w->key, &code,
				&why) == 0) {
		hash_sha256(m->token, strlen(m->token), w->token);
		decode_host(m->host);
		w->host = m->host;
		w->hostname = store_text(&w->arena, m->host ?
					 m->host->hostname : "");
		if (w->hostname && uuid_make(w->agent_id) == 0)
			return 0;
		code = "internal";
		why = "no memory or no random bytes";
	}
	reply_problem(&x->reply, 400, code, why);
	return -EBADMSG;
}

static int decode_renew(struct exchange *x, struct enroll_work *w)
{
	ProtobufCAllocator allocator = decode_allocator(&w->arena);
	Cw__RenewRequest *m = NULL;
	const char *code = "bad-request", *why = "not a RenewRequest";

	if (x->identity.existing_pki) {
		reply_problem(&x->reply, 403, "not-enrolled",
			      "another PKI issues this agent's certificate");
		return -EBADMSG;
	}
	m = cw__renew_request__unpack(&allocator, x->len, x->body);
	snprintf(w->agent_id, sizeof(w->agent_id), "%s",
		 x->identity.agent_id);
	if (m && csr_check(m->csr.data, m->csr.len, w->agent_id, &w->key,
			   &code, &why) == 0)
		return 0;
	reply_problem(&x->reply, 400, code, why);
	return -EBADMSG;
}

static void handle(struct exchange *x,
		   int (*decode)(struct exchange *x, struct enroll_work *w),
		   int (*run)(struct exchange *x, struct store *s))
{
	struct enroll_work *w = calloc(1, sizeof(*w));

	if (!w) {
		reply_later(&x->reply, "overloaded", "no memory");
		exchange_finish(x);
		return;
	}
	arena_init(&w->arena, ENROLL_MEMORY);
	if (decode(x, w) == 0) {
		handle_in_writer(x, run, w, free_work);
		return;
	}
	free_work(w);
	exchange_finish(x);
}

void handle_enroll(struct exchange *x)
{
	if (visit_is_refused(x, NULL)) {
		exchange_finish(x);
		return;
	}
	handle(x, decode_enroll, run_enroll);
}

void handle_renew(struct exchange *x)
{
	if (handle_too_often(x))
		return;
	/* its rate is what counts */
	share_leave(x->server->share, x->identity.agent_id, 0);
	handle(x, decode_renew, run_renew);
}
