/* SPDX-License-Identifier: Apache-2.0 */
/* Each state and cause, from records alone.  Certificates are numbers: their
 * hash begins with it.  Time 1000 is when the process began. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "agent/inventory/join.h"
#include "lib/limits.h"

#define BEGAN 1000

static struct join join;
static struct bindings bindings;
static Ipc__Listener listener;
static Ipc__ListenerProcess process[2];
static Ipc__ListenerProcess *processes[] = {&process[0], &process[1]};
static uint8_t any[4];
static Cw__EndpointPlace seen;

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static ProtobufCBinaryData bytes(const char *s)
{
	return (ProtobufCBinaryData){strlen(s), (uint8_t *)(uintptr_t)s};
}

static int begin(void **state)
{
	(void)state;
	join_init(&join, true);
	bindings_init(&bindings);
	ipc__listener__init(&listener);
	listener.address = (ProtobufCBinaryData){4, any};
	listener.port = 443;
	listener.processes = processes;
	listener.n_processes = 1;
	for (int i = 0; i < 2; i++) {
		ipc__listener_process__init(&process[i]);
		process[i].exe = bytes("/usr/sbin/nginx");
		process[i].started = BEGAN;
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	join_free(&join);
	bindings_free(&bindings);
	return 0;
}

/* ${name} may be NULL. */
static void line_of(const char *path, enum bound_kind kind, unsigned int number,
		    const char *name)
{
	Cw__Binding b = CW__BINDING__INIT;
	char *names[] = {text(name)}, *listen[] = {text("*:443")};

	b.service = text("nginx");
	b.role = text("certificate");
	b.config = bytes("/n.conf");
	b.line = number;
	b.names = names;
	b.n_names = name ? 1 : 0;
	b.listen = listen;
	b.n_listen = 1;
	assert_int_equal(bindings_add(&bindings, path, kind, &b, NULL), 0);
}

struct certificate {
	Cw__Facts facts;
	Ipc__Finding finding;
	uint8_t sha256[HASH_SIZE], issuer[HASH_SIZE], subject[HASH_SIZE];
	char *names[1];
};

/* A leaf for ${name}; from 100 on, authorities, which issued those of a hundred
 * less; above 200 roots. */
static void make(struct certificate *c, uint8_t n, const char *name)
{
	*c = (struct certificate){.sha256 = {n}, .subject = {n},
				  .issuer = {(uint8_t)(n + 100)},
				  .names = {text(name)}};
	cw__facts__init(&c->facts);
	c->facts.dns_names = c->names;
	c->facts.n_dns_names = name ? 1 : 0;
	c->facts.subject = text("CN=x");
	c->facts.issuer = text("CN=its issuer");
	c->facts.is_ca = n >= 100;
	c->facts.self_signed = n >= 200;
	c->facts.not_before = n;
	c->facts.subject_der_sha256 =
		(ProtobufCBinaryData){HASH_SIZE, c->subject};
	c->facts.issuer_der_sha256 =
		(ProtobufCBinaryData){HASH_SIZE, c->issuer};
	ipc__finding__init(&c->finding);
	c->finding.kind = CW__KIND__KIND_CERTIFICATE;
	c->finding.format = text("pem");
	c->finding.facts = &c->facts;
	c->finding.sha256 = (ProtobufCBinaryData){HASH_SIZE, c->sha256};
}

static bool file_at(const char *path, int64_t changed, unsigned int position,
		    uint8_t n, const char *name)
{
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	struct certificate c;

	make(&c, n, name);
	c.finding.chain_position = position;
	place.path = bytes(path);
	place.ctime = changed;
	return join_file(&join, &place, &c.finding);
}

