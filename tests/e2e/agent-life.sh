#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent as a service: signals, intervals, changes of the host, what it may
# not read, what it says of itself.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

make_certificates 1 3
check "a collector starts" collector_new
agent_config "agent.interval = 1s" "collector.heartbeat = 1s" \
	"collector.retry_max = 2s"
check "status before anything is an error" exits 4 \
	"$certwalk" status --config "$T/agent.ini"

# without enrolment it lives, and says what to do
agent_start
check "not enrolled, it runs and says so" until_true 20 says "certwalk enroll" \
	"$certwalk" status --config "$T/agent.ini"
check "the agent enrols while it runs" agent_enroll
in_sync_and_same() { in_sync && same; }
check "what it found arrives" until_true 30 in_sync_and_same

check "a second agent on the same state is refused" exits 4 \
	timeout 20 "$certwalk" agent --config "$T/agent.ini"

make_certificates 4 4
check "a new certificate arrives" until_true 20 in_sync_and_same
rm "$tree/1.pem"
check "a removed one goes" until_true 20 in_sync_and_same
cp "$tree/2.pem" "$tree/3.pem"
check "a replaced one is replaced" until_true 20 in_sync_and_same

scans() { grep -c 'scanned [0-9]* files' "$T/agent.log"; }
# more scans come to their end: scanned NUMBER
scanned() {
	local until=$(($(scans) + $1))

	until_true 30 eval "[ \"\$(scans)\" -ge $until ]"
}
# what changed during a scan is looked at once more after it
scanned 3
generation=$(status_field generation)
scanned 3
check "where nothing changes, nothing is sent but heartbeats" \
	is "$generation" status_field generation

# roles
roles() {
	pgrep -P "$agent" | while read -r p; do
		sed -n 's/^Name:\t//p' "/proc/$p/status"
	done | sort -u
}
if [ "$B" != build/san ]; then
	confined() {
		local p='' now=''

		for p in $(pgrep -P "$agent"); do
			# scans come and go
			now=$(cat "/proc/$p/status" 2>/dev/null) || continue
			grep -q '^NoNewPrivs:.1$' <<<"$now" || return 1
			grep -q '^Seccomp:.2$' <<<"$now" || return 1
			grep -qE '^CapEff:.(0{16}|0{15}4)$' <<<"$now" ||
				return 1
		done
	}
	check "each role has no new privileges, a filter, hardly a capability" \
		until_true 5 confined
fi

# a parser that dies costs one file
check "the walk's and parsers' end is not the agent's" sh -c "
	for i in 1 2 3 4 5 6; do
		pkill -KILL -P $agent 'certwalk (parse|walk)'; sleep 0.3
	done; kill -0 $agent"
check "it is in sync again" until_true 60 in_sync_and_same
pkill -KILL -P "$agent" 'certwalk sync'
cp "$tree/2.pem" "$tree/5.pem"
check "sync is started again when it dies" until_true 60 in_sync_and_same

# configuration
sed -i -e 's/^interval.*/interval = 30d/' -e 's/^\[scan\]/&\nwatch = off/' \
	"$T/agent.ini"
echo "nonsense = 1" >>"$T/agent.ini"
kill -HUP "$agent"
check "a wrong configuration is refused, the old one stays" until_true 20 \
	says "old one stays" cat "$T/agent.log"
sed -i '/^nonsense/d' "$T/agent.ini"
mkdir "$T/second"
mv "$tree/2.pem" "$T/second/"
kill -HUP "$agent"
scanned_anew() {
	sed '1,/configuration read again/d' "$T/agent.log" |
		grep -q 'scanned [0-9]* files' && in_sync_and_same
}
check "SIGHUP reads it again and scans" until_true 20 scanned_anew
rm "$tree/3.pem"
sleep 3
check "with the new interval" exits 1 same
kill -HUP "$agent"
check "and once more" until_true 20 in_sync_and_same

# what cannot be looked at is not gone
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$T/second/2.pem" "$tree/2.pem"
	mkdir "$tree/private"
	cp "$tree/4.pem" "$tree/private/kept.pem"
	kill -HUP "$agent"
	until_true 20 in_sync_and_same
	stop "$agent"
	chown -R 65534:65534 "$A"
	chmod 711 "$T"
	chmod 700 "$tree/private"
	as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	# the capability comes from root: without it the folder is closed
	rm "$tree/2.pem"
	chmod 755 "$tree"
	chmod 644 "$T/agent.ini"
	start agent "${as_nobody[@]}" "$certwalk" agent --config "$T/agent.ini"
	agent=$pid
	gone_but_kept() {
		in_sync || return 1
		collector_list >"$T/list"
		grep -q "private/kept.pem" "$T/list" &&
			! grep -q "tree/2.pem" "$T/list"
	}
	check "without privileges: what it cannot read is kept, what is gone goes" \
		until_true 30 gone_but_kept
	check "its coverage says what it could not read" until_true 10 sh -c \
		"'${as_nobody[0]}' ${as_nobody[*]:1} '$certwalk' scan \
			--format jsonl '$tree' | tail -n 1 |
			jq -e '.gaps[] | select(.gap == \"unreadable\" and
				(.path | endswith(\"/private\")))'"
else
	skip "without privileges" "needs root and setpriv"
fi

# systemd
stop "$agent"
chown -R 0:0 "$A" 2>/dev/null
cat >"$T/notify.py" <<-'END'
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	while True:
	    print(s.recv(4096).decode(), flush=True)
END
start notify python3 "$T/notify.py" "$T/notify"
until_true 5 test -S "$T/notify"
export NOTIFY_SOCKET=$T/notify
agent_start
unset NOTIFY_SOCKET
check "systemd is told when it is ready" until_true 20 \
	grep -q READY=1 "$T/notify.log"
kill -TERM "$agent"
ends() { ! kill -0 "$agent" 2>/dev/null; }
check "SIGTERM ends it" until_true 10 ends
wait "$agent"
check "cleanly" test $? = 0
check "and systemd is told" until_true 10 grep -q STOPPING=1 "$T/notify.log"
check "no process is left" until_true 5 no_roles
finish
