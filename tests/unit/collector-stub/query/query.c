/* SPDX-License-Identifier: Apache-2.0 */
/* What the store answers is what the filter language says of each record.
 * Of any driver (store_test.h). */
#include "tests/unit/collector-stub/query/fleet.h"

#include <errno.h>

#include "collector-stub/query/cursor.h"
#include "tests/unit/collector-stub/store_case.h"


/* A server plans each statement anew: it is asked less. */
static int of(int all, int few)
{
	return getenv("STORE_TEST_URL") ? few : all;
}

/* ------------------------------------------------------------ answers */

#define ANSWERS 400

struct answer {
	uint8_t ids[ANSWERS][HASH_SIZE];	/* in the order of rows */
	size_t n;
	char cursor[QUERY_CURSOR];
};

static int take(void *arg, const struct query_row *row)
{
	struct answer *a = arg;

	assert_true(a->n < ANSWERS);
	assert_int_equal(row->n, 1);
	assert_int_equal(row->values[0].len, 2 * HASH_SIZE);
	assert_int_equal(decode_hex(row->values[0].data, a->ids[a->n++],
				    HASH_SIZE), 0);
	snprintf(a->cursor, sizeof(a->cursor), "%s", row->cursor);
	return 0;
}

static void ask(const char *subject, const char *filter, struct answer *ret)
{
	const char *id = strcmp(subject, "locations") == 0 ? "location" :
		"sha256";
	struct query q = { .subject = query_subject(subject),
		.filter = filter, .fields = (const char *[]){ id, NULL },
		.now = FLEET_NOW };
	struct filter_fault fault = { .column = 0 };
	int r = 0;

	ret->n = 0;
	r = query_rows(s, &q, take, ret, &fault);
	if (r < 0)
		fail_msg("%s: %s: %d column %zu: %s %s", subject, filter, r,
			 fault.column, fault.text, s->error);
}

static bool has(const struct answer *a, const uint8_t *id)
{
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(a->ids[i], id, HASH_SIZE) == 0)
			return true;
	return false;
}

/* The filter, over the fields of a subject, as the language sees it. */
static struct filter *parse(const struct query_subject *subject,
			    const char *text)
{
	struct filter_fault fault = { .column = 0 };
	struct filter_field table[128] = { { NULL, FILTER_TEXT, 0 } };
	static struct filter_field kept[128];
	struct filter *f = NULL;

	for (int i = 0; subject->fields[i].name; i++)
		table[i] = (struct filter_field){ subject->fields[i].name,
			subject->fields[i].type, i };
	memcpy(kept, table, sizeof(kept));
	if (filter_parse(text, kept, FLEET_NOW, &f, &fault) < 0)
		fail_msg("%s: column %zu: %s", text, fault.column, fault.text);
	return f;
}

static void compare_locations(const char *text)
{
	struct filter *f = parse(query_subject("locations"), text);
	struct answer a;
	size_t n = 0;

	ask("locations", text, &a);
	for (int i = 0; i < FLEET_LOCATIONS; i++) {
		struct fleet_location *l = &fleet.locations[i];
		bool passes = filter_passes(f, fleet_location_get, l);

		if (passes != has(&a, l->hash))
			fail_msg("location %d %s, in the store not: %s", i,
				 passes ? "passes" : "does not pass", text);
		n += passes;
	}
	assert_int_equal(a.n, n);
	filter_free(f);
}

static bool is_placed(const struct fleet_object *o)
{
	for (int i = 0; i < FLEET_LOCATIONS; i++)
		if (fleet.locations[i].object == o &&
		    fleet.locations[i].m.object.len)
			return true;
	return false;
}

static void compare_certificates(const char *text)
{
	struct filter *f = parse(query_subject("certificates"), text);
	struct answer a;
	size_t n = 0;

	ask("certificates", text, &a);
	for (int i = 0; i < FLEET_OBJECTS; i++) {
		struct fleet_object *o = &fleet.objects[i];
		bool passes = o->kind == 1 && is_placed(o) &&
			filter_passes(f, fleet_certificate_get, o);

		if (passes != has(&a, o->sha256))
			fail_msg("certificate %d %s, in the store not: %s", i,
				 passes ? "passes" : "does not pass", text);
		n += passes;
	}
	assert_int_equal(a.n, n);
	filter_free(f);
}

/* ------------------------------------------------------- random filters */

static void quote(struct buf *b, const char *text)
{
	buf_addch(b, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addch(b, '\\');
		buf_addch(b, *text);
	}
	buf_addch(b, '"');
}

