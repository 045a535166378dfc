/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's own certificate authority: one P-256 root that signs the
 * agents' certificates and the collector's own.
 *
 * In the state directory: ca.key (0600), ca.crt, and server.pem (0600: key,
 * certificate and root in one file, so that they are replaced together).
 * Every key is made here or by its agent; none is ever written elsewhere. */
#ifndef CW_COLLECTOR_CA_H
#define CW_COLLECTOR_CA_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/buf.h"
#include "lib/hash.h"

/* what an agent's certificate names in its SAN, before the agent's id */
#define CA_AGENT_URI "urn:certwalk:agent:"

struct ca {
	X509 *cert;
	EVP_PKEY *key;
	uint8_t *der;		/* of cert */
	size_t der_len;
	uint8_t sha256[HASH_SIZE];	/* of der: what agents pin */
};

/* Makes the CA (ten years): -EEXIST where either file is there. */
int ca_create(const char *state_dir, int64_t now);
/* 0; -EPERM where others may read the key; -EBADMSG where a file holds no such
 * thing or the two do not belong together; -errno. */
int ca_load(const char *state_dir, struct ca *ret);
void ca_free(struct ca *ca);

/* A certificate for ${key}, in the name of agent ${id}, from ${now} (less a
 * small skew) for ${lifetime} seconds; its DER is appended. */
int ca_sign_agent(const struct ca *ca, EVP_PKEY *key, const char *id,
		  int64_t now, int64_t lifetime, struct buf *ret_der);

/* Makes a key and a certificate for the names (host names or addresses) and
 * replaces server.pem.  -EINVAL for no name, or one that is neither. */
int ca_make_server(const struct ca *ca, char *const *names, size_t count,
		   const char *state_dir, int64_t now);

/* What server.pem holds. */
struct ca_server {
	X509 *cert;
	EVP_PKEY *key;
	char **names;		/* its SANs, as ca_make_server() takes them */
	size_t count;
	int64_t due;		/* when two thirds of its life are over */
};

/* As ca_load(). */
int ca_load_server(const char *state_dir, struct ca_server *ret);
void ca_server_free(struct ca_server *s);

#endif
