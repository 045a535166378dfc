#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Enrolment, first report, difference, heartbeat, a collector that goes away
# and comes back with an older database, revocation.
. "$(dirname "$0")/lib.sh"
. tests/e2e/sync_lib.sh

make_der
collector_config one '[agents]' 'heartbeat = 1'
collector_init one
collector_start one
agent_config 'retry_max = 2' 'timeout = 10'

# ---------------------------------------------------------------- enrolment
enroll cw1_nonsense
check 'a garbled token has an exit code of its own' [ $? = 2 ]
token=$(collector one token create --uses 2)
garbled=${token%?????}AAAAA
enroll "$garbled"
check 'a token that was changed is told from one that is none' [ $? = 2 ]
check 'nothing was stored' [ ! -e "$T/agent/identity.pem" ]
echo "$token" | enroll -
check 'a token enrols' [ $? = 0 ]
check 'the identity is for its owner alone' \
	[ "$(stat -c %a "$T/agent/identity.pem")" = 600 ]
check 'the state directory too' [ "$(stat -c %a "$T/agent")" = 700 ]
enroll "$token"
check 'an enrolled host is not enrolled again' [ $? = 4 ]
enroll --force "$token"
check '--force enrols it again' [ $? = 0 ]
check 'and keeps the old identity' [ -s "$T/agent/identity.previous.pem" ]
enroll --force "$token"
check 'a used token is refused' [ $? = 4 ]
check 'and the message says so' grep -q 'token has been used' "$T/enroll.log"
"$B/certwalk" status --config "$T/agent.ini" >/dev/null 2>&1
check 'status without a state exits with 4' [ $? = 4 ]

# ------------------------------------------------------------------ reports
driver_start
driver scan 0 10
check 'the first report arrives' until_true 10 in_sync 10
check 'the collector lists its places' until_true 5 has_places one 10
driver scan 5 15
check 'a difference arrives' until_true 10 in_sync 10
check 'and is applied' until_true 5 has_places one 10
driver scan 0 12000
check '12,000 locations arrive in parts' until_true 30 in_sync 12000
before=$(stat -c %Y "$T/agent/status")
heartbeat() { [ "$(stat -c %Y "$T/agent/status")" -gt $((before + 1)) ]; }
check 'heartbeats go on' until_true 10 heartbeat
check 'nothing was complained about' [ ! -s "$T/agent.log" ]

# ------------------------------------------------------------ away and back
collector_stop
check 'a collector that is away is unreachable' until_true 10 class_is unreachable
driver scan 3 20
check 'what it does not have is told' until_true 10 status_has \
	'"pending_added":0,"pending_removed":11983'
sleep 3
check 'the trouble is said once' [ "$(times_logged unreachable)" = 1 ]
collector_start one
check 'when it is back it gets what is new' until_true 10 in_sync 17
check 'and that is said' [ "$(times_logged 'takes reports again')" = 1 ]

# ---------------------------------------------------- an older copy restored
collector_stop
mkdir "$T/copy"
cp "$T"/one/*.sqlite* "$T/one"/*.db* "$T/copy" 2>/dev/null
collector_start one
driver scan 0 40
check 'the agent goes ahead of the copy' until_true 10 in_sync 40
collector_stop
rm -f "$T"/one/*.sqlite* "$T"/one/*.db*
cp "$T"/copy/* "$T/one"
collector_start one
check 'an older database is healed by a full report' until_true 20 has_places \
	one 40
check 'and the agent knows' until_true 10 in_sync 40

# -------------------------------------------------------------- the same again
driver_stop
driver_start
driver scan 0 40
check 'a restart with the same scan sends nothing new' until_true 10 in_sync 40

# ---------------------------------------------------------------- revocation
id=$(sed -n 's/^agent-id: //p' "$T/agent/identity.pem")
collector one agents revoke "$id" >/dev/null
check 'revocation cuts off at once' until_true 10 class_is revoked
check 'the identity stays' [ -s "$T/agent/identity.pem" ]
sleep 3
check 'and it is said once' [ "$(times_logged 'has been revoked')" = 1 ]
driver_stop
check 'the role ends cleanly' grep -q '^end 0$' "$T/driver.out"
finish