static void random_text(struct buf *b)
{
	char text[128];
	size_t len = 0, at = 0;

	snprintf(text, sizeof(text), "%s",
		 fleet_texts[fleet_random(FLEET_TEXTS)]);
	len = strlen(text);
	if (fleet_random(3) == 0 && len > 0 && !(text[0] & 0x80)) {
		at = fleet_random((uint32_t)len);
		if (!(text[at] & 0x80))
			text[at] = "*?%_"[fleet_random(4)];
	}
	quote(b, text);
}

static void random_value(struct buf *b, const struct query_field *f)
{
	char hex[HASH_HEX];
	const struct fleet_object *o =
		&fleet.objects[fleet_random(FLEET_OBJECTS)];

	if (f->form == QUERY_HASH && fleet_random(4) > 0) {
		encode_hex(fleet_random(2) ? o->sha256 : o->spki, HASH_SIZE,
			   hex);
		if (fleet_random(3) == 0)
			hex[3] = '\0';
		buf_adds(b, hex);
	} else if (f->type == FILTER_TEXT) {
		random_text(b);
	} else if (f->type == FILTER_NUMBER) {
		buf_addf(b, "%u", fleet_random(3) * 443 + fleet_random(2));
	} else if (f->type == FILTER_TIME) {
		buf_addf(b, "%s%ud", fleet_random(2) ? "-" : "",
			 fleet_random(200));
	} else {
		buf_adds(b, fleet_random(2) ? "yes" : "no");
	}
}

static void random_test(struct buf *b, const struct query_field *f)
{
	static const char *const text_signs[] = { "=", "!=", "~", "!~" };
	static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };
	uint32_t how = fleet_random(8);

	buf_adds(b, f->name);
	if (how == 0)
		return;
	if (how == 1) {
		buf_adds(b, " in (");
		for (uint32_t n = fleet_random(3); n < 3; n++) {
			random_value(b, f);
			buf_adds(b, n < 2 ? ", " : ")");
		}
		return;
	}
	buf_addf(b, " %s ", f->type == FILTER_TEXT ?
		 text_signs[fleet_random(4)] :
		 signs[fleet_random(f->type == FILTER_BOOL ? 2 : 6)]);
	random_value(b, f);
}

/* Not what is worked out from the whole of a row. */
static bool is_tried(const struct query_field *f)
{
	return strcmp(f->name, "places") != 0 &&
		strcmp(f->name, "hosts") != 0 &&
		strcmp(f->name, "problem") != 0;
}

static const struct query_field *random_field(const struct query_subject *q)
{
	uint32_t n = 0;
	const struct query_field *f = NULL;

	while (q->fields[n].name)
		n++;
	do {
		f = &q->fields[fleet_random(n)];
	} while (!is_tried(f));
	return f;
}

static void random_filter(struct buf *b, const struct query_subject *q,
			  int depth)
{
	uint32_t how = depth > 0 ? fleet_random(5) : 0;

	if (how <= 1) {
		random_test(b, random_field(q));
		return;
	}
	buf_adds(b, how == 2 ? "not (" : "(");
	random_filter(b, q, depth - 1);
	if (how > 2) {
		buf_adds(b, how == 3 ? " and " : " or ");
		random_filter(b, q, depth - 1);
	}
	buf_adds(b, ")");
}

static void the_store_says_what_the_language_says(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, FILTER_LENGTH);
	for (int round = 0; round < of(4, 1); round++) {
		fleet_make();
		s->driver->savepoint(s);
		fleet_store(s);
		for (int i = 0; i < of(200, 40); i++) {
			buf_reset(&b);
			random_filter(&b, query_subject("locations"), 3);
			compare_locations(buf_str(&b));
			buf_reset(&b);
			random_filter(&b, query_subject("certificates"), 3);
			compare_certificates(buf_str(&b));
		}
		s->driver->undo(s);
	}
	buf_free(&b);
}

