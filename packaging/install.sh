#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: B=build DESTDIR= PREFIX=/usr packaging/install.sh	(make install)
# A configuration that is there already is left as it is.
set -eu
cd "$(dirname "$0")/.."
to=${DESTDIR-}${PREFIX:=/usr}
completions=$to/share/bash-completion/completions

put() { # MODE FILE DESTINATION
	install -D -m "$1" "$2" "$3"
}

for program in certwalk certwalk-collector; do
	put 755 "$B/$program" "$to/bin/$program"
done
for page in "$B"/man/*; do
	put 644 "$page" "$to/share/man/man${page##*.}/${page##*/}"
done
# without npm there is no page
if [ -e build/web/index.html ]; then
	for file in build/web/*; do
		put 644 "$file" "$to/share/certwalk/web/${file##*/}"
	done
fi
for conf in agent collector; do
	[ -e "${DESTDIR-}/etc/certwalk/$conf.ini" ] ||
		put 644 conf/$conf.ini "${DESTDIR-}/etc/certwalk/$conf.ini"
done
for unit in certwalk-agent certwalk-collector; do
	put 644 packaging/$unit.service "$to/lib/systemd/system/$unit.service"
	sed -i "s|/usr/bin/|$PREFIX/bin/|" \
		"$to/lib/systemd/system/$unit.service"
done
for unit in certwalk-collector-agents certwalk-collector-enroll; do
	put 644 packaging/$unit.socket "$to/lib/systemd/system/$unit.socket"
done
# copied to /etc/certwalk by whoever wants them
for file in conf/examples/*/*.ini; do
	put 644 "$file" "$to/share/doc/certwalk/${file#conf/}"
done
for file in certwalk-alerts.yml certwalk-dashboard.json; do
	put 644 packaging/prometheus/$file "$to/share/certwalk/$file"
done
put 644 packaging/certwalk.sysusers "$to/lib/sysusers.d/certwalk.conf"
put 644 packaging/certwalk.bash "$completions/certwalk"
ln -sf certwalk "$completions/certwalk-collector"
