/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates are made here, by libcrypto; what its release 3.0 cannot make
 * is put together from bytes. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/x509.h"

static struct arena arena;
static Cw__Facts facts;
static const char *why;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, LIMIT_FACTS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* -------------------------------------------------- objects by libcrypto */

struct made {
	uint8_t *der;
	size_t len;
};

static void made_free(struct made *m)
{
	OPENSSL_free(m->der);
	*m = (struct made){0};
}

static void set_name(X509_NAME *name, const char *cn)
{
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
				   (const uint8_t *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const uint8_t *)cn, -1, -1, 0);
}

/* What certificate() puts in; NULL and 0 leave the default. */
struct plan {
	EVP_PKEY *key;		/* borrowed */
	const char *subject;
	const char *issuer;
	const char *serial;	/* hex, with its sign */
	const EVP_MD *md;
	const char *const *extensions;	/* pairs of name and value; NULL */
	const char *not_after;	/* UTCTime as it is */
};

static EVP_PKEY *ec_key(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_EC_gen("P-256");
	assert_non_null(key);
	return key;
}

static void add_extensions(X509 *c, const char *const *extensions)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, c, c, NULL, NULL, 0);
	for (; extensions && *extensions; extensions += 2) {
		X509_EXTENSION *e = X509V3_EXT_conf(NULL, &ctx, extensions[0],
						    extensions[1]);

		assert_non_null(e);
		X509_add_ext(c, e, -1);
		X509_EXTENSION_free(e);
	}
}

static struct made certificate(const struct plan *p)
{
	EVP_PKEY *key = p->key ? p->key : ec_key();
	const char *subject = p->subject ? p->subject : "leaf";
	X509 *c = X509_new();
	BIGNUM *serial = NULL;
	struct made m = {0};
	int n;

	X509_set_version(c, X509_VERSION_3);
	BN_hex2bn(&serial, p->serial ? p->serial : "01");
	BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(c));
	BN_free(serial);
	ASN1_TIME_set_string(X509_getm_notBefore(c), "20200102030405Z");
	if (p->not_after)
		ASN1_STRING_set(X509_getm_notAfter(c), p->not_after, -1);
	else
		ASN1_TIME_set_string(X509_getm_notAfter(c), "20991231235959Z");
	if (p->not_after)
		X509_getm_notAfter(c)->type = V_ASN1_UTCTIME;
	set_name(X509_get_subject_name(c), subject);
	set_name(X509_get_issuer_name(c), p->issuer ? p->issuer : subject);
	X509_set_pubkey(c, key);
	add_extensions(c, p->extensions);
	X509_sign(c, key, p->md ? p->md :
		  EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256());
	n = i2d_X509(c, &m.der);
	assert_true(n > 0);
	m.len = (size_t)n;
	X509_free(c);
	return m;
}

static int read_certificate(const struct made *m)
{
	arena_reset(&arena);
	why = NULL;
	return x509_certificate(m->der, m->len, &arena, &facts, &why);
}

/* Makes it and reads it; the DER stays until the next call. */
static const Cw__Facts *facts_of(const struct plan *p)
{
	static struct made m;

	made_free(&m);
	m = certificate(p);
	assert_int_equal(read_certificate(&m), 0);
	return &facts;
}

static const Cw__Facts *facts_with(const char *const *extensions)
{
	return facts_of(&(struct plan){.extensions = extensions});
}

static const Cw__Facts *facts_of_key(EVP_PKEY *key)
{
	static struct made m;
	int n;

	made_free(&m);
	n = i2d_PUBKEY(key, &m.der);
	assert_true(n > 0);
	m.len = (size_t)n;
	arena_reset(&arena);
	assert_int_equal(x509_public_key(m.der, m.len, &arena, &facts, &why),
			 0);
	return &facts;
}

static bool has_flag(const Cw__Facts *f, const char *flag)
{
	for (size_t i = 0; i < f->n_flags; i++) {
		if (strcmp(f->flags[i], flag) == 0)
			return true;
	}
	return false;
}

/* Replaces the first ${from} by ${to}, of the same length. */
static void patch(struct made *m, const char *from, const char *to, size_t n)
{
	uint8_t *at = memmem(m->der, m->len, from, n);

	assert_non_null(at);
	memcpy(at, to, n);
}

/* ------------------------------------------------------------ certificates */

