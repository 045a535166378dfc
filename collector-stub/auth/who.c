/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/who.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "collector-stub/auth/account.h"
#include "lib/encode.h"

/* how exactly a use is noted: seconds */
#define USED_STEP 60

int who_secret(const char *prefix, char ret[static WHO_SECRET])
{
	uint8_t random[32];
	struct buf b;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return -EIO;
	buf_init(&b, WHO_SECRET);
	encode_base64url(&b, random, sizeof(random));
	snprintf(ret, WHO_SECRET, "%s%s", prefix, buf_str(&b));
	buf_free_secret(&b);
	explicit_bzero(random, sizeof(random));
	return 0;
}

/* Who has the cookie can tell it; who has only the database cannot. */
static void make_csrf(const char *secret, char ret[static HASH_HEX])
{
	uint8_t hash[HASH_SIZE];
	char text[WHO_SECRET + 16];

	snprintf(text, sizeof(text), "certwalk csrf %s", secret);
	hash_sha256(text, strlen(text), hash);
	encode_hex(hash, HASH_SIZE, ret);
	explicit_bzero(text, sizeof(text));
}

int who_log_in(struct store *s, const char *user, int64_t now,
	       const struct who_limits *limits,
	       char ret_secret[static WHO_SECRET])
{
	struct store_session e = { .created = now, .used = now };
	int r = who_secret("", ret_secret);

	if (r < 0)
		return r;
	snprintf(e.user, sizeof(e.user), "%s", user);
	hash_sha256(ret_secret, strlen(ret_secret), e.sha256);
	r = s->driver->users->session_sweep(s, now - limits->life,
					    now - limits->idle);
	return r < 0 ? r : s->driver->users->session_add(s, &e);
}

/* The user's role, or -EACCES. */
static int find_user(struct store *s, const char *name,
		     const struct who_limits *limits, enum role *ret)
{
	struct store_user u;
	int r = s->driver->users->get(s, name, &u);

	if (r < 0)
		return r == -ENOENT ? -EACCES : r;
	if (u.disabled || role_parse(u.role) == ROLE_NONE ||
	    !account_is_served(&u, limits->issuer))
		return -EACCES;
	*ret = role_parse(u.role);
	return 0;
}

int who_by_session(struct store *s, const char *secret, int64_t now,
		   const struct who_limits *limits, struct who *ret)
{
	const struct store_user_driver *d = s->driver->users;
	struct who w = { .is_token = false };
	struct store_session e;
	int r = 0;

	if (strlen(secret) >= WHO_SECRET)
		return -EACCES;
	hash_sha256(secret, strlen(secret), w.sha256);
	r = d->session_get(s, w.sha256, &e);
	if (r < 0)
		return r == -ENOENT ? -EACCES : r;
	if (e.created + limits->life <= now || e.used + limits->idle <= now)
		return -EACCES;
	r = find_user(s, e.user, limits, &w.role);
	if (r < 0)
		return r;
	snprintf(w.name, sizeof(w.name), "%s", e.user);
	snprintf(w.user, sizeof(w.user), "%s", e.user);
	make_csrf(secret, w.csrf);
	w.until = e.created + limits->life;
	w.idle_until = (limits->is_poll ? e.used : now) + limits->idle;
	/* a note that is not written does not matter */
	if (!limits->is_poll && e.used + USED_STEP <= now)
		d->session_used(s, w.sha256, now);
	*ret = w;
	return 0;
}

int who_by_token(struct store *s, const char *token, int64_t now,
		 const struct who_limits *limits, struct who *ret)
{
	const struct store_user_driver *d = s->driver->users;
	struct who w = { .is_token = true };
	struct store_access a;
	enum role most = ROLE_NONE;
	int r = 0;

	if (strncmp(token, WHO_TOKEN_PREFIX, strlen(WHO_TOKEN_PREFIX)) != 0 ||
	    strlen(token) >= WHO_SECRET)
		return -EACCES;
	hash_sha256(token, strlen(token), w.sha256);
	r = d->access_get(s, w.sha256, &a);
	if (r == -ENOENT || (r == 0 && a.expires <= now))
		return -EACCES;
	if (r == 0)
		r = find_user(s, a.owner, limits, &most);
	if (r < 0)
		return r;
	w.role = role_parse(a.role);
	if (w.role > most)
		w.role = most;
	snprintf(w.name, sizeof(w.name), "%s", a.name);
	snprintf(w.user, sizeof(w.user), "%s", a.owner);
	snprintf(w.filter, sizeof(w.filter), "%s", a.filter);
	w.until = a.expires;
	if (a.used + USED_STEP <= now)
		d->access_used(s, w.sha256, now);
	*ret = w;
	return 0;
}
