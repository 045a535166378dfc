/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/x509_made.h"

static void rsa_keys_have_bits_and_exponent(void **state)
{
	static const struct { const char *exponent, *flag; } cases[] = {
		{"65537", NULL}, {"3", "small-exponent"},
		{"65535", "small-exponent"}, {"65539", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA",
							       NULL);
		BIGNUM *e = NULL;
		EVP_PKEY *key = NULL;
		const Cw__Facts *f;

		BN_dec2bn(&e, cases[i].exponent);
		EVP_PKEY_keygen_init(ctx);
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024);
		EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e);
		assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
		f = facts_of_key(key);
		assert_string_equal(f->key_alg, "RSA");
		assert_int_equal(f->key_bits, 1024);
		assert_int_equal(f->strength_bits, 80);
		assert_true(has_flag(f, "weak-rsa-bits"));
		assert_int_equal(f->n_flags, cases[i].flag ? 2 : 1);
		if (cases[i].flag)
			assert_true(has_flag(f, cases[i].flag));
		EVP_PKEY_free(key);
		EVP_PKEY_CTX_free(ctx);
		BN_free(e);
	}
}

static void the_public_key_is_found_in_every_kind(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	X509_REQ *req = X509_REQ_new();
	struct made made[3] = {certificate(&(struct plan){.key = key})};
	static const Cw__Kind kinds[] = {CW__KIND__KIND_CERTIFICATE,
		CW__KIND__KIND_PUBLIC_KEY, CW__KIND__KIND_CSR};
	uint8_t *expected = NULL;
	int size = i2d_PUBKEY(key, &expected);
	const uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	made[1].len = (size_t)i2d_PUBKEY(key, &made[1].der);
	X509_REQ_set_pubkey(req, key);
	X509_REQ_sign(req, key, EVP_sha256());
	made[2].len = (size_t)i2d_X509_REQ(req, &made[2].der);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(x509_spki_of(kinds[i], made[i].der,
					      made[i].len, &bytes, &len), 0);
		assert_int_equal(len, size);
		assert_memory_equal(bytes, expected, len);
		assert_int_equal(x509_spki_of(kinds[i], made[i].der, 100,
					      &bytes, &len), -EBADMSG);
		made_free(&made[i]);
	}
	OPENSSL_free(expected);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

/* 2^32 - 5 and 2^32 + 15 */
static void close_primes_are_flagged(void **state)
{
	const Cw__Facts *f = facts_of_bytes("300d06092a864886f70d0101010500",
		"30100209" "0100000009ffffffb5" "0203010001", 18);

	(void)state;
	assert_int_equal(f->key_bits, 65);
	assert_true(has_flag(f, "close-primes"));
}

static void other_keys_have_their_name_and_bits(void **state)
{
	static const struct {
		const char *type, *alg, *curve;
		int bits, strength;
	} cases[] = {
		{"ED25519", "Ed25519", "", 256, 128},
		{"ED448", "Ed448", "", 456, 224},
		{"X25519", "X25519", "", 256, 128},
		{"X448", "X448", "", 448, 224},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, cases[i].type);
		const Cw__Facts *f = facts_of_key(key);

		assert_string_equal(f->key_alg, cases[i].alg);
		assert_string_equal(f->curve, cases[i].curve);
		assert_int_equal(f->key_bits, cases[i].bits);
		assert_int_equal(f->strength_bits, cases[i].strength);
		assert_int_equal(f->n_flags, 0);
		EVP_PKEY_free(key);
	}
}

static void every_curve_of_libcrypto_is_named(void **state)
{
	EC_builtin_curve curves[200];
	size_t n = EC_get_builtin_curves(curves, 200), named = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		EVP_PKEY *key = EVP_EC_gen(OBJ_nid2sn(curves[i].nid));
		const Cw__Facts *f;

		if (!key)	/* SM2 wants its own type */
			continue;
		f = facts_of_key(key);
		assert_string_equal(f->key_alg, "EC");
		assert_int_not_equal(f->key_bits, 0);
		assert_true(f->curve[0] || has_flag(f, "explicit-curve"));
		if (f->curve[0] >= 'A') {
			assert_int_equal(f->key_bits,
					 EVP_PKEY_get_bits(key));
			named++;
		}
		assert_int_equal(has_flag(f, "weak-curve"),
				 f->key_bits < 224);
		EVP_PKEY_free(key);
	}
	assert_true(named >= 7);
}

static EVP_PKEY *explicit_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key,
		OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
		1);
	return key;
}

