/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/mounts.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/walk/mount_kind.h"
#include "lib/limits.h"

static const char twice[] = "shows what another mount shows";
static const char foreign[] = "another file system, by one_file_system";
static const char removable[] = "on a removable medium";
static const char layered[] = "its layers are walked one by one";

static const struct agent_config *rules;

void mounts_configure(const struct agent_config *config)
{
	rules = config;
}

/* \040 and so on, as the kernel writes them; in place */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
					(s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* id parent major:minor root mountpoint options... - type source options */
static int parse_line(char *line, struct mount *ret)
{
	char *field[5] = {NULL}, *save = NULL, *type;
	char *dash = strstr(line, " - "), *source, *options;

	if (!dash)
		return -EINVAL;
	*dash = '\0';
	for (size_t i = 0; i < 5; i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return -EINVAL;
	}
	type = strtok_r(dash + 3, " \n", &save);
	if (!type)
		return -EINVAL;
	source = strtok_r(NULL, " \n", &save);
	options = source ? strtok_r(NULL, " \n", &save) : NULL;
	unescape(field[3]);
	unescape(field[4]);
	*ret = (struct mount){strdup(field[4]), strdup(field[3]), strdup(type),
			      strdup(field[2]), NULL, NULL, 0};
	if (options && strcmp(type, "overlay") == 0)
		ret->layers = strdup(options);
	return ret->path && ret->root && ret->type && ret->device ? 0 : -ENOMEM;
}

bool mounts_is_beneath(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1)
		return true;
	return strncmp(path, top, n) == 0 && (path[n] == '/' || !path[n]);
}

static bool is_walked(const char *path, const char *const *roots)
{
	for (; *roots; roots++) {
		if (mounts_is_beneath(path, *roots))
			return true;
	}
	return false;
}

