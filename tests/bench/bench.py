# SPDX-License-Identifier: Apache-2.0
"""Settings, and the lines of the table."""
import os
import statistics
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
OURS = os.path.join(BUILD, "certwalk")
COLLECTOR = os.path.join(BUILD, "certwalk-collector")
LOAD = os.path.join(BUILD, "bench", "load")
# trees that are made once
STORE = os.path.join(BUILD, "bench")

OK, OVER, NONE = "ok", "**over**", ""
HEAD = ("what", "ours", "peer", "ratio wall", "ratio CPU", "budget", "",
        "other CPU")


class Failed(Exception):
    """A line could not be measured; the text says why."""


def number(name, default):
    return type(default)(os.environ.get("BENCH_" + name, default))


def bare(setting, name, arguments):
    """The command of a bare loop: BENCH_${setting}, or that of ../shared/bench
    if it was there to be built; None without either."""
    path = os.path.join(BUILD, "bench", name)
    command = os.environ.get("BENCH_" + setting)
    if command:
        return command
    if os.path.exists(path):
        return f"{path} {arguments}".strip()
    say(f"  {name}: not there (BENCH_{setting} names another)")
    return None


def say(text):
    print(text, file=sys.stderr, flush=True)


def spread(values, form="{:.2f}"):
    """Median (min–max)."""
    f = form.format
    if len(values) == 1:
        return f(values[0])
    return (f"{f(statistics.median(values))} "
            f"({f(min(values))}–{f(max(values))})")


class Line:
    """One line of the table.  Ratios are of ours to the peer's, one for each
    round; a budget is the most that their median may be."""

    def __init__(self, what, ours, peer="–", wall=(), cpu=(), other=()):
        self.what, self.ours, self.peer = what, ours, peer
        self.wall, self.cpu, self.other = list(wall), list(cpu), list(other)
        self.budget, self.verdict = "–", NONE

    def limit(self, text, pairs):
        """pairs: (measured, at most)."""
        self.budget = text
        self.verdict = OK if all(m <= most for m, most in pairs) else OVER
        return self

    def limit_ratio(self, wall=None, cpu=None):
        both = [("wall", wall, self.wall), ("CPU", cpu, self.cpu)]
        return self.limit(
            ", ".join(f"{n} ≤ {most}" for n, most, _ in both if most),
            [(statistics.median(v), most) for _, most, v in both if most])

    def cells(self):
        return (self.what, self.ours, self.peer,
                spread(self.wall) if self.wall else "–",
                spread(self.cpu) if self.cpu else "–",
                self.budget, self.verdict,
                spread(self.other) if self.other else "–")


def table(lines):
    rows = [HEAD] + [l.cells() for l in lines]
    width = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]

    def row(cells):
        return "| " + " | ".join(c.ljust(w)
                                 for c, w in zip(cells, width)) + " |"
    rule = "|" + "|".join("-" * (w + 2) for w in width) + "|"
    return "\n".join([row(rows[0]), rule] + [row(r) for r in rows[1:]])
