/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/parsed.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/limits.h"

#define TIME_END 1e15

/* What jansson allocates knows its size, so that it can be wiped. */
union block {
	size_t size;
	max_align_t align;
};

static void *block_new(size_t size)
{
	union block *b = NULL;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->size = size;
	return b + 1;
}

static void block_free(void *p)
{
	union block *b = p;

	if (!b)
		return;
	b--;
	explicit_bzero(b, sizeof(*b) + b->size);
	free(b);
}

/* Nobody can choose names that fall into one bucket. */
static void prepare(void)
{
	size_t seed = 0;

	json_set_alloc_funcs(block_new, block_free);
	if (RAND_bytes((unsigned char *)&seed, sizeof(seed)) == 1)
		json_object_seed(seed);
}

/* Bounds what is built of it, before it is: brackets and commas outside of
 * strings. */
static bool is_bounded(const char *text, size_t len)
{
	size_t depth = 0, values = 1;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string && c == '\\') {
			i++;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && (c == '{' || c == '[')) {
			depth++;
			values++;
		} else if (!in_string && (c == '}' || c == ']')) {
			depth -= depth > 0;
		} else if (!in_string && c == ',') {
			values++;
		}
		if (depth > LIMIT_JSON_DEPTH || values > LIMIT_JSON_VALUES)
			return false;
	}
	return true;
}

int parsed_object(const void *text, size_t len, json_t **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	json_error_t error = { .line = 0 };
	json_t *root = NULL;

	pthread_once(&once, prepare);
	if (len == 0 || !is_bounded(text, len))
		return -EBADMSG;
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	/* the message may quote what was read */
	explicit_bzero(error.text, JSON_ERROR_TEXT_LENGTH - 1);
	if (!root && json_error_code(&error) == json_error_duplicate_key)
		return -EEXIST;
	if (!root && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret = root;
	return 0;
}

const char *parsed_text(const json_t *value, char word[static PARSED_WORD])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(word, PARSED_WORD, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(word, PARSED_WORD, "%s",
			 json_is_true(value) ? "true" : "false");
	else
		return NULL;
	return word;
}

int parsed_time(const json_t *value, int64_t *ret)
{
	double t = json_number_value(value);

	if (!json_is_number(value) || !(t >= 0 && t < TIME_END))
		return -EBADMSG;
	*ret = (int64_t)t;
	return 0;
}
