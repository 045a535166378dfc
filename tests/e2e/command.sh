#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A command from `certwalk-collector command send` to its result: what runs,
# what is refused, and that nothing runs twice.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. tests/e2e/lib.sh
. tests/e2e/collector_lib.sh
. tests/e2e/agent_lib.sh
. tests/e2e/command_lib.sh

acts=$T/actions.d
mkdir -p "$acts"
chmod 755 "$acts"

# action NAME LINE...
action() {
	local name=$1
	shift
	{
		echo "[action]"
		printf '%s\n' "$@"
	} >"$acts/$name.ini"
}

collector_new
cw key create >"$T/key" || exit 1
agent_with_actions
make_certificates 1 1
agent_start
until_true 30 in_sync

action hello 'run = /bin/echo hello {name}' 'parameter = name [a-z]{1,8}' \
	'user = root'

test_an_allowed_action_runs() {
	local c=''

	c=$(order --action hello --param name=world --reason 'because')
	over "$c"
	[ "$(state "$c")" = done ] &&
		[ "$(field "$c" output_head)" = "hello world" ] &&
		[ "$(field "$c" exit_status)" = 0 ]
}

test_a_command_arrives_within_a_second_while_the_reply_is_held() {
	local c='' sent='' started=''

	sleep 2
	sent=$(date +%s%N)
	c=$(order --action hello --param name=fast)
	over "$c"
	started=$((($(date +%s%N) - sent) / 1000000))
	echo "# $started ms to the result"
	# it is asked again after 20 s
	[ "$(state "$c")" = done ] && [ "$started" -lt 15000 ]
}

test_what_the_list_does_not_have_is_refused() {
	local c=''

	c=$(order --action reboot)
	over "$c"
	[ "$(state "$c")" = refused ] &&
		[[ $(field "$c" detail) == *"not in this host's allow-list"* ]]
}

test_parameters_cannot_break_out() {
	local c='' value=''

	for value in 'a;id' 'a$(id)' '../x' '-n' $'a\nb' 'a b' '' \
		"$(printf 'a%.0s' {1..5000})"; do
		c=$(order --action hello --param "name=$value")
		over "$c"
		[ "$(state "$c")" = refused ] || return 1
	done
	c=$(order --action hello --param other=x)
	over "$c"
	[ "$(state "$c")" = refused ] || return 1
	c=$(order --action hello --param name=a --param name=b)
	over "$c"
	[ "$(state "$c")" = refused ]
}

test_a_dry_run_shows_the_words_and_runs_nothing() {
	local c=''

	action touch "run = /usr/bin/touch $T/touched"
	c=$(order --action touch --dry-run)
	over "$c"
	[ "$(state "$c")" = done ] && [ ! -e "$T/touched" ] &&
		[[ $(field "$c" output_head) == *"$T/touched"* ]]
}

test_a_failing_program_is_told_with_its_status_and_output() {
	local c=''

	action fail 'run = /bin/sh -c "echo out; echo err >&2; exit 7"'
	c=$(order --action fail)
	over "$c"
	[ "$(state "$c")" = failed ] && [ "$(field "$c" exit_status)" = 7 ] &&
		[ "$(field "$c" output_head)" = $'out\nerr' ]
}

# Nobody else sleeps so long: this test may run twice at a time.
long=$((100000 + $$)).25
nobody_sleeps() { ! pgrep -f "^sleep $long" >/dev/null; }

test_a_program_that_hangs_is_killed_with_its_children() {
	local c=''

	printf '#!/bin/sh\nsetsid sleep %s &\nsleep %s\n' "$long" "$long" \
		>"$T/hang"
	chmod 755 "$T/hang"
	action hang "run = $T/hang" 'timeout = 1s'
	c=$(order --action hang)
	over "$c"
	[ "$(state "$c")" = timed-out ] || return 1
	until_true 5 nobody_sleeps
}

test_what_a_program_leaves_behind_is_ended() {
	local c=''

	printf '#!/bin/sh\nsetsid sh -c "sleep %s; :" >/dev/null 2>&1 &\n' \
		"$long" >"$T/daemon"
	chmod 755 "$T/daemon"
	action daemon "run = $T/daemon"
	c=$(order --action daemon)
	over "$c"
	[ "$(state "$c")" = done ] && until_true 5 nobody_sleeps
}

test_a_flood_of_output_keeps_head_and_tail() {
	local c=''

	action flood 'run = /bin/sh -c "echo first; yes | head -c 3000000; echo last"' \
		'output_limit = 1K'
	c=$(order --action flood)
	over "$c"
	[ "$(state "$c")" = done ] &&
		[ "$(field "$c" output_bytes)" -gt 3000000 ] &&
		[[ $(field "$c" output_head) == first* ]] &&
		[[ $(field "$c" output_tail) == *last ]]
}

test_the_environment_is_clean() {
	local c=''

	action env 'run = /usr/bin/env'
	c=$(order --action env)
	over "$c"
	[ "$(field "$c" output_head | cut -d= -f1 | grep . | sort | tr '\n' ' ')" = \
		"CERTWALK_ACTION CERTWALK_COMMAND HOME LANG LOGNAME PATH USER " ]
}

