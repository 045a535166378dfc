/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/namespaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/listen/cgroup.h"
#include "agent/listen/holder.h"
#include "agent/listen/space.h"
#include "lib/clock.h"

#define TEXT KIB(16)	/* of a file in /proc */

/* ------------------------------------------------------------- to find them */

/* The text of a link of a process: its length, or -errno. */
static ssize_t read_link(int proc, const char *pid, const char *name,
			 char *to, size_t cap)
{
	char path[300];
	ssize_t n;

	snprintf(path, sizeof(path), "%s%s%s", pid, *pid ? "/" : "", name);
	n = readlinkat(proc, path, to, cap - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	return n;
}

static uint64_t namespace_of(int proc, const char *pid, int *ret_error)
{
	char link[64] = "";
	ssize_t n = read_link(proc, pid, "ns/mnt", link, sizeof(link));

	*ret_error = n < 0 ? (int)n : 0;
	return space_inode(link, "mnt");
}

static bool is_kin(int process)
{
	char own[64] = "", other[64] = "";

	return read_link(AT_FDCWD, "/proc/self", "ns/user", own,
			 sizeof(own)) > 0 &&
	       read_link(process, ".", "ns/user", other, sizeof(other)) > 0 &&
	       strcmp(own, other) == 0;
}

static struct namespace *find(struct namespaces *n, uint64_t inode)
{
	for (size_t i = 0; i < n->n; i++) {
		if (n->items[i].inode == inode)
			return &n->items[i];
	}
	return NULL;
}

static struct namespace *add(struct namespaces *n, uint64_t inode)
{
	struct namespace *it = NULL;

	if (n->n == LIMIT_MOUNT_NAMESPACES) {
		n->more = true;
		return NULL;
	}
	it = &n->items[n->n++];
	*it = (struct namespace){.base = {.fd = -1}, .inode = inode,
				 .process = -1};
	return it;
}

/* A process: is it the first of its namespace, or the first whose root is the
 * namespace's?  The kernel tells a root as a path in its namespace. */
static void take_process(struct namespaces *n, int proc, const char *pid,
			 uint64_t own)
{
	char root[4096] = "";
	struct namespace *it = NULL;
	int error = 0;
	uint64_t inode = namespace_of(proc, pid, &error);

	if (inode == 0) {
		n->hidden += error == -EACCES || error == -EPERM;
		return;
	}
	it = inode == own ? NULL : find(n, inode);
	if (inode == own || (it && it->whole) ||
	    read_link(proc, pid, "root", root, sizeof(root)) < 0)
		return;
	if (it && strcmp(root, "/") != 0)
		return;
	if (!it)
		it = add(n, inode);
	if (!it)
		return;
	it->pid = (int)strtol(pid, NULL, 10);
	it->whole = strcmp(root, "/") == 0;
	it->base.len = (size_t)snprintf(it->prefix, sizeof(it->prefix),
					"/proc/%d/root", it->pid);
}

static int find_all(struct namespaces *n)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	uint64_t own;
	int r = 0;

	if (!proc)
		return -errno;
	own = namespace_of(dirfd(proc), "self", &r);
	while (r == 0 && (e = readdir(proc))) {
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			take_process(n, dirfd(proc), e->d_name, own);
	}
	closedir(proc);
	return r;
}

/* ---------------------------------------------------- where to walk each of */

static int add_root(struct namespaces *n, const char *path)
{
	const char **more = reallocarray(n->roots, n->n_roots + 2,
					 sizeof(*more));

	if (!more)
		return -ENOMEM;
	n->roots = more;
	more[n->n_roots++] = path;
	more[n->n_roots] = NULL;
	return 0;
}

static int add_top(struct namespaces *n, struct namespace *it,
		   const char *path)
{
	struct namespace_top *more = reallocarray(n->tops, n->n_tops + 1,
						  sizeof(*more));
	char *mine = strdup(path);

	if (more)
		n->tops = more;
	if (!more || !mine || add_root(n, mine) < 0) {
		free(mine);
		return -ENOMEM;
	}
	more[n->n_tops++] = (struct namespace_top){mine, it};
	it->tops++;
	return 0;
}

/* What one of our roots is called in the namespace. */
static int set_wanted(const struct namespace *it, const char *root,
		      char **ret)
{
	return asprintf(ret, "%s%s", it->prefix,
			strcmp(root, "/") == 0 ? "" : root) < 0 ? -ENOMEM : 0;
}

