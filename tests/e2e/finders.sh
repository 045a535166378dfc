#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What real servers say of their own configuration, or open when they check it,
# is what the scan says; and the bindings reach the collector.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/collector_lib.sh
. tests/e2e/collector_lib.sh
# shellcheck source=tests/e2e/agent_lib.sh
. tests/e2e/agent_lib.sh

k=$T/keys
mkdir "$k" "$k/ca.d"
for name in a b c d e; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=$name.test" -keyout "$k/$name.key" \
		-out "$k/$name.pem" 2>/dev/null
	cat "$k/$name.pem" "$k/$name.key" >"$k/$name.both"
done

# bound SERVICE CONFIG [PATH]: scans the keys with that configuration; its
# bindings as "ROLE FILE LINE NAMES", sorted.
bound() {
	printf '[scan]\nserver_config = %s\n' "$1:$2" >"$T/agent.ini"
	"$B/certwalk" scan --config "$T/agent.ini" --format jsonl "$k" \
		>"$T/$1.jsonl"
	jq -r --arg s "$1" --arg t "$T/" 'select(.bindings) | .path as $p |
		.bindings[] | select(.service == $s) |
		select(.config | startswith($t)) |
		"\(.role) \($p | sub(".*/"; "")) \(.line) \(.names // [] |
		join(","))"' "$T/$1.jsonl" | sort -u
}
files() { bound "$@" | cut -d' ' -f2 | sort -u; }
# opened COMMAND...: the files below $k that it opens
opened() {
	strace -f -qq -e trace=open,openat -o "$T/opened" "$@" >/dev/null 2>&1
	grep -v ENOENT "$T/opened" | sed -n "s|.*\"$k/\([^/\"]*\)\".*|\1|p" |
		sort -u
}
same() { # same SENTENCE SERVICE CONFIG COMMAND...
	local sentence=$1 service=$2 config=$3

	shift 3
	if ! command -v "$1" >/dev/null || ! can_trace; then
		skip "$sentence" "no $1, or no strace, here"
		return
	fi
	files "$service" "$config" >"$T/ours"
	opened "$@" >"$T/theirs"
	check "$sentence" diff "$T/theirs" "$T/ours"
	check "and that is not nothing" test -s "$T/ours"
}

