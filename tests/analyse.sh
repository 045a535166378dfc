#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/analyse.sh
# The house rules (lint.sh), a build of everything with gcc and with clang,
# whose warnings are errors, clang-tidy (.clang-tidy), cppcheck, shellcheck.
set -u
cd "$(dirname "$0")/.." || exit 2
make=${MAKE:-make}
at_once=$(nproc)
status=0

step() {
	local name=$1 output=''

	shift
	if output=$("$@" 2>&1); then
		printf '  ok    %s\n' "$name"
	else
		printf '  FAIL  %s\n' "$name"
		grep -vE '^  (CC|LINK|PROTO|MAN) ' <<<"$output"
		status=1
	fi
}

# Output only of what fails: make is quiet, clang-tidy counts on stderr.
tidy() {
	local flags=''

	flags=$("$make" -s flags) || return 1
	git ls-files 'lib/*.c' 'agent/*.c' 'collector-stub/*.c' |
		xargs -P "$at_once" -n 4 sh -c \
		'clang-tidy --quiet "$@" -- '"$flags"' 2>/dev/null' sh
}

cpp_check() {
	cppcheck -q -j "$at_once" --std=c11 -D_GNU_SOURCE -I. \
		--enable=warning,portability,performance --inline-suppr \
		--error-exitcode=1 lib agent collector-stub
}

# SC2154: libraries set variables for the scripts that source them.
shell_check() {
	git ls-files '*.sh' .ci/run packaging/certwalk.bash |
		xargs shellcheck -S warning -s bash -e SC2154
}

step "house rules" tests/lint.sh
step gcc "$make" -sk -j"$at_once" all unit replay
step clang "$make" -sk -j"$at_once" CC=clang B=build/clang all unit replay
step clang-tidy tidy
step cppcheck cpp_check
step shellcheck shell_check
exit "$status"
