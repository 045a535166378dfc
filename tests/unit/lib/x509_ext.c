/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/x509_made.h"

static void alternative_names_are_listed_by_kind(void **state)
{
	static const char *const san[] = {"subjectAltName",
		"DNS:a.example,DNS:*.b.example,IP:192.0.2.1,IP:2001:db8::1,"
		"email:a@example.org,URI:https://c.example/,"
		"otherName:1.3.6.1.5.5.7.8.9;UTF8:u@example.org", NULL};
	const Cw__Facts *f = facts_with(san);

	(void)state;
	assert_int_equal(f->n_dns_names, 2);
	assert_string_equal(f->dns_names[0], "a.example");
	assert_string_equal(f->dns_names[1], "*.b.example");
	assert_int_equal(f->n_ip_addresses, 2);
	assert_string_equal(f->ip_addresses[0], "192.0.2.1");
	assert_string_equal(f->ip_addresses[1], "2001:db8::1");
	assert_int_equal(f->n_emails, 2);
	assert_string_equal(f->emails[1], "u@example.org");
	assert_int_equal(f->n_uris, 1);
	assert_string_equal(f->uris[0], "https://c.example/");
}

static void an_address_of_a_wrong_length_is_flagged(void **state)
{
	/* IP of three octets, and a DNS name after it with a NUL */
	static const char *const san[] = {"2.5.29.17",
		"DER:300A8703010203" "8203610062", NULL};
	const Cw__Facts *f = facts_with(san);

	(void)state;
	assert_true(has_flag(f, "bad-ip-address"));
	assert_int_equal(f->n_ip_addresses, 0);
	assert_string_equal(f->dns_names[0], "a\\00b");
}

static void usages_are_named(void **state)
{
	static const char *const usage[] = {
		"keyUsage", "critical,digitalSignature,keyCertSign,"
			    "decipherOnly",
		"extendedKeyUsage", "serverAuth,anyExtendedKeyUsage,1.2.3.4",
		NULL};
	const Cw__Facts *f = facts_with(usage);

	(void)state;
	assert_int_equal(f->n_key_usage, 3);
	assert_string_equal(f->key_usage[0], "digitalSignature");
	assert_string_equal(f->key_usage[1], "keyCertSign");
	assert_string_equal(f->key_usage[2], "decipherOnly");
	assert_int_equal(f->n_ext_key_usage, 3);
	assert_string_equal(f->ext_key_usage[0], "serverAuth");
	assert_string_equal(f->ext_key_usage[1], "anyExtendedKeyUsage");
	assert_string_equal(f->ext_key_usage[2], "1.2.3.4");
}

static void addresses_of_the_issuer_are_listed(void **state)
{
	static const char *const access[] = {
		"authorityInfoAccess", "OCSP;URI:http://o.example,"
				       "caIssuers;URI:http://i.example/a.crt",
		"crlDistributionPoints", "URI:http://c.example/1.crl,"
					 "URI:http://c.example/2.crl",
		"2.5.29.32", "DER:3011300806066781" "0C01020230050603" "2A0304",
		"tlsfeature", "status_request",
		NULL};
	const Cw__Facts *f = facts_with(access);

	(void)state;
	assert_int_equal(f->n_ocsp, 1);
	assert_string_equal(f->ocsp[0], "http://o.example");
	assert_int_equal(f->n_ca_issuers, 1);
	assert_string_equal(f->ca_issuers[0], "http://i.example/a.crt");
	assert_int_equal(f->n_crl, 2);
	assert_string_equal(f->crl[1], "http://c.example/2.crl");
	assert_int_equal(f->n_policies, 2);
	assert_string_equal(f->policies[1], "1.2.3.4");
	assert_string_equal(f->validation, "OV");
	assert_true(f->must_staple);
}

static void scts_are_counted(void **state)
{
	static const char *const two[] = {"1.3.6.1.4.1.11129.2.4.2",
		"DER:04090007" "0001AA" "0002BBCC", NULL};
	static const char *const cut[] = {"1.3.6.1.4.1.11129.2.4.2",
		"DER:04090007" "0001AA" "0003BBCC", NULL};

	(void)state;
	assert_int_equal(facts_with(two)->sct_count, 2);
	assert_int_equal(facts_with(cut)->sct_count, 0);
	assert_true(has_flag(&facts, "bad-extension"));
}

static void name_constraints_are_text(void **state)
{
	static const char *const constraints[] = {"nameConstraints",
		"permitted;DNS:example.org,permitted;IP:10.0.0.0/255.0.0.0,"
		"permitted;IP:10.0.0.0/255.0.255.0,excluded;email:.example,"
		"excluded;IP:2001:db8::/ffff:ffff::,excluded;URI:.b.example",
		NULL};
	const Cw__Facts *f = facts_with(constraints);

	(void)state;
	assert_int_equal(f->n_permitted, 3);
	assert_string_equal(f->permitted[0], "dns:example.org");
	assert_string_equal(f->permitted[1], "ip:10.0.0.0/8");
	assert_string_equal(f->permitted[2], "ip:10.0.0.0/255.0.255.0");
	assert_int_equal(f->n_excluded, 3);
	assert_string_equal(f->excluded[0], "email:.example");
	assert_string_equal(f->excluded[1], "ip:2001:db8::/32");
	assert_string_equal(f->excluded[2], "uri:.b.example");
}

static void a_malformed_extension_is_flagged_and_the_rest_read(void **state)
{
	static const char *const cases[][3] = {
		{"2.5.29.19", "DER:3003010100FF", NULL},
		{"2.5.29.15", "DER:0303", NULL},
		{"2.5.29.14", "DER:0500", NULL},
		{"2.5.29.17", "DER:3005820961", NULL},
		{"2.5.29.30", "DER:30028000", NULL},
		{"2.5.29.31", "DER:0400", NULL},
		{"2.5.29.32", "DER:30023000", NULL},
		{"2.5.29.35", "DER:30028005", NULL},
		{"2.5.29.37", "DER:30020600", NULL},
		{"1.3.6.1.5.5.7.1.1", "DER:3000FF", NULL},
		{"1.3.6.1.5.5.7.1.24", "DER:30020200", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_with(cases[i]);

		assert_true(has_flag(f, "bad-extension"));
		assert_string_equal(f->key_alg, "EC");
		assert_false(f->is_ca);
	}
}

static void more_names_than_the_limit_are_refused(void **state)
{
	size_t n = LIMIT_NAMES + 1;
	char *text = malloc(n * 8 + 64), *at = text;
	const char *san[] = {"2.5.29.17", text, NULL};
	struct made m;

	(void)state;
	at += snprintf(at, 64, "DER:3083%06zX", n * 3);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, "820161");
	m = certificate(&(struct plan){.extensions = san});
	assert_int_equal(read_certificate(&m), -ENOBUFS);
	assert_string_equal(why, "more names of one kind than the limit");
	free(text);
	made_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alternative_names_are_listed_by_kind),
		cmocka_unit_test(an_address_of_a_wrong_length_is_flagged),
		cmocka_unit_test(usages_are_named),
		cmocka_unit_test(addresses_of_the_issuer_are_listed),
		cmocka_unit_test(scts_are_counted),
		cmocka_unit_test(name_constraints_are_text),
		cmocka_unit_test(
			a_malformed_extension_is_flagged_and_the_rest_read),
		cmocka_unit_test(more_names_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
