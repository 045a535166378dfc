/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/credential.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "lib/hash.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

EVP_PKEY *credential_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ERR_clear_error();
	return key;
}

int credential_csr(EVP_PKEY *key, struct buf *out)
{
	X509_REQ *req = X509_REQ_new();
	unsigned char *der = NULL;
	int len = -1, r = -ENOMEM;

	if (req && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
	    X509_REQ_set_pubkey(req, key) == 1 &&
	    X509_REQ_sign(req, key, EVP_sha256()) > 0)
		len = i2d_X509_REQ(req, &der);
	if (len > 0)
		r = buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	X509_REQ_free(req);
	ERR_clear_error();
	return r;
}

static X509 *read_der(const ProtobufCBinaryData *d)
{
	const unsigned char *p = d->data;
	X509 *x = NULL;

	if (d->len > 0 && d->len <= LIMIT_DER)
		x = d2i_X509(NULL, &p, (long)d->len);
	ERR_clear_error();
	if (x && p != d->data + d->len) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static const char *take_chain(const Cw__Credential *m, struct identity *id)
{
	id->certificate = read_der(&m->certificate);
	if (!id->certificate)
		return "malformed certificate";
	if (m->n_chain == 0 || m->n_chain > IDENTITY_CHAIN - 1)
		return "empty chain, or one that is too long";
	for (size_t i = 0; i < m->n_chain; i++) {
		X509 *x = read_der(&m->chain[i]);

		if (!x)
			return "malformed certificate in the chain";
		if (!sk_X509_push(id->chain, x)) {
			X509_free(x);
			return "out of memory";
		}
	}
	return NULL;
}

static bool is_pinned(const ProtobufCBinaryData *d, X509 *x,
		      const uint8_t *ca_sha256, STACK_OF(X509) *anchors)
{
	uint8_t hash[HASH_SIZE];

	if (ca_sha256) {
		hash_sha256(d->data, d->len, hash);
		return memcmp(hash, ca_sha256, HASH_SIZE) == 0;
	}
	for (int i = 0; i < sk_X509_num(anchors); i++) {
		if (X509_cmp(sk_X509_value(anchors, i), x) == 0)
			return true;
	}
	return false;
}

static const char *take_command_keys(const Cw__Credential *m,
				     struct identity *id)
{
	if (m->n_command_keys > IDENTITY_COMMAND_KEYS ||
	    m->command_threshold > IDENTITY_COMMAND_KEYS)
		return "too many command keys";
	for (size_t i = 0; i < m->n_command_keys; i++) {
		const Cw__CommandKey *k = m->command_keys[i];
		struct identity_command_key *to = &id->command_keys[i];

		if (k->ed25519.len != sizeof(to->ed25519) ||
		    strlen(k->id) >= sizeof(to->id) || !*k->id ||
		    k->id[strspn(k->id, "0123456789abcdef")])
			return "malformed command key";
		memcpy(to->id, k->id, strlen(k->id) + 1);
		memcpy(to->ed25519, k->ed25519.data, sizeof(to->ed25519));
	}
	id->command_keys_count = m->n_command_keys;
	id->command_threshold = m->command_threshold;
	return NULL;
}

static const char *take_names(const Cw__Credential *m, struct identity *id)
{
	size_t n = strlen(m->agent_id);

	if (n == 0 || n >= sizeof(id->agent_id) ||
	    m->agent_id[strspn(m->agent_id,
			       "abcdefghijklmnopqrstuvwxyz0123456789"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:")])
		return "malformed agent id";
	if (!identity_is_url(m->sync_url))
		return "sync URL is not https://HOST:PORT";
	memcpy(id->agent_id, m->agent_id, n + 1);
	memcpy(id->sync_url, m->sync_url, strlen(m->sync_url) + 1);
	return NULL;
}

static const char *take(const Cw__Credential *m, EVP_PKEY *key,
			const uint8_t *ca_sha256, STACK_OF(X509) *anchors,
			struct identity *id)
{
	const char *why = take_names(m, id);
	X509 *root = NULL;

	if (!why)
		why = take_command_keys(m, id);
	if (!why)
		why = take_chain(m, id);
	if (why)
		return why;
	root = sk_X509_value(id->chain, sk_X509_num(id->chain) - 1);
	if (!is_pinned(&m->chain[m->n_chain - 1], root, ca_sha256, anchors))
		return "the chain does not end in the collector's CA";
	if (!X509_up_ref(root) || !sk_X509_push(id->anchors, root))
		return "out of memory";
	if (!EVP_PKEY_up_ref(key))
		return "out of memory";
	id->key = key;
	return identity_fault(id);
}

int credential_take(const uint8_t *data, size_t len, EVP_PKEY *key,
		    const uint8_t *ca_sha256, STACK_OF(X509) *anchors,
		    int64_t now, struct identity *ret, const char **ret_why)
{
	Cw__Credential *m = cw__credential__unpack(NULL, len, data);
	struct identity id = {.issued = now};
	const char *why = "not a Credential";

	if (m) {
		id.chain = sk_X509_new_null();
		id.anchors = sk_X509_new_null();
		why = id.chain && id.anchors ?
		      take(m, key, ca_sha256, anchors, &id) : "out of memory";
		cw__credential__free_unpacked(m, NULL);
	}
	if (why) {
		identity_free(&id);
		*ret_why = why;
		return -EBADMSG;
	}
	id.not_after = identity_seconds(X509_get0_notAfter(id.certificate));
	*ret = id;
	return 0;
}
