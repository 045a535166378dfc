/* SPDX-License-Identifier: Apache-2.0 */
/* A client for the tests of the collector, which sends what it is told to.
 *
 *	client enroll DIR TOKEN [cn=NAME] [san]
 *	client renew DIR [cn=NAME]
 *	client sync DIR [KEY=VALUE | FLAG]...
 *	client idle DIR count=N pause=SECONDS [KEY=VALUE | FLAG]...
 *
 * DIR holds ca.pem, and after enrolment key.pem, cert.pem, url.  A location
 * is a number n: a certificate at /e2e/n.  Keys of sync: epoch, base, new;
 * add, remove (A-B: numbers from A to below B); have (what there is then,
 * hence the digest); object (a DER file that the locations name); repeat
 * (times, on one connection), pause (seconds between).  Flags: full, more, send
 * (the object's DER), newer (fields that nobody knows), liar (another DER under
 * the object's hash), result.  body=FILE writes the request there instead.
 * Prints a line for each exchange: HTTP status, then a word.  idle makes N
 * connections, syncs on each, says "idle", pauses, syncs on each again, and
 * prints how many of these were answered with 200 and how many connections
 * were made in all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/token.h"
#include "proto/certwalk.pb-c.h"

struct order {
	const char *dir, *cn, *object, *body;
	uint64_t epoch, base, new;
	int add[2], remove[2], have[2];
	int repeat, pause, count;
	bool full, more, send, newer, liar, san, result;
};

static void die(const char *what)
{
	fprintf(stderr, "client: %s\n", what);
	exit(2);
}

static const char *in_dir(const struct order *o, const char *name)
{
	static char path[8][4096];
	static int next;
	char *p = path[next++ % 8];

	if (file_path(p, 4096, o->dir, name) < 0)
		die("path too long");
	return p;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	return buf_add(arg, data, size * n) == 0 ? size * n : 0;
}

/* Posts; returns the HTTP status, 0 where there was no answer. */
static long post(CURL *curl, const struct order *o, const char *url,
		 const struct buf *body, bool with_client, struct buf *reply)
{
	struct curl_slist *h = curl_slist_append(NULL,
		"Content-Type: application/x-protobuf");
	char error[CURL_ERROR_SIZE] = "";
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, h);
	curl_easy_setopt(curl, CURLOPT_CAINFO, in_dir(o, "ca.pem"));
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 3600L);
	if (with_client) {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, in_dir(o, "cert.pem"));
		curl_easy_setopt(curl, CURLOPT_SSLKEY, in_dir(o, "key.pem"));
	}
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	else
		fprintf(stderr, "client: %s\n", error);
	curl_slist_free_all(h);
	return status;
}

static int print_problem(CURL *curl, long status, const struct buf *reply)
{
	Cw__Problem *p = cw__problem__unpack(NULL, reply->len, reply->data);
	curl_off_t retry = 0;

	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry);
	printf("%ld %s", status, status == 0 ? "none" : p ? p->code : "?");
	if (retry > 0)
		printf(" retry=%ld", (long)retry);
	printf("\n");
	if (p)
		cw__problem__free_unpacked(p, NULL);
	return 1;
}

static void add_names(X509_REQ *req, const struct order *o)
{
	X509_NAME *name = X509_NAME_new();
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();

	if (o->cn)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					   (const uint8_t *)o->cn, -1, -1, 0);
	X509_REQ_set_subject_name(req, name);
	if (o->san) {
		sk_X509_EXTENSION_push(exts, X509V3_EXT_nconf_nid(NULL, NULL,
			NID_subject_alt_name, "DNS:evil.example"));
		X509_REQ_add_extensions(req, exts);
	}
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_NAME_free(name);
}

static void make_csr(const struct order *o, struct buf *ret)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	FILE *f = fopen(in_dir(o, "new.pem"), "w");
	uint8_t *der = NULL;
	int len = 0;

	if (!key || !req || !f)
		die("cannot make a key");
	add_names(req, o);
	X509_REQ_set_pubkey(req, key);
	X509_REQ_sign(req, key, EVP_sha256());
	len = i2d_X509_REQ(req, &der);
	buf_add(ret, der, (size_t)len);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	OPENSSL_free(der);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

