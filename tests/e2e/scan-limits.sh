#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What holds a scan back: files, bytes and CPU a second, priority.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir "$tree"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=limits.test -keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
python3 - "$tree" "$T/cert.pem" <<-'END'
	import sys
	pem = open(sys.argv[2]).read()
	for i in range(2000):
	    with open(f'{sys.argv[1]}/{i}', 'w') as f:
	        f.write(pem if i % 100 == 0 else f'file {i}\n' * 1000)
END

# timed ARGUMENT...: a scan; its real, user and system milliseconds in
# $T/time.  A busy machine makes it slower, so only what it may not fall
# short of is checked.
timed() {
	python3 - "$T" "$B/certwalk" "$@" <<-'END'
		import os, resource, subprocess, sys, time
		folder, argv = sys.argv[1], sys.argv[2:]
		start = time.monotonic()
		with open(f'{folder}/out.jsonl', 'w') as out:
		    r = subprocess.run([argv[0], 'scan', '--format', 'jsonl',
		                        *argv[1:]], stdout=out).returncode
		wall = time.monotonic() - start
		u = resource.getrusage(resource.RUSAGE_CHILDREN)
		with open(f'{folder}/time', 'w') as f:
		    print(int(wall * 1000), int((u.ru_utime + u.ru_stime) * 1000),
		          file=f)
		sys.exit(r)
	END
}
took() {	# took MILLISECONDS: at least
	read -r wall cpu <"$T/time"
	echo "wall $wall ms, CPU $cpu ms"
	[ "$wall" -ge "$1" ]
}
whole() {
	[ "$(tail -n 1 "$T/out.jsonl" |
		jq -c '[.complete, .files, .locations]')" = '[true,2000,20]' ]
}

check "2,000 files at 1,000 a second" \
	timed --max-files-per-second 1000 "$tree"
check "take two seconds, less the tenth that may come at once" took 1890
check "and all of them are looked at" whole
cat >"$T/bytes.ini" <<-END
	[scan]
	max_bytes_per_second = 8M
	END
check "17 MB at 8 MiB a second" timed --config "$T/bytes.ini" "$tree"
check "take two seconds" took 1800
check "and all of it is read" whole

for i in 1 2 3 4; do cp -r "$tree" "$T/copy$i"; done
share() {	# share PERCENT: CPU time to wall time
	read -r wall cpu <"$T/time"
	echo "wall $wall ms, CPU $cpu ms, to begin and end $begin ms"
	# starting and ending the processes comes on top
	[ $(((cpu - 100 - begin * 3 / 2) * 100)) -le \
		$((wall * $1 * 13 / 10)) ]
}
mkdir "$T/empty"
check "a scan of nothing" timed "$T/empty"
read -r _ begin <"$T/time"
check "a scan with a limit on CPU ends" timed --cpu-limit 10 "$T"/copy?
check "and stays below it" share 10
check "a limit that is none is wrong usage" exits 2 \
	"$B/certwalk" scan --cpu-limit fast "$tree"
check "and one that is too high" exits 2 \
	"$B/certwalk" scan --cpu-limit=1000000 "$tree"

# what runs while a slow scan does: "NAME NICE" for each role
roles() {
	ps -o args=,nice= --ppid "$pid" | awk '{print $NF}' | sort -u | xargs
}
is_up() {
	[ "$(ps -o pid= --ppid "$pid" | wc -l)" -ge 2 ]
}
start nice "$B/certwalk" scan --nice --max-files-per-second 100 "$tree"
until_true 20 is_up
until_true 20 is 19 roles
check "with --nice the roles have the lowest priority" is 19 roles
walker=$(ps -o pid= --ppid "$pid" | tail -n 1)
if command -v ionice >/dev/null; then
	check "and the idle class for I/O" says '^idle' ionice -p "${walker// /}"
fi
stop "$pid"
start plain "$B/certwalk" scan --max-files-per-second 100 "$tree"
until_true 20 is_up
own=$(ps -o nice= -p "$pid" | tr -d ' ')
check "without it they run as the scan itself" is "$own" roles
mapfile -t still < <(pgrep -P "$pid")
kill -STOP "${still[@]}"
stop "$pid" KILL
gone() {
	local p=''

	for p in "${still[@]}"; do
		has_ended "$p" || return
	done
}
check "roles that stand still go with the scan" until_true 20 gone

# pressure
cat >"$T/pressure.ini" <<-END
	[scan]
	pause_on_pressure = 100
	END
check "a scan that heeds pressure ends" timed --config "$T/pressure.ini" \
	"$T/cert.pem"
finish
