/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in and out, and one's own password. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "collector-stub/api/handlers.h"
#include "collector-stub/api/party.h"
#include "collector-stub/api/session.h"
#include "collector-stub/auth/account.h"
#include "collector-stub/auth/attempts.h"
#include "collector-stub/auth/password.h"
#include "collector-stub/http/server.h"
#include "collector-stub/order/audit.h"

/* passwords that are computed at a time: 32 MiB each, and threads of the pool
 * that are left for others */
#define LOGINS_MAX 2

static void add_session(struct api *q)
{
	const struct who *w = &q->who;
	struct json j;

	api_json(q, 200, &j);
	json_begin_object(&j, NULL);
	json_quoted(&j, "user", w->name);
	json_quoted(&j, "kind", w->is_token ? "token" : "user");
	json_quoted(&j, "role", role_name(w->role));
	json_text(&j, "csrf_token", w->csrf);
	if (w->idle_until > 0)
		json_time(&j, "idle_until", w->idle_until);
	json_time(&j, "until", w->until);
	json_text(&j, "filter", w->filter);
	json_end_object(&j);
}

int session_get(struct api *q)
{
	add_session(q);
	return 0;
}

static void set_cookie(struct api *q, const char *secret, int64_t age)
{
	char text[256];

	snprintf(text, sizeof(text), WHO_SESSION_COOKIE "=%s; Path=/; Secure;"
		 " HttpOnly; SameSite=Strict; Max-Age=%lld", secret,
		 (long long)age);
	reply_header(&q->exchange->reply, "Set-Cookie", text);
	explicit_bzero(text, sizeof(text));
}

int session_wait(struct api *q, const char *name, int64_t *ret)
{
	return attempts_wait(q->store, name, q->exchange->address, q->now,
			     ret);
}

int session_too_many(struct api *q, int64_t wait)
{
	api_problem(q, 429, "too-many", "too many logins: wait %lld s",
		    (long long)wait);
	q->exchange->reply.retry_after = (int)wait;
	return 0;
}

int session_note(struct api *q, const char *event, const char *name,
		 const char *way, const char *why)
{
	const struct audit_field fields[] = {
		{ "address", q->exchange->address }, { "way", way },
		{ "reason", why }, { NULL, NULL },
	};

	return audit_event(q->store, q->now, name, event, fields);
}

int session_failure(struct api *q, const char *name, const char *way,
		    const char *why)
{
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	/* at a provider nobody guesses a password of ours */
	r = attempts_fail(q->store, way ? NULL : name, q->exchange->address,
			  q->now);
	if (r == 0)
		r = session_note(q, "login-refused", name ? name : "?", way,
				 why);
	return api_end(q, r);
}

static int refuse_login(struct api *q, const char *name)
{
	int r = session_failure(q, name, NULL, NULL);

	api_problem(q, 401, "bad-login", "name or password is wrong");
	return r;
}

int session_begin(struct api *q, const struct store_user *u, const char *way)
{
	const struct collector_config *c = q->exchange->server->config;
	const struct who_limits limits = {
		.idle = c->session_idle, .life = c->session_life,
		.issuer = c->oidc_issuer,
	};
	char secret[WHO_SECRET];
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = q->store->driver->users->login(q->store, u->name, u->password,
					   q->now);
	if (r == 0)
		r = who_log_in(q->store, u->name, q->now, &limits, secret);
	if (r == 0)
		r = session_note(q, "login", u->name, way, NULL);
	r = api_end(q, r);
	if (r == 0)
		r = who_by_session(q->store, secret, q->now, &limits, &q->who);
	if (r == 0) {
		party_note(&q->exchange->server->known, secret, true);
		set_cookie(q, secret, limits.life);
	}
	explicit_bzero(secret, sizeof(secret));
	return r;
}

static int try_login(struct api *q, const char *name, const char *password)
{
	struct store_user u = { .name = "" };
	int r = q->store->driver->users->get(q->store, name, &u);
	bool good = false;

	if (r < 0 && r != -ENOENT)
		return r;
	good = password_is_valid(password, r == 0 ? u.password : NULL);
	if (!good || u.disabled)
		return refuse_login(q, name);
	r = attempts_good(q->store, name, q->exchange->address);
	if (r == 0)
		r = session_begin(q, &u, NULL);
	/* changed while the password was computed */
	if (r == -ENOENT)
		return refuse_login(q, u.name);
	if (r == 0)
		add_session(q);
	return r;
}

int session_compute(struct api *q, const char *a, const char *b,
		    int (*fn)(struct api *q, const char *a, const char *b))
{
	struct server *srv = q->exchange->server;
	int r = 0;

	if (atomic_fetch_add(&srv->logins, 1) < LOGINS_MAX)
		r = fn(q, a, b);
	else
		session_too_many(q, 1);
	atomic_fetch_sub(&srv->logins, 1);
	return r;
}

int session_login(struct api *q)
{
	static const struct api_field fields[] = {
		{ "user", true, false }, { "password", true, false },
		{ NULL, false, false },
	};
	const char *name = NULL;
	int64_t wait = 0;
	int r = 0;

	if (api_body(q, fields) < 0)
		return 0;
	name = api_value(q, "user");
	if (!is_account_name(name))
		name = "?";
	r = session_wait(q, name, &wait);
	if (r < 0 || wait > 0)
		return r < 0 ? r : session_too_many(q, wait);
	return session_compute(q, name, api_value(q, "password"), try_login);
}

int session_logout(struct api *q)
{
	int r = 0;

	if (q->who.is_token)
		return api_problem(q, 403, "forbidden",
				   "an API token has no session");
	r = q->store->driver->users->session_remove(q->store, q->who.sha256);
	if (r == 0) {
		set_cookie(q, "", 0);
		api_done(q);
	}
	return r;
}

static int change_password(struct api *q, const char *old, const char *new)
{
	struct store_user u;
	const struct account_change c = {
		.disabled = -1, .password = new, .was = u.password,
		.keep = q->who.sha256,
	};
	int r = q->store->driver->users->get(q->store, q->who.user, &u);

	if (r < 0)
		return api_failed(q, r, "user");
	if (!password_is_valid(old, u.password)) {
		r = session_failure(q, u.name, NULL, "old password");
		api_problem(q, 401, "bad-login", "the old password is wrong");
		return r;
	}
	r = account_change(q->store, q->who.user, q->who.user, &c);
	if (r == -ESTALE)
		return api_problem(q, 409, "conflict",
				   "the password was changed meanwhile");
	return r < 0 ? r : api_done(q);
}

int session_password(struct api *q)
{
	static const struct api_field fields[] = {
		{ "old", true, false }, { "new", true, false },
		{ NULL, false, false },
	};
	const char *why = NULL;
	int64_t wait = 0;
	int r = 0;

	if (q->who.is_token)
		return api_problem(q, 403, "forbidden",
				   "an API token has no password");
	if (api_body(q, fields) < 0)
		return 0;
	why = password_fault(q->who.user, api_value(q, "new"));
	if (why)
		return api_problem(q, 400, "weak-password",
				   "the new password %s", why);
	r = session_wait(q, q->who.user, &wait);
	if (r < 0 || wait > 0)
		return r < 0 ? r : session_too_many(q, wait);
	return session_compute(q, api_value(q, "old"), api_value(q, "new"),
			       change_password);
}
