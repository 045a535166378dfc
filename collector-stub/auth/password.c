/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/password.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/encode.h"
#include "lib/limits.h"

#define LOG_N 15
#define R 8
#define P 3
#define SALT 16
#define MEMORY MIB(64)

/* different characters that a password needs */
#define DISTINCT_MIN 5

struct parts {
	unsigned int log_n, r, p;
	uint8_t salt[SALT];
	uint8_t hash[HASH_SIZE];
};

const char *password_fault(const char *user, const char *password)
{
	const uint8_t *s = (const uint8_t *)password;
	size_t len = strlen(password), characters = 0, distinct = 0;
	bool seen[256] = { false };

	if (len > PASSWORD_MAX)
		return "is longer than 1024 bytes";
	if (!is_utf8(s, len))
		return "is not UTF-8";
	for (size_t i = 0; i < len; i += utf8_length(s + i, len - i))
		characters++;
	if (characters < PASSWORD_MIN)
		return "has fewer than 12 characters";
	for (size_t i = 0; i < len; i++) {
		distinct += !seen[s[i]];
		seen[s[i]] = true;
	}
	if (distinct < DISTINCT_MIN)
		return "has fewer than 5 different characters";
	if (strcasestr(password, user) && len < strlen(user) + PASSWORD_MIN / 2)
		return "is little more than the user's name";
	return NULL;
}

static int derive(const char *password, const struct parts *k,
		  uint8_t ret[static HASH_SIZE])
{
	return EVP_PBE_scrypt(password, strlen(password), k->salt, SALT,
			      (uint64_t)1 << k->log_n, k->r, k->p, MEMORY, ret,
			      HASH_SIZE) == 1 ? 0 : -EIO;
}

int password_hash(const char *password, char ret[static STORE_USER_PASSWORD])
{
	struct parts k = { .log_n = LOG_N, .r = R, .p = P };
	char salt[2 * SALT + 1], hash[HASH_HEX];
	int r = 0;

	if (strlen(password) > PASSWORD_MAX)
		return -EINVAL;
	if (RAND_bytes(k.salt, SALT) != 1)
		return -EIO;
	r = derive(password, &k, k.hash);
	if (r < 0)
		return r;
	encode_hex(k.salt, SALT, salt);
	encode_hex(k.hash, HASH_SIZE, hash);
	snprintf(ret, STORE_USER_PASSWORD, "scrypt$%u$%u$%u$%s$%s", k.log_n,
		 k.r, k.p, salt, hash);
	return 0;
}

static int parse(const char *text, struct parts *ret)
{
	char salt[2 * SALT + 1], hash[HASH_HEX];

	if (sscanf(text, "scrypt$%2u$%2u$%2u$%32[0-9a-f]$%64[0-9a-f]",
		   &ret->log_n, &ret->r, &ret->p, salt, hash) != 5)
		return -EINVAL;
	if (ret->log_n > 20 || ret->log_n < 1)
		return -EINVAL;
	return decode_hex(salt, ret->salt, SALT) < 0 ||
		decode_hex(hash, ret->hash, HASH_SIZE) < 0 ? -EINVAL : 0;
}

bool password_is_valid(const char *password, const char *hash)
{
	struct parts k = { .log_n = LOG_N, .r = R, .p = P };
	uint8_t got[HASH_SIZE];
	bool known = hash && parse(hash, &k) == 0;

	if (!known)
		k = (struct parts){ .log_n = LOG_N, .r = R, .p = P };
	if (strlen(password) > PASSWORD_MAX || derive(password, &k, got) < 0)
		return false;
	return CRYPTO_memcmp(got, k.hash, HASH_SIZE) == 0 && known;
}
