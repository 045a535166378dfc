#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TLS of both ports as scanners see it.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

if [ "$B" = build/san ]; then
	skip "what scanners see" "shown without sanitizers"
	finish
fi

collector_new || exit 1
agent_new a

# scan NAME HOST:PORT OPTION...: sslscan's findings in $T/NAME.xml
scan() {
	local name=$1 target=$2

	shift 2
	sslscan --no-colour --xml="$T/$name.xml" "$@" "$target" >/dev/null 2>&1
	[ -s "$T/$name.xml" ]
}
# The attribute $3 of elements $2 in NAME that match $4.
those() {
	grep -o "<$2 [^>]*>" "$T/$1.xml" | grep -E "${4:-.}" |
		grep -oE " $3=\"[^\"]*\"" | cut -d '"' -f 2 | sort -u |
		tr '\n' ' '
}
versions() { those "$1" protocol version 'type="tls".*enabled="1"'; }
old_ssl() { those "$1" protocol type 'type="ssl".*enabled="1"'; }
good_ciphers() {
	[ -n "$(those "$1" cipher cipher)" ] &&
		! those "$1" cipher cipher | tr ' ' '\n' | grep . |
		grep -vE '^(TLS_AES_(128|256)_GCM_SHA(256|384)|TLS_CHACHA20_POLY1305_SHA256|ECDHE-ECDSA-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305))$'
}
good_groups() {
	[ -n "$(those "$1" group name)" ] &&
		! those "$1" group name | tr ' ' '\n' |
		grep -iE 'ffdhe|secp(160|192|224|521)|sect|x448|brainpool'
}

all_of() {	# PORT'S NAME, ITS OPTIONS
	local name=$1

	check "$name: sslscan speaks with it" scan "$@"
	check "$name: TLS 1.2 and 1.3, nothing older" is "1.2 1.3 " \
		versions "$name"
	check "$name: no SSL" is '' old_ssl "$name"
	check "$name: only suites with forward secrecy and AEAD" \
		good_ciphers "$name"
	check "$name: only groups that cost a server little" good_groups "$name"
	check "$name: no compression, no renegotiation, no Heartbleed" eval \
		"! grep -E '<compression supported=\"1\"|<heartbleed [^>]*vulnerable=\"1\"|<renegotiation supported=\"1\" secure=\"0\"' '$T/$name.xml'"
}
if command -v sslscan >/dev/null; then
	all_of enroll "$enroll"
	all_of agents "$agents" "--certs=$T/a/cert.pem" "--pk=$T/a/key.pem"
else
	skip "TLS as sslscan sees it" "no sslscan"
fi

# Known holes; the port of agents has the same settings.
holes() {
	testssl --quiet --color 0 --warnings off --nodns none -U \
		--jsonfile "$T/holes.json" "$enroll" >"$T/holes.log" 2>&1
	jq -e '[.[] | select(.severity == "OK")] | length >= 10' \
		"$T/holes.json" >/dev/null || { tail "$T/holes.log"; return 1; }
	is '' jq -r '.[] | select(.severity | IN("LOW", "MEDIUM", "HIGH",
		"CRITICAL", "FATAL")) | "\(.id): \(.finding)"' "$T/holes.json"
}
if [ "$B" != build ]; then
	skip "testssl.sh finds no known hole" "is tested in the plain build"
elif command -v testssl >/dev/null; then
	check "testssl.sh finds no known hole" holes
else
	skip "testssl.sh finds no known hole" "no testssl.sh"
fi
stop "$serve"
finish
