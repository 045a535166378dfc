/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/provider.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/auth/parsed.h"
#include "lib/clock.h"
#include "lib/limits.h"

struct provider {
	const struct collector_config *config;
	const atomic_bool *stop;
	/* of addresses and keys, also while they are fetched */
	pthread_mutex_t lock;
	struct provider_addresses addresses;
	struct jwk_set keys;
	int64_t found, read;	/* steady ms of addresses, keys; 0: not yet */
	int64_t again;		/* when keys were fetched for a token's sake */
	/* of the rest below; never held for long */
	pthread_mutex_t rest_lock;
	int64_t rests_until;	/* steady ms */
	char why[FETCH_WHY];
};

struct provider *provider_new(const struct collector_config *config,
			      const atomic_bool *stop)
{
	struct provider *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->config = config;
	p->stop = stop;
	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->rest_lock, NULL);
	return p;
}

void provider_free(struct provider *p)
{
	if (!p)
		return;
	jwk_set_free(&p->keys);
	pthread_mutex_destroy(&p->lock);
	pthread_mutex_destroy(&p->rest_lock);
	free(p);
}

/* ------------------------------------------------------------- document */

/* An https address without blanks and control characters. */
static bool is_address(const char *url)
{
	if (strncmp(url, "https://", 8) != 0 || strlen(url) >= PROVIDER_URL)
		return false;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '#' || *p == '"')
			return false;
	return url[8] != '\0';
}

/* 0, and "" where there is none. */
static int take_address(const json_t *document, const char *name,
			char ret[static PROVIDER_URL])
{
	const json_t *value = json_object_get(document, name);
	const char *url = json_string_value(value);

	if (value && (!url || !is_address(url)))
		return -EBADMSG;
	snprintf(ret, PROVIDER_URL, "%s", url ? url : "");
	return 0;
}

static void take_methods(const json_t *document, struct provider_addresses *a)
{
	const json_t *list = json_object_get(document,
		"token_endpoint_auth_methods_supported"), *value = NULL;
	size_t i = 0;

	/* the default (RFC 8414 section 2) */
	a->takes_basic = json_array_size(list) == 0;
	json_array_foreach(list, i, value) {
		const char *name = json_string_value(value);

		if (!name)
			continue;
		a->takes_basic |= strcmp(name, "client_secret_basic") == 0;
		a->takes_post |= strcmp(name, "client_secret_post") == 0;
	}
}

/* NULL, or what is wrong with the document. */
static const char *take(const json_t *document, const char *issuer,
			struct provider_addresses *a)
{
	const char *named = json_string_value(json_object_get(document,
							      "issuer"));

	if (take_address(document, "authorization_endpoint",
			 a->authorization) < 0 ||
	    take_address(document, "token_endpoint", a->token) < 0 ||
	    take_address(document, "jwks_uri", a->keys) < 0 ||
	    take_address(document, "userinfo_endpoint", a->userinfo) < 0)
		return "has an address that is not https";
	if (!named || strcmp(named, issuer) != 0)
		return "is another issuer's";
	if (!*a->authorization || !*a->token || !*a->keys)
		return "lacks authorization_endpoint, token_endpoint or "
			"jwks_uri";
	take_methods(document, a);
	return NULL;
}

int provider_read(const char *json, size_t len, const char *issuer,
		  struct provider_addresses *ret,
		  char ret_why[static FETCH_WHY])
{
	struct provider_addresses a = { .takes_basic = false };
	const char *fault = "is no JSON object, or has a member twice";
	json_t *document = NULL;

	if (parsed_object(json, len, &document) == 0)
		fault = take(document, issuer, &a);
	json_decref(document);
	if (fault) {
		snprintf(ret_why, FETCH_WHY, "the discovery document %s",
			 fault);
		return -EBADMSG;
	}
	*ret = a;
	return 0;
}

/* -------------------------------------------------------------- network */

static bool is_resting(struct provider *p, char why[static FETCH_WHY])
{
	bool resting = false;

	pthread_mutex_lock(&p->rest_lock);
	resting = clock_steady_ms() < p->rests_until;
	if (resting)
		snprintf(why, FETCH_WHY, "%s", p->why);
	pthread_mutex_unlock(&p->rest_lock);
	return resting;
}

