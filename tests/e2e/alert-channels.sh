#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Channels one by one: mail with STARTTLS or TLS and a login, whose server has to
# show a certificate that fits; the host's log.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
if [ -z "${IN_NAMESPACE:-}" ] && unshare -m --propagation private true \
	2>/dev/null; then
	IN_NAMESPACE=1 exec unshare -m --propagation private "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/probe_lib.sh

mkdir "$T/channels.d"
# channel NAME LINE...
channel() {
	local name=$1

	shift
	{ echo '[channel]'; printf '%s\n' "$@"; } >"$T/channels.d/$name.ini"
}
# sink NAME WAY CERTIFICATE: a mail server; its folder is $T/NAME.
sink() {
	local name=$1 way=$2 cert=$3 port=''

	port=$(free_port)
	mkdir "$T/$name"
	start "$name" python3 tests/e2e/smtp_sink.py "$port" "$T/$name" "$way" \
		"$T/$cert.pem" "$T/$cert.key"
	until_true 20 is_listening "$port" ||
		{ cat "$T/$name.log"; return 1; }
	eval "${name}_port=$port"
}
# mail NAME URL [LINE...]: a channel that logs in.
mail() {
	local name=$1 url=$2

	shift 2
	channel "$name" 'type = mail' "server = $url" \
		'from = certwalk@example.org' 'to = ops@example.org' \
		'user = certwalk' "password_file = $T/password" "$@"
}
tells() { cw alert test "$1"; }
refuses() {	# refuses CHANNEL WORDS
	cw alert test "$1" >"$T/refused" 2>&1 && return 1
	grep -qiE -- "$2" "$T/refused" || { cat "$T/refused"; return 1; }
}
password=$(printf '\0certwalk\0a pass word' | base64)
knows_password() {	# knows_password FILE...
	cat "$@" 2>/dev/null | grep -qF -- "$password"
}
not() { ! "$@"; }

collector_config
printf '[alerts]\nrules = %s\nchannels = %s\n' "$T/alerts.d" "$T/channels.d" \
	>>"$T/collector.ini"
cw init >/dev/null
printf 'a pass word' >"$T/password"
chmod 600 "$T/password"
make_ca good_ca
make_ca other_ca
make_leaf localhost other_ca
for end in pem key; do mv "$T/localhost.$end" "$T/stranger.$end"; done
make_leaf localhost good_ca

sink starttls starttls localhost
mail starttls "smtp://localhost:$starttls_port" "ca_file = $T/good_ca.pem"
check "a mail goes over STARTTLS" tells starttls
check "and is there" until_true 10 test -s "$T/starttls/1.mail"
check "who sends it logs in over TLS" knows_password "$T/starttls/tls"
check "and says nothing else in clear" \
	is $'EHLO\nSTARTTLS' sed 's/ .*//' "$T/starttls/clear"

sink smtps smtps localhost
mail smtps "smtps://localhost:$smtps_port" "ca_file = $T/good_ca.pem"
check "a mail goes over TLS" tells smtps
check "and is there" until_true 10 test -s "$T/smtps/1.mail"
check "with its login" knows_password "$T/smtps/tls"

sink wrong starttls stranger
mail wrong "smtp://localhost:$wrong_port" "ca_file = $T/good_ca.pem"
check "a certificate of another CA is refused" refuses wrong certificate
sink wrongs smtps stranger
mail wrongs "smtps://localhost:$wrongs_port" "ca_file = $T/good_ca.pem"
check "also without STARTTLS" refuses wrongs certificate
mail name "smtp://127.0.0.1:$starttls_port" "ca_file = $T/good_ca.pem"
check "and one of another name" refuses name 'name|certificate'
mail system "smtps://localhost:$smtps_port"
check "and one that the host's own CAs do not know" refuses system certificate
sink plain plain localhost
mail plain "smtp://localhost:$plain_port" "ca_file = $T/good_ca.pem"
check "a server without TLS gets no login" refuses plain 'ssl|tls'
check "none of these was told the password" not knows_password \
	"$T"/wrong/* "$T"/wrongs/* "$T"/plain/*
no_more() { [ ! -e "$T/starttls/2.mail" ] && [ ! -e "$T/smtps/2.mail" ]; }
check "and none got a mail" no_more

channel log 'type = syslog'
if [ -n "${IN_NAMESPACE:-}" ]; then
	# a /dev of this test's own
	mkdir "$T/dev"
	mount -t tmpfs tmpfs "$T/dev" && mounts+=("$T/dev")
	for name in null zero random urandom; do
		touch "$T/dev/$name"
		mount --bind "/dev/$name" "$T/dev/$name"
	done
	ln -s /proc/self/fd "$T/dev/fd"
	mount --move "$T/dev" /dev
	mounts=()
	check "where nobody takes the host's log, that is told" \
		refuses log '/dev/log'
	start log python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
sys.stdout.buffer.write(s.recv(4096) + b"\n")'
	until_true 20 test -S /dev/log
	check "a message goes to the host's log" tells log
	line='^<29>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} certwalk-collector\[[0-9]+\]: '
	in_log() { grep -qE "$line\[info\] log: test of the channel" "$T/log.log"; }
	check "with its priority and as one line" until_true 10 in_log
else
	skip "a message goes to the host's log" "no mount namespaces here"
fi
finish
