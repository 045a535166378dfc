#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which mounts, folders and files a scan enters, and what it says of the others.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir -p "$tree/plain" "$tree/memory" "$tree/bind" "$tree/merged" \
	"$tree/layers/lower" "$tree/layers/upper" "$tree/layers/work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=mounts.test -keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
cp "$T/cert.pem" "$tree/plain/one.pem"
cp "$T/cert.pem" "$tree/plain/two.crt"
cp "$T/cert.pem" "$tree/layers/lower/lower.pem"

scan() {
	timeout 600 "$B/certwalk" scan --format jsonl "$@" >"$T/out.jsonl"
}
paths() {	# the places where something was found, below the tree
	jq -r 'select(.path != null) | .path' "$T/out.jsonl" |
		sed "s|^$tree/||" | sort | xargs
}
gap() {	# gap PATH REASON
	tail -n 1 "$T/out.jsonl" | jq -c --arg p "$tree/$1" --arg r "$2" \
		'.gaps[] | select(.gap == "skipped" and .path == $p and
			(.reason | test($r)))' | grep -q .
}

check "patterns of paths" scan --exclude '*/layers' --exclude '*.crt' "$tree"
check "leave out what they say" is "plain/one.pem" paths
check "and the coverage names it" gap plain/two.crt excluded
check "with --include" scan --include '*.crt' "$tree"
check "only such files are looked at" is "plain/two.crt" paths
check "and the coverage says so" says 'include = \*\.crt' \
	tail -n 1 "$T/out.jsonl"

# the storage of a container engine
store=$T/store
mkdir -p "$store/overlay/l1/diff/etc" "$store/overlay-images" \
	"$store/overlay-layers"
cp "$T/cert.pem" "$store/overlay/l1/diff/etc/one.pem"
echo '[{"id":"i1","names":["quay.io/app:1"],"layer":"l1"}]' \
	>"$store/overlay-images/images.json"
echo '[{"id":"l1"}]' >"$store/overlay-layers/layers.json"
container() {
	jq -r 'select(.path != null) | .container' "$T/out.jsonl"
}
check "an image's layer" scan "$store"
check "is told as such" is "podman image quay.io/app:1" container
check "a folder in it" scan "$store/overlay/l1/diff/etc"
check "too" is "podman image quay.io/app:1" container
check "and a single file" scan "$store/overlay/l1/diff/etc/one.pem"
check "of it too" is "podman image quay.io/app:1" container

if [ "$(id -u)" != 0 ] || ! mount -t tmpfs none "$tree/memory" 2>/dev/null; then
	skip "mounts" "mounting is not permitted"
	finish
fi
mounts+=("$tree/memory")
cp "$T/cert.pem" "$tree/memory/memory.pem"
mount --bind "$tree/plain" "$tree/bind" && mounts+=("$tree/bind")
check "a tree with mounts" scan --exclude '*/layers' "$tree"
check "each file is seen once" is \
	"memory/memory.pem plain/one.pem plain/two.crt" paths
check "the second view is named" gap bind 'shows what another mount shows'
check "with --one-file-system" scan --one-file-system --exclude '*/layers' "$tree"
check "no other mount is entered" is "plain/one.pem plain/two.crt" paths
check "and each is named" gap memory 'tmpfs: another file system'
check "but those that --enter names are" scan --one-file-system \
	--exclude '*/layers' --enter '*/memory' "$tree"
check "by their mount point" is \
	"memory/memory.pem plain/one.pem plain/two.crt" paths

layers=$tree/layers
if mount -t overlay -o "lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work" \
	none "$tree/merged" 2>/dev/null; then
	mounts+=("$tree/merged")
	cp "$T/cert.pem" "$tree/merged/upper.pem"
	check "an overlay" scan "$tree"
	check "whose layers are walked is not" is \
		"layers/lower/lower.pem layers/upper/upper.pem memory/memory.pem plain/one.pem plain/two.crt" \
		paths
	check "and is named" gap merged 'overlay: its layers'
	check "asked for itself" scan "$tree/merged"
	check "it is walked" is "merged/lower.pem merged/upper.pem" paths
	check "where a pattern leaves out a layer" scan --exclude '*/lower' \
		"$tree"
	check "it is walked too" grep -q "$tree/merged/lower.pem" "$T/out.jsonl"
else
	skip "an overlay" "overlayfs cannot be mounted"
fi

# a lower folder with an option of its own, outside of what is scanned, as
# mount(8) passes it on only since util-linux 2.39
mkdir -p "$tree/each" "$layers/upper2" "$layers/work2" "$T/outside"
cp "$T/cert.pem" "$T/outside/outside.pem"
each() {
	python3 - "$T/outside" "$layers/upper2" "$layers/work2" "$tree/each" <<-'END'
		import ctypes, sys
		call = ctypes.CDLL(None, use_errno=True).syscall
		lower, upper, work, to = (a.encode() for a in sys.argv[1:])
		fs = call(430, b'overlay', 0)                       # fsopen
		bad = fs < 0
		for k, v in ((b'lowerdir+', lower), (b'upperdir', upper),
		             (b'workdir', work)):
		    bad |= call(431, fs, 1, k, v, 0) < 0            # fsconfig
		bad |= call(431, fs, 6, None, None, 0) < 0          # create
		mount = call(432, fs, 0, 0)                         # fsmount
		bad |= call(429, mount, b'', -100, to, 4) < 0       # move_mount
		sys.exit(bad)
	END
}
if each 2>/dev/null; then
	mounts+=("$tree/each")
	check "an overlay whose lower folder is not walked" scan "$tree"
	check "is walked itself" grep -q "$tree/each/outside.pem" "$T/out.jsonl"
else
	skip "an overlay with lowerdir+" "this kernel has none"
fi

if command -v mksquashfs >/dev/null && mkdir "$tree/image" &&
	mksquashfs "$tree/plain" "$T/image" -quiet >/dev/null &&
	mount -o loop,ro "$T/image" "$tree/image" 2>/dev/null; then
	mounts+=("$tree/image")
	check "an image" scan "$tree"
	check "is not entered but named" gap image 'squashfs: an image'
	check "with its type" scan --enter squashfs "$tree/plain" "$tree"
	check "it is" grep -q "$tree/image/one.pem" "$T/out.jsonl"
else
	skip "an image" "squashfs cannot be made or mounted"
fi
finish
