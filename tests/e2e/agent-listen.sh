#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What listeners serve, between scans: a server that reads its files again, is
# started anew or ends is seen at once, though no file has changed.
# shellcheck disable=SC2317 # functions are called by their names
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up ||
	! command -v nginx >/dev/null; then
	skip "listeners are seen between scans" "no namespaces, or no nginx"
	finish
fi
for lib in collector_lib agent_lib probe_lib join_lib; do
	# shellcheck source=/dev/null
	. tests/e2e/$lib.sh
done

chmod 755 "$T"
make_authorities
new_leaf nginx.test
config_nginx 4471
mkdir "$tree/tls"
put() { cp "$T/nginx.test.chain" "$tree/tls/new.pem" &&
	mv "$tree/tls/new.pem" "$tree/tls/leaf.pem"; }
put
sed -i "s|$T/nginx.test.chain|$tree/tls/leaf.pem|" "$T/nginx.conf"
start_nginx
nginx=$pid
until_true 20 is_listening 4471

check "a collector starts" collector_new
agent_config 'scan.ports = yes' 'agent.interval = 1h' \
	'collector.heartbeat = 1s' "scan.server_config = nginx:$T/nginx.conf"
check "the host is enrolled" agent_enroll
agent_start
shows() {	# shows PORT STATE
	cw inventory --format jsonl | jq -se "any(.[].places[];
		.port == $1 and .state == \"$2\")"
}
shows_no() {
	! cw inventory --format jsonl | jq -se "any(.[].places[];
		.port == $1)" >/dev/null
}
counts() { grep -c "$1" "$T/agent.log"; }
check "what is fresh is live" until_true 30 shows 4471 live
check "the agent has settled" until_true 30 in_sync
new_leaf nginx.test
put
check "what was replaced is stale" until_true 30 shows 4471 stale
scans=$(counts 'scanned .* files')
kill -HUP "$nginx"
check "what was read again is live within seconds" until_true 30 shows 4471 live
check "the listeners alone were asked" until_true 10 \
	grep -q 'asked the listeners again' "$T/agent.log"
check "and no file" is "$scans" counts 'scanned .* files'

new_leaf nginx.test
put
check "replaced once more it is stale" until_true 30 shows 4471 stale
stop "$nginx"
check "a server that ends is no longer listed" until_true 60 shows_no 4471
start_nginx
check "one that was started is" until_true 120 shows 4471 live
check "still no file was looked at" is "$scans" counts 'scanned .* files'
nginx=$pid
stop "$agent"

# A scan passes the file, which is renewed before its server is asked.
mkdir "$tree/zzz"
for i in $(seq 300); do echo "file $i" >"$tree/zzz/$i"; done
agent_config 'scan.ports = yes' 'agent.interval = 1h' \
	'collector.heartbeat = 1s' "scan.server_config = nginx:$T/nginx.conf" \
	'scan.max_files_per_second = 50'
stales() { cw events --filter 'event = stale' --format jsonl | wc -l; }
before=$(stales)
: >"$T/agent.log"
agent_start
until_true 30 grep -q 'changes: ' "$T/agent.log"
until_true 30 pgrep -P "$agent" -x 'certwalk parse'
sha() { openssl x509 -in "$tree/tls/leaf.pem" -outform DER | sha256sum; }
serves_it() { [ "$(served 4471)  -" = "$(sha)" ]; }
known() {	# known KEY VALUE: a place of what is there now
	cw inventory --format jsonl | jq -se "any(.[];
		.sha256 == \"$(sha | cut -d' ' -f1)\" and
		any(.places[]; .$1 == \"$2\"))"
}
if walk=$(pgrep -o -P "$agent" -x 'certwalk walk') && kill -STOP "$walk"; then
	new_leaf nginx.test
	put
	kill -HUP "$nginx"
	until_true 30 serves_it
	check "what is renewed beside a scan is told" \
		until_true 30 known path "$tree/tls/leaf.pem"
	kill -CONT "$walk"
	check "it is live" until_true 60 known state live
	check "and was not called stale" is "$before" stales
else
	skip "what is renewed beside a scan" "the scan had ended"
fi
stop "$agent"
stop "$nginx"
finish