/* The mount that holds the mount point of the ${i}th, or NULL. */
static const struct mount *holder_of(const struct mounts *m, size_t i)
{
	char *up = strdup(m->list[i].path), *slash = up ? strrchr(up, '/') : up;
	const struct mount *holder = NULL;

	if (slash) {
		*slash = '\0';
		holder = mounts_of(m, up);
	}
	free(up);
	return holder;
}

static bool is_in_top(const struct namespaces *n, const char *path)
{
	for (size_t i = 0; i < n->n_tops; i++) {
		if (mounts_is_beneath(path, n->tops[i].path))
			return true;
	}
	return false;
}

/* A mount somewhere in what is wanted: the walk begins there if it does not
 * come there from above, since what holds it is shown elsewhere. */
static int judge_inner(struct namespaces *n, struct namespace *it,
		       const struct mounts *m, size_t i)
{
	const struct mount *mine = &m->list[i], *up = holder_of(m, i);
	size_t own = strlen(it->prefix);

	if (mine->refused || mounts_of(m, mine->path) != mine || !up ||
	    strncmp(up->path, it->prefix, own) != 0)
		return 0;
	if (up->refused ? !mounts_is_shown(up) : is_in_top(n, mine->path))
		return 0;
	return add_top(n, it, mine->path);
}

/* ${wanted}: a root of ours, as it is called there; ${first}: of its mounts. */
static int choose_from(struct namespaces *n, struct namespace *it,
		       struct mounts *m, size_t first, const char *wanted)
{
	const struct mount *holds = mounts_of(m, wanted);
	size_t at = holds ? (size_t)(holds - m->list) : 0;
	int r = 0;

	if (!holds || at < first) {
		it->why = "no process has its root, and none tells which "
			  "mount theirs is on";
		return 0;
	}
	if (holds->refused && !mounts_is_shown(holds))
		it->why = holds->refused;
	else if (!holds->refused && !mounts_shows(m, at, wanted, n->roots))
		r = add_top(n, it, wanted);
	for (size_t i = first; i < m->count && r == 0; i++) {
		const char *path = m->list[i].path;

		if (clock_steady_ms() > n->until)
			return -E2BIG;
		if (i == at || !mounts_is_beneath(path, wanted))
			continue;
		mounts_judge(m, i, n->roots);
		/* who needs no privilege to mount could lead us astray, or
		 * to what does not answer */
		if (it->kin)
			mounts_judge_layers(m, i, it->prefix, n->roots);
		r = judge_inner(n, it, m, i);
	}
	return r;
}

/* Does another of them hold it? */
static bool is_inside(const char *const *roots, size_t i)
{
	for (size_t k = 0; roots[k]; k++) {
		bool same = strcmp(roots[i], roots[k]) == 0;

		if (same ? k < i : mounts_is_beneath(roots[i], roots[k]))
			return true;
	}
	return false;
}

static int choose(struct namespaces *n, struct namespace *it, struct mounts *m,
		  size_t first, const char *const *roots)
{
	int r = 0;

	for (size_t i = 0; roots[i] && r == 0; i++) {
		const struct mount *holds = NULL;
		char *wanted = NULL;

		if (is_inside(roots, i))
			continue;
		r = set_wanted(it, roots[i], &wanted);
		holds = r == 0 ? mounts_of(m, wanted) : NULL;
		if (holds && (size_t)(holds - m->list) >= first)
			mounts_judge(m, (size_t)(holds - m->list), n->roots);
		if (r == 0)
			r = choose_from(n, it, m, first, wanted);
		free(wanted);
	}
	return r;
}

/* ------------------------------------------------------------- to open them */

static int open_file(int process, const char *name, FILE **ret)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret = fdopen(fd, "r");
	if (!*ret)
		close(fd);
	return *ret ? 0 : -ENOMEM;
}

static size_t read_text(int process, const char *name, char text[static TEXT])
{
	FILE *f = NULL;
	size_t len = 0;

	if (open_file(process, name, &f) == 0) {
		len = fread(text, 1, TEXT, f);
		fclose(f);
	}
	return len;
}

