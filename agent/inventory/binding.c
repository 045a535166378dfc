/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "lib/limits.h"

struct bound_line {
	struct bound_line *next;
	struct bound_by by;
	size_t len;
	uint8_t packed[];
};

struct bound {
	struct bound_line *lines;
	size_t n_lines;
	enum bound_kind kind;
	size_t path_len;
	char *path;
	UT_hash_handle hh;
};

void bindings_init(struct bindings *b)
{
	*b = (struct bindings){.files = NULL};
	arena_init(&b->arena, LIMIT_BINDING_BYTES);
}

static void forget_list(struct bindings *b)
{
	for (size_t i = 0; i < b->n_list; i++)
		cw__binding__free_unpacked(b->list[i], NULL);
	free(b->list);
	b->list = NULL;
	b->n_list = 0;
}

void bindings_free(struct bindings *b)
{
	forget_list(b);
	HASH_CLEAR(hh, b->files);
	arena_free(&b->arena);
	bindings_init(b);
}

static struct bound *find(struct bindings *b, const void *path, size_t len)
{
	struct bound *f = NULL;

	HASH_FIND(hh, b->files, path, len, f);
	return f;
}

static struct bound *find_or_add(struct bindings *b, const char *path)
{
	struct bound *f = find(b, path, strlen(path));

	if (f)
		return f;
	f = arena_alloc(&b->arena, sizeof(*f));
	if (!f)
		return NULL;
	f->path_len = strlen(path);
	f->path = arena_str(&b->arena, path, f->path_len);
	if (!f->path)
		return NULL;
	HASH_ADD_KEYPTR(hh, b->files, f->path, f->path_len, f);
	return f;
}

static bool is_same(const struct bound_line *a, const struct bound_line *b)
{
	return a->by.view == b->by.view && a->by.user == b->by.user &&
	       a->by.foreign == b->by.foreign && a->len == b->len &&
	       memcmp(a->packed, b->packed, a->len) == 0;
}

int bindings_add(struct bindings *b, const char *path, enum bound_kind kind,
		 const Cw__Binding *line, const struct bound_by *by)
{
	size_t len = cw__binding__get_packed_size(line);
	struct bound_line *l = NULL;
	struct bound *f = NULL;

	if (b->count == LIMIT_BINDINGS)
		return -ENOBUFS;
	f = find_or_add(b, path);
	l = f ? arena_alloc(&b->arena, sizeof(*l) + len) : NULL;
	if (!l || f->n_lines == LIMIT_BINDINGS_OF_FILE)
		return -ENOBUFS;
	l->by = by ? *by : (struct bound_by){.view = 0};
	l->len = cw__binding__pack(line, l->packed);
	for (const struct bound_line *o = f->lines; o; o = o->next) {
		if (is_same(o, l))
			return 0;
	}
	l->next = f->lines;
	f->lines = l;
	f->n_lines++;
	f->kind = kind;
	b->count++;
	return 0;
}

int bindings_each(const struct bindings *b, bindings_take *take, void *arg)
{
	int r = 0;

	for (const struct bound *f = b->files; f; f = f->hh.next) {
		for (const struct bound_line *l = f->lines; l && r >= 0;
		     l = l->next)
			r = take(arg, f->path, f->kind, &l->by, l->packed,
				 l->len);
		if (r < 0)
			break;
	}
	return r < 0 ? r : 0;
}

static int compare(const void *a, const void *b)
{
	const Cw__Binding *x = *(Cw__Binding *const *)a;
	const Cw__Binding *y = *(Cw__Binding *const *)b;
	size_t len = x->config.len < y->config.len ? x->config.len
						   : y->config.len;
	int r = strcmp(x->service, y->service);

	if (r == 0)
		r = memcmp(x->config.data, y->config.data, len);
	if (r == 0 && x->config.len != y->config.len)
		r = x->config.len < y->config.len ? -1 : 1;
	if (r == 0)
		r = (x->line > y->line) - (x->line < y->line);
	if (r == 0)
		r = strcmp(x->role, y->role);
	if (r == 0)
		r = strcmp(x->container, y->container);
	if (r == 0)
		r = (x->n_names > y->n_names) - (x->n_names < y->n_names);
	return r;
}

/* Of several that differ in whose they are alone, the last one is. */
static bool is_shown(const struct bound_line *l)
{
	const struct bound_line *o = l->next;

	for (; o; o = o->next) {
		if (o->len == l->len && memcmp(o->packed, l->packed,
					       l->len) == 0)
			return true;
	}
	return false;
}

static void append(struct bindings *b, const struct bound *f)
{
	size_t more = b->n_list + f->n_lines;
	Cw__Binding **list = realloc(b->list, more * sizeof(*list));

	if (!list)
		return;
	b->list = list;
	for (const struct bound_line *l = f->lines; l; l = l->next) {
		Cw__Binding *m = NULL;

		if (!is_shown(l))
			m = cw__binding__unpack(NULL, l->len, l->packed);
		if (m)
			list[b->n_list++] = m;
	}
}

void bindings_set(struct bindings *b, const ProtobufCBinaryData *path,
		  Cw__Location *l)
{
	const struct bound *f = NULL;
	const uint8_t *slash = NULL;
	size_t folder = 0;

	forget_list(b);
	if (!b->files || l->place_case != CW__LOCATION__PLACE_FILE ||
	    path->len == 0)
		return;
	slash = memrchr(path->data, '/', path->len);
	folder = slash ? (size_t)(slash - path->data) : 0;
	f = find(b, path->data, path->len);
	if (f && f->kind == BOUND_FILE)
		append(b, f);
	f = folder > 0 ? find(b, path->data, folder) : NULL;
	if (f && f->kind == BOUND_FOLDER)
		append(b, f);
	if (b->n_list > 1)
		qsort(b->list, b->n_list, sizeof(*b->list), compare);
	l->bindings = b->list;
	l->n_bindings = b->n_list;
}
