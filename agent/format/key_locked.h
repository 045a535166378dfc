/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys that a password encrypts.  They are tried with the passwords of
 * password.h, all keys of one file together for PBE_BUDGET rounds; where one
 * fits, the key is reported as what it is, with the source of the password,
 * else as encrypted.  A key that is met again in another file is not tried anew
 * with what did not fit it. */
#ifndef CW_AGENT_FORMAT_KEY_LOCKED_H
#define CW_AGENT_FORMAT_KEY_LOCKED_H

#include "agent/format/emit.h"

/* Emits the key of an EncryptedPrivateKeyInfo (RFC 5958 section 3) with its
 * header.  0; -EBADMSG where it is none, nothing was emitted; other negative:
 * stop. */
int key_locked_emit(struct emit *e, const char *entry, const uint8_t *der,
		    size_t len);

/* The same for what stood in PEM behind "Proc-Type: 4,ENCRYPTED" (RFC 1421
 * section 4.6.1); ${info} is the text of DEK-Info, "" if there was none. */
int key_locked_emit_pem(struct emit *e, const char *entry, const char *info,
			const uint8_t *data, size_t len);

#endif
