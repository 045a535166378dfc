/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/carry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/wire.h"
#include "lib/limits.h"
#include "lib/endpoint_text.h"
#include "lib/pkcs11_uri.h"

/* Numbers of the fields of cw.Location, cw.FilePlace and cw.Object. */
enum { LOCATION_OBJECT = 2, LOCATION_FILE = 5, LOCATION_ENDPOINT = 6,
	LOCATION_TOKEN = 7 };
enum { FILE_PATH = 1 };

struct carry {
	struct snapshot_span *paths;	/* not looked at, sorted */
	size_t n_paths;
	bool all;			/* nothing was looked at */
	const struct path_list *looked;	/* only these were; or NULL */
	const struct path_list *told;	/* only what lies there, and endpoints;
					 * or NULL */
	bool beside;			/* no endpoints */
	struct hashset objects;		/* of what was carried */
	size_t n_objects;
};

static int compare(const void *a, const void *b)
{
	const struct snapshot_span *x = a, *y = b;
	int r = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return r != 0 ? r : (x->len > y->len) - (x->len < y->len);
}

static bool is_such_kind(Cw__GapKind kind)
{
	return kind == CW__GAP_KIND__GAP_UNREADABLE ||
	       kind == CW__GAP_KIND__GAP_TIMEOUT ||
	       kind == CW__GAP_KIND__GAP_CRASHED;
}

static bool was_not_looked_at(const Cw__Gap *g)
{
	return g->path.len > 0 && is_such_kind(g->kind);
}

static uint64_t count_named(const Cw__Coverage *c, Cw__GapKind kind)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n_gaps; i++)
		n += c->gaps[i]->kind == kind;
	return n;
}

static int collect(struct carry *k, const Cw__Coverage *c)
{
	k->paths = calloc(c->n_gaps + 1, sizeof(*k->paths));
	if (!k->paths)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_gaps; i++) {
		if (was_not_looked_at(c->gaps[i]))
			k->paths[k->n_paths++] = (struct snapshot_span){
				c->gaps[i]->path.data, c->gaps[i]->path.len};
	}
	qsort(k->paths, k->n_paths, sizeof(*k->paths), compare);
	/* what is counted but has no name could be anything */
	for (size_t i = 0; i < c->n_counts; i++) {
		if (is_such_kind(c->counts[i]->kind) &&
		    c->counts[i]->count > count_named(c, c->counts[i]->kind))
			k->all = true;
	}
	return 0;
}

/* Is the path, or a folder that it lies in, among those? */
static bool is_affected(const struct carry *k, struct snapshot_span path)
{
	if (k->all)
		return true;
	for (size_t len = k->n_paths > 0 ? path.len : 0; len > 0; len--) {
		struct snapshot_span top = {path.data, len};

		if (len < path.len && path.data[len] != '/' && len > 1)
			continue;
		if (bsearch(&top, k->paths, k->n_paths, sizeof(top), compare))
			return true;
	}
	return false;
}

/* The bytes field ${number} of a message; empty where there is none. */
static struct snapshot_span field(struct snapshot_span message,
				  uint32_t number)
{
	const uint8_t *at = message.data, *end = at + message.len;
	struct wire_field f = {0};

	while (at && wire_next(&at, end, &f) > 0) {
		if (f.number == number && f.type == WIRE_BYTES)
			return (struct snapshot_span){f.data, f.len};
	}
	return (struct snapshot_span){NULL, 0};
}

static bool is_named(const struct carry *k, const void *text, size_t len)
{
	struct snapshot_span name = {text, len};

	return bsearch(&name, k->paths, k->n_paths, sizeof(name), compare);
}

static bool is_named_token(const struct carry *k, const Cw__TokenPlace *t)
{
	struct buf uri;
	bool yes;

	buf_init(&uri, LIMIT_PATH);
	pkcs11_uri(&uri, t);
	yes = is_named(k, uri.data, uri.len);
	buf_free(&uri);
	return yes;
}

