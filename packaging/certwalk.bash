# SPDX-License-Identifier: Apache-2.0
# bash completion for certwalk and certwalk-collector, which know their words
# themselves

_certwalk() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	local cmd=${COMP_WORDS[1]} words=''

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ] ||
		{ [ "$COMP_CWORD" = 2 ] && [ "$cmd" = help ]; }; then
		words=$("$1" help --words 2>/dev/null)
	elif [[ $cur == -* ]]; then
		words=$("$1" help --words "$cmd" 2>/dev/null)
	elif [[ $prev == --* ]]; then
		words=$("$1" help --words "$cmd" "$prev" 2>/dev/null)
	fi
	[ -n "$words" ] &&
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur" |
			sort -u)
	return 0
}
complete -o default -F _certwalk certwalk certwalk-collector
