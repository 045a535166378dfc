/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/verify.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NOW INT64_C(1800000000)
#define ME "11111111-2222-4333-8444-555555555555"

/* Keys made for each run, and the pins that hold them. */
static EVP_PKEY *keys[3];
static struct pins pins;

static int setup(void **state)
{
	(void)state;
	pins = (struct pins){.threshold = 1, .agent_id = ME};
	for (size_t i = 0; i < 3; i++) {
		keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		assert_int_equal(signature_public(keys[i], pins.keys[i]), 0);
		pins.count++;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}

static Cw__Command command(void)
{
	Cw__Command m = CW__COMMAND__INIT;

	m.id = (char *)"0123-abcd";
	m.agent_id = (char *)ME;
	m.action = (char *)"hello";
	m.sequence = 7;
	m.not_before = NOW - 10;
	m.expires = NOW + 600;
	return m;
}

struct order {
	uint8_t payload[512];
	size_t len;
	uint8_t signatures[4][SIGNATURE_SIZE];
	char ids[4][SIGNATURE_ID];
	size_t n;
	uint8_t packed[2048];
	size_t packed_len;
};

static void add_signature(struct order *o, size_t key)
{
	uint8_t public[SIGNATURE_KEY];

	assert_int_equal(signature_make(keys[key], o->payload, o->len,
					o->signatures[o->n]), 0);
	signature_public(keys[key], public);
	signature_key_id(public, o->ids[o->n++]);
}

static void pack(struct order *o)
{
	Cw__SignedCommand m = CW__SIGNED_COMMAND__INIT;
	Cw__Signature g[4], *list[4];

	for (size_t i = 0; i < o->n; i++) {
		cw__signature__init(&g[i]);
		g[i].key_id = o->ids[i];
		g[i].signature.data = o->signatures[i];
		g[i].signature.len = SIGNATURE_SIZE;
		list[i] = &g[i];
	}
	m.payload.data = o->payload;
	m.payload.len = o->len;
	m.signatures = list;
	m.n_signatures = o->n;
	o->packed_len = cw__signed_command__pack(&m, o->packed);
}

/* Signed by the first ${signers} keys. */
static struct order order(const Cw__Command *m, size_t signers)
{
	struct order o = {.n = 0};

	o.len = cw__command__pack(m, o.payload);
	for (size_t i = 0; i < signers; i++)
		add_signature(&o, i);
	pack(&o);
	return o;
}

/* "" for a command that is taken, else a copy of the reason. */
static const char *judge(const struct order *o, uint64_t sequence, int64_t now)
{
	static char reason[VERIFY_REASON];
	struct verdict v;

	verify_command(&pins, o->packed, o->packed_len, sequence, now, &v);
	memcpy(reason, v.reason, sizeof(reason));
	if (!*reason)
		assert_non_null(v.command);
	verdict_free(&v);
	return reason;
}

static void a_good_command_is_taken(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 1);

	(void)state;
	assert_string_equal(judge(&o, 6, NOW), "");
}

static void each_flipped_bit_of_the_payload_is_refused(void **state)
{
	Cw__Command m = command();
	struct order good = order(&m, 1);

	(void)state;
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		struct order o = good;

		o.payload[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		pack(&o);
		assert_string_not_equal(judge(&o, 6, NOW), "");
	}
}

static void each_flipped_bit_of_the_signature_is_refused(void **state)
{
	Cw__Command m = command();
	struct order good = order(&m, 1);

	(void)state;
	for (size_t bit = 0; bit < SIGNATURE_SIZE * 8; bit++) {
		struct order o = good;

		o.signatures[0][bit / 8] ^= (uint8_t)(1u << (bit % 8));
		pack(&o);
		assert_string_not_equal(judge(&o, 6, NOW), "");
	}
}

static void a_flipped_bit_of_the_envelope_changes_nothing(
	void **state)
{
	Cw__Command m = command();
	struct order good = order(&m, 1);

	(void)state;
	for (size_t bit = 0; bit < good.packed_len * 8; bit++) {
		struct order o = good;
		struct verdict v;

		o.packed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		verify_command(&pins, o.packed, o.packed_len, 6, NOW, &v);
		if (!*v.reason)
			assert_string_equal(v.command->action, "hello");
		verdict_free(&v);
	}
}

static void another_hosts_command_is_refused(void **state)
{
	Cw__Command m = command();
	struct order o;

	(void)state;
	m.agent_id = (char *)"11111111-2222-4333-8444-555555555556";
	o = order(&m, 1);
	assert_non_null(strstr(judge(&o, 6, NOW), "meant for agent"));
}

