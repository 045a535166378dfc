#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/e2e/collector-rest.sh [sqlite|postgres]
# REST: who may, what the lists say, and what hostile clients get.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/postgres_lib.sh

store=${1:-sqlite}
if [ "$store" = postgres ] && [ "$B" = build/san ]; then
	skip "REST on PostgreSQL" "sanitizers see that on SQLite, and the stores"
	finish
fi

json='Content-Type: application/json'
password='correct horse battery'

# The body of what curl was told to get, below /api/v1; the status in $T/code.
api() {
	local path=$1

	shift
	curl -s -m 60 --cacert "$C/ca.crt" -o "$T/body" -w '%{http_code}' \
		-D "$T/head" "$@" "https://$enroll/api/v1$path" >"$T/code"
	cat "$T/body"
}

code() {
	api "$@" >/dev/null
	cat "$T/code"
}

as_anna() {
	local path=$1

	shift
	api "$path" -b "$T/jar" -H "X-CSRF-Token: $csrf" "$@"
}

anna_code() {
	as_anna "$@" >/dev/null
	cat "$T/code"
}

# log_in NAME PASSWORD [JAR]
log_in() {
	code /session -c "$T/${3:-jar}" -H "$json" \
		-d "{\"user\":\"$1\",\"password\":\"$2\"}"
}

# token_of ROLE [FILTER]: an API token of anna's.
token_of() {
	as_anna /api-tokens -H "$json" -d "$(jq -n --arg r "$1" \
		--arg f "${2:-}" '{name: $r, role: $r, filter: $f}')" |
		jq -r .token
}

bearer() {
	local path=$2 token=$1

	shift 2
	api "$path" -H "Authorization: Bearer $token" "$@"
}

bearer_code() {
	bearer "$@" >/dev/null
	cat "$T/code"
}

# Each operation of the document: METHOD PATH ROLE SCOPED, with made-up parts.
operations() {
	api /openapi.json | jq -r '.paths | to_entries[] | .key as $p |
		.value | to_entries[] | [(.key | ascii_upcase),
		($p | gsub("{[a-z0-9_]+}"; "0")), .value["x-role"],
		.value["x-scoped"] // false] | @tsv'
}

# all_answer STATUS FILTER [HEADER [HEADER]]: each operation whose role passes
# FILTER (awk on $3 and $4) answers so; one process of curl for all.
all_answer() {
	local want=$1 filter=$2 header=${3:-X-None: 1} second=${4:-X-None: 2}

	operations | awk -F'\t' -v host="https://$enroll/api/v1" \
		-v ca="$C/ca.crt" -v header="$header" \
		-v second="$second" "$filter {
		if (n++) print \"next\"
		print \"url = \" host \$2
		print \"request = \" \$1
		print \"cacert = \" ca
		print \"silent\"
		print \"output = /dev/null\"
		print \"header = \\\"\" header \"\\\"\"
		print \"header = \\\"\" second \"\\\"\"
		print \"write-out = \\\"%{http_code} \" \$1 \" \" \$2 \"\\\\n\\\"\"
	}" >"$T/curl"
	curl -K "$T/curl" >"$T/answers"
	[ -s "$T/answers" ] || return 1
	! grep -v "^$want " "$T/answers"
}

# The routes that need more than a ROLE.
above() {
	case $1 in
	viewer) echo '$3 == "operator" || $3 == "approver" || $3 == "admin"' ;;
	operator) echo '$3 == "approver" || $3 == "admin"' ;;
	approver) echo '$3 == "admin"' ;;
	esac
}

weak_is_refused() {
	all_answer 403 "$(above viewer)" "Authorization: Bearer $viewer" &&
		all_answer 403 "$(above operator)" \
			"Authorization: Bearer $operator" &&
		all_answer 403 "$(above approver)" \
			"Authorization: Bearer $approver"
}

