#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tests/bench/run.py [WORD]	(make bench, make bench ONLY=WORD)
Measures certwalk and its peers in turn, and prints one table; with WORD, only
the lines whose name holds it.  README.md here tells the method and the
settings."""
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import bench
import fleet
import later
import memory
import peers
import probe
import procs
import questions
import scan
import store
import sync
import wait
import watch

# name, what gives its lines of the table
LINES = [
    ("scan host", scan.host),
    ("scan tree", scan.known),
    ("scan peers", peers.against),
    ("scan later", later.unchanged),
    ("scan cold", later.cold),
    ("scan cold host", later.cold_host),
    ("sync kept", sync.kept),
    ("sync resumed", sync.resumed),
    ("sync full", sync.full),
    ("sync reports", sync.reports),
    ("sync postgres", sync.postgres),
    ("sync waiting", wait.waiting),
    ("store sqlite", store.sqlite),
    ("store postgres", store.postgres),
    ("fleet sqlite", fleet.sqlite),
    ("fleet postgres", fleet.postgres),
    ("questions sqlite", questions.sqlite),
    ("questions postgres", questions.postgres),
    ("memory idle", memory.idle),
    ("memory peak", memory.peak),
    ("memory report", memory.peak_report),
    ("memory ports", memory.peak_ports),
    ("watch busy", watch.busy),
    ("watch soon", watch.soon),
    ("probe listeners", probe.listeners),
]


def first_line(*argv):
    try:
        p = subprocess.run(argv, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
        return p.stdout.splitlines()[0]
    except (OSError, IndexError):
        return f"{argv[0]}: not there"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for text in f:
            if text.startswith("model name"):
                return text.split(":", 1)[1].strip()
    return platform.machine()


def machine():
    return "; ".join([
        f"{os.cpu_count()} × {processor()}", f"Linux {platform.release()}",
        first_line("openssl", "version"), first_line("rg", "--version"),
        first_line("nginx", "-v"), first_line("find", "--version")])


def noise(lines):
    other = [o for l in lines for o in l.other]
    if not other:
        return "How busy the machine was is not known."
    text = (f"Other programs used {statistics.median(other):.2f} CPUs "
            f"meanwhile (median of the runs; at most {max(other):.2f}).")
    if statistics.median(other) > 0.1:
        text += (" The machine was not quiet: only the ratios mean "
                 "something, and those less than they could.")
    return text


def measure(word, folder):
    lines, failed = [], 0
    for name, function in LINES:
        if word not in name:
            continue
        bench.say(f"{name}:")
        own = os.path.join(folder, name.replace(" ", "-"))
        os.mkdir(own, 0o755)
        try:
            lines += function(own)
        except (bench.Failed, OSError, subprocess.SubprocessError) as e:
            bench.say(f"  failed: {e}")
            lines.append(bench.Line(name, f"could not be measured: {e}"))
            failed += 1
        finally:
            procs.stop_all()
    return lines, failed


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    procs.adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.makedirs(bench.STORE, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="certwalk-bench.")
    os.chmod(folder, 0o755)  # roles without privileges go through it
    try:
        lines, failed = measure(word, folder)
    except KeyboardInterrupt:
        sys.exit("interrupted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not lines:
        sys.exit(f"no line's name holds \"{word}\"")
    print(f"\n{machine()}\n\n{bench.table(lines)}\n\nRatios are ours to the "
          "peer's: median of the rounds (min–max); less is better.\n"
          f"{noise(lines)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
