/* SPDX-License-Identifier: Apache-2.0 */
/* What the hosts have.  All of it follows from the number of the host, the
 * number of the certificate and how often that was renewed, so that nothing of
 * it has to be kept. */
#include "tests/bench/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ca/issue.h"
#include "lib/limits.h"
#include "lib/message.h"

#define NAME "svc00000000"	/* in the certificate that others are made of */
#define DIGITS 8
#define NAMES 4			/* places in it where this stands, at most */
#define DAY 86400
#define BEGIN INT64_C(1767225600)	/* 2026-01-01 */

struct object {
	Cw__Kind kind;
	uint8_t sha256[HASH_SIZE];
	uint8_t *der;
	size_t len;
};

static struct {
	uint8_t *leaf;
	size_t leaf_len, serial, month, names[NAMES];
	int n_names;
	struct object key;		/* of all of them */
	struct object *authorities;
	ProtobufCBinaryData *places;	/* of these, packed ... */
	struct arena arena;		/* ... here */
	uint8_t *hashes;
	size_t n;
	int own;			/* most that a host has of its own */
} content;

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint32_t h = a * 2654435761U ^ (b + 1) * 2246822519U;

	h = (h ^ (h >> 15)) * 3266489917U;
	return h ^ (h >> 13);
}

static void pack(const Cw__Location *l, struct arena *a,
		 ProtobufCBinaryData *ret)
{
	ret->len = cw__location__get_packed_size(l);
	ret->data = arena_alloc(a, ret->len);
	if (!ret->data)
		fleet_die("no memory");
	cw__location__pack(l, ret->data);
}

/* ------------------------------------------------------------- certificates */

static void set_object(struct object *o, Cw__Kind kind, uint8_t *der, int len)
{
	if (len <= 0)
		fleet_die("no DER");
	o->kind = kind;
	o->der = der;
	o->len = (size_t)len;
	hash_sha256(der, o->len, o->sha256);
}

static size_t place_of(const void *what, size_t len)
{
	const uint8_t *at = memmem(content.leaf, content.leaf_len, what, len);

	if (!at)
		fleet_die("a certificate of another form than expected");
	return (size_t)(at - content.leaf);
}

/* A leaf by the collector's own hand, and where its serial, its name and the
 * month of its end are. */
static void make_leaf(X509 *ca, EVP_PKEY *key)
{
	static char name[] = NAME ".fleet.example";
	char *names[] = { name };
	X509 *x = NULL;
	const ASN1_STRING *serial = NULL, *end = NULL;
	const uint8_t *at = NULL;

	if (issue_server(ca, key, key, names, 1, BEGIN, 397 * DAY, &x) < 0)
		fleet_die("cannot make a certificate");
	content.leaf_len = (size_t)i2d_X509(x, &content.leaf);
	serial = X509_get0_serialNumber(x);
	end = X509_get0_notAfter(x);
	content.serial = place_of(ASN1_STRING_get0_data(serial),
				  (size_t)ASN1_STRING_length(serial));
	content.month = place_of(ASN1_STRING_get0_data(end),
				 (size_t)ASN1_STRING_length(end)) + 2;
	at = content.leaf;
	while (content.n_names < NAMES &&
	       (at = memmem(at, content.leaf_len - (size_t)(at - content.leaf),
			    NAME, strlen(NAME)))) {
		content.names[content.n_names++] =
			(size_t)(at - content.leaf) + strlen(NAME) - DIGITS;
		at += strlen(NAME);
	}
	X509_free(x);
}

/* Its signature is no more than bytes; nobody verifies it. */
static void make_own(uint32_t agent, uint32_t i, uint32_t version,
		     uint8_t *ret)
{
	char digits[DIGITS + 1], date[5];

	snprintf(digits, sizeof(digits), "%08x", mix(agent, i));
	snprintf(date, sizeof(date), "%02u15",
		 1 + (agent + i + 5 * version) % 12);
	memcpy(ret, content.leaf, content.leaf_len);
	for (int n = 0; n < content.n_names; n++)
		memcpy(ret + content.names[n], digits, DIGITS);
	memcpy(ret + content.month, date, 4);
	memcpy(ret + content.serial + 1, &agent, sizeof(agent));
	ret[content.serial + 5] = (uint8_t)i;
	ret[content.serial + 6] = (uint8_t)version;
}

