# SPDX-License-Identifier: Apache-2.0
"""Files per second on a large tree whose contents are known, and what of it is
found, beside what else there is on Debian to look for certificates with."""
import json
import os
import shutil
import statistics
import sys

import bench
import pairs
import scan
import tree

HERE = os.path.dirname(os.path.abspath(__file__))
RULE = 'rule pem { strings: $a = "BEGIN CERTIFICATE" condition: $a }\n'
NAMES = ("*.pem", "*.crt", "*.cer", "*.cert", "*.der")


class Peer(pairs.Tool):
    """A tool whose output names files, one a line."""

    def __init__(self, name, argv, folder, good=(0,), needs=None):
        out = os.path.join(folder, name.split()[0] + ".txt")
        super().__init__(name, argv, out, good)
        self.needs = needs or argv[0]

    def files(self):
        with open(self.out, encoding="utf-8", errors="surrogateescape") as f:
            return {text.rstrip("\n").split(" ", 1)[1]
                    if self.needs == "yara" else text.rstrip("\n")
                    for text in f}


def by_name():
    """find's condition for the names that certificates often have."""
    parts = []
    for name in NAMES:
        parts += ["-o", "-name", name]
    return ["(", *parts[1:], ")"]


def peers(folder, top):
    rule = os.path.join(folder, "rule.yar")
    with open(rule, "w", encoding="ascii") as f:
        f.write(RULE)
    return [
        Peer("rg -j1", ["rg", "-uuu", "-l", "-j1", scan.WORDS, top], folder),
        Peer("grep -rl", ["env", "LC_ALL=C", "grep", "-rl", scan.WORDS, top],
             folder, needs="grep"),
        Peer("yara -p1 -r", ["yara", "-N", "-p", "1", "-r", rule, top],
             folder),
        Peer("python, cryptography",
             [sys.executable, os.path.join(HERE, "peer_scan.py"), top],
             folder),
        Peer("find -exec openssl x509",
             ["find", top, "-type", "f", *by_name(), "-exec", "openssl",
              "x509", "-noout", "-in", "{}", ";", "-print"], folder,
             (0, 1), needs="openssl"),
    ]


def is_there(peer):
    if "cryptography" in peer.name:
        try:
            import cryptography.x509  # noqa: F401
        except ImportError:
            return False
    return shutil.which(peer.needs) is not None


def wanted(top):
    with open(top + ".truth.jsonl", encoding="utf-8") as f:
        records = [json.loads(text) for text in f]
    return {os.path.join(top, r["path"]) for r in records if r["certs"]}


def rate(tool, count):
    return count / statistics.median(r.wall for r in tool.runs)


def found(files, want):
    return (f"recall {len(files & want) / len(want):.3f}, "
            f"precision {len(files & want) / max(1, len(files)):.3f}")


def against(folder):
    """One thread each; a peer's run right after one of ours."""
    count = bench.number("PEER_FILES", 200000)
    top = os.environ.get("BENCH_PEER_TREE") or tree.kept(count)
    top = os.path.abspath(top)
    want = wanted(top)
    warm = scan.ours(folder, 1, [top])
    warm.once()
    records, coverage = scan.read(warm.out)
    files = {r["path"] for r in records if r["kind"] == "certificate"}
    what = f"files per second, hot, {coverage['files']:,} files"
    lines = []
    for peer in peers(folder, top):
        if not is_there(peer):
            bench.say(f"  skipped: {peer.name} is not there")
            lines.append(bench.Line(what, "–", f"{peer.name}: not there"))
            continue
        ours = scan.ours(folder, 1, [top])
        for _ in range(bench.number("PEER_ROUNDS", 1)):
            for tool in (ours, peer):
                tool.runs.append(tool.once())
        bench.say(f"  {peer.name}: {peer.runs[-1].wall:.2f} s, ours "
                  f"{ours.runs[-1].wall:.2f} s")
        line = pairs.line(what, ours, peer)
        line.ours = (f"{rate(ours, coverage['files']):,.0f}/s; "
                     f"{found(files, want)}")
        line.peer = (f"{peer.name}: {rate(peer, coverage['files']):,.0f}/s; "
                     f"{found(peer.files(), want)}")
        lines.append(line)
    return lines