static int keep_credential(const struct order *o, const struct buf *reply)
{
	Cw__Credential *c = cw__credential__unpack(NULL, reply->len,
						   reply->data);
	const uint8_t *der = c ? c->certificate.data : NULL;
	X509 *cert = c ? d2i_X509(NULL, &der, (long)c->certificate.len) : NULL;
	FILE *f = fopen(in_dir(o, "cert.pem"), "w");

	if (!cert || !f)
		die("no credential");
	PEM_write_X509(f, cert);
	fclose(f);
	file_replace(in_dir(o, "url"), 0600, c->sync_url, strlen(c->sync_url));
	rename(in_dir(o, "new.pem"), in_dir(o, "key.pem"));
	printf("200 %s\n", c->agent_id);
	X509_free(cert);
	cw__credential__free_unpacked(c, NULL);
	return 0;
}

static int finish(CURL *curl, const struct order *o, long status,
		  struct buf *body, struct buf *csr, struct buf *reply)
{
	int r = status == 200 ? keep_credential(o, reply) :
		print_problem(curl, status, reply);

	buf_free(body);
	buf_free(csr);
	buf_free(reply);
	return r;
}

static int enroll(CURL *curl, const struct order *o, const char *text)
{
	Cw__EnrollRequest m = CW__ENROLL_REQUEST__INIT;
	Cw__HostFacts host = CW__HOST_FACTS__INIT;
	struct token t;
	struct buf csr, body, reply;
	char url[400];

	if (token_decode(text, &t) < 0)
		die("bad token");
	buf_init(&csr, MIB(1));
	buf_init(&body, MIB(1));
	buf_init(&reply, MIB(1));
	make_csr(o, &csr);
	host.hostname = (char *)"e2e-host";
	m.token = t.secret;
	m.csr.data = csr.data;
	m.csr.len = csr.len;
	m.host = &host;
	buf_reserve(&body, cw__enroll_request__get_packed_size(&m));
	body.len = cw__enroll_request__pack(&m, body.data);
	snprintf(url, sizeof(url), "https://%s/v1/enroll", t.address);
	return finish(curl, o, post(curl, o, url, &body, false, &reply), &body,
		      &csr, &reply);
}

static void sync_url(const struct order *o, const char *path, char *ret,
		     size_t cap)
{
	struct buf b;

	buf_init(&b, KIB(4));
	if (file_read(in_dir(o, "url"), &b) < 0)
		die("not enrolled");
	snprintf(ret, cap, "%s%s", buf_str(&b), path);
	buf_free(&b);
}

static int renew(CURL *curl, const struct order *o)
{
	Cw__RenewRequest m = CW__RENEW_REQUEST__INIT;
	struct buf csr, body, reply;
	char url[4200];

	buf_init(&csr, MIB(1));
	buf_init(&body, MIB(1));
	buf_init(&reply, MIB(1));
	make_csr(o, &csr);
	m.csr.data = csr.data;
	m.csr.len = csr.len;
	buf_reserve(&body, cw__renew_request__get_packed_size(&m));
	body.len = cw__renew_request__pack(&m, body.data);
	sync_url(o, "/v1/renew", url, sizeof(url));
	return finish(curl, o, post(curl, o, url, &body, true, &reply), &body,
		      &csr, &reply);
}

/* The packed location of number ${n}. */
static ProtobufCBinaryData location(int n, const struct buf *der)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	ProtobufCBinaryData ret;
	uint8_t hash[HASH_SIZE];
	char path[32];

	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.format = (char *)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	f.path.len = (size_t)snprintf(path, sizeof(path), "/e2e/%d", n);
	f.path.data = (uint8_t *)path;
	if (der->len > 0) {
		hash_sha256(der->data, der->len, hash);
		l.object.data = hash;
		l.object.len = HASH_SIZE;
	}
	ret.len = cw__location__get_packed_size(&l);
	ret.data = malloc(ret.len);
	if (!ret.data)
		die("no memory");
	cw__location__pack(&l, ret.data);
	return ret;
}

