/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/x509_made.h"

static void the_fields_of_a_certificate_are_read(void **state)
{
	const struct plan p = {.subject = "a", .issuer = "b",
			       .serial = "0A0B0C"};
	const Cw__Facts *f = facts_of(&p);

	(void)state;
	assert_string_equal(f->subject, "CN=a,O=Example");
	assert_string_equal(f->issuer, "CN=b,O=Example");
	assert_string_equal(f->serial, "0a0b0c");
	assert_true(f->has_validity);
	assert_true(f->not_before == 1577934245);
	assert_true(f->not_after == 4102444799);
	assert_string_equal(f->key_alg, "EC");
	assert_string_equal(f->key_alg_oid, "1.2.840.10045.2.1");
	assert_int_equal(f->key_bits, 256);
	assert_string_equal(f->curve, "P-256");
	assert_int_equal(f->strength_bits, 128);
	assert_string_equal(f->pq_class, "classical");
	assert_string_equal(f->sig_alg, "ecdsa-with-SHA256");
	assert_string_equal(f->sig_alg_oid, "1.2.840.10045.4.3.2");
	assert_string_equal(f->sig_pq_class, "classical");
	assert_string_equal(f->role, "leaf");
	assert_false(f->self_signed);
	assert_int_equal(f->n_flags, 0);
}

