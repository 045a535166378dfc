#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/e2e/page.sh
# The page in a browser, with a server that stands in for the collector.
# Pictures of each view are kept in build/page.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
. tests/e2e/page_lib.sh

page_ready
export SHOTS=build/page
start standin node tests/page/standin.mjs build/web
until_true 60 test -s "$T/standin.log" || cat "$T/standin.log"
page_run views "$(cat "$T/standin.log")"
page_run use "$(cat "$T/standin.log")"
finish
