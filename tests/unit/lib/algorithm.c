/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

#include "lib/algorithm.h"

static const struct algorithm *key(const char *oid)
{
	return algorithm_key(oid, strlen(oid));
}

static const struct algorithm *signature(const char *oid)
{
	return algorithm_signature(oid, strlen(oid));
}

static void names_are_those_of_libcrypto(void **state)
{
	static const int nids[] = {
		NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
		NID_sha512WithRSAEncryption, NID_sha224WithRSAEncryption,
		NID_sha1WithRSAEncryption, NID_md5WithRSAEncryption,
		NID_md2WithRSAEncryption, NID_md4WithRSAEncryption,
		NID_rsassaPss, NID_sha1WithRSA, NID_ED25519, NID_ED448,
		NID_ecdsa_with_SHA1, NID_ecdsa_with_SHA224,
		NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384,
		NID_ecdsa_with_SHA512, NID_dsaWithSHA1, NID_dsa_with_SHA224,
		NID_dsa_with_SHA256, NID_ecdsa_with_SHA3_256,
		NID_RSA_SHA3_256, NID_SM2_with_SM3,
		NID_id_GostR3411_94_with_GostR3410_2001,
		NID_id_tc26_signwithdigest_gost3410_2012_256,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nids) / sizeof(nids[0]); i++) {
		const struct algorithm *a;
		char oid[80];

		OBJ_obj2txt(oid, sizeof(oid), OBJ_nid2obj(nids[i]), 1);
		a = signature(oid);
		assert_non_null(a);
		assert_string_equal(a->name, OBJ_nid2ln(nids[i]));
	}
}

static void curves_have_their_order_and_usual_name(void **state)
{
	static const struct { const char *oid, *name; int bits; } cases[] = {
		{"1.2.840.10045.3.1.7", "P-256", 256},
		{"1.3.132.0.34", "P-384", 384},
		{"1.3.132.0.35", "P-521", 521},
		{"1.3.132.0.10", "secp256k1", 256},
		{"1.3.132.0.1", "sect163k1", 163},
		{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256},
		{"1.2.643.2.2.35.1", "id-GostR3410-2001-CryptoPro-A-ParamSet",
		 256},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct algorithm *a;

		a = algorithm_curve(cases[i].oid, strlen(cases[i].oid));
		assert_non_null(a);
		assert_string_equal(a->name, cases[i].name);
		assert_int_equal(a->bits, cases[i].bits);
	}
}

static void keys_have_class_and_strength(void **state)
{
	static const struct {
		const char *oid, *name, *class;
		int strength;
	} cases[] = {
		{"1.2.840.113549.1.1.1", "RSA", "classical", 0},
		{"1.2.840.113549.1.1.10", "RSA-PSS", "classical", 0},
		{"1.3.101.112", "Ed25519", "classical", 128},
		{"2.16.840.1.101.3.4.3.17", "ML-DSA-44", "post-quantum", 128},
		{"2.16.840.1.101.3.4.3.19", "ML-DSA-87", "post-quantum", 256},
		{"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s",
		 "post-quantum", 128},
		{"2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f",
		 "post-quantum", 256},
		{"2.16.840.1.101.3.4.3.46",
		 "SLH-DSA-SHAKE-256f-WITH-SHAKE256", "post-quantum", 256},
		{"2.16.840.1.101.3.4.4.2", "ML-KEM-768", "post-quantum", 192},
		{"1.3.6.1.5.5.7.6.45", "MLDSA65-ECDSA-P256-SHA512", "hybrid",
		 192},
		{"1.3.6.1.5.5.7.6.54", "MLDSA87-ECDSA-P521-SHA512", "hybrid",
		 256},
		{"1.3.6.1.5.5.7.6.66", "MLKEM1024-ECDH-P521-SHA3-256",
		 "hybrid", 256},
		{"1.3.6.1.4.1.2.267.7.6.5", "Dilithium3", "post-quantum", 192},
		{"1.2.643.7.1.1.1.1", "gost2012_256", "classical", 128},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct algorithm *a = key(cases[i].oid);

		assert_non_null(a);
		assert_string_equal(a->name, cases[i].name);
		assert_string_equal(algorithm_class_name(a->class),
				    cases[i].class);
		assert_int_equal(a->strength, cases[i].strength);
	}
}

static void a_draft_of_which_only_the_arc_is_known_is_hybrid(void **state)
{
	const struct algorithm *a = signature("2.16.840.1.114027.80.8.1.99");

	(void)state;
	assert_non_null(a);
	assert_null(a->name);
	assert_int_equal(a->class, ALGORITHM_HYBRID);
	assert_null(signature("2.16.840.1.114027.80.8.1."));
	assert_null(signature("2.16.840.1.114027.80.8.2.1"));
}

static void an_unknown_oid_is_not_found(void **state)
{
	(void)state;
	assert_null(key("1.2.3"));
	assert_null(signature(""));
	assert_null(key("1.2.840.113549.1.1.11"));
	assert_string_equal(algorithm_class_name(99), "none");
}

static void broken_hashes_have_a_flag(void **state)
{
	(void)state;
	assert_string_equal(signature("1.2.840.113549.1.1.5")->flag,
			    "sha1-signature");
	assert_string_equal(signature("1.2.840.113549.1.1.4")->flag,
			    "md5-signature");
	assert_string_equal(signature("1.2.840.10045.4.1")->flag,
			    "sha1-signature");
	assert_null(signature("1.2.840.113549.1.1.11")->flag);
}

static void strengths_follow_the_size(void **state)
{
	(void)state;
	assert_int_equal(algorithm_modulus_strength(2048), 112);
	assert_int_equal(algorithm_modulus_strength(2047), 80);
	assert_int_equal(algorithm_modulus_strength(3072), 128);
	assert_int_equal(algorithm_modulus_strength(16384), 256);
	assert_int_equal(algorithm_modulus_strength(0), 0);
	assert_int_equal(algorithm_curve_strength(256), 128);
	assert_int_equal(algorithm_curve_strength(521), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_libcrypto),
		cmocka_unit_test(curves_have_their_order_and_usual_name),
		cmocka_unit_test(keys_have_class_and_strength),
		cmocka_unit_test(
			a_draft_of_which_only_the_arc_is_known_is_hybrid),
		cmocka_unit_test(an_unknown_oid_is_not_found),
		cmocka_unit_test(broken_hashes_have_a_flag),
		cmocka_unit_test(strengths_follow_the_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
