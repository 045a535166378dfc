/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/pbe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "lib/encode.h"

#define OID_PBES2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define OID_PBKDF2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
#define OID_PBMAC1 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e"
#define OID_SCRYPT "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"

/* bytes of an AlgorithmIdentifier */
#define ALGORITHM_MAX 8192

static OSSL_LIB_CTX *ctx;

int pbe_init(void)
{
	OSSL_LIB_CTX *made = NULL;

	if (ctx)
		return 0;
	made = OSSL_LIB_CTX_new();
	if (!made)
		return -ENOMEM;
	if (!OSSL_PROVIDER_load(made, "default")) {
		OSSL_LIB_CTX_free(made);
		return -ENOMEM;
	}
	OSSL_PROVIDER_load(made, "legacy");
	ERR_clear_error();
	ctx = made;
	return 0;
}

/* ------------------------------------------------------------- reading */

/* In PKCS#12's own schemes, key and IV are derived apart. */
static uint64_t twice(uint64_t n)
{
	return n > UINT64_MAX / 2 ? UINT64_MAX : 2 * n;
}

/* Name or, with ${dotted}, number of an OID, given as its content. */
static void oid_text(const struct ber *oid, bool dotted, char *text,
		     size_t size)
{
	uint8_t der[2 + 32] = { BER_OID, (uint8_t)oid->left };
	const uint8_t *p = der;
	ASN1_OBJECT *o = NULL;
	int nid = NID_undef;

	snprintf(text, size, "unknown");
	if (oid->left == 0 || oid->left > 32)
		return;
	memcpy(der + 2, oid->p, oid->left);
	o = d2i_ASN1_OBJECT(NULL, &p, (long)oid->left + 2);
	nid = OBJ_obj2nid(o);
	if (o && (dotted || nid == NID_undef))
		OBJ_obj2txt(text, (int)size, o, 1);
	else if (o)
		snprintf(text, size, "%s", OBJ_nid2sn(nid));
	ASN1_OBJECT_free(o);
	ERR_clear_error();
}

/* salt and iterations, as PBE-parameter, pkcs-12PbeParams and PBKDF2-params
 * begin */
static int read_salt(struct ber *params, struct ber *ret_salt,
		     uint64_t *ret_iterations)
{
	if (ber_enter(params, BER_OCTETS, ret_salt) < 0 ||
	    ret_salt->left > PBE_SALT_MAX)
		return -EBADMSG;
	return ber_unsigned(params, ret_iterations);
}

/* RFC 7914 section 7.1: N, r, p; memory is bounded by libcrypto */
static int read_scrypt(struct ber *params, struct pbe *ret)
{
	struct ber salt = { 0 };
	uint64_t n = 0, r = 0, p = 0;

	if (read_salt(params, &salt, &n) < 0 || ber_unsigned(params, &r) < 0 ||
	    ber_unsigned(params, &p) < 0)
		return -EBADMSG;
	ret->iterations = n;
	ret->work = UINT64_MAX;
	if (n < 1 << 24 && r < 1 << 16 && p < 1 << 16)
		ret->work = 2 * n * r * p;
	return 0;
}

static int read_pbes2(struct ber *params, struct pbe *ret)
{
	struct ber kdf = { 0 };
	struct ber kdf_oid = { 0 };
	struct ber kdf_params = { 0 };
	struct ber cipher = { 0 };
	struct ber oid = { 0 };
	struct ber salt = { 0 };
	char a[24] = "", b[24] = "";

	if (ber_enter(params, BER_SEQUENCE, &kdf) < 0 ||
	    ber_enter(&kdf, BER_OID, &kdf_oid) < 0 ||
	    ber_enter(&kdf, BER_SEQUENCE, &kdf_params) < 0 ||
	    ber_enter(params, BER_SEQUENCE, &cipher) < 0 ||
	    ber_enter(&cipher, BER_OID, &oid) < 0)
		return -EBADMSG;
	oid_text(&oid, false, a, sizeof(a));
	oid_text(&kdf_oid, false, b, sizeof(b));
	snprintf(ret->scheme, sizeof(ret->scheme), "PBES2 %s %s", a, b);
	if (BER_IS(&kdf_oid, OID_SCRYPT))
		return read_scrypt(&kdf_params, ret);
	if (!BER_IS(&kdf_oid, OID_PBKDF2))
		return -ENOTSUP;
	if (read_salt(&kdf_params, &salt, &ret->iterations) < 0)
		return -EBADMSG;
	/* the key alone is derived, of one block (or two, of SHA-1) */
	ret->work = ret->iterations;
	return 0;
}

