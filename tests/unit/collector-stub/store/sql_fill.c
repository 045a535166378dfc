/* SPDX-License-Identifier: Apache-2.0 */
/* A database from before filters gets its columns from the packed bytes. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector-stub/query/query.h"
#include "collector-stub/store/migrate.h"

static char folder[64], file[96], url[112];
static sqlite3 *db;

static void run(const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
}

/* Runs a statement with one parameter, packed bytes. */
static void put(const char *sql, const uint8_t *bytes, size_t len)
{
	sqlite3_stmt *st = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL),
			 SQLITE_OK);
	sqlite3_bind_blob(st, 1, bytes, (int)len, SQLITE_STATIC);
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

static void put_object(void)
{
	Cw__Facts f = CW__FACTS__INIT;
	char *names[] = { (char *)(uintptr_t)"old.test" };
	uint8_t bytes[256];

	f.subject = (char *)(uintptr_t)"CN=old";
	f.key_alg = (char *)(uintptr_t)"RSA";
	f.has_validity = true;
	f.not_after = 0;
	f.dns_names = names;
	f.n_dns_names = 1;
	assert_true(cw__facts__get_packed_size(&f) < sizeof(bytes));
	put("INSERT INTO objects (sha256, kind, seen, curve, facts)"
	    " VALUES (zeroblob(32), 1, 5, '', ?)", bytes,
	    cw__facts__pack(&f, bytes));
}

/* ${claims}: an SSH key, whose facts only the location has. */
static void put_location(bool claims, const char *hash)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace place = CW__FILE_PLACE__INIT;
	Cw__Facts f = CW__FACTS__INIT;
	uint8_t bytes[256];
	char sql[256];

	f.key_alg = (char *)(uintptr_t)"Ed25519";
	l.kind = claims ? CW__KIND__KIND_SSH_KEY :
		CW__KIND__KIND_CERTIFICATE;
	l.facts = claims ? &f : NULL;
	l.format = (char *)(uintptr_t)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &place;
	place.path.data = (uint8_t *)(uintptr_t)"/etc/old\xff.pem";
	place.path.len = 13;
	snprintf(sql, sizeof(sql), "INSERT INTO locations (agent_id, hash,"
		 " pass, kind, object, format, has_facts, bytes)"
		 " VALUES ('a', '%s', 1, %d, %s, 'pem', %d, ?)", hash,
		 (int)l.kind, claims ? "NULL" : "zeroblob(32)", claims);
	put(sql, bytes, cw__location__pack(&l, bytes));
}

static void put_agent(void)
{
	Cw__HostFacts h = CW__HOST_FACTS__INIT;
	uint8_t bytes[256];

	h.os = (char *)(uintptr_t)"Debian";
	put("INSERT INTO agents (agent_id, created, certificate_until,"
	    " hostname, host) VALUES ('a', 1, 1, 'web', ?)", bytes,
	    cw__host_facts__pack(&h, bytes));
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

static void old_rows_are_filled_in(void **state)
{
	char error[256] = "";
	struct store *s = NULL;

	(void)state;
	put_object();
	put_location(false, "1");
	put_location(true, "2");
	put_agent();
	/* what was never a location, nor facts */
	run("INSERT INTO locations (agent_id, hash, pass, kind, format,"
	    " has_facts, bytes) VALUES ('a', '3', 1, 1, '', 0, x'ff')");
	run("INSERT INTO objects (sha256, kind, seen, facts)"
	    " VALUES (x'01', 1, 5, x'ff')");
	sqlite3_close(db);
	if (store_open(url, false, &s, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	passes(s, "certificates", "subject = \"CN=old\" and not curve and "
	       "not_after = 1970-01-01 and dns_names = old.test");
	passes(s, "certificates", "path ~ old and host = web and key_alg");
	passes(s, "locations", "path = \"/etc/old\xef\xbf\xbd.pem\" and "
	       "kind = certificate and key_alg = rsa and place = file");
	passes(s, "locations", "kind = ssh-key and key_alg = Ed25519");
	passes(s, "hosts", "os = debian");
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
		TEST(a_newer_database_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
