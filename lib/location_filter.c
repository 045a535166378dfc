/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/location_filter.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"
#include "lib/pkcs11_uri.h"

const struct filter_field location_fields[] = {
	{"host", FILTER_TEXT, LOCATION_HOST},
	{"kind", FILTER_TEXT, LOCATION_KIND},
	{"path", FILTER_TEXT, LOCATION_PATH},
	{"spki_sha256", FILTER_TEXT, LOCATION_SPKI_SHA256},
	{"subject", FILTER_TEXT, LOCATION_SUBJECT},
	{"issuer", FILTER_TEXT, LOCATION_ISSUER},
	{"serial", FILTER_TEXT, LOCATION_SERIAL},
	{"not_before", FILTER_TIME, LOCATION_NOT_BEFORE},
	{"not_after", FILTER_TIME, LOCATION_NOT_AFTER},
	{"lifetime_days", FILTER_NUMBER, LOCATION_LIFETIME_DAYS},
	{"life_left", FILTER_NUMBER, LOCATION_LIFE_LEFT},
	{"key_alg", FILTER_TEXT, LOCATION_KEY_ALG},
	{"key_bits", FILTER_NUMBER, LOCATION_KEY_BITS},
	{"curve", FILTER_TEXT, LOCATION_CURVE},
	{"sig_alg", FILTER_TEXT, LOCATION_SIG_ALG},
	{"dns_names", FILTER_TEXT, LOCATION_DNS_NAMES},
	{"ip_addresses", FILTER_TEXT, LOCATION_IP_ADDRESSES},
	{"emails", FILTER_TEXT, LOCATION_EMAILS},
	{"uris", FILTER_TEXT, LOCATION_URIS},
	{"is_ca", FILTER_BOOL, LOCATION_IS_CA},
	{"self_signed", FILTER_BOOL, LOCATION_SELF_SIGNED},
	{"key_usage", FILTER_TEXT, LOCATION_KEY_USAGE},
	{"ext_key_usage", FILTER_TEXT, LOCATION_EXT_KEY_USAGE},
	{"validation", FILTER_TEXT, LOCATION_VALIDATION},
	{"strength_bits", FILTER_NUMBER, LOCATION_STRENGTH_BITS},
	{"pq_class", FILTER_TEXT, LOCATION_PQ_CLASS},
	{"sig_pq_class", FILTER_TEXT, LOCATION_SIG_PQ_CLASS},
	{"must_staple", FILTER_BOOL, LOCATION_MUST_STAPLE},
	{"principals", FILTER_TEXT, LOCATION_PRINCIPALS},
	{"comment", FILTER_TEXT, LOCATION_COMMENT},
	{"role", FILTER_TEXT, LOCATION_ROLE},
	{"flags", FILTER_TEXT, LOCATION_FLAGS},
	{"sha256", FILTER_TEXT, LOCATION_SHA256},
	{"place", FILTER_TEXT, LOCATION_PLACE},
	{"entry", FILTER_TEXT, LOCATION_ENTRY},
	{"format", FILTER_TEXT, LOCATION_FORMAT},
	{"chain_position", FILTER_NUMBER, LOCATION_CHAIN_POSITION},
	{"trust_store", FILTER_BOOL, LOCATION_TRUST_STORE},
	{"matches", FILTER_TEXT, LOCATION_MATCHES},
	{"encrypted", FILTER_BOOL, LOCATION_ENCRYPTED},
	{"encryption", FILTER_TEXT, LOCATION_ENCRYPTION},
	{"opened_by", FILTER_TEXT, LOCATION_OPENED_BY},
	{"well_known_password", FILTER_BOOL, LOCATION_WELL_KNOWN_PASSWORD},
	{"services", FILTER_TEXT, LOCATION_SERVICES},
	{"server_names", FILTER_TEXT, LOCATION_SERVER_NAMES},
	{"container", FILTER_TEXT, LOCATION_CONTAINER},
	{"group", FILTER_TEXT, LOCATION_GROUP},
	{"mode", FILTER_TEXT, LOCATION_MODE},
	{"owner", FILTER_TEXT, LOCATION_OWNER},
	{"address", FILTER_TEXT, LOCATION_ADDRESS},
	{"port", FILTER_NUMBER, LOCATION_PORT},
	{"transport", FILTER_TEXT, LOCATION_TRANSPORT},
	{"starttls", FILTER_TEXT, LOCATION_STARTTLS},
	{"sni", FILTER_TEXT, LOCATION_SNI},
	{"tls_version", FILTER_TEXT, LOCATION_TLS_VERSION},
	{"versions", FILTER_TEXT, LOCATION_VERSIONS},
	{"cipher", FILTER_TEXT, LOCATION_CIPHER},
	{"hybrid_groups", FILTER_TEXT, LOCATION_HYBRID_GROUPS},
	{"alpn", FILTER_TEXT, LOCATION_ALPN},
	{"chain", FILTER_TEXT, LOCATION_CHAIN},
	{"staple", FILTER_TEXT, LOCATION_STAPLE},
	{"tickets", FILTER_BOOL, LOCATION_TICKETS},
	{"asks_client", FILTER_BOOL, LOCATION_ASKS_CLIENT},
	{"netns", FILTER_TEXT, LOCATION_NETNS},
	{"process", FILTER_TEXT, LOCATION_PROCESS},
	{"unit", FILTER_TEXT, LOCATION_UNIT},
	{"state", FILTER_TEXT, LOCATION_STATE},
	{"cause", FILTER_TEXT, LOCATION_CAUSE},
	{"failure", FILTER_TEXT, LOCATION_FAILURE},
	{"module", FILTER_TEXT, LOCATION_MODULE},
	{"token", FILTER_TEXT, LOCATION_TOKEN},
	{"token_serial", FILTER_TEXT, LOCATION_TOKEN_SERIAL},
	{NULL, FILTER_TEXT, 0},
};

