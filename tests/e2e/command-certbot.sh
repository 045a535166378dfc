#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first real use of commands: nginx has a certificate that certbot got from
# an ACME server (Pebble); the collector orders the allowed action
# certbot-renew; afterwards nginx serves the new one, and the inventory shows
# it live.
# In namespaces of the test's own where that may be: other sockets of the host
# are asked too, and some take their time.
if [ -z "${IN_NAMESPACE:-}" ] && unshare -mnpf --mount-proc true 2>/dev/null
then
	IN_NAMESPACE=1 exec unshare -mnpf --mount-proc "$0" "$@"
fi
[ -z "${IN_NAMESPACE:-}" ] || ip link set lo up
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. tests/e2e/lib.sh
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh
. tests/e2e/command_lib.sh

for program in pebble pebble-challtestsrv certbot nginx; do
	if ! command -v "$program" >/dev/null; then
		skip "renewal by certbot" "there is no $program"
		finish
	fi
done

acme=$(free_port) management=$(free_port) http=$(free_port)
https=$(free_port) dns=$(free_port) hooks=$(free_port)
acts=$T/actions.d le=$T/le name=www.certwalk.test
mkdir -p "$T/www" "$acts" "$T/nginx"
chmod 755 "$T" "$acts"

acme_server() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=acme -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$T/acme.key" -out "$T/acme.pem" 2>/dev/null
	cat >"$T/pebble.json" <<-END
	{"pebble": {"listenAddress": "127.0.0.1:$acme",
	 "managementListenAddress": "127.0.0.1:$management",
	 "certificate": "$T/acme.pem", "privateKey": "$T/acme.key",
	 "httpPort": $http, "tlsPort": $https,
	 "ocspResponderURL": "", "externalAccountBindingRequired": false}}
	END
	start dns pebble-challtestsrv -dns01 "127.0.0.1:$dns" \
		-management "127.0.0.1:$hooks" -http01 '' -https01 '' \
		-tlsalpn01 '' -defaultIPv6 '' -defaultIPv4 127.0.0.1
	start pebble env PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 \
		pebble -config "$T/pebble.json" -dnsserver "127.0.0.1:$dns"
	until_true 20 curl -sf --cacert "$T/acme.pem" \
		"https://127.0.0.1:$acme/dir" -o /dev/null
}

nginx_conf() {	# nginx_conf [LINE]: of the TLS server
	cat >"$T/nginx.conf" <<-END
	pid $T/nginx.pid;
	error_log $T/nginx.error.log;
	daemon off;
	user root;
	events { worker_connections 64; }
	http {
		access_log off;
		client_body_temp_path $T/nginx/body;
		proxy_temp_path $T/nginx/proxy;
		fastcgi_temp_path $T/nginx/fastcgi;
		uwsgi_temp_path $T/nginx/uwsgi;
		scgi_temp_path $T/nginx/scgi;
		server { listen 127.0.0.1:$http; root $T/www; }
		$1
	}
	END
}
tls_server() {
	nginx_conf "server { listen 127.0.0.1:$https ssl;
		server_name $name;
		ssl_certificate $le/live/$name/fullchain.pem;
		ssl_certificate_key $le/live/$name/privkey.pem; }"
}

certbot_get() {
	REQUESTS_CA_BUNDLE=$T/acme.pem certbot certonly --non-interactive \
		--agree-tos --register-unsafely-without-email --webroot \
		-w "$T/www" --server "https://127.0.0.1:$acme/dir" \
		--config-dir "$le" --work-dir "$T/le.work" \
		--logs-dir "$T/le.logs" -d "$name"
}

served() {	# the SHA-256 of what nginx shows
	"$certwalk" probe --sni "$name" --format jsonl "127.0.0.1:$https" |
		jq -r 'select(.sni == $n) | .chain[0].sha256? // .sha256' \
			--arg n "$name" | head -n 1
}
on_disk() {
	openssl x509 -in "$le/live/$name/cert.pem" -outform DER |
		sha256sum | cut -d' ' -f1
}
is_served() { [ "$(served)" = "$(on_disk)" ]; }
is_in_inventory() {
	cw inventory --format jsonl | grep -q "$(on_disk)"
}
# its place at the socket says that it is served as configured
is_live() {
	cw inventory --format jsonl | jq -se --arg hash "$(on_disk)" \
		--arg name "$name" --argjson port "$https" 'any(.[];
		.sha256 == $hash and any(.places[]; .port == $port and
			.sni == $name and .state == "live"))'
}

check "an ACME server runs" acme_server
nginx_conf ''
start nginx nginx -c "$T/nginx.conf"
nginx=$pid
until_true 10 curl -s "http://127.0.0.1:$http/" -o /dev/null
check "certbot gets a certificate" certbot_get
tls_server
kill -HUP "$nginx"
check "nginx serves it" until_true 10 is_served

cat >"$acts/certbot-renew.ini" <<END
[action]
run = /usr/bin/env REQUESTS_CA_BUNDLE=$T/acme.pem /usr/bin/certbot renew --non-interactive --force-renewal --no-random-sleep-on-renew --config-dir $le --work-dir $T/le.work --logs-dir $T/le.logs --cert-name {name} --deploy-hook "/bin/kill -HUP $nginx"
parameter = name [a-z0-9][a-z0-9.-]{0,62}
timeout = 2m
max_per_hour = 4
END
# shellcheck disable=SC2034 # for agent_config
tree=$le
collector_new
cw key create >/dev/null
agent_with_actions "scan.ports = yes"
agent_start
check "the inventory has it" until_true 30 is_in_inventory
check "and says that it is live" until_true 30 is_live
old=$(on_disk)

ends_as() {
	over "$1" 120
	[ "$(state "$1")" = "$2" ] && return
	cw command show "$1"
	return 1
}
c=$(order --action certbot-renew --param name=$name --dry-run)
check "a dry run shows what it would do" ends_as "$c" 'done'
check "and does nothing" test "$(on_disk)" = "$old"
c=$(order --action certbot-renew --param name=$name --reason 'it expires')
check "the order to renew is carried out" ends_as "$c" 'done'
is_new() { [ "$(on_disk)" != "$old" ]; }
check "there is a new certificate" is_new
check "nginx serves it" until_true 20 is_served
c=$(order --action scan-now)
check "the host is scanned by order" ends_as "$c" 'done'
check "the inventory has the new one" until_true 20 is_in_inventory
check "and shows it live" until_true 20 is_live
stop "$agent"
finish
