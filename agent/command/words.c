/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/words.h"

#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define WORD_MAX KIB(64)

/* A parameter of an action, as "NAME PATTERN" says. */
struct place {
	char name[LIMIT_PARAMETER_NAME];
	const char *pattern;
};

__attribute__((format(printf, 2, 3)))
static int fault(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, ACTION_REASON, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_name(const char *s, size_t len)
{
	size_t may = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len > 0 && len < LIMIT_PARAMETER_NAME && may >= len;
}

static int read_place(const char *item, struct place *ret)
{
	size_t len = strcspn(item, " \t");

	if (!is_name(item, len))
		return -EINVAL;
	memcpy(ret->name, item, len);
	ret->name[len] = '\0';
	ret->pattern = item + len + strspn(item + len, " \t");
	return *ret->pattern ? 0 : -EINVAL;
}

/* The pattern as a whole: -EINVAL and ${why} where it is none. */
static int compile(const struct place *p, regex_t *ret, char *why)
{
	char message[128];
	struct buf b;
	int r;

	/* alone first: "a)|(b" must not escape from the anchors */
	r = regcomp(ret, p->pattern, REG_EXTENDED | REG_NOSUB);
	if (r == 0) {
		regfree(ret);
		buf_init(&b, KIB(16));
		buf_addf(&b, "^(%s)$", p->pattern);
		r = b.failed ? REG_ESPACE
			     : regcomp(ret, buf_str(&b),
				       REG_EXTENDED | REG_NOSUB);
		buf_free(&b);
	}
	if (r == 0)
		return 0;
	regerror(r, NULL, message, sizeof(message));
	return fault(why, "parameter %s: pattern: %s", p->name, message);
}

static int find_place(const struct action *a, const char *name, size_t len,
		      struct place *ret)
{
	for (size_t i = 0; i < a->parameters.count; i++) {
		if (read_place(a->parameters.items[i], ret) == 0 &&
		    strlen(ret->name) == len &&
		    memcmp(ret->name, name, len) == 0)
			return 0;
	}
	return -ENOENT;
}

/* -------------------------------------------------------------- values */

static bool has_parent(const char *value)
{
	for (const char *at = value; (at = strstr(at, "..")); at += 2) {
		if ((at == value || at[-1] == '/') &&
		    (at[2] == '\0' || at[2] == '/'))
			return true;
	}
	return false;
}

static bool has_control(const char *value)
{
	for (; *value; value++) {
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return true;
	}
	return false;
}

static int check_value(const struct place *p, const char *value, char *why)
{
	regex_t re;
	int r;

	if (strlen(value) >= LIMIT_PARAMETER_VALUE)
		return fault(why, "parameter %s: longer than %d bytes",
			     p->name, LIMIT_PARAMETER_VALUE - 1);
	if (has_control(value) ||
	    !is_utf8((const uint8_t *)value, strlen(value)))
		return fault(why, "parameter %s: control characters, or not "
			     "UTF-8", p->name);
	if (has_parent(value))
		return fault(why, "parameter %s: a path component \"..\"",
			     p->name);
	r = compile(p, &re, why);
	if (r < 0)
		return r;
	r = regexec(&re, value, 0, NULL, 0);
	regfree(&re);
	return r == 0 ? 0 : fault(why, "parameter %s: does not match %s",
				  p->name, p->pattern);
}

/* Every one of the command's is the action's, and the other way round. */
static int check_values(const struct action *a,
			Cw__Parameter *const *parameters, size_t n, char *why)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const char *name = parameters[i]->name;
		struct place p;

		if (find_place(a, name, strlen(name), &p) < 0)
			return fault(why, "parameter %.64s: the action has no "
				     "such one", name);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(parameters[k]->name, name) == 0)
				return fault(why, "parameter %s: twice",
					     p.name);
		}
		r = check_value(&p, parameters[i]->value, why);
	}
	if (r == 0 && n != a->parameters.count)
		r = fault(why, "%zu parameters where the action has %zu", n,
			  a->parameters.count);
	return r;
}

/* --------------------------------------------------------------- words */

/* What a template is filled with: NULL while it is only checked. */
struct filling {
	const struct action *action;
	Cw__Parameter *const *parameters;
	size_t n;
	bool filled;
};

