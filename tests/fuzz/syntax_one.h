/* SPDX-License-Identifier: Apache-2.0 */
/* One reader of configurations over the fuzzer's bytes; the tree it makes must
 * be whole. */
#ifndef CW_TESTS_FUZZ_SYNTAX_ONE_H
#define CW_TESTS_FUZZ_SYNTAX_ONE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/syntax/tree.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void syntax_check(const struct syntax_node *n, size_t depth)
{
	char path[64];

	if (depth > LIMIT_SYNTAX_DEPTH + 2)
		abort();
	for (size_t i = 0; i < n->n_words; i++)
		if (strlen(n->words[i]) > LIMIT_SYNTAX_BYTES)
			abort();
	syntax_path(n, path, sizeof(path));
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		if (c->parent != n || !c->name || !c->file)
			abort();
		syntax_check(c, depth + 1);
	}
}

static inline int syntax_one(syntax_reader *reader, const void *options,
			     const uint8_t *data, size_t len)
{
	struct syntax_tree t;
	struct syntax_fault f = {0, NULL};

	syntax_init(&t);
	if (reader(&t, &t.root, (const char *)data, len, options, &f) < 0 &&
	    !f.why)
		abort();
	syntax_check(&t.root, 0);
	syntax_free(&t);
	return 0;
}

#endif
