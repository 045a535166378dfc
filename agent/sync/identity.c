/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"

#define PEM_BEGIN "-----BEGIN "

/* libcrypto would ask on the terminal. */
static int no_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static BIO *reader(const struct buf *b)
{
	return b->len > INT32_MAX ? NULL :
	       BIO_new_mem_buf(b->data, (int)b->len);
}

static EVP_PKEY *read_key(const struct buf *b)
{
	BIO *bio = reader(b);
	EVP_PKEY *key = NULL;

	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* All certificates of ${b}: how many, or -EBADMSG. */
static int read_certificates(const struct buf *b, STACK_OF(X509) *out)
{
	BIO *bio = reader(b);
	X509 *x = NULL;
	int r = bio ? 0 : -ENOMEM;

	while (r == 0 &&
	       (x = PEM_read_bio_X509(bio, NULL, no_password, NULL))) {
		if (sk_X509_num(out) >= IDENTITY_CHAIN ||
		    !sk_X509_push(out, x)) {
			X509_free(x);
			r = -EBADMSG;
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = -EBADMSG;
	ERR_clear_error();
	BIO_free(bio);
	return r < 0 ? r : sk_X509_num(out);
}

int64_t identity_seconds(const ASN1_TIME *t)
{
	ASN1_TIME *zero = ASN1_TIME_set(NULL, 0);
	int days = 0, secs = 0;
	int64_t n = 0;

	if (zero && ASN1_TIME_diff(&days, &secs, zero, t) == 1)
		n = (int64_t)days * 86400 + secs;
	ASN1_TIME_free(zero);
	return n;
}

bool identity_is_url(const char *url)
{
	static const char scheme[] = "https://";
	const char *host = url + sizeof(scheme) - 1;

	return strncmp(url, scheme, sizeof(scheme) - 1) == 0 && *host &&
	       strlen(url) < IDENTITY_URL &&
	       host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]%")] == '\0';
}

/* --------------------------------------------------------- the text lines */

static bool read_word(const char *value, char *ret, size_t cap)
{
	size_t n = strlen(value);

	if (n == 0 || n >= cap ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:")])
		return false;
	memcpy(ret, value, n + 1);
	return true;
}

static bool read_number(const char *value, int64_t *ret)
{
	char *end = NULL;

	errno = 0;
	*ret = strtoll(value, &end, 10);
	return errno == 0 && *value && *end == '\0' && *ret >= 0;
}

static bool read_command_key(char *value, struct identity *id)
{
	struct identity_command_key k = {0};
	char *hex = strchr(value, ' ');

	if (!hex || id->command_keys_count >= IDENTITY_COMMAND_KEYS)
		return false;
	*hex++ = '\0';
	if (!read_word(value, k.id, sizeof(k.id)) ||
	    strlen(hex) != 2 * sizeof(k.ed25519) ||
	    decode_hex(hex, k.ed25519, sizeof(k.ed25519)) < 0)
		return false;
	id->command_keys[id->command_keys_count++] = k;
	return true;
}

static bool read_line(char *line, struct identity *id)
{
	char *value = strstr(line, ": ");
	int64_t n = 0;

	if (!value)
		return false;
	*value = '\0';
	value += 2;
	if (strcmp(line, "agent-id") == 0)
		return read_word(value, id->agent_id, sizeof(id->agent_id));
	if (strcmp(line, "sync-url") == 0) {
		if (!identity_is_url(value))
			return false;
		memcpy(id->sync_url, value, strlen(value) + 1);
		return true;
	}
	if (strcmp(line, "issued") == 0)
		return read_number(value, &id->issued);
	if (strcmp(line, "command-key") == 0)
		return read_command_key(value, id);
	if (strcmp(line, "command-threshold") == 0) {
		if (!read_number(value, &n) || n > IDENTITY_COMMAND_KEYS)
			return false;
		id->command_threshold = (uint32_t)n;
	}
	return true;	/* a name of a newer version */
}

static const char *read_lines(const struct buf *b, struct identity *id)
{
	const char *at = (const char *)b->data, *end = at + b->len;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((nl ? nl : end) - at);
		char line[1024];

		if (n >= sizeof(PEM_BEGIN) - 1 &&
		    memcmp(at, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) == 0)
			break;
		if (n >= sizeof(line) || memchr(at, '\0', n))
			return "malformed line before the key";
		memcpy(line, at, n);
		line[n] = '\0';
		if (n > 0 && !read_line(line, id))
			return "malformed line before the key";
		at = nl ? nl + 1 : end;
	}
	return id->agent_id[0] && id->sync_url[0] ? NULL :
	       "no agent-id or no sync-url";
}

/* ------------------------------------------------------------ whole files */

static const char *take_chain(STACK_OF(X509) *all, struct identity *id)
{
	id->certificate = sk_X509_shift(all);
	if (!id->certificate)
		return "no certificate";
	id->not_after = identity_seconds(X509_get0_notAfter(id->certificate));
	while (sk_X509_num(all) > 0) {
		if (!sk_X509_push(id->chain, sk_X509_value(all, 0)))
			return "out of memory";
		sk_X509_shift(all);
	}
	return NULL;
}

static bool make_stacks(struct identity *id)
{
	id->chain = sk_X509_new_null();
	id->anchors = sk_X509_new_null();
	return id->chain && id->anchors;
}

static const char *add_anchor(struct identity *id, X509 *x)
{
	if (!x || !X509_up_ref(x))
		return "no issuer after the certificate";
	if (sk_X509_push(id->anchors, x))
		return NULL;
	X509_free(x);
	return "out of memory";
}

static const char *parse(const struct buf *b, struct identity *id)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	const char *why = NULL;

	if (!all || !make_stacks(id))
		why = "out of memory";
	if (!why)
		why = read_lines(b, id);
	if (!why) {
		id->key = read_key(b);
		why = id->key ? NULL : "no readable private key";
	}
	if (!why && read_certificates(b, all) < 0)
		why = "malformed certificate";
	if (!why)
		why = take_chain(all, id);
	if (!why)
		why = add_anchor(id, sk_X509_value(id->chain,
						   sk_X509_num(id->chain) - 1));
	if (!why)
		why = identity_fault(id);
	sk_X509_pop_free(all, X509_free);
	return why;
}

int identity_read(const char *path, struct identity *ret, const char **ret_why)
{
	struct identity id = {0};
	const char *why = NULL;
	struct buf b;
	int r;

	buf_init(&b, LIMIT_CONFIG);
	buf_reserve(&b, LIMIT_CONFIG);	/* no copies left behind by growing */
	r = file_read_secret(path, &b);
	if (r == 0) {
		why = parse(&b, &id);
		r = why ? -EBADMSG : 0;
	}
	buf_free_secret(&b);
	if (r == 0)
		*ret = id;
	else
		identity_free(&id);
	if (why)
		*ret_why = why;
	return r;
}

static bool is_pair(const struct identity *id)
{
	bool good = X509_check_private_key(id->certificate, id->key) == 1;

	ERR_clear_error();
	return good;
}

enum configured { FILE_CERTIFICATE, FILE_KEY, FILE_CA };

static const char *parse_configured(const struct buf *b, enum configured which,
				    struct identity *id)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	const char *why = NULL;

	if (!all) {
		why = "out of memory";
	} else if (which == FILE_KEY) {
		id->key = read_key(b);
		why = id->key ? NULL : "no private key without a password";
	} else if (which == FILE_CA) {
		why = read_certificates(b, id->anchors) > 0 ? NULL :
		      "no certificate, or more than 16, or a malformed one";
	} else if (read_certificates(b, all) <= 0) {
		why = "no certificate, or more than 16, or a malformed one";
	} else {
		why = take_chain(all, id);
	}
	sk_X509_pop_free(all, X509_free);
	return why;
}