/* Each field with each sign and each nasty text: it is a value, never SQL. */
static void no_value_of_any_field_is_ever_sql(void **state)
{
	static const char *const signs[] = { "=", "~", "!~", "!=" };
	size_t step = (size_t)of(1, 11), first = 0;
	struct buf b;

	(void)state;
	fleet_make();
	fleet_store(s);
	buf_init(&b, FILTER_LENGTH);
	for (int k = 0; k < 2; k++) {
		const struct query_subject *q =
			query_subject(k ? "certificates" : "locations");

		for (const struct query_field *f = q->fields; f->name; f++) {
			if (f->type != FILTER_TEXT || !is_tried(f))
				continue;
			first = (first + 1) % step;
			for (size_t i = first; i < FLEET_TEXTS; i += step) {
				buf_reset(&b);
				buf_addf(&b, "%s %s ", f->name,
					 signs[i / step % 4]);
				quote(&b, fleet_texts[i]);
				if (k)
					compare_certificates(buf_str(&b));
				else
					compare_locations(buf_str(&b));
			}
		}
	}
	buf_free(&b);
}

static int count_rows(void *arg, const struct query_row *row)
{
	(void)row;
	++*(int *)arg;
	return 0;
}

static int add_count(void *arg, const struct store_value *v, int64_t n)
{
	(void)v;
	*(int64_t *)arg += n;
	return 0;
}

static void try_field(const struct query_subject *q,
		      const struct query_field *f)
{
	char filter[128];
	struct filter_fault fault = { .column = 0 };
	struct query ask_all = { .subject = q, .filter = filter,
		.sort = f->name, .now = FLEET_NOW };
	int n = 0, with = 0, without = 0;
	int64_t total = 0;

	filter[0] = '\0';
	if (f->several || f->form == QUERY_LIST)
		ask_all.sort = NULL;
	assert_int_equal(query_rows(s, &ask_all, count_rows, &n, &fault), 0);
	snprintf(filter, sizeof(filter), "%s", f->name);
	assert_int_equal(query_rows(s, &ask_all, count_rows, &with, &fault),
			 0);
	snprintf(filter, sizeof(filter), "not %s", f->name);
	assert_int_equal(query_rows(s, &ask_all, count_rows, &without, &fault),
			 0);
	assert_int_equal(with + without, n);
	filter[0] = '\0';
	if (f->several)
		return;
	assert_int_equal(query_count(s, &ask_all, f->name, 0, add_count,
				     &total, &fault), 0);
	if (f->form != QUERY_LIST)
		assert_int_equal(total, n);
}

static void each_field_can_be_asked_sorted_and_grouped_by(void **state)
{
	(void)state;
	fleet_make();
	fleet_store(s);
	for (size_t i = 0; query_subjects[i]; i++) {
		const struct query_subject *q = query_subjects[i];

		for (const struct query_field *f = q->fields; f->name; f++)
			try_field(q, f);
	}
}

/* ---------------------------------------------------------- endpoints */

/* A listener on ${port} that serves object ${n} of the fleet, or nothing. */
static void serve(uint32_t port, int n, const char *state, const char *sni)
{
	static uint8_t address[] = { 192, 0, 2, 1 };
	struct fleet_location l[2];

	memset(l, 0, sizeof(l));
	for (int i = 0; i < (n < 0 ? 1 : 2); i++) {
		cw__location__init(&l[i].m);
		cw__endpoint_place__init(&l[i].endpoint);
		l[i].agent = &fleet.agents[0];
		fleet_hash(l[i].hash);
		l[i].m.kind = i ? CW__KIND__KIND_CERTIFICATE :
			CW__KIND__KIND_ENDPOINT;
		l[i].m.place_case = CW__LOCATION__PLACE_ENDPOINT;
		l[i].m.endpoint = &l[i].endpoint;
		l[i].endpoint.address.data = address;
		l[i].endpoint.address.len = sizeof(address);
		l[i].endpoint.port = port;
		l[i].endpoint.transport = (char *)(uintptr_t)"tcp";
		l[i].endpoint.sni = (char *)(uintptr_t)sni;
		l[i].m.chain_position = (uint32_t)i;
	}
	l[0].endpoint.state = (char *)(uintptr_t)state;
	if (n >= 0) {
		l[1].m.object.data = fleet.objects[n].sha256;
		l[1].m.object.len = HASH_SIZE;
		fleet_store_location(s, &l[1]);
	}
	fleet_store_location(s, &l[0]);
}

struct ports {
	int64_t port[16];
	char problem[16][16];
	size_t n;
};

static int take_port(void *arg, const struct query_row *row)
{
	struct ports *p = arg;
	const struct store_value *problem = query_value(row, "problem");

	assert_true(p->n < 16);
	snprintf(p->problem[p->n], sizeof(p->problem[0]), "%.*s",
		 (int)problem->len,
		 problem->data ? (const char *)problem->data : "");
	p->port[p->n++] = query_value(row, "port")->number;
	return 0;
}

