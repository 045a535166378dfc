/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/serving.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/inventory/disk.h"
#include "agent/probe/target.h"
#include "lib/limits.h"

struct serving_ref {
	struct serving_ref *next;
	struct serving_line *line;
};

/* Lines by a port of their addresses; 0: they have no addresses. */
struct serving_port {
	uint32_t port;
	struct serving_ref *refs;
	UT_hash_handle hh;
};

void serving_init(struct serving *s, struct arena *arena)
{
	*s = (struct serving){.arena = arena, .owners.arena = arena};
}

void serving_free(struct serving *s)
{
	HASH_CLEAR(hh, s->files);
	HASH_CLEAR(hh, s->ports);
	fit_owners_free(&s->owners);
	free(s->fit);
	serving_init(s, s->arena);
}

static void *take_memory(void *arg, size_t size)
{
	return arena_alloc(arg, size);
}

static void give_back(void *arg, void *p)
{
	(void)arg;
	(void)p;
}

static struct serving_file *find_file(const struct serving *s,
				      const void *path, size_t len)
{
	struct serving_file *f = NULL;

	HASH_FIND(hh, s->files, path, len, f);
	return f;
}

static struct serving_file *file_of(struct serving *s, const char *path,
				    enum bound_kind kind)
{
	struct serving_file *f = find_file(s, path, strlen(path));

	if (f)
		return f;
	f = arena_alloc(s->arena, sizeof(*f));
	if (!f)
		return NULL;
	f->path = arena_str(s->arena, path, strlen(path));
	if (!f->path)
		return NULL;
	f->kind = kind;
	f->last = &f->first;
	HASH_ADD_KEYPTR(hh, s->files, f->path, strlen(f->path), f);
	return f;
}

static bool add_ref(struct serving *s, uint32_t port, struct serving_line *l)
{
	struct serving_ref *ref = NULL;
	struct serving_port *p = NULL;

	HASH_FIND(hh, s->ports, &port, sizeof(port), p);
	if (p && p->refs->line == l)
		return true;
	ref = arena_alloc(s->arena, sizeof(*ref));
	if (!p) {
		p = arena_alloc(s->arena, sizeof(*p));
		if (!p)
			return false;
		p->port = port;
		HASH_ADD(hh, s->ports, port, sizeof(port), p);
	}
	if (!ref)
		return false;
	ref->line = l;
	ref->next = p->refs;
	p->refs = ref;
	return true;
}

static bool add_ports(struct serving *s, struct serving_line *l)
{
	const Cw__Binding *b = l->binding;
	bool all = true;

	for (size_t i = 0; i < b->n_listen; i++) {
		const char *colon = strrchr(b->listen[i], ':');
		unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

		if (port > 0 && port <= 65535)
			all &= add_ref(s, (uint32_t)port, l);
	}
	return b->n_listen == 0 ? add_ref(s, 0, l) : all;
}

static bool serves(const Cw__Binding *b)
{
	return strcmp(b->role, "certificate") == 0 ||
	       strcmp(b->role, "keystore") == 0;
}

static int add_line(void *arg, const char *path, enum bound_kind kind,
		    const struct bound_by *by, const uint8_t *packed,
		    size_t len)
{
	struct serving *s = arg;
	ProtobufCAllocator arena = {take_memory, give_back, s->arena};
	Cw__Binding *b = cw__binding__unpack(&arena, len, packed);
	struct serving_line *l = NULL;
	struct serving_file *f = NULL;

	if (b && !serves(b))
		return 0;
	f = b ? file_of(s, path, kind) : NULL;
	l = f ? arena_alloc(s->arena, sizeof(*l)) : NULL;
	if (!l) {
		s->full = true;
		return 0;
	}
	l->file = f;
	l->binding = b;
	l->by = *by;
	l->next = f->lines;
	f->lines = l;
	s->full |= !fit_owners_add(&s->owners, b->service, by);
	s->full |= !add_ports(s, l);
	return 0;
}

void serving_lines(struct serving *s, const struct bindings *b)
{
	bindings_each(b, add_line, s);
}

struct serving_file *serving_file(const struct serving *s,
				  const ProtobufCBinaryData *path)
{
	struct serving_file *f = find_file(s, path->data, path->len);
	const uint8_t *slash = memrchr(path->data, '/', path->len);

	if (!f && slash && slash > path->data) {
		f = find_file(s, path->data, (size_t)(slash - path->data));
		if (f && f->kind != BOUND_FOLDER)
			f = NULL;
	}
	return f;
}

static void copy_names(struct serving *s, struct serving_certificate *c,
		       const Cw__Facts *f)
{
	c->dns_names = arena_alloc(s->arena,
				   (f->n_dns_names + 1) * sizeof(char *));
	for (size_t i = 0; c->dns_names && i < f->n_dns_names; i++) {
		char *name = NULL;

		if (!target_is_name(f->dns_names[i]))
			continue;
		name = arena_str(s->arena, f->dns_names[i],
				 strlen(f->dns_names[i]));
		if (name)
			c->dns_names[c->n_dns_names++] = name;
	}
}

