#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the store say of SQLite holds for PostgreSQL too.
. "$(dirname "$0")/lib.sh"
. tests/e2e/postgres_lib.sh

# suite PROGRAM: on a database of its own, where who waits in a circle is found
# at once.
suite() {
	local name=t_${1##*/}

	pg_database "$name" || return
	pg_sql postgres "ALTER DATABASE $name SET deadlock_timeout = '10ms'" ||
		return
	STORE_TEST_URL=$url "$B/unit/collector-stub/$1"
}

if ! pg_installed; then
	skip "the store's tests pass on PostgreSQL" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
for program in store/store store/postgres_object store/user store/alert \
	store/retain store/copy store/sql_fill ingest/apply ingest/change \
	ingest/writer query/query query/query_count query/clause \
	alert/evaluate api/statistics http/ticket auth/account auth/attempts; do
	check "$program: its tests pass on PostgreSQL" suite "$program"
done
no_deadlock() {
	[ "$(pg_sql postgres "SELECT SUM(deadlocks) FROM pg_stat_database
		WHERE datname LIKE 't\_%'")" = 0 ]
}
check "and no two transactions waited for each other" no_deadlock
# The statements of the collector before this one, with the types that it sends.
previous_works() {
	pg_as psql -h "$pg" -U certwalk -d t_store -qAtX -v ON_ERROR_STOP=1 \
		-f - <"$previous" || return
	[ "$(grep -c '^PREPARE' "$previous")" -gt 50 ]
}
previous=tests/unit/collector-stub/store/previous_postgres.sql
check "the collector before this one works on what this one has made" \
	previous_works
finish
