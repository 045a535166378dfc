/* SPDX-License-Identifier: Apache-2.0 */
/* A database from before filters gets its columns from the packed bytes: one
 * of SQLite that is old, and one of any driver (store_test.h) with rows as they
 * were then. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector-stub/query/query.h"
#include "collector-stub/store/migrate.h"
#include "collector-stub/store/sql.h"
#include "tests/unit/collector-stub/store_test.h"

static char folder[64], file[96], url[112];
static sqlite3 *db;
/* rows are put here; NULL: into ${db} */
static struct store *put_to;

static void run(const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
}

static void bind(sqlite3_stmt *st, int i, const struct store_value *v)
{
	if (v->type == STORE_NUMBER)
		sqlite3_bind_int64(st, i, v->number);
	else if (v->type == STORE_TEXT)
		sqlite3_bind_text(st, i, v->data, (int)v->len, SQLITE_STATIC);
	else if (v->type == STORE_BYTES)
		sqlite3_bind_blob(st, i, v->data, (int)v->len, SQLITE_STATIC);
}

static void put(const char *sql, const struct store_value *v, size_t n)
{
	const struct store_select q = { .sql = sql, .params = v,
					.n_params = n };
	sqlite3_stmt *st = NULL;

	if (put_to) {
		if (put_to->driver->select(put_to, &q, store_test_no_row,
					   NULL) < 0)
			fail_msg("%s: %s", sql, put_to->error);
		return;
	}
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL),
			 SQLITE_OK);
	for (size_t i = 0; i < n; i++)
		bind(st, (int)i + 1, &v[i]);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
}

static int make_old(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/old.db", folder);
	snprintf(url, sizeof(url), "sqlite:%s", file);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	for (int64_t n = 1; n < MIGRATE_FILL; n++)
		run(migrate_step(n));
	run("CREATE TABLE schema_version (version BIGINT NOT NULL);");
	run("INSERT INTO schema_version VALUES (3)");
	return 0;
}

static int remove_old(void **state)
{
	char other[112];

	(void)state;
	unlink(file);
	snprintf(other, sizeof(other), "%s-wal", file);
	unlink(other);
	snprintf(other, sizeof(other), "%s-shm", file);
	unlink(other);
	return rmdir(folder);
}

static const uint8_t object[HASH_SIZE];

static void put_object(void)
{
	Cw__Facts f = CW__FACTS__INIT;
	char *names[] = { (char *)(uintptr_t)"old.test" };
	uint8_t bytes[256];
	struct store_value v[] = { sql_of_hash(object), sql_of_text(""),
				   { .type = STORE_NULL } };

	f.subject = (char *)(uintptr_t)"CN=old";
	f.key_alg = (char *)(uintptr_t)"RSA";
	f.has_validity = true;
	f.not_after = 0;
	f.dns_names = names;
	f.n_dns_names = 1;
	assert_true(cw__facts__get_packed_size(&f) < sizeof(bytes));
	v[2] = sql_of_bytes(bytes, cw__facts__pack(&f, bytes));
	put("INSERT INTO objects (sha256, kind, seen, curve, facts)"
	    " VALUES ($1, 1, 5, $2, $3)", v, 3);
}

static void put_row(const char *hash, int64_t kind, const uint8_t *names,
		    bool has_facts, const uint8_t *bytes, size_t len)
{
	const struct store_value v[] = {
		sql_of_bytes(hash, 1), sql_of_int(kind), sql_of_hash(names),
		sql_of_int(has_facts), sql_of_bytes(bytes, len),
	};

	put("INSERT INTO locations (agent_id, hash, pass, kind, object,"
	    " format, has_facts, bytes)"
	    " VALUES ('a', $1, 1, $2, $3, 'pem', $4, $5)", v, 5);
}

