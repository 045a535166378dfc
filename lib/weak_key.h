/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys that can be broken, told by their modulus: big-endian octets
 * without zeros in front (der_magnitude()). */
#ifndef CW_LIB_WEAK_KEY_H
#define CW_LIB_WEAK_KEY_H

#include "lib/der.h"

/* ROCA, CVE-2017-15361: is the modulus, by each prime from 3 to 167, in the
 * group that 65537 generates?  One random modulus in 2^27 is so
 * by chance. */
bool weak_key_is_roca(struct der modulus);

/* Are the primes so close that 100 rounds of Fermat's method find them?  1 or
 * 0; -ENOMEM.  Moduli above 16384 bits are not tried (0).  Takes some 10 us. */
int weak_key_is_fermat(struct der modulus);

/* Debian's predictable keys, CVE-2008-0166: the lists of its packages
 * openssl-blacklist and openssl-blacklist-extra.  ${folder} has files
 * blacklist.RSA-512, -1024, -2048, -4096, each line the last 20 hex digits of
 * the SHA-1 of "Modulus=" HEX "\n". */
struct weak_key_list;

/* 0; -ENOENT where there is none of the files; -EBADMSG for a line that is not
 * as above; -errno.  The caller frees. */
int weak_key_list_load(const char *folder, struct weak_key_list **ret);
void weak_key_list_free(struct weak_key_list *list);

/* 1: the modulus is in the list; 0: it is not; -ENOENT: there is no list for
 * its size, so the check was not made.  Sizes of which Debian published none
 * are -ENOENT as well. */
int weak_key_list_find(const struct weak_key_list *list, struct der modulus);

#endif
