# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server of the test's own, in $T/pg, on a Unix socket only.
# Sourced after lib.sh.
# shellcheck disable=SC2034,SC2154

pg_programs=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null |
	sort -V | tail -n 1)

# Becomes a program of PostgreSQL, as somebody who is not root.
pg_exec() {
	local program=$pg_programs/$1

	shift
	[ "$(id -u)" != 0 ] || exec setpriv --reuid="$pg_user" \
		--regid="$pg_user" --clear-groups "$program" "$@"
	exec "$program" "$@"
}

pg_as() {
	(pg_exec "$@")
}

pg_installed() {
	[ -n "$pg_programs" ] && [ -x "$pg_programs/initdb" ]
}

# Sets $pg, the folder of its socket.  Setting "fsync = on" for one that has to
# live through anything but a kill of its processes.
pg_start() {
	local wal=''

	pg_user=postgres
	id "$pg_user" >/dev/null 2>&1 || pg_user=nobody
	pg=$T/pg
	mkdir -m 700 "$pg"
	chmod 755 "$T"
	[ "$(id -u)" != 0 ] || chown "$pg_user" "$pg"
	pg_as initdb -D "$pg/data" -U certwalk -A trust -E UTF8 --locale=C \
		--no-sync >"$T/initdb.log" 2>&1 || {
		cat "$T/initdb.log"
		return 1
	}
	pg_again
}

# Starts it on what is there; sets $pg_pid.
pg_again() {
	start postgres pg_exec postgres -D "$pg/data" -k "$pg" \
		-c listen_addresses= -c fsync=off -c shared_buffers=32MB \
		-c max_connections=40
	pg_pid=$pid
	until_true 60 pg_as pg_isready -q -h "$pg" || {
		cat "$T/postgres.log"
		return 1
	}
}

# pg_database NAME: makes it; sets $url.
pg_database() {
	pg_sql postgres "CREATE DATABASE $1" >/dev/null || return
	url="postgres:host=$pg user=certwalk dbname=$1"
}

# pg_sql DATABASE TEXT: its rows, unaligned.
pg_sql() {
	pg_as psql -h "$pg" -U certwalk -d "$1" -qAtX -v ON_ERROR_STOP=1 \
		-c "$2"
}
