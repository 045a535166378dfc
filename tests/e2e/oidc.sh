#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Logging in at an OpenID Connect provider: a small one of the test's own, which
# can be told what to do wrong.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/page_lib.sh

if ! command -v python3 >/dev/null; then
	skip "logging in at a provider" "no python3"
	finish
fi

P=$T/provider

new_keys() {	# NAME
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$P/rsa.pem"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$P/ec.pem"
	openssl genpkey -algorithm ED25519 -out "$P/ed.pem"
	echo "$1" >"$P/kid"
} 2>/dev/null

provider() {
	mkdir -p "$P"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$P/tls.key" -subj /CN=provider -days 2 \
		-addext subjectAltName=IP:127.0.0.1 -out "$P/tls.crt" \
		2>/dev/null
	cat "$P/tls.key" "$P/tls.crt" >"$P/tls.pem"
	new_keys one
	echo good >"$P/mode"
	echo RS256 >"$P/alg"
	start provider python3 tests/e2e/oidc_stub.py "$P" "$P/tls.pem"
	provider=$pid
	until_true 20 test -s "$P/port"
}

user() {	# SUBJECT NAME GROUP...
	local sub=$1 name=$2

	shift 2
	jq -n --arg s "$sub" --arg n "$name" '{sub: $s,
		preferred_username: $n, groups: $ARGS.positional}' \
		--args "$@" >"$P/user.new"
	mv "$P/user.new" "$P/user"
}

configure() {
	collector_config
	cat >>"$T/collector.ini" <<-INI
		[oidc]
		issuer = https://127.0.0.1:$(cat "$P/port")
		client_id = certwalk
		client_secret_file = $T/secret
		ca_file = $P/tls.crt
		name = the test's provider
		viewer = staff
		admin = certwalk-admins
		[web]
		directory = $(realpath -m build/web)
	INI
	(umask 077; echo 's3cret+/=' >"$T/secret")
}

# What curl was told to get, with the cookies of ${jar}; prints the status, and
# where it leads to.
jar=jar
browse() {
	curl -s -m 60 --cacert "$T/both.crt" -b "$T/$jar" -c "$T/$jar" \
		-o "$T/body" -D "$T/head" -w '%{http_code} %{redirect_url}' "$@"
}

