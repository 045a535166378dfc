#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/install.sh
# make install puts everything in its place, and a second one keeps a changed
# configuration.
set -u
status=0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

say() {
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		status=1
	fi
}

install_into() {
	"${MAKE:-make}" -s install DESTDIR="$root" PREFIX=/opt/cw
}

install_into
say $? "make install"
for file in opt/cw/bin/certwalk opt/cw/bin/certwalk-collector \
	opt/cw/share/man/man8/certwalk.8 \
	opt/cw/share/man/man5/certwalk-collector.ini.5 \
	opt/cw/lib/systemd/system/certwalk-agent.service \
	opt/cw/lib/systemd/system/certwalk-collector.service \
	opt/cw/lib/systemd/system/certwalk-collector-agents.socket \
	opt/cw/lib/systemd/system/certwalk-collector-enroll.socket \
	opt/cw/share/certwalk/certwalk-alerts.yml \
	opt/cw/share/certwalk/certwalk-dashboard.json \
	opt/cw/lib/sysusers.d/certwalk.conf \
	opt/cw/share/bash-completion/completions/certwalk-collector \
	etc/certwalk/agent.ini etc/certwalk/collector.ini; do
	[ -s "$root/$file" ]
	say $? "$file is installed"
done
if command -v npm >/dev/null; then
	[ -s "$root/opt/cw/share/certwalk/web/index.html" ]
	say $? "the page is installed"
else
	echo "ok - the page # SKIP no npm"
fi
grep -q '^ExecStart=/opt/cw/bin/certwalk agent$' \
	"$root/opt/cw/lib/systemd/system/certwalk-agent.service"
say $? "units name the program where it is"
"$root/opt/cw/bin/certwalk" --version | grep -q '^certwalk [0-9]'
say $? "the installed program runs"

echo '# changed' >>"$root/etc/certwalk/agent.ini"
install_into
grep -q '^# changed$' "$root/etc/certwalk/agent.ini"
say $? "a changed configuration is kept"

if command -v systemd-analyze >/dev/null; then
	for unit in certwalk-agent certwalk-collector; do
		sed 's|^ExecStart=.*|ExecStart=/bin/true|' \
			packaging/$unit.service >"$root/$unit.service"
		faults=$(systemd-analyze verify --man=no \
			"$root/$unit.service" 2>&1 | grep "$unit.service:")
		[ -z "$faults" ] || echo "$faults"
		[ -z "$faults" ]
		say $? "systemd finds no fault in $unit.service"
	done
else
	echo "ok - units # SKIP no systemd-analyze"
fi
exit "$status"
