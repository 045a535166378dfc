/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/unit/agent/format/collect.h"

extern const struct format format_pem;

static struct buf cert;		/* PEM */
static struct buf key;		/* PKCS#8 PEM, made for this run */
static struct buf locked;	/* the same, encrypted */
static struct buf legacy;	/* RSA key with RFC 1421 headers */

static void keep(struct buf *b, BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	buf_init(b, KIB(64));
	assert_int_equal(buf_add(b, data, (size_t)len), 0);
	BIO_free(bio);
}

static int make(void **state)
{
	EVP_PKEY *k = EVP_RSA_gen(2048);
	X509 *x = made_certificate(k, "pem test");
	BIO *b = BIO_new(BIO_s_mem());

	(void)state;
	PEM_write_bio_X509(b, x);
	keep(&cert, b);
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_PKCS8PrivateKey(b, k, NULL, NULL, 0, NULL, NULL);
	keep(&key, b);
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_PKCS8PrivateKey(b, k, EVP_aes_256_cbc(), "pw", 2, NULL,
				      NULL);
	keep(&locked, b);
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey_traditional(b, k, EVP_aes_128_cbc(),
					     (const uint8_t *)"pw", 2, NULL,
					     NULL);
	keep(&legacy, b);
	X509_free(x);
	EVP_PKEY_free(k);
	return 0;
}

static void parse(struct collected *c, const void *text, size_t len)
{
	collect(c, &format_pem, text, len, "");
}

/* Each line of the certificate with ${before} and ${after} around it. */
static void rewrite(struct buf *out, const char *before, const char *after)
{
	const char *p = (const char *)cert.data, *end = p + cert.len;

	buf_init(out, KIB(256));
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		buf_adds(out, before);
		buf_add(out, p, (size_t)(nl - p));
		buf_adds(out, after);
		p = nl + 1;
	}
}

/* Texts are read 128 KiB at a time. */
static void a_line_may_go_over_the_end_of_what_is_read(void **state)
{
	const char *text = (const char *)cert.data;
	size_t end = (size_t)(strstr(buf_str(&cert), "-----END") - text);

	(void)state;
	for (size_t have = 0; have < 40; have++) {
		struct collected c;
		struct buf b;

		buf_init(&b, KIB(256));
		while (b.len < KIB(128) - have - end - 1)
			buf_adds(&b, "x");
		buf_adds(&b, "\n");
		buf_add(&b, cert.data, cert.len);
		parse(&c, b.data, b.len);
		assert_int_equal(c.certificates, 1);
		assert_int_equal(c.gaps, 0);
		collect_free(&c);
		buf_free(&b);
	}
}

static void a_certificate_is_found_however_its_lines_are_dressed(void **state)
{
	static const char *const dress[][2] = {
		{"", "\n"},	  {"", "\r\n"},	    {"", "\r"},
		{"    ", "\n"},	  {"\t", " \t \n"}, {"", "\\n"},
		{"", "\\r\\n"},	  {"\"", "\\n\"\n"}, {"", "\n\n"},
		{"'", "'\n"},	  {"", "\\\\n"},
		/* strings that a program joins, a list, attributes of XML */
		{"\"", "\\n\" +\n\t"}, {"'", "'.\"\\n\".\n"},
		{"  '", "',\n"},	  {"`", "` +\r\n"},
		{"\"", "\" & _\n"},	  {"", "&#10;"},
		{"  b'", "\\n'\n"},
		{"", "&#xD;&#xA;"}, {"", "\\u000A"},
		/* comments, quotations, patches */
		{"# ", "\n"},	  {"#", "\r\n"},     {"\t// ", "\n"},
		{" * ", "\n"},	  {"> ", "\r"},	    {"+", "\n"},
		{"-", "\n"},	  {"-- ", "\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dress) / sizeof(dress[0]); i++) {
		struct collected c;
		struct buf text;

		rewrite(&text, dress[i][0], dress[i][1]);
		parse(&c, text.data, text.len);
		assert_int_equal(c.result, 0);
		assert_string_equal(buf_str(&c.text), "certificate 1\n");
		collect_free(&c);
		buf_free(&text);
	}
}

/* Gson and PHP write '=', '+' and '/' so. */
static void escapes_within_base64_are_undone(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, KIB(64));
	for (size_t i = 0; i < cert.len; i++) {
		uint8_t b = cert.data[i];

		if (b == '=')
			buf_adds(&text, "\\u003d");
		else if (b == '+')
			buf_adds(&text, "\\u002B");
		else if (b == '/')
			buf_adds(&text, "\\/");
		else if (b == '\n')
			buf_adds(&text, "\\n");
		else
			buf_addch(&text, (char)b);
	}
	parse(&c, text.data, text.len);
	assert_string_equal(buf_str(&c.text), "certificate 1\n");
	collect_free(&c);
	buf_free(&text);
}