/* What the listener shows for ${sni}: leaf and up to one more certificate. */
static const char *serve(const char *sni, const char *chain, uint8_t leaf,
			 uint8_t more, const char *name)
{
	static struct certificate c[2];
	static Ipc__Finding *list[] = {&c[0].finding, &c[1].finding};
	static uint32_t numbers[] = {0, 1};
	Ipc__ProbeResult m = IPC__PROBE_RESULT__INIT;
	Ipc__ProbeServed s = IPC__PROBE_SERVED__INIT;
	Ipc__ProbeServed *served[] = {&s};

	make(&c[0], leaf, name);
	make(&c[1], more, NULL);
	m.certificates = list;
	m.n_certificates = 2;
	s.chain = numbers;
	s.n_chain = more ? 2 : 1;
	m.served = served;
	m.n_served = 1;
	cw__endpoint_place__init(&seen);
	seen.sni = text(sni);
	seen.chain = text(chain);
	join_judge(&join, &listener, &m, &s, &seen);
	join.serving.listener = NULL;
	return seen.state;
}

static void assert_cause(const char *part)
{
	if (!strstr(seen.cause, part))
		fail_msg("the cause is: %s", seen.cause);
}

static bool unserved(const char *path, uint8_t n)
{
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	struct certificate c;

	make(&c, n, "a.test");
	place.path = bytes(path);
	return join_is_unserved(&join, &place, &c.finding);
}

static void what_is_in_its_file_is_live(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	assert_true(file_at("/a.pem", 2000, 1, 1, "a.test"));
	assert_false(file_at("/copy.pem", 2000, 1, 1, "a.test"));
	assert_string_equal(serve("a.test", "complete", 1, 0, "a.test"),
			    "live");
	assert_string_equal(seen.cause, "");
	assert_string_equal(seen.service, "nginx");
	assert_int_equal(seen.line, 7);
	assert_memory_equal(seen.file.data, "/a.pem", 6);
	assert_false(unserved("/a.pem", 1));
}

static void a_file_that_was_replaced_makes_it_stale(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 2000, 1, 2, "a.test");
	assert_string_equal(serve("a.test", "complete", 1, 0, "a.test"),
			    "stale");
	assert_cause("/a.pem (/n.conf:7) has another certificate");
	assert_cause("the process is older (1970-01-01T00:16:40Z) than the "
		     "file (1970-01-01T00:33:20Z)");
	assert_true(unserved("/a.pem", 2));
	/* a younger process took over what an older one had read */
	listener.n_processes = 2;
	process[1].started = 3000;
	assert_string_equal(serve("a.test", "complete", 1, 0, "a.test"),
			    "stale");
	assert_cause("the oldest process");
}

static void a_container_is_not_judged_by_the_host(void **state)
{
	(void)state;
	process[0].view = 7;
	process[0].space = 5;
	process[0].own_root = true;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	file_at("/a.pem", 2000, 1, 2, "a.test");
	/* no line was read: what is known of files is all there is */
	assert_string_equal(serve("a.test", "complete", 2, 0, "a.test"),
			    "live");
	join_lines(&join, &bindings);
	assert_string_equal(serve("a.test", "complete", 2, 0, "a.test"), "");
	assert_cause("its process has files of its own, and no line that names "
		     "a certificate was found in them");
	assert_false(unserved("/a.pem", 2));
}

