/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/login_flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"

#define SECRET 24		/* bytes */
#define SECRET_TEXT 32		/* of it in base64url */

static void text_of(const void *data, size_t len,
		    char ret[static LOGIN_FLOW_TEXT])
{
	struct buf b;

	buf_init(&b, LOGIN_FLOW_TEXT);
	encode_base64url(&b, data, len);
	snprintf(ret, LOGIN_FLOW_TEXT, "%s", buf_str(&b));
	buf_free_secret(&b);
}

static void derive(const char *label, const char *cookie,
		   char ret[static LOGIN_FLOW_TEXT])
{
	char text[LOGIN_FLOW_COOKIE_TEXT + 32];
	uint8_t hash[HASH_SIZE];

	snprintf(text, sizeof(text), "certwalk %s %s", label, cookie);
	hash_sha256(text, strlen(text), hash);
	text_of(hash, sizeof(hash), ret);
	explicit_bzero(text, sizeof(text));
}

static void derive_all(struct login_flow *f)
{
	uint8_t hash[HASH_SIZE];

	derive("state", f->cookie, f->state);
	derive("nonce", f->cookie, f->nonce);
	derive("verifier", f->cookie, f->verifier);
	hash_sha256(f->verifier, strlen(f->verifier), hash);
	text_of(hash, sizeof(hash), f->challenge);
}

int login_flow_new(int64_t now, struct login_flow *ret)
{
	struct login_flow f = { .since = now };
	char secret[LOGIN_FLOW_TEXT];
	uint8_t random[SECRET];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return -EIO;
	text_of(random, sizeof(random), secret);
	snprintf(f.cookie, sizeof(f.cookie), "%.*s.%lld", SECRET_TEXT, secret,
		 (long long)now % 10000000000);
	derive_all(&f);
	*ret = f;
	return 0;
}

int login_flow_read(const char *cookie, int64_t now, struct login_flow *ret)
{
	struct login_flow f = { .since = 0 };
	const char *time = cookie + SECRET_TEXT + 1;

	if (strlen(cookie) <= SECRET_TEXT + 1 ||
	    strlen(cookie) > SECRET_TEXT + 11 || time[-1] != '.' ||
	    time[strspn(time, "0123456789")])
		return -EINVAL;
	f.since = strtoll(time, NULL, 10);
	if (f.since > now + LIMIT_CLOCK_SKEW ||
	    f.since + LOGIN_FLOW_LIFE <= now)
		return -ETIME;
	snprintf(f.cookie, sizeof(f.cookie), "%s", cookie);
	derive_all(&f);
	*ret = f;
	return 0;
}
