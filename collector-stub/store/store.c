/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/encode.h"

static const struct store_driver *find(const char *url, const char **ret_where)
{
	for (size_t i = 0; store_table[i]; i++) {
		size_t n = strlen(store_table[i]->scheme);

		if (strncmp(url, store_table[i]->scheme, n) == 0 &&
		    url[n] == ':') {
			*ret_where = url + n + 1;
			return store_table[i];
		}
	}
	return NULL;
}

int store_open(const char *url, bool fresh, struct store **ret, char *error,
	       size_t cap)
{
	const char *where = NULL;
	const struct store_driver *d = find(url, &where);
	struct store *s = NULL;
	int r = 0;

	if (!d) {
		snprintf(error, cap, "no driver for this kind of database");
		return -ENOTSUP;
	}
	r = d->open(where, fresh, &s);
	if (r < 0)
		snprintf(error, cap, "%s", s && s->error[0] ? s->error :
			 strerror(-r));
	if (r < 0)
		store_close(s);
	else
		*ret = s;
	return r;
}

const char *store_name(const char *url, const char *other)
{
	return strncmp(url, "sqlite:", 7) == 0 ? url : other;
}

void store_close(struct store *s)
{
	if (s)
		s->driver->close(s);
}

const char *store_text(struct arena *a, const char *text)
{
	static const uint8_t replacement[] = { 0xef, 0xbf, 0xbd };
	size_t len = text ? strlen(text) : 0, n = 0;
	char *out = arena_alloc(a, 3 * len + 1);

	for (size_t i = 0; out && i < len;) {
		const uint8_t *s = (const uint8_t *)text + i;
		size_t seq = utf8_length(s, len - i);

		if (seq > 0)
			memcpy(out + n, s, seq);
		else
			memcpy(out + n, replacement, sizeof(replacement));
		n += seq > 0 ? seq : sizeof(replacement);
		i += seq > 0 ? seq : 1;
	}
	return out;
}
