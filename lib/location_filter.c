/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/location_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/inventory_json.h"

enum {
	KIND, PATH, ENTRY, FORMAT, SHA256, SPKI_SHA256, SUBJECT, ISSUER,
	SERIAL, NOT_BEFORE, NOT_AFTER, LIFETIME_DAYS, KEY_ALG, KEY_BITS, CURVE,
	SIG_ALG, DNS_NAMES, IP_ADDRESSES, EMAILS, URIS, IS_CA, SELF_SIGNED,
	ROLE, KEY_USAGE, EXT_KEY_USAGE, VALIDATION, STRENGTH_BITS, PQ_CLASS,
	FLAGS, ENCRYPTED, WELL_KNOWN_PASSWORD, MODE, OWNER, GROUP, CONTAINER,
	TRUST_STORE, MATCHES, STATE, PORT,
};

const struct filter_field location_fields[] = {
	{"kind", FILTER_TEXT, KIND},
	{"path", FILTER_TEXT, PATH},
	{"entry", FILTER_TEXT, ENTRY},
	{"format", FILTER_TEXT, FORMAT},
	{"sha256", FILTER_TEXT, SHA256},
	{"spki_sha256", FILTER_TEXT, SPKI_SHA256},
	{"subject", FILTER_TEXT, SUBJECT},
	{"issuer", FILTER_TEXT, ISSUER},
	{"serial", FILTER_TEXT, SERIAL},
	{"not_before", FILTER_TIME, NOT_BEFORE},
	{"not_after", FILTER_TIME, NOT_AFTER},
	{"lifetime_days", FILTER_NUMBER, LIFETIME_DAYS},
	{"key_alg", FILTER_TEXT, KEY_ALG},
	{"key_bits", FILTER_NUMBER, KEY_BITS},
	{"curve", FILTER_TEXT, CURVE},
	{"sig_alg", FILTER_TEXT, SIG_ALG},
	{"dns_names", FILTER_TEXT, DNS_NAMES},
	{"ip_addresses", FILTER_TEXT, IP_ADDRESSES},
	{"emails", FILTER_TEXT, EMAILS},
	{"uris", FILTER_TEXT, URIS},
	{"is_ca", FILTER_BOOL, IS_CA},
	{"self_signed", FILTER_BOOL, SELF_SIGNED},
	{"role", FILTER_TEXT, ROLE},
	{"key_usage", FILTER_TEXT, KEY_USAGE},
	{"ext_key_usage", FILTER_TEXT, EXT_KEY_USAGE},
	{"validation", FILTER_TEXT, VALIDATION},
	{"strength_bits", FILTER_NUMBER, STRENGTH_BITS},
	{"pq_class", FILTER_TEXT, PQ_CLASS},
	{"flags", FILTER_TEXT, FLAGS},
	{"encrypted", FILTER_BOOL, ENCRYPTED},
	{"well_known_password", FILTER_BOOL, WELL_KNOWN_PASSWORD},
	{"mode", FILTER_TEXT, MODE},
	{"owner", FILTER_TEXT, OWNER},
	{"group", FILTER_TEXT, GROUP},
	{"container", FILTER_TEXT, CONTAINER},
	{"trust_store", FILTER_BOOL, TRUST_STORE},
	{"matches", FILTER_TEXT, MATCHES},
	{"state", FILTER_TEXT, STATE},
	{"port", FILTER_NUMBER, PORT},
	{NULL, FILTER_TEXT, 0},
};

struct record {
	const Cw__Location *location;
	const Cw__Facts *facts;
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
	memcpy(text, p->data, p->len);
	text[p->len] = '\0';
	filter_offer_text(to, text);
	free(text);
}

static void offer_validity(const Cw__Facts *f, int id, struct filter_offer *to)
{
	if (!f->has_validity)
		return;
	switch (id) {
	case NOT_BEFORE:
		filter_offer_number(to, f->not_before);
		break;
	case NOT_AFTER:
		filter_offer_number(to, f->not_after);
		break;
	case LIFETIME_DAYS:
		filter_offer_number(to, (f->not_after - f->not_before +
					 86399) / 86400);
		break;
	}
}

static void offer_lists(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case DNS_NAMES:
		offer_list(to, f->dns_names, f->n_dns_names);
		break;
	case IP_ADDRESSES:
		offer_list(to, f->ip_addresses, f->n_ip_addresses);
		break;
	case EMAILS:
		offer_list(to, f->emails, f->n_emails);
		break;
	case URIS:
		offer_list(to, f->uris, f->n_uris);
		break;
	case KEY_USAGE:
		offer_list(to, f->key_usage, f->n_key_usage);
		break;
	case EXT_KEY_USAGE:
		offer_list(to, f->ext_key_usage, f->n_ext_key_usage);
		break;
	case FLAGS:
		offer_list(to, f->flags, f->n_flags);
		break;
	}
}

