#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fleet and one collector on SQLite: first reports, a day of heartbeats and
# renewals with more of them than an agent may send, and everybody's return
# after an outage in which the collector is killed.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/fleet_lib.sh

# The collector dies while all come back, and starts again on its ports.
killed_in_the_middle() {
	fleet_hits 25 KILL "$serve"
	fleet_begins outage 60
	fleet_says '^outage struck' || return
	wait "$serve" 2>/dev/null
	collector_start || return
	fleet_says '^outage agents=' && grep '^outage agents' "$T/fleet.log" &&
		[ "$(fleet_count outage lost)" -gt 0 ] &&
		[ "$(fleet_count outage resyncs)" = 0 ]
}

# Each may send ten at once, and one a second: on a machine that is slower than
# that for all of them together, only who sends more is told.
told_to_wait() {
	local n=''

	for n in 14 60; do
		fleet_does day "$n" 30 && grep '^day agents' "$T/fleet.log" &&
			[ "$(fleet_count day lost)" = 0 ] || return
		[ "$(fleet_count day too_often)" = 0 ] || return 0
	done
	return 1
}

most_were_resumed() {
	[ $((4 * $(fleet_count outage resumed))) -gt \
		$((3 * $(fleet_count outage handshakes))) ]
}

collector_new agents.max_rate=1 || exit 1
sed -i -e "s/^agents = .*/agents = $agents/" \
	-e "s/^enroll = .*/enroll = $enroll/" "$T/collector.ini"
fleet_start "sqlite:$C/collector.db" "${agents##*:}" || exit 1
check "a fleet reports what it has, and what it is asked for" fleet_does load
check "all of it is stored" fleet_is_whole
check "who asks too often is told when to come again, and does" told_to_wait
check "each renewal is stored, and no old certificate is left" fleet_is_whole
check "a collector that is killed is back for all of them" killed_in_the_middle
check "sessions are resumed after that" most_were_resumed
check "nothing that was acknowledged is missing, nothing is extra" \
	fleet_is_whole
check "the fleet ends well" fleet_end
finish
