#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/e2e/page.sh
# The collector's page in a browser.  Pictures of each view are kept in
# build/page.
. "$(dirname "$0")/lib.sh"

# The page is the same for every kind of build.
case $B in */san) skip "the page in a browser" "is tested once"; finish ;; esac
if ! command -v chromium >/dev/null; then
	skip "the page in a browser" "there is no chromium"
	finish
fi
"${MAKE:-make}" -s build/npm/test.stamp build/web/index.html >"$T/make.log" 2>&1 ||
	{ cat "$T/make.log"; exit 1; }

export SHOTS=build/page
rm -rf "$SHOTS"
start standin node tests/page/standin.mjs build/web
until_true 20 test -s "$T/standin.log" || cat "$T/standin.log"
standin=$(cat "$T/standin.log")

# Each script says its own "ok" and "not ok".
for script in views use; do
	CHECKS=$checks node "tests/page/$script.mjs" "$standin" |
		tee "$T/$script.out"
	ran=$(grep -cE '^(not )?ok ' "$T/$script.out")
	checks=$((checks + ran))
	failures=$((failures + $(grep -c '^not ok ' "$T/$script.out")))
	[ "$ran" -gt 0 ] || check "$script.mjs runs" false
done
finish
