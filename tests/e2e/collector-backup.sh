#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The database is copied and put back while agents sync.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

sync() {
	timeout 60 "$client" sync "$T/$1" "${@:2}"
}
# Diffs one after the other until $T/stop is there; $T/last is the last one.
diffs() {
	local g=1

	while [ ! -e "$T/stop" ]; do
		sync a epoch=3 base=$((g - 1)) new="$g" add="$((g - 1))-$g" \
			have="0-$g" | grep -q "acknowledged generation=$g" ||
			return
		echo "$g" >"$T/last.new"
		mv "$T/last.new" "$T/last"
		g=$((g + 1))
	done
}
count() { sqlite3 "$1" "SELECT count(*) FROM locations"; }

# as often as this machine can
check "a collector starts" collector_new agents.max_rate=0
check "an agent enrols" agent_new a
sync a epoch=3 new=0 have=0-0 full >/dev/null
diffs &
diffs=$!
check "it syncs" until_true 20 test -s "$T/last"
for n in 1 2 3; do
	before=$(cat "$T/last")
	check "backup $n while it does" says 'bytes, read back whole' \
		cw backup "$T/copy$n"
	got=$(count "$T/copy$n")
	check "has no less than was acknowledged before" \
		test "$got" -ge "$before"
	check "nor more than after" \
		until_true 20 eval "[ \"\$(cat $T/last)\" -ge $((got - 1)) ]"
done
touch "$T/stop"
wait "$diffs"
check "only the owner reads it" says '^600$' stat -c %a "$T/copy3"
check "nothing lies beside it" says '^3$' eval "ls $T/copy* | wc -l"
check "no folder, no backup" says 'No such file' cw backup "$T/none/copy"
check "an order of the audit log's" says '[0-9a-f]{16}' cw key create

# back to a state of before, under the running collector
last=$(cat "$T/last")
check "it is put back" says 'restored' cw restore "$T/copy1"
check "with what it had" says "^$(count "$T/copy1")\$" \
	count "$C/collector.db"
check "what was there is kept" says '^1$' \
	sqlite3 "$C/collector.db.before" 'SELECT count(*) FROM command_keys'
check "which undoes it" says 'collector.db.before.1: what was there' \
	cw restore "$C/collector.db.before"
check "the order key is there again" says '^1$' \
	sqlite3 "$C/collector.db" 'SELECT count(*) FROM command_keys'
check "another time" says 'collector.db.before.2: what was there' \
	cw restore "$T/copy1"
check "the first that was kept is as it was" says '^1$' \
	sqlite3 "$C/collector.db.before" 'SELECT count(*) FROM command_keys'
check "the audit log tells" says '"event":"restored"' cw audit list
check "and is whole" cw audit verify
check "the agent's next diff does not fit" says 'resync' \
	sync a epoch=3 base="$last" new=$((last + 1)) \
	add="$last-$((last + 1))" have="0-$((last + 1))"
check "so it sends all" says 'acknowledged' \
	sync a epoch=3 full new=$((last + 1)) add="0-$((last + 1))" \
	have="0-$((last + 1))"
check "and nothing is missing" says "^$((last + 1))\$" \
	count "$C/collector.db"

# ... and while changes go on, all of which are repeated until they are there.
changes() {
	local g=$((last + 1)) answer=''

	while [ ! -e "$T/stop" ]; do
		answer=$(sync a epoch=3 base="$g" new=$((g + 1)) \
			add="$g-$((g + 1))" have="0-$((g + 1))")
		case $answer in
		'200 resync'*)
			echo resync >>"$T/resyncs"
			answer=$(sync a epoch=3 full new=$((g + 1)) \
				add="0-$((g + 1))" have="0-$((g + 1))") ;;
		esac
		case $answer in
		'200 acknowledged generation='"$((g + 1))"' '*)
			g=$((g + 1))
			echo "$g" >"$T/last.new"
			mv "$T/last.new" "$T/last" ;;
		'503 '*) ;;
		*) echo "$answer" >"$T/unexpected"; return ;;
		esac
	done
}
# At least one more change is acknowledged.
goes_on() {
	local was=''

	was=$(cat "$T/last")
	until_true 30 eval "[ \"\$(cat $T/last)\" -gt $was ]"
}
rm -f "$T/stop" "$T/last"
changes &
changes=$!
check "changes go on" until_true 20 test -s "$T/last"
for n in 1 2 3; do
	check "it is put back while they do: $n" says 'restored' \
		cw restore "$T/copy$n"
	check "they go on" goes_on
	check "the agent was asked for all" \
		until_true 30 eval "[ \$(wc -l <$T/resyncs) -ge $n ]"
done
touch "$T/stop"
wait "$changes"
last=$(($(cat "$T/last") - 1))
check "no answer was anything else" test ! -e "$T/unexpected"
check "what was acknowledged is there, and once" says "^$((last + 1))\$" \
	count "$C/collector.db"
check "the database is sound" says '^ok$' \
	sqlite3 "$C/collector.db" 'PRAGMA integrity_check'

echo 'SQLite format 3' >"$T/torn"
cp "$T/copy1" "$T/damaged"
dd if=/dev/urandom of="$T/damaged" bs=4096 seek=2 count=6 conv=notrunc \
	2>/dev/null
sqlite3 "$T/other" 'CREATE TABLE t (a)'
cp "$T/copy1" "$T/newer"
sqlite3 "$T/newer" 'UPDATE schema_version SET version = 900,
	oldest = 900'
for bad in torn damaged other newer none; do
	check "what is no backup is refused: $bad" says 'nothing was restored' \
		cw restore "$T/$bad"
done
check "and nothing has changed" says "^$((last + 1))\$" \
	count "$C/collector.db"
rm "$C"/collector.db*
stop "$serve"
check "a new machine takes it" says 'restored' cw restore "$T/copy3"
check "and serves" collector_start
finish