/* An Ignition file has "data:," and the content so; a query has '+'. */
static void a_certificate_in_a_url_is_read(void **state)
{
	(void)state;
	for (int plus = 0; plus < 2; plus++) {
		struct collected c;
		struct buf text;

		buf_init(&text, KIB(64));
		buf_adds(&text, "source: data:,");
		for (size_t i = 0; i < cert.len; i++) {
			uint8_t b = cert.data[i];

			if (plus && b == ' ')
				buf_addch(&text, '+');
			else if (strchr(" \n+/=", b))
				buf_addf(&text, plus ? "%%%02X" : "%%%02x", b);
			else
				buf_addch(&text, (char)b);
		}
		parse(&c, text.data, text.len);
		assert_string_equal(buf_str(&c.text), "certificate 1\n");
		collect_free(&c);
		buf_free(&text);
	}
}

static void a_comment_about_pem_is_no_gap(void **state)
{
	static const char text[] =
		"# -----BEGIN CERTIFICATE-----\n# ...\n"
		"# -----END CERTIFICATE-----\n"
		"#-----BEGIN CERTIFICATE-----\nkey = value\n"
		"-----BEGIN CERTIFICATE-----\n  MIIC...\n"
		"-----END CERTIFICATE-----\n"
		"-----BEGIN CERTIFICATE-----\n<your certificate>\n"
		"-----END CERTIFICATE-----\n";
	struct collected c;

	(void)state;
	parse(&c, text, strlen(text));
	assert_string_equal(buf_str(&c.text), "");
	collect_free(&c);
}

static void a_text_before_binary_data_is_searched(void **state)
{
	static const char program[] = "\x7f""ELF\0\0\0-----BEGIN CERT";
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, KIB(64));
	buf_add(&text, cert.data, cert.len);
	buf_add(&text, "\0\0\1\2", 4);
	parse(&c, text.data, text.len);
	assert_string_equal(buf_str(&c.text), "certificate 1\n");
	collect_free(&c);
	buf_free(&text);
	assert_int_equal(format_pem.sniff((const uint8_t *)program,
					  sizeof(program), 4096, ""),
			 FORMAT_NO);
}

static void utf16_is_read(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	for (int big = 0; big < 2; big++) {
		buf_init(&text, KIB(256));
		buf_adds(&text, big ? "\xfe\xff" : "\xff\xfe");
		for (size_t i = 0; i < cert.len; i++) {
			buf_addch(&text, big ? '\0' : (char)cert.data[i]);
			buf_addch(&text, big ? (char)cert.data[i] : '\0');
		}
		parse(&c, text.data, text.len);
		assert_string_equal(buf_str(&c.text), "certificate 1\n");
		collect_free(&c);
		buf_free(&text);
	}
}

static void blocks_are_numbered_in_their_order(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, KIB(256));
	buf_adds(&text, "Certificate:\n  Data: -----\n");
	buf_add(&text, cert.data, cert.len);
	buf_add(&text, key.data, key.len);
	buf_add(&text, locked.data, locked.len);
	text.len--;	/* glued: no line break between END and BEGIN */
	buf_add(&text, legacy.data, legacy.len);
	buf_add(&text, cert.data, cert.len);
	parse(&c, text.data, text.len);
	assert_string_equal(buf_str(&c.text), "certificate 1\n"
					      "key 2 spki clear\n"
					      "key 3 none encrypted\n"
					      "key 4 none encrypted\n"
					      "certificate 5\n");
	collect_free(&c);
	buf_free(&text);
}

