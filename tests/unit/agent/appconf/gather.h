/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a configuration as the file of a name, and keeps the passwords that it
 * yields, a line each. */
#ifndef CW_TESTS_UNIT_GATHER_H
#define CW_TESTS_UNIT_GATHER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/appconf/appconf.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "tests/unit/unit.h"

static struct buf gathered;

static const char *gather_store = "";

static void gather_password(void *arg, const char *text, size_t len,
			    enum appconf_rank rank)
{
	(void)arg;
	if (rank != APPCONF_ELSEWHERE)
		buf_adds(&gathered, rank == APPCONF_BESIDE ? "beside: "
							   : "near: ");
	buf_add(&gathered, text, len);
	buf_addch(&gathered, '\n');
}

static inline int gather(const char *name, const void *data, size_t len)
{
	struct appconf_sink sink = { gather_password, NULL, gather_store };
	int kind = appconf_find(name);
	/* an exact allocation, so that ASan sees overreads */
	uint8_t *copy = malloc(len ? len : 1);
	int r = 0;

	assert_true(kind >= 0);
	if (len > 0)
		memcpy(copy, data, len);
	buf_free(&gathered);
	buf_init(&gathered, MIB(1));
	r = appconf_table[kind].read(&appconf_table[kind], copy, len, &sink);
	free(copy);
	return r;
}

#define assert_gathers(name, text, expected) \
	do { \
		assert_int_equal(gather(name, text, strlen(text)), 0); \
		assert_string_equal(buf_str(&gathered), expected); \
	} while (0)

#endif
