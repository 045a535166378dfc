# SPDX-License-Identifier: Apache-2.0
# Tests of the page in a browser.  Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

# Builds the page and fetches what its tests need; skips all of it where there
# is no browser, and with sanitizers, which change nothing of the page.  One test
# at a time: npm begins by removing what another one uses.
page_ready() {
	case $B in */san)
		skip "the page in a browser" "is tested in the plain build"
		finish ;;
	esac
	if ! command -v chromium >/dev/null || ! command -v npm >/dev/null; then
		skip "the page in a browser" "there is no chromium or npm"
		finish
	fi
	flock build/page.lock "${MAKE:-make}" -s build/npm/test.stamp \
		build/web/index.html >"$T/make.log" 2>&1 && return
	cat "$T/make.log"
	exit 1
}

# page_run SCRIPT ARGUMENT...: tests/page/SCRIPT.mjs, which says its own "ok"
# and "not ok".
page_run() {
	local script=$1 ran=0

	shift
	mkdir -p "$SHOTS"
	CHECKS=$checks node "tests/page/$script.mjs" "$@" >"$T/$script.out" 2>&1
	local status=$?
	cat "$T/$script.out"
	ran=$(grep -cE '^(not )?ok ' "$T/$script.out")
	checks=$((checks + ran))
	failures=$((failures + $(grep -c '^not ok ' "$T/$script.out")))
	[ "$status" = 0 ] || [ "$failures" -gt 0 ] ||
		check "$script.mjs ends well" false
}
