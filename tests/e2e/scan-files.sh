#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a file system can hold to trip a scan: special files, links, loops,
# odd names, huge and broken files.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir -p "$tree"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=files.test -keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
hash=$(openssl x509 -in "$T/cert.pem" -outform der | sha256sum | cut -c1-64)

scan() {
	timeout 600 "$B/certwalk" scan --format jsonl "$@" >"$T/out.jsonl"
}
found() {	# found PATH: the certificate, once
	[ "$(jq -c --arg p "$1" --arg h "$hash" \
		'select(.path == $p and .sha256 == $h)' "$T/out.jsonl" |
		wc -l)" = 1 ]
}
coverage() {	# coverage JQ-FILTER
	tail -n 1 "$T/out.jsonl" | jq -e "$1" >/dev/null
}
gap() {	# gap KIND PATH
	tail -n 1 "$T/out.jsonl" | jq -e --arg k "$1" --arg p "$2" \
		'.gaps[] | select(.gap == $k and .path == $p)' >/dev/null
}

# names
cp "$T/cert.pem" "$tree/one.pem"
cp "$T/cert.pem" "$tree/plain.pem"
cp "$T/cert.pem" "$tree/"$'new\nline and \x1b[31m'
cp "$T/cert.pem" "$tree/"$'latin1-\xe9\xff'
cp "$T/cert.pem" "$tree/picture.png"

# special files
mkfifo "$tree/fifo"
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tree/socket"
[ "$(id -u)" = 0 ] && mknod "$tree/device" c 1 5
ln -s . "$tree/loop"
ln -s loop/loop/plain.pem "$tree/link.pem"
ln -s "$T/cert.pem" "$tree/outside.pem"
ln "$tree/plain.pem" "$tree/zz-hardlink.pem"
for i in $(seq 100 139); do
	mkdir -p "$tree/many/$i"
	cp "$T/cert.pem" "$tree/many/100/of-$i"
done
for i in $(seq 101 139); do	# the first name lies in any folder
	ln "$tree/many/100/of-$i" "$tree/many/$i/name"
	[ $((i % 3)) = 0 ] || rm "$tree/many/100/of-$i"
	ln "$tree/many/$i/name" "$tree/many/$((240 - i))/aname"
done

# sizes
truncate -s 1T "$tree/sparse"
truncate -s 1T "$tree/sparse-with-one"
dd if="$T/cert.pem" of="$tree/sparse-with-one" bs=4096 seek=1048576 \
	conv=notrunc status=none
head -c 921600 /dev/zero | tr '\0' 'x' | fold -w 99 >"$tree/app.log"
{ echo; cat "$T/cert.pem"; } >>"$tree/app.log"
head -c 67108864 /dev/zero | tr '\0' 'y' >"$tree/one-line"
: >"$tree/empty"

# broken
head -c 300 "$T/cert.pem" >"$tree/truncated.pem"
{ echo "-----BEGIN CERTIFICATE-----"
	head -c 3000 /dev/urandom | base64
	echo "-----END CERTIFICATE-----"; } >"$tree/noise.pem"

check "the scan ends by itself, with 0" scan "$tree"
check "the last line is the coverage, and it is complete" \
	coverage '.kind == "coverage" and .complete'
check "a plain file is found" found "$tree/one.pem"
check "a name with a line break and an escape code is found" \
	found "$tree/"$'new\nline and \x1b[31m'
check "a name that is not UTF-8 is given as bytes too" grep \
	"\"path_bytes\":\"$(printf '%s' "$tree/"$'latin1-\xe9\xff' |
		base64 -w 0)\"" "$T/out.jsonl"
check "the content tells, not the name" found "$tree/picture.png"
check "a hard link is reported once" is 1 sh -c \
	"grep -cE '\"path\":\"$tree/(plain|zz-hardlink).pem\"' $T/out.jsonl"
check "of its names the one that sorts first" found "$tree/plain.pem"
find "$tree/many" -type f -printf '%i %p\n' | sort | sort -u -k 1,1 |
	cut -d' ' -f2 | sort >"$T/first-names"
check "which that is does not depend on who came first" cmp \
	"$T/first-names" <(jq -r .path "$T/out.jsonl" | grep /many/ | sort)
check "no symbolic link is followed" is 0 sh -c \
	"grep -cE '/(loop|link.pem|outside.pem)\"' $T/out.jsonl"
