/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/auth/account.h"
#include "collector-stub/auth/who.h"
#include "collector-stub/ca/ca.h"
#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/password.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/http/server.h"
#include "collector-stub/order/audit.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"

/* ${dir}, or NULL for the configured one; with one of its own, its database is
 * in it. */
static int use_dir(struct collector_config *c, const char *own)
{
	const char *dir = own ? own : c->state_dir;
	char *resolved = NULL, *empty = strdup(own ? "" : c->database);
	int r = file_make_directories(dir, 0700);

	if (r == 0)
		resolved = realpath(dir, NULL);
	if (!resolved || !empty) {
		log_error("%s: %s", dir, strerror(r < 0 ? -r : errno));
		free(resolved);
		free(empty);
		return EXIT_FAILED;
	}
	free(c->state_dir);
	free(c->database);
	c->state_dir = resolved;
	c->database = empty;
	return EXIT_DONE;
}

static int make_certificates(const struct collector_config *c,
			     const struct args_list *given)
{
	char host[256] = "", *own[] = { host };
	char *const *names = given->count ? given->items : c->names.items;
	size_t count = given->count ? given->count : c->names.count;
	struct ca ca = { .cert = NULL };
	int r = 0;

	if (count == 0 && gethostname(host, sizeof(host) - 1) == 0) {
		names = own;
		count = 1;
	}
	r = ca_create(c->state_dir, clock_now());
	if (r == -EEXIST)
		log_error("%s: there is a CA already, which is not "
			  "overwritten", c->state_dir);
	else if (r < 0)
		log_error("%s/ca.key: %s", c->state_dir, strerror(-r));
	if (r < 0)
		return r;
	r = ca_load(c->state_dir, &ca);
	if (r == 0)
		r = ca_make_server(&ca, names, count, c->state_dir,
				   clock_now());
	if (r == -EINVAL)
		log_error("a name is neither a host name nor an address");
	else if (r < 0)
		log_error("%s/server.pem: %s", c->state_dir, strerror(-r));
	ca_free(&ca);
	return r;
}

/* seconds for which a one-time link works */
#define LINK_LIFE 3600

struct first_admin {
	const char *name;		/* NULL: by a one-time link */
	const char *password_file;
	char *password;
	char link[WHO_SECRET];
};

static int make_link(struct store *s, struct first_admin *a)
{
	const struct audit_field none[] = { { NULL, NULL } };
	struct store_link l = { .created = clock_now() };
	int r = who_secret("", a->link);

	if (r < 0)
		return r;
	hash_sha256(a->link, strlen(a->link), l.sha256);
	l.expires = l.created + LINK_LIFE;
	r = s->driver->begin(s);
	if (r < 0)
		return r;
	r = s->driver->users->link_add(s, &l);
	if (r == 0)
		r = audit_event(s, l.created, NULL, "setup-link-made", none);
	if (r == 0)
		return s->driver->commit(s);
	s->driver->rollback(s);
	return r;
}

static int make_admin(struct store *s, struct first_admin *a)
{
	int r = 0;

	if (!a->name) {
		r = make_link(s, a);
		if (r < 0)
			log_error("no link for the first admin was made: %s",
				  s->error[0] ? s->error : strerror(-r));
		return r;
	}
	r = account_add(s, NULL, a->name, ROLE_ADMIN, a->password);
	if (r < 0)
		log_error("%s: the user was not added: %s", a->name,
			  s->error[0] ? s->error : strerror(-r));
	return r;
}

static int make_database(const struct collector_config *c,
			 struct first_admin *a)
{
	char url[SESSION_URL], error[256] = "";
	struct store *s = NULL;
	int r = session_url(c, url);

	if (r == 0)
		r = store_open(url, true, &s, error, sizeof(error));
	if (r == -EEXIST)
		log_error("%s: is there already, and is not overwritten",
			  store_name(url, error));
	else if (r < 0)
		log_error("%s: %s", store_name(url, "database"), error);
	else
		r = make_admin(s, a);
	store_close(s);
	return r;
}

/* Where the first admin sets name and password. */
static void print_link(const struct collector_config *c, const char *link)
{
	const char *port = strrchr(c->enroll, ':');
	char url[SERVER_URL];

	if (server_web_url(c, port ? (uint16_t)strtol(port + 1, NULL, 10) : 0,
			   url) < 0)
		printf("for the page and REST: certwalk-collector user add "
		       "NAME --role admin\n");
	else
		printf("Once the collector serves, the first admin sets name "
		       "and password here, once\nand within an hour:\n"
		       "    %s/#/setup/%s\n", url, link);
}

static int init(struct collector_config *c, const char *dir,
		const struct args_list *names, struct first_admin *a)
{
	int r = EXIT_DONE;

	if (a->name && !is_account_name(a->name)) {
		log_error("--admin %s: no name for a user", a->name);
		return EXIT_USAGE;
	}
	/* asked for before anything is made */
	if (a->name)
		a->password = password_read(a->password_file, a->name);
	if (a->name && !a->password)
		return EXIT_FAILED;
	r = use_dir(c, dir);
	if (r != EXIT_DONE)
		return r;
	/* the database first: the CA is what says that all is there */
	if (make_database(c, a) < 0 || make_certificates(c, names) < 0)
		return EXIT_FAILED;
	printf("%s: CA, certificate and database were made\n", c->state_dir);
	if (!a->name)
		print_link(c, a->link);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *dir = NULL;
	struct first_admin admin = { .name = NULL };
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--dir", &dir, NULL },
		{ "--name", NULL, NULL },
		{ "--admin", &admin.name, NULL },
		{ "--password-file", &admin.password_file, NULL },
		{ NULL, NULL, NULL },
	};
	struct collector_config c;
	struct args_list names = { .count = 0 };
	struct arg_values gathered = { .count = 0 };
	int n = args_gather(args, argc, argv, &gathered), r = 0;

	if (n != 0 || args_select(&gathered, "--name", &names) < 0) {
		cmd_usage(&cmd_init, true);
		return EXIT_USAGE;
	}
	r = session_config(config, &c);
	if (r != EXIT_DONE)
		return r;
	r = init(&c, dir, &names, &admin);
	password_forget(admin.password);
	explicit_bzero(&admin, sizeof(admin));
	collector_config_free(&c);
	return r;
}

const struct cmd cmd_init = {
	.name = "init",
	.arguments = "[--dir DIR] [--name NAME]... [--admin USER"
		" [--password-file FILE]] [--config FILE]",
	.summary = "make the collector's CA, certificate and database",
	.help = "  --dir DIR      where, instead of the configured state_dir\n"
		"  --name NAME    host name or address that agents reach the\n"
		"                 collector by (the configured names)\n"
		"  --admin USER   the first user, who may do all; its\n"
		"                 password is asked for\n"
		"  --password-file FILE  or is read there (-: from standard\n"
		"                 input)\n"
		"  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\nWithout --admin, a link is printed by which the first\n"
		"admin sets name and password, once and within an hour.\n"
		"\nWhat is there already is never overwritten.\n",
	.run = run,
};