static void problems_of_endpoints_come_worst_first(void **state)
{
	static const char *const words[] = { "expired", "stale", "mixed",
		"chain", "expiring", "elsewhere", "" };
	const struct query q = { .subject = query_subject("endpoints"),
		.sort = "-severity", .now = FLEET_NOW,
		.filter = "port > 1000" };
	struct filter_fault fault = { .column = 0 };
	struct ports p = { .n = 0 };

	(void)state;
	fleet_make();
	for (int i = 0; i < 3; i++) {
		struct fleet_object *o = &fleet.objects[i];

		o->bad = false;
		o->kind = 1;
		o->facts.has_validity = true;
		o->facts.not_before = FLEET_NOW - 50 * FLEET_DAY;
		/* long ago, soon, not so soon */
		o->facts.not_after = FLEET_NOW +
			(i == 0 ? -1 : i == 1 ? 11 : 40) * FLEET_DAY;
	}
	fleet_store(s);
	serve(2007, 2, "live", "a.test");
	serve(2004, 2, "chain", "a.test");
	serve(2003, 1, "mixed", "a.test");
	serve(2005, 1, "live", "a.test");
	serve(2001, 0, "stale", "a.test");
	serve(2002, 2, "stale", "");
	serve(2006, 2, "elsewhere", "");
	/* another name on the same socket, which serves nothing */
	serve(2008, 0, "", "b.test");
	serve(2008, -1, "", "c.test");
	assert_int_equal(query_rows(s, &q, take_port, &p, &fault), 0);
	assert_int_equal(p.n, 9);
	/* 2008 of b.test is expired as well */
	assert_string_equal(p.problem[0], "expired");
	assert_string_equal(p.problem[1], "expired");
	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		assert_string_equal(p.problem[1 + i], words[i]);
	for (size_t i = 1; i < 6; i++)
		assert_int_equal(p.port[1 + i], 2001 + (int64_t)i);
	assert_string_equal(p.problem[8], "");
}

/* -------------------------------------------------------------- pages */

static void pages_are_the_list(const char *subject, const char *sort)
{
	const char *id = strcmp(subject, "locations") == 0 ? "location" :
		"sha256";
	struct query q = { .subject = query_subject(subject), .sort = sort,
		.fields = (const char *[]){ id, NULL }, .now = FLEET_NOW };
	struct filter_fault fault = { .column = 0 };
	struct answer all = { .n = 0 }, pages = { .n = 0 };
	size_t before = 0;

	assert_int_equal(query_rows(s, &q, take, &all, &fault), 0);
	q.limit = of(7, 61);
	do {
		before = pages.n;
		assert_int_equal(query_rows(s, &q, take, &pages, &fault), 0);
		q.after = pages.cursor;
	} while (pages.n == before + (size_t)q.limit);
	assert_int_equal(pages.n, all.n);
	assert_memory_equal(pages.ids, all.ids, all.n * HASH_SIZE);
}

static void pages_together_are_the_list_whatever_the_order(void **state)
{
	char down[64];

	(void)state;
	fleet_make();
	fleet_store(s);
	for (int k = 0; k < 2; k++) {
		const char *name = k ? "certificates" : "locations";
		const struct query_field *f = query_subject(name)->fields;

		for (; f->name; f++) {
			if (f->several || f->form == QUERY_LIST)
				continue;
			pages_are_the_list(name, f->name);
			snprintf(down, sizeof(down), "-%s", f->name);
			pages_are_the_list(name, down);
		}
	}
}

static int ask_wrong(const char *filter, const char *sort, const char *after,
		     size_t *ret_column)
{
	struct filter_fault fault = { .column = 99 };
	struct query q = { .subject = query_subject("certificates"),
		.filter = filter, .sort = sort, .after = after,
		.now = FLEET_NOW };
	int n = 0, r = query_rows(s, &q, count_rows, &n, &fault);

	*ret_column = fault.column;
	if (r == -EINVAL)
		assert_string_not_equal(fault.text, "");
	return r;
}