int identity_read_configured(const struct agent_config *c,
			     struct identity *ret, const char **ret_file,
			     const char **ret_why)
{
	const char *const files[] = {[FILE_CERTIFICATE] = c->certificate,
				     [FILE_KEY] = c->key, [FILE_CA] = c->ca};
	struct identity id = {.configured = true};
	const char *why = make_stacks(&id) ? NULL : "out of memory";
	const char *file = c->url;
	int r = 0;

	if (!why && !identity_is_url(c->url))
		why = "not https://HOST:PORT";
	for (int i = FILE_CERTIFICATE; i <= FILE_CA && !why && r == 0; i++) {
		struct buf b;

		file = files[i];
		buf_init(&b, LIMIT_CONFIG);
		buf_reserve(&b, LIMIT_CONFIG);
		r = file_read(file, &b);
		if (r == 0)
			why = parse_configured(&b, (enum configured)i, &id);
		buf_free_secret(&b);
	}
	if (!why && r == 0 && !is_pair(&id)) {
		file = c->key;
		why = "not the key of the configured certificate";
	}
	if (!why && r == 0) {
		memcpy(id.sync_url, c->url, strlen(c->url) + 1);
		*ret = id;
		return 0;
	}
	identity_free(&id);
	*ret_file = file;
	*ret_why = why ? why : strerror(-r);
	return why ? -EBADMSG : r;
}