# A user of ROLE for the time of a check: its session, as two headers.
user_begin() {
	local role=$1

	echo "$password" | cw user add "x-$role" --role "$role" \
		--password-file - && is 200 log_in "x-$role" "$password" jar.x ||
		return
	cookie="Cookie: __Host-certwalk=$(awk '$6 == "__Host-certwalk" {
		print $7 }' "$T/jar.x")"
	second="X-CSRF-Token: $(api /session -b "$T/jar.x" |
		jq -r .csrf_token)"
	is 200 code /hosts -H "$cookie"
}

weak_sessions_are_refused() {
	local role='' r=0

	for role in viewer operator approver; do
		user_begin "$role" &&
			all_answer 403 "$(above "$role")" "$cookie" "$second"
		r=$?
		cw user remove "x-$role" && [ "$r" = 0 ] || return
	done
}

# Changes what the store has, behind the collector's back.
sql() {
	if [ "$store" = postgres ]; then
		pg_sql rest "$1"
	else
		sqlite3 -cmd '.timeout 60000' "$C/collector.db" "$1"
	fi
}

# old SET: a session that has been so in the store is one no more.
old() {
	local r=0

	user_begin admin && sql "UPDATE sessions SET $1
		WHERE name = 'x-admin'" &&
		all_answer 401 '$3 != "none"' "$cookie" "$second"
	r=$?
	cw user remove x-admin && [ "$r" = 0 ]
}

expired_is_refused() {
	local token=''

	token=$(token_of admin)
	is 200 bearer_code "$token" /users &&
		sql "UPDATE api_tokens SET expires = $(date +%s)
			WHERE role = 'admin'" &&
		all_answer 401 '$3 != "none"' "Authorization: Bearer $token"
}

# What does not heed a token's filter does not take such a token.
limited_is_refused() {
	local token=''

	token=$(token_of admin 'host ~ "*"')
	is 200 bearer_code "$token" /hosts &&
		all_answer 403 '$3 != "none" && $4 != "true"' \
			"Authorization: Bearer $token"
}

# What a POST to a route of the agents' port is answered with; 000: nothing.
agent_code() {
	local path=$1

	shift
	curl -s -m 60 --cacert "$C/ca.crt" -o /dev/null -w '%{http_code}' \
		-H 'Content-Type: application/x-protobuf' --data-binary '' "$@" \
		"https://$agents$path"
	return 0
}

# certificate NAME CA: of the agents' kind but for who made it or its name.
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$1.key" -subj "/CN=$(cat "$T/a/id")" 2>/dev/null |
		openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -days 1 \
			-extfile <(echo extendedKeyUsage=clientAuth) \
			-out "$T/$1.pem" 2>/dev/null
}

agents_are_asked_who_they_are() {
	local path='' n=0

	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/other.key" -subj "/CN=certwalk CA" -days 1 \
		-out "$T/other.crt" 2>/dev/null
	certificate stranger "$T/other" && certificate nameless "$C/ca" ||
		return
	for path in $(sed -n 's/.*LISTENER_AGENTS, [A-Z_]*, "\([^"]*\)".*/\1/p' \
			collector-stub/http/route_table.c); do
		n=$((n + 1))
		is 000 agent_code "$path" &&
			is 000 agent_code "$path" --cert "$T/stranger.pem" \
				--key "$T/stranger.key" &&
			is 403 agent_code "$path" --cert "$T/nameless.pem" \
				--key "$T/nameless.key" &&
			is_taken "$path" || return
	done
	[ "$n" -ge 2 ]
}
is_taken() {
	says '^(200|400)$' agent_code "$1" --cert "$T/a/cert.pem" \
		--key "$T/a/key.pem"
}

