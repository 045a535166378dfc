#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Listening sockets: whose they are, in which network namespace, and what they
# serve.  All of it in namespaces of the test's own.
# shellcheck source=tests/e2e/lib.sh
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up; then
	skip "listening sockets are asked" "no namespaces here"
	finish
fi

mkdir "$T/empty"
printf '[req]\ndistinguished_name = dn\n[dn]\n' >"$T/req.cnf"
for name in one two; do
	openssl req -config "$T/req.cnf" -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$name.key" -out "$T/$name.pem" -days 30 \
		-subj "/CN=$name.test" 2>/dev/null
done
sha256() {
	openssl x509 -in "$T/$1.pem" -outform der | sha256sum | cut -c1-64
}
one=$(sha256 one)
two=$(sha256 two)
serve() {	# serve NAME ADDRESS:PORT [IN...]
	local name=$1 at=$2

	shift 2
	start "server.$at" "$@" openssl s_server -accept "$at" -quiet \
		-cert "$T/$name.pem" -key "$T/$name.key"
}
scan() {
	"$B/certwalk" scan --format jsonl --ports "$T/empty" \
		>"$T/out" 2>"$T/err"
}
tells() {	# tells JQ-FILTER: of some line
	jq -se "any(.[]; $1)" "$T/out" >/dev/null ||
		{ head -c 4000 "$T/out"; return 1; }
}
none_tells() { ! tells "$1" >/dev/null; }
note() { tells ".kind == \"coverage\" and any(.notes[]; test(\"$1\"))"; }

scan
check "a host without sockets says so" note \
	"listening sockets: 0 in 1 network namespaces, 0 with TLS"

# ------------------------------------------------------------------ sockets
serve one 127.0.0.1:4430
serve one '*:4431'
serve two '[::1]:4432'
# workers that share a port and serve different certificates, a port without
# TLS, one that never answers, and UDP
cat >"$T/sockets.py" <<'EOF'
import os, signal, socket, ssl, sys, time
def listen(port, kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(('127.0.0.1', port))
    if kind == socket.SOCK_STREAM:
        s.listen(64)
    return s
def worker(name):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(f'{sys.argv[1]}/{name}.pem', f'{sys.argv[1]}/{name}.key')
    s = listen(4433)
    while True:
        k, _ = s.accept()
        try:
            k.settimeout(5)
            c.wrap_socket(k, server_side=True).close()
        except OSError:
            pass
for name in ('one', 'two', 'one', 'two'):
    if os.fork() == 0:
        worker(name)
silent = listen(4434)
udp = listen(4435, socket.SOCK_DGRAM)
plain = listen(4436)
while True:
    k, _ = plain.accept()
    k.send(b'hello, who are you?\r\n')
    k.close()
EOF
start sockets python3 "$T/sockets.py" "$T"
# a network namespace of its own, with the same port, by a program whose name
# tries to look like other lines
hostile=$T/$'ssl) S 1\n0::\xff'
cp "$(command -v openssl)" "$hostile"
start other unshare -n bash -c 'ip link set lo up; exec "$@"' - "$hostile" \
	s_server -accept 127.0.0.1:4430 -quiet -cert "$T/two.pem" \
	-key "$T/two.key"
listens() {
	ss -Hltn | grep -q ":$1 "
}
other_listens() {
	nsenter -t "$(pgrep -f 's_server -accept 127.0.0.1:4430 .*two' |
		tail -n 1)" -n ss -Hltn | grep -q ':4430 '
}
for port in 4430 4431 4432 4433 4434 4436; do
	until_true 10 listens "$port"
done
until_true 10 other_listens
all_workers() { [ "$(ss -Hltn 'sport = 4433' | wc -l)" = 4 ]; }
until_true 10 all_workers
scan

served() {	# served ADDRESS PORT SHA256 FILTER
	tells ".kind == \"certificate\" and .address == \"$1\" and
		.port == $2 and .sha256 == \"$3\" and ($4)"
}
check "a socket of one address is asked" served 127.0.0.1 4430 "$one" \
	'.netns == null'
check "its process is told" served 127.0.0.1 4430 "$one" \
	'.process | test("/openssl$")'
check "one of any address, IPv4 and IPv6" served :: 4431 "$one" true
check "one of IPv6" served ::1 4432 "$two" true
check "one in another network namespace" served 127.0.0.1 4430 "$two" \
	'.netns | test("^[0-9]+$")'
check "a hostile name of a program is told as it is" served 127.0.0.1 4430 \
	"$two" '.process | test("ssl\\) S 1\n0::")'
check "workers that differ are both seen" served 127.0.0.1 4433 "$one" true
check "the second too" served 127.0.0.1 4433 "$two" true
check "what has no TLS is told" tells '.kind == "endpoint" and .port == 4436 and
	.failure != null'
check "what never answers is a gap" tells '.kind == "coverage" and
	any(.gaps[]; .gap == "timeout" and .path == "127.0.0.1:4434")'
check "UDP is listed" tells '.kind == "endpoint" and .port == 4435 and
	.transport == "udp"'
check "the endpoint has its facts" tells '.kind == "endpoint" and
	.port == 4430 and .tls_version != null and .cipher != null'
check "the coverage counts" note "in 2 network namespaces"
check "nothing is logged" [ ! -s "$T/err" ]
check "no argument of a process is told" none_tells \
	'tostring | test("accept|two.key")'
check "people see them" says 'CN=two.test.* 127.0.0.1:4430 net:\[' \
	"$B/certwalk" scan --ports "$T/empty"

# ---------------------------------------------------------- without privileges
chmod 755 "$T" "$T/empty"
ports_of_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$B/certwalk" scan \
		--format jsonl --ports "$T/empty" >"$T/out"
}
check "without root it works too" ports_of_nobody
check "what can be reached is asked" served 127.0.0.1 4430 "$one" true
check "the rest is a gap" tells '.kind == "coverage" and any(.gaps[];
	.path == "/proc" and (.reason | test("hidden")))'
check "and processes are unknown" note "of unknown processes: [1-9]"
finish
