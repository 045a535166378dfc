/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

#define AT " /etc/postfix/main.cf:"
#define WHO " mail.a.example @*:25,*:465\n"

static const char master[] =
	"# service type private unpriv chroot wakeup maxproc command\n"
	"smtp      inet  n       -       y       -       -       smtpd\n"
	"smtps     inet  n       -       y       -       -       smtpd\n"
	"  -o syslog_name=postfix/smtps\n"
	"  # a comment between\n"
	"  -o smtpd_tls_wrappermode=yes\n"
	"  -o smtpd_tls_cert_file=$certs/other.pem\n"
	"pickup    unix  n       -       y       60      1       pickup\n";

static void debians_main_cf_with_variables(void **state)
{
	(void)state;
	file("/etc/postfix/main.cf",
	     "# See /usr/share/postfix/main.cf.dist\n"
	     "smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem\n"
	     "smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key\n"
	     "smtpd_tls_security_level=may\n"
	     "mydomain = a.example\n"
	     "myhostname = mail.${mydomain}\n"
	     "certs = $config_directory/certs\n"
	     "smtp_tls_CApath=/etc/ssl/certs\n"
	     "smtpd_tls_CAfile =\n    $(certs)/ca.pem\n"
	     "smtpd_tls_eccert_file = none\n"
	     "smtp_tls_cert_file = ${certs}/client.pem\n");
	file("/etc/postfix/master.cf", master);
	find("postfix");
	assert_found(
		"certificate /etc/postfix/certs/other.pem "
		"/etc/postfix/master.cf:3 @*:465\n"
		"certificate /etc/ssl/certs/ssl-cert-snakeoil.pem" AT "2" WHO
		"key /etc/ssl/private/ssl-cert-snakeoil.key" AT "3" WHO
		"client-ca /etc/postfix/certs/ca.pem" AT "9" WHO
		"client-certificate /etc/postfix/certs/client.pem" AT "12\n"
		"key /etc/postfix/certs/client.pem" AT "12\n"
		"ca /etc/ssl/certs" AT "8\n");
	assert_gaps("");
}

static void chain_files_and_the_sni_map(void **state)
{
	(void)state;
	file("/etc/postfix/main.cf",
	     "smtpd_tls_chain_files =\n"
	     "  /k/rsa.pem,\n"
	     "  /k/ecdsa.pem\n"
	     "tls_server_sni_maps = hash:/etc/postfix/sni\n"
	     "queue_directory = /q\n"
	     "lmtp_tls_CAfile = rel.pem\n");
	file("/etc/postfix/sni",
	     "one.example /k/one.key, /k/one.pem\n"
	     ".two.example /k/two.pem\n");
	find("postfix");
	assert_found("certificate /k/rsa.pem" AT "1\n"
		     "certificate /k/ecdsa.pem" AT "1\n"
		     "ca /q/rel.pem" AT "6\n"
		     "certificate /k/one.key /etc/postfix/sni:1 one.example\n"
		     "certificate /k/one.pem /etc/postfix/sni:1 one.example\n"
		     "certificate /k/two.pem /etc/postfix/sni:2 "
		     ".two.example\n");
	assert_gaps("");
}

static void the_last_line_counts_and_instances_are_read(void **state)
{
	(void)state;
	file("/etc/postfix/main.cf",
	     "smtp_tls_CAfile = /first\n"
	     "multi_instance_directories = /etc/postfix-out, /etc/p2\n"
	     "smtp_tls_CAfile = /second\n");
	file("/etc/postfix-out/main.cf", "smtp_tls_CAfile = $unknown/x\n");
	file("/etc/p2/main.cf", "a = $b\nb = $a\nsmtp_tls_CAfile = /p2$a\n");
	find("postfix");
	assert_found("ca /second" AT "3\n");
	assert_gaps("/etc/postfix-out/main.cf postfix: line 1: ca file: a "
		    "variable in its path is not known\n"
		    "/etc/p2/main.cf postfix: line 3: ca file: a variable in "
		    "its path is not known\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_main_cf_with_variables),
		finder_test(chain_files_and_the_sni_map),
		finder_test(the_last_line_counts_and_instances_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
