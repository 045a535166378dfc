#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Locked keystores are opened by the passwords that the agent's configuration
# or an application's own names; which source fitted is told, the password
# never.  Each application's files lie as it installs them.
# shellcheck disable=SC2016 # $p and $h are jq's
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$T/tree
certwalk=$B/certwalk

# store PATH PASSWORD: PKCS#12
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	-subj /CN=store.test -keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
hash=$(openssl x509 -in "$T/cert.pem" -outform der | sha256sum | cut -c1-64)
store() {
	mkdir -p "$tree/${1%/*}"
	openssl pkcs12 -export -inkey "$T/key.pem" -in "$T/cert.pem" \
		-name web -passout "pass:$2" -out "$tree/$1"
}
file() {	# file PATH: standard input
	mkdir -p "$tree/${1%/*}"
	cat >"$tree/$1"
}
scan() {	# scan FORMAT
	"$certwalk" scan --config "$T/agent.ini" --format "$1" "$tree" \
		>"$T/out.$1" 2>"$T/out.log"
}
# of PATH FILTER: a finding in that file fits
of() {
	jq -c --arg p "$tree/$1" --arg h "$hash" "select(.path == \$p) |
		select($2)" "$T/out.jsonl" | grep .
}
opened() {	# opened PATH SOURCE: the keystore, and its certificate is read
	of "$1" ".kind == \"keystore\" and .opened_by == \"$2\"" &&
	of "$1" '.kind == "certificate" and .sha256 == $h'
}
gap() {		# gap PATH FILTER
	tail -n 1 "$T/out.jsonl" | jq -c --arg p "$tree/$1" \
		".gaps[] | select(.path == \$p) | select($2)" | grep .
}
locked() {	# locked PATH: told as locked, and in the coverage
	of "$1" '.kind == "keystore" and .encrypted and
		(has("opened_by") | not)' && gap "$1" '.gap == "locked"'
}

# Tomcat: a connector of old, and one of today whose keystore is in a folder
store tomcat/conf/old.p12 Tomcat-old-1
store tomcat/conf/ssl/new.p12 Tomcat-new-1
store tomcat/beside.p12 Tomcat-new-1
file tomcat/conf/server.xml <<-'XML'
	<?xml version="1.0" encoding="UTF-8"?>
	<Server port="8005" shutdown="SHUTDOWN">
	  <Listener className="org.apache.catalina.core.AprLifecycleListener"/>
	  <!-- <Connector keystorePass="commented"/> -->
	  <Service name="Catalina">
	    <Connector port="8443" scheme="https" secure="true"
	               keystoreFile="conf/old.p12" keystorePass="Tomcat-old-1"
	               clientAuth="false" sslProtocol="TLS"/>
	    <Connector port="9443" SSLEnabled="true">
	      <SSLHostConfig truststorePassword="unused">
	        <Certificate certificateKeystoreFile="conf/ssl/new.p12"
	                     certificateKeystorePassword="Tomcat-new-1"
	                     type="EC"/>
	      </SSLHostConfig>
	    </Connector>
	    <Engine name="Catalina" defaultHost="localhost"/>
	  </Service>
	</Server>
	XML

# Kafka: config/ beside the folder of the keystores
store kafka/ssl/broker.p12 Kafka-broker-1
store kafka/ssl/client.p12 Kafka-client-1
file kafka/config/server.properties <<-'END'
	broker.id=0
	log.dirs=/tmp/kafka-logs
	listener.name.internal.ssl.keystore.location=/kafka/ssl/broker.p12
	listener.name.internal.ssl.keystore.password=Kafka-broker-1
	sasl.jaas.config=x required password="not-this";
	END

file kafka/config/client.properties <<-'END'
	security.protocol=SSL
	ssl.keystore.password: Kafka-\
	    client-1
	END

# Spring Boot: YAML with nested names, properties with a fallback
store spring/app.p12 Spring-yaml-1
sed 's/^|//' <<-'END' | file spring/config/application-prod.yml
	|server:
	|  port: 8443
	|  ssl:
	|    key-store: file:app.p12
	|    key-store-password: "Spring-yaml-1"
	END
store spring2/keystore.p12 Spring-properties-1
file spring2/application.properties <<-'END'
	server.ssl.key-store=file:keystore.p12
	server.ssl.key-store-password=${SSL_PASSWORD:Spring-properties-1}
	END

# Jetty: obfuscated, in start.d and in XML
store jetty/etc/keystore.p12 storepwd
file jetty/start.d/ssl.ini <<-'END'
	--module=ssl
	jetty.sslContext.keyStorePath=etc/keystore.p12
	jetty.sslContext.keyStorePassword=OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4
	END
