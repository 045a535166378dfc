# SPDX-License-Identifier: Apache-2.0
"""Scans of a tree that has not changed, and scans while nothing of it is in
memory."""
import os
import subprocess
import time

import bench
import pairs
import procs
import scan
import tree

LATER = os.path.join(bench.BUILD, "bench", "later")
CACHES = "/proc/sys/vm/drop_caches"


def forget():
    """The kernel drops what it has of files and directories: may it?"""
    try:
        os.sync()
        with open(CACHES, "w", encoding="ascii") as f:
            f.write("3\n")
        return True
    except OSError:
        return False


class Later:
    """A process that scans the tree again whenever it is asked, with the index
    of its last scan, as the daemon does."""
    name = "certwalk, later scan"

    def __init__(self, folder, path):
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            [LATER, path, folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.runs = []
        self.files = self.answer()[2]

    def answer(self):
        text = self.process.stdout.readline().split()
        if not text:
            raise bench.Failed("a later scan did not come to its end")
        return [float(x) for x in text]

    def once(self):
        procs.wait_quiet(bench.number("QUIET", 5))
        before = procs.busy()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        wall, cpu = self.answer()[:2]
        return pairs.Run(wall, cpu,
                         max(0, procs.busy() - before - cpu) / wall, 0)

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    text = pairs.Tool.text


class Find(pairs.Tool):
    """Starts nothing that it leaves behind; beside it, Later is alive."""

    def once(self):
        procs.wait_quiet(bench.number("QUIET", 5))
        with open(self.out, "wb") as f:
            before, start = procs.busy(), time.monotonic()
            p = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                 stdout=f, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(p.pid, 0)
            wall = time.monotonic() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode not in self.good:
            raise bench.Failed(f"{self.name} ended with {p.returncode}")
        cpu = usage.ru_utime + usage.ru_stime
        return pairs.Run(wall, cpu,
                         max(0, procs.busy() - before - cpu) / wall, 0)


def in_turn(tools, rounds, cold):
    for _ in range(rounds):
        for t in tools:
            if cold and not forget():
                return False
            t.runs.append(t.once())
            r = t.runs[-1]
            bench.say(f"  {t.name}: {r.wall:.2f} s, CPU {r.cpu:.2f} s, "
                      f"others {r.other:.2f}")
    return True


def unchanged(folder):
    """/usr again, against find that compares each file's ctime, one thread."""
    top = os.environ.get("BENCH_LATER", "/usr")
    since = time.strftime("%Y-%m-%d %H:%M:%S",
                          time.localtime(time.time() - 60))
    find = Find("find -type f -newerct",
                ["find", top, "-type", "f", "-newerct", since],
                os.path.join(folder, "find.txt"), (0, 1))
    ours = Later(os.path.join(folder, "index"), top)
    lines = []
    try:
        for cold in (False, True):
            what = (f"scan of {top}, nothing changed, "
                    f"{'cold' if cold else 'hot'}, {ours.files:,.0f} files")
            ours.runs, find.runs = [], []
            rounds = 2 if cold else bench.number("ROUNDS", 5)
            if not cold:
                in_turn([ours, find], 1, False)
                ours.runs, find.runs = [], []
            if in_turn([ours, find], rounds, cold):
                lines.append(pairs.line(what, ours, find)
                             .limit_ratio(1.0, 1.0))
            else:
                lines.append(bench.Line(what, f"{CACHES}: not permitted"))
    finally:
        ours.end()
    return lines


def cold(folder):
    """A first scan of a large tree of which nothing is in memory, against a
    program that reads each file, one after the other, and a text search."""
    top = os.environ.get("BENCH_PEER_TREE") or tree.kept(
        bench.number("PEER_FILES", 200000))
    top = os.path.abspath(top)
    command = bench.bare("LIMIT_READ", "scan_limit", "read 1 {}")
    if command:
        peer = scan.limit(folder, command, [top])
    else:
        peer = pairs.Tool("find -exec cat {} +",
                          ["find", top, "-type", "f", "-exec", "cat", "{}",
                           "+"], os.devnull)
    ours, text = scan.ours(folder, 0, [top]), scan.rg(folder, 1, [top])
    what = "first scan of a known tree, cold"
    if not in_turn([ours, peer, text], bench.number("COLD_ROUNDS", 2), True):
        return [bench.Line(what, f"{CACHES}: not permitted")]
    found, coverage = scan.read(ours.out)
    s = tree.score(top, found)
    what = f"{what}, {coverage['files']:,} files"
    return [pairs.line(what, ours, peer,
                       f"; recall {s['recall']:.3f}, precision "
                       f"{s['precision']:.3f}").limit_ratio(wall=0.5),
            pairs.line(what, ours, text)]


def cold_host(folder):
    """/usr and /etc, of which nothing is in memory."""
    paths = os.environ.get("BENCH_PATHS", "/usr /etc").split()
    n = bench.number("THREADS", os.cpu_count())
    ours, text = scan.ours(folder, 0, paths), scan.rg(folder, n, paths)
    what = f"first scan of {' '.join(paths)}, cold"
    if not in_turn([ours, text], bench.number("COLD_ROUNDS", 2), True):
        return [bench.Line(what, f"{CACHES}: not permitted")]
    return [pairs.line(what, ours, text)]
