#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Collectors that are the wrong one, overloaded, broken; disks that are full or
# read-only; certificates that are renewed or have expired.
. "$(dirname "$0")/lib.sh"
. tests/e2e/sync_lib.sh

make_der
collector_config one '[agents]' 'heartbeat = 1'
collector_init one
collector_start one
agent_config 'retry_max = 2' 'timeout = 15'
enroll "$(collector one token create)"
check 'the host enrols' [ $? = 0 ]
driver_start
driver scan 0 10
check 'the first report arrives' until_true 10 in_sync 10
sum=$(sha256sum <"$T/agent/identity.pem")
same_identity() { [ "$(sha256sum <"$T/agent/identity.pem")" = "$sum" ]; }

# ------------------------------------------------- another CA, same address
collector_stop
collector_config two '[agents]' 'heartbeat = 1'
collector_init two
collector_start two
check 'a collector of another CA is refused' until_true 10 class_is refused
check 'and the message names the cause' until_true 5 grep -q \
	'localhost:.* is not from the CA of this agent' "$T/agent.log"
check 'the identity stays' same_identity
echo "$(collector two token create)" >"$T/token"
# the token of the one with the address of the other
collector_stop
collector_start one
token=$(collector one token create)
collector_stop
collector_start two
enroll --force "$token"
check 'a token is for one CA only' [ $? = 4 ]
check 'and enrolment leaves the old identity' same_identity
collector_stop
collector_start one
check 'the right one is taken again' until_true 10 in_sync 10
collector_stop

# -------------------------------------------------------- another name
make_name() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$1.key" -subj "/CN=$1" -out "$T/$1.csr" 2>/dev/null
	openssl x509 -req -in "$T/$1.csr" -CA "$T/one/ca.crt" -CAkey \
		"$T/one/ca.key" -days 1 -out "$T/$1.crt" -extfile \
		<(echo "subjectAltName=DNS:$1") 2>/dev/null
	cat "$T/$1.crt" "$T/one/ca.crt" "$T/$1.key" >"$T/$1.pem"
}
stub() {
	echo "$2" >"$T/answer"
	: >"$T/stub.requests"
	python3 tests/e2e/sync_stub.py "$agents_port" "$T/$1.pem" "$T/answer" \
		"$T/stub.requests" 2>>"$T/stub.log" &
	stub_pid=$!
	pids+=("$stub_pid")
}
stub_stop() { stop "$stub_pid"; }
requests() { wc -l <"$T/stub.requests"; }
has_requests() { [ "$(requests)" -ge "$1" ]; }
make_name elsewhere
stub elsewhere 200
check 'a certificate for another name is refused' until_true 10 grep -q \
	'is for another name' "$T/agent.log"
check 'and gets no request' [ "$(requests)" = 0 ]
stub_stop

# ---------------------------------------------------------------- overload
make_name localhost
stub localhost '503 Retry-After: 4'
check 'an overloaded collector is told from one that is away' until_true 10 \
	class_is overload
check 'a heartbeat is small' [ "$(sed -n '1s/ .*//p' \
	"$T/stub.requests")" -le 180 ]
driver scan 0 11
n=$(requests)
check 'after Retry-After it is tried again' until_true 12 has_requests $((n + 2))
# no two of them came earlier than that, also when there was news
obeyed() {
	awk '{ print $3 } n++ && $3 - last < 3900 { bad = 1 } { last = $3 }
		END { exit bad }' "$T/stub.requests"
}
check 'and not before, also when there is news' obeyed
echo '429 Retry-After: Wed, 21 Oct 2015 07:28:00 GMT' >"$T/answer"
n=$(requests)
check 'TLS sessions are resumed' until_true 6 grep -q True "$T/stub.requests"
check 'a date that is past means soon' until_true 10 has_requests $((n + 2))
check 'the identity stays' same_identity

