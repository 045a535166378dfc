/* SPDX-License-Identifier: Apache-2.0 */
/* The predictable keys that Debian's OpenSSL made from 2006 to 2008,
 * CVE-2008-0166, as listed by its packages openssl-blacklist,
 * openssl-blacklist-extra, openssh-blacklist and openssh-blacklist-extra. */
#ifndef CW_LIB_DEBIAN_KEY_H
#define CW_LIB_DEBIAN_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct debian_keys;

/* Maps the lists below ${folder} (/usr/share on Debian):
 *	openssl-blacklist/blacklist.RSA-BITS	the last 20 hex digits of the
 *						SHA-1 of "Modulus=" HEX "\n"
 *	ssh/blacklist.RSA-BITS, DSA-BITS	of the MD5 of the SSH blob
 * Each begins with comments and empty lines, then has 20 lower-case digits a
 * line, in ascending order.  They stay files: no memory of ours holds them.
 *
 * 0 or -ENOENT where there is none of them: ${why} names the packages whose
 * lists are not there, with ", " between them.  -EBADMSG where a list is not as
 * above, -errno: ${why} names that list.  The caller frees. */
int debian_keys_load(const char *folder, struct buf *why,
		     struct debian_keys **ret);
void debian_keys_free(struct debian_keys *k);

/* A sum over which of these lists there are, and the state of their files: it
 * is another one after any of them was changed, added or taken away. */
uint64_t debian_keys_stamp(const char *folder);

/* Is the key of this SubjectPublicKeyInfo listed?  Not, where it is no RSA or
 * DSA key, or of a size that has no list.  ${k} NULL: not. */
bool debian_keys_has(const struct debian_keys *k, const uint8_t *spki,
		     size_t len);

#endif
