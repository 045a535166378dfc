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

#endif