test_an_action_that_others_can_write_is_refused() {
	local c=''

	action open 'run = /bin/true'
	chmod 664 "$acts/open.ini"
	c=$(order --action open)
	over "$c"
	[ "$(state "$c")" = refused ] &&
		[[ $(field "$c" detail) == *"writable by others"* ]] || return 1
	ln -s hello.ini "$acts/link.ini"
	c=$(order --action link --param name=x)
	over "$c"
	[ "$(state "$c")" = refused ] || return 1
	action program "run = $T/hang2"
	printf '#!/bin/sh\n' >"$T/hang2"
	chmod 777 "$T/hang2"
	c=$(order --action program)
	over "$c"
	[ "$(state "$c")" = refused ]
}

test_cooldown_and_limit_per_hour_hold() {
	local c=''

	action rare 'run = /bin/true' 'cooldown = 1h'
	c=$(order --action rare)
	over "$c"
	[ "$(state "$c")" = done ] || return 1
	c=$(order --action rare)
	over "$c"
	[ "$(state "$c")" = refused ] || return 1
	action some 'run = /bin/true' 'max_per_hour = 2'
	for want in done done refused; do
		c=$(order --action some)
		over "$c"
		[ "$(state "$c")" = "$want" ] || return 1
	done
}

test_built_in_actions_need_no_list() {
	local c=''

	c=$(order --action report-config)
	over "$c"
	[ "$(state "$c")" = done ] &&
		[[ $(field "$c" output_head) == *"state_dir"* ]] || return 1
	make_certificates 2 2
	c=$(order --action scan-now)
	over "$c"
	[ "$(state "$c")" = done ] && until_true 20 same || return 1
	c=$(order --action probe-now)
	over "$c"
	[ "$(state "$c")" = failed ] &&
		[[ $(field "$c" detail) == *"ports is off"* ]] || return 1
	c=$(order --action rotate-identity)
	over "$c"
	[ "$(state "$c")" = done ] &&
		until_true 20 grep -q 'has been renewed' "$T/agent.log"
}

test_the_journals_are_whole() {
	"$certwalk" log verify --config "$T/agent.ini" &&
		cw audit verify
}

test_a_changed_journal_is_noticed_and_closes_the_host() {
	local c='' j=$T/commands/journal

	cp "$j" "$T/journal.good"
	sed -i '2s/event/evenT/' "$j"
	! "$certwalk" log verify --config "$T/agent.ini" 2>/dev/null || return 1
	c=$(order --action hello --param name=no)
	over "$c"
	[ "$(state "$c")" = refused ] || return 1
	cp "$T/journal.good" "$j"
}

test_a_killed_agent_reports_an_unknown_outcome_and_never_runs_it_again() {
	local c=''

	action slow "run = /bin/sh -c \"echo x >>$T/slow.ran; sleep 60\""
	c=$(order --action slow)
	until_true 20 test -s "$T/slow.ran" || return 1
	agent_kill
	agent_start
	over "$c"
	[ "$(state "$c")" = unknown ] && sleep 2 &&
		[ "$(wc -l <"$T/slow.ran")" = 1 ]
}

test_commands_are_not_run_again_after_old_state_is_put_back() {
	local c='' n=0

	action count "run = /bin/sh -c \"echo x >>$T/count.ran\""
	cp -a "$A" "$T/agent.old"
	cp -a "$T/commands" "$T/commands.old"
	c=$(order --action count)
	over "$c"
	[ "$(state "$c")" = done ] || return 1
	stop "$agent"
	rm -rf "$A" "$T/commands"
	cp -a "$T/agent.old" "$A"
	cp -a "$T/commands.old" "$T/commands"
	# a collector that has lost the result sends the command again
	sql "DELETE FROM results WHERE command_id = '$c';
		UPDATE commands SET closed = 0 WHERE command_id = '$c'"
	agent_start
	over "$c"
	n=$(wc -l <"$T/count.ran")
	[ "$(state "$c")" = refused ] && [ "$n" = 1 ] &&
		[[ $(field "$c" detail) == *replay* ]]
}

test_an_order_taken_back_does_not_run() {
	local c=''

	stop "$agent"
	c=$(order --action hello --param name=late)
	cw command cancel "$c" || return 1
	agent_start
	until_true 20 in_sync
	sleep 2
	[ "$(state "$c")" = cancelled ]
}

check "an allowed action runs" test_an_allowed_action_runs
check "a command arrives within a second while the reply is held" test_a_command_arrives_within_a_second_while_the_reply_is_held
check "what the list does not have is refused" test_what_the_list_does_not_have_is_refused
check "parameters cannot break out" test_parameters_cannot_break_out
check "a dry run shows the words and runs nothing" test_a_dry_run_shows_the_words_and_runs_nothing
check "a failing program is told with its status and output" test_a_failing_program_is_told_with_its_status_and_output
check "a program that hangs is killed with its children" test_a_program_that_hangs_is_killed_with_its_children
check "what a program leaves behind is ended" test_what_a_program_leaves_behind_is_ended
check "a flood of output keeps head and tail" test_a_flood_of_output_keeps_head_and_tail
check "the environment is clean" test_the_environment_is_clean
check "an action that others can write is refused" test_an_action_that_others_can_write_is_refused
check "cooldown and limit per hour hold" test_cooldown_and_limit_per_hour_hold
check "built in actions need no list" test_built_in_actions_need_no_list
check "the journals are whole" test_the_journals_are_whole
check "a changed journal is noticed and closes the host" test_a_changed_journal_is_noticed_and_closes_the_host
check "a killed agent reports an unknown outcome and never runs it again" test_a_killed_agent_reports_an_unknown_outcome_and_never_runs_it_again
check "commands are not run again after old state is put back" test_commands_are_not_run_again_after_old_state_is_put_back
check "an order taken back does not run" test_an_order_taken_back_does_not_run
finish
