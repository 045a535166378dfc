#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A corpus of real files with known contents, and trees made at random with
# their truth, where they are at hand (../shared/corpus): every certificate
# that an independent reader can read is found, nothing is invented.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

corpus=../shared/corpus
if [ ! -r "$corpus/truth.jsonl" ]; then
	skip "the corpus" "no ../shared/corpus here"
	finish
fi

# compare TRUTH ROOT OPTION...
compare() {
	local truth=$1 root=$2

	shift 2
	"$B/certwalk" scan --format jsonl "$root" >"$T/found.jsonl" || return 1
	grep '"kind":"certificate"' "$T/found.jsonl" | python3 -c '
import base64, json, sys
for line in sys.stdin:
    o = json.loads(line)
    b = o.get("path_bytes")
    o["path_b64"] = b or base64.b64encode(
        o["path"].encode("utf-8", "surrogateescape")).decode()
    print(json.dumps(o))' >"$T/certificates.jsonl"
	python3 "$corpus/gen/compare.py" "$truth" "$T/certificates.jsonl" \
		--root "$root" --show 20 --min-recall 1 --min-precision 1 "$@"
}

# readable for all, as the files of a host that is scanned as root are
cp -r "$corpus/files" "$T/files"
check "every certificate of the corpus is found, and no other" \
	compare "$corpus/truth.jsonl" "$T/files"

# more WHAT TRUTH ROOT: see scan_corpus.py
more() { python3 tests/e2e/scan_corpus.py "$1" "$2" "$T/found.jsonl" "$3"; }
check "each has an entry of its own, and the names that its keystore has" \
	more entries "$corpus/truth.jsonl" "$T/files"
check "of each broken file the coverage says what is wrong" \
	more malformed "$corpus/truth.jsonl" "$T/files"
check "what needs a password was opened, or is said to be locked" \
	more locked "$corpus/truth.jsonl" "$T/files"
fake() {	# fake FILE REASON
	tail -n 1 "$T/found.jsonl" | jq -e --arg p "/none_jks_magic_only/$1" \
		--arg r "$2" '[.gaps[] | select(.path | endswith($p))] |
		length == 1 and .[0].gap == "malformed" and .[0].reason == $r'
}
check "a file that only begins like JKS is no keystore" fake 0210-fake.jks \
	"4294967295 entries in 62 bytes"
check "nor is one that begins like JCEKS" fake 0211-fake.jks \
	"2147483647 entries in 62 bytes"

if ! python3 -c 'import cryptography' 2>/dev/null; then
	skip "random trees" "no python3-cryptography here"
	finish
fi
# with sanitizers a tree takes long: one will do
seeds="one two three"
[ "$B" = build/san ] && seeds=one
for seed in $seeds; do
	python3 "$corpus/gen/gen_tree.py" "$seed" "$T/tree-$seed" 150 \
		--tools-max 4 >"$T/gen.log" 2>&1 ||
		python3 "$corpus/gen/gen_tree.py" "$seed" "$T/tree-$seed" 150 \
			--no-tools >"$T/gen.log" 2>&1
	# what no tool of this host could make
	tail -n 1 "$T/gen.log" | jq -r '.skipped | to_entries[] |
		"\(.key) \(.value)"' | sort >"$T/skipped"
	while read -r variant why; do
		skip "seed $seed: $variant" "$why"
	done <"$T/skipped"
	check "a random tree, seed $seed: all that is there, and no other" \
		compare "$T/tree-$seed.truth.jsonl" "$T/tree-$seed"
	check "seed $seed: each has an entry of its own" \
		more entries "$T/tree-$seed.truth.jsonl" "$T/tree-$seed"
	check "seed $seed: what needs a password was opened or is locked" \
		more locked "$T/tree-$seed.truth.jsonl" "$T/tree-$seed"
	chmod -R u+rwx "$T/tree-$seed"
	rm -rf "$T/tree-$seed"
done
finish
