# SPDX-License-Identifier: Apache-2.0
"""Runs commands in turn, A B C A B C …, so that what disturbs the machine
meets all of them alike; only ratios within a round are compared."""
import os
import statistics
import subprocess
import time

import bench
import procs


class Run:
    def __init__(self, wall, cpu, other, status):
        self.wall, self.cpu, self.other = wall, cpu, other
        self.status = status


def _reap(first):
    """Waits for it and for what it has left behind: status, CPU seconds."""
    status, cpu = None, 0.0
    while True:
        try:
            pid, s, usage = os.wait4(first if status is None else -1, 0)
        except ChildProcessError:
            return status, cpu
        cpu += usage.ru_utime + usage.ru_stime
        if pid == first:
            status = os.waitstatus_to_exitcode(s)


def run(argv, out):
    """One run, its output in the file ${out}.  No other child of ours may be
    alive."""
    procs.wait_quiet(bench.number("QUIET", 5))
    with open(out, "wb") as f:
        before, start = procs.busy(), time.monotonic()
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f,
                             stderr=subprocess.DEVNULL)
        status, cpu = _reap(p.pid)
        wall = time.monotonic() - start
    p.returncode = status  # we have waited already
    return Run(wall, cpu, max(0, procs.busy() - before - cpu) / wall, status)


class Tool:
    """argv; which exit statuses are good; where the last output is."""

    def __init__(self, name, argv, out, good=(0,)):
        self.name, self.argv, self.out, self.good = name, argv, out, good
        self.runs = []

    def once(self):
        r = run(self.argv, self.out)
        if r.status not in self.good:
            raise bench.Failed(f"{' '.join(self.argv)} ended with {r.status}")
        return r

    def text(self):
        wall = statistics.median(r.wall for r in self.runs)
        cpu = statistics.median(r.cpu for r in self.runs)
        return f"{wall:.2f} s, CPU {cpu:.2f} s"


def measure(tools):
    """Warms up, then fills each tool's runs."""
    for t in tools:
        t.once()
    for n in range(bench.number("ROUNDS", 5)):
        for t in tools:
            t.runs.append(t.once())
            r = t.runs[-1]
            bench.say(f"  {n + 1} {t.name}: {r.wall:.2f} s, "
                      f"CPU {r.cpu:.2f} s, others {r.other:.2f}")


def line(what, ours, peer, note=""):
    """The table's line for two measured tools."""
    both = list(zip(ours.runs, peer.runs))
    return bench.Line(what, ours.text() + note, f"{peer.name}: {peer.text()}",
                      [a.wall / b.wall for a, b in both],
                      [a.cpu / b.cpu for a, b in both],
                      [r.other for pair in both for r in pair])
