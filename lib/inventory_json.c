/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/inventory_json.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "lib/limits.h"
#include "lib/pkcs11_uri.h"

const char *inventory_kind(Cw__Kind kind)
{
	static const char *const words[] = {
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
	size_t i = (size_t)kind;

	return i < sizeof(words) / sizeof(words[0]) && words[i] ? words[i]
								: "unknown";
}

static void add_hash(struct json *j, const char *name,
		     const ProtobufCBinaryData *hash)
{
	if (hash->len > 0)
		json_hex(j, name, hash->data, hash->len);
}

static void add_extensions(struct json *j, const Cw__Facts *f)
{
	json_list(j, "key_usage", f->key_usage, f->n_key_usage);
	json_list(j, "ext_key_usage", f->ext_key_usage, f->n_ext_key_usage);
	if (f->has_path_len)
		json_number(j, "path_len", f->path_len);
	add_hash(j, "ski", &f->ski);
	add_hash(j, "aki", &f->aki);
	json_list(j, "policies", f->policies, f->n_policies);
	json_text(j, "validation", f->validation);
	json_list(j, "ocsp", f->ocsp, f->n_ocsp);
	json_list(j, "crl", f->crl, f->n_crl);
	json_list(j, "ca_issuers", f->ca_issuers, f->n_ca_issuers);
	if (f->sct_count > 0)
		json_number(j, "sct_count", f->sct_count);
	if (f->must_staple)
		json_bool(j, "must_staple", true);
	json_list(j, "permitted", f->permitted, f->n_permitted);
	json_list(j, "excluded", f->excluded, f->n_excluded);
}

static void add_facts(struct json *j, Cw__Kind kind, const Cw__Facts *f)
{
	add_hash(j, "spki_sha256", &f->spki_sha256);
	json_text(j, "subject", f->subject);
	json_text(j, "issuer", f->issuer);
	json_text(j, "serial", f->serial);
	if (f->has_validity) {
		json_time(j, "not_before", f->not_before);
		json_time(j, "not_after", f->not_after);
	}
	json_text(j, "key_alg", f->key_alg);
	if (f->key_bits > 0)
		json_number(j, "key_bits", f->key_bits);
	json_text(j, "curve", f->curve);
	json_text(j, "sig_alg", f->sig_alg);
	json_text(j, "key_alg_oid", f->key_alg_oid);
	json_text(j, "sig_alg_oid", f->sig_alg_oid);
	if (f->strength_bits > 0)
		json_number(j, "strength_bits", f->strength_bits);
	json_text(j, "pq_class", f->pq_class);
	json_text(j, "sig_pq_class", f->sig_pq_class);
	json_list(j, "dns_names", f->dns_names, f->n_dns_names);
	json_list(j, "ip_addresses", f->ip_addresses, f->n_ip_addresses);
	json_list(j, "emails", f->emails, f->n_emails);
	json_list(j, "uris", f->uris, f->n_uris);
	if (kind == CW__KIND__KIND_CERTIFICATE) {
		json_bool(j, "has_basic_constraints",
			  f->has_basic_constraints);
		json_bool(j, "is_ca", f->is_ca);
		json_bool(j, "self_signed", f->self_signed);
	}
	add_extensions(j, f);
	if (kind == CW__KIND__KIND_CRL)
		json_number(j, "crl_entries", (int64_t)f->crl_entries);
	json_text(j, "crl_number", f->crl_number);
	json_list(j, "principals", f->principals, f->n_principals);
	json_text(j, "comment", f->comment);
}

void inventory_json_object(struct json *j, const Cw__Location *l,
			   const Cw__Facts *f)
{
	/* the object of a private key is its public key: spki_sha256 */
	if (l->kind != CW__KIND__KIND_PRIVATE_KEY)
		add_hash(j, "sha256", &l->object);
	if (f)
		add_facts(j, l->kind, f);
}

static void add_file(struct json *j, const Cw__FilePlace *f)
{
	char mode[8];

	json_path(j, "path", f->path.data, f->path.len);
	snprintf(mode, sizeof(mode), "%04o", f->mode & 07777);
	json_quoted(j, "mode", mode);
	json_quoted(j, "owner", f->owner);
	json_quoted(j, "group", f->group);
	json_time(j, "mtime", f->mtime);
	json_text(j, "container", f->container);
}

static void add_address(struct json *j, const ProtobufCBinaryData *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->len == 4)
		inet_ntop(AF_INET, address->data, text, sizeof(text));
	else if (address->len == 16)
		inet_ntop(AF_INET6, address->data, text, sizeof(text));
	json_text(j, "address", text);
}

