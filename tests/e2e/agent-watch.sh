#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Changes between scans: by fanotify and by inotify, each is at the collector
# within a second; storms, lost events, mounts, and a watch that dies.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

# On a machine that is busy with other tests, half of them have to be; where it
# is slow, the question alone takes its time.
SECOND=1000
[ "$B" = build ] || SECOND=3000
times=() costs=()
now_ms() { echo "$(($(date +%s%N) / 1000000))"; }

# soon COMMAND...: the collector knows; how long that took is noted.
soon() {
	local from=''

	from=$(now_ms)
	until_true 6 "$@" || { "$@"; echo "not within six seconds"; return 1; }
	times+=($(($(now_ms) - from)))
	from=$(now_ms)
	"$@"
	costs+=($(($(now_ms) - from)))
}
median() { # median NUMBER...
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
in_time() {
	echo "the times were ${times[*]}; questions took ${costs[*]}"
	[ "$(median "${times[@]}")" -le \
		$((SECOND + 5 * $(median "${costs[@]}"))) ]
}
lists() { collector_list | grep -qF -- "$tree/$1 "; }
lacks() { ! lists "$1"; }
key_mode() {	# PATH MODE: what the collector shows of a key
	cw inventory --format jsonl "$(openssl pkey -in "$tree/$1" -pubout \
		-outform DER | sha256sum | cut -d' ' -f1)" |
		jq -r --arg p "$tree/$1" 'select(.path == $p) | .mode' |
		grep -qx "$2"
}
generation() { status_field acknowledged_generation; }

# The watch is told what is known: changes in a folder are noticed.
settled() { # settled FOLDER/
	until_true 20 noticed "$1" && rm "$tree/$1probe.pem" &&
		until_true 20 lacks "$1probe.pem"
}
noticed() {
	cp "$spare/4.pem" "$tree/$1probe.pem"
	sleep 0.5
	lists "$1probe.pem"
}

spare=$T/spare
mkdir -p "$spare"
make_certificates 1 4
mv "$tree"/[34].* "$spare"
check "a collector starts" collector_new

# watched MODE: an agent that looks at $tree/MODE only by changes
watched() {
	local mode=$1 word=$2

	rm -rf "$tree" && mkdir -p "$tree/sub"
	cp "$spare/3.pem" "$tree/first.pem"
	cp "$spare/3.key" "$tree/first.key"
	cp "$spare/3.pem" "$tree/sub/deep.pem"
	mkdir -p "$tree/nginx/sites"
	echo 'http { include sites/*.conf; }' >"$tree/nginx/nginx.conf"
	agent_config "agent.interval = 1h" "collector.heartbeat = 1h" \
		"scan.server_config = nginx:$tree/nginx/nginx.conf" \
		"scan.idle_priority = no" \
		"scan.watch = $mode" "scan.exclude = $tree/excluded"
	[ -d "$A" ] || agent_enroll
	agent_start
	check "$mode: what is there arrives" until_true 20 lists sub/deep.pem
	check "$mode: status says how changes are noticed" until_true 20 \
		says "$word" status_field watching
	settled sub/
}

# Each kind of change, in a directory that is known to hold something.
changes() {
	local m=$1

	cp "$spare/4.pem" "$tree/new.pem"
	check "$m: a file that is written" soon lists new.pem
	cp "$spare/4.pem" "$tree/.tmp" && mv "$tree/.tmp" "$tree/sub/deep.pem"
	replaced() { collector_list | grep -F "$tree/sub/deep.pem " |
		grep -q "$(sha "$spare/4.pem")"; }
	check "$m: a file that is renamed over another" soon replaced
	rm "$tree/new.pem"
	check "$m: a file that is removed" soon lacks new.pem
	mkdir -p "$T/away/dir" && cp "$spare/3.pem" "$T/away/dir/in.pem"
	mv "$T/away/dir" "$tree/dir"
	check "$m: a directory that is moved in" soon lists dir/in.pem
	mv "$tree/dir" "$tree/sub/across"
	across() { lists sub/across/in.pem && lacks dir/in.pem; }
	check "$m: a directory that is moved across" soon across
	cp "$spare/4.pem" "$tree/sub/across/more.pem"
	check "$m: a file in a directory that was moved" \
		soon lists sub/across/more.pem
	mv "$tree/sub/across" "$T/away/out"
	check "$m: a directory that is moved out" soon lacks sub/across/in.pem
	rm -rf "$T/away"
	mkdir -p "$tree/a/b/c" && cp "$spare/3.pem" "$tree/a/b/c/d.pem"
	check "$m: a file in directories made just before" soon lists a/b/c/d.pem
	ln "$tree/first.pem" "$tree/a/link.pem"
	rm "$tree/first.pem"
	check "$m: a file that gets another name" soon lists a/link.pem
	mv "$tree/a" "$T/hidden" && ln -s "$T/hidden" "$tree/a"
	check "$m: a directory that is swapped for a symbolic link" \
		soon lacks a/link.pem
	rm -rf "$tree/a" "$T/hidden"
	cp "$spare/4.pem" "$tree/$(printf 'odd\nname\377.pem')"
	odd() { cw inventory --format jsonl | jq -c '.places[]' |
		grep -q 'odd.nname'; }
	check "$m: a name with a newline that is not UTF-8" soon odd
	rm "$tree"/odd*
	check "$m: and that is removed" soon not odd
	chmod 644 "$tree/first.key"
	check "$m: a key that gets another mode" soon key_mode first.key 0644
}
sha() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }
not() { ! "$@"; }

