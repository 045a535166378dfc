# SPDX-License-Identifier: Apache-2.0
# Servers for the tests of the join: NAME serves $T/NAME.test.chain.  For each
# has_NAME, config_NAME PORT and start_NAME PORT, which leaves $pid.
# shellcheck disable=SC2034,SC2154 # names are shared with the scripts

declare -A protocol_of=([4434]=smtp [4435]=imap [4437]=postgres [4438]=mysql)

make_authorities() {
	make_ca root
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/inter.key" -out "$T/inter.csr" \
		-subj /CN=inter 2>/dev/null
	issue_inter inter
	make_ca other
	issue_inter inter2
}
# issue_inter NAME: a certificate for the key of inter
issue_inter() {
	openssl x509 -req -in "$T/inter.csr" -CA "$T/root.pem" \
		-CAkey "$T/root.key" -CAcreateserial -days 20 \
		-extfile <(printf 'basicConstraints=critical,CA:true\n') \
		-out "$T/$1.pem" 2>/dev/null
}
# new_leaf NAME [INTERMEDIATE]: $T/NAME.pem .key .chain .all, at once
new_leaf() {
	local inter=${2:-inter}

	[ -e "$T/$1.key" ] || openssl req -newkey ec -nodes \
		-pkeyopt ec_paramgen_curve:P-256 -keyout "$T/$1.key" \
		-out "$T/$1.csr" -subj "/CN=$1" 2>/dev/null
	chmod 644 "$T/$1.key"
	openssl x509 -req -in "$T/$1.csr" -CA "$T/inter.pem" \
		-CAkey "$T/inter.key" -CAcreateserial -days 20 \
		-extfile <(printf 'subjectAltName=DNS:%s\n' "$1") \
		-out "$T/$1.pem" 2>/dev/null
	cat "$T/$1.pem" "$T/$inter.pem" >"$T/new"
	case $1 in
	tomcat.*) make_store "$1" ;;
	haproxy.*) cat "$T/$1.key" >>"$T/new" && mv "$T/new" "$T/$1.chain" ;;
	postgres.*) put_postgres ;;
	*) mv "$T/new" "$T/$1.chain" ;;
	esac
}
make_store() {
	openssl pkcs12 -export -in "$T/new" -inkey "$T/$1.key" \
		-passout pass:changeit -out "$T/$1.new" &&
		chmod 644 "$T/$1.new" && mv "$T/$1.new" "$T/$1.chain"
}
renew() { new_leaf "$1.test"; }
remove() { rm "$T/$1.test.chain"; }
# end NAME: a server, and its workers with it
end() {
	local signal=TERM

	[ "$1" = postgres ] && signal=INT
	stop "${pid_of[$1]}" $signal
}

# nginx_reads PID: what it serves by new processes alone, but for those that
# still have a connection.
nginx_reads() {
	local old=''

	old=$(pgrep -P "$1")
	kill -HUP "$1"
	until_true 20 old_do_not_accept "$old"
}
old_do_not_accept() {
	local pid=''

	for pid in $1; do
		has_ended "$pid" || grep -aq 'shutting down' \
			"/proc/$pid/cmdline" || return
	done
}
has_no_listener() { ! ss -Hltn | grep -q ":$1 "; }
# served PORT [OPTION...]: the SHA-256 of the leaf
served() {
	local port=$1

	shift
	probe --quick "$@" ${protocol_of[$port]:+--starttls} \
		${protocol_of[$port]:-} "127.0.0.1:$port" 2>/dev/null |
		jq -r 'select(.chain_position == 1) | .sha256' | head -n 1
}

