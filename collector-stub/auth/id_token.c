/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/id_token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "collector-stub/auth/account.h"
#include "lib/json_read.h"
#include "lib/limits.h"

/* claims that stand once, outermost */
enum claim { ISS, SUB, AZP, NONCE, EXP, IAT, NBF, CLAIMS };

static const char *const claim_names[CLAIMS] = {
	[ISS] = "iss", [SUB] = "sub", [AZP] = "azp", [NONCE] = "nonce",
	[EXP] = "exp", [IAT] = "iat", [NBF] = "nbf",
};

struct reader {
	const struct collector_config *config;
	const char *wanted;	/* nonce */
	struct id_token token;
	bool seen[CLAIMS];
	bool issuer, nonce, azp;	/* are what they should be */
	int64_t times[CLAIMS];
	int audiences;
	bool audience;		/* this client is one of them */
};

/* "1764000000", also with a fraction, which is left out. */
static int read_time(const char *text, int64_t *ret)
{
	size_t digits = strspn(text, "0123456789");
	int64_t t = 0;

	if (digits == 0 || digits > 15 || (text[digits] &&
	    (text[digits] != '.' || text[digits + 1 +
		strspn(text + digits + 1, "0123456789")])))
		return -EBADMSG;
	for (size_t i = 0; i < digits; i++)
		t = 10 * t + (text[i] - '0');
	*ret = t;
	return 0;
}

static bool is_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n > 0 && n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

static int take_claim(struct reader *r, enum claim c, const char *value)
{
	const struct collector_config *config = r->config;

	if (r->seen[c])
		return -EBADMSG;
	r->seen[c] = true;
	switch (c) {
	case ISS:
		r->issuer = is_same(config->oidc_issuer, value);
		return 0;
	case AZP:
		r->azp = is_same(config->oidc_client_id, value);
		return 0;
	case NONCE:
		r->nonce = is_same(r->wanted, value);
		return 0;
	case SUB:
		if (!*value || strlen(value) >= ID_TOKEN_SUBJECT)
			return -EBADMSG;
		snprintf(r->token.subject, ID_TOKEN_SUBJECT, "%s", value);
		return 0;
	default:
		return read_time(value, &r->times[c]);
	}
}

static bool is_in(const struct option_list *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], value) == 0)
			return true;
	return false;
}

static void take_role(struct reader *r, const char *value)
{
	const struct collector_config *c = r->config;
	const struct option_list *const lists[] = {
		[ROLE_VIEWER] = &c->oidc_viewer,
		[ROLE_OPERATOR] = &c->oidc_operator,
		[ROLE_APPROVER] = &c->oidc_approver,
		[ROLE_ADMIN] = &c->oidc_admin,
	};

	r->token.has_role = true;
	for (int role = ROLE_ADMIN; role > (int)r->token.role; role--)
		if (is_in(lists[role], value))
			r->token.role = (enum role)role;
}

/* "realm_access.roles": members by their names, elements of arrays alike. */
static bool is_at(const struct json_place *p, const char *name)
{
	bool first = true;

	for (size_t i = 0; i < p->depth; i++) {
		size_t n = p->keys[i] ? strlen(p->keys[i]) : 0;

		if (!p->keys[i])
			continue;
		if (!first && *name++ != '.')
			return false;
		if (strncmp(name, p->keys[i], n) != 0)
			return false;
		name += n;
		first = false;
	}
	return !*name && !first;
}

static int take_name(struct reader *r, const char *value, bool is_string)
{
	if (r->token.has_name)
		return -EBADMSG;
	r->token.has_name = true;
	if (is_string && is_account_name(value))
		snprintf(r->token.name, sizeof(r->token.name), "%s", value);
	return 0;
}

