#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is told of a certificate or key beyond what stands in it: what is weak,
# what it belongs to, how it is protected.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
lists=$T/lists
mkdir -p "$tree" "$lists/openssl-blacklist" "$lists/ssh"
printf '[scan]\nweak_keys = %s\n' "$lists" >"$T/agent.ini"

scan() {	# scan PATH...
	"$B/certwalk" scan --config "$T/agent.ini" --format jsonl "$@" \
		>"$T/out.jsonl"
}
tells() {	# tells JQ-FILTER: of some line
	jq -se --arg t "$tree" "any(.[]; $1)" "$T/out.jsonl" >/dev/null ||
		{ cat "$T/out.jsonl"; return 1; }
}
none_tells() { ! tells "$1" >/dev/null; }

# ------------------------------------------- Debian's keys, CVE-2008-0166
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=weak.test \
	-keyout "$tree/weak.key" -out "$tree/weak.pem" 2>/dev/null
openssl req -new -key "$tree/weak.key" -subj /CN=weak.test \
	-out "$tree/weak.csr" 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=good.test \
	-keyout "$tree/good.key" -out "$tree/good.pem" 2>/dev/null
ssh-keygen -q -t rsa -b 2048 -N '' -C '' -f "$tree/id_rsa"

scan "$tree"
check "without Debian's lists the coverage says that they are not there" \
	tells '.notes // [] | any(. == "Debian weak keys were not checked: openssl-blacklist is not installed")'

line=$(openssl rsa -in "$tree/weak.key" -noout -modulus | sha1sum |
	cut -c21-40)
printf '# a list\n\n%s\n' "$line" >"$lists/openssl-blacklist/blacklist.RSA-2048"
ssh-keygen -E md5 -lf "$tree/id_rsa.pub" | cut -d' ' -f2 | tr -d : |
	sed 's/^MD5//' | cut -c13-32 >"$lists/ssh/blacklist.RSA-2048"
scan "$tree"
for f in weak.pem weak.key weak.csr id_rsa id_rsa.pub; do
	check "a key in Debian's list is flagged in $f" tells \
		".path == \$t + \"/$f\" and (.flags // [] | any(. == \"debian-weak-key\"))"
done
for f in good.pem good.key; do
	check "another key is not flagged in $f" none_tells \
		".path == \$t + \"/$f\" and (.flags // [] | any(. == \"debian-weak-key\"))"
done
check "lists that are missing are named" \
	tells '.notes // [] | any(test("^Debian weak keys were checked in part: not installed: openssl-blacklist, "))'
echo rubbish >"$lists/ssh/blacklist.RSA-2048"
scan "$tree"
check "a list that is not one is named" \
	tells '.notes // [] | any(test("^Debian weak keys were not checked: .*/ssh/blacklist.RSA-2048: not a sorted list$"))'
finish
