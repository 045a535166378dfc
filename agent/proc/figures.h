/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for Prometheus: what the supervisor knows of scans and sync, as text,
 * which the metrics role shows at /metrics on a loopback address.  Off unless
 * one is configured. */
#ifndef CW_AGENT_PROC_FIGURES_H
#define CW_AGENT_PROC_FIGURES_H

#include <poll.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"

#define FIGURES_KINDS 16	/* above all of cw.Kind and cw.GapKind */

/* What one scan has counted. */
struct figures_count {
	uint64_t kinds[FIGURES_KINDS];
	uint64_t ended;		/* certificates of no CA */
	int64_t soonest;	/* end of those that had not ended, or 0 */
};

struct figures {
	const struct agent_config *config;
	struct child child;
	int64_t start;		/* when to start it, steady ms; 0: it runs */
	struct figures_count counting, counted;
	struct buf scan;	/* text of the last scan */
	struct buf sync;	/* text of the last status */
	int64_t began;		/* the scan under way, seconds since 1970 */
	uint64_t failed;	/* scans that did not come to their end */
};

/* Starts the role where it is configured; all below then do nothing where it is
 * not. */
void figures_begin(struct figures *f, const struct agent_config *config);
void figures_end(struct figures *f);

/* A scan begins; what it finds; its end. */
void figures_scan(struct figures *f);
void figures_location(struct figures *f, const Cw__Location *l,
		      const Ipc__Finding *finding);
void figures_scanned(struct figures *f, const Cw__Coverage *c, bool good);
void figures_status(struct figures *f, const Ipc__Status *s);

/* To be polled: it says nothing, so that it is readable at its end. */
struct pollfd figures_fd(const struct figures *f);
/* When figures_step() has to be called at the latest, steady ms. */
int64_t figures_due(const struct figures *f);
void figures_step(struct figures *f, short revents);

#endif
