#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certwalk probe: what openssl's own server serves and accepts is told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

make_ca root
make_leaf rsa.test root rsa
make_leaf ec.test root
make_leaf other.test root
endpoint='select(.kind == "endpoint") |'
leaf='select(.kind == "certificate" and .chain_position == 1) |'

start_openssl rsa.test -cert_chain "$T/root.pem" -groups X25519
both=$port
check "the chain is told as it is sent" is \
	"[\"$(fingerprint rsa.test)\",\"$(fingerprint root)\"]" \
	probed "$both" "$endpoint .chain_sha256"
check "a chain that ends in a root is complete" is complete \
	probed "$both" "$endpoint .chain"
check "both versions are accepted" is '["TLSv1.2","TLSv1.3"]' \
	probed "$both" "$endpoint .versions"
check "the highest version is told with suite and group" is \
	'["TLSv1.3","TLS_AES_256_GCM_SHA384","x25519"]' \
	probed "$both" "$endpoint [.tls_version, .cipher, .group]"
check "the certificate's facts are told" is \
	'["CN=rsa.test","RSA",2048,["rsa.test"]]' probed "$both" \
	"$leaf [.subject, .key_alg, .key_bits, .dns_names]"
check "the coverage is the last line" is '["coverage",1,1,{}]' \
	probed "$both" 'select(input_line_number > 0) |
	select(.kind == "coverage") | [.kind, .targets, .answered, .failures]'

start_openssl ec.test -tls1_3
only13=$port
check "the certificate of a server of TLS 1.3 only is read" is \
	"[\"$(fingerprint ec.test)\"]" probed "$only13" "$endpoint .chain_sha256"
check "and no other version is accepted" is '["TLSv1.3"]' \
	probed "$only13" "$endpoint .versions"
check "a leaf alone is an open chain" is open \
	probed "$only13" "$endpoint .chain"

start_openssl ec.test -tls1_2 -Verify 1 -CAfile "$T/root.pem"
check "that a client certificate is asked for is told, and whose" is \
	'[true,["CN=root"],["TLSv1.2"]]' probed "$port" \
	"$endpoint [.asks_client, .client_authorities, .versions]"
start_openssl ec.test -tls1_3 -Verify 1 -CAfile "$T/root.pem"
check "with TLS 1.3 too" is '[true,["CN=root"]]' probed "$port" \
	"$endpoint [.asks_client, .client_authorities]"

start_openssl rsa.test -dcert "$T/ec.test.pem" -dkey "$T/ec.test.key"
check "certificates with both types of key are found" is 'EC
RSA' eval "probed $port '$leaf .key_alg' | sort"
start_openssl rsa.test -dcert "$T/ec.test.pem" -dkey "$T/ec.test.key" -tls1_3
check "with TLS 1.3 only, too" is 'EC
RSA' eval "probed $port '$leaf .key_alg' | sort"

start_openssl rsa.test -servername other.test -cert2 "$T/other.test.pem" \
	-key2 "$T/other.test.key"
check "each name gets its own certificate, no name the default one" is \
	'[null,"CN=rsa.test"]
["other.test","CN=other.test"]' probed "$port" "$leaf [.sni, .subject]" \
	--quick --sni other.test

start_openssl rsa.test -cipher ALL:@SECLEVEL=0 -min_protocol TLSv1
check "old versions are found with any libcrypto" is \
	'["TLSv1.0","TLSv1.1","TLSv1.2","TLSv1.3"]' \
	probed "$port" "$endpoint .versions"

start_openssl rsa.test -alpn http/1.1
check "the application's protocol is told" is http/1.1 \
	probed "$port" "$endpoint .alpn"

# stub BACKEND GROUP...: a server that takes these groups, its port in $port
stub() {
	start "stub-$2" python3 tests/e2e/probe_stub.py "$@"
	until_true 10 test -s "$T/stub-$2.log" && port=$(cat "$T/stub-$2.log")
}
start_openssl rsa.test -tls1_2
backend=$port
stub "$backend" 11ec 11ed 1d
check "hybrid groups are told, with any libcrypto" is \
	'[["X25519MLKEM768","SecP384r1MLKEM1024"],"X25519MLKEM768"]' \
	probed "$port" "$endpoint [.hybrid_groups, .group]"
stub "$backend" 11eb
check "all of them" is '[["SecP256r1MLKEM768"],["TLSv1.2","TLSv1.3"]]' \
	probed "$port" "$endpoint [.hybrid_groups, .versions]"
stub "$backend" 17 11ec
check "also where the server prefers another" is \
	'[["X25519MLKEM768"],"secp256r1"]' \
	probed "$port" "$endpoint [.hybrid_groups, .group]"

start workers python3 tests/e2e/probe_workers.py "$T/rsa.test.pem" \
	"$T/rsa.test.key" "$T/other.test.pem" "$T/other.test.key"
until_true 10 test -s "$T/workers.log"
check "a worker that differs is seen" is '["CN=other.test","CN=rsa.test"]
["mixed"]' eval "probe --quick --repeat 40 127.0.0.1:$(cat "$T/workers.log") |
	jq -sc '(map($leaf .subject) | sort),
		(map($endpoint .state) | unique)'"

# the process of the probe role, below ours
role() {
	pgrep -P "$1"
}
start_openssl rsa.test
good=$port
start silent python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(900)'
until_true 10 test -s "$T/silent.log"
# so long that it cannot be over before the role is killed
start killed "$B/certwalk" probe --timeout 15s --format jsonl \
	"127.0.0.1:$good" "127.0.0.1:$(cat "$T/silent.log")"
killed=$pid
until_true 10 eval "role $killed >$T/role"
until_true 10 grep -q rsa.test "$T/killed.log"
kill -KILL "$(cat "$T/role")"
check "what a death of the probe interrupts is asked again" \
	eval "wait $killed && jq -rc '$endpoint .failure // .chain' \
	<(grep ^{ $T/killed.log) | tr '\\n' ' ' | grep -x 'open timeout '"

check "and the death is told" grep -q 'was killed by signal 9' "$T/killed.log"

start killed-twice "$B/certwalk" probe --timeout 200s --format jsonl \
	"127.0.0.1:$(cat "$T/silent.log")"
killed=$pid
for again in 1 2; do
	until_true 10 eval "role $killed >$T/role"
	kill -KILL "$(cat "$T/role")"
	until_true 10 has_ended "$(cat "$T/role")"
done
check "what the probe dies of alone is told as its death" \
	eval "! wait $killed && jq -r '$endpoint .failure' \
	<(grep ^{ $T/killed-twice.log) | grep -x crashed"

free=$(free_port)
check "a port that is closed is told, and the exit status is 4" \
	exits 4 "$B/certwalk" probe "127.0.0.1:$free"
check "why is told" is '["refused","Connection refused"]' \
	probed "$free" "$endpoint [.failure, .reason]"
check "one of several that answers is enough" exits 0 \
	"$B/certwalk" probe "127.0.0.1:$free,$both"
check "a wrong target is wrong usage" exits 2 "$B/certwalk" probe 127.0.0.1:0
check "a wrong protocol is wrong usage" exits 2 \
	"$B/certwalk" probe --starttls nothing 127.0.0.1:1
check "no target is wrong usage" exits 2 "$B/certwalk" probe
check "the table names version, chain and subject" \
	says 'TLSv1.3 .* complete +CN=rsa.test' \
	"$B/certwalk" probe "127.0.0.1:$both"
finish
