/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

#include <unistd.h>

extern const struct format format_ssh_lines;

#define ED25519 \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPLW0ZwCkRQldpLa4I5BpwGaABEiM0" \
	"RVZneImaq7zN3u"

static void parse(struct collected *c, const char *text)
{
	collect(c, &format_ssh_lines, text, strlen(text), "");
}

static void each_line_is_a_location(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "# mine\n" ED25519 " it's me\r\n\n"
		  "restrict,command=\"say \\\"hi, you\\\"\",no-pty " ED25519
		  "\n");
	assert_int_equal(c.result, 0);
	assert_string_equal(buf_str(&c.text),
			    "ssh 2 Ed25519 256 'it's me' spki\n"
			    "ssh 4 Ed25519 256 '' spki option:restrict "
			    "option:command option:no-pty\n");
	collect_free(&c);
}

static void known_hosts_are_counted(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "host.example,10.0.0.1 " ED25519 "\n"
		  "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y="
		  "|3988QV0VE8wmZL7suNrYQLITLCg= "
		  ED25519 "\n"
		  "[host.example]:2222 " ED25519 "\n"
		  "@cert-authority *.example " ED25519 "\n"
		  "@revoked * " ED25519 "\n");
	assert_string_equal(buf_str(&c.text),
			    "ssh   0 '5 known hosts, 1 of them hashed, "
			    "1 authorities, 1 revoked'\n");
	collect_free(&c);
}

static void keys_in_other_texts_are_found(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "users:\n  - name: a\n    ssh_authorized_keys:\n"
		  "      - " ED25519 " a@b\n"
		  "{\"key\": \"" ED25519 " c@d\", \"n\": 1}\n"
		  "key: " ED25519 "\n");
	assert_string_equal(buf_str(&c.text),
			    "ssh 4 Ed25519 256 'a@b' spki\n"
			    "ssh 5 Ed25519 256 'c@d' spki\n"
			    "ssh 6 Ed25519 256 '' spki\n");
	collect_free(&c);
}

static void a_type_that_is_not_the_one_inside_is_no_key(void **state)
{
	static const char *const texts[] = {
		("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIPLW0ZwCkRQldpLa4I5BpwGaABE"
		 "iM0RVZneImaq7zN3u                                          "),
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPLW0ZwCkRQldpLa4I5BpwGa",
		"ssh-ed25519 AAAA\n and nothing else that would be a key here",
		"host IN AAAA 2001:db8::1 ; a record of the name system, not",
		" AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA",
	};
	struct collected c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s%70s", texts[i], "");
		parse(&c, text);
		assert_int_equal(c.result, -EBADMSG);
		assert_int_equal(c.text.len, 0);
		collect_free(&c);
	}
}

static void certificates_show_principals_and_validity(void **state)
{
	struct collected c;
	struct buf text;
	char folder[] = "/tmp/cw-test-XXXXXX", command[1024], path[64];

	(void)state;
	if (!tool_is_installed("ssh-keygen"))
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command),
		 "cd %s && ssh-keygen -q -t ed25519 -N '' -f ca && "
		 "ssh-keygen -q -t ecdsa -N '' -C 'who' -f k && "
		 "ssh-keygen -q -s ca -I 'the id' -n root,www -z 255 -h "
		 "-V 20240101000000Z:20300101000000Z k.pub 2>/dev/null || "
		 "ssh-keygen -q -s ca -I 'the id' -n root,www -z 255 -h "
		 "-V 20240101000000:20300101000000 k.pub", folder);
	assert_true(tool(command));
	snprintf(path, sizeof(path), "%s/k-cert.pub", folder);
	buf_init(&text, KIB(64));
	assert_int_equal(file_read(path, &text), 0);
	collect(&c, &format_ssh_lines, text.data, text.len, "k-cert.pub");
	assert_yields(&c, "ssh-certificate 1 EC 256 'who' spki for root for "
			  "www serial ff id the id role host until 1893");
	collect_free(&c);
	buf_free(&text);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	tool(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_location),
		cmocka_unit_test(known_hosts_are_counted),
		cmocka_unit_test(keys_in_other_texts_are_found),
		cmocka_unit_test(a_type_that_is_not_the_one_inside_is_no_key),
		cmocka_unit_test(certificates_show_principals_and_validity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
