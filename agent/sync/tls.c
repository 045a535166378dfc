/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/tls.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/hash.h"

static X509_STORE *make_store(STACK_OF(X509) *anchors)
{
	X509_STORE *store = X509_STORE_new();

	for (int i = 0; store && i < sk_X509_num(anchors); i++) {
		X509 *x = sk_X509_value(anchors, i);

		if (X509_STORE_add_cert(store, x) != 1) {
			X509_STORE_free(store);
			store = NULL;
		}
	}
	return store;
}

int tls_use_identity(SSL_CTX *ctx, const struct identity *id)
{
	X509_STORE *store = make_store(id->anchors);
	bool good = store != NULL;

	if (store)
		SSL_CTX_set_cert_store(ctx, store);	/* steals it */
	good = good && SSL_CTX_use_certificate(ctx, id->certificate) == 1 &&
	       SSL_CTX_use_PrivateKey(ctx, id->key) == 1;
	for (int i = 0; good && i < sk_X509_num(id->chain); i++) {
		X509 *x = sk_X509_value(id->chain, i);

		/* the other side has the root */
		if (!(X509_get_extension_flags(x) & EXFLAG_SS))
			good = SSL_CTX_add1_chain_cert(ctx, x) == 1;
	}
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	ERR_clear_error();
	return good ? 0 : -ENOMEM;
}

static X509 *find_pinned(STACK_OF(X509) *chain, const uint8_t *ca_sha256)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *x = sk_X509_value(chain, i);
		unsigned char *der = NULL;
		uint8_t hash[HASH_SIZE];
		int len = i2d_X509(x, &der);

		if (len <= 0)
			continue;
		hash_sha256(der, (size_t)len, hash);
		OPENSSL_free(der);
		if (memcmp(hash, ca_sha256, HASH_SIZE) == 0 &&
		    X509_check_ca(x) >= 1)
			return x;
	}
	return NULL;
}

static int verify_with(X509 *anchor, X509_STORE_CTX *outer)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error = X509_V_ERR_OUT_OF_MEM;

	if (store && ctx && X509_STORE_add_cert(store, anchor) == 1 &&
	    X509_STORE_CTX_init(ctx, store, X509_STORE_CTX_get0_cert(outer),
				X509_STORE_CTX_get0_untrusted(outer)) == 1) {
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
		if (X509_verify_cert(ctx) == 1)
			error = X509_V_OK;
		else
			error = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return error;
}

/* The name is checked by libcurl afterwards. */
static int verify_pin(X509_STORE_CTX *ctx, void *arg)
{
	X509 *ca = find_pinned(X509_STORE_CTX_get0_untrusted(ctx), arg);
	int error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

	if (ca)
		error = verify_with(ca, ctx);
	X509_STORE_CTX_set_error(ctx, error);
	return error == X509_V_OK;
}

void tls_use_pin(SSL_CTX *ctx, const uint8_t *ca_sha256)
{
	SSL_CTX_set_cert_verify_callback(ctx, verify_pin,
					 (void *)(uintptr_t)ca_sha256);
}
