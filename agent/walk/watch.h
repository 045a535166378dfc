/* SPDX-License-Identifier: Apache-2.0 */
/* The watch role: a walk that waits for changes.  It learns of every changed
 * name (watch_fanotify.h, watch_inotify.h), looks at the file as the walk does,
 * and tells the supervisor of those that matter: files that are worth a parse
 * now, or that held findings before.  Names are told in batches, once it has
 * been quiet for a while; what cannot be told by names is told as "look at
 * everything". */
#ifndef CW_AGENT_WALK_WATCH_H
#define CW_AGENT_WALK_WATCH_H

#include "agent/walk/walk.h"
#include "agent/walk/watch_event.h"
#include "agent/walk/path_set.h"

/* names in one batch; with more, all is looked at */
#define WATCH_NAMES 4096

struct watch {
	int sock;
	struct agent_config config;	/* a shallow copy: text limit lowered */
	int64_t max_text_size;		/* the configured one */
	bool reads_all;			/* root, or may read as root may */
	const char *const *roots;	/* real paths, NULL-terminated */
	struct mounts mounts;
	struct walk walk;		/* for walk_examine() */
	struct walker walker;
	struct path_set known;
	/* while a scan is under way, it is not yet known what it finds: what
	 * changed since it began, and was dropped */
	bool scanning;
	struct path_set dropped;
	/* of the events read last, scan or not: its beginning may be told only
	 * after what happened since was read */
	struct path_set latest;

	/* the directory that was judged last, open while events are read */
	struct buf at_path;
	int at;

	/* changes that matter, not yet told */
	struct buf batch;	/* as IPC_WATCH_CHANGED has them */
	struct path_set batched;
	size_t names;
	int64_t first, last;	/* when they were noticed, steady ms */
	const char *lost;	/* why all must be looked at, or NULL */

	/* texts too long to be searched at every change */
	struct buf late;	/* paths, NUL-terminated each */
	size_t late_names;
	int64_t late_due;	/* when they are, steady ms; 0: there is none */
	int64_t credit;		/* bytes that may be read */
	int64_t credited;	/* since when, steady ms */
};

/* May what is at or in this directory be reported: is it below one of the
 * roots, on a file system that is walked, not excluded? */
bool watch_is_walked(const struct watch *w, const char *path);
/* Is it excluded by the configuration, by its own name? */
bool watch_is_excluded(const struct watch *w, const char *path);

/* ${flags} (watch_event.h) happened to ${name} ("." for itself) in the
 * directory ${path}, which is walked: notes it if it matters. */
void watch_change(struct watch *w, const char *path, size_t len,
		  const char *name, unsigned int flags);
/* Notes the path itself, as a directory or as a file, without a look. */
void watch_note(struct watch *w, const char *path, size_t len, bool directory);
/* All must be looked at; ${why} is static text, for the log. */
void watch_lost(struct watch *w, const char *why);
/* Closes the directory that was judged last. */
void watch_leave(struct watch *w);
/* Looks at the long texts that wait. */
void watch_late(struct watch *w);

#endif
