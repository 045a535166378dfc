#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Certificates and keys inside of texts and archives, each as the programs
# write it that administrators have: what is in them is known, so it is
# compared.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
mkdir -p "$tree"
cert=$T/cert.pem
key=$T/key.pem
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=text.test \
	-keyout "$key" -out "$cert" 2>/dev/null
openssl x509 -in "$cert" -outform der -out "$T/cert.der"
openssl pkcs12 -export -in "$cert" -inkey "$key" -name alias \
	-passout pass:changeit -out "$T/store.p12"
hash=$(sha256sum <"$T/cert.der" | cut -c1-64)
spki=$(openssl pkey -in "$key" -pubout -outform der | sha256sum | cut -c1-64)
x5c=$(base64 -w0 "$T/cert.der")

scan() { "$B/certwalk" scan --quiet --format jsonl "$@" >"$T/out.jsonl"; }
tells() {	# tells FILE JQ-FILTER: of some line about it
	jq -se --arg p "$tree/$1" --arg h "$hash" --arg k "$spki" \
		"any(.[]; .path == \$p and ($2))" "$T/out.jsonl" >/dev/null ||
		{ jq -c --arg p "$tree/$1" 'select(.path == $p)' \
			"$T/out.jsonl" | cut -c1-400; return 1; }
}
entry() {	# entry FILE REGEX: the certificate, in an entry of such a name
	tells "$1" ".kind == \"certificate\" and .sha256 == \$h and
		((.entry // \"\") | test(\"$2\"))"
}
private_key() { tells "$1" '.kind == "private-key" and .spki_sha256 == $k'; }
indented() {	# indented SPACES FILE
	sed "s/^/$(printf '%*s' "$1" '')/" "$2"
}
one_line() { sed ':a;N;$!ba;s/\n/\\n/g' "$1"; }
base64_of() { base64 -w0 "$1"; }

# ------------------------------------------------------------- kubernetes
cat >"$tree/kubeconfig" <<-END
	apiVersion: v1
	kind: Config
	clusters:
	- name: one
	  cluster:
	    server: https://192.0.2.1:6443
	    certificate-authority-data: $(base64_of "$cert")
	users:
	- name: admin
	  user:
	    client-certificate-data: $(base64_of "$cert")
	    client-key-data: $(base64_of "$key")
END
cat >"$tree/secret.yaml" <<-END
	apiVersion: v1
	kind: Secret
	type: kubernetes.io/tls
	data:
	  tls.crt: $(base64_of "$cert")
	  tls.key: $(base64_of "$key")
	  store.p12: $(base64_of "$T/store.p12")
END
jq -n --rawfile c "$cert" --arg k "$(base64_of "$key")" \
	'{apiVersion: "v1", kind: "Secret", stringData: {"ca.crt": $c},
	data: {"tls.crt": ($c | @base64), "tls.key": $k}}' \
	>"$tree/secret.json"
{
	printf 'apiVersion: v1\nkind: ConfigMap\ndata:\n  ca.crt: |\n'
	indented 4 "$cert"
} >"$tree/configmap.yaml"

# ------------------------------------------------------ programs' own texts
jq -n --arg c "$(base64_of "$cert")" --arg k "$(base64_of "$key")" \
	'{letsencrypt: {Account: {Email: "a@example.org"}, Certificates: [
	{domain: {main: "text.test"}, certificate: $c, key: $k,
	Store: "default"}]}}' >"$tree/acme.json"
mkdir -p "$tree/caddy/certificates/local/text.test"
cp "$cert" "$tree/caddy/certificates/local/text.test/text.test.crt"
cp "$key" "$tree/caddy/certificates/local/text.test/text.test.key"
jq -n --rawfile c "$cert" --rawfile k "$key" \
	'{version: 4, terraform_version: "1.9.0", resources: [
	{type: "tls_self_signed_cert", instances: [{attributes:
	{cert_pem: $c, private_key_pem: $k}}]}]}' >"$tree/terraform.tfstate"
