/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory as JSON Lines.  In the list, one line for each certificate,
 * with "hosts" and "places"; an object by itself, one line for each place, with
 * "host", as certwalk scan prints them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/cmd/group.h"
#include "lib/encode.h"
#include "lib/json.h"
#include "lib/limits.h"

static const char *const kinds[] = {
	[CW__KIND__KIND_UNSPECIFIED] = "unknown",
	[CW__KIND__KIND_CERTIFICATE] = "certificate",
	[CW__KIND__KIND_PRIVATE_KEY] = "private-key",
	[CW__KIND__KIND_PUBLIC_KEY] = "public-key",
	[CW__KIND__KIND_CSR] = "csr",
	[CW__KIND__KIND_CRL] = "crl",
	[CW__KIND__KIND_SSH_KEY] = "ssh-key",
	[CW__KIND__KIND_SSH_CERTIFICATE] = "ssh-certificate",
	[CW__KIND__KIND_KEYSTORE] = "keystore",
	[CW__KIND__KIND_ENDPOINT] = "endpoint",
};

static void add_kind(struct json *j, const Cw__Location *l)
{
	unsigned int k = (unsigned int)l->kind;

	json_string(j, "kind", k < sizeof(kinds) / sizeof(*kinds) ? kinds[k] :
		    "unknown");
}

static void add_text(struct json *j, const char *name, const char *value)
{
	if (*value)
		json_string(j, name, value);
}

static void add_list(struct json *j, const char *name, char *const *list,
		     size_t n)
{
	if (n == 0)
		return;
	json_begin_array(j, name);
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, list[i]);
	json_end_array(j);
}

static void add_facts(struct json *j, const Cw__Facts *f, bool certificate)
{
	if (f->spki_sha256.len > 0)
		json_hex(j, "spki_sha256", f->spki_sha256.data,
			 f->spki_sha256.len);
	add_text(j, "subject", f->subject);
	add_text(j, "issuer", f->issuer);
	add_text(j, "serial", f->serial);
	if (f->has_validity) {
		json_time(j, "not_before", f->not_before);
		json_time(j, "not_after", f->not_after);
	}
	add_text(j, "key_alg", f->key_alg);
	if (f->key_bits > 0)
		json_number(j, "key_bits", f->key_bits);
	add_text(j, "curve", f->curve);
	add_text(j, "sig_alg", f->sig_alg);
	add_list(j, "dns_names", f->dns_names, f->n_dns_names);
	add_list(j, "ip_addresses", f->ip_addresses, f->n_ip_addresses);
	add_list(j, "emails", f->emails, f->n_emails);
	add_list(j, "uris", f->uris, f->n_uris);
	if (certificate) {
		json_bool(j, "is_ca", f->is_ca);
		json_bool(j, "self_signed", f->self_signed);
	}
	add_text(j, "role", f->role);
}

static void add_file(struct json *j, const Cw__FilePlace *f)
{
	char mode[8];

	json_bytes(j, "path", f->path.data, f->path.len);
	if (!is_utf8(f->path.data, f->path.len))
		json_base64(j, "path_bytes", f->path.data, f->path.len);
	snprintf(mode, sizeof(mode), "%04o", f->mode & 07777);
	json_string(j, "mode", mode);
	add_text(j, "owner", f->owner);
	add_text(j, "container", f->container);
}

static void add_endpoint(struct json *j, const Cw__EndpointPlace *e)
{
	json_hex(j, "address_bytes", e->address.data, e->address.len);
	json_number(j, "port", e->port);
	add_text(j, "starttls", e->starttls);
	add_text(j, "sni", e->sni);
	add_text(j, "tls_version", e->tls_version);
	add_text(j, "cipher", e->cipher);
	add_text(j, "group", e->group);
	add_text(j, "process", e->process);
	add_text(j, "state", e->state);
}

static void add_place(struct json *j, const struct group_place *p)
{
	const Cw__Location *l = p->location;

	json_string(j, "host", p->hostname);
	json_string(j, "agent_id", p->agent_id);
	if (p->revoked)
		json_bool(j, "revoked", true);
	if (l->place_case == CW__LOCATION__PLACE_FILE)
		add_file(j, l->file);
	else if (l->place_case == CW__LOCATION__PLACE_ENDPOINT)
		add_endpoint(j, l->endpoint);
	add_text(j, "entry", l->entry);
	add_text(j, "format", l->format);
	if (l->trust_store)
		json_bool(j, "trust_store", true);
	if (l->kind == CW__KIND__KIND_PRIVATE_KEY)
		json_bool(j, "encrypted", l->protection &&
			  l->protection->encrypted);
}

static void add_object(struct json *j, const struct group *g,
		       const Cw__Location *l)
{
	const Cw__Facts *f = group_facts(g);

	add_kind(j, l);
	/* the object of a private key is its public key: spki_sha256 */
	if (g->has_object && l->kind != CW__KIND__KIND_PRIVATE_KEY)
		json_hex(j, "sha256", g->object, HASH_SIZE);
	if (f)
		add_facts(j, f, l->kind == CW__KIND__KIND_CERTIFICATE);
	else
		json_string(j, "unreadable", g->bad ? g->bad :
			    "not sent by its host yet");
}

static int print_line(struct json *j)
{
	int r = 0;

	json_end_object(j);
	buf_addch(j->out, '\n');
	if (j->out->failed)
		r = -ENOMEM;
	else if (fwrite(j->out->data, 1, j->out->len, stdout) != j->out->len)
		r = -EIO;
	buf_free(j->out);
	return r;
}

static int all(const struct group *g, int64_t now)
{
	struct buf out;
	struct json j;

	(void)now;
	buf_init(&out, LIMIT_SNAPSHOT);
	json_init(&j, &out);
	json_begin_object(&j, NULL);
	add_object(&j, g, g->places[0].location);
	json_begin_array(&j, "hosts");
	/* places come sorted by host */
	for (size_t i = 0; i < g->count; i++)
		if (i == 0 || strcmp(g->places[i].hostname,
				     g->places[i - 1].hostname) != 0)
			json_string(&j, NULL, g->places[i].hostname);
	json_end_array(&j);
	json_begin_array(&j, "places");
	for (size_t i = 0; i < g->count; i++) {
		json_begin_object(&j, NULL);
		add_place(&j, &g->places[i]);
		json_end_object(&j);
	}
	json_end_array(&j);
	return print_line(&j);
}

static int one(const struct group *g, int64_t now)
{
	int r = 0;

	(void)now;
	for (size_t i = 0; r == 0 && i < g->count; i++) {
		struct buf out;
		struct json j;

		buf_init(&out, 8 * LIMIT_FACTS);
		json_init(&j, &out);
		json_begin_object(&j, NULL);
		add_object(&j, g, g->places[i].location);
		add_place(&j, &g->places[i]);
		r = print_line(&j);
	}
	return r;
}

const struct group_view group_jsonl_view = {
	.format = "jsonl",
	.all = all,
	.one = one,
};
