#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: packaging/deps.sh USE...
# Installs the packages of packages.txt that are for one of these uses and are
# missing; a command of that name that came from elsewhere does as well.  Where
# none is missing, apt is not called.
set -eu

list=$(dirname "$0")/packages.txt
wanted=$(for use; do
	sed -n "s/^\([^# ][^ ]*\) $use\$/\1/p" "$list"
done | sort -u)

if ! command -v apt-get >/dev/null; then
	echo "no apt-get here; needed are (Debian's names):" $wanted >&2
	exit 0
fi
missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
		2>/dev/null || true)
	[ "$status" = installed ] || command -v "$package" >/dev/null ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	if ! command -v sudo >/dev/null; then
		echo "missing:$missing; neither root nor sudo" >&2
		exit 1
	fi
fi
apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || {
		cat "$log" >&2
		return 1
	}
}
log=$(mktemp)
# Servers that are here for tests are not started: invoke-rc.d(8) asks this
# program first, where there is none already.
policy=/usr/sbin/policy-rc.d
ours=
finish() {
	rm -f "$log"
	[ -z "$ours" ] || $sudo rm -f "$policy"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
	ours=yes
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
fi
apt update || echo "apt-get update failed; trying all the same" >&2
apt install --no-install-recommends $missing
