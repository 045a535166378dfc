/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/search.h"

#include <assert.h>
#include <string.h>

#include "agent/format/format.h"

#define NEEDLES_MAX 64

/* memchr runs at the speed of memory, so each needle is looked for by that of
 * its bytes that is rarest in text. */
struct needle {
	const char *text;
	size_t len;
	size_t anchor;
};

static struct needle needles[NEEDLES_MAX];
static size_t count;
static size_t longest = 1;

/* Smaller is rarer, roughly, in configuration, logs and programs. */
static int frequency(unsigned char c)
{
	if (c == ' ' || c == '-' || c == '=' || (c >= '0' && c <= '1'))
		return 9;
	if (c >= 'a' && c <= 'z')
		return strchr("qjxzkvw", c) ? 5 : 8;
	if (c >= 'A' && c <= 'Z')
		return strchr("JQXZKVWGYUHB", c) ? 1 : 3;
	return 2;
}

static void add(const char *text)
{
	struct needle *n = &needles[count];

	for (size_t i = 0; i < count; i++) {
		if (strcmp(needles[i].text, text) == 0)
			return;
	}
	assert(count < NEEDLES_MAX);
	*n = (struct needle){.text = text, .len = strlen(text)};
	for (size_t i = 1; i < n->len; i++) {
		if (frequency((unsigned char)text[i]) <
		    frequency((unsigned char)text[n->anchor]))
			n->anchor = i;
	}
	if (n->len > longest)
		longest = n->len;
	count++;
}

void search_prepare(void)
{
	for (size_t i = 0; format_table[i]; i++) {
		const char *const *list = format_table[i]->needles;

		for (; list && *list; list++)
			add(*list);
	}
}

size_t search_overlap(void)
{
	return 2 * longest - 1;	/* in UTF-16 */
}

static bool in_text(const struct needle *n, const uint8_t *text, size_t len)
{
	const uint8_t *p = text + n->anchor, *end = text + len;

	if (len < n->len)
		return false;
	while ((p = memchr(p, n->text[n->anchor], (size_t)(end - p)))) {
		const uint8_t *start = p - n->anchor;

		if ((size_t)(end - start) < n->len)
			return false;
		if (memcmp(start, n->text, n->len) == 0)
			return true;
		p++;
	}
	return false;
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

bool search_hit(const uint8_t *text, size_t len)
{
	bool wide = memchr(text, 0, len < 64 ? len : 64);

	for (size_t i = 0; i < count; i++) {
		if (in_text(&needles[i], text, len) ||
		    (wide && in_utf16(&needles[i], text, len)))
			return true;
	}
	return false;
}
