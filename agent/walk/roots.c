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

#include "lib/clock.h"

#define LINKS_MAX 40	/* as the kernel follows */
#define TICK_MS 100
#define PATIENCE_MS 100	/* until another asks for the next path */
#define ASKERS_MAX 256	/* processes at a time, each with a socket */

/* What the process tells: before each step, and at the end of each path. */
struct told {
	bool done;
	int error;
	mode_t mode;
	char path[PATH_MAX];
};

/* One process asks for path after path.  Where it stands still, another begins
 * with the next, and it has that path alone. */
struct asker {
	pid_t pid;
	int in;
	size_t at;	/* the path that it asks for */
	bool last;	/* those behind that are another's */
	int64_t waited;	/* ms, for the answer */
	int64_t silent;	/* ms, for a word */
	struct told told;
};

struct asking {
	const struct option_list *paths;
	int64_t limit;	/* ms for each */
	struct root *list;	/* those not to be asked have an error */
	struct asker *askers;	/* that run */
	struct pollfd *fds;
	size_t n;
	size_t next;	/* the first path that none asks for */
};

/* The first behind ${i} that is to be asked; their count: none. */
static size_t next_path(const struct asking *a, size_t i)
{
	while (++i < a->paths->count && a->list[i].error != 0)
		;
	return i;
}

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
ask(const struct asking *a, size_t first, int out)
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
	for (size_t i = first; i < a->paths->count; i = next_path(a, i)) {
		follow(&w, a->paths->items[i]);
		if (tell(&w) < 0)
			break;
	}
	_exit(0);
}

/* ------------------------------------------------------- who waits for it */

static int start(struct asking *a)
{
	struct asker *k = &a->askers[a->n];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*k = (struct asker){.pid = fork(), .in = pair[0], .at = a->next};
	if (k->pid == 0)
		ask(a, a->next, pair[1]);
	close(pair[1]);
	if (k->pid < 0) {
		int r = -errno;

		close(pair[0]);
		return r;
	}
	for (size_t i = 0; i < a->n; i++)
		a->askers[i].last = true;
	a->n++;
	a->next = next_path(a, a->next);
	return 0;
}

/* One that may stand still is not waited for: that could be for ever. */
static void end(struct asking *a, size_t i)
{
	struct asker *k = &a->askers[i];
	bool done = k->told.done && !k->last &&
		    next_path(a, k->at) == a->paths->count;

	close(k->in);
	if (!done)
		kill(k->pid, SIGKILL);
	while (waitpid(k->pid, NULL, done ? 0 : WNOHANG) < 0 && errno == EINTR)
		;
	*k = a->askers[--a->n];
}

/* The last word on a path; true where it was this asker's last as well. */
static int note(struct asking *a, struct asker *k, bool *ret_ends)
{
	struct root *root = &a->list[k->at];

	root->path = strdup(k->told.path);
	root->mode = k->told.mode;
	root->error = k->told.error;
	*ret_ends = !k->told.done || k->last ||
		    next_path(a, k->at) == a->paths->count;
	if (!*ret_ends) {
		k->at = next_path(a, k->at);
		a->next = next_path(a, k->at);
		k->waited = 0;
		k->told = (struct told){.done = false};
	}
	return root->path ? 0 : -ENOMEM;
}

/* What it says, or that it has not answered in time. */
static int hear(struct asking *a, struct asker *k, bool says, bool *ret_ends)
{
	if (says) {
		k->silent = 0;
		if (recv(k->in, &k->told, sizeof(k->told), 0) <= 0) {
			k->told.done = false;
			k->told.error = EIO;
		} else if (!k->told.done) {
			return 0;
		}
	} else if (k->waited >= a->limit) {
		k->told.error = ETIMEDOUT;
	} else {
		return 0;
	}
	return note(a, k, ret_ends);
}

/* Time in which this process was held back counts for one tick at most. */
static int turn(struct asking *a)
{
	int64_t began = clock_steady_ms(), took;
	int r = 0;

	for (size_t i = 0; i < a->n; i++)
		a->fds[i] = (struct pollfd){.fd = a->askers[i].in,
					    .events = POLLIN};
	if (poll(a->fds, a->n, TICK_MS) < 0)
		return errno == EINTR ? 0 : -errno;
	took = clock_steady_ms() - began;
	took = took > TICK_MS ? TICK_MS : took;
	/* backwards: the last takes the place of one that ends */
	for (size_t i = a->n; i-- > 0 && r == 0;) {
		struct asker *k = &a->askers[i];
		bool ends = false;

		k->waited += took;
		k->silent += took;
		r = hear(a, k, a->fds[i].revents != 0, &ends);
		if (ends)
			end(a, i);
	}
	return r;
}

/* Does the one that goes on with the next path stand still, or is none? */
static bool is_another_due(const struct asking *a)
{
	if (a->next >= a->paths->count || a->n >= ASKERS_MAX)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!a->askers[i].last)
			return a->askers[i].silent >= PATIENCE_MS;
	}
	return true;
}

static int ask_all(struct asking *a)
{
	size_t n = a->paths->count;
	int r = 0;

	a->askers = calloc(n + 1, sizeof(*a->askers));
	a->fds = calloc(n + 1, sizeof(*a->fds));
	if (!a->askers || !a->fds)
		r = -ENOMEM;
	while (r == 0 && (a->n > 0 || a->next < n)) {
		if (is_another_due(a))
			r = start(a);
		if (r == 0)
			r = turn(a);
	}
	while (a->n > 0)
		end(a, a->n - 1);
	free(a->askers);
	free(a->fds);
	return r;
}

static void leave_out_silent(struct roots *r, const struct silence *silence)
{
	for (size_t i = 0; i < r->count; i++) {
		r->list[i].path = silence_of(silence, i);
		r->list[i].error = r->list[i].path ? ETIMEDOUT : 0;
		r->list[i].silent = r->list[i].path != NULL;
	}
}

static void note_answers(struct roots *r, struct silence *silence)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct root *it = &r->list[i];

		if (it->error == 0)
			r->present[n++] = it->path;
		if (!it->silent)
			silence_note(silence, i, it->error == ETIMEDOUT
							 ? it->path : NULL);
	}
}

int roots_find(struct roots *r, const struct option_list *paths,
	       int64_t seconds, struct silence *silence)
{
	struct asking a = {.paths = paths, .limit = seconds * 1000};
	int e;

	*r = (struct roots){.count = paths->count};
	r->list = calloc(paths->count + 1, sizeof(*r->list));
	r->present = calloc(paths->count + 1, sizeof(*r->present));
	if (!r->list || !r->present)
		return -ENOMEM;
	leave_out_silent(r, silence);
	a.list = r->list;
	a.next = paths->count > 0 && r->list[0].error == 0
			 ? 0 : next_path(&a, 0);
	e = ask_all(&a);
	if (e == 0)
		note_answers(r, silence);
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
