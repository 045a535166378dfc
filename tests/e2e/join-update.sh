#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An update asks those listeners again whose files or processes have changed,
# and of the others says what they answered before.
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
	skip "updates ask listeners" "no namespaces, or no nginx, here"
	finish
fi

leaf() {	# leaf NAME: a new certificate for it, at once
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=$1.test" -addext "subjectAltName=DNS:$1.test" \
		-keyout "$T/tree/$1.key" -out "$T/new.pem" 2>/dev/null &&
		mv "$T/new.pem" "$T/tree/$1.pem"
}
mkdir -p "$T/tree" "$T/index"
chmod 755 "$T" "$T/tree"
leaf one && leaf two && leaf other
cat >"$T/tree/nginx.conf" <<-END
	daemon off;
	worker_processes 1;
	pid $T/nginx.pid;
	error_log $T/nginx.err;
	events { }
	http {
		access_log off;
		server { listen 4431 ssl; server_name one.test;
			ssl_certificate $T/tree/one.pem;
			ssl_certificate_key $T/tree/one.key; }
		server { listen 4432 ssl; server_name two.test;
			ssl_certificate $T/tree/two.pem;
			ssl_certificate_key $T/tree/two.key; }
	}
END
cat >"$T/agent.ini" <<-END
	[scan]
	path = $T/tree
	ports = yes
	pkcs11 = off
	server_config = nginx:$T/tree/nginx.conf
END
start nginx nginx -c "$T/tree/nginx.conf" -p "$T"
server=$pid
listens() { ss -Hltn | grep -q :4431 && ss -Hltn | grep -q :4432; }
check "two listeners" until_true 20 listens
start plain python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 4433)); s.listen(9); time.sleep(600)'
until_true 20 grep -q :1151 /proc/net/tcp

coproc rescan { exec "$B/e2e/rescan" "$T/agent.ini" "$T/index"; }
pids+=("$rescan_PID")
look() {	# look [PATH]: a scan, or an update of it
	local line=''

	echo "${1:-}" >&"${rescan[1]}" &&
		read -r -t 100 -u "${rescan[0]}" line &&
		echo "$line" >"$T/look"
}
state() { grep -q "; $1 $2" "$T/look" || { cat "$T/look"; false; }; }
kept() {
	if [ "$1" = 0 ]; then ! grep "not asked again" "$T/look"; else
		grep -q "not asked again.*: $1\$" "$T/look" ||
			{ cat "$T/look"; false; }
	fi
}
check "a scan" look
check "asks all" kept 0
check "one serves what is on disk" state 4431 live
check "so does the other" state 4432 live
leaf other
check "an update of another file" look "$T/tree/other.pem"
check "asks none of them" kept 3
check "and says what was so" state 4432 live
leaf one
check "an update of a file that one is configured with" look "$T/tree/one.pem"
check "asks that one" kept 2
check "which still serves the old one" state 4431 stale
check "the other is as it was" state 4432 live
check "an update of another file" look "$T/tree/other.pem"
check "asks one that is stale, since it may not be so" kept 2
check "any more" state 4431 stale
old=$(pgrep -P "$server")
kill -HUP "$server"
renewed() { [ "$(pgrep -c -P "$server")" = 1 ] && ! pgrep -P "$server" | grep -qx "$old"; }
check "its processes are others" until_true 20 renewed
check "an update of another file then" look "$T/tree/other.pem"
check "asks both" kept 1
check "and finds what is served now" state 4431 live
echo "# changed" >>"$T/tree/nginx.conf"
check "an update of their configuration" look "$T/tree/nginx.conf"
check "asks both again" kept 1
stop "$server"
check "an update of another file when they are gone" look "$T/tree/other.pem"
check "does not have them" eval '! state 4431 .'
check "but what did not change" kept 1
finish
