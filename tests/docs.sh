#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/docs.sh
# What is written about the programs agrees with their tables.
set -u
status=0

say() {
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		status=1
	fi
}

# The page as plain text.
page() {
	mandoc -Tutf8 -O width=200 "build/man/$1" | sed 's/.\x08//g'
}

# Standard input has all of these words, each by itself.
has() {
	local text='' word='' res=0

	text=$(cat)
	for word; do
		grep -qE -- "(^|[^a-z_-])$word([^a-z_-]|\$)" <<<"$text" && continue
		echo "missing: $word"
		res=1
	done
	return $res
}

# The page's text about one subcommand.
about() {
	page "$1.8" | awk -v name="$2" '
		/^   [^ ]/ || /^[^ ]/ { inside = $1 == name && /^   / }
		inside'
}

check_subcommand() {
	local program=$1 name=$2 words=()

	"build/$program" "$name" --help | grep -q "^usage: $program $name"
	say $? "$program $name --help"
	mapfile -t words < <("build/$program" help --words "$name" |
		grep -vx -- --help)
	about "$program" "$name" | has "$name" "${words[@]}"
	say $? "$program(8) tells about $name and its options"
}

check_program() {
	local program=$1 conf=conf/$2.ini name='' options=()

	for name in $("build/$program" help --words | grep -v -- '^-'); do
		[ "$name" = help ] || check_subcommand "$program" "$name"
	done
	"build/$program" check-config --example | diff "$conf" -
	say $? "$conf is what $program check-config --example prints"
	"build/$program" check-config "$conf" >/dev/null
	say $? "$conf is accepted"
	mapfile -t options < <(sed -n 's/^#\([a-z_]*\) =.*/\1/p' "$conf")
	page "$program.ini.5" | has "${options[@]}"
	say $? "$program.ini(5) has each option of $conf"
}

# check_family PAGE FAMILY: the page lists each member of its table.
check_family() {
	local names=() listed=0

	listed=$(grep -c "^	&$2_" "agent/$2/$2_table.c")
	mapfile -t names < <(cat agent/"$2"/*.c |
		sed -n "/^const struct $2 $2_/,/^}/s/.*\\.name = \"\\([^\"]*\\)\".*/\\1/p")
	page "$1" | has "${names[@]}" && [ "${#names[@]}" = "$listed" ]
	say $? "$1 has the $listed members of the table"
}

check_lint() {
	local file='' faults=''

	for file in build/man/*; do
		faults=$(mandoc -Tlint "$file" |
			grep -v 'referenced manual not found\|outdated mandoc.db')
		[ -z "$faults" ] || echo "$faults"
		[ -z "$faults" ]
		say $? "mandoc finds no fault in ${file##*/}"
	done
}

# What completion offers for the words of a command line, the last unfinished.
complete_line() {
	bash -c '. packaging/certwalk.bash
		PATH=$PWD/build:$PATH COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_certwalk "$1" && echo "${COMPREPLY[*]}"' bash "$@"
}

check_completion() {
	[ "$(complete_line certwalk check-c)" = check-config ]
	say $? "completion of a subcommand"
	[ "$(complete_line certwalk-collector help check-c)" = check-config ]
	say $? "completion behind help"
	[ "$(complete_line certwalk check-config --pr)" = --print ]
	say $? "completion of an option"
	[ "$(complete_line certwalk nothing --)" = '' ]
	say $? "completion behind an unknown subcommand"
	bash -c '. packaging/certwalk.bash; complete -p certwalk-collector' |
		grep -q _certwalk
	say $? "completion is for both programs"
}

check_program certwalk agent
check_program certwalk-collector collector
check_family certwalk-formats.7 format
check_family certwalk-finders.7 finder
check_lint
check_completion
exit "$status"
