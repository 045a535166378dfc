/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys, of which only the public half is ever passed on. */
#ifndef CW_AGENT_FORMAT_KEY_H
#define CW_AGENT_FORMAT_KEY_H

#include "agent/format/emit.h"

/* bytes of a private key's DER; RSA of 16384 bits has 10 KiB */
#define KEY_MAX (32 * 1024)

/* The SubjectPublicKeyInfo of a private key whose unencrypted DER is given:
 * PKCS#8 (RFC 5958), PKCS#1 (RFC 8017), SEC 1 (RFC 5915) or the traditional DSA
 * form.  0; -EBADMSG where it is none of them, or above KEY_MAX; -ENOMEM. */
int key_to_spki(const uint8_t *der, size_t len, struct buf *out);

/* Emits the private key whose unencrypted DER is given, in the same forms;
 * ${extra} may be NULL.  0; -EBADMSG where it is none of them, nothing was
 * emitted; other negative: stop.  The caller wipes ${der}. */
int key_emit_der(struct emit *e, const char *entry, const uint8_t *der,
		 size_t len, const struct emit_extra *extra);

/* Is the algorithm of what has the form of EncryptedPrivateKeyInfo one that
 * encrypts by a password? */
bool key_looks_encrypted(const uint8_t *der, size_t len);

/* The SubjectPublicKeyInfo of a PKCS#1 RSAPublicKey, into ${out}: 0 or
 * -EBADMSG. */
int key_rsa_public_to_spki(const uint8_t *der, size_t len, struct buf *out);

#endif
