/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/throttle.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "lib/clock.h"

#define MS INT64_C(1000000)	/* ns */
#define TICK 20			/* ms between two decisions on CPU */
#define LOOK 1000		/* ms between two looks at pressure */
#define BURST 100		/* ms of the limit that may be saved up */

static bool is_over_cpu(struct throttle *t, int64_t passed, int64_t used)
{
	int64_t most = BURST * MS / 100 * t->cpu_limit;

	if (t->cpu_limit == 0)
		return false;
	/* 1 ms at 1 percent is 10,000 ns */
	t->credit += passed * t->cpu_limit * (MS / 100) - used;
	if (t->credit > most)
		t->credit = most;
	return t->credit < 0;
}

static bool is_pressed(struct throttle *t, int64_t now)
{
	if (t->pressure == 0 || t->seen < (double)t->pressure) {
		t->paused = 0;
		t->defied = false;
		return false;
	}
	if (t->paused == 0)
		t->paused = now;
	if (now - t->paused >= t->longest)
		t->defied = true;
	return !t->defied;
}

bool throttle_decide(struct throttle *t, int64_t now, int64_t used)
{
	int64_t passed = t->last ? now - t->last : 0;
	bool over = is_over_cpu(t, passed, used);

	t->last = now;
	t->stopped = is_pressed(t, now) || over;
	return t->stopped;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	if (clock_gettime(clock, &ts) < 0)
		return -1;
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

/* Of process ${i}; one that is gone is forgotten. */
static int64_t used_by(struct throttle *t, size_t i, pid_t pid)
{
	int64_t before = t->process[i].pid == pid ? t->process[i].used : 0;
	int64_t now = -1;
	clockid_t clock;

	if (pid > 0 && clock_getcpuclockid(pid, &clock) == 0)
		now = clock_ns(clock);
	t->process[i].pid = pid;
	t->process[i].used = now < 0 ? 0 : now;
	return now > before ? now - before : 0;
}

static int64_t used_by_all(struct throttle *t, const pid_t *pids, size_t n)
{
	int64_t own = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	int64_t used = t->own ? own - t->own : 0;

	t->own = own;
	for (size_t i = 0; i < n && i < THROTTLE_PIDS; i++)
		used += used_by(t, i, pids[i]);
	return used;
}

static void signal_all(const pid_t *pids, size_t n, int number)
{
	for (size_t i = 0; i < n; i++) {
		if (pids[i] > 0)
			kill(pids[i], number);
	}
}

int64_t throttle_step(struct throttle *t, const pid_t *pids, size_t n)
{
	int64_t now = clock_steady_ms(), before = t->last;
	bool stood = t->stopped;

	if (t->cpu_limit == 0 && t->pressure == 0)
		return 0;
	if (before && now - before < TICK)
		return 0;
	if (t->pressure > 0 && now - t->looked >= LOOK) {
		t->looked = now;
		if (throttle_pressure(t->folder, &t->seen) < 0)
			t->seen = 0;
	}
	/* again and again: another may have continued them */
	if (throttle_decide(t, now, used_by_all(t, pids, n)))
		signal_all(pids, n, SIGSTOP);
	else if (stood)
		signal_all(pids, n, SIGCONT);
	return stood ? now - before : 0;
}

void throttle_release(struct throttle *t, const pid_t *pids, size_t n)
{
	if (t->stopped)
		signal_all(pids, n, SIGCONT);
	t->stopped = false;
}

int throttle_timeout(const struct throttle *t)
{
	if (t->cpu_limit > 0)
		return TICK;
	return t->pressure > 0 ? LOOK : -1;
}

static int read_pressure(const char *folder, const char *name, double *ret)
{
	char path[256];
	FILE *f = NULL;
	int r = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	if (fscanf(f, "some avg10=%lf", ret) != 1)
		r = ferror(f) ? -EIO : -EBADMSG;
	fclose(f);
	return r;
}

int throttle_pressure(const char *folder, double *ret)
{
	double memory = 0, io = 0;
	int r = read_pressure(folder, "memory", &memory);

	if (r == 0)
		r = read_pressure(folder, "io", &io);
	if (r == 0)
		*ret = memory > io ? memory : io;
	return r;
}
