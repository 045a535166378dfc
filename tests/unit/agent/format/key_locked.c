/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <openssl/pem.h>

#include "agent/format/key_locked.h"
#include "agent/format/pbe.h"
#include "tests/unit/agent/format/collect.h"

static EVP_PKEY *key;

static int make_key(void **state)
{
	(void)state;
	key = made_key();
	return key ? 0 : -1;
}

static int free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

static void keep(struct buf *b, BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	buf_init(b, KIB(64));
	assert_int_equal(buf_add(b, data, (size_t)len), 0);
	BIO_free(bio);
}

/* EncryptedPrivateKeyInfo of the key: PBES2 with this cipher, or without one
 * PKCS#12's 3DES; if ${absurd}, with an iteration count that is not its own. */
static void make_pkcs8(struct buf *b, const EVP_CIPHER *cipher,
		       const char *password, bool absurd)
{
	BIO *bio = BIO_new(BIO_s_mem());
	static const uint8_t count[] = { 0x02, 0x02, 0x08, 0x00 };
	int nid = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
	int len = (int)strlen(password);
	uint8_t *at = NULL;

	assert_true(cipher ? i2d_PKCS8PrivateKey_bio(bio, key, cipher, password,
						     len, NULL, NULL)
			   : i2d_PKCS8PrivateKey_nid_bio(bio, key, nid,
							 password, len, NULL,
							 NULL));
	keep(b, bio);
	at = absurd ? memmem(b->data, b->len, count, sizeof(count)) : NULL;
	/* 0x0800 becomes 0x7fff */
	if (at)
		memcpy(at + 2, "\x7f\xff", 2);
}

static int on_finding(void *arg, const Ipc__Finding *f)
{
	struct buf *text = arg;
	const Cw__Protection *p = f->protection;

	buf_addf(text, "%s %s %llu %s%s%s\n", f->sha256.len ? "spki" : "none",
		 p->scheme, (unsigned long long)p->iterations,
		 *p->opened_by ? p->opened_by : "nothing",
		 p->well_known_password ? " well-known" : "",
		 f->n_flags == 1 ? " flagged" : "");
	assert_true(p->encrypted);
	return 0;
}

static int on_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	(void)kind;
	return buf_addf(arg, "gap %s\n", reason);
}

static int emit_der(const struct buf *der, const char *info, uint64_t spent,
		    struct buf *text)
{
	struct emit_sink sink = { on_finding, on_gap, text };
	struct emit e;
	int r = 0;

	buf_init(text, KIB(4));
	emit_init(&e, &sink);
	e.unlock_work = spent;
	r = info ? key_locked_emit_pem(&e, "1", info, der->data, der->len)
		 : key_locked_emit(&e, "1", der->data, der->len);
	emit_free(&e);
	return r;
}

static void expect(const struct buf *der, uint64_t spent, const char *expected)
{
	struct buf text;

	assert_int_equal(emit_der(der, NULL, spent, &text), 0);
	assert_string_equal(buf_str(&text), expected);
	buf_free(&text);
}

static void a_well_known_password_opens_and_is_flagged(void **state)
{
	struct buf der;

	(void)state;
	make_pkcs8(&der, NULL, "changeit", false);
	expect(&der, 0, "spki PBE-SHA1-3DES 2048 default well-known flagged\n");
	buf_free(&der);
}

static void the_empty_password_opens(void **state)
{
	struct buf der;

	(void)state;
	make_pkcs8(&der, NULL, "", false);
	expect(&der, 0, "spki PBE-SHA1-3DES 2048 empty well-known flagged\n");
	buf_free(&der);
}

static void one_of_the_configuration_opens_and_is_not_flagged(
	void **state)
{
	struct buf der;

	(void)state;
	make_pkcs8(&der, EVP_aes_256_cbc(), "Only here 1", false);
	expect(&der, 0, "none PBES2 AES-256-CBC PBKDF2 2048 nothing\n");
	/* what was tried in vain before does not hide what fits */
	assert_int_equal(password_add(PASSWORD_CONFIGURED, "Only here 1", 11, 0,
				      PASSWORD_SOURCE_CONFIGURED), 0);
	expect(&der, 0, "spki PBES2 AES-256-CBC PBKDF2 2048 config\n");
	password_forget();
	expect(&der, 0, "none PBES2 AES-256-CBC PBKDF2 2048 nothing\n");
	buf_free(&der);
}

static void all_keys_of_a_file_share_a_budget(void **state)
{
	struct buf der;

	(void)state;
	make_pkcs8(&der, EVP_aes_256_cbc(), "changeit", false);
	expect(&der, PBE_BUDGET - 2000,
	       "none PBES2 AES-256-CBC PBKDF2 2048 nothing\n");
	expect(&der, 0,
	       "spki PBES2 AES-256-CBC PBKDF2 2048 default well-known flagged\n"
	);
	buf_free(&der);
}

static void iterations_beyond_the_budget_are_not_run(void **state)
{
	static const uint8_t der[] = {
		0x30, 0x29, 0x30, 0x1b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x05, 0x03, 0x30, 0x0e, 0x04, 0x04, 'a',
		'b', 'c', 'd', 0x02, 0x06, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x04, 0x0a, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	};
	struct buf b = { .data = (uint8_t *)(uintptr_t)der,
			 .len = sizeof(der) };

	(void)state;
	expect(&b, 0, "none PBE-MD5-DES 140737488355327 nothing\n");
}

