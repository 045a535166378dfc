#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sync role and the collector are killed at any moment: nothing is lost and
# nothing is there twice.
. "$(dirname "$0")/lib.sh"
. tests/e2e/sync_lib.sh

make_der
collector_config one '[agents]' 'heartbeat = 1'
collector_init one
collector_start one
agent_config 'retry_max = 1' 'timeout = 5'
enroll "$(collector one token create)"
check 'the host enrols' [ $? = 0 ]

kill_driver() {
	kill -9 "$(sed -n 's/^pid //p' "$T/driver.out")"
	exec 7>&-
	wait "$driver_pid" 2>/dev/null
}
kill_collector() { stop "$collector_pid" KILL; }

# agent killed while it writes a snapshot, sends, or waits for the answer
for i in 1 2 3 4 5 6 7 8; do
	driver_start
	driver scan $((i * 100)) $((i * 100 + 6000))
	sleep "0.$((i * 5))"
	kill_driver
done
driver_start
driver scan 0 3000
check 'after eight deaths of the agent all is there, once' \
	until_true 20 in_sync 3000
check 'at the collector too' has_places one 3000

# collector killed before, in and after its commit
for i in 1 2 3 4 5 6; do
	driver scan $((i * 50)) $((i * 50 + 3000))
	sleep "0.$((i * 3 % 10))"
	kill_collector
	collector_start one
done
driver scan 7 3007
check 'after six deaths of the collector as well' until_true 20 in_sync 3000
check 'with what the last scan found' has_places one 3000
driver_stop
check 'no temporary file is left' [ "$(find "$T/agent" -name '*.??????' |
	wc -l)" = 0 ]
finish
