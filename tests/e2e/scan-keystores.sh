#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keystores and keys as the tools of this host make them: openssl by every
# scheme that it has, keytool of every JDK by its defaults, certutil and
# pk12util, ssh-keygen.  What is in them is known, so it is compared.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir -p "$tree"
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=store.test \
	-keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
hash=$(openssl x509 -in "$T/cert.pem" -outform der | sha256sum | cut -c1-64)
spki=$(openssl pkey -in "$T/key.pem" -pubout -outform der | sha256sum |
	cut -c1-64)

scan() {
	"$B/certwalk" scan --quiet --format jsonl "$tree" >"$T/out.jsonl"
}
tells() {	# tells FILE JQ-FILTER: of some line about it
	jq -se --arg p "$tree/$1" --arg h "$hash" --arg k "$spki" \
		"any(.[]; .path == \$p and ($2))" "$T/out.jsonl" >/dev/null ||
		{ jq -c --arg p "$tree/$1" 'select(.path == $p)' \
			"$T/out.jsonl" | cut -c1-400; return 1; }
}
gap() {	# gap FILE KIND REASON, a regular expression
	tail -n 1 "$T/out.jsonl" | jq -e --arg p "$tree/$1" --arg k "$2" \
		--arg r "$3" 'any(.gaps[]; .path == $p and .gap == $k and
		(.reason | test($r)))' >/dev/null ||
		{ tail -n 1 "$T/out.jsonl" | jq -c .gaps; return 1; }
}
certificate() { tells "$1" '.kind == "certificate" and .sha256 == $h'; }
private_key() { tells "$1" '.kind == "private-key" and .spki_sha256 == $k'; }

# -------------------------------------------------------- openssl's PKCS#12
# made NAME PASSWORD OPTION...: whether this openssl can
made() {
	local name=$1 password=$2

	shift 2
	openssl pkcs12 -export -in "$T/cert.pem" -inkey "$T/key.pem" \
		-name alias -passout "pass:$password" "$@" \
		-out "$tree/$name.p12" 2>/dev/null && return
	rm -f "$tree/$name.p12"
	return 1
}
stores=()
add() {	# add NAME OPTION...
	local name=$1

	shift
	if made "$name" changeit "$@"; then
		stores+=("$name")
	else
		skip "PKCS#12 with $*" "not with this openssl"
	fi
}
add default
add legacy -legacy
for pbe in PBE-SHA1-3DES PBE-SHA1-2DES PBE-SHA1-RC2-40 PBE-SHA1-RC2-128 \
	PBE-SHA1-RC4-40 PBE-SHA1-RC4-128 PBE-MD5-DES PBE-SHA1-DES \
	PBE-MD5-RC2-64 PBE-SHA1-RC2-64; do
	add "$pbe" -legacy -keypbe "$pbe" -certpbe "$pbe"
done
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc aes-256-ofb \
	camellia-128-cbc camellia-256-cbc aria-128-cbc aria-256-cbc \
	des-ede3-cbc seed-cbc sm4-cbc; do
	add "$cipher" -provider default -provider legacy \
		-keypbe "$cipher" -certpbe "$cipher"
done
for digest in md5 sha1 sha224 sha256 sha384 sha512 sha3-256 sm3; do
	add "mac-$digest" -macalg "$digest"
done
add no-mac -nomac
add pbmac1 -pbmac1_pbkdf2
add pbmac1-sha512 -pbmac1_pbkdf2 -macalg sha512 \
	-pbmac1_pbkdf2_md hmacWithSHA512
add one-iteration -iter 1 -nomaciter
add many-iterations -iter 100000
add clear-certificates -certpbe NONE
add clear -certpbe NONE -keypbe NONE
made locked 'a password of nobody'
made locked-clear-certificates 'a password of nobody' -certpbe NONE
scan
for name in "${stores[@]}"; do
	check "PKCS#12, $name: the certificate" certificate "$name.p12"
	check "PKCS#12, $name: the key" private_key "$name.p12"
