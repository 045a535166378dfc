/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void a_server_has_its_names_and_tls_addresses(void **state)
{
	(void)state;
	file("/etc/nginx/nginx.conf",
	     "user www-data;\n"
	     "events { worker_connections 768; }\n"
	     "http {\n"
	     "\tssl_protocols TLSv1.2 TLSv1.3;\n"
	     "\tinclude /etc/nginx/conf.d/*.conf;\n"
	     "\tinclude sites-enabled/*;\n"
	     "}\n");
	file("/etc/nginx/sites-available/default",
	     "server {\n"
	     "\tlisten 80 default_server;\n"
	     "\tlisten 443 ssl default_server;\n"
	     "\tlisten [::]:443 ssl;\n"
	     "\tserver_name _;\n"
	     "\tssl_certificate /etc/ssl/a.pem;   # chain too\n"
	     "\tssl_certificate_key \"/etc/ssl/a.key\";\n"
	     "\tssl_certificate     ec.pem;\n"
	     "\tssl_certificate_key ec.key;\n"
	     "\tssl_client_certificate /etc/ssl/ca.pem;\n"
	     "\tserver_name a.example www.a.example ~^x\\.;\n"
	     "\tlocation /api {\n"
	     "\t\tproxy_pass https://10.0.0.1;\n"
	     "\t\tproxy_ssl_certificate /etc/ssl/up.pem;\n"
	     "\t\tproxy_ssl_trusted_certificate /etc/ssl/up-ca.pem;\n"
	     "\t}\n"
	     "}\n");
	file("/etc/nginx/sites-enabled/.hidden", "nonsense");
	link_to("/etc/nginx/sites-enabled/default",
		"/etc/nginx/sites-available/default");
	find("nginx");
#define AT "/etc/nginx/sites-enabled/default"
#define WHO " a.example,www.a.example,~^x\\. @*:443,[::]:443\n"
	assert_found("client-certificate /etc/ssl/up.pem " AT ":14" WHO
		     "ca /etc/ssl/up-ca.pem " AT ":15" WHO
		     "certificate /etc/ssl/a.pem " AT ":6" WHO
		     "certificate /etc/nginx/ec.pem " AT ":8" WHO
		     "key /etc/ssl/a.key " AT ":7" WHO
		     "key /etc/nginx/ec.key " AT ":9" WHO
		     "client-ca /etc/ssl/ca.pem " AT ":10" WHO);
	assert_gaps("");
#undef AT
#undef WHO
}

static void a_server_inherits_unless_it_has_its_own(void **state)
{
	(void)state;
	file("/etc/nginx/nginx.conf",
	     "http {\n"
	     "  ssl_certificate all.pem;\n"
	     "  ssl_certificate_key all.key;\n"
	     "  server { listen 443 ssl; server_name a; }\n"
	     "  server { listen 8443 ssl; server_name b; }\n"
	     "  server { listen 80; server_name plain; }\n"
	     "  server { listen 443 ssl; server_name c;\n"
	     "    ssl_certificate c.pem; ssl_certificate_key c.key; }\n"
	     "}\n"
	     "stream { server { listen 636 ssl; ssl_certificate s.pem; } }\n"
	     "mail { ssl_certificate m.pem; server { listen 993 ssl; } }\n");
	find("nginx");
#define AT " /etc/nginx/nginx.conf:"
	assert_found("certificate /etc/nginx/all.pem" AT "2 a,b "
		     "@*:443,*:8443\n"
		     "key /etc/nginx/all.key" AT "3 a,b @*:443,*:8443\n"
		     "certificate /etc/nginx/c.pem" AT "8 c @*:443\n"
		     "key /etc/nginx/c.key" AT "8 c @*:443\n"
		     "certificate /etc/nginx/s.pem" AT "10 @*:636\n"
		     "certificate /etc/nginx/m.pem" AT "11 @*:993\n");
	assert_gaps("");
}

static void a_variable_in_a_path_is_said(void **state)
{
	(void)state;
	file("/etc/nginx/nginx.conf",
	     "http { server {\n"
	     "ssl_certificate /ssl/$ssl_server_name.pem;\n"
	     "ssl_certificate_key data:$key;\n"
	     "} }\n");
	find("nginx");
	assert_found("");
	assert_gaps("/etc/nginx/nginx.conf nginx: line 2: certificate file: a "
		    "variable in its path is not known\n");
}

static void includes_in_a_circle_end(void **state)
{
	(void)state;
	file("/etc/nginx/nginx.conf", "http { include a; }\n");
	file("/etc/nginx/a", "include b;\nssl_certificate x;\n");
	file("/etc/nginx/b", "include a;\n");
	find("nginx");
	assert_found("certificate /etc/nginx/x /etc/nginx/a:2\n");
	assert_gaps("/etc/nginx/b nginx: line 1: includes go round in a "
		    "circle, or too deep\n");
}

static void what_is_broken_is_said_with_its_line(void **state)
{
	(void)state;
	file("/etc/nginx/nginx.conf",
	     "http {\n ssl_certificate x;\n include gone.conf;\n"
	     " include bad.conf;\n}\n");
	file("/etc/nginx/bad.conf", "server {\n listen 443 ssl }\n");
	find("nginx");
	assert_found("certificate /etc/nginx/x /etc/nginx/nginx.conf:2 "
		     "@*:443\n");
	assert_gaps("/etc/nginx/gone.conf nginx: the configuration was"
		    " not read: No such file or directory\n"
		    "/etc/nginx/bad.conf nginx: line 2: a statement without "
		    "its ;\n");
}

static void the_command_line_names_the_file(void **state)
{
	const char *const title[] = {
		"nginx: master process /usr/sbin/nginx -c /srv/n.conf", NULL};
	const char *const relative[] = {"nginx", "-p", "app", "-c", "m.conf",
					NULL};

	(void)state;
	file("/srv/n.conf", "http { ssl_certificate n.pem; }\n");
	file("/srv/app/m.conf", "http { ssl_certificate m.pem; }\n");
	find_started("nginx", "/usr/sbin/nginx", title);
	assert_found("certificate /srv/n.pem /srv/n.conf:1\n");
	find_started("nginx", "/usr/sbin/nginx", relative);
	assert_found("certificate /srv/app/m.pem /srv/app/m.conf:1\n");
	find_started("nginx", "/usr/bin/other", relative);
	assert_found("");
}

static void zero_bytes_are_no_configuration(void **state)
{
	(void)state;
	file_bytes("/etc/nginx/nginx.conf", "http {\0}", 8);
	find("nginx");
	assert_found("");
	assert_gaps("/etc/nginx/nginx.conf nginx: holds zero bytes\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(a_server_has_its_names_and_tls_addresses),
		finder_test(a_server_inherits_unless_it_has_its_own),
		finder_test(a_variable_in_a_path_is_said),
		finder_test(includes_in_a_circle_end),
		finder_test(what_is_broken_is_said_with_its_line),
		finder_test(the_command_line_names_the_file),
		finder_test(zero_bytes_are_no_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
