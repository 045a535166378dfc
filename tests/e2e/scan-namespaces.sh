#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Other mount namespaces, as containers have them: what processes there see is
# found, once, under the root of one of them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir -p "$tree/shared" "$tree/own"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=namespaces.test -keyout "$T/key.pem" -out "$T/cert.pem" \
	2>/dev/null
cp "$T/cert.pem" "$tree/shared/shared.pem"
chmod -R a+rX "$T"

scan() {
	timeout 600 "$B/certwalk" scan --format jsonl --mount-namespaces "$@" \
		>"$T/out.jsonl"
}
paths() {	# the places of the test, without their process's number
	jq -r 'select(.path != null) | .path' "$T/out.jsonl" | grep "$T" |
		sed "s|$T|T|; s|^/proc/[0-9]*/root|@|" | sort | xargs
}
inside() {	# inside PID: the places below the root of that process
	jq -r --arg p "/proc/$1/root" 'select(.path != null) | .path |
		select(startswith($p)) | .[($p | length):]' \
		"$T/out.jsonl" | sort | xargs
}
note() { tail -n 1 "$T/out.jsonl" | jq -r '.notes[]' | grep -qE "$1"; }
gap() {	# gap KIND PATH REASON
	tail -n 1 "$T/out.jsonl" | jq -c --arg k "$1" --arg p "$2" --arg r "$3" \
		'.gaps[] | select(.gap == $k and .path == $p and
			(.reason | test($r)))' | grep -q .
}
complete() { tail -n 1 "$T/out.jsonl" | jq -e .complete; }

# space NAME SCRIPT ARGUMENT...: a process in a mount namespace of its own, once
# the script has said that it is ready; its number in $space.
space() {
	local name=$1 script=$2

	shift 2
	start "$name" "${as[@]}" bash -c \
		"set -e; $script; echo ready; exec sleep 1000" sh "$@"
	space=$pid
	until_true 20 grep -qx ready "$T/$name.log"
}
as=(unshare -m --propagation private)
memory='mount -t tmpfs none "$1"; cp "$2" "$1/inside.pem"'

if ! "${as[@]}" true 2>/dev/null; then
	as=(unshare -Urm --propagation private)
	if ! "${as[@]}" true 2>/dev/null; then
		skip "mount namespaces" "they cannot be made"
		finish
	fi
fi

check "a process has a mount of its own" \
	space one "$memory" "$tree/own" "$T/cert.pem"
check "a scan that is not told to" "$B/certwalk" scan --format jsonl "$tree"
check "with --mount-namespaces" scan "$tree"
check "finds what is there, and all else once" is \
	"@T/tree/own/inside.pem T/tree/shared/shared.pem" paths
inode=$(readlink "/proc/$space/ns/mnt" | tr -dc 0-9)
check "says where it is" is "mount namespace $inode" jq -r \
	'select(.path != null and (.path | test("inside"))) | .container' \
	"$T/out.jsonl"
check "and that it was walked" note "^mount namespace $inode .* /proc/$space/root"
check "one with another path" scan "$tree/shared"
check "leaves it out" is "T/tree/shared/shared.pem" paths
check "patterns are of paths there too" scan --exclude "$tree/own/*" "$tree"
check "and leave out" is "T/tree/shared/shared.pem" paths

# a process that ends meanwhile
mkdir -p "$tree/slow"
slow='mount -t tmpfs none "$1"; for i in $(seq 100); do cp "$2" "$1/$i"; done'
may_trace() { # CAP_SYS_PTRACE: what the walk has open is seen
	[ $((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 19 & 1)) = 1 ]
}
if may_trace; then
	check "a process with many files" \
		space slow "$slow" "$tree/slow" "$T/cert.pem"
	scan --max-files-per-second 8 "$tree" &
	scanning=$!
	has_begun() {	# it holds a descriptor of a process
		local walk=''

		walk=$(pgrep -x 'certwalk walk' -P "$(pgrep -x certwalk -P \
			"$(pgrep -x timeout -P "$scanning")")") || return
		find "/proc/$walk/fd" -lname 'anon_inode:*pidfd*' | grep -q .
	}
	check "a scan of it begins" until_true 30 has_begun
	stop "$space" KILL
	check "and it ends" wait "$scanning"
	check "completely, although the process has gone" complete
	check "which is told" gap vanished "/proc/$space/root" 'ended'
