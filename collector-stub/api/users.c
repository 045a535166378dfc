/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/list.h"
#include "collector-stub/auth/account.h"
#include "collector-stub/auth/password.h"
#include "collector-stub/auth/attempts.h"

static const char *const columns[] = { "name", "role", "disabled", "created",
	"last_login", "locked_until", NULL };

static void add_user(struct api *q, struct json *j, const struct store_user *u)
{
	int64_t wait = attempts_wait_of(&u->failed, q->now);

	json_quoted(j, "name", u->name);
	json_quoted(j, "role", u->role);
	json_bool(j, "disabled", u->disabled);
	json_time(j, "created", u->created);
	if (u->last_login > 0)
		json_time(j, "last_login", u->last_login);
	if (wait > 0)
		json_time(j, "locked_until", q->now + wait);
}

static int list_user(void *arg, const struct store_user *u)
{
	struct list *l = arg;

	if (l->after && strcmp(u->name, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	add_user(l->q, list_add(l), u);
	list_added(l, u->name);
	return 0;
}

int users_list(struct api *q)
{
	struct list l;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->users->list(q->store, list_user,
							   &l));
}

static int reply_user(struct api *q, const char *name, int status)
{
	struct store_user u;
	struct json j;
	int r = q->store->driver->users->get(q->store, name, &u);

	if (r < 0)
		return api_failed(q, r, "user");
	api_json(q, status, &j);
	json_begin_object(&j, NULL);
	add_user(q, &j, &u);
	json_end_object(&j);
	return 0;
}

int users_get(struct api *q)
{
	return reply_user(q, q->args[0], 200);
}

/* 0, or -EINVAL and the reply tells. */
static int read_role(struct api *q, enum role *ret)
{
	const char *word = api_value(q, "role");

	*ret = word ? role_parse(word) : ROLE_NONE;
	if (!word || *ret)
		return 0;
	api_problem(q, 400, "bad-request",
		    "role is viewer, operator, approver or admin");
	return -EINVAL;
}

static int check_password(struct api *q, const char *name)
{
	const char *password = api_value(q, "password");
	const char *why = password ? password_fault(name, password) : NULL;

	if (!why)
		return 0;
	api_problem(q, 400, "weak-password", "the password %s", why);
	return -EINVAL;
}

int users_add(struct api *q)
{
	static const struct api_field fields[] = {
		{ "name", true, false }, { "role", true, false },
		{ "password", true, false }, { NULL, false, false },
	};
	const char *name = NULL;
	enum role role = ROLE_NONE;
	int r = 0;

	if (api_body(q, fields) < 0 || read_role(q, &role) < 0)
		return 0;
	name = api_value(q, "name");
	if (!is_account_name(name))
		return api_problem(q, 400, "bad-request", "name has letters, "
				   "digits and ._@- only, at most 64");
	if (check_password(q, name) < 0)
		return 0;
	r = account_add(q->store, api_actor(q), name, role,
			api_value(q, "password"));
	if (r == -EEXIST)
		return api_problem(q, 409, "exists",
				   "there is such a user already");
	return r < 0 ? r : reply_user(q, name, 201);
}

static int last_admin(struct api *q)
{
	return api_problem(q, 409, "conflict", "%s is the only admin",
			   q->args[0]);
}

int users_change(struct api *q)
{
	static const struct api_field fields[] = {
		{ "role", false, false }, { "disabled", false, false },
		{ "password", false, false }, { NULL, false, false },
	};
	struct account_change c = { .disabled = -1 };
	int r = 0;

	if (api_body(q, fields) < 0 || read_role(q, &c.role) < 0 ||
	    api_flag(q, "disabled", &c.disabled) < 0 ||
	    check_password(q, q->args[0]) < 0)
		return 0;
	c.password = api_value(q, "password");
	if (strcmp(q->args[0], q->who.user) == 0 && !q->who.is_token)
		c.keep = q->who.sha256;
	r = account_change(q->store, api_actor(q), q->args[0], &c);
	if (r == -EPERM)
		return last_admin(q);
	if (r == -ENOTSUP)
		return api_problem(q, 400, "bad-request", "this user logs in "
				   "at the identity provider, and has no "
				   "password here");
	return r < 0 ? api_failed(q, r, "user")
		     : reply_user(q, q->args[0], 200);
}

int users_remove(struct api *q)
{
	int r = account_remove(q->store, api_actor(q), q->args[0]);

	if (r == -EPERM)
		return last_admin(q);
	return r < 0 ? api_failed(q, r, "user") : api_done(q);
}