# The session's cookie: no script reads it, no other site sends it.
cookie_is_guarded() {
	local line=''

	is 200 log_in anna "$password" other &&
		line=$(tr -d '\r' <"$T/head" | grep -i '^Set-Cookie: ') &&
		[ "$(wc -l <<<"$line")" = 1 ] &&
		grep -q ': __Host-certwalk=[A-Za-z0-9_-]\{43\};' <<<"$line" &&
		grep -q '; Secure\(;\|$\)' <<<"$line" &&
		grep -q '; HttpOnly\(;\|$\)' <<<"$line" &&
		grep -q '; SameSite=Strict\(;\|$\)' <<<"$line" &&
		grep -q '; Path=/\(;\|$\)' <<<"$line" &&
		! grep -qi 'Domain=' <<<"$line"
}

# problem STATUS CODE WHAT...: WHAT ends in a Problem, as RFC 9457 has it.
problem() {
	local status=$1 word=$2

	shift 2
	"$@" >/dev/null
	is "$status" cat "$T/code" && jq -e --arg s "$status" --arg c "$word" \
		'.status == ($s | tonumber) and .code == $c and
			(.title | length > 0) and (.type | type == "string")' \
		"$T/body" && grep -qi \
		'^Content-Type: application/problem+json' "$T/head"
}
problems() {
	problem 400 bad-request as_anna /users -H "$json" -d '[]' &&
		problem 400 bad-filter as_anna "/hosts?filter=x" &&
		problem 401 unauthorized api /hosts &&
		problem 401 bad-login log_in anna wrong other &&
		problem 403 forbidden bearer "$viewer" /users &&
		problem 404 not-found as_anna /users/nobody &&
		problem 404 not-found as_anna /nothing &&
		problem 405 wrong-method as_anna /hosts -X DELETE &&
		problem 415 wrong-type as_anna /users -d 'name=x'
}

# A change with the cookie alone, and with the token but from another site.
forged() {
	is 403 code /users -b "$T/jar" -H "$json" -d '{}' &&
		is 403 anna_code /users -H "$json" -d '{}' \
			-H 'Origin: https://evil.example'
}

