#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many connections, and what happens to them by signals.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

sync() {
	"$client" sync "$T/a" new=1 base=1 have=0-1 "$@"
}

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$serve/stat"
}

memory_kib() {
	awk '/^VmRSS/ { print $2 }' "/proc/$serve/status"
}

# A thousand connections cost no time while they idle, and little memory: a
# tick of each thread comes once a second, whatever it costs here.
idle_is_cheap() {
	local before='' after=''

	before=$(cpu_ticks)
	sleep 3
	after=$(cpu_ticks)
	echo "$((after - before)) ticks in 3 s, $(memory_kib) KiB"
	[ $((after - before)) -le 100 ] &&
		{ [ "$B" != build ] || [ "$(memory_kib)" -lt 120000 ]; }
}

served_name() {
	openssl s_client -connect "$enroll" </dev/null 2>/dev/null |
		openssl x509 -noout -ext subjectAltName | grep -o 'DNS:.*'
}

# The same CA's certificate for another name, as a renewal would make it.
other_certificate() {
	local here=$C ini=$T/keep.ini keep_serve=$serve keep_enroll=$enroll
	local keep_agents=$agents

	cp "$T/collector.ini" "$ini"
	cp -r "$C" "$T/copy"
	C=$T/copy
	collector_config
	sed -i 's/^name = .*/name = renewed.example/' "$T/collector.ini"
	collector_start
	stop "$serve"
	cp "$T/copy/server.pem" "$here/server.pem"
	C=$here
	cp "$ini" "$T/collector.ini"
	serve=$keep_serve enroll=$keep_enroll agents=$keep_agents
}

reload() {
	other_certificate
	kill -HUP "$serve"
	until_true 5 grep -q 'read again' "$T/first.log"
}

broken_reload() {
	cp "$C/server.pem" "$T/server.pem"
	echo garbage >"$C/server.pem"
	kill -HUP "$serve"
	until_true 5 grep -q 'server.pem: ' "$T/first.log" || return
	cp "$T/server.pem" "$C/server.pem"
	is DNS:renewed.example served_name
}

# With room for five, a sixth waits until there is room.
cap_holds() {
	start five "$client" idle "$T/a" base=1 new=1 have=0-1 count=5 \
		pause=600
	until_true 10 grep -q idle "$T/five.log" || return
	# the other threads' doors close with their next tick
	until_true 10 waits || return
	stop "$pid"
	timeout 60 "$client" sync "$T/a" base=1 new=1 have=0-1
}
waits() { ! timeout 2 "$client" sync "$T/a" base=1 new=1 have=0-1; }

ends_quickly() {
	local begin=$SECONDS

	stop "$serve"
	[ $((SECONDS - begin)) -le 60 ] && ! [ -e "$C/ports" ]
}

gone_clients() {
	local i=0

	for ((i = 0; i < 40; i++)); do
		timeout -s KILL "0.0$((i % 10))" "$client" sync "$T/a" \
			new=$((i + 10)) add=0-2000 have=0-2000 full
	done 2>/dev/null
	sync new=100 full add=0-1 && kill -0 "$serve"
}

ends_under_load() {
	local i=0 busy=()

	for i in 1 2 3 4; do
		start "busy$i" "$client" sync "$T/a" new=100 base=100 \
			have=0-1 repeat=100000
		busy+=("$pid")
	done
	until_true 20 grep -q '200 ack' "$T/busy1.log"
	stop "$serve"
	i=$?
	kill "${busy[@]}"
	cat "$T/serve.log"
	[ "$i" = 0 ] && grep -q '200 ack' "$T/busy1.log" &&
		! grep -q Sanitizer "$T/serve.log"
}

# A build with sanitizers takes its time.
many=1000
[ "$B" = build ] || many=200
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt 2200 ] || many=200
collector_new listen.idle_timeout=10m agents.max_rate=0 || exit 1
ln -sf "$T/serve.log" "$T/first.log"
agent_new a
agent_new b
sync full add=0-1 >/dev/null
start thousand "$client" idle "$T/a" base=1 new=1 have=0-1 \
	count="$many" pause=20