else
	skip "a process that ends meanwhile" "what others have open is hidden"
fi
check "the next scan" scan "$tree"
check "does not have it" is \
	"@T/tree/own/inside.pem T/tree/shared/shared.pem" paths

# as containers are: another root, from which ours cannot be reached
mkdir "$T/root"
pivot='mount -t tmpfs none "$1"; cd "$1"
for d in usr bin lib lib64; do
	[ -d "/$d" ] || continue
	if [ -L "/$d" ]; then cp -a "/$d" .; else
		mkdir "$d"; mount --rbind "/$d" "$d"; fi
done
mkdir -p old proc srv/deep host/etc; cp "$2" srv/inside.pem
ln -s /host/etc etc; ln -s "$3" srv/out; ln -s /../../.. srv/up
cp "$2" srv/deep/"a b.pem"; cp "$2" host/etc; mount -t proc none proc || true
pivot_root . old; cd /; umount -l /old'
check "a process has another root" \
	space pivot "$pivot" "$T/root" "$T/cert.pem" "$tree"
check "a scan of folders that it has too" scan /srv /etc "$tree"
check "finds what is there, through no link" is '/srv/deep/a b.pem /srv/inside.pem' \
	inside "$space"
check "names what is a link there" gap skipped "/proc/$space/root/etc" \
	'not a directory'
check "and finds the rest once, as before" is \
	"@T/tree/own/inside.pem T/tree/shared/shared.pem" paths

# an overlay there, beside its layers
overlay='mount -t tmpfs none "$1"; cd "$1"; mkdir lower upper work merged
cp "$2" lower/inside.pem; cp "$2" upper/over.pem
mount -t overlay none merged \
	-o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work"
cd /'
mkdir -p "$tree/layers"
if [ "${as[1]}" = -m ] &&
	space overlay "$overlay" "$tree/layers" "$T/cert.pem"; then
	check "an overlay" scan "$tree/layers"
	check "is walked in its layers" is \
		"$tree/layers/lower/inside.pem $tree/layers/upper/over.pem" \
		inside "$space"
	check "and is named" gap skipped \
		"/proc/$space/root$tree/layers/merged" 'its layers'
	stop "$space" KILL
else
	skip "an overlay" "it cannot be mounted"
fi

# a keystore there, whose password is in its application's configuration
openssl pkcs12 -export -in "$T/cert.pem" -inkey "$T/key.pem" -out "$T/app.p12" \
	-passout pass:Kafka-inside-1
echo 'ssl.keystore.password=Kafka-inside-1' >"$T/server.properties"
app='mount -t tmpfs none "$1"; mkdir "$1/ssl" "$1/config"
cp "$2" "$1/ssl/app.p12"; cp "$3" "$1/config/server.properties"'
mkdir -p "$tree/app"
check "a keystore with its configuration" space app "$app" "$tree/app" \
	"$T/app.p12" "$T/server.properties"
check "is scanned" scan "$tree/app"
check "and unlocked" grep -q '"kind":"certificate".*app.p12' "$T/out.jsonl"
stop "$space" KILL

# later scans: what did not change there is not read again
layers='mkdir -p "$3"; mount -t tmpfs none "$3"; cd "$3"
mkdir lower upper work; cp "$2" lower/inside.pem
mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none "$1"
cd /'
rescan() {	# the next one, of the same program; of one path alone
	echo "${1:-}" >&"${later[1]}" && read -r -t 60 -u "${later[0]}" found &&
		echo "$found"
}
mkdir -p "$T/later/disk" "$T/index"
if space layers "$layers" "$T/later/disk" "$T/cert.pem" "$T/upper"; then
	printf '[scan]\npath = %s\nmount_namespaces = yes\nbindings = no
