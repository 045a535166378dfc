/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

#include <unistd.h>
#include <zlib.h>

#include "lib/encode.h"

extern const struct format format_embedded;

/* Base64 of a new certificate: as it is, and of its PEM. */
static struct {
	char der[4096];
	char pem[8192];
} base64;

static void encode(char *to, size_t cap, const void *data, size_t len)
{
	struct buf b;

	buf_init(&b, cap - 1);
	assert_int_equal(encode_base64(&b, data, len), 0);
	memcpy(to, buf_str(&b), b.len + 1);
	buf_free(&b);
}

static int make_base64(void **state)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "embedded");
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);
	char pem[8192];

	(void)state;
	encode(base64.der, sizeof(base64.der), der, (size_t)len);
	snprintf(pem, sizeof(pem),
		 "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
		 base64.der);
	encode(base64.pem, sizeof(base64.pem), pem, strlen(pem));
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return 0;
}

static void parse(struct collected *c, const char *text)
{
	collect(c, &format_embedded, text, strlen(text), "");
}

/* ${format} has a %s where base64 goes. */
#define expect(base, format, yields) \
	do { \
		struct collected c_; \
		char *text_ = NULL; \
		assert_true(asprintf(&text_, format, base) > 0); \
		parse(&c_, text_); \
		assert_int_equal(c_.result, 0); \
		assert_string_equal(buf_str(&c_.text), yields); \
		collect_free(&c_); \
		free(text_); \
	} while (0)

static void der_is_found_by_its_key(void **state)
{
	(void)state;
	expect(base64.der, "<ds:X509Certificate>%s</ds:X509Certificate>",
	       "certificate X509Certificate\n");
	expect(base64.der, "{\"certificate\":\"%s\"}",
	       "certificate certificate\n");
	expect(base64.der, "IDP_CERT=%s\nOTHER=1\n", "certificate IDP_CERT\n");
	expect(base64.der, "words %s\n", "certificate base64@6\n");
	expect(base64.der, "MIIB\n%s\n", "certificate base64@5\n");
	expect(base64.der, "- MIIB\n- %s\n", "certificate base64@9\n");
}

static void pem_in_base64_is_found(void **state)
{
	(void)state;
	expect(base64.pem,
	       "data:\n  tls.crt: %s\n  other: x\n",
	       "certificate tls.crt/1\n");
	expect(base64.pem, "{\"data\":{\"tls.crt\":\"%s\"}}",
	       "certificate tls.crt/1\n");
}

static void pem_after_other_text_is_found_in_base64(void **state)
{
	char pem[9000], text[20000], coded[16000];

	(void)state;
	for (size_t shift = 1; shift < 4; shift++) {
		struct collected c;

		snprintf(pem, sizeof(pem),
			 "%.*s-----BEGIN CERTIFICATE-----\n%s\n"
			 "-----END CERTIFICATE-----\n", (int)shift,
			 "\n\n\n", base64.der);
		encode(coded, sizeof(coded), pem, strlen(pem));
		snprintf(text, sizeof(text), "ca: %s\n", coded);
		parse(&c, text);
		assert_yields(&c, "certificate ca/1\n");
		collect_free(&c);
	}
}

/* Base64 of the gzip of a text, once more in base64 if ${twice}. */
static char *compressed(const char *text, bool twice)
{
	uint8_t packed[16384];
	char once[24000], again[32000];
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
		       .avail_in = (uInt)strlen(text),
		       .next_out = packed, .avail_out = sizeof(packed) };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	encode(once, sizeof(once), packed, z.total_out);
	encode(again, sizeof(again), once, strlen(once));
	return strdup(twice ? again : once);
}

/* Helm's release: base64 of base64 of gzip of JSON, whose manifest is YAML. */
static void what_is_compressed_in_base64_is_found(void **state)
{
	char *json = NULL, *text = NULL;

	(void)state;
	assert_true(asprintf(&json, "{\"name\":\"web\",\"manifest\":\"kind: "
			     "Secret\\ndata:\\n  tls.crt: %s\\n\"}\n",
			     base64.pem) > 0);
	text = compressed(json, true);
	expect(text, "data:\n  release: %s\n",
	       "certificate release/base64@0/tls.crt/1\n");
	free(text);
	text = compressed(json, false);
	expect(text, "write_files:\n- encoding: gz+b64\n  content: %s\n",
	       "certificate content/tls.crt/1\n");
	free(text);
	free(json);
}

