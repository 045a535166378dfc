#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No byte of a private key leaves its file: all that the agent's processes
# write (strace), all that agent and collector say to each other (a recorder
# between them, which has both keys), and all that both keep on disk is
# searched for key material, raw, in base64 and in hex.  The same for the
# passwords of keystores, from an application's configuration and our own.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

if ! can_trace; then
	skip "no secret leaves" "no strace here, or it may not trace"
	finish
fi

# keys of every kind, in every dress that is at hand
key() { openssl genpkey -out "$tree/$1" "${@:2}" 2>/dev/null; }
key rsa.pem -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key ec.pem -algorithm EC -pkeyopt ec_paramgen_curve:P-256
key ed.pem -algorithm ED25519
openssl rsa -in "$tree/rsa.pem" -traditional -out "$tree/rsa1.pem" 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in "$tree/ec.pem" -outform der \
	-out "$tree/ec.der"
openssl ec -in "$tree/ec.pem" -outform der -out "$tree/ec1.der" 2>/dev/null
openssl pkcs8 -topk8 -in "$tree/ed.pem" -passout pass:changeit \
	-out "$tree/ed-locked.pem"
openssl req -x509 -key "$tree/rsa.pem" -subj /CN=leak.test -days 9 \
	-out "$tree/cert.pem"
openssl pkcs12 -export -inkey "$tree/rsa.pem" -in "$tree/cert.pem" \
	-passout pass:changeit -out "$tree/store.p12"
openssl pkcs12 -export -inkey "$tree/rsa.pem" -in "$tree/cert.pem" \
	-passout pass: -out "$tree/open.p12"
mkdir "$tree/conf"
openssl pkcs12 -export -inkey "$tree/rsa.pem" -in "$tree/cert.pem" \
	-passout pass:Leak-of-tomcat -out "$tree/conf/tomcat.p12"
openssl pkcs12 -export -inkey "$tree/rsa.pem" -in "$tree/cert.pem" \
	-passout pass:Leak-of-config -out "$tree/own.p12"
printf '<Server><Connector keystoreFile="%s" keystorePass="%s"/></Server>' \
	conf/tomcat.p12 Leak-of-tomcat >"$tree/conf/server.xml"
(umask 077 && echo Leak-of-config >"$T/passwords")
python3 - "$tree" <<-'END'
	import base64, json, sys
	pem = open(sys.argv[1] + '/rsa.pem').read()
	json.dump({'key': pem}, open(sys.argv[1] + '/key.json', 'w'))
	with open(sys.argv[1] + '/secret.yaml', 'w') as f:
	    f.write('apiVersion: v1\nkind: Secret\ndata:\n  tls.key: '
	            + base64.b64encode(pem.encode()).decode() + '\n')
END
command -v ssh-keygen >/dev/null &&
	ssh-keygen -q -t ed25519 -N '' -f "$tree/id_ed25519"
