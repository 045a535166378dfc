#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PKCS#11 tokens: what SoftHSM shows without a PIN, and modules that crash, hang
# or tell absurd sizes.
# shellcheck source=tests/e2e/lib.sh
# modules are set up in a mount namespace of the test's own
if [ -z "${IN_NAMESPACE:-}" ]; then
	unshare -m --propagation private true 2>/dev/null &&
		IN_NAMESPACE=1 exec unshare -m --propagation private "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

softhsm=$(sed -n 's/^module: *//p' /usr/share/p11-kit/modules/softhsm2.module \
	2>/dev/null)
modules=$T/modules
mkdir "$modules" "$T/tokens" "$T/empty"
if [ -z "${IN_NAMESPACE:-}" ] || [ -d /etc/pkcs11/modules ] ||
	[ -z "$softhsm" ] || ! command -v pkcs11-tool >/dev/null ||
	! mount --bind "$modules" /usr/share/p11-kit/modules; then
	skip "PKCS#11 tokens are read" "no SoftHSM, OpenSC or mount namespace"
	finish
fi
mounts+=(/usr/share/p11-kit/modules)
export SOFTHSM2_CONF=$T/softhsm2.conf
printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
	"$T/tokens" >"$SOFTHSM2_CONF"

scan() {	# scan ARGUMENT...
	"$B/certwalk" scan --format jsonl "$@" >"$T/out" 2>"$T/err"
}
tells() {	# tells JQ-FILTER: of some line
	jq -se "any(.[]; $1)" "$T/out" >/dev/null ||
		{ head -c 3000 "$T/out"; return 1; }
}
none_tells() { ! tells "$1" >/dev/null; }
gap() {		# gap KIND PATH REASON
	tells ".kind == \"coverage\" and any(.gaps[]; .gap == \"$1\" and
		.path == \"$2\" and (.reason | test(\"$3\")))"
}
tool() { pkcs11-tool --module "$softhsm" --token-label 'My token' "$@"; }
login() { tool --login --pin 1234 "$@"; }

# ------------------------------------------------------------------ no module
scan --pkcs11 tokens "$T/empty"
check "a host without modules says so" tells '.kind == "coverage" and
	any(.notes[]; . == "PKCS#11: modules: 0, tokens looked at: 0")'

# ------------------------------------------------------------------- SoftHSM
echo "module: $softhsm" >"$modules/softhsm2.module"
make_token() {
	softhsm2-util --init-token --free --label 'My token' --so-pin 12345678 \
		--pin 1234 &&
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/web.key" \
		-out "$T/web.pem" -days 30 -subj /CN=web.test &&
	openssl x509 -in "$T/web.pem" -outform der -out "$T/web.der" &&
	openssl rsa -in "$T/web.key" -outform der -out "$T/web.rsa" &&
	login --write-object "$T/web.der" --type cert --id 42 --label web &&
	login --write-object "$T/web.rsa" --type privkey --id 42 --label web &&
	login --keypairgen --key-type EC:prime256v1 --id 17 --label made
}
check "a token is made" make_token
sha256=$(sha256sum <"$T/web.der" | cut -c1-64)
serial=$(tool -L 2>/dev/null | sed -n 's/^ *serial num *: *//p' | head -n 1)
uri="pkcs11:token=My%20token;serial=$serial?module-name=softhsm2"
scan --pkcs11 tokens "$T/empty"
check "its certificate is found" tells ".kind == \"certificate\" and
	.sha256 == \"$sha256\" and .path == \"$uri\" and .entry == \"web\" and
	.object_id == \"42\" and .format == \"pkcs11\" and
	.token == \"My token\" and .module == \"softhsm2\""
check "a public key too" tells '.kind == "public-key" and .curve == "P-256" and
	.entry == "made"'
check "the token is a keystore" tells ".kind == \"keystore\" and
	.path == \"$uri\" and .encrypted"
