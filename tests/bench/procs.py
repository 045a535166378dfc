# SPDX-License-Identifier: Apache-2.0
"""What /proc tells of processes and of the machine, and starting of programs
that end with the bench."""
import ctypes
import os
import signal
import subprocess
import time

HZ = os.sysconf("SC_CLK_TCK")
PR_SET_CHILD_SUBREAPER = 36

MEMORY = ("pss", "private", "anon")


def adopt_orphans():
    """What a measured program leaves behind becomes our child, so that its
    CPU time is counted too."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def busy():
    """CPU seconds since boot that anything has used, steal included."""
    with open("/proc/stat", encoding="ascii") as f:
        v = [int(x) for x in f.readline().split()[1:]]
    return (sum(v[:3]) + sum(v[5:8])) / HZ


def wait_quiet(seconds, share=0.08):
    """Waits, at most so long, for a second in which the machine idles."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = busy()
        time.sleep(1)
        if busy() - before < share * os.cpu_count():
            return


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children",
                      encoding="ascii") as f:
                found += [int(x) for x in f.read().split()]
    except OSError:
        pass
    return found


def family(pid):
    """The process and all below it."""
    found = [pid]
    for p in found:
        found += children(p)
    return found


def cpu_ns(pid):
    """CPU time of one process by the scheduler's own clock (ticks of 10 ms are
    too coarse for what idles)."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat",
                      encoding="ascii") as f:
                total += int(f.read().split()[0])
    except OSError:
        pass
    return total


def _sum_kib(path, names):
    total = 0
    with open(path, encoding="ascii") as f:
        for line in f:
            name, _, rest = line.partition(":")
            if name in names:
                total += int(rest.split()[0])
    return total


def memory(pids):
    """KiB of all of them: pss; private (clean and dirty); anon (RssAnon and
    RssShmem)."""
    total = dict.fromkeys(MEMORY, 0)
    for pid in pids:
        try:
            total["pss"] += _sum_kib(f"/proc/{pid}/smaps_rollup", ("Pss",))
            total["private"] += _sum_kib(f"/proc/{pid}/smaps_rollup",
                                         ("Private_Clean", "Private_Dirty"))
            total["anon"] += _sum_kib(f"/proc/{pid}/status",
                                      ("RssAnon", "RssShmem"))
        except OSError:
            pass  # it has just ended
    return total


class Peak:
    """The largest sum at one moment, of each kind of memory."""

    def __init__(self):
        self.kib = dict.fromkeys(MEMORY, 0)
        self.samples = 0

    def look(self, pid):
        for name, kib in memory(family(pid)).items():
            self.kib[name] = max(self.kib[name], kib)
        self.samples += 1

    def text(self):
        return ", ".join(f"{name} {kib / 1024:.1f}"
                         for name, kib in self.kib.items()) + " MiB"


def processor(number):
    """The argument of Popen that keeps a program on one of our processors."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        return {}
    return {"preexec_fn":
            lambda: os.sched_setaffinity(0, {cpus[number % len(cpus)]})}


_started = []


def start(argv, log, **more):
    """Starts a program that runs until stop() or the end of the bench."""
    with open(log, "ab") as out:
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=out, **more)
    _started.append(p)
    return p


def stop(p):
    if p in _started:
        _started.remove(p)
    if p.poll() is None:
        p.send_signal(signal.SIGTERM)
        try:
            p.wait(20)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


def stop_all():
    for p in reversed(list(_started)):
        stop(p)


def until(seconds, true, every=0.05):
    """Waits, at most so long, for a condition: whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return bool(true())
