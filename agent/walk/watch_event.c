/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/watch_event.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>

#define FSID_SIZE 8
#define HANDLE_HEADER 8		/* handle_bytes, handle_type */

static const struct {
	uint64_t fanotify;
	uint32_t inotify;
	unsigned int flags;
} meanings[] = {
	{FAN_CLOSE_WRITE, IN_CLOSE_WRITE, WATCH_WRITTEN},
	{FAN_CREATE, IN_CREATE, WATCH_CAME},
	{FAN_MOVED_TO, IN_MOVED_TO, WATCH_CAME | WATCH_MOVED},
	{FAN_MOVED_FROM, IN_MOVED_FROM, WATCH_GONE | WATCH_MOVED},
	{FAN_DELETE, IN_DELETE, WATCH_GONE},
	{FAN_ATTRIB, IN_ATTRIB, WATCH_ATTRIB},
	{FAN_ONDIR, IN_ISDIR, WATCH_DIRECTORY},
	{FAN_Q_OVERFLOW, IN_Q_OVERFLOW, WATCH_OVERFLOW},
	{0, IN_IGNORED, WATCH_ENDED},
};

/* A name ends within ${cap} bytes, and is one component. */
static bool is_name(const uint8_t *name, size_t cap)
{
	const uint8_t *nul = memchr(name, '\0', cap);

	return nul && nul > name && !memchr(name, '/', (size_t)(nul - name)) &&
	       strcmp((const char *)name, "..") != 0;
}

/* One information record, of ${len} bytes with its header. */
static int take_info(const uint8_t *at, size_t len, struct watch_event *e)
{
	size_t head = sizeof(struct fanotify_event_info_header);
	uint32_t bytes = 0;

	if (at[0] != FAN_EVENT_INFO_TYPE_DFID_NAME &&
	    at[0] != FAN_EVENT_INFO_TYPE_DFID)
		return 0;
	if (len < head + FSID_SIZE + HANDLE_HEADER)
		return -EPROTO;
	memcpy(&bytes, at + head + FSID_SIZE, sizeof(bytes));
	if (bytes > WATCH_HANDLE_MAX ||
	    bytes > len - head - FSID_SIZE - HANDLE_HEADER)
		return -EPROTO;
	e->directory = at + head;
	e->directory_len = FSID_SIZE + HANDLE_HEADER + bytes;
	if (at[0] == FAN_EVENT_INFO_TYPE_DFID)
		return 0;
	at += head + e->directory_len;
	len -= head + e->directory_len;
	if (!is_name(at, len))
		return -EPROTO;
	e->name = (const char *)at;
	return 0;
}

static int take_infos(const uint8_t *at, size_t len, struct watch_event *e)
{
	int r = 0;

	while (len > 0 && r == 0) {
		struct fanotify_event_info_header head = {0};

		if (len < sizeof(head))
			return -EPROTO;
		memcpy(&head, at, sizeof(head));
		if (head.len < sizeof(head) || head.len > len)
			return -EPROTO;
		r = take_info(at, head.len, e);
		at += head.len;
		len -= head.len;
	}
	return r;
}

int watch_event_fanotify(const uint8_t **at, const uint8_t *end,
			 struct watch_event *ret)
{
	struct fanotify_event_metadata m = {0};
	struct watch_event e = {.wd = -1, .name = "."};
	size_t left = (size_t)(end - *at);
	int r = 0;

	if (left == 0)
		return 0;
	if (left < sizeof(m))
		return -EPROTO;
	memcpy(&m, *at, sizeof(m));
	if (m.vers != FANOTIFY_METADATA_VERSION ||
	    m.metadata_len < sizeof(m) || m.event_len < m.metadata_len ||
	    m.event_len > left)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (m.mask & meanings[i].fanotify)
			e.flags |= meanings[i].flags;
	}
	r = take_infos(*at + m.metadata_len, m.event_len - m.metadata_len, &e);
	if (r < 0)
		return r;
	if (!e.directory && !(e.flags & WATCH_OVERFLOW))
		return -EPROTO;
	*at += m.event_len;
	*ret = e;
	return 1;
}

int watch_event_inotify(const uint8_t **at, const uint8_t *end,
			struct watch_event *ret)
{
	struct inotify_event m = {0};
	struct watch_event e = {.name = "."};
	size_t left = (size_t)(end - *at);

	if (left == 0)
		return 0;
	if (left < sizeof(m))
		return -EPROTO;
	memcpy(&m, *at, sizeof(m));
	if (m.len > left - sizeof(m))
		return -EPROTO;
	if (m.len > 0) {
		e.name = (const char *)*at + sizeof(m);
		if (!is_name(*at + sizeof(m), m.len))
			return -EPROTO;
	}
	e.wd = m.wd;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (m.mask & meanings[i].inotify)
			e.flags |= meanings[i].flags;
	}
	*at += sizeof(m) + m.len;
	*ret = e;
	return 1;
}
