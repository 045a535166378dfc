/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/bundle.h"
#include "lib/limits.h"

static struct buf seen;
static int answer;

static int note_finding(void *arg, const Ipc__Finding *f)
{
	(void)arg;
	buf_addf(&seen, "%s%s%s%s ", f->entry, *f->role ? "=" : "", f->role,
		 f->trust_store ? "+" : "");
	return answer;
}

static int note_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	(void)arg;
	(void)kind;
	buf_addf(&seen, "gap:%s ", reason);
	return 0;
}

static const struct emit_sink sink = {note_finding, note_gap, NULL};

static int set_up(void **state)
{
	(void)state;
	buf_init(&seen, MIB(4));
	answer = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_free(&seen);
	return 0;
}

/* A certificate, whose hash its entry is. */
static int give(struct bundle *b, const char *entry, const char *role,
		bool trusted)
{
	Ipc__Finding f = IPC__FINDING__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	uint8_t hash[HASH_SIZE];

	hash_sha256(entry, strlen(entry), hash);
	f.kind = CW__KIND__KIND_CERTIFICATE;
	f.sha256 = (ProtobufCBinaryData){HASH_SIZE, hash};
	f.format = (char *)(uintptr_t)"pem";
	f.entry = (char *)(uintptr_t)entry;
	facts.role = (char *)(uintptr_t)role;
	f.facts = &facts;
	f.trust_store = trusted;
	return b->sink.finding(b->sink.arg, &f);
}

static void give_kind(struct bundle *b, const char *entry, Cw__Kind kind)
{
	Ipc__Finding f = IPC__FINDING__INIT;

	f.kind = kind;
	f.format = (char *)(uintptr_t)"pem";
	f.entry = (char *)(uintptr_t)entry;
	b->sink.finding(b->sink.arg, &f);
}

static void end(struct bundle *b, const char *expected)
{
	assert_int_equal(bundle_end(b), 0);
	bundle_free(b);
	assert_string_equal(buf_str(&seen), expected);
	buf_reset(&seen);
}

static void roots_in_one_file_are_trust_anchors(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "1", "intermediate", false);
	give(&b, "2", "root", false);
	give(&b, "3", "self-signed-leaf", false);
	assert_int_equal(seen.len, 0);
	give(&b, "4", "root", false);
	give(&b, "5", "leaf", false);
	give(&b, "6", "root", false);
	end(&b, "1 2=trust-anchor+ 3 4=trust-anchor+ 5 6=trust-anchor+ ");
}

static void a_chain_is_no_bundle(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "1", "leaf", false);
	give(&b, "2", "intermediate", false);
	give(&b, "3", "root", false);
	give(&b, "4", "root", false);
	end(&b, "1 2 3 4 ");
	bundle_init(&b, &sink);
	give(&b, "1", "intermediate", false);
	give(&b, "2", "root", false);
	end(&b, "1 2 ");
}

static void one_root_twice_is_no_bundle(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "1", "root", false);
	give(&b, "1", "root", false);
	end(&b, "1 1 ");
}

static void roots_with_a_private_key_are_no_bundle(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "1", "root", false);
	give_kind(&b, "2", CW__KIND__KIND_PRIVATE_KEY);
	give(&b, "3", "root", false);
	end(&b, "1 2 3 ");
}

static void parts_of_an_archive_are_judged_alone(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "a.pem/1", "root", false);
	give(&b, "b.pem/1", "root", false);
	give(&b, "c.pem/1", "root", false);
	give(&b, "c.pem/2", "root", false);
	give(&b, "d.pem/1", "root", false);
	end(&b, "a.pem/1 b.pem/1 c.pem/1=trust-anchor+ c.pem/2=trust-anchor+ "
		"d.pem/1 ");
}

static void a_trusted_entry_of_a_ca_is_a_trust_anchor(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give_kind(&b, "key", CW__KIND__KIND_PRIVATE_KEY);
	give(&b, "1", "root", true);
	give(&b, "2", "intermediate", true);
	give(&b, "3", "leaf", true);
	end(&b, "key 1=trust-anchor+ 2=trust-anchor+ 3+ ");
}

static void other_findings_and_gaps_pass_at_once(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	give(&b, "1", "root", false);
	give_kind(&b, "crl", CW__KIND__KIND_CRL);
	b.sink.gap(b.sink.arg, CW__GAP_KIND__GAP_LOCKED, "why");
	assert_string_equal(buf_str(&seen), "crl gap:why ");
	end(&b, "crl gap:why 1 ");
}

/* 256 KiB are held at most. */
static void what_is_held_has_an_end(void **state)
{
	char entry[512];
	struct bundle b;

	(void)state;
	memset(entry, 'x', sizeof(entry) - 1);
	entry[sizeof(entry) - 1] = '\0';
	bundle_init(&b, &sink);
	for (size_t i = 0; i < 1000; i++)
		give(&b, entry, "intermediate", false);
	assert_int_equal(seen.len, 1000 * sizeof(entry));
	buf_reset(&seen);
	give(&b, "1", "root", false);
	give(&b, "2", "root", false);
	end(&b, "1 2 ");
}

static void an_error_of_the_sink_comes_through(void **state)
{
	struct bundle b;

	(void)state;
	bundle_init(&b, &sink);
	assert_int_equal(give(&b, "1", "root", false), 0);
	answer = -EPIPE;
	assert_int_equal(give(&b, "2", "root", false), -EPIPE);
	bundle_free(&b);
	bundle_init(&b, &sink);
	assert_int_equal(give(&b, "1", "root", false), 0);
	assert_int_equal(bundle_end(&b), -EPIPE);
	bundle_free(&b);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(roots_in_one_file_are_trust_anchors),
		CASE(a_chain_is_no_bundle),
		CASE(one_root_twice_is_no_bundle),
		CASE(roots_with_a_private_key_are_no_bundle),
		CASE(parts_of_an_archive_are_judged_alone),
		CASE(a_trusted_entry_of_a_ca_is_a_trust_anchor),
		CASE(other_findings_and_gaps_pass_at_once),
		CASE(what_is_held_has_an_end),
		CASE(an_error_of_the_sink_comes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