printf 'TLS_CERT="%s"\nTLS_KEY="%s"\nCERT_BASE64=%s\n' "$(one_line "$cert")" \
	"$(one_line "$key")" "$x5c" >"$tree/app.env"
cat >"$tree/metadata.xml" <<-END
	<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">
	<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
	<ds:X509Certificate>$(fold -w 64 <<<"$x5c")
	</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
	</md:EntityDescriptor>
END
jq -n --arg c "$x5c" '{keys: [{kty: "oct", k: "AAAA"}, {kty: "RSA", kid: "a",
	use: "sig", n: "AQAB", e: "AQAB", x5c: [$c]}]}' >"$tree/jwks.json"
{
	printf 'client\nremote 192.0.2.1 1194\n<ca>\n'
	cat "$cert"
	printf '</ca>\n<cert>\n'
	cat "$cert"
	printf '</cert>\n<key>\n'
	cat "$key"
	printf '</key>\n'
} >"$tree/client.ovpn"
{
	printf '#!/bin/sh\ncat >/etc/app/cert.pem <<-EOF\n'
	sed 's/^/\t/' "$cert"
	printf 'EOF\ncat >/etc/app/key.pem <<EOF\n'
	cat "$key"
	printf 'EOF\n'
} >"$tree/install.sh"
{
	printf '[Service]\nExecStart=/usr/bin/app\n'
	printf 'Environment="CERT=%s"\n' "$(one_line "$cert")"
	printf 'SetCredential=key.pem:%s\n' "$(one_line "$key")"
} >"$tree/app.service"
{
	printf '<config><tls><certificate>\n'
	sed 's/$/\&#xA;/' "$cert" | tr -d '\n'
	printf '</certificate></tls></config>\n'
} >"$tree/config.xml"
scan "$tree"

check "kubeconfig: the cluster's CA" entry kubeconfig '^certificate-authority-data'
check "kubeconfig: the client's certificate" \
	entry kubeconfig '^client-certificate-data'
check "kubeconfig: the client's key" private_key kubeconfig
check "Secret in YAML: the certificate" entry secret.yaml '^tls.crt'
check "Secret in YAML: the key" private_key secret.yaml
check "Secret in YAML: the keystore inside" entry secret.yaml '^store.p12'
check "Secret in JSON: in base64" entry secret.json '^tls.crt'
check "Secret in JSON: in clear" entry secret.json ''
check "Secret in JSON: the key" private_key secret.json
check "ConfigMap: a block scalar" entry configmap.yaml ''
check "Traefik's acme.json: the certificate" entry acme.json '^certificate'
check "Traefik's acme.json: the key" private_key acme.json
check "Caddy's storage: the certificate" \
	entry caddy/certificates/local/text.test/text.test.crt ''
check "Caddy's storage: the key belongs to its neighbour" tells \
	caddy/certificates/local/text.test/text.test.key \
	'.kind == "private-key" and .matches == "neighbour"'
check "Terraform's state: the certificate" entry terraform.tfstate ''
check "Terraform's state: the key" private_key terraform.tfstate
check ".env: PEM with escapes" entry app.env ''
check ".env: the key" private_key app.env
check ".env: DER in base64" entry app.env '^CERT_BASE64'
check "SAML metadata" entry metadata.xml 'X509Certificate'
check "JWKS: x5c" entry jwks.json 'x5c'
check "OpenVPN: certificates inline" entry client.ovpn ''
check "OpenVPN: the key inline" private_key client.ovpn
check "a script's here-document, indented by tabs" entry install.sh ''
check "a script's here-document: the key" private_key install.sh
check "a unit of systemd: the certificate" entry app.service ''
check "a unit of systemd: the key" private_key app.service
check "XML with character references" entry config.xml ''