static void more_iterations_than_were_used_do_not_open(void **state)
{
	struct buf der;

	(void)state;
	make_pkcs8(&der, EVP_aes_256_cbc(), "changeit", true);
	expect(&der, 0, "none PBES2 AES-256-CBC PBKDF2 32767 nothing\n");
	buf_free(&der);
}

/* The DER inside a PEM block, and its DEK-Info. */
static void make_legacy(struct buf *der, char info[static PBE_INFO_MAX],
			const EVP_CIPHER *cipher, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	const char *at = NULL;
	long len = 0;

	assert_true(PEM_write_bio_PrivateKey_traditional(
		bio, key, cipher, (const uint8_t *)password,
		(int)strlen(password), NULL, NULL));
	assert_true(PEM_read_bio(bio, &name, &header, &data, &len));
	at = strstr(header, "DEK-Info: ") + 10;
	snprintf(info, PBE_INFO_MAX, "%.*s", (int)strcspn(at, "\n"), at);
	buf_init(der, KIB(64));
	assert_int_equal(buf_add(der, data, (size_t)len), 0);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(bio);
}

static void expect_legacy(const struct buf *der, const char *info,
			  const char *expected)
{
	struct buf text;

	assert_int_equal(emit_der(der, info, 0, &text), 0);
	assert_string_equal(buf_str(&text), expected);
	buf_free(&text);
}

static void the_older_form_is_opened_too(void **state)
{
	const EVP_CIPHER *const ciphers[] = {
		EVP_aes_128_cbc(), EVP_aes_256_cbc(), EVP_des_ede3_cbc(),
		EVP_aes_192_cfb128(),
	};
	char info[PBE_INFO_MAX] = "", expected[128] = "";
	struct buf der;

	(void)state;
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		make_legacy(&der, info, ciphers[i], "whatever");
		snprintf(expected, sizeof(expected), "spki %.*s 0 default "
			 "well-known flagged\n", (int)strcspn(info, ","), info);
		expect_legacy(&der, info, expected);
		buf_free(&der);
	}
}

static void what_is_wrong_with_dek_info_leaves_it_encrypted(void **state)
{
	static const struct {
		const char *info;
		const char *expected;
	} wrong[] = {
		{ "", "none  0 nothing\n" },
		{ "AES-256-CBC", "none AES-256-CBC 0 nothing\n" },
		{ "AES-256-CBC,", "none AES-256-CBC 0 nothing\n" },
		{ "AES-256-CBC,00", "none AES-256-CBC 0 nothing\n" },
		{ "AES-256-GCM,000000000000000000000000",
		  "none AES-256-GCM 0 nothing\n" },
		{ ",0000000000000000", "none  0 nothing\n" },
		{ "no such,0000000000000000", "none no such 0 nothing\n" },
	};
	char info[PBE_INFO_MAX] = "";
	struct buf der;

	(void)state;
	make_legacy(&der, info, EVP_aes_256_cbc(), "changeit");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_legacy(&der, wrong[i].info, wrong[i].expected);
	der.len = 0;
	expect_legacy(&der, info, "none AES-256-CBC 0 nothing\n");
	buf_free(&der);
}

static void what_is_cut_is_none(void **state)
{
	struct buf der, text;

	(void)state;
	make_pkcs8(&der, EVP_aes_256_cbc(), "changeit", false);
	for (size_t n = der.len - 1; n > 0; n /= 2) {
		struct buf part = { .data = der.data, .len = n };

		assert_int_equal(emit_der(&part, NULL, 0, &text), -EBADMSG);
		buf_free(&text);
	}
	buf_free(&der);
}

/* RFC 7914 section 7: N is 2^31, r 8, p 1: 2 TiB of memory. */
static void absurd_memory_of_scrypt_is_not_asked_for(void **state)
{
	static const uint8_t dear[] =
		"\x30\x66\x30\x52\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05"
		"\x0d\x30\x45\x30\x24\x06\x09\x2b\x06\x01\x04\x01\xda\x47"
		"\x04\x0b\x30\x17\x04\x08saltsalt\x02\x05\x00\x80\x00\x00"
		"\x00\x02\x01\x08\x02\x01\x01\x30\x1d\x06\x09\x60\x86\x48"
		"\x01\x65\x03\x04\x01\x2a\x04\x10initialisation v\x04\x10"
		"nothing is in it";
	struct buf der;

	(void)state;
	buf_init(&der, KIB(1));
	buf_add(&der, dear, sizeof(dear) - 1);
	expect(&der, 0, "none PBES2 AES-256-CBC id-scrypt 2147483648 "
	       "nothing\n");
	buf_free(&der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absurd_memory_of_scrypt_is_not_asked_for),
		cmocka_unit_test(a_well_known_password_opens_and_is_flagged),
		cmocka_unit_test(the_empty_password_opens),
		cmocka_unit_test(
			one_of_the_configuration_opens_and_is_not_flagged
		),
		cmocka_unit_test(all_keys_of_a_file_share_a_budget),
		cmocka_unit_test(iterations_beyond_the_budget_are_not_run),
		cmocka_unit_test(more_iterations_than_were_used_do_not_open),
		cmocka_unit_test(the_older_form_is_opened_too),
		cmocka_unit_test(
			what_is_wrong_with_dek_info_leaves_it_encrypted),
		cmocka_unit_test(what_is_cut_is_none),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
