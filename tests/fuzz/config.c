/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/config/config.h"
#include "collector-stub/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ignore(void *arg, const char *text)
{
	(void)text;
	++*(int *)arg;
}

/* What is read without a fault is printed so that it reads back the same. */
static void round_trip(const struct option *table, void *target, void *again,
		       const uint8_t *data, size_t len)
{
	int faults = 0;
	char *text = NULL;
	size_t text_len = 0;
	FILE *out = NULL;

	if (options_defaults(table, target))
		return;
	if (options_parse(table, target, "f", (const char *)data, len, ignore,
			  &faults) == 0) {
		out = open_memstream(&text, &text_len);
		options_print(table, target, out);
		fclose(out);
		if (options_defaults(table, again))
			abort();
		if (options_parse(table, again, "f", text, text_len, ignore,
				  &faults) || faults)
			abort();
		options_free(table, again);
		free(text);
	} else if (!faults) {
		abort();
	}
	options_free(table, target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct agent_config a, a2;
	struct collector_config c, c2;

	round_trip(agent_options, &a, &a2, data, len);
	round_trip(collector_options, &c, &c2, data, len);
	return 0;
}
