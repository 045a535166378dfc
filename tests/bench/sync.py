# SPDX-License-Identifier: Apache-2.0
"""Heartbeats to the collector, against the same requests to an nginx that
verifies the same client certificates and answers 204; and reports of 100
locations, which nginx has no answer to.

One client program, tests/bench/load.c, for both; server and client each have a
processor of their own.  What counts is the server's CPU time for a request."""
import os
import statistics
import subprocess
import time

import bench
import procs
import server


class Result:
    """What one run of the client says: "name=value ..."."""

    def __init__(self, text, other):
        self.value = {k: float(v) for k, v in
                      (word.split("=", 1) for word in text.split())}
        self.other = other
        if not self["requests"] or self["errors"]:
            raise bench.Failed(f"the load client says: {text}")

    def __getitem__(self, name):
        return self.value[name]

    def rate(self):
        return self["requests"] / self["seconds"]

    def cpu(self):
        """Server's CPU seconds for a request."""
        return self["server_cpu"] / self["requests"]


def _load(agents, mode, where, status, pids=()):
    procs.wait_quiet(bench.number("QUIET", 5))
    seconds = bench.number("SECONDS", 5)
    before, start = procs.busy(), time.monotonic()
    p = subprocess.run(
        [bench.LOAD, "run", agents.folder, str(agents.count), mode,
         str(seconds), str(where.port), str(status), str(where.pid),
         *map(str, pids)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        check=False, **procs.processor(1))
    if p.returncode != 0:
        raise bench.Failed(f"load {mode}: {p.stderr.strip()[-300:]}")
    r = Result(p.stdout, 0)
    # the warm-up's CPU time is not known: take it as busy as the rest
    own = ((r["server_cpu"] + r["client_cpu"]) / r["seconds"])
    wall = time.monotonic() - start
    r.other = max(0, (procs.busy() - before) / wall - own)
    return r


class Agents:
    """Enrolled ones, each with a first state at the collector."""

    def __init__(self, folder, collector, count):
        self.folder, self.count = os.path.join(folder, "agents"), count
        os.mkdir(self.folder, 0o700)
        token, each = collector.token(count), -(-count // 8)
        # side by side, so that they share the collector's commits
        parts = [subprocess.Popen(
            [bench.LOAD, "enroll", self.folder, str(min(each, count - first)),
             token, str(first)]) for first in range(0, count, each)]
        if any([p.wait() for p in parts]):
            raise bench.Failed("not all agents were enrolled")


def _text(runs):
    rate = statistics.median(r.rate() for r in runs)
    cpu = statistics.median(r.cpu() for r in runs) * 1e6
    p50, p99 = (statistics.median(r[n] for r in runs) / 1e3
                for n in ("p50_us", "p99_us"))
    return (f"{rate:,.0f}/s, CPU {cpu:,.0f} µs each, p50 {p50:.1f} ms, "
            f"p99 {p99:.1f} ms")


def _alone(what, mode, agents, collector, pids=()):
    """Without a peer; the CPU time of ${pids} is in it."""
    runs = []
    for n in range(bench.number("ROUNDS", 5)):
        runs.append(_load(agents, mode, collector, 200, pids()
                          if pids else ()))
        bench.say(f"  {n + 1} {mode}: {_text(runs[-1:])}")
    return bench.Line(what, _text(runs), other=[r.other for r in runs])


def reports(folder):
    collector = server.Collector(folder)
    agents = Agents(folder, collector, bench.number("AGENTS", 64))
    return [_alone("reports of 100 locations, SQLite", "reports", agents,
                   collector)]


def postgres(folder):
    """The same on PostgreSQL, whose processes count too."""
    database = server.Postgres(folder)
    collector = server.Collector(folder, url=database.url("sync"))
    agents = Agents(folder, collector, bench.number("AGENTS", 64))

    def pids():
        return procs.family(database.process.pid)

    return [_alone(f"{what}, PostgreSQL with its processes", mode, agents,
                   collector, pids)
            for what, mode in (("heartbeats, kept connections", "kept"),
                               ("reports of 100 locations", "reports"))]


def _measure(folder, what, mode, most):
    collector = server.Collector(folder)
    nginx = server.Nginx(folder, collector)
    agents = Agents(folder, collector, bench.number("AGENTS", 64))
    ours, peer = [], []
    for n in range(bench.number("ROUNDS", 5)):
        for runs, where, status in ((ours, collector, 200),
                                    (peer, nginx, 204)):
            r = _load(agents, mode, where, status)
            if mode == "resumed" and r["resumed"] < 0.95 * r["handshakes"]:
                raise bench.Failed(f"only {r['resumed']:.0f} of "
                                   f"{r['handshakes']:.0f} were resumed")
            runs.append(r)
            bench.say(f"  {n + 1} {type(where).__name__}: {r.rate():,.0f}/s, "
                      f"CPU {r.cpu() * 1e6:,.0f} µs each, client "
                      f"{r['client_cpu'] / r['requests'] * 1e6:,.0f} µs, "
                      f"others {r.other:.2f}")
    both = list(zip(ours, peer))
    return [bench.Line(what, _text(ours), f"nginx, 204: {_text(peer)}",
                       [b.rate() / a.rate() for a, b in both],
                       [a.cpu() / b.cpu() for a, b in both],
                       [r.other for pair in both for r in pair]
                       ).limit_ratio(cpu=most)]


def kept(folder):
    return _measure(folder, "heartbeats, kept connections", "kept", 2.0)


def resumed(folder):
    return _measure(folder, "heartbeats, new connections, resumed",
                    "resumed", 1.1)


def full(folder):
    return _measure(folder, "heartbeats, new connections, full handshake",
                    "full", 1.1)
