/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines: one object per location, the coverage last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/output/output.h"
#include "lib/encode.h"
#include "lib/json.h"
#include "lib/limits.h"

struct jsonl {
	FILE *out;
	struct buf line;
};

static int jsonl_begin(FILE *out, void **ret_state)
{
	struct jsonl *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->out = out;
	buf_init(&j->line, 8 * LIMIT_FACTS);
	*ret_state = j;
	return 0;
}

static int write_line(struct jsonl *j)
{
	int r = buf_addch(&j->line, '\n');

	if (r == 0 &&
	    fwrite(j->line.data, 1, j->line.len, j->out) != j->line.len)
		r = -EIO;
	buf_reset(&j->line);
	return r;
}

static void add_path(struct json *o, const char *name,
		     const ProtobufCBinaryData *path)
{
	char bytes[32];

	json_bytes(o, name, path->data, path->len);
	if (is_utf8(path->data, path->len))
		return;
	snprintf(bytes, sizeof(bytes), "%s_bytes", name);
	json_base64(o, bytes, path->data, path->len);
}

static void add_text(struct json *o, const char *name, const char *value)
{
	if (*value)
		json_string(o, name, value);
}

static void add_hash(struct json *o, const char *name,
		     const ProtobufCBinaryData *hash)
{
	if (hash->len > 0)
		json_hex(o, name, hash->data, hash->len);
}

static void add_list(struct json *o, const char *name, char *const *list,
		     size_t n)
{
	if (n == 0)
		return;
	json_begin_array(o, name);
	for (size_t i = 0; i < n; i++)
		json_string(o, NULL, list[i]);
	json_end_array(o);
}

static void add_extensions(struct json *o, const Cw__Facts *f)
{
	add_list(o, "key_usage", f->key_usage, f->n_key_usage);
	add_list(o, "ext_key_usage", f->ext_key_usage, f->n_ext_key_usage);
	if (f->has_path_len)
		json_number(o, "path_len", f->path_len);
	add_hash(o, "ski", &f->ski);
	add_hash(o, "aki", &f->aki);
	add_list(o, "policies", f->policies, f->n_policies);
	add_text(o, "validation", f->validation);
	add_list(o, "ocsp", f->ocsp, f->n_ocsp);
	add_list(o, "crl", f->crl, f->n_crl);
	add_list(o, "ca_issuers", f->ca_issuers, f->n_ca_issuers);
	if (f->sct_count > 0)
		json_number(o, "sct_count", f->sct_count);
	if (f->must_staple)
		json_bool(o, "must_staple", true);
	add_list(o, "permitted", f->permitted, f->n_permitted);
	add_list(o, "excluded", f->excluded, f->n_excluded);
}

static void add_facts(struct json *o, Cw__Kind kind, const Cw__Facts *f)
{
	add_hash(o, "spki_sha256", &f->spki_sha256);
	add_text(o, "subject", f->subject);
	add_text(o, "issuer", f->issuer);
	add_text(o, "serial", f->serial);
	if (f->has_validity) {
		json_time(o, "not_before", f->not_before);
		json_time(o, "not_after", f->not_after);
	}
	add_text(o, "key_alg", f->key_alg);
	if (f->key_bits > 0)
		json_number(o, "key_bits", f->key_bits);
	add_text(o, "curve", f->curve);
	add_text(o, "sig_alg", f->sig_alg);
	add_text(o, "key_alg_oid", f->key_alg_oid);
	add_text(o, "sig_alg_oid", f->sig_alg_oid);
	if (f->strength_bits > 0)
		json_number(o, "strength_bits", f->strength_bits);
	add_text(o, "pq_class", f->pq_class);
	add_text(o, "sig_pq_class", f->sig_pq_class);
	add_list(o, "dns_names", f->dns_names, f->n_dns_names);
	add_list(o, "ip_addresses", f->ip_addresses, f->n_ip_addresses);
	add_list(o, "emails", f->emails, f->n_emails);
	add_list(o, "uris", f->uris, f->n_uris);
	if (kind == CW__KIND__KIND_CERTIFICATE) {
		json_bool(o, "is_ca", f->is_ca);
		json_bool(o, "self_signed", f->self_signed);
	}
	add_extensions(o, f);
	if (kind == CW__KIND__KIND_CRL)
		json_number(o, "crl_entries", (int64_t)f->crl_entries);
	add_text(o, "crl_number", f->crl_number);
	add_list(o, "principals", f->principals, f->n_principals);
	add_text(o, "comment", f->comment);
}

