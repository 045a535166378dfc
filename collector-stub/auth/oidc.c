/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/oidc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

#include "collector-stub/auth/parsed.h"
#include "collector-stub/auth/provider.h"
#include "lib/ask.h"
#include "lib/clock.h"
#include "lib/hash.h"

/* logins that talk to the provider at a time: threads of the pool that are left
 * for others */
#define OIDC_AT_ONCE 2
/* finished flows that are remembered; a provider takes no code twice either */
#define OIDC_USED 1024
#define OIDC_FORM KIB(16)
#define OIDC_REDIRECT 576

struct oidc {
	const struct collector_config *config;
	char redirect[OIDC_REDIRECT];
	struct provider *provider;
	atomic_bool stop;
	atomic_int busy;
	pthread_mutex_t lock;
	uint8_t used[OIDC_USED][HASH_SIZE];
	size_t next;
};

int oidc_new(const struct collector_config *c, const char *redirect,
	     struct oidc **ret)
{
	struct oidc *o = NULL;

	if (!*c->oidc_issuer) {
		*ret = NULL;
		return 0;
	}
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->config = c;
	snprintf(o->redirect, sizeof(o->redirect), "%s", redirect);
	o->provider = provider_new(c, &o->stop);
	if (!o->provider) {
		free(o);
		return -ENOMEM;
	}
	pthread_mutex_init(&o->lock, NULL);
	*ret = o;
	return 0;
}

void oidc_stop(struct oidc *o)
{
	if (o)
		atomic_store(&o->stop, true);
}

void oidc_free(struct oidc *o)
{
	if (!o)
		return;
	provider_free(o->provider);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

bool oidc_enter(struct oidc *o)
{
	if (atomic_fetch_add(&o->busy, 1) < OIDC_AT_ONCE &&
	    !atomic_load(&o->stop))
		return true;
	oidc_leave(o);
	return false;
}

void oidc_leave(struct oidc *o)
{
	atomic_fetch_sub(&o->busy, 1);
}

bool oidc_first_use(struct oidc *o, const struct login_flow *f)
{
	uint8_t hash[HASH_SIZE];
	bool first = true;

	hash_sha256(f->cookie, strlen(f->cookie), hash);
	pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < OIDC_USED; i++)
		if (memcmp(o->used[i], hash, HASH_SIZE) == 0)
			first = false;
	if (first) {
		memcpy(o->used[o->next], hash, HASH_SIZE);
		o->next = (o->next + 1) % OIDC_USED;
	}
	pthread_mutex_unlock(&o->lock);
	return first;
}

/* "&NAME=VALUE", or without & at the beginning. */
static void add_field(struct buf *b, const char *name, const char *value)
{
	char *text = curl_easy_escape(NULL, value, (int)strlen(value));

	if (b->len > 0 && b->data[b->len - 1] != '?')
		buf_addch(b, '&');
	buf_adds(b, name);
	buf_addch(b, '=');
	if (!text || buf_adds(b, text) < 0)
		b->failed = true;
	curl_free(text);
}

int oidc_begin(struct oidc *o, const struct login_flow *f, struct buf *out,
	       char ret_why[static OIDC_WHY])
{
	struct provider_addresses a;
	char why[FETCH_WHY] = "";
	int r = provider_find(o->provider, &a, why);

	if (r < 0) {
		snprintf(ret_why, OIDC_WHY, "%s", why);
		return r;
	}
	buf_adds(out, a.authorization);
	buf_addch(out, strchr(a.authorization, '?') ? '&' : '?');
	buf_adds(out, "response_type=code");
	add_field(out, "client_id", o->config->oidc_client_id);
	add_field(out, "redirect_uri", o->redirect);
	add_field(out, "scope", o->config->oidc_scope);
	add_field(out, "state", f->state);
	add_field(out, "nonce", f->nonce);
	add_field(out, "code_challenge", f->challenge);
	add_field(out, "code_challenge_method", "S256");
	return out->failed ? -ENOMEM : 0;
}

