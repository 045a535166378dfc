/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void swanctl_and_its_folders(void **state)
{
	(void)state;
	file("/etc/swanctl/swanctl.conf",
		"connections {\n"
		"  rw {\n"
		"    local-1 {\n"
		"      auth = pubkey\n"
		"      certs = moonCert.pem, other.pem\n"
		"      id = moon.strongswan.org\n"
		"    }\n"
		"    remote {\n"
		"      auth = pubkey\n"
		"      cacerts = ca.pem\n"
		"    }\n"
		"  }\n"
		"}\n"
		"secrets {\n"
		"  ike-1 { secret = \"do not tell\" }\n"
		"}\n"
		"include conf.d/*.conf\n");
	file("/etc/swanctl/conf.d/a.conf",
		"authorities {\n"
		"  ca { cacert = /ca/a.pem }\n"
		"}\n");
	file("/etc/swanctl/private/k.pem",
		"x");
	file("/etc/swanctl/x509ca/ca.pem",
		"x");
	find("strongswan");
	assert_found(
		"certificate /etc/swanctl/x509/moonCert.pem "
		"/etc/swanctl/swanctl.conf:5 moon.strongswan.org\n"
		"certificate /etc/swanctl/x509/other.pem "
		"/etc/swanctl/swanctl.conf:5 moon.strongswan.org\n"
		"client-ca /etc/swanctl/x509ca/ca.pem "
		"/etc/swanctl/swanctl.conf:10\n"
		"client-ca /ca/a.pem /etc/swanctl/conf.d/a.conf:2\n"
		"client-ca /etc/swanctl/x509ca /etc/swanctl/swanctl.conf:0\n"
		"key /etc/swanctl/private /etc/swanctl/swanctl.conf:0\n");
	assert_gaps("");
}

static void ipsec_conf_and_secrets(void **state)
{
	(void)state;
	file("/etc/ipsec.conf",
		"# ipsec.conf\n"
		"config setup\n"
		"\tuniqueids = no\n"
		"conn home\n"
		"\tleft=%any\n"
		"\tleftcert=moonCert.pem\n"
		"\tleftid=@moon.strongswan.org\n"
		"\tright=%any\n"
		"ca a\n"
		"\tcacert=a.pem\n");
	file("/etc/ipsec.secrets",
		": RSA moonKey.pem \"do not tell\"\n"
		"carol@strongswan.org : EAP \"secret\"\n"
		"moon : P12 /p/moon.p12 \"x\"\n");
	find("strongswan");
	assert_found(
		"certificate /etc/ipsec.d/certs/moonCert.pem "
		"/etc/ipsec.conf:6 moon.strongswan.org\n"
		"client-ca /etc/ipsec.d/cacerts/a.pem /etc/ipsec.conf:10\n"
		"key /etc/ipsec.d/private/moonKey.pem /etc/ipsec.secrets:1\n"
		"keystore /p/moon.p12 /etc/ipsec.secrets:3\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(swanctl_and_its_folders),
		finder_test(ipsec_conf_and_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
