/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include <openssl/x509.h>

#include "lib/limits.h"
#include "lib/name.h"

#define DER(s) ((struct der){(const uint8_t *)(s), sizeof(s) - 1})

static struct arena arena;

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

/* Text of a Name with one CN whose value has ${tag}. */
static const char *text_of(uint8_t tag, const char *bytes, size_t len)
{
	uint8_t n = (uint8_t)len;
	uint8_t der[128] = {0x31, n + 9, 0x30, n + 7, 6, 3, 0x55, 4, 3, tag, n};
	char *text = NULL;

	assert_true(len < 100);
	memcpy(der + 11, bytes, len);
	assert_int_equal(name_text((struct der){der, len + 11}, &arena, &text),
			 0);
	return text;
}

#define TEXT(tag, bytes) text_of((tag), (bytes), sizeof(bytes) - 1)

static void special_characters_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(TEXT(DER_UTF8_STRING, "a,b+c\"d\\e<f>g;h=i"),
			    "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i");
	assert_string_equal(TEXT(DER_PRINTABLE_STRING, " a b "),
			    "CN=\\ a b\\ ");
	assert_string_equal(TEXT(DER_PRINTABLE_STRING, " "), "CN=\\ ");
	assert_string_equal(TEXT(DER_PRINTABLE_STRING, "  "), "CN=\\ \\ ");
	assert_string_equal(TEXT(DER_PRINTABLE_STRING, "#a#"), "CN=\\#a#");
	assert_string_equal(TEXT(DER_UTF8_STRING, ""), "CN=");
}

static void control_characters_are_escaped_as_octets(void **state)
{
	(void)state;
	assert_string_equal(TEXT(DER_IA5_STRING, "a\0b\n\x7f"),
			    "CN=a\\00b\\0A\\7F");
	assert_string_equal(TEXT(DER_UTF8_STRING, "\xc2\x85"), "CN=\\C2\\85");
}

static void string_types_become_utf8(void **state)
{
	(void)state;
	assert_string_equal(TEXT(DER_UTF8_STRING, "\xc3\xa9\xf0\x9f\x98\x80"),
			    "CN=\xc3\xa9\xf0\x9f\x98\x80");
	assert_string_equal(TEXT(DER_T61_STRING, "\xe9"), "CN=\xc3\xa9");
	assert_string_equal(TEXT(DER_BMP_STRING, "\x00" "a\x20\xac"),
			    "CN=a\xe2\x82\xac");
	assert_string_equal(TEXT(DER_BMP_STRING, "\xd8\x3d\xde\x00"),
			    "CN=\xf0\x9f\x98\x80");
	assert_string_equal(TEXT(DER_UNIVERSAL_STRING, "\x00\x01\xf6\x00"),
			    "CN=\xf0\x9f\x98\x80");
}

static void invalid_bytes_are_escaped_not_lost(void **state)
{
	(void)state;
	assert_string_equal(TEXT(DER_UTF8_STRING, "a\xff\xc3"),
			    "CN=a\\FF\\C3");
	assert_string_equal(TEXT(DER_PRINTABLE_STRING, "\xe9"), "CN=\\E9");
	assert_string_equal(TEXT(DER_BMP_STRING, "\xd8\x00\x00" "a"),
			    "CN=\\D8\\00a");
	assert_string_equal(TEXT(DER_BMP_STRING, "\x00" "ab"), "CN=a\\62");
	assert_string_equal(TEXT(DER_UNIVERSAL_STRING, "\x00\x11\x00\x00"),
			    "CN=\\00\\11\\00\\00");
}

static void a_value_that_is_no_string_is_shown_as_hex(void **state)
{
	(void)state;
	assert_string_equal(TEXT(DER_BIT_STRING, "\x00\x01"),
			    "CN=#03020001");
}

/* OpenSSL's RFC 2253 form, which differs in other attribute types only. */
static void compare_with_libcrypto(const char *const entries[][2], size_t n)
{
	X509_NAME *name = X509_NAME_new();
	BIO *out = BIO_new(BIO_s_mem());
	uint8_t *der = NULL;
	struct der d, body;
	char *text = NULL, *theirs = NULL;
	int len;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(X509_NAME_add_entry_by_txt(name,
			entries[i][0], MBSTRING_UTF8,
			(const uint8_t *)entries[i][1], -1, -1, 0), 1);
	len = i2d_X509_NAME(name, &der);
	d = (struct der){der, (size_t)len};
	assert_int_equal(der_take(&d, DER_SEQUENCE, &body), 0);
	assert_int_equal(name_text(body, &arena, &text), 0);
	X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 &
			   ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	BIO_write(out, "", 1);
	BIO_get_mem_data(out, &theirs);
	assert_string_equal(text, theirs);
	BIO_free(out);
	OPENSSL_free(der);
	X509_NAME_free(name);
}