static void begin_rest(struct provider *p, const char *why)
{
	pthread_mutex_lock(&p->rest_lock);
	p->rests_until = clock_steady_ms() + PROVIDER_REST * 1000;
	snprintf(p->why, sizeof(p->why), "%s", why);
	pthread_mutex_unlock(&p->rest_lock);
}

int provider_fetch(struct provider *p, struct fetch *f, struct buf *out,
		   char ret_why[static FETCH_WHY])
{
	int r = 0;

	if (is_resting(p, ret_why))
		return -EAGAIN;
	f->ca_file = p->config->oidc_ca_file;
	f->stop = p->stop;
	r = fetch(f, out, ret_why);
	/* an answer to a stranger's code is no reason */
	if (r < 0 && r != -EPROTO && r != -EREMOTEIO)
		begin_rest(p, ret_why);
	return r;
}

static bool is_fresh(int64_t since, int64_t seconds)
{
	return since > 0 && clock_steady_ms() - since < seconds * 1000;
}

/* With the lock held, as all that follows but the last two. */
static int discover(struct provider *p, char why[static FETCH_WHY])
{
	const char *issuer = p->config->oidc_issuer;
	size_t len = strlen(issuer);
	char url[PROVIDER_URL + 64];
	struct fetch f = { .url = url };
	struct buf b;
	int r = 0;

	if (is_fresh(p->found, PROVIDER_LIFE))
		return 0;
	while (len > 0 && issuer[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s/.well-known/openid-configuration",
		 (int)len, issuer);
	buf_init(&b, LIMIT_PROVIDER);
	r = provider_fetch(p, &f, &b, why);
	if (r == 0) {
		r = provider_read((const char *)b.data, b.len, issuer,
				  &p->addresses, why);
		if (r == 0)
			p->found = clock_steady_ms();
	}
	if (r < 0 && r != -EAGAIN)
		begin_rest(p, why);
	buf_free(&b);
	return r < 0 ? -EAGAIN : 0;
}

static int fetch_keys(struct provider *p, char why[static FETCH_WHY])
{
	struct fetch f = { .url = p->addresses.keys };
	struct jwk_set s;
	struct buf b;
	int r = 0;

	buf_init(&b, LIMIT_PROVIDER);
	r = provider_fetch(p, &f, &b, why);
	if (r == 0) {
		r = jwk_set_parse((const char *)b.data, b.len, &s);
		if (r < 0)
			snprintf(why, FETCH_WHY, "%.160s: no set of keys",
				 f.url);
	}
	if (r < 0 && r != -EAGAIN)
		begin_rest(p, why);
	if (r == 0) {
		jwk_set_free(&p->keys);
		p->keys = s;
		p->read = clock_steady_ms();
	}
	buf_free(&b);
	return r < 0 ? -EAGAIN : 0;
}

static int verify(struct provider *p, const struct jwt *t,
		  char why[static FETCH_WHY])
{
	int r = discover(p, why), e = 0;

	if (r == 0 && !is_fresh(p->read, PROVIDER_LIFE))
		r = fetch_keys(p, why);
	if (r < 0)
		return r;
	e = jwk_set_verify(&p->keys, t);
	if (e == -ENOKEY && !is_fresh(p->again, PROVIDER_KEYS_AGAIN)) {
		p->again = clock_steady_ms();
		r = fetch_keys(p, why);
		if (r < 0)
			return r;
		e = jwk_set_verify(&p->keys, t);
	}
	if (e < 0)
		snprintf(why, FETCH_WHY, "%s", e == -ENOKEY ?
			 "the ID token names no key of the provider's" :
			 "the ID token's signature is wrong");
	return e < 0 ? -EACCES : 0;
}

int provider_verify(struct provider *p, const struct jwt *t,
		    char ret_why[static FETCH_WHY])
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	r = verify(p, t, ret_why);
	pthread_mutex_unlock(&p->lock);
	return r;
}

int provider_find(struct provider *p, struct provider_addresses *ret,
		  char ret_why[static FETCH_WHY])
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	r = discover(p, ret_why);
	if (r == 0)
		*ret = p->addresses;
	pthread_mutex_unlock(&p->lock);
	return r;
}
