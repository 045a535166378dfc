/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/store/copy.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/cmd.h"
#include "lib/log.h"

static void tell(const char *table, int64_t rows)
{
	printf("%s: %lld rows\n", table, (long long)rows);
}

static int note(struct store *to)
{
	return audit_event(to, clock_now(), NULL, "migrated", NULL);
}

/* The one to copy to: new, or made by init. */
static int open_empty(const char *url, struct store **ret, char *error,
		      size_t cap)
{
	int r = store_open(url, true, ret, error, cap);

	return r == -EEXIST ? store_open(url, false, ret, error, cap) : r;
}

static int migrate(const char *from_url, const char *to_url)
{
	struct store *from = NULL, *to = NULL;
	char error[COPY_ERROR] = "";
	int r = store_open(from_url, false, &from, error, sizeof(error));

	if (r < 0) {
		log_error("--from: %s: %s", store_name(from_url, "database"),
			  error);
		return EXIT_FAILED;
	}
	r = open_empty(to_url, &to, error, sizeof(error));
	if (r < 0) {
		log_error("--to: %s: %s", store_name(to_url, "database"),
			  error);
	} else {
		r = copy_store(from, to, tell, note, error);
		if (r < 0)
			log_error("nothing was copied: %s",
				  *error ? error : strerror(-r));
	}
	store_close(from);
	store_close(to);
	if (r < 0)
		return EXIT_FAILED;
	printf("all rows were copied, and read back and compared\n");
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *from = NULL, *to = NULL;
	const struct arg args[] = {
		{ "--from", &from, NULL },
		{ "--to", &to, NULL },
		{ NULL, NULL, NULL },
	};

	if (args_parse(args, argc, argv) != 0 || !from || !to) {
		cmd_usage(&cmd_migrate, true);
		return EXIT_USAGE;
	}
	return migrate(from, to);
}

const struct cmd cmd_migrate = {
	.name = "migrate",
	.arguments = "--from DATABASE --to DATABASE",
	.summary = "copy all of one database to another",
	.help = "  --from DATABASE  sqlite:PATH or postgres://..., as the\n"
		"                   option database says it\n"
		"  --to DATABASE    the same; one that has no rows yet\n"
		"\nStop all collectors first, and give the new database in\n"
		"collector.ini afterwards.  All is copied in one transaction,\n"
		"and both are compared before that is committed.\n",
	.run = run,
};
