# SPDX-License-Identifier: Apache-2.0
"""Memory and idle CPU of the agent, all of its processes together."""
import json
import os
import subprocess
import time

import bench
import probe
import procs
import scan
import server
import tree

EVERY = 0.02  # seconds between two looks for the peak


class Agent:
    """Enrolled at a collector of its own; scans ${path}."""

    def __init__(self, folder, path, *options):
        self.collector = server.Collector(folder)
        self.state = os.path.join(folder, "agent")
        self.ini = os.path.join(folder, "agent.ini")
        self.log = os.path.join(folder, "agent.log")
        with open(self.ini, "w", encoding="utf-8") as f:
            f.write(f"[agent]\nstate_dir = {self.state}\n"
                    f"[scan]\npath = {path}\n")
            f.writelines(line + "\n" for line in options)
        server.output(bench.OURS, "enroll", "--config", self.ini,
                      self.collector.token(1))

    def start(self):
        self.process = procs.start([bench.OURS, "agent", "--config",
                                    self.ini], self.log)
        return self.process.pid

    def status(self):
        p = subprocess.run([bench.OURS, "status", "--format", "jsonl",
                            "--config", self.ini], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=False)
        return json.loads(p.stdout) if p.returncode == 0 else {}

    def is_done(self):
        """Scanned, and the collector has it all."""
        s = self.status()
        return (s.get("last_scan_complete") and s.get("generation") and
                s["acknowledged_generation"] >= s["generation"] and
                s["pending_added"] == 0 and s["pending_removed"] == 0)

    def must_be_done(self, seconds):
        if procs.until(seconds, self.is_done, 0.5):
            return
        with open(self.log, encoding="utf-8", errors="replace") as f:
            raise bench.Failed(f"the agent did not report: {self.status()} "
                               f"{f.read()[-300:]}")


def _tiny():
    """What a process with a TLS context and the host's authorities needs."""
    command = bench.bare("TINY", "tiny_agent", "sslca")
    if not command:
        return []
    with subprocess.Popen(command.split()) as p:
        time.sleep(1)
        kib = procs.memory([p.pid])
        p.terminate()
    return [bench.Line("a process with a TLS context, idle",
                       f"PSS {kib['pss'] / 1024:.2f} MiB, private "
                       f"{kib['private'] / 1024:.2f} MiB")]


def idle(folder):
    """Between two scans and two heartbeats, after a scan of many files."""
    agent = Agent(folder, _peak_tree())
    pid = agent.start()
    agent.must_be_done(600)
    time.sleep(bench.number("SETTLE", 5))
    seconds = bench.number("IDLE", 20)
    family = procs.family(pid)
    before = sum(map(procs.cpu_ns, family))
    time.sleep(seconds)
    cpu = (sum(map(procs.cpu_ns, family)) - before) / 1e6 * 60 / seconds
    if procs.family(pid) != family or agent.process.poll() is not None:
        raise bench.Failed("the agent's processes changed while it idled")
    kib = procs.memory(family)
    what = f"idle agent, {len(family)} processes"
    mib = {name: value / 1024 for name, value in kib.items()}
    return _tiny() + [
        bench.Line(f"{what}: PSS", f"{mib['pss']:.2f} MiB").limit(
            "≤ 8 MiB", [(mib["pss"], 8)]),
        bench.Line(f"{what}: private",
                   f"{mib['private']:.2f} MiB; RssAnon + RssShmem "
                   f"{mib['anon']:.2f} MiB").limit(
                       "≤ 4 MiB", [(mib["private"], 4)]),
        bench.Line(f"{what}: CPU a minute", f"{cpu:.2f} ms").limit(
            "≤ 2 ms", [(cpu, 2)]),
    ]


def _peak_tree():
    return tree.many(bench.number("PEAK_FILES", 1000000),
                     bench.number("PEAK_FINDINGS", 2000))


def _peak_line(what, peak, note):
    return [bench.Line(
        what, f"RssAnon + RssShmem {peak.kib['anon'] / 1024:.1f} MiB; private "
        f"{peak.kib['private'] / 1024:.1f}, PSS "
        f"{peak.kib['pss'] / 1024:.1f} ({note}, {peak.samples} samples)"
    ).limit("≤ 16 MiB", [(peak.kib["anon"] / 1024, 16)])]


def peak(folder):
    """certwalk scan, to a file."""
    top = _peak_tree()
    tool = scan.ours(folder, bench.number("THREADS", os.cpu_count()), [top])
    peak = procs.Peak()
    with open(tool.out, "wb") as out:
        p = subprocess.Popen(tool.argv, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.DEVNULL)
        while p.poll() is None:
            peak.look(p.pid)
            time.sleep(EVERY)
    if p.returncode != 0:
        raise bench.Failed(f"the scan ended with {p.returncode}")
    found, coverage = scan.read(tool.out)
    return _peak_line("peak of a scan", peak,
                      f"{coverage['files']:,} files, {len(found):,} findings")


def _watch_report(agent):
    """The peak from its start until the collector has all."""
    pid = agent.start()
    peak, end, asked = procs.Peak(), time.monotonic() + 600, 0
    while True:
        peak.look(pid)
        time.sleep(EVERY)
        if time.monotonic() < asked + 1:
            continue
        asked = time.monotonic()
        if agent.is_done() or asked > end or agent.process.poll() is not None:
            break
    agent.must_be_done(1)
    return peak


def peak_report(folder):
    """The agent's first scan, its snapshot and its report."""
    agent = Agent(folder, _peak_tree())
    peak = _watch_report(agent)
    return _peak_line("peak of an agent: first scan and its report", peak,
                      f"{agent.status()['locations']:,} findings")


def peak_ports(folder):
    """The same with the host's listeners, many of them."""
    servers = os.path.join(folder, "servers")
    os.mkdir(servers, 0o755)
    farm = probe.Farm(servers)
    agent = Agent(folder, tree.kept(2000), "ports = yes",
                  f"server_config = nginx:{servers}/nginx.conf")
    peak = _watch_report(agent)
    return _peak_line("peak of an agent that asks listeners too", peak,
                      f"{len(farm.ports)} listeners, "
                      f"{agent.status()['locations']:,} findings")
