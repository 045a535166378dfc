/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void connectors_of_8_5_and_later_and_before(void **state)
{
	(void)state;
	file("/var/lib/tomcat10/conf/server.xml",
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!-- Licensed -->\n"
		"<Server port=\"-1\" shutdown=\"SHUTDOWN\">\n"
		"  <Service name=\"Catalina\">\n"
		"    <Connector port=\"8080\" protocol=\"HTTP/1.1\"/>\n"
		"    <Connector port=\"8443\" "
		"protocol=\"org.apache.coyote.http11.Http11NioProtocol\"\n"
		"               maxThreads=\"150\" SSLEnabled=\"true\">\n"
		"        <SSLHostConfig hostName=\"a.example\" "
		"truststoreFile=\"conf/trust.jks\">\n"
		"            <Certificate "
		"certificateKeystoreFile=\"conf/localhost-rsa.jks\"\n"
		"                         "
		"certificateKeystorePassword=\"changeit\" type=\"RSA\" />\n"
		"            <Certificate "
		"certificateKeyFile=\"${catalina.base}/conf/ec.key\"\n"
		"                         certificateFile=\"/ssl/ec.pem\"\n"
		"                         "
		"certificateChainFile=\"conf/chain.pem\" type=\"EC\" />\n"
		"        </SSLHostConfig>\n"
		"        <SSLHostConfig hostName=\"b.example\" "
		"caCertificateFile=\"/ssl/ca.pem\">\n"
		"            <Certificate "
		"certificateFile=\"${user.home}/b.pem\"/>\n"
		"        </SSLHostConfig>\n"
		"    </Connector>\n"
		"    <Connector port=\"9443\" "
		"keystoreFile=\"/old/keystore\" keystorePass=\"x\"/>\n"
		"  </Service>\n"
		"</Server>\n");
	find("tomcat");
	assert_found(
		"truststore /var/lib/tomcat10/conf/trust.jks "
		"/var/lib/tomcat10/conf/server.xml:8 a.example @*:8443\n"
		"keystore /var/lib/tomcat10/conf/localhost-rsa.jks "
		"/var/lib/tomcat10/conf/server.xml:9 a.example @*:8443\n"
		"key /var/lib/tomcat10/conf/ec.key "
		"/var/lib/tomcat10/conf/server.xml:11 a.example @*:8443\n"
		"certificate /ssl/ec.pem "
		"/var/lib/tomcat10/conf/server.xml:11 a.example @*:8443\n"
		"chain /var/lib/tomcat10/conf/chain.pem "
		"/var/lib/tomcat10/conf/server.xml:11 a.example @*:8443\n"
		"client-ca /ssl/ca.pem /var/lib/tomcat10/conf/server.xml:15 "
		"b.example @*:8443\n"
		"keystore /old/keystore "
		"/var/lib/tomcat10/conf/server.xml:19 @*:9443\n");
	assert_gaps(
		"/var/lib/tomcat10/conf/server.xml tomcat: line 16: "
		"certificate file: a variable in its path is not known\n");
}

static void entities_are_refused(void **state)
{
	const char *const argv[] = {"/usr/lib/jvm/java",
		"-Dcatalina.base=/srv/gone", "x", NULL};

	(void)state;
	file("/etc/tomcat9/server.xml",
		"<?xml version=\"1.0\"?>\n"
		"<!DOCTYPE s [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n"
		"<Server><Connector keystoreFile=\"/k\"/></Server>\n");
	find_started("tomcat", argv[0], argv);
	assert_found("");
	assert_gaps(
		"/etc/tomcat9/server.xml tomcat: line 2: declares entities, "
		"which are not read\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(connectors_of_8_5_and_later_and_before),
		finder_test(entities_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