static void make_authority(EVP_PKEY *key, size_t n)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	struct object *o = &content.authorities[n];
	uint8_t *der = NULL;
	char name[64], entry[24];
	X509 *x = NULL;
	int len = 0;

	snprintf(name, sizeof(name), "Fleet Root CA %zu", n + 1);
	if (issue_root(key, name, BEGIN, 3650 * DAY, &x) < 0)
		fleet_die("cannot make a certificate");
	len = i2d_X509(x, &der);
	set_object(o, CW__KIND__KIND_CERTIFICATE, der, len);
	snprintf(entry, sizeof(entry), "%zu", n + 1);
	f.path.data = (uint8_t *)"/etc/ssl/certs/ca-certificates.crt";
	f.path.len = strlen((char *)f.path.data);
	f.mode = 0644;
	f.owner = f.group = (char *)"root";
	f.mtime = BEGIN;
	l.kind = o->kind;
	l.object = (ProtobufCBinaryData){ HASH_SIZE, o->sha256 };
	l.format = (char *)"pem";
	l.entry = entry;
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	l.chain_position = (uint32_t)n + 1;
	l.trust_store = true;
	l.role = (char *)"trust-anchor";
	pack(&l, &content.arena, &content.places[n]);
	hash_sha256(content.places[n].data, content.places[n].len,
		    content.hashes + n * HASH_SIZE);
	X509_free(x);
}

void fleet_content_make(EVP_PKEY *key, int authorities, int own)
{
	uint8_t *der = NULL;
	X509 *ca = NULL;
	int len = i2d_PUBKEY(key, &der);

	set_object(&content.key, CW__KIND__KIND_PUBLIC_KEY, der, len);
	if (issue_root(key, "Fleet Issuing CA", BEGIN, 3650 * DAY, &ca) < 0)
		fleet_die("cannot make a certificate");
	make_leaf(ca, key);
	X509_free(ca);
	arena_init(&content.arena, MIB(16));
	content.own = own;
	content.n = (size_t)authorities;
	content.authorities = calloc(content.n + 1, sizeof(struct object));
	content.places = calloc(content.n + 1, sizeof(*content.places));
	content.hashes = calloc(content.n + 1, HASH_SIZE);
	if (!content.authorities || !content.places || !content.hashes)
		fleet_die("no memory");
	for (size_t n = 0; n < content.n; n++)
		make_authority(key, n);
}

void fleet_content_free(void)
{
	for (size_t n = 0; n < content.n; n++)
		OPENSSL_free(content.authorities[n].der);
	OPENSSL_free(content.key.der);
	OPENSSL_free(content.leaf);
	free(content.authorities);
	free(content.places);
	free(content.hashes);
	arena_free(&content.arena);
}

const uint8_t *fleet_authorities(size_t *ret_count)
{
	*ret_count = content.n;
	return content.hashes;
}

/* ---------------------------------------------------------------- locations */

static void file_place(Cw__Location *l, const char *path, uint32_t mode,
		       int version)
{
	Cw__FilePlace *f = l->file;

	f->path.data = (uint8_t *)(uintptr_t)path;
	f->path.len = strlen(path);
	f->mode = mode;
	f->owner = f->group = (char *)"root";
	f->mtime = BEGIN + version * DAY;
	l->format = (char *)"pem";
	l->place_case = CW__LOCATION__PLACE_FILE;
}

/* One in three is served. */
static void endpoint_place(Cw__Location *l, Cw__EndpointPlace *e, int i)
{
	static uint8_t address[] = { 127, 0, 0, 1 };

	cw__endpoint_place__init(e);
	e->netns = (char *)"4026531840";
	e->address = (ProtobufCBinaryData){ sizeof(address), address };
	e->port = 443 + (uint32_t)i;
	e->transport = (char *)"tcp";
	e->tls_version = (char *)"TLSv1.3";
	e->process = (char *)"/usr/sbin/nginx";
	e->unit = (char *)"nginx.service";
	e->state = (char *)"live";
	l->format = (char *)"tls";
	l->endpoint = e;
	l->place_case = CW__LOCATION__PLACE_ENDPOINT;
}

