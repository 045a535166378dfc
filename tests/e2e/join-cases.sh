#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What can differ between disk, process and wire besides a file that was
# replaced: another name's certificate, the chain, one worker of several, a
# network namespace of its own.
# shellcheck disable=SC2317 # functions are called by their names
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up ||
	! command -v nginx >/dev/null; then
	skip "endpoints are compared with disk" "no namespaces, or no nginx"
	finish
fi
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"
# shellcheck source=tests/e2e/join_lib.sh
. "$(dirname "$0")/join_lib.sh"

chmod 755 "$T"
make_authorities
for name in a b c d e k n w; do
	new_leaf "$name.test"
done
cp "$T/d.test.pem" "$T/d.test.chain"
conf() {	# conf [SERVER]: nginx.conf, with one more server
	{
		nginx_head nginx
		nginx_server 127.0.0.1:4451 a.test
		nginx_server 127.0.0.1:4452 c.test
		nginx_server 127.0.0.1:4453 d.test
		nginx_server 127.0.0.1:4454 e.test
		echo "${1:-} }"
	} >"$T/nginx.conf"
}
conf
start nginx nginx -p "$T" -c "$T/nginx.conf"
nginx=$pid
{
	nginx_head other
	nginx_server 127.0.0.1:4451 n.test
	echo '}'
} >"$T/other.conf"
start other unshare -n sh -c 'ip link set lo up; exec "$@"' - \
	nginx -p "$T" -c "$T/other.conf"
other=$pid
# workers that load their certificate when they begin, and share a port
cat >"$T/worker.py" <<'END'
import socket, ssl, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(('127.0.0.1', 4455))
s.listen(64)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1] + '/w.test.chain', sys.argv[1] + '/w.test.key')
while True:
    k, _ = s.accept()
    try:
        k.settimeout(5)
        c.wrap_socket(k, server_side=True).close()
    except OSError:
        pass
END
start worker python3 "$T/worker.py" "$T"
worker=$pid
# one that keeps its file open
sed "s/w.test/k.test/g; s/4455/4456/; s|^while|keep = open(sys.argv[1] + \
'/k.test.chain')\n&|" "$T/worker.py" >"$T/keeper.py"
start keeper python3 "$T/keeper.py" "$T"
keeper=$pid
for port in 4451 4454 4455 4456; do
	until_true 20 is_listening "$port"
done
until_true 20 nsenter -t "$other" -n bash -c 'exec 3<>/dev/tcp/127.0.0.1/4451'

scan_config >"$T/agent.ini"
scan
check "a name of the configuration is asked for" state_is 4451 live '' a.test
in_namespace() {
	jq -se 'any(.[]; .kind == "endpoint" and .netns != null and
		.sni == "n.test" and .state == "live" and .service == "nginx")' \
		"$T/out"
}
check "in a network namespace of its own it is live too" in_namespace
check "an intermediate that is on disk and not sent is missed" state_is 4453 \
	chain 'its issuer is not sent: CN=inter'
check "without a known line a file on disk is enough" state_is 4455 live ''
check "what was replaced is known by the file alone" file_is 4454 e.test.chain

# a server that was added, and a chain that was changed, without a reload
conf "$(nginx_server 127.0.0.1:4451 b.test)"
cat "$T/c.test.pem" "$T/inter2.pem" >"$T/c.test.chain"
scan
check "another name's certificate is told" state_is 4451 stale \
	'for b.test the configuration names .*b.test.chain .*nginx.conf:[0-9]+\), but the certificate of .*a.test.chain' \
	b.test
check "the name that it is for is live" state_is 4451 live '' a.test
check "its file is unserved" is_unserved b.test.chain
check "an intermediate that was replaced is told" state_is 4452 chain \
	'another intermediate certificate is sent than .*c.test.chain'

# one worker keeps a connection while the others have read the new file
cat >"$T/client.py" <<'END'
import socket, ssl, sys, time
c = ssl._create_unverified_context()
s = c.wrap_socket(socket.create_connection(('127.0.0.1', 4454)))
print('connected', flush=True)
time.sleep(1000)
END
start client python3 "$T/client.py"
client=$pid
until_true 20 grep -q connected "$T/client.log"
new_leaf e.test
new_leaf k.test
new_leaf w.test
start worker2 python3 "$T/worker.py" "$T"
nginx_reads "$nginx"
is_new() { [ "$(served "$1")" = "$(fingerprint "$2")" ]; }
check "nginx has read them again" until_true 20 is_new 4454 e.test
mixed() {	# mixed PATTERN
	jq -se "any(.[]; .kind == \"endpoint\" and .port == 4455 and
		.state == \"mixed\" and (.cause | test(\"$1\")))" "$T/out"
}
both_workers() { [ "$(ss -Hltn 'sport = 4455' | wc -l)" = 2 ]; }
until_true 20 both_workers
# which of two workers answers is by chance: a scan asks eight times, and may
# meet one of them alone
for _ in 1 2 3 4 5; do
	scan
	mixed 'this one is live' && mixed 'this one is stale' && break
done >"$T/mixed.log"
check "an old worker with an open connection is told" state_is 4454 mixed \
	'process [0-9]+ is older .* keeps connections'
check "the server that was added is live" state_is 4451 live '' b.test
check "so is the chain" state_is 4452 live ''
check "a file that was replaced and is still open is told" state_is 4456 stale \
	"k.test.chain .*process $keeper still has the file open that was"
check "workers that differ are mixed: one is live" mixed 'this one is live'
check "and the other is stale" mixed 'this one is stale: .*w.test.chain'
stop "$client"
stop "$worker"
old_is_gone() {
	scan
	state_is 4454 live ''
}
check "once its connection ends it is live" until_true 20 old_is_gone
check "with one worker left it is live" state_is 4455 live ''

with_sni() {
	"$B/certwalk" scan --config "$T/agent.ini" --format jsonl --ports \
		--sni x.test "$T" >"$T/out"
	state_is 4451 live '' x.test
}
check "a name of the command line is asked for" with_sni
fails_on() {
	rm -f "$T/b.test.chain"
	"$B/certwalk" scan --config "$T/agent.ini" --ports \
		--fail-on "state = elsewhere and host = \"${1:-$(uname -n)}\"" \
		"$T"
}
check "a pipeline can stop at a state" exits 1 fails_on
check "not for that of another host" exits 0 fails_on "no-$(uname -n)"

# A user's processes with long command lines, before the host's in number:
# theirs are not kept at the expense of the host's.
crowd() {
	mkdir -m 755 "$T/user"
	cp "$(command -v bash)" "$T/user/nginx"
	mkfifo -m 666 "$T/user/fifo"
	start crowd bash -c "long=\$(head -c 100000 /dev/zero | tr '\\0' a)
		for i in {1..150}; do
			setpriv --reuid 12345 --clear-groups '$T/user/nginx' \\
				-c 'read -t 300 x <>$T/user/fifo' x \$long &
		done
		wait"
	crowd=$pid
	until_true 20 all_run
}
all_run() { [ "$(pgrep -cP "$crowd" nginx)" = 150 ]; }
crowded() {
	scan
	tail -n 1 "$T/out" | jq -e 'any(.gaps[]; .path == "/proc" and
		(.reason | test("more command lines of users")))' &&
		state_is 4455 live ''
}
if crowd; then
	check "a crowd of a user's processes is a gap, and hides no server" \
		crowded
	# shellcheck disable=SC2046
	kill $(pgrep -P "$crowd")
	stop "$crowd"
else
	skip "a crowd of a user's processes" "no other user here"
fi
stop "$nginx"
stop "$other"
stop "$keeper"
finish
