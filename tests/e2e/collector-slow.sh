#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Strangers that hold what they can: idle connections by the thousand, readers
# that never read.  Others are served all the while.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

if ! command -v python3 >/dev/null; then
	skip "clients that hold connections" "no python3"
	finish
fi
json='Content-Type: application/json'
password='correct horse battery'
# IDLE=10000 for the whole of it
many=${IDLE:-1000}
[ "$B" = build ] || many=200

memory_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$serve/status"; }
open_fds() {
	local all=("/proc/$serve/fd/"*)

	echo "${#all[@]}"
}
status() {
	curl -s -o "$T/body" -w '%{http_code}' -m 60 --cacert "$C/ca.crt" "$@"
}
sync() { timeout 60 "$client" sync "$T/a" base=1 new=1 have=0-30000; }

# hold NAME ARGUMENT...: until release NAME.
hold() {
	local name=$1

	shift
	mkfifo "$T/$name.fifo"
	python3 tests/e2e/slow_clients.py "$@" <"$T/$name.fifo" \
		>"$T/$name.log" 2>&1 &
	pids+=("$!")
	exec {held[$name]}>"$T/$name.fifo"
	until_true 600 grep -q held "$T/$name.log" || cat "$T/$name.log"
}
release() {
	exec {held[$1]}>&-
	until_true 60 grep -q open "$T/$1.log"
	cat "$T/$1.log"
}
declare -A held

# Those that came first may have idled for too long by then.
idle_ones() {
	local before='' after='' n=''

	before=$(memory_kib)
	n=$(open_fds)
	hold idle "$enroll" "$many"
	after=$(memory_kib)
	n=$(($(open_fds) - n))
	echo "# $n idle connections: $(((after - before) / 1024)) MiB," \
		"$(((after - before) / (n > 0 ? n : 1))) KiB each" |
		tee "$T/cost"
	[ "$n" -gt 0 ] &&
		{ [ "$B" != build ] || [ $(((after - before) / n)) -le 64 ]; }
}

# Ten readers of a list that no socket buffer holds.
never_read() {
	hold stuck "$enroll" 10 /api/v1/locations?format=jsonl \
		"__Host-certwalk=$cookie"
	is 200 status -b "$T/jar" "https://$enroll/api/v1/session" &&
		says '^200 ack' sync
}
cut_off() {	# to what there was before
	[ "$(open_fds)" -le "$1" ]
}

collector_new listen.request_timeout=3s agents.max_rate=0 || exit 1
(umask 077; echo "$password" >"$T/password")
cw user add anna --role viewer --password-file "$T/password"
agent_new a
"$client" sync "$T/a" new=1 full add=0-30000 have=0-30000 >/dev/null
check "a user logs in" is 200 status -c "$T/jar" -H "$json" \
	-d "{\"user\":\"anna\",\"password\":\"$password\"}" \
	"https://$enroll/api/v1/session"
cookie=$(awk '$6 == "__Host-certwalk" { print $7 }' "$T/jar")
before=$(($(open_fds) + 2))
check "readers that never read hold nobody up" never_read
check "they are cut off at the deadline" until_true 60 cut_off "$before"
check "what they were sent is not kept" eval \
	'[ "$B" != build ] || { memory_kib; [ "$(memory_kib)" -lt 150000 ]; }'
release stuck >/dev/null
check "$many strangers idle" idle_ones
cat "$T/cost"
check "the page's port serves others meanwhile" \
	is 200 status -b "$T/jar" "https://$enroll/api/v1/session"
check "agents are served meanwhile" says '^200 ack' sync
release idle >/dev/null
check "their connections are given back" until_true 90 cut_off "$before"
stop "$serve"
check "it complains of nothing" eval \
	'! grep -E "libevent|error:|warn" "$T/serve.log"'

# Strangers get half of all connections: agents find room.
collector_config listen.max_connections=20
collector_start || exit 1
printf 'https://%s' "$agents" >"$T/a/url"
hold half "$enroll" 10
check "where strangers hold all they can, agents find room" \
	says '^200 ack' sync
# the other threads' doors close with their next tick
check "another stranger waits" \
	until_true 20 is 000 status -m 2 "https://$enroll/"
release half >/dev/null
check "until there is room" is 404 status "https://$enroll/"
stop "$serve"

# A quarter of them is for those who have not finished a handshake.
again() {
	collector_config listen.max_connections=40 "$@"
	collector_start && printf 'https://%s' "$agents" >"$T/a/url"
}
again listen.handshake_timeout=1h || exit 1
hold silent "$agents" 60 silent
check "silent strangers make way for agents long before their deadline" \
	says '^200 ack' sync
check "and for others, at the other port" \
	is 404 status "https://$enroll/"
release silent >/dev/null
stop "$serve"

again listen.handshake_timeout=3s || exit 1
nobody_is_connected() {
	[ -z "$(ss -Htn state established "sport = :${agents##*:}")" ]
}
hold hello "$agents" 30 hello
check "agents are served after strangers that only say hello" \
	says '^200 ack' sync
check "who does not finish a handshake is cut off, in either half of it" eval \
	'hold quiet "$agents" 5 silent; until_true 60 nobody_is_connected'
release quiet >"$T/quiet.end"	# which has the other's pipe open too
release hello >"$T/hello.end"
check "they see so" eval \
	'grep -qx "open 0" "$T/quiet.end" && grep -qx "open 0" "$T/hello.end"'
stop "$serve"
check "it does not complain of that either" eval \
	'! grep -E "libevent|error:|warn" "$T/serve.log"'
finish