# -------------------------------------------------------------------- nginx
mkdir -p "$T/nginx/sites"
cat >"$T/nginx/nginx.conf" <<-END
	pid $T/nginx.pid;
	error_log stderr;
	events { worker_connections 64; }
	http {
		access_log off;
		ssl_certificate $k/a.pem;
		ssl_certificate_key $k/a.key;
		server { listen unix:$T/1 ssl; server_name inherits.test; }
		include sites/*.conf;
	}
END
cat >"$T/nginx/sites/b.conf" <<-END
	server {
		listen unix:$T/2 ssl;
		server_name b.test *.b.test;
		ssl_certificate "$k/b.pem"; ssl_certificate_key $k/b.key;
		ssl_client_certificate $k/c.pem; ssl_verify_client on;
		location / {
			proxy_pass https://127.0.0.1:9;
			proxy_ssl_verify on;
			proxy_ssl_trusted_certificate $k/d.pem;
		}
	}
END
same "nginx opens the files that are bound to it" nginx \
	"$T/nginx/nginx.conf" nginx -t -p "$T/nginx" -c "$T/nginx/nginx.conf"
check "a server's certificate has its names and its line" \
	grep -qx "certificate b.pem 4 b.test,\*.b.test" \
	<(bound nginx "$T/nginx/nginx.conf")
check "an inherited one has the names of who inherits" \
	grep -qx "certificate a.pem 6 inherits.test" \
	<(bound nginx "$T/nginx/nginx.conf")
if command -v nginx >/dev/null; then
	start nginx nginx -p "$T/nginx" -c nginx.conf -g 'daemon off;'
	until_true 10 test -S "$T/2"
	echo >"$T/none.ini"
	"$B/certwalk" scan --config "$T/none.ini" --format jsonl "$k" \
		>"$T/running.jsonl"
	check "a running nginx is asked for its file" grep -q \
		"\"config\":\"$T/nginx/nginx.conf\"" "$T/running.jsonl"
	stop "$pid" QUIT
else
	skip "a running nginx is asked for its file" "no nginx here"
fi

# ------------------------------------------------------------------ haproxy
mkdir "$k/folder"
cp "$k/c.both" "$k/folder/one.pem"
cat >"$T/haproxy.cfg" <<-END
	global
		crt-base $k
		stats socket $T/stats
	defaults
		mode http
		timeout client 1s
		timeout server 1s
		timeout connect 1s
	frontend f
		bind unix@$T/3 ssl crt a.both crt-list $T/list ca-file $k/b.pem verify optional
		default_backend b
	backend b
		server s 127.0.0.1:9 ssl ca-file $k/e.pem
END
printf '%s [alpn h2] d.test *.d.test\n' "$k/d.both" >"$T/list"
same "haproxy opens the files that are bound to it" haproxy "$T/haproxy.cfg" \
	haproxy -c -f "$T/haproxy.cfg"
check "a line of a crt-list has its names" grep -qx \
	"certificate d.both 1 d.test,\*.d.test" <(bound haproxy "$T/haproxy.cfg")

# ------------------------------------------------------------------ postfix
mkdir "$T/postfix"
cat >"$T/postfix/main.cf" <<-END
	compatibility_level = 3.6
	keys = $k
	smtpd_tls_cert_file = \${keys}/a.pem
	smtpd_tls_key_file = \$keys/a.key
	smtp_tls_CAfile =
	  \$(keys)/b.pem
	smtpd_tls_chain_files = \$keys/c.both, \$keys/d.both
END
if command -v postconf >/dev/null; then
	cp "$(postconf -d -h config_directory 2>/dev/null)/master.cf" \
		"$T/postfix/" 2>/dev/null || : >"$T/postfix/master.cf"
	for p in smtpd_tls_cert_file smtpd_tls_key_file smtp_tls_CAfile \
		smtpd_tls_chain_files; do
		postconf -c "$T/postfix" -x -h $p 2>/dev/null
	done | tr -s ', ' '\n' | sed 's|.*/||' | sort -u >"$T/theirs"
	files postfix "$T/postfix/main.cf" >"$T/ours"
	check "postconf says the files that are bound" \
		diff "$T/theirs" "$T/ours"
else
	skip "postconf says the files that are bound" "no postconf here"
fi

# ------------------------------------------------------------------ dovecot
mkdir -p "$T/dovecot/conf.d"
cat >"$T/dovecot/dovecot.conf" <<-END
	protocols = imap
	!include conf.d/*.conf
	!include_try gone.conf
END
cat >"$T/dovecot/conf.d/ssl.conf" <<-END
	ssl = yes
	ssl_cert = <$k/a.pem
	ssl_key = <$k/a.key
	local_name b.test {
	  ssl_cert = <$k/b.pem
	  ssl_key = <$k/b.key
	}
	protocol imap {
	  ssl_ca = <$k/c.pem
	}
END
if command -v doveconf >/dev/null &&
	doveconf -P -c "$T/dovecot/dovecot.conf" -n >"$T/doveconf" 2>/dev/null
then
	sed -n "s|.*= *<$k/||p" "$T/doveconf" | sort -u >"$T/theirs"
	files dovecot "$T/dovecot/dovecot.conf" >"$T/ours"
	check "doveconf says the files that are bound" \
		diff "$T/theirs" "$T/ours"
else
	skip "doveconf says the files that are bound" "no doveconf 2.3 here"
fi

# ------------------------------------------------------------------- apache
modules=/usr/lib/apache2/modules
[ -d $modules ] || modules=/usr/lib64/httpd/modules
cat >"$T/apache2.conf" <<-END
	ServerRoot $T
	PidFile $T/apache.pid
	Define KEYS $k
	LoadModule mpm_event_module $modules/mod_mpm_event.so
	LoadModule authz_core_module $modules/mod_authz_core.so
	LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so
	LoadModule ssl_module $modules/mod_ssl.so
	Listen 127.0.0.1:9443
	ServerName main.test
	<VirtualHost *:9443>
		ServerName a.test
		ServerAlias www.a.test
		SSLEngine on
		SSLCertificateFile \${KEYS}/a.pem
		SSLCertificateKeyFile \${KEYS}/a.key
	</VirtualHost>
	IncludeOptional apache.d/*.conf
END
mkdir "$T/apache.d"
cat >"$T/apache.d/b.conf" <<-END
	<VirtualHost *:9443>
		ServerName b.test
		SSLEngine on
		SSLCertificateFile keys/b.pem
		SSLCertificateKeyFile keys/b.key
	</VirtualHost>
END
vhosts() { apache2 -f "$T/apache2.conf" -t -D DUMP_VHOSTS 2>&1; }
if command -v apache2 >/dev/null && vhosts >"$T/vhosts"; then
	sed -n 's/.* namevhost \([^ ]*\) .*/\1/p' "$T/vhosts" | sort -u \
		>"$T/theirs"
	bound apache "$T/apache2.conf" | cut -d' ' -f4 | cut -d, -f1 |
		sort -u >"$T/ours"
	check "Apache's virtual hosts are the names of the bindings" \
		diff "$T/theirs" "$T/ours"
	check "by its line and role" grep -qx \
		"certificate a.pem 14 a.test,www.a.test" \
		<(bound apache "$T/apache2.conf")
else
	skip "Apache's virtual hosts are the names of the bindings" \
		"no apache2 here"
fi

# -------------------------------------------------------------------- slapd
cat >"$T/slapd.conf" <<-END
	TLSCertificateFile	$k/a.pem
	TLSCertificateKeyFile	"$k/a.key"
	TLSCACertificateFile
	  $k/b.pem
	database ldif
	suffix cn=x
	directory $T
END
if command -v slapd >/dev/null; then
	mkdir "$T/slapd.d"
	slapd -Ttest -f "$T/slapd.conf" -F "$T/slapd.d" >/dev/null 2>&1
	files openldap "$T/slapd.conf" >"$T/ours"
	check "slapd.conf is read" is "a.key a.pem b.pem" \
		sh -c "tr '\n' ' ' <'$T/ours' | sed 's/ $//'"
	if [ -s "$T/slapd.d/cn=config.ldif" ]; then
		files openldap "$T/slapd.d/cn=config.ldif" >"$T/theirs"
		check "what slapd made of it says the same" \
			diff "$T/theirs" "$T/ours"
	fi
else
	skip "slapd.conf is read" "no slapd here"
fi

# ------------------------------------------- what is hostile, and what is not
mkdir "$T/bad"
cat >"$T/bad/nginx.conf" <<-END
	http {
		include nginx.conf;
		include fifo;
		ssl_certificate $k/gone.pem;
		ssl_certificate_key $k/\$name.key;
		ssl_trusted_certificate $k/a.pem;
		auth_basic "Leak-of-finder";
		server {
END
mkfifo "$T/bad/fifo"
check "a hostile configuration is survived" timeout 60 \
	sh -c "grep -q . <<E
$(bound nginx "$T/bad/nginx.conf")
E"
gaps() { tail -n 1 "$T/nginx.jsonl" | jq -r '.gaps[].reason'; }
check "what was read of it stands" grep -q '"role":"chain"' "$T/nginx.jsonl"
check "a circle of includes is told" says 'line 2: includes go round' gaps
check "what is no regular file is not opened" says 'not a regular file' gaps
check "a file that is not there is told with its line" \
	says 'line 4: certificate .*gone.pem: No such file' gaps
check "an unknown variable is told with its line" \
	says 'line 5: key file: a variable' gaps
check "where the syntax breaks is told" says 'ends within a block' gaps
check "no other word of a configuration is told" sh -c \
	"! grep -q Leak-of-finder '$T/nginx.jsonl'"
bindings_off() {
	printf '[scan]\nbindings = no\nserver_config = nginx:%s\n' \
		"$T/nginx/nginx.conf" >"$T/off.ini"
	"$B/certwalk" scan --config "$T/off.ini" --format jsonl "$k" |
		grep -c '"bindings"'
}
check "bindings = no reads none" is 0 bindings_off

# --------------------------------------------------------------- a user's own
mkdir -p "$T/home/.kube"
cat >"$T/home/.kube/config" <<-END
	apiVersion: v1
	kind: Config
	users:
	- name: ann
	  user:
	    client-certificate: ../../keys/a.pem
	    client-key: $k/a.key
END
chown 4242 "$T/home/.kube/config" 2>/dev/null
bound kubeconfig "$T/home/.kube/config" >/dev/null
of_user() {	# of_user FILE ROLE LINE
	jq -se --arg p "$k/$1" --arg r "$2" --argjson l "$3" \
		'any(.[]; .path == $p and any(.bindings[]?; .role == $r and
		.line == $l and .service == "kubeconfig (user 4242)"))' \
		"$T/kubeconfig.jsonl"
}
if [ "$(id -u)" = 0 ]; then
	check "a kubeconfig names a file from its own folder, as its user's" \
		of_user a.pem client-certificate 6
	check "and one by its whole path" of_user a.key key 7
else
	skip "a user's kubeconfig" "needs root"
fi

# ---------------------------------------------------------------- collector
cp -r "$k" "$tree/"
sed "s|$k|$tree/keys|g" "$T/nginx/nginx.conf" >"$tree/nginx.conf"
check "a collector starts" collector_new
agent_config "agent.interval = 1h" "collector.heartbeat = 1s" \
	"scan.server_config = nginx:$tree/nginx.conf"
check "the agent enrols" agent_enroll
check "the agent starts" agent_start
check "the agent gets in sync" until_true 60 in_sync
cw inventory --format jsonl >"$T/inventory.jsonl"
check "the collector shows the bindings" jq -se --arg p "$tree/keys/a.pem" \
	'[.[].places[] | select(.path == $p) | .bindings[0] |
	.service == "nginx" and .role == "certificate" and
	.names == ["inherits.test"]] | any' \
	"$T/inventory.jsonl"
stop "$agent"
finish
