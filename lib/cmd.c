/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"

/* for the usage that a subcommand prints */
static const char *program_name = "certwalk";

void cmd_usage(const struct cmd *c, bool wrong)
{
	FILE *out = wrong ? stderr : stdout;

	fprintf(out, "usage: %s %s%s%s\n", program_name, c->name,
		c->arguments[0] ? " " : "", c->arguments);
	if (wrong)
		return;
	fprintf(out, "%s\n", c->summary);
	if (c->help && c->help[0])
		fprintf(out, "\n%s%s", c->help,
			c->help[strlen(c->help) - 1] == '\n' ? "" : "\n");
}

static void usage_all(FILE *out, const char *summary,
		      const struct cmd *const table[])
{
	fprintf(out, "usage: %s SUBCOMMAND [ARGUMENT...]\n%s\n\n", program_name,
		summary);
	for (size_t i = 0; table[i]; i++)
		fprintf(out, "  %-14s%s\n", table[i]->name, table[i]->summary);
	fprintf(out, "  %-14s%s\n", "help", "tell about a subcommand");
	fprintf(out, "\n%s SUBCOMMAND --help tells more; %s --version.\n",
		program_name, program_name);
}

static const struct cmd *find(const struct cmd *const table[], const char *name)
{
	for (size_t i = 0; table[i]; i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to add, drop, change or swap to get from ${a} to ${b}. */
static size_t distance(const char *a, const char *b)
{
	enum { WORD = 24 };
	size_t d[WORD + 1][WORD + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD || m > WORD)
		return WORD;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
				d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

static int unknown(const struct cmd *const table[], const char *name)
{
	const char *best = NULL;
	size_t min = 3;

	for (size_t i = 0; table[i]; i++) {
		size_t d = distance(name, table[i]->name);

		if (d < min && d < strlen(table[i]->name)) {
			min = d;
			best = table[i]->name;
		}
	}
	if (best)
		log_error("no subcommand \"%s\"; did you mean %s?", name, best);
	else
		log_error("no subcommand \"%s\"; see %s help", name,
			  program_name);
	return EXIT_USAGE;
}

/* Prints each option that ${text} speaks of. */
static void print_options(const char *text)
{
	for (const char *at = strstr(text, "--"); at; at = strstr(at, "--")) {
		size_t len = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz"
					"0123456789-");

		if (len > 2)
			printf("%.*s\n", (int)len, at);
		at += len;
	}
}

/* Prints each of the values of ${option}, given in ${text} as "a|b|c". */
static void print_values(const char *text, const char *option)
{
	const char *at = strstr(text, option);
	size_t len = 0;

	if (!at || at[strlen(option)] != ' ')
		return;
	for (at += strlen(option); *at == ' ' || *at == '|'; at += len) {
		at++;
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (len)
			printf("%.*s\n", (int)len, at);
		if (at[len] != '|')
			break;
	}
}

/* For the shell's completion, one word a line: what can follow ${name}, or
 * ${option} of it. */
static int words(const struct cmd *const table[], const char *name,
		 const char *option)
{
	const struct cmd *c = name ? find(table, name) : NULL;

	if (c && option) {
		print_values(c->arguments, option);
		return EXIT_DONE;
	}
	if (c) {
		print_options(c->arguments);
		print_options(c->help ? c->help : "");
		puts("--help");
		return EXIT_DONE;
	}
	if (name)
		return unknown(table, name);
	for (size_t i = 0; table[i]; i++)
		puts(table[i]->name);
	puts("help\n--help\n--version");
	return EXIT_DONE;
}

static int help(const char *summary, const struct cmd *const table[], int argc,
		char **argv)
{
	const struct cmd *c = NULL;

	if (argc > 1 && strcmp(argv[1], "--words") == 0)
		return words(table, argv[2], argc > 3 ? argv[3] : NULL);
	if (argc == 1) {
		usage_all(stdout, summary, table);
		return EXIT_DONE;
	}
	c = find(table, argv[1]);
	if (!c)
		return unknown(table, argv[1]);
	cmd_usage(c, false);
	return EXIT_DONE;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int dispatch(const char *summary, const struct cmd *const table[],
		    int argc, char **argv)
{
	const struct cmd *c = NULL;

	if (argc < 2) {
		usage_all(stderr, summary, table);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", program_name, CW_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage_all(stdout, summary, table);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(summary, table, argc - 1, argv + 1);
	c = find(table, argv[1]);
	if (!c)
		return unknown(table, argv[1]);
	if (asks_for_help(argc - 1, argv + 1)) {
		cmd_usage(c, false);
		return EXIT_DONE;
	}
	return c->run(argc - 1, argv + 1);
}

int cmd_main(const char *program, const char *summary,
	     const struct cmd *const table[], int argc, char **argv)
{
	int code = 0;

	program_name = program;
	log_name(program);
	code = dispatch(summary, table, argc, argv);
	if ((fflush(stdout) || ferror(stdout)) && code == EXIT_DONE) {
		log_error("standard output: %s", strerror(errno));
		code = EXIT_FAILED;
	}
	return code;
}
