/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/action.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/command/trust.h"
#include "agent/command/words.h"
#include "lib/ini_dir.h"

#define HOUR INT64_C(3600)
#define AT(member) .offset = offsetof(struct action, member)

const struct option action_options[] = {
	{ "action", "run", OPTION_STRING, "", AT(run),
	  .help = "Program and arguments, separated by blanks; double quotes "
		"keep blanks in a word. No shell sees them. {NAME} stands for "
		"a parameter, as a word or within one. The program is given "
		"with its whole path." },
	{ "action", "dry_run", OPTION_STRING, "", AT(dry_run),
	  .help = "The same for a command that is only tried. Where there is "
		"none, the words that would run are told." },
	{ "action", "parameter", OPTION_LIST, "", AT(parameters),
	  .help = "NAME PATTERN: a parameter and the extended regular "
		"expression that the whole of its value must match. Control "
		"characters, a path component \"..\" and a leading \"-\" at "
		"the start of a word are refused whatever the pattern." },
	{ "action", "user", OPTION_STRING, "root", AT(user),
	  .help = "User that it runs as." },
	{ "action", "group", OPTION_STRING, "", AT(group),
	  .help = "Group that it runs as; the user's own where none is "
		"given." },
	{ "action", "timeout", OPTION_DURATION, "5m", AT(timeout),
	  .min = 1, .max = 12 * HOUR,
	  .help = "Time that it may take; then it is ended with all that it "
		"has started." },
	{ "action", "output_limit", OPTION_SIZE, "64K", AT(output_limit),
	  .min = 0, .max = INT64_C(768) << 10,
	  .help = "Bytes of output that are reported: half of them from its "
		"begin, half from its end." },
	{ "action", "cooldown", OPTION_DURATION, "0s", AT(cooldown),
	  .min = 0, .max = 720 * HOUR,
	  .help = "Time from the start of one run to the next, at least." },
	{ "action", "max_per_hour", OPTION_NUMBER, "0", AT(max_per_hour),
	  .min = 0, .max = 1000,
	  .help = "Runs within one hour, at most. 0 stands for no limit." },
	{ .name = NULL },
};

struct told {
	const char *path;
	void (*fault)(void *arg, const char *text);
	void *arg;
};

static void tell(const struct told *t, const char *text)
{
	char line[ACTION_REASON + 4200];

	snprintf(line, sizeof(line), "%s: %s", t->path, text);
	t->fault(t->arg, line);
}

static int check_file(const struct told *t)
{
	struct stat st = {0};
	char why[ACTION_REASON];

	if (lstat(t->path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		tell(t, S_ISLNK(st.st_mode) ? "a symbolic link is not read" :
		     "not a regular file");
		return -EPERM;
	}
	if (trust_check(t->path, why, sizeof(why)) < 0) {
		tell(t, why);
		return -EPERM;
	}
	return 0;
}

static int check_action(const struct action *a, const struct told *t)
{
	char why[ACTION_REASON];

	if (!*a->run) {
		tell(t, "run: there is none");
		return -EINVAL;
	}
	if (words_check(a, a->run, why) < 0 ||
	    (*a->dry_run && words_check(a, a->dry_run, why) < 0)) {
		tell(t, why);
		return -EINVAL;
	}
	return 0;
}

int action_load(const struct agent_config *config, const char *name,
		struct action *ret,
		void (*fault)(void *arg, const char *text), void *arg)
{
	struct action a = {.run = NULL};
	char path[4096];
	struct told t = {path, fault, arg};
	int r = ini_dir_path(config->actions_dir, name, path, sizeof(path));

	if (r == 0)
		r = check_file(&t);
	if (r < 0)
		return r;
	r = options_defaults(action_options, &a);
	if (r == 0)
		r = options_read(action_options, &a, path, fault, arg);
	snprintf(a.name, sizeof(a.name), "%s", name);
	if (r == 0)
		r = check_action(&a, &t);
	if (r == 0)
		*ret = a;
	else
		action_free(&a);
	return r;
}

void action_free(struct action *a)
{
	options_free(action_options, a);
}
