# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/e2e/sync-*.sh after lib.sh: one or two collectors of the
# test's own, and the sync role alone with tests/e2e/sync_driver.c in place of
# the supervisor.

collector_pid='' driver_pid=''

# collector_config NAME [LINE...]: a collector's configuration in $T/NAME
collector_config() {
	local dir=$T/$1
	shift
	mkdir -p "$dir"
	{
		printf '[collector]\nstate_dir = %s\n' "$dir"
		printf '[listen]\nagents = 127.0.0.1:%s\n' "${agents_port:-0}"
		printf 'enroll = 127.0.0.1:%s\n' "${enroll_port:-0}"
		printf 'name = localhost\nname = 127.0.0.1\n'
		printf '%s\n' "$@"
	} >"$dir/collector.ini"
}

# collector_init NAME
collector_init() {
	"$B/certwalk-collector" init --config "$T/$1/collector.ini" \
		>"$T/init.log" 2>&1
}

# collector_start NAME: serves, learns the ports and stays on them
collector_start() {
	rm -f "$T/$1/ports"
	start "serve-$1" "$B/certwalk-collector" serve \
		--config "$T/$1/collector.ini"
	# shellcheck disable=SC2154 # start() sets it
	collector_pid=$pid
	until_true 20 test -s "$T/$1/ports" || cat "$T/serve-$1.log"
	agents_port=$(sed -n 's/^agents.*[: =]\([0-9]*\)$/\1/p' "$T/$1/ports")
	enroll_port=$(sed -n 's/^enroll.*[: =]\([0-9]*\)$/\1/p' "$T/$1/ports")
	sed -i -e "s/^agents = .*:0$/agents = 127.0.0.1:$agents_port/" \
		-e "s/^enroll = .*:0$/enroll = 127.0.0.1:$enroll_port/" \
		"$T/$1/collector.ini"
}

collector_stop() {
	stop "$collector_pid"
}

# collector NAME ARGUMENT...: another subcommand of it
collector() {
	local name=$1 sub=$2
	shift 2
	case $sub in
	token | agents) set -- "$sub" "$1" --config "$T/$name/collector.ini" \
		"${@:2}" ;;
	*) set -- "$sub" --config "$T/$name/collector.ini" "$@" ;;
	esac
	"$B/certwalk-collector" "$@"
}

# agent_config [LINE...]: of section [collector]
agent_config() {
	{
		printf '[agent]\nstate_dir = %s\nuser = root\n' "$T/agent"
		printf '[collector]\n'
		printf '%s\n' "$@"
	} >"$T/agent.ini"
}

# A certificate to report.
make_der() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=found" -days 100 -keyout "$T/found.key" \
		-outform DER -out "$T/found.der" 2>/dev/null
}

driver_start() {
	[ -p "$T/driver.in" ] || mkfifo "$T/driver.in"
	: >"$T/driver.out"
	"$B/e2e/sync_driver" "$T/agent.ini" "$T/found.der" \
		<"$T/driver.in" >>"$T/driver.out" 2>>"$T/agent.log" &
	driver_pid=$!
	pids+=("$driver_pid")
	exec 7<>"$T/driver.in"
}

driver() { echo "$*" >&7; }

driver_stop() {
	driver quit
	exec 7>&-
	wait "$driver_pid"
}

# Seen by the agent's own status file.
status_has() {
	"$B/certwalk" status --config "$T/agent.ini" --format jsonl \
		2>/dev/null | grep -q -- "$1"
}
in_sync() {
	status_has "\"locations\":$1," && status_has '"error_class":""' &&
		status_has '"pending_added":0,"pending_removed":0'
}
class_is() { status_has "\"error_class\":\"$1\""; }

# places COLLECTOR: how many the collector lists of our one certificate
places() {
	collector "$1" inventory --format jsonl 2>/dev/null |
		grep -o '/srv/[0-9]*\.pem' | sort -u | wc -l
}
has_places() { [ "$(places "$1")" = "$2" ]; }

enroll() {
	"$B/certwalk" enroll --config "$T/agent.ini" "$@" >>"$T/enroll.log" 2>&1
}

times_logged() { grep -c -- "$1" "$T/agent.log"; }