# scan [PATH...]: into $T/out
scan() {
	"$B/certwalk" scan --config "$T/agent.ini" --format jsonl --ports \
		"${@:-$T}" >"$T/out" 2>"$T/err"
}
# state_is PORT STATE CAUSE-PATTERN [SNI]: without a name; '' is no cause
state_is() {
	local got='' sni=${4:-}

	got=$(jq -r "select(.kind == \"endpoint\" and .port == $1 and
		(.sni // \"\") == \"$sni\" and
		.netns == null) | \"\(.state) \(.cause // \"\")\"" \
		"$T/out")
	echo "got: $got"
	[ -n "$got" ] && [ "${got%% *}" = "$2" ] || return 1
	[ -n "$3" ] || { [ "$got" = "$2 " ]; return; }
	grep -qE -- "$3" <<<"$got"
}
file_is() {
	[ "$(jq -r "select(.kind == \"endpoint\" and .port == $1 and
		.sni == null) | .file" "$T/out")" = "$T/$2" ]
}
is_unserved() {
	jq -se "any(.[]; .path == \"$T/$1\" and
		((.flags // []) | index(\"unserved\")))" "$T/out"
}
is_not_unserved() { ! is_unserved "$1"; }
# scan_config SERVICE...: the tests' own copies are not looked at, and what
# running processes do not tell of their configuration is said
scan_config() {
	local name=''

	echo '[scan]'
	printf 'exclude = %s\n' "$T/*.pem" "$T/new"
	for name; do
		finder_of "$name" | sed 's/^/server_config = /'
	done
}
finder_of() {
	case $1 in
	postfix) echo "postfix:$T/postfix/main.cf" ;;
	redis) echo "redis:$T/redis.conf" ;;
	esac
}

nginx_head() {
	local temp=''

	echo "daemon off; pid $T/$1.pid; error_log $T/$1.err;"
	echo 'worker_processes 2; events { } http { access_log off;'
	for temp in client_body proxy fastcgi uwsgi scgi; do
		echo "${temp}_temp_path $T/$1-$temp;"
	done
}
nginx_server() {	# nginx_server ADDRESS NAME [MORE]
	echo "server { listen $1 ssl; server_name $2;
		ssl_certificate $T/$2.chain; ssl_certificate_key $T/$2.key;
		${3:-} }"
}
has_nginx() { :; }
config_nginx() {
	{
		nginx_head nginx
		nginx_server "127.0.0.1:$1" nginx.test
		echo '}'
	} >"$T/nginx.conf"
}
start_nginx() { start nginx nginx -p "$T" -c "$T/nginx.conf"; }

has_apache() { [ -d /usr/lib/apache2/modules ]; }
config_apache() {
	local modules=/usr/lib/apache2/modules

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
		StartServers 1
		Listen 127.0.0.1:$1
		<VirtualHost 127.0.0.1:$1>
		ServerName apache.test
		SSLEngine on
		SSLCertificateFile $T/apache.test.chain
		SSLCertificateKeyFile $T/apache.test.key
		</VirtualHost>
	X
}
start_apache() {
	start apache apache2 -f "$T/apache.conf" -D FOREGROUND
}

has_haproxy() { :; }
config_haproxy() {
	cat >"$T/haproxy.cfg" <<-X
		global
		  chroot $T
		  nbthread 1
		  maxconn 100
		defaults
		  mode http
		  timeout connect 5s
		  timeout client 10s
		  timeout server 10s
		frontend one
		  bind 127.0.0.1:$1 ssl crt $T/haproxy.test.chain
		  http-request return status 200
	X
}
start_haproxy() { start haproxy haproxy -W -f "$T/haproxy.cfg" -db; }

has_postfix() { :; }
config_postfix() {
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
		myhostname = postfix.test
		mydestination =
		alias_maps =
		alias_database =
		local_recipient_maps =
		smtpd_relay_restrictions = reject
		smtpd_tls_security_level = may
		smtpd_tls_cert_file = $T/postfix.test.chain
		smtpd_tls_key_file = $T/postfix.test.key
		maillog_file = /dev/stdout
		max_idle = 1000s
		max_use = 1000
	X
	cat >"$T/postfix/master.cf" <<-X
		127.0.0.1:$1 inet n - n - 1 smtpd
		anvil unix - - n - 1 anvil
		tlsmgr unix - - n 1000? 1 tlsmgr
		rewrite unix - - n - - trivial-rewrite
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	X
}
start_postfix() { start postfix postfix -c "$T/postfix" start-fg; }

