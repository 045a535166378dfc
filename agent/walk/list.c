/* SPDX-License-Identifier: Apache-2.0 */
/* One directory: its entries, by getdents64. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/pool.h"
#include "agent/walk/walk.h"

#define ENTRIES_SIZE KIB(32)	/* bytes of entries read at a time */
#define ENTRY_LEAST 24		/* of one */
#define FEW 32			/* entries that qsort() would only slow down */
#define NEAR 512		/* inodes that ext4 reads at once, as a rule */
#define BARE_STRIDE 32		/* entries of a bare directory that are waited
				 * for together */

/* getdents64(2) */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* What lies in another mount namespace goes by its path there too. */
static bool matches(struct walker *k, const struct option_list *patterns,
		    const struct directory *d, const char *name)
{
	const char *path, *there;

	if (patterns->count == 0 || directory_path(d, name, &k->path) < 0)
		return false;
	path = (char *)k->path.data;
	there = d->base ? path + d->base->len : path;
	for (size_t i = 0; i < patterns->count; i++) {
		if (fnmatch(patterns->items[i], path, 0) == 0 ||
		    fnmatch(patterns->items[i], there, 0) == 0)
			return true;
	}
	return false;
}

/* Why the directory that is mounted here is not walked, or NULL. */
static const char *refused_mount(struct walker *k, const struct directory *d,
				 const char *name, char *text, size_t cap)
{
	const struct mount *m = NULL;

	if (!d->place.mounts || directory_path(d, name, &k->path) < 0)
		return NULL;
	m = mounts_at(&k->walk->mounts, (char *)k->path.data, k->path.len);
	if (!m || !m->refused)
		return NULL;
	snprintf(text, cap, "%s: %s", m->type, m->refused);
	return text;
}

/* Spares the others their path. */
static bool is_layer_name(const char *name)
{
	return strcmp(name, "diff") == 0 || strcmp(name, "fs") == 0;
}

static bool is_in_container(const struct directory *d)
{
	return d->container &&
	       !(d->base && d->container == d->base->container);
}

/* Its path is in k->path. */
static void set_layer(struct walker *k, struct directory *d)
{
	const char *text = containers_at(k->walk->containers,
					 (char *)k->path.data);

	if (text)
		d->container = text;
}

static void subdirectory(struct walker *k, struct directory *d,
			 const char *name)
{
	char text[128];
	const char *why = refused_mount(k, d, name, text, sizeof(text));
	struct directory *child = NULL;

	if (why) {
		walk_gap(k, CW__GAP_KIND__GAP_SKIPPED, d, name, why);
		return;
	}
	child = directory_new(d, name, strlen(name));
	if (child && is_layer_name(name) && !is_in_container(d) &&
	    directory_path(d, name, &k->path) == 0)
		set_layer(k, child);
	if (child)
		walk_push(k->walk, child);
	else
		walk_gap(k, CW__GAP_KIND__GAP_TOO_LARGE, d, name,
			 "no memory, or its path is longer than the limit");
}

