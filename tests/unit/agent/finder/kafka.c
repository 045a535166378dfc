/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void listeners_have_keystores(void **state)
{
	(void)state;
	file("/opt/kafka/config/server.properties",
		"############################# Server Basics\n"
		"broker.id=0\n"
		"listeners=PLAINTEXT://:9092,SSL://0.0.0.0:9093\n"
		"ssl.keystore.location=/var/private/ssl/server.keystore.jks"
		"\n"
		"ssl.keystore.password=test1234\n"
		"ssl.truststore.location = "
		"/var/private/ssl/server.truststore.jks\n"
		"listener.name.internal.ssl.keystore.location: "
		"/k/internal.p12\n"
		"log.dirs=/tmp/kafka-logs\n");
	find("kafka");
	assert_found(
		"keystore /var/private/ssl/server.keystore.jks "
		"/opt/kafka/config/server.properties:4 @0.0.0.0:9093\n"
		"truststore /var/private/ssl/server.truststore.jks "
		"/opt/kafka/config/server.properties:6 @0.0.0.0:9093\n"
		"keystore /k/internal.p12 "
		"/opt/kafka/config/server.properties:7 @0.0.0.0:9093\n");
	assert_gaps("");
}

static void the_command_line_names_the_file(void **state)
{
	const char *const argv[] = {"/usr/bin/java", "-Xmx1G", "-cp", "/x/*",
		"kafka.Kafka", "k/server.properties", NULL};

	(void)state;
	file("/srv/k/server.properties",
		"ssl.keystore.location=/k.p12\n");
	find_started("kafka", argv[0], argv);
	assert_found(
		"keystore /k.p12 /srv/k/server.properties:1\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(listeners_have_keystores),
		finder_test(the_command_line_names_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
