/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the processes of a scan back: so that they, and the supervisor with
 * them, stay below a share of the processor, and while the host is short of
 * memory or I/O.  They are stopped and continued by signals, so they need not
 * know of it. */
#ifndef CW_AGENT_PROC_THROTTLE_H
#define CW_AGENT_PROC_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define THROTTLE_PIDS 8

struct throttle {
	/* settings */
	int64_t cpu_limit;	/* percent of one processor; 0: none */
	int64_t pressure;	/* percent, as below; 0: is not looked at */
	const char *folder;	/* that tells it: "/proc/pressure"; borrowed */
	int64_t longest;	/* ms that one pause may last */
	/* state */
	int64_t last;		/* when it was decided, steady ms; 0: never */
	int64_t credit;		/* CPU ns that may be used; may be negative */
	int64_t looked;		/* when pressure was read, steady ms */
	double seen;		/* the pressure then, percent */
	int64_t paused;		/* when the pause began, steady ms; 0: none */
	bool defied;		/* the longest pause is over, pressure is not */
	bool stopped;
	struct {
		pid_t pid;
		int64_t used;	/* CPU ns at the last look */
	} process[THROTTLE_PIDS];
	int64_t own;		/* the same of this process */
};

/* Decides at ${now}, when ${used} ns of CPU were used since the last call: true
 * where the processes have to stand still. */
bool throttle_decide(struct throttle *t, int64_t now, int64_t used);

/* Looks at the processes (0: none), decides, stops or continues them.
 * Milliseconds that they stood still since the last call. */
int64_t throttle_step(struct throttle *t, const pid_t *pids, size_t n);
/* Continues them, for the end of a scan. */
void throttle_release(struct throttle *t, const pid_t *pids, size_t n);

/* Milliseconds until throttle_step() wants to be called again; -1: never. */
int throttle_timeout(const struct throttle *t);

/* The greater "some avg10" of ${folder}'s files memory and io, in percent
 * (proc_pressure, Documentation/accounting/psi.rst): 0 or -errno, -EBADMSG. */
int throttle_pressure(const char *folder, double *ret);

#endif
