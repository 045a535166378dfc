/* SPDX-License-Identifier: Apache-2.0 */
/* Apache Tomcat: server.xml.
 * https://tomcat.apache.org/tomcat-10.1-doc/config/http.html#SSL_Support */
#include "agent/finder/rules.h"
#include "agent/syntax/xml.h"

static const struct finder_rule tomcat_list[] = {
	{"*Certificate.@certificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*Certificate.@certificateKeyFile", FINDER_KEY, NULL, 0},
	{"*Certificate.@certificateChainFile", FINDER_CHAIN, NULL, 0},
	{"*Certificate.@certificateKeystoreFile", FINDER_KEYSTORE, NULL, 0},
	{"*SSLHostConfig.@certificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*SSLHostConfig.@certificateKeyFile", FINDER_KEY, NULL, 0},
	{"*SSLHostConfig.@certificateChainFile", FINDER_CHAIN, NULL, 0},
	{"*SSLHostConfig.@certificateKeystoreFile", FINDER_KEYSTORE, NULL, 0},
	{"*SSLHostConfig.@caCertificateFile", FINDER_CLIENT_CA, NULL, 0},
	{"*SSLHostConfig.@caCertificatePath", FINDER_CLIENT_CA, NULL, 0},
	{"*SSLHostConfig.@truststoreFile", FINDER_TRUSTSTORE, NULL, 0},
	{"*SSLHostConfig.@certificateRevocationListFile", FINDER_CRL, NULL, 0},
	{"*SSLHostConfig.@hostName", FINDER_NAME, NULL, 0},
	{"*Connector.@keystoreFile", FINDER_KEYSTORE, NULL, 0},
	{"*Connector.@truststoreFile", FINDER_TRUSTSTORE, NULL, 0},
	{"*Connector.@SSLCertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*Connector.@SSLCertificateKeyFile", FINDER_KEY, NULL, 0},
	{"*Connector.@SSLCertificateChainFile", FINDER_CHAIN, NULL, 0},
	{"*Connector.@SSLCACertificateFile", FINDER_CLIENT_CA, NULL, 0},
	{"*Connector.@crlFile", FINDER_CRL, NULL, 0},
	{"*Connector.@port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const char *const tomcat_homes[] = {
	"${catalina.base}", "${catalina.home}", NULL,
};
static const struct finder_rules tomcat_rules = {
	.reader = syntax_xml,
	.list = tomcat_list,
	.homes = tomcat_homes,
	.below = "conf",
};

static const char *const tomcat_files[] = {
	"/etc/tomcat*/server.xml", "/var/lib/tomcat*/conf/server.xml",
	"/usr/share/tomcat*/conf/server.xml", "/opt/tomcat*/conf/server.xml",
	"/opt/apache-tomcat*/conf/server.xml",
	"/usr/local/tomcat*/conf/server.xml", "/etc/tomcat/server.xml", NULL,
};
static const char *const tomcat_programs[] = {
	"java", NULL,
};
static const struct finder_option tomcat_options[] = {
	{"-Dcatalina.base", FINDER_ARG_FOLDER, "conf/server.xml", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_tomcat = {
	.name = "tomcat",
	.description = "connectors with SSLHostConfig, and as before "
		"Tomcat 8.5",
	.files = tomcat_files,
	.programs = tomcat_programs,
	.options = tomcat_options,
	.read = finder_rules_read,
	.rules = &tomcat_rules,
};