static void add_lists(const struct order *o, const struct buf *der,
		      Cw__SyncRequest *m, struct set_digest *digest)
{
	m->added = calloc((size_t)(o->add[1] - o->add[0] + 1),
			  sizeof(*m->added));
	m->removed = calloc((size_t)(o->remove[1] - o->remove[0] + 1),
			    sizeof(*m->removed));
	if (!m->added || !m->removed)
		die("no memory");
	for (int n = o->add[0]; n < o->add[1]; n++)
		m->added[m->n_added++] = location(n, der);
	for (int n = o->remove[0]; n < o->remove[1]; n++) {
		ProtobufCBinaryData *p = &m->removed[m->n_removed++];

		*p = location(n, der);
		hash_sha256(p->data, p->len, p->data);
		p->len = HASH_SIZE;
	}
	for (int n = o->have[0]; n < o->have[1]; n++) {
		ProtobufCBinaryData l = location(n, der);
		uint8_t hash[HASH_SIZE];

		hash_sha256(l.data, l.len, hash);
		set_digest_add(digest, hash);
		free(l.data);
	}
}

static void build(const struct order *o, struct buf *body)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	Cw__Object object = CW__OBJECT__INIT, *objects[] = { &object };
	Cw__CommandResult result = CW__COMMAND_RESULT__INIT,
		*results[] = { &result };
	struct set_digest digest = { .sum = { 0 } };
	uint8_t hash[HASH_SIZE];
	struct buf der;

	buf_init(&der, MIB(1));
	if (o->object && file_read(o->object, &der) < 0)
		die("no such object");
	add_lists(o, &der, &m, &digest);
	m.epoch = o->epoch;
	m.base_generation = o->base;
	m.new_generation = o->new;
	m.full = o->full;
	m.more = o->more;
	m.digest.data = digest.sum;
	m.digest.len = HASH_SIZE;
	if (o->send || o->liar) {
		hash_sha256(der.data, der.len, hash);
		object.kind = CW__KIND__KIND_CERTIFICATE;
		object.sha256.data = hash;
		object.sha256.len = HASH_SIZE;
		object.der.data = der.data;
		object.der.len = der.len - o->liar;
		m.objects = objects;
		m.n_objects = 1;
	}
	if (o->result) {
		result.id = (char *)"e2e-command";
		m.results = results;
		m.n_results = 1;
	}
	buf_reserve(body, cw__sync_request__get_packed_size(&m));
	body->len = cw__sync_request__pack(&m, body->data);
	/* field 1000, length-delimited, three bytes */
	if (o->newer)
		buf_add(body, "\xc2\x3e\x03" "new", 6);
	for (size_t i = 0; i < m.n_added; i++)
		free(m.added[i].data);
	for (size_t i = 0; i < m.n_removed; i++)
		free(m.removed[i].data);
	free(m.added);
	free(m.removed);
	buf_free(&der);
}

static int print_reply(CURL *curl, long status, const struct buf *reply)
{
	Cw__SyncReply *r = NULL;

	if (status != 200)
		return print_problem(curl, status, reply);
	r = cw__sync_reply__unpack(NULL, reply->len, reply->data);
	if (!r)
		die("no SyncReply");
	printf("200 %s generation=%llu need=%zu kept=%zu\n",
	       r->status == CW__SYNC_REPLY__STATUS__ACKNOWLEDGED ?
	       "acknowledged" : "resync", (unsigned long long)r->generation,
	       r->n_need, r->n_results_kept);
	cw__sync_reply__free_unpacked(r, NULL);
	return 0;
}

static int sync_all(CURL *curl, const struct order *o)
{
	struct buf body, reply;
	char url[4200];
	int r = 0;

	buf_init(&body, MIB(256));
	buf_init(&reply, LIMIT_REPLY);
	build(o, &body);
	if (o->body)
		return file_replace(o->body, 0644, body.data, body.len) < 0;
	sync_url(o, "/v1/sync", url, sizeof(url));
	for (int i = 0; i < o->repeat; i++) {
		if (i > 0)
			sleep((unsigned int)o->pause);
		buf_reset(&reply);
		r = print_reply(curl, post(curl, o, url, &body, true, &reply),
				&reply);
		fflush(stdout);
	}
	buf_free(&body);
	buf_free(&reply);
	return r;
}