# one that wants to be left alone longer than anybody waits at a terminal
token=$(collector one token create)
echo '503 Retry-After: 4000' >"$T/later"
start later python3 tests/e2e/sync_stub.py "$enroll_port" \
	"$T/localhost.pem" "$T/later" "$T/later.requests"
told_later() {
	enroll --force "$token"
	[ $? = 4 ] && tail -n 1 "$T/enroll.log" | grep -q 'overload: .*HTTP 503'
}
check 'enrolment does not wait for an hour' until_true 10 told_later
echo '503 Retry-After: 1' >"$T/later"
enroll --force "$token" &
waiting=$!
says_so() { grep -q 'overload: .*; trying again in [12] s' "$T/enroll.log"; }
check 'it waits for a second, and says so' until_true 10 says_so
stop "$pid"
wait "$waiting"
check 'a collector that is gone then is not waited for' [ $? = 4 ]
check 'the identity stays' same_identity

# ------------------------------------------------------------ broken answers
echo '200' >"$T/answer"
check 'an empty 200 is no acknowledgement' until_true 10 class_is refused
echo huge >"$T/answer"
check 'an endless answer is cut off' until_true 15 grep -q 'larger than 4 MiB' \
	"$T/agent.log"
echo '302 Location: https://localhost:1/' >"$T/answer"
check 'a redirect is not followed' until_true 10 status_has 'HTTP 302'
echo close >"$T/answer"
check 'a closed connection is unreachable' until_true 10 class_is unreachable
echo 500 >"$T/answer"
check 'an error of the collector too' until_true 10 status_has 'HTTP 500'
echo hang >"$T/answer"
n=$(requests)
until_true 10 has_requests $((n + 1))
driver scan 0 12
# before it was given up, which the status says as well
served_meanwhile() {
	"$B/certwalk" status --config "$T/agent.ini" --format jsonl |
		grep '"locations":12,' | grep -qv 'imed out\|too slow'
}
check 'frames are served while a reply is held' until_true 10 served_meanwhile
check 'a reply that never comes is given up' until_true 15 status_has \
	'imed out\|too slow'
stub_stop
collector_start one
check 'afterwards all is as before' until_true 20 in_sync 12
check 'the identity stays' same_identity

# -------------------------------------------------------------- disk trouble
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=256k none "$T/agent" \
	2>/dev/null; then
	mounts+=("$T/agent")
	umount "$T/agent"
	driver_stop
	cp -a "$T/agent" "$T/saved"
	mount -t tmpfs -o size=256k,mode=700 none "$T/agent"
	cp -a "$T"/saved/* "$T/agent"
	driver_start
	driver scan 0 12
	check 'a small disk will do' until_true 10 in_sync 12
	driver scan 0 5000
	check 'a full disk is told' until_true 10 class_is local
	check 'with file and cause' until_true 5 grep -q \
		'agent/current: cannot be written: No space left' "$T/agent.log"
	check 'what was known stays' status_has '"locations":12,'
	check 'no temporary file is left' [ "$(ls "$T"/agent/current.* \
		2>/dev/null | wc -l)" = 0 ]
	driver scan 0 13
	check 'the next scan mends it' until_true 10 in_sync 13
	mount -o remount,ro "$T/agent"
	driver scan 0 14
	check 'a read-only disk is told' until_true 10 grep -q \
		'cannot be written: Read-only' "$T/agent.log"
	mount -o remount,rw "$T/agent"
	driver scan 0 15
	check 'and mended likewise' until_true 10 in_sync 15
	driver_stop
	umount "$T/agent"
	mounts=()
	driver_start
	driver scan 0 16
	check 'state of long ago is brought up to date' until_true 15 in_sync 16
	check 'at the collector too' has_places one 16
else
	skip 'a full disk is told' 'needs root and mount'
fi
driver_stop
check 'the role ends cleanly' grep -q '^end 0$' "$T/driver.out"
finish
