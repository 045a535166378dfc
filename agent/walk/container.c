/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/container.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uthash.h>

#include "agent/walk/container_store.h"
#include "lib/limits.h"

#define LAYERS_MAX 50000	/* remembered, over all storages */
#define WORK_MAX 100000000u	/* container_store.h: a second or so */
#define TEXT_MAX 240		/* bytes of what is told of one */

/* A layer's folder is ROOT, ${before}, its id, ${after}. */
static const struct engine {
	const char *name;
	const char *before;
	const char *after;
	void (*read)(struct container_store *s);
} engines[] = {
	{"docker", "/overlay2/", "/diff", container_store_docker},
	{"containerd", "/io.containerd.snapshotter.v1.overlayfs/snapshots/",
	 "/fs", container_store_containerd},
	{"podman", "/overlay/", "/diff", container_store_podman},
};

#define ENGINES (sizeof(engines) / sizeof(engines[0]))

struct layer {
	char *text;
	UT_hash_handle hh;
	char key[];	/* the whole path of its folder */
};

struct root {
	struct root *next;
	const struct engine *engine;
	char path[];
};

struct containers {
	const struct mounts *mounts;
	pthread_mutex_t lock;	/* of what follows */
	struct layer *layers;
	struct root *roots;	/* that were read */
	uint64_t work;		/* that may still be done for them */
};

/* A layer's folder, taken apart. */
struct parts {
	const struct engine *engine;
	size_t root_len;
	const char *id;
	size_t id_len;
};

struct containers *containers_new(const struct mounts *m)
{
	struct containers *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->mounts = m;
	c->work = WORK_MAX;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void containers_free(struct containers *c)
{
	struct layer *l = NULL, *next = NULL;

	if (!c)
		return;
	HASH_ITER(hh, c->layers, l, next) {
		HASH_DEL(c->layers, l);
		free(l->text);
		free(l);
	}
	while (c->roots) {
		struct root *r = c->roots;

		c->roots = r->next;
		free(r);
	}
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static bool take_apart(const char *path, const struct engine *e,
		       struct parts *ret)
{
	size_t len = strlen(path), after = strlen(e->after);
	const char *id, *end = path + len - after;
	size_t before = strlen(e->before);

	if (len <= after || strcmp(end, e->after) != 0)
		return false;
	id = end;
	while (id > path && id[-1] != '/')
		id--;
	if (id == end || (size_t)(id - path) < before ||
	    memcmp(id - before, e->before, before) != 0)
		return false;
	*ret = (struct parts){e, (size_t)(id - before - path), id,
			      (size_t)(end - id)};
	return ret->root_len > 0;
}

/* The text is given away. */
static void remember(struct containers *c, const char *path, char *text)
{
	struct layer *l = NULL;
	size_t len = strlen(path);

	if (text && HASH_COUNT(c->layers) < LAYERS_MAX)
		l = calloc(1, sizeof(*l) + len + 1);
	if (!l) {
		free(text);
		return;
	}
	memcpy(l->key, path, len);
	l->text = text;
	HASH_ADD(hh, c->layers, key[0], len, l);
}

struct adding {
	struct containers *c;
	const struct root *root;
};

static void add(void *arg, const char *id, const char *text)
{
	const struct adding *a = arg;
	const struct engine *e = a->root->engine;
	struct layer *l = NULL;
	char *path = NULL, *longer = NULL;

	if (!*id || strchr(id, '/') || strlen(text) > TEXT_MAX ||
	    asprintf(&path, "%s%s%s%s", a->root->path, e->before, id,
		     e->after) < 0)
		return;
	HASH_FIND_STR(a->c->layers, path, l);
	if (!l) {
		remember(a->c, path, strdup(text));
	} else if (strlen(l->text) + strlen(text) < TEXT_MAX &&
		   asprintf(&longer, "%s, %s", l->text, text) >= 0) {
		free(l->text);
		l->text = longer;
	}
	free(path);
}

/* Reads what the engine says of its layers, once. */
static void read_root(struct containers *c, const struct parts *p,
		      const char *path)
{
	struct root *r = c->roots;
	struct stat st = {0};

	while (r && (r->engine != p->engine || strlen(r->path) != p->root_len ||
		     memcmp(r->path, path, p->root_len) != 0))
		r = r->next;
	if (r)
		return;
	r = calloc(1, sizeof(*r) + p->root_len + 1);
	if (!r)
		return;
	memcpy(r->path, path, p->root_len);
	r->engine = p->engine;
	r->next = c->roots;
	c->roots = r;
	if (lstat(r->path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	p->engine->read(&(struct container_store){
		.root = r->path, .mounts = c->mounts, .owner = st.st_uid,
		.add = add, .arg = &(struct adding){c, r}, .work = &c->work});
}

static const char *text_of(struct containers *c, const struct parts *p,
			   const char *path)
{
	struct layer *l = NULL;
	char *text = NULL;

	HASH_FIND_STR(c->layers, path, l);
	if (l)
		return l->text;
	read_root(c, p, path);
	HASH_FIND_STR(c->layers, path, l);
	if (!l && asprintf(&text, "%s layer %.*s", p->engine->name,
			   p->id_len > 12 ? 12 : (int)p->id_len, p->id) >= 0) {
		remember(c, path, text);
		HASH_FIND_STR(c->layers, path, l);
	}
	return l ? l->text : NULL;
}

const char *containers_at(struct containers *c, const char *path)
{
	struct parts p;
	const char *text = NULL;

	for (size_t i = 0; c && i < ENGINES && !text; i++) {
		if (!take_apart(path, &engines[i], &p))
			continue;
		pthread_mutex_lock(&c->lock);
		text = text_of(c, &p, path);
		pthread_mutex_unlock(&c->lock);
	}
	return text;
}

const char *containers_above(struct containers *c, const char *path)
{
	char *copy = strdup(path);
	const char *text = NULL;

	for (size_t end = strlen(path); copy && end > 0 && !text; end--) {
		if (path[end] != '\0' && path[end] != '/')
			continue;
		copy[end] = '\0';
		text = containers_at(c, copy);
	}
	free(copy);
	return text;
}