static void a_cursor_of_another_list_is_refused(void **state)
{
	struct query q = { .subject = query_subject("locations"),
		.fields = (const char *[]){ "location", NULL }, .limit = 1,
		.now = FLEET_NOW };
	struct filter_fault fault;
	struct answer a = { .n = 0 };
	size_t column = 0;

	(void)state;
	fleet_make();
	fleet_store(s);
	assert_int_equal(query_rows(s, &q, take, &a, &fault), 0);
	assert_int_equal(ask_wrong(NULL, NULL, a.cursor, &column), -EINVAL);
	assert_int_equal(column, 0);
	assert_int_equal(ask_wrong(NULL, NULL, "", &column), -EINVAL);
	assert_int_equal(ask_wrong(NULL, NULL, "////", &column), -EINVAL);
	for (size_t i = 0; a.cursor[i]; i++) {
		char cut[QUERY_CURSOR];

		snprintf(cut, i + 1, "%s", a.cursor);
		q.after = cut;
		assert_int_equal(query_rows(s, &q, take, &a, &fault), -EINVAL);
	}
}

static void a_limit_that_is_blank_is_refused(void **state)
{
	struct filter_fault fault = { .column = 99 };
	struct query q = { .subject = query_subject("hosts"),
		.scope = " \t", .now = FLEET_NOW };
	int n = 0;
	int64_t total = 0;

	(void)state;
	assert_int_equal(query_rows(s, &q, count_rows, &n, &fault), -EINVAL);
	assert_int_equal(query_count(s, &q, NULL, 0, add_count, &total,
				     &fault), -EINVAL);
	assert_int_equal(n + total, 0);
}

static void what_is_wrong_is_told_with_its_column(void **state)
{
	size_t column = 0;

	(void)state;
	assert_int_equal(ask_wrong("role = leaf and nothing = 1", NULL, NULL,
				   &column), -EINVAL);
	assert_int_equal(column, 17);
	assert_int_equal(ask_wrong(NULL, "nothing", NULL, &column), -EINVAL);
	assert_int_equal(column, 0);
	assert_int_equal(ask_wrong(NULL, "dns_names", NULL, &column),
			 -EINVAL);
	assert_int_equal(ask_wrong(NULL, "host", NULL, &column), -EINVAL);
	assert_int_equal(ask_wrong(" ", NULL, NULL, &column), 0);
}

static int take_numbers(void *arg, const struct query_row *row)
{
	int64_t *most = arg;

	for (size_t i = 0; i < row->n; i++)
		if (row->values[i].number > *most)
			*most = row->values[i].number;
	return 0;
}

static int rows_of(const char *scope, const char *filter, int64_t *ret_hosts)
{
	struct query q = { .subject = query_subject("certificates"),
		.filter = filter, .scope = scope, .now = FLEET_NOW,
		.fields = (const char *[]){ "hosts", NULL } };
	struct filter_fault fault = { .column = 0 };
	int n = 0;

	*ret_hosts = 0;
	assert_int_equal(query_rows(s, &q, count_rows, &n, &fault), 0);
	assert_int_equal(query_rows(s, &q, take_numbers, ret_hosts, &fault),
			 0);
	return n;
}

static void a_scope_hides_other_places(void **state)
{
	char mine[64], other[64], both[160], asks[128];
	int64_t hosts = 0;

	(void)state;
	fleet_seed = 1;		/* with one that both have */
	fleet_make();
	fleet_store(s);
	snprintf(mine, sizeof(mine), "agent_id = \"%s\"",
		 fleet.agents[0].id);
	snprintf(other, sizeof(other), "agent_id = \"%s\"",
		 fleet.agents[1].id);
	snprintf(both, sizeof(both), "%s and %s", mine, other);
	assert_true(rows_of(NULL, both, &hosts) > 0);
	assert_true(hosts > 1);
	assert_true(rows_of(mine, NULL, &hosts) > 0);
	assert_int_equal(hosts, 1);
	assert_int_equal(rows_of(mine, other, &hosts), 0);
	assert_int_equal(rows_of(mine, "hosts > 1", &hosts), 0);
	snprintf(asks, sizeof(asks), "not %s", other);
	assert_int_equal(rows_of(mine, asks, &hosts),
			 rows_of(mine, NULL, &hosts));
	snprintf(both, sizeof(both), "agent_id != \"%s\"",
		 fleet.agents[1].id);
	assert_int_equal(rows_of(both, other, &hosts), 0);
}

/* ------------------------------------------------------- what hosts say */

