/* SPDX-License-Identifier: Apache-2.0 */
/* The join of disk, process and wire: what an endpoint serves against what lies
 * in the files that its service is configured with.  A function of records
 * alone: all files are told before the first endpoint, and files that wait are
 * handed out after the last.
 *
 *	live		serves what is on disk, in the file it is configured
 *			with where such a line is known
 *	stale		disk has another certificate than the process shows
 *	mixed		several workers show different ones
 *	elsewhere	what is served is in no file that was looked at
 *	chain		the leaf is right, the chain that comes with it is not
 *	(none)		the file that it should serve was not looked at
 */
#ifndef CW_AGENT_INVENTORY_JOIN_H
#define CW_AGENT_INVENTORY_JOIN_H

#include "agent/inventory/disk.h"
#include "agent/inventory/serving.h"
#include "agent/inventory/waiting.h"

struct join {
	bool on;
	bool read;		/* the lines of configurations were */
	struct arena arena;	/* of all of it */
	struct disk disk;
	struct serving serving;
	struct waiting files;
	bool full;		/* a file did not fit into the arena */
	struct arena text;	/* of the last verdict */
};

/* ${on} false: no listener is asked, so nothing is kept. */
void join_init(struct join *j, bool on);
void join_free(struct join *j);

/* Not all certificates could be remembered: nothing is said to be stale or
 * elsewhere then. */
bool join_is_full(const struct join *j);

/* The lines of configurations, before the first file; not called where none
 * were read. */
void join_lines(struct join *j, const struct bindings *b);

/* Takes note of a certificate in a file or token.  True where a line names its
 * file, and it was kept to wait for the endpoints; else the caller passes it
 * on. */
bool join_file(struct join *j, const Ipc__Candidate *place,
	       const Ipc__Finding *f);

/* Says which state ${e} has, that shows ${s} of ${m}, and why, in it; the texts
 * last until the next call.  ${e} is "mixed" where the probe saw that. */
void join_judge(struct join *j, const Ipc__Listener *l,
		const Ipc__ProbeResult *m, const Ipc__ProbeServed *s,
		Cw__EndpointPlace *e);

/* Not all that the listener serves was seen: no file of its lines is said to be
 * unserved. */
void join_unsure(struct join *j, const Ipc__Listener *l);

/* After the last endpoint: hands out the files that waited. */
int join_files(struct join *j, waiting_take *take, void *arg);

/* Does nothing serve it, though its service answers where it is to be served?
 * After the last endpoint. */
bool join_is_unserved(const struct join *j, const Ipc__Candidate *place,
		      const Ipc__Finding *f);

#endif
