/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "lib/limits.h"

static bool is_acceptable(const Ipc__Candidate *c, int fd, struct stat *st)
{
	return c && fd >= 0 && !c->token && !c->endpoint &&
	       c->path.len > 0 && c->path.len <= LIMIT_PATH &&
	       c->path.data[0] == '/' && fstat(fd, st) == 0 &&
	       S_ISREG(st->st_mode) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

int candidate_take(const struct frame *f, Ipc__Candidate **ret,
		   struct stat *ret_stat)
{
	Ipc__Candidate *c = ipc__candidate__unpack(NULL, f->len, f->data);
	struct stat st = {0};

	if (!is_acceptable(c, f->fd, &st)) {
		ipc__candidate__free_unpacked(c, NULL);
		if (f->fd >= 0)
			close(f->fd);
		return -EPROTO;
	}
	c->mode = st.st_mode & 07777;
	c->uid = st.st_uid;
	c->gid = st.st_gid;
	c->mtime = st.st_mtim.tv_sec;
	c->ctime = st.st_ctim.tv_sec;
	c->size = (uint64_t)st.st_size;
	*ret = c;
	*ret_stat = st;
	return 0;
}
