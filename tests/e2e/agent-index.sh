#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon's later scans: what did not change is told from the index, its
# certificates are kept from the snapshot before.  Takes a minute, since files
# that changed within the last one are looked at in any case.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

make_certificates 1 3
check "a collector starts" collector_new
agent_config "agent.interval = 2s" "scan.watch = off" "scan.bindings = no" \
	"scan.pkcs11 = off" "collector.heartbeat = 1s"
agent_start
check "the agent enrols" agent_enroll
in_sync_and_same() { in_sync && same; }
check "what the first scan found arrives" until_true 30 in_sync_and_same
check "later scans look at what had changed" until_true 20 \
	grep -q "for what had changed" "$T/agent.log"

# objects COUNT: so many certificates are in the snapshot (field 5 of
# cw.Snapshot, with their DER)
objects() {
	python3 - "$A/current" <<'END' | grep -qx "$1"
import sys
data, at, n = open(sys.argv[1], "rb").read(), 0, 0

def varint():
    global at
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value

while at < len(data):
    key = varint()
    if key & 7 == 0:
        varint()
    elif key & 7 == 1:
        at += 8
    else:
        size = varint()
        n += key >> 3 == 5 and size > 200
        at += size
print(n)
END
}
check "the snapshot has the certificates" objects 3
sleep 65
make_certificates 4 4
check "a new one arrives beside them" until_true 20 in_sync_and_same
check "and the snapshot has them all" until_true 10 objects 4
rm "$tree/2.pem"
check "a removed one goes" until_true 20 in_sync_and_same
check "its certificate too" until_true 10 objects 3
check "no scan of everything was asked for" \
	exits 1 grep -q "objects of the last snapshot are lost" "$T/agent.log"
started() { status_field last_full_scan_started; }
before=$(started)
kill -HUP "$agent"
again() { [ "$(started)" != "$before" ] && in_sync_and_same; }
check "after a reload everything is looked at again" until_true 20 again
stop "$agent"
finish
