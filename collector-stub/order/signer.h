/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that signs commands: a file of an operator's, or in a PKCS#11
 * token. */
#ifndef CW_COLLECTOR_SIGNER_H
#define CW_COLLECTOR_SIGNER_H

#include "collector-stub/order/hsm.h"
#include "collector-stub/store/store.h"

struct signer {
	EVP_PKEY *key;		/* of a file, or NULL */
	struct hsm *hsm;	/* or NULL */
	uint8_t public[SIGNATURE_KEY];
	char id[SIGNATURE_ID];
	char fault[HSM_FAULT];	/* why signer_sign() failed, or "" */
};

/* Makes a key at ${where}, a path (0600), which must not be there, or a URI
 * "pkcs11:..." (hsm.h).  0; -EEXIST; -errno; ${fault} says why. */
int signer_create(const char *where, struct signer *ret,
		  char fault[static HSM_FAULT]);
/* 0; -ENOENT; -EPERM where others may read the file; -EBADMSG where it holds no
 * Ed25519 key in PEM form; as hsm_open(); -errno; ${fault} says why. */
int signer_open(const char *where, struct signer *ret,
		char fault[static HSM_FAULT]);
void signer_close(struct signer *s);

/* Signs a command's payload: 0, or -errno and s->fault. */
int signer_sign(struct signer *s, const uint8_t *payload, size_t len,
		uint8_t ret[static SIGNATURE_SIZE]);

/* An Ed25519 public key: 64 hex digits, or a file that holds a public or a
 * private key in PEM form.  0 or -EINVAL. */
int signer_read_public(const char *text, uint8_t ret[static SIGNATURE_KEY]);

#endif
