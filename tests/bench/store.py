# SPDX-License-Identifier: Apache-2.0
"""Reports to the database without the network: heartbeats, first reports of
100 locations, and the latter against a bare loop of inserts."""
import os
import statistics

import bench
import procs
import server

STORE = os.path.join(bench.BUILD, "bench", "store")
BARE = os.path.join(bench.BUILD, "bench", "bare")


def _figures(*argv):
    procs.wait_quiet(bench.number("QUIET", 5))
    return {k: float(v) for k, v in
            (w.split("=", 1) for w in server.output(*argv).split())}


def _beside(what, ours, peers, budget):
    """A line of first reports beside loops of the same number of rows."""
    def middle(runs, name):
        return statistics.median(r[name] for r in runs)

    line = bench.Line(
        what, f"{middle(ours, 'locations'):,.0f} locations/s, "
        f"{middle(ours, 'reports'):,.0f} reports/s, p50 "
        f"{middle(ours, 'p50'):.1f} ms, p99 {middle(ours, 'p99'):.1f} ms",
        f"bare loop: {middle(peers, 'rows'):,.0f} rows/s",
        [p["rows"] / o["locations"] for o, p in zip(ours, peers)],
        [o["cpu"] / p["cpu"] for o, p in zip(ours, peers)])
    return line.limit_ratio(wall=1.43) if budget else line


def _lines(what, writers, fresh, bare, like=None):
    """fresh(): the URL of a new database; bare(), like(): where the loops
    write, the second one rows as ours, if there is one."""
    reports = bench.number("REPORTS", 600)
    ours, peer, same, beats = [], [], [], []
    for n in range(bench.number("ROUNDS", 5)):
        peer.append(_figures(BARE, *bare(), str(100 * reports), "1000"))
        ours.append(_figures(STORE, fresh(), str(reports), "100", "16",
                             str(writers)))
        if like:
            same.append(_figures(BARE, *like(), str(100 * reports), "1000"))
        beats.append(_figures(STORE, fresh(), "4096", "0", "128",
                              str(writers)))
        bench.say(f"  {n + 1}: bare {peer[-1]['rows']:,.0f} rows/s, "
                  f"{ours[-1]['locations']:,.0f} locations/s, "
                  f"{beats[-1]['reports']:,.0f} heartbeats/s")

    def middle(name):
        return statistics.median(r[name] for r in beats)

    first = f"{what}: first reports of 100 locations, groups of 16"
    return [
        bench.Line(f"{what}: heartbeats, groups of 128, {writers} writers",
                   f"{middle('reports'):,.0f}/s, p50 {middle('p50'):.1f} ms, "
                   f"p99 {middle('p99'):.1f} ms"),
        _beside(first, ours, peer, True),
    ] + ([_beside(first + ", against the same rows", ours, same, False)]
         if like else [])


def sqlite(folder):
    made = []

    def new():
        made.append(os.path.join(folder, f"{len(made)}.db"))
        return made[-1]

    return _lines("store, SQLite", 1, lambda: "sqlite:" + new(),
                  lambda: ("sqlite", new()), lambda: ("locations", new()))


def postgres(folder):
    database = server.Postgres(folder)
    made = []

    def new():
        made.append(f"t{len(made)}")
        return database.url(made[-1])

    return _lines("store, PostgreSQL", bench.number("WRITERS", 4), new,
                  lambda: ("postgres", new()[len("postgres:"):]))
