#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two collectors on one PostgreSQL: an agent may come to either of them, either
# may be killed, and transactions may be in each other's way.
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/postgres_lib.sh

sync() {
	timeout 60 "$client" sync "$T/$1" "${@:2}"
}

# use N: what follows is about collector N, whose folder is $T/cN.
use() {
	C=$T/c$1
	cp "$T/c$1.ini" "$T/collector.ini"
	agents=$(sed -n 's/^agents=//p' "$C/ports" 2>/dev/null)
	enroll=$(sed -n 's/^enroll=//p' "$C/ports" 2>/dev/null)
	[ ! -d "$T/a" ] || printf 'https://%s' "$agents" >"$T/a/url"
}

# serve N [SECONDS]: starts it, on the ports that it had.
serve() {
	use "$1"
	collector_start || return
	sed -i -e "s/^agents = .*/agents = $agents/" \
		-e "s/^enroll = .*/enroll = $enroll/" "$T/c$1.ini"
	eval "serve$1=$serve"
	use "$1"
}

configure() {
	C=$T/c$1
	collector_config
	sed -i "2i database = $url" "$T/collector.ini"
	cp "$T/collector.ini" "$T/c$1.ini"
}

locations() {
	cw agents --format jsonl | grep -F "$(cat "$T/a/id")" |
		grep -o '"locations":[0-9]*' | tr -dc 0-9
}

# A session that began at one is resumed at the other.
resumed() {
	local first=$enroll

	# the ticket of TLS 1.3 comes after the handshake, maybe too late
	openssl s_client -tls1_2 -connect "$first" -sess_out "$T/session" \
		</dev/null >/dev/null 2>&1
	use "$1"
	openssl s_client -tls1_2 -connect "$enroll" -sess_in "$T/session" \
		</dev/null 2>/dev/null | grep '^Reused'
}

# Diffs one after the other, each at the next collector, while one is killed
# now and then and started again.
diffs_under_fire() {
	local g=1 kills=0 answer='' next=0 n=1 at='' killer=''

	while [ "$g" -lt 60 ]; do
		n=$((3 - n))
		use "$n"
		answer=$(sync a epoch=3 base=$((g - 1)) new="$g" \
			add="$((g - 1))-$g" have="0-$g" 2>/dev/null)
		case $answer in
		'200 acknowledged generation='"$g"' '*) g=$((g + 1)) ;;
		'200 resync'*) echo "resync at $g"; return 1 ;;
		'0 '* | '503 '*) ;;
		*) echo "unexpected at $g: $answer"; return 1 ;;
		esac
		eval "at=\$serve$n"
		if ! kill -0 "$at" 2>/dev/null; then
			wait "$at" 2>/dev/null
			serve "$n" || return 1
			kills=$((kills + 1))
		elif [ $((g % 8)) = 5 ] && [ "$next" != "$g" ]; then
			next=$g
			(sleep "0.0$((RANDOM % 5))"; kill -KILL "$at") &
			killer=$!
		fi
	done
	wait "$killer"
	for n in 1 2; do
		eval "at=\$serve$n"
		kill -0 "$at" 2>/dev/null || serve "$n" || return 1
	done
	echo "killed $kills times"
	[ "$kills" -ge 3 ]
}

if ! pg_installed; then
	skip "collectors share a PostgreSQL" "no PostgreSQL here"
	finish
fi
pg_start || exit 1
pg_database fleet || exit 1
configure 1
configure 2
use 1
cw init >/dev/null || exit 1
mkdir -m 700 "$T/c2"
cp -p "$T/c1/ca.crt" "$T/c1/ca.key" "$T/c2/"
serve 2 || exit 1
check "a second collector needs only the CA of the first" serve 1
agent_new a
sync a epoch=3 new=0 have=0-0 full >/dev/null
use 2
check "an agent of one is known to the other" \
	says '^200 acknowledged generation=0' sync a epoch=3 base=0 new=0 \
	have=0-0
check "a session that began at one is resumed at the other" resumed 1
check "agents go from one to the other while they are killed" \
	diffs_under_fire
check "nothing is lost, nothing is there twice" is 59 locations
serve1_after() {
	stop "$serve1"
	serve 1 && use 2 && resumed 1
}
check "a session is resumed after a restart" serve1_after

