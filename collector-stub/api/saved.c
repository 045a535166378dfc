/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that a user keeps under a name, each for one list. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/order/audit.h"

#define SAVED_MAX 200		/* of one user */
#define TITLE_MAX 100		/* bytes */

static const char *const columns[] = { "list", "title", "filter", NULL };

static int list_one(void *arg, const struct store_saved *f)
{
	struct list *l = arg;
	char cursor[2 * TITLE_MAX];
	struct json *j = NULL;

	snprintf(cursor, sizeof(cursor), "%s\n%s", f->list, f->title);
	if (l->after && strcmp(cursor, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	j = list_add(l);
	json_quoted(j, "list", f->list);
	json_quoted(j, "title", f->title);
	json_quoted(j, "filter", f->filter);
	list_added(l, cursor);
	return 0;
}

int saved_list(struct api *q)
{
	struct list l;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->users->saved_list(q->store,
						q->who.user, list_one, &l));
}

static int note(struct api *q, const char *event, const struct store_saved *f)
{
	const struct audit_field fields[] = {
		{ "list", f->list }, { "title", f->title },
		{ "filter", f->filter }, { NULL, NULL },
	};

	return api_audit(q, event, fields);
}

struct count {
	const struct store_saved *f;
	int others;
};

static int count_one(void *arg, const struct store_saved *f)
{
	struct count *c = arg;

	c->others += strcmp(f->list, c->f->list) != 0 ||
		strcmp(f->title, c->f->title) != 0;
	return 0;
}

/* 0; -EINVAL and the reply tells. */
static int check(struct api *q, const struct store_saved *f)
{
	const struct query_subject *s = query_subject(f->list);
	struct filter_fault fault = { .column = 0 };

	if (!s)
		api_problem(q, 404, "not-found", "there is no such list");
	else if (!*f->title || strlen(f->title) > TITLE_MAX)
		api_problem(q, 400, "bad-request",
			    "a title has 1 to %d bytes", TITLE_MAX);
	else if (query_check(s, f->filter, &fault) < 0)
		inventory_fault(q, &fault);
	else
		return 0;
	return -EINVAL;
}

int saved_put(struct api *q)
{
	static const struct api_field fields[] = {
		{ "filter", true, false }, { NULL, false, false },
	};
	const struct store_user_driver *d = q->store->driver->users;
	struct store_saved f = { .owner = q->who.user, .list = q->args[0],
				 .title = q->args[1] };
	struct count c = { .f = &f };
	int r = 0;

	if (api_body(q, fields) < 0)
		return 0;
	f.filter = api_value(q, "filter");
	if (check(q, &f) < 0)
		return 0;
	r = q->store->driver->begin(q->store);
	if (r < 0)
		return r;
	r = d->saved_list(q->store, f.owner, count_one, &c);
	if (r == 0 && c.others >= SAVED_MAX)
		r = -EDQUOT;
	if (r == 0)
		r = d->saved_put(q->store, &f);
	if (r == 0)
		r = note(q, "filter-saved", &f);
	r = api_end(q, r);
	if (r == -EDQUOT)
		return api_problem(q, 409, "conflict",
				   "%d filters are kept already", SAVED_MAX);
	return r < 0 ? r : api_done(q);
}

int saved_remove(struct api *q)
{
	const struct store_saved f = { .owner = q->who.user,
		.list = q->args[0], .title = q->args[1] };
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = q->store->driver->users->saved_remove(q->store, &f);
	if (r == 0)
		r = note(q, "filter-removed", &f);
	r = api_end(q, r);
	return r < 0 ? api_failed(q, r, "filter") : api_done(q);
}
