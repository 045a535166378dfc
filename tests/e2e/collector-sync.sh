#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a sync does to the inventory, and who may sync.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

sync() {
	"$client" sync "$T/$1" "${@:2}"
}

# Places of the agent in the inventory.
places() {
	cw inventory "$(sha256sum <"$T/www.der" | cut -d ' ' -f 1)" \
		--format jsonl | grep -c '"path":"/e2e/'
}

hash_of() {
	sha256sum <"$T/$1.der" | cut -d ' ' -f 1
}

soonest_first() {
	cw inventory --format jsonl | grep -o '"not_after":"[^"]*"' >"$T/order"
	[ "$(wc -l <"$T/order")" = 2 ] && sort -c "$T/order"
}

# Requests a second apart on one connection; after the first: COMMAND.  The
# answer that is wanted comes, and none but 200 before it.
while_connected() {
	local want=$1 lines=''

	shift
	start syncing "$client" sync "$T/a" epoch=7 base=9 new=9 have=0-10 \
		object="$T/www.der" repeat=600 pause=1
	until_true 20 grep -q . "$T/syncing.log"
	"$@"
	until_true 40 grep -qv '^200 acknowledged' "$T/syncing.log"
	stop "$pid"
	lines=$(cat "$T/syncing.log")
	echo "$lines"
	head -n 1 <<<"$lines" | grep -q '^200 acknowledged' &&
		grep -v '^200 acknowledged' <<<"$lines" | head -n 1 |
			grep -qx "$want"
}

collector_new listen.idle_timeout=60s || exit 1
cert www 10
cert www.soon 5
agent_new a
o=object=$T/www.der

check "a first diff of an unknown state is answered by resync" \
	says '^200 resync' sync a epoch=7 new=5 add=0-10 have=0-10 "$o"
check "a full state is taken; the collector asks for the object" \
	is "200 acknowledged generation=5 need=1 kept=0" \
	sync a epoch=7 new=5 add=0-10 have=0-10 full "$o"
check "another object under its hash is ignored and asked for again" \
	is "200 acknowledged generation=5 need=1 kept=0" \
	sync a epoch=7 base=5 new=5 have=0-10 "$o" liar
check "with the object, nothing is lacking" \
	is "200 acknowledged generation=5 need=0 kept=0" \
	sync a epoch=7 base=5 new=5 have=0-10 "$o" send
check "all places are listed" is 10 places
check "a diff is applied" \
	is "200 acknowledged generation=6 need=0 kept=0" \
	sync a epoch=7 base=5 new=6 add=10-12 remove=0-1 have=1-12 "$o"
check "and listed" is 11 places
check "the same generation twice is acknowledged" \
	is "200 acknowledged generation=6 need=0 kept=0" \
	sync a epoch=7 base=5 new=6 add=10-12 remove=0-1 have=1-12 "$o"
check "and applied once" is 11 places
check "removing what is not there is answered by resync" \
	is "200 resync generation=6 need=0 kept=0" \
	sync a epoch=7 base=6 new=7 remove=0-1 have=1-12 "$o"
check "adding what is there is answered by resync" \
	is "200 resync generation=6 need=0 kept=0" \
	sync a epoch=7 base=6 new=7 add=1-2 have=1-12 "$o"
check "a digest that does not fit is answered by resync" \
	is "200 resync generation=6 need=0 kept=0" \
	sync a epoch=7 base=6 new=7 add=20-21 have=1-12 "$o"
check "and nothing was changed" is 11 places
check "another epoch is answered by resync" \
	is "200 resync generation=6 need=0 kept=0" \
	sync a epoch=8 base=6 new=6 have=1-12 "$o"
check "fields of a newer version are no error" \
	is "200 acknowledged generation=6 need=0 kept=0" \
	sync a epoch=7 base=6 new=6 have=1-12 "$o" newer
check "results are kept and said to be" \
	is "200 acknowledged generation=6 need=0 kept=1" \
	sync a epoch=7 base=6 new=6 have=1-12 "$o" result

check "of a full state in parts, the first is taken" \
	is "200 acknowledged generation=6 need=0 kept=0" \
	sync a epoch=7 new=8 add=0-5 have=0-10 full more "$o"
check "nothing is gone before the last" is 12 places
check "in between, all else is answered by resync" \
	is "200 resync generation=6 need=0 kept=0" \
	sync a epoch=7 base=6 new=6 have=1-12 "$o"
check "the last part completes it" \
	is "200 acknowledged generation=8 need=0 kept=0" \
	sync a epoch=7 new=8 add=5-10 have=0-10 full "$o"
check "and sweeps what is gone" is 10 places
check "10,000 locations in one sync" \
	is "200 acknowledged generation=9 need=0 kept=0" \
	sync a epoch=7 base=8 new=9 add=10-10000 have=0-10000 "$o"
check "all of them are listed" is 10000 places
check "and removed again" \
	is "200 acknowledged generation=9 need=0 kept=0" \
	sync a epoch=7 base=0 new=9 add=0-10 have=0-10 full "$o"

agent_new b
check "a second host" says '^200 acknowledged generation=1 need=1' \
	sync b new=1 add=0-1 have=0-1 full object="$T/www.soon.der"
sync b base=1 new=1 have=0-1 object="$T/www.soon.der" send >/dev/null
check "certificates are listed by their expiry" soonest_first
check "one is found by the first digits of its hash" \
	says '^subject +CN=www.soon' \
	cw inventory "$(hash_of www.soon | head -c 12)"
check "one that is not there is told" exits 4 cw inventory "$(head -c 64 \
	/dev/zero | tr '\0' 0)"

check "a revoked agent is refused on its open connection" \
	while_connected "403 revoked" cw agents revoke "$(cat "$T/a/id")"
stop "$serve"

# Its certificates now live twenty seconds.
collector_config agents.certificate_lifetime=20s
collector_start || exit 1
agent_new a
check "a short-lived agent syncs" says '^200 acknowledged' \
	sync a epoch=7 new=9 add=0-10 have=0-10 full "$o"
check "its certificate expires on an open connection" \
	while_connected "403 certificate-expired" true
check "and makes no new one" says '^0 none' sync a epoch=7 new=9
stop "$serve"

# A PKI that was there before.
mkdir -p "$T/pki"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout "$T/pki/root.key" -subj /CN=Corporate -days 2 \
	-out "$T/pki/root.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout "$T/pki/key.pem" -subj "/CN=$(cat "$T/b/id")" 2>/dev/null |
	openssl x509 -req -CA "$T/pki/root.pem" -CAkey "$T/pki/root.key" \
		-days 1 -out "$T/pki/cert.pem" 2>/dev/null
cp "$C/ca.crt" "$T/pki/ca.pem"
collector_config "agents.client_ca = $T/pki/root.pem"
collector_start || exit 1
printf 'https://%s' "$agents" >"$T/pki/url"
check "an agent of an existing PKI syncs without enrolment" \
	says '^200 acknowledged' sync pki new=1 add=0-1 have=0-1 full "$o"
check "it is an agent of its own, whatever its name says" \
	says '^pki-[0-9a-f]{32} ' bash -c "'$collector' agents --config \
	'$T/collector.ini' | grep ^pki"
check "its coming is in the audit log" \
	says '"agent-enrolled","actor":"existing PKI","agent":"pki-' \
	cw audit list
check "it cannot renew here" is "403 not-enrolled" "$client" renew "$T/pki"
cw agents revoke "$(cw agents | awk '/^pki/ { print $1 }')" >/dev/null
check "it can be revoked" is "403 revoked" sync pki base=1 new=1 have=0-1 "$o"
finish
