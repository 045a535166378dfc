/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Tokens in compact form (RFC 7515 section 7.1, RFC 7519), and the
 * keys that they are signed with (JWK sets, RFC 7517).  All of it comes from
 * outside.  Only these algorithms are known: RS256, PS256, ES256 (RFC 7518)
 * and EdDSA with Ed25519 (RFC 8037); "none" and secrets shared with others
 * (HS256 ...) are not among them. */
#ifndef CW_COLLECTOR_JWT_H
#define CW_COLLECTOR_JWT_H

#include <openssl/evp.h>

#include "lib/buf.h"
#include "lib/limits.h"

#define JWT_KID 256		/* bytes of a key's name and its NUL */
#define JWT_SIGNATURE 1024	/* bytes: RSA with 8192 bits */
#define JWT_KEYS 64		/* of one set */
#define JWT_RSA_MIN 2048	/* bits */

enum jwt_algorithm { JWT_RS256, JWT_PS256, JWT_ES256, JWT_EDDSA };

/* By its name: one of these, or -ENOTSUP. */
int jwt_algorithm_find(const char *name);

struct jwt {
	enum jwt_algorithm algorithm;
	char kid[JWT_KID];	/* "": not named */
	const char *text;	/* borrowed; the first ${signed_len} bytes of */
	size_t signed_len;	/* it are signed */
	struct buf payload;	/* a JSON object, unverified */
	uint8_t signature[JWT_SIGNATURE];
	size_t signature_len;
};

/* Takes ${text} apart, at most LIMIT_JWT bytes.  0; -EBADMSG for what is no
 * such token; -ENOTSUP for an algorithm, or a critical header, that is not
 * known; -ENOMEM.  After 0, jwt_free(). */
int jwt_parse(const char *text, size_t len, struct jwt *ret);
void jwt_free(struct jwt *t);

struct jwk {
	char kid[JWT_KID];
	int algorithm;		/* the only one it is for, or -1 */
	EVP_PKEY *key;
};

struct jwk_set {
	struct jwk items[JWT_KEYS];
	size_t n;
};

/* Reads a set; keys of other kinds or uses, and those that are too weak or
 * broken, are passed over.  0; -EBADMSG; -E2BIG above JWT_KEYS; -ENOMEM.  After
 * 0, jwk_set_free(). */
int jwk_set_parse(const char *json, size_t len, struct jwk_set *ret);
void jwk_set_free(struct jwk_set *s);

/* Has a key of the set signed it?  0; -ENOKEY where the set has no key that
 * fits its kid and algorithm; -EKEYREJECTED; -ENOMEM. */
int jwk_set_verify(const struct jwk_set *s, const struct jwt *t);

#endif
