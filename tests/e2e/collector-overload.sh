#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# More agents than the collector lets wait (WRITER_QUEUE) come at once, while
# another program keeps the database locked.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/fleet_lib.sh

if [ "$B" = build/san ]; then
	skip "a collector is overloaded" "thousands of agents; see fleet.sh"
	finish
fi
queue=$(sed -n 's/^#define WRITER_QUEUE \([0-9]*\).*/\1/p' \
	collector-stub/ingest/writer.h)
group=$(sed -n 's/^#define WRITER_GROUP \([0-9]*\).*/\1/p' \
	collector-stub/ingest/writer.h)
fleet_size=$((queue + group + 200))
fleet_least=1
if [ "$(ulimit -Hn)" != unlimited ] &&
	[ "$(ulimit -Hn)" -lt $((fleet_size + 200)) ]; then
	skip "a collector is overloaded" "too few open files are allowed"
	finish
fi
ulimit -Sn "$(ulimit -Hn)"

# Another program has the database from lock to unlock.
lock() {
	mkfifo "$T/sql"
	sqlite3 -bail "$C/collector.db" <"$T/sql" >"$T/sql.log" 2>&1 &
	pids+=("$!")
	exec 8>"$T/sql"
	printf '%s\n' '.timeout 60000' 'BEGIN IMMEDIATE;' \
		".shell touch $T/locked" >&8
	until_true 60 test -e "$T/locked"
}
unlock() {
	echo 'ROLLBACK;' >&8
	exec 8>&-
}

# The fleet ends by itself where a 503 has no Retry-After.
too_many_are_told_to_wait() {
	lock || return
	fleet_begins day 1 20
	fleet_says '^day crowded'
	unlock
	fleet_says '^day agents=' && grep '^day agents' "$T/fleet.log" &&
		[ "$(fleet_count day crowded)" -gt 0 ] &&
		[ "$(fleet_count day lost)" = 0 ] &&
		[ "$(fleet_count day resyncs)" = 0 ]
}

collector_new "listen.max_connections=$((fleet_size + 100))" || exit 1
fleet_start "sqlite:$C/collector.db" "${agents##*:}" authorities=1 own=1 \
	"width=$((fleet_size + 100))" || exit 1
check "so many agents report" fleet_does load
check "those for whom there is no room get 503 and a time to come again" \
	too_many_are_told_to_wait
check "nothing that was acknowledged is missing, nothing is extra" \
	fleet_is_whole
check "the fleet ends well" fleet_end
check "and so does the collector" stop "$serve"
finish
