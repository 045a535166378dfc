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
		{ head -c 2000 "$T/out.jsonl"; return 1; }
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

# --------------------------------------------------- what a certificate is
rm -rf "$tree" && mkdir "$tree"
ca() {	# ca NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.pem" \
		2>/dev/null
}
signed() {	# signed NAME BY IS-CA
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.csr" 2>/dev/null
	openssl x509 -req -in "$T/$1.csr" -CA "$T/$2.pem" -CAkey "$T/$2.key" \
		-days 30 -extfile <(echo "basicConstraints=CA:$3") \
		-out "$T/$1.pem" 2>/dev/null
}
for i in one two three; do
	ca "$i"
done
signed middle one TRUE
signed leaf middle FALSE
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=self -addext basicConstraints=critical,CA:FALSE \
	-keyout "$T/self.key" -out "$tree/self.pem" 2>/dev/null
cat "$T/leaf.pem" "$T/middle.pem" "$T/one.pem" >"$tree/chain.pem"
cat "$T/one.pem" "$T/two.pem" "$T/middle.pem" "$T/three.pem" >"$tree/bundle.pem"
cp "$T/one.pem" "$tree/root.pem"
openssl x509 -in "$T/two.pem" -addtrust serverAuth -trustout \
	-out "$tree/trusted.pem"
openssl x509 -in "$T/two.pem" -addreject serverAuth -trustout \
	-out "$tree/rejected.pem"
openssl pkcs12 -export -nokeys -in "$tree/bundle.pem" -passout pass:changeit \
	-out "$tree/roots.p12" 2>/dev/null
scan "$tree"
roles() {	# roles FILE: of its certificates, in their order
	jq -r --arg p "$tree/$1" 'select(.path == $p and .kind ==
		"certificate") | .role + (if .trust_store then "+" else "" end)' \
		"$T/out.jsonl" | paste -sd' '
}
check "a chain has a leaf, an intermediate and a root" \
	is "leaf intermediate root" roles chain.pem
check "a bundle has trust anchors" is \
	"trust-anchor+ trust-anchor+ intermediate trust-anchor+" roles bundle.pem
check "a root alone is a root" is root roles root.pem
check "a self-signed leaf is one" is self-signed-leaf roles self.pem
check "a TRUSTED CERTIFICATE is a trust anchor" is trust-anchor+ \
	roles trusted.pem
check "one that is rejected is not" is root roles rejected.pem
check "roots in PKCS#12 are trust anchors" is \
	"trust-anchor+ trust-anchor+ intermediate trust-anchor+" roles roots.p12
if command -v keytool >/dev/null; then
	for i in one middle; do
		keytool -importcert -noprompt -alias "$i" -file "$T/$i.pem" \
			-storepass changeit -storetype JKS \
			-keystore "$tree/trust.jks" 2>/dev/null
	done
	scan "$tree"
	check "what a keystore trusts is a trust anchor" is \
		"trust-anchor+ trust-anchor+" roles trust.jks
else
	skip "what a keystore trusts is a trust anchor" "no keytool here"
fi

# ------------------------------------------- whose a private key is, and how
# it is kept
rm -rf "$tree" && mkdir -p "$tree/pair" "$tree/far"
cat "$T/leaf.pem" "$T/leaf.key" >"$tree/both.pem"
cp "$T/one.pem" "$tree/pair/cert.pem"
cp "$T/one.key" "$tree/pair/key.pem"
cp "$T/two.key" "$tree/far.key"
cp "$T/two.pem" "$tree/far/cert.pem"
cp "$T/three.key" "$tree/alone.key"
openssl pkcs8 -topk8 -in "$T/one.key" -passout 'pass:a password of nobody' \
	-out "$tree/pair/locked.pem"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$tree/id"
chmod 0600 "$tree"/*.key "$tree/pair/key.pem"
chmod 0640 "$tree/both.pem"
chmod 0644 "$tree/pair/locked.pem" "$tree/id"
scan "$tree"
key() {	# key FILE JQ-FILTER: of its private key
	tells ".path == \$t + \"/$1\" and (.kind == \"private-key\" or
		.kind == \"ssh-key\") and ($2)"
}
check "a key beside its certificate in a file says so" key both.pem \
	'.matches == "same-file" and .matches_path == null'
check "a key beside its certificate in a folder says where" key pair/key.pem \
	'.matches == "neighbour" and .matches_path == $t + "/pair/cert.pem"'
check "a key far from its certificate says where" key far.key \
	'.matches == "elsewhere" and .matches_path == $t + "/far/cert.pem"'
check "a key without a certificate belongs to none" key alone.key \
	'.matches == "none"'
check "of a locked key that is not known" key pair/locked.pem \
	'.matches == "unknown" and .encrypted'
check "each has mode and owner" key alone.key \
	'.mode == "0600" and .owner != null and .encrypted == false'
check "a key of its owner alone is not flagged" key alone.key '.flags == null'
check "a key that its group may read is flagged" key both.pem \
	'.flags == ["group-readable"]'
check "a key that all may read is flagged, locked or not" \
	key pair/locked.pem '.flags == ["group-readable", "world-readable"]'
check "so is one of SSH" key id '.flags | index("world-readable")'
check "its public half is not" tells '.path == $t + "/id.pub" and .flags == null'
table() { "$B/certwalk" scan --quiet --config "$T/agent.ini" "$tree" | grep -q "$1"; }
check "the table counts keys that others may read" \
	table ' 2 private keys that others may read, not encrypted'
check "and those that belong to nothing" \
	table ' 1 private keys that belong to no certificate found here'
finish
