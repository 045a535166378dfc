/* SPDX-License-Identifier: Apache-2.0 */
/* Options as tables of records.  From a table come the parser of the INI file
 * (by inih), check-config, the commented example in conf/ and the option lists
 * of the man pages. */
#ifndef CW_LIB_OPTIONS_H
#define CW_LIB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_STRING,		/* char *, not NULL after options_defaults() */
	OPTION_LIST,		/* struct option_list; a line or a key each */
	OPTION_NUMBER,		/* int64_t, min..max */
	OPTION_DURATION,	/* int64_t seconds, min..max; "6h" */
	OPTION_SIZE,		/* int64_t bytes, min..max; "64M" */
	OPTION_BOOL,		/* bool; yes no true false on off 1 0 */
	OPTION_CHOICE,		/* char *, one of ${choices} */
};

struct option_list {
	char **items;
	size_t count;
};

struct option {
	const char *section;
	const char *name;
	enum option_type type;
	const char *fallback;	/* the default, as it is written; "": none */
	size_t offset;		/* of the member in the target struct */
	int64_t min, max;	/* of a number, in its unit */
	const char *const *choices;	/* NULL-terminated */
	const char *help;	/* one or more sentences */
};

/* A table ends with a record whose name is NULL.
 *
 * Sets every member to its default.  Strings are malloc'd; options_free()
 * frees them.  0 or -ENOMEM. */
int options_defaults(const struct option *table, void *target);
void options_free(const struct option *table, void *target);

/* Reads ${path} over the defaults.  Every fault (unknown section or key, bad or
 * out-of-range value, duplicate key that is not a list, line too long, file too
 * large) is told to ${fault} as "FILE:LINE: text"; reading goes on.  0, -EINVAL
 * where there was any fault, -errno where the file cannot be read. */
int options_read(const struct option *table, void *target, const char *path,
		 void (*fault)(void *arg, const char *text), void *arg);

/* The same from memory; ${name} stands for the file in messages. */
int options_parse(const struct option *table, void *target, const char *name,
		  const char *text, size_t len,
		  void (*fault)(void *arg, const char *text), void *arg);

/* The values in force, as an INI file; secrets are file names, never values. */
void options_print(const struct option *table, const void *target, FILE *out);
/* Every option commented out with its default and its help: conf/NAME.ini */
void options_print_example(const struct option *table, FILE *out);
/* mdoc(7) list items, one section heading each: for the man pages */
void options_print_mdoc(const struct option *table, FILE *out);

#endif
