/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void sockets_and_hosts_are_conditions(void **state)
{
	(void)state;
	file("/etc/lighttpd/lighttpd.conf",
		"server.modules = (\n"
		"\t\"mod_indexfile\",\n"
		"\t\"mod_openssl\", # a comment )\n"
		")\n"
		"server.port = 80\n"
		"include_shell \"/usr/share/lighttpd/create-mime.conf.pl\"\n"
		"include \"/etc/lighttpd/conf-enabled/*.conf\"\n");
	file("/etc/lighttpd/conf-enabled/10-ssl.conf",
		"# -*- depends: mod_openssl -*-\n"
		"$SERVER[\"socket\"] == \"0.0.0.0:443\" {\n"
		"\tssl.engine  = \"enable\"\n"
		"\tssl.pemfile = \"/etc/lighttpd/server.pem\"\n"
		"\tssl.privkey = \"/etc/lighttpd/server.key\"\n"
		"\t$HTTP[\"host\"] == \"b.example\" {\n"
		"\t\tssl.pemfile = \"/etc/lighttpd/b.pem\"\n"
		"\t\tssl.verifyclient.ca-file = \"/etc/lighttpd/ca.pem\"\n"
		"\t}\n"
		"\t$HTTP[\"host\"] == \"c.example\" { ssl.pemfile = var.dir "
		"+ \"/c.pem\" }\n"
		"}\n");
	find("lighttpd");
	assert_found(
		"certificate /etc/lighttpd/server.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:4 @0.0.0.0:443\n"
		"key /etc/lighttpd/server.key "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:5 @0.0.0.0:443\n"
		"certificate /etc/lighttpd/b.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:7 b.example "
		"@0.0.0.0:443\n"
		"client-ca /etc/lighttpd/ca.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:8 b.example "
		"@0.0.0.0:443\n"
		"certificate /etc/lighttpd/server.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:4 @0.0.0.0:443\n"
		"key /etc/lighttpd/server.key "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:5 @0.0.0.0:443\n"
		"certificate /etc/lighttpd/b.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:7 b.example "
		"@0.0.0.0:443\n"
		"client-ca /etc/lighttpd/ca.pem "
		"/etc/lighttpd/conf-enabled/10-ssl.conf:8 b.example "
		"@0.0.0.0:443\n");
	assert_gaps(
		"/etc/lighttpd/lighttpd.conf lighttpd: line 6: the output "
		"of a command is included, which is not run\n"
		"/etc/lighttpd/conf-enabled/10-ssl.conf lighttpd: line 10: "
		"certificate file: a variable in its path is not known\n"
		"/etc/lighttpd/conf-enabled/10-ssl.conf lighttpd: line 10: "
		"certificate file: a variable in its path is not known\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(sockets_and_hosts_are_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
