#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What lies in no file reaches the collector too: tokens and endpoints.  What
# could not be looked at is not taken for gone.
# shellcheck source=tests/e2e/lib.sh
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh

softhsm=$(sed -n 's/^module: *//p' /usr/share/p11-kit/modules/softhsm2.module \
	2>/dev/null)
modules=$T/modules
mkdir "$modules" "$T/tokens"
if [ -z "${IN_NAMESPACE:-}" ] || [ -d /etc/pkcs11/modules ] ||
	[ -z "$softhsm" ] || ! command -v pkcs11-tool >/dev/null ||
	! ip link set lo up ||
	! mount --bind "$modules" /usr/share/p11-kit/modules; then
	skip "tokens and endpoints are reported" "no SoftHSM or no namespaces"
	finish
fi
mounts+=(/usr/share/p11-kit/modules)
export SOFTHSM2_CONF=$T/softhsm2.conf
printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
	"$T/tokens" >"$SOFTHSM2_CONF"
make_certificates 1 1
make_token() {
	openssl x509 -in "$tree/1.pem" -outform der -out "$T/1.der" &&
	softhsm2-util --init-token --free --label Token --so-pin 12345678 \
		--pin 1234 &&
	pkcs11-tool --module "$softhsm" --token-label Token --login --pin 1234 \
		--write-object "$T/1.der" --type cert --id 42 --label web
}
check "a token is made" make_token
echo "module: $softhsm" >"$modules/softhsm2.module"
start server openssl s_server -accept 127.0.0.1:4430 -quiet \
	-cert "$tree/1.pem" -key "$tree/1.key"

check "a collector starts" collector_new
check "a key that signs orders" says '^[0-9a-f]{16} ' cw key create
agent_config 'scan.ports = yes' 'agent.interval = 2s' \
	'scan.parse_timeout = 4s' 'collector.heartbeat = 1s'
printf '[commands]\ndir = %s\n' "$T/commands" >>"$T/agent.ini"
check "the host is enrolled" agent_enroll
agent_start
places() {
	cw inventory --format jsonl | jq -c '.places[] | [.path, .address,
		.port, .token, .process]'
}
has() { places | grep -qF -- "$1"; }
lacks() { ! has "$1"; }
check "the file is listed" until_true 20 has "$tree/1.pem"
check "the token too" until_true 20 has '"Token"'
check "and the endpoint" until_true 20 has '"127.0.0.1",4430'
check "people see them" says 'pkcs11:token=Token|127.0.0.1:4430' cw inventory
check "with the process" has 'openssl'

# a module that hangs: its tokens are as they were
echo "module: $(realpath "$B")/e2e/pkcs11_bad.so" >"$modules/softhsm2.module"
stop "$agent"
export BAD_MODULE=hang
agent_start
scanned_twice() { [ "$(grep -c 'scanned .* files' "$T/agent.log")" -ge 2 ]; }
check "a module that hangs stops no scan" until_true 60 scanned_twice
sleep 2
check "a token of a module that hangs is not gone" has '"Token"'
rm "$modules/softhsm2.module"
check "that of one that is no longer there is" until_true 20 lacks '"Token"'
stop "$agent"

# an order has the listeners asked at once
agent_config 'scan.ports = yes' 'agent.interval = 1h' \
	'collector.heartbeat = 1s' 'collector.wait = 20s'
printf '[commands]\ndir = %s\n' "$T/commands" >>"$T/agent.ini"
agent_start
check "the agent has scanned" until_true 20 grep -q 'scanned .* files' \
	"$T/agent.log"
start second openssl s_server -accept 127.0.0.1:4431 -quiet \
	-cert "$tree/1.pem" -key "$tree/1.key"
check "a server more" until_true 10 grep -q ' 0100007F:114F ' /proc/net/tcp
check "probe-now is ordered" cw command send --all --action probe-now
check "its endpoint is listed" until_true 20 has '"127.0.0.1",4431'
check "the order is done" until_true 10 says '"state":"done"' \
	cw command list --format jsonl
stop "$agent"
finish
