/* SPDX-License-Identifier: Apache-2.0 */
/* What collectors on one database share: leases, keys of TLS tickets. */
#include <errno.h>
#include <string.h>

#include "collector-stub/store/sql.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

int sql_lease_take(struct store *s, const char *name, const char *owner,
		   int64_t now, int64_t ends, bool *ret_mine)
{
	int changed = 0;
	int r = sql_run(self(s), Q_LEASE_TAKE, &changed, "ttii", name, owner,
			ends, now);

	if (r == 0)
		*ret_mine = changed > 0;
	return r;
}

int sql_ticket_add(struct store *s, const struct store_ticket *t)
{
	int changed = 0;
	int r = sql_run(self(s), Q_TICKET_ADD, &changed, "iib", t->number,
			t->made, t->bytes, sizeof(t->bytes));

	return r == 0 && changed == 0 ? -EEXIST : r;
}

int sql_ticket_list(struct store *s, store_ticket_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_TICKET_LIST, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_ticket t = {
			.number = sql_int(st, 0),
			.made = sql_int(st, 1),
		};
		size_t len = 0;
		const uint8_t *bytes = sql_bytes(st, 2, &len);

		r = -EIO;
		if (len == sizeof(t.bytes)) {
			memcpy(t.bytes, bytes, len);
			r = fn(arg, &t);
		}
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_ticket_remove(struct store *s, int64_t number)
{
	return sql_run(self(s), Q_TICKET_REMOVE, NULL, "i", number);
}
