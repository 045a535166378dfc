/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/auth/account.h"
#include "collector-stub/auth/password.h"
#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/password.h"
#include "collector-stub/cmd/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/log.h"

struct request {
	const char *config;
	const char *role;
	const char *password_file;
};

static int print_user(void *arg, const struct store_user *u)
{
	char created[CLOCK_TEXT], last[CLOCK_TEXT] = "never";

	(void)arg;
	clock_rfc3339(u->created, created);
	if (u->last_login > 0)
		clock_rfc3339(u->last_login, last);
	printf("%-24s  %-8s  %-20s  %-20s  %s\n", u->name, u->role, created,
	       last, u->disabled ? "disabled" : "");
	return 0;
}

static int list(struct session *s, const struct request *q, const char *name)
{
	(void)q, (void)name;
	printf("%-24s  %-8s  %-20s  %-20s\n", "USER", "ROLE", "CREATED",
	       "LAST LOGIN");
	if (s->store->driver->users->list(s->store, print_user, NULL) < 0)
		return session_failed(s, "users cannot be listed");
	return EXIT_DONE;
}

static int tell(const struct session *s, const char *name, int r)
{
	if (r == 0)
		return EXIT_DONE;
	if (r == -EEXIST)
		log_error("%s: there is such a user already", name);
	else if (r == -ENOENT)
		log_error("%s: there is no such user", name);
	else if (r == -EPERM)
		log_error("%s: is the only admin", name);
	else if (r == -ENOTSUP)
		log_error("%s: logs in at the identity provider, and has no "
			  "password here", name);
	else if (r == -EINVAL)
		log_error("%s: no name for a user", name);
	else
		return session_failed(s, "nothing was changed");
	return EXIT_FAILED;
}

static int add(struct session *s, const struct request *q, const char *name)
{
	char *password = NULL;
	int r = 0;

	if (!is_account_name(name))
		return tell(s, name, -EINVAL);
	password = password_read(q->password_file, name);
	if (!password)
		return EXIT_FAILED;
	r = account_add(s->store, NULL, name, role_parse(q->role), password);
	password_forget(password);
	return tell(s, name, r);
}

static int change(struct session *s, const char *name,
		  const struct account_change *c)
{
	return tell(s, name, account_change(s->store, NULL, name, c));
}

static int set_role(struct session *s, const struct request *q,
		    const char *name)
{
	const struct account_change c = {
		.role = role_parse(q->role), .disabled = -1,
	};

	return change(s, name, &c);
}

static int disable(struct session *s, const struct request *q, const char *name)
{
	const struct account_change c = { .disabled = 1 };

	(void)q;
	return change(s, name, &c);
}

static int enable(struct session *s, const struct request *q, const char *name)
{
	const struct account_change c = { .disabled = 0 };

	(void)q;
	return change(s, name, &c);
}

static int set_password(struct session *s, const struct request *q,
			const char *name)
{
	char *password = password_read(q->password_file, name);
	const struct account_change c = {
		.disabled = -1, .password = password,
	};
	int r = EXIT_FAILED;

	if (password)
		r = change(s, name, &c);
	password_forget(password);
	return r;
}

static int remove_user(struct session *s, const struct request *q,
		       const char *name)
{
	(void)q;
	return tell(s, name, account_remove(s->store, NULL, name));
}

static const struct verb {
	const char *name;
	int operands;
	int (*run)(struct session *s, const struct request *q,
		   const char *name);
} verbs[] = {
	{ "list", 0, list },
	{ "add", 1, add },
	{ "role", 1, set_role },
	{ "disable", 1, disable },
	{ "enable", 1, enable },
	{ "passwd", 1, set_password },
	{ "remove", 1, remove_user },
};

static const struct verb *find(int n, char **argv)
{
	for (size_t i = 0; n > 0 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 &&
		    n == 1 + verbs[i].operands)
			return &verbs[i];
	return NULL;
}

static int run(int argc, char **argv)
{
	struct request q = { .role = "viewer" };
	const struct arg args[] = {
		{ "--config", &q.config, NULL },
		{ "--role", &q.role, NULL },
		{ "--password-file", &q.password_file, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r = 0;
	const struct verb *v = find(n, argv);
	struct session s;

	if (!v || !role_parse(q.role)) {
		cmd_usage(&cmd_user, true);
		return EXIT_USAGE;
	}
	r = session_open(q.config, &s);
	if (r != EXIT_DONE)
		return r;
	r = v->run(&s, &q, n == 2 ? argv[2] : NULL);
	session_close(&s);
	return r;
}

const struct cmd cmd_user = {
	.name = "user",
	.arguments = "list | add NAME [--role ROLE] | role NAME --role ROLE |"
		" disable NAME | enable NAME | passwd NAME | remove NAME",
	.summary = "who may use the page and REST",
	.help = "  list     shows the users\n"
		"  add      adds one; asks for the password\n"
		"  role     gives another role\n"
		"  disable  refuses the user from now on; enable: no more\n"
		"  passwd   asks for a new password\n"
		"  remove   removes the user with sessions and API tokens\n"
		"\n"
		"  --role ROLE    viewer (sees), operator (orders, enrols),\n"
		"                 approver (signs orders) or admin\n"
		"  --password-file FILE\n"
		"                 reads the password there, where others must\n"
		"                 not be able to; -: from standard input\n"
		"  --config FILE  another configuration than\n"
		"                 " COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"A password has 12 characters or more.  Each change ends the\n"
		"user's sessions.\n",
	.run = run,
};
