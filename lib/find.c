/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/find.h"

#include <string.h>

int find_frequency(uint8_t c)
{
	if (c == ' ' || c == '-' || c == '=' || c == '"' ||
	    (c >= '0' && c <= '1'))
		return 9;
	if (c >= 'a' && c <= 'z')
		return strchr("qjxzkvw", c) ? 5 : 8;
	if (c >= 'A' && c <= 'Z')
		return strchr("JQXZKVWGYUHB", c) ? 1 : 3;
	return 2;
}

size_t find_anchor(const char *what, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (find_frequency((uint8_t)what[i]) <
		    find_frequency((uint8_t)what[best]))
			best = i;
	return best;
}

const uint8_t *find_by(const uint8_t *text, size_t len, const char *what,
		       size_t n, size_t anchor)
{
	const uint8_t *end = text + len, *p = text;

	if (len < n)
		return NULL;
	for (p += anchor; (p = memchr(p, what[anchor], (size_t)(end - p)));
	     p++) {
		const uint8_t *start = p - anchor;

		if ((size_t)(end - start) < n)
			return NULL;
		if (memcmp(start, what, n) == 0)
			return start;
	}
	return NULL;
}

const uint8_t *find_text(const uint8_t *text, size_t len, const char *what,
			 size_t n)
{
	return find_by(text, len, what, n, find_anchor(what, n));
}
