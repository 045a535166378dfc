/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void tls_files(void **state)
{
	const char *const argv[] = {"redis-server", "/srv/other.conf",
		"--tls-cert-file", "/x.crt", NULL};

	(void)state;
	file("/etc/redis/redis.conf",
		"bind 127.0.0.1 -::1\n"
		"port 0\n"
		"tls-port 6379\n"
		"tls-cert-file /etc/redis/redis.crt\n"
		"tls-key-file \"/etc/redis/redis.key\"\n"
		"tls-ca-cert-file /etc/redis/ca.crt\n"
		"# tls-ca-cert-dir /etc/ssl/certs\n"
		"requirepass secret\n"
		"include /etc/redis/gone.conf\n");
	find_started("redis", argv[0], argv);
	assert_found(
		"certificate /x.crt redis-server:0\n"
		"certificate /etc/redis/redis.crt /etc/redis/redis.conf:4 "
		"@*:6379\n"
		"key /etc/redis/redis.key /etc/redis/redis.conf:5 @*:6379\n"
		"client-ca /etc/redis/ca.crt /etc/redis/redis.conf:6 "
		"@*:6379\n");
	assert_gaps(
		"/srv/other.conf redis: the configuration was not read: No "
		"such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(tls_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
