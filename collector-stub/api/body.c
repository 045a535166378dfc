/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request: a flat JSON object. */
#include <errno.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "lib/encode.h"
#include "lib/json_read.h"

static int index_of(const struct api_field *fields, const char *name)
{
	for (int i = 0; fields[i].name; i++)
		if (name && strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

static int take_member(struct api *q, const char *name, const char *value)
{
	if (q->n_map == API_MAP || !name)
		return -E2BIG;
	for (size_t i = 0; i < q->n_map; i++)
		if (strcmp(q->map[i].name, name) == 0)
			return -EEXIST;
	q->map[q->n_map].name = arena_str(&q->arena, name, strlen(name));
	q->map[q->n_map].value = arena_str(&q->arena, value, strlen(value));
	return q->map[q->n_map].name && q->map[q->n_map++].value ? 0 : -ENOMEM;
}

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct api *q = arg;
	int i = p->depth > 0 ? index_of(q->fields, p->keys[0]) : -1;

	if (i < 0)
		return -ENOKEY;
	if (q->fields[i].is_map)
		return p->depth == 2 ? take_member(q, p->keys[1], value) :
			-ENOKEY;
	if (p->depth != 1)
		return -ENOKEY;
	if (q->values[i])
		return -EEXIST;
	q->values[i] = arena_str(&q->arena, value, strlen(value));
	return q->values[i] ? 0 : -ENOMEM;
}

static const char *fault(int r)
{
	switch (r) {
	case -ENOKEY:
		return "the body has a member that is not known here";
	case -EEXIST:
		return "a member is given twice";
	case -E2BIG:
		return "an object has too many members";
	default:
		return "the body is no JSON object";
	}
}

int api_body(struct api *q, const struct api_field *fields)
{
	const struct exchange *x = q->exchange;
	int r = -EBADMSG;

	q->fields = fields;
	if (x->len > 0 && is_utf8(x->body, x->len) &&
	    memchr(x->body, '{', x->len))
		r = json_read((const char *)x->body, x->len, take, q);
	if (r < 0) {
		api_problem(q, 400, "bad-request", "%s", fault(r));
		return -EINVAL;
	}
	for (int i = 0; fields[i].name; i++) {
		if (!fields[i].required || q->values[i])
			continue;
		api_problem(q, 400, "bad-request", "%s is missing",
			    fields[i].name);
		return -EINVAL;
	}
	return 0;
}

const char *api_value(const struct api *q, const char *name)
{
	int i = index_of(q->fields, name);

	return i < 0 ? NULL : q->values[i];
}

int api_flag(struct api *q, const char *name, int *ret)
{
	const char *word = api_value(q, name);

	if (word && strcmp(word, "true") != 0 && strcmp(word, "false") != 0) {
		api_problem(q, 400, "bad-request", "%s is true or false",
			    name);
		return -EINVAL;
	}
	*ret = !word ? -1 : strcmp(word, "true") == 0;
	return 0;
}
