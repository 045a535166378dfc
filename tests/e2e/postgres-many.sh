#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two collectors on one PostgreSQL: an agent may come to either of them, and
# either may be killed.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/postgres_lib.sh

sync() {
	timeout 60 "$client" sync "$T/$1" "${@:2}"
}

# use N: what follows is about collector N, whose folder is $T/cN.
use() {
	C=$T/c$1
	cp "$T/c$1.ini" "$T/collector.ini"
	agents=$(sed -n 's/^agents=//p' "$C/ports" 2>/dev/null)
	enroll=$(sed -n 's/^enroll=//p' "$C/ports" 2>/dev/null)
	[ ! -d "$T/a" ] || printf 'https://%s' "$agents" >"$T/a/url"
}

# serve N [SECONDS]: starts it, on the ports that it had.
serve() {
	use "$1"
	collector_start || return
	sed -i -e "s/^agents = .*/agents = $agents/" \
		-e "s/^enroll = .*/enroll = $enroll/" "$T/c$1.ini"
	eval "serve$1=$serve"
	use "$1"
}

configure() {
	C=$T/c$1
	collector_config
	sed -i "2i database = $url" "$T/collector.ini"
	cp "$T/collector.ini" "$T/c$1.ini"
}

locations() {
	cw agents --format jsonl | grep -F "$(cat "$T/a/id")" |
		grep -o '"locations":[0-9]*' | tr -dc 0-9
}

# A session that began at one is resumed at the other.
resumed() {
	local first=$enroll

	# the ticket of TLS 1.3 comes after the handshake, maybe too late
	openssl s_client -tls1_2 -connect "$first" -sess_out "$T/session" \
		</dev/null >/dev/null 2>&1
	use "$1"
	openssl s_client -tls1_2 -connect "$enroll" -sess_in "$T/session" \
		</dev/null 2>/dev/null | grep '^Reused'
}

# Diffs one after the other, each at the next collector, while one is killed
# now and then and started again.
diffs_under_fire() {
	local g=1 kills=0 answer='' next=0 n=1 at=''

	while [ "$g" -lt 60 ]; do
		n=$((3 - n))
		use "$n"
		answer=$(sync a epoch=3 base=$((g - 1)) new="$g" \
			add="$((g - 1))-$g" have="0-$g" 2>/dev/null)
		case $answer in
		'200 acknowledged generation='"$g"' '*) g=$((g + 1)) ;;
		'200 resync'*) echo "resync at $g"; return 1 ;;
		'0 '* | '503 '*) ;;
		*) echo "unexpected at $g: $answer"; return 1 ;;
		esac
		eval "at=\$serve$n"
		if ! kill -0 "$at" 2>/dev/null; then
			wait "$at" 2>/dev/null
			serve "$n" || return 1
			kills=$((kills + 1))
		elif [ $((g % 8)) = 5 ] && [ "$next" != "$g" ]; then
			next=$g
			(sleep "0.0$((RANDOM % 5))"; kill -KILL "$at") &
		fi
	done
	echo "killed $kills times"
	[ "$kills" -ge 3 ]
}

if ! pg_installed; then
	skip "collectors share a PostgreSQL" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
pg_database fleet || exit 1
configure 1
configure 2
use 1
cw init >/dev/null || exit 1
mkdir -m 700 "$T/c2"
cp -p "$T/c1/ca.crt" "$T/c1/ca.key" "$T/c2/"
serve 2 || exit 1
check "a second collector needs only the CA of the first" serve 1
agent_new a
sync a epoch=3 new=0 have=0-0 full >/dev/null
use 2
check "an agent of one is known to the other" \
	says '^200 acknowledged generation=0' sync a epoch=3 base=0 new=0 \
	have=0-0
check "a session that began at one is resumed at the other" resumed 1
check "agents go from one to the other while they are killed" \
	diffs_under_fire
check "nothing is lost, nothing is there twice" is 59 locations
serve1_after() {
	stop "$serve1"
	serve 1 && use 2 && resumed 1
}
check "a session is resumed after a restart" serve1_after

# The reply is held back at one; the command is queued at the other.
command_crosses() {
	local begin=''

	use 2
	sync a epoch=3 base=59 new=59 have=0-59 body="$T/body"
	start held curl -sv --cacert "$T/a/ca.pem" --cert "$T/a/cert.pem" \
		--key "$T/a/key.pem" -H 'Prefer: wait=60' \
		-H 'Content-Type: application/x-protobuf' \
		--data-binary "@$T/body" -o "$T/reply" \
		"https://$agents/v1/sync"
	until_true 30 grep -q 'SSL connection using' "$T/held.log" || return
	use 1
	cw key create >/dev/null
	begin=$(date +%s%3N)
	cw command send --agent "$(cat "$T/a/id")" --action scan-now ||
		{ echo "no command"; return 1; }
	until_true 30 grep -qa scan-now "$T/reply" || return
	echo "# $(($(date +%s%3N) - begin)) ms with what queued it" >&3
}
exec 3>&1
check "a command that is queued at one comes to an agent that waits at the \
other" command_crosses
finish
