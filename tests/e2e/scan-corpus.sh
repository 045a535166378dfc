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

malformed() {
	python3 - "$corpus/truth.jsonl" "$T/found.jsonl" "$T/files/" <<-'END'
	import json, sys
	gaps = [g["path"] for l in open(sys.argv[2])
	        for g in json.loads(l).get("gaps", [])]
	silent = []
	for l in open(sys.argv[1]):
	    t = json.loads(l)
	    if t["kind"] == "malformed" and t.get("kind_by_readers") != "none" \
	            and t.get("pem_labels", {}).get("CERTIFICATE") \
	            and sys.argv[3] + t["path"] not in gaps:
	        silent.append(t["path"])
	print(silent)
	sys.exit(bool(silent))
	END
}
check "files with a broken certificate are named in the coverage" malformed

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
	check "a random tree, seed $seed: all that is there, and no other" \
		compare "$T/tree-$seed.truth.jsonl" "$T/tree-$seed"
	chmod -R u+rwx "$T/tree-$seed"
	rm -rf "$T/tree-$seed"
done
finish
