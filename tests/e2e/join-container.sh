#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Servers that see other files than the host does: in a container, in a mount
# namespace of their own, below chroot(2).  What they read is compared with what
# they serve, and not with what the host has at the same paths.  And ordinary
# users' servers, which do not speak for the host's.
# shellcheck disable=SC2317,SC2119 # functions are called by their names
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
if [ -z "${IN_NAMESPACE:-}" ] || ! ip link set lo up ||
	! command -v nginx >/dev/null; then
	skip "what servers in containers read is found" \
		"no namespaces, or no nginx"
	finish
fi
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"
# shellcheck source=tests/e2e/join_lib.sh
. "$(dirname "$0")/join_lib.sh"

chmod 755 "$T"
make_authorities
for name in host box root jail plain user; do
	new_leaf "$name.test"
done
# All have the same configuration file and the same certificate file, by name.
srv=$T/srv
mkdir "$srv"
conf() {	# conf FOLDER PORT NAME: for who sees FOLDER as $srv
	mkdir -p "$1/sites"
	{
		nginx_head "../srv/nginx" | sed "s|$T/../srv|$srv|g"
		echo "include sites/*.conf; }"
	} >"$1/nginx.conf"
	echo "server { listen 127.0.0.1:$2 ssl; server_name $3.test;
		ssl_certificate $srv/leaf.pem;
		ssl_certificate_key $srv/leaf.key; }" >"$1/sites/one.conf"
	put "$1" "$3"
}
put() {		# put FOLDER NAME: that certificate
	cp "$T/$2.test.key" "$1/leaf.key"
	cp "$T/$2.test.chain" "$1/new.pem"
	mv "$1/new.pem" "$1/leaf.pem"
}
conf "$srv" 4461 host
start host nginx -p "$srv" -c "$srv/nginx.conf"
host=$pid

# a mount namespace of its own, with other files at the same place
mkdir "$T/box"
conf "$T/box" 4462 box
start box unshare -m sh -c "mount --bind '$T/box' '$srv' &&
	exec nginx -p '$srv' -c '$srv/nginx.conf'"
box=$pid

# another root too, in which the host's is nowhere
make_root() {	# make_root FOLDER: nothing of the host can be changed in it
	local dir=''

	for dir in usr etc dev; do
		mkdir -p "$1/$dir"
		mounts+=("$1/$dir")
		mount --bind -o ro "/$dir" "$1/$dir" || return
	done
	for dir in bin sbin lib lib32 lib64; do
		[ ! -L "/$dir" ] || cp -d "/$dir" "$1/$dir"
	done
	mkdir -p "$1/tmp" "$1/run" "$1/var/log/nginx" "$1/var/lib/nginx"
	mkdir -p "$1/$srv"
}
mkdir "$T/root"
conf "$T/rootsrv" 4463 root
start root unshare -m bash -c "mounts=()
	$(declare -f make_root); srv='$srv'
	mount -t tmpfs tmpfs '$T/root' && make_root '$T/root' &&
	cp -r '$T/rootsrv/.' '$T/root/$srv/' && cd '$T/root' && mkdir old &&
	pivot_root . old &&
	exec nginx -p '$srv' -c '$srv/nginx.conf'"
root=$pid

# below chroot, where the host has a path for all of it
mkdir "$T/jail"
make_root "$T/jail" && conf "$T/jail/$srv" 4464 jail
start jail chroot "$T/jail" nginx -p "$srv" -c "$srv/nginx.conf"
jail=$pid

# in a mount namespace in which all is as on the host, as many services are
mkdir -p "$T/plain/sites"
sed "s|$srv|$T/plain|g" "$srv/nginx.conf" >"$T/plain/nginx.conf"
sed "s|$srv|$T/plain|g; s/4461/4466/; s/host/plain/" "$srv/sites/one.conf" \
	>"$T/plain/sites/one.conf"
put "$T/plain" plain
start plain unshare -m nginx -p "$T/plain" -c "$T/plain/nginx.conf"
plain=$pid

for port in 4461 4462 4463 4464 4466; do
	until_true 20 is_listening "$port"
done
printf '[scan]\nexclude = %s\n' "$T/*.chain" "$T/*.test.pem" "$T/jail/usr" \
	"$T/jail/etc" "$T/jail/dev" "$T/box" "$T/rootsrv" >"$T/agent.ini"