/* A gap names a token, its module, or all modules. */
static bool is_affected_token(const struct carry *k, struct snapshot_span place)
{
	Cw__TokenPlace *t = cw__token_place__unpack(NULL, place.len,
						    place.data);
	Cw__TokenPlace module = CW__TOKEN_PLACE__INIT;
	Cw__TokenPlace all = CW__TOKEN_PLACE__INIT;
	bool yes;

	if (!t)
		return false;
	module.module = t->module;
	yes = is_named_token(k, t) || is_named_token(k, &module) ||
	      is_named_token(k, &all);
	cw__token_place__free_unpacked(t, NULL);
	return yes;
}

/* A gap names an endpoint, its network namespace, or all of them. */
static bool is_affected_endpoint(const struct carry *k,
				 struct snapshot_span place)
{
	Cw__EndpointPlace *e = cw__endpoint_place__unpack(NULL, place.len,
							  place.data);
	Cw__EndpointPlace bare;
	struct buf text;
	bool yes;

	if (!e)
		return false;
	bare = *e;
	bare.sni = (char *)(uintptr_t)"";
	buf_init(&text, LIMIT_PATH);
	endpoint_text(&text, &bare);
	yes = is_named(k, text.data, text.len) ||
	      is_named(k, "net:", strlen("net:"));
	buf_reset(&text);
	buf_addf(&text, "net:[%s]", e->netns);
	yes = yes || is_named(k, text.data, text.len);
	buf_free(&text);
	cw__endpoint_place__free_unpacked(e, NULL);
	return yes;
}

/* Not so what is no file. */
static bool is_in(const struct path_list *l, struct snapshot_span path)
{
	return path.len > 0 &&
	       path_list_covers(l, (const char *)path.data, path.len);
}

static bool is_to_carry(const struct carry *k, struct snapshot_span location)
{
	struct snapshot_span token = field(location, LOCATION_TOKEN);
	struct snapshot_span endpoint = field(location, LOCATION_ENDPOINT);
	struct snapshot_span path = field(field(location, LOCATION_FILE),
					  FILE_PATH);

	if (k->told)
		return endpoint.len > 0 || is_in(k->told, path);
	if (k->beside && endpoint.len > 0)
		return false;
	if (k->looked && !is_in(k->looked, path))
		return true;
	if (token.len > 0 && !k->all)
		return is_affected_token(k, token);
	if (endpoint.len > 0 && !k->all)
		return is_affected_endpoint(k, endpoint);
	return is_affected(k, path);
}

static int carry_locations(struct carry *k, const struct snapshot *old,
			   struct snapshot_writer *w)
{
	struct snapshot_span l = {0};
	size_t at = 0;
	int r = 0;

	while (r >= 0 && snapshot_location(old, &at, &l)) {
		struct snapshot_span object;

		if (!is_to_carry(k, l))
			continue;
		object = field(l, LOCATION_OBJECT);
		r = snapshot_add(w, l.data, l.len, NULL);
		if (r == 0 && object.len == HASH_SIZE)
			r = hashset_add(&k->objects, object.data);
		k->n_objects += r > 0;
	}
	return r < 0 ? r : 0;
}

static int add_object(const struct snapshot_span *o, struct snapshot_writer *w)
{
	Cw__Object *object = cw__object__unpack(NULL, o->len, o->data);
	int r = object ? snapshot_add_object(w, object) : 0;

	cw__object__free_unpacked(object, NULL);
	return r;
}

static int add_all_objects(const struct snapshot *old,
			   struct snapshot_writer *w)
{
	struct snapshot_span o = {0};
	size_t at = 0;
	int r = 0;

	while (r >= 0 && snapshot_object(old, &at, &o))
		r = add_object(&o, w);
	return r < 0 ? r : 0;
}

/* Adds the objects of ${old} whose hashes are in ${wanted} and not marked, and
 * marks them. */
