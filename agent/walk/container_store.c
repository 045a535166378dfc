/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/container_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/mount_kind.h"
#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/json_read.h"
#include "lib/limits.h"

#define FILE_MAX MIB(4)		/* bytes of an engine's file */
#define ENTRIES_MAX 20000	/* containers, images, layers of one engine */
#define SHORT_ID 12		/* digits of an id that people are shown */

#define WORK_FILE 2000		/* of opening one */
#define WORK_BYTE 5		/* of reading it, and what it says */
#define WORK_ADD 100		/* of remembering a layer */

/* Whoever may write a folder may make it look like a storage, and what is told
 * of layers is not worth a scan that stands still.  False: no more is done. */
static bool may_do(const struct container_store *s, uint64_t work)
{
	bool yes = *s->work >= work;

	*s->work = yes ? *s->work - work : 0;
	return yes;
}

int container_store_read(const struct container_store *s, const char *path,
			 struct buf *ret)
{
	char full[4096];
	struct stat st = {0};
	ssize_t n = 0;
	int fd, r = 0;

	if (snprintf(full, sizeof(full), "%s/%s", s->root, path) >=
	    (int)sizeof(full))
		return -ENAMETOOLONG;
	if (!may_do(s, WORK_FILE))
		return -EFBIG;
	fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != s->owner || st.st_size > (off_t)FILE_MAX)
		r = -EPERM;
	if (r == 0 && !may_do(s, (uint64_t)st.st_size * WORK_BYTE))
		r = -EFBIG;
	buf_reset(ret);
	if (r == 0)
		r = buf_reserve(ret, (size_t)st.st_size + 1);
	while (r == 0 && ret->len < (size_t)st.st_size) {
		n = read(fd, ret->data + ret->len,
			 (size_t)st.st_size - ret->len);
		if (n <= 0)
			break;
		ret->len += (size_t)n;
	}
	close(fd);
	return r == 0 ? buf_addch(ret, '\0') : r;
}

/* ------------------------------------------------------------- docker */

/* One image: "name:tag" by the digest of its configuration. */
struct image {
	char *id;
	char *name;
};

struct images {
	struct container_store *store;
	struct image *list;
	size_t count;
	/* while one is read */
	const char *name;
	char chain[8 + HASH_HEX];	/* "sha256:..." of the layers so far */
};

static const char *short_id(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon ? colon + 1 : id;
}

