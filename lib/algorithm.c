/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/algorithm.h"

#include <string.h>

#define OID(text) .oid = (text), .oid_len = sizeof(text) - 1
#define KEY(o, n, f, s) \
	{OID(o), .name = (n), .form = ALGORITHM_FORM_##f, .strength = (s), \
	 .class = ALGORITHM_CLASSICAL}
#define SIG(o, n) {OID(o), .name = (n), .class = ALGORITHM_CLASSICAL}
#define BROKEN(o, n, f) \
	{OID(o), .name = (n), .class = ALGORITHM_CLASSICAL, .flag = (f)}
#define CURVE(o, n, b) \
	{OID(o), .name = (n), .bits = (b), .class = ALGORITHM_CLASSICAL}
#define PQ(o, n, s) \
	{OID(o), .name = (n), .strength = (s), .class = ALGORITHM_POST_QUANTUM}
#define HYBRID(o, n, s) \
	{OID(o), .name = (n), .strength = (s), .class = ALGORITHM_HYBRID}

#define PKCS1 "1.2.840.113549.1.1."
#define X962 "1.2.840.10045."
#define SECG "1.3.132.0."
#define BRAINPOOL "1.3.36.3.3.2.8.1.1."
#define NIST_SIG "2.16.840.1.101.3.4.3."
#define GOST "1.2.643."
#define PKIX_ALG "1.3.6.1.5.5.7.6."
#define ENTRUST "2.16.840.1.114027.80.8.1."

/* Public keys; the commonest first, for lookups scan. */
static const struct algorithm keys[] = {
	KEY(PKCS1 "1", "RSA", RSA, 0),
	KEY(X962 "2.1", "EC", EC, 0),
	KEY("1.3.101.112", "Ed25519", RAW, 128),
	KEY("1.3.101.113", "Ed448", RAW, 224),
	KEY("1.3.101.110", "X25519", RAW, 128),
	KEY("1.3.101.111", "X448", RAW, 224),
	KEY(PKCS1 "10", "RSA-PSS", RSA, 0),
	KEY(PKCS1 "7", "RSA-OAEP", RSA, 0),
	KEY("2.5.8.1.1", "RSA", RSA, 0),
	KEY("1.2.840.10040.4.1", "DSA", DSA, 0),
	KEY("1.3.14.3.2.12", "DSA", DSA, 0),
	KEY("1.2.840.10046.2.1", "DH", DH, 0),
	KEY("1.2.840.113549.1.3.1", "DH", DH, 0),
	KEY("1.3.132.1.12", "EC", EC, 0),
	KEY("1.3.132.1.13", "EC", EC, 0),
	KEY(GOST "2.2.19", "gost2001", GOST, 128),
	KEY(GOST "2.2.20", "gost94", GOST, 80),
	KEY(GOST "7.1.1.1.1", "gost2012_256", GOST, 128),
	KEY(GOST "7.1.1.1.2", "gost2012_512", GOST, 256),
	KEY("1.2.804.2.1.1.1.1.3.1.1", "DSTU4145", RAW, 0),
	PQ("2.16.840.1.101.3.4.4.1", "ML-KEM-512", 128),
	PQ("2.16.840.1.101.3.4.4.2", "ML-KEM-768", 192),
	PQ("2.16.840.1.101.3.4.4.3", "ML-KEM-1024", 256),
	PQ("1.3.6.1.4.1.22554.5.6.1", "Kyber512", 128),
	PQ("1.3.6.1.4.1.22554.5.6.2", "Kyber768", 192),
	PQ("1.3.6.1.4.1.22554.5.6.3", "Kyber1024", 256),
	/* draft-ietf-lamps-pq-composite-kem */
	HYBRID(PKIX_ALG "55", "MLKEM768-RSA2048-SHA3-256", 192),
	HYBRID(PKIX_ALG "56", "MLKEM768-RSA3072-SHA3-256", 192),
	HYBRID(PKIX_ALG "57", "MLKEM768-RSA4096-SHA3-256", 192),
	HYBRID(PKIX_ALG "58", "MLKEM768-X25519-SHA3-256", 192),
	HYBRID(PKIX_ALG "59", "MLKEM768-ECDH-P256-SHA3-256", 192),
	HYBRID(PKIX_ALG "60", "MLKEM768-ECDH-P384-SHA3-256", 192),
	HYBRID(PKIX_ALG "61", "MLKEM768-ECDH-brainpoolP256r1-SHA3-256", 192),
	HYBRID(PKIX_ALG "62", "MLKEM1024-RSA3072-SHA3-256", 256),
	HYBRID(PKIX_ALG "63", "MLKEM1024-ECDH-P384-SHA3-256", 256),
	HYBRID(PKIX_ALG "64", "MLKEM1024-ECDH-brainpoolP384r1-SHA3-256", 256),
	HYBRID(PKIX_ALG "65", "MLKEM1024-X448-SHA3-256", 256),
	HYBRID(PKIX_ALG "66", "MLKEM1024-ECDH-P521-SHA3-256", 256),
};

