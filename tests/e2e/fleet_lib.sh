# SPDX-License-Identifier: Apache-2.0
# A fleet in one process (tests/bench/fleet.c).  Sourced after collector_lib.sh.
# shellcheck disable=SC2034,SC2154

# A build with sanitizers takes its time.
fleet_size=200
[ "$B" = build ] || fleet_size=60

# fleet_start URL PORT[,PORT] [ARGUMENT...]: enrols it; sets $fleet.
fleet_start() {
	trap '' PIPE	# it may have ended
	mkfifo "$T/orders"
	"$B/bench/fleet" "$1" "$C" "$fleet_size" "$2" authorities=8 \
		"${@:3}" <"$T/orders" >>"$T/fleet.log" 2>&1 &
	fleet=$!
	pids+=("$fleet")
	exec 9>"$T/orders"
	fleet_says '^enrolled'
}

# Waits until its output has a line like this, or it ends.
fleet_says() {
	until_true 120 fleet_said "$1" && grep -qE -- "$1" "$T/fleet.log" ||
		{ tail -n 5 "$T/fleet.log"; false; }
}
fleet_said() {
	grep -qE -- "$1" "$T/fleet.log" || ! kill -0 "$fleet"
}

# fleet_begins PHASE [ARGUMENT...]; fleet_does waits for its end too.
fleet_begins() {
	: >"$T/fleet.log"
	echo "$*" >&9
}
fleet_does() {
	fleet_begins "$@"
	fleet_says "^$1 agents="
}

# fleet_hits PERCENT SIGNAL PID: it sends it in the middle of the next phase.
fleet_hits() {
	echo "signal $1 $(kill -l "$2") $3" >&9
}

# fleet_count PHASE NAME: a figure of its line.
fleet_count() {
	grep "^$1 agents=" "$T/fleet.log" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# What was acknowledged is what is stored, location by location.
fleet_is_whole() {
	fleet_does check && grep '^check' "$T/fleet.log" &&
		[ "$(fleet_count check missing)" = 0 ] &&
		[ "$(fleet_count check extra)" = 0 ] &&
		[ "$(fleet_count check locations)" -gt \
			$((fleet_size * ${fleet_least:-20})) ]
}

# What was started meanwhile has the pipe open too.
fleet_end() {
	echo end >&9
	wait "$fleet"
}
