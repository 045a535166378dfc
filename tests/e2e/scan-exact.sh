#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What certwalk finds in the system's own folders is what openssl reads there,
# place by place.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

folders="/etc/ssl /usr/share/ca-certificates"
# shellcheck disable=SC2086
truth() {
	find $folders -xdev -type f -print0 | while IFS= read -r -d '' f; do
		grep -aq -- '-----BEGIN' "$f" || continue
		awk -v n=0 -v out="$T/block" '
			/-----BEGIN/ { n++ }
			n { print > (out "." n) }' "$f"
		for block in "$T"/block.*; do
			[ -e "$block" ] || continue
			h=$(openssl x509 -in "$block" -outform der 2>/dev/null |
				sha256sum | cut -c1-64)
			openssl x509 -in "$block" -noout 2>/dev/null &&
				echo "$f ${block##*.} $h"
			rm "$block"
		done
	done | sort
}
# shellcheck disable=SC2086
ours() {
	"$B/certwalk" scan --format jsonl $folders |
		jq -r 'select(.kind == "certificate" and .format == "pem") |
			"\(.path) \(.entry) \(.sha256)"' | sort
}
same() {
	truth >"$T/truth"
	ours >"$T/ours"
	[ -s "$T/truth" ] && diff "$T/truth" "$T/ours"
}
if [ "$B" = build/san ]; then
	skip "the same certificates as openssl" "shown without sanitizers"
elif [ -d /usr/share/ca-certificates ]; then
	check "the same certificates at the same places as openssl" same
else
	skip "the same certificates as openssl" "no ca-certificates here"
fi

# the facts, against openssl's own words
facts() {
	local f='' n=0

	for f in /usr/share/ca-certificates/mozilla/*.crt; do
		openssl x509 -in "$f" -noout -subject -issuer -enddate -serial \
			-nameopt RFC2253,-esc_msb,utf8 >"$T/o" || return 1
		"$B/certwalk" scan --format jsonl "$f" | head -n 1 >"$T/c"
		# attributes that RFC 4514 has no name for are dotted OIDs
		grep -q '=#' "$T/c" && continue
		[ "subject=$(jq -r .subject "$T/c")" = \
			"$(sed -n 's/^subject=/subject=/p' "$T/o")" ] ||
			{ echo "$f"; cat "$T/o" "$T/c"; return 1; }
		[ "$(jq -r '.not_after | fromdate' "$T/c")" = "$(date -ud \
			"$(sed -n 's/^notAfter=//p' "$T/o")" +%s)" ] ||
			{ echo "$f"; cat "$T/o" "$T/c"; return 1; }
		n=$((n + 1))
		[ "$n" -ge 40 ] && break
	done
	[ "$n" -gt 10 ]
}
if [ -d /usr/share/ca-certificates/mozilla ]; then
	check "subjects and dates are what openssl says" facts
else
	skip "subjects and dates are what openssl says" "no ca-certificates"
fi
finish
