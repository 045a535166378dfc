# SPDX-License-Identifier: Apache-2.0
"""What it costs to watch a busy host, and how soon a change is known."""
import os
import random
import shutil
import subprocess
import tempfile
import time

import bench
import memory
import procs
import server
import tree

FOLDERS = 200


def _other_content(dice):
    """Files as other programs write them, none of interest."""
    kind = dice.randrange(3)
    if kind == 0:
        return dice.randbytes(dice.randrange(100, 20000))
    if kind == 1:
        return b"%d: GET /index.html 200\n" % dice.randrange(10**9) * 40
    return b'{"name": "%d", "values": [1, 2, 3]}\n' % dice.randrange(10**9)


def _change(dice, top):
    """One change of another file; most are written over."""
    path = os.path.join(top, f"d{dice.randrange(FOLDERS)}",
                        f"f{dice.randrange(20)}")
    what = dice.randrange(10)
    if what == 0 and os.path.exists(path):
        os.unlink(path)
    elif what == 1:
        with open(path + ".new", "wb") as f:
            f.write(_other_content(dice))
        os.rename(path + ".new", path)
    else:
        with open(path, "wb") as f:
            f.write(_other_content(dice))


def _make_busy(top, seconds, rate):
    """That many changes a second; how many there were."""
    dice, done, start = random.Random(1), 0, time.monotonic()
    while time.monotonic() < start + seconds:
        while done < (time.monotonic() - start) * rate:
            _change(dice, top)
            done += 1
        time.sleep(0.005)
    return done


def _new_tree():
    """Where only the bench changes files, if there is such a place."""
    shm = "/dev/shm"
    top = tempfile.mkdtemp(prefix="certwalk-bench.",
                           dir=shm if os.path.ismount(shm) else None)
    os.chmod(top, 0o755)
    for i in range(FOLDERS):
        os.mkdir(os.path.join(top, f"d{i}"))
    return top


def _agent(folder, top):
    shutil.copytree(tree.kept(2000), os.path.join(top, "kept"))
    agent = memory.Agent(folder, top)
    agent.start()
    agent.must_be_done(120)
    time.sleep(bench.number("SETTLE", 5))
    return agent


def busy(folder):
    """CPU while other files change."""
    seconds = bench.number("BUSY", 30)
    rate = bench.number("CHANGES", 100000) / 60
    top = _new_tree()
    try:
        agent = _agent(folder, top)
        family = procs.family(agent.process.pid)
        before = sum(map(procs.cpu_ns, family))
        done = _make_busy(top, seconds, rate)
        time.sleep(1)
        cpu = (sum(map(procs.cpu_ns, family)) - before) / 1e7 / (seconds + 1)
        if procs.family(agent.process.pid) != family:
            raise bench.Failed("a scan ran, though nothing of interest "
                               "changed")
        how = agent.status().get("watching", "?").split(";")[0]
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return [bench.Line(
        f"watching by {how}: {done * 60 / seconds:,.0f} changes of other "
        "files a minute", f"{cpu:.2f} % of a CPU, all processes"
    ).limit("≤ 3 %", [(cpu, 3)])]


def _certificate(path, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "/dev/null", "-subj", f"/CN={name}", "-days", "30",
                    "-out", path], check=True, stderr=subprocess.DEVNULL)


def _percentile(values, percent):
    """The least that so many of them do not exceed."""
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]


def soon(folder):
    """From the rename of a new certificate to the collector's list."""
    top, times = _new_tree(), []
    try:
        agent = _agent(folder, top)
        for i in range(bench.number("NEW", 100)):
            new = os.path.join(folder, "new.pem")
            _certificate(new, f"new{i}.test")
            shutil.copy(new, os.path.join(top, "d0", ".new"))
            begun = time.monotonic()
            os.rename(os.path.join(top, "d0", ".new"),
                      os.path.join(top, "d0", f"c{i}.pem"))
            while f"c{i}.pem" not in server.output(
                    bench.COLLECTOR, "inventory", "--format", "jsonl",
                    "--config", agent.collector.ini):
                if time.monotonic() > begun + 20:
                    raise bench.Failed("a new certificate did not arrive")
            times.append(time.monotonic() - begun)
            time.sleep(0.5)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    p50, p99 = _percentile(times, 50), _percentile(times, 99)
    return [bench.Line(
        "a new certificate is at the collector after",
        f"p50 {p50:.2f} s, p99 {p99:.2f} s ({len(times)} of them)"
    ).limit("≤ 1 s", [(p99, 1)])]