/* For file systems that do not tell the type with the name. */
static unsigned char real_type(struct walker *k, const struct directory *d,
			       int at, const struct entry *e)
{
	struct stat st = {0};

	if (e->type != DT_UNKNOWN)
		return e->type;
	if (fstatat(at, e->name, &st,
		    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		walk_failed(k, d, e->name, errno);
		return DT_UNKNOWN;
	}
	return S_ISDIR(st.st_mode) ? DT_DIR
	       : S_ISREG(st.st_mode) ? DT_REG
				     : DT_UNKNOWN;
}

static int take_entry(struct walker *k, struct directory *d, int at,
		      const struct entry *e)
{
	unsigned char type;
	int r = 0;

	if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
		return 0;
	/* the others of a bare directory are not waited for by name */
	if (!d->place.bare || e->type == DT_UNKNOWN)
		r = pool_begin(k, d, e->name);
	if (r < 0)
		return r;
	type = real_type(k, d, at, e);
	if (type != DT_DIR && type != DT_REG)
		return 0;
	if (matches(k, &k->walk->config->exclude, d, e->name)) {
		walk_gap(k, CW__GAP_KIND__GAP_SKIPPED, d, e->name,
			 "excluded by the configuration");
		return 0;
	}
	/* the coverage has a note about it */
	if (type == DT_REG && k->walk->config->include.count > 0 &&
	    !matches(k, &k->walk->config->include, d, e->name))
		return 0;
	if (type == DT_REG)
		return walk_file(k, d, at, e->name);
	subdirectory(k, d, e->name);
	return 0;
}

/* Where it lies among the paths that are told. */
static int place_among(struct walker *k, struct directory *d)
{
	const struct path_list *only = &k->walk->only, *anew = &k->walk->anew;
	const struct directory_place *up = d->parent ? &d->parent->place
						     : NULL;
	const char *path;
	size_t i;
	int r;

	d->place.whole = only->count == 0 || (up && up->whole);
	if (anew->count == 0 && d->place.whole)
		return 0;
	r = directory_path(d, NULL, &k->path);
	if (r < 0)
		return r;
	path = (char *)k->path.data;
	if (!d->place.whole)
		d->place.whole = path_list_covers(only, path, k->path.len);
	if (path_list_covers(anew, path, k->path.len))
		d->place.known = false;
	i = path_list_first(anew, path, k->path.len);
	for (; path_list_is_beneath(anew, i, path, k->path.len); i++)
		d->place.look |= !strchr(path_list_rest(anew, i, k->path.len),
					 '/');
	return 0;
}

/* Finds out where it lies.  A file that is a mount point can become another
 * without a trace, so files beside mount points are looked at each time. */
static int place(struct walker *k, struct directory *d, int at, bool *ret_look)
{
	struct directory_place *p = &d->place;
	enum mounts_near near = MOUNTS_NONE;
	int r = past_directory(&k->walk->past, d, at);

	if (r < 0)
		return r;
	if (!d->parent || d->parent->place.mounts) {
		r = directory_path(d, NULL, &k->path);
		if (r < 0)
			return r;
		near = mounts_near(&k->walk->mounts, (char *)k->path.data);
	}
	p->mounts = near != MOUNTS_NONE;
	*ret_look = near == MOUNTS_IN;
	r = place_among(k, d);
	if (r < 0)
		return r;
	p->look |= *ret_look || !p->known || !p->trusted;
	p->bare &= !p->look;
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return ((*x)->inode > (*y)->inode) - ((*x)->inode < (*y)->inode);
}

static void sort(const struct entry **order, size_t n)
{
	if (n > FEW) {
		qsort(order, n, sizeof(order[0]), by_inode);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		const struct entry *e = order[i];
		size_t at = i;

		for (; at > 0 && order[at - 1]->inode > e->inode; at--)
			order[at] = order[at - 1];
		order[at] = e;
	}
}

/* One block of entries, in the order of their inodes: where the cache is cold,
 * the disk is then read forwards.  A few that are only asked for their ctime
 * come as they are: their inodes are near each other. */
static int take_entries(struct walker *k, struct directory *d, int at,
			const uint8_t *block, size_t len)
{
	const struct entry *order[ENTRIES_SIZE / ENTRY_LEAST];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < len; i += order[n++]->length)
		order[n] = (const void *)(block + i);
	if (d->place.look || n > NEAR)
		sort(order, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		/* each that answered counts, though none is waited for by
		 * name: a slow disk is not a silent one */
		if (d->place.bare && i % BARE_STRIDE == BARE_STRIDE - 1)
			r = pool_begin(k, d, NULL);
		if (r == 0)
			r = take_entry(k, d, at, order[i]);
	}
	return r;
}

/* All entries of the directory that is open as ${at}. */
static int list(struct walker *k, struct directory *d, int at, bool look)
{
	uint8_t *entries = malloc(ENTRIES_SIZE);
	int r = entries ? 0 : -ENOMEM;
	bool whole = false;

	k->failed = k->told = false;
	while (r == 0) {
		ssize_t n = getdents64(at, entries, ENTRIES_SIZE);

		if (n < 0)
			walk_failed(k, d, NULL, errno);
		whole = n == 0;
		if (n <= 0)
			break;
		r = take_entries(k, d, at, entries, (size_t)n);
		walk_count(k);
		pool_rest(k);
		if (r == 0)
			r = report_progress(&k->walk->report);
		if (r == 0)
			r = pool_begin(k, d, NULL);
	}
	if (whole && pool_begin(k, d, NULL) == 0)
		past_keep(&k->walk->past, d, look || k->failed, k->told,
			  &k->directories);
	free(entries);
	return r;
}

