/* SPDX-License-Identifier: Apache-2.0 */
/* The two crypto parts of an NSS key database. */
#ifndef CW_AGENT_FORMAT_NSS_KEY_H
#define CW_AGENT_FORMAT_NSS_KEY_H

#include "agent/format/ber.h"
#include "agent/format/keystore.h"

/* Public attributes of a private key; empty where the row has none. */
struct nss_key {
	uint32_t type;			/* CKA_KEY_TYPE */
	struct ber modulus;
	struct ber exponent;
	struct ber ec_params;
	struct ber ec_point;
};

/* The SubjectPublicKeyInfo of a key, from its public attributes: 0, or -ENOTSUP
 * where they do not tell it. */
int nss_key_spki(const struct nss_key *key, struct buf *out);

/* The row "password" of the table metaData (salt, and what the right password
 * decrypts to "password-check"): tries the passwords, and notes scheme and the
 * one that fits. */
void nss_key_try_passwords(struct keystore *store, struct ber salt,
			   struct ber check);

#endif