static void an_explicit_curve_is_recognised(void **state)
{
	static const struct { const char *theirs, *ours; } cases[] = {
		{"P-256", "P-256"}, {"P-384", "P-384"}, {"P-521", "P-521"},
		{"secp256k1", "secp256k1"},
		{"brainpoolP256r1", "brainpoolP256r1"},
		{"brainpoolP256t1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY *key = explicit_key(cases[i].theirs);
		const Cw__Facts *f = facts_of_key(key);

		assert_string_equal(f->curve, cases[i].ours);
		assert_true(has_flag(f, "explicit-curve"));
		assert_int_equal(f->key_bits, EVP_PKEY_get_bits(key));
		EVP_PKEY_free(key);
	}
}

/* CVE-2020-0601: P-256 but for a base point of the forger's choice */
static void a_known_curve_with_another_base_point_is_altered(void **state)
{
	EVP_PKEY *key = explicit_key("P-256");
	struct made m = {0};
	int n = i2d_PUBKEY(key, &m.der);

	(void)state;
	m.len = (size_t)n;
	patch(&m, "\x04\x6b\x17\xd1\xf2\xe1\x2c",
	      "\x04\x6b\x17\xd1\xf2\xe1\x2d", 7);
	arena_reset(&arena);
	assert_int_equal(x509_public_key(m.der, m.len, &arena, &facts, &why),
			 0);
	assert_true(has_flag(&facts, "altered-curve"));
	assert_string_equal(facts.curve, "");
	made_free(&m);
	EVP_PKEY_free(key);
}

static void a_dh_key_has_the_bits_of_its_prime(void **state)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	char group[] = "ffdhe2048";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string("group", group, sizeof(group) - 1),
		OSSL_PARAM_END,
	};
	EVP_PKEY *key = NULL;
	const Cw__Facts *f;

	(void)state;
	EVP_PKEY_keygen_init(ctx);
	EVP_PKEY_CTX_set_params(ctx, params);
	assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
	f = facts_of_key(key);
	assert_string_equal(f->key_alg, "DH");
	assert_int_equal(f->key_bits, 2048);
	assert_int_equal(f->strength_bits, 112);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
}

static void keys_that_libcrypto_lacks_are_named(void **state)
{
	static const struct {
		const char *algorithm, *head;
		size_t len;
		const char *name, *class;
		int bits, strength;
	} cases[] = {
		{"300b0609608648016503040312", "", 1952, "ML-DSA-65",
		 "post-quantum", 15616, 192},
		{"300b0609608648016503040314", "", 32, "SLH-DSA-SHA2-128s",
		 "post-quantum", 256, 128},
		{"300b0609608648016503040402", "", 1184, "ML-KEM-768",
		 "post-quantum", 9472, 192},
		{"300a06082b0601050507062d", "", 2017,
		 "MLDSA65-ECDSA-P256-SHA512", "hybrid", 16136, 192},
		{"300d060b2a864886f70d0109100311", "0000000100000005", 60,
		 "HSS-LMS", "post-quantum", 480, 256},
		{"300d060b2a864886f70d0109100311", "000000010000000a", 52,
		 "HSS-LMS", "post-quantum", 416, 192},
		{"300a06082b06010505070622", "00000001", 68, "XMSS",
		 "post-quantum", 544, 256},
		{"300506032a0304", "", 10, "1.2.3.4", "none", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_of_bytes(cases[i].algorithm,
						    cases[i].head,
						    cases[i].len);

		assert_string_equal(f->key_alg, cases[i].name);
		assert_string_equal(f->pq_class, cases[i].class);
		assert_int_equal(f->key_bits, cases[i].bits);
		assert_int_equal(f->strength_bits, cases[i].strength);
	}
}

static void a_key_that_is_malformed_is_flagged(void **state)
{
	static const struct { const char *algorithm, *head; size_t len; }
	cases[] = {
		{"300d06092a864886f70d0101010500", "", 9},
		{"300d06092a864886f70d0101010500", "3006020100020103", 8},
		{"300d06092a864886f70d0101010500", "30060201ff020103", 8},
		{"300906072a8648ce3d0201", "04", 65},
		{"301306072a8648ce3d020106082a8648ce3d030107", "30", 65},
		{"300b06072a8648ce3d02010600", "04", 65},
		{"300d06072a8648ce3d020130023000", "04", 65},
		{"300d06072a8648ce38040130023000", "", 3},
		{"300c06082a85030701010101" "0500", "", 66},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const Cw__Facts *f = facts_of_bytes(cases[i].algorithm,
						    cases[i].head,
						    cases[i].len);

		assert_true(has_flag(f, i == 1 ? "weak-rsa-bits" :
					"bad-public-key"));
	}
}

static void a_gost_key_has_its_parameter_set(void **state)
{
	const Cw__Facts *f = facts_of_bytes(
		"301706082a85030701010101300b06092a850307010201" "0101",
		"0440", 66);

	(void)state;
	assert_string_equal(f->key_alg, "gost2012_256");
	assert_string_equal(f->curve, "id-tc26-gost-3410-2012-256-paramSetA");
	assert_int_equal(f->key_bits, 256);
	assert_int_equal(f->strength_bits, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_keys_have_bits_and_exponent),
		cmocka_unit_test(the_public_key_is_found_in_every_kind),
		cmocka_unit_test(close_primes_are_flagged),
		cmocka_unit_test(other_keys_have_their_name_and_bits),
		cmocka_unit_test(every_curve_of_libcrypto_is_named),
		cmocka_unit_test(an_explicit_curve_is_recognised),
		cmocka_unit_test(
			a_known_curve_with_another_base_point_is_altered),
		cmocka_unit_test(a_dh_key_has_the_bits_of_its_prime),
		cmocka_unit_test(keys_that_libcrypto_lacks_are_named),
		cmocka_unit_test(a_key_that_is_malformed_is_flagged),
		cmocka_unit_test(a_gost_key_has_its_parameter_set),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
