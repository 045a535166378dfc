#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the agent shows Prometheus, and what hostile askers get.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh

port=$(free_port)
make_certificates 1 3
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=soon.test -keyout /dev/null -out "$tree/soon.pem" \
	-addext basicConstraints=critical,CA:FALSE 2>/dev/null
end=$(date -d "$(openssl x509 -in "$tree/soon.pem" -noout -enddate |
	cut -d = -f 2)" +%s)
printf '%s\n' '-----BEGIN CERTIFICATE-----' nonsense \
	'-----END CERTIFICATE-----' >"$tree/broken.pem"

figures() { curl -sf -m 20 "http://127.0.0.1:$port/metrics"; }
figure() { figures | sed -n "s/^certwalk_agent_$1 //p"; }
status_of() { curl -s -m 20 -o "$T/body" -w '%{http_code}' "$@"; }
well_formed() {
	[ -n "$(figures)" ] &&
		! figures | grep -vE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9]+)$'
}
twice() { figures | sed -n 's/^# TYPE //p' | sort | uniq -d; }
role() { pgrep -P "$agent" 'certwalk metric'; }
confined() {
	local status=''

	status=/proc/$(role)/status
	grep -q '^NoNewPrivs:.1$' "$status" &&
		grep -q '^CapEff:.0\{16\}$' "$status" &&
		{ [ "$B" != build ] || grep -q '^Seccomp:.2$' "$status"; }
}
# Another that asks meanwhile waits for the deadline, no longer.
slow_is_cut_off() {
	local fd=''

	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /metr' >&"$fd"
	is 200 status_of "http://127.0.0.1:$port/metrics"
	local r=$?

	exec {fd}>&-
	return $r
}
endless() {
	{
		printf 'GET /metrics HTTP/1.1\r\n'
		yes 'X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' | head -c 1000000
	} | timeout 20 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"; cat >&3' \
		"$port"
	is 200 status_of "http://127.0.0.1:$port/metrics"
}
comes_again() {
	kill -KILL "$(role)" && until_true 90 figures
}

collector_new || exit 1
agent_config "agent.interval = 2s" "agent.metrics = 0.0.0.0:$port"
check "an address that others reach is refused" \
	says 'not ADDRESS:PORT with an address of this host only' \
	"$certwalk" check-config "$T/agent.ini"
agent_config "agent.interval = 2s" "agent.metrics = 127.0.0.1:$port" \
	"collector.heartbeat = 1s"
agent_enroll >/dev/null
agent_start
check "figures are shown" until_true 30 figures
scanned() { [ "$(figure 'locations{kind="certificate"}')" = 4 ]; }
check "certificates are counted" until_true 30 scanned
check "the first end is told" is "$end" figure soonest_end_timestamp_seconds
check "none has ended" is 0 figure certificates_ended
check "gaps are counted" says '^[1-9]' figure 'gaps{kind="malformed"}'
in_sync_there() { [ "$(figure in_sync)" = 1 ]; }
check "so is whether it is in sync" until_true 30 in_sync_there
recently() {
	[ $(($(date +%s) - $(figure "$1_timestamp_seconds"))) -lt 600 ] ||
		{ figures; return 1; }
}
check "when it scanned is told" recently scan_finished
check "so is when it reported" recently sync_success
check "each line is Prometheus's" well_formed
check "no name stands twice" says '^$' twice
check "the role is confined" confined
make_certificates 4 4
more() { [ "$(figure 'locations{kind="certificate"}')" = 5 ]; }
check "what is new is counted" until_true 30 more
check "nothing else is served" is 404 status_of "http://127.0.0.1:$port/"
check "nothing can be sent" is 405 status_of -d x \
	"http://127.0.0.1:$port/metrics"
check "who is slow is cut off" slow_is_cut_off
check "who sends without end too" endless
if [ "$B" = build ]; then
	check "the role comes again when it dies" comes_again
fi
check "the agent says nothing of it but that" eval \
	'! grep -v "metrics was killed by signal 9" "$T/agent.log" |
	grep -q "error: metrics"'
stop "$agent"
stop "$serve"
agent_config "agent.interval = 2s"
agent_start
check "without an address there is no such role" eval \
	'until_true 20 pgrep -P "$agent" >/dev/null && ! role'
stop "$agent"
finish
