/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include <openssl/bn.h>

#include "lib/weak_key.h"

/* Octets of a number, until the next call. */
static struct der octets(const BIGNUM *n)
{
	static uint8_t bytes[2048];

	assert_true(BN_num_bytes(n) <= (int)sizeof(bytes));
	return (struct der){bytes, (size_t)BN_bn2bin(n, bytes)};
}

static BIGNUM *number(const char *decimal)
{
	BIGNUM *n = NULL;

	assert_true(BN_dec2bn(&n, decimal) > 0);
	return n;
}

static BIGNUM *random_prime(int bits)
{
	BIGNUM *p = BN_new();

	assert_int_equal(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL),
			 1);
	return p;
}

static BIGNUM *product(const BIGNUM *a, const BIGNUM *b)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new();

	assert_int_equal(BN_mul(n, a, b, ctx), 1);
	BN_CTX_free(ctx);
	return n;
}

/* k * M + (65537^a mod M), M the product of the primes up to 167: as the
 * library that the attack is named after makes its primes (whether it is prime
 * does not matter here). */
static BIGNUM *roca_factor(unsigned int k, unsigned int a)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = number("1"), *x = number("65537"), *e = BN_new();

	for (unsigned int p = 2; p <= 167; p++) {
		bool prime = true;

		for (unsigned int d = 2; d * d <= p; d++)
			prime = prime && p % d;
		if (prime)
			BN_mul_word(m, p);
	}
	BN_set_word(e, a);
	BN_mod_exp(x, x, e, m, ctx);
	BN_mul_word(m, k);
	BN_add(x, x, m);
	BN_free(m);
	BN_free(e);
	BN_CTX_free(ctx);
	return x;
}

static void a_modulus_of_the_infineon_library_is_recognised(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < 20; i++) {
		BIGNUM *p = roca_factor(1000 + i, 77777 * i);
		BIGNUM *q = roca_factor(2000 - i, 12345 + i);
		BIGNUM *n = product(p, q);

		assert_true(weak_key_is_roca(octets(n)));
		BN_add_word(n, 2);
		assert_false(weak_key_is_roca(octets(n)));
		BN_free(p);
		BN_free(q);
		BN_free(n);
	}
}

static void random_moduli_are_not_roca(void **state)
{
	BIGNUM *n = BN_new();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		BN_rand(n, 512 + i, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
		assert_false(weak_key_is_roca(octets(n)));
	}
	assert_false(weak_key_is_roca((struct der){NULL, 0}));
	BN_free(n);
}

static void close_primes_are_found(void **state)
{
	(void)state;
	for (int bits = 32; bits <= 512; bits *= 2) {
		BIGNUM *p = random_prime(bits), *q = BN_dup(p);
		BIGNUM *n;

		do
			BN_add_word(q, 2);
		while (BN_check_prime(q, NULL, NULL) != 1);
		n = product(p, q);
		assert_int_equal(weak_key_is_fermat(octets(n)), 1);
		BN_free(n);
		n = product(p, p);
		assert_int_equal(weak_key_is_fermat(octets(n)), 1);
		BN_free(n);
		BN_free(p);
		BN_free(q);
	}
}

/* (a - b)(a + b) with a = 2^512 + 1 and b = ${c} * 2^256: a is c^2 / 2 above
 * the root, so that Fermat's method needs as many rounds. */
static BIGNUM *needs_rounds(unsigned int c)
{
	BIGNUM *a = number("1"), *b = number("1"), *p = BN_new();
	BIGNUM *q = BN_new(), *n;

	BN_lshift(a, a, 512);
	BN_add_word(a, 1);
	BN_lshift(b, b, 256);
	BN_mul_word(b, c);
	BN_sub(p, a, b);
	BN_add(q, a, b);
	n = product(p, q);
	BN_free(a);
	BN_free(b);
	BN_free(p);
	BN_free(q);
	return n;
}

static void a_hundred_rounds_are_tried(void **state)
{
	BIGNUM *near = needs_rounds(14), *far = needs_rounds(15);

	(void)state;
	assert_int_equal(weak_key_is_fermat(octets(near)), 1);
	assert_int_equal(weak_key_is_fermat(octets(far)), 0);
	BN_free(near);
	BN_free(far);
}

static void far_primes_are_not_found(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		BIGNUM *p = random_prime(256), *q = random_prime(257);
		BIGNUM *n = product(p, q);

		assert_int_equal(weak_key_is_fermat(octets(n)), 0);
		BN_free(p);
		BN_free(q);
		BN_free(n);
	}
}

static void odd_sizes_are_not_tried(void **state)
{
	static uint8_t huge[2049];

	(void)state;
	memset(huge, 0xff, sizeof(huge));
	assert_int_equal(weak_key_is_fermat((struct der){huge, 2049}), 0);
	assert_int_equal(weak_key_is_fermat((struct der){NULL, 0}), 0);
	/* 2^16384 - 1 = (2^8192 - 1)(2^8192 + 1) */
	assert_int_equal(weak_key_is_fermat((struct der){huge, 2048}), 1);
	for (unsigned int i = 1; i < 256; i++) {
		uint8_t small = (uint8_t)i;
		int r = weak_key_is_fermat((struct der){&small, 1});

		assert_true(r == 0 || (r == 1 && i % 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_modulus_of_the_infineon_library_is_recognised),
		cmocka_unit_test(random_moduli_are_not_roca),
		cmocka_unit_test(close_primes_are_found),
		cmocka_unit_test(a_hundred_rounds_are_tried),
		cmocka_unit_test(far_primes_are_not_found),
		cmocka_unit_test(odd_sizes_are_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