static void what_is_damaged_or_too_much_in_gzip_is_told(void **state)
{
	char *row = malloc(4096), *text = NULL;
	struct collected c;

	(void)state;
	memset(row, 'x', 4095);
	row[4095] = '\0';
	memcpy(row, base64.pem, 1000);
	text = compressed(row, false);
	memset(text + 100, 'A', 40);
	parse(&c, text);
	assert_string_equal(buf_str(&c.text),
			    "gap 5 base64 at offset 0: gzip that is damaged\n");
	collect_free(&c);
	free(text);
	free(row);
	/* a quotation is nothing */
	parse(&c, "content: H4sIAAAAAAAAA8vPBgBuZvn5AgAAAA==, and so on, for "
	      "a text that is longer than the shortest");
	assert_int_equal(c.text.len, 0);
	collect_free(&c);
	row = malloc(MIB(9));
	memset(row, 'x', MIB(9) - 1);
	row[MIB(9) - 1] = '\0';
	text = compressed(row, false);
	free(row);
	assert_true(asprintf(&row, "%s!\n%s!\n%s!\n%s!\n", text, text, text,
			     text) > 0);
	parse(&c, row);
	assert_yields(&c, "gzip of more than the limit");
	assert_int_equal(c.gaps, 1);
	collect_free(&c);
	free(text);
	free(row);
}

static void members_of_a_list_are_numbered(void **state)
{
	struct collected c;
	char text[20000];

	(void)state;
	snprintf(text, sizeof(text),
		 "{\"keys\":[{\"x5c\":[\"%s\",\n\"%s\"]},{\"x5c\":[\"%s\"]}]}",
		 base64.der, base64.der, base64.der);
	parse(&c, text);
	assert_string_equal(buf_str(&c.text),
			    "certificate x5c[0]\ncertificate x5c[1]\n"
			    "certificate x5c#2[0]\n");
	collect_free(&c);
}

static void broken_lines_are_joined(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, MIB(1));
	buf_adds(&text, "<X509Certificate>\n");
	for (size_t i = 0; i < strlen(base64.der); i += 76)
		buf_addf(&text, "      %.76s&#13;\n", base64.der + i);
	buf_adds(&text, "</X509Certificate>");
	collect(&c, &format_embedded, text.data, text.len, "");
	assert_string_equal(buf_str(&c.text), "certificate X509Certificate\n");
	collect_free(&c);
	buf_free(&text);
}

static void blocks_of_pem_are_left_to_pem(void **state)
{
	struct collected c;
	char text[20000];

	(void)state;
	snprintf(text, sizeof(text),
		 "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
		 "-----BEGIN X-----\nA: b\n\n%s\n-----END X-----\n"
		 "-----BEGIN CERTIFICATE-----\\n%s\\n-----END CERTIFICATE-----"
		 "\n", base64.der, base64.der, base64.der);
	parse(&c, text);
	assert_int_equal(c.result, -EBADMSG);
	assert_int_equal(c.text.len, 0);
	collect_free(&c);
	/* words about PEM do not hide what follows */
	snprintf(text, sizeof(text),
		 "# with or without -----BEGIN CERTIFICATE-----\nca: %s\n",
		 base64.der);
	parse(&c, text);
	assert_string_equal(buf_str(&c.text), "certificate ca\n");
	collect_free(&c);
}

/* What follows a BEGIN without an END, in files and in memory. */
static void words_about_pem_hide_nothing(void **state)
{
	struct buf text;
	struct collected c;

	(void)state;
	expect(base64.der, "# without the -----BEGIN CERTIFICATE----- line\n"
	       "<X509Certificate>\n%s\n</X509Certificate>\n",
	       "certificate X509Certificate\n");
	expect(base64.der, "# the -----BEGIN CERTIFICATE----- line goes\n"
	       "%s\n", "certificate base64@44\n");
	expect(base64.der, "# -----BEGIN CERTIFICATE-----\n<X509Certificate>\n"
	       "%s\n</X509Certificate>\n", "certificate X509Certificate\n");
	expect(base64.der, "# -----BEGIN CERTIFICATE-----\nca: |\n  %s\n",
	       "certificate ca\n");
	buf_init(&text, MIB(4));
	buf_adds(&text, "-----BEGIN CERTIFICATE-----\n");
	while (text.len < MIB(2))
		buf_adds(&text, "words, and lines of them\n");
	buf_addf(&text, "%s\n", base64.der);
	collect(&c, &format_embedded, text.data, text.len, "");
	assert_int_equal(c.result, 0);
	assert_int_equal(c.certificates, 1);
	collect_free(&c);
	buf_free(&text);
}

/* SignedData without signers around ${der} (RFC 5652 section 5.1). */
static size_t signed_data(uint8_t *to, size_t cap)
{
	static const uint8_t begin[] = {
		0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x07, 0x02, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01,
		0x31, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x80,
	}, end[] = {0, 0, 0x31, 0, 0, 0, 0, 0, 0, 0};
	struct buf b;

	buf_init(&b, cap);
	buf_add(&b, begin, sizeof(begin));
	assert_int_equal(decode_base64(&b, base64.der, strlen(base64.der)), 0);
	buf_add(&b, end, sizeof(end));
	memcpy(to, b.data, b.len);
	cap = b.len;
	buf_free(&b);
	return cap;
}