static int idle(const struct order *o)
{
	CURL **curl = calloc((size_t)o->count + 1, sizeof(*curl));
	int answered = 0;
	long connects = 0, n = 0;
	struct buf body, reply;
	char url[4200];

	if (!curl)
		die("no memory");
	buf_init(&body, MIB(256));
	buf_init(&reply, LIMIT_REPLY);
	build(o, &body);
	sync_url(o, "/v1/sync", url, sizeof(url));
	for (int i = 0; i < 2 * o->count; i++) {
		CURL **c = &curl[i % o->count];

		if (i < o->count)
			*c = curl_easy_init();
		if (i == o->count) {
			printf("idle\n");
			fflush(stdout);
			sleep((unsigned int)o->pause);
			answered = 0;
		}
		buf_reset(&reply);
		answered += post(*c, o, url, &body, true, &reply) == 200;
		curl_easy_getinfo(*c, CURLINFO_NUM_CONNECTS, &n);
		connects += n;
	}
	printf("answered=%d connections=%ld\n", answered, connects);
	for (int i = 0; i < o->count; i++)
		curl_easy_cleanup(curl[i]);
	free(curl);
	buf_free(&body);
	buf_free(&reply);
	return 0;
}

static void parse(struct order *o, const char *word)
{
	const struct {
		const char *name;
		uint64_t *number;
		int *range;
		int *small;
		const char **text;
		bool *flag;
	} keys[] = {
		{ "epoch", .number = &o->epoch },
		{ "base", .number = &o->base },
		{ "new", .number = &o->new }, { "add", .range = o->add },
		{ "remove", .range = o->remove }, { "have", .range = o->have },
		{ "repeat", .small = &o->repeat },
		{ "pause", .small = &o->pause },
		{ "count", .small = &o->count },
		{ "object", .text = &o->object }, { "cn", .text = &o->cn },
		{ "body", .text = &o->body },
		{ "full", .flag = &o->full }, { "more", .flag = &o->more },
		{ "send", .flag = &o->send }, { "newer", .flag = &o->newer },
		{ "liar", .flag = &o->liar }, { "san", .flag = &o->san },
		{ "result", .flag = &o->result },
	};
	size_t len = strcspn(word, "=");
	const char *value = word + len + (word[len] == '=');

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strlen(keys[i].name) != len ||
		    memcmp(keys[i].name, word, len) != 0)
			continue;
		if (keys[i].number)
			*keys[i].number = strtoull(value, NULL, 10);
		if (keys[i].small)
			*keys[i].small = (int)strtol(value, NULL, 10);
		if (keys[i].text)
			*keys[i].text = value;
		if (keys[i].flag)
			*keys[i].flag = true;
		if (keys[i].range && sscanf(value, "%d-%d", keys[i].range,
					    keys[i].range + 1) != 2)
			die("bad range");
		return;
	}
	die(word);
}

int main(int argc, char **argv)
{
	struct order o = { .epoch = 1, .repeat = 1 };
	CURL *curl = curl_easy_init();
	bool enrolling = argc > 3 && strcmp(argv[1], "enroll") == 0;
	int r = 2;

	if (argc < 3 || !curl)
		die("usage: client enroll|renew|sync DIR ...");
	o.dir = argv[2];
	for (int i = enrolling ? 4 : 3; i < argc; i++)
		parse(&o, argv[i]);
	if (enrolling)
		r = enroll(curl, &o, argv[3]);
	else if (strcmp(argv[1], "renew") == 0)
		r = renew(curl, &o);
	else if (strcmp(argv[1], "sync") == 0)
		r = sync_all(curl, &o);
	else if (strcmp(argv[1], "idle") == 0)
		r = idle(&o);
	curl_easy_cleanup(curl);
	return r;
}
