#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/lint.sh
# The house rules that a machine can check.  One line for each breach,
# "FILE:LINE: rule: what"; ends with 1 where there is any.
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8
faults=$(mktemp)
trap 'rm -f "$faults"' EXIT

mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t c_sources < <(git ls-files '*.c')
mapfile -t plain_sources < <(git ls-files 'lib/*.c' 'agent/*.c' \
	'collector-stub/*.c' | grep -v '_table\.c$')
mapfile -t all_files < <(git ls-files)
mapfile -t program_files < <(git ls-files 'lib/*.[ch]' 'agent/*.[ch]' \
	'collector-stub/*.[ch]')
mapfile -t written < <(git ls-files | grep -v '^tests/fuzz/corpus/' |
	grep -vE '\.(png|svg|json|md|txt|out|pem|der)$|^LICENSE$|/LICENSE$')

# Turns grep's FILE:LINE:TEXT into a breach of rule $1.
breach() {
	sed -E "s|^([^:]+:[0-9]+):|\1: $1: |" >>"$faults"
}

# FILE:LINE:INCLUDED of each include of our own files
includes() {
	grep -nE '^#include "' "${program_files[@]}" |
		sed -E 's/#include "([^"]*)".*/\1/'
}

check_includes() {
	includes | grep -E '^lib/.*:(agent|collector-stub)/' |
		breach 'lib includes neither program'
	includes | grep -E '^agent/.*:collector-stub/' |
		breach 'agent does not include collector-stub'
	includes | grep -E '^collector-stub/.*:agent/' |
		breach 'collector-stub does not include agent'
	includes | grep -vE ':(lib|agent|collector-stub|proto)/[^:]*$' |
		breach 'include by the path from the top'
	# A family does not include members of another.
	includes | awk -F: '{
		families = "^(format|finder|issuer|output|starttls)$"
		n = split($1, from, "/"); m = split($3, to, "/")
		a = from[n - 1]; b = to[m - 1]
		if (a != b && a ~ families && b ~ families)
			print
	}' | breach 'families do not include each other'
	# Only the table declares what other files define.
	grep -nE '^extern const struct .*[a-z]_[a-z0-9_]+;' \
		"${plain_sources[@]}" |
		breach 'only a _table.c sees all members'
}

check_words() {
	local banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol'
	banned="$banned|system|popen|alloca|tmpnam|mktemp"

	grep -nE "(^|[^A-Za-z0-9_.>\"])($banned)[[:space:]]*\(" \
		"${c_files[@]}" | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/\*| \*)' |
		breach 'banned function'
	grep -nE '^[[:space:]]*goto ' "${c_files[@]}" | grep -v 'goto out;' |
		breach 'goto leads to out only'
	grep -nE '^typedef (struct|union|enum)' "${c_files[@]}" |
		breach 'no typedef of a struct'
	grep -nwE 'TODO|FIXME|XXX' "${written[@]}" |
		grep -vE '^(tests/lint\.sh|\.clang-tidy):' |
		breach 'unfinished'
	grep -nE -A1 -e '-----BEGIN ([A-Z]+ )?PRIVATE KEY-----' \
		"${all_files[@]}" |
		grep -aE -- '-[0-9]+-[A-Za-z0-9+/]{40}' |
		sed -E 's/-([0-9]+)-.*/:\1:/' | breach 'private key'
}

check_layout() {
	local file=''

	for file in "${c_files[@]}"; do
		expand "$file" | grep -nE '^.{81}' | sed "s|^|$file:|" |
			breach 'longer than 80 columns'
	done
	grep -nE '^        ' "${c_files[@]}" | breach 'indent with tabs'
	grep -nE '[[:space:]]$' "${written[@]}" | breach 'space at the end'
	for file in "${written[@]}"; do
		[ -s "$file" ] || continue
		head -3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
			echo "$file:1: no SPDX line" >>"$faults"
	done
}

check_sizes() {
	wc -l "${c_files[@]}" | awk '$1 > 800 && $2 != "total" {
		print $2 ":1: file of " $1 " lines, at most 800"
	}' >>"$faults"
	# columns: complexity (a switch counts once), -, -, first line, lines
	pmccabe "${c_sources[@]}" |
		awk -F'\t' '{ split($6, at, "(") }
		$1 > 15 { print at[1] ":" $4 ": complexity " $1 \
			", at most 15: " $6 }
		$5 > 80 { print at[1] ":" $4 ": function of " $5 \
			" lines, at most 80: " $6 }' |
		sed -E 's/: [^ ]*: ([A-Za-z_0-9]+)$/: \1/' >>"$faults"
}

check_includes
check_words
check_layout
check_sizes
sort -t: -k1,1 -k2,2n "$faults"
[ ! -s "$faults" ]