# --------------------------------------------------------------- archives
rm -rf "$tree" && mkdir "$tree" "$T/root"
mkdir -p "$T/root/etc/ssl" "$T/root/app"
cp "$cert" "$T/root/etc/ssl/server.pem"
cp "$key" "$T/root/etc/ssl/server.key"
bsdtar -C "$T/root" --format zip -cf "$T/root/app/inner.war" etc
tar -C "$T/root" -cf "$T/layer.tar" etc app
layer=$(sha256sum <"$T/layer.tar" | cut -c1-64)

# as `docker save` writes it, and as OCI does
mkdir -p "$T/docker/$layer" "$T/oci/blobs/sha256"
cp "$T/layer.tar" "$T/docker/$layer/layer.tar"
printf '[{"Config":"c.json","RepoTags":["a:1"],"Layers":["%s/layer.tar"]}]' \
	"$layer" >"$T/docker/manifest.json"
tar -C "$T/docker" -cf "$tree/saved.tar" .
gzip -9c "$T/layer.tar" >"$T/layer.tar.gz"
blob=$(sha256sum <"$T/layer.tar.gz" | cut -c1-64)
cp "$T/layer.tar.gz" "$T/oci/blobs/sha256/$blob"
printf '{"imageLayoutVersion":"1.0.0"}' >"$T/oci/oci-layout"
tar -C "$T/oci" -cf "$tree/image.oci.tar" .
cp -r "$T/oci" "$tree/layout"
for kind in jar war ear zip; do
	bsdtar -C "$T/root" --format zip -cf "$tree/app.$kind" etc
done
tar -C "$T/root" -czf "$tree/app.tar.gz" etc
bsdtar -C "$T/root" -cJf "$tree/app.tar.xz" etc
bsdtar -C "$T/root" --zstd -cf "$tree/app.tar.zst" etc
# bombs: a text without end, and archives in archives
yes text | head -c 300000000 | gzip -9 >"$tree/long.gz"
truncate -s 100M "$T/zeros"
tar -C "$T" -czf "$tree/zeros.tar.gz" zeros
cp "$cert" "$T/0.zip"
for i in {1..10}; do
	bsdtar -C "$T" --format zip -cf "$T/$i.zip" "$((i - 1)).zip"
done
cp "$T/10.zip" "$tree/nested.zip"

gap() {	# gap FILE KIND REGEX: its only gap is of that kind, for that reason
	tail -n 1 "$T/out.jsonl" | jq -e --arg p "$tree/$1" --arg k "$2" \
		--arg r "$3" '[.gaps[] | select(.path == $p)] | length == 1 and
		(.[0].gap == $k) and (.[0].reason | test($r))' >/dev/null ||
		{ tail -n 1 "$T/out.jsonl" | jq -c .gaps; return 1; }
}
scan "$tree"
check "archives are left alone by default" is 0 sh -c \
	"grep -c '\"kind\":\"certificate\"' '$T/out.jsonl'"
scan --archives "$tree"
for f in app.jar app.war app.ear app.zip app.tar.gz app.tar.xz app.tar.zst; do
	check "$f: the certificate, by its name within" \
		entry "$f" 'etc/ssl/server.pem'
	check "$f: the key" private_key "$f"
done
check "docker save: in the layer" entry saved.tar 'layer.tar.*etc/ssl/server.pem'
check "docker save: in an archive in the layer" \
	entry saved.tar 'layer.tar.*inner.war.*etc/ssl/server.pem'
check "an OCI image in a file" entry image.oci.tar "$blob.*etc/ssl/server.pem"
check "an OCI image in a folder" \
	entry "layout/blobs/sha256/$blob" 'etc/ssl/server.pem'
check "a text that is too long to be held is a gap" gap long.gz too-large \
	'^long: an entry above the limit$'
check "a bomb is a gap" gap zeros.tar.gz too-large \
	'^zeros: gives far more than goes in$'
check "archives without end are a gap" gap nested.zip too-large \
	'^9\.zip/8\.zip/.*: archives nested too deep$'
check "and the scan is complete" sh -c \
	"tail -n 1 '$T/out.jsonl' | jq -e .complete"

finish
