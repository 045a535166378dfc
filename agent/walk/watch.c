/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/format/format.h"
#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "agent/proc/trim.h"
#include "agent/walk/search.h"
#include "agent/walk/watch_fanotify.h"
#include "agent/walk/watch_inotify.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/log.h"

#define BLOCK KIB(32)	/* of events */
#define BATCH_MAX MIB(1)	/* bytes of names in one batch */
#define LATE_MAX MIB(1)
#define GATHER_MS 40	/* after the first event, so that equal ones merge */
#define QUIET_MS 200	/* without a change that matters: the batch is told */
#define WAIT_MS 700	/* or at last after this */
#define STORM 100	/* names: it is a storm, and the wait is longer */
#define STORM_MS 5000
#define IDLE_MS 2000		/* then memory is given back, */
#define TRIM_MS 300000		/* but not more often */
#define REASONS 3	/* why something is not in force, at most as many */
#define TELLS 30
#define TELL_MS 6000
#define MOUNTS_MS 500	/* after a change of the mounts */
#define STEADY_MS 10000	/* it lives at least, whatever is mounted */

struct watching_role {
	struct watch w;
	struct roots roots;
	struct fanotify fanotify;
	struct inotify inotify;
	struct frame_receiver in;
	struct path_set fresh;	/* between BEGIN and END */
	uint8_t *block;
	int mountinfo;
	int64_t mounts_due;	/* steady ms; 0: they did not change */
	int64_t begun;		/* steady ms */
	int64_t end;		/* for other mounts, steady ms; 0: not */
	int64_t tells_paid;	/* steady ms */
	int64_t tell_from;	/* no batch is told before, steady ms */
	bool worked;		/* since memory was given back */
	int64_t trimmed;	/* when, steady ms */
	struct buf how;
};

/* Made before the sandbox closes: fanotify needs more than the role keeps. */
static struct watching_role role = {
	.fanotify = {.fd = -1},
	.inotify = {.fd = -1},
	.mountinfo = -1,
};

static const char silent[] = "its file system does not answer";

/* Where a file system does not answer, nothing is watched. */
static int read_roots(struct watching_role *k,
		      const struct agent_config *config, struct buf *why)
{
	int r = roots_find(&k->roots, &config->paths, config->answer_timeout,
			   NULL);

	k->w.roots = k->roots.present;
	for (size_t i = 0; r == 0 && i < k->roots.count; i++) {
		if (k->roots.list[i].error == ETIMEDOUT)
			buf_addf(why, "%s: %s\n", config->paths.items[i],
				 silent);
	}
	return r;
}

/* Of mounts that are walked though they are not local, those that do not answer
 * are not watched. */
static int leave_out_silent(struct watch *w, const struct agent_config *config,
			    struct buf *why)
{
	struct roots asked = {0};
	struct option_list list = {0};
	size_t n = 0;
	int r = 0;

	list.items = calloc(w->mounts.count + 1, sizeof(*list.items));
	if (!list.items)
		return -ENOMEM;
	for (size_t i = 0; i < w->mounts.count; i++) {
		struct mount *m = &w->mounts.list[i];

		if (!m->refused && !mounts_is_local(m) &&
		    watch_is_walked(w, m->path))
			list.items[list.count++] = m->path;
	}
	if (list.count > 0)
		r = roots_find(&asked, &list, config->answer_timeout, NULL);
	for (size_t i = 0; r == 0 && n < asked.count; i++) {
		struct mount *m = &w->mounts.list[i];

		if (m->path != list.items[n])
			continue;
		if (asked.list[n++].error == ETIMEDOUT) {
			m->refused = silent;
			buf_addf(why, "%s: %s\n", m->path, silent);
		}
	}
	roots_free(&asked);
	free(list.items);
	return r;
}

