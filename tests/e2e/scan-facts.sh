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

# ------------------------------------------------- all that stands in one
rm -rf "$tree" && mkdir "$tree"
# of RFC 6962 section 3.3, two stamps of three bytes
cat >"$T/all.ext" <<-'END'
	basicConstraints = critical,CA:TRUE,pathlen:1
	keyUsage = critical,digitalSignature,keyCertSign,cRLSign
	extendedKeyUsage = serverAuth,clientAuth
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid
	authorityInfoAccess = OCSP;URI:http://ocsp.test/,caIssuers;URI:http://ca.test/ca.crt
	crlDistributionPoints = URI:http://crl.test/ca.crl
	certificatePolicies = 2.23.140.1.2.2,1.3.6.1.4.1.99999.1
	nameConstraints = permitted;DNS:in.test,permitted;IP:192.0.2.0/255.255.255.0,excluded;DNS:out.test
	tlsfeature = status_request
	subjectAltName = DNS:all.test,IP:192.0.2.7,email:a@all.test,URI:https://all.test/
	1.3.6.1.4.1.11129.2.4.2 = ASN1:FORMAT:HEX,OCTETSTRING:000a00030102030003040506
END
openssl req -newkey rsa:2048 -nodes -subj '/C=XX/O=All, Inc./CN=all.test' \
	-keyout "$T/all.key" -out "$T/all.csr" 2>/dev/null
openssl x509 -req -in "$T/all.csr" -CA "$T/one.pem" -CAkey "$T/one.key" \
	-set_serial 0x0fedcba987 -days 30 -extfile "$T/all.ext" \
	-out "$tree/all.pem" 2>/dev/null
openssl x509 -req -in "$T/all.csr" -signkey "$T/all.key" -days 30 \
	-out "$tree/plain.pem" 2>/dev/null
openssl req -x509 -key "$T/all.key" -days 30 -subj /CN=no-ca \
	-config <(printf '[req]\ndistinguished_name = n\n[n]\n') \
	-addext basicConstraints=CA:FALSE -out "$tree/no-ca.pem"
scan "$tree"
hash_of() { sha256sum | cut -c1-64; }
sha256=$(openssl x509 -in "$tree/all.pem" -outform der | hash_of)
spki=$(openssl x509 -in "$tree/all.pem" -noout -pubkey |
	openssl pkey -pubin -outform der | hash_of)
ends=$(openssl x509 -in "$tree/all.pem" -noout -enddate | cut -d= -f2)
begins=$(openssl x509 -in "$tree/all.pem" -noout -startdate | cut -d= -f2)
utc() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }
ski() { openssl x509 -in "$1" -noout -ext subjectKeyIdentifier | tail -n 1 |
	tr -d ' :' | tr A-F a-f; }
cat >"$T/all.json" <<-END
	{"kind": "certificate", "sha256": "$sha256", "spki_sha256": "$spki",
	"subject": "CN=all.test,O=All\\\\, Inc.,C=XX", "issuer": "CN=one",
	"serial": "0fedcba987", "not_before": "$(utc "$begins")",
	"not_after": "$(utc "$ends")", "key_alg": "RSA", "key_bits": 2048,
	"sig_alg": "ecdsa-with-SHA256",
	"key_alg_oid": "1.2.840.113549.1.1.1",
	"sig_alg_oid": "1.2.840.10045.4.3.2", "strength_bits": 112,
	"pq_class": "classical", "sig_pq_class": "classical",
	"dns_names": ["all.test"], "ip_addresses": ["192.0.2.7"],
	"emails": ["a@all.test"], "uris": ["https://all.test/"],
	"has_basic_constraints": true, "is_ca": true, "self_signed": false,
	"key_usage": ["digitalSignature", "keyCertSign", "cRLSign"],
	"ext_key_usage": ["serverAuth", "clientAuth"], "path_len": 1,
	"ski": "$(ski "$tree/all.pem")", "aki": "$(ski "$T/one.pem")",
	"policies": ["2.23.140.1.2.2", "1.3.6.1.4.1.99999.1"],
	"validation": "OV", "ocsp": ["http://ocsp.test/"],
	"crl": ["http://crl.test/ca.crl"],
	"ca_issuers": ["http://ca.test/ca.crt"], "sct_count": 2,
	"must_staple": true,
	"permitted": ["dns:in.test", "ip:192.0.2.0/24"],
	"excluded": ["dns:out.test"], "path": "$tree/all.pem",
	"format": "pem", "entry": "1", "chain_position": 1,
	"role": "intermediate"}
