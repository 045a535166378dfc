/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"

#define GRACE_MS 5000		/* from SIGTERM to SIGKILL */
#define SWEEPS 100		/* of what it has left behind */
#define POLL_MS 100

int run_prepare(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* --------------------------------------------------------- in the child */

static void set_limits(void)
{
	const struct rlimit none = {0, 0}, files = {1024, 4096};

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &files);
}

static int become(const struct run_order *o)
{
	if (geteuid() != 0)
		return o->uid == geteuid() ? 0 : -EPERM;
	if (initgroups(o->user, o->gid) < 0 ||
	    setresgid(o->gid, o->gid, o->gid) < 0 ||
	    setresuid(o->uid, o->uid, o->uid) < 0)
		return -errno;
	return 0;
}

static void child_say(int report, int error)
{
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

__attribute__((noreturn)) static void child_main(const struct run_order *o,
						 int out, int report)
{
	char home[256], user[128], logname[128], action[96], id[96];
	char *const environment[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			"/usr/bin:/sbin:/bin",
		(char *)"LANG=C.UTF-8", home, user, logname, action, id, NULL};
	int null = open("/dev/null", O_RDWR), r;
	sigset_t none;

	snprintf(home, sizeof(home), "HOME=%s", o->home);
	snprintf(user, sizeof(user), "USER=%s", o->user);
	snprintf(logname, sizeof(logname), "LOGNAME=%s", o->user);
	snprintf(action, sizeof(action), "CERTWALK_ACTION=%s", o->action);
	snprintf(id, sizeof(id), "CERTWALK_COMMAND=%s", o->id);
	setsid();
	umask(022);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0 || dup2(report, 3) < 0)
		child_say(report, errno);
	report = 3;
	fcntl(report, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, 4, ~0u, 0);
	set_limits();
	r = become(o);
	/* the change of user has cleared it */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (r == 0 && chdir("/") < 0)
		r = -errno;
	if (r < 0)
		child_say(report, -r);
	execve(o->argv[0], o->argv, environment);
	child_say(report, errno);
	__builtin_unreachable();
}

/* --------------------------------------------------------------- output */

struct output {
	struct run_result *r;
	size_t half;
	size_t at;		/* in the tail, which is a ring */
};

static void keep(struct output *o, const uint8_t *data, size_t len)
{
	struct run_result *r = o->r;

	r->output += len;
	for (; len > 0 && r->head_len < o->half; len--)
		r->head[r->head_len++] = *data++;
	if (o->half == 0)
		return;
	if (len > o->half) {
		data += len - o->half;
		len = o->half;
	}
	for (; len > 0; len--) {
		r->tail[o->at] = *data++;
		o->at = (o->at + 1) % o->half;
		if (r->tail_len < o->half)
			r->tail_len++;
	}
}

/* The ring, from its oldest byte on. */
static void straighten(struct output *o)
{
	struct run_result *r = o->r;
	uint8_t *line;

	if (r->tail_len < o->half || o->at == 0 || o->half == 0)
		return;
	line = malloc(o->half);
	if (!line) {
		r->tail_len = 0;
		return;
	}
	memcpy(line, r->tail + o->at, o->half - o->at);
	memcpy(line + o->half - o->at, r->tail, o->at);
	free(r->tail);
	r->tail = line;
}

