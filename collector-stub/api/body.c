/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request: a flat JSON object. */
#include <errno.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "collector-stub/auth/parsed.h"

static int index_of(const struct api_field *fields, const char *name)
{
	for (int i = 0; fields[i].name; i++)
		if (strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

static char *keep(struct api *q, const char *text)
{
	return arena_str(&q->arena, text, strlen(text));
}

static int fault(struct api *q, const char *name, const char *why)
{
	api_problem(q, 400, "bad-request", "%s%s", name, why);
	return -EINVAL;
}

static int take_map(struct api *q, const char *field, json_t *object)
{
	char word[PARSED_WORD];
	const char *name = NULL, *text = NULL;
	json_t *value = NULL;

	if (!json_is_object(object))
		return fault(q, field, " is an object of texts");
	if (json_object_size(object) > API_MAP)
		return fault(q, field, " has too many members");
	json_object_foreach(object, name, value) {
		text = parsed_text(value, word);
		if (!text)
			return fault(q, field, " is an object of texts");
		q->map[q->n_map].name = keep(q, name);
		q->map[q->n_map].value = keep(q, text);
		if (!q->map[q->n_map].name || !q->map[q->n_map].value)
			return -ENOMEM;
		q->n_map++;
	}
	return 0;
}

static int take(struct api *q, const char *name, json_t *value)
{
	int i = index_of(q->fields, name);
	char word[PARSED_WORD];
	const char *text = parsed_text(value, word);

	if (i < 0)
		return fault(q, "", "the body has a member that is not known "
			     "here");
	if (q->fields[i].is_map)
		return take_map(q, q->fields[i].name, value);
	if (!text)
		return fault(q, q->fields[i].name,
			     " is a text, an integer, true or false");
	q->values[i] = keep(q, text);
	return q->values[i] ? 0 : -ENOMEM;
}

static int take_all(struct api *q, json_t *object)
{
	const char *name = NULL;
	json_t *value = NULL;
	int r = 0;

	json_object_foreach(object, name, value) {
		r = take(q, name, value);
		if (r < 0)
			break;
	}
	return r;
}

int api_body(struct api *q, const struct api_field *fields)
{
	const struct exchange *x = q->exchange;
	json_t *object = NULL;
	int r = parsed_object(x->body, x->len, &object);

	q->fields = fields;
	if (r == -EEXIST)
		r = fault(q, "", "a member is given twice");
	else if (r == -EBADMSG)
		r = fault(q, "", "the body is no JSON object");
	else if (r == 0)
		r = take_all(q, object);
	json_decref(object);
	if (r == -ENOMEM)
		api_problem(q, 413, "too-large", "no memory for this body");
	if (r < 0)
		return -EINVAL;
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
