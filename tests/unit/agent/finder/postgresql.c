/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

#define MAIN "/etc/postgresql/15/main/postgresql.conf"

static void debians_cluster(void **state)
{
	const char *const argv[] = {
		"/usr/lib/postgresql/15/bin/postgres", "-D",
		"/var/lib/postgresql/15/main", "-c",
		"config_file=" MAIN, NULL};

	(void)state;
	file(MAIN,
	     "data_directory = '/var/lib/postgresql/15/main'\t\t# use data\n"
	     "#listen_addresses = 'localhost'\n"
	     "port = 5433\n"
	     "ssl = on\n"
	     "ssl_cert_file = '/etc/ssl/certs/ssl-cert-snakeoil.pem'\n"
	     "ssl_key_file = '/etc/ssl/private/ssl-cert-snakeoil.key'\n"
	     "include_dir = 'conf.d'\t\t\t# include files ending in .conf\n");
	file("/etc/postgresql/15/main/conf.d/a.conf",
	     "listen_addresses '10.0.0.1, ::'\nssl_ca_file = 'root.crt'\n");
	file("/etc/postgresql/15/main/conf.d/b.off", "ssl = off\n");
	file("/var/lib/postgresql/15/main/postgresql.auto.conf",
	     "ssl_crl_file = 'a.crl'\n");
	find_started("postgresql", argv[0], argv);
#define WHO " @10.0.0.1:5433,[::]:5433\n"
	assert_found("certificate /etc/ssl/certs/ssl-cert-snakeoil.pem " MAIN
		     ":5" WHO
		     "key /etc/ssl/private/ssl-cert-snakeoil.key " MAIN ":6"
		     WHO
		     "client-ca /var/lib/postgresql/15/main/root.crt "
		     "/etc/postgresql/15/main/conf.d/a.conf:2" WHO
		     "crl /var/lib/postgresql/15/main/a.crl "
		     "/var/lib/postgresql/15/main/postgresql.auto.conf:1" WHO);
	assert_gaps("");
#undef WHO
}

static void defaults_lie_in_the_data_directory(void **state)
{
	(void)state;
	file("/var/lib/pgsql/data/postgresql.conf", "# x\nSSL on\n");
	find("postgresql");
#define AT " /var/lib/pgsql/data/postgresql.conf:2 @localhost:5432\n"
	assert_found("certificate /var/lib/pgsql/data/server.crt" AT
		     "key /var/lib/pgsql/data/server.key" AT);
#undef AT
}

static void without_ssl_nothing_is_bound(void **state)
{
	(void)state;
	file("/var/lib/pgsql/data/postgresql.conf",
	     "ssl = on\nssl_cert_file = 'a'\nssl = off\n");
	find("postgresql");
	assert_found("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_cluster),
		finder_test(defaults_lie_in_the_data_directory),
		finder_test(without_ssl_nothing_is_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
