/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/index.h"

#include <errno.h>
#include <stddef.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/record.h"
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
	next->files = (struct index_files){-1, -1, -1};
	index_check_clock(x);
	return 0;
}

struct each_path {
	int (*take)(void *arg, const uint8_t *path, size_t len);
	void *arg;
};

static int take_place(void *arg, enum record_kind kind, const uint8_t *data,
		      size_t len)
{
	const struct each_path *e = arg;
	Ipc__Candidate *c;
	int r;

	if (kind != RECORD_PLACE)
		return 0;
	c = ipc__candidate__unpack(NULL, len, data);
	if (!c)
		return -EBADMSG;
	r = e->take(e->arg, c->path.data, c->path.len);
	ipc__candidate__free_unpacked(c, NULL);
	return r;
}

int index_each_path(const struct index *x,
		    int (*take)(void *arg, const uint8_t *path, size_t len),
		    void *arg)
{
	struct each_path e = {take, arg};
	struct inode_map m = {0};
	int r = 0;

	if (!x->stands)
		return 0;
	r = inode_map_open(&m, x->files.records);
	for (size_t i = 0; r >= 0 && i < m.count; i++)
		r = record_replay(x->files.log,
				  m.records[i].value[RECORD_OFFSET],
				  take_place, &e);
	inode_map_close(&m);
	return r < 0 ? r : 0;
}
