#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A scan that takes long: what changes meanwhile is at the collector at once, and
# stays; it gives way to others; a path that does not answer holds up neither
# the scan nor the watch.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

make_certificates 1 6
mkdir "$T/spare" "$tree/many"
mv "$tree"/[3456].* "$T/spare"
ln "$tree/2.pem" "$tree/twice.pem"
for i in $(seq 500); do echo "file $i" >"$tree/many/$i"; done

sha() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }
has() {	# NAME CERTIFICATE
	collector_list | grep -F "$tree/$1 " | grep -q "$(sha "$2")\$"
}
lacks() { ! collector_list | grep -qF "$tree/$1 "; }
scans() { grep -c 'scanned [0-9]* files' "$T/agent.log"; }
walks() {	# the scan after NUMBER others is under way
	[ "$(scans)" = "$1" ] && pgrep -P "$agent" -x 'certwalk walk'
}
ends() { [ "$(scans)" -gt "$1" ]; }
# held NUMBER: the scan after so many others is under way, and stands still until
# go_on; it may for a minute.
held() {
	walks "$1" || return
	walker=$(pgrep -P "$agent" -x 'certwalk walk') &&
		kill -STOP "$walker" || return
	until_true 5 eval 'stands || has_ended "$walker"'
	stands && [ "$(scans)" = "$1" ] && return
	go_on
	return 1
}
stands() { grep -qs '^State:.T' "/proc/$walker/status"; }
go_on() { kill -CONT "$walker"; }
settings=("agent.interval = 5s" "collector.heartbeat = 1h"
	"collector.retry_max = 2s")

check "a collector starts" collector_new
agent_config "${settings[@]}"
agent_enroll
agent_start
check "an agent without a limit reports all" until_true 60 same
stop "$agent"

# It looks at every file: nothing stands after a start.
agent_config "${settings[@]}" "scan.max_files_per_second = 30"
agent_start
check "one with a limit scans for long" until_true 20 walks 0
# the files beside the folder are passed before it
until_true 20 pgrep -P "$agent" -x 'certwalk parse'
sleep 1
check "and stands still meanwhile" until_true 20 held 0
until_true 20 grep -q 'changes: ' "$T/agent.log"
check "the daemon's scan has the lowest priority" \
	says '^ *19$' ps -o nice= -p "$walker"
check "and the idle class for I/O" says '^idle' ionice -p "$walker"
look() {	# at 1.pem, all the time
	(while :; do collector_list | grep -F "$tree/1.pem "; done) \
		>"$T/seen" 2>&1 &
	watcher=$!
	pids+=("$watcher")
	until_true 10 test -s "$T/seen"
}
look
cp "$T/spare/3.pem" "$tree/.new" && mv "$tree/.new" "$tree/1.pem"
cp "$T/spare/4.pem" "$tree/4.pem"
check "a certificate that is replaced meanwhile is at the collector" \
	until_true 10 has 1.pem "$T/spare/3.pem"
check "and a new one" until_true 10 has 4.pem "$T/spare/4.pem"
# one with several names is for another scan
cat "$T/spare/5.pem" >"$tree/2.pem"
check "before the scan ends" is 0 scans
go_on
check "which it does" until_true 120 ends 0
check "then everything is as it is" until_true 20 same
stop "$watcher" KILL
never_again() {	# the old one after the new one
	awk -v old="$1" '$NF != old { new = 1 } $NF == old && new { bad = 1 }
		END { exit !new || bad }' "$T/seen"
}
check "what the scan found before is never told again" \
	never_again "$(sed -n '1s/.* //p' "$T/seen")"

