/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

#define DEBIAN \
	"DefaultRuntimeDir ${APACHE_RUN_DIR}\n" \
	"IncludeOptional mods-enabled/*.conf\n" \
	"Include ports.conf\n" \
	"<Directory />\n\tRequire all denied\n</Directory>\n" \
	"IncludeOptional sites-enabled/*.conf\n"

static void debians_layout_is_followed(void **state)
{
	(void)state;
	file("/etc/apache2/apache2.conf", DEBIAN);
	file("/etc/apache2/envvars",
	     "unset HOME\nexport APACHE_RUN_DIR=/var/run/apache2$SUFFIX\n"
	     "export CERTS=/srv/certs\n");
	file("/etc/apache2/ports.conf",
	     "Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n");
	file("/etc/apache2/sites-available/default-ssl.conf",
	     "<VirtualHost *:443 [::]:443>\n"
	     "\tServerName https://www.a.example:443\n"
	     "\tServerAlias a.example *.a.example\n"
	     "\tDocumentRoot /var/www/html\n"
	     "\tSSLEngine on\n"
	     "\tSSLCertificateFile      /etc/ssl/certs/ssl-cert-snakeoil.pem\n"
	     "\tSSLCertificateKeyFile   /etc/ssl/private/"
	     "ssl-cert-snakeoil.key\n"
	     "\t#SSLCertificateChainFile /etc/apache2/ssl.crt/chain.crt\n"
	     "\tSSLCACertificatePath ${CERTS}/ca\n"
	     "\t<FilesMatch \"\\.(?:cgi|shtml)$\">\n"
	     "\t\tSSLOptions +StdEnvVars\n"
	     "\t</FilesMatch>\n"
	     "</VirtualHost>\n");
	file("/etc/apache2/sites-enabled/note.txt", "not read");
	link_to("/etc/apache2/sites-enabled/default-ssl.conf",
		"../sites-available/default-ssl.conf");
	find("apache");
#define AT " /etc/apache2/sites-enabled/default-ssl.conf:"
#define WHO " www.a.example,a.example,*.a.example @*:443,[::]:443\n"
	assert_found("certificate /etc/ssl/certs/ssl-cert-snakeoil.pem" AT "6"
		     WHO "key /etc/ssl/private/ssl-cert-snakeoil.key" AT "7"
		     WHO "client-ca /srv/certs/ca" AT "9" WHO);
	assert_gaps("");
#undef AT
#undef WHO
}

static void paths_are_relative_to_the_server_root(void **state)
{
	(void)state;
	file("/etc/httpd/conf/httpd.conf",
	     "ServerRoot \"/etc/httpd\"\n"
	     "Define NAME b.example\n"
	     "servername ${NAME}\n"
	     "Include conf.d/*.conf\n"
	     "IncludeOptional nowhere.conf\n"
	     "sslproxycacertificatefile conf/up.pem\n");
	file("/etc/httpd/conf.d/ssl.conf",
	     "Listen 443 https\n"
	     "<VirtualHost _default_:443>\n"
	     "SSLCertificateFile \\\n  tls/${NAME}.crt\n"
	     "SSLCertificateKeyFile tls/${UNKNOWN}.key\n"
	     "</VirtualHost>\n");
	find("apache");
	assert_found("certificate /etc/httpd/tls/b.example.crt "
		     "/etc/httpd/conf.d/ssl.conf:3 @_default_:443\n"
		     "ca /etc/httpd/conf/up.pem "
		     "/etc/httpd/conf/httpd.conf:6 b.example @*:443\n");
	assert_gaps("/etc/httpd/conf.d/ssl.conf apache: line 5: key file: a "
		    "variable in its path is not known\n");
}

static void an_include_that_is_not_there_is_said(void **state)
{
	(void)state;
	file("/etc/apache2/apache2.conf", "Include gone.conf\n<If x>\n");
	find("apache");
	assert_found("");
	assert_gaps("/etc/apache2/apache2.conf apache: line 2: a section "
		    "without its end\n"
		    "/etc/apache2/gone.conf apache: the configuration "
		    "was not read: No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_layout_is_followed),
		finder_test(paths_are_relative_to_the_server_root),
		finder_test(an_include_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