/* Keys and signatures of one OID and name: RFC 9881, 9909, 9802, drafts. */
static const struct algorithm key_signatures[] = {
	PQ(NIST_SIG "17", "ML-DSA-44", 128),
	PQ(NIST_SIG "18", "ML-DSA-65", 192),
	PQ(NIST_SIG "19", "ML-DSA-87", 256),
	PQ(NIST_SIG "20", "SLH-DSA-SHA2-128s", 128),
	PQ(NIST_SIG "21", "SLH-DSA-SHA2-128f", 128),
	PQ(NIST_SIG "22", "SLH-DSA-SHA2-192s", 192),
	PQ(NIST_SIG "23", "SLH-DSA-SHA2-192f", 192),
	PQ(NIST_SIG "24", "SLH-DSA-SHA2-256s", 256),
	PQ(NIST_SIG "25", "SLH-DSA-SHA2-256f", 256),
	PQ(NIST_SIG "26", "SLH-DSA-SHAKE-128s", 128),
	PQ(NIST_SIG "27", "SLH-DSA-SHAKE-128f", 128),
	PQ(NIST_SIG "28", "SLH-DSA-SHAKE-192s", 192),
	PQ(NIST_SIG "29", "SLH-DSA-SHAKE-192f", 192),
	PQ(NIST_SIG "30", "SLH-DSA-SHAKE-256s", 256),
	PQ(NIST_SIG "31", "SLH-DSA-SHAKE-256f", 256),
	PQ(NIST_SIG "32", "HASH-ML-DSA-44-WITH-SHA512", 128),
	PQ(NIST_SIG "33", "HASH-ML-DSA-65-WITH-SHA512", 192),
	PQ(NIST_SIG "34", "HASH-ML-DSA-87-WITH-SHA512", 256),
	PQ(NIST_SIG "35", "SLH-DSA-SHA2-128s-WITH-SHA256", 128),
	PQ(NIST_SIG "36", "SLH-DSA-SHA2-128f-WITH-SHA256", 128),
	PQ(NIST_SIG "37", "SLH-DSA-SHA2-192s-WITH-SHA512", 192),
	PQ(NIST_SIG "38", "SLH-DSA-SHA2-192f-WITH-SHA512", 192),
	PQ(NIST_SIG "39", "SLH-DSA-SHA2-256s-WITH-SHA512", 256),
	PQ(NIST_SIG "40", "SLH-DSA-SHA2-256f-WITH-SHA512", 256),
	PQ(NIST_SIG "41", "SLH-DSA-SHAKE-128s-WITH-SHAKE128", 128),
	PQ(NIST_SIG "42", "SLH-DSA-SHAKE-128f-WITH-SHAKE128", 128),
	PQ(NIST_SIG "43", "SLH-DSA-SHAKE-192s-WITH-SHAKE256", 192),
	PQ(NIST_SIG "44", "SLH-DSA-SHAKE-192f-WITH-SHAKE256", 192),
	PQ(NIST_SIG "45", "SLH-DSA-SHAKE-256s-WITH-SHAKE256", 256),
	PQ(NIST_SIG "46", "SLH-DSA-SHAKE-256f-WITH-SHAKE256", 256),
	/* strength by the parameter set, which stands in the key */
	PQ("1.2.840.113549.1.9.16.3.17", "HSS-LMS", 0),
	PQ(PKIX_ALG "34", "XMSS", 0),
	PQ(PKIX_ALG "35", "XMSSMT", 0),
	/* draft-ietf-lamps-pq-composite-sigs */
	HYBRID(PKIX_ALG "37", "MLDSA44-RSA2048-PSS-SHA256", 128),
	HYBRID(PKIX_ALG "38", "MLDSA44-RSA2048-PKCS15-SHA256", 128),
	HYBRID(PKIX_ALG "39", "MLDSA44-Ed25519-SHA512", 128),
	HYBRID(PKIX_ALG "40", "MLDSA44-ECDSA-P256-SHA256", 128),
	HYBRID(PKIX_ALG "41", "MLDSA65-RSA3072-PSS-SHA512", 192),
	HYBRID(PKIX_ALG "42", "MLDSA65-RSA3072-PKCS15-SHA512", 192),
	HYBRID(PKIX_ALG "43", "MLDSA65-RSA4096-PSS-SHA512", 192),
	HYBRID(PKIX_ALG "44", "MLDSA65-RSA4096-PKCS15-SHA512", 192),
	HYBRID(PKIX_ALG "45", "MLDSA65-ECDSA-P256-SHA512", 192),
	HYBRID(PKIX_ALG "46", "MLDSA65-ECDSA-P384-SHA512", 192),
	HYBRID(PKIX_ALG "47", "MLDSA65-ECDSA-brainpoolP256r1-SHA512", 192),
	HYBRID(PKIX_ALG "48", "MLDSA65-Ed25519-SHA512", 192),
	HYBRID(PKIX_ALG "49", "MLDSA87-ECDSA-P384-SHA512", 256),
	HYBRID(PKIX_ALG "50", "MLDSA87-ECDSA-brainpoolP384r1-SHA512", 256),
	HYBRID(PKIX_ALG "51", "MLDSA87-Ed448-SHAKE256", 256),
	HYBRID(PKIX_ALG "52", "MLDSA87-RSA3072-PSS-SHA512", 256),
	HYBRID(PKIX_ALG "53", "MLDSA87-RSA4096-PSS-SHA512", 256),
	HYBRID(PKIX_ALG "54", "MLDSA87-ECDSA-P521-SHA512", 256),
	/* its early drafts */
	HYBRID(ENTRUST "1", "MLDSA44-RSA2048-PSS-SHA256", 128),
	HYBRID(ENTRUST "2", "MLDSA44-RSA2048-PKCS15-SHA256", 128),
	HYBRID(ENTRUST "3", "MLDSA44-Ed25519-SHA512", 128),
	HYBRID(ENTRUST "4", "MLDSA44-ECDSA-P256-SHA256", 128),
	HYBRID(ENTRUST "5", "MLDSA44-ECDSA-brainpoolP256r1-SHA256", 128),
	HYBRID(ENTRUST "6", "MLDSA65-RSA3072-PSS-SHA512", 192),
	HYBRID(ENTRUST "7", "MLDSA65-RSA3072-PKCS15-SHA512", 192),
	HYBRID(ENTRUST "8", "MLDSA65-ECDSA-P256-SHA512", 192),
	HYBRID(ENTRUST "9", "MLDSA65-ECDSA-brainpoolP256r1-SHA512", 192),
	HYBRID(ENTRUST "10", "MLDSA65-Ed25519-SHA512", 192),
	HYBRID(ENTRUST "11", "MLDSA87-ECDSA-P384-SHA512", 256),
	HYBRID(ENTRUST "12", "MLDSA87-ECDSA-brainpoolP384r1-SHA512", 256),
	HYBRID(ENTRUST "13", "MLDSA87-Ed448-SHA512", 256),
	HYBRID(ENTRUST "21", "MLDSA44-RSA2048-PSS", 128),
	HYBRID(ENTRUST "22", "MLDSA44-RSA2048-PKCS15", 128),
	HYBRID(ENTRUST "23", "MLDSA44-Ed25519", 128),
	HYBRID(ENTRUST "24", "MLDSA44-ECDSA-P256", 128),
	HYBRID(ENTRUST "26", "MLDSA65-RSA3072-PSS", 192),
	HYBRID(ENTRUST "27", "MLDSA65-RSA3072-PKCS15", 192),
	HYBRID(ENTRUST "28", "MLDSA65-ECDSA-P384", 192),
	HYBRID(ENTRUST "29", "MLDSA65-ECDSA-brainpoolP256r1", 192),
	HYBRID(ENTRUST "30", "MLDSA65-Ed25519", 192),
	HYBRID(ENTRUST "31", "MLDSA87-ECDSA-P384", 256),
	HYBRID(ENTRUST "32", "MLDSA87-ECDSA-brainpoolP384r1", 256),
	HYBRID(ENTRUST "33", "MLDSA87-Ed448", 256),
	HYBRID(ENTRUST "34", "MLDSA65-RSA4096-PSS", 192),
	HYBRID(ENTRUST "35", "MLDSA65-RSA4096-PKCS15", 192),
	HYBRID(ENTRUST "40", "HashMLDSA44-RSA2048-PSS-SHA256", 128),
	HYBRID(ENTRUST "41", "HashMLDSA44-RSA2048-PKCS15-SHA256", 128),
	HYBRID(ENTRUST "42", "HashMLDSA44-Ed25519-SHA512", 128),
	HYBRID(ENTRUST "43", "HashMLDSA44-ECDSA-P256-SHA256", 128),
	HYBRID(ENTRUST "44", "HashMLDSA65-RSA3072-PSS-SHA512", 192),
	HYBRID(ENTRUST "45", "HashMLDSA65-RSA3072-PKCS15-SHA512", 192),
	HYBRID(ENTRUST "46", "HashMLDSA65-RSA4096-PSS-SHA512", 192),
	HYBRID(ENTRUST "47", "HashMLDSA65-RSA4096-PKCS15-SHA512", 192),
	HYBRID(ENTRUST "48", "HashMLDSA65-ECDSA-P384-SHA512", 192),
	HYBRID(ENTRUST "49", "HashMLDSA65-ECDSA-brainpoolP256r1-SHA512", 192),
	HYBRID(ENTRUST "50", "HashMLDSA65-Ed25519-SHA512", 192),
	HYBRID(ENTRUST "51", "HashMLDSA87-ECDSA-P384-SHA512", 256),
	HYBRID(ENTRUST "52", "HashMLDSA87-ECDSA-brainpoolP384r1-SHA512", 256),
	HYBRID(ENTRUST "53", "HashMLDSA87-Ed448-SHA512", 256),
	{OID(ENTRUST), .class = ALGORITHM_HYBRID},
	/* round 3 and the initial public draft of FIPS 204 */
	PQ("1.3.6.1.4.1.2.267.7.4.4", "Dilithium2", 128),
	PQ("1.3.6.1.4.1.2.267.7.6.5", "Dilithium3", 192),
	PQ("1.3.6.1.4.1.2.267.7.8.7", "Dilithium5", 256),
	PQ("1.3.6.1.4.1.2.267.12.4.4", "ML-DSA-44-ipd", 128),
	PQ("1.3.6.1.4.1.2.267.12.6.5", "ML-DSA-65-ipd", 192),
	PQ("1.3.6.1.4.1.2.267.12.8.7", "ML-DSA-87-ipd", 256),
	PQ("1.3.9999.3.6", "Falcon-512", 128),
	PQ("1.3.9999.3.9", "Falcon-1024", 256),
	PQ("1.3.9999.3.11", "Falcon-512", 128),
	PQ("1.3.9999.3.14", "Falcon-1024", 256),
};