cp "$tree"/*.pem "$T/"	# what the search looks for

check "a collector starts" collector_new
agent_config "agent.interval = 1h" "collector.heartbeat = 1s" \
	"passwords.keystore = $tree/own.* $T/passwords" \
	"scan.server_config = tomcat:$tree/conf/server.xml"
check "the agent enrols" agent_enroll

# the collector moves; the recorder takes its place
front=${agents##*:}
stop "$serve"
collector_config
check "the collector is behind the recorder now" collector_start
cat >"$T/recorder.py" <<-'END'
	import socket, ssl, sys, threading
	front, back, c, a, out = sys.argv[1:]
	log = open(out, 'wb', buffering=0)
	server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	server.load_cert_chain(c + '/server.pem')
	server.load_verify_locations(c + '/ca.crt')
	server.verify_mode = ssl.CERT_REQUIRED
	client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	client.load_verify_locations(c + '/ca.crt')
	client.load_cert_chain(a)
	def pump(x, y):
	    try:
	        while data := x.recv(65536):
	            log.write(data); y.sendall(data)
	    except OSError: pass
	    for s in x, y:
	        try: s.shutdown(socket.SHUT_RDWR)
	        except OSError: pass
	def serve(raw):
	    try:
	        x = server.wrap_socket(raw, server_side=True)
	        y = client.wrap_socket(socket.create_connection(('127.0.0.1',
	            int(back))), server_hostname='127.0.0.1')
	    except OSError as e:
	        print(e, flush=True); return
	    threading.Thread(target=pump, args=(x, y), daemon=True).start()
	    pump(y, x)
	l = socket.create_server(('127.0.0.1', int(front)))
	while True:
	    threading.Thread(target=serve, args=(l.accept()[0],),
	                     daemon=True).start()
END
# the identity file, as what Python's ssl reads
awk '/-----BEGIN/,/-----END/' "$A/identity.pem" >"$T/identity.pem"
start recorder python3 "$T/recorder.py" "$front" "${agents##*:}" "$C" \
	"$T/identity.pem" "$T/wire.log"

start agent strace -f -qq -xx -s 1000000 -o "$T/strace.log" \
	-e trace=write,writev,pwrite64,sendto,sendmsg,sendmmsg \
	"$certwalk" agent --config "$T/agent.ini"
agent=$pid
check "the agent gets in sync through the recorder" until_true 60 in_sync
supervisor=$(pgrep -P "$agent")
"$certwalk" scan --config "$T/agent.ini" --format jsonl "$tree" \
	>"$T/scan.jsonl" 2>"$T/scan.log"
check "the keys were found" test "$(grep -c '"kind":"private-key"' \
	"$T/scan.jsonl")" -ge 10
cw inventory --format jsonl >"$T/inventory.jsonl"
supervisor=$(pgrep -P "$agent")
pkill -TERM -P "$agent"
until_true 20 no_roles
wait "$agent" # strace has written all of it
stop "$serve"

cat >"$T/search.py" <<-'END'
	import base64, re, subprocess, sys
	def secrets(path):
	    text = subprocess.run(['openssl', 'pkey', '-in', path, '-noout',
	        '-text'], capture_output=True, text=True).stdout
	    for name, body in re.findall(
	            r'^(privateExponent|prime1|prime2|exponent1|coefficient|priv):'
	            r'\n((?: +[0-9a-f:]+\n)+)', text, re.M):
	        yield path + ' ' + name, bytes.fromhex(
	            re.sub(r'[^0-9a-f]', '', body)).lstrip(b'\0')
	def dresses(s):
	    part = s[:24]	# a part is a leak too
	    for p in (part, s[-24:]):
	        yield p
	        yield p.hex().encode()
	        yield p.hex().upper().encode()
	        for cut in range(3):
	            b = base64.b64encode(p[cut:])
	            yield b[:len(b) // 4 * 4 - 4]
	keys, places = sys.argv[1].split(':'), sys.argv[2:]
	found = [x for k in keys for x in secrets(k)]
	if len(found) < int(len(keys)):
	    sys.exit('no key material to look for')
	data = {}
	for p in places:
	    data[p] = open(p, 'rb').read()
	    if p.endswith('strace.log'):
	        data[p] = b'\n'.join(bytes.fromhex(h.decode().replace('\\x', ''))
	            for h in re.findall(rb'"((?:\\x[0-9a-f]{2})+)"', data[p]))
	    data[p] += b'\0' + data[p].replace(b'\n', b'').replace(b'\\n', b'')
	    if len(data[p]) < 2: sys.exit(p + ' is empty')
	bad = [f'{n} in {p}' for n, s in found for d in dresses(s)
	       for p in places if d in data[p]]
	print('\n'.join(sorted(set(bad))))
	sys.exit(bool(bad))
END
keys=$T/rsa.pem:$T/ec.pem:$T/ed.pem
check "the search finds a key where there is one" exits 1 \
	python3 "$T/search.py" "$keys" "$tree/ec.der"
check "nor does base64 hide one" exits 1 \
	python3 "$T/search.py" "$keys" "$tree/rsa1.pem"
check "no key material in what the agent's processes write" \
	python3 "$T/search.py" "$keys" "$T/strace.log"
check "none in what agent and collector say to each other" \
	python3 "$T/search.py" "$keys" "$T/wire.log"
check "none in the agent's files" python3 "$T/search.py" "$keys" \
	"$A/current" "$A/acknowledged" "$A/status" "$A/identity.pem"
check "none in the collector's files" sh -c \
	"cat '$C'/collector.db* >'$T/db' && python3 '$T/search.py' '$keys' \
		'$T/db' '$T/inventory.jsonl'"
check "none in a scan's output" \
	python3 "$T/search.py" "$keys" "$T/scan.jsonl"
check "the agent's own key is in its identity file alone" exits 1 \
	python3 "$T/search.py" "$T/identity.pem" "$A/identity.pem"
check "and in nothing that was written or sent" python3 "$T/search.py" \
	"$T/identity.pem" "$T/strace.log" "$T/wire.log" "$A/current" "$T/db"
says_to() {	# says_to TEXT: process and call of each line of strace with it
	grep -F "$(printf %s "$1" | od -An -v -tx1 | tr -d '\n' |
		sed 's/ /\\x/g')" "$T/strace.log" |
		sed -E 's/^([0-9]+) +([a-z0-9]+)\(.*/\1 \2/' | sort -u
}
check "both passwords of configurations opened their keystore" sh -c \
	"grep -q '\"opened_by\":\"tomcat\"' '$T/scan.jsonl' &&
	grep -q '\"opened_by\":\"config\"' '$T/scan.jsonl'"
check "the line that names the keystore was read" grep -q \
	'"service":"tomcat"' "$T/scan.jsonl"
check "what an application's configuration names is not written or sent" \
	is '' says_to Leak-of-tomcat
check "what ours names goes from the supervisor to the parser alone" \
	is "$supervisor sendmsg" says_to Leak-of-config
check "neither is anywhere else" sh -c "! grep -aq Leak-of- '$T/wire.log' \
	'$A/current' '$A/acknowledged' '$A/status' '$T/db' '$T/scan.jsonl' \
	'$T/scan.log' '$T/agent.log'"
check "nor is a password" sh -c \
	"! grep -aq changeit '$T/wire.log' '$A/current' '$T/db' '$T/scan.jsonl'"
finish
