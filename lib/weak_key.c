/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/weak_key.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>

/* -------------------------------------------------------------------- ROCA */

static uint32_t modulo(struct der n, uint32_t by)
{
	uint64_t r = 0;
	size_t head = n.len % 4;

	for (size_t i = 0; i < head; i++)
		r = (r << 8 | n.data[i]) % by;
	for (size_t i = head; i < n.len; i += 4) {
		uint32_t word;

		memcpy(&word, n.data + i, sizeof(word));
		r = (r << 32 | __builtin_bswap32(word)) % by;
	}
	return (uint32_t)r;
}

/* Is ${x} a power of 65537 modulo ${prime}? */
static bool is_power(uint32_t x, uint32_t prime)
{
	uint32_t power = 1;

	do {
		if (power == x)
			return true;
		power = power * (65537 % prime) % prime;
	} while (power != 1);
	return false;
}

/* In groups whose product fits into 32 bits; the first lets one random modulus
 * in 960 pass, and one division a word tells all its members. */
static const struct {
	uint32_t product;
	uint8_t primes[7];
} prime_groups[] = {
	{11u * 13 * 17 * 19 * 37 * 53, {11, 13, 17, 19, 37, 53}},
	{61u * 71 * 73 * 79, {61, 71, 73, 79}},
	{97u * 103 * 107 * 127, {97, 103, 107, 127}},
	{151u * 157 * 3 * 5 * 7 * 23, {151, 157, 3, 5, 7, 23}},
	{29u * 31 * 41 * 43 * 47, {29, 31, 41, 43, 47}},
	{59u * 67 * 83 * 89, {59, 67, 83, 89}},
	{101u * 109 * 113 * 131, {101, 109, 113, 131}},
	{137u * 139 * 149, {137, 139, 149}},
	{163u * 167, {163, 167}},
};

bool weak_key_is_roca(struct der modulus)
{
	if (modulus.len == 0)
		return false;
	for (size_t g = 0; g < sizeof(prime_groups) / sizeof(prime_groups[0]);
	     g++) {
		uint32_t r = modulo(modulus, prime_groups[g].product);

		for (const uint8_t *p = prime_groups[g].primes; *p; p++) {
			if (!is_power(r % *p, *p))
				return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------ Fermat */

#define FERMAT_ROUNDS 100
#define FERMAT_BITS 16384

/* Only what is a square modulo 64 and these may be one: one number in 487.  Bit
 * i of ${squares} is set where i is a square. */
#define SIEVE (63u * 55 * 61 * 59 * 53)

static const struct {
	uint8_t by;
	uint64_t squares;
} sieve[] = {
	{64, UINT64_C(0x0202021202030213)},
	{63, UINT64_C(0x0402483012450293)},
	{55, UINT64_C(0x000230148611ca33)},
	{61, UINT64_C(0x1713e6940a59f23b)},
	{59, UINT64_C(0x022b62183e7b92bb)},
	{53, UINT64_C(0x0012dd703303aed3)},
};

/* ${low} and ${sieved}: the number modulo 64 and modulo SIEVE. */
static bool may_be_square(uint32_t low, uint32_t sieved)
{
	if (!(sieve[0].squares >> (low & 63) & 1))
		return false;
	for (size_t i = 1; i < sizeof(sieve) / sizeof(sieve[0]); i++) {
		if (!(sieve[i].squares >> sieved % sieve[i].by & 1))
			return false;
	}
	return true;
}

static uint64_t small_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1) {
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	}
	return root;
}

/* The root of ${n}'s highest bits at one go: those above 2 * (c - d), which are
 * 64 at most. */
static int first_root(BIGNUM *root, const BIGNUM *n, int c, int d)
{
	uint8_t octets[8];
	uint64_t high;

	if (!BN_rshift(root, n, 2 * (c - d)) ||
	    BN_bn2binpad(root, octets, sizeof(octets)) < 0)
		return -ENOMEM;
	memcpy(&high, octets, sizeof(high));
	return BN_set_word(root, small_root(__builtin_bswap64(high))) ?
	       0 : -ENOMEM;
}

/* ${root} = floor(sqrt(n)), n > 0: Newton's method, each step with twice the
 * bits of the one before. */
static int square_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
	int c = (BN_num_bits(n) - 1) / 2, steps = 0, d;
	BIGNUM *part = BN_CTX_get(ctx);

	while (c >> steps > 31)
		steps++;
	d = c >> steps;
	if (!part || first_root(root, n, c, d) < 0)
		return -ENOMEM;
	while (steps-- > 0) {
		int e = d;

		d = c >> steps;
		if (!BN_rshift(part, n, 2 * c - e - d + 1) ||
		    !BN_div(part, NULL, part, root, ctx) ||
		    !BN_lshift(root, root, d - e - 1) ||
		    !BN_add(root, root, part))
			return -ENOMEM;
	}
	if (!BN_sqr(part, root, ctx))
		return -ENOMEM;
	if (BN_cmp(part, n) > 0 && !BN_sub_word(root, 1))
		return -ENOMEM;
	return 0;
}

