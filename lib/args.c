/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/args.h"

#include <errno.h>
#include <string.h>

#include "lib/log.h"

static const struct arg *find(const struct arg *table, const char *word)
{
	size_t len = strcspn(word, "=");

	for (; table->name; table++) {
		if (strlen(table->name) == len &&
		    memcmp(table->name, word, len) == 0)
			return table;
	}
	return NULL;
}

/* One option; *i moves on over a value that is a word of its own. */
static int take(const struct arg *a, int argc, char **argv, int *i)
{
	const char *equals = strchr(argv[*i], '=');

	if (a->flag) {
		if (equals) {
			log_error("%s takes no value", a->name);
			return -EINVAL;
		}
		*a->flag = true;
		return 0;
	}
	if (!equals && *i + 1 >= argc) {
		log_error("%s needs a value", a->name);
		return -EINVAL;
	}
	*a->value = equals ? equals + 1 : argv[++*i];
	return 0;
}

int args_parse(const struct arg *table, int argc, char **argv)
{
	bool options = true;
	int operands = 0;

	for (int i = 1; i < argc; i++) {
		const struct arg *a = NULL;

		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			argv[++operands] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			options = false;
			continue;
		}
		a = find(table, argv[i]);
		if (!a) {
			log_error("unknown option %s", argv[i]);
			return -EINVAL;
		}
		if (take(a, argc, argv, &i) < 0)
			return -EINVAL;
	}
	return operands;
}
