# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Commands from `certwalk-collector command send` to their end.

# agent_with_actions [LINE...]: an enrolled agent, ${id}, that may run what is
# in ${acts}; lines as for agent_config.
agent_with_actions() {
	agent_config "collector.heartbeat = 1s" "collector.wait = 20s" \
		"agent.interval = 1h" "$@"
	printf '[commands]\ndir = %s\nactions = %s\n' "$T/commands" "$acts" \
		>>"$T/agent.ini"
	agent_enroll >"$T/enrolled" || exit 1
	id=$(awk '/enrolled as/ {print $3}' "$T/enrolled")
}

# order [OPTION...]: queues, prints the id
order() {
	cw command send --agent "$id" "$@" | cut -d' ' -f1
}
# field ID NAME: of a command, as JSON Lines has it
field() {
	cw command show "$1" --format jsonl | jq -r ".$2"
}
state() { field "$1" state; }
is_over() {
	case $(state "$1") in
	done | failed | refused | timed-out | unknown) ;;
	*) return 1 ;;
	esac
}
# over ID [SECONDS]
over() { until_true "${2:-30}" is_over "$1"; }
