/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/password.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "agent/format/pbe.h"
#include "lib/limits.h"

struct list {
	struct password *items;
	size_t count;
};

static struct list configured;
static struct list of_application;

static struct {
	void (*ask)(void *arg);
	void *arg;
	bool first;
} supply;

/* Defaults of keytool's manual, Tomcat, Kafka, WebSphere, WebLogic, GlassFish,
 * Android, FreeRADIUS, WildFly, and of countless tutorials; the likelier
 * first. */
static const char *const defaults[] = {
	"changeit", "changeme", "password", "secret", "123456",
	"12345678", "WebAS", "DemoIdentityKeyStorePassPhrase",
	"DemoTrustKeyStorePassPhrase", "android", "keystore", "test",
	"admin", "Password1", "notasecret", "whatever", "confluent",
	"wildfly",
};
#define DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))

static bool is_default(const char *text)
{
	for (size_t i = 0; i < DEFAULTS; i++) {
		if (strcmp(defaults[i], text) == 0)
			return true;
	}
	return false;
}

static bool has(const struct list *l, const void *text, size_t len)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->items[i].len == len &&
		    memcmp(l->items[i].text, text, len) == 0)
			return true;
	}
	return false;
}

int password_add(enum password_class class, const void *text, size_t len,
		 unsigned int rank, const char *source)
{
	struct list *l = class == PASSWORD_CONFIGURED ? &configured
						      : &of_application;
	struct password p = { .len = len, .source = source,
			      .rank = rank };
	struct password *items = NULL;
	char *copy = NULL;
	size_t at = l->count;

	if (len == 0 || len > LIMIT_PASSWORD || memchr(text, 0, len) ||
	    has(l, text, len))
		return 0;
	if (l->count >= LIMIT_PASSWORDS)
		return -E2BIG;
	items = reallocarray(l->items, l->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	l->items = items;
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	p.text = copy;
	p.well_known = is_default(copy);
	while (at > 0 && items[at - 1].rank < rank)
		at--;
	memmove(items + at + 1, items + at, (l->count - at) * sizeof(*items));
	items[at] = p;
	l->count++;
	return 0;
}

static void wipe(struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		OPENSSL_clear_free((void *)(uintptr_t)l->items[i].text,
				   l->items[i].len + 1);
	free(l->items);
	*l = (struct list){ 0 };
}

void password_forget(void)
{
	wipe(&configured);
	wipe(&of_application);
	supply.ask = NULL;
}

void password_ask(void (*ask)(void *arg), void *arg, bool first)
{
	supply.ask = ask;
	supply.arg = arg;
	supply.first = first;
}

static void ask_once(void)
{
	void (*ask)(void *arg) = supply.ask;

	supply.ask = NULL;
	if (ask)
		ask(supply.arg);
}

/* The one at place ${i} of a class. */
static bool at(enum password_class class, size_t i, struct password *ret)
{
	const struct list *l = class == PASSWORD_CONFIGURED ? &configured
							    : &of_application;

	switch (class) {
	case PASSWORD_EMPTY:
		/* PKCS#12 derives other keys from none than from the empty */
		*ret = (struct password){ .text = i == 0 ? NULL : "",
					  .source = "empty",
					  .well_known = true };
		return i < 2;
	case PASSWORD_DEFAULT:
		if (i >= DEFAULTS)
			return false;
		*ret = (struct password){ .text = defaults[i],
					  .len = strlen(defaults[i]),
					  .source = "default",
					  .well_known = true };
		return true;
	default:
		if (i >= l->count)
			return false;
		*ret = l->items[i];
		return true;
	}
}

static bool is_affordable(const struct password_try *t, uint64_t work)
{
	uint64_t keep = t->class == PASSWORD_DEFAULT ? PBE_BUDGET / 2 : 0;

	return t->budget >= keep && work <= t->budget - keep;
}

bool password_next(struct password_try *t, uint64_t work,
		   struct password *ret)
{
	struct password p = { 0 };

	if (supply.first)
		ask_once();
	for (;;) {
		if (t->class == PASSWORD_APPLICATION)
			ask_once();
		if (at(t->class, t->next, &p) && is_affordable(t, work))
			break;
		t->is_beyond |= at(t->class, t->next, &p);
		if (t->class == PASSWORD_APPLICATION)
			return false;
		t->class++;
		t->next = 0;
	}
	t->next++;
	t->budget -= work;
	*ret = p;
	return true;
}
