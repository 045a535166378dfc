/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "agent/inventory/fit.h"
#include "lib/limits.h"

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

static struct arena arena;
static struct fit_owners owners = {.arena = &arena};

static bool fits_by(const char *service, const char *listen,
		    const struct bound_by *by, const Ipc__Listener *l)
{
	Cw__Binding b = CW__BINDING__INIT;
	char *list[] = {(char *)(uintptr_t)listen};

	b.service = (char *)(uintptr_t)service;
	b.listen = list;
	b.n_listen = listen ? 1 : 0;
	return fit_listener(&b, by, l, &owners);
}

static bool fits(const char *service, const char *listen,
		 const Ipc__Listener *l)
{
	const struct bound_by by = {.view = 0};

	return fits_by(service, listen, &by, l);
}

/* nginx in that view, by that user; of its own root, or not. */
static const Ipc__Listener *seen(uint64_t view, uint64_t space, bool own_root,
				 uint32_t user)
{
	at("::", 443, "/usr/sbin/nginx");
	process.view = view;
	process.space = space;
	process.own_root = own_root;
	process.user = user;
	return &listener;
}

static bool nginx_fits(const struct bound_by *by, const Ipc__Listener *l)
{
	return fits_by("nginx", "*:443", by, l);
}

static const struct bound_by of_host = {.view = 0},
			     of_box = {.view = 7, .space = 5},
			     of_alice = {.user = 1000};

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, MIB(1));
	return 0;
}

static int end(void **state)
{
	(void)state;
	fit_owners_free(&owners);
	arena_free(&arena);
	return 0;
}

static void a_line_of_the_host_is_not_a_containers(void **state)
{
	(void)state;
	assert_true(fit_owners_add(&owners, "nginx", &of_host));
	assert_true(nginx_fits(&of_host, seen(0, 0, false, 0)));
	assert_false(nginx_fits(&of_host, seen(7, 5, true, 0)));
	assert_true(fit_is_hidden(&listener, &owners));
	assert_true(fit_owners_add(&owners, "nginx", &of_box));
	assert_true(nginx_fits(&of_box, seen(7, 5, true, 0)));
	assert_false(fit_is_hidden(&listener, &owners));
	assert_false(nginx_fits(&of_box, seen(0, 0, false, 0)));
	assert_false(nginx_fits(&of_box, seen(8, 6, true, 0)));
	assert_true(fit_is_hidden(&listener, &owners));
	/* what no finder knows has no configuration to be found */
	at("::", 443, "/bin/true");
	process.own_root = true;
	assert_false(fit_is_hidden(&listener, &owners));
}

static void below_chroot_it_goes_by_what_it_has_read_before(void **state)
{
	const struct bound_by master = {.view = 9, .space = 5};

	(void)state;
	assert_true(fit_owners_add(&owners, "nginx", &of_host));
	assert_true(nginx_fits(&of_host, seen(7, 0, false, 0)));
	/* in a namespace of its own by what the service has there */
	assert_true(fit_owners_add(&owners, "nginx", &master));
	assert_true(nginx_fits(&master, seen(7, 5, true, 0)));
	assert_false(nginx_fits(&of_host, seen(7, 5, true, 0)));
	/* unless there is something below it */
	assert_true(fit_owners_add(&owners, "nginx", &of_box));
	assert_true(nginx_fits(&of_box, seen(7, 5, true, 0)));
	assert_false(nginx_fits(&master, seen(7, 5, true, 0)));
}

static void what_a_user_runs_does_not_speak_for_the_service(void **state)
{
	(void)state;
	assert_true(fit_owners_add(&owners, "nginx", &of_host));
	/* what has no configuration of its own has that of the host */
	assert_true(nginx_fits(&of_host, seen(0, 0, false, 1000)));
	assert_true(fit_owners_add(&owners, "nginx (user 1000)", &of_alice));
	assert_false(nginx_fits(&of_host, seen(0, 0, false, 1000)));
	assert_true(fits_by("nginx (user 1000)", "*:443", &of_alice,
			    seen(0, 0, false, 1000)));
	assert_false(fits_by("nginx (user 1000)", "*:443", &of_alice,
			     seen(0, 0, false, 0)));
	assert_true(nginx_fits(&of_host, seen(0, 0, false, 0)));
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

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_as_servers_take_them),
		cmocka_unit_test(an_address_fits_itself_and_any),
		cmocka_unit_test(a_line_is_of_its_services_process),
		T(a_line_of_the_host_is_not_a_containers),
		T(below_chroot_it_goes_by_what_it_has_read_before),
		T(what_a_user_runs_does_not_speak_for_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
