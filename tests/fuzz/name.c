/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a Name. */
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const char *text)
{
	if (text && !is_utf8((const uint8_t *)text, strlen(text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = NULL;
	struct arena a;

	arena_init(&a, LIMIT_FACTS);
	if (name_text((struct der){data, len}, &a, &text) == 0)
		check(text);
	check(name_plain_text((struct der){data, len}, &a));
	arena_free(&a);
	return 0;
}