check "a hidden private key is not, and that is a gap" none_tells \
	'.kind == "private-key"'
check "with the token's address" gap locked "$uri" "need the PIN"
check "no PIN was tried" says 'token flags.*initialized' tool -L
check "nothing is said besides" [ ! -s "$T/err" ]
mkdir "$T/keys" && cp "$T/web.key" "$T/keys"
scan --pkcs11 tokens "$T/keys"
check "a key in a file belongs to the token's certificate" tells \
	".kind == \"private-key\" and .matches == \"elsewhere\" and
	.matches_path == \"$uri\""
scan "$T/empty"
check "where paths are given, tokens are left out" none_tells '.token'
"$B/certwalk" scan --pkcs11 some "$T/empty" >/dev/null 2>&1
check "an unknown word is refused" [ $? = 2 ]
check "people see it too" says 'locked: pkcs11:token=My%20token' \
	"$B/certwalk" scan --pkcs11 tokens "$T/empty"

# ------------------------------------------------- modules that are left out
printf 'module: %s\nenable-in: ssh\n' "$softhsm" >"$modules/softhsm2.module"
scan --pkcs11 tokens "$T/empty"
check "a module for other programs is left alone, and told" tells \
	'any(.notes[]?; test("not enabled for certwalk: 1"))'
printf 'module: %s\ntrust-policy: yes\n' "$softhsm" >"$modules/softhsm2.module"
scan --pkcs11 tokens "$T/empty"
check "trust anchors are left out, and told" tells \
	'any(.notes[]?; test("trust anchors, left out: 1"))'
scan --pkcs11 all "$T/empty"
check "unless all are wanted" tells '.token == "My token"'
echo "remote: |true" >"$modules/far.module"
echo "nonsense" >"$modules/broken.module"
echo "module: /nonexistent/x.so" >"$modules/none.module"
scan --pkcs11 all "$T/empty"
check "a remote module is a gap" gap unsupported \
	"pkcs11:?module-name=far" "through a program"
check "a broken file is a gap" gap malformed \
	"pkcs11:?module-name=broken" "not a module"
check "a library that is missing is a gap" gap unreadable \
	"pkcs11:?module-name=none" "cannot be loaded"
check "and the others are read" tells '.token == "My token"'
rm "$modules"/*.module

# ----------------------------------------------------- modules that misbehave
echo "module: $softhsm" >"$modules/softhsm2.module"
echo "module: $(realpath "$B")/e2e/pkcs11_bad.so" >"$modules/bad.module"
printf '[scan]\nparse_timeout = 8s\n' >"$T/agent.ini"
bad() {		# bad HOW
	BAD_MODULE=$1 scan --config "$T/agent.ini" --pkcs11 tokens "$T/empty"
	tells '.token == "My token" and .kind == "certificate"'
}
bad=pkcs11:?module-name=bad
check "a module that crashes costs no other" bad crash
check "and is told" gap crashed "$bad" "signal 11"
check "nothing of it is in the log" says '^$' grep noise "$T/err"
check "one that crashes when it is loaded" bad early
check "is told" gap crashed "$bad" "signal 11"
check "one that hangs" bad hang
check "is told" gap timeout "$bad" "longer than parse_timeout"
check "one that ends the process" bad exit
check "is told" gap crashed "$bad" "exited"
check "one that fails" bad refuse
check "is told" gap unreadable "$bad" "cannot be started: error 0x30"
check "one with countless slots" bad slots
check "is told" gap unreadable "$bad" "more than 256 slots"
check "one with a negative number of objects" bad objects
check "is told" tells 'any(.gaps[]?; .reason | test("does not list all"))'
check "one with endless objects of absurd size" bad absurd
check "is told" tells '.entry == "" and .module == "bad" or
	any(.gaps[]?; .path | test("module-name=bad"))'
check "one that writes and executes" bad escape
check "could do neither" [ ! -e /tmp/certwalk-escaped ]
finish
