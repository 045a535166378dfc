/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list: what a command may make this host do.  One file for each
 * action, actions_dir/NAME.ini, which must be root's word (trust.h). */
#ifndef CW_AGENT_COMMAND_ACTION_H
#define CW_AGENT_COMMAND_ACTION_H

#include "agent/config/config.h"
#include "proto/certwalk.pb-c.h"

#define ACTION_NAME 65		/* bytes of a name with its NUL */
#define ACTION_WORDS 128	/* of an argv */
#define ACTION_REASON 512

struct action {
	char name[ACTION_NAME];
	/* [action] */
	char *run;		/* words; {parameter} in them */
	char *dry_run;		/* "": the words that would run are told */
	struct option_list parameters;	/* "NAME PATTERN" */
	char *user;
	char *group;		/* "": the user's own */
	int64_t timeout;	/* seconds */
	int64_t output_limit;	/* bytes */
	int64_t cooldown;	/* seconds from one run to the next */
	int64_t max_per_hour;	/* 0: no limit */
};

extern const struct option action_options[];

/* Reads and checks the file of one action.  0; -ENOENT where there is none;
 * -EPERM where it is not root's word; -EINVAL; -errno.  Every fault goes to
 * ${fault}. */
int action_load(const struct agent_config *config, const char *name,
		struct action *ret,
		void (*fault)(void *arg, const char *text), void *arg);
void action_free(struct action *a);

/* The words of ${template} with the parameters in their places.  Each
 * parameter must be one of the action's, once, all must be there, and each
 * value must match its pattern as a whole; no value may hold control
 * characters or a path component "..", or begin a word with "-".
 *
 * 0 and a NULL-terminated argv (free with action_free_words()); -EACCES and
 * ${reason} (ACTION_REASON bytes) for people; -ENOMEM. */
int action_fill(const struct action *a, const char *template,
		Cw__Parameter *const *parameters, size_t n, char ***ret,
		char *reason);
void action_free_words(char **words);

#endif