has_dovecot() { [ -d /usr/lib/dovecot ]; }
config_dovecot() {
	dovecot_serves "$T/dovecot.test.chain" "$T/dovecot.test.key" \
		>"$T/dovecot.conf"
	cat >>"$T/dovecot.conf" <<-X
		protocols = imap
		listen = 127.0.0.1
		base_dir = $T/dovecot
		state_dir = $T/dovecot-state
		log_path = $T/dovecot.err
		service imap-login {
		  inet_listener imap {
		    port = $1
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
	X
}
start_dovecot() { start dovecot dovecot -F -c "$T/dovecot.conf"; }

has_slapd() { [ -e /etc/ldap/schema/core.schema ]; }
config_slapd() {
	cat >"$T/slapd.conf" <<-X
		include /etc/ldap/schema/core.schema
		pidfile $T/slapd.pid
		TLSCertificateFile $T/slapd.test.chain
		TLSCertificateKeyFile $T/slapd.test.key
		TLSVerifyClient never
	X
}
start_slapd() {
	start slapd slapd -d 0 -f "$T/slapd.conf" -h "ldaps://127.0.0.1:$1/"
}

has_postgres() { id postgres >/dev/null; }
put_postgres() {
	install -d -o postgres -m 700 "$T/pg"
	install -o postgres "$T/new" "$T/postgres.new"
	install -o postgres -m 600 "$T/postgres.test.key" "$T/postgres.key"
	mv "$T/postgres.new" "$T/postgres.test.chain"
}
config_postgres() {
	rm -rf "$T/pg"
	install -d -o postgres -m 700 "$T/pg"
	(cd / && runuser -u postgres -- initdb -D "$T/pg" -A trust \
		--no-sync) >"$T/initdb.log" 2>&1
	cat >>"$T/pg/postgresql.conf" <<-X
		listen_addresses = '127.0.0.1'
		port = $1
		ssl = on
		ssl_cert_file = '$T/postgres.test.chain'
		ssl_key_file = '$T/postgres.key'
		unix_socket_directories = ''
	X
}
start_postgres() {
	start postgres setpriv --reuid postgres --regid postgres \
		--clear-groups sh -c "cd / && exec $(command -v postgres) -D '$T/pg'"
}

has_mariadb() { :; }
config_mariadb() { install -d -o nobody "$T/mysql"; }
start_mariadb() {
	start mariadb mariadbd --no-defaults --datadir="$T/mysql" \
		--user=nobody --bind-address=127.0.0.1 --port="$1" \
		--socket="$T/mysql/sock" --pid-file="$T/mysql/pid" \
		--skip-grant-tables --skip-networking=0 \
		--ssl-cert="$T/mariadb.test.chain" \
		--ssl-key="$T/mariadb.test.key"
}

has_redis() { :; }
config_redis() {
	cat >"$T/redis.conf" <<-X
		port 0
		bind 127.0.0.1
		tls-port $1
		tls-cert-file $T/redis.test.chain
		tls-key-file $T/redis.test.key
		tls-ca-cert-file $T/root.pem
		tls-auth-clients no
		save ""
		dir $T
	X
}
start_redis() { start redis redis-server "$T/redis.conf"; }

has_tomcat() { [ -e /usr/share/tomcat10/bin/bootstrap.jar ]; }
config_tomcat() {
	mkdir -p "$T/tomcat/conf" "$T/tomcat/logs" "$T/tomcat/temp"
	cat >"$T/tomcat/conf/server.xml" <<-X
		<Server port="-1">
		<Service name="Catalina">
		<Connector port="$1" address="127.0.0.1" SSLEnabled="true"
		  scheme="https" secure="true" maxThreads="10"
		  protocol="org.apache.coyote.http11.Http11NioProtocol">
		<SSLHostConfig>
		<Certificate certificateKeystoreFile="$T/tomcat.test.chain"
		  certificateKeystoreType="PKCS12"
		  certificateKeystorePassword="changeit" />
		</SSLHostConfig>
		</Connector>
		<Engine name="Catalina" defaultHost="localhost">
		<Host name="localhost" appBase="$T/tomcat/temp" />
		</Engine>
		</Service>
		</Server>
	X
	echo '<web-app/>' >"$T/tomcat/conf/web.xml"
}
start_tomcat() {
	local home=/usr/share/tomcat10

	start tomcat java -Xshare:auto -XX:TieredStopAtLevel=1 -Xmx64m \
		-cp "$home/bin/bootstrap.jar:$home/bin/tomcat-juli.jar" \
		-Dcatalina.home=$home -Dcatalina.base="$T/tomcat" \
		-Djava.io.tmpdir="$T/tomcat/temp" \
		org.apache.catalina.startup.Bootstrap start
}
