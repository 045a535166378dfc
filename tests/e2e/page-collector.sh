#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/e2e/page-collector.sh
# The page in a browser, with a real collector and what a real agent reports:
# files, certificates, a host name that hold markup.  Pictures are kept in
# build/page-collector.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpfu --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpfu --mount-proc "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh
. tests/e2e/page_lib.sh

page_ready
host='<svg onload=window.pwned=1>'
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up ||
	! echo "$host" >/proc/sys/kernel/hostname; then
	skip "the page with a collector" "no namespaces"
	finish
fi

make_certificates 1 3
name='<img src=x onerror=window.pwned=1>'
mkdir -p "$tree/<script>hostile"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 \
	-subj "/CN=$name" -addext "subjectAltName=DNS:a.test" \
	-keyout "$T/hostile.key" -out "$tree/<script>hostile/$RANDOM&quot;.pem" \
	2>/dev/null
start server openssl s_server -accept 127.0.0.1:4430 -quiet \
	-cert "$tree/1.pem" -key "$tree/1.key"

echo "the page's own password" >"$T/password"
chmod 600 "$T/password"
page_collector() {
	collector_config &&
	printf '[web]\ndirectory = %s\n' "$(realpath build/web)" \
		>>"$T/collector.ini" &&
	cw init && cw key create &&
	cw user add anna --role admin --password-file "$T/password" &&
	collector_start
}
check "a collector with a page starts" page_collector
agent_config 'scan.ports = yes' 'agent.interval = 2s' 'collector.heartbeat = 1s'
printf '[commands]\ndir = %s\n' "$T/commands" >>"$T/agent.ini"
check "a host is enrolled" agent_enroll
agent_start
has() { cw inventory --format jsonl | grep -qF -- "$1"; }
check "its files are reported" until_true 60 has 'hostile'
check "and its port" until_true 60 has '"port":4430'

export SHOTS=build/page-collector
page_run real "https://$enroll" "$(cat "$T/password")" "$host"
finish