/* -------------------------------------------------- the code's exchange */

/* What a code is traded for. */
struct tokens {
	struct buf id, access;
};

/* An access token goes into a header (RFC 6750 section 2.1). */
static bool is_bearer(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._~+/=")];
}

/* 0; -EPROTO where it has no ID token. */
static int read_answer(const struct buf *answer, struct tokens *ret)
{
	const char *id = NULL, *access = NULL;
	json_t *o = NULL;
	int r = -EPROTO;

	if (parsed_object(answer->data, answer->len, &o) == 0) {
		id = json_string_value(json_object_get(o, "id_token"));
		access = json_string_value(json_object_get(o, "access_token"));
	}
	if (id && buf_adds(&ret->id, id) == 0)
		r = 0;
	if (r == 0 && access && is_bearer(access) &&
	    buf_adds(&ret->access, access) < 0)
		r = -EPROTO;
	json_decref(o);
	return r;
}

static int read_secret(const struct oidc *o, struct buf *secret,
		       char why[static OIDC_WHY])
{
	const char *path = o->config->oidc_secret_file;
	int r = *path ? ask_file(path, secret) : 0;

	if (r < 0)
		snprintf(why, OIDC_WHY, "%.200s: %s", path, r == -EPERM ?
			 "others may read or write it" : strerror(-r));
	buf_str(secret);
	return r < 0 || secret->failed ? -EAGAIN : 0;
}

static void make_form(struct buf *form, const struct oidc *o,
		      const struct login_flow *f, const char *code)
{
	add_field(form, "grant_type", "authorization_code");
	add_field(form, "code", code);
	add_field(form, "redirect_uri", o->redirect);
	add_field(form, "code_verifier", f->verifier);
}

/* Asks for the tokens with the secret as the provider wants it: in a header,
 * form-encoded (RFC 6749 section 2.3.1), or in the form. */
static int ask_tokens(struct oidc *o, const struct provider_addresses *a,
		      struct buf *form, struct buf *secret, struct buf *out,
		      char why[static FETCH_WHY])
{
	const char *id = o->config->oidc_client_id;
	struct fetch f = { .url = a->token };
	char *user = NULL, *password = NULL;
	bool basic = secret->len > 0 && (a->takes_basic || !a->takes_post);
	int r = -ENOMEM;

	if (basic) {
		user = curl_easy_escape(NULL, id, (int)strlen(id));
		password = curl_easy_escape(NULL, (char *)secret->data,
					    (int)secret->len);
		f.user = user;
		f.password = password;
	} else {
		add_field(form, "client_id", id);
		if (secret->len > 0)
			add_field(form, "client_secret", buf_str(secret));
	}
	f.form = buf_str(form);
	if (!form->failed && (!basic || (user && password)))
		r = provider_fetch(o->provider, &f, out, why);
	if (password)
		OPENSSL_cleanse(password, strlen(password));
	curl_free(user);
	curl_free(password);
	return r;
}

/* 0; -EAGAIN; -EACCES where the provider does not take the code. */
static int trade(struct oidc *o, const struct login_flow *flow,
		 const char *code, struct tokens *ret_tokens,
		 char why[static OIDC_WHY])
{
	struct provider_addresses a;
	struct buf form, secret, out;
	char fault[FETCH_WHY] = "";
	int r = 0;

	buf_init(&form, OIDC_FORM);
	buf_init(&secret, KIB(4));
	buf_init(&out, LIMIT_PROVIDER);
	r = read_secret(o, &secret, why);
	if (r < 0)
		goto out;
	make_form(&form, o, flow, code);
	r = provider_find(o->provider, &a, fault);
	if (r == 0)
		r = ask_tokens(o, &a, &form, &secret, &out, fault);
	if (r == 0) {
		r = read_answer(&out, ret_tokens);
		if (r < 0)
			snprintf(fault, sizeof(fault), "%.160s: the answer has "
				 "no ID token", a.token);
	}
	if (r < 0)
		snprintf(why, OIDC_WHY, "%s", fault);
	if (r < 0)
		r = r == -EPROTO ? -EACCES : -EAGAIN;
out:
	buf_free_secret(&form);
	buf_free_secret(&secret);
	buf_free_secret(&out);
	return r;
}

