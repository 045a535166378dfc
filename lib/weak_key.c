/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/weak_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"

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

/* ------------------------------------------------------------ Debian's list */

#define ENTRY 10	/* octets of a SHA-1 that a line has in hex */

struct weak_key_list {
	struct {
		uint8_t (*entries)[ENTRY];	/* sorted */
		size_t n;
	} sizes[4];
};

static const uint16_t list_bits[4] = {512, 1024, 2048, 4096};

static int compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, ENTRY);
}

/* One line, of which comments and empty ones give no entry: 1, 0, -EBADMSG. */
static int read_line(const uint8_t *line, size_t len, uint8_t ret[ENTRY])
{
	char text[2 * ENTRY + 1];

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0 || line[0] == '#')
		return 0;
	if (len != 2 * ENTRY)
		return -EBADMSG;
	memcpy(text, line, len);
	text[len] = '\0';
	return decode_hex(text, ret, ENTRY) < 0 ? -EBADMSG : 1;
}

static int read_entries(const struct buf *b, uint8_t (*entries)[ENTRY],
			size_t *ret_n)
{
	const uint8_t *at = b->data, *end = b->data + b->len;
	size_t n = 0;

	while (at < end) {
		const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
		int r;

		if (!stop)
			stop = end;
		r = read_line(at, (size_t)(stop - at), entries[n]);
		if (r < 0)
			return r;
		n += (size_t)r;
		at = stop + 1;
	}
	qsort(entries, n, ENTRY, compare_entries);
	*ret_n = n;
	return 0;
}

/* A line has at least 20 octets or no entry, so len / 20 + 1 are enough. */
static int load_size(const char *folder, size_t i, struct weak_key_list *list)
{
	char name[32], path[4096];
	uint8_t (*entries)[ENTRY] = NULL;
	struct buf b;
	int r;

	buf_init(&b, LIMIT_SLURP);
	snprintf(name, sizeof(name), "blacklist.RSA-%u", list_bits[i]);
	r = file_path(path, sizeof(path), folder, name);
	if (r == 0)
		r = file_read(path, &b);
	if (r < 0)
		goto out;
	entries = calloc(b.len / (2 * ENTRY) + 1, ENTRY);
	r = entries ? read_entries(&b, entries, &list->sizes[i].n) : -ENOMEM;
	if (r < 0)
		goto out;
	list->sizes[i].entries = entries;
	entries = NULL;
out:
	free(entries);
	buf_free(&b);
	return r;
}

int weak_key_list_load(const char *folder, struct weak_key_list **ret)
{
	struct weak_key_list *list = calloc(1, sizeof(*list));
	bool any = false;
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < 4; i++) {
		r = load_size(folder, i, list);
		any = any || r == 0;
		if (r == -ENOENT)
			r = 0;
	}
	if (r == 0 && !any)
		r = -ENOENT;
	if (r < 0) {
		weak_key_list_free(list);
		return r;
	}
	*ret = list;
	return 0;
}

void weak_key_list_free(struct weak_key_list *list)
{
	for (size_t i = 0; list && i < 4; i++)
		free(list->sizes[i].entries);
	free(list);
}

/* SHA-1 of "Modulus=", upper-case hex without zeros in front, newline: what
 * `openssl rsa -modulus` prints. */
static int digest_modulus(struct der modulus, uint8_t ret[static 20])
{
	char text[2 * 512 + 1];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	encode_hex(modulus.data, modulus.len, text);
	for (char *c = text; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	ok = ctx && EVP_DigestInit_ex2(ctx, EVP_sha1(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, "Modulus=", 8) == 1 &&
	     EVP_DigestUpdate(ctx, text, 2 * modulus.len) == 1 &&
	     EVP_DigestUpdate(ctx, "\n", 1) == 1 &&
	     EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

int weak_key_list_find(const struct weak_key_list *list, struct der modulus)
{
	uint8_t digest[20];
	size_t bits = der_bits(modulus);

	for (size_t i = 0; i < 4; i++) {
		if (bits != list_bits[i] || !list->sizes[i].entries)
			continue;
		if (digest_modulus(modulus, digest) < 0)
			return -ENOMEM;
		return bsearch(digest + 10, list->sizes[i].entries,
			       list->sizes[i].n, ENTRY,
			       compare_entries) != NULL;
	}
	return -ENOENT;
}