/* Is ${above} not walked, and no root between it and the mount ${path}? */
static bool is_hidden(const struct mount *above, const char *path,
		      const char *const *roots)
{
	if (!above->refused || !mounts_is_beneath(path, above->path))
		return false;
	for (; *roots; roots++) {
		if (mounts_is_beneath(path, *roots) &&
		    mounts_is_beneath(*roots, above->path))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------- in order */

static int by_path(const void *a, const void *b, void *list)
{
	const struct mount *l = list;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int r = strcmp(l[x].path, l[y].path);

	return r ? r : (x > y) - (x < y);
}

static int by_device(const void *a, const void *b, void *list)
{
	const struct mount *l = list;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int r = strcmp(l[x].device, l[y].device);

	if (r == 0)
		r = strcmp(l[x].root, l[y].root);
	return r ? r : (x > y) - (x < y);
}

/* Merges those from ${first} on into the order of the ones before. */
static int put_in_order(struct mounts *m, size_t first, size_t **order,
			int (*compare)(const void *, const void *, void *))
{
	size_t n = m->count - first, at = m->count;
	size_t *more = calloc(n + 1, sizeof(*more));
	size_t *all = realloc(*order, (m->count + 1) * sizeof(*all));

	*order = all ? all : *order;
	if (!more || !all) {
		free(more);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		more[i] = first + i;
	qsort_r(more, n, sizeof(*more), compare, m->list);
	while (n > 0) {
		if (first > 0 &&
		    compare(&all[first - 1], &more[n - 1], m->list) > 0)
			all[--at] = all[--first];
		else
			all[--at] = more[--n];
	}
	free(more);
	return 0;
}

static void cut_order(size_t *order, size_t from, size_t count)
{
	size_t to = 0;

	for (size_t i = 0; order && i < from; i++) {
		if (order[i] < count)
			order[to++] = order[i];
	}
}

static void mount_free(struct mount *it)
{
	free(it->path);
	free(it->root);
	free(it->type);
	free(it->device);
	free(it->layers);
}

/* Those from ${first} on were added.  0; -ENOMEM, and they are not there. */
static int put_all_in_order(struct mounts *m, size_t first)
{
	int r = put_in_order(m, first, &m->by_device, by_device);

	if (r < 0)
		goto out;
	r = put_in_order(m, first, &m->by_path, by_path);
	if (r < 0)
		cut_order(m->by_device, m->count, first);
out:
	while (r < 0 && m->count > first)
		mount_free(&m->list[--m->count]);
	return r;
}

/* How many come before what follows ${path}, of ${len} bytes: the last of them
 * may be at it. */
static size_t up_to(const struct mounts *m, const char *path, size_t len)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *p = m->list[m->by_path[mid]].path;
		int c = strncmp(p, path, len);

		if (c < 0 || (c == 0 && !p[len]))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct mount *nth_by_path(const struct mounts *m, size_t n)
{
	return &m->list[m->by_path[n]];
}

static bool is_at(const struct mount *it, const char *path, size_t len)
{
	return strncmp(it->path, path, len) == 0 && !it->path[len];
}

/* The folder above the first ${len} bytes of a path; 0: there is none. */
static size_t above(const char *path, size_t len)
{
	if (len <= 1)
		return 0;
	while (--len > 0 && path[len] != '/')
		;
	return len > 0 ? len : 1;
}

/* -------------------------------------------------------------- judging */

/* Is it, or what it lies in, in one that is not walked? */
static bool is_behind(const struct mounts *m, const struct mount *through,
		      const char *const *roots)
{
	const char *path = through->path;

	for (size_t len = strlen(path); len > 0; len = above(path, len)) {
		for (size_t i = up_to(m, path, len); i-- > 0;) {
			const struct mount *it = nth_by_path(m, i);

			if (!is_at(it, path, len))
				break;
			if (it != through && is_hidden(it, path, roots))
				return true;
		}
	}
	return false;
}

/* Is what lies at ${root} of the file system really seen through ${through}
 * below one of ${roots}, or is it behind another mount, or that mount itself
 * behind one not walked? */
static bool is_seen(const struct mounts *m, const struct mount *through,
		    const char *root, const char *const *roots)
{
	size_t skip = strlen(through->root);
	char place[8192];

	skip = skip == 1 ? 0 : skip;
	snprintf(place, sizeof(place), "%s%s",
		 strcmp(through->path, "/") == 0 ? "" : through->path,
		 root + skip);
	if (!*place)
		memcpy(place, "/", 2);
	return is_walked(place, roots) && mounts_of(m, place) == through &&
	       !is_behind(m, through, roots);
}

/* The first of that device, in their order, with that root, which is the first
 * ${len} bytes of ${root}, or with one that follows it. */
static size_t first_of(const struct mounts *m, const char *device,
		       const char *root, size_t len)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct mount *it = &m->list[m->by_device[mid]];
		int c = strcmp(it->device, device);

		if (c == 0)
			c = strncmp(it->root, root, len);
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Is it seen through a mount before the ${n}th that shows the first ${len}
 * bytes of it? */
static bool shows(const struct mounts *m, size_t n, const char *root,
		  size_t len, const char *const *roots)
{
	const char *device = m->list[n].device;

	for (size_t i = first_of(m, device, root, len);
	     i < m->count && m->by_device[i] < n; i++) {
		const struct mount *other = &m->list[m->by_device[i]];

		if (strcmp(other->device, device) != 0 ||
		    strncmp(other->root, root, len) != 0 || other->root[len])
			break;
		/* the layers show all that the overlay does */
		if ((!other->refused || other->refused == layered) &&
		    is_seen(m, other, root, roots))
			return true;
	}
	return false;
}

/* ${root}: in the file system of the ${n}th. */
static bool shown_before(const struct mounts *m, size_t n, const char *root,
			 const char *const *roots)
{
	for (size_t len = strlen(root); len > 0; len = above(root, len)) {
		if (shows(m, n, root, len, roots))
			return true;
	}
	return false;
}

static bool is_asked_for(const struct mount *it)
{
	for (size_t i = 0; rules && i < rules->enter.count; i++) {
		const char *item = rules->enter.items[i];
		bool is_path = item[0] == '/' || item[0] == '*';

		if (fnmatch(item, is_path ? it->path : it->type, 0) == 0)
			return true;
	}
	return false;
}

/* What the roots themselves lie in is walked: it was asked for. */
static bool holds_root(const struct mount *it, const char *const *roots)
{
	for (; *roots; roots++) {
		if (mounts_is_beneath(*roots, it->path))
			return true;
	}
	return false;
}

void mounts_judge(struct mounts *m, size_t i, const char *const *roots)
{
	struct mount *it = &m->list[i];
	bool asked = is_asked_for(it);

	if (!asked)
		it->refused = mount_kind_refused(it->type);
	if (!asked && !it->refused && !holds_root(it, roots)) {
		if (rules && rules->one_file_system)
			it->refused = foreign;
		else if (mount_kind_is_removable("/sys", it->device))
			it->refused = removable;
	}
	if (!it->refused && shown_before(m, i, it->root, roots))
		it->refused = twice;
}

bool mounts_shows(const struct mounts *m, size_t i, const char *path,
		  const char *const *roots)
{
	const struct mount *it = &m->list[i];
	const char *rest = path + strlen(it->path);
	char *root = NULL;
	bool yes;

	rest += strspn(rest, "/");
	if (!*rest)
		return shown_before(m, i, it->root, roots);
	if (asprintf(&root, "%s/%s", strcmp(it->root, "/") == 0 ? "" : it->root,
		     rest) < 0)
		return false;
	yes = shown_before(m, i, root, roots);
	free(root);
	return yes;
}

bool mounts_is_shown(const struct mount *m)
{
	return m->refused == twice || m->refused == layered;
}

/* Does the pattern leave out the folder, one above it, or, by its plain text,
 * something in it? */
static bool leaves_out(const char *pattern, const char *folder)
{
	size_t plain = strcspn(pattern, "*?[\\"), len = strlen(folder);
	char above[8192];
	bool out = false;

	if (plain > len && strncmp(pattern, folder, len) == 0 &&
	    pattern[len] == '/')
		return true;
	if (snprintf(above, sizeof(above), "%s", folder) >= (int)sizeof(above))
		return true;
	while (*above && !out) {
		out = fnmatch(pattern, above, 0) == 0;
		*strrchr(above, '/') = '\0';
	}
	return out;
}

/* May the rules leave out files of a layer that show in the overlay?  In
 * another mount namespace, before whose paths ${skip} bytes stand, they go by
 * both. */
static bool is_cut(const char *layer, size_t skip)
{
	if (!rules)
		return false;
	for (size_t i = 0; i < rules->exclude.count; i++) {
		const char *pattern = rules->exclude.items[i];

		if (leaves_out(pattern, layer) ||
		    leaves_out(pattern, layer + skip))
			return true;
	}
	return rules->include.count > 0;
}

/* Is the folder walked by itself?  One that is not named from the root was
 * relative to a folder beside the other layers. */
static bool is_layer_walked(const struct mounts *m, const char *prefix,
			    const char *layer, const char *const *roots)
{
	const struct mount *in = NULL;
	struct stat st = {0};
	char *path = NULL;
	bool yes;

	if (layer[0] != '/')
		return !rules || rules->include.count == 0;
	if (asprintf(&path, "%s%s", prefix, layer) < 0)
		return false;
	in = mounts_of(m, path);
	/* one that is not local may not answer */
	yes = in && mounts_is_local(in) &&
	      (in->refused == twice ||
		     (!in->refused && is_walked(path, roots))) &&
	      !is_cut(path, strlen(prefix)) && stat(path, &st) == 0;
	free(path);
	return yes;
}

/* The folders that one value of an option names. */
static bool are_layers_walked(const struct mounts *m, const char *prefix,
			      char *list, const char *separator,
			      const char *const *roots, bool *any)
{
	char *save = NULL, *layer = strtok_r(list, separator, &save);
	bool walked = true;

	for (; layer && walked; layer = strtok_r(NULL, separator, &save)) {
		unescape(layer);
		walked = is_layer_walked(m, prefix, layer, roots);
		*any |= layer[0] == '/';
	}
	return walked;
}

/* The upper folder, and all lower ones: in one option, with colons, or in one
 * each (Documentation/filesystems/overlayfs.rst). */
static bool is_seen_in_layers(const struct mounts *m, const struct mount *it,
			      const char *prefix, const char *const *roots)
{
	static const struct {
		const char *name;
		const char *separator;
	} options[] = {
		{"upperdir", ""}, {"lowerdir", ":"},
		{"lowerdir+", ""}, {"datadir+", ""},
	};
	bool any = false, walked = true;

	for (size_t i = 0; i < 4; i++) {
		const char *at = it->layers, *v = NULL;
		unsigned int len = 0;

		while (walked && (v = mount_kind_option(at, options[i].name,
							&len))) {
			char *list = strndup(v, len);

			walked = list &&
				 are_layers_walked(m, prefix, list,
						   options[i].separator, roots,
						   &any);
			free(list);
			at = v + len;
		}
	}
	return any && walked;
}

void mounts_judge_layers(struct mounts *m, size_t i, const char *prefix,
			 const char *const *roots)
{
	struct mount *it = &m->list[i];

	if (it->layers && !it->refused && !is_asked_for(it) &&
	    !holds_root(it, roots) && is_seen_in_layers(m, it, prefix, roots))
		it->refused = layered;
}

static int add_line(struct mounts *m, char *line, size_t most)
{
	struct mount *list = NULL;
	struct mount it = {0};
	int r;

	if (m->count >= most)
		return -E2BIG;
	list = realloc(m->list, (m->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->list = list;
	r = parse_line(line, &it);
	if (r < 0)
		mount_free(&it);
	else
		m->list[m->count++] = it;
	return r == -EINVAL ? 0 : r;
}

static int add_lines(struct mounts *m, FILE *f, size_t most)
{
	char *line = NULL;
	size_t cap = 0;
	int r = 0;

	while (r == 0 && getline(&line, &cap, f) > 0)
		r = add_line(m, line, most);
	free(line);
	return r;
}

int mounts_read(struct mounts *m, const char *mountinfo,
		const char *const *roots)
{
	FILE *f = fopen(mountinfo, "re");
	int r = 0;

	*m = (struct mounts){0};
	if (!f)
		return -errno;
	r = add_lines(m, f, LIMIT_MOUNTS);
	fclose(f);
	if (put_all_in_order(m, 0) < 0)
		r = -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		mounts_judge(m, i, roots);
	for (size_t i = 0; i < m->count; i++)
		mounts_judge_layers(m, i, "", roots);
	return r;
}

static int set_prefix(struct mount *it, const char *prefix)
{
	char *path = NULL;

	if (!*prefix)
		return 0;
	if (asprintf(&path, "%s%s", prefix,
		     strcmp(it->path, "/") == 0 ? "" : it->path) < 0)
		return -ENOMEM;
	free(it->path);
	it->path = path;
	return 0;
}

/* By the lengths of their paths; of one path, the uppermost stays last. */
static int compare(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;
	size_t n = strlen(x->path), k = strlen(y->path);
	int r = (n > k) - (n < k);

	if (r == 0)
		r = strcmp(x->path, y->path);
	return r ? r : (x->order > y->order) - (x->order < y->order);
}

/* What lies under another at the same path is seen by nobody. */
static void drop_covered(struct mounts *m, size_t first)
{
	size_t to = first;

	for (size_t i = first; i < m->count; i++) {
		if (i + 1 < m->count &&
		    strcmp(m->list[i].path, m->list[i + 1].path) == 0)
			mount_free(&m->list[i]);
		else
			m->list[to++] = m->list[i];
	}
	m->count = to;
}

int mounts_add(struct mounts *m, FILE *mountinfo, const char *prefix,
	       size_t most)
{
	size_t first = m->count;
	int e, r = add_lines(m, mountinfo, first + most);

	for (size_t i = first; i < m->count; i++) {
		e = set_prefix(&m->list[i], prefix);
		r = e < 0 ? e : r;
		m->list[i].order = i;
	}
	if (m->count > first)
		qsort(m->list + first, m->count - first, sizeof(*m->list),
		      compare);
	drop_covered(m, first);
	return put_all_in_order(m, first) < 0 ? -ENOMEM : r;
}

bool mounts_is_local(const struct mount *m)
{
	return mount_kind_is_local(m->type);
}

void mounts_cut(struct mounts *m, size_t count)
{
	cut_order(m->by_path, m->count, count);
	cut_order(m->by_device, m->count, count);
	while (m->count > count)
		mount_free(&m->list[--m->count]);
}

void mounts_free(struct mounts *m)
{
	mounts_cut(m, 0);
	free(m->list);
	free(m->by_path);
	free(m->by_device);
	*m = (struct mounts){0};
}

const struct mount *mounts_at(const struct mounts *m, const char *path,
			      size_t len)
{
	size_t i = up_to(m, path, len);

	return i > 0 && is_at(nth_by_path(m, i - 1), path, len)
		       ? nth_by_path(m, i - 1) : NULL;
}

const struct mount *mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *it = NULL;
	size_t len = strlen(path);

	for (; len > 1 && !it; len = above(path, len))
		it = mounts_at(m, path, len);
	return it ? it : mounts_at(m, "/", 1);
}

enum mounts_near mounts_near(const struct mounts *m, const char *path)
{
	size_t n = strcmp(path, "/") == 0 ? 0 : strlen(path);
	enum mounts_near r = MOUNTS_NONE;

	/* "path-x" comes before "path/x" */
	for (size_t i = up_to(m, path, n); i < m->count && r != MOUNTS_IN;
	     i++) {
		const char *p = nth_by_path(m, i)->path;

		if (strncmp(p, path, n) != 0 ||
		    (unsigned char)p[n] > (unsigned char)'/')
			break;
		if (p[n] != '/' || !p[n + 1])
			continue;
		r = strchr(p + n + 1, '/') ? MOUNTS_BELOW : MOUNTS_IN;
	}
	return r;
}