pages_are_whole() {
	local next="/users?limit=1" names=''

	while [ -n "$next" ]; do
		as_anna "$next" >/dev/null
		names="$names $(jq -r '.items[].name' "$T/body")"
		next=$(jq -r '.next // empty' "$T/body")
		next=${next#/api/v1}
	done
	[ "$names" = " anna ben carl" ]
}

known_is_304() {
	local tag=''

	as_anna /users >/dev/null
	tag=$(tr -d '\r' <"$T/head" | sed -n 's/^ETag: //p')
	[ -n "$tag" ] && is 304 anna_code /users -H "If-None-Match: $tag"
}

locks_out() {
	local i=''

	for i in 1 2 3 4 5 6; do
		is 401 log_in ben "wrong password $i" other || return
	done
	is 429 log_in ben "$password" other && grep -qi '^Retry-After: ' "$T/head" &&
		as_anna /users/ben | jq -e .locked_until
}

stays_locked_out() {
	until_true 10 is 429 log_in ben "wrong password" other || return
	stop "$serve"
	collector_start && is 429 log_in ben "$password" other
}

disabled_is_out() {
	log_in carl "$password" jar.carl >/dev/null
	is 200 code /session -b "$T/jar.carl" &&
		is 200 anna_code /users/carl -X PATCH -H "$json" \
			-d '{"disabled":true}' &&
		is 401 code /session -b "$T/jar.carl" &&
		is 401 log_in carl "$password" jar.carl
}

# The certificate of the test, as the list has it.
listed() {
	as_anna "/certificates?filter=subject%20~%20e2e&count=true" >/dev/null
	jq -e --arg h "$hash" '.items[0].sha256 == $h and
		.items[0].places == 700 and .items[0].hosts == 1 and
		.total == 1 and .items[0].key_alg == "EC"' "$T/body"
}

detailed() {
	as_anna "/certificates/$hash" >/dev/null
	jq -r .pem "$T/body" | openssl x509 -outform DER | sha256sum |
		grep -q "^$hash" && jq -e '.places == 700' "$T/body"
}

streamed() {
	as_anna "/locations?format=jsonl" >"$T/lines"
	[ "$(wc -l <"$T/lines")" = 700 ] &&
		[ "$(jq -r .path "$T/lines" | sort -u | wc -l)" = 700 ] &&
		as_anna "/locations" -H 'Accept: text/csv' >"$T/csv" &&
		[ "$(wc -l <"$T/csv")" = 701 ] &&
		grep -qi '^Content-Type: text/csv' "$T/head"
}

# What a difference changed, as a list, of the certificate, in CSV.
changes_are_told() {
	agent_new c
	"$client" sync "$T/c" epoch=7 new=1 add=0-1 have=0-1 full send \
		>/dev/null
	"$client" sync "$T/c" epoch=7 base=1 new=2 remove=0-1 send >/dev/null
	as_anna "/events?filter=event%20%3D%20joined&count=true" |
		jq -e '.total == 2 and .items[0].about == "host"' &&
		as_anna "/events?limit=1" >/dev/null &&
		as_anna "$(jq -r '.next | ltrimstr("/api/v1")' "$T/body")" |
		jq -e '.items | length == 1' &&
		as_anna "/events?format=csv" | grep -q ',joined,host,' &&
		is 200 anna_code "/certificates/$hash/history"
}

heads() {
	local len=''

	is 200 code /openapi.json -I &&
		len=$(tr -d '\r' <"$T/head" |
			sed -n 's/^Content-Length: //p') &&
		[ "$len" = "$(api /openapi.json | wc -c)" ] &&
		is 401 code /hosts -I && is 200 anna_code /hosts -I &&
		is 200 anna_code "/locations?format=csv" -I &&
		grep -q '^Content-Type: text/csv' "$T/head" &&
		is 405 anna_code /session/password -I &&
		grep -q '^Allow: PUT' "$T/head"
}

filters_are_kept() {
	local mine="/saved-filters/hosts/My%20%2F%20own"

	is 204 anna_code "$mine" -X PUT -H "$json" -d '{"filter":"host = a"}' &&
		is 204 anna_code "$mine" -X PUT -H "$json" \
			-d '{"filter":"host = b"}' &&
		as_anna /saved-filters | jq -e '.items == [{"list": "hosts",
			"title": "My / own", "filter": "host = b"}]' &&
		bearer "$viewer" /saved-filters | jq -e '.items | length == 1' &&
		is 400 anna_code "$mine" -X PUT -H "$json" -d '{"filter":"x ="}' &&
		is 404 anna_code /saved-filters/nothing/x -X PUT -H "$json" \
			-d '{"filter":"host = a"}' &&
		is 204 anna_code "$mine" -X DELETE &&
		is 404 anna_code "$mine" -X DELETE
}

# What alerts are about, what was told, and silence.
alerts() {
	local id=''

	as_anna /alert-rules | jq -e '.items[0].name == "soon" and
			.items[0].channels == ["none"] and
			(.items[1].fault | contains("no_such"))' &&
		until_true 20 told && sent &&
		is 400 anna_code /alert-silences -H "$json" -d '{"for":"x"}' &&
		id=$(as_anna /alert-silences -H "$json" -d \
			'{"for":"2h","match":"CN=www*","reason":"<b>"}' |
			jq -r .id) &&
		as_anna /alert-silences |
		jq -e '.items[0].actor == "anna" and .items[0].match ==
			"CN=www*"' &&
		as_anna "/alerts?filter=rule%20%3D%20soon" |
		jq -e '.items[0].silenced_until' &&
		as_anna "/alerts?format=csv" | grep -q '^soon,told,CN=www' &&
		is 204 anna_code "/alert-silences/$id" -X DELETE &&
		is 404 anna_code "/alert-silences/$id" -X DELETE &&
		as_anna "/alerts" | jq -e '.items[0].silenced_until | not' &&
		as_anna "/audit?limit=500" | jq -e '[.items[].event] as $e |
			all("alerts-silenced", "silence-removed";
				. as $x | $e | index($x))'
}
told() {
	as_anna "/alerts" | jq -e '.items[0].state == "told" and
		.items[0].title == "CN=www.e2e"'
}
sent() {
	until_true 20 is_sent
}
is_sent() {
	as_anna "/alert-messages?filter=rule%20%3D%20soon" |
		jq -e '.items[0].state == "sent"'
}

