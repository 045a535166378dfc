# SPDX-License-Identifier: Apache-2.0
# A whole agent on a tree of the test's own, $tree, with a collector.  Sourced
# after lib.sh and collector_lib.sh.

tree=$T/tree
A=$T/agent
certwalk=$B/certwalk
mkdir -p "$tree"

# agent_config LINE...: the lines are "section.key = value".
agent_config() {
	local section='' line=''

	for section in agent scan passwords collector; do
		echo "[$section]"
		case $section in
		agent) printf 'state_dir = %s\nsplay = 0s\nuser = root\n' "$A" ;;
		scan) [ -n "${no_path:-}" ] || echo "path = $tree" ;;
		esac
		for line; do
			case $line in
			"$section".*) echo "${line#"$section".}" ;;
			esac
		done
	done >"$T/agent.ini"
}

agent_enroll() {
	"$certwalk" enroll --config "$T/agent.ini" "$(cw token create)"
}

# Starts it in the background; sets $agent.
agent_start() {
	start agent "$certwalk" agent --config "$T/agent.ini"
	agent=$pid
}

# Ends it with all its processes at once, as a power cut does.
agent_kill() {
	kill -KILL "$agent"
	wait "$agent" 2>/dev/null
	# its roles end with it
	until_true 5 no_roles
}
no_roles() { ! pgrep -f "certwalk agent --config $T/agent.ini" >/dev/null; }

status_field() {
	"$certwalk" status --config "$T/agent.ini" --format jsonl |
		jq -r ".$1"
}
in_sync() {	# nothing is left to report
	[ "$("$certwalk" status --config "$T/agent.ini" --format jsonl |
		jq '.pending_added == 0 and .pending_removed == 0 and
			.error_class == "" and .acknowledged_generation > 0')" \
		= true ]
}

# What the collector lists of the tree, and what is there: place by place.
collector_list() {
	cw inventory --format jsonl | jq -r '.sha256 as $s | .places[] |
		"\(.path) \(.entry // "") \($s)"' | sort
}
fresh_list() {
	"$certwalk" scan --format jsonl --config "$T/agent.ini" "$tree" |
		jq -r 'select(.kind == "certificate") |
			"\(.path) \(.entry // "") \(.sha256)"' | sort
}
same() {
	diff <(collector_list) <(fresh_list)
}

# make_certificates FIRST LAST: one certificate and key each in $tree
make_certificates() {
	local i=''

	for i in $(seq "$1" "$2"); do
		openssl req -x509 -newkey ec -pkeyopt \
			ec_paramgen_curve:P-256 -nodes -days 30 \
			-subj "/CN=host$i.test" -keyout "$tree/$i.key" \
			-out "$tree/$i.pem" 2>/dev/null
	done
}
