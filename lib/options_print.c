/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/limits.h"
#include "lib/options_value.h"

static const char *const type_words[] = {
	[OPTION_STRING] = "string",
	[OPTION_LIST] = "list",
	[OPTION_NUMBER] = "number",
	[OPTION_DURATION] = "duration",
	[OPTION_SIZE] = "size",
	[OPTION_BOOL] = "yes or no",
	[OPTION_CHOICE] = "one of",
};

/* Does a section begin here? */
static bool begins(const struct option *table, const struct option *o)
{
	return o == table || strcmp(o[-1].section, o->section) != 0;
}

/* "duration, 10s to 30d" */
static void add_type(const struct option *o, struct buf *out)
{
	buf_adds(out, type_words[o->type]);
	switch (o->type) {
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		buf_adds(out, ", ");
		option_format(o, o->min, out);
		buf_adds(out, " to ");
		option_format(o, o->max, out);
		break;
	case OPTION_CHOICE:
		for (size_t i = 0; o->choices[i]; i++)
			buf_addf(out, " %s", o->choices[i]);
		break;
	default:
		break;
	}
}

static void print_value(const struct option *o, const void *target, FILE *out)
{
	const char *at = (const char *)target + o->offset;
	const struct option_list *list = (const void *)at;
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_LINE * 2);
	switch (o->type) {
	case OPTION_LIST:
		if (!list->count)
			fprintf(out, "%s =\n", o->name);
		for (size_t i = 0; i < list->count; i++)
			fprintf(out, "%s = %s\n", o->name, list->items[i]);
		buf_free(&b);
		return;
	case OPTION_STRING:
	case OPTION_CHOICE:
		buf_adds(&b, *(char *const *)at);
		break;
	case OPTION_BOOL:
		buf_adds(&b, *(const bool *)at ? "yes" : "no");
		break;
	default:
		option_format(o, *(const int64_t *)at, &b);
	}
	fprintf(out, "%s =%s%s\n", o->name, b.len ? " " : "", buf_str(&b));
	buf_free(&b);
}

void options_print(const struct option *table, const void *target, FILE *out)
{
	for (const struct option *o = table; o->name; o++) {
		if (begins(table, o))
			fprintf(out, "%s[%s]\n", o == table ? "" : "\n",
				o->section);
		print_value(o, target, out);
	}
}

/* Words in lines of at most 78 columns, each begun with ${prefix}; where
 * ${roff}, a sentence begins a line, and what mdoc(7) would read as its own is
 * escaped. */
static void print_wrapped(FILE *out, const char *text, const char *prefix,
			  bool roff)
{
	enum { WIDTH = 76 };
	size_t column = 0;
	bool dot = false;

	while (*text) {
		size_t len = strcspn(text, " \n");

		if (column && (column + 1 + len > WIDTH || (roff && dot))) {
			fputc('\n', out);
			column = 0;
		}
		fputs(column ? " " : prefix, out);
		if (roff && !column && strchr(".'", *text))
			fputs("\\&", out);
		dot = len && text[len - 1] == '.';
		fprintf(out, "%.*s", (int)len, text);
		column += len + 1;
		text += len;
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

static void print_fallback(const struct option *o, FILE *out)
{
	const char *at = o->fallback;

	do {
		size_t len = strcspn(at, "\n");

		fprintf(out, "#%s =%s%.*s\n", o->name, len ? " " : "",
			(int)len, at);
		at += len + (at[len] ? 1 : 0);
	} while (*at);
}

void options_print_example(const struct option *table, FILE *out)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_LINE);
	for (const struct option *o = table; o->name; o++) {
		if (begins(table, o))
			fprintf(out, "\n[%s]\n", o->section);
		buf_reset(&b);
		buf_addf(&b, "%s (", o->help);
		add_type(o, &b);
		buf_addch(&b, ')');
		fputc('\n', out);
		print_wrapped(out, buf_str(&b), "# ", false);
		print_fallback(o, out);
	}
	buf_free(&b);
}

static void print_mdoc_fallback(const struct option *o, FILE *out)
{
	const char *at = o->fallback;

	fputs("Default:\n", out);
	while (*at) {
		size_t len = strcspn(at, "\n");

		fprintf(out, ".Ql \"%.*s\"%s\n", (int)len, at,
			at[len] ? " ," : " .");
		at += len + (at[len] ? 1 : 0);
	}
}

void options_print_mdoc(const struct option *table, FILE *out)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_LINE);
	for (const struct option *o = table; o->name; o++) {
		if (begins(table, o))
			fprintf(out, "%s.Ss Section %s\n"
				".Bl -tag -width Ds\n",
				o == table ? "" : ".El\n", o->section);
		buf_reset(&b);
		add_type(o, &b);
		fprintf(out, ".It Ic %s No ( %s )\n", o->name, buf_str(&b));
		print_wrapped(out, o->help, "", true);
		if (o->fallback[0])
			print_mdoc_fallback(o, out);
	}
	if (table->name)
		fputs(".El\n", out);
	buf_free(&b);
}
