# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share.  A test is a bash script that sources this
# file first, calls check for each case, and ends with: finish
#
# $B: the build folder (default build); $T: a folder of the test's own, which
# goes with it.  Only processes that start() began are ended.
#
# A test holds on any machine, at any speed: it waits for what it means, and
# never for a time in which that should have happened.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
umask 022
export LC_ALL=C.UTF-8
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
B=${B:-build}
PATIENCE=${PATIENCE:-4} # times what is enough where nothing else runs
T=$(mktemp -d "${TMPDIR:-/tmp}/certwalk-e2e.XXXXXX")
checks=0
failures=0
pids=()
mounts=()

# family PID...: these and all that they have started
family() {
	local pid=''

	for pid; do
		echo "$pid"
		# shellcheck disable=SC2046
		family $(pgrep -P "$pid")
	done
}
cleanup() {
	local pid='' dir=''

	# a server that is killed leaves its workers behind
	for pid in $(family ${pids[@]+"${pids[@]}"}); do
		kill -KILL "$pid" 2>/dev/null
	done
	for pid in ${pids[@]+"${pids[@]}"}; do
		wait "$pid" 2>/dev/null
	done
	for dir in ${mounts[@]+"${mounts[@]}"}; do
		umount "$dir" 2>/dev/null || umount -l "$dir"
	done
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# check SENTENCE COMMAND...: the command's status tells; what it said is shown
# when it failed.
check() {
	local sentence=$1

	shift
	checks=$((checks + 1))
	if "$@" >"$T/check.log" 2>&1; then
		echo "ok $checks - $sentence"
	else
		failures=$((failures + 1))
		echo "not ok $checks - $sentence"
		tail -n 20 "$T/check.log" | sed 's/^/# /'
	fi
}

skip() {
	checks=$((checks + 1))
	echo "ok $checks - $1 # SKIP $2"
}

finish() {
	echo "1..$checks"
	[ "$failures" = 0 ]
	exit
}

# start NAME COMMAND...: in the background, its output in $T/NAME.log, its
# process id in $pid.
start() {
	local name=$1

	shift
	: >"$T/$name.log"
	# another of this name may write there still
	"$@" >>"$T/$name.log" 2>&1 </dev/null &
	pid=$!
	pids+=("$pid")
}

# stop PID [SIGNAL]: ends what start() began and waits for it.
stop() {
	kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# until_true SECONDS COMMAND...: tries ten times a second, for as long where
# nothing else runs, and with patience where the machine is busy.
until_true() {
	local tries=$(($1 * 10 * PATIENCE))

	shift
	while [ "$tries" -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
		tries=$((tries - 1))
	done
	return 1
}

# Is strace here, and may it trace?
can_trace() { strace -f -qq -o /dev/null true 2>/dev/null; }

# Has a process that is not ours to wait for ended?
has_ended() {
	! grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

# mounted_by PID FOLDER: waits until that process, of start(), has mounted
# something there; false where it may not.
mounted_by() {
	until_true 20 eval "has_ended $1 || grep -qF ' $2 ' /proc/$1/mountinfo"
	grep -qsF " $2 " "/proc/$1/mountinfo"
}

# A port of 127.0.0.1 that is free now: none of those that the kernel gives to
# who asks for any, and another one each time.
free_port() {
	python3 - "$T" <<-'END'
		import random, socket, sys
		given = sys.argv[1] + "/free_ports"
		with open(given, "a+") as f:
		    f.seek(0)
		    seen = f.read().split()
		    while True:
		        port = random.randrange(10000, 30000)
		        try:
		            with socket.socket() as s:
		                s.bind(("127.0.0.1", port))
		        except OSError:
		            continue
		        if str(port) not in seen:
		            break
		    print(port, file=f)
		print(port)
	END
}

# dovecot_serves CHAIN KEY: how its configuration begins, as its version wants.
dovecot_serves() {
	case $(dovecot --version) in
	2.4*)	printf '%s\n' 'dovecot_config_version = 2.4.0' \
			'dovecot_storage_version = 2.4.0' 'ssl = yes' \
			"ssl_server_cert_file = $1" \
			"ssl_server_key_file = $2" \
			'passdb static {' 'password = none' '}' ;;
	*)	printf '%s\n' 'ssl = yes' "ssl_cert = <$1" "ssl_key = <$2" \
			'passdb {' 'driver = static' 'args = nopassword=y' \
			'}' ;;
	esac
}

is_listening() {
	bash -c "exec 3<>/dev/tcp/127.0.0.1/$1"
}

# The output of a command is (or, says: matches) a text.
is() {
	local want=$1 got=''

	shift
	got=$("$@" 2>&1)
	[ "$got" = "$want" ] && return
	echo "got: $got"
	echo "not: $want"
	return 1
}

says() {
	local want=$1 got=''

	shift
	got=$("$@" 2>&1)
	grep -qE -- "$want" <<<"$got" && return
	echo "got: $got"
	echo "not: $want"
	return 1
}

# The command ends with this exit status.
exits() {
	local want=$1

	shift
	"$@"
	local got=$?
	[ "$got" = "$want" ] && return
	echo "exit status $got, not $want"
	return 1
}
