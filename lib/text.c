/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"

char *text_printable(const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	char *out = malloc(4 * len + 1);
	size_t n = 0;

	if (!out)
		return NULL;
	while (len > 0) {
		size_t k = utf8_length(s, len);
		/* C0 and DEL, and C1 controls, which are two bytes in UTF-8 */
		int bad = k == 0 || *s < 0x20 || *s == 0x7f ||
			  (k == 2 && s[0] == 0xc2 && s[1] < 0xa0);

		if (k == 0)
			k = 1;
		for (size_t i = 0; bad && i < k; i++)
			n += (size_t)snprintf(out + n, 5, "\\x%02x",
					      s[i]);
		if (!bad) {
			memcpy(out + n, s, k);
			n += k;
		}
		s += k;
		len -= k;
	}
	out[n] = '\0';
	return out;
}

char *text_column(const void *bytes, size_t len, size_t columns, bool pad)
{
	char *all = text_printable(bytes, len), *out = NULL;
	size_t at = 0, n = 0;

	while (all && all[at] && n < columns) {
		at += utf8_length((const uint8_t *)all + at, strlen(all + at));
		n++;
	}
	if (all)
		out = malloc(at + columns + 1);
	if (out) {
		memcpy(out, all, at);
		memset(out + at, ' ', columns);
		out[at + (pad ? columns - n : 0)] = '\0';
	}
	free(all);
	return out;
}