/* {"Repositories":{"nginx":{"nginx:1.27":"sha256:..."}}} */
static int take_repository(void *arg, const struct json_place *p,
			   const char *value)
{
	struct images *m = arg;
	struct image *list;

	if (p->depth != 3 || !p->keys[2] || strchr(p->keys[2], '@') ||
	    m->count == ENTRIES_MAX)
		return 0;
	list = realloc(m->list, (m->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->list = list;
	list[m->count] = (struct image){strdup(short_id(value)),
					strdup(p->keys[2])};
	m->count++;
	return 0;
}

/* The identity of a layer on those below it: the OCI image specification's
 * ChainID. */
static int take_diff_id(void *arg, const struct json_place *p,
			const char *value)
{
	struct images *m = arg;
	char both[2 * sizeof(m->chain) + 2], path[256], text[256];
	uint8_t hash[HASH_SIZE];
	struct buf cache;

	if (p->depth != 3 || !p->keys[0] || strcmp(p->keys[0], "rootfs") != 0 ||
	    !p->keys[1] || strcmp(p->keys[1], "diff_ids") != 0)
		return 0;
	if (strlen(value) >= sizeof(m->chain))
		return -EBADMSG;
	if (*m->chain) {
		int n = snprintf(both, sizeof(both), "%s %s", m->chain, value);

		hash_sha256(both, (size_t)n, hash);
		memcpy(m->chain, "sha256:", 7);
		encode_hex(hash, HASH_SIZE, m->chain + 7);
	} else {
		memcpy(m->chain, value, strlen(value) + 1);
	}
	snprintf(path, sizeof(path), "image/overlay2/layerdb/sha256/%s/%s",
		 short_id(m->chain), "cache-id");
	snprintf(text, sizeof(text), "docker image %s", m->name);
	buf_init(&cache, KIB(4));
	if (!strchr(short_id(m->chain), '/') &&
	    container_store_read(m->store, path, &cache) == 0)
		m->store->add(m->store->arg, (char *)cache.data, text);
	buf_free(&cache);
	return 0;
}

static void read_images(struct container_store *s)
{
	struct images m = {.store = s};
	struct buf text;
	char path[256];

	buf_init(&text, FILE_MAX + 1);
	if (container_store_read(s, "image/overlay2/repositories.json",
				 &text) == 0)
		json_read((char *)text.data, text.len - 1, take_repository, &m);
	for (size_t i = 0; i < m.count; i++) {
		struct image *it = &m.list[i];

		m.chain[0] = '\0';
		m.name = it->name;
		if (!it->id || !it->name || strchr(it->id, '/'))
			continue;
		snprintf(path, sizeof(path),
			 "image/overlay2/imagedb/content/sha256/%s", it->id);
		if (container_store_read(s, path, &text) == 0)
			json_read((char *)text.data, text.len - 1,
				  take_diff_id, &m);
	}
	for (size_t i = 0; i < m.count; i++) {
		free(m.list[i].id);
		free(m.list[i].name);
	}
	free(m.list);
	buf_free(&text);
}

static int take_name(void *arg, const struct json_place *p, const char *value)
{
	if (p->depth != 1 || !p->keys[0] || strcmp(p->keys[0], "Name") != 0)
		return 0;
	snprintf(arg, 128, "%s", value[0] == '/' ? value + 1 : value);
	return -ECANCELED;
}

static void read_container(struct container_store *s, const char *id)
{
	char path[512], name[128] = "", text[256];
	struct buf layer, config;

	buf_init(&layer, KIB(4));
	buf_init(&config, FILE_MAX + 1);
	snprintf(path, sizeof(path), "containers/%s/config.v2.json", id);
	if (container_store_read(s, path, &config) == 0)
		json_read((char *)config.data, config.len - 1, take_name, name);
	snprintf(text, sizeof(text), "docker container %s%s%.*s", name,
		 *name ? " " : "", SHORT_ID, id);
	snprintf(path, sizeof(path), "image/overlay2/layerdb/mounts/%s/%s", id,
		 "mount-id");
	if (container_store_read(s, path, &layer) == 0)
		s->add(s->arg, (char *)layer.data, text);
	snprintf(path, sizeof(path), "image/overlay2/layerdb/mounts/%s/%s", id,
		 "init-id");
	if (container_store_read(s, path, &layer) == 0)
		s->add(s->arg, (char *)layer.data, text);
	buf_free(&layer);
	buf_free(&config);
}

void container_store_docker(struct container_store *s)
{
	char path[4096];
	DIR *d = NULL;
	size_t n = 0;

	if (snprintf(path, sizeof(path), "%s/image/overlay2/layerdb/mounts",
		     s->root) < (int)sizeof(path))
		d = opendir(path);
	for (struct dirent *e = NULL; d && n < ENTRIES_MAX; n++) {
		e = readdir(d);
		if (!e)
			break;
		if (e->d_name[0] != '.' && strlen(e->d_name) <= 128)
			read_container(s, e->d_name);
	}
	if (d)
		closedir(d);
	read_images(s);
}

/* --------------------------------------------------------- containerd */

/* Its own database is no text; a container that runs is told by its mount:
 * /run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID/rootfs */
static bool task_of(const char *path, char *ret, size_t cap)
{
	static const char mark[] = "/io.containerd.runtime.v2.task/";
	const char *name = strstr(path, mark);
	size_t namespace, id;

	if (!name)
		return false;
	name += sizeof(mark) - 1;
	namespace = strcspn(name, "/");
	if (!name[namespace])
		return false;
	id = strcspn(name + namespace + 1, "/");
	if (strcmp(name + namespace + 1 + id, "/rootfs") != 0)
		return false;
	snprintf(ret, cap, "%.*s/%.*s", namespace > 64 ? 64 : (int)namespace,
		 name, id > 64 ? 64 : (int)id, name + namespace + 1);
	return true;
}

/* Each of a list of folders that is a snapshot's. */
static void add_list(struct container_store *s, char *list, const char *text)
{
	static const char below[] =
		"/io.containerd.snapshotter.v1.overlayfs/snapshots/";
	size_t root = strlen(s->root), skip = sizeof(below) - 1;
	char *save = NULL, *at = strtok_r(list, ":", &save);

	for (; at; at = strtok_r(NULL, ":", &save)) {
		char *slash;

		if (strncmp(at, s->root, root) != 0 ||
		    strncmp(at + root, below, skip) != 0)
			continue;
		slash = strchr(at + root + skip, '/');
		if (!slash || strcmp(slash, "/fs") != 0)
			continue;
		*slash = '\0';
		s->add(s->arg, at + root + skip, text);
	}
}

/* All that the option names, which may be there several times. */
static void add_snapshots(struct container_store *s, const char *options,
			  const char *option, const char *what,
			  const char *task)
{
	unsigned int len = 0;
	const char *v = NULL;
	char text[256];

	snprintf(text, sizeof(text), "containerd %s %s", what, task);
	while ((v = mount_kind_option(options, option, &len))) {
		char *list = strndup(v, len);

		if (list)
			add_list(s, list, text);
		free(list);
		options = v + len;
	}
}

void container_store_containerd(struct container_store *s)
{
	char task[160];

	for (size_t i = 0; s->mounts && i < s->mounts->count; i++) {
		const struct mount *m = &s->mounts->list[i];

		if (!m->layers || !task_of(m->path, task, sizeof(task)))
			continue;
		add_snapshots(s, m->layers, "upperdir", "container", task);
		add_snapshots(s, m->layers, "lowerdir", "image of", task);
		add_snapshots(s, m->layers, "lowerdir+", "image of", task);
	}
}

/* ------------------------------------------- containers/storage: podman */

/* An element of layers.json, images.json or containers.json. */
struct entry {
	char id[80];
	char parent[80];
	char layer[80];
	char name[200];
	bool is_crio;	/* a container that CRI-O made */
};

struct entries {
	struct entry *list;
	size_t count;
};

static void keep(char *to, size_t cap, const char *value)
{
	if (strlen(value) < cap && !*to)
		memcpy(to, value, strlen(value) + 1);
}

static void take_member(struct entry *e, const struct json_place *p,
			const char *value)
{
	const char *key = p->keys[1];

	if (p->depth == 2 && strcmp(key, "id") == 0)
		keep(e->id, sizeof(e->id), value);
	else if (p->depth == 2 && strcmp(key, "layer") == 0)
		keep(e->layer, sizeof(e->layer), value);
	else if (p->depth == 2 && strcmp(key, "parent") == 0)
		keep(e->parent, sizeof(e->parent), value);
	else if (p->depth == 3 && strcmp(key, "names") == 0)
		keep(e->name, sizeof(e->name), value);
	else if (p->depth == 2 && strcmp(key, "metadata") == 0)
		/* JSON in a string: of podman, it has no pod */
		e->is_crio = strstr(value, "\"pod-id\"") != NULL;
}

/* [{"id":"..","names":["..",..],"layer":"..","parent":".."},..] */
static int take_entry(void *arg, const struct json_place *p, const char *value)
{
	struct entries *m = arg;
	struct entry *e;

	if (p->depth < 2 || p->keys[0] || !p->keys[1])
		return 0;
	if (p->index[0] >= ENTRIES_MAX)
		return -ECANCELED;
	if (p->index[0] >= m->count) {
		e = realloc(m->list, (p->index[0] + 1) * sizeof(*e));
		if (!e)
			return -ENOMEM;
		memset(e + m->count, 0,
		       (p->index[0] + 1 - m->count) * sizeof(*e));
		m->list = e;
		m->count = p->index[0] + 1;
	}
	take_member(&m->list[p->index[0]], p, value);
	return 0;
}

static void read_entries(const struct container_store *s, const char *path,
			 struct entries *ret)
{
	struct buf text;

	buf_init(&text, FILE_MAX + 1);
	if (container_store_read(s, path, &text) == 0)
		json_read((char *)text.data, text.len - 1, take_entry, ret);
	buf_free(&text);
}

static const struct entry *by_id(const struct container_store *s,
				 const struct entries *m, const char *id)
{
	if (!may_do(s, m->count))
		return NULL;
	for (size_t i = 0; *id && i < m->count; i++) {
		if (strcmp(m->list[i].id, id) == 0)
			return &m->list[i];
	}
	return NULL;
}

/* The layer and all below it. */
static void add_stack(struct container_store *s, const struct entries *layers,
		      const char *layer, const char *text)
{
	for (int depth = 0; *layer && depth < 200; depth++) {
		const struct entry *e = by_id(s, layers, layer);

		if (!may_do(s, WORK_ADD))
			return;
		s->add(s->arg, layer, text);
		layer = e ? e->parent : "";
	}
}

void container_store_podman(struct container_store *s)
{
	struct entries layers = {NULL, 0}, list = {NULL, 0};
	const char *engine = "podman";	/* of the images */
	size_t crio = 0;
	char text[256];

	read_entries(s, "overlay-containers/containers.json", &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct entry *e = &list.list[i];

		snprintf(text, sizeof(text), "%s container %s%s%.*s",
			 e->is_crio ? "cri-o" : "podman", e->name,
			 *e->name ? " " : "", SHORT_ID, e->id);
		s->add(s->arg, e->layer, text);
		crio += e->is_crio;
	}
	if (crio > 0 && crio == list.count)
		engine = "cri-o";
	free(list.list);
	list = (struct entries){NULL, 0};
	read_entries(s, "overlay-layers/layers.json", &layers);
	read_entries(s, "overlay-images/images.json", &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct entry *e = &list.list[i];

		if (*e->name)
			snprintf(text, sizeof(text), "%s image %s", engine,
				 e->name);
		else
			snprintf(text, sizeof(text), "%s image %.*s", engine,
				 SHORT_ID, e->id);
		add_stack(s, &layers, e->layer, text);
	}
	free(list.list);
	free(layers.list);
}