/* The claims that the configuration names. */
static int take_person(struct reader *r, const struct json_place *p,
		       const char *value)
{
	int e = 0;

	if (p->depth == 1 &&
	    strcmp(p->keys[0], r->config->oidc_user_claim) == 0)
		e = take_name(r, value, p->is_string);
	if (is_at(p, r->config->oidc_role_claim))
		take_role(r, value);
	return e;
}

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct reader *r = arg;
	int e = 0;

	if (p->depth == 0 || !p->keys[0])
		return -EBADMSG;
	if (strcmp(p->keys[0], "aud") == 0) {
		r->audiences++;
		if (p->depth <= 2 && is_same(r->config->oidc_client_id, value))
			r->audience = true;
	}
	for (int c = 0; p->depth == 1 && c < CLAIMS; c++)
		if (strcmp(p->keys[0], claim_names[c]) == 0)
			e = take_claim(r, (enum claim)c, value);
	return e < 0 ? e : take_person(r, p, value);
}

/* NULL, or what is wrong with whom the token is from and for. */
static const char *party_fault(const struct reader *r)
{
	if (!r->issuer)
		return "iss is not the configured issuer";
	if (!r->audience)
		return "aud is another client's";
	if ((r->audiences > 1 || r->seen[AZP]) && !r->azp)
		return "azp is another client's";
	if (!r->nonce)
		return "nonce is not this login's";
	if (!*r->token.subject)
		return "sub is missing";
	return NULL;
}

static const char *time_fault(const struct reader *r,
			      const struct id_token_want *w)
{
	if (!r->seen[EXP] || !r->seen[IAT])
		return "exp or iat is missing";
	if (r->times[EXP] + LIMIT_CLOCK_SKEW <= w->now)
		return "it has expired";
	if (r->times[IAT] > w->now + LIMIT_CLOCK_SKEW)
		return "iat is in the future";
	if (r->times[IAT] + LIMIT_CLOCK_SKEW < w->since)
		return "it is older than this login";
	if (r->seen[NBF] && r->times[NBF] > w->now + LIMIT_CLOCK_SKEW)
		return "nbf is in the future";
	return NULL;
}

int id_token_read(const uint8_t *claims, size_t len,
		  const struct id_token_want *want, struct id_token *ret,
		  const char **ret_why)
{
	struct reader r = { .config = want->config, .wanted = want->nonce };
	int e = json_read((const char *)claims, len, take, &r);
	const char *why = NULL;

	if (e == -ENOMEM)
		return e;
	if (e < 0)
		why = "its claims are no JSON object, or one stands twice";
	if (!why)
		why = party_fault(&r);
	if (!why)
		why = time_fault(&r, want);
	if (why) {
		*ret_why = why;
		return -EACCES;
	}
	*ret = r.token;
	return 0;
}

/* Of all other claims only the ID token's count. */
static int take_info(void *arg, const struct json_place *p, const char *value)
{
	struct reader *r = arg;

	if (p->depth == 0 || !p->keys[0])
		return -EBADMSG;
	if (p->depth == 1 && strcmp(p->keys[0], claim_names[SUB]) == 0 &&
	    take_claim(r, SUB, value) < 0)
		return -EBADMSG;
	return take_person(r, p, value);
}

int id_token_complete(const uint8_t *claims, size_t len,
		      const struct collector_config *c, struct id_token *t,
		      const char **ret_why)
{
	struct reader r = { .config = c };
	int e = json_read((const char *)claims, len, take_info, &r);
	const char *why = NULL;

	if (e == -ENOMEM)
		return e;
	if (e < 0)
		why = "its claims are no JSON object, or one stands twice";
	else if (!is_same(t->subject, r.token.subject))
		why = "sub is not the ID token's";
	if (why) {
		*ret_why = why;
		return -EACCES;
	}
	if (!t->has_name)
		memcpy(t->name, r.token.name, sizeof(t->name));
	if (!t->has_role)
		t->role = r.token.role;
	t->has_name |= r.token.has_name;
	t->has_role |= r.token.has_role;
	return 0;
}
