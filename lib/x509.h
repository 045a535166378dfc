/* SPDX-License-Identifier: Apache-2.0 */
/* From DER to facts, with our own DER reader: needs no algorithm that libcrypto
 * lacks, allocates from an arena only, and is bounded on any input.
 *
 * ${ret} points into ${a} and ${der}; it is valid until either is gone.  Never
 * free it with cw__facts__free_unpacked().  Each function returns 0, or
 * -EBADMSG where ${der} is not exactly one such object (*ret_why is a static
 * text that names the rule, e.g. "RFC 5280 section 4.1.2.1: version"), or
 * -ENOBUFS where its facts exceed the arena or a limit (*ret_why says which).
 *
 * serial and crl_number are the hex of the INTEGER's octets, without the zero
 * octet that is there for the sign only: 0 is "00", -1 is "ff".  key_bits of a
 * key that has but one size (Ed25519, ML-DSA) are those of its public key's
 * octets.  has_validity is false where a date is missing or not one.
 *
 * role is what a certificate is by itself:
 *	root		a CA, self-signed
 *	intermediate	a CA
 *	self-signed-leaf, leaf	no CA
 * A certificate of version 1 is no CA.  What it is by its place, a trust anchor
 * in a bundle or a trust store, only its location can say: Location.role
 * (agent/format/bundle.h), which comes before this one.
 *
 * What can be read is not refused but flagged; flags on the object:
 *	bad-version bad-date bad-extension bad-ip-address bad-public-key
 *	bad-signature-algorithm		malformed there, the rest is as read
 *	signature-algorithm-mismatch	inner and outer differ
 *	no-next-update			of a CRL
 *	md2-signature md4-signature md5-signature sha1-signature
 *	weak-rsa-bits weak-dsa-bits	below 2048 (of p: DSA, DH)
 *	weak-exponent			even, or below 3
 *	small-exponent			3 to 65535
 *	large-exponent			above 256 bits
 *	roca close-primes		see lib/weak_key.h
 *	weak-curve			order below 224 bits
 *	explicit-curve			parameters spelled out
 *	altered-curve			and those not its prime's usual ones */
#ifndef CW_LIB_X509_H
#define CW_LIB_X509_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* Certificate, RFC 5280 section 4.1 */
int x509_certificate(const uint8_t *der, size_t len, struct arena *a,
		     Cw__Facts *ret, const char **ret_why);
/* CertificationRequest, RFC 2986 section 4 */
int x509_csr(const uint8_t *der, size_t len, struct arena *a, Cw__Facts *ret,
	     const char **ret_why);
/* CertificateList, RFC 5280 section 5.1; entries are counted, not kept */
int x509_crl(const uint8_t *der, size_t len, struct arena *a, Cw__Facts *ret,
	     const char **ret_why);
/* SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7 */
int x509_public_key(const uint8_t *der, size_t len, struct arena *a,
		    Cw__Facts *ret, const char **ret_why);

/* By kind: the four above; -ENOTSUP for another kind. */
int x509_facts(Cw__Kind kind, const uint8_t *der, size_t len, struct arena *a,
	       Cw__Facts *ret, const char **ret_why);

/* The SubjectPublicKeyInfo within a certificate, CSR or public key: its DER,
 * which lies in ${der}.  0 or -EBADMSG. */
int x509_spki_of(Cw__Kind kind, const uint8_t *der, size_t len,
		 const uint8_t **ret, size_t *ret_len);

/* Length of the DER object that begins at ${der}, tag and length included, or
 * 0 where there is no valid definite-length header; may exceed ${len}. */
size_t x509_der_length(const uint8_t *der, size_t len);

/* Cheap looks at the first bytes: could these be such an object?  For sniffing:
 * no false negatives, few false positives. */
bool x509_looks_like_certificate(const uint8_t *der, size_t len);

#endif