store jetty2/etc/keystore.p12 keypwd
file jetty2/etc/jetty-ssl-context.xml <<-'END'
	<?xml version="1.0"?><!DOCTYPE Configure PUBLIC
	 "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
	<Configure id="sslContextFactory"
	 class="org.eclipse.jetty.util.ssl.SslContextFactory$Server">
	  <Set name="KeyStorePassword"><Property
	   name="jetty.sslContext.keyStorePassword"
	   default="OBF:1u2u1wml1z7s1z7a1wnl1u2g"/></Set>
	</Configure>
	END

# WildFly: a security realm, and Elytron
store wildfly/standalone/configuration/realm.p12 WildFly-realm-1
store wildfly/standalone/configuration/elytron.p12 WildFly-elytron-1
file wildfly/standalone/configuration/standalone-full.xml <<-'END'
	<?xml version="1.0" ?>
	<server xmlns="urn:jboss:domain:16.0">
	  <keystore path="realm.p12" relative-to="jboss.server.config.dir"
	   keystore-password="WildFly-realm-1" alias="web"/>
	  <subsystem xmlns="urn:wildfly:elytron:14.0"><tls><key-stores>
	    <key-store name="web"><credential-reference
	     clear-text="WildFly-elytron-1"/><implementation type="PKCS12"/>
	     <file path="elytron.p12" relative-to="jboss.server.config.dir"/>
	    </key-store></key-stores></tls></subsystem>
	</server>
	END

# Elasticsearch: the keystore in a folder below the configuration
store elasticsearch/certs/http.p12 Elastic-1
sed 's/^|//' <<-'END' | file elasticsearch/elasticsearch.yml
	|cluster.name: test
	|xpack.security.http.ssl:
	|  enabled: true
	|  keystore.path: certs/http.p12
	|  keystore.password: Elastic-1
	|  key_passphrase: Elastic-pem-1
	END

# PEM keys, whose certificate tells the public key
spki=$(openssl pkey -in "$T/key.pem" -pubout -outform der | sha256sum |
	cut -c1-64)
pem() {		# pem PATH PASSWORD OPTION...
	mkdir -p "$tree/${1%/*}"
	openssl "${@:3}" -in "$T/key.pem" -passout "pass:$2" -out "$tree/$1" \
		2>/dev/null
}
pem pem/own.key Own-first-1 pkcs8 -topk8 -v2 aes-256-cbc
pem pem/old.key Own-first-1 ec -aes128
pem pem/scrypt.key changeit pkcs8 -topk8 -scrypt
pem pem/none.key Nobody-knows-1 pkcs8 -topk8 -iter 20000
pem kafka/ssl/client.key Kafka-pem-1 pkcs8 -topk8 -v1 PBE-SHA1-3DES
file kafka/config/pem.properties <<-'END'
	ssl.keystore.type=PEM
	ssl.keystore.location=/kafka/ssl/client.key
	ssl.key.password=Kafka-pem-1
	END
pem elasticsearch/certs/http.key Elastic-pem-1 pkcs8 -topk8
pem radius/certs/server.key Radius-1 ec -aes256
printf 'eap {\n\ttls-config tls-common {\n\t\tprivate_key_password = %s\n}}\n' \
	Radius-1 | file radius/eap
pem dovecot/private/mail.key Dovecot-1 pkcs8 -topk8
printf 'ssl = required\nssl_key_password = Dovecot-1\n' |
	file dovecot/dovecot.conf
cp "$T/cert.pem" "$tree/pem/cert.pem"

# the agent's own configuration, and what nothing opens
store own/first.p12 Own-first-1
store own/second.p12 "Own second 2"
store own/default.p12 changeit
store lonely/store.p12 Nobody-knows-1
store lonely/empty.p12 ''
store broken/store.p12 Broken-1
echo '<Server><Connector keystorePass="Other-1"><a></Server>' |
	file broken/server.xml
