#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon beside containers, as a sidecar with their processes in sight:
# what is in their mount namespaces is at the collector, follows changes there,
# and goes with the namespace.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

as=(unshare -m --propagation private)
"${as[@]}" mount -t tmpfs none "$T" 2>/dev/null || {
	skip "mount namespaces" "they cannot be made"
	finish
}
make_certificates 1 3
mkdir "$tree/own"
mv "$tree"/[23].* "$T"

space() {
	start space "${as[@]}" bash -c 'mount -t tmpfs none "$1" &&
		cp "$2" "$1/inside.pem" && echo ready && exec sleep 1000' \
		sh "$tree/own" "$T/2.pem"
	space=$pid
	until_true 20 grep -qx ready "$T/space.log"
}
# The places at the collector, without the process's number.
places() {
	cw inventory --format jsonl | jq -r '.places[].path' |
		sed "s|$tree|T|; s|^/proc/[0-9]*/root|@|" | sort | xargs
}
places_are() { [ "$(places)" = "$1" ]; }
container() {
	cw inventory --format jsonl | jq -r '.places[] |
		select(.path | test("inside")) | .container'
}

check "a process has a mount of its own" space
check "a collector starts" collector_new
agent_config "agent.interval = 2s" "scan.mount_namespaces = yes" \
	"scan.bindings = no" "scan.pkcs11 = off" "collector.heartbeat = 1s"
agent_start
check "the agent enrols" agent_enroll
check "its report has what is inside, and all else once" \
	until_true 60 places_are "@T/own/inside.pem T/1.pem"
check "and says where" is \
	"mount namespace $(readlink "/proc/$space/ns/mnt" | tr -dc 0-9)" container
cp "$T/3.pem" "/proc/$space/root$tree/own/later.pem"
check "a later scan finds what was added there" until_true 60 \
	places_are "@T/own/inside.pem @T/own/later.pem T/1.pem"
rm "/proc/$space/root$tree/own/inside.pem"
check "and misses what was removed" until_true 60 \
	places_are "@T/own/later.pem T/1.pem"
stop "$space" KILL
check "what was in the namespace goes with it" \
	until_true 60 places_are "T/1.pem"
stop "$agent"
finish
