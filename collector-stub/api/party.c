/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/party.h"

#include <string.h>

#include "collector-stub/auth/attempts.h"
#include "lib/hash.h"

static uint64_t number_of(const char *text)
{
	uint8_t hash[HASH_SIZE];
	uint64_t n = 0;

	hash_sha256(text, strlen(text), hash);
	memcpy(&n, hash, sizeof(n));
	return n;
}

static atomic_ullong *slot_of(struct party_known *k, uint64_t n)
{
	return &k->slots[n % PARTY_KNOWN];
}

uint64_t party_find(struct party_known *k, const char *secret,
		    const char *address)
{
	uint64_t n = number_of(secret);
	char place[ATTEMPTS_PLACE];

	if (*secret && atomic_load(slot_of(k, n)) == n)
		return n;
	attempts_place(address, place);
	return number_of(place);
}

void party_note(struct party_known *k, const char *secret, bool good)
{
	uint64_t n = number_of(secret);
	unsigned long long known = n;

	if (!*secret)
		return;
	if (good)
		atomic_store(slot_of(k, n), n);
	else
		atomic_compare_exchange_strong(slot_of(k, n), &known, 0);
}