/* "docker container 0123456789ab", "mount namespace of nginx.service" */
static void describe(struct namespace *it, const char *text, size_t len)
{
	static const struct {
		const char *mark;
		const char *engine;
	} engines[] = {
		{"docker", "docker "},	{"libpod", "podman "},
		{"crio-", "cri-o "},	{"containerd", "containerd "},
	};
	char unit[CGROUP_NAME] = "", container[CGROUP_NAME] = "";
	const char *engine = "";

	cgroup_parse(text, len, unit, container);
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (!*engine && memmem(text, len, engines[i].mark,
				       strlen(engines[i].mark)))
			engine = engines[i].engine;
	}
	if (*container)
		snprintf(it->container, sizeof(it->container),
			 "%scontainer %.*s", engine,
			 strlen(container) == 64 ? 12 : 64, container);
	else if (*unit)
		snprintf(it->container, sizeof(it->container),
			 "mount namespace of %.80s", unit);
	else
		snprintf(it->container, sizeof(it->container),
			 "mount namespace %llu", (unsigned long long)it->inode);
}

/* A descriptor stands for this process, so its files are those of no other
 * that may have got its number since. */
static int open_root(struct namespace *it, int process)
{
	int error = 0;

	it->process = (int)syscall(SYS_pidfd_open, it->pid, 0);
	it->base.fd = openat(process, "root", O_PATH | O_DIRECTORY |
						      O_CLOEXEC);
	if (it->base.fd < 0)
		return -errno;
	if (namespace_of(process, ".", &error) != it->inode)
		return error < 0 ? error : -ESRCH;
	snprintf(it->fd_path, sizeof(it->fd_path), "/proc/self/fd/%d",
		 it->base.fd);
	return 0;
}

static int look_into(struct namespaces *n, struct namespace *it,
		     struct mounts *m, int process, const char *const *roots)
{
	static char text[TEXT];
	size_t first = m->count, room = LIMIT_NAMESPACE_MOUNTS, len;
	FILE *f = NULL;
	int error = 0, r;

	if (namespace_of(process, ".", &error) != it->inode)
		return error < 0 ? error : -ESRCH;
	it->kin = is_kin(process);
	len = read_text(process, "stat", text);
	it->base.identity = holder_start_ticks(text, len) ^
			    (uint64_t)it->pid << 40;
	len = read_text(process, "cgroup", text);
	describe(it, text, len);
	it->base.container = it->container;
	if (first + room > LIMIT_ALL_MOUNTS)
		room = first < LIMIT_ALL_MOUNTS ? LIMIT_ALL_MOUNTS - first : 0;
	r = open_file(process, "mountinfo", &f);
	if (r == 0) {
		r = mounts_add(m, f, it->prefix, room);
		fclose(f);
	}
	if (r == 0)
		r = choose(n, it, m, first, roots);
	if (r == 0 && it->tops > 0)
		r = open_root(it, process);
	if (r < 0)
		mounts_cut(m, first);
	return r;
}

/* The tops of one that cannot be walked are the last ones. */
static void drop(struct namespaces *n, struct namespace *it, int error)
{
	while (it->tops > 0) {
		free(n->tops[--n->n_tops].path);
		n->roots[--n->n_roots] = NULL;
		it->tops--;
	}
	if (it->base.fd >= 0)
		close(it->base.fd);
	it->base.fd = -1;
	it->error = error;
}

/* Two descriptors for each. */
static void raise_limit(void)
{
	struct rlimit files = {0};
	rlim_t want = 1024 + 2 * LIMIT_MOUNT_NAMESPACES;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= want)
		return;
	files.rlim_cur = files.rlim_max < want ? files.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &files);
}

int namespaces_find(struct namespaces *n, struct mounts *m,
		    const char *const *roots)
{
	int r = 0;

	*n = (struct namespaces){
		.items = calloc(LIMIT_MOUNT_NAMESPACES, sizeof(*n->items))};
	if (!n->items)
		return -ENOMEM;
	n->until = clock_steady_ms() + LIMIT_NAMESPACE_TIME;
	raise_limit();
	for (size_t i = 0; roots[i] && r == 0; i++)
		r = add_root(n, roots[i]);
	if (r == 0)
		r = find_all(n);
	for (size_t i = 0; r == 0 && n->n_roots > 0 && i < n->n; i++) {
		struct namespace *it = &n->items[i];
		char path[32];
		int process, e;

		snprintf(path, sizeof(path), "/proc/%d", it->pid);
		process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		e = process < 0 ? -errno : 0;
		if (e == 0)
			e = clock_steady_ms() > n->until ? -E2BIG :
			    look_into(n, it, m, process, roots);
		if (e < 0)
			drop(n, it, e);
		if (process >= 0)
			close(process);
		r = e == -ENOMEM ? e : 0;
	}
	return r;
}

