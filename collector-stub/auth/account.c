/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/attempts.h"
#include "collector-stub/auth/password.h"
#include "collector-stub/order/audit.h"
#include "lib/clock.h"
#include "lib/encode.h"

/* before the mark of a provider's user, in place of a password's hash */
#define MARK "oidc$"

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

/* Is this a user of a provider? */
static bool is_marked(const struct store_user *u)
{
	return strncmp(u->password, MARK, strlen(MARK)) == 0;
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

/* Within a transaction: 0, or -EPERM where there is an admin already. */
static int need_no_admin(struct store *s)
{
	struct admins a = { .but = "" };
	int r = s->driver->users->list(s, count_admin, &a);

	return r == 0 && a.n > 0 ? -EPERM : r;
}

/* The link first, so that who guesses them costs no scrypt. */
static int set_up(struct store *s, const uint8_t *link, const char *address,
		  struct store_user *u, const char *password)
{
	const struct audit_field fields[] = {
		{ "user", u->name }, { "role", u->role },
		{ "way", "one-time link" }, { "address", address },
		{ NULL, NULL },
	};
	int r = s->driver->users->lock(s);

	if (r == 0)
		r = s->driver->users->link_take(s, link, u->created);
	if (r == 0)
		r = need_no_admin(s);
	if (r == 0)
		r = password_hash(password, u->password);
	if (r == 0)
		r = s->driver->users->add(s, u);
	return r < 0 ? r : audit_event(s, u->created, u->name, "user-added",
				       fields);
}

int account_set_up(struct store *s, const uint8_t link[static HASH_SIZE],
		   const char *address, const char *name, const char *password)
{
	struct store_user u = { .role = "admin", .created = clock_now() };
	int r = 0;

	if (!is_account_name(name) || password_fault(name, password))
		return -EINVAL;
	snprintf(u.name, sizeof(u.name), "%s", name);
	r = s->driver->begin(s);
	return r < 0 ? r : end(s, set_up(s, link, address, &u, password));
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

/* Within a transaction: 0, or why ${u} cannot be changed so. */
static int may_change(struct store *s, const struct store_user *u,
		      const struct account_change *c)
{
	if (c->was && strcmp(c->was, u->password) != 0)
		return -ESTALE;
	/* it would be a stranger there, and a new user at the next login */
	if (c->password && is_marked(u))
		return -ENOTSUP;
	if (c->disabled > 0 || (c->role && c->role != ROLE_ADMIN))
		return need_other_admin(s, u->name);
	return 0;
}

static int change(struct store *s, const char *actor, const char *name,
		  const struct account_change *c, const char *hash)
{
	struct store_user u;
	int r = s->driver->users->get(s, name, &u);

	if (r == 0)
		r = may_change(s, &u, c);
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
	if (r == 0 && (c->password || c->disabled == 0))
		r = attempts_forget(s, name);
	/* whoever runs the command on this host frees all addresses too */
	if (r == 0 && !actor && (c->password || c->disabled == 0))
		r = attempts_forget(s, "");
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

/* ------------------------------------------------- users of a provider */

void account_mark(const char *issuer, const char *subject,
		  char ret[static STORE_USER_PASSWORD])
{
	uint8_t both[2 * HASH_SIZE], hash[HASH_SIZE];
	char hex[HASH_HEX];

	hash_sha256(issuer, strlen(issuer), both);
	hash_sha256(subject, strlen(subject), both + HASH_SIZE);
	hash_sha256(both, sizeof(both), hash);
	encode_hex(hash, HASH_SIZE, hex);
	snprintf(ret, STORE_USER_PASSWORD, MARK "%s", hex);
}

static void hash_issuer(const char *issuer, char ret[static STORE_USER_ISSUER])
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(issuer, strlen(issuer), hash);
	encode_hex(hash, HASH_SIZE, ret);
}

bool account_is_served(const struct store_user *u, const char *issuer)
{
	char hash[STORE_USER_ISSUER];

	if (!is_marked(u))
		return true;
	hash_issuer(issuer, hash);
	return *issuer && (!*u->issuer || strcmp(u->issuer, hash) == 0);
}

static int note_provider(struct store *s, const struct store_user *u,
			 const char *event)
{
	const struct audit_field fields[] = {
		{ "user", u->name }, { "role", u->role }, { "way", "oidc" },
		{ NULL, NULL },
	};

	return audit_event(s, clock_now(), u->name, event, fields);
}

static int add_from_provider(struct store *s, struct store_user *u)
{
	int r = s->driver->users->add(s, u);

	return r < 0 ? r : note_provider(s, u, "user-added");
}

/* The provider says what its users are: also of the only admin. */
static int take_role(struct store *s, struct store_user *u, enum role role,
		     const char *issuer)
{
	bool same = strcmp(u->role, role_name(role)) == 0;
	int r = 0;

	if (same && strcmp(u->issuer, issuer) == 0)
		return 0;
	snprintf(u->role, sizeof(u->role), "%s", role_name(role));
	snprintf(u->issuer, sizeof(u->issuer), "%s", issuer);
	r = s->driver->users->put(s, u);
	if (r < 0 || same)
		return r;
	r = s->driver->users->session_end(s, u->name, NULL);
	return r < 0 ? r : note_provider(s, u, "user-changed");
}

struct marked {
	const char *mark;
	struct store_user *user;
};

static int take_marked(void *arg, const struct store_user *u)
{
	struct marked *m = arg;

	if (strcmp(u->password, m->mark) != 0)
		return 0;
	*m->user = *u;
	return 1;
}

static int find_from_provider(struct store *s,
			      const struct account_provider *p,
			      const char *name, enum role role,
			      struct store_user *ret)
{
	struct store_user u = { .created = clock_now() };
	struct marked m = { .mark = u.password, .user = ret };
	int r = s->driver->users->lock(s);

	account_mark(p->issuer, p->subject, u.password);
	hash_issuer(p->issuer, u.issuer);
	/* by the mark, since names change there */
	if (r == 0)
		r = s->driver->users->list(s, take_marked, &m);
	if (r < 0)
		return r;
	if (r > 0)
		return ret->disabled ? -EACCES :
			take_role(s, ret, role, u.issuer);
	if (role == ROLE_NONE)
		return -ENOENT;
	r = s->driver->users->get(s, name, ret);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	snprintf(u.name, sizeof(u.name), "%s", name);
	snprintf(u.role, sizeof(u.role), "%s", role_name(role));
	*ret = u;
	return add_from_provider(s, ret);
}

int account_from_provider(struct store *s, const struct account_provider *p,
			  const char *name, enum role role,
			  struct store_user *ret)
{
	struct store_user u;
	int r = s->driver->begin(s);

	if (r < 0)
		return r;
	r = end(s, find_from_provider(s, p, name, role, &u));
	if (r == 0)
		*ret = u;
	return r;
}
