/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "agent/walk/walk.h"

struct link_name {
	struct link_name *next;
	struct directory *directory;
	enum link_state state;
	char name[];
};

struct link_file {
	struct inode_key key;
	struct link_name *names;	/* any order */
	UT_hash_handle hh;
};

void links_init(struct links *l)
{
	*l = (struct links){.held = NULL};
	inode_set_init(&l->seen);
	pthread_mutex_init(&l->lock, NULL);
}

static void name_free(struct link_name *n)
{
	directory_unref(n->directory);
	free(n);
}

void links_free(struct links *l)
{
	struct link_file *f, *next;

	HASH_ITER(hh, l->held, f, next) {
		HASH_DEL(l->held, f);
		while (f->names) {
			struct link_name *n = f->names;

			f->names = n->next;
			name_free(n);
		}
		free(f);
	}
	inode_set_free(&l->seen);
}

static struct link_file *find_or_add(struct links *l,
				     const struct inode_key *key)
{
	struct link_file *f = NULL;

	HASH_FIND(hh, l->held, key, sizeof(*key), f);
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->key = *key;
	HASH_ADD(hh, l->held, key, sizeof(*key), f);
	return f;
}

int links_hold(struct links *l, const struct inode_key *file,
	       enum link_state state, struct directory *d, const char *name)
{
	size_t len = strlen(name) + 1;
	struct link_name *n = malloc(sizeof(*n) + len);
	struct link_file *f = NULL;

	if (!n)
		return -ENOMEM;
	n->state = state;
	memcpy(n->name, name, len);
	pthread_mutex_lock(&l->lock);
	f = find_or_add(l, file);
	if (f) {
		n->directory = directory_ref(d);
		n->next = f->names;
		f->names = n;
	}
	pthread_mutex_unlock(&l->lock);
	if (!f)
		free(n);
	return f ? 0 : -ENOMEM;
}

struct sorting {
	struct report *report;
	struct buf a, b;
	int error;
};

static int by_path(const void *a, const void *b, void *arg)
{
	const struct link_name *const *x = a, *const *y = b;
	struct sorting *s = arg;
	int r;

	if ((*x)->directory == (*y)->directory)
		return strcmp((*x)->name, (*y)->name);
	r = directory_path((*x)->directory, (*x)->name, &s->a);
	if (r == 0)
		r = directory_path((*y)->directory, (*y)->name, &s->b);
	/* paths may be long, and a walk that is silent is killed */
	if (r == 0)
		r = report_progress(s->report);
	s->error = s->error ? s->error : r;
	return s->error ? 0 : strcmp((char *)s->a.data, (char *)s->b.data);
}

/* Brings the names into the order of their paths. */
static int sort_names(struct link_file *f, struct sorting *s)
{
	struct link_name **order = NULL, **at = &f->names;
	size_t n = 0, i = 0;

	for (struct link_name *l = f->names; l; l = l->next)
		n++;
	if (n < 2)
		return 0;
	order = reallocarray(NULL, n, sizeof(order[0]));
	if (!order)
		return -ENOMEM;
	for (struct link_name *l = f->names; l; l = l->next)
		order[i++] = l;
	qsort_r(order, n, sizeof(order[0]), by_path, s);
	for (i = 0; i < n; i++) {
		*at = order[i];
		at = &order[i]->next;
	}
	*at = NULL;
	free(order);
	return s->error;
}

static struct link_name *take_first(struct link_file *f)
{
	struct link_name *n = f->names;

	if (n)
		f->names = n->next;
	return n;
}

static void name_drop(struct link_name *n)
{
	if (n)
		name_free(n);
}

static void drop_state(struct link_file *f, enum link_state state)
{
	struct link_name **at = &f->names, *n = NULL;

	while ((n = *at)) {
		if (n->state != state) {
			at = &n->next;
			continue;
		}
		*at = n->next;
		name_free(n);
	}
}

/* While the name of the last scan is still there, none of those that were
 * there besides comes before it. */
static void drop_unknown(struct link_file *f)
{
	bool kept = false;

	for (const struct link_name *n = f->names; n; n = n->next)
		kept |= n->state == LINK_KEEP;
	if (kept)
		drop_state(f, LINK_UNKNOWN);
}

static int pass_name(struct walker *k, const struct link_name *n,
		     const struct inode_key *file)
{
	int r;

	switch (n->state) {
	case LINK_PARTIAL:
		return -E2BIG;
	case LINK_KEEP:
		r = walk_tell(k, IPC_WALK_KEEP, n->directory, n->name, file,
			      true);
		return r < 0 ? r : 1;
	case LINK_CANDIDATE:
		return walk_linked(k, n->directory, n->name, file, false);
	case LINK_UNKNOWN:
		break;
	}
	return walk_linked(k, n->directory, n->name, file, true);
}

/* As walk_linked(). */
static int try_name(struct walker *k, const struct link_name *n,
		    const struct inode_key *file)
{
	int r;

	k->failed = false;
	r = pass_name(k, n, file);
	/* by now its directory was kept as one that was looked at */
	if (k->failed)
		past_keep(&k->walk->past, n->directory, true, true,
			  &k->directories);
	return r;
}

/* No name was passed on. */
static int tell_others(struct walker *k, const struct link_file *f,
		       const struct link_name *partial,
		       const struct link_name *gone)
{
	if (partial)
		return walk_tell(k, IPC_WALK_PARTIAL, partial->directory,
				 partial->name, &f->key, true);
	if (gone)
		walk_failed(k, gone->directory, gone->name, ENOENT);
	return 0;
}

/* One name after the other, until one can be passed on. */
static int finish_file(struct walker *k, struct link_file *f,
		       struct sorting *s)
{
	struct link_name *n, *partial = NULL, *gone = NULL;
	int r;

	drop_unknown(f);
	r = sort_names(f, s);
	while (r == 0 && (n = take_first(f))) {
		r = try_name(k, n, &f->key);
		if (r == -E2BIG && !partial) {
			/* the others would say the same */
			drop_state(f, LINK_PARTIAL);
			partial = n;
			n = NULL;
		} else if (r == 0 && n->state == LINK_CANDIDATE && !gone) {
			gone = n;
			n = NULL;
		}
		name_drop(n);
		if (r == 0 || r == 2 || r == -E2BIG)
			r = report_progress(s->report);
	}
	if (r == 0)
		r = tell_others(k, f, partial, gone);
	name_drop(partial);
	name_drop(gone);
	return r < 0 ? r : 0;
}

int links_finish(struct links *l, struct walker *k)
{
	struct sorting s = {.report = &k->walk->report};
	struct link_file *f, *next;
	int r = 0;

	buf_init(&s.a, LIMIT_PATH + 1024);
	buf_init(&s.b, LIMIT_PATH + 1024);
	HASH_ITER(hh, l->held, f, next) {
		if (r == 0)
			r = finish_file(k, f, &s);
		if (r == 0)
			r = report_progress(&k->walk->report);
	}
	buf_free(&s.a);
	buf_free(&s.b);
	return r;
}
