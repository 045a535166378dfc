# SPDX-License-Identifier: Apache-2.0
"""Thousands of agents that wait for commands at one collector: what they cost
it, and how long a command takes to one of them."""
import resource
import statistics
import subprocess
import time

import bench
import procs
import server
import sync


def _raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _id(path):
    """Of the agent: the common name of its certificate."""
    text = server.output("openssl", "x509", "-in", path, "-noout", "-subject",
                         "-nameopt", "multiline")
    return text.rsplit("=", 1)[1].strip()


def _order(collector, agent):
    """Milliseconds since 1970 when it was asked for."""
    began = time.time() * 1000
    server.output(bench.COLLECTOR, "command", "send", "--agent", agent,
                  "--action", "scan-now", "--config", collector.ini)
    return began


def _next(load, name):
    for line in load.stdout:
        if line.startswith(name):
            return line.split()
    raise bench.Failed(f"the load client has ended before \"{name}\"")


def waiting(folder):
    count = bench.number("WAITING", 10000)
    commands = bench.number("COMMANDS", 40)
    seconds = bench.number("SECONDS", 5)
    _raise_limit()
    collector = server.Collector(folder)
    server.output(bench.COLLECTOR, "key", "create", "--config", collector.ini)
    agents = sync.Agents(folder, collector, count)
    alone = procs.memory([collector.pid])["private"]
    load = subprocess.Popen(
        [bench.LOAD, "run", agents.folder, str(count), "wait",
         str(3 * seconds + 5 * commands), str(collector.port), "200",
         str(collector.pid)], stdout=subprocess.PIPE, text=True,
        **procs.processor(1))
    try:
        _next(load, "waiting")
        time.sleep(seconds)
        held = procs.memory([collector.pid])["private"]
        before = procs.cpu_ns(collector.pid)
        time.sleep(2 * seconds)
        cpu = (procs.cpu_ns(collector.pid) - before) / 2 / seconds / 1e9
        took = []
        for n in range(commands):
            which = n * count // commands
            began = _order(collector, _id(f"{agents.folder}/{which}.pem"))
            answer = _next(load, "command")
            if int(answer[1]) != which:
                raise bench.Failed("a command came to another agent")
            took.append(float(answer[2]) - began)
    finally:
        load.kill()
        load.wait()
    took.sort()
    p99 = took[min(len(took) - 1, len(took) * 99 // 100)]
    return [
        bench.Line(f"{count:,} agents that wait for commands",
                   f"CPU {100 * cpu:.1f} % of one; private memory "
                   f"{held / 1024:.0f} MiB, {(held - alone) / count:.1f} KiB "
                   f"each"),
        bench.Line("a command to one of them, from the start of `command send`",
                   f"p50 {statistics.median(took):.0f} ms, p99 {p99:.0f} ms"
                   ).limit("≤ 1 s", [(p99, 1000)]),
    ]