# A client that goes away in the middle of a stream.
stream_is_left() {
	local i=''

	for i in 1 2 3 4 5 6 7 8; do
		curl -s --cacert "$C/ca.crt" -b "$T/jar" --limit-rate 1k \
			-m 1 "https://$enroll/api/v1/locations?format=jsonl" \
			>/dev/null
	done
	is 200 anna_code /session
}

bad_filters() {
	as_anna "/hosts?filter=nothing%20%3D%201" >/dev/null
	jq -e '.code == "bad-filter" and .column == 1' "$T/body" &&
		is 400 anna_code "/hosts?sort=nothing" &&
		is 400 anna_code "/hosts?after=nothing" &&
		is 400 anna_code "/hosts?limit=0"
}

# A word that is mistaken must not look like an answer.
mistaken_queries() {
	problem 400 bad-request as_anna "/hosts?fliter=host%20%3D%20a" &&
		problem 400 bad-request as_anna "/hosts?limit=1&limit=2" &&
		problem 400 bad-request as_anna "/hosts?filter=host%00x" &&
		problem 400 bad-request as_anna "/hosts?count=1" &&
		problem 400 bad-request as_anna "/statistics?filter=a" &&
		is 200 anna_code "/hosts?limit=1&count=false&sort=host"
}

# SQL in each parameter and part of a path.
injected() {
	local sql="%27%3B%20DROP%20TABLE%20users%3B--"

	is 200 anna_code "/certificates?filter=subject%20%3D%20%22$sql%22" &&
		is 400 anna_code "/certificates?filter=$sql" &&
		is 400 anna_code "/hosts?sort=$sql" &&
		is 400 anna_code "/hosts?after=$sql" &&
		is 400 anna_code "/hosts?limit=$sql" &&
		is 404 anna_code "/users/$sql" &&
		is 404 anna_code "/commands/$sql" &&
		is 404 anna_code "/certificates/$sql" &&
		is 404 anna_code "/hosts/$sql" &&
		is 204 anna_code "/saved-filters/hosts/$sql" -X PUT \
			-H "$json" -d '{"filter":"host = a"}' &&
		is 204 anna_code "/saved-filters/hosts/$sql" -X DELETE &&
		is 200 anna_code /users
}

overview() {
	as_anna /statistics >/dev/null
	jq -e '.certificates.total == 1 and .hosts.total == 1 and
		([.certificates.expiry[].count] | add) ==
			.certificates.leaves and
		(.certificates.algorithms | length) == 1' "$T/body"
}

scoped() {
	local none='' some=''

	none=$(token_of viewer 'host = "nowhere"')
	some=$(token_of viewer 'host ~ "e2e*"')
	is null token_of viewer " " &&
		bearer "$none" /locations | jq -e '.items == []' &&
		bearer "$none" /certificates | jq -e '.items == []' &&
		bearer "$some" /certificates | jq -e '.items | length == 1' &&
		bearer "$none" /statistics | jq -e '.code == "forbidden"' &&
		bearer "$none" "/certificates/$hash" |
		jq -e '.code == "forbidden"'
}

