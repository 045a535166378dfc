#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the store say of SQLite holds for PostgreSQL too.
. "$(dirname "$0")/lib.sh"
. tests/e2e/postgres_lib.sh

# suite PROGRAM: on a database of its own.
suite() {
	pg_database "t_$(basename "$1")" || return
	STORE_TEST_URL=$url "$B/unit/collector-stub/$1"
}

if ! pg_installed; then
	skip "the store's tests pass on PostgreSQL" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
for program in store/store store/user store/alert store/retain store/copy \
	ingest/apply ingest/change ingest/writer; do
	check "$program: its tests pass on PostgreSQL" suite "$program"
done
finish
