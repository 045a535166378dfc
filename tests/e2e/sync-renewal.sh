#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent's own certificate: renewed, turned down, expired; an existing PKI.
. "$(dirname "$0")/lib.sh"
. tests/e2e/sync_lib.sh

serial() { openssl x509 -in "$T/agent/identity.pem" -noout -serial; }
is_renewed() { [ "$(serial)" != "$1" ]; }
begins() { # in seconds
	date -d "$(openssl x509 -in "$T/agent/identity.pem" -noout -startdate |
		cut -d = -f 2)" +%s
}

make_der
collector_config one '[agents]' 'heartbeat = 60' 'certificate_lifetime = 20s'
collector_init one
collector_start one
agent_config 'retry_max = 2' 'timeout = 5'
enroll "$(collector one token create)"
check 'the host enrols' [ $? = 0 ]
first=$(serial) begin=$(begins)
key=$(openssl pkey -in "$T/agent/identity.pem" -pubout)
driver_start
driver scan 0 10
check 'the first report arrives' until_true 30 in_sync 10
check 'it is renewed' until_true 30 is_renewed "$first"
check 'not before two thirds of its life' [ $(($(begins) - begin)) -ge 11 ]
check 'with a key of its own' \
	[ "$(openssl pkey -in "$T/agent/identity.pem" -pubout)" != "$key" ]
check 'for its owner alone' \
	[ "$(stat -c %a "$T/agent/identity.pem")" = 600 ]
check 'the successor has taken its place' [ ! -e "$T/agent/identity.next.pem" ]
driver scan 0 11
check 'and works' until_true 30 in_sync 11

# ------------------------------------------------ a successor that is no good
driver_stop
sed 's/^agent-id: .*/agent-id: somebody-else/' "$T/agent/identity.pem" \
	>"$T/agent/identity.next.pem"
echo garbage >>"$T/agent/identity.next.pem"
sed -i '/BEGIN CERT/,$d' "$T/agent/identity.next.pem"
chmod 600 "$T/agent/identity.next.pem"
driver_start
driver scan 0 12
check 'a broken successor is told and passed over' until_true 30 in_sync 12
check 'by name' grep -q 'identity.next.pem' "$T/agent.log"
driver_stop
rm "$T/agent/identity.next.pem"

# ------------------------------------------------------------------- expired
sleep 21
: >"$T/agent.log"
driver_start
driver scan 0 13
check 'an expired certificate is told' until_true 40 grep -q \
	'expired.*certwalk enroll' "$T/agent.log"
check 'in the status too' until_true 5 class_is revoked
check 'the identity stays' [ -s "$T/agent/identity.pem" ]
enroll --force "$(collector one token create)"
check 'enrolment anew is taken up by itself' until_true 30 in_sync 13
chmod 644 "$T/agent/identity.pem"
driver scan 0 14
check 'an identity that others can read is refused' until_true 30 class_is local
chmod 600 "$T/agent/identity.pem"
driver_stop
collector_stop

# ------------------------------------------------------------ an existing PKI
pki() {	# pki CA: makes it, and the host's certificate by it
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$1.key" -subj "/CN=our own CA" -days 1 \
		-addext basicConstraints=critical,CA:TRUE -out "$T/$1.crt"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/host.key" -subj "/CN=host7" -out "$T/host.csr"
	openssl x509 -req -in "$T/host.csr" -CA "$T/$1.crt" -CAkey \
		"$T/$1.key" -days 1 -out "$T/host.crt"
} 2>/dev/null
pki ours
echo "client_ca = $T/ours.crt" >>"$T/one/collector.ini"
collector_start one
rm -rf "$T/agent"
mkdir -m 700 "$T/agent"
agent_config 'retry_max = 2' 'timeout = 5' "certificate = $T/host.crt" \
	"key = $T/host.key" "ca = $T/one/ca.crt" \
	"url = https://localhost:$agents_port"
driver_start
driver scan 0 20
check "an existing PKI's certificate can be used" until_true 30 in_sync 20
openssl ecparam -name P-256 -genkey -noout -out "$T/host.new"
mv "$T/host.new" "$T/host.key"
driver scan 0 21
check 'files that change are read again' until_true 30 class_is local
check 'and what is wrong with them is told' until_true 10 grep -q \
	'host.key: not the key of the configured' "$T/agent.log"
pki another
driver scan 0 22
check 'a certificate of a CA that is not known is refused' until_true 30 \
	class_is refused
driver_stop
check 'the role ends cleanly' grep -q '^end 0$' "$T/driver.out"
finish
