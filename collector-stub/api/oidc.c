/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in at an identity provider: a browser is sent there, and comes back.
 * What it is shown is a page of its own, without scripts: the session's cookie
 * is SameSite=Strict, and goes only with what this site itself leads to. */
#include "collector-stub/auth/oidc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "collector-stub/api/api.h"
#include "collector-stub/api/handlers.h"
#include "collector-stub/api/request.h"
#include "collector-stub/api/session.h"
#include "collector-stub/auth/account.h"
#include "collector-stub/http/server.h"
#include "lib/clock.h"
#include "lib/log.h"

#define WAY "oidc"
/* bytes of an authorization code; real ones have up to 2,000 */
#define CODE_MAX 4096
/* of the provider's address with all parameters, so that it fits a header */
#define LOCATION_MAX 3072
/* seconds between two messages that the provider is away */
#define AWAY_QUIET 15

static struct oidc *oidc_of(struct api *q)
{
	return q->exchange->server->oidc;
}

/* SameSite=Lax: the provider leads back here. */
static void set_flow(struct api *q, const char *value, int age)
{
	char text[160];

	snprintf(text, sizeof(text), LOGIN_FLOW_COOKIE "=%s; Path=/; Secure;"
		 " HttpOnly; SameSite=Lax; Max-Age=%d", value, age);
	reply_header(&q->exchange->reply, "Set-Cookie", text);
}

/* ${text} is ours, and needs no escaping.  Returns 0. */
static int show(struct api *q, int status, const char *text)
{
	struct reply *r = &q->exchange->reply;
	bool good = status == 200;

	buf_reset(&r->body);
	r->status = status;
	r->type = "text/html; charset=utf-8";
	reply_header(r, "Content-Security-Policy", "default-src 'none'; "
		     "style-src 'self'; base-uri 'none'; form-action 'none'; "
		     "frame-ancestors 'none'");
	reply_header(r, "Referrer-Policy", "no-referrer");
	buf_addf(&r->body, "<!doctype html>\n<html lang=\"en\">\n"
		 "<meta charset=\"utf-8\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width\">\n"
		 "<meta name=\"color-scheme\" content=\"light dark\">\n%s"
		 "<title>certwalk</title>\n"
		 "<link rel=\"stylesheet\" href=\"/style.css\">\n"
		 "<main class=\"alone\">\n<h1>%s</h1>\n<p>%s</p>\n"
		 "<p><a href=\"/\">%s</a></p>\n</main>\n</html>\n",
		 good ? "<meta http-equiv=\"refresh\" content=\"0;url=/\">\n" :
		 "", good ? "Logged in" : "Not logged in", text,
		 good ? "Go on" : "Back to the login");
	return 0;
}

static int not_configured(struct api *q)
{
	return api_problem(q, 404, "not-found",
			   "no identity provider is configured");
}

int oidc_ways(struct api *q)
{
	const struct collector_config *c = q->exchange->server->config;
	struct json j;

	api_json(q, 200, &j);
	json_begin_object(&j, NULL);
	if (oidc_of(q))
		json_quoted(&j, "provider", c->oidc_name);
	json_end_object(&j);
	return 0;
}

/* Too many at a time, or too many that failed: -EUSERS, and the reply tells.  0
 * is to be followed by oidc_leave(); or the store's error. */
static int come_in(struct api *q)
{
	int64_t wait = 0;
	int r = session_wait(q, NULL, &wait);

	if (r < 0)
		return r;
	if (wait == 0 && oidc_enter(oidc_of(q)))
		return 0;
	show(q, 429, wait > 0 ? "Too many logins have failed. Wait some "
	     "minutes and try again." : "Too many logins are under way. Try "
	     "again.");
	q->exchange->reply.retry_after = wait > 0 ? (int)wait : 1;
	return -EUSERS;
}

/* Anybody can ask, so it is logged once in a while. */
static int away(struct api *q, const char *why)
{
	static atomic_llong told;
	long long now = clock_steady_ms(), then = atomic_load(&told);

	if ((then == 0 || now - then >= AWAY_QUIET * 1000) &&
	    atomic_compare_exchange_strong(&told, &then, now))
		log_warn("login by %s: %s",
			 q->exchange->server->config->oidc_issuer, why);
	return show(q, 503, "The identity provider cannot be used now. Try "
		    "again later; the collector's log tells more.");
}