/* One that alone is walked, or that leads to some; it may be gone. */
static int take_name(struct walker *k, struct directory *d, int at,
		     const char *name, size_t len, bool leads)
{
	union {
		struct entry e;
		char bytes[sizeof(struct entry) + NAME_MAX + 1];
	} u = {.e = {.type = DT_UNKNOWN}};
	struct stat st = {0};

	if (len > NAME_MAX)
		return 0;
	memcpy(u.bytes + offsetof(struct entry, name), name, len);
	if (fstatat(at, u.e.name, &st,
		    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			walk_failed(k, d, u.e.name, errno);
		return 0;
	}
	if (leads && !S_ISDIR(st.st_mode))
		return 0;
	return take_entry(k, d, at, &u.e);
}

/* Those entries that the paths name which alone are walked. */
static int take_some(struct walker *k, struct directory *d, int at)
{
	const struct path_list *only = &k->walk->only;
	size_t dir_len = d->path_len, i;
	const char *before = "";
	char *dir;
	int r = directory_path(d, NULL, &k->path);

	dir = r == 0 ? strdup((char *)k->path.data) : NULL;
	if (!dir)
		return -ENOMEM;
	i = path_list_first(only, dir, dir_len);
	for (; r == 0 && path_list_is_beneath(only, i, dir, dir_len); i++) {
		const char *name = path_list_rest(only, i, dir_len);
		size_t len = strcspn(name, "/");

		if (strncmp(before, name, len) != 0 ||
		    (before[len] != '\0' && before[len] != '/'))
			r = take_name(k, d, at, name, len, name[len] == '/');
		before = name;
	}
	free(dir);
	return r < 0 ? r : report_progress(&k->walk->report);
}

/* Not each path that is asked for is there in each mount namespace. */
static void top_failed(struct walker *k, const struct directory *d, int error)
{
	bool far = d->base && !d->parent;

	if (far && (error == ENOTDIR || error == ELOOP))
		walk_gap(k, CW__GAP_KIND__GAP_SKIPPED, d, NULL,
			 "not a directory in this mount namespace");
	else if (!far || error != ENOENT)
		walk_failed(k, d, NULL, error);
}

/* A root that is a file: examined as an entry of its directory. */
static int walk_single(struct walker *k, const struct directory *file)
{
	const char *slash = strrchr(file->name, '/'), *name = slash + 1;
	size_t len = slash == file->name ? 1 : (size_t)(slash - file->name);
	struct directory *d = directory_new(NULL, file->name, len);
	int at = -1, r = d ? pool_begin(k, d, name) : -ENOMEM;

	if (r == 0) {
		d->container = containers_above(k->walk->containers,
						file->name);
		d->place.look = true;
		at = directory_open(d);
		if (at < 0)
			walk_failed(k, d, name, -at);
		else
			r = walk_file(k, d, at, name);
	}
	if (at >= 0)
		close(at);
	/* who was given up leaves it to those who name it */
	if (d && pool_begin(k, file, NULL) < 0)
		return -ECANCELED;
	directory_unref(d);
	return r;
}

int walk_directory(struct walker *k, struct directory *d)
{
	bool look = false;
	int at = -1, r = 0;

	if (pool_is_silent(k, d)) {
		walk_gap(k, CW__GAP_KIND__GAP_TIMEOUT, d, NULL,
			 "its file system does not answer");
		goto out;
	}
	if (d->place.single)
		return walk_single(k, d);
	r = pool_begin(k, d, NULL);
	if (r < 0)
		goto out;
	if (!d->parent && !d->base)
		d->container = containers_above(k->walk->containers, d->name);
	at = directory_enter(d);
	r = at < 0 ? at : place(k, d, at, &look);
	if (r < 0) {
		top_failed(k, d, -r);
		r = 0;
		goto out;
	}
	atomic_fetch_add_explicit(&k->walk->report.directories, 1,
				  memory_order_relaxed);
	r = d->place.whole ? list(k, d, at, look) : take_some(k, d, at);
out:
	directory_leave(d, at);
	return r;
}
