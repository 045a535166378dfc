/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/party.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct party_known known;

static int forget_all(void **state)
{
	(void)state;
	memset(&known, 0, sizeof(known));
	return 0;
}

static void invented_secrets_are_all_of_their_address(void **state)
{
	uint64_t one = party_find(&known, "", "192.0.2.1");
	char secret[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(secret, sizeof(secret), "cwt_%d", i);
		assert_true(party_find(&known, secret, "192.0.2.1") == one);
		party_note(&known, secret, false);
	}
	assert_true(party_find(&known, "", "192.0.2.2") != one);
}

static void who_was_let_in_is_a_party_wherever_it_asks_from(void **state)
{
	uint64_t address = party_find(&known, "", "192.0.2.1"), a = 0, b = 0;

	(void)state;
	party_note(&known, "cwt_a", true);
	party_note(&known, "b", true);
	a = party_find(&known, "cwt_a", "192.0.2.1");
	b = party_find(&known, "b", "192.0.2.1");
	assert_true(a != address && b != address && a != b);
	assert_true(party_find(&known, "cwt_a", "192.0.2.9") == a);
}

static void a_flood_of_invented_secrets_pushes_nobody_out(void **state)
{
	uint64_t a = 0;
	char secret[32];

	(void)state;
	party_note(&known, "cwt_a", true);
	a = party_find(&known, "cwt_a", "192.0.2.1");
	for (int i = 0; i < 20000; i++) {
		snprintf(secret, sizeof(secret), "cwt_%d", i);
		party_note(&known, secret, false);
	}
	assert_true(party_find(&known, "cwt_a", "192.0.2.1") == a);
}

static void who_is_let_in_no_more_is_of_its_address_again(void **state)
{
	(void)state;
	party_note(&known, "cwt_a", true);
	party_note(&known, "cwt_a", false);
	assert_true(party_find(&known, "cwt_a", "192.0.2.1") ==
		    party_find(&known, "", "192.0.2.1"));
	party_note(&known, "", true);
	assert_true(party_find(&known, "", "192.0.2.1") !=
		    party_find(&known, "", "192.0.2.2"));
}

static void addresses_of_one_network_are_one(void **state)
{
	(void)state;
	assert_true(party_find(&known, "", "2001:db8::1") ==
		    party_find(&known, "", "2001:db8::ffff:1"));
	assert_true(party_find(&known, "", "2001:db8::1") !=
		    party_find(&known, "", "2001:db8:1::1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			invented_secrets_are_all_of_their_address, forget_all),
		cmocka_unit_test_setup(
			who_was_let_in_is_a_party_wherever_it_asks_from,
			forget_all),
		cmocka_unit_test_setup(
			a_flood_of_invented_secrets_pushes_nobody_out,
			forget_all),
		cmocka_unit_test_setup(
			who_is_let_in_no_more_is_of_its_address_again,
			forget_all),
		cmocka_unit_test_setup(addresses_of_one_network_are_one,
				       forget_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
