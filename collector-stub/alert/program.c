/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector-stub/alert/deliver.h"
#include "lib/clock.h"
#include "lib/file.h"

#define LOOK_MS 20

/* The input as a file without a name: a program that does not read cannot
 * hold us up. */
static int input_file(const struct buf *input)
{
	int fd = file_nameless("/tmp", O_CLOEXEC);
	int r = fd < 0 ? fd : file_write_all(fd, input->data, input->len);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int start(const struct channel *c, int in, pid_t *ret)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = { path, NULL };
	char **argv = calloc(c->arguments.count + 2, sizeof(*argv));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int e = ENOMEM;

	if (!argv)
		return -ENOMEM;
	argv[0] = c->run;
	for (size_t i = 0; i < c->arguments.count; i++)
		argv[1 + i] = c->arguments.items[i];
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
				 POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawn_file_actions_init(&files);
	if (posix_spawn_file_actions_adddup2(&files, in, 0) == 0 &&
	    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY,
					     0) == 0 &&
	    posix_spawn_file_actions_adddup2(&files, 1, 2) == 0 &&
	    posix_spawn_file_actions_addclosefrom_np(&files, 3) == 0)
		e = posix_spawn(ret, c->run, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free(argv);
	return -e;
}

static int tell_status(const siginfo_t *end, char *why)
{
	if (end->si_code == CLD_EXITED && end->si_status == 0)
		return 0;
	snprintf(why, DELIVER_WHY, "%s %d", end->si_code == CLD_EXITED
		 ? "exited with" : "ended by signal", end->si_status);
	return -EIO;
}

static int await(const struct channel *c, pid_t pid, const atomic_bool *stop,
		 char *why)
{
	const struct timespec look = { .tv_nsec = LOOK_MS * 1000000L };
	const int64_t end = clock_steady_ms() + c->timeout * 1000;
	siginfo_t info = { .si_pid = 0 };

	while (waitid(P_PID, (id_t)pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0 &&
	       clock_steady_ms() < end && !atomic_load(stop))
		nanosleep(&look, NULL);
	/* also what it has left behind; it is not reaped, so the group is its
	 * own */
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (info.si_pid != 0)
		return tell_status(&info, why);
	snprintf(why, DELIVER_WHY, "took longer than %llds",
		 (long long)c->timeout);
	return -ETIMEDOUT;
}

int program_run(const struct channel *c, const struct buf *input,
		const atomic_bool *stop, char *why)
{
	pid_t pid = -1;
	int in = input_file(input);
	int r = in < 0 ? in : start(c, in, &pid);

	if (in >= 0)
		close(in);
	if (r < 0) {
		snprintf(why, DELIVER_WHY, "%s: %s", c->run, strerror(-r));
		return r;
	}
	return await(c, pid, stop, why);
}
