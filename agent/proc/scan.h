/* SPDX-License-Identifier: Apache-2.0 */
/* One scan, as the supervisor runs it: starts a walk and some parsers, passes
 * candidates on, collects what is found, replaces a parser that dies. */
#ifndef CW_AGENT_PROC_SCAN_H
#define CW_AGENT_PROC_SCAN_H

#include <poll.h>
#include <stdbool.h>

#include "agent/config/config.h"
#include "agent/proc/index.h"
#include "agent/proc/ipc.pb-c.h"
#include "proto/certwalk.pb-c.h"

/* Messages are borrowed: valid only during the call.  A negative return ends
 * the scan with that error. */
struct scan_sink {
	int (*location)(void *arg, const Cw__Location *l,
			const Ipc__Finding *f);
	/* a configuration file, or a folder of them (its path ends with a
	 * slash), that was looked for; may be NULL */
	void (*asked)(void *arg, const char *path);
	/* a listener that serves certificates; may be NULL */
	void (*serves)(void *arg, const Ipc__Listener *l);
	/* some times a second; may be NULL */
	void (*progress)(void *arg, const Cw__Coverage *so_far);
	void *arg;
};

struct scan;

/* Starts the processes.  ${config} and ${sink} outlive the scan.  0, -errno. */
int scan_start(const struct agent_config *config, const struct scan_sink *sink,
	       struct scan **ret);

/* The same with an index, which outlives the scan: where it stands, only what
 * changed since the last scan is looked at (the sink is given the rest too, the
 * findings without their DER); when this scan has come to its end, it is the
 * index's.  A scan that does not leaves it empty. */
int scan_start_index(const struct agent_config *config,
		     const struct scan_sink *sink, struct index *index,
		     struct scan **ret);

/* The same for what changed alone: ${names}, as IPC_WATCH_CHANGED has them.
 * All else is as the index has it, and in no file nothing is looked for.  0;
 * -EAGAIN where another scan has to be made; -errno. */
int scan_start_update(const struct agent_config *config,
		      const struct scan_sink *sink, struct index *index,
		      const void *names, size_t len, struct scan **ret);
/* The same while a scan with this index runs, which is only read then, and the
 * coverage is that of the changed paths alone.  Where the index does not stand,
 * the sink is given nothing but what lies there; else all, as above. */
int scan_start_aside(const struct agent_config *config,
		     const struct scan_sink *sink, struct index *index,
		     const void *names, size_t len, struct scan **ret);
/* It has ended, and what it found does not do: another has to be made. */
bool scan_is_unfit(const struct scan *s);

/* What to poll for; at most SCAN_FDS. */
#define SCAN_FDS 12
size_t scan_fds(const struct scan *s, struct pollfd fds[static SCAN_FDS]);
/* Milliseconds until scan_step() wants to be called anyway. */
int scan_timeout(const struct scan *s);
/* Does what can be done now: 0 goes on, 1 has come to its end, or -errno. */
int scan_step(struct scan *s);

/* scan_step() until the end: 0 or -errno. */
int scan_run(struct scan *s);

/* The clock was set while it runs: this scan is not one for another to stand
 * on. */
void scan_clock_set(struct scan *s);
/* Adds a note to the coverage. */
void scan_note(struct scan *s, const char *note);
/* What was looked at, so far.  ${complete} says whether to the end. */
const Cw__Coverage *scan_coverage(const struct scan *s);

/* Ends the processes too. */
void scan_free(struct scan *s);

#endif
