/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/library.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/limits.h"

#define HANDSHAKE 22
#define ALERT 21

struct library {
	SSL *ssl;
	BIO *in, *out;		/* the SSL's */
	struct reply *reply;
	int error;
	const char *why;
};

static SSL_CTX *context;

/* What the server says is read here, before libssl judges it. */
static void on_message(int sent, int version, int type, const void *data,
		       size_t len, SSL *ssl, void *arg)
{
	struct library *l = arg;
	const uint8_t *p = data;

	(void)version;
	(void)ssl;
	if (sent || l->error < 0)
		return;
	if (type == HANDSHAKE && len >= 4)
		l->error = reply_message(l->reply, p[0], p + 4, len - 4,
					 &l->why);
	if (type == ALERT && len >= 2 && (p[0] == 2 || p[1] == 0)) {
		l->reply->alerted = true;
		l->reply->alert = p[1];
	}
}

/* The certificate was read: no need for the rest. */
static int on_certificate(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

int library_prepare(void)
{
	static const char *const groups[] = {
		"X25519:P-256:P-384:P-521:X448:X25519MLKEM768:"
		"SecP256r1MLKEM768:SecP384r1MLKEM1024",
		"X25519:P-256:P-384:P-521:X448", NULL,
	};
	bool set = false;

	if (context)
		return 0;
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		return -ENOTSUP;
	for (size_t i = 0; groups[i] && !set; i++)
		set = SSL_CTX_set1_groups_list(context, groups[i]) == 1;
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_cert_list(context, (long)LIMIT_TLS_FLIGHT);
	SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, on_certificate, NULL);
	SSL_CTX_set_msg_callback(context, on_message);
	ERR_clear_error();
	return set ? 0 : -ENOTSUP;
}

static bool ask(SSL *ssl, const struct hello *h)
{
	static const unsigned char alpn[] = "\2h2\x08http/1.1";
	bool good = true;

	if (h->sni)
		good = SSL_set_tlsext_host_name(ssl, h->sni) == 1;
	if (good && h->alpn)
		good = SSL_set_alpn_protos(ssl, alpn, sizeof(alpn) - 1) == 0;
	if (good && h->auth == SUITE_RSA)
		good = SSL_set1_sigalgs_list(
			ssl, "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"
			     "rsa_pss_rsae_sha512:rsa_pss_pss_sha256:"
			     "rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
			     "RSA+SHA256:RSA+SHA384:RSA+SHA512") == 1;
	if (good && h->auth == SUITE_ECDSA)
		good = SSL_set1_sigalgs_list(
			ssl, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:"
			     "ed25519:ed448") == 1;
	return good;
}

struct library *library_new(const struct hello *h, struct reply *reply)
{
	struct library *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->reply = reply;
	l->ssl = SSL_new(context);
	l->in = BIO_new(BIO_s_mem());
	l->out = BIO_new(BIO_s_mem());
	if (!l->ssl || !l->in || !l->out || !ask(l->ssl, h)) {
		BIO_free(l->in);
		BIO_free(l->out);
		l->in = l->out = NULL;
		library_free(l);
		return NULL;
	}
	BIO_set_mem_eof_return(l->in, -1);
	SSL_set_bio(l->ssl, l->in, l->out);	/* steals both */
	SSL_set_msg_callback_arg(l->ssl, l);
	SSL_set_connect_state(l->ssl);
	return l;
}

void library_free(struct library *l)
{
	if (!l)
		return;
	SSL_free(l->ssl);
	free(l);
	ERR_clear_error();
}

static int collect(struct library *l, struct buf *out)
{
	char *data = NULL;
	long len = BIO_get_mem_data(l->out, &data);
	int r = len > 0 ? buf_add(out, data, (size_t)len) : 0;

	BIO_reset(l->out);
	return r < 0 ? -ENOMEM : 0;
}

int library_step(struct library *l, const uint8_t *data, size_t len,
		 struct buf *out, const char **ret_why)
{
	int r = 0, e = 0;

	if (len > 0 && BIO_write(l->in, data, (int)len) != (int)len)
		return -ENOMEM;
	ERR_clear_error();
	r = SSL_do_handshake(l->ssl);
	e = SSL_get_error(l->ssl, r);
	ERR_clear_error();
	if (l->error < 0) {
		*ret_why = l->why;
		return l->error;
	}
	if (l->reply->has_chain || l->reply->alerted || r == 1)
		return 1;
	if (e != SSL_ERROR_WANT_READ) {
		*ret_why = "RFC 8446: libssl refused what the server sent";
		return -EBADMSG;
	}
	return collect(l, out);
}