static const struct algorithm signatures[] = {
	SIG(PKCS1 "11", "sha256WithRSAEncryption"),
	SIG(X962 "4.3.2", "ecdsa-with-SHA256"),
	SIG(X962 "4.3.3", "ecdsa-with-SHA384"),
	BROKEN(PKCS1 "5", "sha1WithRSAEncryption", "sha1-signature"),
	SIG(PKCS1 "12", "sha384WithRSAEncryption"),
	SIG(PKCS1 "13", "sha512WithRSAEncryption"),
	SIG(PKCS1 "10", "rsassaPss"),
	SIG("1.3.101.112", "ED25519"),
	SIG("1.3.101.113", "ED448"),
	SIG(X962 "4.3.4", "ecdsa-with-SHA512"),
	BROKEN(X962 "4.1", "ecdsa-with-SHA1", "sha1-signature"),
	SIG(X962 "4.3.1", "ecdsa-with-SHA224"),
	SIG(X962 "4.3", "ecdsa-with-Specified"),
	BROKEN(PKCS1 "2", "md2WithRSAEncryption", "md2-signature"),
	BROKEN(PKCS1 "3", "md4WithRSAEncryption", "md4-signature"),
	BROKEN(PKCS1 "4", "md5WithRSAEncryption", "md5-signature"),
	SIG(PKCS1 "14", "sha224WithRSAEncryption"),
	SIG(PKCS1 "15", "sha512-224WithRSAEncryption"),
	SIG(PKCS1 "16", "sha512-256WithRSAEncryption"),
	BROKEN("1.3.14.3.2.29", "sha1WithRSA", "sha1-signature"),
	BROKEN("1.3.14.3.2.15", "shaWithRSAEncryption", "sha1-signature"),
	BROKEN("1.3.14.3.2.3", "md5WithRSA", "md5-signature"),
	BROKEN("1.3.14.3.2.13", "dsaWithSHA", "sha1-signature"),
	BROKEN("1.3.14.3.2.27", "dsaWithSHA1-old", "sha1-signature"),
	SIG("1.3.36.3.3.1.2", "ripemd160WithRSA"),
	BROKEN("1.2.840.10040.4.3", "dsaWithSHA1", "sha1-signature"),
	SIG(NIST_SIG "1", "dsa_with_SHA224"),
	SIG(NIST_SIG "2", "dsa_with_SHA256"),
	SIG(NIST_SIG "3", "dsa_with_SHA384"),
	SIG(NIST_SIG "4", "dsa_with_SHA512"),
	SIG(NIST_SIG "5", "dsa_with_SHA3-224"),
	SIG(NIST_SIG "6", "dsa_with_SHA3-256"),
	SIG(NIST_SIG "7", "dsa_with_SHA3-384"),
	SIG(NIST_SIG "8", "dsa_with_SHA3-512"),
	SIG(NIST_SIG "9", "ecdsa_with_SHA3-224"),
	SIG(NIST_SIG "10", "ecdsa_with_SHA3-256"),
	SIG(NIST_SIG "11", "ecdsa_with_SHA3-384"),
	SIG(NIST_SIG "12", "ecdsa_with_SHA3-512"),
	SIG(NIST_SIG "13", "RSA-SHA3-224"),
	SIG(NIST_SIG "14", "RSA-SHA3-256"),
	SIG(NIST_SIG "15", "RSA-SHA3-384"),
	SIG(NIST_SIG "16", "RSA-SHA3-512"),
	SIG(PKIX_ALG "30", "rsassaPss-SHAKE128"),
	SIG(PKIX_ALG "31", "rsassaPss-SHAKE256"),
	SIG(PKIX_ALG "32", "ecdsa-with-SHAKE128"),
	SIG(PKIX_ALG "33", "ecdsa-with-SHAKE256"),
	BROKEN("0.4.0.127.0.7.1.1.4.1.1", "ecdsa-plain-SHA1", "sha1-signature"),
	SIG("0.4.0.127.0.7.1.1.4.1.2", "ecdsa-plain-SHA224"),
	SIG("0.4.0.127.0.7.1.1.4.1.3", "ecdsa-plain-SHA256"),
	SIG("0.4.0.127.0.7.1.1.4.1.4", "ecdsa-plain-SHA384"),
	SIG("0.4.0.127.0.7.1.1.4.1.5", "ecdsa-plain-SHA512"),
	SIG("1.2.156.10197.1.501", "SM2-with-SM3"),
	SIG(GOST "2.2.3", "GOST R 34.11-94 with GOST R 34.10-2001"),
	SIG(GOST "2.2.4", "GOST R 34.11-94 with GOST R 34.10-94"),
	SIG(GOST "7.1.1.3.2",
	    "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bit)"),
	SIG(GOST "7.1.1.3.3",
	    "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bit)"),
	SIG("1.2.804.2.1.1.1.1.3.1.1", "DSTU4145-GOST34311"),
};