orders() {
	local id=''

	cw key create >/dev/null || return
	is 400 anna_code /commands -H "$json" -d "{\"action\":\"scan-now\",
		\"agent_id\":\"$(cat "$T/a/id")\", \"dry_run\":\"yes\"}" ||
		return
	is 422 anna_code /commands -H "$json" \
		-d '{"action":"scan-now", "filter":" "}' &&
		is 422 anna_code /commands -H "$json" -d '{"action":"scan-now",
			"filter":"host = x", "all":true}' || return
	as_anna /commands -H "$json" -d "{\"action\":\"scan-now\",
		\"agent_id\":\"$(cat "$T/a/id")\"}" >/dev/null
	id=$(jq -r '.items[0].id' "$T/body")
	as_anna "/commands/$id" | jq -e '.state == "to be signed"' &&
		is 204 anna_code "/commands/$id/approve" -X POST &&
		as_anna "/commands/$id" | jq -e '.state == "waiting" and
			(.signed_by | length) == 1' &&
		as_anna "/commands?filter=state%20%3D%20waiting" |
		jq -e '.items | length == 1' &&
		is 204 anna_code "/commands/$id/cancel" -X POST &&
		is 404 anna_code "/commands/$id/cancel" -X POST
}

enrols() {
	local token=''

	token=$(as_anna /enrolment-tokens -H "$json" -d '{"uses":1}' |
		jq -r .token)
	mkdir -p "$T/b"
	cp "$C/ca.crt" "$T/b/ca.pem"
	says '^200 ' "$client" enroll "$T/b" "$token" &&
		as_anna /enrolment-tokens | jq -e '.items[-1].state == "used up"'
}

audited() {
	as_anna "/audit?limit=500" >"$T/audit"
	for event in login login-refused user-added user-changed \
		api-token-made enrolment-token-made command-queued \
		command-signed command-cancelled filter-saved filter-removed \
		agent-enrolled; do
		jq -e --arg e "$event" 'any(.items[]; .event == $e)' \
			"$T/audit" >/dev/null || { echo "$event"; return 1; }
	done
	as_anna /audit/head | jq -e .intact && cw audit verify
}

# What a token does is not told as done in its owner's session.
token_is_named() {
	local admin=''

	admin=$(token_of admin)
	bearer "$admin" /users/ben -X PATCH -H "$json" -d '{"role":"viewer"}' &&
		as_anna "/audit?limit=500" | jq -e 'any(.items[];
			.event == "user-changed" and
			.actor == "anna by token admin")'
}

# Neither passwords nor secrets are in what is kept and said.
no_secret() {
	if [ "$store" = postgres ]; then
		pg_as pg_dump -h "$pg" -U certwalk rest >"$T/kept" || return
	else
		cat "$C/collector.db" "$C/collector.db-wal" >"$T/kept"
	fi
	grep -aq 'user-added' "$T/kept" &&
		! grep -aqF -e "$password" -e "$viewer" "$T/kept" "$T/serve.log"
}

# Sanitizers tell then what was not freed.
ends() {
	kill -TERM "$serve" && wait "$serve"
	local r=$?

	tail -n 20 "$T/serve.log"
	return $r
}

collector_config listen.max_rate=1000
if [ "$store" = postgres ]; then
	if ! pg_installed; then
		skip "REST on PostgreSQL" "no PostgreSQL here"
		finish
	fi
	pg_start && pg_database rest || exit 1
	sed -i "2i database = $url" "$T/collector.ini"
fi
mkdir "$T/alerts.d" "$T/channels.d"
printf '[alerts]\nrules = %s\nchannels = %s\ninterval = 1s\n' \
	"$T/alerts.d" "$T/channels.d" >>"$T/collector.ini"
printf '[alert]\nwhere = not_after < 60d\nchannel = none\n' \
	>"$T/alerts.d/soon.ini"
printf '[alert]\nwhere = no_such < 60d\nchannel = none\n' \
	>"$T/alerts.d/wrong.ini"
printf '[channel]\ntype = program\nrun = /bin/true\n' >"$T/channels.d/none.ini"
echo "$password" >"$T/password"
chmod 600 "$T/password"
check "init makes the first admin" cw init --admin anna --password-file \
	"$T/password"
collector_start || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout /dev/null -subj /CN=www.e2e -days 30 -outform DER \
	-addext basicConstraints=CA:FALSE -out "$T/www.e2e.der" 2>/dev/null