# What names a file is reported with it, without a change of the file.
configured() {
	local m=$1

	bound() {	# NAME of first.pem
		cw inventory --format jsonl | jq -e --arg p "$tree/first.pem" \
			--arg n "$1" '.places[] | select(.path == $p) |
			.bindings[]?.names[]? | select(. == $n)'
	}
	echo "server { listen 443 ssl; server_name one.test;
		ssl_certificate $tree/first.pem; }" >"$tree/nginx/sites/a.conf"
	check "$m: a configuration that comes" soon bound one.test
	sed -i 's/one.test/two.test/' "$tree/nginx/sites/a.conf"
	check "$m: a configuration that is changed" soon bound two.test
	ln -s "$tree/nginx/sites/a.conf" "$tree/nginx/sites/b.conf"
	echo 'http { }' >"$tree/nginx/nginx.conf"
	check "$m: a configuration that names no others" soon not bound two.test
}

# What does not matter sends nothing.
indifferent() {
	local m=$1 before=''

	settled sub/
	before=$(generation)
	for i in $(seq 200); do
		echo "$i" >"$tree/log"
		echo "$i" >"$tree/sub/file.$i"
	done
	mkdir -p "$tree/excluded"
	cp "$spare/4.pem" "$tree/excluded/"
	rm -f "$tree"/sub/file.*
	sleep 1.5
	# what comes after it makes one
	cp "$spare/4.pem" "$tree/sub/matters.pem"
	check "$m: what matters is told" soon lists sub/matters.pem
	check "$m: what does not matter makes no report" \
		until_true 10 is $((before + 1048576)) generation
	rm "$tree/sub/matters.pem"
	until_true 20 lacks sub/matters.pem
}

# storm MODE COUNT: many changes at once, as the watch sees them, make one report,
# and none is lost, also where they are more than are told by name (WATCH_NAMES).
storm() {
	local m=$1 n=$2 before='' looks='' p='' begin='' most=''

	before=$(generation)
	looks=$(looks)
	p=$(watch_pid)
	kill -STOP "$p"
	python3 - "$spare/4.pem" "$tree/sub" "$n" <<-'END'
		import sys
		text = open(sys.argv[1]).read()
		for i in range(int(sys.argv[3])):
		    with open(f"{sys.argv[2]}/s{i}.pem", "w") as f:
		        f.write(text)
	END
	kill -CONT "$p"
	begin=$SECONDS
	check "$m: a storm of $n changes arrives, each of them" \
		until_true 200 is "$n" listed_of_storm
	# one more each five seconds (STORM_MS), where reading takes so long
	most=$((2 + (SECONDS - begin) / 5))
	sleep 1
	check "$m: in at most $most reports" at_most $most \
		$((($(generation) - before) / 1048576))
	check "$m: by at most $most looks" at_most $most $(($(looks) - looks))
	find "$tree/sub" -name 's*.pem' -delete
	check "$m: and goes again" until_true 200 is 0 listed_of_storm
}

# One that lasts: the watch waits for a moment of quiet.
lasting_storm() {
	local m=$1 before='' begin=$SECONDS most=''

	before=$(generation)
	python3 - "$spare/4.pem" "$tree/sub" <<-'END'
		import sys, time
		text = open(sys.argv[1]).read()
		for i in range(1500):
		    with open(f"{sys.argv[2]}/s{i}.pem", "w") as f:
		        f.write(text)
		    time.sleep(0.002)
	END
	check "$m: a storm of 1,500 changes in 3 s arrives, each of them" \
		until_true 100 is 1500 listed_of_storm
	# a machine that stands still makes moments of quiet
	most=$((2 + (SECONDS - begin) / 2))
	sleep 1
	check "$m: in a few reports" at_most $most \
		$((($(generation) - before) / 1048576))
	find "$tree/sub" -name 's*.pem' -delete
	check "$m: and goes again" until_true 100 is 0 listed_of_storm
}
at_most() { echo "$2, at most $1"; [ "$2" -ge 1 ] && [ "$2" -le "$1" ]; }
looks() { grep -cE 'scanned [0-9]+ files|looked at what changed' "$T/agent.log"; }
listed_of_storm() { collector_list | grep -cF "$tree/sub/s"; }