static const struct algorithm curves[] = {
	CURVE(X962 "3.1.7", "P-256", 256),
	CURVE(SECG "34", "P-384", 384),
	CURVE(SECG "35", "P-521", 521),
	CURVE(SECG "10", "secp256k1", 256),
	CURVE(BRAINPOOL "7", "brainpoolP256r1", 256),
	CURVE(BRAINPOOL "11", "brainpoolP384r1", 384),
	CURVE(BRAINPOOL "13", "brainpoolP512r1", 512),
	CURVE(SECG "6", "secp112r1", 112),
	CURVE(SECG "7", "secp112r2", 110),
	CURVE(SECG "28", "secp128r1", 128),
	CURVE(SECG "29", "secp128r2", 126),
	CURVE(SECG "9", "secp160k1", 161),
	CURVE(SECG "8", "secp160r1", 161),
	CURVE(SECG "30", "secp160r2", 161),
	CURVE(SECG "31", "secp192k1", 192),
	CURVE(SECG "32", "secp224k1", 225),
	CURVE(SECG "33", "P-224", 224),
	CURVE(X962 "3.1.1", "P-192", 192),
	CURVE(X962 "3.1.2", "prime192v2", 192),
	CURVE(X962 "3.1.3", "prime192v3", 192),
	CURVE(X962 "3.1.4", "prime239v1", 239),
	CURVE(X962 "3.1.5", "prime239v2", 239),
	CURVE(X962 "3.1.6", "prime239v3", 239),
	CURVE(SECG "4", "sect113r1", 113),
	CURVE(SECG "5", "sect113r2", 113),
	CURVE(SECG "22", "sect131r1", 131),
	CURVE(SECG "23", "sect131r2", 131),
	CURVE(SECG "1", "sect163k1", 163),
	CURVE(SECG "2", "sect163r1", 162),
	CURVE(SECG "15", "sect163r2", 163),
	CURVE(SECG "24", "sect193r1", 193),
	CURVE(SECG "25", "sect193r2", 193),
	CURVE(SECG "26", "sect233k1", 232),
	CURVE(SECG "27", "sect233r1", 233),
	CURVE(SECG "3", "sect239k1", 238),
	CURVE(SECG "16", "sect283k1", 281),
	CURVE(SECG "17", "sect283r1", 282),
	CURVE(SECG "36", "sect409k1", 407),
	CURVE(SECG "37", "sect409r1", 409),
	CURVE(SECG "38", "sect571k1", 570),
	CURVE(SECG "39", "sect571r1", 570),
	CURVE(BRAINPOOL "1", "brainpoolP160r1", 160),
	CURVE(BRAINPOOL "2", "brainpoolP160t1", 160),
	CURVE(BRAINPOOL "3", "brainpoolP192r1", 192),
	CURVE(BRAINPOOL "4", "brainpoolP192t1", 192),
	CURVE(BRAINPOOL "5", "brainpoolP224r1", 224),
	CURVE(BRAINPOOL "6", "brainpoolP224t1", 224),
	CURVE(BRAINPOOL "8", "brainpoolP256t1", 256),
	CURVE(BRAINPOOL "9", "brainpoolP320r1", 320),
	CURVE(BRAINPOOL "10", "brainpoolP320t1", 320),
	CURVE(BRAINPOOL "12", "brainpoolP384t1", 384),
	CURVE(BRAINPOOL "14", "brainpoolP512t1", 512),
	CURVE("1.2.156.10197.1.301", "SM2", 256),
	CURVE(GOST "2.2.35.0", "id-GostR3410-2001-TestParamSet", 256),
	CURVE(GOST "2.2.35.1", "id-GostR3410-2001-CryptoPro-A-ParamSet", 256),
	CURVE(GOST "2.2.35.2", "id-GostR3410-2001-CryptoPro-B-ParamSet", 256),
	CURVE(GOST "2.2.35.3", "id-GostR3410-2001-CryptoPro-C-ParamSet", 256),
	CURVE(GOST "2.2.36.0",
	      "id-GostR3410-2001-CryptoPro-XchA-ParamSet", 256),
	CURVE(GOST "2.2.36.1",
	      "id-GostR3410-2001-CryptoPro-XchB-ParamSet", 256),
	CURVE(GOST "7.1.2.1.1.1", "id-tc26-gost-3410-2012-256-paramSetA", 256),
	CURVE(GOST "7.1.2.1.1.2", "id-tc26-gost-3410-2012-256-paramSetB", 256),
	CURVE(GOST "7.1.2.1.1.3", "id-tc26-gost-3410-2012-256-paramSetC", 256),
	CURVE(GOST "7.1.2.1.1.4", "id-tc26-gost-3410-2012-256-paramSetD", 256),
	CURVE(GOST "7.1.2.1.2.1", "id-tc26-gost-3410-2012-512-paramSetA", 512),
	CURVE(GOST "7.1.2.1.2.2", "id-tc26-gost-3410-2012-512-paramSetB", 512),
	CURVE(GOST "7.1.2.1.2.3", "id-tc26-gost-3410-2012-512-paramSetC", 512),
};

