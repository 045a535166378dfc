#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certwalk probe behind the protocols whose servers are seldom at hand.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

make_ca root
make_leaf a.test root
endpoint='select(.kind == "endpoint") |'

# stub PROTOCOL VERSION: its port in $port
stub() {
	start "$1$2" python3 tests/e2e/probe_starttls.py "$@" \
		"$T/a.test.pem" "$T/a.test.key"
	until_true 10 test -s "$T/$1$2.log" && port=$(cat "$T/$1$2.log")
}
for protocol in lmtp nntp sieve rdp mssql; do
	stub "$protocol" tls1.2
	check "$protocol: both versions" is \
		"[\"$protocol\",[\"TLSv1.2\",\"TLSv1.3\"],\"open\"]" \
		probed "$port" "$endpoint [.starttls, .versions, .chain]" \
		--starttls "$protocol"
	stub "$protocol" tls1.3
	check "$protocol: TLS 1.3 only" is \
		"[\"$protocol\",[\"TLSv1.3\"],\"open\"]" \
		probed "$port" "$endpoint [.starttls, .versions, .chain]" \
		--starttls "$protocol"
done
check "another protocol than the one that was named is told" is \
	'["no-tls",true]' probed "$(cat "$T/nntptls1.2.log")" \
	"$endpoint [.failure, (.reason | length > 0)]" --starttls smtp
finish
