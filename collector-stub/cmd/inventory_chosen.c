/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/inventory.h"

#include <errno.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/encode.h"

/* certificates whose places are read one after the other */
#define PAGE 500

struct page {
	uint8_t hashes[PAGE][HASH_SIZE];
	size_t n;
	char cursor[QUERY_CURSOR];
};

static int take(void *arg, const struct query_row *row)
{
	struct page *p = arg;
	char hex[HASH_HEX] = "";

	if (p->n == PAGE || row->values[0].len != HASH_HEX - 1)
		return -EIO;
	memcpy(hex, row->values[0].data, HASH_HEX - 1);
	memcpy(p->cursor, row->cursor, strlen(row->cursor) + 1);
	return decode_hex(hex, p->hashes[p->n++], HASH_SIZE);
}

static int add_place(void *arg, const struct store_place *p)
{
	int r = group_add(arg, p);

	/* one that cannot be read was never a location */
	return r == -EBADMSG ? 0 : r;
}

static int show(struct session *s, const struct page *p,
		const struct group_view *view, int64_t now)
{
	struct group g = { .count = 0 };
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		r = s->store->driver->places(s->store, p->hashes[i],
					     add_place, &g);
		/* gone since the page was read */
		if (r == 0 && g.count > 0)
			r = view->all(&g, now);
		group_reset(&g);
	}
	return r;
}

int inventory_chosen(struct session *s, const struct query *chosen,
		     const struct group_view *view)
{
	struct query q = *chosen;
	struct page page = { .n = 0 };
	char after[QUERY_CURSOR];
	int r = 0;

	q.subject = query_subject("certificates");
	q.fields = (const char *[]){ "sha256", NULL };
	q.limit = PAGE;
	do {
		page.n = 0;
		r = session_page(s, &q, take, &page,
				 "the inventory cannot be listed");
		if (r != EXIT_DONE)
			return r;
		if (show(s, &page, view, q.now) < 0)
			return session_failed(s, "the inventory cannot be "
					      "listed");
		memcpy(after, page.cursor, sizeof(after));
		q.after = after;
	} while (page.n == PAGE);
	return EXIT_DONE;
}
