#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fleet and two collectors on one PostgreSQL: one collector is killed while
# first reports come in, and the database is away for a while; then all of it
# moves to SQLite and back.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/postgres_lib.sh
. tests/e2e/fleet_lib.sh

if [ "$B" = build/san ]; then
	skip "a fleet on PostgreSQL" "sanitizers see fleet and postgres-many"
	finish
fi

# serve N: starts collector N, whose folder is $T/cN, on the ports that it had.
serve() {
	C=$T/c$1
	cp "$T/c$1.ini" "$T/collector.ini"
	collector_start || return
	sed -i -e "s/^agents = .*/agents = $agents/" \
		-e "s/^enroll = .*/enroll = $enroll/" "$T/c$1.ini"
	eval "serve$1=$serve port$1=${agents##*:}"
}

configure() {
	C=$T/c$1
	collector_config
	sed -i "2i database = $url" "$T/collector.ini"
	printf '[alerts]\nrules = %s\nchannels = %s\ninterval = 1s\n' \
		"$T/alerts.d" "$T/channels.d" >>"$T/collector.ini"
	cp "$T/collector.ini" "$T/c$1.ini"
}

# Agents of the one that is gone turn to the other.
one_is_killed() {
	fleet_hits 25 KILL "$serve1"
	fleet_begins load
	fleet_says '^load struck' || return
	wait "$serve1" 2>/dev/null
	fleet_says '^load agents=' && grep '^load agents' "$T/fleet.log" &&
		[ "$(fleet_count load lost)" -gt 0 ]
}

# They are told when to come again, and do.
database_is_away() {
	fleet_hits 25 INT "$pg_pid"
	fleet_begins day 20 60
	fleet_says '^day struck' || return
	wait "$pg_pid" 2>/dev/null
	until_true 30 grep -q '503 until' "$T/serve.log" || return
	pg_again || return
	fleet_says '^day agents=' && grep '^day agents' "$T/fleet.log" &&
		[ "$(fleet_count day overloads)" -gt 0 ] &&
		[ "$(fleet_count day lost)" = 0 ]
}

# rows URL: how many each table has.
rows() {
	local table=''

	for table in $tables; do
		echo "$table $(case $1 in
			sqlite:*) sqlite3 "${1#sqlite:}" \
				"SELECT count(*) FROM $table" ;;
			*) pg_sql "${1##*=}" "SELECT count(*) FROM $table" ;;
			esac)"
	done
}

# moves FROM TO: all tables are the same there, and the log is whole.
moves() {
	local table='' ini=$T/moved.ini began=$SECONDS

	"$collector" migrate --from "$1" --to "$2" >"$T/moved" || return
	echo "# moved in $((SECONDS - began)) s" >&3
	tables=$(sed -n 's/: [0-9]* rows$//p' "$T/moved")
	rows "$1" >"$T/rows.from"
	rows "$2" >"$T/rows.to"
	# the move itself is in the log
	diff <(awk '/^audit / { $2++ } 1' "$T/rows.from") "$T/rows.to" ||
		return
	for table in agents locations objects events users alerts audit \
		alert_rules ticket_keys; do
		grep -E "^$table [1-9]" "$T/rows.to" || {
			echo "no rows of $table"
			return 1
		}
	done
	sed "s|^database = .*|database = $2|" "$T/c1.ini" >"$ini"
	"$collector" audit verify --config "$ini" &&
		diff <("$collector" alert list --config "$T/c1.ini") \
			<("$collector" alert list --config "$ini")
}

if ! pg_installed; then
	skip "a fleet reports to two collectors" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
pg_database fleet || exit 1
exec 3>&1
mkdir "$T/alerts.d" "$T/channels.d"
printf '[channel]\ntype = program\nrun = /bin/true\n' \
	>"$T/channels.d/none.ini"
printf '[alert]\nsubject = hosts\nwhere = gaps = 0\nchannel = none\n' \
	>"$T/alerts.d/hosts.ini"
configure 1
configure 2
C=$T/c1
cp "$T/c1.ini" "$T/collector.ini"
cw init >/dev/null || exit 1
(umask 077 && echo 'correct horse battery' >"$T/password")
cw user add ben --role admin --password-file "$T/password" >/dev/null
cw key create >/dev/null
mkdir -m 700 "$T/c2"
cp -p "$T/c1/ca.crt" "$T/c1/ca.key" "$T/c2/"
serve 1 && serve 2 || exit 1
fleet_start "$url" "$port1,$port2" || exit 1
check "a fleet reports to two collectors, and one is killed meanwhile" \
	one_is_killed
check "all of it is stored, and nothing twice" fleet_is_whole
check "it is started again" serve 1
check "while the database is away agents are told to wait" database_is_away
check "nothing that was acknowledged is missing, nothing is extra" \
	fleet_is_whole
check "all come back to both" fleet_does outage 60
check "and all of it is stored" fleet_is_whole
check "the fleet ends well" fleet_end
told_of_all() {
	[ "$(pg_sql fleet 'SELECT count(*) FROM alerts')" -ge "$fleet_size" ]
}
check "an alert for each host" until_true 60 told_of_all
stop "$serve1"
stop "$serve2"
check "all of it moves to SQLite" moves "$url" "sqlite:$T/moved.db"
pg_database back
check "and back" moves "sqlite:$T/moved.db" "$url"
finish