/* The packed locations of one certificate; the last of FLEET_PLACES is the
 * endpoint that serves it, the same whatever the version. */
static int own_places(const struct fleet_agent *a, int i, int version,
		      struct arena *arena, ProtobufCBinaryData *ret)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	Cw__EndpointPlace e;
	uint8_t der[4096], hash[HASH_SIZE];
	char path[128], key[128];
	uint32_t name = mix((uint32_t)a->number, (uint32_t)i);

	if (content.leaf_len > sizeof(der))
		fleet_die("a certificate of another form than expected");
	make_own((uint32_t)a->number, (uint32_t)i, (uint32_t)version, der);
	hash_sha256(der, content.leaf_len, hash);
	snprintf(path, sizeof(path), "/etc/ssl/svc%08x/fullchain.pem", name);
	snprintf(key, sizeof(key), "/etc/ssl/svc%08x/privkey.pem", name);
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.object = (ProtobufCBinaryData){ HASH_SIZE, hash };
	l.chain_position = 1;
	l.file = &f;
	file_place(&l, path, 0644, version);
	pack(&l, arena, &ret[0]);
	if (i % 3 == 0) {
		endpoint_place(&l, &e, i);
		pack(&l, arena, &ret[2]);
	}
	cw__location__init(&l);
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.object = (ProtobufCBinaryData){ HASH_SIZE, content.key.sha256 };
	l.matches = (char *)"neighbour";
	l.file = &f;
	file_place(&l, key, 0600, version);
	pack(&l, arena, &ret[1]);
	if (i % 3 != 0)
		return 2;
	cw__location__init(&l);
	l.kind = CW__KIND__KIND_ENDPOINT;
	endpoint_place(&l, &e, i);
	pack(&l, arena, &ret[3]);
	return FLEET_PLACES;
}

int fleet_hashes(const struct fleet_agent *a, int i, int version,
		 uint8_t ret[static FLEET_PLACES][HASH_SIZE])
{
	ProtobufCBinaryData places[FLEET_PLACES];
	struct arena arena;
	int n = 0;

	arena_init(&arena, KIB(64));
	n = own_places(a, i, version, &arena, places);
	for (int k = 0; k < n; k++)
		hash_sha256(places[k].data, places[k].len, ret[k]);
	arena_free(&arena);
	return n;
}

void fleet_begin(struct fleet_agent *a)
{
	uint8_t hashes[FLEET_PLACES][HASH_SIZE];
	int least = content.own < FLEET_OWN_LEAST ? content.own :
		FLEET_OWN_LEAST;

	a->own = least + (int)(mix((uint32_t)a->number, 77) %
			       (uint32_t)(content.own - least + 1));
	a->full = a->dirty = true;
	for (size_t n = 0; n < content.n; n++)
		set_digest_add(&a->digest, content.hashes + n * HASH_SIZE);
	for (int i = 0; i < a->own; i++) {
		int n = fleet_hashes(a, i, 0, hashes);

		while (n-- > 0)
			set_digest_add(&a->digest, hashes[n]);
	}
}

void fleet_renew(struct fleet_agent *a, int i)
{
	uint8_t hashes[FLEET_PLACES][HASH_SIZE];
	int n = fleet_hashes(a, i, a->now[i], hashes);

	while (n-- > 0)
		set_digest_sub(&a->digest, hashes[n]);
	a->now[i]++;
	n = fleet_hashes(a, i, a->now[i], hashes);
	while (n-- > 0)
		set_digest_add(&a->digest, hashes[n]);
	a->dirty = true;
}

/* ----------------------------------------------------------------- requests */

#define ALL_PLACES (FLEET_OWN * FLEET_PLACES)

static void add_changes(const struct fleet_agent *a, struct arena *arena,
			Cw__SyncRequest *m)
{
	ProtobufCBinaryData old[FLEET_PLACES];

	for (int i = 0; i < a->own; i++) {
		int n = 0;

		if (!a->full && a->now[i] == a->acked[i])
			continue;
		n = own_places(a, i, a->now[i], arena, m->added + m->n_added);
		m->n_added += (size_t)(a->full ? n : n - (n == FLEET_PLACES));
		n = a->full ? 0 : own_places(a, i, a->acked[i], arena, old);
		for (int k = 0; k < n - (n == FLEET_PLACES); k++) {
			hash_sha256(old[k].data, old[k].len, old[k].data);
			old[k].len = HASH_SIZE;
			m->removed[m->n_removed++] = old[k];
		}
	}
}

