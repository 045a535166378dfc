/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/index.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/walk/inode_file.h"
#include "lib/file.h"

static void files_close(struct index_files *f)
{
	int *all[] = {&f->directories, &f->records, &f->log};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (*all[i] >= 0)
			close(*all[i]);
		*all[i] = -1;
	}
}

void index_init(struct index *x, const char *dir)
{
	*x = (struct index){.dir = dir, .slack_ms = INDEX_SLACK_MS,
			    .files = {-1, -1, -1}};
	if (getrandom(&x->seed, sizeof(x->seed), 0) != sizeof(x->seed))
		x->dir = NULL;
}

void index_drop(struct index *x)
{
	x->stands = false;
	files_close(&x->files);
	buf_free(&x->anew);
	buf_free(&x->behind);
}

void index_free(struct index *x)
{
	index_drop(x);
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t clock_offset(void)
{
	return clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_BOOTTIME);
}

bool index_is_set_back(int64_t then_ms, int64_t now_ms, int64_t slack_ms)
{
	/* two clocks read one after the other: a little apart */
	return now_ms < then_ms - slack_ms / 2 - 5;
}

bool index_check_clock(struct index *x)
{
	if (!x->stands ||
	    !index_is_set_back(x->offset_ms, clock_offset(), x->slack_ms))
		return false;
	index_drop(x);
	return true;
}

bool index_check_lists(struct index *x, uint64_t stamp)
{
	bool changed = x->stands && x->lists != stamp;

	x->lists = stamp;
	if (changed)
		index_drop(x);
	return changed;
}

/* The clock that file systems take ctimes from. */
static struct timespec begin_of_scan(int64_t slack_ms)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	t.tv_sec -= slack_ms / 1000;
	t.tv_nsec -= slack_ms % 1000 * 1000000;
	if (t.tv_nsec < 0) {
		t.tv_nsec += 1000000000;
		t.tv_sec--;
	}
	return t;
}

int index_begin(const struct index *x, struct index *ret_next)
{
	struct index n = *x;
	int r = 0;

	n.stands = false;
	n.offset_ms = clock_offset();
	n.since = begin_of_scan(x->slack_ms);
	n.files = (struct index_files){-1, -1, -1};
	n.anew = n.behind = (struct buf){.data = NULL};
	n.coverage = 0;
	if (!x->dir)
		return -ENOENT;
	n.files.directories = r = inode_file_create(x->dir);
	if (r >= 0)
		n.files.records = r = inode_file_create(x->dir);
	if (r >= 0)
		n.files.log = r = file_nameless(x->dir, 0);
	if (r < 0) {
		files_close(&n.files);
		return r;
	}
	*ret_next = n;
	return 0;
}

int index_commit(struct index *x, struct index *next)
{
	int r = inode_file_seal(next->files.directories);

	if (r == 0)
		r = inode_file_seal(next->files.records);
	index_drop(x);
	if (r < 0) {
		index_drop(next);
		return r;
	}
	*x = *next;
	x->stands = true;
	buf_init(&x->anew, INDEX_ANEW);
	buf_init(&x->behind, INDEX_ANEW);
	next->files = (struct index_files){-1, -1, -1};
	index_check_clock(x);
	return 0;
}

int index_begin_update(const struct index *x, struct index *ret_next)
{
	struct index n = *x;
	int r;

	n.files = (struct index_files){-1, -1, -1};
	n.anew = n.behind = (struct buf){.data = NULL};
	n.coverage = 0;
	n.files.records = r = inode_file_create(x->dir);
	if (r >= 0)
		n.files.log = r = file_nameless(x->dir, 0);
	if (r < 0) {
		files_close(&n.files);
		return r;
	}
	*ret_next = n;
	return 0;
}

int index_commit_update(struct index *x, struct index *next,
			const struct buf *paths)
{
	int r = inode_file_seal(next->files.records);

	if (r == 0)
		r = buf_add(&x->anew, paths->data, paths->len);
	if (r < 0) {
		files_close(&next->files);
		index_drop(x);
		return r;
	}
	next->files.directories = x->files.directories;
	x->files.directories = -1;
	files_close(&x->files);
	x->files = next->files;
	x->coverage = next->coverage;
	buf_free(&x->behind);
	next->files = (struct index_files){-1, -1, -1};
	return 0;
}
