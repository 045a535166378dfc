/* SPDX-License-Identifier: Apache-2.0 */
/* What an identity provider sends: a set of keys, a discovery document, claims
 * of a token and beside it, and a token, by the first byte. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/auth/id_token.h"
#include "collector-stub/auth/jwt.h"
#include "collector-stub/auth/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char *value[] = { (char *)"staff" };
static struct collector_config config = {
	.oidc_issuer = (char *)"https://id.test",
	.oidc_client_id = (char *)"certwalk",
	.oidc_user_claim = (char *)"preferred_username",
	.oidc_role_claim = (char *)"groups",
	.oidc_viewer = { value, 1 },
};

/* A set of keys, a line's end, a token that they may have signed. */
static void verify(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	struct jwk_set s = { .n = 0 };
	struct jwt t;

	if (!end || jwk_set_parse(text, (size_t)(end - text), &s) < 0)
		return;
	if (jwt_parse(end + 1, len - (size_t)(end + 1 - text), &t) == 0) {
		jwk_set_verify(&s, &t);
		jwt_free(&t);
	}
	jwk_set_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct id_token_want want = {
		.config = &config, .nonce = "n", .since = 1800000000,
		.now = 1800000000,
	};
	struct provider_addresses addresses;
	struct id_token token;
	char said[FETCH_WHY];
	const char *why = NULL;
	struct jwt t;

	if (len == 0)
		return 0;
	switch (*data) {
	case 'k':
		verify((const char *)data + 1, len - 1);
		break;
	case 'd':
		provider_read((const char *)data + 1, len - 1,
			      "https://id.test", &addresses, said);
		break;
	case 'c':
		id_token_read(data + 1, len - 1, &want, &token, &why);
		break;
	case 'u':
		token = (struct id_token){ .subject = "s" };
		id_token_complete(data + 1, len - 1, &config, &token, &why);
		break;
	default:
		if (jwt_parse((const char *)data, len, &t) == 0)
			jwt_free(&t);
	}
	return 0;
}
