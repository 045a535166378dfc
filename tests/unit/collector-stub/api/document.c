/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document and the table of routes say the same. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "collector-stub/api/document.h"
#include "lib/json_read.h"

static const char *const methods[] = { "get", "post", "put", "patch",
	"delete" };

struct operation {
	char method[8];
	char pattern[96];
	char id[64];
	char role[16];
	bool scoped;
};

struct operations {
	struct operation items[128];
	size_t n;
};

/* "/users/{name}" as the table has it: with a star */
static void to_pattern(const char *path, char *ret, size_t cap)
{
	size_t n = 0;

	for (; *path && n + 1 < cap; path++) {
		ret[n++] = *path == '{' ? '*' : *path;
		if (*path == '{')
			path += strcspn(path, "}");
	}
	ret[n] = '\0';
}

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct operations *all = arg;
	struct operation *o = &all->items[all->n];

	if (p->depth != 4 || !p->keys[0] || strcmp(p->keys[0], "paths") != 0 ||
	    !p->keys[3])
		return 0;
	if (strcmp(p->keys[3], "operationId") == 0) {
		assert_true(all->n < 127);
		snprintf(o->method, sizeof(o->method), "%s", p->keys[2]);
		to_pattern(p->keys[1], o->pattern, sizeof(o->pattern));
		snprintf(o->id, sizeof(o->id), "%s", value);
	} else if (strcmp(p->keys[3], "x-scoped") == 0) {
		o->scoped = strcmp(value, "true") == 0;
	} else if (strcmp(p->keys[3], "x-role") == 0) {
		snprintf(o->role, sizeof(o->role), "%s", value);
		all->n++;
	}
	return 0;
}

static struct operations *read_document(void)
{
	struct operations *all = calloc(1, sizeof(*all));
	size_t len = 0;
	const char *text = document_text(&len);

	assert_non_null(all);
	assert_int_equal(json_read(text, len, take, all), 0);
	return all;
}

static bool is_same(const struct operation *o, const struct api_route *r)
{
	return strcmp(o->method, methods[r->method]) == 0 &&
		strcmp(o->pattern, r->pattern) == 0;
}

static void each_operation_of_the_document_is_a_route(void **state)
{
	struct operations *all = read_document();

	(void)state;
	for (size_t i = 0; i < all->n; i++) {
		const struct operation *o = &all->items[i];
		const struct api_route *r = api_table;

		while (r->pattern && !is_same(o, r))
			r++;
		if (!r->pattern)
			fail_msg("%s %s is no route", o->method, o->pattern);
		assert_string_equal(r->operation, o->id);
		assert_string_equal(role_name(r->role), o->role);
		assert_int_equal(r->scoped, o->scoped);
	}
	free(all);
}

static void each_route_is_in_the_document(void **state)
{
	struct operations *all = read_document();

	(void)state;
	for (const struct api_route *r = api_table; r->pattern; r++) {
		size_t i = 0;

		while (i < all->n && !is_same(&all->items[i], r))
			i++;
		if (i == all->n)
			fail_msg("%s is not in the document", r->operation);
	}
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_of_the_document_is_a_route),
		cmocka_unit_test(each_route_is_in_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
