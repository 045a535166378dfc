#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hostile clients of the collector's two listeners.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

type='Content-Type: application/x-protobuf'

# The status of what curl was told to do.
status() {
	curl -s -o "$T/body" -w '%{http_code}' -m 90 --cacert "$C/ca.crt" "$@"
}

as_agent() {
	status --cert "$T/a/cert.pem" --key "$T/a/key.pem" "$@"
}

# The first line of the answer to what comes on standard input.
raw() {
	timeout 90 openssl s_client -quiet -connect "$enroll" \
		-CAfile "$C/ca.crt" 2>/dev/null | head -n 1 | tr -d '\r'
}

# A request with two more headers and a body, for raw.
post() {
	printf 'POST /v1/enroll HTTP/1.1\r\nHost: x\r\n%s\r\n' "$type"
	printf '%s\r\n%s\r\n\r\n%s' "$@"
	sleep 2
}

# How many of 30 requests that come at once are answered.
pipelined() {
	local i=0

	{
		for ((i = 0; i < 30; i++)); do
			printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
		done
		sleep 2
	} | timeout 90 openssl s_client -quiet -connect "$enroll" 2>/dev/null |
		grep -ao 'HTTP/1.1 404' | wc -l
}

# One byte a second for a minute and a half, after a beginning: seconds until
# the connection ends.
drip() {
	local begin=$SECONDS

	{
		printf '%s' "$1"
		for _ in {1..90}; do
			sleep 1
			printf 'x' || break
		done
	} 2>/dev/null | timeout 90 openssl s_client -quiet -connect "$enroll" \
		>/dev/null 2>&1
	echo $((SECONDS - begin))
}

drip_ends_early() {
	local n=''

	n=$(drip "$1")
	echo "ended after $n s"
	[ "$n" -ge 2 ] && [ "$n" -le 60 ]
}

# The shell waits for the sleep, the client does not.
idle_ends() {
	local begin=$SECONDS end=''

	mkfifo "$T/fifo"
	{
		printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
		sleep 90
	} >"$T/fifo" &
	pids+=("$!")
	timeout 90 openssl s_client -quiet -connect "$enroll" <"$T/fifo" \
		>"$T/idle" 2>&1
	end=$((SECONDS - begin))
	echo "ended after $end s"
	grep -q '^HTTP/1.1 404' "$T/idle" && [ "$end" -ge 3 ] &&
		[ "$end" -le 60 ]
}

handshake_is_required() {
	local begin=$SECONDS

	timeout 90 bash -c 'exec 3<>"/dev/tcp/${0%:*}/${0#*:}"; cat <&3' \
		"$enroll" >/dev/null 2>&1
	[ $((SECONDS - begin)) -le 60 ]
}

still_serves() {
	is 404 status "https://$enroll/"
}

# The end may overtake the answer.
huge() {
	head -c 104857600 /dev/zero | says '^(000|413)$' status -H "$type" \
		--data-binary @- "https://$enroll/v1/enroll"
}

huge_without_length() {
	head -c 104857600 /dev/zero | says '^(000|413)$' status -H "$type" -H 'Expect:' \
		-H 'Transfer-Encoding: chunked' --data-binary @- \
		"https://$enroll/v1/enroll"
}

# Before they are complete; the end may overtake the answer.
large_headers() {
	says '^(000|400|413)$' status "https://$enroll/" \
		-H "X: $(head -c 100000 /dev/zero | tr '\0' x)"
}

memory_is_bounded() {
	local kib=''

	kib=$(awk '/VmHWM/ { print $2 }' "/proc/$serve/status")
	echo "peak $kib KiB"
	[ "$B" != build ] || [ "$kib" -lt 200000 ]
}

no_client_certificate() {
	! status -H "$type" -d x "https://$agents/v1/sync"
}

other_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/k.pem" -subj "/CN=$(cat "$T/a/id")" -days 1 \
		-out "$T/c.pem" 2>/dev/null
	! status --cert "$T/c.pem" --key "$T/k.pem" -H "$type" -d x \
		"https://$agents/v1/sync"
}

server_certificate_as_client() {
	! status --cert "$C/server.pem" --key "$C/server.pem" -H "$type" -d x \
		"https://$agents/v1/sync"
}