static void what_is_broken_is_a_gap_and_the_next_is_found(void **state)
{
	static const char *const broken[] = {
		"-----BEGIN CERTIFICATE-----\nMIIB\n",
		"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n"
		"!!!!\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n"
		"AAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END X509 CRL-----\n",
		"-----BEGIN CERTIFICATE-----\n"
		"MAA=\n-----END CERTIFICATE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct collected c;
		struct buf text;

		buf_init(&text, KIB(256));
		buf_adds(&text, broken[i]);
		buf_add(&text, cert.data, cert.len);
		parse(&c, text.data, text.len);
		assert_int_equal(c.gaps, 1);
		assert_int_equal(c.certificates, 1);
		collect_free(&c);
		buf_free(&text);
	}
}

static void a_program_that_talks_of_pem_is_no_gap(void **state)
{
	static const char text[] =
		"if (strstr(s, \"-----BEGIN CERTIFICATE-----\"))\n"
		"	puts(\"-----END CERTIFICATE-----\");\n"
		"see -----BEGIN PGP MESSAGE-----\n";
	struct collected c;

	(void)state;
	parse(&c, text, sizeof(text) - 1);
	assert_int_equal(c.gaps, 0);
	assert_int_equal(c.certificates, 0);
	collect_free(&c);
}

static void a_flood_of_broken_blocks_is_cut_short(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, MIB(8));
	for (int i = 0; i < 100000; i++)
		buf_adds(&text, "-----BEGIN CERTIFICATE-----\n");
	parse(&c, text.data, text.len);
	assert_int_equal(c.gaps, LIMIT_GAPS_PER_FILE + 1);
	collect_free(&c);
	buf_free(&text);
}

static void a_block_over_the_edge_of_a_window_is_found(void **state)
{
	(void)state;
	for (size_t at = KIB(128) - 40; at < KIB(128) + 8; at++) {
		struct collected c;
		struct buf text;

		buf_init(&text, KIB(512));
		while (text.len < at)
			buf_addch(&text, '.');
		text.data[at - 1] = '\n';
		buf_add(&text, cert.data, cert.len);
		parse(&c, text.data, text.len);
		assert_int_equal(c.certificates, 1);
		assert_int_equal(c.gaps, 0);
		collect_free(&c);
		buf_free(&text);
	}
}

static void a_block_above_the_limit_is_a_gap(void **state)
{
	struct collected c;
	struct buf text;

	(void)state;
	buf_init(&text, MIB(16));
	buf_adds(&text, "-----BEGIN X509 CRL-----\n");
	for (size_t i = 0; i < MIB(6) / 64; i++)
		buf_addf(&text, "%064d\n", 0);
	buf_adds(&text, "-----END X509 CRL-----\n");
	buf_add(&text, cert.data, cert.len);
	parse(&c, text.data, text.len);
	assert_int_equal(c.gaps, 1);
	assert_int_equal(c.certificates, 1);
	collect_free(&c);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_line_may_go_over_the_end_of_what_is_read),
		cmocka_unit_test(
			a_certificate_is_found_however_its_lines_are_dressed),
		cmocka_unit_test(escapes_within_base64_are_undone),
		cmocka_unit_test(a_certificate_in_a_url_is_read),
		cmocka_unit_test(a_comment_about_pem_is_no_gap),
		cmocka_unit_test(a_text_before_binary_data_is_searched),
		cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(blocks_are_numbered_in_their_order),
		cmocka_unit_test(what_is_broken_is_a_gap_and_the_next_is_found),
		cmocka_unit_test(a_program_that_talks_of_pem_is_no_gap),
		cmocka_unit_test(a_flood_of_broken_blocks_is_cut_short),
		cmocka_unit_test(a_block_over_the_edge_of_a_window_is_found),
		cmocka_unit_test(a_block_above_the_limit_is_a_gap),
	};
	int r = cmocka_run_group_tests(tests, make, NULL);

	buf_free(&cert);
	buf_free_secret(&key);
	buf_free_secret(&locked);
	buf_free_secret(&legacy);
	return r;
}