/* They stay so until this process starts anew. */
static void keep_silent(struct mounts *now, const struct mounts *old)
{
	for (size_t i = 0; i < now->count; i++) {
		struct mount *m = &now->list[i];
		const struct mount *was = mounts_at(old, m->path,
						    strlen(m->path));

		if (was && was->refused == silent &&
		    strcmp(was->device, m->device) == 0)
			m->refused = silent;
	}
}

/* Says in words what is in force, and why nothing better is. */
static void describe(struct watching_role *k, struct buf *why)
{
	char *line, *save = NULL;
	size_t n = 0;

	if (k->fanotify.fd >= 0)
		buf_adds(&k->how, "fanotify");
	if (k->inotify.fd >= 0)
		buf_adds(&k->how, k->fanotify.fd >= 0
				? "; elsewhere inotify in directories "
				  "with findings"
				: "inotify in directories with findings");
	if (k->fanotify.fd < 0 && k->inotify.fd < 0)
		buf_adds(&k->how, "not watching");
	buf_addch(why, '\0');
	for (line = strtok_r((char *)why->data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (n++ < REASONS)
			buf_addf(&k->how, "; %s", line);
	}
	if (n > REASONS)
		buf_addf(&k->how, "; and %zu more", n - REASONS);
}

static int watch_prepare(const struct agent_config *config)
{
	struct watching_role *k = &role;
	struct watch *w = &k->w;
	const char *mode = config->watch;
	struct buf why;
	int r;

	buf_init(&why, KIB(4));
	buf_init(&k->how, KIB(8));
	r = read_roots(k, config, &why);
	if (r < 0) {
		buf_free(&why);
		return r;
	}
	w->reads_all = geteuid() == 0;
	mounts_configure(config);
	/* before the mounts are read: what changes later is noticed */
	k->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	r = mounts_read(&w->mounts, "/proc/self/mountinfo", w->roots);
	w->config = *config;
	if (r == 0)
		r = leave_out_silent(w, config, &why);
	if (r < 0)
		buf_addf(&why, "mounts: %s\n", strerror(-r));
	if (strcmp(mode, "inotify") != 0)
		fanotify_open(&k->fanotify, &w->mounts, w->roots, &why);
	if (strcmp(mode, "inotify") == 0 ||
	    (strcmp(mode, "auto") == 0 && why.len > 0)) {
		r = inotify_open(&k->inotify);
		if (r < 0)
			buf_addf(&why, "inotify: %s\n", strerror(-r));
	}
	describe(k, &why);
	buf_free(&why);
	return 0;
}

/* ------------------------------------------------------------ the batch */

/* Batches are told at once, TELLS of them; then one in TELL_MS: what changes
 * all the time costs little, and no change waits longer than that. */
static int64_t batch_due(const struct watching_role *k)
{
	const struct watch *w = &k->w;
	int64_t longest = w->names > STORM || w->lost ? STORM_MS : WAIT_MS;
	int64_t due = w->first + longest;

	if (w->last + QUIET_MS < due)
		due = w->last + QUIET_MS;
	return due > k->tell_from ? due : k->tell_from;
}

static void count_tell(struct watching_role *k, int64_t now)
{
	/* the time until which the tells that were made are paid for */
	if (k->tells_paid < now)
		k->tells_paid = now;
	k->tells_paid += TELL_MS;
	k->tell_from = k->tells_paid - (TELLS - 1) * TELL_MS;
}

static int tell(struct watching_role *k)
{
	struct watch *w = &k->w;
	int r;

	if (w->lost)
		r = frame_send(w->sock, IPC_WATCH_LOST, w->lost,
			       strlen(w->lost), -1);
	else
		r = frame_send(w->sock, IPC_WATCH_CHANGED, w->batch.data,
			       w->batch.len, -1);
	buf_free(&w->batch);
	path_set_free(&w->batched);
	w->names = 0;
	w->first = 0;
	w->lost = NULL;
	count_tell(k, clock_steady_ms());
	return r;
}

/* --------------------------------------------------- from the supervisor */

static int add_known(struct watching_role *k, const char *path, size_t len)
{
	const struct mount *m = mounts_of(&k->w.mounts, path);
	int r = path_set_add(&k->fresh, path, len);

	if (k->inotify.fd >= 0 && !fanotify_has(&k->fanotify, m) &&
	    inotify_add(&k->inotify, &k->w, path, len) < 0 &&
	    !k->inotify.full) {
		k->inotify.full = true;
		log_warn("inotify: no more directories can be watched "
			 "(fs.inotify.max_user_watches, or %d): changes in the "
			 "others are found by the next scan", INOTIFY_MAX);
	}
	return r == -ENOBUFS ? 0 : r;
}

static int take_paths(struct watching_role *k, const struct frame *f)
{
	const char *at = (const char *)f->data, *end = at + f->len;
	int r = 0;

	if (f->len == 0 || end[-1] != '\0')
		return -EPROTO;
	for (; r == 0 && at < end; at += strlen(at) + 1) {
		if (*at != '/')
			return -EPROTO;
		r = add_known(k, at, strlen(at));
	}
	return r;
}

static int take_frame(struct watching_role *k, const struct frame *f)
{
	int64_t since = 0;

	switch (f->op) {
	case IPC_WATCH_BEGIN:
		if (f->len != sizeof(since))
			return -EPROTO;
		memcpy(&since, f->data, sizeof(since));
		/* clocks of file systems are coarse */
		k->inotify.since = since - 1;
		path_set_free(&k->fresh);
		path_set_free(&k->w.dropped);
		k->w.dropped = k->w.latest;
		k->w.latest = (struct path_set){0};
		k->w.scanning = true;
		return 0;
	case IPC_WATCH_PATHS:
		return take_paths(k, f);
	case IPC_WATCH_END:
		path_set_free(&k->w.known);
		k->w.known = k->fresh;
		k->fresh = (struct path_set){0};
		if (path_set_meets(&k->w.known, &k->w.dropped))
			watch_lost(&k->w, "files changed while they were "
					  "scanned");
		path_set_free(&k->w.dropped);
		k->w.scanning = false;
		k->trimmed = -TRIM_MS;	/* again after this */
		return 0;
	default:
		return -EPROTO;
	}
}

static int read_frame(struct watching_role *k)
{
	struct frame f = {.fd = -1};
	int r = frame_recv(&k->in, k->w.sock, IPC_WATCH__END, &f);

	if (r == 0)
		return -EPIPE;
	if (r == 1 && f.fd >= 0) {
		close(f.fd);
		return -EPROTO;
	}
	if (r == 1)
		r = take_frame(k, &f);
	return r;
}

/* All that wait: what they say comes before what happens from now on. */
static int read_frames(struct watching_role *k)
{
	struct pollfd p = {.fd = k->w.sock, .events = POLLIN};
	int r = 0;

	while (r == 0 && poll(&p, 1, 0) == 1)
		r = read_frame(k);
	return r;
}

/* ---------------------------------------------------------------- mounts */

/* What of a mount makes it another one. */
static int add_mount(struct path_set *s, const struct mount *m)
{
	struct buf b;
	int r;

	buf_init(&b, LIMIT_PATH);
	r = buf_addf(&b, "%s%c%s%c%s%c%d", m->path, '\0', m->root, '\0',
		     m->device, '\0', m->refused != NULL);
	if (r == 0)
		r = path_set_add_alone(s, (char *)b.data, b.len);
	buf_free(&b);
	return r;
}

/* Calls for a look at those of ${m} that ${other} has not, if what is known or
 * worth it lies there: 1 where one of them is walked, 0, or -errno. */
static int compare_mounts(struct watching_role *k, const struct mounts *m,
			  const struct mounts *other)
{
	struct path_set set = {0};
	int r = 0, walked = 0;

	for (size_t i = 0; r >= 0 && i < other->count; i++)
		r = add_mount(&set, &other->list[i]);
	for (size_t i = 0; r >= 0 && i < m->count; i++) {
		const struct mount *it = &m->list[i];

		r = add_mount(&set, it);
		if (r != 1)
			continue;
		walked |= !it->refused && watch_is_walked(&k->w, it->path);
		/* of a bind mount that goes, no event tells */
		if (inotify_remounted(&k->inotify, &k->w, it->path) < 0)
			k->inotify.full = true;
		watch_change(&k->w, it->path, strlen(it->path), ".",
			     WATCH_DIRECTORY | WATCH_MOVED | WATCH_CAME |
				     WATCH_GONE);
	}
	path_set_free(&set);
	return r < 0 ? r : walked;
}

/* Other mounts hide or show what lies in their places; those of container
 * engines come and go all the time, and most of them are not walked.  What
 * fanotify is to tell of needs a process that starts anew; this one then
 * ends, after a while. */
static int look_at_mounts(struct watching_role *k)
{
	struct mounts now = {0}, old = k->w.mounts;
	int r = mounts_read(&now, "/proc/self/mountinfo", k->w.roots);
	int came = 0;

	k->mounts_due = 0;
	if (r < 0) {
		mounts_free(&now);
		return r;
	}
	keep_silent(&now, &old);
	k->w.mounts = now;
	fanotify_forget(&k->fanotify);
	came = compare_mounts(k, &now, &old);
	r = came < 0 ? came : compare_mounts(k, &old, &now);
	mounts_free(&old);
	watch_leave(&k->w);
	if (r >= 0 && came == 1 && k->fanotify.fd >= 0 && k->end == 0)
		k->end = k->begun + STEADY_MS;
	return r < 0 ? r : 0;
}

/* ------------------------------------------------------------------ loop */

static int wait_ms(const struct watching_role *k)
{
	const int64_t dues[] = {k->w.first ? batch_due(k) : 0,
				k->w.late_due, k->mounts_due, k->end};
	int64_t now = clock_steady_ms(), until = INT64_MAX;

	for (size_t i = 0; i < sizeof(dues) / sizeof(dues[0]); i++) {
		if (dues[i] && dues[i] < until)
			until = dues[i];
	}
	if (until == INT64_MAX && k->worked)
		return now > k->trimmed + TRIM_MS
			       ? IDLE_MS : (int)(k->trimmed + TRIM_MS - now);
	if (until == INT64_MAX)
		return -1;
	return until <= now ? 0 : (int)(until - now);
}

static bool is_idle(const struct watching_role *k)
{
	return !k->w.first && !k->w.late_due && !k->mounts_due && !k->end;
}

static void rest(struct watching_role *k)
{
	path_set_free(&k->w.latest);
	/* its pages go back to the kernel until they are needed */
	free(k->w.walker.block);
	k->w.walker.block = malloc(WALK_BLOCK);
	trim_memory();
	k->trimmed = clock_steady_ms();
	k->worked = false;
}

static int read_changes(struct watching_role *k)
{
	int r = 0;

	poll(NULL, 0, GATHER_MS);
	path_set_free(&k->w.latest);
	if (k->fanotify.fd >= 0)
		r = fanotify_read(&k->fanotify, &k->w, k->block, BLOCK);
	if (r == 0 && k->inotify.fd >= 0)
		r = inotify_read(&k->inotify, &k->w, k->block, BLOCK);
	return r;
}

/* What its time has come for: as turn(). */
static int do_due(struct watching_role *k)
{
	struct watch *w = &k->w;
	int64_t now = clock_steady_ms();

	int r = 0;

	if (k->mounts_due && now >= k->mounts_due)
		r = look_at_mounts(k);
	if (r < 0 || (k->end && now >= k->end))
		return r < 0 ? r : 1;
	if (w->late_due && now >= w->late_due)
		watch_late(w);
	return w->first && now >= batch_due(k) ? tell(k) : 0;
}

/* 0 goes on; 1: other mounts; negative: the role ends. */
static int turn(struct watching_role *k)
{
	struct watch *w = &k->w;
	struct pollfd fds[] = {
		{.fd = w->sock, .events = POLLIN},
		{.fd = k->fanotify.fd, .events = POLLIN},
		{.fd = k->inotify.fd, .events = POLLIN},
		{.fd = k->mountinfo, .events = POLLPRI},
	};
	int r = poll(fds, 4, wait_ms(k));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (r == 0 && is_idle(k)) {
		rest(k);
		return w->walker.block ? 0 : -ENOMEM;
	}
	r = 0;
	k->worked = true;
	if (fds[3].revents && k->mounts_due == 0)
		k->mounts_due = clock_steady_ms() + MOUNTS_MS;
	if (fds[0].revents)
		r = read_frames(k);
	if (r == 0 && (fds[1].revents || fds[2].revents))
		r = read_changes(k);
	return r == 0 ? do_due(k) : r;
}

static int begin(struct watching_role *k, int sock,
		 const struct agent_config *config)
{
	struct watch *w = &k->w;

	mallopt(M_ARENA_MAX, 1);
	k->trimmed = -TRIM_MS;
	k->begun = clock_steady_ms();
	w->sock = sock;
	w->at = -1;
	w->config = *config;
	w->max_text_size = config->max_text_size;
	w->walk.config = &w->config;
	pace_init(&w->walk.bytes, config->max_bytes_per_second);
	report_init(&w->walk.report, -1);
	k->block = malloc(BLOCK);
	buf_init(&w->at_path, LIMIT_PATH + 1024);
	buf_init(&w->batch, BATCH_MAX);
	buf_init(&w->late, LATE_MAX);
	k->inotify.since = clock_now();
	if (walker_init(&w->walker, &w->walk) < 0 || !k->block)
		return -ENOMEM;
	format_configure(&(struct format_settings){
		.archives = config->archives, .deep = config->deep});
	search_prepare();
	return frame_send(sock, IPC_WATCH_READY, k->how.data, k->how.len, -1);
}

static int watch_run(int sock, const struct agent_config *config)
{
	struct watching_role *k = &role;
	int r = begin(k, sock, config);

	while (r == 0)
		r = turn(k);
	if (r < 0 && r != -EPIPE)
		log_error("watching ended: %s", strerror(-r));
	fanotify_close(&k->fanotify);
	inotify_close(&k->inotify);
	return r < 0 ? 1 : 0;
}

static const char *const watch_syscalls[] = {
	"read", "pread64", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
	"write", "lseek", "_llseek", "close", "fcntl", "fcntl64", "fstat",
	"newfstatat", "fstat64", "fstatat64", "statx", "stat", "lstat",
	"faccessat", "faccessat2", "access", "openat", "openat2", "open",
	"open_by_handle_at", "getdents64", "readlink", "readlinkat", "getcwd",
	"sendmsg", "recvmsg", "memfd_create", "inotify_add_watch",
	"inotify_rm_watch", "poll", "ppoll", "ppoll_time64", "mmap", "mmap2",
	"munmap", "mprotect", "mremap", "madvise", "brk", "futex",
	"futex_time64", "set_robust_list", "rseq", "getrandom", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "nanosleep", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "restart_syscall",
	"exit", "exit_group", "getpid", "gettid", "getppid", "geteuid",
	"sysinfo", NULL,
};

static const struct sandbox_path watch_paths[] = {
	{"/", SANDBOX_READ},
	{NULL, SANDBOX_READ},
};

const struct role role_watch = {
	.name = "watch",
	.prepare = watch_prepare,
	.run = watch_run,
	.sandbox = {
		.capabilities = 1ULL << CAP_DAC_READ_SEARCH,
		.paths = watch_paths,
		.syscalls = watch_syscalls,
	},
};
