#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A key that signs commands and never leaves its PKCS#11 token.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. tests/e2e/lib.sh
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh

softhsm=$(sed -n 's/^module: *//p' /usr/share/p11-kit/modules/softhsm2.module \
	2>/dev/null)
[[ $softhsm == /* ]] || softhsm=$(ls /usr/lib/*/pkcs11/"$softhsm" \
	/usr/lib/softhsm/"$softhsm" 2>/dev/null | head -1)
if [ ! -e "$softhsm" ] || ! command -v softhsm2-util >/dev/null; then
	skip "a key in a token signs orders" "no SoftHSM"
	finish
fi
export SOFTHSM2_CONF=$T/softhsm2.conf
mkdir "$T/tokens"
printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
	"$T/tokens" >"$SOFTHSM2_CONF"
for label in Ops Other; do
	softhsm2-util --init-token --free --label "$label" --so-pin 12345678 \
		--pin 9753186420 >/dev/null || exit 1
done
printf '9753186420\n' >"$T/pin"
printf '0000\n' >"$T/wrong"
chmod 600 "$T/pin" "$T/wrong"
module="module-path=$softhsm"
uri="pkcs11:token=Ops;object=orders?$module&pin-source=$T/pin"

check "a collector starts" collector_new
check "a PIN in the URI is refused" says 'pin-value: a PIN there can be read' \
	cw key create --pkcs11 "pkcs11:token=Ops?$module&pin-value=9753186420"
check "without a terminal and a file there is no PIN" \
	says 'there is no terminal' \
	setsid -w "$B/certwalk-collector" key create \
	--config "$T/collector.ini" --pkcs11 "pkcs11:token=Ops?$module"
chmod 644 "$T/pin"
check "a PIN that others may read is refused" says 'others may read it' \
	cw key create --pkcs11 "$uri"
chmod 600 "$T/pin"
check "a wrong PIN is told" says 'the PIN is wrong' \
	cw key create --pkcs11 "pkcs11:token=Ops?$module&pin-source=$T/wrong"
check "several tokens that fit are told" says '2 tokens fit' \
	cw key create --pkcs11 "pkcs11:?$module&pin-source=$T/pin"
check "a token that is not there is told" says 'there is no such token' \
	cw key create --pkcs11 "pkcs11:token=None?$module&pin-source=$T/pin"
make_key() { cw key create --pkcs11 "$uri" >"$T/key"; }
check "a key is made in the token" make_key
check "its address is told, without the PIN" \
	grep -qx "pkcs11:token=Ops;serial=[0-9a-f]*;object=orders;id=.*" "$T/key"
check "it cannot be taken out" says 'never extractable' \
	pkcs11-tool --module "$softhsm" --token-label Ops --login \
	--pin 9753186420 -O
check "the same one is not made twice" says 'has a key "orders" already' \
	cw key create --pkcs11 "$uri"
check "the list has its public half" \
	says "^$(cut -d' ' -f1 <"$T/key" | head -1) .*active .*pkcs11:token=Ops" \
	cw key list

agent_config "collector.heartbeat = 1s" "collector.wait = 20s" \
	"agent.interval = 1h"
printf '[commands]\ndir = %s\n' "$T/commands" >>"$T/agent.ini"
check "a host enrols" agent_enroll
agent_start
orders() { cw command list --format jsonl | jq -r .state | sort | uniq -c |
	tr -s ' \n' ' '; }
check "it signs an order" cw command send --all --action scan-now --key "$uri"
check "that the host takes" until_true 30 says '^ 1 done $' orders

by_file() {
	local id=''

	id=$(cw command send --all --action report-config --unsigned |
		cut -d' ' -f1) &&
	cw command show "$id" --out "$T/order" >/dev/null &&
	! cw command sign "$T/order" --key \
		"pkcs11:token=Other?$module&pin-source=$T/pin" &&
	"$B/certwalk-collector" command sign "$T/order" --key "$uri" &&
	cw command submit "$T/order"
}
check "an order in a file too" by_file
check "and the host takes it" until_true 30 says '^ 2 done $' orders
by_terminal() {
	python3 tests/e2e/pty_line.py 9753186420 "$B/certwalk-collector" \
		command send --config "$T/collector.ini" --all \
		--action scan-now --key "pkcs11:token=Ops?$module" >"$T/typed"
}
check "the PIN is asked for on a terminal" by_terminal
check "without an echo" says '^0$' grep -c 9753186420 "$T/typed"
check "and the host takes that order" until_true 30 says '^ 3 done $' orders
stop "$agent"
check "the PIN is nowhere" says '^$' \
	grep -rlF 9753186420 "$C" "$T/commands" "$T/agent.log" "$T/key" \
	"$T/serve.log"
finish