# From the login to the address that leads back: in $back.
go_there() {
	back=$(browse "https://$enroll/api/v1/oidc/login")
	[ "${back%% *}" = 302 ] || { echo "$back"; return 1; }
	back=$(browse "${back#* }")
	back=${back#* }
}

# All of it: the status of the callback.
log_in() {
	rm -f "$T/$jar"
	go_there || return
	browse "$back"
}

me() {
	curl -s -m 60 --cacert "$T/both.crt" -b "$T/$jar" \
		"https://$enroll/api/v1/session"
}

let_in() {	# NAME ROLE
	is "200 " log_in && me | jq -e --arg n "$1" --arg r "$2" \
		'.user == $n and .role == $r and .kind == "user"'
}

refused() {	# MODE
	echo "$1" >"$P/mode"
	is "403 " log_in
	local r=$?

	echo good >"$P/mode"
	! grep -q "__Host-certwalk	" "$T/jar" &&
		grep -q '^[a-z-]*: .*Not logged in\|<h1>Not logged in' \
			"$T/body" && [ "$r" = 0 ]
}

reason() {	# TEXT: of the last login that was refused
	cw audit list >"$T/audit"
	grep login-refused "$T/audit" | tail -n 1 | grep -qF "$1" ||
		{ tail -n 3 "$T/audit"; return 1; }
}

parts_of_the_request() {
	local to=''

	to=$(browse "https://$enroll/api/v1/oidc/login")
	for part in response_type=code client_id=certwalk state= nonce= \
		code_challenge= code_challenge_method=S256 \
		"redirect_uri=https%3A%2F%2F127.0.0.1%3A${enroll##*:}%2Fapi"; do
		grep -qF "$part" <<<"$to" || { echo "$part: $to"; return 1; }
	done
	grep -qi '^set-cookie: __Host-certwalk-login=.*HttpOnly; SameSite=Lax' \
		"$T/head"
}

each_algorithm() {
	local alg=''

	for alg in PS256 ES256 EdDSA; do
		echo "$alg" >"$P/alg"
		is "200 " log_in || { echo "$alg"; return 1; }
	done
	echo RS256 >"$P/alg"
}

role_changes() {
	user s-anna anna certwalk-admins
	let_in anna admin || return
	mv "$T/jar" "$T/jar.admin"
	user s-anna anna staff
	let_in anna viewer && jar=jar.admin is 401 status_of_me
}

status_of_me() {
	curl -s -o /dev/null -w '%{http_code}' --cacert "$T/both.crt" \
		-b "$T/$jar" "https://$enroll/api/v1/session"
}

name_is_taken() {
	user s-eve ben staff
	refused good && reason "another user's" && user s-eve anna staff &&
		refused good && user s-anna anna staff
}

password_does_not_fit() {
	curl -s --cacert "$T/both.crt" -H 'Content-Type: application/json' \
		-d '{"user":"anna","password":"oidc$0000000000000000"}' \
		"https://$enroll/api/v1/session" |
		jq -e '.code == "bad-login"'
}

replayed() {
	rm -f "$T/jar"
	go_there || return
	cp "$T/jar" "$T/jar.kept"
	is "200 " browse "$back" && cp "$T/jar.kept" "$T/jar" &&
		is "400 " browse "$back"
}

other_browser() {
	rm -f "$T/jar"
	go_there && rm "$T/jar" && is "400 " browse "$back" &&
		! grep -q '__Host-certwalk	' "$T/jar"
}

other_state() {
	rm -f "$T/jar"
	go_there && is "400 " browse "${back/state=/state=x}" &&
		go_there && is "400 " browse "${back%iss=*}iss=https://evil"
}

# A code that the provider gave to another client, brought to this login.
other_clients_code() {
	local other=''

	rm -f "$T/jar"
	go_there || return
	other=$(curl -s --cacert "$T/both.crt" -o /dev/null -w '%{redirect_url}' \
		"https://127.0.0.1:$(cat "$P/port")/authorize?response_type=code&client_id=other&redirect_uri=https://x.test/&scope=openid&state=s&nonce=n&code_challenge=c&code_challenge_method=S256")
	other=${other#*code=}
	is "403 " browse "${back%%code=*}code=${other%%&*}&${back#*&}"
}

keys_change() {
	new_keys two
	is "200 " log_in && new_keys three && is "403 " log_in &&
		reason "names no key"
}

disabled() {
	cw user disable anna && is "403 " log_in && reason disabled || return
	user s-anna anna2 staff
	is "403 " log_in && reason disabled &&
		cw user enable anna && let_in anna viewer &&
		is 0 eval 'cw user list | grep -c anna2'
	local r=$?

	user s-anna anna staff
	return $r
}

roles_are_gone() {
	let_in anna viewer || return
	mv "$T/jar" "$T/jar.before"
	user s-anna anna guests
	is "403 " log_in && reason "no role" &&
		jar=jar.before is 401 status_of_me &&
		says '^anna +none ' cw user list
	local r=$?

	user s-anna anna staff
	return $r
}

# As often as an address may fail, and no password is made to wait.
sick() {
	local i=0

	echo sick >"$P/mode"
	for i in {1..22}; do
		is "503 " log_in || break
	done
	echo good >"$P/mode"
	[ "$i" = 22 ] && let_in anna viewer
}

logged_out() {
	local csrf=''

	csrf=$(me | jq -r .csrf_token)
	curl -sf --cacert "$T/both.crt" -b "$T/jar" -X DELETE \
		-H "X-CSRF-Token: $csrf" "https://$enroll/api/v1/session" &&
		is 401 status_of_me
}

# An API token of whoever has the cookies of ${jar}.
make_token() {
	curl -s --cacert "$T/both.crt" -b "$T/$jar" \
		-H "X-CSRF-Token: $(me | jq -r .csrf_token)" \
		-H 'Content-Type: application/json' \
		-d '{"name":"robot","role":"viewer"}' \
		"https://$enroll/api/v1/api-tokens" | jq -r .token
}
with_token() {
	curl -s -o "$T/body" -w '%{http_code}' -m 60 --cacert "$C/ca.crt" \
		-H "Authorization: Bearer $1" "https://$enroll/api/v1/session"
}

# A collector that knows nothing of the provider yet, nor of refused logins.
anew() {
	[ -z "${serve:-}" ] || stop "$serve"
	sqlite3 "$C/collector.db" "DELETE FROM attempts"
	collector_start
	cat "$P/tls.crt" "$C/ca.crt" >"$T/both.crt"
}

unusable() {	# MODE TEXT
	echo "$1" >"$P/mode"
	anew && says '^503 ' log_in && grep -q "$2" "$T/serve.log" &&
		! grep -q "Sanitizer" "$T/serve.log"
	local r=$?

	echo good >"$P/mode"
	return $r
}

no_secret() {
	! grep -aqF 's3cret' "$C/collector.db" "$C/collector.db-wal" \
		"$T/serve.log" "$T/audit"
}

provider || exit 1
user s-anna anna staff
configure
cw init >/dev/null && anew || exit 1
(umask 077; echo "correct horse battery" >"$T/password")
cw user add ben --role viewer --password-file "$T/password"

check "the browser is sent to the provider with all it needs" \
	parts_of_the_request
check "who has a role is let in" let_in anna viewer
check "the answer leads on by itself, as this site's own" \
	grep -q 'http-equiv="refresh" content="0;url=/"' "$T/body"
check "each algorithm is taken" each_algorithm
check "a wrong nonce is refused" refused wrong-nonce
check "and told in the audit log" reason "nonce is not this login's"
check "a wrong audience is refused" refused wrong-aud
check "another client's token is refused" refused wrong-azp
check "another issuer's token is refused" refused wrong-issuer
check "an expired token is refused" refused expired
check "a wrong signature is refused" refused wrong-signature
check "alg none is refused" refused none
check "HS256 with the public key is refused" refused hs256
check "what the provider refuses is refused" refused refuses
check "a code for another client is refused" other_clients_code
anew
check "a login that is over is not taken twice" replayed
check "a login that another browser began is refused" other_browser
check "another state or issuer is refused" other_state
check "a role follows the claims, and ends older sessions" role_changes
check "a name that is somebody else's is refused" name_is_taken
check "no password fits such a user" password_does_not_fit
echo userinfo >"$P/mode"
check "claims that the ID token has not are asked for" let_in anna viewer
echo good >"$P/mode"
check "of the same user only" refused userinfo-other
check "and told in the audit log" reason "sub is not the ID token's"
check "an answer about nobody is refused" refused userinfo-nobody
check "an answer that refuses is one" refused userinfo-refused
echo userinfo-sick >"$P/mode"
check "what cannot be asked now is to be tried again" is "503 " log_in
echo good >"$P/mode"
user s-carl carl guests
check "who has no role is refused" refused good
check "and told in the audit log" reason "no role"
user s-anna anna staff
check "new keys are fetched once, not again within a minute" keys_change
new_keys four
anew
check "a disabled user is refused, under another name too" disabled
check "who has lost all roles has no session either" roles_are_gone
check "a password for such a user is refused" says 'identity provider' \
	cw user passwd anna --password-file "$T/password"
check "a provider that is sick locks nobody out" sick
check "logging out ends the session" logged_out
log_in >/dev/null
token=$(make_token)
jar=jar.ben
curl -s -o /dev/null --cacert "$T/both.crt" -c "$T/$jar" \
	-H 'Content-Type: application/json' \
	-d '{"user":"ben","password":"correct horse battery"}' \
	"https://$enroll/api/v1/session"
bens=$(make_token)
jar=jar
cp "$T/jar" "$T/jar.anna"
if command -v chromium >/dev/null && [ "$B" = build ]; then
	SHOTS=build/page-oidc
	page_ready
	anew
	page_run oidc "https://$enroll"
fi
check "a discovery document of 10 MiB is refused" unusable huge \
	"larger than 262144 bytes"
check "a discovery that leads to another host is not followed" \
	unusable redirect "answered 302"
check "another issuer's document is refused" unusable impostor \
	"is another issuer's"
stop "$provider"
check "a provider that is down is told, and passwords still work" \
	unusable good "127.0.0.1"
check "a password lets in meanwhile" says '"role":"viewer"' \
	curl -s --cacert "$T/both.crt" -H 'Content-Type: application/json' \
	-d '{"user":"ben","password":"correct horse battery"}' \
	"https://$enroll/api/v1/session"
check "the provider's secret is nowhere" no_secret
check "an API token lasts as long as the provider is the configured one" \
	is 200 with_token "$token"
check "and so does a session" eval 'jar=jar.anna is 200 status_of_me'
check "the collector ends in order" stop "$serve"
sed -i 's/^issuer = .*/issuer = https:\/\/other.test/' "$T/collector.ini"
collector_start
check "with another provider, tokens of users of this one are refused" \
	is 401 with_token "$token"
check "so are their sessions" eval 'jar=jar.anna is 401 status_of_me'
check "others' are not" is 200 with_token "$bens"
stop "$serve"
collector_config
check "without a provider there is no such login" eval \
	'collector_start && is 404 curl -s -o "$T/body" -w "%{http_code}" \
	--cacert "$C/ca.crt" "https://$enroll/api/v1/oidc/login"'
check "and tokens of a provider's users are refused" is 401 with_token "$token"
finish
