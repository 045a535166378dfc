/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/args.h"

#include <errno.h>
#include <stdint.h>
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

static int keep(const struct arg *a, const char *value, struct arg_values *v)
{
	if (a->value) {
		*a->value = value;
		return 0;
	}
	if (!v || v->count == sizeof(v->items) / sizeof(v->items[0])) {
		log_error("%s is given too often", a->name);
		return -EINVAL;
	}
	v->items[v->count].name = a->name;
	v->items[v->count].value = value;
	v->count++;
	return 0;
}

/* One option; *i moves on over a value that is a word of its own. */
static int take(const struct arg *a, int argc, char **argv, int *i,
		struct arg_values *gathered)
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
	return keep(a, equals ? equals + 1 : argv[++*i], gathered);
}

int args_parse(const struct arg *table, int argc, char **argv)
{
	return args_gather(table, argc, argv, NULL);
}

int args_gather(const struct arg *table, int argc, char **argv,
		struct arg_values *gathered)
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
		if (take(a, argc, argv, &i, gathered) < 0)
			return -EINVAL;
	}
	return operands;
}

int args_select(const struct arg_values *gathered, const char *name,
		struct args_list *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < gathered->count; i++) {
		if (strcmp(gathered->items[i].name, name) != 0)
			continue;
		if (ret->count == ARGS_LIST) {
			log_error("%s: more than %d times", name, ARGS_LIST);
			return -EINVAL;
		}
		ret->items[ret->count++] =
			(char *)(uintptr_t)gathered->items[i].value;
	}
	return 0;
}
