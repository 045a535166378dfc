#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How often one user, one token and one address may ask at the port of enroll.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

storms=()
password='correct horse battery'

rest() {
	local path=$1

	shift
	curl -s -m 60 --cacert "$C/ca.crt" "$@" "https://$enroll/api/v1$path"
}

code() {
	rest "$@" -o /dev/null -w '%{http_code}\n'
}

# storm NAME [OPTION...]: asks without end, until stopped.
storm() {
	local name=$1

	shift
	start "$name" curl -s --cacert "$C/ca.crt" -D "$T/heads.$name" "$@" \
		-w '%{http_code} %{content_type}\n' -o /dev/null \
		"https://$enroll/api/v1/hosts?limit=1#[1-10000000]"
	storms+=("$pid")
}

# The first were answered, with STATUS, then came 429 with Retry-After.
waits() {
	local log=$T/$1.log

	until_true 20 grep -q '^429' "$log" || return
	head -n 1 "$log"
	grep -q "^$2" "$log" && grep -q '^429 application/problem+json$' "$log" &&
		tr -d '\r' <"$T/heads.$1" | grep -A 20 '^HTTP/1.1 429' |
		grep -qi '^Retry-After: [1-9]'
}

calm() {
	local pid=''

	for pid in "${storms[@]}"; do
		stop "$pid"
	done
	storms=()
}

enrolled() {
	mkdir -p "$T/$1"
	cp "$C/ca.crt" "$T/$1/ca.pem"
	"$client" enroll "$T/$1" "$token"
}

collector_config listen.max_rate=2
echo "$password" >"$T/password"
chmod 600 "$T/password"
cw init --admin anna --password-file "$T/password" >/dev/null
cw user add ben --role viewer --password-file "$T/password"
collector_start || exit 1
certwalk=$B/certwalk
token=$(cw token create --uses 1000)
for user in anna ben; do
	rest /session -o /dev/null -c "$T/$user" \
		-H 'Content-Type: application/json' \
		-d "{\"user\":\"$user\",\"password\":\"$password\"}"
done
csrf=$(rest /session -b "$T/anna" | jq -r .csrf_token)
access=$(rest /api-tokens -b "$T/anna" -H "X-CSRF-Token: $csrf" \
	-H 'Content-Type: application/json' \
	-d '{"name":"t","role":"viewer"}' | jq -r .token)

storm stranger
check "an address that asks without end is told to wait" waits stranger 401
storm inventor -H "Authorization: Bearer cwt_made-up"
check "tokens that were made up do not help" \
	until_true 20 grep -q '^429' "$T/inventor.log"
check "no host enrols from there then" \
	until_true 20 says '^429 too-often' enrolled a
printf '[agent]\nstate_dir = %s\nuser = root\n' "$T/agent" >"$T/agent.ini"
start agent "$certwalk" enroll --config "$T/agent.ini" "$token"
agent=$pid
check "an agent waits for its turn, and says so" until_true 20 \
	grep -q 'too-often); trying again in [1-9]' "$T/agent.log"
check "who has logged in is served there" is 200 code /session -b "$T/anna"
calm
storm anna -b "$T/anna"
check "a user who asks without end is told to wait" waits anna 200
check "another user is served" is 200 code /hosts -b "$T/ben"
check "a token has a share of its own" \
	is 200 code /hosts -H "Authorization: Bearer $access"
storm access -H "Authorization: Bearer $access"
check "and no more than that" waits access 200
calm
check "all are served again later" until_true 30 says '^200' enrolled a
check "the agent that has waited is enrolled" wait "$agent"
check "users too" until_true 30 is 200 code /session -b "$T/anna"
finish
