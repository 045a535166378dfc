/* SPDX-License-Identifier: Apache-2.0 */
/* Users, sessions, tokens for the API. */
#include <errno.h>
#include <stdio.h>

#include "collector-stub/store/sql.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

static int changed_one(int r, int changed)
{
	return r == 0 && changed == 0 ? -ENOENT : r;
}

/* Where there is one writer at a time, its transaction is the lock. */
static int users_lock(struct store *s)
{
	return self(s)->engine->concurrent ?
		sql_run(self(s), Q_USERS_LOCK, NULL, "") : 0;
}

static int user_add(struct store *s, const struct store_user *u)
{
	int changed = 0;
	int r = sql_run(self(s), Q_USER_ADD, &changed, "tttiiit", u->name,
			   u->role, u->password, (int64_t)u->disabled,
			   u->created, u->last_login, u->issuer);

	return r == 0 && changed == 0 ? -EEXIST : r;
}

static int user_put(struct store *s, const struct store_user *u)
{
	int changed = 0;
	int r = sql_run(self(s), Q_USER_PUT, &changed, "ttitt", u->role,
			   u->password, (int64_t)u->disabled, u->issuer,
			   u->name);

	return changed_one(r, changed);
}

static int user_login(struct store *s, const char *name, const char *password,
		      int64_t now)
{
	int changed = 0;
	int r = sql_run(self(s), Q_USER_LOGIN, &changed, "itt", now, name,
			password);

	return changed_one(r, changed);
}

static int user_remove(struct store *s, const char *name)
{
	int changed = 0;
	int r = sql_run(self(s), Q_SESSION_END, NULL, "th", name,
			   (const void *)NULL);

	if (r == 0)
		r = sql_run(self(s), Q_ACCESS_END, NULL, "t", name);
	if (r == 0)
		r = sql_run(self(s), Q_SAVED_END, NULL, "t", name);
	if (r == 0)
		r = sql_run(self(s), Q_USER_REMOVE, &changed, "t", name);
	return changed_one(r, changed);
}

static void copy(char *ret, size_t cap, struct sql_rows *st, int column)
{
	snprintf(ret, cap, "%s", sql_text(st, column));
}

static void read_user(struct sql_rows *st, struct store_user *ret)
{
	*ret = (struct store_user){
		.disabled = sql_int(st, 3) != 0,
		.created = sql_int(st, 4),
		.last_login = sql_int(st, 5),
		.failed = { .failures = sql_int(st, 7),
			    .latest = sql_int(st, 8) },
	};
	copy(ret->name, sizeof(ret->name), st, 0);
	copy(ret->role, sizeof(ret->role), st, 1);
	copy(ret->password, sizeof(ret->password), st, 2);
	copy(ret->issuer, sizeof(ret->issuer), st, 6);
}

static int user_get(struct store *s, const char *name, struct store_user *ret)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_USER_GET, &st, "t", name);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	read_user(st, ret);
	sql_end(st);
	return 0;
}

static int user_list(struct store *s, store_user_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_USER_LIST, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_user u;

		read_user(st, &u);
		r = fn(arg, &u);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

static int session_add(struct store *s, const struct store_session *e)
{
	return sql_run(self(s), Q_SESSION_ADD, NULL, "htii", e->sha256,
			  e->user, e->created, e->used);
}

static int session_get(struct store *s, const uint8_t sha256[static HASH_SIZE],
		       struct store_session *ret)
{
	struct store_session e = { .user = "" };
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_SESSION_GET, &st, "h", sha256);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	copy(e.user, sizeof(e.user), st, 1);
	e.created = sql_int(st, 2);
	e.used = sql_int(st, 3);
	r = sql_hash(st, 0, e.sha256) ? 0 : -EIO;
	sql_end(st);
	if (r == 0)
		*ret = e;
	return r;
}

static int session_used(struct store *s, const uint8_t sha256[static HASH_SIZE],
			int64_t now)
{
	return sql_run(self(s), Q_SESSION_USED, NULL, "ih", now, sha256);
}

static int session_remove(struct store *s,
			  const uint8_t sha256[static HASH_SIZE])
{
	return sql_run(self(s), Q_SESSION_REMOVE, NULL, "h", sha256);
}

static int session_end(struct store *s, const char *user,
		       const uint8_t *except)
{
	return sql_run(self(s), Q_SESSION_END, NULL, "th", user,
			  (const void *)except);
}

static int session_sweep(struct store *s, int64_t created, int64_t used)
{
	return sql_run(self(s), Q_SESSION_SWEEP, NULL, "ii", created, used);
}

static int link_add(struct store *s, const struct store_link *l)
{
	return sql_run(self(s), Q_LINK_ADD, NULL, "hii", l->sha256, l->created,
		       l->expires);
}

