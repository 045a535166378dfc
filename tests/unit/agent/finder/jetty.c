/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void start_ini_and_start_d(void **state)
{
	(void)state;
	file("/opt/jetty-base/start.d/ssl.ini",
		"# ---------------------------------------\n"
		"# Module: ssl\n"
		"--module=ssl\n"
		"jetty.ssl.port=8443\n"
		"jetty.sslContext.keyStorePath=etc/my.p12\n"
		"jetty.sslContext.keyStorePassword=OBF:1vny1zlo1x8e1vnw1vn61"
		"x8g1zlu1vn4\n"
		"jetty.sslContext.trustStorePath=${jetty.base}/etc/trust.p12"
		"\n");
	file("/opt/jetty-base/etc/keystore.p12",
		"x");
	find("jetty");
	assert_found(
		"keystore /opt/jetty-base/etc/my.p12 "
		"/opt/jetty-base/start.d/ssl.ini:5 @*:8443\n"
		"truststore /opt/jetty-base/etc/trust.p12 "
		"/opt/jetty-base/start.d/ssl.ini:7 @*:8443\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(start_ini_and_start_d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
