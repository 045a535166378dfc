#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Disk, process and wire: real servers, each with a file of its own that is
# fresh, then replaced, then read again, then gone; and what else can differ.
# All in namespaces of the test's own, so that the ports are too.
# shellcheck disable=SC2317 # functions are called by their names
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up; then
	skip "endpoints are compared with disk" "no namespaces here"
	finish
fi
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"
# shellcheck source=tests/e2e/join_lib.sh
. "$(dirname "$0")/join_lib.sh"

# NAME PORT PROGRAM HOW-IT-READS-ITS-FILE-AGAIN, a signal or "restart"
table='
nginx 4431 nginx HUP
apache 4432 apache2 USR1
haproxy 4433 haproxy USR2
postfix 4434 postfix reload
dovecot 4435 dovecot HUP
slapd 4436 slapd restart
postgres 4437 initdb HUP
mariadb 4438 mariadbd restart
redis 4439 redis-server restart
tomcat 4440 java restart
'
PATH=$PATH:/usr/sbin:/sbin
for bin in /usr/lib/postgresql/*/bin; do
	PATH=$PATH:$bin
done
chmod 755 "$T"
make_authorities
running=()
declare -A port_of reload_of pid_of

begin_all() {
	local name='' port='' program='' reload=''

	while read -r name port program reload; do
		[ -n "$name" ] || continue
		if ! command -v "$program" >/dev/null || ! "has_$name"; then
			skip "$name" "it is not installed"
			continue
		fi
		new_leaf "$name.test"
		port_of[$name]=$port reload_of[$name]=$reload
		"config_$name" "$port"
		"start_$name" "$port"
		pid_of[$name]=$pid
		running+=("$name")
	done <<<"$table"
	for name in "${running[@]}"; do
		until_true 60 serves_or_ended "$name"
		serves_file "$name" || {
			skip "$name" "it does not start here"
			tail -n 5 "$T/$name.log" | sed 's/^/# /'
			running=("${running[@]/$name/}")
		}
	done
}
serves_file() {
	[ "$(served "${port_of[$1]}")" = "$(fingerprint "$1.test")" ]
}
serves_or_ended() { has_ended "${pid_of[$1]}" || serves_file "$1"; }
# Those that go on with new processes take connections by old ones for a moment.
declare -A old_of
old_have_gone() {
	local pid=''

	for pid in ${old_of[$1]-}; do
		has_ended "$pid" || return
	done
}
read_again() {
	local name=$1

	case $name in
	nginx | apache | haproxy) old_of[$name]=$(pgrep -P "${pid_of[$name]}") ;;
	esac
	case ${reload_of[$name]} in
	restart)
		stop "${pid_of[$name]}"
		until_true 20 has_no_listener "${port_of[$name]}"
		"start_$name" "${port_of[$name]}"
		pid_of[$name]=$pid
		;;
	reload) postfix -c "$T/postfix" reload 2>/dev/null ;;
	*) kill -"${reload_of[$name]}" "${pid_of[$name]}" ;;
	esac
}
each() { # each FUNCTION: for every server that runs
	local name=''

	for name in "${running[@]}"; do
		[ -z "$name" ] || "$@" "$name"
	done
}

# ---------------------------------------------------- each server, four times
begin_all
# shellcheck disable=SC2068 # those that do not run are empty
scan_config ${running[@]} >"$T/agent.ini"

is_fresh() {
	check "$1: what is fresh is live" state_is "${port_of[$1]}" live ''
	check "$1: its file is named" file_is "${port_of[$1]}" "$1.test.chain"
}
is_stale() {
	check "$1: a file that was replaced is not served yet" state_is \
		"${port_of[$1]}" stale "$1.test.chain.* has another certificate"
	check "$1: the cause is the age of its process" state_is \
		"${port_of[$1]}" stale 'process .*older.* than the file'
	check "$1: the new file is unserved" is_unserved "$1.test.chain"
}
is_live_again() {
	check "$1: what was read again is live" state_is "${port_of[$1]}" \
		live ''
	check "$1: and no longer unserved" is_not_unserved "$1.test.chain"
}
is_gone() {
	check "$1: a file that is gone is told" state_is "${port_of[$1]}" \
		elsewhere "$1.test.chain .* is gone"
}
scan
each is_fresh
each renew
scan
each is_stale
problems() {
	"$B/certwalk" scan --config "$T/agent.ini" --ports "$T" |
		grep -A 1 '^Served on' | tr '\n' ' '
}
check "people see problems first" says 'Served on .* [0-9]+ stale.*  stale ' \
	problems
for name in "${running[@]}"; do
	[ -z "$name" ] || read_again "$name"
done
for name in "${running[@]}"; do
	[ -z "$name" ] || until_true 60 serves_file "$name"
	[ -z "$name" ] || until_true 60 old_have_gone "$name"
done
scan
each is_live_again
each remove
scan
each is_gone
each end
finish
