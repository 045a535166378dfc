/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/options_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/quantity.h"

static const struct quantity_unit *units(const struct option *o)
{
	if (o->type == OPTION_DURATION)
		return quantity_durations;
	return o->type == OPTION_SIZE ? quantity_sizes : quantity_plain;
}

static void *member(const struct option *o, void *target)
{
	return (char *)target + o->offset;
}

void option_empty(const struct option *o, void *target)
{
	struct option_list *list = member(o, target);

	switch (o->type) {
	case OPTION_STRING:
	case OPTION_CHOICE:
		*(char **)member(o, target) = NULL;
		break;
	case OPTION_LIST:
		list->items = NULL;
		list->count = 0;
		break;
	case OPTION_BOOL:
		*(bool *)member(o, target) = false;
		break;
	default:
		*(int64_t *)member(o, target) = 0;
	}
}

void option_clear(const struct option *o, void *target)
{
	struct option_list *list = member(o, target);

	if (o->type == OPTION_STRING || o->type == OPTION_CHOICE) {
		free(*(char **)member(o, target));
	} else if (o->type == OPTION_LIST) {
		for (size_t i = 0; i < list->count; i++)
			free(list->items[i]);
		free(list->items);
	}
	option_empty(o, target);
}

static int set_string(char **place, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int list_add(struct option_list *list, const char *text, size_t len)
{
	char **items = NULL;
	char *copy = NULL;

	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	items[list->count++] = copy;
	return 0;
}

static int set_list(struct option_list *list, const char *text)
{
	int res = 0;

	while (*text && res == 0) {
		size_t len = strcspn(text, "\n");

		if (len)
			res = list_add(list, text, len);
		text += len + (text[len] ? 1 : 0);
	}
	return res;
}

/* 0, -EINVAL or -ERANGE. */
static int parse_number(const struct option *o, const char *text, int64_t *ret)
{
	int64_t n = 0;
	int r = quantity_parse(text, units(o), &n);

	if (r < 0 || n < o->min || n > o->max)
		return r < 0 ? r : -ERANGE;
	*ret = n;
	return 0;
}

static int set_number(const struct option *o, int64_t *place, const char *text,
		      struct buf *why)
{
	static const char *const shapes[] = {
		[OPTION_NUMBER] = "a number",
		[OPTION_DURATION] = "a duration such as 90s, 30m, 6h, 7d or 2w",
		[OPTION_SIZE] = "a size such as 4096, 64K, 16M or 1G",
	};
	int res = parse_number(o, text, place);

	if (res == -ERANGE) {
		buf_addf(why, "\"%s\" is not within ", text);
		option_format(o, o->min, why);
		buf_adds(why, " and ");
		option_format(o, o->max, why);
		return -EINVAL;
	}
	if (res)
		buf_addf(why, "\"%s\" is not %s", text, shapes[o->type]);
	return res;
}

static int set_bool(bool *place, const char *text, struct buf *why)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*place = i % 2;
			return 0;
		}
	}
	buf_addf(why, "\"%s\" is neither yes nor no", text);
	return -EINVAL;
}

static int set_choice(const struct option *o, char **place, const char *text,
		      struct buf *why)
{
	for (size_t i = 0; o->choices[i]; i++)
		if (strcmp(text, o->choices[i]) == 0)
			return set_string(place, text);
	buf_addf(why, "\"%s\" is none of", text);
	for (size_t i = 0; o->choices[i]; i++)
		buf_addf(why, " %s", o->choices[i]);
	return -EINVAL;
}

int option_set(const struct option *o, void *target, const char *text,
	       struct buf *why)
{
	void *place = member(o, target);

	switch (o->type) {
	case OPTION_STRING:
		return set_string(place, text);
	case OPTION_LIST:
		return set_list(place, text);
	case OPTION_BOOL:
		return set_bool(place, text, why);
	case OPTION_CHOICE:
		return set_choice(o, place, text, why);
	default:
		return set_number(o, place, text, why);
	}
}

void option_format(const struct option *o, int64_t value, struct buf *out)
{
	const struct quantity_unit *u = units(o);

	while (u->letter && (value == 0 || value % u->factor))
		u++;
	if (u->letter)
		buf_addf(out, "%lld%c", (long long)(value / u->factor),
			 u->letter);
	else
		buf_addf(out, "%lld", (long long)value);
}