void namespaces_free(struct namespaces *n)
{
	for (size_t i = 0; i < n->n; i++) {
		if (n->items[i].base.fd >= 0)
			close(n->items[i].base.fd);
		if (n->items[i].process >= 0)
			close(n->items[i].process);
	}
	for (size_t i = 0; i < n->n_tops; i++)
		free(n->tops[i].path);
	free(n->tops);
	free(n->roots);
	free(n->items);
	*n = (struct namespaces){0};
}

size_t namespaces_paths(const struct namespaces *n, struct sandbox_path *ret,
			size_t max)
{
	size_t k = 0;

	for (size_t i = 0; i < n->n && k < max; i++) {
		if (n->items[i].base.fd >= 0)
			ret[k++] = (struct sandbox_path){n->items[i].fd_path,
							 SANDBOX_READ};
	}
	return k;
}

size_t namespaces_prefix(const void *path, size_t len)
{
	static const char before[] = "/proc/", after[] = "/root";
	size_t at = sizeof(before) - 1, digits = 0;
	const char *p = path;

	if (len < at || memcmp(p, before, at) != 0)
		return 0;
	for (; at < len && p[at] >= '0' && p[at] <= '9'; at++)
		digits++;
	if (digits == 0 || len - at < sizeof(after) - 1 ||
	    memcmp(p + at, after, sizeof(after) - 1) != 0)
		return 0;
	at += sizeof(after) - 1;
	return at == len || p[at] == '/' ? at : 0;
}

/* -------------------------------------------------------- to tell of them */

/* Why it was not walked. */
static void report_failed(const struct namespace *it, struct report *r)
{
	size_t len = strlen(it->prefix);

	switch (it->error) {
	case -ENOENT:
	case -ESRCH:
		report_gap(r, CW__GAP_KIND__GAP_VANISHED, it->prefix, len,
			   "its process ended before it was walked");
		break;
	case -E2BIG:
		report_gap(r, CW__GAP_KIND__GAP_TOO_LARGE, it->prefix, len,
			   "a mount namespace with more mounts than are "
			   "looked at");
		break;
	default:
		report_gap(r, CW__GAP_KIND__GAP_UNREADABLE, it->prefix, len,
			   strerror(-it->error));
	}
}

static bool has_ended(const struct namespace *it)
{
	struct pollfd p = {.fd = it->process, .events = POLLIN};

	return it->process >= 0 && poll(&p, 1, 0) == 1;
}

/* When its last process ends, what is mounted in it goes. */
static void report_walked(const struct namespace *it, struct report *r,
			  bool named)
{
	char note[320];

	if (has_ended(it))
		report_gap(r, CW__GAP_KIND__GAP_VANISHED, it->prefix,
			   strlen(it->prefix),
			   "its process ended while it was walked: some of it "
			   "may not have been seen");
	if (!named)
		return;
	snprintf(note, sizeof(note), "mount namespace %llu (%s): walked as "
		 "%s%s", (unsigned long long)it->inode, it->container,
		 it->prefix, it->whole ? "" : ", the root of its first process "
					    "only");
	report_note(r, note);
}

void namespaces_report(struct namespaces *n, struct report *r)
{
	size_t walked = 0, shown = 0;
	char text[160];

	for (size_t i = 0; i < n->n; i++) {
		const struct namespace *it = &n->items[i];

		if (it->error < 0)
			report_failed(it, r);
		else if (it->tops > 0)
			report_walked(it, r,
				      walked++ < LIMIT_NAMESPACE_NOTES);
		else if (it->why)
			report_gap(r, CW__GAP_KIND__GAP_SKIPPED, it->prefix,
				   strlen(it->prefix), it->why);
		else
			shown++;
	}
	snprintf(text, sizeof(text), "mount namespaces besides our own: %zu, "
		 "%zu walked, %zu show only what is walked elsewhere", n->n,
		 walked, shown);
	report_note(r, text);
	if (n->more)
		report_gap(r, CW__GAP_KIND__GAP_TOO_LARGE, "mnt:", 4,
			   "more mount namespaces than are looked at");
	if (n->hidden == 0)
		return;
	snprintf(text, sizeof(text), "%u processes are hidden from us, and "
		 "mount namespaces with them", n->hidden);
	report_gap(r, CW__GAP_KIND__GAP_UNREADABLE, "mnt:", 4, text);
}
