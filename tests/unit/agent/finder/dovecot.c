/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void debians_layout_of_2_3(void **state)
{
	(void)state;
	file("/etc/dovecot/dovecot.conf",
	     "# Enable installed protocols\n"
	     "!include_try /usr/share/dovecot/protocols.d/*.protocol\n"
	     "dict {\n  #quota = mysql:/etc/x\n}\n"
	     "!include conf.d/*.conf\n"
	     "!include_try local.conf\n");
	file("/usr/share/dovecot/protocols.d/imapd.protocol",
	     "protocols = $protocols imap\n");
	file("/etc/dovecot/conf.d/10-master.conf",
	     "service imap-login {\n"
	     "  inet_listener imap {\n    port = 0\n  }\n"
	     "  inet_listener imaps {\n    #port = 993\n    #ssl = yes\n  }\n"
	     "}\n");
	file("/etc/dovecot/conf.d/10-ssl.conf",
	     "ssl = yes\n"
	     "ssl_cert = </etc/dovecot/private/dovecot.pem\n"
	     "ssl_key = < /etc/dovecot/private/dovecot.key\n"
	     "ssl_client_ca_dir = /etc/ssl/certs\n"
	     "local_name imap.b.example {\n"
	     "  ssl_cert = <b.pem # theirs\n"
	     "}\n"
	     "ssl_ca = inline text\n");
	find("dovecot");
#define AT " /etc/dovecot/conf.d/10-ssl.conf:"
	assert_found("certificate /etc/dovecot/private/dovecot.pem" AT "2 "
		     "@*:993\n"
		     "key /etc/dovecot/private/dovecot.key" AT "3 @*:993\n"
		     "ca /etc/ssl/certs" AT "4\n"
		     "certificate /etc/dovecot/conf.d/b.pem" AT "6 "
		     "imap.b.example @*:993\n");
	assert_gaps("");
#undef AT
}

static void the_names_of_2_4(void **state)
{
	(void)state;
	file("/etc/dovecot/dovecot.conf",
	     "dovecot_config_version = 2.4.0\n"
	     "protocols {\n  imap = yes\n  lmtp = yes\n}\n"
	     "ssl_server_cert_file = /k/c.pem\n"
	     "ssl_server_key_file = /k/k.pem\n"
	     "ssl_server_ca_file = /k/ca.pem\n"
	     "protocol imap { ssl_server_cert_file = /k/imap.pem }\n");
	find("dovecot");
#define AT " /etc/dovecot/dovecot.conf:"
	assert_found("certificate /k/c.pem" AT "6 @*:143,*:993\n"
		     "key /k/k.pem" AT "7 @*:143,*:993\n"
		     "client-ca /k/ca.pem" AT "8 @*:143,*:993\n"
		     "certificate /k/imap.pem" AT "9 @*:143,*:993\n");
	assert_gaps("");
#undef AT
}

static void addresses_and_names_have_certificates_of_their_own(void **state)
{
	(void)state;
	file("/etc/dovecot/dovecot.conf",
	     "dovecot_config_version = 2.4.0\n"
	     "protocols = imap\n"
	     "ssl_server_cert_file = inline:-----BEGIN\n"
	     "local 192.0.2.1 {\n"
	     "  ssl_server_cert_file = /k/one.pem\n"
	     "}\n"
	     "local 2001:db8::1 {\n"
	     "  local_name a.example {\n"
	     "    ssl_server_cert_file = /k/two.pem\n"
	     "  }\n"
	     "}\n"
	     "local 198.51.100.0/24 {\n"
	     "  ssl_server_cert_file = /k/net.pem\n"
	     "}\n");
	find("dovecot");
#define AT " /etc/dovecot/dovecot.conf:"
	assert_found("certificate /k/one.pem" AT "5 "
		     "@192.0.2.1:143,192.0.2.1:993\n"
		     "certificate /k/two.pem" AT "9 a.example "
		     "@[2001:db8::1]:143,[2001:db8::1]:993\n"
		     "certificate /k/net.pem" AT "13 @*:143,*:993\n");
	assert_gaps("");
#undef AT
}

static void a_section_without_its_end_is_said(void **state)
{
	(void)state;
	file("/etc/dovecot/dovecot.conf", "ssl_cert = </a\nservice x {\n");
	find("dovecot");
	assert_found("certificate /a /etc/dovecot/dovecot.conf:1\n");
	assert_gaps("/etc/dovecot/dovecot.conf dovecot: line 2: a section "
		    "without its end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_layout_of_2_3),
		finder_test(the_names_of_2_4),
		finder_test(addresses_and_names_have_certificates_of_their_own),
		finder_test(a_section_without_its_end_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