old_tls() {
	! openssl s_client -connect "$enroll" -tls1_1 \
		-cipher DEFAULT@SECLEVEL=0 </dev/null
}

root_is_sent() {
	local pem=''

	openssl s_client -connect "$enroll" -showcerts </dev/null \
		>"$T/chain" 2>/dev/null
	pem=$(sed -n '/BEGIN CERT/,/END CERT/p' "$T/chain" | tail -n +2 |
		sed -n '/BEGIN CERT/,$p')
	[ "$(openssl x509 -outform DER <<<"$pem" | sha256sum)" = \
		"$(openssl x509 -in "$C/ca.crt" -outform DER | sha256sum)" ]
}

resumes() {
	openssl s_client -connect "$enroll" -sess_out "$T/session" \
		-tls1_2 </dev/null >/dev/null 2>&1
	openssl s_client -connect "$enroll" -sess_in "$T/session" \
		-tls1_2 </dev/null 2>/dev/null | grep -q '^Reused'
}

collector_new listen.request_timeout=3s listen.idle_timeout=4s || exit 1
agent_new a

check "the root certificate is sent along" root_is_sent
check "TLS 1.1 is refused" old_tls
check "sessions are resumed by tickets" resumes
check "without a client certificate there is no sync" no_client_certificate
check "another CA's client certificate is refused" other_ca
check "the collector's own certificate is no agent's" \
	server_certificate_as_client

check "an unknown path is 404" still_serves
check "sync is not served without client certificates" \
	is 404 status -H "$type" -d x "https://$enroll/v1/sync"
check "enrolment is not served on the agents' port" \
	is 404 as_agent -H "$type" -d x "https://$agents/v1/enroll"
check "another method is 405" is 405 status "https://$enroll/v1/enroll"
check "another type is 415" is 415 status -d x "https://$enroll/v1/enroll"
head -c 2000 /dev/urandom >"$T/garbage"
check "garbage is no SyncRequest" is 400 as_agent -H "$type" \
	--data-binary "@$T/garbage" "https://$agents/v1/sync"
check "the answer says so in a Problem" grep -q bad-request "$T/body"
check "garbage is no EnrollRequest" is 400 status -H "$type" \
	--data-binary "@$T/garbage" "https://$enroll/v1/enroll"
# 500,000 empty locations are 1 MB, and 16 bytes each once unpacked
printf '"\0%.0s' {1..50000} >"$T/many"
check "a sync without digest is refused" is 400 as_agent -H "$type" \
	--data-binary "@$T/many" "https://$agents/v1/sync"

check "a body of 100 MiB is refused" huge
check "a body of 100 MiB in chunks is refused" huge_without_length
check "an enrolment of 100 KiB is 413" is 413 status -H "$type" \
	--data-binary "@/dev/stdin" "https://$enroll/v1/enroll" \
	< <(head -c 102400 /dev/zero)
check "large bodies are not kept in memory" memory_is_bounded

check "two Content-Lengths are refused" is "HTTP/1.1 400 Bad Request" raw \
	< <(post 'Content-Length: 1' 'Content-Length: 2' x)
check "Content-Length beside Transfer-Encoding is refused" \
	is "HTTP/1.1 400 Bad Request" raw \
	< <(post 'Content-Length: 1' 'Transfer-Encoding: chunked' \
		$'1\r\nx\r\n0\r\n\r\n')
check "pipelined requests are answered in turn" is 30 pipelined
check "headers of 100 KB are refused" large_headers

check "one byte a second of a header ends at the deadline" \
	drip_ends_early $'GET / HTTP/1.1\r\nX: '
check "one byte a second of a body ends at the deadline" drip_ends_early \
	$'POST /v1/enroll HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n'
check "a client that never begins TLS is cut off" handshake_is_required
check "a connection without any request ends" drip_ends_early ''
check "a kept connection ends when it idles too long" idle_ends
check "all the while others are served" still_serves
check "the collector says nothing of libevent" \
	bash -c '! grep -i libevent "$1"' - "$T/serve.log"
stop "$serve"
check "it ended in order" grep -q 'ends by signal 15' "$T/serve.log"
finish