int pbe_describe(const struct ber *algorithm, struct pbe *ret)
{
	struct ber b = *algorithm;
	struct ber oid = { 0 };
	struct ber params = { 0 };
	struct ber salt = { 0 };
	struct pbe d = { 0 };
	int r = 0;

	if (ber_enter(&b, BER_SEQUENCE, &b) < 0 ||
	    ber_enter(&b, BER_OID, &oid) < 0)
		return -EBADMSG;
	oid_text(&oid, false, d.scheme, sizeof(d.scheme));
	if (ber_enter(&b, BER_SEQUENCE, &params) < 0)
		r = -ENOTSUP;
	else if (BER_IS(&oid, OID_PBES2))
		r = read_pbes2(&params, &d);
	else if (read_salt(&params, &salt, &d.iterations) < 0)
		r = -ENOTSUP;
	else
		d.work = twice(d.iterations);
	*ret = d;
	return r;
}

/* ---------------------------------------------------------- decryption */

int pbe_decrypt(const struct ber *algorithm, const struct password *password,
		const struct ber *in, struct buf *out)
{
	const uint8_t *p = algorithm->p;
	X509_ALGOR *a = NULL;
	unsigned char *plain = NULL;
	int n = 0, r = -ENOTSUP;

	if (pbe_init() < 0 || in->left > INT_MAX ||
	    algorithm->left > ALGORITHM_MAX)
		return -ENOTSUP;
	a = d2i_X509_ALGOR(NULL, &p, (long)algorithm->left);
	if (a && PKCS12_pbe_crypt_ex(a, password->text, (int)password->len,
				     in->p, (int)in->left, &plain, &n, 0, ctx,
				     NULL))
		r = buf_add(out, plain, (size_t)n);
	else if (a && ERR_GET_REASON(ERR_peek_last_error()) ==
		 PKCS12_R_PKCS12_CIPHERFINAL_ERROR)
		r = -EKEYREJECTED;
	if (plain)
		OPENSSL_clear_free(plain, n > 0 ? (size_t)n : 0);
	X509_ALGOR_free(a);
	ERR_clear_error();
	return r;
}

/* Cipher and IV of DEK-Info: 0, or -ENOTSUP. */
static int read_info(const char *info, EVP_CIPHER **ret_cipher,
		     uint8_t iv[static EVP_MAX_IV_LENGTH])
{
	const char *comma = strchr(info, ',');
	char name[PBE_INFO_MAX] = "";
	EVP_CIPHER *cipher = NULL;
	size_t len = 0;
	int mode = 0;

	if (!comma || comma - info >= PBE_INFO_MAX)
		return -ENOTSUP;
	memcpy(name, info, (size_t)(comma - info));
	cipher = EVP_CIPHER_fetch(ctx, name, NULL);
	if (!cipher)
		return -ENOTSUP;
	len = (size_t)EVP_CIPHER_get_iv_length(cipher);
	mode = EVP_CIPHER_get_mode(cipher);
	if ((mode != EVP_CIPH_CBC_MODE && mode != EVP_CIPH_CFB_MODE &&
	     mode != EVP_CIPH_OFB_MODE) || len < PKCS5_SALT_LEN ||
	    len > EVP_MAX_IV_LENGTH || decode_hex(comma + 1, iv, len) < 0) {
		EVP_CIPHER_free(cipher);
		return -ENOTSUP;
	}
	*ret_cipher = cipher;
	return 0;
}

