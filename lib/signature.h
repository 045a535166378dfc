/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of commands (DESIGN section 9): Ed25519 (RFC 8032) over the bytes
 * "certwalk command v1", a zero byte, and the payload exactly as it is sent,
 * so that a signature made for anything else is none of a command. */
#ifndef CW_LIB_SIGNATURE_H
#define CW_LIB_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define SIGNATURE_KEY 32	/* bytes of a public key */
#define SIGNATURE_SIZE 64	/* bytes of a signature */

/* A key is known by the first 16 hex digits of the SHA-256 of its 32 bytes. */
#define SIGNATURE_ID 17
void signature_key_id(const uint8_t key[static SIGNATURE_KEY],
		      char ret[static SIGNATURE_ID]);

/* The bytes that are signed, appended to ${out}: 0 or its error. */
struct buf;
int signature_message(const uint8_t *payload, size_t len, struct buf *out);

bool signature_is_valid(const uint8_t key[static SIGNATURE_KEY],
			const uint8_t *payload, size_t len,
			const uint8_t *signature, size_t signature_len);

/* 0, -EINVAL where ${key} is not Ed25519, -ENOMEM, -EFBIG above
 * LIMIT_COMMAND, -EIO. */
int signature_make(EVP_PKEY *key, const uint8_t *payload, size_t len,
		   uint8_t ret[static SIGNATURE_SIZE]);

/* The 32 bytes of an Ed25519 key: 0 or -EINVAL. */
int signature_public(EVP_PKEY *key, uint8_t ret[static SIGNATURE_KEY]);

#endif
