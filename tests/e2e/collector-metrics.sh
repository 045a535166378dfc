#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Prometheus is shown, and that its alert rules and dashboard ask for what
# is there.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

port=$(free_port)
collector_config
printf '[metrics]\nlisten = 0.0.0.0:%s\n' "$port" >>"$T/collector.ini"
check "an address that others reach is refused" \
	says 'is not an address of this host only' cw init
sed -i 's/0\.0\.0\.0/127.0.0.1/' "$T/collector.ini"
begin() { cw init >/dev/null && collector_start; }
check "a collector starts" begin
figures() { curl -sf "http://127.0.0.1:$port/metrics"; }
agent_new a
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 \
	-keyout /dev/null -subj /CN=www -outform DER -out "$T/www.der" \
	-addext basicConstraints=critical,CA:FALSE \
	-addext extendedKeyUsage=serverAuth 2>/dev/null
"$client" sync "$T/a" new=1 add=0-1 have=0-1 full object="$T/www.der" \
	>/dev/null
"$client" sync "$T/a" base=1 new=1 have=0-1 object="$T/www.der" send \
	>/dev/null
check "certificates that end soon are counted" says '^1$' eval \
	"curl -sf http://127.0.0.1:$port/metrics | sed -n \
	's/^certwalk_certificates_expiring{within=\"7d\"} //p'"
check "the agent is active" says '^certwalk_agents\{state="active"\} 1$' figures
check "none is silent" says '^certwalk_agents\{state="silent"\} 0$' figures
check "the database answers" says '^certwalk_database_up 1$' figures
check "replies are counted" \
	says '^certwalk_replies_total\{status="2xx"\} [1-9]' figures
check "the end of the CA is told" \
	says '^certwalk_ca_not_after_seconds 2[0-9]{9}$' figures
well_formed() {
	! figures | grep -vE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.]+)$'
}
check "each line is Prometheus's" well_formed
check "nothing else is served there" is 404 curl -s -o "$T/body" \
	-w '%{http_code}' "http://127.0.0.1:$port/v1/sync"
asked() {	# names of figures that rules and dashboard use
	grep -ohE '(certwalk|process)_[a-z_]+' \
		packaging/prometheus/certwalk-dashboard.json \
		packaging/prometheus/certwalk-alerts.yml | sort -u
}
known() {
	comm -23 <(asked) <(figures | grep -oE '^[a-z_]+' | sort -u)
}
check "rules and dashboard ask for nothing else" says '^$' known
check "the dashboard is JSON" jq -e '.panels | length > 5' \
	packaging/prometheus/certwalk-dashboard.json
stop "$serve"
finish
