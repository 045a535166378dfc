#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hostile listener costs its own deadline and nothing else.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

start hostile python3 tests/e2e/probe_hostile.py 5
check "the hostile listeners are up" until_true 30 \
	grep -q '^ready' "$T/hostile.log"

# ports KIND...: those of these kinds, with commas
ports() {
	local kinds="$*"

	grep -E "^(${kinds// /|}) " "$T/hostile.log" | cut -d' ' -f2 |
		paste -sd, -
}
# outcome KIND: how often what is told of the five.  Only those that never end
# take all of their time.
outcome() {
	local patience=60s

	case $1 in silent | slow | warnings) patience=2s ;; esac
	probe --timeout $patience "127.0.0.1:$(ports "$1")" |
		jq -rc 'select(.kind == "endpoint") |
			.failure // .chain' | sort | uniq -c |
		sed 's/^ *//'
}

check "who never answers is a timeout" is '5 timeout' outcome silent
check "so is who sends a byte a second" is '5 timeout' outcome slow
check "an endless greeting is too large" is '5 too-large' outcome greeting
check "a certificate of 1 MiB is read, and malformed" is '5 malformed' \
	outcome huge
check "of a thousand certificates some are kept, and that is told" is \
	'5 too-large' outcome long
check "records of one byte are joined" is '5 malformed' outcome fragments
check "what does not end is too large" is '5 too-large' outcome unending
check "garbage is no TLS" is '5 no-tls' outcome garbage
check "who closes at once has closed" is '5 closed' outcome closes
check "who only warns is a timeout" is '5 timeout' outcome warnings

# 450 good ones beside all 50 of these
make_ca root
make_leaf good.test root
start good python3 tests/e2e/probe_good.py 450 "$T/good.test.pem" \
	"$T/good.test.key"
check "450 good listeners are up" until_true 30 grep -q ready "$T/good.log"
mapfile -t good < <(grep -v ready "$T/good.log" | sed 's/^/127.0.0.1:/')
# seconds TIMEOUT TARGET...: how long it takes; the lines are in $T/lines
seconds() {
	local begin=$EPOCHREALTIME

	probe --timeout "${1}s" --quick "${@:2}" >"$T/lines"
	echo $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000000))
}
all_good() {
	[ "$(jq -rc 'select(.kind == "endpoint" and .chain == "open") | .port' \
		"$T/lines" | sort -u | wc -l)" = 450 ]
}
alone=$(seconds 300 "${good[@]}")
check "the good ones are all read" all_good
# enough for the good ones, however slow this machine is
deadline=$((10 + 4 * alone))
both=$(seconds $deadline "${good[@]}" "127.0.0.1:$(ports silent slow greeting huge \
	long fragments unending garbage closes warnings)")
check "they are all read beside the hostile ones too" all_good
check "which cost a deadline and nothing else ($alone s, then $both s)" \
	test "$both" -le $((deadline + deadline / 2 + 2 * alone))
check "and each of which is told" is 50 eval "jq -rc \
	'select(.kind == \"endpoint\" and .chain != \"open\") | .port' \
	$T/lines | wc -l"
finish
