/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document and the table of routes say the same. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "collector-stub/api/document.h"
#include "collector-stub/query/query.h"
#include "lib/json_read.h"
#include "lib/limits.h"

static const char *const methods[] = { "get", "post", "put", "patch",
	"delete" };

struct operation {
	char method[8];
	char pattern[96];
	char id[64];
	char role[16];
	bool scoped;
	char query[128];	/* names of shared parameters, each with ' ' */
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

/* What stands behind the "?", of the parameters that operations share. */
static const char *const shared[] = { "after", "count", "filter", "format",
	"limit", "sort" };

#define SHARED (sizeof(shared) / sizeof(*shared))

static void take_parameter(struct operation *o, const char *ref)
{
	static const char begin[] = "#/components/parameters/";
	size_t len = strlen(o->query);

	if (strncmp(ref, begin, strlen(begin)) == 0)
		snprintf(o->query + len, sizeof(o->query) - len, "%s ",
			 ref + strlen(begin));
}

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct operations *all = arg;
	struct operation *o = &all->items[all->n];

	if (p->depth == 6 && p->keys[3] && p->keys[5] &&
	    strcmp(p->keys[3], "parameters") == 0 &&
	    strcmp(p->keys[5], "$ref") == 0) {
		assert_true(all->n > 0);
		take_parameter(o - 1, value);
	}
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

static bool takes(const struct api_route *r, const char *name)
{
	for (const char *const *p = r->query; p && *p; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

static void routes_take_the_parameters_of_the_document(void **state)
{
	struct operations *all = read_document();
	int lists = 0;

	(void)state;
	for (const struct api_route *r = api_table; r->pattern; r++) {
		const struct operation *o = all->items;

		while (!is_same(o, r))
			o++;
		for (size_t i = 0; i < SHARED; i++) {
			char word[16];

			snprintf(word, sizeof(word), "%s ", shared[i]);
			if (takes(r, shared[i]) != !!strstr(o->query, word))
				fail_msg("%s of %s", shared[i], r->operation);
			lists += takes(r, shared[i]);
		}
	}
	assert_true(lists > 50);
	free(all);
}

/* The schema of a list's rows; an endpoint is a location too. */
static const struct {
	const char *subject, *schema, *also;
} rows[] = {
	{ "certificates", "Certificate", NULL },
	{ "locations", "Location", "Endpoint" },
	{ "endpoints", "Endpoint", NULL },
	{ "hosts", "Host", NULL },
	{ "commands", "Command", NULL },
	{ "events", "Event", NULL },
	{ "alerts", "Alert", NULL },
	{ "alert-messages", "AlertMessage", NULL },
};

/* Adds " Schema.member" for each. */
static int take_member(void *arg, const struct json_place *p, const char *value)
{
	(void)value;
	if (p->depth > 5 && p->keys[0] && p->keys[1] && p->keys[3] &&
	    strcmp(p->keys[0], "components") == 0 &&
	    strcmp(p->keys[1], "schemas") == 0 &&
	    strcmp(p->keys[3], "properties") == 0)
		buf_addf(arg, " %s.%s ", p->keys[2], p->keys[4]);
	return 0;
}

static bool has_member(struct buf *members, const char *schema,
		       const char *name)
{
	char word[96];

	snprintf(word, sizeof(word), " %s.%s ", schema, name);
	return strstr(buf_str(members), word) != NULL;
}

static void all_fields_of_a_list_are_in_the_document(void **state)
{
	size_t len = 0, n = sizeof(rows) / sizeof(*rows);
	const char *text = document_text(&len);
	struct buf members;

	(void)state;
	buf_init(&members, MIB(1));
	assert_int_equal(json_read(text, len, take_member, &members), 0);
	for (size_t i = 0; query_subjects[i]; i++) {
		size_t row = 0;

		while (row < n && strcmp(rows[row].subject,
					 query_subjects[i]->name) != 0)
			row++;
		assert_true(row < n);
		for (const struct query_field *f = query_subjects[i]->fields;
		     f->name; f++)
			if (!f->several &&
			    !has_member(&members, rows[row].schema, f->name) &&
			    !(rows[row].also && has_member(&members,
						rows[row].also, f->name)))
				fail_msg("%s.%s", rows[row].schema, f->name);
	}
	buf_free(&members);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_of_the_document_is_a_route),
		cmocka_unit_test(each_route_is_in_the_document),
		cmocka_unit_test(routes_take_the_parameters_of_the_document),
		cmocka_unit_test(all_fields_of_a_list_are_in_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