static void a_file_that_is_still_open_is_the_cause(void **state)
{
	static ProtobufCBinaryData deleted[2];

	(void)state;
	deleted[0] = bytes("/tmp/x");
	deleted[1] = bytes("/a.pem");
	process[1].deleted = deleted;
	process[1].n_deleted = 2;
	process[1].pid = 4711;
	listener.n_processes = 2;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	line_of("/b.pem", BOUND_GONE, 8, "b.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 2000, 1, 2, "a.test");
	assert_string_equal(serve("a.test", "complete", 1, 0, "a.test"),
			    "stale");
	assert_cause("/a.pem (/n.conf:7) has another certificate than is "
		     "served: process 4711 still has the file open that was "
		     "replaced (1970-01-01T00:33:20Z)");
	deleted[0] = bytes("/b.pem");
	assert_string_equal(serve("b.test", "complete", 3, 0, "b.test"),
			    "elsewhere");
	assert_cause("/b.pem (/n.conf:8) is gone, and what was in it is still "
		     "served: process 4711 still has it open");
}

static void the_old_one_may_lie_beside_it(void **state)
{
	(void)state;
	line_of("/archive/2.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	file_at("/archive/1.pem", 500, 1, 1, "a.test");
	file_at("/archive/2.pem", 2000, 1, 2, "a.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "stale");
	assert_cause("names /archive/2.pem (/n.conf:7), but what is in "
		     "/archive/1.pem is served: the process is older");
}

static void without_lines_the_names_tell(void **state)
{
	(void)state;
	join_lines(&join, &bindings);
	assert_false(file_at("/a.pem", 2000, 1, 2, "a.test"));
	file_at("/other.pem", 2000, 1, 3, "b.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "stale");
	assert_cause("/a.pem has a newer certificate for the same names");
	assert_string_equal(serve("", "complete", 2, 0, "a.test"), "live");
	/* what lies on disk is the older one: no sign of a renewal */
	assert_string_equal(serve("", "complete", 9, 0, "a.test"),
			    "elsewhere");
	assert_cause("no configuration line is known");
	assert_false(unserved("/other.pem", 3));
}

static void without_lines_what_is_newer_beside_it_makes_it_stale(void **state)
{
	(void)state;
	join_lines(&join, &bindings);
	file_at("/archive/1.pem", 500, 1, 1, "a.test");
	file_at("/other.pem", 2000, 1, 3, "b.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "live");
	file_at("/archive/2.pem", 2000, 1, 2, "a.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "stale");
	assert_cause("/archive/2.pem has a newer certificate for the same "
		     "names: the process is older");
	assert_memory_equal(seen.file.data, "/archive/2.pem", 14);
	/* it began with both there, and may have been told to show this */
	process[0].started = 3000;
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "live");
	assert_memory_equal(seen.file.data, "/archive/1.pem", 14);
}

static void another_configured_file_is_named(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 2, "a.test");
	assert_string_equal(serve("", "complete", 1, 0, "b.test"),
			    "elsewhere");
	assert_cause("names /a.pem (/n.conf:7), but what is served is in no "
		     "file that was looked at: the process");
	assert_cause("is newer than the file");
}

static void a_file_that_is_gone_is_named(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_GONE, 7, "a.test");
	join_lines(&join, &bindings);
	assert_string_equal(serve("", "complete", 1, 0, "a.test"),
			    "elsewhere");
	assert_cause("/a.pem (/n.conf:7) is gone, and what was in it");
	file_at("/b.pem", 500, 1, 1, "a.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "stale");
	assert_cause("is gone; what is served is in /b.pem");
}

static void what_was_not_looked_at_gives_no_state(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "");
	assert_cause("/a.pem (/n.conf:7) was not looked at");
	file_at("/b.pem", 500, 1, 1, "a.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "");
	assert_cause("what is served is in /b.pem");
}

static void the_certificate_of_another_name_is_told(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	line_of("/b.pem", BOUND_FILE, 9, "b.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 1, "a.test");
	assert_string_equal(serve("b.test", "complete", 1, 0, "a.test"), "");
	assert_cause("names /b.pem (/n.conf:9), but the certificate of");
	file_at("/b.pem", 2000, 1, 2, "b.test");
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "live");
	assert_string_equal(serve("b.test", "complete", 1, 0, "a.test"),
			    "stale");
	assert_cause("for b.test the configuration names /b.pem (/n.conf:9), "
		     "but the certificate of /a.pem (/n.conf:7) is served");
	assert_true(unserved("/b.pem", 2));
	assert_false(unserved("/a.pem", 1));
	/* a name that no line has: the default */
	assert_string_equal(serve("c.test", "complete", 1, 0, "a.test"),
			    "live");
}

static void lines_of_another_instance_do_not_count(void **state)
{
	Cw__Binding b = CW__BINDING__INIT;
	char *names[] = {text("b.test")}, *listen[] = {text("*:443")};

	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	b.service = text("nginx");
	b.role = text("certificate");
	b.config = bytes("/sites/b.conf");
	b.main = bytes("/other.conf");
	b.names = names;
	b.listen = listen;
	b.n_names = b.n_listen = 1;
	assert_int_equal(bindings_add(&bindings, "/b.pem", BOUND_FILE, &b,
				      NULL), 0);
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 1, "a.test");
	file_at("/b.pem", 500, 1, 2, "b.test");
	assert_string_equal(serve("b.test", "complete", 1, 0, "a.test"),
			    "live");
	assert_int_equal(seen.line, 7);
	assert_false(unserved("/b.pem", 2));
}

static void a_wrong_chain_is_told(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 2000, 1, 1, "a.test");
	file_at("/a.pem", 2000, 2, 101, NULL);
	assert_string_equal(serve("", "complete", 1, 101, "a.test"), "live");
	assert_string_equal(serve("", "complete", 1, 102, "a.test"), "chain");
	assert_cause("another intermediate certificate is sent than the one in "
		     "/a.pem (/n.conf:7): the process is older");
	assert_string_equal(serve("", "open", 1, 0, "a.test"), "chain");
	assert_cause("0 of 1 intermediate certificates");
	assert_string_equal(serve("", "disordered", 1, 101, "a.test"),
			    "chain");
	assert_cause("do not follow");
	assert_false(unserved("/a.pem", 1));
}

static void an_issuer_that_is_not_sent_is_missed_if_it_is_no_root(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, NULL);
	line_of("/b.pem", BOUND_FILE, 8, NULL);
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 1, "a.test");
	file_at("/b.pem", 500, 1, 110, "b.test");
	file_at("/b.pem", 500, 1, 2, "b.test");
	/* an issuer that nobody knows may be a root of their own */
	assert_string_equal(serve("", "open", 1, 0, "a.test"), "live");
	file_at("/ca/i.pem", 500, 1, 101, NULL);
	assert_string_equal(serve("", "open", 1, 0, "a.test"), "chain");
	assert_cause("issuer is not sent: CN=its issuer");
	file_at("/ca/r.pem", 500, 1, 210, NULL);
	assert_string_equal(serve("", "open", 110, 0, "b.test"), "live");
}

