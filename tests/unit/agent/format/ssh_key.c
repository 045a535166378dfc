/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH's private keys, as they come out of ssh-keygen through PEM. */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

#include <unistd.h>

extern const struct format format_ssh_key;
extern const struct format format_pem;

/* The key that ssh-keygen makes with ${options}. */
static void keygen(struct collected *c, const char *options)
{
	char folder[] = "/tmp/cw-test-XXXXXX", command[512], path[64];
	struct buf text;

	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command),
		 "cd %s && ssh-keygen -q %s -C 'my key' -f k", folder, options);
	assert_true(tool(command));
	snprintf(path, sizeof(path), "%s/k", folder);
	buf_init(&text, KIB(64));
	assert_int_equal(file_read(path, &text), 0);
	collect(c, &format_pem, text.data, text.len, "k");
	buf_free(&text);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	tool(command);
}

static void keys_without_password_show_their_comment(void **state)
{
	static const struct {
		const char *options;
		const char *yields;
	} cases[] = {
		{"-t rsa -b 2048 -N ''", "ssh 1 RSA 2048 'my key' spki clear"},
		{"-t ecdsa -b 384 -N ''", "ssh 1 EC 384 'my key' spki clear"},
		{"-t ed25519 -N ''", "ssh 1 Ed25519 256 'my key' spki clear"},
	};
	struct collected c;

	(void)state;
	if (!tool_is_installed("ssh-keygen"))
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		keygen(&c, cases[i].options);
		assert_yields(&c, cases[i].yields);
		assert_int_equal(c.gaps, 0);
		collect_free(&c);
	}
}

static void an_encrypted_key_shows_its_public_half(void **state)
{
	struct collected c;

	(void)state;
	if (!tool_is_installed("ssh-keygen"))
		skip();
	keygen(&c, "-t ed25519 -a 20 -N secret");
	assert_yields(&c, "ssh 1 Ed25519 256 '' spki bcrypt aes256-ctr "
			  "private\n");
	collect_free(&c);
}

static void what_is_cut_or_absurd_is_reported(void **state)
{
	/* none, none, no options, 2^31 keys */
	static const char many[] =
		"openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\x7f\xff\xff"
		"\xff\0\0\0\1\1";
	struct collected c;

	(void)state;
	collect(&c, &format_ssh_key, many, sizeof(many), "");
	assert_yields(&c, "gap 4 OpenSSH key: claims 2147483647 keys");
	collect_free(&c);
	for (size_t len = 16; len < 38; len++) {
		collect(&c, &format_ssh_key, many, len, "");
		assert_yields(&c, "gap 5 OpenSSH key: cut short");
		collect_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_without_password_show_their_comment),
		cmocka_unit_test(an_encrypted_key_shows_its_public_half),
		cmocka_unit_test(what_is_cut_or_absurd_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