static const struct algorithm *find(const struct algorithm *table, size_t n,
				    const char *oid, size_t len)
{
	for (const struct algorithm *a = table; a < table + n; a++) {
		if ((a->name ? a->oid_len == len : a->oid_len < len) &&
		    memcmp(a->oid, oid, a->oid_len) == 0)
			return a;
	}
	return NULL;
}

#define FIND(table, oid, len) \
	find((table), sizeof(table) / sizeof((table)[0]), (oid), (len))

const struct algorithm *algorithm_key(const char *oid, size_t len)
{
	const struct algorithm *a = FIND(keys, oid, len);

	return a ? a : FIND(key_signatures, oid, len);
}

const struct algorithm *algorithm_signature(const char *oid, size_t len)
{
	const struct algorithm *a = FIND(signatures, oid, len);

	return a ? a : FIND(key_signatures, oid, len);
}

const struct algorithm *algorithm_curve(const char *oid, size_t len)
{
	return FIND(curves, oid, len);
}

const char *algorithm_class_name(unsigned int class)
{
	static const char *const names[] = {
		[ALGORITHM_CLASS_NONE] = "none",
		[ALGORITHM_CLASSICAL] = "classical",
		[ALGORITHM_HYBRID] = "hybrid",
		[ALGORITHM_POST_QUANTUM] = "post-quantum",
	};

	return class < sizeof(names) / sizeof(names[0]) ? names[class] : "none";
}

unsigned int algorithm_modulus_strength(size_t bits)
{
	static const struct { uint16_t bits, strength; } steps[] = {
		{15360, 256}, {8192, 200}, {7680, 192}, {6144, 176},
		{4096, 152}, {3072, 128}, {2048, 112}, {1024, 80}, {512, 56},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (bits >= steps[i].bits)
			return steps[i].strength;
	}
	return bits / 10 < 56 ? (unsigned int)(bits / 10) : 55;
}

unsigned int algorithm_curve_strength(size_t order_bits)
{
	return order_bits >= 512 ? 256 : (unsigned int)(order_bits / 2);
}