static void the_fields_of_a_certificate_are_read(void **state)
{
	const struct plan p = {.subject = "a", .issuer = "b",
			       .serial = "0A0B0C"};
	const Cw__Facts *f = facts_of(&p);

	(void)state;
	assert_string_equal(f->subject, "CN=a,O=Example");
	assert_string_equal(f->issuer, "CN=b,O=Example");
	assert_string_equal(f->serial, "0a0b0c");
	assert_true(f->has_validity);
	assert_true(f->not_before == 1577934245);
	assert_true(f->not_after == 4102444799);
	assert_string_equal(f->key_alg, "EC");
	assert_string_equal(f->key_alg_oid, "1.2.840.10045.2.1");
	assert_int_equal(f->key_bits, 256);
	assert_string_equal(f->curve, "P-256");
	assert_int_equal(f->strength_bits, 128);
	assert_string_equal(f->pq_class, "classical");
	assert_string_equal(f->sig_alg, "ecdsa-with-SHA256");
	assert_string_equal(f->sig_alg_oid, "1.2.840.10045.4.3.2");
	assert_string_equal(f->sig_pq_class, "classical");
	assert_string_equal(f->role, "leaf");
	assert_false(f->self_signed);
	assert_int_equal(f->n_flags, 0);
}

static void hashes_are_those_of_the_parts(void **state)
{
	struct made m = certificate(&(struct plan){.issuer = "b"});
	const uint8_t *p = m.der;
	X509 *c = d2i_X509(NULL, &p, (long)m.len);
	uint8_t hash[HASH_SIZE], *der = NULL;
	int n;

	(void)state;
	assert_int_equal(read_certificate(&m), 0);
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.spki_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	der = NULL;
	n = i2d_X509_NAME(X509_get_subject_name(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.subject_der_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	der = NULL;
	n = i2d_X509_NAME(X509_get_issuer_name(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.issuer_der_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	X509_free(c);
	made_free(&m);
}

static void a_serial_is_its_octets_without_the_one_for_the_sign(void **state)
{
	static const char *const cases[][2] = {
		{"00", "00"}, {"7F", "7f"}, {"80", "80"}, {"0100", "0100"},
		{"FF00", "ff00"}, {"-01", "ff"}, {"-80", "80"},
		{"-DEADBEEF", "ff21524111"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan p = {.serial = cases[i][0]};

		assert_string_equal(facts_of(&p)->serial, cases[i][1]);
	}
}

static void the_role_follows_ca_and_issuer(void **state)
{
	static const char *const ca[] = {"basicConstraints",
		"critical,CA:TRUE,pathlen:3", "subjectKeyIdentifier", "0102",
		"2.5.29.35", "DER:300480020102", NULL};
	static const char *const cross[] = {"subjectKeyIdentifier", "0102",
		"2.5.29.35", "DER:3004800203FF", NULL};
	const Cw__Facts *f = facts_with(ca);

	(void)state;
	assert_string_equal(f->role, "root");
	assert_true(f->self_signed && f->is_ca && f->has_basic_constraints &&
		    f->has_path_len);
	assert_int_equal(f->path_len, 3);
	assert_int_equal(f->ski.len, 2);
	assert_int_equal(f->aki.len, 2);
	assert_memory_equal(f->ski.data, "\x01\x02", 2);
	assert_memory_equal(f->aki.data, "\x01\x02", 2);
	f = facts_of(&(struct plan){.issuer = "b", .extensions = ca});
	assert_string_equal(f->role, "intermediate");
	assert_string_equal(facts_with(NULL)->role, "self-signed-leaf");
	f = facts_with(cross);
	assert_string_equal(f->role, "leaf");
	assert_false(f->self_signed);
}

static void alternative_names_are_listed_by_kind(void **state)
{
	static const char *const san[] = {"subjectAltName",
		"DNS:a.example,DNS:*.b.example,IP:192.0.2.1,IP:2001:db8::1,"
		"email:a@example.org,URI:https://c.example/,"
		"otherName:1.3.6.1.5.5.7.8.9;UTF8:u@example.org", NULL};
	const Cw__Facts *f = facts_with(san);

	(void)state;
	assert_int_equal(f->n_dns_names, 2);
	assert_string_equal(f->dns_names[0], "a.example");
	assert_string_equal(f->dns_names[1], "*.b.example");
	assert_int_equal(f->n_ip_addresses, 2);
	assert_string_equal(f->ip_addresses[0], "192.0.2.1");
	assert_string_equal(f->ip_addresses[1], "2001:db8::1");
	assert_int_equal(f->n_emails, 2);
	assert_string_equal(f->emails[1], "u@example.org");
	assert_int_equal(f->n_uris, 1);
	assert_string_equal(f->uris[0], "https://c.example/");
}

static void an_address_of_a_wrong_length_is_flagged(void **state)
{
	/* IP of three octets, and a DNS name after it with a NUL */
	static const char *const san[] = {"2.5.29.17",
		"DER:300A8703010203" "8203610062", NULL};
	const Cw__Facts *f = facts_with(san);

	(void)state;
	assert_true(has_flag(f, "bad-ip-address"));
	assert_int_equal(f->n_ip_addresses, 0);
	assert_string_equal(f->dns_names[0], "a\\00b");
}

static void usages_are_named(void **state)
{
	static const char *const usage[] = {
		"keyUsage", "critical,digitalSignature,keyCertSign,"
			    "decipherOnly",
		"extendedKeyUsage", "serverAuth,anyExtendedKeyUsage,1.2.3.4",
		NULL};
	const Cw__Facts *f = facts_with(usage);

	(void)state;
	assert_int_equal(f->n_key_usage, 3);
	assert_string_equal(f->key_usage[0], "digitalSignature");
	assert_string_equal(f->key_usage[1], "keyCertSign");
	assert_string_equal(f->key_usage[2], "decipherOnly");
	assert_int_equal(f->n_ext_key_usage, 3);
	assert_string_equal(f->ext_key_usage[0], "serverAuth");
	assert_string_equal(f->ext_key_usage[1], "anyExtendedKeyUsage");
	assert_string_equal(f->ext_key_usage[2], "1.2.3.4");
}

static void addresses_of_the_issuer_are_listed(void **state)
{
	static const char *const access[] = {
		"authorityInfoAccess", "OCSP;URI:http://o.example,"
				       "caIssuers;URI:http://i.example/a.crt",
		"crlDistributionPoints", "URI:http://c.example/1.crl,"
					 "URI:http://c.example/2.crl",
		"2.5.29.32", "DER:3011300806066781" "0C01020230050603" "2A0304",
		"tlsfeature", "status_request",
		NULL};
	const Cw__Facts *f = facts_with(access);

	(void)state;
	assert_int_equal(f->n_ocsp, 1);
	assert_string_equal(f->ocsp[0], "http://o.example");
	assert_int_equal(f->n_ca_issuers, 1);
	assert_string_equal(f->ca_issuers[0], "http://i.example/a.crt");
	assert_int_equal(f->n_crl, 2);
	assert_string_equal(f->crl[1], "http://c.example/2.crl");
	assert_int_equal(f->n_policies, 2);
	assert_string_equal(f->policies[1], "1.2.3.4");
	assert_string_equal(f->validation, "OV");
	assert_true(f->must_staple);
}

static void scts_are_counted(void **state)
{
	static const char *const two[] = {"1.3.6.1.4.1.11129.2.4.2",
		"DER:04090007" "0001AA" "0002BBCC", NULL};
	static const char *const cut[] = {"1.3.6.1.4.1.11129.2.4.2",
		"DER:04090007" "0001AA" "0003BBCC", NULL};

	(void)state;
	assert_int_equal(facts_with(two)->sct_count, 2);
	assert_int_equal(facts_with(cut)->sct_count, 0);
	assert_true(has_flag(&facts, "bad-extension"));
}

static void name_constraints_are_text(void **state)
{
	static const char *const constraints[] = {"nameConstraints",
		"permitted;DNS:example.org,permitted;IP:10.0.0.0/255.0.0.0,"
		"permitted;IP:10.0.0.0/255.0.255.0,excluded;email:.example,"
		"excluded;IP:2001:db8::/ffff:ffff::,excluded;URI:.b.example",
		NULL};
	const Cw__Facts *f = facts_with(constraints);

	(void)state;
	assert_int_equal(f->n_permitted, 3);
	assert_string_equal(f->permitted[0], "dns:example.org");
	assert_string_equal(f->permitted[1], "ip:10.0.0.0/8");
	assert_string_equal(f->permitted[2], "ip:10.0.0.0/255.0.255.0");
	assert_int_equal(f->n_excluded, 3);
	assert_string_equal(f->excluded[0], "email:.example");
	assert_string_equal(f->excluded[1], "ip:2001:db8::/32");
	assert_string_equal(f->excluded[2], "uri:.b.example");
}

static void a_malformed_extension_is_flagged_and_the_rest_read(void **state)
{
	static const char *const cases[][3] = {
		{"2.5.29.19", "DER:3003010100FF", NULL},
		{"2.5.29.15", "DER:0303", NULL},
		{"2.5.29.14", "DER:0500", NULL},
		{"2.5.29.17", "DER:3005820961", NULL},
		{"2.5.29.30", "DER:30028000", NULL},
		{"2.5.29.31", "DER:0400", NULL},
		{"2.5.29.32", "DER:30023000", NULL},
		{"2.5.29.35", "DER:30028005", NULL},
		{"2.5.29.37", "DER:30020600", NULL},
		{"1.3.6.1.5.5.7.1.1", "DER:3000FF", NULL},
		{"1.3.6.1.5.5.7.1.24", "DER:30020200", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_with(cases[i]);

		assert_true(has_flag(f, "bad-extension"));
		assert_string_equal(f->key_alg, "EC");
		assert_false(f->is_ca);
	}
}

static void an_undefined_date_is_flagged_not_refused(void **state)
{
	const Cw__Facts *f;

	(void)state;
	f = facts_of(&(struct plan){.not_after = "990230000000Z"});
	assert_true(has_flag(f, "bad-date"));
	assert_false(f->has_validity);
	f = facts_of(&(struct plan){.not_after = "3001010000+0100"});
	assert_true(f->has_validity);
	assert_true(f->not_after == 1893452400);
}

static void weak_signatures_are_flagged(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024);
	const Cw__Facts *f;

	(void)state;
	f = facts_of(&(struct plan){.key = rsa, .md = EVP_md5()});
	assert_string_equal(f->sig_alg, "md5WithRSAEncryption");
	assert_true(has_flag(f, "md5-signature"));
	assert_true(has_flag(f, "weak-rsa-bits"));
	f = facts_of(&(struct plan){.md = EVP_sha1()});
	assert_string_equal(f->sig_alg, "ecdsa-with-SHA1");
	assert_true(has_flag(f, "sha1-signature"));
	EVP_PKEY_free(rsa);
}

static void the_two_signature_algorithms_should_agree(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\x2a\x86\x48\xce\x3d\x04\x03\x02",
	      "\x2a\x86\x48\xce\x3d\x04\x03\x03", 8);
	assert_int_equal(read_certificate(&m), 0);
	assert_string_equal(facts.sig_alg, "ecdsa-with-SHA256");
	assert_true(has_flag(&facts, "signature-algorithm-mismatch"));
	made_free(&m);
}

/* --------------------------------------------------------- broken objects */

static void no_part_of_a_certificate_is_one(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	for (size_t n = 0; n < m.len; n++) {
		/* an exact allocation, so that ASan sees overreads */
		uint8_t *part = malloc(n ? n : 1);

		memcpy(part, m.der, n);
		arena_reset(&arena);
		why = NULL;
		assert_int_equal(x509_certificate(part, n, &arena, &facts,
						  &why), -EBADMSG);
		assert_non_null(why);
		free(part);
	}
	made_free(&m);
}

static void any_changed_byte_is_read_or_refused_with_a_reason(void **state)
{
	static const char *const all[] = {"basicConstraints", "CA:TRUE",
		"keyUsage", "keyCertSign", "subjectAltName", "DNS:a,IP:1.2.3.4",
		"nameConstraints", "permitted;DNS:a",
		"2.5.29.32", "DER:3007300506032A0304",
		"crlDistributionPoints", "URI:http://a", NULL};
	struct made m = certificate(&(struct plan){.extensions = all});

	(void)state;
	for (size_t i = 0; i < 8 * m.len; i++) {
		int r;

		m.der[i / 8] ^= (uint8_t)(1u << i % 8);
		r = read_certificate(&m);
		assert_true(r == 0 || (r == -EBADMSG && why));
		m.der[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	made_free(&m);
}

static void bytes_after_the_end_are_refused(void **state)
{
	struct made m = certificate(&(struct plan){0});
	uint8_t *longer = malloc(m.len + 1);

	(void)state;
	memcpy(longer, m.der, m.len);
	longer[m.len] = 0;
	assert_int_equal(x509_certificate(longer, m.len + 1, &arena, &facts,
					  &why), -EBADMSG);
	assert_string_equal(why, "bytes after the object's end");
	assert_int_equal(x509_der_length(longer, m.len + 1), m.len);
	assert_int_equal(x509_der_length(longer, 5), m.len);
	free(longer);
	made_free(&m);
}

static void a_refusal_names_the_rule(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\xa0\x03\x02\x01\x02\x02", "\xa0\x03\x04\x01\x02\x02", 6);
	assert_int_equal(read_certificate(&m), -EBADMSG);
	assert_string_equal(why, "RFC 5280 section 4.1.2.1: version");
	patch(&m, "\xa0\x03\x04\x01\x02\x02", "\xa0\x03\x02\x01\x02\x03", 6);
	assert_int_equal(read_certificate(&m), -EBADMSG);
	assert_string_equal(why, "RFC 5280 section 4.1.2.2: serialNumber");
	made_free(&m);
}

static void an_unknown_version_is_flagged(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x05", 5);
	assert_int_equal(read_certificate(&m), 0);
	assert_true(has_flag(&facts, "bad-version"));
	made_free(&m);
}

static void more_names_than_the_limit_are_refused(void **state)
{
	size_t n = LIMIT_NAMES + 1;
	char *text = malloc(n * 8 + 64), *at = text;
	const char *san[] = {"2.5.29.17", text, NULL};
	struct made m;

	(void)state;
	at += sprintf(at, "DER:3083%06zX", n * 3);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "820161");
	m = certificate(&(struct plan){.extensions = san});
	assert_int_equal(read_certificate(&m), -ENOBUFS);
	assert_string_equal(why, "more names of one kind than the limit");
	free(text);
	made_free(&m);
}

static void a_small_arena_is_enough_or_refused(void **state)
{
	static const char *const san[] = {"subjectAltName", "DNS:a.example",
		"keyUsage", "keyCertSign", "nameConstraints",
		"permitted;DNS:a", NULL};
	struct made m = certificate(&(struct plan){.extensions = san});
	bool fitted = false;

	(void)state;
	for (size_t max = 0; max < 4096; max += 32) {
		struct arena a;
		int r;

		arena_init(&a, max);
		r = x509_certificate(m.der, m.len, &a, &facts, &why);
		assert_true(r == (fitted ? 0 : -ENOBUFS) || (!fitted && !r));
		fitted = r == 0;
		arena_free(&a);
	}
	assert_true(fitted);
	made_free(&m);
}

/* -------------------------------------------------------------------- keys */

/* A SubjectPublicKeyInfo of ${key_len} zero octets after ${head}. */
static const Cw__Facts *facts_of_bytes(const char *algorithm, const char *head,
				       size_t key_len)
{
	static uint8_t der[4096];
	uint8_t prefix[64], *at = der;
	size_t a = strlen(algorithm) / 2, h = strlen(head) / 2;
	size_t bits = 1 + key_len, all = a + 4 + bits;

	assert_int_equal(decode_hex(algorithm, prefix, a), 0);
	memset(der, 0, sizeof(der));
	memcpy(at, (uint8_t[]){0x30, 0x82, (uint8_t)(all >> 8),
			       (uint8_t)all}, 4);
	memcpy(at + 4, prefix, a);
	at += 4 + a;
	memcpy(at, (uint8_t[]){0x03, 0x82, (uint8_t)(bits >> 8),
			       (uint8_t)bits, 0}, 5);
	assert_int_equal(decode_hex(head, at + 5, h), 0);
	arena_reset(&arena);
	assert_int_equal(x509_public_key(der, 4 + all, &arena, &facts, &why),
			 0);
	return &facts;
}

static void rsa_keys_have_bits_and_exponent(void **state)
{
	static const struct { const char *exponent, *flag; } cases[] = {
		{"65537", NULL}, {"3", "small-exponent"},
		{"65535", "small-exponent"}, {"65539", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA",
							       NULL);
		BIGNUM *e = NULL;
		EVP_PKEY *key = NULL;
		const Cw__Facts *f;

		BN_dec2bn(&e, cases[i].exponent);
		EVP_PKEY_keygen_init(ctx);
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024);
		EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e);
		assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
		f = facts_of_key(key);
		assert_string_equal(f->key_alg, "RSA");
		assert_int_equal(f->key_bits, 1024);
		assert_int_equal(f->strength_bits, 80);
		assert_true(has_flag(f, "weak-rsa-bits"));
		assert_int_equal(f->n_flags, cases[i].flag ? 2 : 1);
		if (cases[i].flag)
			assert_true(has_flag(f, cases[i].flag));
		EVP_PKEY_free(key);
		EVP_PKEY_CTX_free(ctx);
		BN_free(e);
	}
}

static void the_modulus_is_found_in_every_kind(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	X509_REQ *req = X509_REQ_new();
	struct made made[3] = {certificate(&(struct plan){.key = key})};
	static const Cw__Kind kinds[] = {CW__KIND__KIND_CERTIFICATE,
		CW__KIND__KIND_PUBLIC_KEY, CW__KIND__KIND_CSR};
	BIGNUM *n = NULL;
	const uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	made[1].len = (size_t)i2d_PUBKEY(key, &made[1].der);
	X509_REQ_set_pubkey(req, key);
	X509_REQ_sign(req, key, EVP_sha256());
	made[2].len = (size_t)i2d_X509_REQ(req, &made[2].der);
	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n);
	for (size_t i = 0; i < 3; i++) {
		uint8_t expected[128];

		assert_int_equal(BN_bn2binpad(n, expected, 128), 128);
		assert_int_equal(x509_rsa_modulus(kinds[i], made[i].der,
						  made[i].len, &bytes, &len),
				 0);
		assert_int_equal(len, 128);
		assert_memory_equal(bytes, expected, 128);
		assert_int_equal(x509_rsa_modulus(kinds[i], made[i].der, 100,
						  &bytes, &len), -EBADMSG);
		made_free(&made[i]);
	}
	made[0].len = (size_t)i2d_PUBKEY(ec_key(), &made[0].der);
	assert_int_equal(x509_rsa_modulus(CW__KIND__KIND_PUBLIC_KEY,
					  made[0].der, made[0].len, &bytes,
					  &len), -ENOENT);
	made_free(&made[0]);
	BN_free(n);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

/* 2^32 - 5 and 2^32 + 15 */
static void close_primes_are_flagged(void **state)
{
	const Cw__Facts *f = facts_of_bytes("300d06092a864886f70d0101010500",
		"30100209" "0100000009ffffffb5" "0203010001", 18);

	(void)state;
	assert_int_equal(f->key_bits, 65);
	assert_true(has_flag(f, "close-primes"));
}

static void other_keys_have_their_name_and_bits(void **state)
{
	static const struct {
		const char *type, *alg, *curve;
		int bits, strength;
	} cases[] = {
		{"ED25519", "Ed25519", "", 256, 128},
		{"ED448", "Ed448", "", 456, 224},
		{"X25519", "X25519", "", 256, 128},
		{"X448", "X448", "", 448, 224},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, cases[i].type);
		const Cw__Facts *f = facts_of_key(key);

		assert_string_equal(f->key_alg, cases[i].alg);
		assert_string_equal(f->curve, cases[i].curve);
		assert_int_equal(f->key_bits, cases[i].bits);
		assert_int_equal(f->strength_bits, cases[i].strength);
		assert_int_equal(f->n_flags, 0);
		EVP_PKEY_free(key);
	}
}

static void every_curve_of_libcrypto_is_named(void **state)
{
	EC_builtin_curve curves[200];
	size_t n = EC_get_builtin_curves(curves, 200), named = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		EVP_PKEY *key = EVP_EC_gen(OBJ_nid2sn(curves[i].nid));
		const Cw__Facts *f;

		if (!key)	/* SM2 wants its own type */
			continue;
		f = facts_of_key(key);
		assert_string_equal(f->key_alg, "EC");
		assert_int_not_equal(f->key_bits, 0);
		assert_true(f->curve[0] || has_flag(f, "explicit-curve"));
		if (f->curve[0] >= 'A') {
			assert_int_equal(f->key_bits,
					 EVP_PKEY_get_bits(key));
			named++;
		}
		assert_int_equal(has_flag(f, "weak-curve"),
				 f->key_bits < 224);
		EVP_PKEY_free(key);
	}
	assert_true(named >= 7);
}

static EVP_PKEY *explicit_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key,
		OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
		1);
	return key;
}