static void workers_that_differ_are_mixed(void **state)
{
	Ipc__ProbeResult m = IPC__PROBE_RESULT__INIT;
	Ipc__ProbeServed s = IPC__PROBE_SERVED__INIT;
	struct certificate c;
	Ipc__Finding *list[] = {&c.finding};
	uint32_t number = 0;

	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, NULL);
	join_lines(&join, &bindings);
	file_at("/a.pem", 2000, 1, 2, "a.test");
	make(&c, 1, "a.test");
	m.certificates = list;
	m.n_certificates = 1;
	s.chain = &number;
	s.n_chain = 1;
	cw__endpoint_place__init(&seen);
	seen.state = text("mixed");
	seen.chain = text("complete");
	join_judge(&join, &listener, &m, &s, &seen);
	assert_string_equal(seen.state, "mixed");
	assert_cause("this one is stale: /a.pem (/n.conf:7) has another");
}

static void a_worker_that_keeps_its_connections_is_told(void **state)
{
	static Ipc__ListenerProcess old;

	(void)state;
	ipc__listener_process__init(&old);
	old.pid = 4711;
	old.started = BEGAN;
	line_of("/a.pem", BOUND_FILE, 7, NULL);
	join_lines(&join, &bindings);
	file_at("/a.pem", 2000, 1, 1, "a.test");
	listener.retired = &old;
	process[0].started = 3000;
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "mixed");
	assert_cause("process 4711 is older (1970-01-01T00:16:40Z) than /a.pem "
		     "(/n.conf:7) (1970-01-01T00:33:20Z): it no longer");
	/* one that began with the new file is no harm */
	old.started = 2500;
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "live");
}