static int decrypt_whole(const EVP_CIPHER *cipher, const uint8_t *key,
			 const uint8_t *iv, const struct ber *in,
			 struct buf *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, last = 0, r = buf_reserve(out, in->left + EVP_MAX_IV_LENGTH);

	if (r == 0)
		r = c && EVP_DecryptInit_ex2(c, cipher, key, iv, NULL) &&
		    EVP_DecryptUpdate(c, out->data, &n, in->p, (int)in->left) ?
		    0 : -ENOTSUP;
	if (r == 0 && !EVP_DecryptFinal_ex(c, out->data + n, &last))
		r = -EKEYREJECTED;
	/* also what is not right has to be wiped */
	out->len = (size_t)n + (size_t)last;
	EVP_CIPHER_CTX_free(c);
	return r;
}

int pbe_pem_decrypt(const char *info, const struct password *password,
		    const struct ber *in, struct buf *out)
{
	uint8_t key[EVP_MAX_KEY_LENGTH] = { 0 };
	uint8_t iv[EVP_MAX_IV_LENGTH] = { 0 };
	EVP_CIPHER *cipher = NULL;
	EVP_MD *md5 = NULL;
	int r = -ENOTSUP;

	if (pbe_init() < 0 || in->left > INT_MAX - 64 ||
	    read_info(info, &cipher, iv) < 0)
		return -ENOTSUP;
	md5 = EVP_MD_fetch(ctx, "MD5", NULL);
	if (md5 && EVP_BytesToKey(cipher, md5, iv,
				  (const uint8_t *)password->text,
				  (int)password->len, 1, key, NULL) > 0)
		r = decrypt_whole(cipher, key, iv, in, out);
	OPENSSL_cleanse(key, sizeof(key));
	EVP_MD_free(md5);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return r;
}

/* ----------------------------------------------------------------- MAC */

/* The digest of an HMAC that is named by an AlgorithmIdentifier's content. */
static int hmac_digest(struct ber algorithm, char name[static 32])
{
	struct ber oid = { 0 };
	char text[64] = "";
	int digest = NID_undef;

	if (ber_enter(&algorithm, BER_OID, &oid) < 0)
		return -EBADMSG;
	oid_text(&oid, true, text, sizeof(text));
	if (!EVP_PBE_find(EVP_PBE_TYPE_PRF, OBJ_txt2nid(text), NULL, &digest,
			  NULL) || digest == NID_undef)
		return -ENOTSUP;
	snprintf(name, 32, "%s", OBJ_nid2sn(digest));
	return 0;
}

/* RFC 9579 section 4: PBKDF2 with a key length and a PRF, then an HMAC */
static int read_pbmac1(struct ber params, struct pbe_mac *ret)
{
	struct ber kdf = { 0 };
	struct ber kdf_oid = { 0 };
	struct ber kdf_params = { 0 };
	struct ber prf = { 0 };
	struct ber mac = { 0 };
	uint64_t len = 0;

	if (ber_enter(&params, BER_SEQUENCE, &params) < 0 ||
	    ber_enter(&params, BER_SEQUENCE, &kdf) < 0 ||
	    ber_enter(&kdf, BER_OID, &kdf_oid) < 0 ||
	    ber_enter(&kdf, BER_SEQUENCE, &kdf_params) < 0 ||
	    read_salt(&kdf_params, &ret->salt, &ret->cost.iterations) < 0 ||
	    ber_unsigned(&kdf_params, &len) < 0 ||
	    ber_enter(&params, BER_SEQUENCE, &mac) < 0)
		return -EBADMSG;
	if (!BER_IS(&kdf_oid, OID_PBKDF2) || len == 0 || len > PBE_KEY_MAX)
		return -ENOTSUP;
	ret->is_pbmac1 = true;
	ret->key_len = (size_t)len;
	snprintf(ret->prf, sizeof(ret->prf), "SHA1");
	if (ber_enter(&kdf_params, BER_SEQUENCE, &prf) == 0 &&
	    hmac_digest(prf, ret->prf) < 0)
		return -ENOTSUP;
	if (hmac_digest(mac, ret->digest) < 0)
		return -ENOTSUP;
	snprintf(ret->cost.scheme, sizeof(ret->cost.scheme), "PBMAC1 %s",
		 ret->digest);
	return 0;
}

