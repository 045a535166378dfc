/* SPDX-License-Identifier: Apache-2.0 */
/* A scan and the index: what it takes from the last one, what it leaves to the
 * next (agent/proc/index.h). */
#ifndef CW_AGENT_PROC_REMEMBER_H
#define CW_AGENT_PROC_REMEMBER_H

#include "agent/proc/index.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/record.h"
#include "agent/walk/path_list.h"

/* The device, which there is not, of records of what listeners answered
 * (agent/listen/answers.h); they are found by the inode. */
#define REMEMBER_ANSWERS (UINT64_MAX - 1)

struct remember {
	struct index *index;	/* of the last scan; NULL: nothing is kept */
	struct index next;
	struct record_log log;	/* of ${next} */
	struct inode_map records;	/* of ${index} */
	bool lost;		/* ${next} lacks something */
	bool clock_set;		/* while it ran */
	bool finished;
	bool update;		/* only of these paths, as the index has them */
	bool aside;		/* it leaves the index as it is */
	struct buf paths;	/* NUL each */
	size_t told;		/* bytes of those that were told as changed */
	struct path_list changed;	/* the same */
	uint64_t others;	/* records of what lies in no file */
};

/* ${index} NULL: a scan without memory.  Notes the time, so it comes before all
 * else. */
void remember_start(struct remember *m, struct index *index);

/* The same for an update: of the changed paths ${names}, as IPC_WATCH_CHANGED
 * has them, of those that the index is behind with, and of files of one name
 * that are looked at each time.  0; -EAGAIN where that would not do, and all is
 * to be looked at; -errno. */
int remember_start_update(struct remember *m, struct index *index,
			  const void *names, size_t len);

/* The same beside a scan: the index, which may be one that does not stand, is
 * only read. */
int remember_start_aside(struct remember *m, struct index *index,
			 const void *names, size_t len);

/* The first frames to the walk: 0 or -errno. */
int remember_send(const struct remember *m, int sock);

/* Adds what was found in the file at ${place} to its record ${r}. */
void remember_finding(struct remember *m, struct record *r,
		      const Ipc__Candidate *place, const Ipc__Finding *f);
void remember_gap(struct remember *m, struct record *r,
		  const Ipc__Candidate *place, Cw__GapKind kind,
		  const char *reason);
/* Ends the record of that file.  Nothing is kept of a file in which nothing was
 * found, unless it has flags. */
void remember_end(struct remember *m, struct record *r,
		  const struct inode_key *key, const Ipc__Candidate *place,
		  uint64_t flags);
/* What was found elsewhere than in files. */
void remember_other(struct remember *m, const Ipc__Candidate *place,
		    const Ipc__Finding *f);
/* What could not be looked at, but for what each update asks again. */
void remember_coverage(struct remember *m, const Cw__Coverage *c);

/* The flags of a file whose parse ended so: another look could tell more. */
uint64_t remember_flags(const Ipc__JobDone *m);
/* The record of a text of which only a part was searched. */
void remember_partial(struct remember *m, const Ipc__Keep *k,
		      Cw__GapKind kind, const char *reason);

/* Who takes what a record says; messages are borrowed. */
struct remember_sink {
	int (*finding)(void *arg, const Ipc__Candidate *place,
		       const Ipc__Finding *f);
	void (*gap)(void *arg, const Ipc__Candidate *place, const Cw__Gap *g);
	void *arg;
};

/* Hands out the record of a file that did not change, and keeps it.  0;
 * -EPROTO where there is none; -EBADMSG for a broken one; -errno; or what
 * ${finding} returned below 0. */
int remember_keep(struct remember *m, const Ipc__Keep *k,
		  const struct remember_sink *sink);

/* For an update: hands out all records but those of the changed paths and of
 * listeners, and keeps them: the same.  Their gaps are in the coverage. */
int remember_keep_others(struct remember *m, const struct remember_sink *sink);
/* The coverage that the index has: NULL where it cannot be read. */
Cw__Coverage *remember_last_coverage(const struct remember *m);

/* Ends the scan: ${complete}, and the index is that of this scan; else there
 * is none; of an update that is not, the index is what it was.  0, or -errno
 * where it could not be kept. */
int remember_finish(struct remember *m, bool complete);
/* Closes what is open; without remember_finish() there is no index then. */
void remember_free(struct remember *m);

#endif
