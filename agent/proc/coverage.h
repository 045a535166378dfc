/* SPDX-License-Identifier: Apache-2.0 */
/* A coverage in the making. */
#ifndef CW_AGENT_PROC_COVERAGE_H
#define CW_AGENT_PROC_COVERAGE_H

#include "agent/config/config.h"
#include "agent/walk/path_list.h"
#include "proto/certwalk.pb-c.h"

#define COVERAGE_KINDS 16	/* more than there are kinds of gaps */

struct coverage {
	Cw__Coverage message;	/* owned through malloc, as if unpacked */
	size_t named[COVERAGE_KINDS];	/* gaps of each kind */
	size_t bytes[COVERAGE_KINDS];	/* of what is named */
	size_t shared;			/* of them, beyond the kind's reserve */
	bool lost;	/* no memory for a gap: the scan is not complete */
};

/* Notes the time, the roots, whether we are root, what the sandbox lacks. */
void coverage_start(struct coverage *c, const struct agent_config *config);
/* Notes the time; what lost a gap is not complete. */
void coverage_finish(struct coverage *c);

/* How many gaps of a kind are named. */
size_t coverage_most(Cw__GapKind kind);
/* How many bytes of a path a gap names: all, or, of one that is longer than
 * LIMIT_GAP_PATH, the nearest folder that fits. */
size_t coverage_path(const void *path, size_t len);

/* Counts ${n} gaps of a kind; names one (up to coverage_most()); does both. */
void coverage_count(struct coverage *c, Cw__GapKind kind, uint64_t n);
void coverage_name(struct coverage *c, Cw__GapKind kind,
		   const ProtobufCBinaryData *path, const char *reason);
void coverage_gap(struct coverage *c, Cw__GapKind kind,
		  const ProtobufCBinaryData *path, const char *reason);
/* Adds what another has, without gaps at or in ${except} (NULL: none) and
 * without gaps and notes that are there already. */
void coverage_add(struct coverage *c, const Cw__Coverage *other,
		  const struct path_list *except);
void coverage_note(struct coverage *c, const char *note);
void coverage_free(struct coverage *c);

#endif