static void add_endpoint(struct json *j, const Cw__EndpointPlace *e)
{
	json_text(j, "host", e->host);
	add_address(j, &e->address);
	json_number(j, "port", e->port);
	json_text(j, "transport", e->transport);
	json_text(j, "starttls", e->starttls);
	json_text(j, "sni", e->sni);
	json_text(j, "tls_version", e->tls_version);
	json_text(j, "cipher", e->cipher);
	json_text(j, "group", e->group);
	json_list(j, "versions", e->versions, e->n_versions);
	json_list(j, "hybrid_groups", e->hybrid_groups, e->n_hybrid_groups);
	json_text(j, "alpn", e->alpn);
	json_text(j, "chain", e->chain);
	json_text(j, "staple", e->staple);
	if (e->tickets)
		json_bool(j, "tickets", true);
	if (e->asks_client)
		json_bool(j, "asks_client", true);
	json_list(j, "client_authorities", e->client_authorities,
		  e->n_client_authorities);
	json_text(j, "netns", e->netns);
	json_text(j, "process", e->process);
	json_text(j, "unit", e->unit);
	json_text(j, "container", e->container);
	json_text(j, "failure", e->failure);
	json_text(j, "state", e->state);
	json_text(j, "cause", e->cause);
	if (e->file.len > 0)
		json_path(j, "file", e->file.data, e->file.len);
	json_text(j, "service", e->service);
	if (e->config.len > 0) {
		json_path(j, "config", e->config.data, e->config.len);
		json_number(j, "line", e->line);
	}
}

static void add_token(struct json *j, const Cw__TokenPlace *t)
{
	struct buf uri;

	buf_init(&uri, LIMIT_PATH);
	pkcs11_uri(&uri, t);
	json_path(j, "path", uri.data, uri.len);
	buf_free(&uri);
	json_text(j, "module", t->module);
	json_text(j, "token", t->label);
	json_text(j, "token_serial", t->serial);
	json_text(j, "token_model", t->model);
	json_text(j, "token_manufacturer", t->manufacturer);
	if (t->id.len > 0)
		json_hex(j, "object_id", t->id.data, t->id.len);
}

static void add_protection(struct json *j, Cw__Kind kind,
			   const Cw__Protection *p)
{
	if (kind == CW__KIND__KIND_PRIVATE_KEY || p)
		json_bool(j, "encrypted", p && p->encrypted);
	if (!p)
		return;
	json_text(j, "encryption", p->scheme);
	if (p->iterations > 0)
		json_number(j, "iterations", (int64_t)p->iterations);
	json_text(j, "opened_by", p->opened_by);
	if (p->well_known_password)
		json_bool(j, "well_known_password", true);
}

static void add_bindings(struct json *j, const Cw__Location *l)
{
	if (l->n_bindings == 0)
		return;
	json_begin_array(j, "bindings");
	for (size_t i = 0; i < l->n_bindings; i++) {
		const Cw__Binding *b = l->bindings[i];

		json_begin_object(j, NULL);
		json_quoted(j, "service", b->service);
		json_path(j, "config", b->config.data, b->config.len);
		json_number(j, "line", b->line);
		if (b->main.len > 0)
			json_path(j, "main", b->main.data, b->main.len);
		json_text(j, "container", b->container);
		json_quoted(j, "role", b->role);
		json_list(j, "names", b->names, b->n_names);
		json_list(j, "listen", b->listen, b->n_listen);
		json_end_object(j);
	}
	json_end_array(j);
}

void inventory_json_place(struct json *j, const Cw__Location *l)
{
	if (l->place_case == CW__LOCATION__PLACE_FILE)
		add_file(j, l->file);
	else if (l->place_case == CW__LOCATION__PLACE_ENDPOINT)
		add_endpoint(j, l->endpoint);
	else if (l->place_case == CW__LOCATION__PLACE_TOKEN)
		add_token(j, l->token);
	json_text(j, "entry", l->entry);
	json_quoted(j, "format", l->format);
	add_protection(j, l->kind, l->protection);
	if (l->trust_store)
		json_bool(j, "trust_store", true);
	if (l->chain_position > 0)
		json_number(j, "chain_position", l->chain_position);
	add_bindings(j, l);
	json_text(j, "matches", l->matches);
	if (l->matches_path.len > 0)
		json_path(j, "matches_path", l->matches_path.data,
			  l->matches_path.len);
}

void inventory_json_verdict(struct json *j, const Cw__Location *l,
			    const Cw__Facts *f)
{
	size_t of_place = l ? l->n_flags : 0, of_object = f ? f->n_flags : 0;

	json_text(j, "role", l && *l->role ? l->role : f ? f->role : "");
	if (of_place + of_object == 0)
		return;
	json_begin_array(j, "flags");
	for (size_t i = 0; i < of_object; i++)
		json_quoted(j, NULL, f->flags[i]);
	for (size_t i = 0; i < of_place; i++)
		json_quoted(j, NULL, l->flags[i]);
	json_end_array(j);
}