static void time_has_bounds_with_a_tolerance(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 1);

	(void)state;
	assert_string_equal(judge(&o, 6, NOW + 659), "");
	assert_non_null(strstr(judge(&o, 6, NOW + 660), "expired"));
	assert_string_equal(judge(&o, 6, NOW - 70), "");
	assert_non_null(strstr(judge(&o, 6, NOW - 71), "not valid before"));
	m.expires = m.not_before + LIMIT_COMMAND_LIFE + 1;
	o = order(&m, 1);
	assert_non_null(strstr(judge(&o, 6, NOW), "longer than 7 days"));
	m.not_before = INT64_MIN;
	m.expires = INT64_MAX;
	o = order(&m, 1);
	assert_string_not_equal(judge(&o, 6, NOW), "");
}

static void a_used_sequence_is_refused(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 1);

	(void)state;
	assert_non_null(strstr(judge(&o, 7, NOW), "replay"));
	assert_non_null(strstr(judge(&o, UINT64_MAX, NOW), "replay"));
}

static void two_of_three_must_be_two_different_keys(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 1);

	(void)state;
	pins.threshold = 2;
	assert_string_not_equal(judge(&o, 6, NOW), "");
	add_signature(&o, 0);
	pack(&o);
	assert_string_not_equal(judge(&o, 6, NOW), "");
	o.n = 1;
	add_signature(&o, 2);
	pack(&o);
	assert_string_equal(judge(&o, 6, NOW), "");
}

static void a_key_that_is_not_pinned_does_not_count(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 3);

	(void)state;
	pins.count = 1;
	assert_string_equal(judge(&o, 6, NOW), "");
	memset(pins.keys[0], 7, SIGNATURE_KEY);
	assert_string_not_equal(judge(&o, 6, NOW), "");
}

static void a_signature_under_another_keys_name_does_not_count(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 2);

	(void)state;
	pins.threshold = 2;
	memcpy(o.ids[1], o.ids[0], SIGNATURE_ID);
	pack(&o);
	assert_string_not_equal(judge(&o, 6, NOW), "");
}

/* The payload, changed and signed again: what protobuf would pass over. */
static void resign(struct order *o)
{
	o->n = 0;
	add_signature(o, 0);
	pack(o);
}

static void what_is_not_canonical_is_refused(void **state)
{
	Cw__Command m = command();
	struct order o = order(&m, 1);
	/* field 100, varint 1; field 3 (action) once more */
	static const uint8_t unknown[] = {0xa0, 0x06, 0x01};
	static const uint8_t twice[] = {0x1a, 0x01, 'x'};

	(void)state;
	memcpy(o.payload + o.len, unknown, sizeof(unknown));
	o.len += sizeof(unknown);
	resign(&o);
	assert_non_null(strstr(judge(&o, 6, NOW), "understands whole"));
	o = order(&m, 1);
	memcpy(o.payload + o.len, twice, sizeof(twice));
	o.len += sizeof(twice);
	resign(&o);
	assert_non_null(strstr(judge(&o, 6, NOW), "understands whole"));
}

static void a_zero_byte_in_a_text_is_refused(void **state)
{
	Cw__Command m = command();
	struct order o;
	uint8_t *at;

	(void)state;
	m.action = (char *)"helloX";
	o = order(&m, 1);
	at = memmem(o.payload, o.len, "helloX", 6);
	assert_non_null(at);
	at[5] = 0;
	resign(&o);
	assert_non_null(strstr(judge(&o, 6, NOW), "understands whole"));
}

static void garbage_is_refused(void **state)
{
	struct order o = {.packed_len = 0};

	(void)state;
	assert_string_not_equal(judge(&o, 6, NOW), "");
	memset(o.packed, 0xff, sizeof(o.packed));
	o.packed_len = sizeof(o.packed);
	assert_string_not_equal(judge(&o, 6, NOW), "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_command_is_taken),
		T(each_flipped_bit_of_the_payload_is_refused),
		T(each_flipped_bit_of_the_signature_is_refused),
		T(a_flipped_bit_of_the_envelope_changes_nothing),
		T(another_hosts_command_is_refused),
		T(time_has_bounds_with_a_tolerance),
		T(a_used_sequence_is_refused),
		T(two_of_three_must_be_two_different_keys),
		T(a_key_that_is_not_pinned_does_not_count),
		T(a_signature_under_another_keys_name_does_not_count),
		T(what_is_not_canonical_is_refused),
		T(a_zero_byte_in_a_text_is_refused),
		T(garbage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
