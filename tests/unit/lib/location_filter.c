/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "lib/location_filter.h"

#define NOW INT64_C(1800000000)

static bool passes(const char *text, const char *host)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__Facts f = CW__FACTS__INIT;
	struct location_record r = { .location = &l, .facts = &f, .now = NOW,
		.host = host };
	struct filter_fault fault = { .column = 0 };
	struct filter *filter = NULL;
	bool good = false;

	l.role = (char *)"leaf";
	f.has_validity = true;
	f.not_after = NOW + 10 * 86400;
	f.key_alg = (char *)"RSA";
	f.key_bits = 2048;
	f.sig_alg = (char *)"sha256WithRSAEncryption";
	if (filter_parse(text, location_fields, NOW, &filter, &fault) < 0)
		fail_msg("%s: column %zu: %s", text, fault.column, fault.text);
	good = location_passes(filter, &r);
	filter_free(filter);
	return good;
}

static void a_filter_of_the_collector_is_taken_by_a_scan(void **state)
{
	static const char filter[] = "not_after < 30d and role = leaf and "
		"(key_alg = RSA and key_bits < 3072 or sig_alg ~ sha1) and "
		"host ~ \"web*\"";

	(void)state;
	assert_true(passes(filter, "web1"));
	assert_true(passes(filter, "WEB2.example.org"));
	assert_false(passes(filter, "db1"));
}

static void a_host_that_is_not_known_is_no_host(void **state)
{
	(void)state;
	assert_false(passes("host ~ \"*\"", NULL));
	assert_false(passes("host", ""));
	assert_true(passes("host", "a"));
	assert_true(passes("host != a", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_of_the_collector_is_taken_by_a_scan),
		cmocka_unit_test(a_host_that_is_not_known_is_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
