/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/rule.h"

#include <limits.h>
#include <errno.h>
#include <stdio.h>

#include "collector-stub/query/query.h"
#include "lib/ini_dir.h"

#define DAY INT64_C(86400)
#define AT(member) .offset = offsetof(struct rule, member)

static const char *const subjects[] = { "certificates", "locations",
					"endpoints", "hosts", "commands",
					"events", NULL };
static const char *const severities[] = { "info", "warning", "critical",
					  NULL };

const struct option rule_options[] = {
	{ "alert", "subject", OPTION_CHOICE, "certificates", AT(subject),
	  .choices = subjects,
	  .help = "What is looked at." },
	{ "alert", "where", OPTION_STRING, "", AT(where),
	  .help = "Filter (certwalk-filter(7)): each one that passes is an "
		"alert, until it passes no longer." },
	{ "alert", "severity", OPTION_CHOICE, "warning", AT(severity),
	  .choices = severities,
	  .help = "How bad it is." },
	{ "alert", "channel", OPTION_LIST, "", AT(channels),
	  .help = "Name of a channel, a file in channels_dir without "
		"\".ini\"." },
	{ "alert", "hold", OPTION_DURATION, "0s", AT(hold),
	  .min = 0, .max = 30 * DAY,
	  .help = "Time that it must have been so before it is told." },
	{ "alert", "repeat", OPTION_DURATION, "0s", AT(repeat),
	  .min = 0, .max = 366 * DAY,
	  .help = "Time after which it is told again while it is still so. 0 "
		"stands for once." },
	{ "alert", "escalate_after", OPTION_DURATION, "0s", AT(escalate_after),
	  .min = 0, .max = 366 * DAY,
	  .help = "Time after which it is told to others too. 0 stands for "
		"never." },
	{ "alert", "escalate_to", OPTION_LIST, "", AT(escalate_to),
	  .help = "Name of a channel for that." },
	{ "alert", "tell_end", OPTION_BOOL, "yes", AT(tell_end),
	  .help = "Tell when it is over, too." },
	{ "alert", "tell_first", OPTION_BOOL, "yes", AT(tell_first),
	  .help = "Tell what is so already when the rule is new. no: only what "
		"comes after." },
	{ "alert", "advice", OPTION_STRING, "", AT(advice),
	  .help = "What to do, for whoever reads it." },
	{ .name = NULL },
};

static int check(const struct rule *u, char *why, size_t cap)
{
	struct filter_fault fault = { .column = 0 };

	if (!*u->where)
		snprintf(why, cap, "where: there is none");
	else if (query_check(query_subject(u->subject), u->where,
			     &fault) < 0)
		snprintf(why, cap, "where: column %zu: %s", fault.column,
			 fault.text);
	else if (u->channels.count == 0)
		snprintf(why, cap, "channel: there is none");
	else if ((u->escalate_after > 0) != (u->escalate_to.count > 0))
		snprintf(why, cap, "escalate_after and escalate_to go "
			 "together");
	else
		return 0;
	return -EINVAL;
}

int rule_load(const char *dir, const char *name, struct rule *ret,
	      void (*fault)(void *arg, const char *text), void *arg)
{
	struct rule u = { .subject = NULL };
	char path[PATH_MAX], why[256], line[PATH_MAX + sizeof(why) + 4];
	int r = ini_dir_path(dir, name, path, sizeof(path));

	if (r == 0)
		r = options_defaults(rule_options, &u);
	if (r == 0)
		r = options_read(rule_options, &u, path, fault, arg);
	if (r < 0 && r != -EINVAL)
		ini_dir_fault(dir, name, r, fault, arg);
	if (r == 0) {
		r = check(&u, why, sizeof(why));
		snprintf(line, sizeof(line), "%s: %s", path, why);
		if (r < 0)
			fault(arg, line);
	}
	if (r < 0) {
		rule_free(&u);
		return r;
	}
	snprintf(u.name, sizeof(u.name), "%s", name);
	*ret = u;
	return 0;
}

void rule_free(struct rule *u)
{
	options_free(rule_options, u);
}
