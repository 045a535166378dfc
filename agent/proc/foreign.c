/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/foreign.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"

#define PATH_CAP 4096

static void gap(struct foreign *f, const char *key, int error)
{
	uint32_t number = views_of_key(f->views, key);
	const char *path = key + view_prefix(key, strlen(key));
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};
	Cw__GapKind kind = CW__GAP_KIND__GAP_UNREADABLE;
	char why[400];

	if (error == -EFBIG)
		kind = CW__GAP_KIND__GAP_TOO_LARGE;
	else if (error == -ENOENT)
		kind = CW__GAP_KIND__GAP_VANISHED;
	snprintf(why, sizeof(why), "in %.300s: %s",
		 views_where(f->views, number), strerror(-error));
	coverage_gap(f->coverage, kind, &p, why);
}

/* As if it lay there on the host. */
static bool is_wanted(const struct agent_config *c, const char *path)
{
	char above[PATH_CAP];
	bool inside = false;

	for (size_t i = 0; i < c->paths.count && !inside; i++)
		inside = mounts_is_beneath(path, c->paths.items[i]);
	snprintf(above, sizeof(above), "%s", path);
	while (inside && *above) {
		for (size_t i = 0; i < c->exclude.count && inside; i++)
			inside = fnmatch(c->exclude.items[i], above, 0) != 0;
		*strrchr(above, '/') = '\0';
	}
	return inside;
}

static void add(struct foreign *f, const char *key)
{
	char **more = NULL;

	if (!is_wanted(f->config, key + view_prefix(key, strlen(key))))
		return;
	more = reallocarray(f->keys, f->n + 1, sizeof(*more));
	if (more)
		f->keys = more;
	if (more)
		more[f->n] = strdup(key);
	if (!more || !more[f->n])
		gap(f, key, -ENOMEM);
	else
		f->n++;
}

static int open_key(const struct foreign *f, const char *key,
		    struct finder_file *ret)
{
	const struct config_opener *o =
		views_opener(f->views, views_of_key(f->views, key));

	return config_open((void *)(uintptr_t)o,
			   key + view_prefix(key, strlen(key)), ret);
}

/* May one more be looked at?  A gap tells of the first that may not. */
static bool has_room(struct foreign *f, const char *key)
{
	const char *path = key + view_prefix(key, strlen(key));
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};

	if (f->asked < LIMIT_FOREIGN_FILES) {
		f->asked++;
		return true;
	}
	if (f->asked++ == LIMIT_FOREIGN_FILES)
		coverage_gap(f->coverage, CW__GAP_KIND__GAP_TOO_LARGE, &p,
			     "containers' configurations name more files than "
			     "one scan reads");
	return false;
}

/* Those in it, as far as they are files; not those below. */
static void add_folder(struct foreign *f, const char *key)
{
	struct finder_file folder, file;
	char path[PATH_CAP];
	int r = open_key(f, key, &folder);

	if (r < 0)
		gap(f, key, r);
	for (size_t i = 0; r == 0 && i < folder.n_names; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", key,
			     folder.names[i]) >= (int)sizeof(path))
			continue;
		if (!has_room(f, path))
			break;
		if (open_key(f, path, &file) == 0 && !file.is_folder)
			add(f, path);
		opener_free(&file);
	}
	opener_free(&folder);
}

static int take_line(void *arg, const char *path, enum bound_kind kind,
		     const struct bound_by *by, const uint8_t *line, size_t len)
{
	struct foreign *f = arg;

	(void)by;
	(void)line;
	(void)len;
	if (view_prefix(path, strlen(path)) == 0 || kind == BOUND_GONE)
		return 0;
	/* lines of one file come one after the other */
	if (f->candidate.len > 0 && strcmp(buf_str(&f->candidate), path) == 0)
		return 0;
	buf_reset(&f->candidate);
	buf_adds(&f->candidate, path);
	if (!has_room(f, path))
		return 0;
	if (kind == BOUND_FOLDER)
		add_folder(f, path);
	else
		add(f, path);
	return 0;
}

void foreign_start(struct foreign *f, const struct agent_config *config,
		   const struct views *views, struct coverage *coverage,
		   const struct bindings *b)
{
	*f = (struct foreign){.config = config, .views = views,
			      .coverage = coverage};
	buf_init(&f->candidate, 2 * PATH_CAP);
	bindings_each(b, take_line, f);
	buf_reset(&f->candidate);
}

void foreign_free(struct foreign *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->keys[i]);
	free(f->keys);
	buf_free(&f->candidate);
	*f = (struct foreign){.keys = NULL};
}

static int pack(struct foreign *f, const char *key)
{
	Ipc__Candidate c = IPC__CANDIDATE__INIT;
	size_t len;

	c.path = (ProtobufCBinaryData){strlen(key), (uint8_t *)(uintptr_t)key};
	c.container = (char *)(uintptr_t)
		views_where(f->views, views_of_key(f->views, key));
	len = ipc__candidate__get_packed_size(&c);
	buf_reset(&f->candidate);
	if (buf_reserve(&f->candidate, len) < 0)
		return -ENOMEM;
	f->candidate.len = ipc__candidate__pack(&c, f->candidate.data);
	return 0;
}

bool foreign_next(struct foreign *f, struct frame *ret)
{
	while (f->next < f->n) {
		const char *key = f->keys[f->next++];
		struct finder_file file;
		int r = open_key(f, key, &file);

		if (r == 0 && file.is_folder)
			r = -EISDIR;
		if (r == 0)
			r = pack(f, key);
		if (r < 0) {
			opener_free(&file);
			gap(f, key, r);
			continue;
		}
		*ret = (struct frame){.op = IPC_WALK_CANDIDATE,
				      .data = f->candidate.data,
				      .len = f->candidate.len,
				      .fd = file.fd};
		return true;
	}
	return false;
}
