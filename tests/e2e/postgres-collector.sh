#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A collector on PostgreSQL: what agents notice is the same; what happens to
# the server costs nothing that was acknowledged.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/postgres_lib.sh

sync() {
	timeout 60 "$client" sync "$T/$1" "${@:2}"
}

locations() {
	cw agents --format jsonl | grep -F "$(cat "$T/a/id")" |
		grep -o '"locations":[0-9]*' | tr -dc 0-9
}

# The configuration with the database ${url}.
configure() {
	collector_config "$@"
	sed -i "2i database = $url" "$T/collector.ini"
}

no_password_shown() {
	local told=''

	url="postgres://certwalk:hunter2@localhost/x" configure
	told=$(cw agents 2>&1; cw serve 2>&1; cw init 2>&1)
	echo "$told"
	grep -q 'does not belong here' <<<"$told" &&
		! grep -q hunter2 <<<"$told"
}

# Diffs one after the other, each repeated until it is acknowledged, while the
# server's processes are killed below it.
diffs_under_fire() {
	local g=1 kills=0 answer='' killers=()

	while [ "$g" -lt 60 ]; do
		[ $((g % 6)) != 5 ] || {
			(sleep "0.00$((RANDOM % 10))"
			pg_sql postgres "SELECT pg_terminate_backend(pid)
				FROM pg_stat_activity WHERE datname = 'one'
				AND pid <> pg_backend_pid()") >/dev/null &
			killers+=("$!")
			kills=$((kills + 1))
		}
		answer=$(sync a epoch=3 base=$((g - 1)) new="$g" \
			add="$((g - 1))-$g" have="0-$g" 2>/dev/null)
		case $answer in
		'200 acknowledged generation='"$g"' '*) g=$((g + 1)) ;;
		'0 '* | '503 '*) ;;
		*) echo "unexpected at $g: $answer"; return 1 ;;
		esac
	done
	wait "${killers[@]}" # not one comes later
	echo "killed $kills times"
}

down_and_up() {
	stop "$pg_pid" INT
	says '^503 storage-failed' sync a epoch=3 base=59 new=60 add=59-60 \
		have=0-60 || return
	pg_again || return
	says '^200 acknowledged generation=60' sync a epoch=3 base=59 new=60 \
		add=59-60 have=0-60
}

# migrate FROM TO
migrate() {
	"$collector" migrate --from "$1" --to "$2"
}

# What the doctor says of the database, without its advice.
doctor() {
	cw doctor --format jsonl |
		jq -r 'select(.check == "database") | .level + " " + .text'
}
all_is_well() {
	says '^ok the database takes changes' doctor &&
		says '^ok 1 agents, all heard of' doctor &&
		says '^ok the audit log is whole: [1-9]' doctor &&
		! doctor | grep -v '^ok '
}
# ... where somebody has changed an entry, and where the server is away.
finds_what_is_wrong() {
	pg_sql one "UPDATE audit SET text = text || ' ' WHERE number = 1" &&
		says '^fail the audit log is not whole after entry 0' doctor &&
		pg_sql one "UPDATE audit SET text = rtrim(text)" &&
		all_is_well || return
	stop "$pg_pid" INT
	says '^fail the database cannot be opened: PostgreSQL' doctor || return
	pg_again
}

# To SQLite and back to another PostgreSQL, with all that was there.
there_and_back() {
	local one=$url

	stop "$serve"
	migrate "$one" "sqlite:$T/copy.db" || return
	[ "$(sqlite3 "$T/copy.db" 'SELECT COUNT(*) FROM locations')" = 60 ] ||
		return
	says 'has rows already' migrate "sqlite:$T/copy.db" "$one" || return
	pg_database two && migrate "sqlite:$T/copy.db" "$url" || return
	[ "$(sqlite3 "$T/copy.db" "SELECT COUNT(*) FROM audit
		WHERE text LIKE '%\"migrated\"%'")" = 1 ] || return
	sed -i "s|^database = .*|database = $url|" "$T/collector.ini"
	collector_start
	printf 'https://%s' "$agents" >"$T/a/url"
	[ "$(cw audit list | grep -c '"event":"migrated"')" = 2 ] &&
		cw audit verify
}

# What is copied is what there is.
copies_all_tables() {
	local table=''

	for table in $(sqlite3 "$T/copy.db" "SELECT name FROM sqlite_master
			WHERE type = 'table' AND name <> 'schema_version'"); do
		grep -q "\"$table\"" collector-stub/store/copy.c || {
			echo "$table is not copied"
			return 1
		}
	done
}

if ! pg_installed; then
	skip "a collector works on PostgreSQL" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
pg_database one || exit 1
check "a password in the configuration is refused and not shown" \
	no_password_shown
configure
check "without tables it says what to do" says 'init' cw agents
check "init makes them" cw init
check "and does not make them again" says 'not overwritten' cw init
collector_start || exit 1
agent_new a
cert www 10
check "a full state is taken" says '^200 acknowledged generation=0 need=1' \
	sync a epoch=3 new=0 have=0-1 add=0-1 full "object=$T/www.der"
check "an object is taken" says '^200 acknowledged generation=0 need=0' \
	sync a epoch=3 base=0 new=0 have=0-1 "object=$T/www.der" send
check "the inventory lists it" says '"path":"/e2e/' \
	cw inventory --format jsonl
sync a epoch=3 new=0 have=0-0 full >/dev/null
check "connections that break lose nothing and store nothing twice" \
	diffs_under_fire
check "each location is there once" is 59 locations
check "a server that is away is answered by 503, and then all goes on" \
	down_and_up
check "all of it is there" is 60 locations
cw key create >/dev/null
check "the doctor finds all well" all_is_well
check "and what is wrong" finds_what_is_wrong
check "migrate takes all to SQLite, and to another PostgreSQL" there_and_back
check "it knows all tables" copies_all_tables
check "agents go on with their next difference" \
	says '^200 acknowledged generation=61' sync a epoch=3 base=60 new=61 \
	add=60-61 have=0-61
check "and the inventory has what it had" is 61 locations
finish
