/* SPDX-License-Identifier: Apache-2.0 */
/* PuTTY's and the SSH2 makers' files: both wrap the same blob. */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_putty;
extern const struct format format_ssh2;

#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIPLW0ZwCkRQldpLa4I5BpwGa\r\n" \
	     "ABEiM0RVZneImaq7zN3u\r\n"

static void parse(struct collected *c, const struct format *f, const char *text)
{
	collect(c, f, text, strlen(text), "");
}

static void ppk_of_both_versions_is_read(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, &format_putty,
	      "PuTTY-User-Key-File-2: ssh-ed25519\r\nEncryption: none\r\n"
	      "Comment: a b\r\nPublic-Lines: 2\r\n" BLOB
	      "Private-Lines: 1\r\nc2VjcmV0\r\nPrivate-MAC: 00\r\n");
	assert_string_equal(buf_str(&c.text),
			    "ssh  Ed25519 256 'a b' spki clear private\n");
	collect_free(&c);
	parse(&c, &format_putty,
	      "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\n"
	      "Comment: \nPublic-Lines: 2\n" BLOB
	      "Key-Derivation: Argon2id\nArgon2-Passes: 13\n"
	      "Private-Lines: 1\nc2VjcmV0\n");
	assert_string_equal(buf_str(&c.text),
			    "ssh  Ed25519 256 '' spki Argon2 aes256-cbc "
			    "private\n");
	collect_free(&c);
}

static void a_broken_ppk_is_reported(void **state)
{
	static const char *const texts[] = {
		"PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\n",
		"PuTTY-User-Key-File-2: x\nPublic-Lines: 4294967295\nAAAA\n",
		"PuTTY-User-Key-File-2: x\nPublic-Lines: 1\n?\n",
		"PuTTY-User-Key-File-2: x\nPublic-Lines: 1",
	};
	struct collected c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		parse(&c, &format_putty, texts[i]);
		assert_yields(&c, "gap 5 PuTTY key: ");
		collect_free(&c);
	}
}

static void ssh2_public_keys_are_read(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, &format_ssh2,
	      "---- BEGIN SSH2 PUBLIC KEY ----\r\nSubject: me\r\n"
	      "Comment: \"a b\"\r\nx-note: one \\\r\n  two\r\n" BLOB
	      "---- END SSH2 PUBLIC KEY ----\r\n");
	assert_string_equal(buf_str(&c.text), "ssh  Ed25519 256 'a b' spki\n");
	collect_free(&c);
	parse(&c, &format_ssh2,
	      "---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\n" BLOB);
	assert_yields(&c, "gap 5 RFC 4716 section 3.2: no END line");
	collect_free(&c);
	parse(&c, &format_ssh2,
	      "---- BEGIN SSH2 PUBLIC KEY ----\nComment:"
	      "---- END SSH2 PUBLIC KEY ----");
	assert_yields(&c, "gap 5 RFC 4716 section 3.4");
	collect_free(&c);
	parse(&c, &format_ssh2,
	      "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n");
	assert_yields(&c, "gap 9 SSH2: not a public key");
	collect_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ppk_of_both_versions_is_read),
		cmocka_unit_test(a_broken_ppk_is_reported),
		cmocka_unit_test(ssh2_public_keys_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