int oidc_login(struct api *q)
{
	struct reply *reply = &q->exchange->reply;
	struct login_flow f;
	struct buf url;
	char why[OIDC_WHY] = "";
	int r = 0;

	if (!oidc_of(q))
		return not_configured(q);
	r = come_in(q);
	if (r < 0)
		return r == -EUSERS ? 0 : r;
	buf_init(&url, LOCATION_MAX);
	r = login_flow_new(q->now, &f);
	if (r == 0)
		r = oidc_begin(oidc_of(q), &f, &url, why);
	oidc_leave(oidc_of(q));
	if (r < 0) {
		away(q, *why ? why : "its address is too long");
	} else {
		buf_reset(&reply->body);
		reply->status = 302;
		reply->type = "text/plain";
		set_flow(q, f.cookie, LOGIN_FLOW_LIFE);
		reply_header(reply, "Location", buf_str(&url));
	}
	OPENSSL_cleanse(&f, sizeof(f));
	buf_free(&url);
	return 0;
}

/* ------------------------------------------------------------ coming back */

/* ${name} NULL: whom it is, is not known. */
static int refuse(struct api *q, const char *name, const char *why,
		  const char *text)
{
	int r = session_failure(q, name, WAY, why);

	log_info("login by %s from %s was refused: %s",
		 q->exchange->server->config->oidc_issuer,
		 q->exchange->address, why);
	show(q, 403, text);
	return r;
}

/* As a user of ours. */
static int enter(struct api *q, const struct id_token *t)
{
	const struct collector_config *c = q->exchange->server->config;
	const struct account_provider p = {
		.issuer = c->oidc_issuer, .subject = t->subject,
	};
	struct store_user u;
	int r = 0;

	if (!*t->name)
		return refuse(q, NULL, "no name that a user can have",
			      "The provider gave no user name that can be "
			      "used here. Ask who runs the collector.");
	r = account_from_provider(q->store, &p, t->name, t->role, &u);
	if (t->role == ROLE_NONE && (r == 0 || r == -ENOENT))
		return refuse(q, t->name, "no role",
			      "You are known to the provider, but may not use "
			      "this collector: none of your groups leads to a "
			      "role. Ask who runs the collector.");
	if (r == 0)
		r = session_begin(q, &u, WAY);
	if (r == -EEXIST)
		return refuse(q, t->name, "the name is another user's",
			      "Your user name is another user's here already. "
			      "Ask who runs the collector.");
	if (r == -EACCES || r == -ENOENT)
		return refuse(q, t->name, "the user is disabled",
			      "Your user is disabled. Ask who runs the "
			      "collector.");
	return r < 0 ? r : show(q, 200, "The page opens in a moment.");
}

static bool is_same(const char *a, const char *b)
{
	return a && strlen(a) == strlen(b) &&
		CRYPTO_memcmp(a, b, strlen(b)) == 0;
}

/* Does what the browser brings belong to a login that it began?  RFC 9207 for
 * iss. */
static bool is_ours(struct api *q, const struct login_flow *f)
{
	const char *iss = api_query(q, "iss");

	return is_same(api_query(q, "state"), f->state) &&
		(!iss || is_same(iss,
				 q->exchange->server->config->oidc_issuer)) &&
		oidc_first_use(oidc_of(q), f);
}

static int finish(struct api *q, const struct login_flow *f, const char *code)
{
	char why[OIDC_WHY] = "";
	struct id_token t;
	int r = 0;

	r = oidc_finish(oidc_of(q), f, code, &t, why);
	if (r == -EACCES)
		return refuse(q, NULL, why, "The provider's answer was not "
			      "good, and was refused. Try again; the "
			      "collector's log tells more.");
	return r < 0 ? away(q, why) : enter(q, &t);
}

static int come_back(struct api *q)
{
	const char *code = api_query(q, "code");
	struct login_flow f;
	char cookie[WHO_SECRET];
	int r = 0;

	set_flow(q, "", 0);
	if (request_cookie(q->exchange->request, LOGIN_FLOW_COOKIE,
			   cookie) < 0 ||
	    login_flow_read(cookie, q->now, &f) < 0 || !is_ours(q, &f))
		return show(q, 400, "This login was not begun in this "
			    "browser, took longer than ten minutes, or is "
			    "over. Begin again.");
	if (api_query(q, "error"))
		r = refuse(q, NULL, "the provider refused",
			   "The provider has refused the login.");
	else if (!code || !*code || strlen(code) > CODE_MAX)
		r = show(q, 400, "The provider sent no code. Begin again.");
	else
		r = finish(q, &f, code);
	OPENSSL_cleanse(&f, sizeof(f));
	return r;
}

int oidc_callback(struct api *q)
{
	int r = 0;

	if (!oidc_of(q))
		return not_configured(q);
	/* before the login is used up: who comes again is let in */
	r = come_in(q);
	if (r < 0)
		return r == -EUSERS ? 0 : r;
	r = come_back(q);
	oidc_leave(oidc_of(q));
	return r;
}
