/* SPDX-License-Identifier: Apache-2.0 */
/* Whether agents find a collector at each name that they may have been given,
 * and whether it shows them what they expect.  Seen from this host: a firewall
 * further out is not noticed. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "collector-stub/doctor/doctor.h"

#define PATIENCE_MS 5000

/* Connects, and leaves the socket blocking with a time limit: it or -errno. */
static int connect_one(const struct addrinfo *ai)
{
	const struct timeval limit = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int e = 0;

	if (fd < 0)
		return -errno;
	/* connect(2) keeps to SO_SNDTIMEO */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	e = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	return -e;
}

static int connect_to(const char *name, uint16_t port, const char **ret_why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char text[8];
	int r = 0, fd = -ENOENT;

	snprintf(text, sizeof(text), "%u", port);
	r = getaddrinfo(name, text, &hints, &list);
	if (r != 0) {
		*ret_why = gai_strerror(r);
		return -ENOENT;
	}
	for (struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = connect_one(ai);
	freeaddrinfo(list);
	if (fd < 0)
		*ret_why = strerror(-fd);
	return fd;
}

static bool expect(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);

	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (X509_VERIFY_PARAM_set1_ip_asc(p, name) == 1)
		return true;
	ERR_clear_error();
	return SSL_set1_host(ssl, name) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

static int shake_hands(const struct ca *ca, int fd, const char *name,
		       const char **ret_why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int r = -ENOMEM;

	*ret_why = "no memory";
	if (ssl && X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx),
				       ca->cert) == 1 &&
	    expect(ssl, name) && SSL_set_fd(ssl, fd) == 1) {
		r = SSL_connect(ssl) == 1 ? 0 : -EPROTO;
		*ret_why = SSL_get_verify_result(ssl) == X509_V_OK ?
			"what answers there speaks no TLS" :
			X509_verify_cert_error_string(
				SSL_get_verify_result(ssl));
	}
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return r;
}

static void look_at(struct doctor *d, const char *name, uint16_t port)
{
	const char *why = "";
	int fd = connect_to(name, port, &why);

	if (fd < 0) {
		doctor_say(d, DOCTOR_FAIL, "look at the name's addresses, at "
			   "the section listen, and at the firewall",
			   "%s port %u: %s", name, port, why);
		return;
	}
	if (d->ca.cert && shake_hands(&d->ca, fd, name, &why) < 0)
		doctor_say(d, DOCTOR_FAIL, "does another program listen there, "
			   "or something that breaks TLS stand between? Else "
			   "restart certwalk-collector serve",
			   "%s port %u: %s", name, port, why);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s port %u answers", name,
			   port);
	close(fd);
}

static void check(struct doctor *d)
{
	if (!d->agents_port || !d->enroll_port) {
		doctor_say(d, DOCTOR_FAIL, "start it: systemctl enable --now "
			   "certwalk-collector", "certwalk-collector serve is "
			   "not running");
		return;
	}
	for (size_t i = 0; i < d->server.count; i++) {
		look_at(d, d->server.names[i], d->agents_port);
		look_at(d, d->server.names[i], d->enroll_port);
	}
}

const struct doctor_check doctor_reach = {
	.name = "reachability",
	.run = check,
};
