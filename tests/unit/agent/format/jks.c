/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>

#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_jks;
extern const struct format format_jceks;

static void add_number(struct buf *b, uint64_t n, unsigned int bytes)
{
	while (bytes-- > 0)
		buf_addch(b, (char)(n >> 8 * bytes));
}

static void add_utf(struct buf *b, const char *text)
{
	add_number(b, strlen(text), 2);
	buf_adds(b, text);
}

static void add_header(struct buf *b, uint32_t magic, uint32_t version,
		       uint32_t count)
{
	add_number(b, magic, 4);
	add_number(b, version, 4);
	add_number(b, count, 4);
}

static void add_entry(struct buf *b, uint32_t tag, const char *alias)
{
	add_number(b, tag, 4);
	add_utf(b, alias);
	add_number(b, 1700000000000, 8);
}

static void add_certificate(struct buf *b, const char *name)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, name);
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	add_utf(b, "X.509");
	add_number(b, (uint64_t)len, 4);
	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* The digest that the password gives; ASCII only. */
static void add_digest(struct buf *b, const char *password)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];

	EVP_DigestInit_ex(c, EVP_sha1(), NULL);
	for (; *password; password++) {
		EVP_DigestUpdate(c, "", 1);
		EVP_DigestUpdate(c, password, 1);
	}
	EVP_DigestUpdate(c, "Mighty Aphrodite", 16);
	EVP_DigestUpdate(c, b->data, b->len);
	EVP_DigestFinal_ex(c, digest, NULL);
	buf_add(b, digest, 20);
	EVP_MD_CTX_free(c);
}

static void make_store(struct buf *b, const char *password)
{
	buf_init(b, KIB(64));
	add_header(b, 0xfeedfeed, 2, 2);
	add_entry(b, 1, "server");
	add_number(b, 4, 4);
	buf_add(b, "0\2\5\0", 4);
	add_number(b, 1, 4);
	add_certificate(b, "server");
	add_entry(b, 2, "root");
	add_certificate(b, "root");
	add_digest(b, password);
}

static void entries_are_read_without_a_password(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "nobody guesses this");
	collect(&c, &format_jks, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate server/1\n"
		      "key server spki encrypted\n"
		      "certificate root trusted\n"
		      "store jks | certificates: 2, private keys: 1; "
		      "aliases: server, root |  | opened by nothing\n");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
}

static void a_default_password_is_told(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "changeit");
	collect(&c, &format_jks, b.data, b.len, "");
	assert_yields(&c, "opened by default, well known\n");
	collect_free(&c);
	buf_free(&b);
}

static void every_truncation_ends_with_a_gap(void **state)
{
	struct buf b;

	(void)state;
	make_store(&b, "changeit");
	for (size_t n = 4; n < b.len; n += 5) {
		struct collected c;

		collect(&c, &format_jks, b.data, n, "");
		assert_int_equal(c.result, 0);
		assert_true(c.gaps > 0);
		collect_free(&c);
	}
	buf_free(&b);
}

static void absurd_counts_and_lengths_are_a_gap(void **state)
{
	static const uint32_t counts[] = { 0x80000000, 0x7fffffff, 0xffffffff };
	struct collected c;
	struct buf b;

	(void)state;
	for (int i = 0; i < 3; i++) {
		buf_init(&b, KIB(1));
		add_header(&b, 0xfeedfeed, 2, counts[i]);
		buf_add(&b, "0123456789012345678901234567890123456789", 40);
		collect(&c, &format_jks, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "gap 5 ");
		collect_free(&c);
		buf_reset(&b);
		/* a chain of as many certificates, a key of as many bytes */
		add_header(&b, 0xfeedfeed, 2, 1);
		add_entry(&b, 1, "x");
		add_number(&b, i ? 0 : counts[i], 4);
		add_number(&b, counts[i], 4);
		collect(&c, &format_jks, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "gap 5 ");
		collect_free(&c);
		buf_free(&b);
	}
}

static void entries_after_a_sealed_object_are_found(void **state)
{
	/* a class with a field, whose value is a byte array */
	static const char object[] =
		"\xac\xed\0\5sr\0\1Sxxxxxxxx\2\0\1[\0\1et\0\2[Bxpur\0\2[B"
		"xxxxxxxx\2\0\0xp\0\0\0\3abc";
	struct collected c;
	struct buf b;

	(void)state;
	for (int broken = 0; broken < 2; broken++) {
		buf_init(&b, KIB(64));
		add_header(&b, 0xcececece, 2, 2);
		add_entry(&b, 3, "secret");
		buf_add(&b, object, sizeof(object) - 1);
		if (broken)
			b.data[b.len - sizeof(object) + 5] = 'Q';
		add_entry(&b, 2, "root");
		add_certificate(&b, "root");
		add_digest(&b, "x");
		collect(&c, &format_jceks, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "certificate root trusted\n");
		assert_yields(&c, "secrets: 1");
		assert_int_equal(c.gaps, broken);
		collect_free(&c);
		buf_free(&b);
	}
}

static void stores_of_keytool_are_read(void **state)
{
	struct collected c;
	struct buf b;
	char dir[] = "/tmp/cw-jks-XXXXXX";
	char command[1024];

	(void)state;
	if (!tool_is_installed("keytool") || !mkdtemp(dir))
		skip();
	snprintf(command, sizeof(command),
		 "cd %s && k='keytool -keystore s -storetype JCEKS -storepass "
		 "secret -keypass secret' && $k -genkeypair -alias pair "
		 "-keyalg EC -dname CN=x >/dev/null 2>&1 && "
		 "$k -genseckey -alias sealed -keyalg AES -keysize 128 "
		 ">/dev/null 2>&1 && "
		 "$k -genkeypair -alias zwei -keyalg EC -dname CN=y "
		 ">/dev/null 2>&1", dir);
	if (!tool(command))
		skip();
	snprintf(command, sizeof(command), "%s/s", dir);
	buf_init(&b, MIB(1));
	assert_int_equal(file_read(command, &b), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	tool(command);
	collect(&c, &format_jceks, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate pair/1\n");
	assert_yields(&c, "certificate zwei/1\n");
	assert_yields(&c, "key zwei spki encrypted\n");
	assert_yields(&c, "secrets: 1");
	assert_yields(&c, "opened by default, well known");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read_without_a_password),
		cmocka_unit_test(a_default_password_is_told),
		cmocka_unit_test(every_truncation_ends_with_a_gap),
		cmocka_unit_test(absurd_counts_and_lengths_are_a_gap),
		cmocka_unit_test(entries_after_a_sealed_object_are_found),
		cmocka_unit_test(stores_of_keytool_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