static void offer_list(struct filter_offer *to, char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		filter_offer_text(to, list[i]);
}

static void offer_hash(struct filter_offer *to, const ProtobufCBinaryData *d)
{
	char hex[HASH_HEX];

	if (d->len != HASH_SIZE)
		return;
	encode_hex(d->data, HASH_SIZE, hex);
	filter_offer_text(to, hex);
}

static void offer_path(struct filter_offer *to, const ProtobufCBinaryData *p)
{
	char *text = malloc(p->len + 1);

	if (!text)
		return;
	if (p->len > 0)
		memcpy(text, p->data, p->len);
	text[p->len] = '\0';
	filter_offer_text(to, text);
	free(text);
}

/* Days, each one begun counted whole: false where it is none. */
static bool lifetime(const Cw__Facts *f, int64_t *ret)
{
	int64_t life = 0;

	if (__builtin_sub_overflow(f->not_after, f->not_before, &life) ||
	    __builtin_add_overflow(life, 86399, &life))
		return false;
	*ret = life / 86400;
	return true;
}

static void offer_validity(const Cw__Facts *f, int id, int64_t now,
			   struct filter_offer *to)
{
	int64_t days = 0;

	if (!f->has_validity)
		return;
	switch (id) {
	case LOCATION_NOT_BEFORE:
		filter_offer_number(to, f->not_before);
		break;
	case LOCATION_NOT_AFTER:
		filter_offer_number(to, f->not_after);
		break;
	case LOCATION_LIFETIME_DAYS:
		if (lifetime(f, &days))
			filter_offer_number(to, days);
		break;
	case LOCATION_LIFE_LEFT:
		/* as certwalk-filter(7) has it: percent of the lifetime */
		if (lifetime(f, &days) && days > 0 && f->not_after > 0)
			filter_offer_number(to, (f->not_after - now) /
						(days * 864));
		break;
	}
}

static void offer_lists(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case LOCATION_DNS_NAMES:
		offer_list(to, f->dns_names, f->n_dns_names);
		break;
	case LOCATION_IP_ADDRESSES:
		offer_list(to, f->ip_addresses, f->n_ip_addresses);
		break;
	case LOCATION_EMAILS:
		offer_list(to, f->emails, f->n_emails);
		break;
	case LOCATION_URIS:
		offer_list(to, f->uris, f->n_uris);
		break;
	case LOCATION_KEY_USAGE:
		offer_list(to, f->key_usage, f->n_key_usage);
		break;
	case LOCATION_EXT_KEY_USAGE:
		offer_list(to, f->ext_key_usage, f->n_ext_key_usage);
		break;
	case LOCATION_PRINCIPALS:
		offer_list(to, f->principals, f->n_principals);
		break;
	case LOCATION_FLAGS:
		offer_list(to, f->flags, f->n_flags);
		break;
	}
}

static void offer_key(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case LOCATION_SPKI_SHA256:
		offer_hash(to, &f->spki_sha256);
		break;
	case LOCATION_KEY_ALG:
		filter_offer_text(to, f->key_alg);
		break;
	case LOCATION_KEY_BITS:
		if (f->key_bits > 0)
			filter_offer_number(to, f->key_bits);
		break;
	case LOCATION_CURVE:
		filter_offer_text(to, f->curve);
		break;
	case LOCATION_STRENGTH_BITS:
		if (f->strength_bits > 0)
			filter_offer_number(to, f->strength_bits);
		break;
	case LOCATION_PQ_CLASS:
		filter_offer_text(to, f->pq_class);
		break;
	case LOCATION_SIG_PQ_CLASS:
		filter_offer_text(to, f->sig_pq_class);
		break;
	case LOCATION_COMMENT:
		filter_offer_text(to, f->comment);
		break;
	}
}

