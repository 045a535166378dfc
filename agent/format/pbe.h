/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption and MAC by password: PKCS#12 (RFC 7292 appendices B and C),
 * PBES1 and PBES2 (RFC 8018), scrypt (RFC 7914), PBMAC1 (RFC 9579). */
#ifndef CW_AGENT_FORMAT_PBE_H
#define CW_AGENT_FORMAT_PBE_H

#include "agent/format/ber.h"
#include "agent/format/password.h"

/* rounds of key derivation, in sum, that one keystore may cost: about five
 * seconds.  keytool writes 10,000, the most that is met is 600,000.  A fuzzer
 * would do nothing else. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define PBE_BUDGET 5000
#else
#define PBE_BUDGET 5000000
#endif

/* bytes of a derived MAC key, of a salt */
#define PBE_KEY_MAX 128
#define PBE_SALT_MAX 4096

struct pbe {
	char scheme[64];	/* e.g. "PBES2 AES-256-CBC PBKDF2" */
	uint64_t iterations;
	uint64_t work;		/* of one derivation, in rounds */
};

/* What it costs, in such rounds, to hash or to decrypt so many bytes.  A round
 * takes about a microsecond, Triple DES 20 bytes in that. */
static inline uint64_t pbe_mac_work(size_t len)
{
	return 1 + len / 256;
}

static inline uint64_t pbe_cipher_work(size_t len)
{
	return 1 + len / 16;
}

/* Loads the ciphers, among them OpenSSL's legacy ones (RC2, RC4, DES) where
 * they are installed.  This opens files: the parse role calls it before its
 * sandbox closes.  Done on first use else.  0 or -ENOMEM. */
int pbe_init(void);

/* Reads an AlgorithmIdentifier, header included: 0; -EBADMSG; -ENOTSUP where
 * the parameters of this algorithm are not known (the scheme is then set). */
int pbe_describe(const struct ber *algorithm, struct pbe *ret);

/* Decrypts into ${out}, which the caller frees as a secret.  0; -EKEYREJECTED
 * where the password does not fit; -ENOTSUP where libcrypto lacks it.  The cost
 * is not checked here: see struct pbe; above PBE_BUDGET it is refused. */
int pbe_decrypt(const struct ber *algorithm, const struct password *password,
		const struct ber *in, struct buf *out);

/* bytes of the text of DEK-Info, with its NUL */
#define PBE_INFO_MAX 64

/* The same for RFC 1421 as OpenSSL writes it: ${info} is the text of DEK-Info,
 * a cipher and its IV, which is the salt; the key is derived by MD5 in one
 * round. */
int pbe_pem_decrypt(const char *info, const struct password *password,
		    const struct ber *in, struct buf *out);

/* The MacData of a PKCS#12 file (RFC 7292 section 4; RFC 9579). */
struct pbe_mac {
	struct pbe cost;
	bool is_pbmac1;
	char digest[32];	/* of the HMAC; name for libcrypto */
	char prf[32];		/* digest of PBMAC1's PBKDF2 */
	struct ber salt;
	struct ber value;
	size_t key_len;		/* bytes; 0: as many as the digest has */
};

/* Reads MacData, header included; borrows.  0, -EBADMSG, -ENOTSUP. */
int pbe_mac_read(struct ber mac_data, struct pbe_mac *ret);

/* 0: the password fits; -EKEYREJECTED; -ENOTSUP, also above PBE_BUDGET. */
int pbe_mac_verify(const struct pbe_mac *mac, const struct password *password,
		   const struct ber *content);

#endif
