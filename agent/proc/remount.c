/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/remount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "agent/walk/mounts.h"
#include "agent/walk/past.h"
#include "lib/log.h"

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u	/* Linux 6.8 */
#endif

#define EVENTS_SIZE 4096	/* bytes read at a time */

bool remount_has_numbers(void)
{
	struct statx st = {0};

	return statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_MNT_ID_UNIQUE,
		     &st) == 0 && (st.stx_mask & STATX_MNT_ID_UNIQUE);
}

int remount_watch(struct remount *m, const char *path)
{
	/* what is asked for hardly happens; that it is unmounted is told in
	 * any case, and this does not keep it from that */
	return inotify_add_watch(m->inotify, path,
				 IN_DELETE_SELF | IN_ONLYDIR |
					 IN_DONT_FOLLOW) < 0 ? -errno : 0;
}

static bool is_trusted(const struct mount *m)
{
	struct statfs fs = {0};

	return !m->refused && mounts_is_local(m) && statfs(m->path, &fs) == 0 &&
	       past_trusts((uint64_t)fs.f_type & 0xffffffffu) !=
		       PAST_UNTRUSTED;
}

/* Those that are watched already stay as they are. */
static void watch_all(struct remount *m)
{
	const struct option_list *paths = &m->config->paths;
	const char **roots = calloc(paths->count + 1, sizeof(*roots));
	struct mounts all = {0};
	int r = -ENOMEM;

	for (size_t i = 0; roots && i < paths->count; i++)
		roots[i] = paths->items[i];
	mounts_configure(m->config);
	if (roots)
		r = mounts_read(&all, "/proc/self/mountinfo", roots);
	for (size_t i = 0; r == 0 && i < all.count; i++) {
		int e = is_trusted(&all.list[i])
				? remount_watch(m, all.list[i].path) : 0;

		if (e < 0 && e != -ENOTDIR && e != -ENOENT)
			log_warn("%s: %s: that it is unmounted would not be "
				 "noticed", all.list[i].path, strerror(-e));
	}
	if (r < 0)
		log_warn("/proc/self/mountinfo: %s: what is unmounted would "
			 "not be noticed", strerror(-r));
	mounts_free(&all);
	free(roots);
}

void remount_start(struct remount *m, const struct agent_config *config,
		   bool numbers)
{
	*m = (struct remount){config, -1, -1};
	if (numbers)
		return;
	m->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	m->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (m->inotify >= 0)
		watch_all(m);
	else
		log_warn("inotify: %s: what is unmounted would not be noticed",
			 strerror(errno));
}

void remount_end(struct remount *m)
{
	if (m->inotify >= 0)
		close(m->inotify);
	if (m->mountinfo >= 0)
		close(m->mountinfo);
	m->inotify = m->mountinfo = -1;
}

void remount_fds(const struct remount *m, struct pollfd fds[REMOUNT_FDS])
{
	fds[0] = (struct pollfd){.fd = m->inotify, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = m->mountinfo, .events = POLLPRI};
}

bool remount_step(struct remount *m, const struct pollfd fds[REMOUNT_FDS])
{
	_Alignas(struct inotify_event) char block[EVENTS_SIZE];
	struct inotify_event e = {0};
	bool gone = false;
	ssize_t n = 0;

	while (fds[0].revents &&
	       (n = read(m->inotify, block, sizeof(block))) > 0) {
		for (char *at = block; at < block + n;
		     at += sizeof(e) + e.len) {
			memcpy(&e, at, sizeof(e));
			gone |= (e.mask & (IN_UNMOUNT | IN_Q_OVERFLOW)) != 0;
		}
	}
	if (fds[1].revents)
		watch_all(m);
	return gone;
}