static void signatures_of_mail_are_read(void **state)
{
	uint8_t cms[4096];
	char coded[8192];

	(void)state;
	encode(coded, sizeof(coded), cms, signed_data(cms, sizeof(cms)));
	expect(coded, "Content-Disposition: attachment\n\n%s\n\n----B2C--\n",
	       "certificate base64@33/1\n");
}

static void pem_in_base64_in_base64_is_found(void **state)
{
	static const char *const before[] = {"", " ", "- ",
					     "current-context: x\ndata: "};

	(void)state;
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		char text[32000], coded[24000];
		struct collected c;

		snprintf(text, sizeof(text), "%s%s\n", before[i], base64.pem);
		encode(coded, sizeof(coded), text, strlen(text));
		snprintf(text, sizeof(text), "data:\n  value: %s\n", coded);
		parse(&c, text);
		assert_int_equal(c.certificates, 1);
		collect_free(&c);
	}
}

static void utf16_is_read(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct collected c;
		struct buf text;
		char plain[8192];
		int n = snprintf(plain, sizeof(plain), "<X509Certificate>%s</",
				 base64.der);

		buf_init(&text, KIB(64));
		buf_adds(&text, big ? "\xfe\xff" : "\xff\xfe");
		for (int i = 0; i < n; i++) {
			buf_addch(&text, big ? '\0' : plain[i]);
			buf_addch(&text, big ? plain[i] : '\0');
		}
		collect(&c, &format_embedded, text.data, text.len, "");
		assert_string_equal(buf_str(&c.text),
				    "certificate X509Certificate\n");
		collect_free(&c);
		buf_free(&text);
	}
}

static void broken_pem_lines_are_reported(void **state)
{
	struct collected c;
	char text[20000];

	(void)state;
	snprintf(text, sizeof(text),
		 "-----begin certificate-----\n%s\n-----end certificate-----\n",
		 base64.der);
	parse(&c, text);
	assert_int_equal(c.certificates, 0);
	assert_yields(&c, "between broken PEM lines");
	collect_free(&c);
}

static void a_cut_object_is_reported_and_a_quotation_is_not(void **state)
{
	struct collected c;
	char text[20000];

	(void)state;
	snprintf(text, sizeof(text), "cert: %.*s\n",
		 (int)strlen(base64.der) * 3 / 4, base64.der);
	parse(&c, text);
	assert_yields(&c, "gap 5 base64 at offset 6: an object that is cut");
	collect_free(&c);
	snprintf(text, sizeof(text), "cert: %.64s...%80s\n", base64.der, "");
	parse(&c, text);
	assert_int_equal(c.result, -EBADMSG);
	collect_free(&c);
}

static void what_is_above_the_limit_is_reported_once(void **state)
{
	size_t len = MIB(2);
	char *text = malloc(len);
	struct collected c;

	(void)state;
	memset(text, 'A', len);
	memcpy(text, "ca: LS0tLS1CRUdJTi", 18);
	collect(&c, &format_embedded, text, len, "");
	assert_int_equal(c.gaps, 1);
	assert_yields(&c, "longer than the limit");
	collect_free(&c);
	free(text);
}

/* Through a descriptor, with the object over the border of two windows. */
static void windows_do_not_cut_objects(void **state)
{
	static const char begin[] = "  ca.crt: ";
	FILE *file = tmpfile();
	uint8_t head[LIMIT_HEAD];

	(void)state;
	assert_non_null(file);
	for (size_t border = KIB(256) - 16; border < KIB(256) + 16; border++) {
		struct emit_sink sink;
		struct collected c = {.certificates = 0};
		struct source s;
		struct emit e;

		rewind(file);
		for (size_t i = 0; i < border - sizeof(begin); i++)
			putc(i % 64 ? 'x' : '\n', file);
		fprintf(file, "\n%s%s\n", begin, base64.der);
		fflush(file);
		sink = (struct emit_sink){collect_finding, collect_gap, &c};
		buf_init(&c.text, MIB(1));
		assert_int_equal(source_open_fd(&s, fileno(file),
						(uint64_t)ftell(file), "",
						head), 0);
		emit_init(&e, &sink);
		assert_int_equal(format_embedded.parse(&s, &e), 0);
		assert_string_equal(buf_str(&c.text), "certificate ca.crt\n");
		emit_free(&e);
		collect_free(&c);
	}
	fclose(file);
}

