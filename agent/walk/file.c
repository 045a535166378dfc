/* SPDX-License-Identifier: Apache-2.0 */
/* One file: opened, told by its first block, searched if it is text, passed on
 * if it is worth a parse. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/format/format.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/walk/pool.h"
#include "agent/walk/search.h"
#include "agent/walk/walk.h"
#include "lib/frame.h"
#include "lib/message.h"

#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

void walk_gap(struct walker *k, Cw__GapKind kind, const struct directory *d,
	      const char *name, const char *reason)
{
	pool_rest(k);
	if (directory_path(d, name, &k->path) == 0)
		report_gap(&k->walk->report, kind, k->path.data, k->path.len,
			   reason);
	else
		report_gap(&k->walk->report, kind, "", 0, reason);
	pool_resume(k);
}

void walk_failed(struct walker *k, const struct directory *d, const char *name,
		 int error)
{
	k->failed = true;
	switch (error) {
	case ENOENT:
	case ESTALE:
		walk_gap(k, CW__GAP_KIND__GAP_VANISHED, d, name,
			 "went away during the scan");
		break;
	case ELOOP:
	case ENOTDIR:
	case ENXIO:
		walk_gap(k, CW__GAP_KIND__GAP_VANISHED, d, name,
			 "was replaced during the scan");
		break;
	default:
		walk_gap(k, CW__GAP_KIND__GAP_UNREADABLE, d, name,
			 strerror(error));
	}
}

/* O_NOATIME is for a file's owner only.  A role that is nobody owns next to
 * none, so after some refusals only every so many files are tried. */
#define OWN_EVERY 32u

int walk_open(int at, const char *name)
{
	static atomic_uint refused;
	unsigned int n = atomic_load_explicit(&refused, memory_order_relaxed);
	int fd = -1;

	if (n < OWN_EVERY || n % OWN_EVERY == 0) {
		fd = openat(at, name, FILE_FLAGS | O_NOATIME);
		if (fd < 0 && errno != EPERM)
			return -errno;
		atomic_store_explicit(&refused, fd < 0 ? n + 1 : 0,
				      memory_order_relaxed);
	} else {
		atomic_store_explicit(&refused, n + 1, memory_order_relaxed);
	}
	if (fd < 0)
		fd = openat(at, name, FILE_FLAGS);
	return fd < 0 ? -errno : fd;
}

static void pace(struct walker *k, struct pace *p, uint64_t units)
{
	pool_rest(k);
	pace_take(p, units);
	pool_resume(k);
}

