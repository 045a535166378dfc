/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "tests/unit/agent/appconf/gather.h"

static void tomcats_connectors_old_and_new(void **state)
{
	(void)state;
	assert_gathers("server.xml",
		"<?xml version='1.0' encoding='utf-8'?>\n"
		"<!-- <Connector keystorePass='no'/> -->\n"
		"<Server port='8005' shutdown='SHUTDOWN'><Service>\n"
		"<Connector port='8443' keystoreFile='conf/a.jks'"
		" keystorePass='one' truststorePass='two' keyPass='three'/>\n"
		"<Connector SSLEnabled='true'><SSLHostConfig"
		" truststorePassword='four'><Certificate"
		" certificateKeystorePassword='f&amp;ive'"
		" certificateKeyPassword='six'/>"
		"</SSLHostConfig></Connector>\n"
		"<Realm connectionPassword='no'/></Service></Server>",
		"one\ntwo\nthree\nfour\nf&ive\nsix\n");
}

static void jettys_setters(void **state)
{
	(void)state;
	assert_gathers("jetty-ssl-context.xml",
		"<!DOCTYPE Configure PUBLIC '-//Jetty//Configure//EN'"
		" 'https://jetty.org/configure_10_0.dtd'>\n"
		"<Configure><Set name='KeyStorePath'>etc/k.p12</Set>\n"
		"<Set name='KeyStorePassword'><Property"
		" name='jetty.sslContext.keyStorePassword'"
		" default='OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4'/></Set>\n"
		"<Set name='KeyManagerPassword'>\n  two\n</Set>\n"
		"<Set name='TrustStorePassword'><Property name='x'>"
		"<Default>three</Default></Property></Set>\n"
		"<Set name='Port'>8443</Set></Configure>",
		"storepwd\ntwo\nthree\n");
}

static void wildflys_realms_and_credentials(void **state)
{
	(void)state;
	assert_gathers("standalone.xml",
		"<server xmlns='urn:jboss:domain:20.0'>"
		"<system-properties><property"
		" name='javax.net.ssl.keyStorePassword' value='zero'/>"
		"</system-properties>"
		"<keystore path='a.jks' keystore-password='one'"
		" key-password='two' alias='x'/>"
		"<tls:key-store xmlns:tls='urn:x'>"
		"<credential-reference clear-text='three'/></tls:key-store>"
		"<credential-reference store='s' alias='a'/>"
		"<credential-reference clear-text='${VAULT::a::b::1}'/>"
		"</server>",
		"zero\none\ntwo\nthree\n");
}

static void what_comes_before_a_fault_is_handed_on(void **state)
{
	static const char text[] = "<a keystorePass='one'><b></a>";

	(void)state;
	assert_int_equal(gather("server.xml", text, sizeof(text) - 1),
			 -EBADMSG);
	assert_string_equal(buf_str(&gathered), "one\n");
	assert_int_equal(gather("server.xml", "", 0), -EBADMSG);
	assert_int_equal(gather("server.xml", "\0\1\2", 3), -EBADMSG);
}

static void entities_are_not_expanded(void **state)
{
	static const char billion[] =
		"<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'>"
		"<!ENTITY y '&x;&x;&x;&x;&x;&x;&x;&x;'>]><a>&y;</a>";
	static const char external[] =
		"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
		"<a keystorePass='&x;'/>";

	(void)state;
	assert_int_equal(gather("server.xml", billion, sizeof(billion) - 1),
			 -EBADMSG);
	assert_int_equal(gather("server.xml", external, sizeof(external) - 1),
			 -EBADMSG);
	assert_string_equal(buf_str(&gathered), "");
}

static void depth_has_an_end(void **state)
{
	char text[4 * 1000];

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 3 * i, "<a>", 3);
	assert_int_equal(gather("server.xml", text, 3000), -E2BIG);
}

static void what_stands_beside_the_keystores_name_is_told(void **state)
{
	(void)state;
	gather_store = "k.jks";
	assert_gathers("server.xml",
		"<Service><Connector><SSLHostConfig>"
		"<Certificate certificateKeystorePassword='two'"
		" certificateKeystoreFile='conf/k.jks'/></SSLHostConfig>"
		"</Connector><Connector keystorePass='one'"
		" keystoreFile='conf/other.jks'/></Service>",
		"beside: two\nnear: one\n");
	assert_gathers("standalone.xml",
		"<a><b><key-store><credential-reference clear-text='one'/>"
		"<file path='k.jks'/></key-store></b>"
		"<b><key-store><credential-reference clear-text='two'/>"
		"<file path='x'/></key-store></b></a>",
		"near: one\ntwo\n");
	gather_store = "";
}

static void many_elements_and_attributes_take_little_time(void **state)
{
	size_t most = MIB(2);
	char *text = malloc(most);
	size_t at = 0;

	(void)state;
	at += (size_t)snprintf(text, most, "<a");
	for (size_t i = 0; i < 70000; i++)
		at += (size_t)snprintf(text + at, most - at, " a%05zu=''", i);
	at += (size_t)snprintf(text + at, most - at, ">");
	for (size_t i = 0; i < 70000; i++)
		at += (size_t)snprintf(text + at, most - at, "<b>x</b>");
	at += (size_t)snprintf(text + at, most - at, "</a>");
	assert_int_equal(gather("server.xml", text, at), 0);
	assert_string_equal(buf_str(&gathered), "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tomcats_connectors_old_and_new),
		cmocka_unit_test(jettys_setters),
		cmocka_unit_test(wildflys_realms_and_credentials),
		cmocka_unit_test(what_stands_beside_the_keystores_name_is_told),
		cmocka_unit_test(many_elements_and_attributes_take_little_time),
		cmocka_unit_test(what_comes_before_a_fault_is_handed_on),
		cmocka_unit_test(entities_are_not_expanded),
		cmocka_unit_test(depth_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
