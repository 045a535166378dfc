# SPDX-License-Identifier: Apache-2.0
# For tests of the probe: certificates, servers of openssl.

# make_ca NAME: $T/NAME.pem, $T/NAME.key
make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$1.key" -out "$T/$1.pem" -subj "/CN=$1" -days 30 \
		-addext keyUsage=keyCertSign,cRLSign 2>/dev/null
}

# make_leaf NAME CA [rsa]: $T/NAME.pem, $T/NAME.key; CN and DNS name are NAME
make_leaf() {
	local key='-newkey ec -pkeyopt ec_paramgen_curve:P-256'

	[ "${3:-}" = rsa ] && key='-newkey rsa:2048'
	# shellcheck disable=SC2086
	openssl req $key -nodes -keyout "$T/$1.key" -out "$T/$1.csr" \
		-subj "/CN=$1" 2>/dev/null &&
		openssl x509 -req -in "$T/$1.csr" -CA "$T/$2.pem" \
			-CAkey "$T/$2.key" -CAcreateserial -days 20 \
			-extfile <(printf 'subjectAltName=DNS:%s\n' "$1") \
			-out "$T/$1.pem" 2>/dev/null
}

# start_openssl CERT [OPTION...]: an s_server, its port in $port
start_openssl() {
	local cert=$1

	shift
	port=$(free_port)
	start "s_server-$port" openssl s_server -accept "127.0.0.1:$port" \
		-cert "$T/$cert.pem" -key "$T/$cert.key" -www -quiet "$@"
	until_true 10 is_listening "$port"
}

# probe OPTION... TARGET: the lines of JSON
probe() {
	"$B/certwalk" probe --format jsonl "$@"
}

# probed PORT FILTER OPTION...: jq of what a port of ours serves
probed() {
	local port=$1 filter=$2

	shift 2
	probe "$@" "127.0.0.1:$port" | jq -rc "$filter"
}

fingerprint() {
	openssl x509 -in "$T/$1.pem" -outform der | sha256sum | cut -c1-64
}
