/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/password.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static char **configured;
static size_t configured_count;

/* Defaults of keytool's manual, Tomcat, Kafka, WebSphere, WebLogic, GlassFish,
 * Android, WildFly, NSS and of countless tutorials; the likelier first. */
static const char *const defaults[] = {
	"changeit", "changeme", "password", "secret", "123456",
	"12345678", "WebAS", "DemoIdentityKeyStorePassPhrase",
	"DemoTrustKeyStorePassPhrase", "android", "keystore", "test",
	"admin", "Password1", "notasecret", "confluent", "wildfly",
};
#define DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))

static void forget(void)
{
	for (size_t i = 0; i < configured_count; i++) {
		OPENSSL_cleanse(configured[i], strlen(configured[i]));
		free(configured[i]);
	}
	free(configured);
	configured = NULL;
	configured_count = 0;
}

int password_configure(const char *const *list)
{
	size_t n = 0;

	forget();
	while (list && list[n])
		n++;
	if (n > PASSWORD_CONFIGURED_MAX)
		return -E2BIG;
	if (n == 0)
		return 0;
	configured = calloc(n, sizeof(*configured));
	if (!configured)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		configured[i] = strdup(list[i]);
		if (!configured[i]) {
			forget();
			return -ENOMEM;
		}
		configured_count = i + 1;
	}
	return 0;
}

bool password_at(size_t i, struct password *ret)
{
	struct password p = { 0 };

	if (i < configured_count) {
		p.text = configured[i];
		p.source = "config";
	} else if (i - configured_count < 2) {
		/* PKCS#12 derives other keys from none than from the empty */
		p.text = i == configured_count ? NULL : "";
		p.source = "empty";
		p.well_known = true;
	} else if (i - configured_count - 2 < DEFAULTS) {
		p.text = defaults[i - configured_count - 2];
		p.source = "default";
		p.well_known = true;
	} else {
		return false;
	}
	p.len = p.text ? strlen(p.text) : 0;
	*ret = p;
	return true;
}
