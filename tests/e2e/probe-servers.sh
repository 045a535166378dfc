#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certwalk probe against real servers, each on ports of its own: at once and
# after STARTTLS, guessed and named.  A server that is not here is skipped.
# shellcheck disable=SC2317 # functions are called by their names
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"
PATH=$PATH:/usr/sbin:/sbin
chmod 755 "$T"

make_ca root
for name in a.test b.test; do
	make_leaf "$name" root
	cat "$T/$name.pem" "$T/root.pem" >"$T/$name.chain"
	cat "$T/$name.chain" "$T/$name.key" >"$T/$name.all"
done
make_leaf rsa.test root rsa
chmod 644 "$T"/*.key
endpoint='select(.kind == "endpoint") |'
leaf='select(.kind == "certificate" and .chain_position == 1) |'

# serves PORT SUBJECT OPTION...: that leaf, and nothing else
serves() {
	local port=$1 subject=$2

	shift 2
	is "$subject" eval "probed $port '$leaf .subject' $* | sort -u"
}
# has PROGRAM NAME: or the tests of NAME are skipped
has() {
	command -v "$1" >/dev/null && return
	skip "$2" "$1 is not here"
	return 1
}
needs_root() {
	[ "$(id -u)" = 0 ] && return
	skip "$1" "needs root"
	return 1
}

nginx_config() {
	local temp=''

	echo "daemon off; pid $T/nginx.pid; error_log $T/nginx.err;"
	echo 'events { } http { access_log off; ssl_session_tickets off;'
	echo 'ssl_protocols TLSv1.2 TLSv1.3;'
	for temp in client_body proxy fastcgi uwsgi scgi; do
		echo "${temp}_temp_path $T/nginx-$temp;"
	done
	vhost "$nginx_two" a.test ''
	vhost "$nginx_two" b.test ''
	vhost "$nginx_12" a.test 'ssl_protocols TLSv1.2;'
	vhost "$nginx_13" a.test 'ssl_protocols TLSv1.3;'
	vhost "$nginx_client" a.test "ssl_verify_client on;
		ssl_client_certificate $T/root.pem;"
	vhost "$nginx_staple" a.test "ssl_stapling on;
		ssl_stapling_file $T/staple;"
	echo "server { listen 127.0.0.1:$nginx_strict ssl default_server;
		ssl_reject_handshake on; }"
	vhost "$nginx_strict" b.test ''
	echo '}'
}
vhost() {
	echo "server { listen 127.0.0.1:$1 ssl http2; server_name $2;
		ssl_certificate $T/$2.chain;
		ssl_certificate_key $T/$2.key; $3 }"
}
make_staple() {
	local serial=''

	serial=$(openssl x509 -in "$T/a.test.pem" -noout -serial)
	printf 'V\t350101000000Z\t\t%s\tunknown\t/CN=a.test\n' \
		"${serial#serial=}" >"$T/index"
	openssl ocsp -index "$T/index" -CA "$T/root.pem" \
		-rsigner "$T/root.pem" -rkey "$T/root.key" \
		-issuer "$T/root.pem" -cert "$T/a.test.pem" -ndays 5 \
		-respout "$T/staple" 2>/dev/null
}
try_nginx() {
	nginx_two=$(free_port) nginx_12=$(free_port) nginx_13=$(free_port)
	nginx_client=$(free_port) nginx_staple=$(free_port)
	nginx_strict=$(free_port)
	make_staple
	nginx_config >"$T/nginx.conf"
	start nginx nginx -p "$T" -c "$T/nginx.conf"
	check "nginx is up" until_true 10 is_listening "$nginx_staple"
	check "nginx: each name its own, without a name the first" is \
		'[null,"CN=a.test"]
["a.test","CN=a.test"]
["b.test","CN=b.test"]' probed "$nginx_two" "$leaf [.sni, .subject]" \
		--sni a.test,b.test
	check "nginx: both versions, complete, h2, no tickets" is \
		'[["TLSv1.2","TLSv1.3"],"complete","h2",null]' \
		probed "$nginx_two" \
		"$endpoint [.versions, .chain, .alpn, .tickets]"
	check "nginx: TLS 1.2 only" is '["TLSv1.2"]' \
		probed "$nginx_12" "$endpoint .versions"
	check "nginx: TLS 1.3 only" is '["TLSv1.3"]' \
		probed "$nginx_13" "$endpoint .versions"
	check "nginx: its certificate too" serves "$nginx_13" CN=a.test
	check "nginx: client certificates" is '[true,["CN=root"]]' \
		probed "$nginx_client" \
		"$endpoint [.asks_client, .client_authorities]"
	check "nginx: a stapled OCSP response" is good \
		probed "$nginx_staple" "$endpoint .staple"
	check "nginx: no certificate without a name, one with it" is \
		'["b.test","complete",null]
[null,null,"unrecognized_name"]' eval "probed $nginx_strict \
		'$endpoint [.sni, .chain, .reason]' --sni b.test | sort"
}

try_apache() {
	local modules=/usr/lib/apache2/modules

	port=$(free_port)
	cat >"$T/apache.conf" <<-X
		ServerRoot $T
		PidFile $T/apache.pid
		ServerName localhost
		ErrorLog $T/apache.err
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so
		LoadModule ssl_module $modules/mod_ssl.so
		DocumentRoot $T
		User nobody
		Group nogroup
		Mutex file:$T
		Listen 127.0.0.1:$port
		<VirtualHost 127.0.0.1:$port>
		ServerName a.test
		SSLEngine on
		SSLCertificateFile $T/a.test.chain
		SSLCertificateKeyFile $T/a.test.key
		SSLCertificateFile $T/rsa.test.pem
		SSLCertificateKeyFile $T/rsa.test.key
		</VirtualHost>
	X
	start apache apache2 -f "$T/apache.conf" -D FOREGROUND
	check "Apache is up" until_true 10 is_listening "$port"
	check "Apache: certificates of both types of key" is \
		'["CN=a.test","EC"]
["CN=rsa.test","RSA"]' eval "probed $port '$leaf [.subject, .key_alg]' | sort"
}

try_haproxy() {
	local strict=''

	port=$(free_port) strict=$(free_port)
	cat >"$T/haproxy.cfg" <<-X
		global
		  nbthread 1
		  maxconn 100
		defaults
		  mode http
		  timeout connect 5s
		  timeout client 10s
		  timeout server 10s
		frontend one
		  bind 127.0.0.1:$port ssl crt $T/a.test.all crt $T/b.test.all
		  http-request return status 200
		frontend two
		  bind 127.0.0.1:$strict ssl crt $T/a.test.all strict-sni
		  http-request return status 200
	X
	start haproxy haproxy -f "$T/haproxy.cfg" -db
	check "HAProxy is up" until_true 10 is_listening "$strict"
	check "HAProxy: by name" is '[null,"CN=a.test"]
["b.test","CN=b.test"]' probed "$port" "$leaf [.sni, .subject]" \
		--quick --sni b.test
	check "HAProxy: strict about names" is '["a.test",null]
[null,"no-certificate"]' eval "probed $strict '$endpoint [.sni, .failure]' \
		--sni a.test | sort"
}

try_postfix() {
	needs_root "Postfix" || return
	port=$(free_port)
	mkdir "$T/postfix" "$T/queue" "$T/data"
	chown postfix "$T/data"
	cat >"$T/postfix/main.cf" <<-X
		compatibility_level = 3.6
		queue_directory = $T/queue
		data_directory = $T/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		mail_owner = postfix
		setgid_group = postdrop
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		myhostname = a.test
		mydestination =
		alias_maps =
		alias_database =
		local_recipient_maps =
		smtpd_relay_restrictions = reject
		smtpd_tls_security_level = may
		smtpd_tls_chain_files = $T/a.test.key, $T/a.test.chain
		maillog_file = /dev/stdout
	X
	cat >"$T/postfix/master.cf" <<-X
		127.0.0.1:$port inet n - n - - smtpd
		anvil unix - - n - 1 anvil
		tlsmgr unix - - n 1000? 1 tlsmgr
		rewrite unix - - n - - trivial-rewrite
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	X
	start postfix postfix -c "$T/postfix" start-fg
	check "Postfix is up" until_true 20 is_listening "$port"
	check "Postfix: told from its greeting" serves "$port" CN=a.test
	check "Postfix: STARTTLS of SMTP is named" is smtp \
		probed "$port" "$endpoint .starttls" --starttls smtp
	postfix -c "$T/postfix" stop >/dev/null 2>&1
}

try_dovecot() {
	local imap='' imaps='' pop3=''

	needs_root "Dovecot" || return
	imap=$(free_port) imaps=$(free_port) pop3=$(free_port)
	dovecot_serves "$T/a.test.chain" "$T/a.test.key" >"$T/dovecot.conf"
	cat >>"$T/dovecot.conf" <<-X
		protocols = imap pop3
		listen = 127.0.0.1
		base_dir = $T/dovecot
		state_dir = $T/dovecot-state
		log_path = $T/dovecot.err
		service imap-login {
		  inet_listener imap {
		    port = $imap
		  }
		  inet_listener imaps {
		    port = $imaps
		    ssl = yes
		  }
		}
		service pop3-login {
		  inet_listener pop3 {
		    port = $pop3
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
	X
	start dovecot dovecot -F -c "$T/dovecot.conf"
	check "Dovecot is up" until_true 20 is_listening "$pop3"
	check "Dovecot: IMAP, told from its greeting" is '["imap","complete"]' \
		probed "$imap" "$endpoint [.starttls, .chain]"
	check "Dovecot: IMAP with TLS at once" is '[null,"complete"]' \
		probed "$imaps" "$endpoint [.starttls, .chain]"
	check "Dovecot: POP3, named" is '["pop3","complete"]' \
		probed "$pop3" "$endpoint [.starttls, .chain]" --starttls pop3
}

try_slapd() {
	local ldaps=''

	port=$(free_port) ldaps=$(free_port)
	cat >"$T/slapd.conf" <<-X
		include /etc/ldap/schema/core.schema
		pidfile $T/slapd.pid
		TLSCertificateFile $T/a.test.chain
		TLSCertificateKeyFile $T/a.test.key
		TLSVerifyClient never
	X
	start slapd slapd -d 0 -f "$T/slapd.conf" \
		-h "ldap://127.0.0.1:$port/ ldaps://127.0.0.1:$ldaps/"
	check "slapd is up" until_true 20 is_listening "$ldaps"
	check "slapd: StartTLS" serves "$port" CN=a.test --starttls ldap
	check "slapd: ldaps" serves "$ldaps" CN=a.test
}

try_postgres() {
	local bin='' failure='"closed"'

	needs_root "PostgreSQL" || return
	bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | tail -n 1)
	port=$(free_port)
	install -d -o postgres -m 700 "$T/pg"
	(cd / && runuser -u postgres -- "$bin/initdb" -D "$T/pg" -A trust \
		--no-sync) >/dev/null 2>&1
	install -o postgres -m 600 "$T/a.test.key" "$T/pg/server.key"
	install -o postgres "$T/a.test.chain" "$T/pg/server.crt"
	start postgres sh -c "cd / && exec setpriv --reuid postgres \
		--regid postgres --clear-groups '$bin/postgres' -D '$T/pg' \
		-c listen_addresses=127.0.0.1 -c port=$port -c ssl=on \
		-c unix_socket_directories="
	check "PostgreSQL is up" until_true 30 is_listening "$port"
	check "PostgreSQL: SSLRequest" serves "$port" CN=a.test \
		--starttls postgres
	# since 17 it speaks TLS at once too
	[[ $("$bin/postgres" --version) =~ \ 1[56]\. ]] || failure=null
	check "PostgreSQL: asked for TLS at once" is "$failure" \
		probed "$port" "$endpoint .failure | tojson" --starttls tls
}

try_mariadb() {
	needs_root "MariaDB" || return
	port=$(free_port)
	install -d -o nobody "$T/mysql"
	start mariadbd mariadbd --no-defaults --datadir="$T/mysql" \
		--user=nobody --bind-address=127.0.0.1 --port="$port" \
		--socket="$T/mysql/sock" --pid-file="$T/mysql/pid" \
		--skip-grant-tables --skip-networking=0 \
		--ssl-cert="$T/a.test.chain" --ssl-key="$T/a.test.key"
	until_true 30 eval "has_ended $pid || is_listening $port"
	if ! is_listening "$port"; then
		skip "MariaDB" "it does not start here"
		return
	fi
	# it listens before it greets
	check "MariaDB: told from its greeting" until_true 20 \
		is '["mysql","complete"]' \
		probed "$port" "$endpoint [.starttls, .chain]"
	check "MariaDB: named" serves "$port" CN=a.test --starttls mysql
}

try_redis() {
	port=$(free_port)
	start redis redis-server --port 0 --bind 127.0.0.1 --tls-port "$port" \
		--tls-cert-file "$T/a.test.chain" \
		--tls-key-file "$T/a.test.key" --tls-auth-clients no \
		--tls-ca-cert-file "$T/root.pem" --save '' --dir "$T"
	check "Redis is up" until_true 10 is_listening "$port"
	check "Redis: TLS at once" serves "$port" CN=a.test
	port=$(free_port)
	start redis-plain redis-server --port "$port" --bind 127.0.0.1 \
		--save '' --dir "$T"
	until_true 10 is_listening "$port"
	check "Redis without TLS is told so" says '^(no-tls|closed|timeout)$' \
		probed "$port" "$endpoint .failure" --timeout 2s
}

try_vsftpd() {
	needs_root "vsftpd" || return
	port=$(free_port)
	mkdir "$T/empty"
	cat >"$T/vsftpd.conf" <<-X
		listen=YES
		listen_address=127.0.0.1
		listen_port=$port
		background=NO
		anonymous_enable=YES
		secure_chroot_dir=$T/empty
		ssl_enable=YES
		rsa_cert_file=$T/rsa.test.pem
		rsa_private_key_file=$T/rsa.test.key
	X
	start vsftpd vsftpd "$T/vsftpd.conf"
	check "vsftpd is up" until_true 10 is_listening "$port"
	check "vsftpd: told from its greeting" is '["ftp","open"]' \
		probed "$port" "$endpoint [.starttls, .chain]"
}

try_prosody() {
	local servers=''

	needs_root "Prosody" || return
	port=$(free_port) servers=$(free_port)
	install -d -o prosody "$T/prosody"
	cat >"$T/prosody.cfg.lua" <<-X
		interfaces = { "127.0.0.1" }
		c2s_ports = { $port }
		s2s_ports = { $servers }
		c2s_direct_tls_ports = { }
		s2s_direct_tls_ports = { }
		modules_enabled = { "tls", "saslauth" }
		data_path = "$T/prosody"
		pidfile = "$T/prosody/pid"
		log = { info = "$T/prosody/log" }
		ssl = { certificate = "$T/a.test.chain", key = "$T/a.test.key" }
		VirtualHost "a.test"
	X
	start prosody setpriv --reuid prosody --regid prosody --clear-groups \
		prosody -F --config "$T/prosody.cfg.lua"
	until_true 10 eval "has_ended $pid || is_listening $servers"
	if ! is_listening "$servers"; then
		skip "Prosody" "it does not start here"
		return
	fi
	check "Prosody: clients" serves "$port" CN=a.test --starttls xmpp \
		--sni a.test
	check "Prosody: servers" serves "$servers" CN=a.test \
		--starttls xmpp-server --sni a.test
}

# only the servers that are named, where any is
servers=${*:-nginx apache haproxy postfix dovecot slapd postgres mariadb
	redis vsftpd prosody}
for server in $servers; do
	program=$server
	[ "$server" = apache ] && program=apache2
	[ "$server" = mariadb ] && program=mariadbd
	[ "$server" = redis ] && program=redis-server
	[ "$server" = postgres ] && ls /usr/lib/postgresql/*/bin/initdb \
		>/dev/null 2>&1 && program=true
	has "$program" "$server" && "try_$server"
done
finish
