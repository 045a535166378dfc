/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/compose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "collector-stub/order/audit.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/message.h"

/* how often a transaction is tried */
#define TRIES 5

/* Rises even where the database was lost: hosts remember the last one. */
static int next_sequence(struct store *s, const char *agent_id, int64_t *ret)
{
	struct timespec now;
	int64_t last = 0;
	int r = s->driver->command_sequence(s, agent_id, &last);

	clock_gettime(CLOCK_REALTIME, &now);
	*ret = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (*ret <= last)
		*ret = last + 1;
	return r;
}

static int pack(const struct compose *c, const char *agent_id, const char *id,
		int64_t sequence, struct buf *out)
{
	Cw__Command m = CW__COMMAND__INIT;
	int r;

	m.id = (char *)(uintptr_t)id;
	m.agent_id = (char *)(uintptr_t)agent_id;
	m.action = (char *)(uintptr_t)c->action;
	m.parameters = c->parameters;
	m.n_parameters = c->n_parameters;
	m.sequence = (uint64_t)sequence;
	m.not_before = c->not_before;
	m.expires = c->expires;
	m.reason = (char *)(uintptr_t)(c->reason ? c->reason : "");
	m.next_keys = c->next_keys;
	m.n_next_keys = c->n_next_keys;
	m.next_threshold = c->next_threshold;
	m.dry_run = c->dry_run;
	r = message_pack(out, &m.base);
	return r == -ENOBUFS ? -EFBIG : r;
}

static int note(struct store *s, const char *actor, const char *event,
		const char *agent_id, const char *id, const char *action,
		const char *more_name, const char *more)
{
	const struct audit_field fields[] = {
		{ "agent", agent_id }, { "command", id }, { "action", action },
		{ more_name, more }, { NULL, NULL },
	};

	return audit_event(s, clock_now(), actor, event, fields);
}

static int sign(struct store *s, const struct compose *c, const char *agent_id,
		const char *id, struct signer *signer,
		const struct buf *payload)
{
	uint8_t signature[SIGNATURE_SIZE];
	int r = signer_sign(signer, payload->data, payload->len, signature);

	if (r == 0)
		r = s->driver->command_sign(s, agent_id, id, signer->id,
					    signature, sizeof(signature));
	return r < 0 ? r : note(s, c->actor, "command-signed", agent_id, id,
				c->action, "key", signer->id);
}

int compose_queue(struct store *s, const struct compose *c,
		  const char *agent_id, struct signer *signer,
		  char ret_id[static UUID_TEXT])
{
	struct store_command row = {
		.agent_id = agent_id, .id = ret_id, .action = c->action,
		.not_before = c->not_before, .expires = c->expires,
		.needed = c->needed,
	};
	struct buf payload;
	int r = uuid_make(ret_id);

	buf_init(&payload, LIMIT_COMMAND);
	if (r == 0)
		r = next_sequence(s, agent_id, &row.sequence);
	if (r == 0)
		r = pack(c, agent_id, ret_id, row.sequence, &payload);
	row.payload = payload.data;
	row.payload_len = payload.len;
	if (r == 0)
		r = s->driver->command_add(s, &row);
	if (r == 0)
		r = note(s, c->actor, "command-queued", agent_id, ret_id,
			 c->action, "reason", c->reason);
	if (r == 0 && signer)
		r = sign(s, c, agent_id, ret_id, signer, &payload);
	buf_free(&payload);
	return r;
}

/* The agents' rows before the audit log, in the order of all who lock both. */
static int lock_agents(struct store *s, const struct compose_target *targets,
		       size_t n)
{
	const char **ids = NULL;
	int r = 0;

	if (!s->driver->expect)
		return 0;
	ids = calloc(n + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ids[i] = targets[i].agent_id;
	r = s->driver->expect(s, ids, n);
	free(ids);
	return r;
}

int compose_queue_all(struct store *s, const struct compose *c,
		      struct compose_target *targets, size_t n,
		      struct signer *signer)
{
	int r = -EAGAIN;

	/* not again after a commit: it may have happened */
	for (int try = 0; try < TRIES && r == -EAGAIN; try++) {
		r = s->driver->begin(s);
		if (r == 0)
			r = lock_agents(s, targets, n);
		for (size_t i = 0; r == 0 && i < n; i++)
			r = compose_queue(s, c, targets[i].agent_id, signer,
					  targets[i].id);
		if (r < 0)
			s->driver->rollback(s);
	}
	if (r < 0)
		return r;
	r = s->driver->commit(s);
	if (r < 0)
		s->driver->rollback(s);
	return r;
}

struct search {
	struct store *store;
	const Cw__Signature *signature;
	const char *actor;
	const char *id;
	uint8_t key[SIGNATURE_KEY];
	bool known, found;
};

static int match_key(void *arg, const struct store_key *k)
{
	struct search *f = arg;

	if (!k->removed && strcmp(k->id, f->signature->key_id) == 0) {
		memcpy(f->key, k->ed25519, SIGNATURE_KEY);
		f->known = true;
	}
	return 0;
}

/* Ends the list, which a change of what it reads must not meet. */
static int take_signature(void *arg, const struct store_command *c)
{
	struct search *f = arg;
	const Cw__Signature *g = f->signature;
	int r;

	if (c->closed || strcmp(c->id, f->id) != 0)
		return 0;
	f->found = true;
	if (!signature_is_valid(f->key, c->payload, c->payload_len,
				g->signature.data, g->signature.len))
		return -EACCES;
	r = f->store->driver->command_sign(f->store, c->agent_id, c->id,
					   g->key_id, g->signature.data,
					   g->signature.len);
	if (r == 0)
		r = note(f->store, f->actor, "command-signed", c->agent_id,
			 c->id, c->action, "key", g->key_id);
	return r < 0 ? r : 1;
}

int compose_sign(struct store *s, const char *actor, const char *id,
		 const Cw__Signature *g)
{
	struct search f = { .store = s, .signature = g, .actor = actor,
			    .id = id };
	int r = s->driver->key_list(s, match_key, &f);

	if (r == 0 && !f.known)
		r = -EACCES;
	if (r == 0)
		r = s->driver->command_list(s, id, take_signature, &f);
	if (r == 0 && !f.found)
		r = -ENOENT;
	return r > 0 ? 0 : r;
}