/* False at the end of it. */
static bool take_output(struct output *o, int fd)
{
	uint8_t block[16384];
	ssize_t n = read(fd, block, sizeof(block));

	if (n > 0)
		keep(o, block, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* -------------------------------------------------------------- the end */

/* Sends a signal to each child of ours but the program itself, which is in its
 * group: what has left its group or its session was left to us, the reaper.
 * True where there was one. */
static bool signal_orphans(int number)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	bool any = false;

	while (d && (e = readdir(d))) {
		char path[64], stat[512], *at;
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		ssize_t n;
		int fd;

		if (pid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
		if (fd >= 0)
			close(fd);
		if (n <= 0)
			continue;
		stat[n] = '\0';
		at = strrchr(stat, ')');
		if (at && strlen(at) > 4 &&
		    strtol(at + 4, NULL, 10) == getpid()) {
			kill(pid, number);
			any = true;
		}
	}
	if (d)
		closedir(d);
	return any;
}

/* Ends all that is left; each round may bring up grandchildren. */
static void sweep(pid_t group)
{
	kill(-group, SIGKILL);
	for (int i = 0; i < SWEEPS && signal_orphans(SIGKILL); i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		poll(NULL, 0, 10);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

struct watch {
	pid_t pid;
	int out;
	int64_t end;		/* steady ms: SIGTERM; 0 once it was sent */
	int64_t kill;		/* steady ms: SIGKILL */
	bool timed_out;
	int stop;
	bool stopped;
};

static void enforce(struct watch *w)
{
	int64_t now = clock_steady_ms();

	if (w->end && now >= w->end) {
		w->timed_out = true;
		w->end = 0;
		w->kill = now + GRACE_MS;
		kill(-w->pid, SIGTERM);
	} else if (w->kill && now >= w->kill) {
		kill(-w->pid, SIGKILL);
	}
}

/* Until the program has ended; its output meanwhile.  The status. */
static int wait_for_end(struct watch *w, struct output *o)
{
	bool open = true;
	int status = 0;

	for (;;) {
		struct pollfd p[2] = {
			{.fd = open ? w->out : -1, .events = POLLIN},
			{.fd = w->stopped ? -1 : w->stop}};

		poll(p, 2, POLL_MS);
		if (p[0].revents)
			open = take_output(o, w->out);
		if (p[1].revents & (POLLHUP | POLLERR))
			w->stopped = true;
		if (waitpid(w->pid, &status, WNOHANG) == w->pid)
			break;
		if (w->stopped)
			kill(-w->pid, SIGKILL);
		enforce(w);
	}
	/* what was written before its end; others may hold the pipe open */
	for (int i = 0; open && i < 1024; i++) {
		uint64_t before = o->r->output;

		open = take_output(o, w->out) && o->r->output != before;
	}
	return status;
}

static void judge(struct run_result *r, const struct watch *w, int status,
		  int report)
{
	int error = 0;

	if (read(report, &error, sizeof(error)) == sizeof(error)) {
		r->end = RUN_FAILED;
		r->status = -error;
	} else if (w->timed_out) {
		r->end = RUN_TIMED_OUT;
	} else if (WIFSIGNALED(status)) {
		r->end = RUN_SIGNALLED;
		r->status = WTERMSIG(status);
	} else {
		r->end = RUN_EXITED;
		r->status = WEXITSTATUS(status);
	}
}

static int open_pipes(int out[2], int report[2])
{
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(report, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return -errno;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	return 0;
}

static int start(const struct run_order *o, int out[2], int report[2],
		 struct watch *w)
{
	w->pid = fork();
	if (w->pid == 0)
		child_main(o, out[1], report[1]);
	close(out[1]);
	close(report[1]);
	w->out = out[0];
	w->end = clock_steady_ms() + o->timeout * 1000;
	return w->pid < 0 ? -errno : 0;
}

void run_program(const struct run_order *o, struct run_result *ret)
{
	struct run_result res = {.end = RUN_FAILED};
	struct output out = {.r = &res, .half = o->output_limit / 2};
	int pipes[2], report[2];
	struct watch w = {.out = -1, .stop = o->stop};
	int r = open_pipes(pipes, report);

	res.head = calloc(1, out.half + 1);
	res.tail = calloc(1, out.half + 1);
	if (!res.head || !res.tail)
		out.half = 0;
	if (r == 0) {
		r = start(o, pipes, report, &w);
		if (r == 0) {
			int status = wait_for_end(&w, &out);

			sweep(w.pid);
			judge(&res, &w, status, report[0]);
		}
		close(pipes[0]);
		close(report[0]);
	}
	if (r < 0)
		res.status = r;
	straighten(&out);
	*ret = res;
}

void run_free(struct run_result *r)
{
	free(r->head);
	free(r->tail);
	*r = (struct run_result){.end = RUN_FAILED};
}