# It looks at what changed, which is much.
chmod 600 "$tree"/many/*
much() { n=$(scans) && sleep 1 && held "$n"; }
check "a scan of much that changed" until_true 60 much
look
for kind in key pem; do
	cp "$T/spare/5.$kind" "$tree/.new" && mv "$tree/.new" "$tree/1.$kind"
done
rm "$tree/4.pem"
check "lets a change through too" until_true 10 has 1.pem "$T/spare/5.pem"
check "and a removal" until_true 10 lacks 4.pem
cat "$T/spare/6.pem" >"$tree/2.pem"
check "while it runs" is "$n" scans
go_on
check "and ends" until_true 120 ends "$n"
check "with everything as it is" until_true 20 same
stop "$watcher" KILL
check "nor is what this one found before" \
	never_again "$(sed -n '1s/.* //p' "$T/seen")"
check "and no object was lost" \
	is 0 grep -c 'objects of the last snapshot' "$T/agent.log"
stop "$agent"

# What was told beside a scan has a second name at its end, so that no update
# can be made before the next one.
for i in $(seq 151 500); do rm "$tree/many/$i"; done
agent_config "agent.interval = 1h" "collector.heartbeat = 1h" \
	"collector.retry_max = 2s" "scan.max_files_per_second = 50"
agent_start
check "a scan of less" until_true 60 ends 0
check "has ended" until_true 20 same
chmod 644 "$tree"/many/*
# what happened while nobody watched
kill -KILL "$(pgrep -P "$agent" -x 'certwalk watch')"
check "one for changes" until_true 30 walks 1
walker=$(pgrep -o -P "$agent" -x 'certwalk walk')
if kill -STOP "$walker"; then
	cp "$T/spare/4.pem" "$tree/4.pem"
	check "has a change beside it" until_true 30 has 4.pem "$T/spare/4.pem"
	ln "$tree/4.pem" "$tree/4b.pem"
	kill -CONT "$walker"
	check "and ends" until_true 60 ends 1
	# a watch that came back late has another one follow
	rests() { n=$(scans) && sleep 3 && [ "$(scans)" = "$n" ]; }
	until_true 20 rests
	cp "$T/spare/5.pem" "$tree/5.pem"
	check "the next change is told" until_true 30 has 5.pem \
		"$T/spare/5.pem"
	check "before the next scan" is "$n" scans
	kill -HUP "$agent"
	check "which finds everything as it is" until_true 60 same
else
	skip "what was told beside a scan has a second name" "it had ended"
fi
stop "$agent"

# a path that does not answer
hung=$tree/hung
mkdir "$hung"
hang() {
	start hung_fs "$B/e2e/hung_fs" "$hung" nothing
	hung_pid=$pid
	mounted_by "$hung_pid" "$hung" && mounts+=("$hung")
}
if [ "$(id -u)" = 0 ] && [ -c /dev/fuse ] && hang; then
	no_path=yes agent_config "agent.interval = 1h" \
		"collector.heartbeat = 1h" "collector.retry_max = 2s" \
		"scan.path = $tree" "scan.path = $hung" \
		"scan.answer_timeout = 2s"
	cp "$T/spare/6.pem" "$tree/6.pem"
	agent_start
	check "beside a path that does not answer, the others are reported" \
		until_true 60 has 6.pem "$T/spare/6.pem"
	check "the watch says which it is" until_true 20 \
		says "$hung: its file system does not answer" \
		status_field watching
	cp "$T/spare/3.pem" "$tree/6.pem"
	check "and notices changes elsewhere" until_true 20 \
		has 6.pem "$T/spare/3.pem"
	check "nothing was killed for its silence" \
		is 0 grep -c 'is silent' "$T/agent.log"
	no_walk() { ! pgrep -P "$agent" -x 'certwalk walk'; }
	check "and nothing of the scan is left" until_true 30 no_walk
	stop "$agent"
	no_path=yes agent_config "agent.interval = 1h" \
		"collector.heartbeat = 1h" "collector.retry_max = 2s" \
		"scan.path = $tree" "scan.enter = $hung" \
		"scan.answer_timeout = 2s"
	agent_start
	check "where such a mount is entered, its watch says so too" \
		until_true 20 says "$hung: its file system does not answer" \
		status_field watching
	cp "$T/spare/6.pem" "$tree/6.pem"
	check "and notices changes elsewhere" until_true 30 \
		has 6.pem "$T/spare/6.pem"
	stop "$agent"
	stop "$hung_pid" KILL
	umount -l "$hung" 2>/dev/null
	mounts=()
else
	skip "a path that does not answer" "FUSE cannot be mounted"
fi
finish