/* The object of that hash, where this host has it. */
static bool find_object(const struct fleet_agent *a, const uint8_t *hash,
			struct arena *arena, struct object *ret)
{
	uint8_t *der = NULL;

	*ret = content.key;
	if (memcmp(hash, content.key.sha256, HASH_SIZE) == 0)
		return true;
	for (size_t n = 0; n < content.n; n++) {
		*ret = content.authorities[n];
		if (memcmp(hash, ret->sha256, HASH_SIZE) == 0)
			return true;
	}
	der = arena_alloc(arena, content.leaf_len);
	if (!der)
		fleet_die("no memory");
	for (int i = 0; i < a->own; i++) {
		make_own((uint32_t)a->number, (uint32_t)i, a->now[i], der);
		set_object(ret, CW__KIND__KIND_CERTIFICATE, der,
			   (int)content.leaf_len);
		if (memcmp(hash, ret->sha256, HASH_SIZE) == 0)
			return true;
	}
	return false;
}

static void add_objects(const struct fleet_agent *a, const struct buf *need,
			struct arena *arena, Cw__SyncRequest *m)
{
	size_t n = need->len / HASH_SIZE;
	struct object o;

	m->objects = arena_alloc(arena, (n + 1) * sizeof(*m->objects));
	for (size_t i = 0; m->objects && i < n; i++) {
		Cw__Object *out = arena_alloc(arena, sizeof(*out));

		if (!out || !find_object(a, need->data + i * HASH_SIZE, arena,
					 &o))
			fleet_die("the collector asks for what nobody has");
		cw__object__init(out);
		out->kind = o.kind;
		out->sha256.data = arena_dup(arena, o.sha256, HASH_SIZE);
		out->sha256.len = HASH_SIZE;
		out->der = (ProtobufCBinaryData){ o.len, o.der };
		m->objects[m->n_objects++] = out;
	}
}

/* What goes along with a first report. */
static void add_host(const struct fleet_agent *a, Cw__SyncRequest *m,
		     Cw__HostFacts *host, Cw__Coverage *coverage, char name[64])
{
	snprintf(name, 64, "web-%06d.fleet.example", a->number);
	host->hostname = name;
	host->os = (char *)"Debian GNU/Linux 12 (bookworm)";
	host->kernel = (char *)"6.1.0-18-amd64";
	host->arch = (char *)"x86_64";
	host->agent_version = (char *)CW_VERSION;
	coverage->started = BEGIN;
	coverage->finished = coverage->last_full = BEGIN + 60;
	coverage->complete = coverage->privileged = true;
	coverage->files = 200000;
	m->host = host;
	m->coverage = coverage;
}

void fleet_request(const struct fleet_agent *a, const struct buf *need,
		   struct buf *ret)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	Cw__HostFacts host = CW__HOST_FACTS__INIT;
	Cw__Coverage coverage = CW__COVERAGE__INIT;
	ProtobufCBinaryData removed[ALL_PLACES], *added = NULL;
	struct set_digest digest = a->digest;
	struct arena arena;
	char name[64];

	arena_init(&arena, MIB(8));
	added = calloc(content.n + ALL_PLACES, sizeof(*added));
	if (!added)
		fleet_die("no memory");
	m.epoch = (uint64_t)a->number + 1;
	m.base_generation = (uint64_t)a->generation;
	m.new_generation = (uint64_t)a->generation + a->dirty;
	m.full = a->full;
	m.added = added;
	m.removed = removed;
	m.digest = (ProtobufCBinaryData){ HASH_SIZE, digest.sum };
	if (a->full) {
		memcpy(added, content.places, content.n * sizeof(*added));
		m.n_added = content.n;
		add_host(a, &m, &host, &coverage, name);
	}
	if (a->dirty)
		add_changes(a, &arena, &m);
	add_objects(a, need, &arena, &m);
	buf_reset(ret);
	if (message_pack(ret, &m.base) < 0)
		fleet_die("a request is too long");
	arena_free(&arena);
	free(added);
}