# location NAME JQ: of the file that has its certificate
location() {
	local hash=''

	hash=$(fingerprint "$1.test")
	jq -se --arg h "$hash" "any(.[]; .kind == \"certificate\" and
		.sha256 == \$h and .port == null and ($2))" "$T/out"
}
endpoint() {	# endpoint PORT JQ
	jq -se "any(.[]; .kind == \"endpoint\" and .port == $1 and ($2))" \
		"$T/out"
}
scan
check "the host's own is live" state_is 4461 live ''
check "so is one with other mounts" state_is 4462 live ''
check "and one with another root" state_is 4463 live ''
check "and one below chroot" state_is 4464 live ''
check "the file of other mounts says whose it is" location box \
	".path == \"$srv/leaf.pem\" and .container == \"mounts of nginx\""
check "so does the one of another root" location root \
	".path == \"$srv/leaf.pem\" and .container == \"root of nginx\""
check "the one below chroot has its path on the host" location jail \
	".path == \"$T/jail$srv/leaf.pem\""
check "the host's is its own" location host \
	".path == \"$srv/leaf.pem\" and .container == null"
check "one whose mounts do not matter is live" state_is 4466 live ''
check "its file and lines are the host's" location plain \
	".path == \"$T/plain/leaf.pem\" and .container == null and
	(.bindings | length) == 1 and .bindings[0].container == null"
check "an included line is told as the server sees it" endpoint 4462 \
	".config == \"$srv/sites/one.conf\" and .file == \"$srv/leaf.pem\""
check "lines say in which container they are" location root \
	'[.bindings[] | .container == "root of nginx" and
	.listen == ["127.0.0.1:4463"]] | all'
check "its key belongs to it" jq -se "any(.[]; .kind == \"private-key\" and
	.container == \"root of nginx\" and .matches == \"neighbour\" and
	.matches_path == \"$srv/leaf.pem\")" "$T/out"
check "no path of the agent's own is told" sh -c "! grep -E '/proc/' \
	'$T/out'"

# each renewed, none has read it
for name in host box root jail; do
	new_leaf "$name.test"
done
put "$srv" host
put "$T/box" box
put "/proc/$root/root/$srv" root
put "$T/jail/$srv" jail
scan
for port in 4461 4462 4463 4464; do
	check "$port: what was replaced is stale" state_is $port stale \
		'leaf.pem .*one.conf:[0-9]+\) has another certificate'
done
unserved() {
	jq -s "map(select(.kind == \"certificate\" and .port == null and
		((.flags // []) | index(\"unserved\")))) | length" "$T/out"
}
check "and all four files are unserved" is 4 unserved
nginx_reads "$box"
shows() { [ "$(served "$1")" = "$(fingerprint "$2.test")" ]; }
until_true 20 shows 4462 box
scan
check "one that has read it is live" state_is 4462 live ''
check "the others are not" state_is 4461 stale .
check "nor the one with the same path" state_is 4463 stale .

# what may not be looked at is not taken for the host's
rm -r "/proc/$root/root/$srv/sites" "/proc/$root/root/$srv/nginx.conf"
scan
check "without a configuration it is unknown" state_is 4463 null \
	'files of its own, and no line'
check "and the host's file is as it was" state_is 4461 stale .
stop "$root"
stop "$jail"
stop "$box"
stop "$plain"

# ---------------------------------------------------------------- users' own
mkdir "$T/user"
sed "s|$srv|$T/user|g; s|$T/../srv|$T/user|g" "$srv/nginx.conf" \
	>"$T/user/nginx.conf"
mkdir "$T/user/sites"
# names the host's file, on the host's port of another address
echo "server { listen 127.0.0.2:4461 ssl; server_name user.test;
	ssl_certificate $srv/leaf.pem; ssl_certificate_key $T/user/leaf.key; }
	server { listen 4465 ssl; server_name user.test;
	ssl_certificate $T/user/leaf.pem;
	ssl_certificate_key $T/user/leaf.key; }" >"$T/user/sites/one.conf"
put "$T/user" user
cp "$T/user/leaf.key" "$T/user.key"
sed -i "s|$srv/leaf.pem|$T/user/leaf.pem|" "$T/user/sites/one.conf"
chown -R 1234 "$T/user"
start user setpriv --reuid 1234 --clear-groups nginx -p "$T/user" \
	-c "$T/user/nginx.conf"
until_true 20 is_listening 4465
nginx_reads "$host"
until_true 20 shows 4461 host
scan
check "a user's server is one of its own" endpoint 4465 \
	'.service == "nginx (user 1234)" and .state == "live"'
sed -i "s|$T/user/leaf.pem|$srv/leaf.pem|" "$T/user/sites/one.conf"
scan
check "it does not speak for the service" endpoint 4461 \
	'.service == "nginx" and .state == "live" and .address == "127.0.0.1"'
check "a line of a user's bears his number" location host \
	'any(.bindings[]; .service == "nginx (user 1234)") and
	any(.bindings[]; .service == "nginx")'
check "and makes no file unserved" is 0 unserved
stop "$host"
finish