static void an_explicit_curve_is_recognised(void **state)
{
	static const struct { const char *theirs, *ours; } cases[] = {
		{"P-256", "P-256"}, {"P-384", "P-384"}, {"P-521", "P-521"},
		{"secp256k1", "secp256k1"},
		{"brainpoolP256r1", "brainpoolP256r1"},
		{"brainpoolP256t1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY *key = explicit_key(cases[i].theirs);
		const Cw__Facts *f = facts_of_key(key);

		assert_string_equal(f->curve, cases[i].ours);
		assert_true(has_flag(f, "explicit-curve"));
		assert_int_equal(f->key_bits, EVP_PKEY_get_bits(key));
		EVP_PKEY_free(key);
	}
}

/* CVE-2020-0601: P-256 but for a base point of the forger's choice */
static void a_known_curve_with_another_base_point_is_altered(void **state)
{
	EVP_PKEY *key = explicit_key("P-256");
	struct made m = {0};
	int n = i2d_PUBKEY(key, &m.der);

	(void)state;
	m.len = (size_t)n;
	patch(&m, "\x04\x6b\x17\xd1\xf2\xe1\x2c",
	      "\x04\x6b\x17\xd1\xf2\xe1\x2d", 7);
	arena_reset(&arena);
	assert_int_equal(x509_public_key(m.der, m.len, &arena, &facts, &why),
			 0);
	assert_true(has_flag(&facts, "altered-curve"));
	assert_string_equal(facts.curve, "");
	made_free(&m);
	EVP_PKEY_free(key);
}

static void a_dh_key_has_the_bits_of_its_prime(void **state)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	char group[] = "ffdhe2048";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string("group", group, sizeof(group) - 1),
		OSSL_PARAM_END,
	};
	EVP_PKEY *key = NULL;
	const Cw__Facts *f;

	(void)state;
	EVP_PKEY_keygen_init(ctx);
	EVP_PKEY_CTX_set_params(ctx, params);
	assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
	f = facts_of_key(key);
	assert_string_equal(f->key_alg, "DH");
	assert_int_equal(f->key_bits, 2048);
	assert_int_equal(f->strength_bits, 112);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
}