check "a certificate at 900 KiB of a log is found" found "$tree/app.log"
check "a certificate behind 4 GiB of hole is found" \
	found "$tree/sparse-with-one"
check "the holes were not read" coverage '.bytes < 200000000'
check "a truncated block is said" gap malformed "$tree/truncated.pem"
check "base64 noise is said" gap malformed "$tree/noise.pem"
check "the table shows no control characters" is 0 sh -c \
	"'$B/certwalk' scan '$tree' | tr -d '\n' | tr -dc '[:cntrl:]' | wc -c"

# what is no text
{ printf '\x7fELF\x02\x01\x01'; head -c 300000 /dev/zero; cat "$T/cert.pem"
	head -c 5000 /dev/zero; } >"$T/program"
check "a program" scan "$T/program"
check "is not searched" coverage '.locations == 0'
check "with --deep" scan --deep "$T/program"
check "it is" found "$T/program"

# a limit of our own
cat >"$T/small.ini" <<-END
	[scan]
	max_text_size = 64K
	END
check "a limit that is reached is said" \
	scan --config "$T/small.ini" "$tree/app.log" "$tree/one.pem"
check "the file that is too large is named" gap too-large "$tree/app.log"
check "the other one is found" found "$tree/one.pem"
check "--strict says by its status that something is missing" exits 3 \
	"$B/certwalk" scan --strict --config "$T/small.ini" "$tree/app.log"

# depth, and a path longer than PATH_MAX
python3 - "$tree" "$T/cert.pem" <<-'END'
	import os, sys
	pem = open(sys.argv[2], 'rb').read()
	os.chdir(sys.argv[1])
	for i in range(400):
	    os.mkdir('d' * 40); os.chdir('d' * 40)
	open('deep.pem', 'wb').write(pem)
END
check "a path longer than PATH_MAX is walked" scan "$tree"
check "what lies there is found" is 1 sh -c \
	"grep -c 'd/deep.pem\"' $T/out.jsonl"

# while it is read
cat >"$T/churn.py" <<-'END'
	import os, sys, time
	top, pem = sys.argv[1], open(sys.argv[2]).read()
	end = time.time() + 6
	i = 0
	while time.time() < end:
	    p = f'{top}/churn{i % 50}'
	    with open(p, 'w') as f:
	        f.write(pem * 40)
	    os.truncate(p, 100)
	    if i % 2: os.unlink(p)
	    i += 1
END
mkdir "$T/churn"
start churn python3 "$T/churn.py" "$T/churn" "$T/cert.pem"
ends_well() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		scan "$T/churn" "$tree" || return 1
		coverage .complete || return 1
	done
}
check "files that shrink and vanish while they are read do no harm" ends_well
stop "$pid"

# A container's root may read all by CAP_DAC_OVERRIDE, which is not kept where
# Landlock does not take the rest of it: truncation, since its third version.
root_with() {
	setpriv --bounding-set "-all,+setuid,+setgid$1" \
		"$B/certwalk" scan --format jsonl "$T/locked" >"$T/out.jsonl"
}
reads_all() {
	root_with ,+dac_override && coverage .privileged &&
		found "$T/locked/own/cert.pem"
}
reads_some() {
	root_with "$1" && coverage '.privileged == false' &&
		coverage "[.gaps[].path | startswith(\"$T/locked\")] | any"
}
landlock() {
	python3 -c 'import ctypes as c
print(c.CDLL(None).syscall(444, None, c.c_size_t(0), 1))'
}
if [ "$(id -u)" = 0 ] && setpriv --bounding-set -all true 2>/dev/null; then
	mkdir -p "$T/locked/own"
	cp "$T/cert.pem" "$T/locked/own"
	chmod 700 "$T/locked/own"
	if [ "$(landlock)" -ge 3 ]; then
		check "a container's root reads what is its alone" reads_all
	else
		check "without Landlock it does not" reads_some ,+dac_override
	fi
	check "a root that may not says so" reads_some ''
else
	skip "a container's root" "needs root and setpriv"
fi

check "a path that is not there is an error" exits 4 \
	"$B/certwalk" scan "$T/nowhere"
check "an unknown format is wrong usage" exits 2 \
	"$B/certwalk" scan --format pdf "$tree"
rm -rf "$tree"
finish