static void add_protection(struct json *o, Cw__Kind kind,
			   const Cw__Protection *p)
{
	if (kind == CW__KIND__KIND_PRIVATE_KEY || p)
		json_bool(o, "encrypted", p && p->encrypted);
	if (!p)
		return;
	add_text(o, "encryption", p->scheme);
	if (p->iterations > 0)
		json_number(o, "iterations", (int64_t)p->iterations);
	add_text(o, "opened_by", p->opened_by);
	if (p->well_known_password)
		json_bool(o, "well_known_password", true);
}

static void add_file(struct json *o, const Cw__FilePlace *f)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", f->mode & 07777);
	json_string(o, "mode", mode);
	json_string(o, "owner", f->owner);
	json_string(o, "group", f->group);
	json_time(o, "mtime", f->mtime);
	add_text(o, "container", f->container);
}

static void add_flags(struct json *o, const Cw__Location *l,
		      const Cw__Facts *f)
{
	if (l->n_flags == 0 && (!f || f->n_flags == 0))
		return;
	json_begin_array(o, "flags");
	for (size_t i = 0; f && i < f->n_flags; i++)
		json_string(o, NULL, f->flags[i]);
	for (size_t i = 0; i < l->n_flags; i++)
		json_string(o, NULL, l->flags[i]);
	json_end_array(o);
}

static int jsonl_location(void *state, const Cw__Location *l,
			  const Ipc__Finding *f)
{
	struct jsonl *j = state;
	const char *role = *l->role ? l->role : f->facts ? f->facts->role : "";
	struct json o;

	json_init(&o, &j->line);
	json_begin_object(&o, NULL);
	json_string(&o, "kind", output_kind(l->kind));
	add_path(&o, "path", &l->file->path);
	add_text(&o, "entry", l->entry);
	json_string(&o, "format", l->format);
	/* the object of a private key is its public key: spki_sha256 */
	if (l->kind != CW__KIND__KIND_PRIVATE_KEY)
		add_hash(&o, "sha256", &l->object);
	if (f->facts)
		add_facts(&o, l->kind, f->facts);
	add_text(&o, "role", role);
	add_protection(&o, l->kind, l->protection);
	add_file(&o, l->file);
	if (l->trust_store)
		json_bool(&o, "trust_store", true);
	if (l->chain_position > 0)
		json_number(&o, "chain_position", l->chain_position);
	add_text(&o, "matches", l->matches);
	if (l->matches_path.len > 0)
		add_path(&o, "matches_path", &l->matches_path);
	add_flags(&o, l, f->facts);
	json_end_object(&o);
	return write_line(j);
}

static void add_coverage(struct json *o, const Cw__Coverage *c)
{
	json_string(o, "kind", "coverage");
	json_bool(o, "complete", c->complete);
	json_time(o, "started", c->started);
	json_time(o, "finished", c->finished);
	json_begin_array(o, "paths");
	for (size_t i = 0; i < c->n_roots; i++)
		json_bytes(o, NULL, c->roots[i].data, c->roots[i].len);
	json_end_array(o);
	json_number(o, "directories", (int64_t)c->directories);
	json_number(o, "files", (int64_t)c->files);
	json_number(o, "bytes", (int64_t)c->bytes);
	json_number(o, "candidates", (int64_t)c->candidates);
	json_number(o, "locations", (int64_t)c->locations);
	json_bool(o, "privileged", c->privileged);
	json_begin_object(o, "gap_counts");
	for (size_t i = 0; i < c->n_counts; i++)
		json_number(o, output_gap(c->counts[i]->kind),
			    (int64_t)c->counts[i]->count);
	json_end_object(o);
	json_begin_array(o, "gaps");
	for (size_t i = 0; i < c->n_gaps; i++) {
		json_begin_object(o, NULL);
		json_string(o, "gap", output_gap(c->gaps[i]->kind));
		add_path(o, "path", &c->gaps[i]->path);
		json_string(o, "reason", c->gaps[i]->reason);
		json_end_object(o);
	}
	json_end_array(o);
	add_list(o, "notes", c->notes, c->n_notes);
}

static int jsonl_end(void *state, const Cw__Coverage *c)
{
	struct jsonl *j = state;
	struct json o;
	int r;

	json_init(&o, &j->line);
	json_begin_object(&o, NULL);
	add_coverage(&o, c);
	json_end_object(&o);
	r = write_line(j);
	if (r == 0 && fflush(j->out) != 0)
		r = -errno;
	buf_free(&j->line);
	free(j);
	return r;
}

const struct output output_jsonl = {
	.name = "jsonl",
	.description = "JSON Lines: an object per location, the coverage last",
	.begin = jsonl_begin,
	.location = jsonl_location,
	.end = jsonl_end,
};
