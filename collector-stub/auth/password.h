/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of users, kept as scrypt (RFC 7914) of them:
 *
 *	scrypt$LOG2(N)$R$P$SALT$HASH
 *
 * with salt (16 bytes) and hash (32 bytes) in hex.  New ones have N = 2^15,
 * r = 8, p = 3: 32 MiB and some 0.3 s. */
#ifndef CW_COLLECTOR_PASSWORD_H
#define CW_COLLECTOR_PASSWORD_H

#include <stdbool.h>

#include "collector-stub/store/user.h"

#define PASSWORD_MIN 12		/* characters */
#define PASSWORD_MAX 1024	/* bytes */

/* NULL, or why this is no password to take: a sentence's part. */
const char *password_fault(const char *user, const char *password);

/* 0, -EINVAL above PASSWORD_MAX, -EIO. */
int password_hash(const char *password, char ret[static STORE_USER_PASSWORD]);

/* Is it the password of that hash?  Takes as long where ${hash} is NULL, and is
 * then never. */
bool password_is_valid(const char *password, const char *hash);

#endif
