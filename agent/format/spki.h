/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) of public keys that come in
 * another form: SSH, JWK. */
#ifndef CW_AGENT_FORMAT_SPKI_H
#define CW_AGENT_FORMAT_SPKI_H

#include "lib/buf.h"

/* A number (big-endian, zeros in front allowed) or a string; borrowed. */
struct spki_part {
	const uint8_t *data;
	size_t len;
};

/* Each appends the DER to ${out}: 0, or -EBADMSG where a part is empty, too
 * long, or does not fit the curve, or the error of the buffer. */

/* RFC 3279 section 2.3.1 */
int spki_rsa(struct buf *out, struct spki_part modulus,
	     struct spki_part exponent);
/* RFC 3279 section 2.3.2: p, q, g, y */
int spki_dsa(struct buf *out, const struct spki_part number[static 4]);
/* RFC 5480: ${curve} as in SSH (nistp256) or JWK (P-256); an uncompressed
 * point.  The second takes the point as two numbers. */
int spki_ec(struct buf *out, struct spki_part curve, struct spki_part point);
int spki_ec_xy(struct buf *out, struct spki_part curve, struct spki_part x,
	       struct spki_part y);
/* RFC 8410: Ed25519, Ed448, X25519, X448 */
int spki_okp(struct buf *out, struct spki_part curve, struct spki_part key);

#endif
