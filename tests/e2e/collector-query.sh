#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Questions to the inventory by the filter language: a real agent's report,
# asked for by the collector's subcommands.
# shellcheck source=tests/e2e/lib.sh
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

# certificate NAME DAYS COMMON-NAME OPTION...
certificate() {
	local name=$1 days=$2 cn=$3

	shift 3
	openssl req -x509 -nodes -days "$days" -subj "/CN=$cn" \
		-keyout "$tree/$name.key" -out "$tree/$name.pem" "$@" \
		2>/dev/null
}
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
certificate web 300 web.test "${ec[@]}" -addext subjectAltName=DNS:a.test
certificate rsa 300 rsa.test -newkey rsa:2048
certificate soon 5 "it's \"soon\"%_.test" "${ec[@]}"
# openssl ca is the one that can say when it ended
openssl req -new -nodes "${ec[@]}" -subj /CN=gone.test \
	-keyout "$tree/gone.key" -out "$T/gone.csr" 2>/dev/null
: >"$T/index"
printf '%s\n' '[ca]' 'default_ca = d' '[d]' "database = $T/index" \
	"new_certs_dir = $T" 'default_md = sha256' 'policy = p' \
	'rand_serial = yes' '[p]' 'commonName = supplied' >"$T/ca.cnf"
openssl ca -batch -config "$T/ca.cnf" -selfsign -in "$T/gone.csr" -notext \
	-keyfile "$tree/gone.key" -out "$tree/gone.pem" \
	-startdate "$(date -ud '-9 days' +%y%m%d%H%M%SZ)" \
	-enddate "$(date -ud '-75 hours' +%y%m%d%H%M%SZ)" 2>/dev/null
sha256() {
	openssl x509 -in "$tree/$1.pem" -outform der | sha256sum | cut -c1-64
}

ports=no
[ -n "${IN_NAMESPACE:-}" ] && ip link set lo up && ports=yes
collector_new
agent_config "scan.ports = $ports" "collector.heartbeat = 1s"
[ $ports = yes ] && start server openssl s_server -accept 127.0.0.1:4430 \
	-quiet -cert "$tree/gone.pem" -key "$tree/gone.key"
agent_enroll >/dev/null
agent_start
in_sync_and_same() { in_sync && same; }
check "an agent reports" until_true 60 in_sync_and_same

# chosen FILTER [ARGUMENT...]: the common names of what passes
chosen() {
	local filter=$1

	shift
	cw inventory --format jsonl --filter "$filter" "$@" |
		jq -r '.subject' | tr '\n' ' '
}
check "by a fact of the certificate" is 'CN=rsa.test ' chosen \
	'key_alg = RSA and key_bits < 3072'
check "by one of several names" is 'CN=web.test ' chosen 'dns_names = A.TEST'
check "by its place, any of them" is 'CN=web.test ' chosen \
	"path ~ \"*/web.pem\" and host = \"$(hostname)\""
check "by its hash" is 'CN=rsa.test ' chosen "sha256 = $(sha256 rsa)"
check "by time, the soonest first" is \
	'CN=gone.test CN=it'"'"'s \"soon\"%_.test ' chosen 'not_after < 30d'
check "in another order" is \
	'CN=web.test CN=rsa.test CN=it'"'"'s \"soon\"%_.test CN=gone.test ' \
	chosen 'path ~ "*.pem"' --sort -subject
check "quotes and wildcards are only characters" is \
	'CN=it'"'"'s \"soon\"%_.test ' chosen "subject ~ \"soon\\\\\\\"%_\""
check "nothing passes what nothing is" is '' chosen \
	"subject = \"x' OR '1' = '1\""
check "each comes with its places" is "$tree/web.pem" sh -c "
	'$collector' inventory --config '$T/collector.ini' --format jsonl \
		--filter 'dns_names' | jq -r '.places[].path'"
check "as a table" says 'rsa\.test .*/rsa\.pem' cw inventory \
	--filter 'key_alg = RSA'
check "for a spreadsheet" is "CN=rsa.test,RSA,2048" sh -c "
	'$collector' inventory --config '$T/collector.ini' --format csv \
		--filter 'key_alg = RSA' | python3 -c '
import csv, sys
for r in csv.DictReader(sys.stdin):
    print(r[\"subject\"], r[\"key_alg\"], r[\"key_bits\"], sep=\",\")'"
check "a fault is told with its column" says 'column 17: there is no field' \
	cw inventory --filter 'role = leaf and nothing = 1'
check "and is wrong usage" exits 2 cw inventory --filter 'nothing'
check "so is an unknown order" exits 2 cw inventory --sort nothing

check "agents by a filter" says "$(hostname) .* synced" cw agents \
	--filter 'complete and last_seen > -1d and locations > 3'
check "that none passes" is 0 sh -c "'$collector' agents \
	--config '$T/collector.ini' --format jsonl --filter revoked | wc -l"

check "an order goes to those that pass" says '^[0-9a-f-]{36} ' sh -c "
	'$collector' key create --config '$T/collector.ini' >/dev/null &&
	'$collector' command send --config '$T/collector.ini' \
		--where 'host = \"$(hostname)\"' --action scan-now"
check "and to nobody else" exits 4 cw command send --where 'host = nobody' \
	--action scan-now
check "a wrong filter sends nothing" exits 2 cw command send \
	--where 'hots = nobody' --action scan-now

certificate more 300 more.test "${ec[@]}"
kill -HUP "$agent"
more_came() {
	says "^[0-9TZ:-]{20}  new  *$(hostname) .*more\.test .*/more\.pem," \
		cw events --filter 'event = new and subject ~ more.test'
}
check "what has changed" until_true 60 more_came
check "the latest first, an object a line" is 'new joined' sh -c "
	'$collector' events --config '$T/collector.ini' --format jsonl \
		--filter 'event = joined or subject ~ more.test' |
		jq -r .event | xargs"
check "no more than asked for" is 1 sh -c "
	'$collector' events --config '$T/collector.ini' --format jsonl \
		--limit 1 | wc -l"
check "a table that is cut off says so" says 'more than these 1:' \
	cw events --limit 1
check "for a spreadsheet, in another order" is 'event joined' sh -c "
	'$collector' events --config '$T/collector.ini' --format csv \
		--sort time --limit 1 | cut -d, -f2 | xargs"
check "a fault in a filter of events" exits 2 cw events --filter 'path = x'
check "a limit that is no number" exits 2 cw events --limit many

if [ $ports = yes ]; then
	problem() {
		cw inventory --problems --filter 'port = 4430' \
			--format jsonl 2>/dev/null |
			jq -r '"\(.kind) \(.problem) \(.address):\(.port) \(.subject)"'
	}
	check "a listener with an expired certificate is a problem" is \
		"endpoint expired 127.0.0.1:4430 CN=gone.test" problem
	check "said in words" says \
		'^expired .* 127\.0\.0\.1:4430 .*gone\.test .* ended 3 days' \
		cw inventory --problems
else
	skip "problems of listeners" "no namespaces here"
fi

stop "$serve"
check "nothing was logged as a fault" is '' grep -E 'error|SQLite' \
	"$T/serve.log"
finish
