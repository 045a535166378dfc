/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel writes about changes, record by record: fanotify(7) with
 * FAN_REPORT_DFID_NAME, inotify(7). */
#ifndef CW_AGENT_WALK_WATCH_EVENT_H
#define CW_AGENT_WALK_WATCH_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* What happened to a name in a directory. */
#define WATCH_WRITTEN 1u	/* closed after it was open for writing */
#define WATCH_CAME 2u		/* made, linked, or moved here */
#define WATCH_GONE 4u		/* removed, or moved away */
#define WATCH_ATTRIB 8u		/* mode, owner, times, links */
#define WATCH_DIRECTORY 16u	/* it is a directory */
#define WATCH_MOVED 32u		/* with CAME or GONE: by a rename */
#define WATCH_OVERFLOW 64u	/* events were lost; nothing else is set */
#define WATCH_ENDED 128u	/* inotify: the kernel dropped this watch */

#define WATCH_HANDLE_MAX 128	/* bytes of a handle, MAX_HANDLE_SZ */

struct watch_event {
	unsigned int flags;
	/* fanotify: the directory's file system (fsid, 8 bytes) followed by its
	 * struct file_handle; points into the buffer, not aligned */
	const uint8_t *directory;
	size_t directory_len;
	int wd;			/* inotify: the watch */
	/* in that directory; "." for the directory itself; no slash in it */
	const char *name;
};

/* Takes the record at *${at}, which is moved on: 1; 0 at the end; -EPROTO for
 * what no kernel writes. */
int watch_event_fanotify(const uint8_t **at, const uint8_t *end,
			 struct watch_event *ret);
int watch_event_inotify(const uint8_t **at, const uint8_t *end,
			struct watch_event *ret);

#endif
