# SPDX-License-Identifier: Apache-2.0
"""Scans: of this host against a text search, and of a tree whose contents are
known."""
import json
import os

import bench
import pairs
import tree

WORDS = "BEGIN CERTIFICATE"


def ours(folder, threads, paths):
    """certwalk scan with so many threads."""
    ini = os.path.join(folder, f"scan-{threads}.ini")
    with open(ini, "w", encoding="utf-8") as f:
        f.write(f"[scan]\nthreads = {threads}\n")
    return pairs.Tool("certwalk", [bench.OURS, "scan", "--config", ini,
                                   "--format", "jsonl", *paths],
                      os.path.join(folder, "ours.jsonl"))


def rg(folder, threads, paths):
    # 1: nothing found; 2: some file could not be read
    return pairs.Tool(f"rg -j{threads}",
                      ["rg", "-uuu", "-l", f"-j{threads}", WORDS, *paths],
                      os.path.join(folder, "rg.txt"), (0, 1, 2))


def find(folder, paths):
    return pairs.Tool("find -type f", ["find", *paths, "-type", "f"],
                      os.path.join(folder, "find.txt"), (0, 1))


def limit(folder, command, paths):
    """A bare loop; {} in its command stands for the paths."""
    return pairs.Tool(os.path.basename(command.split()[0]) + " " +
                      command.split()[1],
                      command.replace("{}", " ".join(paths)).split(),
                      os.path.join(folder, "limit.txt"), (0, 1))


def read(path):
    """Locations and coverage of a scan."""
    with open(path, encoding="utf-8") as f:
        records = [json.loads(text) for text in f]
    if not records or records[-1]["kind"] != "coverage":
        raise bench.Failed("the scan's last line is not its coverage")
    if not records[-1]["complete"]:
        raise bench.Failed("the scan did not come to its end")
    return records[:-1], records[-1]


def host(folder):
    """/usr and /etc, as many threads as processors."""
    paths = os.environ.get("BENCH_PATHS", "/usr /etc").split()
    n = bench.number("THREADS", os.cpu_count())
    a, b, c = ours(folder, n, paths), rg(folder, n, paths), find(folder, paths)
    tools = [a, b, c]
    head = bench.bare("LIMIT_HEAD", "scan_limit", f"head {n} {{}}")
    if head:
        tools.append(limit(folder, head, paths))
    pairs.measure(tools)
    found, coverage = read(a.out)
    files = {r["path"] for r in found if r["kind"] == "certificate"}
    with open(b.out, encoding="utf-8", errors="replace") as f:
        named = sum(1 for _ in f)
    what = f"scan {' '.join(paths)}, hot, {coverage['files']:,} files"
    return [
        pairs.line(what, a, b, f"; certificates in {len(files)} files, "
                   f"rg names {named}").limit_ratio(0.35, 0.35),
        *[pairs.line(what, a, t) for t in tools[2:]],
    ]


def known(folder):
    """A tree of files whose certificates are known, one thread."""
    top = os.environ.get("BENCH_TREE") or tree.kept(
        bench.number("FILES", 200000))
    top = os.path.abspath(top)
    tools = [ours(folder, 1, [top]), rg(folder, 1, [top])]
    parse = bench.bare("LIMIT", "scan_limit", "parse 1 {}")
    if parse:
        tools.append(limit(folder, parse, [top]))
    pairs.measure(tools)
    found, coverage = read(tools[0].out)
    s = tree.score(top, found)
    what = f"scan of a known tree, hot, {coverage['files']:,} files"
    lines = [pairs.line(what, tools[0], t) for t in tools[1:]]
    if parse:
        lines[-1].limit_ratio(cpu=1.0)
    lines.append(bench.Line(
        "what it finds there",
        f"file recall {s['recall']:.3f}, precision {s['precision']:.3f}; "
        f"certificate recall {s['certificates']:.3f}").limit(
            "recall ≥ 0.97, precision 1",
            [(0.97, s["recall"]), (1.0, s["precision"])]))
    if s["missed"]:
        bench.say(f"  missed, by class: {s['missed']}")
    if s["wrong"]:
        bench.say(f"  reported and not there: {s['wrong']}")
    return lines