watch_pid() {
	for p in $(pgrep -P "$agent"); do
		grep -q '^Name:.certwalk watch' "/proc/$p/status" && echo "$p"
	done
}

deaths() {
	local m=$1 old=''

	old=$(watch_pid)
	kill -KILL "$old"
	cp "$spare/4.pem" "$tree/while.pem"
	check "$m: a watch that dies is started again, and a scan follows" \
		until_true 20 lists while.pem
	reborn() { [ -n "$(watch_pid)" ] && [ "$(watch_pid)" != "$old" ]; }
	check "$m: it lives" until_true 20 reborn
	rm "$tree/while.pem"
	check "$m: and what is removed, even before it is told what is known" \
		until_true 30 lacks while.pem
}

# A watch that does not get to read: events are lost, a scan finds all.
overflow() {
	local m=$1 p='' most=/proc/sys/fs/$1/max_queued_events

	if [ "$(cat "$most" 2>/dev/null || echo 16384)" -gt 40000 ]; then
		skip "$m: lost events" "$(cat "$most") fit into the queue"
		return
	fi
	cp "$spare/4.pem" "$tree/sub/lost.pem"
	check "$m: what will go unseen" soon lists sub/lost.pem
	p=$(watch_pid)
	kill -STOP "$p"
	cp "$spare/4.pem" "$tree/sub/before.pem"
	(cd "$tree/sub" && touch of{1..20000} && rm -f of* &&
		touch og{1..20000} && rm -f og*)
	cp "$spare/4.pem" "$tree/sub/after.pem"
	rm "$tree/first.key" "$tree/sub/lost.pem"
	kill -CONT "$p"
	# by the watch, or by the supervisor, which replaces one that is stuck
	check "$m: lost events are noticed" until_true 20 \
		grep -qE "ran over|watch .*started again" "$T/agent.log"
	all() {
		lists sub/before.pem && lists sub/after.pem &&
			lacks sub/lost.pem
	}
	check "$m: and a scan finds what they told of" until_true 20 all
}

starts_anew() { # that often before
	awk -v n="$1" '/changes: fanotify/ { n--; s = 0 } /scanned / { s = 1 }
		END { exit !(n < 0 && s) }' "$T/agent.log"
}

# Another file system appears, with something on it, and goes.
mounted() {
	local m=$1 before=''

	before=$(grep -c 'changes: fanotify' "$T/agent.log")
	mkdir "$tree/disk"
	mount -t tmpfs -o size=1m tmpfs "$tree/disk" || return
	mounts+=("$tree/disk")
	cp "$spare/3.pem" "$tree/disk/on.pem"
	check "$m: a file system that is mounted is scanned" \
		until_true 30 lists disk/on.pem
	# by a watch that starts anew, and is told what is known
	[ "$m" = inotify ] || until_true 30 starts_anew "$before"
	settled disk/
	cp "$spare/4.pem" "$tree/disk/new.pem"
	check "$m: and watched" soon lists disk/new.pem
	check "$m: it can be unmounted" umount "$tree/disk"
	mounts=()
	check "$m: and what was on it goes" until_true 30 lacks disk/on.pem
}

# A folder from elsewhere is mounted over one with findings, and goes again.
bound() {
	local m=$1 before=''

	mkdir -p "$T/bound"
	cp "$spare/3.pem" "$T/bound/b.pem"
	cp "$spare/4.pem" "$tree/disk/under.pem"
	check "$m: what lies where a folder is to be bound" \
		soon lists disk/under.pem
	before=$(grep -c 'changes: fanotify' "$T/agent.log")
	mount --bind "$T/bound" "$tree/disk" || return
	mounts+=("$tree/disk")
	shown() { lists disk/b.pem && lacks disk/under.pem; }
	check "$m: is hidden by that" until_true 30 shown
	[ "$m" = inotify ] || until_true 30 starts_anew "$before"
	settled disk/
	cp "$spare/4.pem" "$tree/disk/new.pem"
	check "$m: which is watched" soon lists disk/new.pem
	umount "$tree/disk"
	mounts=()
	back() { lists disk/under.pem && lacks disk/b.pem; }
	check "$m: and comes back when it goes" until_true 30 back
	settled disk/
	cp "$spare/4.pem" "$tree/disk/again.pem"
	check "$m: and is watched again" soon lists disk/again.pem
	cp "$spare/4.pem" "$T/bound/far.pem"
	rm -f "$tree/disk/under.pem"
	check "$m: in its own place" soon lacks disk/under.pem
}