done
check "PKCS#12 that is locked is a keystore with its schemes" tells locked.p12 \
	'.kind == "keystore" and .encrypted and (.encryption | length > 0) and
	.iterations > 0'
check "with its counts and the names that it shows" tells locked.p12 \
	'.kind == "keystore" and (.comment | test("^certificates: 0, private keys: 1, locked: 2; MAC: HMAC SHA256, [0-9]+ iterations; aliases: alias$"))'
check "and a gap, which counts what was read" gap locked.p12 locked \
	'^pkcs12: 2 locked \(PBES2 AES-256-CBC PBKDF2, [0-9]+ iterations\); read without a password: 0 certificates, 0 keys$'
check "of a locked one the certificates in clear are read" \
	certificate locked-clear-certificates.p12
check "and counted" gap locked-clear-certificates.p12 locked \
	'; read without a password: 1 certificates, 0 keys$'
check "a default password is told and flagged" tells default.p12 \
	'.kind == "keystore" and .opened_by == "default" and
	.well_known_password'

# ----------------------------------------------------- openssl's PKCS#8, PEM
rm -rf "$tree" && mkdir "$tree"
keys=()
topk8() {	# topk8 NAME SCHEME OPTION...
	local name=$1 scheme=$2

	shift 2
	if openssl pkcs8 -topk8 -in "$T/key.pem" -passout 'pass:a password of nobody' "$@" \
		-out "$tree/$name.pem" 2>/dev/null; then
		keys+=("$name=$scheme")
	else
		rm -f "$tree/$name.pem"
		skip "PKCS#8 with $*" "not with this openssl"
	fi
}
topk8 v2 'PBES2 AES-256-CBC PBKDF2' -v2 aes-256-cbc
topk8 v2-des3 'PBES2 DES-EDE3-CBC PBKDF2' -v2 des3
topk8 v2-prf 'PBES2 AES-128-CBC PBKDF2' -v2 aes-128-cbc \
	-v2prf hmacWithSHA512
topk8 v2-camellia 'PBES2 CAMELLIA-256-CBC PBKDF2' -v2 camellia-256-cbc
topk8 v2-aria 'PBES2 ARIA-256-CBC PBKDF2' -v2 aria-256-cbc
topk8 scrypt 'PBES2 AES-256-CBC id-scrypt' -scrypt
for pbe in PBE-MD5-DES PBE-SHA1-DES PBE-SHA1-RC2-64 PBE-MD5-RC2-64 \
	PBE-SHA1-RC4-128 PBE-SHA1-3DES PBE-SHA1-2DES PBE-SHA1-RC2-40; do
	topk8 "$pbe" "$pbe" -provider default -provider legacy -v1 "$pbe"
done
scan
for key in "${keys[@]}"; do
	name=${key%%=*}
	check "PKCS#8, $name: encrypted by ${key#*=}" tells "$name.pem" \
		".kind == \"private-key\" and .encrypted and
		.encryption == \"${key#*=}\" and .matches == \"unknown\""
done

