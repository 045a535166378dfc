/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/sync/carry.h"
#include "lib/limits.h"
#include "tests/unit/agent/sync/scratch.h"

static uint8_t der[] = "der";

static void add(struct snapshot_writer *w, const char *path)
{
	Cw__FilePlace file = CW__FILE_PLACE__INIT;
	Cw__Location l = CW__LOCATION__INIT;
	Cw__Object o = CW__OBJECT__INIT;
	Cw__EndpointPlace endpoint = CW__ENDPOINT_PLACE__INIT;
	Cw__TokenPlace token = CW__TOKEN_PLACE__INIT;
	uint8_t hash[HASH_SIZE], packed[512], address[4] = {127, 0, 0, 1};

	hash_sha256(path, strlen(path), hash);
	o.sha256 = (ProtobufCBinaryData){HASH_SIZE, hash};
	o.der = (ProtobufCBinaryData){sizeof(der), der};
	file.path = (ProtobufCBinaryData){strlen(path),
					  (uint8_t *)(uintptr_t)path};
	l.object = o.sha256;
	if (*path == '/') {
		l.place_case = CW__LOCATION__PLACE_FILE;
		l.file = &file;
	} else if (*path == ':') {
		endpoint.address = (ProtobufCBinaryData){4, address};
		endpoint.port = 443;
		endpoint.sni = (char *)(uintptr_t)"a.test";
		endpoint.netns = (char *)(uintptr_t)path + 1;
		l.place_case = CW__LOCATION__PLACE_ENDPOINT;
		l.endpoint = &endpoint;
	} else {
		token.label = (char *)(uintptr_t)path;
		token.module = (char *)(uintptr_t)"m";
		l.place_case = CW__LOCATION__PLACE_TOKEN;
		l.token = &token;
	}
	assert_int_equal(snapshot_add(w, packed,
				      cw__location__pack(&l, packed), &o), 0);
}

/* The state after a scan that found ${paths} and had the one gap. */
static uint64_t scan(const char *dir, const char *const *paths,
		     Cw__GapKind kind, const char *gap, size_t *ret_objects)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__Gap g = CW__GAP__INIT, *gaps[] = {&g};
	struct snapshot_writer w = {0};
	struct snapshot_span span = {0};
	struct snapshot m = {0};
	struct state s = {0};
	size_t at = 0;
	uint64_t n;

	state_load(&s, dir);
	assert_int_equal(snapshot_begin(&w, scratch_path((void **)&dir,
							 "current")), 0);
	while (*paths)
		add(&w, *paths++);
	c.complete = !gap || strcmp(gap, "incomplete") != 0;
	if (gap) {
		g.kind = kind;
		g.path = (ProtobufCBinaryData){strlen(gap),
					       (uint8_t *)(uintptr_t)gap};
		c.gaps = gaps;
		c.n_gaps = 1;
	}
	assert_int_equal(carry_over(&s, &w, &c), 0);
	assert_int_equal(state_commit(&s, &w, &c), 0);
	n = s.current.locations;
	*ret_objects = 0;
	assert_int_equal(state_map(&s, &m), 0);
	while (snapshot_object(&m, &at, &span))
		++*ret_objects;
	snapshot_close(&m);
	snapshot_abort(&w);
	state_free(&s);
	return n;
}

static const char *const all[] = {"/a/x", "/a/b/y", "/ab", "/c", NULL};
static const char *const some[] = {"/c", NULL};

static void what_was_not_looked_at_stays(void **state)
{
	static const struct {
		Cw__GapKind kind;
		const char *gap;
		unsigned int left;
	} cases[] = {
		{CW__GAP_KIND__GAP_UNREADABLE, "/a", 3},
		{CW__GAP_KIND__GAP_CRASHED, "/a/b/y", 2},
		{CW__GAP_KIND__GAP_TIMEOUT, "/ab", 2},
		{CW__GAP_KIND__GAP_UNREADABLE, "/", 4},
		{CW__GAP_KIND__GAP_UNREADABLE, "/d", 1},
		{CW__GAP_KIND__GAP_SKIPPED, "incomplete", 4},
		{CW__GAP_KIND__GAP_MALFORMED, "/ab", 1},
		{CW__GAP_KIND__GAP_VANISHED, "/ab", 1},
		{CW__GAP_KIND__GAP_UNREADABLE, NULL, 1},
	};
	size_t objects = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(scan(*state, all, 0, NULL, &objects), 4);
		assert_int_equal(objects, 4);
		assert_int_equal(scan(*state, some, cases[i].kind,
				      cases[i].gap, &objects), cases[i].left);
		assert_int_equal(objects, cases[i].left);
	}
}

static void what_is_seen_again_is_not_there_twice(void **state)
{
	size_t objects = 0;

	scan(*state, all, 0, NULL, &objects);
	assert_int_equal(scan(*state, all, CW__GAP_KIND__GAP_UNREADABLE, "/a",
			      &objects), 4);
	assert_int_equal(objects, 4);
}

