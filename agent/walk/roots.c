/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINKS_MAX 40	/* as the kernel follows */
#define TICK_MS 1000

/* What the process tells: before each step, and at the end of each path. */
struct told {
	bool done;
	int error;
	mode_t mode;
	char path[PATH_MAX];
};

/* ------------------------------------------------------- the process */

/* A path on its way to what it really is. */
struct way {
	int out;
	struct told told;		/* path: so far, "" for the root */
	char rest[2 * PATH_MAX];	/* what is still to be followed */
	int links;
};

static int tell(struct way *w)
{
	size_t len = offsetof(struct told, path) + strlen(w->told.path) + 1;
	ssize_t n = send(w->out, &w->told, len, MSG_NOSIGNAL);

	return n < 0 ? -errno : 0;
}

static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* It comes before what is left. */
static int put_before(struct way *w, const char *to, size_t len)
{
	size_t left = strlen(w->rest) + 1;

	if (len + 1 + left > sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len + 1, w->rest, left);
	memcpy(w->rest, to, len);
	w->rest[len] = '/';
	return 0;
}

/* A name that is neither "." nor "..". */
static int enter(struct way *w, const char *name, size_t len)
{
	char *path = w->told.path, to[PATH_MAX];
	size_t at = strlen(path);
	ssize_t n;
	int r;

	if (at + 1 + len >= sizeof(w->told.path))
		return -ENAMETOOLONG;
	path[at] = '/';
	memcpy(path + at + 1, name, len);
	path[at + 1 + len] = '\0';
	r = tell(w);
	if (r < 0)
		return r;
	n = readlink(path, to, sizeof(to));
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	if ((size_t)n == sizeof(to))
		return -ENAMETOOLONG;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	path[n > 0 && to[0] == '/' ? 0 : at] = '\0';
	return put_before(w, to, (size_t)n);
}

static int step(struct way *w)
{
	char name[NAME_MAX + 1];
	char *from = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(from, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, from, len);
	name[len] = '\0';
	memmove(w->rest, from + len, strlen(from + len) + 1);
	if (len == 0 || strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		go_up(w->told.path);
		return 0;
	}
	return enter(w, name, len);
}

static void follow(struct way *w, const char *asked)
{
	struct stat st = {0};
	int r = 0;

	w->told = (struct told){.done = false};
	w->links = 0;
	w->rest[0] = '\0';
	if (asked[0] != '/' && !getcwd(w->told.path, sizeof(w->told.path)))
		r = -errno;
	if (r == 0 && strlen(asked) >= PATH_MAX)
		r = -ENAMETOOLONG;
	if (r == 0)
		r = put_before(w, asked, strlen(asked));
	while (r == 0 && *w->rest)
		r = step(w);
	if (r == 0 && !*w->told.path)
		memcpy(w->told.path, "/", 2);
	if (r == 0 && stat(w->told.path, &st) < 0)
		r = -errno;
	w->told.done = true;
	w->told.error = -r;
	w->told.mode = st.st_mode;
}

/* It may stay for ever, so it keeps nothing that others wait for. */
__attribute__((noreturn)) static void
ask(const struct option_list *paths, size_t first, int out)
{
	static struct way w;
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (out > 3)
		syscall(SYS_close_range, 3, (unsigned int)out - 1, 0);
	syscall(SYS_close_range, (unsigned int)out + 1, ~0u, 0);
	w.out = out;
	for (size_t i = first; i < paths->count; i++) {
		follow(&w, paths->items[i]);
		if (tell(&w) < 0)
			break;
	}
	_exit(0);
}

/* ------------------------------------------------------- who waits for it */

struct asker {
	pid_t pid;	/* 0: none runs */
	int in;
};

static int start(struct asker *a, const struct option_list *paths, size_t first)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	a->pid = fork();
	if (a->pid == 0)
		ask(paths, first, pair[1]);
	close(pair[1]);
	a->in = pair[0];
	if (a->pid < 0) {
		int r = -errno;

		close(pair[0]);
		a->pid = 0;
		return r;
	}
	return 0;
}

/* One that stands still is not waited for: that could be for ever. */
static void end(struct asker *a, bool silent)
{
	if (a->pid == 0)
		return;
	close(a->in);
	if (silent)
		kill(a->pid, SIGKILL);
	while (waitpid(a->pid, NULL, silent ? WNOHANG : 0) < 0 &&
	       errno == EINTR)
		;
	a->pid = 0;
}

/* The last word on one path.  Time in which this process was held back counts
 * for one tick at most. */
static void hear(const struct asker *a, int64_t seconds, struct told *ret)
{
	struct pollfd p = {.fd = a->in, .events = POLLIN};

	*ret = (struct told){.done = false};
	for (int64_t tick = 0; !ret->done && tick < seconds;) {
		int n = poll(&p, 1, TICK_MS);

		tick += n <= 0;
		if (n <= 0)
			continue;
		if (recv(a->in, ret, sizeof(*ret), 0) <= 0) {
			ret->error = EIO;
			return;
		}
	}
	if (!ret->done)
		ret->error = ETIMEDOUT;
}

static int find_one(struct root *root, struct asker *a, int64_t seconds)
{
	struct told told;

	hear(a, seconds, &told);
	root->path = strdup(told.path);
	root->mode = told.mode;
	root->error = told.error;
	if (!told.done)
		end(a, true);
	return root->path ? 0 : -ENOMEM;
}

int roots_find(struct roots *r, const struct option_list *paths,
	       int64_t seconds)
{
	struct asker a = {.pid = 0};
	size_t n = 0;
	int e = 0;

	*r = (struct roots){.count = paths->count};
	r->list = calloc(paths->count + 1, sizeof(*r->list));
	r->present = calloc(paths->count + 1, sizeof(*r->present));
	if (!r->list || !r->present)
		return -ENOMEM;
	for (size_t i = 0; i < paths->count && e == 0; i++) {
		if (a.pid == 0)
			e = start(&a, paths, i);
		if (e == 0)
			e = find_one(&r->list[i], &a, seconds);
		if (e == 0 && r->list[i].error == 0)
			r->present[n++] = r->list[i].path;
	}
	end(&a, e < 0);
	return e;
}

void roots_free(struct roots *r)
{
	for (size_t i = 0; r->list && i < r->count; i++)
		free(r->list[i].path);
	free(r->list);
	free(r->present);
	*r = (struct roots){0};
}