static void offer_names(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case LOCATION_SUBJECT:
		filter_offer_text(to, f->subject);
		break;
	case LOCATION_ISSUER:
		filter_offer_text(to, f->issuer);
		break;
	case LOCATION_SERIAL:
		filter_offer_text(to, f->serial);
		break;
	case LOCATION_SIG_ALG:
		filter_offer_text(to, f->sig_alg);
		break;
	case LOCATION_IS_CA:
		filter_offer_number(to, f->is_ca != 0);
		break;
	case LOCATION_SELF_SIGNED:
		filter_offer_number(to, f->self_signed != 0);
		break;
	case LOCATION_MUST_STAPLE:
		filter_offer_number(to, f->must_staple != 0);
		break;
	case LOCATION_VALIDATION:
		filter_offer_text(to, f->validation);
		break;
	}
}

static void offer_file(const Cw__FilePlace *f, int id, struct filter_offer *to)
{
	char mode[8];

	switch (id) {
	case LOCATION_PATH:
		offer_path(to, &f->path);
		break;
	case LOCATION_MODE:
		snprintf(mode, sizeof(mode), "%04o", f->mode & 07777);
		filter_offer_text(to, mode);
		break;
	case LOCATION_OWNER:
		filter_offer_text(to, f->owner);
		break;
	case LOCATION_GROUP:
		filter_offer_text(to, f->group);
		break;
	case LOCATION_CONTAINER:
		filter_offer_text(to, f->container);
		break;
	}
}

static void offer_address(const Cw__EndpointPlace *e, struct filter_offer *to)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (e->address.len == 4)
		inet_ntop(AF_INET, e->address.data, text, sizeof(text));
	else if (e->address.len == 16)
		inet_ntop(AF_INET6, e->address.data, text, sizeof(text));
	filter_offer_text(to, text);
}

static void offer_listener(const Cw__EndpointPlace *e, int id,
			   struct filter_offer *to)
{
	switch (id) {
	case LOCATION_ADDRESS:
		offer_address(e, to);
		break;
	case LOCATION_PORT:
		filter_offer_number(to, e->port);
		break;
	case LOCATION_TRANSPORT:
		filter_offer_text(to, e->transport);
		break;
	case LOCATION_STARTTLS:
		filter_offer_text(to, e->starttls);
		break;
	case LOCATION_SNI:
		filter_offer_text(to, e->sni);
		break;
	case LOCATION_NETNS:
		filter_offer_text(to, e->netns);
		break;
	case LOCATION_PROCESS:
		filter_offer_text(to, e->process);
		break;
	case LOCATION_UNIT:
		filter_offer_text(to, e->unit);
		break;
	case LOCATION_CONTAINER:
		filter_offer_text(to, e->container);
		break;
	case LOCATION_STATE:
		filter_offer_text(to, e->state);
		break;
	case LOCATION_CAUSE:
		filter_offer_text(to, e->cause);
		break;
	case LOCATION_FAILURE:
		filter_offer_text(to, e->failure);
		break;
	}
}

static void offer_served(const Cw__EndpointPlace *e, int id,
			 struct filter_offer *to)
{
	switch (id) {
	case LOCATION_TLS_VERSION:
		filter_offer_text(to, e->tls_version);
		break;
	case LOCATION_VERSIONS:
		offer_list(to, e->versions, e->n_versions);
		break;
	case LOCATION_CIPHER:
		filter_offer_text(to, e->cipher);
		break;
	case LOCATION_GROUP:
		filter_offer_text(to, e->group);
		break;
	case LOCATION_HYBRID_GROUPS:
		offer_list(to, e->hybrid_groups, e->n_hybrid_groups);
		break;
	case LOCATION_ALPN:
		filter_offer_text(to, e->alpn);
		break;
	case LOCATION_CHAIN:
		filter_offer_text(to, e->chain);
		break;
	case LOCATION_STAPLE:
		filter_offer_text(to, e->staple);
		break;
	case LOCATION_TICKETS:
		filter_offer_number(to, e->tickets != 0);
		break;
	case LOCATION_ASKS_CLIENT:
		filter_offer_number(to, e->asks_client != 0);
		break;
	}
}

static void offer_token(const Cw__TokenPlace *t, int id,
			struct filter_offer *to)
{
	struct buf uri;

