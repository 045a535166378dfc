/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void the_newer_format(void **state)
{
	(void)state;
	file("/etc/rabbitmq/rabbitmq.conf",
		"listeners.ssl.default = 5671\n"
		"ssl_options.cacertfile = /path/to/ca_certificate.pem\n"
		"ssl_options.certfile   = /path/to/server_certificate.pem\n"
		"ssl_options.keyfile    = /path/to/server_key.pem\n"
		"ssl_options.password   = bunnies\n"
		"management.ssl.port       = 15671\n"
		"management.ssl.certfile   = /path/to/m.pem\n"
		"management.ssl.keyfile    = /path/to/m.key\n");
	find("rabbitmq");
	assert_found(
		"client-ca /path/to/ca_certificate.pem "
		"/etc/rabbitmq/rabbitmq.conf:2 @*:5671\n"
		"certificate /path/to/server_certificate.pem "
		"/etc/rabbitmq/rabbitmq.conf:3 @*:5671\n"
		"key /path/to/server_key.pem /etc/rabbitmq/rabbitmq.conf:4 "
		"@*:5671\n"
		"certificate /path/to/m.pem /etc/rabbitmq/rabbitmq.conf:7 "
		"@*:15671\n"
		"key /path/to/m.key /etc/rabbitmq/rabbitmq.conf:8 @*:15671\n");
	assert_gaps("");
}

static void erlang_terms(void **state)
{
	(void)state;
	file("/etc/rabbitmq/rabbitmq.config",
		"%% a comment {\n"
		"[\n"
		"  {rabbit, [\n"
		"     {ssl_listeners, [5671]},\n"
		"     {ssl_options, [{cacertfile,\"/path/to/ca.pem\"},\n"
		"                    "
		"{certfile,<<\"/path/to/server.pem\">>},\n"
		"                    {keyfile,\"/path/to/server.key\"},\n"
		"                    {versions, ['tlsv1.2', 'tlsv1.3']},\n"
		"                    {password, \"bunnies\"}]}\n"
		"   ]},\n"
		"  {rabbitmq_management, [{listener, [{port, 15671}, "
		"{ssl_opts, [{certfile, \"/m.pem\"}]}]}]}\n"
		"].\n");
	find("rabbitmq");
	assert_found(
		"client-ca /path/to/ca.pem /etc/rabbitmq/rabbitmq.config:5 "
		"@*:5671\n"
		"certificate /path/to/server.pem "
		"/etc/rabbitmq/rabbitmq.config:6 @*:5671\n"
		"key /path/to/server.key /etc/rabbitmq/rabbitmq.config:7 "
		"@*:5671\n"
		"certificate /m.pem /etc/rabbitmq/rabbitmq.config:11\n");
	assert_gaps("");
}

static void broken_terms_are_said(void **state)
{
	(void)state;
	file("/etc/rabbitmq/advanced.config",
		"[{rabbit, [\n"
		" {certfile, \"/a.pem\"}}\n");
	find("rabbitmq");
	assert_found(
		"certificate /a.pem /etc/rabbitmq/advanced.config:2\n");
	assert_gaps(
		"/etc/rabbitmq/advanced.config rabbitmq: line 2: brackets "
		"do not fit\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(the_newer_format),
		finder_test(erlang_terms),
		finder_test(broken_terms_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