hash=$(sha256sum <"$T/www.e2e.der" | cut -d ' ' -f 1)
agent_new a
"$client" sync "$T/a" epoch=7 new=5 add=0-700 have=0-700 full \
	"object=$T/www.e2e.der" send >/dev/null
chmod 644 "$T/password"
check "a password that others may read is not taken" exits 4 cw user add x \
	--password-file "$T/password"
check "a weak one neither" exits 4 cw user add x --password-file - \
	<<<"too short"

check "the document is served to anybody" is 200 code /openapi.json
check "a wrong password is refused" is 401 log_in anna wrong other
check "an unknown user likewise" is 401 log_in nobody wrong other
check "the right one lets in" is 200 log_in anna "$password"
csrf=$(api /session -b "$T/jar" | jq -r .csrf_token)
viewer=$(token_of viewer)
operator=$(token_of operator)
approver=$(token_of approver)

check "without a credential every route but those of the login refuses" \
	all_answer 401 '$3 != "none"'
check "with a wrong one too" all_answer 401 '$3 != "none"' \
	"Authorization: Bearer cwt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
check "with a cookie that is none too" all_answer 401 '$3 != "none"' \
	"Cookie: __Host-certwalk=AAAA"
check "a credential that is too weak is refused" weak_is_refused
check "a session that is too weak too" weak_sessions_are_refused
check "one that was not used for long is none" old used=1
check "one that is old is none, though in use" old created=1
check "an API token that has expired is none" expired_is_refused
check "a token for some hosts opens nothing else" limited_is_refused
check "agents' routes want the certificate of an agent" \
	agents_are_asked_who_they_are
check "a change that another site makes is refused" forged
check "the session's cookie is guarded" cookie_is_guarded
check "what is refused is told as a Problem" problems

check "a user is added" is 201 anna_code /users -H "$json" -d \
	"{\"name\":\"ben\",\"role\":\"viewer\",\"password\":\"$password\"}"
check "once" is 409 anna_code /users -H "$json" -d \
	"{\"name\":\"ben\",\"role\":\"viewer\",\"password\":\"$password\"}"
check "not with a weak password" is 400 anna_code /users -H "$json" -d \
	'{"name":"dora","role":"viewer","password":"short"}'
check "a member that is not known is refused" is 400 anna_code /users \
	-H "$json" -d '{"name":"dora","admin":true}'
check "what is no JSON is refused" is 400 anna_code /users -H "$json" -d '{'
check "another type is 415" is 415 anna_code /users -d 'name=x'
echo "$password" | cw user add carl --role operator --password-file -
check "pages hold all users, each once" pages_are_whole
check "what is known is not sent again" known_is_304
check "the last admin stays" is 409 anna_code /users/anna -X DELETE
check "who guesses is locked out" locks_out
check "a disabled user is out at once" disabled_is_out

check "a certificate is listed and found" listed
check "it is shown with its PEM" detailed
check "a list streams as JSON Lines and CSV" streamed
check "a client that leaves a stream harms nobody" stream_is_left
check "faults of a question are told" bad_filters
check "a question that is mistaken is refused" mistaken_queries
check "SQL in a question is only text" injected
check "the overview adds up" overview
check "a token's filter limits what it sees" scoped
check "what has changed is told" changes_are_told
check "HEAD is answered as GET, without the body" heads
check "filters are kept under a name" filters_are_kept
check "alerts are listed, silenced, and told again" alerts
check "an order is made, approved and cancelled" orders
check "a token made here enrols a host" enrols
check "all of it is in the audit log" audited
check "an API token's doings are told as its own" token_is_named
check "no secret is kept" no_secret
check "logging out ends the session" is 204 anna_code /session -X DELETE
check "really" is 401 anna_code /session
check "starting anew forgets no guesses" stays_locked_out
check "it ends in good order" ends
finish
