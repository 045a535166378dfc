/* SPDX-License-Identifier: Apache-2.0 */
/* Our own table of algorithms: names, strength and post-quantum class by OID,
 * whether or not libcrypto can use them.
 *
 * Signatures have OpenSSL's long names ("sha256WithRSAEncryption", "ED25519",
 * "ML-DSA-65").  Keys: RSA RSA-PSS EC DSA DH Ed25519 X25519 ML-DSA-65 ...
 * Curves: NIST's prime curves as P-192 P-224 P-256 P-384 P-521, all others as
 * in SEC 2, RFC 5639, X9.62 (secp256k1, brainpoolP256r1). */
#ifndef CW_LIB_ALGORITHM_H
#define CW_LIB_ALGORITHM_H

#include <stddef.h>
#include <stdint.h>

enum algorithm_class {
	ALGORITHM_CLASS_NONE,	/* not known */
	ALGORITHM_CLASSICAL,
	ALGORITHM_HYBRID,	/* as strong as the stronger component */
	ALGORITHM_POST_QUANTUM,
};

/* How a public key is laid out in the BIT STRING and its parameters. */
enum algorithm_form {
	ALGORITHM_FORM_RAW,	/* the octets are the key */
	ALGORITHM_FORM_RSA,	/* RFC 3279 section 2.3.1 */
	ALGORITHM_FORM_EC,	/* RFC 5480 section 2 */
	ALGORITHM_FORM_DSA,	/* p, q, g in the parameters */
	ALGORITHM_FORM_DH,	/* p first in the parameters: PKCS#3, X9.42 */
	ALGORITHM_FORM_GOST,	/* x and y in an OCTET STRING: RFC 9215 */
};

struct algorithm {
	const char *oid;	/* dotted; with a dot at its end: a prefix */
	const char *name;	/* NULL: known by its prefix only */
	uint16_t oid_len;
	uint16_t bits;		/* of a curve's order; 0: told by the key */
	uint16_t strength;	/* bits, classical; 0: told by the key */
	uint8_t class;		/* enum algorithm_class */
	uint8_t form;		/* enum algorithm_form, of a key */
	const char *flag;	/* of a signature with a broken hash, or NULL */
};

/* By dotted OID; NULL where it is not known. */
const struct algorithm *algorithm_key(const char *oid, size_t len);
const struct algorithm *algorithm_signature(const char *oid, size_t len);
const struct algorithm *algorithm_curve(const char *oid, size_t len);

/* "classical", "hybrid", "post-quantum", "none". */
const char *algorithm_class_name(unsigned int class);

/* Classical strength in bits: of a modulus of RSA, DSA, DH (NIST SP 800-57
 * part 1 table 2, FIPS 140-2 IG 7.5, the step below), and of a curve. */
unsigned int algorithm_modulus_strength(size_t bits);
unsigned int algorithm_curve_strength(size_t order_bits);

#endif