static void nothing_is_unserved_where_not_all_was_seen(void **state)
{
	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	line_of("/b.pem", BOUND_FILE, 8, "*.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 1, "a.test");
	assert_false(unserved("/a.pem", 1));
	serve("", "complete", 9, 0, "a.test");
	assert_true(unserved("/a.pem", 1));
	join_unsure(&join, &listener);
	assert_false(unserved("/a.pem", 1));
}

static int count(void *arg, const Ipc__Candidate *place, const Ipc__Finding *f)
{
	(void)place;
	(void)f;
	++*(int *)arg;
	return 0;
}

static void memory_is_bounded_and_then_nothing_is_claimed(void **state)
{
	int kept = 0, waited = 0;
	char path[64];

	(void)state;
	line_of("/d", BOUND_FOLDER, 7, NULL);
	join_lines(&join, &bindings);
	for (int i = 0; i < 60000; i++) {
		Ipc__Candidate place = IPC__CANDIDATE__INIT;
		struct certificate c;

		make(&c, 9, "a.test");
		memcpy(c.sha256 + 1, &i, sizeof(i));
		snprintf(path, sizeof(path), "/d/%d.pem", i);
		place.path = bytes(path);
		c.finding.chain_position = 1;
		waited += join_file(&join, &place, &c.finding);
	}
	assert_true(join_is_full(&join));
	assert_true(join.arena.used <= LIMIT_JOIN_BYTES);
	assert_in_range(waited, 1000, 59999);
	assert_string_equal(serve("", "complete", 1, 0, "a.test"), "");
	assert_cause("more certificates than can be compared");
	assert_int_equal(join_files(&join, count, &kept), 0);
	assert_int_equal(kept, waited);
}

static void names_to_ask_for_come_from_lines_and_files(void **state)
{
	char *names[LIMIT_SNI_NAMES], *first[] = {text("x.test")};
	size_t n = 0;

	(void)state;
	line_of("/a.pem", BOUND_FILE, 7, "a.test");
	line_of("/b.pem", BOUND_FILE, 8, "*.b.test");
	line_of("/b.pem", BOUND_FILE, 9, "A.test");
	join_lines(&join, &bindings);
	file_at("/a.pem", 500, 1, 1, "www.a.test");
	file_at("/b.pem", 500, 1, 2, "*.b.test");
	assert_int_equal(serving_names(&join.serving, &listener, first, 1,
				       names, &n), 0);
	assert_int_equal(n, 3);
	assert_string_equal(names[0], "x.test");
	assert_string_equal(names[1], "a.test");
	assert_string_equal(names[2], "www.a.test");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_in_its_file_is_live),
		T(a_file_that_was_replaced_makes_it_stale),
		T(a_container_is_not_judged_by_the_host),
		T(a_file_that_is_still_open_is_the_cause),
		T(the_old_one_may_lie_beside_it),
		T(without_lines_the_names_tell),
		T(without_lines_what_is_newer_beside_it_makes_it_stale),
		T(another_configured_file_is_named),
		T(a_file_that_is_gone_is_named),
		T(what_was_not_looked_at_gives_no_state),
		T(the_certificate_of_another_name_is_told),
		T(lines_of_another_instance_do_not_count),
		T(a_wrong_chain_is_told),
		T(an_issuer_that_is_not_sent_is_missed_if_it_is_no_root),
		T(workers_that_differ_are_mixed),
		T(a_worker_that_keeps_its_connections_is_told),
		T(nothing_is_unserved_where_not_all_was_seen),
		T(memory_is_bounded_and_then_nothing_is_claimed),
		T(names_to_ask_for_come_from_lines_and_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
