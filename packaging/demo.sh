#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: packaging/demo.sh		(make demo, or make demo ONCE=1)
# A private collector and this host's agent, both under ./run: enrols, scans
# the whole host, shows what was found, and goes on serving until Ctrl-C.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
run=$PWD/run
agent="$B/certwalk"
collector="$B/certwalk-collector"
pids=()

cleanup() {
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "demo: $1" >&2
	[ ! -f "$2" ] || tail -n 20 "$2" >&2
	exit 1
}

# wait_for SECONDS WHAT LOG COMMAND...
wait_for() {
	local tries=$(($1 * 5)) what=$2 log=$3

	shift 3
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "$what" "$log"
		sleep 0.2
	done
}

configure() {
	mkdir -p "$run"
	cat >"$run/collector.ini" <<-END
		[collector]
		state_dir = $run/collector
		[listen]
		agents = 127.0.0.1:${1:-0}
		enroll = 127.0.0.1:${2:-0}
		name = 127.0.0.1
		name = localhost
	END
	cat >"$run/agent.ini" <<-END
		[agent]
		state_dir = $run/agent
		interval = 1h
		splay = 0s
		[collector]
		heartbeat = 1m
	END
}

status() {
	"$agent" status --config "$run/agent.ini" --format jsonl |
		sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}

serve() {
	rm -f "$run/collector/ports"
	"$collector" serve --config "$run/collector.ini" \
		>>"$run/collector.log" 2>&1 &
	pids+=("$!")
	wait_for 20 "the collector does not start" "$run/collector.log" \
		test -s "$run/collector/ports"
}

first=no
if [ ! -f "$run/collector/ca.crt" ]; then
	first=yes
	configure
	"$collector" init --config "$run/collector.ini" >/dev/null
	serve
	# from now on the same ports: the agent remembers where to sync
	configure "$(sed -n 's/^agents=.*://p' "$run/collector/ports")" \
		"$(sed -n 's/^enroll=.*://p' "$run/collector/ports")"
else
	serve
fi
if [ ! -f "$run/agent/identity.pem" ]; then
	token=$("$collector" token create --config "$run/collector.ini")
	"$agent" enroll --config "$run/agent.ini" "$token"
fi

before=$(status acknowledged_generation 2>/dev/null)
began=$(date +%s%N)
echo
echo "Scanning this host ..."
"$agent" scan --config "$run/agent.ini"
took=$((($(date +%s%N) - began) / 1000000))
echo
printf 'The scan took %d.%03d s. Now the agent reports to its collector ...\n' \
	$((took / 1000)) $((took % 1000))

"$agent" agent --config "$run/agent.ini" >>"$run/agent.log" 2>&1 &
pids+=("$!")
in_sync() {
	[ "$(status last_scan_started)" \> "$since" ] &&
		[ "$(status pending_added)" = 0 ] &&
		[ "$(status pending_removed)" = 0 ]
}
since=$(date -ud "@$((began / 1000000000 - 1))" +%Y-%m-%dT%H:%M:%SZ)
wait_for 600 "the agent does not get in sync" "$run/agent.log" in_sync
after=$(status acknowledged_generation)

echo
if [ "$first" = no ] && [ "$before" = "$after" ]; then
	echo "Nothing changed since the last run."
elif [ "$first" = no ]; then
	echo "Some of it changed since the last run; the collector has it."
fi
"$collector" agents --config "$run/collector.ini"
cat <<END

To look further:
  $collector inventory --config run/collector.ini
  $collector inventory --config run/collector.ini --format jsonl
  $collector inventory --config run/collector.ini SHA256
  $agent status --config run/agent.ini
  $agent scan --format jsonl /etc/ssl
END
[ "${ONCE:-}" != 1 ] || exit 0
echo
echo "Serving until Ctrl-C; logs are in run/."
wait