static int judge(struct oidc *o, const struct login_flow *f,
		 const struct buf *token, struct id_token *ret,
		 char why[static OIDC_WHY])
{
	const struct id_token_want want = {
		.config = o->config, .nonce = f->nonce, .since = f->since,
		.now = clock_now(),
	};
	const char *fault = NULL;
	char text[FETCH_WHY] = "";
	struct jwt t;
	int r = jwt_parse((const char *)token->data, token->len, &t);

	if (r < 0) {
		snprintf(why, OIDC_WHY, "the ID token %s", r == -ENOTSUP ?
			 "is signed in a way that is not taken" :
			 "is no signed token");
		return -EACCES;
	}
	r = provider_verify(o->provider, &t, text);
	if (r == 0)
		r = id_token_read(t.payload.data, t.payload.len, &want, ret,
				  &fault);
	if (r < 0 && fault)
		snprintf(why, OIDC_WHY, "the ID token: %s", fault);
	else if (r < 0)
		snprintf(why, OIDC_WHY, "%s", *text ? text : strerror(-r));
	jwt_free(&t);
	return r == -ENOMEM ? -EAGAIN : r;
}

static int ask_userinfo(struct oidc *o, const char *url, const char *token,
			struct id_token *t, char why[static OIDC_WHY])
{
	struct fetch f = { .url = url, .bearer = token };
	const char *fault = NULL;
	char text[FETCH_WHY] = "";
	struct buf out;
	int r = 0;

	buf_init(&out, LIMIT_PROVIDER);
	r = provider_fetch(o->provider, &f, &out, text);
	if (r == 0)
		r = id_token_complete(out.data, out.len, o->config, t, &fault);
	if (r < 0 && fault)
		snprintf(why, OIDC_WHY, "%.160s: %s", url, fault);
	else if (r < 0)
		snprintf(why, OIDC_WHY, "%s", *text ? text : strerror(-r));
	if (r == -EPROTO)
		r = -EACCES;
	buf_free_secret(&out);
	return r < 0 && r != -EACCES ? -EAGAIN : r;
}

/* Claims that the ID token has not, where the provider tells them elsewhere. */
static int complete(struct oidc *o, struct buf *access, struct id_token *t,
		    char why[static OIDC_WHY])
{
	struct provider_addresses a;
	char text[FETCH_WHY] = "";
	int r = 0;

	if ((t->has_name && t->has_role) || access->len == 0)
		return 0;
	r = provider_find(o->provider, &a, text);
	if (r < 0) {
		snprintf(why, OIDC_WHY, "%s", text);
		return r;
	}
	return *a.userinfo ? ask_userinfo(o, a.userinfo, buf_str(access), t,
					  why) : 0;
}

int oidc_finish(struct oidc *o, const struct login_flow *f, const char *code,
		struct id_token *ret, char ret_why[static OIDC_WHY])
{
	struct id_token t;
	struct tokens tokens;
	int r = 0;

	buf_init(&tokens.id, LIMIT_JWT);
	buf_init(&tokens.access, LIMIT_JWT);
	r = trade(o, f, code, &tokens, ret_why);
	if (r == 0)
		r = judge(o, f, &tokens.id, &t, ret_why);
	if (r == 0)
		r = complete(o, &tokens.access, &t, ret_why);
	if (r == 0)
		*ret = t;
	buf_free_secret(&tokens.id);
	buf_free_secret(&tokens.access);
	return r;
}
