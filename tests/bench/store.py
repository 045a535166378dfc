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


def _lines(what, writers, fresh, bare):
    """fresh(): the URL of a new database; bare(): where the loop writes."""
    reports = bench.number("REPORTS", 600)
    ours, peer, beats = [], [], []
    for n in range(bench.number("ROUNDS", 5)):
        peer.append(_figures(BARE, *bare(), str(100 * reports), "1000"))
        ours.append(_figures(STORE, fresh(), str(reports), "100", "16",
                             str(writers)))
        beats.append(_figures(STORE, fresh(), "4096", "0", "128",
                              str(writers)))
        bench.say(f"  {n + 1}: bare {peer[-1]['rows']:,.0f} rows/s, "
                  f"{ours[-1]['locations']:,.0f} locations/s, "
                  f"{beats[-1]['reports']:,.0f} heartbeats/s")

    def middle(runs, name):
        return statistics.median(r[name] for r in runs)

    return [
        bench.Line(f"{what}: heartbeats, groups of 128, {writers} writers",
                   f"{middle(beats, 'reports'):,.0f}/s, p50 "
                   f"{middle(beats, 'p50'):.1f} ms, p99 "
                   f"{middle(beats, 'p99'):.1f} ms"),
        bench.Line(f"{what}: first reports of 100 locations, groups of 16",
                   f"{middle(ours, 'locations'):,.0f} locations/s, "
                   f"{middle(ours, 'reports'):,.0f} reports/s, p50 "
                   f"{middle(ours, 'p50'):.1f} ms, p99 "
                   f"{middle(ours, 'p99'):.1f} ms",
                   f"bare loop: {middle(peer, 'rows'):,.0f} rows/s",
                   [p["rows"] / o["locations"] for o, p in zip(ours, peer)]
                   ).limit_ratio(wall=1.43),
    ]


def sqlite(folder):
    made = []

    def new():
        made.append(os.path.join(folder, f"{len(made)}.db"))
        return made[-1]

    return _lines("store, SQLite", 1, lambda: "sqlite:" + new(),
                  lambda: ("sqlite", new()))


def postgres(folder):
    database = server.Postgres(folder)
    made = []

    def new():
        made.append(f"t{len(made)}")
        return database.url(made[-1])

    return _lines("store, PostgreSQL", bench.number("WRITERS", 4), new,
                  lambda: ("postgres", new()[len("postgres:"):]))
