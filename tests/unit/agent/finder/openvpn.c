/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void a_server_and_a_client(void **state)
{
	(void)state;
	file("/etc/openvpn/server/server.conf",
		"port 1194\n"
		"proto udp\n"
		"dev tun\n"
		"ca ca.crt\n"
		"cert server.crt\n"
		"key server.key  # This file should be kept secret\n"
		"dh dh2048.pem\n"
		";crl-verify crl.pem\n"
		"tls-auth ta.key 0\n"
		"crl-verify crl.pem\n");
	file("/etc/openvpn/client/c.conf",
		"client\n"
		"remote vpn.a.example 1194\n"
		"ca \"/etc/openvpn/c a.crt\"\n"
		"pkcs12 [inline]\n"
		"<cert>\n"
		"-----BEGIN CERTIFICATE-----\n"
		"MIIB\n"
		"-----END CERTIFICATE-----\n"
		"</cert>\n"
		"key c.key\n");
	find("openvpn");
	assert_found(
		"client-ca /etc/openvpn/server/ca.crt "
		"/etc/openvpn/server/server.conf:4 @*:1194\n"
		"certificate /etc/openvpn/server/server.crt "
		"/etc/openvpn/server/server.conf:5 @*:1194\n"
		"key /etc/openvpn/server/server.key "
		"/etc/openvpn/server/server.conf:6 @*:1194\n"
		"crl /etc/openvpn/server/crl.pem "
		"/etc/openvpn/server/server.conf:10 @*:1194\n"
		"ca /etc/openvpn/c a.crt /etc/openvpn/client/c.conf:3\n"
		"key /etc/openvpn/client/c.key "
		"/etc/openvpn/client/c.conf:10\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(a_server_and_a_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