END
all_facts() {
	jq -S --arg p "$tree/all.pem" 'select(.path == $p and .kind ==
		"certificate") | del(.mode, .owner, .group, .mtime)' \
		"$T/out.jsonl" >"$T/all.got"
	diff "$T/all.got" <(jq -S . "$T/all.json")
}
check "of one certificate all facts are told, and no other" all_facts
check "one without basic constraints is told from one that is no CA" tells \
	'.path == $t + "/plain.pem" and .has_basic_constraints == false and
	.is_ca == false'
check "one that is no CA says so" tells '.path == $t + "/no-ca.pem" and
	.has_basic_constraints and .is_ca == false'

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
ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/ssh-ca"
mkdir "$tree/ssh" "$tree/ssh-far"
ssh-keygen -q -t ecdsa -N '' -C '' -f "$tree/ssh/host"
ssh-keygen -q -s "$T/ssh-ca" -I host -h -n host.test "$tree/ssh/host.pub"
ssh-keygen -q -t ed25519 -N 'secret words' -C '' -f "$tree/ssh/moved"
ssh-keygen -q -s "$T/ssh-ca" -I moved -n ann "$tree/ssh/moved.pub"
mv "$tree/ssh/moved-cert.pub" "$tree/ssh-far"
ssh_fingerprint=$(ssh-keygen -lf "$T/ssh-ca.pub" | cut -d' ' -f2)
# a key that SSH and TLS share, as OpenSSH writes it, and as PuTTY does
ssh-keygen -q -t rsa -b 2048 -N '' -C '' -f "$tree/ssh/shared"
cp "$tree/ssh/shared" "$T/shared.pem"
ssh-keygen -q -p -P '' -N '' -m PEM -f "$T/shared.pem" >/dev/null
openssl req -x509 -key "$T/shared.pem" -days 30 -subj /CN=shared \
	-out "$tree/ssh/shared.crt" 2>/dev/null
cat "$tree/ssh/shared" "$tree/ssh/shared.crt" >"$tree/ssh/shared.both"
{
	printf 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n'
	printf 'Comment: shared\nPublic-Lines: 6\n'
	cut -d' ' -f2 "$tree/ssh/shared.pub" | fold -w 64
	printf 'Private-Lines: 1\nAAAA\nPrivate-MAC: 00\n'
} >"$tree/ssh/shared.ppk"
chmod 0600 "$tree"/ssh/shared.*
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
check "an SSH key without a certificate belongs to none" key id \
	'.matches == "none" and .matches_path == null'
check "an SSH key beside its certificate says where" key ssh/host \
	'.matches == "neighbour" and
	.matches_path == $t + "/ssh/host-cert.pub"'
check "one far from it does, locked or not" key ssh/moved \
	'.matches == "elsewhere" and .encrypted and
	.matches_path == $t + "/ssh-far/moved-cert.pub"'
check "an SSH key may belong to an X.509 certificate" key ssh/shared \
	'.matches == "neighbour" and (.matches_path | test("/ssh/shared[.]"))'
check "and one of PuTTY" key ssh/shared.ppk '.matches == "neighbour"'
check "an SSH key beside a certificate in a file says so" key ssh/shared.both \
	'.matches == "same-file" and .matches_path == null'
check "a public key of SSH belongs to nothing" tells \
	'.path == $t + "/ssh/host.pub" and .matches == null'
check "an SSH certificate names its CA by its fingerprint" tells \
	".path == \$t + \"/ssh/host-cert.pub\" and
	.kind == \"ssh-certificate\" and .issuer == \"$ssh_fingerprint\""
table() { "$B/certwalk" scan --quiet --config "$T/agent.ini" "$tree" | grep -q "$1"; }
check "the table counts keys that others may read" \
	table ' 2 private keys that others may read, not encrypted'
check "and those that belong to nothing" \
	table ' 1 private keys that belong to no certificate found here'
finish