printf 'Wrong-1\n\nOwn-first-1\r\nOwn second 2' >"$T/passwords"
chmod 600 "$T/passwords"
cat >"$T/agent.ini" <<-END
	[passwords]
	keystore = $tree/own/*.p12 $T/passwords
	keystore = $tree/pem/*.key $T/passwords
	END

check "a scan comes to its end" scan jsonl
check "Tomcat's old connectors name passwords" opened tomcat/conf/old.p12 tomcat
check "those of today too, for a keystore in a folder below" \
	opened tomcat/conf/ssl/new.p12 tomcat
check "and for one in the folder above" opened tomcat/beside.p12 tomcat
check "Kafka's brokers name them" opened kafka/ssl/broker.p12 kafka
check "and its clients" opened kafka/ssl/client.p12 kafka
check "Spring Boot names them in YAML" opened spring/app.p12 spring-boot
check "and in properties, as a fallback" opened spring2/keystore.p12 spring-boot
check "Jetty obfuscates them in .ini" opened jetty/etc/keystore.p12 jetty
check "and in XML" opened jetty2/etc/keystore.p12 jetty
check "WildFly's realms name them" \
	opened wildfly/standalone/configuration/realm.p12 wildfly
check "and its credential references" \
	opened wildfly/standalone/configuration/elytron.p12 wildfly
check "Elasticsearch names them" opened elasticsearch/certs/http.p12 \
	elasticsearch
check "a file of the agent's configuration opens what its pattern fits" \
	opened own/first.p12 config
check "with any of its lines" opened own/second.p12 config
check "a default opens what has one" opened own/default.p12 default
check "and is flagged" of own/default.p12 '.kind == "keystore" and
	.well_known_password and (.flags | index("well-known-password"))'
check "an application's password is not flagged" of tomcat/beside.p12 \
	'.kind == "keystore" and (has("flags") | not)'
check "the empty password opens what has it" opened lonely/empty.p12 empty
check "what nothing opens stays locked" locked lonely/store.p12
check "a configuration that is broken is told" gap broken/store.p12 \
	'.reason | test("not well-formed")'
# key PATH SOURCE: the key was opened, and is the certificate's
key() {
	of "$1" ".kind == \"private-key\" and .encrypted and
		.opened_by == \"$2\" and .spki_sha256 == \"$spki\""
}
check "a PEM key is opened by a file of the agent's configuration" \
	key pem/own.key config
check "and one in the older form" key pem/old.key config
check "one by a default" key pem/scrypt.key default
check "which is flagged" of pem/scrypt.key '.well_known_password and
	(.flags | index("well-known-password"))'
check "one by an application's configuration" key kafka/ssl/client.key kafka
check "Elasticsearch's" key elasticsearch/certs/http.key elasticsearch
check "FreeRADIUS's" key radius/certs/server.key freeradius
check "Dovecot's" key dovecot/private/mail.key dovecot
check "a key that was opened is matched with its certificate" \
	of pem/own.key '.matches | test("cert.pem|same|neighbour")'
check "one that nothing opens is encrypted, without a public key" \
	of pem/none.key '.kind == "private-key" and .encrypted and
	.iterations == 20000 and (has("spki_sha256") | not) and
	(has("opened_by") | not)'
check "the table is printed" scan table
check "and counts what a configuration opened" grep -q \
	' 14 keystores opened by a password of a configuration' "$T/out.table"
check "and what anybody would open" grep -q \
	' 2 keystores without a password' "$T/out.table"

cat >"$T/secrets" <<-'END'
	Tomcat-old-1
	Tomcat-new-1
	Kafka-
	Nobody-
	Spring-
	storepwd
	keypwd
	WildFly-
	Elastic-
	Radius-
	Dovecot-
	Own-first-1
	Own second 2
	Nobody-knows-1
	Wrong-1
	Other-1
	1vny1zlo
	END
check "no password is in what was printed or logged" sh -c \
	"! grep -aFf '$T/secrets' '$T/out.jsonl' '$T/out.table' '$T/out.log'"

refused() {
	scan jsonl
	locked own/first.p12 && grep -q "$T/passwords: has to be root's" \
		"$T/out.log" && tail -n 1 "$T/out.jsonl" |
		jq -e '.notes[] | select(test("passwords: "))'
}
chmod 640 "$T/passwords"
check "a file of passwords that its group may read is refused" refused
chmod 602 "$T/passwords"
check "so is one that others may write" refused
rm "$T/passwords"
check "one that is not there is told" sh -c "'$certwalk' scan --config \
	'$T/agent.ini' --format jsonl '$tree/own' 2>&1 >/dev/null |
	grep -q 'passwords: .*No such file'"
echo 'keystore = lonely' >>"$T/agent.ini"
check "a rule without a file is a fault of the configuration" exits 2 \
	"$certwalk" scan --config "$T/agent.ini" "$tree/own"

if command -v keytool >/dev/null; then
	rm -rf "$tree" && : >"$T/agent.ini"
	mkdir -p "$tree/conf"
	for type in jks jceks pkcs12; do
		keytool -genkeypair -alias web -keyalg EC -dname CN=kt.test \
			-storetype "$type" -keystore "$tree/conf/$type" \
			-storepass Key-tool-1 -keypass Key-tool-1 2>/dev/null
	done
	echo '<Server><Connector keystorePass="Key-tool-1"/></Server>' \
		>"$tree/conf/server.xml"
	check "keytool's keystores are scanned" scan jsonl
	check "all three are opened" sh -c "[ \$(jq -c 'select(.kind ==
		\"keystore\" and .opened_by == \"tomcat\")' '$T/out.jsonl' |
		wc -l) = 3 ]"
else
	skip "keytool's keystores" "no keytool here"
fi
finish
