/* SPDX-License-Identifier: Apache-2.0 */
/* The public half of a key in a token. */
#ifndef CW_AGENT_TOKEN_PUBLIC_KEY_H
#define CW_AGENT_TOKEN_PUBLIC_KEY_H

#include "agent/token/attribute.h"

/* Appends the SubjectPublicKeyInfo of a public or private key, from
 * CKA_PUBLIC_KEY_INFO or from the parts that its type has (PKCS#11 v2.40
 * section 2): 0, or -ENOTSUP where they do not tell it, or are not valid. */
int public_key_spki(const struct object *o, struct buf *out);

/* The SubjectPublicKeyInfo within a certificate; borrowed: 0 or -EBADMSG. */
int public_key_of_certificate(const uint8_t *der, size_t len,
			      const uint8_t **ret, size_t *ret_len);

#endif
