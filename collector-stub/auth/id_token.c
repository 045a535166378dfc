/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/id_token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "collector-stub/auth/account.h"
#include "collector-stub/auth/parsed.h"
#include "lib/limits.h"

#define NO_CLAIMS "its claims are no JSON object, or one stands twice"

static bool is_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n > 0 && n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

static bool is_in(const struct option_list *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], value) == 0)
			return true;
	return false;
}

static void take_role(const struct collector_config *c, const char *value,
		      struct id_token *t)
{
	const struct option_list *const lists[] = {
		[ROLE_VIEWER] = &c->oidc_viewer,
		[ROLE_OPERATOR] = &c->oidc_operator,
		[ROLE_APPROVER] = &c->oidc_approver,
		[ROLE_ADMIN] = &c->oidc_admin,
	};

	t->has_role = true;
	for (int i = ROLE_ADMIN; i > (int)t->role; i--)
		if (is_in(lists[i], value))
			t->role = (enum role)i;
}

/* What ${at} leads to, "realm_access.roles": a member by its name, which may
 * have dots itself; elements of arrays alike.  As deep as LIMIT_JSON_DEPTH. */
static void take_roles(const struct collector_config *c, const char *at,
		       json_t *value, struct id_token *t)
{
	char word[PARSED_WORD];
	const char *name = NULL, *text = parsed_text(value, word);
	json_t *inner = NULL;
	size_t i = 0;

	if (text && !*at)
		take_role(c, text, t);
	json_array_foreach(value, i, inner)
		take_roles(c, at, inner, t);
	if (json_is_object(value) && *at++ != '.')
		return;
	json_object_foreach(value, name, inner) {
		size_t n = strlen(name);

		if (strncmp(at, name, n) == 0)
			take_roles(c, at + n, inner, t);
	}
}

static const char *text_of(const json_t *claims, const char *name)
{
	const char *text = json_string_value(json_object_get(claims, name));

	return text ? text : "";
}

/* Is this client among the audiences, and does azp name it where there are
 * others, or where it is given?  NULL, or what is wrong. */
static const char *audience_fault(const json_t *claims, const char *client)
{
	const json_t *aud = json_object_get(claims, "aud"), *one = NULL;
	bool found = is_same(client, text_of(claims, "aud"));
	size_t i = 0;

	json_array_foreach(aud, i, one)
		if (json_is_string(one) &&
		    is_same(client, json_string_value(one)))
			found = true;
	if (!found)
		return "aud is another client's";
	if ((json_array_size(aud) > 1 || json_object_get(claims, "azp")) &&
	    !is_same(client, text_of(claims, "azp")))
		return "azp is another client's";
	return NULL;
}

/* NULL, or what is wrong with whom the token is from and for. */
static const char *party_fault(const json_t *claims,
			       const struct id_token_want *w)
{
	const char *subject = text_of(claims, "sub"), *fault = NULL;

	if (!is_same(w->config->oidc_issuer, text_of(claims, "iss")))
		return "iss is not the configured issuer";
	fault = audience_fault(claims, w->config->oidc_client_id);
	if (fault)
		return fault;
	if (!is_same(w->nonce, text_of(claims, "nonce")))
		return "nonce is not this login's";
	if (!*subject || strlen(subject) >= ID_TOKEN_SUBJECT)
		return "sub is missing or too long";
	return NULL;
}

static const char *time_fault(const json_t *claims,
			      const struct id_token_want *w)
{
	const json_t *nbf = json_object_get(claims, "nbf");
	int64_t exp = 0, iat = 0, since = 0;

	if (parsed_time(json_object_get(claims, "exp"), &exp) < 0 ||
	    parsed_time(json_object_get(claims, "iat"), &iat) < 0)
		return "exp or iat is missing or no time";
	if (nbf && parsed_time(nbf, &since) < 0)
		return "nbf is no time";
	if (exp + LIMIT_CLOCK_SKEW <= w->now)
		return "it has expired";
	if (iat > w->now + LIMIT_CLOCK_SKEW)
		return "iat is in the future";
	if (iat + LIMIT_CLOCK_SKEW < w->since)
		return "it is older than this login";
	if (since > w->now + LIMIT_CLOCK_SKEW)
		return "nbf is in the future";
	return NULL;
}

/* What the claims tell of a person. */
static void take(json_t *claims, const struct collector_config *c,
		 struct id_token *ret)
{
	const char *user = text_of(claims, c->oidc_user_claim), *name = NULL;
	json_t *value = NULL;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->subject, sizeof(ret->subject), "%s",
		 text_of(claims, "sub"));
	ret->has_name = json_object_get(claims, c->oidc_user_claim) != NULL;
	if (is_account_name(user))
		snprintf(ret->name, sizeof(ret->name), "%s", user);
	json_object_foreach(claims, name, value) {
		size_t n = strlen(name);

		if (n > 0 && strncmp(c->oidc_role_claim, name, n) == 0)
			take_roles(c, c->oidc_role_claim + n, value, ret);
	}
}

int id_token_read(const uint8_t *text, size_t len,
		  const struct id_token_want *want, struct id_token *ret,
		  const char **ret_why)
{
	json_t *claims = NULL;
	const char *why = NULL;
	int r = parsed_object(text, len, &claims);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		why = NO_CLAIMS;
	if (!why)
		why = party_fault(claims, want);
	if (!why)
		why = time_fault(claims, want);
	if (!why)
		take(claims, want->config, ret);
	json_decref(claims);
	if (why)
		*ret_why = why;
	return why ? -EACCES : 0;
}

int id_token_complete(const uint8_t *text, size_t len,
		      const struct collector_config *c, struct id_token *t,
		      const char **ret_why)
{
	struct id_token info = { .subject = "" };
	json_t *claims = NULL;
	const char *why = NULL;
	int r = parsed_object(text, len, &claims);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		why = NO_CLAIMS;
	else if (!is_same(t->subject, text_of(claims, "sub")))
		why = "sub is not the ID token's";
	else
		take(claims, c, &info);
	json_decref(claims);
	if (why) {
		*ret_why = why;
		return -EACCES;
	}
	if (!t->has_name)
		memcpy(t->name, info.name, sizeof(t->name));
	if (!t->has_role)
		t->role = info.role;
	t->has_name |= info.has_name;
	t->has_role |= info.has_role;
	return 0;
}
