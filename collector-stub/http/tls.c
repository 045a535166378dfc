/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/tls.h"

#include <errno.h>

#include <openssl/err.h>

/* TLS 1.2; those of 1.3 are libssl's own */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
#define GROUPS "X25519:P-256:P-384"

int tls_init(struct tls *t)
{
	*t = (struct tls){ .with_client = NULL };
	pthread_mutex_init(&t->lock, NULL);
	return tickets_init(&t->tickets);
}

void tls_free(struct tls *t)
{
	SSL_CTX_free(t->with_client);
	SSL_CTX_free(t->without_client);
	tickets_free(&t->tickets);
	pthread_mutex_destroy(&t->lock);
}

static int set_certificate(SSL_CTX *ctx, const struct ca *ca,
			   const struct ca_server *s)
{
	/* agents pin the root, so it is sent too */
	if (SSL_CTX_use_certificate(ctx, s->cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, s->key) != 1 ||
	    SSL_CTX_add1_chain_cert(ctx, ca->cert) != 1)
		return -EIO;
	return 0;
}

/* Finite fields and curves of 500 bits cost a server most of a millisecond, and
 * who asks for them nothing; the hybrid group is there from OpenSSL 3.5 on. */
static bool set_groups(SSL_CTX *ctx)
{
	bool good = SSL_CTX_set1_groups_list(ctx, "X25519MLKEM768:" GROUPS)
		== 1 || SSL_CTX_set1_groups_list(ctx, GROUPS) == 1;

	ERR_clear_error();
	return good;
}

static SSL_CTX *new_ctx(struct tls *t, const struct ca *ca,
			const struct ca_server *s)
{
	static const uint8_t context[] = "certwalk";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
			    SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* tickets carry the session; the server keeps none */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
	    !set_groups(ctx) ||
	    SSL_CTX_set_num_tickets(ctx, 1) != 1 ||
	    SSL_CTX_set_session_id_context(ctx, context, sizeof(context)) != 1
	    || tickets_use(&t->tickets, ctx) < 0 ||
	    set_certificate(ctx, ca, s) < 0) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static int require_client(SSL_CTX *ctx, const struct ca *ca,
			  const char *client_ca)
{
	STACK_OF(X509_NAME) *names = NULL;

	if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca->cert) != 1 ||
	    SSL_CTX_add_client_CA(ctx, ca->cert) != 1)
		return -ENOMEM;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (!*client_ca)
		return 0;
	if (SSL_CTX_load_verify_file(ctx, client_ca) != 1)
		return -EINVAL;
	names = SSL_load_client_CA_file(client_ca);
	for (int i = 0; names && i < sk_X509_NAME_num(names); i++) {
		X509_NAME *n = X509_NAME_dup(sk_X509_NAME_value(names, i));
		STACK_OF(X509_NAME) *all = SSL_CTX_get_client_CA_list(ctx);

		if (n && sk_X509_NAME_push(all, n) <= 0)
			X509_NAME_free(n);
	}
	sk_X509_NAME_pop_free(names, X509_NAME_free);
	return 0;
}

int tls_load(struct tls *t, const struct ca *ca, const char *state_dir,
	     const char *client_ca)
{
	struct ca_server s = { .cert = NULL };
	SSL_CTX *with = NULL, *without = NULL, *old = NULL;
	int r = ca_load_server(state_dir, &s);

	if (r < 0)
		return r;
	with = new_ctx(t, ca, &s);
	without = new_ctx(t, ca, &s);
	ca_server_free(&s);
	r = with && without ? require_client(with, ca, client_ca) : -EIO;
	if (r == 0) {
		pthread_mutex_lock(&t->lock);
		old = t->with_client;
		t->with_client = with;
		with = old;
		old = t->without_client;
		t->without_client = without;
		without = old;
		pthread_mutex_unlock(&t->lock);
	}
	SSL_CTX_free(with);
	SSL_CTX_free(without);
	return r;
}

SSL *tls_new(struct tls *t, bool with_client)
{
	SSL *ssl = NULL;

	pthread_mutex_lock(&t->lock);
	ssl = SSL_new(with_client ? t->with_client : t->without_client);
	pthread_mutex_unlock(&t->lock);
	return ssl;
}
