# SPDX-License-Identifier: Apache-2.0
"""scan_corpus.py WHAT TRUTH FOUND ROOT: what compare.py does not look at.

entries    a certificate is told once for each place in a file, by an entry of
           its own; names of a keystore's entries are those that it has
malformed  of each file that is broken something is said
locked     what needs a password was opened, and by what is said, or is a gap
FOUND is what certwalk scan --format jsonl writes of ROOT."""
import base64
import collections
import json
import sys

# Files that truth calls malformed and that have no gap.
SILENT = {
    "pkcs7_data_cert_signeddata_sha256.der":
        "SignedData without what says so around it: its certificate is read",
    "dh.optlen.der":
        "parameters of Diffie-Hellman: neither key nor certificate",
}


def raw(o):
    b = o.get("path_b64") or o.get("path_bytes")
    if b:
        return base64.b64decode(b)
    return o["path"].encode("utf-8", "surrogateescape")


def lines(name):
    with open(name, "rb") as f:
        for text in f:
            yield json.loads(text.decode("utf-8", "surrogateescape"))


class Scan:
    def __init__(self, truth, found, root):
        root = root.rstrip("/").encode() + b"/"
        self.truth = {raw(t): t for t in lines(truth)}
        self.found = collections.defaultdict(list)
        self.gaps = collections.defaultdict(list)
        for o in lines(found):
            for g in o.get("gaps", []):
                self.gaps[raw(g).removeprefix(root)].append(g)
            if "path" in o:
                self.found[raw(o).removeprefix(root)].append(o)

    def certificates(self, path):
        return [o for o in self.found[path] if o["kind"] == "certificate"]


def names(scan, path):
    """All that the findings of a file call its entries."""
    seen = set()
    for o in scan.found[path]:
        seen.update(o.get("entry", "").split("/"))
        if o["kind"] == "keystore":
            # of secret keys the names alone are told
            text = o.get("comment", "").partition("; aliases: ")[2]
            seen.update(text.split(", "))
    return seen


def is_locked(scan, path):
    return any(g["gap"] == "locked" for g in scan.gaps[path])


def entries(scan):
    for path in list(scan.found):
        keys = [(o.get("entry"), o["sha256"])
                for o in scan.certificates(path)]
        if len(keys) != len(set(keys)):
            yield f"{path}: an entry more than once: {sorted(keys)}"
    for path, t in scan.truth.items():
        count = collections.Counter(
            o["sha256"] for o in scan.certificates(path))
        for c in t["certificates"]:
            n = c.get("occurrences")
            if not n or not c.get("required", True) or \
                    c.get("needs_password"):
                continue
            # of what is no plain PEM, several readers each count it, or one
            # reader counts one entry of a keystore for all
            got = count[c["sha256"]]
            exact = c["via"] == ["pem"] and not c.get("contexts")
            most = max(n, len(t.get("aliases", [])))
            if got != n if exact else not 1 <= got <= most:
                yield f"{path}: {c['sha256']} {got} times, not {n}"
        missing = set(t.get("aliases", [])) - names(scan, path)
        if missing and not is_locked(scan, path):
            yield f"{path}: no entry of the names {sorted(missing)}"


def malformed(scan):
    used = set()
    for path, t in scan.truth.items():
        if t["kind"] != "malformed":
            continue
        told = any(g["gap"] in ("malformed", "locked", "unsupported") and
                   g["reason"] for g in scan.gaps[path])
        known = {k for k in SILENT if k in str(path)}
        used |= known
        if told and known:
            yield f"{path}: has a gap and is listed as silent"
        elif not told and not known:
            yield f"{path}: nothing is said of it"
        elif known and t["certificates"] and not scan.certificates(path):
            yield f"{path}: is listed as read, and is not"
    if used != set(SILENT):
        yield f"not in the corpus: {set(SILENT) - used}"


def locked(scan):
    for path, t in scan.truth.items():
        if not any(c.get("needs_password") for c in t["certificates"]):
            continue
        opened = any(o["kind"] == "keystore" and o.get("opened_by")
                     for o in scan.found[path])
        if not opened and not is_locked(scan, path):
            yield f"{path}: neither opened nor locked"


def main():
    what = {f.__name__: f for f in (entries, malformed, locked)}
    scan = Scan(*sys.argv[2:5])
    wrong = list(what[sys.argv[1]](scan))
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
