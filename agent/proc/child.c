/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"

#define PATHS_MAX (24 + LIMIT_MOUNT_NAMESPACES)
#define NOBODY 65534
#define KILL_PATIENCE 2	/* seconds */
#define LEFT_MAX 64

bool child_user(const struct agent_config *config, uid_t *ret_uid,
		gid_t *ret_gid)
{
	struct passwd *p = geteuid() == 0 ? getpwnam(config->user) : NULL;

	if (!p || p->pw_uid == 0)
		return false;
	*ret_uid = p->pw_uid;
	*ret_gid = p->pw_gid;
	return true;
}

/* Everything but standard error and the socket is closed, so that a role holds
 * only what it was given. */
static void keep_only(int sock)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (sock > 3)
		syscall(SYS_close_range, 3, (unsigned int)sock - 1, 0);
	syscall(SYS_close_range, (unsigned int)sock + 1, ~0u, 0);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	/* the supervisor decides when to end, also on Ctrl-C */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never in the way of what the host is for.  linux/ioprio.h: class idle. */
static void give_way(void)
{
	int who_process = 1, idle = 3 << 13;

	if (setpriority(PRIO_PROCESS, 0, 19) < 0 ||
	    syscall(SYS_ioprio_set, who_process, 0, idle) < 0)
		log_warn("cannot lower its priority: %s", strerror(errno));
}

__attribute__((noreturn)) static void
child_run(const struct role *role, const struct agent_config *config, int sock,
	  uid_t uid, gid_t gid, pid_t parent)
{
	static char name[32];
	static struct sandbox_path paths[PATHS_MAX + 1];
	struct sandbox sandbox = role->sandbox;
	int r = 0;

	snprintf(name, sizeof(name), "certwalk %s", role->name);
	log_name(name);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	reset_signals();
	keep_only(sock);
	if (config->idle_priority && role->gives_way)
		give_way();
	if (role->prepare)
		r = role->prepare(config);
	if (r == 0 && role->paths) {
		role->paths(config, paths, PATHS_MAX);
		sandbox.paths = paths;
	}
	if (r < 0) {
		log_error("cannot prepare: %s", strerror(-r));
		_exit(1);
	}
	if (role->unconfined)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	else
		r = sandbox_enter(&sandbox, uid, gid);
	if (r < 0) {
		log_error("cannot confine this process: %s", strerror(-r));
		_exit(1);
	}
	if (getppid() != parent)
		_exit(1);
	exit(role->run(sock, config));
}

int child_start(struct child *c, const struct role *role,
		const struct agent_config *config)
{
	pid_t parent = getpid();
	uid_t uid = 0;
	gid_t gid = 0;
	int pair[2];
	int r = frame_pair(pair);

	if (r < 0)
		return r;
	if (!child_user(config, &uid, &gid) && !role->owns_state)
		uid = gid = NOBODY;
	if (role->stays_root)
		uid = gid = 0;
	fflush(NULL);
	*c = (struct child){.role = role, .sock = pair[0]};
	c->pid = fork();
	if (c->pid < 0) {
		r = -errno;
		close(pair[0]);
		close(pair[1]);
		*c = (struct child){.sock = -1};
		return r;
	}
	if (c->pid == 0)
		child_run(role, config, pair[1], uid, gid, parent);
	close(pair[1]);
	fcntl(c->sock, F_SETFL, O_NONBLOCK);
	log_debug("%s started as process %d", role->name, (int)c->pid);
	return 0;
}

/* Waits until the process is gone, ${seconds} at most. */
static bool reap(pid_t pid, int seconds, int *ret_status)
{
	int64_t until = clock_steady_ms() + (int64_t)seconds * 1000;

	for (;;) {
		pid_t p = waitpid(pid, ret_status, WNOHANG);

		if (p == pid || (p < 0 && errno != EINTR))
			return true;
		if (clock_steady_ms() >= until)
			return false;
		poll(NULL, 0, 5);
	}
}

/* Processes that not even SIGKILL ends, because the kernel waits in them for a
 * file system; they are reaped when they are gone at last. */
static pid_t left[LEFT_MAX];

static void reap_left(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (left[i] > 0 && waitpid(left[i], NULL, WNOHANG) != 0)
			left[i] = 0;
	}
}

static void leave(const struct child *c)
{
	log_warn("%s, process %d, cannot be ended: it waits for a file system "
		 "that does not answer", c->role->name, (int)c->pid);
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (left[i] == 0) {
			left[i] = c->pid;
			return;
		}
	}
}

int child_end(struct child *c, int patience)
{
	char fate[80];
	int status = -1;

	reap_left();
	if (c->sock >= 0)
		close(c->sock);
	if (c->pid > 0)
		kill(c->pid, SIGCONT);	/* it may be held back */
	if (c->pid > 0 && (patience == 0 || !reap(c->pid, patience, &status))) {
		kill(c->pid, SIGKILL);
		if (!reap(c->pid, KILL_PATIENCE, &status))
			leave(c);
	}
	if (c->pid > 0)
		log_debug("%s %s", c->role->name,
			  child_fate(status, fate, sizeof(fate)));
	*c = (struct child){.sock = -1};
	return status;
}

const char *child_fate(int status, char *text, size_t cap)
{
	if (status >= 0 && WIFSIGNALED(status))
		snprintf(text, cap, "was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (status >= 0 && WIFEXITED(status))
		snprintf(text, cap, "exited with %d", WEXITSTATUS(status));
	else
		snprintf(text, cap, "is gone");
	return text;
}