/* Base64 of what ${key} has as ${write}. */
static void encode_key(char *to, size_t cap, EVP_PKEY *key,
		       int (*write)(const EVP_PKEY *key, uint8_t **out))
{
	uint8_t *der = NULL;
	int len = write(key, &der);

	assert_true(len > 0);
	encode(to, cap, der, (size_t)len);
	OPENSSL_free(der);
}

static int write_pkcs8(const EVP_PKEY *key, uint8_t **out)
{
	PKCS8_PRIV_KEY_INFO *p = EVP_PKEY2PKCS8(key);
	int len = i2d_PKCS8_PRIV_KEY_INFO(p, out);

	PKCS8_PRIV_KEY_INFO_free(p);
	return len;
}

static void keys_of_elliptic_curves_are_found(void **state)
{
	static const char *const curves[] = {"P-256", "P-384", "P-521",
					     "secp256k1"};
	static const char *const others[] = {"ED25519", "X25519", "ED448",
					     "X448"};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		EVP_PKEY *key = i < 4 ? EVP_EC_gen(curves[i]) :
			EVP_PKEY_Q_keygen(NULL, NULL, others[i - 4]);
		char text[1024], file[1100];
		struct collected c;

		encode_key(text, sizeof(text), key, i2d_PUBKEY);
		snprintf(file, sizeof(file), "key=%s\n", text);
		parse(&c, file);
		assert_yields(&c, "public key ");
		collect_free(&c);
		encode_key(text, sizeof(text), key, write_pkcs8);
		expect(text, "KEY='%s'", "key KEY spki clear\n");
		if (i < 4) {
			encode_key(text, sizeof(text), key, i2d_PrivateKey);
			expect(text, "{\"k\": \"%s\"}", "key k spki clear\n");
		}
		EVP_PKEY_free(key);
	}
}

/* Of 200 bytes: version 1, names of a few letters. */
static void a_tiny_certificate_is_found(void **state)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = X509_new();
	uint8_t *der = NULL;
	char text[1024];
	int len;

	(void)state;
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_sign(x, key, NULL);
	len = i2d_X509(x, &der);
	assert_in_range(len, 128, 191);
	encode(text, sizeof(text), der, (size_t)len);
	expect(text, "ca: %s\n", "certificate ca\n");
	OPENSSL_free(der);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
		MBSTRING_ASC, (const unsigned char *)
		"a name of thirty-two characters.", -1, -1, 0);
	X509_sign(x, key, NULL);
	der = NULL;
	len = i2d_X509(x, &der);
	assert_in_range(len, 192, 255);
	encode(text, sizeof(text), der, (size_t)len);
	expect(text, "<ds:X509Certificate>%s</ds:X509Certificate>",
	       "certificate X509Certificate\n");
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void what_only_has_the_form_of_a_key_is_none(void **state)
{
	/* a DigestInfo; an ECDSA signature; the key's beginning in a word */
	static const char *const texts[] = {
		"h=MDEwDQYJYIZIAWUDBAIBBQAE"
		"IAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"s=MEUCIQDxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxQIgAAAAAAAAAAAAAAAA",
		"aaaaaaaaaaaaMCowBQYDK2VwAyEAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		/* a beginning at the very end */
		"a long line of words, so that it is looked at: nothing MI",
		"a long line of words, so that it is looked at: nothing MIG",
		"BQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct collected c;

		parse(&c, texts[i]);
		assert_string_equal(buf_str(&c.text), "");
		collect_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_elliptic_curves_are_found),
		cmocka_unit_test(a_tiny_certificate_is_found),
		cmocka_unit_test(what_only_has_the_form_of_a_key_is_none),
		cmocka_unit_test(der_is_found_by_its_key),
		cmocka_unit_test(pem_in_base64_is_found),
		cmocka_unit_test(pem_after_other_text_is_found_in_base64),
		cmocka_unit_test(what_is_compressed_in_base64_is_found),
		cmocka_unit_test(what_is_damaged_or_too_much_in_gzip_is_told),
		cmocka_unit_test(members_of_a_list_are_numbered),
		cmocka_unit_test(broken_lines_are_joined),
		cmocka_unit_test(blocks_of_pem_are_left_to_pem),
		cmocka_unit_test(words_about_pem_hide_nothing),
		cmocka_unit_test(signatures_of_mail_are_read),
		cmocka_unit_test(pem_in_base64_in_base64_is_found),
		cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(broken_pem_lines_are_reported),
		cmocka_unit_test(
			a_cut_object_is_reported_and_a_quotation_is_not),
		cmocka_unit_test(what_is_above_the_limit_is_reported_once),
		cmocka_unit_test(windows_do_not_cut_objects),
	};

	return cmocka_run_group_tests(tests, make_base64, NULL);
}
