#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Enrolment: tokens, requests for certificates, renewal.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

# enroll NAME TOKEN [WORD...]
enroll() {
	local dir=$T/$1

	mkdir -p "$dir"
	cp "$C/ca.crt" "$dir/ca.pem"
	"$client" enroll "$dir" "${@:2}"
}

files_are_private() {
	[ "$(stat -c %a "$C/ca.key" "$C/server.pem" "$C/collector.db" |
		sort -u)" = 600 ]
}

no_second_init() {
	local before='' after=''

	before=$(cat "$C/ca.key" "$C/server.pem" | sha256sum)
	exits 4 cw init || return
	after=$(cat "$C/ca.key" "$C/server.pem" | sha256sum)
	[ "$before" = "$after" ]
}

secret_is_not_stored() {
	local token=$1 secret=''

	# bytes 32 to 47 of what the token holds; kept as hex text, if at all
	secret=$(tr '_-' '/+' <<<"${token#cw1_}====" | base64 -d 2>/dev/null |
		head -c 48 | tail -c 16 | od -An -v -tx1 | tr -d ' \n')
	[ ${#secret} = 32 ] && ! cat "$C"/collector.db* "$T/serve.log" |
		grep -qa "$secret"
}

certificate_is_the_agents() {
	local id='' text=''

	id=$(cat "$T/a/id")
	text=$(openssl x509 -in "$T/a/cert.pem" -noout -text)
	grep -qE "Subject: CN ?= ?$id" <<<"$text" &&
		grep -q "URI:urn:certwalk:agent:$id" <<<"$text" &&
		grep -q "TLS Web Client Authentication" <<<"$text" &&
		openssl verify -CAfile "$C/ca.crt" "$T/a/cert.pem"
}

collector_new agents.certificate_lifetime=30d || exit 1
check "init leaves keys and database to their owner" files_are_private
check "a second init overwrites nothing" no_second_init

token=$(cw token create)
check "a token lets a host in" says '^200 [0-9a-f]{8}-' enroll a "$token"
"$client" enroll "$T/a" "$token" >/dev/null
check "its secret is not stored" secret_is_not_stored "$token"
check "the same token does so only once" \
	is "403 token-used" enroll b "$token"

token=$(cw token create --uses 2)
check "with two uses: one" says '^200 ' enroll b "$token"
check "with two uses: two" says '^200 ' enroll b "$token"
check "with two uses: no third" is "403 token-used" enroll b "$token"

token=$(cw token create --expires 1s)
sleep 2
check "an expired token is refused" is "403 token-expired" enroll b "$token"

token=$(cw token create)
check "a garbled token is told apart" \
	is "client: bad token" enroll b "${token:0:20}x${token:21}"
hash=$(cw token list | awk '/open/ { print $1 }' | head -n 1)
check "a token is withdrawn by its hash" cw token revoke "$hash"
check "and then unknown" is "403 token-unknown" enroll b "$token"
check "what is no number of uses is refused" \
	exits 2 cw token create --uses 0
check "what is no duration is refused" \
	exits 2 cw token create --expires soon

# Another collector's token, brought here by its address.
first=$C first_ini=$T/first.ini first_enroll=$enroll
cp "$T/collector.ini" "$first_ini"
C=$T/other
collector_config "listen.enroll = $first_enroll" >/dev/null
sed -i '/^enroll = 127.0.0.1:0/d' "$T/collector.ini"
cw init >/dev/null
token=$(cw token create)
C=$first
cp "$first_ini" "$T/collector.ini"
check "another collector's token is unknown" \
	is "403 token-unknown" enroll b "$token"

check "a request that names itself is refused" \
	is "400 csr-names-itself" enroll b "$(cw token create)" cn=root
check "a request with other names is refused" \
	is "400 csr-names-itself" enroll b "$(cw token create)" san
token=$(cw token create)
enroll b "$token" cn=root >/dev/null
check "a refused request does not use up its token" \
	says '^200 ' enroll b "$token"

agent_new a
check "the certificate is the agent's" certificate_is_the_agents
# as if it were half over: a renewal at once is no news for the audit log
sql 'UPDATE agents SET certificate_until = certificate_until - 86400'
check "it renews its own" says "^200 $(cat "$T/a/id")" "$client" renew "$T/a"
check "it may name itself then" \
	says '^200 ' "$client" renew "$T/a" "cn=$(cat "$T/a/id")"
check "not another" is "400 csr-foreign-name" "$client" renew "$T/a" cn=other
# Who came, renewed, and which token went, with the host's id and the token's.
audited() {
	local id=''

	id=$(cat "$T/a/id")
	cw audit list | cut -d ' ' -f 4- |
		jq -se --arg id "$id" --arg hash "$hash" 'any(
				.event == "agent-enrolled" and .agent == $id and
				.actor == "enrolment token" and
				(.token | test("^[0-9a-f]{64}$"))) and
			(map(select(.event == "agent-renewed" and
				.agent == $id)) | length == 1) and
			any(.event == "enrolment-token-removed" and
				(.token | startswith($hash)))' &&
		cw audit verify
}
check "all of it is in the audit log" audited
cw agents revoke "$(cat "$T/a/id")" >/dev/null
check "a revoked agent cannot renew" \
	is "403 revoked" "$client" renew "$T/a"
check "an agent that is not there cannot be revoked" \
	exits 4 cw agents revoke nobody
check "agents are listed as JSON Lines" \
	says '"state":"revoked"' cw agents --format jsonl
finish
