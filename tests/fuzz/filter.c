/* SPDX-License-Identifier: Apache-2.0 */
/* A filter from outside: parsed, asked of an empty record, compiled to SQL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/query/query.h"
#include "lib/location_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct filter_fault fault = {.column = 0};
	struct location_record r = {.now = 0};
	struct filter *f = NULL;
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (filter_parse(text, location_fields, 1800000000, &f, &fault) == 0)
		location_passes(f, &r);
	filter_free(f);
	for (size_t i = 0; query_subjects[i]; i++)
		query_check(query_subjects[i], text, &fault);
	free(text);
	return 0;
}
