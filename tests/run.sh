#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/run.sh [WORD]		(make test)
# Builds plain and with sanitizers, and runs every test in both builds: unit
# tests, the fuzz targets over their corpora, tests/e2e, and the checks of the
# documentation.  With WORD, only the jobs whose name holds it.
#
# A job's output has a line "ok ..." or "not ok ..." for each test case, with
# "# SKIP" in those that were skipped (cmocka's and ours are the same).  The
# last line says how many there were; the whole output is in build/test.
set -u
cd "$(dirname "$0")/.." || exit 1
word=${1:-}
at_once=${JOBS:-$(nproc)}
out=build/test
rm -rf "$out"
mkdir -p "$out"

build() {
	"${MAKE:-make}" -j"$at_once" "$@" >"$out/build.log" 2>&1 && return
	cat "$out/build.log"
	echo "the build failed: make $*"
	echo "0 passed, 1 failed"
	exit 1
}

# One job a line: name, seconds in which even a slow machine has done it,
# command.
jobs() {
	local b=$1 pre=$2 file='' name=''

	for file in tests/e2e/*.sh; do
		[ -x "$file" ] || continue
		name=$(basename "$file" .sh)
		echo "${pre}e2e/$name 1800 B=$b $file"
	done
	find tests/unit -name '*.c' | sort | while read -r file; do
		name=${file#tests/}
		name=${name%.c}
		echo "${pre}$name 600 $b/$name"
	done
}

all_jobs() {
	jobs build ''
	echo "docs 300 tests/docs.sh"
	echo "install 600 tests/install.sh"
	jobs build/san san/
	for file in tests/fuzz/*.c; do
		name=$(basename "$file" .c)
		[ "$name" = replay ] && continue
		echo "san/replay/$name 600 tests/replay.sh $name"
	done
}

# Runs the job of one such line and says how it went.
run() {
	local name=$1 limit=$2 log='' status=0 failed=0 passed=0 start=$SECONDS

	shift 2
	log=$out/$name.log
	mkdir -p "$(dirname "$log")"
	# sandboxed roles cannot be traced, which finding leaks needs
	case $name in san/e2e/*) export ASAN_OPTIONS=detect_leaks=0 ;; esac
	{
		env CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "$limit" \
			env "$@" >"$log" 2>&1 </dev/null
		status=$?
	} 2>"$log.shell"
	rm -f "$log.shell"
	passed=$(grep -acE '^ok +[^ ]' "$log")
	failed=$(grep -aE '^not ok +[^ ]' "$log" | grep -acv '# SKIP')
	if [ "$status" = 124 ]; then
		echo "not ok - took longer than $limit s" >>"$log"
		failed=$((failed + 1))
	elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		echo "not ok - ended with status $status" >>"$log"
		failed=1
	elif [ "$passed" = 0 ] && ! grep -aq '^not ok' "$log"; then
		echo "not ok - has no test case" >>"$log"
		failed=1
	fi
	if [ "$failed" = 0 ]; then
		printf '  ok %4d s  %s\n' "$((SECONDS - start))" "$name"
	else
		printf '  FAIL  %s\n%s\n' "$name" \
			"$(tail -n 200 "$log" | sed 's/^/        /')"
	fi
}
export -f run
export out

count() {
	find "$out" -name '*.log' -exec cat {} + | grep -aE '^(not )?ok +[^ ]' |
		grep -a "$@"
}

build all man unit
build SAN=1 all unit replay
all_jobs | grep -F -- "$word" |
	xargs -P "$((at_once + 1))" -d '\n' -n 1 bash -c 'set -f; run $0'

skipped=$(count -c '# SKIP')
passed=$(count '^ok' | grep -avc '# SKIP')
failed=$(count '^not ok' | grep -avc '# SKIP')
echo
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
