/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/password.h"
#include "collector-stub/order/audit.h"
#include "lib/clock.h"

bool is_account_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ._@-");

	return len > 0 && len < STORE_USER_NAME && !name[len];
}

static int end(struct store *s, int r)
{
	if (r == 0)
		r = s->driver->commit(s);
	if (r < 0)
		s->driver->rollback(s);
	return r;
}

int account_add(struct store *s, const char *actor, const char *name,
		enum role role, const char *password)
{
	const struct audit_field fields[] = {
		{ "user", name }, { "role", role_name(role) }, { NULL, NULL },
	};
	struct store_user u = { .created = clock_now() };
	int r = 0;

	if (!is_account_name(name) || password_fault(name, password))
		return -EINVAL;
	snprintf(u.name, sizeof(u.name), "%s", name);
	snprintf(u.role, sizeof(u.role), "%s", role_name(role));
	r = password_hash(password, u.password);
	if (r == 0)
		r = s->driver->begin(s);
	if (r < 0)
		return r;
	r = s->driver->users->add(s, &u);
	if (r == 0)
		r = audit_event(s, u.created, actor, "user-added", fields);
	return end(s, r);
}

struct admins {
	const char *but;
	int n;
};

static int count_admin(void *arg, const struct store_user *u)
{
	struct admins *a = arg;

	if (!u->disabled && role_parse(u->role) == ROLE_ADMIN &&
	    strcmp(u->name, a->but) != 0)
		a->n++;
	return 0;
}

/* 0, or -EPERM where ${name} is the only admin. */
static int need_other_admin(struct store *s, const char *name)
{
	struct admins a = { .but = name };
	struct store_user u;
	int r = s->driver->users->get(s, name, &u);

	if (r < 0 || u.disabled || role_parse(u.role) != ROLE_ADMIN)
		return r;
	r = s->driver->users->list(s, count_admin, &a);
	return r == 0 && a.n == 0 ? -EPERM : r;
}

static int note_change(struct store *s, const char *actor, const char *name,
		       const struct account_change *c)
{
	const struct audit_field fields[] = {
		{ "user", name },
		{ "role", c->role ? role_name(c->role) : NULL },
		{ "disabled", c->disabled < 0 ? NULL : c->disabled ? "yes" :
			"no" },
		{ "password", c->password ? "changed" : NULL },
		{ NULL, NULL },
	};

	return audit_event(s, clock_now(), actor, "user-changed", fields);
}

static int change(struct store *s, const char *actor, const char *name,
		  const struct account_change *c, const char *hash)
{
	struct store_user u;
	int r = s->driver->users->get(s, name, &u);

	if (r == 0 && c->was && strcmp(c->was, u.password) != 0)
		r = -ESTALE;
	if (r == 0 && (c->disabled > 0 ||
		       (c->role && c->role != ROLE_ADMIN)))
		r = need_other_admin(s, name);
	if (r < 0)
		return r;
	if (c->role)
		snprintf(u.role, sizeof(u.role), "%s", role_name(c->role));
	if (c->disabled >= 0)
		u.disabled = c->disabled;
	if (c->password)
		snprintf(u.password, sizeof(u.password), "%s", hash);
	r = s->driver->users->put(s, &u);
	if (r == 0)
		r = s->driver->users->session_end(s, name, c->keep);
	return r < 0 ? r : note_change(s, actor, name, c);
}

int account_change(struct store *s, const char *actor, const char *name,
		   const struct account_change *c)
{
	char hash[STORE_USER_PASSWORD] = "";
	int r = 0;

	if (c->password && password_fault(name, c->password))
		return -EINVAL;
	if (c->password)
		r = password_hash(c->password, hash);
	if (r == 0)
		r = s->driver->begin(s);
	if (r < 0)
		return r;
	r = s->driver->users->lock(s);
	return end(s, r < 0 ? r : change(s, actor, name, c, hash));
}

int account_remove(struct store *s, const char *actor, const char *name)
{
	const struct audit_field fields[] = {
		{ "user", name }, { NULL, NULL },
	};
	int r = s->driver->begin(s);

	if (r < 0)
		return r;
	r = s->driver->users->lock(s);
	if (r == 0)
		r = need_other_admin(s, name);
	if (r == 0)
		r = s->driver->users->remove(s, name);
	if (r == 0)
		r = audit_event(s, clock_now(), actor, "user-removed", fields);
	return end(s, r);
}
