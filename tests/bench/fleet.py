# SPDX-License-Identifier: Apache-2.0
"""A fleet of simulated agents: first reports, a day in fast motion, an outage
after which all come back while the collector is killed; and whether each
location that was acknowledged is stored at the end."""
import os
import signal
import subprocess

import bench
import procs
import server

FLEET = os.path.join(bench.BUILD, "bench", "fleet")


class Fleet:
    def __init__(self, folder, collector, count):
        self.log = os.path.join(folder, "fleet.log")
        with open(self.log, "ab") as err:
            self.process = subprocess.Popen(
                [FLEET, collector.url, collector.state, str(count),
                 str(collector.port),
                 f"authorities={bench.number('AUTHORITIES', 24)}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err,
                text=True)
        self.wait("enrolled")

    def tell(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait(self, begin):
        """The figures of the next line that begins so."""
        for line in self.process.stdout:
            bench.say("  " + line.strip())
            if line.startswith(begin):
                return {k: float(v) for k, v in
                        (w.split("=", 1) for w in line.split() if "=" in w)}
        with open(self.log, encoding="utf-8", errors="replace") as f:
            raise bench.Failed(f"the fleet has ended: {f.read()[-300:]}")

    def do(self, text):
        self.tell(text)
        return self.wait(text.split()[0] + " agents=")


def _text(p):
    return (f"{p['rate']:,.0f} requests/s, p50 {p['p50_ms']:,.0f} ms, "
            f"p99 {p['p99_ms']:,.0f} ms" +
            (f", CPU {p['server_us']:,.0f} µs each"
             if p["server_us"] >= 0 else "") +
            (f", {p['server_mib']:.0f} MiB" if p["server_mib"] else ""))


def _killed(fleet, collector):
    """All come back at once; the collector dies when half of them have."""
    fleet.tell(f"signal 50 {signal.SIGKILL:d} {collector.process.pid}")
    fleet.tell("outage 10")
    fleet.wait("outage struck")
    collector.process.wait()
    collector.start()
    fleet.tell(f"pids {collector.pid}")
    return fleet.wait("outage agents=")


def _phases(folder, collector, what):
    count = bench.number("FLEET", 2000)
    fleet = Fleet(folder, collector, count)
    try:
        fleet.tell(f"pids {collector.pid}")
        load = fleet.do("load")
        day = fleet.do(f"day {bench.number('HEARTBEATS', 20)} 5")
        outage = _killed(fleet, collector)
        check = fleet.do("check")
    finally:
        fleet.process.stdin.close()
        fleet.process.kill()
        fleet.process.wait()
    wrong = check["missing"] + check["extra"]
    return [
        bench.Line(f"{what}: {count:,} agents' first reports",
                   f"{check['locations'] / load['seconds']:,.0f} locations/s;"
                   f" {_text(load)}"),
        bench.Line(f"{what}: a day: heartbeats, and 5 % renew", _text(day)),
        bench.Line(f"{what}: all come back, the collector is killed meanwhile",
                   f"{outage['seconds']:.1f} s; {_text(outage)}; "
                   f"{outage['resumed']:.0f} of {outage['handshakes']:.0f} "
                   f"resumed, {outage['overloads']:.0f} told to wait"),
        bench.Line(f"{what}: {check['locations']:,.0f} locations acknowledged",
                   f"{check['missing']:.0f} missing, {check['extra']:.0f} "
                   "extra").limit("0", [(wrong, 0)]),
    ]


def sqlite(folder):
    collector = server.Collector(folder, threads=0, alone=False)
    return _phases(folder, collector, "fleet, SQLite")


def postgres(folder):
    database = server.Postgres(folder)
    collector = server.Collector(folder, threads=0, alone=False,
                                 url=database.url("fleet"))
    return _phases(folder, collector, "fleet, PostgreSQL")