static void tokens_and_endpoints_stay_too(void **state)
{
	static const char *const places[] = {"L", "M", ":", ":7", "/c", NULL};
	static const struct {
		const char *gap;
		unsigned int left;
	} cases[] = {
		{"pkcs11:token=L?module-name=m", 2},
		{"pkcs11:?module-name=m", 3},
		{"pkcs11:?module-name=n", 1},
		{"pkcs11:", 3},
		{"127.0.0.1:443", 2},
		{"127.0.0.1:443 net:[7]", 2},
		{"net:[7]", 2},
		{"net:[8]", 1},
		{"net:", 3},
		{"/", 1},
		{"incomplete", 5},
	};
	size_t objects = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(scan(*state, places, 0, NULL, &objects), 5);
		assert_int_equal(scan(*state, some, CW__GAP_KIND__GAP_CRASHED,
				      cases[i].gap, &objects), cases[i].left);
	}
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

/* A scan that finds ${kept} unchanged, and ${fresh}, and looks for objects of
 * the first in the snapshot before: how many nobody has. */
static size_t scan_kept(const char *dir, const char *kept, const char *fresh)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	uint8_t hash[HASH_SIZE], packed[512];
	struct snapshot_writer w = {0};
	Cw__Location l = CW__LOCATION__INIT;
	struct state s = {0};
	struct kept k = {.left = 0};
	size_t len;

	state_load(&s, dir);
	assert_int_equal(snapshot_begin(&w, scratch_path((void **)&dir,
							 "current")), 0);
	add(&w, fresh);
	hash_sha256(kept, strlen(kept), hash);
	l.object = (ProtobufCBinaryData){HASH_SIZE, hash};
	len = cw__location__pack(&l, packed);
	assert_int_equal(snapshot_add(&w, packed, len, NULL), 0);
	assert_int_equal(carry_keep(&k, &w, packed, len), 0);
	assert_int_equal(carry_kept(&s, &w, &k), 0);
	c.complete = true;
	assert_int_equal(state_commit(&s, &w, &c), 0);
	hashset_free(&k.hashes);
	state_free(&s);
	return k.left;
}

/* The number of locations after only ${looked} were looked at, where ${found}
 * is there now. */
static uint64_t patch(const char *dir, const char *looked, const char *found,
		      const char *gap, size_t *ret_objects)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__Gap g = CW__GAP__INIT, *gaps[] = {&g};
	struct snapshot_writer w = {0};
	struct snapshot_span span = {0};
	struct path_list list = {0};
	struct snapshot m = {0};
	struct state s = {0};
	size_t at = 0;
	uint64_t n;

	state_load(&s, dir);
	assert_int_equal(path_list_copy(&list, looked, strlen(looked) + 1, 0),
			 0);
	assert_int_equal(snapshot_begin(&w, scratch_path((void **)&dir,
							 "current")), 0);
	if (found)
		add(&w, found);
	c.complete = true;
	g.kind = CW__GAP_KIND__GAP_UNREADABLE;
	if (gap) {
		g.path = (ProtobufCBinaryData){strlen(gap),
					       (uint8_t *)(uintptr_t)gap};
		c.gaps = gaps;
		c.n_gaps = 1;
	}
	assert_int_equal(carry_others(&s, &w, &list, &c), 0);
	assert_int_equal(state_commit(&s, &w, &c), 0);
	n = s.current.locations;
	*ret_objects = 0;
	assert_int_equal(state_map(&s, &m), 0);
	while (snapshot_object(&m, &at, &span))
		++*ret_objects;
	snapshot_close(&m);
	path_list_free(&list);
	state_free(&s);
	return n;
}

static void only_what_was_looked_at_is_replaced(void **state)
{
	static const char *const places[] = {"L", ":", "/a/x", "/a/b/y", "/ab",
					     NULL};
	static const struct {
		const char *looked, *found, *gap;
		unsigned int left, objects;
	} cases[] = {
		{"/a", NULL, NULL, 3, 5},    {"/a/b/y", NULL, NULL, 4, 5},
		{"/new", "/new", NULL, 6, 6}, {"/ab", "/ab", NULL, 5, 5},
		{"/a", "/a/x", NULL, 4, 5},  {"/a", NULL, "/a/b", 4, 5},
		{"/a", NULL, "/a", 5, 5},    {"/nothing", NULL, NULL, 5, 5},
	};
	size_t objects = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scan(*state, places, 0, NULL, &objects);
		assert_int_equal(patch(*state, cases[i].looked, cases[i].found,
				       cases[i].gap, &objects), cases[i].left);
		/* a scan under way may refer to those that went */
		assert_int_equal(objects, cases[i].objects);
	}
	scan(*state, places, 0, NULL, &objects);
	assert_int_equal(objects, 5);
}

