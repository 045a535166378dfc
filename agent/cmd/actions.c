/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cmd/cmd_table.h"
#include "agent/command/action.h"
#include "agent/command/trust.h"
#include "agent/config/config.h"
#include "lib/args.h"
#include "lib/ini_dir.h"
#include "lib/limits.h"
#include "lib/log.h"

static void say_fault(void *arg, const char *text)
{
	(void)arg;
	log_error("%s", text);
}

struct listing {
	const struct agent_config *config;
	bool faulty;
};

static int print_action(void *arg, const char *name)
{
	struct listing *l = arg;
	struct action a;

	if (action_load(l->config, name, &a, say_fault, NULL) < 0) {
		l->faulty = true;
		return 0;
	}
	printf("%s\n  runs %s\n  as %s, at most %llds", a.name, a.run, a.user,
	       (long long)a.timeout);
	for (size_t i = 0; i < a.parameters.count; i++)
		printf("\n  parameter %s", a.parameters.items[i]);
	printf("\n");
	action_free(&a);
	return 0;
}

static int list(const struct agent_config *c)
{
	struct listing l = {.config = c};
	int r = ini_dir_list(c->actions_dir, print_action, &l);

	if (r == -ENOENT) {
		printf("%s: there is none: commands can run no program here\n",
		       c->actions_dir);
		return EXIT_DONE;
	}
	if (r < 0) {
		log_error("%s: %s", c->actions_dir, strerror(-r));
		return EXIT_FAILED;
	}
	return l.faulty ? EXIT_FAILED : EXIT_DONE;
}

static int print_words(const struct action *a, Cw__Parameter *const *p,
		       size_t n)
{
	char reason[ACTION_REASON] = "";
	char **words = NULL;
	int r = action_fill(a, a->run, p, n, &words, reason);

	if (r == 0)
		r = trust_check(words[0], reason, sizeof(reason));
	if (r < 0)
		log_error("refused: %s", *reason ? reason : strerror(-r));
	for (size_t i = 0; r == 0 && words[i]; i++)
		printf("%s\n", words[i]);
	action_free_words(words);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* NAME=VALUE each. */
static int try_action(const struct agent_config *c, const char *name, int n,
		      char **given)
{
	Cw__Parameter parameters[LIMIT_PARAMETERS];
	Cw__Parameter *pointers[LIMIT_PARAMETERS];
	struct action a;
	int r;

	for (int i = 0; i < n; i++) {
		char *equals = strchr(given[i], '=');

		if (!equals) {
			log_error("%s: not NAME=VALUE", given[i]);
			return EXIT_USAGE;
		}
		*equals = '\0';
		cw__parameter__init(&parameters[i]);
		parameters[i].name = given[i];
		parameters[i].value = equals + 1;
		pointers[i] = &parameters[i];
	}
	r = action_load(c, name, &a, say_fault, NULL);
	if (r < 0) {
		log_error("action %s: %s", name, r == -ENOENT ?
			  "not in the allow-list" : strerror(-r));
		return EXIT_FAILED;
	}
	r = print_words(&a, pointers, (size_t)n);
	action_free(&a);
	return r;
}

static int run(int argc, char **argv)
{
	const char *config = NULL;
	const struct arg args[] = {
		{"--config", &config, NULL},
		{NULL, NULL, NULL},
	};
	int n = args_parse(args, argc, argv), r;
	struct agent_config c;

	if (n < 0 || n > 1 + LIMIT_PARAMETERS) {
		cmd_usage(&cmd_actions, true);
		return EXIT_USAGE;
	}
	if (agent_config_load(&c, config) < 0)
		return EXIT_USAGE;
	r = n == 0 ? list(&c) : try_action(&c, argv[1], n - 1, argv + 2);
	agent_config_free(&c);
	return r;
}

const struct cmd cmd_actions = {
	.name = "actions",
	.arguments = "[--config FILE] [NAME [PARAMETER=VALUE]...]",
	.summary = "show what commands may run on this host",
	.help = "Lists the allow-list and tells what is wrong with it.  With\n"
		"a NAME, shows the words that a command with these parameters\n"
		"would run, one a line, or why it would be refused; nothing\n"
		"is run.\n"
		"\n"
		"  --config FILE  another configuration than "
		AGENT_CONFIG_PATH "\n"
		"\n"
		"Exits with 4 where an action is faulty or refused.\n",
	.run = run,
};
