#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A collector in the wrong hands, and a stolen agent identity: what they can do
# and what they cannot.  The README's page on that names these cases.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. tests/e2e/lib.sh
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh
. tests/e2e/command_lib.sh

acts=$T/actions.d
mkdir -p "$acts"
chmod 755 "$acts"
printf '[action]\nrun = /bin/sh -c "echo {text} >>%s"\nparameter = text %s\n' \
	"$T/ran" '[a-z]{1,8}' >"$acts/note.ini"

refused() {	# refused ID REASON
	over "$1"
	[ "$(state "$1")" = refused ] &&
		[[ $(field "$1" detail) == *$2* ]] && return
	echo "$(state "$1"): $(field "$1" detail)"
	return 1
}
ran() { [ "$(cat "$T/ran" 2>/dev/null)" = "$1" ]; }
journal_has() {
	"$certwalk" log show --config "$T/agent.ini" | grep -q -- "$1"
}

collector_new
for name in a b c; do
	cw key create --out "$T/$name.pem" >"$T/$name.key" || exit 1
done
printf '[commands]\nthreshold = 2\n' >>"$T/collector.ini"
stop "$serve"
collector_start || exit 1
agent_with_actions
make_certificates 1 1
agent_start
until_true 30 in_sync

# sign ID KEY: on another machine, where there is no database
sign() {
	cw command show "$1" --out "$T/order" >/dev/null &&
		"$collector" command sign "$T/order" --key "$2" >"$T/signed" &&
		cw command submit "$T/order"
}

one_signature_of_two_is_not_enough() {
	c=$(order --action note --param text=one --key "$T/a.pem")
	sleep 2
	[ "$(state "$c")" = 'to be signed' ] || return 1
	# a collector that sends it all the same
	sql "UPDATE commands SET needed = 1 WHERE command_id = '$c'"
	refused "$c" 'signed by 1 of the keys' && ran ''
}

two_of_three_keys_are_enough() {
	c=$(order --action note --param text=two --unsigned)
	sign "$c" "$T/b.pem" && sign "$c" "$T/c.pem" || return 1
	grep -q 'action *note' "$T/signed" || return 1
	over "$c"
	[ "$(state "$c")" = 'done' ] && ran two
}

a_key_of_the_collectors_own_is_not_taken() {
	cw key create --out "$T/own.pem" >/dev/null || return 1
	c=$(order --action note --param text=own --key "$T/own.pem")
	sign "$c" "$T/a.pem"
	refused "$c" 'signed by 1 of the keys' && ran two
}

an_order_for_another_host_is_refused() {
	local other=00000000-0000-4000-8000-000000000000

	sql "INSERT INTO agents (agent_id, created, certificate_until, hostname)
		VALUES ('$other', 1, 1, 'other')"
	c=$(cw command send --agent "$other" --action note --param text=other \
		--key "$T/a.pem" | cut -d' ' -f1)
	sign "$c" "$T/b.pem"
	sql "UPDATE commands SET agent_id = '$id' WHERE command_id = '$c';
		UPDATE command_signatures SET agent_id = '$id'
			WHERE command_id = '$c'"
	refused "$c" 'meant for agent' && ran two
}

a_changed_order_of_a_host_that_is_away_is_refused() {
	stop "$agent"
	c=$(order --action note --param text=good --key "$T/a.pem")
	sign "$c" "$T/b.pem" || return 1
	sql "UPDATE commands SET payload = CAST(replace(CAST(payload AS TEXT),
		'good', 'evil') AS BLOB) WHERE command_id = '$c'"
	agent_start
	refused "$c" 'signed by 0 of the keys' && ran two
}

an_order_out_of_its_time_is_refused() {
	stop "$agent"
	c=$(order --action note --param text=late --key "$T/a.pem" \
		--expires 1s)
	sign "$c" "$T/b.pem" || return 1
	# a collector that sends it long after: here the host's clock, by the
	# tolerance of one minute
	sql "UPDATE commands SET expires = expires + 1000000
		WHERE command_id = '$c'"
	sleep 63
	agent_start
	refused "$c" expired && ran two
}

a_withheld_order_is_refused_after_a_later_one() {
	local first='' second=''

	stop "$agent"
	first=$(order --action note --param text=first --key "$T/a.pem")
	sign "$first" "$T/b.pem" || return 1
	second=$(order --action note --param text=second --key "$T/a.pem")
	sign "$second" "$T/b.pem" || return 1
	sql "UPDATE commands SET closed = 1 WHERE command_id = '$first'"
	agent_start
	over "$second"
	[ "$(state "$second")" = 'done' ] || return 1
	sql "UPDATE commands SET closed = 0 WHERE command_id = '$first'"
	refused "$first" 'out of order' && ran $'two\nsecond'
}

keys_change_by_an_order_of_those_that_are_pinned() {
	c=$(order --action rotate-keys --next-key "$T/c.pem" --threshold 1 \
		--key "$T/a.pem")
	sign "$c" "$T/b.pem" || return 1
	over "$c"
	[ "$(state "$c")" = 'done' ] &&
		grep -q '^threshold: 1$' "$T/commands/pins" || return 1
	c=$(order --action note --param text=old --key "$T/a.pem")
	sign "$c" "$T/b.pem" || return 1
	refused "$c" 'signed by 0 of the keys' || return 1
	c=$(order --action note --param text=new --key "$T/c.pem")
	sql "UPDATE commands SET needed = 1 WHERE command_id = '$c'"
	over "$c"
	[ "$(state "$c")" = 'done' ] && ran $'two\nsecond\nnew'
}

a_renewed_certificate_does_not_bring_new_keys() {
	cp "$T/commands/pins" "$T/pins.before"
	c=$(order --action rotate-identity --key "$T/c.pem")
	sql "UPDATE commands SET needed = 1 WHERE command_id = '$c'"
	over "$c"
	until_true 20 grep -q 'has been renewed' "$T/agent.log" &&
		cmp "$T/commands/pins" "$T/pins.before"
}

changed_audit_is_found_out() {
	sql "UPDATE audit SET text = replace(text, 'note', 'nope')
		WHERE number = (SELECT MIN(number) FROM audit
			WHERE text LIKE '%note%')" && ! cw audit verify
}

check "one signature where two are needed is not enough, whoever sends it" \
	one_signature_of_two_is_not_enough
check "two of three keys are enough, made on a machine without database" \
	two_of_three_keys_are_enough
check "a key that the collector makes itself is not taken" \
	a_key_of_the_collectors_own_is_not_taken
check "an order for another host is refused" \
	an_order_for_another_host_is_refused
check "an order that was changed is refused" \
	a_changed_order_of_a_host_that_is_away_is_refused
# waits for more than a minute, and the unit test has the bounds
if [ "$B" = build/san ]; then
	skip "an order that is sent late is refused" "shown without sanitizers"
else
	check "an order that is sent late is refused" \
		an_order_out_of_its_time_is_refused
fi
check "an order that was withheld is refused after a later one" \
	a_withheld_order_is_refused_after_a_later_one
check "keys change by an order of those that are pinned" \
	keys_change_by_an_order_of_those_that_are_pinned
check "a renewed certificate does not bring new keys" \
	a_renewed_certificate_does_not_bring_new_keys
check "each refusal is in the host's journal" journal_has '"refused"'
check "the host's journal is whole" \
	"$certwalk" log verify --config "$T/agent.ini"
check "a collector that changes its audit log is found out" \
	changed_audit_is_found_out
finish