static int add_objects(struct hashset *wanted, size_t *left,
		       const struct snapshot *old, struct snapshot_writer *w)
{
	struct snapshot_span o = {0};
	uint8_t hash[HASH_SIZE];
	size_t at = 0;
	int r = 0;

	while (r >= 0 && *left > 0 && snapshot_object(old, &at, &o)) {
		if (snapshot_object_hash(&o, hash) < 0 ||
		    !hashset_mark(wanted, hash))
			continue;
		(*left)--;
		r = add_object(&o, w);
	}
	return r < 0 ? r : 0;
}

int carry_keep(struct kept *k, const struct snapshot_writer *w,
	       const uint8_t *location, size_t len)
{
	struct snapshot_span l = {location, len};
	struct snapshot_span object = field(l, LOCATION_OBJECT);
	int r = 0;

	if (object.len == HASH_SIZE && !hashset_has(&w->objects, object.data))
		r = hashset_add(&k->hashes, object.data);
	if (r > 0)
		k->left++;
	return r < 0 ? r : 0;
}

void carry_have(struct kept *k, const ProtobufCBinaryData *hash)
{
	if (hash->len == HASH_SIZE && hashset_mark(&k->hashes, hash->data))
		k->left--;
}

int carry_kept(struct state *s, struct snapshot_writer *w, struct kept *k)
{
	struct snapshot old = {0};
	int r = 0;

	if (k->left > 0 && s->current.usable && state_map(s, &old) == 0) {
		r = add_objects(&k->hashes, &k->left, &old, w);
		snapshot_close(&old);
	}
	return r;
}

static int carry_from(struct carry *k, const struct snapshot *from,
		      struct snapshot_writer *w)
{
	int r = carry_locations(k, from, w);

	if (r == 0)
		r = add_objects(&k->objects, &k->n_objects, from, w);
	hashset_free(&k->objects);
	return r;
}

static int carry(struct state *s, struct snapshot_writer *w,
		 const struct path_list *looked, const Cw__Coverage *coverage)
{
	struct snapshot old = {0};
	struct carry k = {.all = !coverage->complete, .looked = looked};
	int r = collect(&k, coverage);

	if (r == 0 && (k.all || k.n_paths > 0 || looked) &&
	    s->current.usable && state_map(s, &old) == 0) {
		r = carry_from(&k, &old, w);
		/* a scan under way may refer to any of them */
		if (r == 0 && looked)
			r = add_all_objects(&old, w);
		snapshot_close(&old);
	}
	free(k.paths);
	return r;
}

int carry_over(struct state *s, struct snapshot_writer *w,
	       const Cw__Coverage *coverage)
{
	return carry(s, w, NULL, coverage);
}

int carry_others(struct state *s, struct snapshot_writer *w,
		 const struct path_list *looked, const Cw__Coverage *coverage)
{
	return carry(s, w, looked, coverage);
}

/* The scan may have judged endpoints by what a file had before it was told:
 * they stay as they were until the update that follows, which the index lets
 * refer to any object of the scan. */
static int merge(const struct path_list *told, const struct snapshot *scan,
		 const struct snapshot *old, struct snapshot_writer *w)
{
	struct carry others = {.looked = told, .beside = true};
	struct carry newer = {.told = told};
	int r = carry_from(&others, scan, w);

	if (r == 0)
		r = carry_from(&newer, old, w);
	return r < 0 ? r : add_all_objects(scan, w);
}

int carry_told(struct state *s, struct snapshot_writer *w,
	       const struct path_list *told)
{
	struct snapshot_writer merged = {.open = false};
	struct snapshot scan = {0}, old = {0};
	int r;

	/* where it is lost there is nothing newer */
	if (!s->current.usable || state_map(s, &old) < 0)
		return 0;
	r = snapshot_begin(&merged, w->file.path);
	if (r == 0)
		r = snapshot_reread(w, &scan);
	if (r == 0)
		r = merge(told, &scan, &old, &merged);
	snapshot_close(&scan);
	snapshot_close(&old);
	if (r < 0) {
		snapshot_abort(&merged);
		return r;
	}
	merged.too_large = w->too_large;
	snapshot_abort(w);
	*w = merged;
	return 0;
}