static void keys_that_libcrypto_lacks_are_named(void **state)
{
	static const struct {
		const char *algorithm, *head;
		size_t len;
		const char *name, *class;
		int bits, strength;
	} cases[] = {
		{"300b0609608648016503040312", "", 1952, "ML-DSA-65",
		 "post-quantum", 15616, 192},
		{"300b0609608648016503040314", "", 32, "SLH-DSA-SHA2-128s",
		 "post-quantum", 256, 128},
		{"300b0609608648016503040402", "", 1184, "ML-KEM-768",
		 "post-quantum", 9472, 192},
		{"300a06082b0601050507062d", "", 2017,
		 "MLDSA65-ECDSA-P256-SHA512", "hybrid", 16136, 192},
		{"300d060b2a864886f70d0109100311", "0000000100000005", 60,
		 "HSS-LMS", "post-quantum", 480, 256},
		{"300d060b2a864886f70d0109100311", "000000010000000a", 52,
		 "HSS-LMS", "post-quantum", 416, 192},
		{"300a06082b06010505070622", "00000001", 68, "XMSS",
		 "post-quantum", 544, 256},
		{"300506032a0304", "", 10, "1.2.3.4", "none", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_of_bytes(cases[i].algorithm,
						    cases[i].head,
						    cases[i].len);

		assert_string_equal(f->key_alg, cases[i].name);
		assert_string_equal(f->pq_class, cases[i].class);
		assert_int_equal(f->key_bits, cases[i].bits);
		assert_int_equal(f->strength_bits, cases[i].strength);
	}
}

static void a_key_that_is_malformed_is_flagged(void **state)
{
	static const struct { const char *algorithm, *head; size_t len; }
	cases[] = {
		{"300d06092a864886f70d0101010500", "", 9},
		{"300d06092a864886f70d0101010500", "3006020100020103", 8},
		{"300d06092a864886f70d0101010500", "30060201ff020103", 8},
		{"300906072a8648ce3d0201", "04", 65},
		{"301306072a8648ce3d020106082a8648ce3d030107", "30", 65},
		{"300b06072a8648ce3d02010600", "04", 65},
		{"300d06072a8648ce3d020130023000", "04", 65},
		{"300d06072a8648ce38040130023000", "", 3},
		{"300c06082a85030701010101" "0500", "", 66},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_of_bytes(cases[i].algorithm,
						    cases[i].head,
						    cases[i].len);

		assert_true(has_flag(f, i == 1 ? "weak-rsa-bits" :
					"bad-public-key"));
	}
}

static void a_gost_key_has_its_parameter_set(void **state)
{
	const Cw__Facts *f = facts_of_bytes(
		"301706082a85030701010101300b06092a850307010201" "0101",
		"0440", 66);

	(void)state;
	assert_string_equal(f->key_alg, "gost2012_256");
	assert_string_equal(f->curve, "id-tc26-gost-3410-2012-256-paramSetA");
	assert_int_equal(f->key_bits, 256);
	assert_int_equal(f->strength_bits, 128);
}

/* ----------------------------------------------------------- CSRs and CRLs */

static void a_csr_has_names_and_what_it_asks_for(void **state)
{
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	struct made m = {0};

	(void)state;
	set_name(X509_REQ_get_subject_name(req), "csr");
	X509_REQ_set_pubkey(req, ec_key());
	sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf(NULL, NULL,
		"subjectAltName", "DNS:a.example"));
	X509_REQ_add_extensions(req, extensions);
	X509_REQ_sign(req, ec_key(), EVP_sha384());
	m.len = (size_t)i2d_X509_REQ(req, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_facts(CW__KIND__KIND_CSR, m.der, m.len, &arena,
				    &facts, &why), 0);
	assert_string_equal(facts.subject, "CN=csr,O=Example");
	assert_string_equal(facts.issuer, "");
	assert_string_equal(facts.role, "");
	assert_string_equal(facts.sig_alg, "ecdsa-with-SHA384");
	assert_string_equal(facts.curve, "P-256");
	assert_int_equal(facts.n_dns_names, 1);
	assert_string_equal(facts.dns_names[0], "a.example");
	for (size_t n = 0; n < m.len; n++)
		assert_int_equal(x509_csr(m.der, n, &arena, &facts, &why),
				 -EBADMSG);
	made_free(&m);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(req);
}