static int put_lines(const struct identity *id, struct buf *b)
{
	buf_addf(b, "agent-id: %s\nsync-url: %s\nissued: %lld\n"
		    "command-threshold: %u\n",
		 id->agent_id, id->sync_url, (long long)id->issued,
		 id->command_threshold);
	for (size_t i = 0; i < id->command_keys_count; i++) {
		char hex[2 * 32 + 1];

		encode_hex(id->command_keys[i].ed25519, 32, hex);
		buf_addf(b, "command-key: %s %s\n", id->command_keys[i].id,
			 hex);
	}
	return b->failed ? -ENOMEM : 0;
}

static int put_pem(const struct identity *id, struct buf *b)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *pem = NULL;
	long len = 0;
	bool good = bio &&
		PEM_write_bio_PKCS8PrivateKey(bio, id->key, NULL, NULL, 0, NULL,
					      NULL) == 1 &&
		PEM_write_bio_X509(bio, id->certificate) == 1;

	for (int i = 0; good && i < sk_X509_num(id->chain); i++)
		good = PEM_write_bio_X509(bio, sk_X509_value(id->chain, i)) ==
		       1;
	if (good)
		len = BIO_get_mem_data(bio, &pem);
	good = good && len > 0 && buf_add(b, pem, (size_t)len) == 0;
	if (pem && len > 0)
		OPENSSL_cleanse(pem, (size_t)len);
	BIO_free(bio);
	ERR_clear_error();
	return good ? 0 : -ENOMEM;
}

int identity_write(const char *path, const struct identity *id, uid_t uid,
		   gid_t gid)
{
	struct replace f;
	struct buf b;
	int r;

	buf_init(&b, LIMIT_CONFIG);
	r = buf_reserve(&b, LIMIT_CONFIG);
	if (r == 0)
		r = put_lines(id, &b);
	if (r == 0)
		r = put_pem(id, &b);
	if (r == 0)
		r = replace_open(&f, path, 0600);
	if (r != 0) {
		buf_free_secret(&b);
		return r;
	}
	if (uid != (uid_t)-1 && fchown(f.fd, uid, gid) < 0)
		r = -errno;
	if (r == 0)
		r = replace_write(&f, b.data, b.len);
	buf_free_secret(&b);
	if (r == 0)
		return replace_commit(&f);
	replace_abort(&f);
	return r;
}

static bool chains_to_anchor(const struct identity *id)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good = store && ctx;

	for (int i = 0; good && i < sk_X509_num(id->anchors); i++)
		good = X509_STORE_add_cert(store,
					   sk_X509_value(id->anchors, i)) == 1;
	good = good &&
	       X509_STORE_CTX_init(ctx, store, id->certificate, id->chain) == 1;
	if (good) {
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
		good = X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return good;
}

const char *identity_fault(const struct identity *id)
{
	if (!is_pair(id))
		return "the certificate does not hold this key";
	return chains_to_anchor(id) ? NULL :
	       "the certificate does not chain to the collector's CA";
}

void identity_free(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->certificate);
	sk_X509_pop_free(id->chain, X509_free);
	sk_X509_pop_free(id->anchors, X509_free);
	*id = (struct identity){0};
}

int64_t identity_renewal_due(const struct identity *id)
{
	int64_t from = id->issued;

	/* a clock that was wrong then must not put it off for ever */
	if (from <= 0 || from >= id->not_after)
		from = identity_seconds(X509_get0_notBefore(id->certificate));
	return id->not_after - (id->not_after - from) / 3;
}