static ssize_t read_at(int fd, void *to, size_t len, uint64_t offset)
{
	ssize_t n;

	do {
		n = pread(fd, to, len, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Where the data at or after ${at} begins and ends, holes left out. */
static bool next_data(int fd, uint64_t at, uint64_t size, bool sparse,
		      uint64_t *start, uint64_t *end)
{
	off_t s, e;

	*start = at;
	*end = size;
	if (at >= size)
		return false;
	if (!sparse)
		return true;
	s = lseek(fd, (off_t)at, SEEK_DATA);
	if (s < 0)
		return errno != ENXIO;
	e = lseek(fd, s, SEEK_HOLE);
	*start = (uint64_t)s;
	*end = e > s ? (uint64_t)e : size;
	return true;
}

static bool is_sparse(const struct stat *st)
{
	return st->st_blocks * 512 < st->st_size;
}

static uint64_t bytes_on_disk(const struct stat *st)
{
	return (uint64_t)(is_sparse(st) ? st->st_blocks * 512 : st->st_size);
}

/* Searches the text; its beginning, of ${have} bytes that end at ${at}, is in
 * k->block.  1 hit, 0 none, -E2BIG only a part was searched, or -errno. */
static int search_file(struct walker *k, int fd, const struct stat *st,
		       uint64_t at, size_t have)
{
	uint64_t size = (uint64_t)st->st_size, end = at;
	uint64_t budget = (uint64_t)k->walk->config->max_text_size;
	bool sparse = is_sparse(st);
	size_t keep = search_overlap();

	if (search_hit(k->block, have))
		return 1;
	budget -= have > LIMIT_HEAD ? have - LIMIT_HEAD : 0;
	for (;;) {
		size_t overlap = have < keep ? have : keep;
		uint64_t start = at;
		size_t want;
		ssize_t n;

		if (at >= end &&
		    !next_data(fd, at, size, sparse, &start, &end))
			return 0;
		if (start != at)
			overlap = 0;
		memmove(k->block, k->block + have - overlap, overlap);
		want = WALK_BLOCK - overlap;
		if (end - start < want)
			want = (size_t)(end - start);
		if (want > budget)
			want = (size_t)budget;
		if (want == 0)
			return -E2BIG;
		pace(k, &k->walk->bytes, want);
		n = read_at(fd, k->block + overlap, want, start);
		if (n <= 0)
			return (int)n;
		budget -= (uint64_t)n;
		atomic_fetch_add_explicit(&k->walk->report.bytes,
					  (unsigned long)n,
					  memory_order_relaxed);
		have = overlap + (size_t)n;
		at = start + (uint64_t)n;
		if (search_hit(k->block, have))
			return 1;
	}
}

static int send_message(struct walker *k, enum ipc_walk_op op,
			const ProtobufCMessage *m, int fd)
{
	int r;

	buf_reset(&k->message);
	r = message_pack(&k->message, m);
	if (r < 0)
		return r;
	pool_rest(k);
	r = frame_send(k->walk->report.sock, op, k->message.data,
		       k->message.len, fd);
	pool_resume(k);
	return r;
}

/* The gap shows again with the next scan: the file is not taken for known. */
static int path_too_long(struct walker *k, const struct directory *d,
			 const char *name)
{
	k->failed = true;
	walk_gap(k, CW__GAP_KIND__GAP_TOO_LARGE, d, name,
		 "its path is longer than the limit");
	return 0;
}

int walk_tell(struct walker *k, enum ipc_walk_op op, const struct directory *d,
	      const char *name, const struct inode_key *file, bool linked)
{
	Ipc__Keep m = IPC__KEEP__INIT;
	int r = directory_path(d, name, &k->path);

	if (r < 0 || k->path.len > LIMIT_PATH)
		return path_too_long(k, d, name);
	m.path = (ProtobufCBinaryData){k->path.len, k->path.data};
	m.device = file->device;
	m.inode = file->inode;
	m.linked = linked;
	if (d->container)
		m.container = (char *)(uintptr_t)d->container;
	return send_message(k, op, &m.base, -1);
}

static int send_candidate(struct walker *k, const struct directory *d,
			  const char *name, int fd, const struct stat *st)
{
	Ipc__Candidate c = IPC__CANDIDATE__INIT;
	int r = directory_path(d, name, &k->path);

	if (r < 0 || k->path.len > LIMIT_PATH)
		return path_too_long(k, d, name);
	c.path = (ProtobufCBinaryData){k->path.len, k->path.data};
	c.mode = st->st_mode & 07777;
	c.uid = st->st_uid;
	c.gid = st->st_gid;
	c.mtime = st->st_mtim.tv_sec;
	c.size = (uint64_t)st->st_size;
	if (d->container)
		c.container = (char *)(uintptr_t)d->container;
	pace(k, &k->walk->bytes, bytes_on_disk(st));
	return send_message(k, IPC_WALK_CANDIDATE, &c.base, fd);
}

/* What the search of a text found, kept as the mark of a file with several
 * names: it need not be searched for each. */
enum text_state { TEXT_UNKNOWN, TEXT_MISS, TEXT_HIT, TEXT_PARTIAL };

static int search_once(struct walker *k, int fd, const struct stat *st,
		       uint64_t at, size_t have)
{
	struct inode_key key = {.device = st->st_dev, .inode = st->st_ino};
	struct inode_set *seen = &k->walk->links.seen;
	int r;

	if (st->st_nlink == 1)
		return search_file(k, fd, st, at, have);
	switch ((enum text_state)inode_set_mark(seen, &key)) {
	case TEXT_MISS:
		return 0;
	case TEXT_HIT:
		return 1;
	case TEXT_PARTIAL:
		return -E2BIG;
	case TEXT_UNKNOWN:
		break;
	}
	r = search_file(k, fd, st, at, have);
	if (r >= 0 || r == -E2BIG)
		inode_set_set_mark(seen, &key, r == 1   ? TEXT_HIT
					       : r == 0 ? TEXT_MISS
							: TEXT_PARTIAL);
	return r;
}

/* How much is read first of a file whose data begin with ${room} bytes. */
static size_t first_read(const struct walker *k, enum guess_kind guess,
			 uint64_t room)
{
	uint64_t most = LIMIT_HEAD + (uint64_t)k->walk->config->max_text_size;

	if (guess != GUESS_TEXT)
		return LIMIT_HEAD;
	most = most < WALK_BLOCK ? most : WALK_BLOCK;
	return room < LIMIT_HEAD ? LIMIT_HEAD : room < most ? room : most;
}

static int judge(struct walker *k, int fd, const char *name,
		 const struct stat *st, enum guess_kind guess)
{
	uint64_t start = 0, end = 0;
	size_t len, want;
	ssize_t n;

	if (!next_data(fd, 0, (uint64_t)st->st_size, is_sparse(st), &start,
		       &end))
		return 0;
	want = first_read(k, guess, end - start);
	pace(k, &k->walk->bytes, st->st_size < (off_t)want
					   ? (uint64_t)st->st_size
					   : want);
	n = read_at(fd, k->block, want, start);
	if (n <= 0)
		return (int)n;
	atomic_fetch_add_explicit(&k->walk->report.bytes, (unsigned long)n,
				  memory_order_relaxed);
	len = (size_t)n < LIMIT_HEAD ? (size_t)n : LIMIT_HEAD;
	/* as source_open_fd() has it */
	while (start > 0 && len > 0 && k->block[len - 1] == 0)
		len--;
	switch (format_sniff(k->block, len, (uint64_t)st->st_size, name)) {
	case FORMAT_YES:
		return 1;
	case FORMAT_TEXT:
		guess_learn(&k->guess, name, true);
		return search_once(k, fd, st, start + (uint64_t)n, (size_t)n);
	case FORMAT_NO:
		guess_learn(&k->guess, name, false);
		break;
	}
	return 0;
}

int walk_examine(struct walker *k, int fd, const char *name,
		 const struct stat *st)
{
	enum guess_kind guess = guess_kind(&k->guess, name);
	bool alone = guess == GUESS_OTHER && st->st_size > (off_t)LIMIT_HEAD;
	int r = 0;

	/* the first block, and nothing after it */
	if (alone)
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	r = judge(k, fd, name, st, guess);
	/* a parser reads on by the same descriptor */
	if (alone && r == 1)
		posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
	return r;
}

/* What comes of an examination: ${r} is its result. */
static int act(struct walker *k, struct directory *d, const char *name, int fd,
	       const struct stat *st, int r)
{
	struct inode_key key = {.device = st->st_dev, .inode = st->st_ino};

	if (r < 0 && r != -E2BIG) {
		walk_failed(k, d, name, -r);
		return 0;
	}
	k->told |= r != 0;
	if (r != 0 && st->st_nlink > 1)
		return links_hold(&k->walk->links, &key,
				  r == 1 ? LINK_CANDIDATE : LINK_PARTIAL, d,
				  name);
	if (r == 1)
		return send_candidate(k, d, name, fd, st);
	if (r == -E2BIG)
		return walk_tell(k, IPC_WALK_PARTIAL, d, name, &key, false);
	return 0;
}

static void count_file(struct walker *k, const struct stat *st)
{
	struct inode_key key = {.device = st->st_dev, .inode = st->st_ino};

	if (st->st_nlink == 1 || inode_set_add(&k->walk->links.seen, &key))
		k->files++;
}

static int open_and_examine(struct walker *k, struct directory *d, int at,
			    const char *name)
{
	struct stat st = {0};
	int fd, r = 0;

	pace(k, &k->walk->files, 1);
	fd = walk_open(at, name);
	if (fd < 0) {
		walk_failed(k, d, name, -fd);
		return 0;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	count_file(k, &st);
	if (st.st_nlink > 1 && k->walk->only.count > 0)
		atomic_store(&k->walk->report.linked, true);
	if (st.st_size > 0)
		r = act(k, d, name, fd, &st, walk_examine(k, fd, name, &st));
	close(fd);
	return r;
}

/* A file that did not change: as its record has it.  One with several names
 * may go by another now, which is for links_finish() to see.  1 done, 0 it has
 * to be looked at, or negative. */
static int keep(struct walker *k, struct directory *d, const char *name,
		const struct stat *st)
{
	struct inode_key key = {.device = st->st_dev, .inode = st->st_ino};
	const struct inode_record *r = past_record(&k->walk->past, st, NULL);
	const struct inode_record *mine = NULL;
	enum link_state state = LINK_UNKNOWN;
	int e = 0;

	if (!r)
		return 1;
	k->told = true;
	if (directory_path(d, name, &k->path) == 0)
		mine = past_record(&k->walk->past, st, &k->path);
	if (st->st_nlink == 1 && !mine)
		return 0;
	r = mine ? mine : r;
	if (r->value[RECORD_FLAGS] & (RECORD_RETRY | RECORD_FAILED))
		return 0;
	if (r->value[RECORD_FLAGS] & RECORD_PARTIAL)
		state = LINK_PARTIAL;
	else if (mine)
		state = LINK_KEEP;
	if (st->st_nlink > 1)
		e = links_hold(&k->walk->links, &key, state, d, name);
	else
		e = walk_tell(k, state == LINK_PARTIAL ? IPC_WALK_PARTIAL
						       : IPC_WALK_KEEP,
			      d, name, &key, false);
	return e < 0 ? e : 1;
}

/* One of a bare directory.  What follows waits for the directory again. */
static int examine_changed(struct walker *k, struct directory *d, int at,
			   const char *name)
{
	int r = pool_begin(k, d, name);

	if (r == 0)
		r = open_and_examine(k, d, at, name);
	return r < 0 ? r : pool_begin(k, d, NULL);
}

int walk_file(struct walker *k, struct directory *d, int at, const char *name)
{
	struct stat st = {0};
	bool old = !d->place.look &&
		   fstatat(at, name, &st,
			   AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
		   past_is_old(&k->walk->past, d, &st);
	int r = 0;

	if (d->place.bare && !old)
		return examine_changed(k, d, at, name);
	if (old)
		r = d->place.bare ? 1 : keep(k, d, name, &st);
	if (r == 0)
		return open_and_examine(k, d, at, name);
	if (r == 1)
		count_file(k, &st);
	return r < 0 ? r : 0;
}

static bool is_that(int fd, const struct inode_key *file, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISREG(st->st_mode) &&
	       st->st_dev == file->device && st->st_ino == file->inode;
}

int walk_linked(struct walker *k, const struct directory *d, const char *name,
		const struct inode_key *file, bool judge)
{
	struct stat st = {0};
	int at = directory_open(d), fd = at, r = 0;

	if (at >= 0)
		fd = walk_open(at, name);
	if (fd < 0 && fd != -ENOENT)
		r = fd;
	else if (fd >= 0 && is_that(fd, file, &st))
		r = judge ? walk_examine(k, fd, name, &st) : 1;
	else
		k->failed = true;
	if (r == 1) {
		r = send_candidate(k, d, name, fd, &st);
		r = r < 0 ? r : 1;
	} else if (r < 0 && r != -E2BIG) {
		walk_failed(k, d, name, -r);
		r = 2;
	}
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	return r;
}
