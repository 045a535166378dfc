/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "agent/inventory/fit.h"

static uint8_t address[16];
static Ipc__Listener listener;
static Ipc__ListenerProcess process;
static Ipc__ListenerProcess *processes[] = {&process};

static const Ipc__Listener *at(const char *text, uint32_t port,
			       const char *exe)
{
	ipc__listener__init(&listener);
	listener.address.data = address;
	listener.address.len = strchr(text, ':') ? 16 : 4;
	inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, address);
	listener.port = port;
	ipc__listener_process__init(&process);
	if (exe) {
		process.exe.data = (uint8_t *)(uintptr_t)exe;
		process.exe.len = strlen(exe);
		listener.processes = processes;
		listener.n_processes = 1;
	}
	return &listener;
}

static void names_fit_as_servers_take_them(void **state)
{
	(void)state;
	assert_int_equal(fit_name("a.example", "A.example"), FIT_EXACT);
	assert_int_equal(fit_name("*.a.example", "x.a.example"), FIT_PATTERN);
	assert_int_equal(fit_name("*.a.example", "a.example"), FIT_NOT);
	assert_int_equal(fit_name("*.a.example", "xa.example"), FIT_NOT);
	assert_int_equal(fit_name(".a.example", "a.example"), FIT_PATTERN);
	assert_int_equal(fit_name(".a.example", "x.y.a.example"), FIT_PATTERN);
	assert_int_equal(fit_name(".a.example", "xa.example"), FIT_NOT);
	assert_int_equal(fit_name("www.a.*", "www.a.test"), FIT_PATTERN);
	assert_int_equal(fit_name("www.a.*", "www.b.test"), FIT_NOT);
	assert_int_equal(fit_name("", "a"), FIT_NOT);
}

static void an_address_fits_itself_and_any(void **state)
{
	const Ipc__Listener *one = at("192.0.2.1", 443, NULL);

	(void)state;
	assert_true(fit_address("192.0.2.1:443", one));
	assert_true(fit_address("*:443", one));
	assert_true(fit_address("0.0.0.0:443", one));
	assert_true(fit_address("[::]:443", one));
	assert_true(fit_address(":::443", one));
	assert_true(fit_address("www.example.org:443", one));
	assert_true(fit_address("_default_:443", one));
	assert_false(fit_address("192.0.2.2:443", one));
	assert_false(fit_address("192.0.2.1:444", one));
	assert_false(fit_address("192.0.2.1", one));
	assert_false(fit_address("[2001:db8::1]:443", one));
	assert_false(fit_address("unix:/run/x:443", one));
	assert_false(fit_address("/run/x:443", one));
	assert_false(fit_address("*:443x", one));
	assert_false(fit_address("*:", one));
	one = at("::", 443, NULL);
	assert_true(fit_address("192.0.2.2:443", one));
	one = at("fe80::1", 443, NULL);
	assert_true(fit_address("[fe80::1%eth0]:443", one));
}

static bool fits(const char *service, const char *listen,
		 const Ipc__Listener *l)
{
	Cw__Binding b = CW__BINDING__INIT;
	char *list[] = {(char *)(uintptr_t)listen};

	b.service = (char *)(uintptr_t)service;
	b.listen = list;
	b.n_listen = listen ? 1 : 0;
	return fit_listener(&b, l);
}

static void a_line_is_of_its_services_process(void **state)
{
	(void)state;
	assert_true(fits("nginx", "*:443", at("::", 443, "/usr/sbin/nginx")));
	assert_false(fits("nginx", "*:443", at("::", 443, "/bin/haproxy")));
	assert_false(fits("nginx", "*:443", at("::", 80, "/usr/sbin/nginx")));
	/* unknown, or kept by systemd for another */
	assert_true(fits("nginx", "*:443", at("::", 443, NULL)));
	assert_true(fits("nginx", "*:443", at("::", 443, "/sbin/init")));
	/* without an address the process has to tell */
	assert_true(fits("redis", NULL, at("::", 1, "/usr/bin/redis-server")));
	assert_false(fits("redis", NULL, at("::", 1, NULL)));
	assert_false(fits("redis", NULL, at("::", 1, "/usr/bin/nginx")));
	assert_false(fits("no-such", NULL, at("::", 1, "/usr/bin/nginx")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_as_servers_take_them),
		cmocka_unit_test(an_address_fits_itself_and_any),
		cmocka_unit_test(a_line_is_of_its_services_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
