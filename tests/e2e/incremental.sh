#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An incremental scan finds what a full one does, whatever was done to the tree
# in between (tests/e2e/incremental.c): on the file system of the test, and on
# others of its own, as far as this kernel and this user have them.
#
# INCREMENTAL_ROUNDS: rounds of 8 changes on each (default 40).  INCREMENTAL_SEED:
# others than these, as $RANDOM, or as printed by a run that failed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=40
[ "$B" = build/san ] && rounds=8
rounds=${INCREMENTAL_ROUNDS:-$rounds}
seed=${INCREMENTAL_SEED:-7}
m=$T/material
mkdir -p "$m"

for i in 1 2 3; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=c$i" -keyout "$m/k$i.pem" \
		-out "$m/c$i.pem" 2>/dev/null
	openssl x509 -in "$m/c$i.pem" -outform der -out "$m/c$i.der"
done
cat "$m/c1.pem" "$m/k1.pem" "$m/c2.pem" >"$m/bundle"
openssl pkcs12 -export -in "$m/c1.pem" -inkey "$m/k1.pem" -out "$m/locked.p12" \
	-passout pass:not-a-known-one-7
openssl pkcs12 -export -in "$m/c2.pem" -inkey "$m/k2.pem" -out "$m/known.p12" \
	-passout pass:changeit
openssl ec -in "$m/k1.pem" -aes256 -passout pass:not-a-known-one-7 \
	-out "$m/locked.pem" 2>/dev/null
head -c 300 "$m/c1.pem" >"$m/broken"
head -c 200000 /dev/zero | tr '\0' y >"$m/searched-in-part"
{ head -c 50000 /dev/zero | tr '\0' z; echo; cat "$m/c3.pem"; } >"$m/deep"
{ head -c 60000 /dev/zero | tr '\0' z; echo; cat "$m/c3.pem"
	head -c 140000 /dev/zero | tr '\0' y; } >"$m/beyond"
seq 1 300 >"$m/text"
head -c 3000 /dev/urandom >"$m/noise"
: >"$m/empty"

# with mounts of its own, where that is allowed
own_mounts=()
unshare -m --propagation private true 2>/dev/null &&
	own_mounts=(unshare -m --propagation private)

# compare FOLDER SLACK [SUBVOLUMES]: with links on every other
compared=0
compare() {
	local links=$(((seed + compared++) % 2))

	mkdir -p "$1/tree" "$1/tree.out"
	"${own_mounts[@]}" "$B/e2e/incremental" "$1/tree" "$m" "$seed" \
		"$rounds" "$2" "$links" "${@:3}" && return
	echo "INCREMENTAL_SEED=$seed"
	return 1
}

check "incremental scans find what full ones do" compare "$T/here" 0

# mounted DEVICE-OR-TYPE FOLDER OPTION...: false where it cannot be
mounted() {
	mkdir -p "$2"
	mount "${@:3}" "$1" "$2" 2>/dev/null || return
	mounts=("$2" "${mounts[@]}")
}
image() {	# image NAME MIB: prints its path
	truncate -s "$2M" "$T/$1.image"
	echo "$T/$1.image"
}

# subvolume FROM TO: makes one, copies one, or removes one
cat >"$T/subvolume" <<'END'
#!/bin/bash
case $(($(printf '%s' "$2" | cksum | cut -c1-3) % 3)) in
0) btrfs subvolume create "$2" ;;
1) btrfs subvolume snapshot "$1" "$2" ;;
2) btrfs subvolume delete "$1" && btrfs subvolume snapshot "$(dirname "$1")" "$1" ;;
esac
END
chmod 755 "$T/subvolume"

# on TYPE SLACK MKFS...: on a file system made for it
on() {
	local type=$1 slack=$2 file='' extra=()

	file=$(image "$type$slack" 400)
	if ! "${@:3}" "$file" >"$T/mkfs.log" 2>&1; then
		skip "the same on $type" "no $3 here"
		return
	fi
	if ! mounted "$file" "$T/on-$type$slack" -o loop -t "$type"; then
		skip "the same on $type" "it cannot be mounted here"
		return
	fi
	[ "$type" = btrfs ] && extra=("$T/subvolume")
	check "the same on $type (${*:3})" compare "$T/on-$type$slack" \
		"$slack" "${extra[@]}"
}

on ext4 0 mkfs.ext4 -q -F
on ext4 2000 mkfs.ext4 -q -F -I 128	# ctimes in whole seconds
on xfs 0 mkfs.xfs -q
on btrfs 0 mkfs.btrfs -q
on vfat 0 mkfs.vfat
if mounted tmpfs "$T/on-tmpfs" -t tmpfs; then
	check "the same on tmpfs" compare "$T/on-tmpfs" 0
else
	skip "the same on tmpfs" "it cannot be mounted here"
fi

# changes are copies up
mkdir -p "$T/lower/tree/a/b" "$T/upper" "$T/work"
cp "$m"/* "$T/lower/tree/a"
cp "$m"/c* "$T/lower/tree/a/b"
if mounted overlay "$T/on-overlay" -t overlay \
	-o "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work"; then
	check "the same on overlay" compare "$T/on-overlay" 0
else
	skip "the same on overlay" "it cannot be mounted here"
fi
finish
