# SPDX-License-Identifier: Apache-2.0
"""Files per second on a large tree whose contents are known, and what of it is
found, beside what else there is on Debian to look for certificates with."""
import json
import os
import re
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


def plain(text):
    """A path a line."""
    return set(text.splitlines())


def of_yara(text):
    return {line.split(" ", 1)[1] for line in text.splitlines()}


def of_telegraf(text):
    """Line protocol of InfluxDB; a backslash protects space, comma, equals."""
    return {re.sub(r"\\(.)", r"\1", m) for m in
            re.findall(r"source=file://((?:[^,\\ ]|\\.)+)", text)}


def of_osquery(text):
    return {row["path"] for row in json.loads(text)}


def of_theia(top):
    def read(text):
        """CycloneDX; the paths are below the folder."""
        return {os.path.join(top, place["location"].removeprefix(top)
                             .lstrip("/"))
                for part in json.loads(text).get("components", [])
                if part.get("cryptoProperties", {}).get("assetType")
                == "certificate"
                for place in part.get("evidence", {}).get("occurrences", [])}
    return read


class Peer(pairs.Tool):
    """A tool whose output names files, as ${read} takes them from it."""

    def __init__(self, name, argv, folder, good=(0,), needs=None, read=plain):
        out = os.path.join(folder, re.sub(r"\W+", "-", name) + ".txt")
        super().__init__(name, argv, out, good)
        self.needs, self.read = needs or argv[0], read

    def files(self):
        with open(self.out, encoding="utf-8", errors="surrogateescape") as f:
            return self.read(f.read())


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
             folder, read=of_yara),
        Peer("python, cryptography",
             [sys.executable, os.path.join(HERE, "peer_scan.py"), top],
             folder),
        Peer("find -exec openssl x509",
             ["find", top, "-type", "f", *by_name(), "-exec", "openssl",
              "x509", "-noout", "-in", "{}", ";", "-print"], folder,
             (0, 1), needs="openssl"),
        *guests(folder, top, rule),
    ]


def guests(folder, top, rule):
    """Those that Debian does not have: they run where they are in the PATH."""
    globs = [f"{top}/**/{name}" for name in NAMES]
    telegraf = os.path.join(folder, "telegraf.conf")
    with open(telegraf, "w", encoding="utf-8") as f:
        f.write(f"[[inputs.x509_cert]]\nsources = {json.dumps(globs)}\n"
                '[[outputs.file]]\nfiles = ["stdout"]\n')
    return [
        Peer("x509-certificate-exporter, to its first answer",
             [sys.executable, os.path.join(HERE, "peer_exporter.py"), *globs],
             folder, needs="x509-certificate-exporter"),
        Peer("telegraf x509_cert --once",
             ["telegraf", "--config", telegraf, "--once"], folder,
             read=of_telegraf),
        Peer("find -exec certigo dump",
             ["find", top, "-type", "f", *by_name(), "-exec", "sh", "-c",
              'certigo dump "$1" </dev/null >/dev/null 2>&1', "sh", "{}",
              ";", "-print"], folder, (0, 1), needs="certigo"),
        Peer("osqueryi, yara",
             ["osqueryi", "--json", "--yara_delay=0",
              f"SELECT path FROM yara WHERE path LIKE '{top}/%%' AND "
              f"sigfile = '{rule}' AND count > 0"], folder,
             read=of_osquery),
        Peer("cbomkit-theia dir -p certificates",
             ["cbomkit-theia", "dir", "-p", "certificates", top], folder,
             read=of_theia(top)),
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


def beside(folder, top, want, coverage, peer):
    """The peer's line of the table."""
    what = f"files per second, hot, {coverage['files']:,} files"
    if not is_there(peer):
        bench.say(f"  skipped: {peer.name} is not there")
        return bench.Line(what, "–", f"{peer.name}: not there")
    ours = scan.ours(folder, 1, [top])
    try:
        for _ in range(bench.number("PEER_ROUNDS", 1)):
            for tool in (ours, peer):
                tool.runs.append(tool.once())
        files = peer.files()
    except (bench.Failed, ValueError, KeyError) as e:
        # some give up at a file that they cannot read
        bench.say(f"  {peer.name}: {e}")
        return bench.Line(what, "–", f"{peer.name}: failed")
    bench.say(f"  {peer.name}: {peer.runs[-1].wall:.2f} s, ours "
              f"{ours.runs[-1].wall:.2f} s")
    line = pairs.line(what, ours, peer)
    mine = {r["path"] for r in scan.read(ours.out)[0]
            if r["kind"] == "certificate"}
    line.ours = f"{rate(ours, coverage['files']):,.0f}/s; {found(mine, want)}"
    line.peer = (f"{peer.name}: {rate(peer, coverage['files']):,.0f}/s; "
                 f"{found(files, want)}")
    return line


def against(folder):
    """One thread each; a peer's run right after one of ours."""
    count = bench.number("PEER_FILES", 200000)
    top = os.environ.get("BENCH_PEER_TREE") or tree.kept(count)
    top = os.path.abspath(top)
    want = wanted(top)
    warm = scan.ours(folder, 1, [top])
    warm.once()
    _, coverage = scan.read(warm.out)
    return [beside(folder, top, want, coverage, peer)
            for peer in peers(folder, top)]