static void hashes_are_those_of_the_parts(void **state)
{
	struct made m = certificate(&(struct plan){.issuer = "b"});
	const uint8_t *p = m.der;
	X509 *c = d2i_X509(NULL, &p, (long)m.len);
	uint8_t hash[HASH_SIZE], *der = NULL;
	int n;

	(void)state;
	assert_int_equal(read_certificate(&m), 0);
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.spki_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	der = NULL;
	n = i2d_X509_NAME(X509_get_subject_name(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.subject_der_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	der = NULL;
	n = i2d_X509_NAME(X509_get_issuer_name(c), &der);
	hash_sha256(der, (size_t)n, hash);
	assert_memory_equal(facts.issuer_der_sha256.data, hash, HASH_SIZE);
	OPENSSL_free(der);
	X509_free(c);
	made_free(&m);
}

static void a_serial_is_its_octets_without_the_one_for_the_sign(void **state)
{
	static const char *const cases[][2] = {
		{"00", "00"}, {"7F", "7f"}, {"80", "80"}, {"0100", "0100"},
		{"FF00", "ff00"}, {"-01", "ff"}, {"-80", "80"},
		{"-DEADBEEF", "ff21524111"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan p = {.serial = cases[i][0]};

		assert_string_equal(facts_of(&p)->serial, cases[i][1]);
	}
}

static void the_role_follows_ca_and_issuer(void **state)
{
	static const char *const ca[] = {"basicConstraints",
		"critical,CA:TRUE,pathlen:3", "subjectKeyIdentifier", "0102",
		"2.5.29.35", "DER:300480020102", NULL};
	static const char *const cross[] = {"subjectKeyIdentifier", "0102",
		"2.5.29.35", "DER:3004800203FF", NULL};
	const Cw__Facts *f = facts_with(ca);

	(void)state;
	assert_string_equal(f->role, "root");
	assert_true(f->self_signed && f->is_ca && f->has_basic_constraints &&
		    f->has_path_len);
	assert_int_equal(f->path_len, 3);
	assert_int_equal(f->ski.len, 2);
	assert_int_equal(f->aki.len, 2);
	assert_memory_equal(f->ski.data, "\x01\x02", 2);
	assert_memory_equal(f->aki.data, "\x01\x02", 2);
	f = facts_of(&(struct plan){.issuer = "b", .extensions = ca});
	assert_string_equal(f->role, "intermediate");
	assert_string_equal(facts_with(NULL)->role, "self-signed-leaf");
	f = facts_with(cross);
	assert_string_equal(f->role, "leaf");
	assert_false(f->self_signed);
}

static void an_undefined_date_is_flagged_not_refused(void **state)
{
	const Cw__Facts *f;

	(void)state;
	f = facts_of(&(struct plan){.not_after = "990230000000Z"});
	assert_true(has_flag(f, "bad-date"));
	assert_false(f->has_validity);
	f = facts_of(&(struct plan){.not_after = "3001010000+0100"});
	assert_true(f->has_validity);
	assert_true(f->not_after == 1893452400);
}

static void weak_signatures_are_flagged(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024);
	const Cw__Facts *f;

	(void)state;
	f = facts_of(&(struct plan){.key = rsa, .md = EVP_md5()});
	assert_string_equal(f->sig_alg, "md5WithRSAEncryption");
	assert_true(has_flag(f, "md5-signature"));
	assert_true(has_flag(f, "weak-rsa-bits"));
	f = facts_of(&(struct plan){.md = EVP_sha1()});
	assert_string_equal(f->sig_alg, "ecdsa-with-SHA1");
	assert_true(has_flag(f, "sha1-signature"));
	EVP_PKEY_free(rsa);
}

static void the_two_signature_algorithms_should_agree(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\x2a\x86\x48\xce\x3d\x04\x03\x02",
	      "\x2a\x86\x48\xce\x3d\x04\x03\x03", 8);
	assert_int_equal(read_certificate(&m), 0);
	assert_string_equal(facts.sig_alg, "ecdsa-with-SHA256");
	assert_true(has_flag(&facts, "signature-algorithm-mismatch"));
	made_free(&m);
}

static void no_part_of_a_certificate_is_one(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	for (size_t n = 0; n < m.len; n++) {
		/* an exact allocation, so that ASan sees overreads */
		uint8_t *part = malloc(n ? n : 1);

		memcpy(part, m.der, n);
		arena_reset(&arena);
		why = NULL;
		assert_int_equal(x509_certificate(part, n, &arena, &facts,
						  &why), -EBADMSG);
		assert_non_null(why);
		free(part);
	}
	made_free(&m);
}

static void any_changed_byte_is_read_or_refused_with_a_reason(void **state)
{
	static const char *const all[] = {"basicConstraints", "CA:TRUE",
		"keyUsage", "keyCertSign", "subjectAltName", "DNS:a,IP:1.2.3.4",
		"nameConstraints", "permitted;DNS:a",
		"2.5.29.32", "DER:3007300506032A0304",
		"crlDistributionPoints", "URI:http://a", NULL};
	struct made m = certificate(&(struct plan){.extensions = all});

	(void)state;
	for (size_t i = 0; i < 8 * m.len; i++) {
		int r;

		m.der[i / 8] ^= (uint8_t)(1u << i % 8);
		r = read_certificate(&m);
		assert_true(r == 0 || (r == -EBADMSG && why));
		m.der[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	made_free(&m);
}

static void bytes_after_the_end_are_refused(void **state)
{
	struct made m = certificate(&(struct plan){0});
	uint8_t *longer = malloc(m.len + 1);

	(void)state;
	memcpy(longer, m.der, m.len);
	longer[m.len] = 0;
	assert_int_equal(x509_certificate(longer, m.len + 1, &arena, &facts,
					  &why), -EBADMSG);
	assert_string_equal(why, "bytes after the object's end");
	assert_int_equal(x509_der_length(longer, m.len + 1), m.len);
	assert_int_equal(x509_der_length(longer, 5), m.len);
	free(longer);
	made_free(&m);
}

static void a_refusal_names_the_rule(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\xa0\x03\x02\x01\x02\x02", "\xa0\x03\x04\x01\x02\x02", 6);
	assert_int_equal(read_certificate(&m), -EBADMSG);
	assert_string_equal(why, "RFC 5280 section 4.1.2.1: version");
	patch(&m, "\xa0\x03\x04\x01\x02\x02", "\xa0\x03\x02\x01\x02\x03", 6);
	assert_int_equal(read_certificate(&m), -EBADMSG);
	assert_string_equal(why, "RFC 5280 section 4.1.2.2: serialNumber");
	made_free(&m);
}

static void an_unknown_version_is_flagged(void **state)
{
	struct made m = certificate(&(struct plan){0});

	(void)state;
	patch(&m, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x05", 5);
	assert_int_equal(read_certificate(&m), 0);
	assert_true(has_flag(&facts, "bad-version"));
	made_free(&m);
}

static void a_small_arena_is_enough_or_refused(void **state)
{
	static const char *const san[] = {"subjectAltName", "DNS:a.example",
		"keyUsage", "keyCertSign", "nameConstraints",
		"permitted;DNS:a", NULL};
	struct made m = certificate(&(struct plan){.extensions = san});
	bool fitted = false;

	(void)state;
	for (size_t max = 0; max < 4096; max += 32) {
		struct arena a;
		int r;

		arena_init(&a, max);
		r = x509_certificate(m.der, m.len, &a, &facts, &why);
		assert_true(r == (fitted ? 0 : -ENOBUFS) || (!fitted && !r));
		fitted = r == 0;
		arena_free(&a);
	}
	assert_true(fitted);
	made_free(&m);
}

static void a_csr_has_names_and_what_it_asks_for(void **state)
{
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	struct made m = {0};

	(void)state;
	set_name(X509_REQ_get_subject_name(req), "csr");
	X509_REQ_set_pubkey(req, ec_key());
	sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf(NULL, NULL,
		"subjectAltName", "DNS:a.example"));
	X509_REQ_add_extensions(req, extensions);
	X509_REQ_sign(req, ec_key(), EVP_sha384());
	m.len = (size_t)i2d_X509_REQ(req, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_facts(CW__KIND__KIND_CSR, m.der, m.len, &arena,
				    &facts, &why), 0);
	assert_string_equal(facts.subject, "CN=csr,O=Example");
	assert_string_equal(facts.issuer, "");
	assert_string_equal(facts.role, "");
	assert_string_equal(facts.sig_alg, "ecdsa-with-SHA384");
	assert_string_equal(facts.curve, "P-256");
	assert_int_equal(facts.n_dns_names, 1);
	assert_string_equal(facts.dns_names[0], "a.example");
	for (size_t n = 0; n < m.len; n++)
		assert_int_equal(x509_csr(m.der, n, &arena, &facts, &why),
				 -EBADMSG);
	made_free(&m);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(req);
}

static void a_csr_with_malformed_extensions_is_flagged(void **state)
{
	static const uint8_t wrong[] = {0x30, 0x02, 0x30, 0x00};
	X509_REQ *req = X509_REQ_new();
	struct made m = {0};

	(void)state;
	X509_REQ_set_pubkey(req, ec_key());
	X509_REQ_add1_attr_by_NID(req, NID_ext_req, V_ASN1_SEQUENCE, wrong,
				  sizeof(wrong));
	X509_REQ_sign(req, ec_key(), EVP_sha256());
	m.len = (size_t)i2d_X509_REQ(req, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_csr(m.der, m.len, &arena, &facts, &why), 0);
	assert_true(has_flag(&facts, "bad-extension"));
	made_free(&m);
	X509_REQ_free(req);
}

static void add_revoked(X509_CRL *crl, long serial)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	ASN1_INTEGER_set(number, serial);
	X509_REVOKED_set_serialNumber(entry, number);
	X509_REVOKED_set_revocationDate(entry,
		(ASN1_TIME *)X509_CRL_get0_lastUpdate(crl));
	X509_CRL_add0_revoked(crl, entry);
	ASN1_INTEGER_free(number);
}

static void a_crl_has_dates_number_and_a_count(void **state)
{
	X509_CRL *crl = X509_CRL_new();
	X509_NAME *issuer = X509_NAME_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, 1700000000);
	X509_EXTENSION *number;
	struct made m = {0};

	(void)state;
	X509_CRL_set_version(crl, 1);
	set_name(issuer, "ca");
	X509_CRL_set_issuer_name(crl, issuer);
	X509_CRL_set1_lastUpdate(crl, time);
	ASN1_TIME_set(time, 1700086400);
	X509_CRL_set1_nextUpdate(crl, time);
	for (long i = 1; i <= 3; i++)
		add_revoked(crl, i);
	number = X509V3_EXT_conf(NULL, NULL, "2.5.29.20", "DER:02021001");
	X509_CRL_add_ext(crl, number, -1);
	X509_CRL_sign(crl, ec_key(), EVP_sha256());
	m.len = (size_t)i2d_X509_CRL(crl, &m.der);
	arena_reset(&arena);
	assert_int_equal(x509_facts(CW__KIND__KIND_CRL, m.der, m.len, &arena,
				    &facts, &why), 0);
	assert_string_equal(facts.issuer, "CN=ca,O=Example");
	assert_string_equal(facts.subject, "");
	assert_true(facts.has_validity);
	assert_true(facts.not_before == 1700000000);
	assert_true(facts.not_after == 1700086400);
	assert_true(facts.crl_entries == 3);
	assert_string_equal(facts.crl_number, "1001");
	for (size_t n = 0; n < m.len; n++)
		assert_int_equal(x509_crl(m.der, n, &arena, &facts, &why),
				 -EBADMSG);
	made_free(&m);
	X509_EXTENSION_free(number);
	ASN1_TIME_free(time);
	X509_NAME_free(issuer);
	X509_CRL_free(crl);
}

static void other_kinds_are_not_read_here(void **state)
{
	(void)state;
	assert_int_equal(x509_facts(CW__KIND__KIND_KEYSTORE,
				    (const uint8_t *)"", 0, &arena, &facts,
				    &why), -ENOTSUP);
}

static void certificates_look_like_certificates_and_keys_do_not(void **state)
{
	static const uint8_t pkcs8[] = {0x30, 0x82, 1, 0, 2, 1, 0, 0x30, 13, 6,
					9, 0x2a, 0x86};
	static const uint8_t pkcs7[] = {0x30, 0x82, 1, 0, 6, 9, 0x2a, 0x86,
					0x48, 0x86, 0xf7, 0x0d, 1};
	static const uint8_t spki[] = {0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a,
				       0x86, 0x48, 0xce, 0x3d, 2, 1};
	struct made m = certificate(&(struct plan){0});

	(void)state;
	assert_true(x509_looks_like_certificate(m.der, m.len));
	assert_true(x509_looks_like_certificate(m.der, 64));
	for (size_t n = 0; n < 12; n++)
		assert_false(x509_looks_like_certificate(m.der, n));
	assert_false(x509_looks_like_certificate(pkcs8, sizeof(pkcs8)));
	assert_false(x509_looks_like_certificate(pkcs7, sizeof(pkcs7)));
	assert_false(x509_looks_like_certificate(spki, sizeof(spki)));
	made_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_of_a_certificate_are_read),
		cmocka_unit_test(hashes_are_those_of_the_parts),
		cmocka_unit_test(
			a_serial_is_its_octets_without_the_one_for_the_sign),
		cmocka_unit_test(the_role_follows_ca_and_issuer),
		cmocka_unit_test(an_undefined_date_is_flagged_not_refused),
		cmocka_unit_test(weak_signatures_are_flagged),
		cmocka_unit_test(the_two_signature_algorithms_should_agree),
		cmocka_unit_test(no_part_of_a_certificate_is_one),
		cmocka_unit_test(
			any_changed_byte_is_read_or_refused_with_a_reason),
		cmocka_unit_test(bytes_after_the_end_are_refused),
		cmocka_unit_test(a_refusal_names_the_rule),
		cmocka_unit_test(an_unknown_version_is_flagged),
		cmocka_unit_test(a_small_arena_is_enough_or_refused),
		cmocka_unit_test(a_csr_has_names_and_what_it_asks_for),
		cmocka_unit_test(a_csr_with_malformed_extensions_is_flagged),
		cmocka_unit_test(a_crl_has_dates_number_and_a_count),
		cmocka_unit_test(other_kinds_are_not_read_here),
		cmocka_unit_test(
			certificates_look_like_certificates_and_keys_do_not),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
