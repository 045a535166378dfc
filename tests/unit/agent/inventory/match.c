/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "agent/inventory/match.h"
#include "lib/limits.h"

static struct match match;
static struct buf seen;

static ProtobufCBinaryData bytes(const char *text)
{
	return (ProtobufCBinaryData){strlen(text),
				     (uint8_t *)(uintptr_t)text};
}

static void certificate_of(Cw__Kind kind, uint8_t n, const char *path)
{
	ProtobufCBinaryData p = bytes(path);
	Ipc__Finding f = IPC__FINDING__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	uint8_t spki[HASH_SIZE] = {n};

	f.kind = kind;
	f.facts = &facts;
	if (n > 0)
		facts.spki_sha256 = (ProtobufCBinaryData){HASH_SIZE, spki};
	match_certificate(&match, &f, &p);
}

static void certificate(uint8_t n, const char *path)
{
	certificate_of(CW__KIND__KIND_CERTIFICATE, n, path);
}

static bool key(uint8_t n, const char *path)
{
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Ipc__Finding f = IPC__FINDING__INIT;
	uint8_t spki[HASH_SIZE] = {n};

	place.path = bytes(path);
	f.kind = CW__KIND__KIND_PRIVATE_KEY;
	f.sha256 = (ProtobufCBinaryData){HASH_SIZE, spki};
	return match_defer(&match, &place, &f);
}

/* 0: of an algorithm whose public key has no SubjectPublicKeyInfo */
static bool ssh_key(uint8_t n, const char *path)
{
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Ipc__Finding f = IPC__FINDING__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	uint8_t spki[HASH_SIZE] = {n};

	place.path = bytes(path);
	f.kind = CW__KIND__KIND_SSH_KEY;
	f.facts = &facts;
	if (n > 0)
		facts.spki_sha256 = (ProtobufCBinaryData){HASH_SIZE, spki};
	return match_defer(&match, &place, &f);
}

static int take(void *arg, const Ipc__Candidate *place, const Ipc__Finding *f,
		const char *matches, const ProtobufCBinaryData *path)
{
	(void)arg;
	(void)f;
	return buf_addf(&seen, "%.*s %s %.*s\n", (int)place->path.len,
			(char *)place->path.data, matches, (int)path->len,
			path->data ? (char *)path->data : "");
}

static int begin(void **state)
{
	(void)state;
	match_init(&match);
	buf_init(&seen, MIB(32));
	return 0;
}

static int end(void **state)
{
	(void)state;
	match_free(&match);
	buf_free(&seen);
	return 0;
}

static void the_nearest_certificate_is_named(void **state)
{
	(void)state;
	assert_true(key(1, "/etc/a/x.pem"));
	assert_true(key(2, "/etc/a/x.key"));
	assert_true(key(3, "/etc/ssl/private/y.key"));
	assert_true(key(4, "/etc/a/z.key"));
	certificate(1, "/etc/b/x.pem");
	certificate(1, "/etc/a/x.pem");
	certificate(2, "/srv/x.crt");
	certificate(2, "/etc/a/x.crt");
	certificate(2, "/usr/x.crt");
	certificate(3, "/etc/ssl/certs/y.crt");
	certificate(5, "/etc/a/z.crt");
	assert_int_equal(match_keys(&match, take, NULL), 0);
	assert_string_equal(buf_str(&seen),
			    "/etc/a/x.pem same-file \n"
			    "/etc/a/x.key neighbour /etc/a/x.crt\n"
			    "/etc/ssl/private/y.key elsewhere "
			    "/etc/ssl/certs/y.crt\n"
			    "/etc/a/z.key none \n");
}

static void the_order_of_finding_does_not_matter(void **state)
{
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		assert_true(key(1, "/a/ca.key"));
		certificate(1, turn ? "/a/ca.crt" : "/a/server.pem");
		certificate(1, turn ? "/a/server.pem" : "/a/ca.crt");
		certificate(1, "/a/ca.crt.old");
		certificate(1, "/0/ca.crt");
		buf_reset(&seen);
		assert_int_equal(match_keys(&match, take, NULL), 0);
		assert_string_equal(buf_str(&seen),
				    "/a/ca.key neighbour /a/ca.crt\n");
	}
}

static void ssh_keys_belong_to_certificates_of_both_kinds(void **state)
{
	(void)state;
	assert_true(ssh_key(1, "/home/a/.ssh/id"));
	assert_true(ssh_key(2, "/etc/ssh/host"));
	assert_true(ssh_key(3, "/etc/ssh/other"));
	assert_false(ssh_key(0, "/etc/ssh/unknown"));
	assert_true(key(1, "/home/a/.ssh/id.pem"));
	certificate_of(CW__KIND__KIND_SSH_CERTIFICATE, 1,
		       "/home/a/.ssh/id-cert.pub");
	certificate_of(CW__KIND__KIND_SSH_CERTIFICATE, 0, "/etc/ssh/odd");
	certificate(2, "/etc/ssl/certs/host.pem");
	assert_false(match.full);
	assert_int_equal(match_keys(&match, take, NULL), 0);
	assert_string_equal(buf_str(&seen),
			    "/home/a/.ssh/id neighbour "
			    "/home/a/.ssh/id-cert.pub\n"
			    "/etc/ssh/host elsewhere /etc/ssl/certs/host.pem\n"
			    "/etc/ssh/other none \n"
			    "/home/a/.ssh/id.pem neighbour "
			    "/home/a/.ssh/id-cert.pub\n");
}

static void memory_is_bounded(void **state)
{
	char path[64];
	int kept = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		snprintf(path, sizeof(path), "/srv/%d.pem", i);
		certificate((uint8_t)i, path);
		kept += key((uint8_t)i, path);
	}
	assert_in_range(kept, 1000, 199999);
	assert_true(match.arena.used <= LIMIT_MATCH_BYTES);
	assert_int_equal(match_keys(&match, take, NULL), 0);
}

static void a_key_is_unknown_where_a_certificate_was_forgotten(void **state)
{
	char path[64];

	(void)state;
	certificate(2, "/srv/2.pem");
	assert_true(key(1, "/srv/1.key"));
	assert_true(key(2, "/srv/2.key"));
	assert_false(match.full);
	for (int i = 0; i < 200000; i++) {
		snprintf(path, sizeof(path), "/srv/%d.pem", i);
		certificate(3, path);
	}
	assert_true(match.full);
	certificate(1, "/srv/1.pem");
	assert_int_equal(match_keys(&match, take, NULL), 0);
	assert_string_equal(buf_str(&seen),
			    "/srv/1.key unknown \n"
			    "/srv/2.key neighbour /srv/2.pem\n");
	assert_false(match.full);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_nearest_certificate_is_named),
		T(the_order_of_finding_does_not_matter),
		T(ssh_keys_belong_to_certificates_of_both_kinds),
		T(memory_is_bounded),
		T(a_key_is_unknown_where_a_certificate_was_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