	switch (id) {
	case LOCATION_PATH:
		buf_init(&uri, LIMIT_PATH);
		pkcs11_uri(&uri, t);
		filter_offer_text(to, buf_str(&uri));
		buf_free(&uri);
		break;
	case LOCATION_MODULE:
		filter_offer_text(to, t->module);
		break;
	case LOCATION_TOKEN:
		filter_offer_text(to, t->label);
		break;
	case LOCATION_TOKEN_SERIAL:
		filter_offer_text(to, t->serial);
		break;
	}
}

static void offer_place(const Cw__Location *l, int id, struct filter_offer *to)
{
	switch (l->place_case) {
	case CW__LOCATION__PLACE_FILE:
		if (id == LOCATION_PLACE)
			filter_offer_text(to, "file");
		offer_file(l->file, id, to);
		break;
	case CW__LOCATION__PLACE_ENDPOINT:
		if (id == LOCATION_PLACE)
			filter_offer_text(to, "endpoint");
		offer_listener(l->endpoint, id, to);
		offer_served(l->endpoint, id, to);
		break;
	case CW__LOCATION__PLACE_TOKEN:
		if (id == LOCATION_PLACE)
			filter_offer_text(to, "token");
		offer_token(l->token, id, to);
		break;
	default:
		break;
	}
}

static void offer_protection(const Cw__Location *l, int id,
			     struct filter_offer *to)
{
	const Cw__Protection *p = l->protection;

	switch (id) {
	case LOCATION_ENCRYPTED:
		if (p || l->kind == CW__KIND__KIND_PRIVATE_KEY)
			filter_offer_number(to, p && p->encrypted);
		break;
	case LOCATION_ENCRYPTION:
		filter_offer_text(to, p ? p->scheme : "");
		break;
	case LOCATION_OPENED_BY:
		filter_offer_text(to, p ? p->opened_by : "");
		break;
	case LOCATION_WELL_KNOWN_PASSWORD:
		filter_offer_number(to, p && p->well_known_password);
		break;
	}
}

static void offer_bindings(const Cw__Location *l, int id,
			   struct filter_offer *to)
{
	for (size_t i = 0; i < l->n_bindings; i++) {
		const Cw__Binding *b = l->bindings[i];

		if (id == LOCATION_SERVICES)
			filter_offer_text(to, b->service);
		else
			offer_list(to, b->names, b->n_names);
	}
}

static void offer_location(const Cw__Location *l, int id,
			   struct filter_offer *to)
{
	switch (id) {
	case LOCATION_KIND:
		filter_offer_text(to, inventory_kind(l->kind));
		break;
	case LOCATION_ENTRY:
		filter_offer_text(to, l->entry);
		break;
	case LOCATION_FORMAT:
		filter_offer_text(to, l->format);
		break;
	case LOCATION_SHA256:
		offer_hash(to, &l->object);
		break;
	case LOCATION_FLAGS:
		offer_list(to, l->flags, l->n_flags);
		break;
	case LOCATION_TRUST_STORE:
		filter_offer_number(to, l->trust_store != 0);
		break;
	case LOCATION_MATCHES:
		filter_offer_text(to, l->matches);
		break;
	case LOCATION_CHAIN_POSITION:
		if (l->chain_position > 0)
			filter_offer_number(to, l->chain_position);
		break;
	case LOCATION_ENCRYPTED:
	case LOCATION_ENCRYPTION:
	case LOCATION_OPENED_BY:
	case LOCATION_WELL_KNOWN_PASSWORD:
		offer_protection(l, id, to);
		break;
	case LOCATION_SERVICES:
	case LOCATION_SERVER_NAMES:
		offer_bindings(l, id, to);
		break;
	default:
		offer_place(l, id, to);
	}
}

void location_get(void *arg, int id, struct filter_offer *to)
{
	const struct location_record *r = arg;
	const Cw__Location *l = r->location;
	const Cw__Facts *f = r->facts;

	/* the place's role goes before the certificate's own */
	if (id == LOCATION_ROLE) {
		if (l && l->role && *l->role)
			filter_offer_text(to, l->role);
		else if (f)
			filter_offer_text(to, f->role);
		return;
	}
	if (id == LOCATION_HOST)
		filter_offer_text(to, r->host ? r->host : "");
	if (f) {
		offer_validity(f, id, r->now, to);
		offer_lists(f, id, to);
		offer_key(f, id, to);
		offer_names(f, id, to);
	}
	if (l)
		offer_location(l, id, to);
}

bool location_passes(const struct filter *f, struct location_record *r)
{
	return filter_passes(f, location_get, r);
}