static void a_csr_with_malformed_extensions_is_flagged(void **state)
{
	static const uint8_t wrong[] = {0x30, 0x02, 0x30, 0x00};
	X509_REQ *req = X509_REQ_new();
	struct made m = {0};

	(void)state;
	X509_REQ_set_pubkey(req, ec_key());
	X509_REQ_add1_attr_by_NID(req, NID_ext_req, V_ASN1_SEQUENCE, wrong,
				  sizeof(wrong));
	X509_REQ_sign(req, ec_key(), EVP_sha256());
	m.len = (size_t)i2d_X509_REQ(req, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_csr(m.der, m.len, &arena, &facts, &why), 0);
	assert_true(has_flag(&facts, "bad-extension"));
	made_free(&m);
	X509_REQ_free(req);
}

static void add_revoked(X509_CRL *crl, long serial)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	ASN1_INTEGER_set(number, serial);
	X509_REVOKED_set_serialNumber(entry, number);
	X509_REVOKED_set_revocationDate(entry,
		(ASN1_TIME *)X509_CRL_get0_lastUpdate(crl));
	X509_CRL_add0_revoked(crl, entry);
	ASN1_INTEGER_free(number);
}

static void a_crl_has_dates_number_and_a_count(void **state)
{
	X509_CRL *crl = X509_CRL_new();
	X509_NAME *issuer = X509_NAME_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, 1700000000);
	X509_EXTENSION *number;
	struct made m = {0};

	(void)state;
	X509_CRL_set_version(crl, 1);
	set_name(issuer, "ca");
	X509_CRL_set_issuer_name(crl, issuer);
	X509_CRL_set1_lastUpdate(crl, time);
	ASN1_TIME_set(time, 1700086400);
	X509_CRL_set1_nextUpdate(crl, time);
	for (long i = 1; i <= 3; i++)
		add_revoked(crl, i);
	number = X509V3_EXT_conf(NULL, NULL, "2.5.29.20", "DER:02021001");
	X509_CRL_add_ext(crl, number, -1);
	X509_CRL_sign(crl, ec_key(), EVP_sha256());
	m.len = (size_t)i2d_X509_CRL(crl, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_facts(CW__KIND__KIND_CRL, m.der, m.len, &arena,
				    &facts, &why), 0);
	assert_string_equal(facts.issuer, "CN=ca,O=Example");
	assert_string_equal(facts.subject, "");
	assert_true(facts.has_validity);
	assert_true(facts.not_before == 1700000000);
	assert_true(facts.not_after == 1700086400);
	assert_true(facts.crl_entries == 3);
	assert_string_equal(facts.crl_number, "1001");
	for (size_t n = 0; n < m.len; n++)
		assert_int_equal(x509_crl(m.der, n, &arena, &facts, &why),
				 -EBADMSG);
	made_free(&m);
	X509_EXTENSION_free(number);
	ASN1_TIME_free(time);
	X509_NAME_free(issuer);
	X509_CRL_free(crl);
}

