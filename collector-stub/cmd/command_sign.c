/* SPDX-License-Identifier: Apache-2.0 */
/* Orders in files: signed on another machine, and handed in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/cmd/command.h"
#include "collector-stub/order/compose.h"
#include "lib/clock.h"
#include "lib/cmd.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/text.h"

static Cw__SignedCommand *read_file(const char *path, Cw__Command **ret)
{
	Cw__SignedCommand *m = NULL;
	struct buf b;
	int r;

	buf_init(&b, 2 * LIMIT_COMMAND);
	r = file_read(path, &b);
	if (r == 0)
		m = cw__signed_command__unpack(NULL, b.len, b.data);
	if (m)
		*ret = cw__command__unpack(NULL, m->payload.len,
					   m->payload.data);
	buf_free(&b);
	if (m && *ret)
		return m;
	log_error("%s: %s", path, r < 0 ? strerror(-r) : "not an order");
	if (m)
		cw__signed_command__free_unpacked(m, NULL);
	return NULL;
}

static void print_text(const char *name, const char *value)
{
	char *text = text_printable(value, strlen(value));

	printf("%-11s %s\n", name, text ? text : "");
	free(text);
}

/* The keys themselves: an id beside them could be any text. */
static void print_next_keys(const Cw__Command *m)
{
	for (size_t i = 0; i < m->n_next_keys; i++) {
		const ProtobufCBinaryData *k = &m->next_keys[i]->ed25519;
		char hex[2 * SIGNATURE_KEY + 1] = "malformed";

		if (k->len == SIGNATURE_KEY)
			encode_hex(k->data, SIGNATURE_KEY, hex);
		print_text("next key", hex);
	}
	if (m->n_next_keys > 0)
		printf("%-11s %u\n", "threshold", m->next_threshold);
}

/* What a signature is put under. */
static void print_order(const Cw__Command *m)
{
	char from[CLOCK_TEXT], until[CLOCK_TEXT];

	clock_rfc3339(m->not_before, from);
	clock_rfc3339(m->expires, until);
	print_text("command", m->id);
	print_text("agent", m->agent_id);
	print_text("action", m->action);
	for (size_t i = 0; i < m->n_parameters; i++) {
		print_text("parameter", m->parameters[i]->name);
		print_text("  value", m->parameters[i]->value);
	}
	print_next_keys(m);
	printf("%-11s %llu\n", "sequence", (unsigned long long)m->sequence);
	print_text("valid", from);
	print_text("until", until);
	print_text("reason", m->reason);
	if (m->dry_run)
		print_text("dry run", "yes");
}

/* A host takes no order after one with a sequence (milliseconds, see
 * order/compose.c) that lies far ahead. */
static bool is_plausible(const Cw__Command *m)
{
	bool good = m->sequence <= ((uint64_t)clock_now() + 86400) * 1000;

	if (!good)
		log_error("its sequence lies in the future: the host would "
			  "take no order after it");
	return good;
}

/* Adds ours, or replaces the one that this key has made. */
static int add_signature(Cw__SignedCommand *m, struct signer *signer)
{
	Cw__Signature *g = NULL;

	for (size_t i = 0; i < m->n_signatures; i++) {
		if (strcmp(m->signatures[i]->key_id, signer->id) == 0)
			g = m->signatures[i];
	}
	if (!g) {
		Cw__Signature **more = realloc(m->signatures,
			(m->n_signatures + 1) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		m->signatures = more;
		g = malloc(sizeof(*g));
		if (!g)
			return -ENOMEM;
		cw__signature__init(g);
		g->key_id = strdup(signer->id);
		m->signatures[m->n_signatures++] = g;
	}
	free(g->signature.data);
	g->signature.len = SIGNATURE_SIZE;
	g->signature.data = malloc(SIGNATURE_SIZE);
	if (!g->key_id || !g->signature.data)
		return -ENOMEM;
	return signer_sign(signer, m->payload.data, m->payload.len,
			   g->signature.data);
}

static int write_file(const char *path, const Cw__SignedCommand *m)
{
	struct buf b;
	int r;

	buf_init(&b, 2 * LIMIT_COMMAND);
	r = message_pack(&b, &m->base);
	if (r == 0)
		r = file_replace(path, 0600, b.data, b.len);
	buf_free(&b);
	return r;
}

int command_sign_file(const struct command_request *q, const char *path)
{
	struct signer signer = { .key = NULL };
	Cw__Command *order = NULL;
	Cw__SignedCommand *m = NULL;
	char fault[HSM_FAULT] = "is needed";
	int r = q->key ? signer_open(q->key, &signer, fault) : -EINVAL;

	if (r < 0) {
		log_error("--key %s: %s", q->key ? q->key : "FILE", fault);
		return q->key ? EXIT_FAILED : EXIT_USAGE;
	}
	m = read_file(path, &order);
	r = m ? 0 : -EBADMSG;
	if (m) {
		print_order(order);
		r = is_plausible(order) ? add_signature(m, &signer) : -EINVAL;
		if (r == 0)
			r = write_file(path, m);
		if (r == 0)
			printf("%-11s %s (%zu in all)\n", "signed by",
			       signer.id, m->n_signatures);
		else
			log_error("%s: %s", path, *signer.fault ? signer.fault :
				  strerror(-r));
		cw__signed_command__free_unpacked(m, NULL);
		cw__command__free_unpacked(order, NULL);
	}
	signer_close(&signer);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int submit(struct session *s, const Cw__SignedCommand *m,
		  const char *id)
{
	const struct store_driver *d = s->store->driver;
	int r = d->begin(s->store);

	for (size_t i = 0; r == 0 && i < m->n_signatures; i++) {
		r = compose_sign(s->store, NULL, id, m->signatures[i]);
		if (r == -EACCES)
			log_error("signature of key %.16s: the key is not "
				  "known here, or the signature is wrong",
				  m->signatures[i]->key_id);
	}
	if (r == 0)
		r = d->commit(s->store);
	if (r < 0)
		d->rollback(s->store);
	if (r == -ENOENT)
		log_error("%s: no such order waits here", id);
	else if (r < 0 && r != -EACCES)
		session_failed(s, "no signature was taken");
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_submit(const struct command_request *q, const char *path)
{
	Cw__Command *order = NULL;
	Cw__SignedCommand *m = read_file(path, &order);
	struct session s;
	int r = EXIT_FAILED;

	if (!m)
		return EXIT_FAILED;
	r = session_open(q->config, &s);
	if (r == EXIT_DONE) {
		r = submit(&s, m, order->id);
		session_close(&s);
	}
	cw__signed_command__free_unpacked(m, NULL);
	cw__command__free_unpacked(order, NULL);
	return r;
}
