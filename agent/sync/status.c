/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/status.h"

#include <errno.h>

#include "lib/file.h"
#include "lib/limits.h"
#include "lib/message.h"

int status_write(const char *dir, const Ipc__Status *s)
{
	char path[4096];
	struct buf b;
	int r = file_path(path, sizeof(path), dir, STATUS_FILE);

	buf_init(&b, KIB(64));
	if (r == 0)
		r = message_pack(&b, &s->base);
	if (r == 0)
		r = file_replace(path, 0600, b.data, b.len);
	buf_free(&b);
	return r;
}

int status_read(const char *dir, Ipc__Status **ret)
{
	char path[4096];
	Ipc__Status *s = NULL;
	struct buf b;
	int r = file_path(path, sizeof(path), dir, STATUS_FILE);

	buf_init(&b, KIB(64));
	if (r == 0)
		r = file_read(path, &b);
	if (r == 0) {
		s = b.len ? ipc__status__unpack(NULL, b.len, b.data) : NULL;
		r = s ? 0 : -EBADMSG;
	}
	buf_free(&b);
	if (s)
		*ret = s;
	return r;
}