/* Is a^2 - n a square? */
static int is_difference(const BIGNUM *a, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *d = BN_CTX_get(ctx), *root = BN_CTX_get(ctx);

	if (!root || !BN_sqr(d, a, ctx) || !BN_sub(d, d, n))
		return -ENOMEM;
	if (BN_is_zero(d))
		return 1;
	if (square_root(root, d, ctx) < 0 || !BN_sqr(root, root, ctx))
		return -ENOMEM;
	return BN_cmp(root, d) == 0;
}

/* (a + k)^2 - n for k = 0, 1 ..., by residues first. */
static int try_rounds(BIGNUM *a, const BIGNUM *n, struct der modulus,
		      BN_CTX *ctx)
{
	uint64_t a_sieved = BN_mod_word(a, SIEVE);
	uint64_t n_sieved = modulo(modulus, SIEVE);
	uint32_t a_low = (uint32_t)BN_mod_word(a, 64);
	uint32_t n_low = modulus.data[modulus.len - 1];
	uint32_t done = 0;

	for (uint32_t k = 0; k < FERMAT_ROUNDS; k++) {
		uint32_t low = (a_low + k) * (a_low + k) - n_low;
		uint64_t s = (a_sieved + k) * (a_sieved + k) % SIEVE;
		int r;

		s = (s + SIEVE - n_sieved) % SIEVE;
		if (!may_be_square(low, (uint32_t)s))
			continue;
		if (!BN_add_word(a, k - done))
			return -ENOMEM;
		done = k;
		BN_CTX_start(ctx);
		r = is_difference(a, n, ctx);
		BN_CTX_end(ctx);
		if (r != 0)
			return r;
	}
	return 0;
}

static int fermat(struct der modulus, BN_CTX *ctx)
{
	BIGNUM *n = BN_CTX_get(ctx), *a = BN_CTX_get(ctx);
	BIGNUM *square = BN_CTX_get(ctx);

	if (!square || !BN_bin2bn(modulus.data, (int)modulus.len, n))
		return -ENOMEM;
	if (!BN_is_odd(n) || BN_is_one(n))
		return 0;
	if (square_root(a, n, ctx) < 0 || !BN_sqr(square, a, ctx) ||
	    (BN_cmp(square, n) < 0 && !BN_add_word(a, 1)))
		return -ENOMEM;
	return try_rounds(a, n, modulus, ctx);
}

int weak_key_is_fermat(struct der modulus)
{
	BN_CTX *ctx;
	int r;

	if (modulus.len == 0 || modulus.len > FERMAT_BITS / 8)
		return 0;
	ctx = BN_CTX_new();
	if (!ctx)
		return -ENOMEM;
	BN_CTX_start(ctx);
	r = fermat(modulus, ctx);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return r;
}