static int link_take(struct store *s, const uint8_t sha256[static HASH_SIZE],
		     int64_t now)
{
	int changed = 0;
	int r = sql_run(self(s), Q_LINK_TAKE, &changed, "hi", sha256, now);

	return changed_one(r, changed);
}

static int attempt_add(struct store *s, const char *name, const char *place,
		       int64_t now, int64_t since)
{
	return sql_run(self(s), Q_ATTEMPT_ADD, NULL, "ttii", name, place, now,
		       since);
}

static int attempt_get(struct store *s, const char *name, const char *place,
		       struct store_attempts *ret)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_ATTEMPT_GET, &st, "tt", name, place);

	if (r == 0)
		r = sql_next(st);
	if (r < 0)
		return r;
	*ret = (struct store_attempts){ .failures = 0 };
	if (r > 0) {
		ret->failures = sql_int(st, 0);
		ret->latest = sql_int(st, 1);
		sql_end(st);
	}
	return 0;
}

static int attempt_remove(struct store *s, const char *name, const char *place)
{
	int none = 0;

	return place ? sql_run(self(s), Q_ATTEMPT_REMOVE, &none, "tt", name,
			       place) :
		sql_run(self(s), Q_ATTEMPT_FORGET, &none, "t", name);
}

static int attempt_sweep(struct store *s, int64_t since)
{
	return sql_run(self(s), Q_ATTEMPT_SWEEP, NULL, "i", since);
}

static int access_add(struct store *s, const struct store_access *a)
{
	return sql_run(self(s), Q_ACCESS_ADD, NULL, "httttiii", a->sha256,
			  a->name, a->owner, a->role, a->filter, a->created,
			  a->expires, a->used);
}

static int read_access(struct sql_rows *st, struct store_access *ret)
{
	*ret = (struct store_access){
		.created = sql_int(st, 5),
		.expires = sql_int(st, 6),
		.used = sql_int(st, 7),
	};
	copy(ret->name, sizeof(ret->name), st, 1);
	copy(ret->owner, sizeof(ret->owner), st, 2);
	copy(ret->role, sizeof(ret->role), st, 3);
	copy(ret->filter, sizeof(ret->filter), st, 4);
	return sql_hash(st, 0, ret->sha256) ? 0 : -EIO;
}

static int access_get(struct store *s, const uint8_t sha256[static HASH_SIZE],
		      struct store_access *ret)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_ACCESS_GET, &st, "h", sha256);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = read_access(st, ret);
	sql_end(st);
	return r;
}

static int access_used(struct store *s, const uint8_t sha256[static HASH_SIZE],
		       int64_t now)
{
	return sql_run(self(s), Q_ACCESS_USED, NULL, "ih", now, sha256);
}

static int access_remove(struct store *s,
			 const uint8_t sha256[static HASH_SIZE])
{
	int changed = 0;
	int r = sql_run(self(s), Q_ACCESS_REMOVE, &changed, "h", sha256);

	return changed_one(r, changed);
}

static int access_list(struct store *s, const char *owner, store_access_fn *fn,
		       void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_ACCESS_LIST, &st, "t", owner);

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_access a;

		r = read_access(st, &a);
		if (r == 0)
			r = fn(arg, &a);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

static int saved_put(struct store *s, const struct store_saved *f)
{
	return sql_run(self(s), Q_SAVED_PUT, NULL, "tttt", f->owner, f->list,
		       f->title, f->filter);
}

static int saved_remove(struct store *s, const struct store_saved *f)
{
	int changed = 0;
	int r = sql_run(self(s), Q_SAVED_REMOVE, &changed, "ttt", f->owner,
			f->list, f->title);

	return changed_one(r, changed);
}

static int saved_list(struct store *s, const char *owner, store_saved_fn *fn,
		      void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_SAVED_LIST, &st, "t", owner);

	while (r == 0 && (r = sql_next(st)) == 1) {
		const struct store_saved f = {
			.owner = sql_text(st, 0), .list = sql_text(st, 1),
			.title = sql_text(st, 2), .filter = sql_text(st, 3),
		};

		r = fn(arg, &f);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

const struct store_user_driver sql_users = {
	.lock = users_lock,
	.add = user_add,
	.put = user_put,
	.login = user_login,
	.remove = user_remove,
	.get = user_get,
	.list = user_list,
	.session_add = session_add,
	.session_get = session_get,
	.session_used = session_used,
	.session_remove = session_remove,
	.session_end = session_end,
	.session_sweep = session_sweep,
	.link_add = link_add,
	.link_take = link_take,
	.saved_put = saved_put,
	.saved_remove = saved_remove,
	.saved_list = saved_list,
	.attempt_add = attempt_add,
	.attempt_get = attempt_get,
	.attempt_remove = attempt_remove,
	.attempt_sweep = attempt_sweep,
	.access_add = access_add,
	.access_get = access_get,
	.access_used = access_used,
	.access_remove = access_remove,
	.access_list = access_list,
};
