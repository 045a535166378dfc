#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the agent tells of a place, beyond the object itself, stands at the
# collector as the scan has it: role, trust, flags, whose a key is.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

lists=$T/lists/openssl-blacklist
mkdir -p "$lists" "$tree/trust"
for i in one two; do
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$i" \
		-keyout "$T/$i.key" -out "$T/$i.pem" 2>/dev/null
done
cat "$T/one.pem" "$T/two.pem" >"$tree/trust/bundle.pem"
cp "$T/one.pem" "$T/one.key" "$tree/"
chmod 0644 "$tree/one.key"
openssl rsa -in "$T/one.key" -noout -modulus | sha1sum | cut -c21-40 \
	>"$lists/blacklist.RSA-2048"

collector_new
agent_config "collector.heartbeat = 1s" "scan.weak_keys = $T/lists" \
	"agent.interval = 2s" "scan.watch = off"
agent_enroll >"$T/enroll.log" 2>&1
agent_start
check "the agent reports" until_true 30 in_sync

fields='{path, entry, kind, role, trust_store, flags, matches, matches_path,
	mode, owner, encrypted, spki_sha256}'
"$certwalk" scan --format jsonl --config "$T/agent.ini" "$tree" >"$T/scan"
there() {
	jq -r 'select(.kind != "coverage") | .sha256 // .spki_sha256' \
		"$T/scan" | sort -u | while read -r object; do
		cw inventory --format jsonl "$object"
	done
}
same_facts() {
	jq -cS "select(.kind != \"coverage\") | $fields" "$T/scan" | sort \
		>"$T/here.txt"
	there | jq -cS "$fields" | sort >"$T/there.txt"
	diff "$T/here.txt" "$T/there.txt"
}
check "what it tells of each place stands at the collector" same_facts
tells() { jq -se "any(.[]; $1)" "$T/there.txt" >/dev/null; }
check "a trust anchor in a bundle" tells \
	'.role == "trust-anchor" and .trust_store and .entry == "2"'
check "the same certificate alone is a root" tells \
	'.role == "root" and (.path | endswith("one.pem"))'
check "a key's neighbour, who may read it, and that it is predictable" tells \
	'.matches == "neighbour" and (.matches_path | endswith("one.pem")) and
	(.flags // [] | sort == ["debian-weak-key", "group-readable", "world-readable"])'
object=$(openssl x509 -in "$T/one.pem" -outform der | sha256sum | cut -c1-64)
check "for people too" says "\(trust anchor\)" cw inventory "$object"

flagged() { there | jq -se 'any(.[]; .flags // [] |
	any(. == "debian-weak-key"))'; }
unflagged() { ! flagged; }
check "later scans look at what had changed" until_true 20 \
	grep -q "for what had changed" "$T/agent.log"
mv "$lists/blacklist.RSA-2048" "$T/list"
check "without the list, no key is told to be predictable" \
	until_true 30 unflagged
check "and every file was looked at again" grep -q \
	"lists of weak keys below $T/lists have changed" "$T/agent.log"
mv "$T/list" "$lists/blacklist.RSA-2048"
check "with it, one is again" until_true 30 flagged
finish
