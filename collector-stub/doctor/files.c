/* SPDX-License-Identifier: Apache-2.0 */
/* Who may read and write what the collector keeps. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector-stub/doctor/doctor.h"
#include "lib/file.h"

static const struct {
	const char *name;
	bool secret, needed;
} files[] = {
	{ "ca.key", true, true },
	{ "ca.crt", false, true },
	{ "server.pem", true, true },
	{ "command.key", true, false },
	{ "collector.db", true, false },
	{ "collector.db-wal", true, false },
	{ "collector.db-shm", true, false },
};

static void look_at(struct doctor *d, const struct stat *dir, size_t i)
{
	char path[4096];
	struct stat st = { .st_mode = 0 };

	if (file_path(path, sizeof(path), d->config->state_dir,
		      files[i].name) < 0)
		return;
	if (lstat(path, &st) < 0) {
		if (errno != ENOENT || files[i].needed)
			doctor_say(d, DOCTOR_FAIL, errno == ENOENT ?
				   "run certwalk-collector init, or put the "
				   "file back from where you keep it" :
				   "run this as root or as the collector's "
				   "user", "%s: %s", path, strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode))
		doctor_say(d, DOCTOR_FAIL, "put a regular file in its place",
			   "%s: is no regular file", path);
	if (files[i].secret && (st.st_mode & 077))
		doctor_say(d, DOCTOR_FAIL, "chmod 600 the file, and ask who "
			   "may have read it", "%s: others may read or write "
			   "it (mode %o)", path, st.st_mode & 07777);
	else if (st.st_mode & 022)
		doctor_say(d, DOCTOR_FAIL, "chmod go-w the file",
			   "%s: others may write it (mode %o)", path,
			   st.st_mode & 07777);
	if (st.st_uid != dir->st_uid)
		doctor_say(d, DOCTOR_FAIL, "chown the file to the folder's "
			   "owner; run subcommands as that user, not as root",
			   "%s: belongs to user %u, its folder to user %u",
			   path, st.st_uid, dir->st_uid);
}

static void check(struct doctor *d)
{
	const char *dir = d->config->state_dir;
	enum doctor_level before = d->worst;
	struct stat st = { .st_mode = 0 };

	if (stat(dir, &st) < 0) {
		doctor_say(d, DOCTOR_FAIL, "run certwalk-collector init",
			   "%s: %s", dir, strerror(errno));
		return;
	}
	d->worst = DOCTOR_OK;
	if (st.st_mode & 077)
		doctor_say(d, DOCTOR_WARN, "chmod 700 the folder",
			   "%s: others may look into it (mode %o)", dir,
			   st.st_mode & 07777);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		look_at(d, &st, i);
	if (*d->config->client_ca && access(d->config->client_ca, R_OK) < 0)
		doctor_say(d, DOCTOR_FAIL, "correct client_ca in the "
			   "configuration", "%s: %s", d->config->client_ca,
			   strerror(errno));
	if (d->worst == DOCTOR_OK)
		doctor_say(d, DOCTOR_OK, NULL, "%s and what is in it", dir);
	if (before > d->worst)
		d->worst = before;
}

const struct doctor_check doctor_files = {
	.name = "permissions",
	.run = check,
};
