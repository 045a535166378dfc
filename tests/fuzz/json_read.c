/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int take(void *arg, const struct json_place *p, const char *value)
{
	size_t *sum = arg;

	for (size_t i = 0; i < p->depth; i++)
		*sum += p->keys[i] ? strlen(p->keys[i]) : p->index[i];
	*sum += strlen(value);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t sum = 0;

	json_read((const char *)data, len, take, &sum);
	return 0;
}