static void names_are_as_libcrypto_writes_them(void **state)
{
	static const char *const entries[][2] = {
		{"C", "DE"}, {"ST", "Bavaria"}, {"L", "M\xc3\xbcnchen"},
		{"O", " A + B; \"C\" "},
		{"OU", "#1"}, {"DC", "example"}, {"UID", "u\\1"},
		{"CN", "www.example.org"},
		{"emailAddress", "a@example.org"},
	};

	(void)state;
	compare_with_libcrypto(entries, sizeof(entries) / sizeof(entries[0]));
	compare_with_libcrypto(entries, 0);
}

static void unknown_types_are_dotted_with_hex(void **state)
{
	struct der name = DER("\x31\x0c\x30\x0a\x06\x03\x55\x04\x05"
			      "\x13\x03" "123");
	char *text = NULL;

	(void)state;
	assert_int_equal(name_text(name, &arena, &text), 0);
	assert_string_equal(text, "2.5.4.5=#1303313233");
}

static void members_of_an_rdn_keep_their_order(void **state)
{
	struct der name = DER("\x31\x0a\x30\x08\x06\x03\x55\x04\x06\x13\x01" "D"
			      "\x31\x14"
			      "\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"
			      "\x30\x08\x06\x03\x55\x04\x0b\x0c\x01" "b");
	char *text = NULL;

	(void)state;
	assert_int_equal(name_text(name, &arena, &text), 0);
	assert_string_equal(text, "CN=a+OU=b,C=D");
}

static void what_is_not_a_name_is_refused(void **state)
{
	static const struct der cases[] = {
		DER("\x30\x00"), DER("\x31\x02\x31\x00"),
		DER("\x31\x05\x30\x03\x06\x01\x2a"),
		DER("\x31\x07\x30\x05\x06\x01\x80\x0c\x00"),
		DER("\x31\x09\x30\x07\x06\x01\x2a\x0c\x00\x0c\x00"),
		DER("\x31\x0b\x30"),
	};
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(name_text(cases[i], &arena, &text), -EBADMSG);
	assert_null(text);
}

static void a_long_name_needs_no_more_than_its_text(void **state)
{
	static uint8_t der[100 * 63];
	const struct der one = DER("\x31\x3d\x30\x3b\x06\x03\x55\x04\x03\x0c");
	struct arena small;
	char *text = NULL;

	(void)state;
	memset(der, 'x', sizeof(der));
	for (size_t i = 0; i < 100; i++) {
		memcpy(der + 63 * i, one.data, one.len);
		der[63 * i + one.len] = 52;
	}
	arena_init(&small, 16384);
	assert_int_equal(name_text((struct der){der, sizeof(der)}, &small,
				   &text), 0);
	assert_int_equal(strlen(text), 100 * 56 - 1);
	arena_free(&small);
	arena_init(&small, 4096);
	assert_int_equal(name_text((struct der){der, sizeof(der)}, &small,
				   &text), -ENOBUFS);
	arena_free(&small);
}

static void plain_text_escapes_what_is_not_text(void **state)
{
	(void)state;
	assert_string_equal(name_plain_text(DER("www.example.org"), &arena),
			    "www.example.org");
	assert_string_equal(name_plain_text(DER("a\0.org"), &arena),
			    "a\\00.org");
	assert_string_equal(name_plain_text(DER("\xc3\xa9\xe9\\"), &arena),
			    "\xc3\xa9\\E9\\5C");
	assert_string_equal(name_plain_text(DER(""), &arena), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_characters_are_escaped),
		cmocka_unit_test(control_characters_are_escaped_as_octets),
		cmocka_unit_test(string_types_become_utf8),
		cmocka_unit_test(invalid_bytes_are_escaped_not_lost),
		cmocka_unit_test(a_value_that_is_no_string_is_shown_as_hex),
		cmocka_unit_test(names_are_as_libcrypto_writes_them),
		cmocka_unit_test(unknown_types_are_dotted_with_hex),
		cmocka_unit_test(members_of_an_rdn_keep_their_order),
		cmocka_unit_test(what_is_not_a_name_is_refused),
		cmocka_unit_test(a_long_name_needs_no_more_than_its_text),
		cmocka_unit_test(plain_text_escapes_what_is_not_text),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