/* Is the object in a location, and is it there itself? */
static bool has(const struct snapshot *m, const char *name, size_t *ret_objects)
{
	struct snapshot_span span = {0};
	uint8_t hash[HASH_SIZE];
	bool yes = false;
	size_t at = 0;

	hash_sha256(name, strlen(name), hash);
	while (snapshot_location(m, &at, &span))
		yes |= memmem(span.data, span.len, hash, sizeof(hash)) != NULL;
	at = *ret_objects = 0;
	while (snapshot_object(m, &at, &span))
		*ret_objects += memmem(span.data, span.len, hash,
				       sizeof(hash)) != NULL;
	return yes;
}

/* A scan that finds ${found}, beside which ${told} was looked at. */
static void scan_beside(const char *dir, const char *const *found,
			const char *told)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	struct snapshot_writer w = {0};
	struct path_list list = {0};
	struct state s = {0};

	state_load(&s, dir);
	assert_int_equal(path_list_copy(&list, told, strlen(told) + 1, 0), 0);
	assert_int_equal(snapshot_begin(&w, scratch_path((void **)&dir,
							 "current")), 0);
	while (*found)
		add(&w, *found++);
	w.too_large = 1;
	assert_int_equal(carry_told(&s, &w, &list), 0);
	assert_int_equal(w.too_large, 1);
	c.complete = true;
	assert_int_equal(state_commit(&s, &w, &c), 0);
	path_list_free(&list);
	state_free(&s);
}

static void what_was_told_beside_a_scan_is_newer_than_it(void **state)
{
	static const char *const old[] = {"/a/1", "/ab", "/c", ":9", NULL};
	static const char *const found[] = {"/a/1", "/a/2", "/ab", "L", ":",
					    NULL};
	/* the index lets an update refer to each object of the scan */
	static const struct {
		const char *name;
		bool there, object;
	} expected[] = {
		{"/a/1", false, true}, {"/a/2", false, true},
		{"/a/new", true, true}, {"/ab", true, true},
		{"/c", false, false}, {"L", true, true},
		/* it was judged by the file as it was before */
		{":", false, true}, {":9", true, true},
	};
	struct snapshot m = {0};
	struct state s = {0};
	size_t objects = 0;

	scan(*state, old, 0, NULL, &objects);
	assert_int_equal(patch(*state, "/a", "/a/new", NULL, &objects), 4);
	scan_beside(*state, found, "/a");
	state_load(&s, *state);
	assert_int_equal(state_map(&s, &m), 0);
	assert_int_equal(m.locations, 4);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(has(&m, expected[i].name, &objects),
				 expected[i].there);
		assert_int_equal(objects, expected[i].object);
	}
	snapshot_close(&m);
	state_free(&s);
}

static void before_a_first_scan_nothing_is_newer(void **state)
{
	struct state s = {0};

	scan_beside(*state, all, "/a");
	state_load(&s, *state);
	assert_int_equal(s.current.locations, 4);
	state_free(&s);
}

static void a_scan_that_finds_nothing_leaves_what_was_told(void **state)
{
	static const char *const none[] = {NULL};
	struct state s = {0};
	size_t objects = 0;

	scan(*state, all, 0, NULL, &objects);
	scan_beside(*state, none, "/a");
	state_load(&s, *state);
	assert_int_equal(s.current.locations, 2);
	state_free(&s);
}

static void objects_of_what_did_not_change_are_kept(void **state)
{
	const char *dir = *state, *const first[] = {"/a", "/b", NULL};
	size_t objects = 0;

	scan(dir, first, 0, NULL, &objects);
	assert_int_equal(objects, 2);
	assert_int_equal(scan_kept(dir, "/a", "/c"), 0);
	/* once more: it was written again, and is not in what is new */
	assert_int_equal(scan_kept(dir, "/a", "/d"), 0);
	assert_int_equal(scan_kept(dir, "/d", "/d"), 0);
	assert_int_equal(scan_kept(dir, "/b", "/d"), 1);
}

/* Its key comes last, when the certificates of the whole scan are known. */
static void those_of_what_was_replaced_beside_a_scan_are_too(void **state)
{
	const char *dir = *state, *const first[] = {"/a", "/b", NULL};
	size_t objects = 0;

	scan(dir, first, 0, NULL, &objects);
	patch(dir, "/a", "/a/new", NULL, &objects);
	patch(dir, "/b", NULL, NULL, &objects);
	assert_int_equal(scan_kept(dir, "/a", "/c"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_not_looked_at_stays),
		T(what_is_seen_again_is_not_there_twice),
		T(tokens_and_endpoints_stay_too),
		T(only_what_was_looked_at_is_replaced),
		T(what_was_told_beside_a_scan_is_newer_than_it),
		T(before_a_first_scan_nothing_is_newer),
		T(a_scan_that_finds_nothing_leaves_what_was_told),
		T(objects_of_what_did_not_change_are_kept),
		T(those_of_what_was_replaced_beside_a_scan_are_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
