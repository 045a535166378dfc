/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that signs commands: a file of an operator's. */
#ifndef CW_COLLECTOR_SIGNER_H
#define CW_COLLECTOR_SIGNER_H

#include "collector-stub/store/store.h"

struct signer {
	EVP_PKEY *key;
	uint8_t public[SIGNATURE_KEY];
	char id[SIGNATURE_ID];
};

/* Makes a key and writes it to ${path} (0600), which must not be there: 0,
 * -EEXIST, -errno. */
int signer_create(const char *path, struct signer *ret);
/* 0; -EPERM where others may read the file; -EBADMSG where it holds no Ed25519
 * key in PEM form; -errno. */
int signer_open(const char *path, struct signer *ret);
void signer_close(struct signer *s);

/* An Ed25519 public key: 64 hex digits, or a file that holds a public or a
 * private key in PEM form.  0 or -EINVAL. */
int signer_read_public(const char *text, uint8_t ret[static SIGNATURE_KEY]);

#endif