pkcs11 = off\n' "$T/later" >"$T/later.ini"
	coproc later { exec "$B/e2e/rescan" "$T/later.ini" "$T/index"; }
	pids+=("$later_PID")
	check "a file of another namespace is read once" \
		says '^1 locations, [1-9][0-9]* bytes' rescan
	check "not again" is '1 locations, 0 bytes' rescan
	cp "$T/cert.pem" "/proc/$space/root$T/later/disk/new.pem"
	check "what is new there is" \
		says '^2 locations, [1-9][0-9]* bytes' rescan
	check "an update of another file leaves them as they are" \
		is '2 locations, 0 bytes' rescan "$T/later/none"
	stop "$space" KILL
	check "and when the namespace has gone, all that was there" \
		is '0 locations, 0 bytes' rescan
else
	skip "later scans" "overlayfs cannot be mounted"
fi

# as a user, who has namespaces of users too
if [ "$(id -u)" = 0 ] && user=(setpriv --reuid nobody --regid nogroup
	--clear-groups) && "${user[@]}" unshare -Urm true 2>/dev/null; then
	as_root=("${as[@]}")
	as=("${user[@]}" unshare -Urm --propagation private)
	chmod 755 "$T"
	mkdir -p "$tree/user"
	check "a user has a mount namespace" \
		space user "$memory" "$tree/user" "$T/cert.pem"
	as=("${as_root[@]}")
	as_user() {
		timeout 600 "${user[@]}" "$B/certwalk" scan --format jsonl \
			--mount-namespaces "$tree" >"$T/out.jsonl"
	}
	check "a scan of that user" as_user
	check "finds what is there" is "@T/tree/user/inside.pem T/tree/shared/shared.pem" \
		paths
	check "and tells that others are hidden" gap unreadable mnt: hidden
	check "one of root" scan "$tree"
	check "finds it too" is /tree/user/inside.pem eval \
		'inside "$space" | sed "s|$T||"'
	stop "$space" KILL
else
	skip "a user" "without namespaces of users"
fi

# a file system there that does not answer
if [ -c /dev/fuse ] && [ "${as[1]}" = -m ]; then
	mkdir -p "$tree/hung"
	start hung "${as[@]}" "$B/e2e/hung_fs" "$tree/hung" list
	hung=$pid
	mounted_by "$hung" "$tree/hung" ||
		skip "one that does not answer" "FUSE cannot be mounted"
fi
if [ -n "${hung:-}" ] && grep -qs "$tree/hung" "/proc/$hung/mountinfo"; then
	check "a scan" scan "$tree"
	check "does not enter it" complete
	printf '[scan]\nanswer_timeout = 2s\nenter = fuse*\n' >"$T/enter.ini"
	check "where it is told to" scan --config "$T/enter.ini" "$tree"
	check "it goes on without it" complete
	check "and names it" gap timeout "/proc/$hung/root$tree/hung" answer
	check "with what is in others" says "@T/tree/own/inside.pem" paths
	stop "$hung" KILL
fi

# many of them
many() {
	local i=''

	for i in $(seq 100); do
		start "many$i" "${as[@]}" bash -c \
			"set -e; $memory; echo ready; exec sleep 1000" sh \
			"$tree/own" "$T/cert.pem"
	done
	until_true 60 all_ready
}
all_ready() {
	[ "$(cat "$T"/many*.log | grep -cx ready)" = 100 ]
}
check "100 mount namespaces" many
check "are scanned" scan "$tree"
check "each of them" is 101 eval 'paths | tr " " "\n" | grep -c inside'
finish
