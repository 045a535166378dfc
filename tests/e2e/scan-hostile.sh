#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Trees that are made to stop a scan: file systems that do not answer, folders
# that are swapped, files that grow, depth and numbers.
# CERTWALK_MANY=1000000: so many files in one folder, instead of 100,000.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir "$tree"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=hostile.test -keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
hash=$(openssl x509 -in "$T/cert.pem" -outform der | sha256sum | cut -c1-64)

scan() {
	timeout 600 "$B/certwalk" scan --format jsonl "$@" >"$T/out.jsonl"
}
coverage() {	# coverage JQ-FILTER
	tail -n 1 "$T/out.jsonl" | jq -c "$1" | grep -qx true
}
gap() {	# gap KIND PATH REASON
	tail -n 1 "$T/out.jsonl" | jq -c --arg k "$1" --arg p "$2" --arg r "$3" \
		'.gaps[] | select(.gap == $k and .path == $p and
			(.reason | test($r)))' | grep -q .
}
finds() {	# finds NUMBER of places
	is "$1" grep -c "$hash" "$T/out.jsonl"
}

# a file system that does not answer
hang() {	# hang WHAT
	mkdir -p "$tree/hung"
	start "hung-$1" "$B/e2e/hung_fs" "$tree/hung" "$1"
	hung=$pid
	mounted_by "$hung" "$tree/hung" || return 1
	mounts+=("$tree/hung")
}
unhang() {
	stop "$hung" KILL
	umount -l "$tree/hung" 2>/dev/null
	unset 'mounts[-1]'
}
cat >"$T/patient.ini" <<-END
	[scan]
	answer_timeout = 2s
	enter = $tree/hung
	parse_timeout = 2s
	END
cp "$T/cert.pem" "$tree/one.pem"
if [ "$(id -u)" = 0 ] && [ -c /dev/fuse ] && hang list; then
	check "a tree with a FUSE file system" scan "$tree"
	check "is scanned without it" finds 1
	check "which is named" gap skipped "$tree/hung" 'FUSE'
	check "turned on, it does not answer, and the scan ends" \
		scan --config "$T/patient.ini" "$tree"
	check "completely" coverage .complete
	check "with what else there is" finds 1
	check "and names it" gap timeout "$tree/hung" 'did not answer within'
	check "--strict says so by its status" exits 3 "$B/certwalk" scan \
		--strict --config "$T/patient.ini" "$tree"
	unhang
	if hang read; then
		check "one that can be listed but not read" \
			scan --config "$T/patient.ini" "$tree"
		check "does not stop the scan either" coverage .complete
		check "the file is named" gap timeout "$tree/hung/slow" 'answer'
		check "and the folder whose rest was not looked at" \
			gap timeout "$tree/hung" 'answer'
		unhang
	fi
	# asked for by its own path, behind a link, and as a file in it
	if hang nothing; then
		ln -s "$tree/hung" "$T/link"
		check "one that answers nothing, as a path of its own" \
			scan --config "$T/patient.ini" "$tree/one.pem" \
			"$tree/hung" "$T/link/x"
		check "ends completely" coverage .complete
		check "with what the other paths have" finds 1
		check "and names it" gap timeout "$tree/hung" 'did not answer'
		check "and the path that was given for what is in it" \
			gap timeout "$T/link/x" 'did not answer'
		rm "$T/link"
		printf '[scan]\nanswer_timeout = 1h\n' >"$T/most-patient.ini"
		start several "$B/certwalk" scan --format jsonl \
			--config "$T/most-patient.ini" \
			"$tree/hung/"{,1,2,3} "$tree/one.pem"
		asked() { [ "$(pgrep -c -P "$pid")" -ge 4 ]; }
		check "several are asked at the same time" until_true 30 asked
		unhang
		wait "$pid"
		check "and each is heard" test -s "$T/several.log"
	fi
else
	skip "file systems that do not answer" "FUSE cannot be mounted"
fi

# a folder that becomes a symbolic link while it is walked
mkdir -p "$T/swap/a/b" "$T/secret"
cp "$T/cert.pem" "$T/secret/outside.pem"
for i in $(seq 300); do cp "$T/cert.pem" "$T/swap/a/b/$i"; done
cat >"$T/swap.py" <<-'END'
	import os, sys, time
	os.chdir(sys.argv[1])
	os.symlink('../../secret', 'a/link')
	end = time.time() + 8
	while time.time() < end:
	    os.rename('a/b', 'a/real'); os.rename('a/link', 'a/b')
	    os.rename('a/b', 'a/link'); os.rename('a/real', 'a/b')
END
start swap python3 "$T/swap.py" "$T/swap"
never_outside() {
	for _ in $(seq 15); do
		scan "$T/swap" || return 1
		coverage .complete || return 1
		grep -q outside.pem "$T/out.jsonl" && return 1
	done
	return 0
}
check "a folder that is swapped with a link is never left through it" \
	never_outside
stop "$pid"

# a file that grows for ever
mkdir "$T/grow"
cat >"$T/grow.py" <<-'END'
	import sys, time
	pem = open(sys.argv[2]).read()
	end = time.time() + 8
	with open(sys.argv[1], 'w') as f:
	    f.write(pem)
	    while time.time() < end:
	        f.write('line after line\n' * 500); f.flush()
	        if f.tell() > 200 << 20: time.sleep(0.01); f.seek(0); f.truncate(); f.write(pem)
END
start grow python3 "$T/grow.py" "$T/grow/log" "$T/cert.pem"
grows() {
	local found=false

	for _ in 1 2 3 4 5; do
		scan "$T/grow" || return 1
		coverage .complete || return 1
		! finds 1 || found=true
	done
	$found
}
check "a file that grows for ever is read to an end, and its certificate" grows
stop "$pid"

# depth: 5,000 folders, a path of 10,000 bytes
python3 - "$T" "$T/cert.pem" <<-'END'
	import os, sys
	pem = open(sys.argv[2], 'rb').read()
	os.chdir(sys.argv[1])
	os.mkdir('deep'); os.chdir('deep')
	for i in range(5000):
	    os.mkdir('d'); os.chdir('d')
	open('deep.pem', 'wb').write(pem)
END
check "a tree 5,000 folders deep is walked" scan "$T/deep"
check "to its end" finds 1
check "all of it" coverage '.directories == 5001 and .complete'

# numbers
many=100000
[ "$B" = build/san ] && many=10000
many=${CERTWALK_MANY:-$many}
mkdir "$T/many"
python3 - "$T/many" "$T/cert.pem" "$many" <<-'END'
	import os, sys
	pem = open(sys.argv[2]).read()
	os.chdir(sys.argv[1])
	for i in range(int(sys.argv[3])):
	    with open(str(i), 'w') as f:
	        if i % 1000 == 0: f.write(pem)
END
check "$many files in one folder are walked" scan "$T/many"
check "all of them" coverage ".files == $many and .complete"
check "and each certificate among them is found" finds $((many / 1000))

# what is no file at all
mkdir "$T/odd"
mkfifo "$T/odd/fifo"
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/odd/socket"
[ "$(id -u)" = 0 ] && mknod "$T/odd/zero" c 1 5 && mknod "$T/odd/disk" b 1 0
check "FIFOs, sockets and devices are not opened" scan "$T/odd"
check "nor counted as files" coverage '.files == 0 and .complete'
finish
