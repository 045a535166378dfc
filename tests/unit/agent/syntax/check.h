/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as text: LINE:NAME|word|word, children in braces. */
#ifndef CW_TESTS_SYNTAX_CHECK_H
#define CW_TESTS_SYNTAX_CHECK_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/syntax/tree.h"
#include "lib/limits.h"

static struct syntax_tree check_tree;
static struct syntax_fault check_fault;
static struct buf check_text;

static void check_dump(const struct syntax_node *n)
{
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		buf_addf(&check_text, "%u:%s", c->line, c->name);
		for (size_t i = 0; i < c->n_words; i++)
			buf_addf(&check_text, "|%s", c->words[i]);
		if (c->child) {
			buf_adds(&check_text, "{");
			check_dump(c);
			buf_adds(&check_text, "}");
		}
		buf_adds(&check_text, c->next ? " " : "");
	}
}

static inline int check_read(syntax_reader *reader, const void *options,
			     const char *text, size_t len)
{
	/* an exact allocation, so that ASan sees overreads */
	char *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, text, len);
	syntax_reset(&check_tree);
	check_fault = (struct syntax_fault){0, ""};
	buf_reset(&check_text);
	r = reader(&check_tree, &check_tree.root, copy, len, options,
		   &check_fault);
	free(copy);
	check_dump(&check_tree.root);
	return r;
}

static int check_setup(void **state)
{
	(void)state;
	syntax_init(&check_tree);
	buf_init(&check_text, MIB(64));
	return 0;
}

static int check_teardown(void **state)
{
	(void)state;
	syntax_free(&check_tree);
	buf_free(&check_text);
	return 0;
}

#define assert_tree(text) assert_string_equal(buf_str(&check_text), text)
#define assert_fault(at, what) do { \
	assert_int_equal(check_fault.line, at); \
	assert_string_equal(check_fault.why, what); \
} while (0)

#endif