# A path longer than the kernel tells: a scan finds what changed there.
too_long() {
	local m=$1

	python3 - "$tree" <<-'END'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(25):
		    os.mkdir('d' * 200); os.chdir('d' * 200)
	END
	deep() { cw inventory --format jsonl | jq -r '.places[].path' |
		grep -q 'dddd/deep.pem'; }
	python3 - "$tree" "$spare/4.pem" <<-'END'
		import os, sys
		text = open(sys.argv[2]).read()
		os.chdir(sys.argv[1])
		for i in range(25):
		    os.chdir('d' * 200)
		open('deep.pem', 'w').write(text)
	END
	check "$m: a file below a path that is too long to be told" \
		until_true 30 deep
	rm -rf "$tree"/dddd*
}

may_mount() {
	mkdir -p "$T/tried"
	mount -t tmpfs none "$T/tried" 2>/dev/null && umount "$T/tried"
}
# Of this file system; where it cannot, the agent says so.
has_fanotify() {
	agent_config "scan.watch = fanotify" "agent.interval = 1h"
	agent_start
	until_true 20 grep -q 'changes: ' "$T/agent.log"
	stop "$agent"
	grep -q 'changes: fanotify' "$T/agent.log" &&
		! grep -q 'changes: .*inotify' "$T/agent.log"
}
for mode in inotify fanotify; do
	if [ $mode = fanotify ] && ! has_fanotify; then
		skip "fanotify" "$(grep -m 1 'changes: ' "$T/agent.log")"
		continue
	fi
	watched $mode $mode
	[ $mode = inotify ] || too_long $mode
	configured $mode
	changes $mode
	indifferent $mode
	# beyond 4096, once: the sanitizers take minutes for it
	if [ $mode = inotify ]; then
		lasting_storm $mode
	elif [ "$B" = build ]; then
		storm $mode 10000
	else
		storm $mode 2000
	fi
	overflow $mode
	if may_mount; then
		mounted $mode && bound $mode
	else
		skip "$mode: other file systems" "mounting is not permitted"
	fi
	deaths $mode
	stop "$agent"
done

# As a user who may not use fanotify.
unprivileged() {
	rm -rf "$tree" "$A" && mkdir -p "$tree/sub"
	cp "$spare/3.pem" "$tree/sub/deep.pem"
	cp "$spare/4.key" "$tree/secret.key"
	chmod 600 "$tree/secret.key"
	agent_config "agent.interval = 1h" "collector.heartbeat = 1h"
	agent_enroll
	chmod 755 "$T" && chmod 644 "$T/agent.ini"
	chown -R nobody "$A"
	start agent setpriv --reuid nobody --regid nogroup --clear-groups \
		"$certwalk" agent --config "$T/agent.ini"
	agent=$pid
	check "a user: what is there arrives" until_true 20 lists sub/deep.pem
	check "a user: inotify, and why not fanotify" until_true 20 \
		says "inotify.*fanotify.*: Operation not permitted" \
		status_field watching
	settled sub/
	cp "$spare/4.pem" "$tree/sub/new.pem"
	check "a user: a new file" soon lists sub/new.pem
	chmod 644 "$tree/secret.key"
	check "a user: a key that becomes readable" \
		soon key_mode secret.key 0644
	stop "$agent"
}
# As root with the rights of the packaged unit.
as_service() {
	local rights=''

	rights=$(sed -n 's/^CapabilityBoundingSet=//p' \
		packaging/certwalk-agent.service | tr ' ' '\n' |
		sed 's/CAP_/+/' | tr 'A-Z\n' 'a-z,')
	rm -rf "$tree" "$A" && mkdir -p "$tree/sub"
	cp "$spare/3.pem" "$tree/sub/deep.pem"
	agent_config "agent.interval = 1h" "collector.heartbeat = 1h"
	agent_enroll
	start agent setpriv --bounding-set "-all,${rights%,}" --no-new-privs \
		"$certwalk" agent --config "$T/agent.ini"
	agent=$pid
	check "the unit: what is there arrives" until_true 20 lists sub/deep.pem
	check "the unit: its log says how changes are noticed, and why so" \
		until_true 20 grep -q \
		"changes: inotify.*fanotify.*CAP_SYS_ADMIN" "$T/agent.log"
	settled sub/
	cp "$spare/4.pem" "$tree/sub/new.pem"
	check "the unit: a new file" soon lists sub/new.pem
	stop "$agent"
}
[ "$(id -u)" != 0 ] || { unprivileged; as_service; }
check "the changes are at the collector within a second" in_time
echo "# half of them after $(median "${times[@]}") ms"
finish