static const char *value_of(const struct filling *f, const char *name,
			    size_t len)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strlen(f->parameters[i]->name) == len &&
		    memcmp(f->parameters[i]->name, name, len) == 0)
			return f->parameters[i]->value;
	}
	return NULL;
}

/* {name} at ${*at}. */
static int put_parameter(const struct filling *f, const char **at,
			 struct buf *word, char *why)
{
	const char *name = *at + 1, *end = strchr(name, '}'), *value;
	struct place p;

	if (!end || find_place(f->action, name, (size_t)(end - name), &p) < 0)
		return fault(why, "run: {%.*s} is no parameter of it",
			     end ? (int)(end - name) : 20, name);
	*at = end + 1;
	if (!f->filled)
		return 0;
	value = value_of(f, p.name, strlen(p.name));
	if (!value)
		return fault(why, "parameter %s is missing", p.name);
	if (word->len == 0 && value[0] == '-')
		return fault(why, "parameter %s: begins a word with \"-\"",
			     p.name);
	return buf_adds(word, value);
}

/* Reads one word at ${*at}: 1 and the word, 0 at the end, -errno. */
static int next_word(const struct filling *f, const char **at,
		     struct buf *word, char *why)
{
	bool quoted = false;
	int r = 0;

	buf_reset(word);
	*at += strspn(*at, " \t");
	if (!**at)
		return 0;
	while (r == 0 && **at && (quoted || !strchr(" \t", **at))) {
		if (**at == '"') {
			quoted = !quoted;
			(*at)++;
		} else if (**at == '{') {
			r = put_parameter(f, at, word, why);
		} else {
			r = buf_addch(word, *(*at)++);
		}
	}
	if (r == 0 && quoted)
		r = fault(why, "run: a quotation mark is not closed");
	if (r == -ENOBUFS)
		r = fault(why, "run: a word is longer than 64 KiB");
	return r < 0 ? r : 1;
}

static int cut(const struct filling *f, const char *template, char **words,
	       char *why)
{
	struct buf word;
	size_t n = 0;
	int r;

	buf_init(&word, WORD_MAX);
	while ((r = next_word(f, &template, &word, why)) > 0) {
		if (n + 1 >= ACTION_WORDS) {
			r = fault(why, "run: more than %d words",
				  ACTION_WORDS - 1);
			break;
		}
		words[n] = strdup(buf_str(&word));
		if (!words[n++]) {
			r = -ENOMEM;
			break;
		}
	}
	if (r == 0 && (n == 0 || words[0][0] != '/'))
		r = fault(why, "run: the program needs its whole path");
	buf_free(&word);
	return r;
}

void action_free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

int words_check(const struct action *a, const char *template, char *why)
{
	struct filling f = {.action = a};
	char **words = calloc(ACTION_WORDS, sizeof(*words));
	struct place p;
	regex_t re;
	int r = words ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < a->parameters.count; i++) {
		r = read_place(a->parameters.items[i], &p);
		if (r < 0)
			r = fault(why, "parameter: \"%.60s\" is not NAME "
				  "PATTERN", a->parameters.items[i]);
		else
			r = compile(&p, &re, why);
		if (r == 0)
			regfree(&re);
	}
	if (r == 0 && a->parameters.count > LIMIT_PARAMETERS)
		r = fault(why, "parameter: more than %d", LIMIT_PARAMETERS);
	if (r == 0 && template[strspn(template, " \t")] == '{')
		r = fault(why, "run: the program cannot be a parameter");
	if (r == 0)
		r = cut(&f, template, words, why);
	action_free_words(words);
	return r;
}

int action_fill(const struct action *a, const char *template,
		Cw__Parameter *const *parameters, size_t n, char ***ret,
		char *reason)
{
	struct filling f = {a, parameters, n, true};
	char **words = calloc(ACTION_WORDS, sizeof(*words));
	int r = words ? check_values(a, parameters, n, reason) : -ENOMEM;

	if (r == 0)
		r = cut(&f, template, words, reason);
	if (r < 0) {
		action_free_words(words);
		return r == -ENOMEM ? r : -EACCES;
	}
	*ret = words;
	return 0;
}
