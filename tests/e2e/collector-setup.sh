#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first admin, by the one-time link that init prints.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh
. tests/e2e/page_lib.sh

json='Content-Type: application/json'
password='correct horse battery'

# Makes a collector; its link's secret is in $link.
begin() {
	[ -z "${serve:-}" ] || stop "$serve"
	rm -rf "$C"
	collector_config
	printf '[web]\ndirectory = %s\n' "$(realpath -m build/web)" \
		>>"$T/collector.ini"
	link=$(cw init | sed -n 's,.*https://.*/#/setup/,,p')
	[ "${#link}" = 43 ] && collector_start
}

set_up() {	# LINK NAME PASSWORD
	curl -s -m 60 --cacert "$C/ca.crt" -o "$T/body" -w '%{http_code}' \
		-H "$json" -d "$(jq -n --arg l "$1" --arg n "$2" --arg p "$3" \
			'{link: $l, name: $n, password: $p}')" \
		"https://$enroll/api/v1/setup"
}

log_in() {
	curl -s -m 60 --cacert "$C/ca.crt" -H "$json" \
		-d "{\"user\":\"$1\",\"password\":\"$password\"}" \
		"https://$enroll/api/v1/session"
}

ages() {
	sqlite3 "$C/collector.db" "PRAGMA busy_timeout = 20000;
		UPDATE setup_links SET expires = 1" >/dev/null
}

guessed() {
	local i=0

	for ((i = 0; i < 25; i++)); do
		set_up "$(head -c 32 /dev/urandom | basenc --base64url |
			tr -d =)" eve "$password" | grep -q 401 || break
	done
	is 429 set_up "$link" anna "$password"
}

kept_nowhere() {
	! grep -aqF -e "$link" -e "$password" "$C/collector.db" \
		"$C/collector.db-wal" "$T/serve.log"
}

check "init prints a link, and no password" begin
check "a wrong link is refused" is 401 set_up "${link%?}_" anna "$password"
check "a weak password is refused, and does not use the link up" \
	is 400 set_up "$link" anna short
check "the link makes an admin" is 204 set_up "$link" anna "$password"
check "who can log in" says '"role":"admin"' log_in anna
check "it does so once" is 401 set_up "$link" eve "$password"
check "it is in the audit log" says 'one-time link' cw audit list
check "neither link nor password is kept or said" kept_nowhere
check "another collector" begin
ages
check "a link that is too old is refused" is 401 set_up "$link" anna \
	"$password"
check "where there is an admin, it makes none" eval \
	'begin && (umask 077; echo "$password" >"$T/password") &&
	cw user add ben --role admin --password-file "$T/password" &&
	is 409 set_up "$link" anna "$password"'
check "who guesses links has to wait" guessed
if command -v chromium >/dev/null && [ "$B" = build ]; then
	SHOTS=build/page-setup
	page_ready
	begin
	page_run setup "https://$enroll/#/setup/$link"
fi
stop "$serve"
finish
