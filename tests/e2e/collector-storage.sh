#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The collector's disk is full, its power fails, its database is an old copy.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

sync() {
	timeout 60 "$client" sync "$T/$1" "${@:2}"
}

generation() {
	cw agents --format jsonl | grep -F "$(cat "$T/a/id")" |
		grep -o '"generation":[0-9]*' | tr -dc 0-9
}

locations() {
	cw agents --format jsonl | grep -F "$(cat "$T/a/id")" |
		grep -o '"locations":[0-9]*' | tr -dc 0-9
}

# From now on the ports stay, so that agents find it after a restart.
fix_ports() {
	collector_config
	sed -i -e "s/^agents = .*/agents = $agents/" \
		-e "s/^enroll = .*/enroll = $enroll/" "$T/collector.ini"
}

# Diffs one after the other, each repeated until it is acknowledged, while the
# collector is killed and started again.  Prints how often it was.
diffs_under_fire() {
	local g=1 kills=0 answer='' next=0 killer=''

	while [ "$g" -lt 60 ]; do
		answer=$(sync a epoch=3 base=$((g - 1)) new="$g" \
			add="$((g - 1))-$g" have="0-$g" 2>/dev/null)
		case $answer in
		'200 acknowledged generation='"$g"' '*) g=$((g + 1)) ;;
		'200 resync'*) echo "resync at $g"; return 1 ;;
		'0 '* | '503 '*) ;;
		*) echo "unexpected at $g: $answer"; return 1 ;;
		esac
		if ! kill -0 "$serve" 2>/dev/null; then
			wait "$serve" 2>/dev/null
			collector_start || return 1
			kills=$((kills + 1))
			next=0
		elif [ $((g % 6)) = 5 ] && [ "$next" != "$g" ]; then
			next=$g
			(sleep "0.00$((RANDOM % 10))"; kill -KILL "$serve") &
			killer=$!
		fi
	done
	wait "$killer"
	kill -0 "$serve" 2>/dev/null || collector_start || return 1
	echo "killed $kills times"
	[ "$kills" -ge 5 ]
}

restored_copy() {
	stop "$serve"
	cp "$C/collector.db" "$T/old.db"
	collector_start || return
	sync a epoch=3 base=59 new=60 add=59-60 have=0-60 | grep -q ack ||
		return
	stop "$serve"
	cp "$T/old.db" "$C/collector.db"
	rm -f "$C/collector.db-wal" "$C/collector.db-shm"
	collector_start || return
	says '^200 resync generation=59' \
		sync a epoch=3 base=60 new=61 add=60-61 have=0-61
}

fill() {
	! cat /dev/zero >"$C/filler" 2>/dev/null
}

collector_new || exit 1
agent_new a
fix_ports
sync a epoch=3 new=0 have=0-0 full >/dev/null
check "killed around commits, nothing is lost and nothing is there twice" \
	diffs_under_fire
check "the collector has the last generation" is 59 generation
check "and each of its locations once" is 59 locations
check "an older copy of its database is answered by resync" restored_copy
check "which heals it" says '^200 acknowledged generation=61' \
	sync a epoch=3 new=61 add=0-61 have=0-61 full
check "all locations are there again" is 61 locations
stop "$serve"

full_disk() {
	C=$T/small
	mkdir "$C"
	mount -t tmpfs -o size=4m certwalk-e2e "$C" || return
	mounts+=("$C")
	collector_new || return
	agent_new a || return
	sync a epoch=4 new=1 add=0-10 have=0-10 full
}

if [ "$(id -u)" != 0 ] || ! full_disk >/dev/null 2>&1; then
	skip "a full disk is answered with 503" "cannot mount a small tmpfs"
	finish
fi
fill
check "a full disk is answered with 503 and Retry-After" \
	is "503 storage-full retry=10" \
	sync a epoch=4 base=1 new=2 add=10-5000 have=0-5000
check "again and again" is "503 storage-full retry=10" \
	sync a epoch=4 base=1 new=2 add=10-5000 have=0-5000
check "nothing of it was stored" is 10 locations
check "the log says so once" \
	is 1 grep -c 'database.*full' "$T/serve.log"
rm "$C/filler"
check "with space again it goes on by itself" \
	says '^200 acknowledged generation=2' \
	sync a epoch=4 base=1 new=2 add=10-5000 have=0-5000
check "and says so" grep -q 'database: works again' "$T/serve.log"
finish