/* ${claims}: an SSH key, whose facts only the location has. */
static void put_location(bool claims, const char *hash)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace place = CW__FILE_PLACE__INIT;
	Cw__Facts f = CW__FACTS__INIT;
	uint8_t bytes[256];

	f.key_alg = (char *)(uintptr_t)"Ed25519";
	l.kind = claims ? CW__KIND__KIND_SSH_KEY :
		CW__KIND__KIND_CERTIFICATE;
	l.facts = claims ? &f : NULL;
	l.format = (char *)(uintptr_t)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &place;
	place.path.data = (uint8_t *)(uintptr_t)"/etc/old\xff.pem";
	place.path.len = 13;
	put_row(hash, (int64_t)l.kind, claims ? NULL : object, claims, bytes,
		cw__location__pack(&l, bytes));
}

static void put_agent(void)
{
	Cw__HostFacts h = CW__HOST_FACTS__INIT;
	uint8_t bytes[256];
	struct store_value v = { .type = STORE_NULL };

	h.os = (char *)(uintptr_t)"Debian";
	v = sql_of_bytes(bytes, cw__host_facts__pack(&h, bytes));
	put("INSERT INTO agents (agent_id, created, certificate_until,"
	    " hostname, host) VALUES ('a', 1, 1, 'web', $1)", &v, 1);
}

static void put_old_rows(void)
{
	const struct store_value broken[] = { sql_of_bytes("\x01", 1),
					      sql_of_bytes("\xff", 1) };

	put_object();
	put_location(false, "1");
	put_location(true, "2");
	put_agent();
	/* what was never a location, nor facts */
	put_row("3", 1, NULL, false, (const uint8_t *)"\xff", 1);
	put("INSERT INTO objects (sha256, kind, seen, facts)"
	    " VALUES ($1, 1, 5, $2)", broken, 2);
}

static int count(void *arg, const struct query_row *row)
{
	(void)row;
	++*(int *)arg;
	return 0;
}

static void passes(struct store *s, const char *subject, const char *filter)
{
	struct filter_fault fault = { .column = 0 };
	struct query q = { .subject = query_subject(subject),
		.filter = filter };
	int n = 0;

	assert_int_equal(query_rows(s, &q, count, &n, &fault), 0);
	if (n != 1)
		fail_msg("%d %s pass: %s", n, subject, filter);
}

static void all_pass(struct store *s)
{
	passes(s, "certificates", "subject = \"CN=old\" and not curve and "
	       "not_after = 1970-01-01 and dns_names = old.test");
	passes(s, "certificates", "path ~ old and host = web and key_alg");
	passes(s, "locations", "path = \"/etc/old\xef\xbf\xbd.pem\" and "
	       "kind = certificate and key_alg = rsa and place = file");
	passes(s, "locations", "kind = ssh-key and key_alg = Ed25519");
	passes(s, "hosts", "os = debian");
}

static void old_rows_are_filled_in(void **state)
{
	char error[256] = "";
	struct store *s = NULL;

	(void)state;
	put_to = NULL;
	put_old_rows();
	sqlite3_close(db);
	if (store_open(url, false, &s, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	all_pass(s);
	store_close(s);
}

static void rows_of_any_driver_are_filled_in(void **state)
{
	struct store *s = NULL;

	(void)state;
	assert_int_equal(store_test_open(&s), 0);
	put_to = s;
	assert_int_equal(s->driver->begin(s), 0);
	put_old_rows();
	assert_int_equal(sql_fill((struct sql *)s), 0);
	all_pass(s);
	s->driver->rollback(s);
	store_close(s);
}

static void a_newer_database_is_left_alone(void **state)
{
	char error[256] = "";
	struct store *s = NULL;

	(void)state;
	run("UPDATE schema_version SET version = 1000000");
	sqlite3_close(db);
	assert_true(store_open(url, false, &s, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, "newer collector"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_old, remove_old)
		TEST(old_rows_are_filled_in),
		cmocka_unit_test(rows_of_any_driver_are_filled_in),
		TEST(a_newer_database_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
