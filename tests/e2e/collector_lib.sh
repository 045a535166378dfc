# SPDX-License-Identifier: Apache-2.0
# A collector of the test's own, in $C.  Sourced after lib.sh.
# shellcheck disable=SC2034,SC2154

C=$T/collector
collector=$B/certwalk-collector
client=$B/e2e/client

# collector_config LINE...: the lines are "section.key = value".
collector_config() {
	local line=''

	{
		echo "[collector]"
		echo "state_dir = $C"
		echo "[listen]"
		echo "agents = 127.0.0.1:0"
		echo "enroll = 127.0.0.1:0"
		echo "name = 127.0.0.1"
		for line; do
			case $line in listen.*) echo "${line#listen.}" ;; esac
		done
		echo "[agents]"
		for line; do
			case $line in agents.*) echo "${line#agents.}" ;; esac
		done
	} >"$T/collector.ini"
}

# Runs a subcommand by that configuration.
cw() {
	local name=$1

	shift
	"$collector" "$name" --config "$T/collector.ini" "$@"
}

# Starts it; sets $serve, $agents and $enroll (HOST:PORT).
collector_start() {
	rm -f "$C/ports"
	start serve "$collector" serve --config "$T/collector.ini"
	serve=$pid
	if ! until_true 20 test -s "$C/ports"; then
		cat "$T/serve.log"
		return 1
	fi
	agents=$(sed -n 's/^agents=//p' "$C/ports")
	enroll=$(sed -n 's/^enroll=//p' "$C/ports")
}

# collector_new LINE...: configured, made and started.
collector_new() {
	collector_config "$@"
	cw init >/dev/null && collector_start
}

# sql TEXT: changes the database below a collector that runs.
sql() {
	sqlite3 -cmd '.timeout 60000' "$C/collector.db" "$1"
}

# agent_new NAME: enrols a client; its folder is $T/NAME.
agent_new() {
	mkdir -p "$T/$1"
	cp "$C/ca.crt" "$T/$1/ca.pem"
	"$client" enroll "$T/$1" "$(cw token create)" >"$T/$1/id" &&
		sed -i 's/^200 //' "$T/$1/id"
}

# A certificate in DER, for locations to name: cert NAME [DAYS].
cert() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout /dev/null -subj "/CN=$1" -days "${2:-30}" \
		-outform DER -out "$T/$1.der" 2>/dev/null
}
