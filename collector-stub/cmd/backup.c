/* SPDX-License-Identifier: Apache-2.0 */
/* backup and restore. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/store/backup.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/log.h"

/* what one database may have beside it of the states before a restore */
#define BEFORE_MAX 1000
#define BEFORE_PATH (SESSION_URL + sizeof(".before.4294967295"))

static const char *sqlite_path(const char *url)
{
	static const char scheme[] = "sqlite:";

	return strncmp(url, scheme, sizeof(scheme) - 1) == 0
		       ? url + sizeof(scheme) - 1
		       : NULL;
}

/* Reads the operand and the configuration; writes the database's path.
 * EXIT_DONE, EXIT_USAGE or EXIT_FAILED. */
static int prepare(const struct cmd *cmd, int argc, char **argv,
		   const char **ret_config, char ret_path[static SESSION_URL])
{
	const struct arg args[] = {
		{ "--config", ret_config, NULL },
		{ NULL, NULL, NULL },
	};
	struct collector_config c;
	char url[SESSION_URL];
	int r = args_parse(args, argc, argv);

	if (r != 1) {
		cmd_usage(cmd, true);
		return EXIT_USAGE;
	}
	r = session_config(*ret_config, &c);
	if (r != EXIT_DONE)
		return r;
	r = session_url(&c, url);
	collector_config_free(&c);
	if (r == 0 && sqlite_path(url)) {
		snprintf(ret_path, SESSION_URL, "%s", sqlite_path(url));
		return EXIT_DONE;
	}
	log_error("the database is not SQLite: use its own tools (pg_dump(1), "
		  "pg_restore(1))");
	return EXIT_FAILED;
}

static int run_backup(int argc, char **argv)
{
	const char *config = NULL;
	char database[SESSION_URL], error[BACKUP_ERROR] = "";
	struct stat st = { .st_size = 0 };
	int r = prepare(&cmd_backup, argc, argv, &config, database);

	if (r != EXIT_DONE)
		return r;
	if (backup_make(database, argv[1], error) < 0) {
		log_error("no backup was made: %s", error);
		return EXIT_FAILED;
	}
	stat(argv[1], &st);
	printf("%s: %lld bytes, read back whole\n", argv[1],
	       (long long)st.st_size);
	return EXIT_DONE;
}

static int note_restored(const char *config, const char *file)
{
	struct session s;
	int r = session_open(config, &s);

	if (r != EXIT_DONE)
		return r;
	r = s.store->driver->begin(s.store);
	if (r == 0)
		r = audit_event(s.store, clock_now(), NULL, "restored",
				(struct audit_field[]){ { "file", file },
							{ NULL, NULL } });
	if (r == 0)
		r = s.store->driver->commit(s.store);
	if (r < 0) {
		s.store->driver->rollback(s.store);
		r = session_failed(&s, "it is restored, but not in the audit "
				   "log");
	}
	session_close(&s);
	return r;
}

/* Takes the first name that is free, by an empty file: nothing that was kept
 * before is overwritten, least of all what is to be restored. */
static int take_name(const char *database, char ret[static BEFORE_PATH],
		     char error[static BACKUP_ERROR])
{
	int fd = -1;

	snprintf(ret, BEFORE_PATH, "%s.before", database);
	for (unsigned int i = 1; i < BEFORE_MAX; i++) {
		fd = open(ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
		snprintf(ret, BEFORE_PATH, "%s.before.%u", database, i);
	}
	if (fd < 0) {
		int r = -errno;

		snprintf(error, BACKUP_ERROR, "%.100s: %s", ret, strerror(-r));
		return r;
	}
	close(fd);
	return 0;
}

static int keep_before(const char *database, char error[static BACKUP_ERROR])
{
	char before[BEFORE_PATH];
	int r = take_name(database, before, error);

	if (r < 0)
		return r;
	r = backup_make(database, before, error);
	if (r < 0)
		unlink(before);
	else
		printf("%s: what was there until now\n", before);
	return r;
}

static int run_restore(int argc, char **argv)
{
	const char *config = NULL;
	char database[SESSION_URL], error[BACKUP_ERROR] = "";
	int64_t version = 0;
	int r = prepare(&cmd_restore, argc, argv, &config, database);

	if (r != EXIT_DONE)
		return r;
	r = backup_check(argv[1], &version, error);
	if (r == 0 && access(database, F_OK) == 0)
		r = keep_before(database, error);
	if (r == 0)
		r = backup_restore(argv[1], database, error);
	if (r < 0) {
		log_error("nothing was restored: %s", error);
		return EXIT_FAILED;
	}
	r = note_restored(config, argv[1]);
	if (r == EXIT_DONE)
		printf("%s: restored\n", database);
	return r;
}

const struct cmd cmd_backup = {
	.name = "backup",
	.arguments = "FILE [--config FILE]",
	.summary = "copy the database while it is in use",
	.help = "  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"FILE is replaced once the copy was read back whole. It has\n"
		"the SQLite database; the keys ca.key and server.key, and the\n"
		"certificates beside them in state_dir, are files to be kept\n"
		"apart and secret.\n",
	.run = run_backup,
};

const struct cmd cmd_restore = {
	.name = "restore",
	.arguments = "FILE [--config FILE]",
	.summary = "put a backup back, also while it is in use",
	.help = "  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"What is there until now is kept beside the database, with\n"
		".before at the end of its name, or .before.1 and so on\n"
		"where that is taken: restore it to undo this.  Agents\n"
		"notice that the collector has another state, and send\n"
		"theirs in full.\n",
	.run = run_restore,
};