# ------------------------------------------------------------------ keytool
rm -rf "$tree" && mkdir "$tree"
jdks=()
for tool in /usr/lib/jvm/*/bin/keytool; do
	[ -x "$tool" ] || continue
	real=$(realpath "$tool")
	case " ${jdks[*]-} " in *" $real "*) ;; *) jdks+=("$real") ;; esac
done
[ "${#jdks[@]}" -gt 0 ] || skip "stores of keytool" "no JDK here"
stores=()
keytool_store() {	# keytool_store JDK NAME OPTION...
	local jdk=$1 name=$2

	shift 2
	if openssl pkcs12 -export -in "$T/cert.pem" -inkey "$T/key.pem" \
		-name pair -passout pass:changeit -out "$T/from.p12" &&
		"$jdk" -importkeystore -srckeystore "$T/from.p12" \
			-srcstoretype PKCS12 -srcstorepass changeit \
			-destkeystore "$tree/$name" -deststorepass changeit \
			-noprompt "$@" >"$T/keytool.log" 2>&1 &&
		"$jdk" -importcert -noprompt -alias root -file "$T/cert.pem" \
			-keystore "$tree/$name" -storepass changeit "$@" \
			>>"$T/keytool.log" 2>&1; then
		stores+=("$name")
	else
		skip "$name of $jdk" "$(tail -n 1 "$T/keytool.log")"
		rm -f "${tree:?}/$name"
	fi
}
# pkcs12_of JDK NAME CERT COUNT KEY COUNT MAC COUNT: by these algorithms
pkcs12_of() {
	local p=-J-Dkeystore.pkcs12

	keytool_store "$1" "$2" "$p.certProtectionAlgorithm=$3" \
		"$p.certPbeIterationCount=$4" "$p.keyProtectionAlgorithm=$5" \
		"$p.keyPbeIterationCount=$6" "$p.macAlgorithm=$7" \
		"$p.macIterationCount=$8"
}
if [ "${#jdks[@]}" -gt 0 ]; then	# the defaults of these releases
	pkcs12_of "${jdks[0]}" as-8 PBEWithSHA1AndRC2_40 1024 \
		PBEWithSHA1AndDESede 1024 HmacPBESHA1 1024
	pkcs12_of "${jdks[0]}" as-11 PBEWithSHA1AndRC2_40 50000 \
		PBEWithSHA1AndDESede 50000 HmacPBESHA1 100000
	pkcs12_of "${jdks[0]}" as-17 PBEWithHmacSHA256AndAES_256 10000 \
		PBEWithHmacSHA256AndAES_256 10000 HmacPBESHA256 10000
	# what is set where no password is to be needed for certificates
	pkcs12_of "${jdks[0]}" open NONE 10000 PBEWithHmacSHA256AndAES_256 \
		10000 NONE 10000
fi
bouncy=/usr/share/java/bcprov.jar
for type in BKS BCFKS UBER; do
	[ "${#jdks[@]}" -gt 0 ] && [ -r "$bouncy" ] ||
		{ skip "stores of Bouncy Castle" "no JDK, or no $bouncy"; break; }
	keytool_store "${jdks[0]}" "$type" -storetype "$type" \
		-deststoretype "$type" -providerpath "$bouncy" \
		-provider org.bouncycastle.jce.provider.BouncyCastleProvider
done
i=0
for jdk in ${jdks[@]+"${jdks[@]}"}; do
	i=$((i + 1))
	keytool_store "$jdk" "$i-default"
	keytool_store "$jdk" "$i-legacy" -J-Dkeystore.pkcs12.legacy
	for type in JKS JCEKS PKCS12; do
		keytool_store "$jdk" "$i-$type" -storetype "$type" \
			-deststoretype "$type"
	done
done
chmod 0644 "$tree"/*
scan
for name in ${stores[@]+"${stores[@]}"}; do
	check "keytool, $name: others may read its keys" tells "$name" \
		'.kind == "keystore" and (.flags | index("world-readable"))'
	if [ "$name" = UBER ]; then
		check "keytool, $name: is locked" gap "$name" locked \
			'^uber: 1 locked \(PBEWithSHAAndTwofish-CBC, '
		continue
	fi
	check "keytool, $name: the pair's certificate" tells "$name" \
		'.kind == "certificate" and .sha256 == $h and
		(.trust_store | not)'
	check "keytool, $name: the trusted one" tells "$name" \
		'.kind == "certificate" and .sha256 == $h and .trust_store and
		.role == "trust-anchor"'
	check "keytool, $name: the key" private_key "$name"
	check "keytool, $name: its alias" tells "$name" \
		'.kind == "private-key" and (.entry | test("^pair"))'
done

# ---------------------------------------------------------------------- NSS
rm -rf "$tree" && mkdir "$tree"
if command -v certutil >/dev/null && command -v pk12util >/dev/null; then
	mkdir "$tree/open" "$tree/locked"
	echo 'a password of nobody' >"$T/nss-password"
	certutil -N -d "sql:$tree/open" --empty-password
	certutil -N -d "sql:$tree/locked" -f "$T/nss-password"
	for db in open locked; do
		pk12util -i "$T/from.p12" -d "sql:$tree/$db" -W changeit \
			-k <([ $db = locked ] && cat "$T/nss-password") \
			>/dev/null 2>&1
		certutil -A -d "sql:$tree/$db" -n anchor -t CT,C,C \
			-i "$T/cert.pem" -f "$T/nss-password" 2>/dev/null
	done
	pk12util -o "$tree/exported.p12" -n pair -d "sql:$tree/open" \
		-W changeit -K '' >/dev/null 2>&1
	scan
	for db in open locked; do
		check "NSS, $db: the certificate" certificate "$db/cert9.db"
		check "NSS, $db: the key's public half" \
			private_key "$db/key4.db"
	done
	check "what pk12util writes: the certificate" certificate exported.p12
	check "what pk12util writes: the key" private_key exported.p12
else
	skip "NSS databases" "no certutil and pk12util here"
fi

# --------------------------------------------------------------- ssh-keygen
rm -rf "$tree" && mkdir "$tree"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/ca"
types=()
for type in rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521 ed25519- dsa-1024; do
	name=${type%-}
	bits=${type#*-}
	if ! ssh-keygen -q -t "${type%-*}" ${bits:+-b "$bits"} -N '' \
		-C 'a comment' -f "$tree/$name" </dev/null 2>/dev/null; then
		skip "ssh-keygen -t $type" "not with this ssh-keygen"
		continue
	fi
	types+=("$name")
	cp "$tree/$name" "$tree/$name.locked"
	ssh-keygen -q -p -P '' -N 'secret words' -f "$tree/$name.locked" \
		>/dev/null
	cp "$tree/$name" "$tree/$name.pem"
	ssh-keygen -q -p -P '' -N '' -m PEM -f "$tree/$name.pem" >/dev/null 2>&1
	cp "$tree/$name" "$tree/$name.pkcs8"
	ssh-keygen -q -p -P '' -N '' -m PKCS8 -f "$tree/$name.pkcs8" \
		>/dev/null 2>&1
	ssh-keygen -e -m RFC4716 -f "$tree/$name" >"$tree/$name.ssh2"
	for kind in user host; do
		cp "$tree/$name.pub" "$tree/$name-$kind.pub"
		ssh-keygen -q -s "$T/ca" -I "id of $name" -z 77 -V -1d:+10d \
			-n one,two $([ $kind = host ] && echo -h) \
			"$tree/$name-$kind.pub"
	done
done
scan
for name in "${types[@]}"; do
	check "ssh-keygen, $name: private and in clear" tells "$name" \
		'.kind == "ssh-key" and (.flags | index("private")) and
		.encrypted == false'
	check "ssh-keygen, $name: locked, the public half known" \
		tells "$name.locked" '.kind == "ssh-key" and .encrypted and
		.iterations > 0 and (.spki_sha256 | length == 64)'
	check "ssh-keygen, $name: the public key and its comment" \
		tells "$name.pub" '.kind == "ssh-key" and
		.comment == "a comment" and
		(.flags // [] | index("private") | not)'
	check "ssh-keygen, $name: RFC 4716" tells "$name.ssh2" \
		'.kind == "ssh-key"'
	for form in pem pkcs8; do
		check "ssh-keygen, $name: as $form" tells "$name.$form" \
			'(.kind == "private-key" or .kind == "ssh-key") and
			(.spki_sha256 | length == 64)'
	done
	for kind in user host; do
		check "ssh-keygen, $name: a certificate of a $kind" \
			tells "$name-$kind-cert.pub" \
			".kind == \"ssh-certificate\" and .role == \"$kind\" and
			.principals == [\"one\", \"two\"] and .serial == \"4d\" and
			.subject == \"id of $name\""
	done
	check "ssh-keygen, $name: all halves are one key" is 1 sh -c \
		"jq -r --arg n '$tree/$name' 'select(.path // \"\" | startswith(\$n)) |
		.spki_sha256 // empty' $T/out.jsonl | sort -u | wc -l"
done
finish