static void offer_key(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case SPKI_SHA256:
		offer_hash(to, &f->spki_sha256);
		break;
	case KEY_ALG:
		filter_offer_text(to, f->key_alg);
		break;
	case KEY_BITS:
		if (f->key_bits > 0)
			filter_offer_number(to, f->key_bits);
		break;
	case CURVE:
		filter_offer_text(to, f->curve);
		break;
	case STRENGTH_BITS:
		if (f->strength_bits > 0)
			filter_offer_number(to, f->strength_bits);
		break;
	case PQ_CLASS:
		filter_offer_text(to, f->pq_class);
		break;
	}
}

static void offer_names(const Cw__Facts *f, int id, struct filter_offer *to)
{
	switch (id) {
	case SUBJECT:
		filter_offer_text(to, f->subject);
		break;
	case ISSUER:
		filter_offer_text(to, f->issuer);
		break;
	case SERIAL:
		filter_offer_text(to, f->serial);
		break;
	case SIG_ALG:
		filter_offer_text(to, f->sig_alg);
		break;
	case IS_CA:
		filter_offer_number(to, f->is_ca);
		break;
	case SELF_SIGNED:
		filter_offer_number(to, f->self_signed);
		break;
	case VALIDATION:
		filter_offer_text(to, f->validation);
		break;
	}
}

static void offer_file(const Cw__FilePlace *f, int id, struct filter_offer *to)
{
	char mode[8];

	switch (id) {
	case PATH:
		offer_path(to, &f->path);
		break;
	case MODE:
		snprintf(mode, sizeof(mode), "%04o", f->mode & 07777);
		filter_offer_text(to, mode);
		break;
	case OWNER:
		filter_offer_text(to, f->owner);
		break;
	case GROUP:
		filter_offer_text(to, f->group);
		break;
	case CONTAINER:
		filter_offer_text(to, f->container);
		break;
	}
}

static void offer_place(const Cw__Location *l, int id, struct filter_offer *to)
{
	switch (l->place_case) {
	case CW__LOCATION__PLACE_FILE:
		offer_file(l->file, id, to);
		break;
	case CW__LOCATION__PLACE_ENDPOINT:
		if (id == STATE)
			filter_offer_text(to, l->endpoint->state);
		if (id == PORT)
			filter_offer_number(to, l->endpoint->port);
		if (id == CONTAINER)
			filter_offer_text(to, l->endpoint->container);
		break;
	default:
		break;
	}
}

static void offer_location(const Cw__Location *l, int id,
			   struct filter_offer *to)
{
	switch (id) {
	case KIND:
		filter_offer_text(to, inventory_kind(l->kind));
		break;
	case ENTRY:
		filter_offer_text(to, l->entry);
		break;
	case FORMAT:
		filter_offer_text(to, l->format);
		break;
	case SHA256:
		offer_hash(to, &l->object);
		break;
	case FLAGS:
		offer_list(to, l->flags, l->n_flags);
		break;
	case TRUST_STORE:
		filter_offer_number(to, l->trust_store);
		break;
	case MATCHES:
		filter_offer_text(to, l->matches);
		break;
	case ENCRYPTED:
		if (l->protection)
			filter_offer_number(to, l->protection->encrypted);
		break;
	case WELL_KNOWN_PASSWORD:
		filter_offer_number(to, l->protection &&
				    l->protection->well_known_password);
		break;
	default:
		offer_place(l, id, to);
	}
}

static void get(void *arg, int id, struct filter_offer *to)
{
	const struct record *r = arg;
	const Cw__Location *l = r->location;
	const Cw__Facts *f = r->facts;

	/* the place's role goes before the certificate's own */
	if (id == ROLE) {
		if (l && l->role && *l->role)
			filter_offer_text(to, l->role);
		else if (f)
			filter_offer_text(to, f->role);
		return;
	}
	if (f) {
		offer_validity(f, id, to);
		offer_lists(f, id, to);
		offer_key(f, id, to);
		offer_names(f, id, to);
	}
	if (l)
		offer_location(l, id, to);
}

bool location_passes(const struct filter *f, const Cw__Location *l,
		     const Cw__Facts *facts)
{
	struct record r = {l, facts};

	return filter_passes(f, get, &r);
}
