/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's bytes as an application's configuration of a name. */
#ifndef CW_TESTS_FUZZ_APPCONF_ONE_H
#define CW_TESTS_FUZZ_APPCONF_ONE_H

#include <stdlib.h>
#include <string.h>

#include "agent/appconf/appconf.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void appconf_one_password(void *arg, const char *text, size_t len,
				 enum appconf_rank rank)
{
	volatile char last = 0;

	(void)arg;
	(void)rank;
	if (len == 0 || len > LIMIT_PASSWORD)
		abort();
	for (size_t i = 0; i < len; i++)
		last = text[i];
	(void)last;
}

static inline int appconf_one(const char *name, const uint8_t *data, size_t len)
{
	static const struct appconf_sink sink = { appconf_one_password, NULL,
						   "a.jks" };
	const struct appconf *c = &appconf_table[appconf_find(name)];

	c->read(c, data, len, &sink);
	return 0;
}

#endif