# somebody_waits: a transaction waits for a lock, as a loop of PL/pgSQL.
somebody_waits="
	FOR i IN 1..3000 LOOP
		EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
		PERFORM pg_sleep(0.01);
	END LOOP;"

# Somebody else has an object's row, and wants the agent's, while the report
# that has the agent's wants the object's: the report gives way (SQLSTATE
# 40P01), and is written again.
deadlock_is_borne() {
	local before='' n=$1 id=''

	id=$(cat "$T/a/id")
	before=$(pg_sql fleet "SELECT deadlocks FROM pg_stat_database
		WHERE datname = 'fleet'")
	cert "other$n"
	start other pg_exec psql -h "$pg" -U certwalk -d fleet -qX -c "
		SET deadlock_timeout = '60s'; BEGIN;
		INSERT INTO objects (sha256, kind, seen) VALUES (
			'\\x$(sha256sum "$T/other$n.der" | cut -c1-64)', 1, 1);
		SELECT pg_advisory_lock(20);
		DO \$\$ BEGIN $somebody_waits
		UPDATE agents SET last_seen = last_seen
			WHERE agent_id = '$id';
		END \$\$; ROLLBACK"
	until_true 30 eval "[ -n \"\$(pg_sql fleet 'SELECT 1 FROM pg_locks
		WHERE locktype = \$\$advisory\$\$ AND objid = 20')\" ]" ||
		return
	says '^200 acknowledged' sync a epoch=$((n + 3)) new=0 have=0-40 \
		add=0-40 full "object=$T/other$n.der" send || return
	wait "$pid" || return
	until_true 30 eval "[ \"\$(pg_sql fleet 'SELECT deadlocks
		FROM pg_stat_database WHERE datname = \$\$fleet\$\$')\" \
		-gt '$before' ]"
}

# Where transactions are to be serializable, another that changes the agent's
# row first makes the report fail (40001); it is written again.
clash_is_borne() {
	local id=''

	id=$(cat "$T/a/id")
	start other pg_exec psql -h "$pg" -U certwalk -d fleet -qX -c "
		BEGIN;
		UPDATE agents SET last_seen = last_seen + 1
			WHERE agent_id = '$id';
		SELECT pg_advisory_lock(21);
		DO \$\$ BEGIN $somebody_waits END \$\$; COMMIT"
	until_true 30 eval "[ -n \"\$(pg_sql fleet 'SELECT 1 FROM pg_locks
		WHERE locktype = \$\$advisory\$\$ AND objid = 21')\" ]" ||
		return
	says '^200 acknowledged generation=1' sync a epoch=5 base=0 new=1 \
		add=40-60 have=0-60 "object=$T/other2.der" || return
	wait "$pid"
	grep 'could not serialize access' "$T/postgres.log"
}

# The reply is held back at one; the command is queued at the other.
command_crosses() {
	local begin=''

	use 2
	sync a epoch=5 base=1 new=1 have=0-60 "object=$T/other2.der" \
		body="$T/body"
	start held curl -sv --cacert "$T/a/ca.pem" --cert "$T/a/cert.pem" \
		--key "$T/a/key.pem" -H 'Prefer: wait=60' \
		-H 'Content-Type: application/x-protobuf' \
		--data-binary "@$T/body" -o "$T/reply" \
		"https://$agents/v1/sync"
	until_true 30 grep -q 'SSL connection using' "$T/held.log" || return
	use 1
	cw key create >/dev/null
	begin=$(date +%s%3N)
	cw command send --agent "$(cat "$T/a/id")" --action scan-now ||
		{ echo "no command"; return 1; }
	until_true 30 grep -qa scan-now "$T/reply" || return
	echo "# $(($(date +%s%3N) - begin)) ms with what queued it" >&3
}
use 1
check "a deadlock costs no report" deadlock_is_borne 1
use 2
check "at the other neither" deadlock_is_borne 2
check "each location is there once" is 40 locations
pg_sql postgres "ALTER DATABASE fleet SET default_transaction_isolation
	= 'serializable'"
stop "$serve1"
stop "$serve2"
serve 2 && serve 1
check "nor does a clash of serializable transactions" clash_is_borne
check "all is there, and once" is 60 locations
exec 3>&1
check "a command that is queued at one comes to an agent that waits at the \
other" command_crosses
finish