static void other_kinds_are_not_read_here(void **state)
{
	(void)state;
	assert_int_equal(x509_facts(CW__KIND__KIND_KEYSTORE,
				    (const uint8_t *)"", 0, &arena, &facts,
				    &why), -ENOTSUP);
}

static void certificates_look_like_certificates_and_keys_do_not(void **state)
{
	static const uint8_t pkcs8[] = {0x30, 0x82, 1, 0, 2, 1, 0, 0x30, 13, 6,
					9, 0x2a, 0x86};
	static const uint8_t pkcs7[] = {0x30, 0x82, 1, 0, 6, 9, 0x2a, 0x86,
					0x48, 0x86, 0xf7, 0x0d, 1};
	static const uint8_t spki[] = {0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a,
				       0x86, 0x48, 0xce, 0x3d, 2, 1};
	struct made m = certificate(&(struct plan){0});

	(void)state;
	assert_true(x509_looks_like_certificate(m.der, m.len));
	assert_true(x509_looks_like_certificate(m.der, 64));
	for (size_t n = 0; n < 12; n++)
		assert_false(x509_looks_like_certificate(m.der, n));
	assert_false(x509_looks_like_certificate(pkcs8, sizeof(pkcs8)));
	assert_false(x509_looks_like_certificate(pkcs7, sizeof(pkcs7)));
	assert_false(x509_looks_like_certificate(spki, sizeof(spki)));
	made_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_of_a_certificate_are_read),
		cmocka_unit_test(hashes_are_those_of_the_parts),
		cmocka_unit_test(
			a_serial_is_its_octets_without_the_one_for_the_sign),
		cmocka_unit_test(the_role_follows_ca_and_issuer),
		cmocka_unit_test(alternative_names_are_listed_by_kind),
		cmocka_unit_test(an_address_of_a_wrong_length_is_flagged),
		cmocka_unit_test(usages_are_named),
		cmocka_unit_test(addresses_of_the_issuer_are_listed),
		cmocka_unit_test(scts_are_counted),
		cmocka_unit_test(name_constraints_are_text),
		cmocka_unit_test(
			a_malformed_extension_is_flagged_and_the_rest_read),
		cmocka_unit_test(an_undefined_date_is_flagged_not_refused),
		cmocka_unit_test(weak_signatures_are_flagged),
		cmocka_unit_test(the_two_signature_algorithms_should_agree),
		cmocka_unit_test(no_part_of_a_certificate_is_one),
		cmocka_unit_test(
			any_changed_byte_is_read_or_refused_with_a_reason),
		cmocka_unit_test(bytes_after_the_end_are_refused),
		cmocka_unit_test(a_refusal_names_the_rule),
		cmocka_unit_test(an_unknown_version_is_flagged),
		cmocka_unit_test(more_names_than_the_limit_are_refused),
		cmocka_unit_test(a_small_arena_is_enough_or_refused),
		cmocka_unit_test(rsa_keys_have_bits_and_exponent),
		cmocka_unit_test(the_modulus_is_found_in_every_kind),
		cmocka_unit_test(close_primes_are_flagged),
		cmocka_unit_test(other_keys_have_their_name_and_bits),
		cmocka_unit_test(every_curve_of_libcrypto_is_named),
		cmocka_unit_test(an_explicit_curve_is_recognised),
		cmocka_unit_test(
			a_known_curve_with_another_base_point_is_altered),
		cmocka_unit_test(a_dh_key_has_the_bits_of_its_prime),
		cmocka_unit_test(keys_that_libcrypto_lacks_are_named),
		cmocka_unit_test(a_key_that_is_malformed_is_flagged),
		cmocka_unit_test(a_gost_key_has_its_parameter_set),
		cmocka_unit_test(a_csr_has_names_and_what_it_asks_for),
		cmocka_unit_test(a_csr_with_malformed_extensions_is_flagged),
		cmocka_unit_test(a_crl_has_dates_number_and_a_count),
		cmocka_unit_test(other_kinds_are_not_read_here),
		cmocka_unit_test(
			certificates_look_like_certificates_and_keys_do_not),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
