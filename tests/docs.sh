#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: B=build tests/docs.sh
# What is written about the programs agrees with their tables.
set -u
B=${B:-build}
status=0

say() {
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		status=1
	fi
}

for pair in certwalk:agent certwalk-collector:collector; do
	program=${pair%:*}
	conf=conf/${pair#*:}.ini
	"$B/$program" check-config --example | diff "$conf" -
	say $? "$conf is what $program check-config --example prints"
	"$B/$program" check-config "$conf"
	say $? "$conf is accepted"
done
exit "$status"