/* What agent ${n} says of an object that it names: ${name} as subject. */
static void say(int n, const uint8_t *object, const char *name)
{
	static uint8_t number;
	Cw__Facts facts = CW__FACTS__INIT;
	Cw__Location m = CW__LOCATION__INIT;
	struct store_value columns[COLUMNS_LOCATION] = { { .number = 0 } };
	struct store_object word = { .kind = 1, .seen = 1, .facts = &facts,
		.claimed = object };
	struct store_location row = { .bytes = (const uint8_t *)"", .kind = 1,
		.seen = 1, .object = object, .format = "pem",
		.has_facts = true, .columns = columns, .claim = &word,
		.hash = { 0xfe, ++number } };
	size_t added = 0;

	facts.subject = (char *)name;
	m.facts = &facts;
	m.kind = CW__KIND__KIND_CERTIFICATE;
	m.object.data = (uint8_t *)object;
	m.object.len = HASH_SIZE;
	assert_int_equal(columns_claim(&m, word.sha256), 0);
	assert_int_equal(s->driver->object_add(s, &word, 1), 0);
	assert_int_equal(s->driver->location_add(s, fleet.agents[n].id, 1,
						 &row, 1, &added), 0);
	assert_int_equal(added, 1);
}

/* An object that is there, not only named. */
static struct fleet_location *certificate(void)
{
	struct fleet_location *l = fleet.locations;

	fleet_seed = 1;
	fleet_make();
	while (!l->object || l->object->kind != 1 || !l->m.object.len ||
	       l->object->bad)
		l++;
	fleet_store(s);
	return l;
}

static void nobody_forges_a_certificate_that_is_known(void **state)
{
	struct fleet_location *l = certificate();
	struct store_object old = { .kind = 1, .seen = 1, .sha256 = { 7 },
		.facts = &l->object->facts, .claimed = l->object->sha256 };
	int64_t before = 0, hosts = 0;
	char hex[HASH_HEX], asks[128];
	int all = rows_of(NULL, NULL, &hosts);

	(void)state;
	encode_hex(l->object->sha256, HASH_SIZE, hex);
	snprintf(asks, sizeof(asks), "sha256 = %s", hex);
	assert_int_equal(rows_of(NULL, asks, &before), 1);
	say(0, l->object->sha256, "forged");
	say(1, l->object->sha256, "also forged");
	/* and what no place brings */
	assert_int_equal(s->driver->object_add(s, &old, 1), 0);
	assert_int_equal(rows_of(NULL, NULL, &hosts), all);
	assert_int_equal(rows_of(NULL, asks, &hosts), 1);
	assert_true(hosts >= before);
	assert_int_equal(rows_of(NULL, "subject ~ forged", &hosts), 0);
	assert_int_equal(rows_of(NULL, "claimed", &hosts), 0);
	snprintf(asks, sizeof(asks), "claimed and agent_id = %s",
		 fleet.agents[0].id);
	assert_int_equal(rows_of(NULL, asks, &hosts), 0);
}

/* Its row has another hash than that which the hosts name. */
static void a_word_has_only_the_places_that_bring_it(void **state)
{
	static const uint8_t unknown[HASH_SIZE] = { 9, 9 };
	int64_t hosts = 0;
	char mine[64], asks[128];

	(void)state;
	certificate();
	say(0, unknown, "a");
	say(0, unknown, "b");
	say(1, unknown, "b");
	assert_int_equal(rows_of(NULL, "claimed", &hosts), 2);
	assert_int_equal(hosts, 2);
	assert_int_equal(rows_of(NULL, "claimed and subject = a", &hosts), 1);
	assert_int_equal(hosts, 1);
	assert_int_equal(rows_of(NULL, "claimed and places = 2", &hosts), 1);
	assert_int_equal(rows_of(NULL, "claimed and last_seen", &hosts), 0);
	snprintf(mine, sizeof(mine), "agent_id = \"%s\"",
		 fleet.agents[1].id);
	snprintf(asks, sizeof(asks), "claimed and %s", mine);
	assert_int_equal(rows_of(NULL, asks, &hosts), 1);
	assert_int_equal(rows_of(mine, "claimed", &hosts), 1);
	assert_int_equal(hosts, 1);
	snprintf(asks, sizeof(asks), "claimed and not %s", mine);
	assert_int_equal(rows_of(NULL, asks, &hosts), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)
		TEST(the_store_says_what_the_language_says),
		TEST(no_value_of_any_field_is_ever_sql),
		TEST(each_field_can_be_asked_sorted_and_grouped_by),
		TEST(problems_of_endpoints_come_worst_first),
		TEST(pages_together_are_the_list_whatever_the_order),
		TEST(a_cursor_of_another_list_is_refused),
		TEST(a_limit_that_is_blank_is_refused),
		TEST(what_is_wrong_is_told_with_its_column),
		TEST(a_scope_hides_other_places),
		TEST(nobody_forges_a_certificate_that_is_known),
		TEST(a_word_has_only_the_places_that_bring_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