bool serving_add(struct serving *s, const Ipc__Candidate *place,
		 const Ipc__Finding *f)
{
	struct serving_file *file = NULL;
	struct serving_certificate *c = NULL;

	if (!s->files || !f->facts || f->sha256.len != HASH_SIZE ||
	    place->path.len == 0)
		return false;
	file = serving_file(s, &place->path);
	c = file ? arena_alloc(s->arena, sizeof(*c)) : NULL;
	s->full |= file && !c;
	if (!c)
		return false;
	c->path.data = arena_dup(s->arena, place->path.data, place->path.len);
	c->path.len = c->path.data ? place->path.len : 0;
	memcpy(c->sha256, f->sha256.data, HASH_SIZE);
	c->names = disk_names(f->facts);
	c->leaf = f->chain_position <= 1 || !f->facts->is_ca;
	c->pem = strcmp(f->format, "pem") == 0;
	c->self_signed = f->facts->self_signed;
	c->changed = place->ctime;
	if (c->leaf)
		copy_names(s, c, f->facts);
	*file->last = c;
	file->last = &c->next;
	return c->leaf;
}

static int compare(const void *a, const void *b)
{
	const struct serving_line *x = *(struct serving_line *const *)a;
	const struct serving_line *y = *(struct serving_line *const *)b;
	int r = strcmp(x->file->path, y->file->path);

	if (r == 0)
		r = (x->binding->line > y->binding->line) -
		    (x->binding->line < y->binding->line);
	if (r == 0)
		r = strcmp(x->binding->service, y->binding->service);
	return r;
}

static void add_fit(struct serving *s, uint32_t port)
{
	struct serving_port *p = NULL;

	HASH_FIND(hh, s->ports, &port, sizeof(port), p);
	for (struct serving_ref *r = p ? p->refs : NULL; r; r = r->next) {
		size_t cap = s->fit_cap ? 2 * s->fit_cap : 64;
		void *more = NULL;

		if (!fit_listener(r->line->binding, &r->line->by, s->listener,
				  &s->owners))
			continue;
		if (s->n_fit == s->fit_cap) {
			more = reallocarray(s->fit, cap, sizeof(*s->fit));
			if (!more)
				return;
			s->fit = more;
			s->fit_cap = cap;
		}
		s->fit[s->n_fit++] = r->line;
	}
}

void serving_find(struct serving *s, const Ipc__Listener *l)
{
	if (s->listener == l)
		return;
	s->listener = l;
	s->narrowed = false;
	s->n_fit = 0;
	add_fit(s, l->port);
	add_fit(s, 0);
	if (s->n_fit > 1)
		qsort(s->fit, s->n_fit, sizeof(*s->fit), compare);
}

struct serving_certificate *serving_own(const struct serving_file *f,
					const ProtobufCBinaryData *sha256)
{
	for (struct serving_certificate *c = f->first; c; c = c->next) {
		if (c->leaf && memcmp(c->sha256, sha256->data,
				      HASH_SIZE) == 0)
			return c;
	}
	return NULL;
}

static bool is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool is_same_instance(const Cw__Binding *a, const Cw__Binding *b)
{
	return strcmp(a->service, b->service) == 0 &&
	       is_same(a->main.len > 0 ? &a->main : &a->config,
		       b->main.len > 0 ? &b->main : &b->config);
}

static bool has_served(const struct serving_line *l,
		       const Ipc__ProbeResult *m)
{
	for (size_t i = 0; i < m->n_served; i++) {
		const Ipc__ProbeServed *s = m->served[i];

		if (s->n_chain > 0 &&
		    serving_own(l->file,
				&m->certificates[s->chain[0]]->sha256))
			return true;
	}
	return false;
}

void serving_narrow(struct serving *s, const Ipc__ProbeResult *m)
{
	const Cw__Binding *instance = NULL;
	size_t n = 0;

	if (s->narrowed)
		return;
	s->narrowed = true;
	for (size_t i = 0; i < s->n_fit && !instance; i++) {
		if (has_served(s->fit[i], m))
			instance = s->fit[i]->binding;
	}
	for (size_t i = 0; i < s->n_fit; i++) {
		struct serving_line *l = s->fit[i];

		if (!instance || is_same_instance(instance, l->binding))
			s->fit[n++] = l;
	}
	s->n_fit = n;
}

struct names {
	char **list;
	size_t n, more;
};

static void add_name(struct names *to, char *name)
{
	if (!target_is_name(name))
		return;
	for (size_t i = 0; i < to->n; i++) {
		if (strcasecmp(to->list[i], name) == 0)
			return;
	}
	if (to->n < LIMIT_SNI_NAMES)
		to->list[to->n++] = name;
	else
		to->more++;
}

size_t serving_names(struct serving *s, const Ipc__Listener *l,
		     char *const *first, size_t n_first,
		     char *ret[], size_t *ret_n)
{
	struct names to = {.list = ret};

	serving_find(s, l);
	for (size_t i = 0; i < n_first; i++)
		add_name(&to, first[i]);
	for (size_t i = 0; i < s->n_fit; i++) {
		const Cw__Binding *b = s->fit[i]->binding;

		for (size_t k = 0; k < b->n_names; k++)
			add_name(&to, b->names[k]);
	}
	for (size_t i = 0; i < s->n_fit; i++) {
		struct serving_certificate *c = s->fit[i]->file->first;

		for (; c; c = c->next) {
			for (size_t k = 0; k < c->n_dns_names; k++)
				add_name(&to, c->dns_names[k]);
		}
	}
	*ret_n = to.n;
	return to.more;
}