int pbe_mac_read(struct ber mac_data, struct pbe_mac *ret)
{
	struct ber info = { 0 };
	struct ber algorithm = { 0 };
	struct ber oid = { 0 };
	struct pbe_mac m = { .cost.iterations = 1 };
	int r = 0;

	if (ber_enter(&mac_data, BER_SEQUENCE, &mac_data) < 0 ||
	    ber_enter(&mac_data, BER_SEQUENCE, &info) < 0 ||
	    ber_enter(&info, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&algorithm, BER_OID, &oid) < 0 ||
	    ber_enter(&info, BER_OCTETS, &m.value) < 0 ||
	    ber_enter(&mac_data, BER_OCTETS, &m.salt) < 0 ||
	    m.salt.left > PBE_SALT_MAX)
		return -EBADMSG;
	/* RFC 7292 section 4: iterations DEFAULT 1 */
	if (mac_data.left > 0 &&
	    ber_unsigned(&mac_data, &m.cost.iterations) < 0)
		return -EBADMSG;
	oid_text(&oid, false, m.digest, sizeof(m.digest));
	snprintf(m.cost.scheme, sizeof(m.cost.scheme), "HMAC %s", m.digest);
	if (BER_IS(&oid, OID_PBMAC1))
		r = read_pbmac1(algorithm, &m);
	m.cost.work = m.cost.iterations;
	*ret = m;
	return r;
}

static int derive_mac_key(const struct pbe_mac *mac, const struct password *p,
			  const EVP_MD *md, uint8_t key[static PBE_KEY_MAX])
{
	EVP_MD *prf = NULL;
	int iterations = (int)mac->cost.iterations;
	int n = mac->key_len ? (int)mac->key_len : EVP_MD_get_size(md);
	bool ok = false;

	if (n <= 0 || n > PBE_KEY_MAX)
		return -ENOTSUP;
	if (!mac->is_pbmac1) {
		ok = PKCS12_key_gen_utf8_ex(p->text, (int)p->len,
					    (unsigned char *)(uintptr_t)
					    mac->salt.p, (int)mac->salt.left,
					    PKCS12_MAC_ID, iterations, n, key,
					    md, ctx, NULL);
		return ok ? n : -ENOTSUP;
	}
	prf = EVP_MD_fetch(ctx, mac->prf, NULL);
	ok = prf && PKCS5_PBKDF2_HMAC(p->text ? p->text : "", (int)p->len,
				      mac->salt.p, (int)mac->salt.left,
				      iterations, prf, n, key);
	EVP_MD_free(prf);
	return ok ? n : -ENOTSUP;
}

int pbe_mac_verify(const struct pbe_mac *mac, const struct password *password,
		   const struct ber *content)
{
	uint8_t key[PBE_KEY_MAX] = { 0 };
	uint8_t made[EVP_MAX_MD_SIZE] = { 0 };
	unsigned int len = 0;
	EVP_MD *md = NULL;
	int n = 0, r = -ENOTSUP;

	if (pbe_init() < 0 || mac->cost.iterations == 0 ||
	    mac->cost.iterations > PBE_BUDGET)
		return -ENOTSUP;
	md = EVP_MD_fetch(ctx, mac->digest, NULL);
	n = md ? derive_mac_key(mac, password, md, key) : -ENOTSUP;
	if (n > 0 && HMAC(md, key, n, content->p, content->left, made, &len))
		r = len == mac->value.left &&
		    CRYPTO_memcmp(made, mac->value.p, len) == 0 ?
		    0 : -EKEYREJECTED;
	OPENSSL_cleanse(key, sizeof(key));
	EVP_MD_free(md);
	ERR_clear_error();
	return r;
}
