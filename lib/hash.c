/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hash.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>

/* Fetched once: a fetch costs more than the hash of a certificate. */
static const EVP_MD *sha256(void)
{
	static EVP_MD *md;
	EVP_MD *mine = __atomic_load_n(&md, __ATOMIC_ACQUIRE);
	EVP_MD *none = NULL;

	if (mine)
		return mine;
	mine = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!mine)
		abort();
	if (__atomic_compare_exchange_n(&md, &none, mine, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return mine;
	EVP_MD_free(mine);
	return none;
}

static pthread_key_t at_end;
static pthread_once_t at_end_once = PTHREAD_ONCE_INIT;

static void free_ctx(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void make_key(void)
{
	if (pthread_key_create(&at_end, free_ctx) != 0)
		abort();
}

/* One for each thread, which goes with it. */
static EVP_MD_CTX *new_ctx(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	pthread_once(&at_end_once, make_key);
	pthread_setspecific(at_end, ctx);
	return ctx;
}

void hash_sha256(const void *data, size_t len, uint8_t ret[static HASH_SIZE])
{
	static __thread EVP_MD_CTX *ctx;

	if (!ctx)
		ctx = new_ctx();
	if (!ctx || EVP_DigestInit_ex2(ctx, sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, data, len) != 1 ||
	    EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		abort();
}

void set_digest_add(struct set_digest *d, const uint8_t hash[static HASH_SIZE])
{
	unsigned int carry = 0;

	for (int i = HASH_SIZE - 1; i >= 0; i--) {
		carry += (unsigned int)d->sum[i] + hash[i];
		d->sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void set_digest_sub(struct set_digest *d, const uint8_t hash[static HASH_SIZE])
{
	int borrow = 0;

	for (int i = HASH_SIZE - 1; i >= 0; i--) {
		int v = (int)d->sum[i] - hash[i] - borrow;

		borrow = v < 0;
		d->sum[i] = (uint8_t)(v + (borrow << 8));
	}
}
