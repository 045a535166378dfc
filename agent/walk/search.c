/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/search.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "agent/format/format.h"
#include "lib/find.h"

#define NEEDLES_MAX 64

/* Every needle holds a pair of bytes, and few pairs do for all of them.  Blocks
 * without any pair, nearly all, are passed over at some bytes a cycle; in the
 * others each needle is looked for by the rarest of its bytes. */
#define PAIRS_MAX NEEDLES_MAX
#define LANES 32
#define BLOCK (2 * LANES)

typedef uint8_t lanes __attribute__((vector_size(LANES)));

struct pair {
	lanes first, second;	/* the same byte in each lane */
};

struct needle {
	const char *text;
	size_t len;
	size_t anchor;
};

static struct pair pairs[PAIRS_MAX];
static size_t pair_count;
static struct needle needles[NEEDLES_MAX];
static size_t count;
static size_t longest = 1;

static void add(const char *text)
{
	struct needle *n = &needles[count];

	for (size_t i = 0; i < count; i++) {
		if (strcmp(needles[i].text, text) == 0)
			return;
	}
	assert(count < NEEDLES_MAX);
	*n = (struct needle){.text = text, .len = strlen(text)};
	n->anchor = find_anchor(text, n->len);
	if (n->len > longest)
		longest = n->len;
	count++;
}

static bool has_pair(const struct needle *n)
{
	for (size_t k = 0; k < pair_count; k++)
		for (size_t i = 0; i + 1 < n->len; i++)
			if (pairs[k].first[0] == (uint8_t)n->text[i] &&
			    pairs[k].second[0] == (uint8_t)n->text[i + 1])
				return true;
	return false;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Smaller is rarer; within a word, letters of both cases seldom meet. */
static int pair_frequency(const char *p)
{
	int f = find_frequency((uint8_t)p[0]) + find_frequency((uint8_t)p[1]);
	bool mixed = (is_lower(p[0]) && is_upper(p[1])) ||
		     (is_upper(p[0]) && is_lower(p[1]));

	return mixed ? f / 2 : f;
}

static void add_pair(const struct needle *n)
{
	struct pair *p = &pairs[pair_count];
	int best = INT_MAX;
	size_t at = 0;

	assert(n->len >= 2);
	if (has_pair(n))
		return;
	for (size_t i = 0; i + 1 < n->len; i++) {
		int f = pair_frequency(n->text + i);

		if (f < best) {
			best = f;
			at = i;
		}
	}
	for (size_t i = 0; i < LANES; i++) {
		p->first[i] = (uint8_t)n->text[at];
		p->second[i] = (uint8_t)n->text[at + 1];
	}
	pair_count++;
}

void search_prepare(void)
{
	for (size_t i = 0; format_table[i]; i++) {
		const char *const *list = format_table[i]->needles;

		for (; list && *list; list++)
			add(*list);
	}
	/* the short ones have the least choice */
	for (size_t len = 0; len <= longest; len++)
		for (size_t i = 0; i < count; i++)
			if (needles[i].len == len)
				add_pair(&needles[i]);
}

size_t search_overlap(void)
{
	return 2 * longest - 1;	/* in UTF-16 */
}

static bool in_utf16(const struct needle *n, const uint8_t *text, size_t len)
{
	for (size_t i = 0; i + 2 * n->len - 1 <= len; i++) {
		size_t k = 0;

		while (k < n->len && text[i + 2 * k] == (uint8_t)n->text[k] &&
		       (k + 1 == n->len || text[i + 2 * k + 1] == 0))
			k++;
		if (k == n->len)
			return true;
	}
	return false;
}

/* Does a pair begin in the block at ${p}?  Reads one byte more. */
static inline __attribute__((always_inline)) bool
block_has_pair(const uint8_t *p)
{
	lanes a0, a1, b0, b1, hit = {0};
	uint64_t any[LANES / sizeof(uint64_t)];

	memcpy(&a0, p, LANES);
	memcpy(&a1, p + LANES, LANES);
	memcpy(&b0, p + 1, LANES);
	memcpy(&b1, p + LANES + 1, LANES);
	for (size_t k = 0; k < pair_count; k++) {
		hit |= (lanes)((a0 == pairs[k].first) &
			       (b0 == pairs[k].second));
		hit |= (lanes)((a1 == pairs[k].first) &
			       (b1 == pairs[k].second));
	}
	memcpy(any, &hit, sizeof(any));
	return (any[0] | any[1] | any[2] | any[3]) != 0;
}

static bool any_in_text(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (find_by(text, len, needles[i].text, needles[i].len,
			    needles[i].anchor))
			return true;
	return false;
}

/* From the block at ${at}, as far as a needle reaches on both sides. */
static bool around(const uint8_t *text, size_t len, size_t at, size_t block)
{
	size_t from = at < longest ? 0 : at - longest;
	size_t to = len - at < block + longest ? len : at + block + longest;

	return any_in_text(text + from, to - from);
}

/* Of all whole blocks. */
static inline __attribute__((always_inline)) bool
in_blocks(const uint8_t *text, size_t len)
{
	for (size_t at = 0; len - at > BLOCK; at += BLOCK)
		if (block_has_pair(text + at) && around(text, len, at, BLOCK))
			return true;
	return false;
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static bool
in_blocks_avx2(const uint8_t *text, size_t len)
{
	return in_blocks(text, len);
}
#endif

static bool in_blocks_any(const uint8_t *text, size_t len)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return in_blocks_avx2(text, len);
#endif
	return in_blocks(text, len);
}

bool search_hit(const uint8_t *text, size_t len)
{
	size_t rest = len == 0 ? 0 : (len - 1) % BLOCK + 1;

	if (in_blocks_any(text, len) || around(text, len, len - rest, rest))
		return true;
	if (!memchr(text, 0, len < 64 ? len : 64))
		return false;
	for (size_t i = 0; i < count; i++)
		if (in_utf16(&needles[i], text, len))
			return true;
	return false;
}
