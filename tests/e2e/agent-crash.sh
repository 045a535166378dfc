#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Agent and collector are killed at any point.  Afterwards nothing is lost and
# nothing is there twice: the collector lists what a fresh scan finds.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

make_certificates 1 12
cat /usr/share/ca-certificates/mozilla/*.crt >"$tree/bundle.pem" 2>/dev/null
check "a collector starts" collector_new
# it stays on its ports
collector_config "listen.agents = $agents" "listen.enroll = $enroll"
sed -i '/127.0.0.1:0$/d' "$T/collector.ini"
agent_config "agent.interval = 1s" "collector.heartbeat = 1s" \
	"collector.retry_max = 1s"
check "the agent enrols" agent_enroll

in_sync_and_same() { in_sync && same; }

agent_start
check "what it found arrives" until_true 30 in_sync_and_same
agent_kill

# in the middle of a scan, and of the snapshot's writing
rounds() {
	local i=''

	for i in $(seq 1 12); do
		rm -f "$tree/churn$((i - 1)).pem"
		cp "$tree/1.pem" "$tree/churn$i.pem"
		agent_start
		sleep "0.$(printf '%02d' $((i * 7)))"
		agent_kill || return 1
	done
}
check "killed a dozen times at any moment" rounds
agent_start
check "nothing is lost, nothing twice" until_true 30 in_sync_and_same
agent_kill

# after sending, before the answer: the collector sleeps meanwhile
cp "$tree/2.pem" "$tree/after-send.pem"
kill -STOP "$serve"
agent_start
sleep 3
agent_kill
kill -CONT "$serve"
sleep 1
agent_start
check "killed after sending, before the answer: applied once" \
	until_true 30 in_sync_and_same
agent_kill

# the same, and the host changes before the agent is back
cp "$tree/2.pem" "$tree/again.pem"
kill -STOP "$serve"
agent_start
sleep 3
agent_kill
kill -CONT "$serve"
rm "$tree/again.pem" "$tree/after-send.pem"
cp "$tree/3.pem" "$tree/other.pem"
agent_start
check "and the host has changed meanwhile: the newer state wins" \
	until_true 30 in_sync_and_same

# the collector dies with a request in its hands, before the commit
cp "$tree/4.pem" "$tree/before-commit.pem"
kill -STOP "$serve"
sleep 2
kill -KILL "$serve"
wait "$serve" 2>/dev/null
check "the collector is killed and comes back" collector_start
check "the collector was killed before its commit: sent again" \
	until_true 30 in_sync_and_same

# at any moment
collector_rounds() {
	local i=''

	for i in $(seq 1 6); do
		rm -f "$tree/moving$((i - 1)).pem"
		cp "$tree/5.pem" "$tree/moving$i.pem"
		sleep "1.$i"
		kill -KILL "$serve"
		wait "$serve" 2>/dev/null
		collector_start || return 1
	done
}
check "the collector is killed six times at any moment" collector_rounds
check "nothing is lost, nothing twice" until_true 40 in_sync_and_same

# the collector's database is an older copy
stop "$serve"
mkdir "$T/copy"
cp "$C"/collector.db* "$T/copy/"
collector_start
rm "$tree/6.pem" && cp "$tree/7.pem" "$tree/newer.pem"
check "a change arrives" until_true 30 in_sync_and_same
stop "$serve"
rm -f "$C"/collector.db*
cp "$T"/copy/* "$C/"
check "a collector with an older database starts" collector_start
check "it is healed by itself" until_true 60 in_sync_and_same

# temporary files do not pile up
stop "$agent"
check "no temporary file is left behind" is 0 sh -c \
	"find '$A' -name '*.??????' ! -name 'status*' | wc -l"
finish