thousand=$pid
check "a thousand agents connect" \
	until_true 200 grep -q idle "$T/thousand.log"
check "while they idle they cost nothing" idle_is_cheap
check "others are served meanwhile" says '^200 ack' sync
mv "$T/serve.log" "$T/kept.log"
ln -sf "$T/kept.log" "$T/first.log"
check "SIGHUP reads the certificates again" reload
check "new connections get the new one" is DNS:renewed.example served_name
by_change() {
	cp "$T/server.pem" "$C/server.pem.new" &&
		mv "$C/server.pem.new" "$C/server.pem" &&
		until_true 10 grep -q 'have changed and were read' \
			"$T/first.log"
}
check "a broken one is told, and the old one stays" broken_reload
check "one that was replaced is read by itself" by_change
wait "$thousand"
check "no kept connection was lost by that" \
	says "answered=$many connections=$many" cat "$T/thousand.log"
check "SIGTERM ends it, in order" ends_quickly

collector_start || exit 1
printf 'https://%s' "$agents" >"$T/a/url"
check "clients that go before their answer do no harm" gone_clients
check "SIGTERM ends it in order under load" ends_under_load

# systemd keeps the ports: nothing is refused while there is no collector.
activated() {
	python3 tests/e2e/activate.py "$T/held" agents enroll -- "$collector" \
		serve --config "$T/collector.ini" --log json \
		>"$T/activated.log" 2>&1 &
	pids+=("$!")
	until_true 20 test -s "$T/held" || return
	agents=127.0.0.1:$(sed -n 1p "$T/held")
	printf 'https://%s' "$agents" >"$T/a/url"
	timeout 60 "$client" sync "$T/a" base=100 new=100 have=0-1
}
if command -v python3 >/dev/null; then
	collector_config
	check "sockets of systemd's are taken, with who waits there" \
		says '^200 ack' activated
	check "messages are JSON where that is wanted" says true jq -sr \
		'all(.level and .time and .program and .message)' \
		"$T/activated.log"
	held=$(cat "$T/held.pid") # a child of the shell that says() began
	kill "$held"
	check "it ends, and others may begin" until_true 20 has_ended "$held"
else
	skip "sockets of systemd's are taken" "no python3"
fi

# One identity that is used without end, on several connections.
starves_nobody() {
	local i=0 busy=()

	for i in 1 2 3; do
		start "greedy$i" "$client" sync "$T/a" new=100 base=100 \
			have=0-1 repeat=100000
		busy+=("$pid")
	done
	until_true 20 grep -q '^429 too-often retry=' "$T/greedy1.log" &&
		"$client" sync "$T/b" epoch=1 new=1 full have=0-0 >"$T/other"
	i=$?
	kill "${busy[@]}"
	cat "$T/other"
	[ "$i" = 0 ] && grep -q '^200 ack' "$T/other"
}
collector_config agents.max_rate=20
collector_start || exit 1
printf 'https://%s' "$agents" | tee "$T/a/url" >"$T/b/url"
check "an agent that asks without end is told to wait, others are served" \
	starves_nobody
check "it is served again later" until_true 20 says '^200 ack' sync base=100 \
	new=100 have=0-1
stop "$serve"

collector_config listen.max_connections=5
collector_start || exit 1
printf 'https://%s' "$agents" >"$T/a/url"
check "beyond the cap, connections wait for room" cap_holds
if ! command -v python3 >/dev/null; then
	skip "READY and STOPPING are told to systemd" "no python3"
	finish
fi
check "READY and STOPPING are told to systemd" \
	python3 - "$collector" "$T" <<'PY'
import os, socket, subprocess, sys
collector, t = sys.argv[1], sys.argv[2]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(t + "/notify")
s.settimeout(20)
p = subprocess.Popen([collector, "serve", "--config", t + "/collector.ini"],
                     env=dict(os.environ, NOTIFY_SOCKET=t + "/notify"))
got = [s.recv(100)]
p.terminate()
got.append(s.recv(100))
p.wait()
sys.exit(0 if got == [b"READY=1", b"STOPPING=1"] else 1)
PY
finish
