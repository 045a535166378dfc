#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Alerts from the inventory to their readers: a webhook, an SMTP server, a
# program; told once, again after a failure and a restart, silenced, escalated,
# ended.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. tests/e2e/lib.sh
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh

rules=$T/alerts.d channels=$T/channels.d
mkdir -p "$rules" "$channels" "$T/hook" "$T/mail"

hook=$(free_port) smtp=$(free_port)
receiver() {
	start hook python3 tests/e2e/hook.py "$hook" "$T/hook"
	receiver=$pid
	until_true 10 curl -s "http://127.0.0.1:$hook/" -o /dev/null
}

# rule NAME LINE..., channel NAME LINE...
rule() {
	local name=$1
	shift
	{ echo '[alert]'; printf '%s\n' "$@"; } >"$rules/$name.ini"
}
channel() {
	local name=$1
	shift
	{ echo '[channel]'; printf '%s\n' "$@"; } >"$channels/$name.ini"
}
hooks() {	# hooks JQ: of all bodies that came, one a line
	cat "$T"/hook/*.json 2>/dev/null | jq -r "$1"
}
told() {	# told RULE EVENT [TIMES]
	[ "$(hooks "select(.rule == \"$1\" and .event == \"$2\") | .rule" |
		wc -l)" = "${3:-1}" ]
}

collector_new
{
	printf '[web]\nurl = https://cw.example/\n'
	printf '[alerts]\nrules = %s\nchannels = %s\ninterval = 1s\n' \
		"$rules" "$channels"
} >>"$T/collector.ini"
# the agent finds it again after a restart
sed -i "s/^agents = .*/agents = $agents/; s/^enroll = .*/enroll = $enroll/" \
	"$T/collector.ini"
stop "$serve"
receiver
start smtp python3 tests/e2e/smtp_sink.py "$smtp" "$T/mail" plain
until_true 20 is_listening "$smtp"
printf 'a secret' >"$T/secret"
chmod 600 "$T/secret"
channel hook 'type = webhook' "url = http://127.0.0.1:$hook/" \
	"secret_file = $T/secret"
channel mail 'type = mail' "server = smtp://127.0.0.1:$smtp" \
	'from = certwalk@example.org' 'to = ops@example.org'
channel program 'type = program' 'run = /usr/bin/tee' "argument = $T/teed"
collector_start
agent_config "collector.heartbeat = 1s" "agent.interval = 2s"
agent_enroll >/dev/null
cert soon 5
cert late 300
cp "$T/soon.der" "$tree/soon.crt"
cp "$T/late.der" "$tree/late.crt"
agent_start
until_true 30 in_sync

rule soon 'where = not_after < 30d' 'severity = critical' 'channel = hook' \
	'channel = mail' 'channel = program' 'advice = renew it'
good_check() { cw alert check | grep -q '4 rules and channels are good'; }
check "rules and channels can be checked" good_check
check "a certificate that ends soon is told" until_true 20 told soon begins
only_one() {
	[ "$(hooks 'select(.rule == "soon") | .items[].title')" = CN=soon ] &&
		[ "$(hooks 'select(.rule == "soon") | .open')" = 1 ]
}
check "and no other" only_one
place_told() {
	hooks 'select(.rule == "soon") | .items[] | [.facts.place, .host,
		.facts.host, .link] | @tsv' >"$T/place"
	printf '%s\t%s\t%s\t%s\n' "$tree/soon.crt" "$(hostname)" \
		"$(hostname)" "https://cw.example/#/certificates/$(sha256sum \
		<"$T/soon.der" | cut -d' ' -f1)" | cmp - "$T/place" ||
		{ cat "$T/place"; return 1; }
}
check "with its host, its file and a link to it" place_told
mail_came() { grep -rqs 'Subject: =?UTF-8?B?' "$T/mail"; }
check "by mail" until_true 20 mail_came
check "and to a program" until_true 20 grep -qs '"rule":"soon"' "$T/teed"
signature_is_right() {
	local f='' t='' v=''
	f=$(ls "$T"/hook/*.json | head -n 1)
	t=$(sed -n 's/.*t=\([0-9]*\),.*/\1/p' "${f%.json}.head")
	v=$(sed -n 's/.*v1=\([0-9a-f]*\).*/\1/p' "${f%.json}.head")
	[ "$v" = "$( (printf '%s.' "$t"; cat "$f") |
		openssl dgst -sha256 -mac HMAC -macopt 'key:a secret' |
		sed 's/.* //')" ]
}
check "the webhook is signed" signature_is_right
all_sent() { [ "$(cw alert history | grep -c '^sent .* soon')" = 3 ]; }
check "every channel's message is in the history" until_true 20 all_sent
sleep 3
check "it is told once" told soon begins 1

rm "$tree/soon.crt"
check "its end is told" until_true 30 told soon ends
is_over() {
	cw alert list --format jsonl | jq -e 'select(.rule == "soon") | .ended'
}
check "and it is over" is_over

# a receiver that fails, and a collector that is killed meanwhile
touch "$T/hook/fail"
rule late 'where = not_after > 30d' 'channel = hook' 'repeat = 1d'
retrying() { cw alert history | grep -q '^retrying .* late .*answered 503'; }
check "what cannot be delivered is tried again" until_true 20 retrying
kill -KILL "$serve"
wait "$serve" 2>/dev/null
rm "$T/hook/fail"
sqlite3 "$C/collector.db" 'UPDATE alert_messages SET next = 0'
collector_start
check "also after a crash" until_true 60 told late begins
check "and then only once" told late begins 1

quiet=$(cw alert silence --rule both --for 1h --reason 'maintenance')
rule both 'where = not_after > 1d' 'channel = hook' 'escalate_after = 1s' \
	'escalate_to = program'
both_open() { cw alert list | grep -q '^open .* both'; }
check "an alert is open while it is silenced" until_true 20 both_open
sleep 2
check "but not told" told both begins 0
cw alert unsilence "$quiet"
check "what is still so is told after the silence" \
	until_true 20 told both begins
escalated() { grep -qs '"rule":"both".*"event":"escalates"' "$T/teed"; }
check "and escalated" until_true 20 escalated

channel pager 'type = webhook' "url = http://127.0.0.1:$hook/" \
	'form = pagerduty' "secret_file = $T/secret"
rule paged 'where = not_after > 1d' 'channel = pager' 'tell_end = no'
paged() {	# paged ACTION
	hooks 'select(.dedup_key == "paged") | .event_action' | grep -qx "$1"
}
check "an incident is opened" until_true 20 paged trigger
rm "$rules/paged.ini"
check "and resolved when its rule is gone" until_true 20 paged resolve

rule paged 'where = not_after > 1d' 'channel = pager' 'tell_end = no'
paged_times() {	# paged_times ACTION TIMES
	[ "$(hooks 'select(.dedup_key == "paged") | .event_action' |
		grep -cx "$1")" = "$2" ]
}
check "one that is back opens another" until_true 20 paged_times trigger 2
# another collector on that database, which has no rules
mv "$C/alert-rules" "$T/alert-rules"
rules_folder() {	# rules_folder DIR: the collector starts again with it
	stop "$serve"
	sed -i "s|^rules = .*|rules = $1|" "$T/collector.ini"
	collector_start
}
mkdir "$T/none.d"
rules_folder "$T/none.d"
left_alone() { grep -q 'alert paged: left as it is' "$T/serve.log"; }
check "a collector that never had a rule says so" until_true 20 left_alone
still_open() { cw alert list | grep -q '^open .* paged'; }
check "and leaves its alerts alone" still_open
# the first, whose rule was removed while it was down
mv "$T/alert-rules" "$C/alert-rules"
rm "$rules/paged.ini"
rules_folder "$rules"
check "one that had it closes them" until_true 20 paged_times resolve 2
check "which is told once" paged_times trigger 2
check "and the other rules have gone on" told late begins 1

examples_are_good() {
	sed "s|^rules = .*|rules = $PWD/conf/examples/alerts.d|
		s|^channels = .*|channels = $PWD/conf/examples/channels.d|" \
		"$T/collector.ini" >"$T/examples.ini"
	"$collector" alert check --config "$T/examples.ini" 2>&1 |
		tee "$T/check" | grep -q '10 rules and channels are good' ||
		{ cat "$T/check"; return 1; }
}
check "the examples of rules and channels are good" examples_are_good

rule changed 'subject = events' 'channel = hook' 'tell_first = no' \
	'where = event in (new, renewed, gone) and time > -1h' 'tell_end = no'
known_rule() {
	[ "$(sqlite3 "$C/collector.db" "SELECT COUNT(*) FROM alert_rules
		WHERE rule = 'changed'")" = 1 ]
}
until_true 120 known_rule
cert fresh 60
cp "$T/fresh.der" "$tree/fresh.crt"
fresh_told() {
	hooks 'select(.rule == "changed") | .items[].title' |
		grep -qx 'new CN=fresh'
}
check "a new certificate is told" until_true 120 fresh_told
rm "$tree/fresh.crt"
gone_told() {
	hooks 'select(.rule == "changed") | .items[].title' |
		grep -qx 'gone CN=fresh'
}
check "and that it is gone" until_true 40 gone_told

rule worse 'subject = events' 'channel = hook' 'tell_first = no' \
	'where = event = worse and time > -1h' 'tell_end = no'
known_worse() {
	[ "$(sqlite3 "$C/collector.db" "SELECT COUNT(*) FROM alert_rules
		WHERE rule = 'worse'")" = 1 ]
}
until_true 120 known_worse
printf -- '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' \
	>"$tree/broken.pem"
worse_told() {
	hooks 'select(.rule == "worse") | .items[].facts.cause' |
		grep -qE '^complete, [1-9][0-9]* gaps; before: complete, [0-9]+$'
}
check "a scan that leaves out more than the last is told" \
	until_true 40 worse_told
rm "$tree/broken.pem"

rule silent 'subject = hosts' 'where = last_seen < -5s' 'channel = hook' \
	'hold = 1s'
is_told() { hooks "select(.rule == \"$1\") | .event" | grep -qx "$2"; }
agent_kill
check "a silent host is told" until_true 40 is_told silent begins
agent_start
check "and that it speaks again" until_true 40 is_told silent ends

rule wrong 'where = no_such < 3' 'channel = hook'
rule lonely 'where = not_after < 1d' 'channel = nowhere'
channel open 'type = webhook' 'url = http://192.0.2.1/'
wrong_check() {
	cw alert check 2>&1 | tee "$T/check" | grep -q 'no_such' &&
		grep -q 'no good channel nowhere' "$T/check" &&
		grep -q 'neither https' "$T/check"
}
check "what is wrong is told by check" wrong_check
once() { [ "$(grep -c 'wrong.ini.*no_such' "$T/serve.log")" = 1 ]; }
check "and once by the collector" until_true 20 once
chmod 644 "$T/secret"
others_may() { cw alert test hook 2>&1 | grep -q 'others may read'; }
check "a secret that others may read is not used" others_may
chmod 600 "$T/secret"
check "a channel can be tested" cw alert test hook
check "and says so" until_true 10 told hook test
stop "$agent"
stop "$serve"
finish
