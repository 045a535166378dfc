# SPDX-License-Identifier: Apache-2.0
"""certwalk probe on 500 listeners of one nginx, against other programs that
fetch the certificates of the same listeners."""
import json
import os
import shutil
import socket
import subprocess
import time

import bench
import pairs
import procs
import server

LEAVES = 20
# listeners for sslscan, which takes a second for each
FEW = 3

NGINX = """
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log crit;
events {{ worker_connections 4096; }}
http {{
	access_log off;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	ssl_protocols TLSv1.2 TLSv1.3;
	ssl_session_cache off;
	ssl_session_tickets off;
{servers}
}}
"""

SERVER = """	server {{ listen 127.0.0.1:{port} ssl;
		ssl_certificate {dir}/{leaf}.chain;
		ssl_certificate_key {dir}/{leaf}.key; return 204; }}
"""


def _key(rsa):
    return (["-newkey", "rsa:2048"] if rsa else
            ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])


def _make_leaf(folder, number):
    """Two of five have a key of RSA."""
    base = os.path.join(folder, str(number))
    server.output("openssl", "req", *_key(number % 5 < 2), "-nodes",
                  "-keyout", base + ".key", "-out", base + ".csr",
                  "-subj", f"/CN=leaf{number}.test")
    server.output("openssl", "x509", "-req", "-in", base + ".csr", "-CA",
                  folder + "/ca.pem", "-CAkey", folder + "/ca.key",
                  "-set_serial", str(number + 2), "-days", "30", "-out",
                  base + ".pem")
    with open(base + ".chain", "w", encoding="ascii") as out:
        for name in (base + ".pem", folder + "/ca.pem"):
            with open(name, encoding="ascii") as f:
                out.write(f.read())


def _free_ports(count):
    sockets = []
    for _ in range(count):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        sockets.append(s)
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def _answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Farm:
    def __init__(self, folder):
        self.folder = folder
        server.output("openssl", "req", "-x509", *_key(False), "-nodes",
                      "-keyout", folder + "/ca.key", "-out",
                      folder + "/ca.pem", "-subj", "/CN=farm", "-days", "30")
        for n in range(LEAVES):
            _make_leaf(folder, n)
        self.ports = _free_ports(bench.number("LISTENERS", 500))
        servers = "".join(
            SERVER.format(port=p, dir=folder, leaf=n % LEAVES)
            for n, p in enumerate(self.ports))
        conf = os.path.join(folder, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(NGINX.format(dir=folder, servers=servers))
        procs.start(["nginx", "-p", folder, "-c", conf],
                    os.path.join(folder, "nginx.out"))
        if not procs.until(20, lambda: _answers(self.ports[-1])):
            raise bench.Failed("nginx does not listen")
        self.list = os.path.join(folder, "targets")
        with open(self.list, "w", encoding="ascii") as f:
            f.writelines(f"127.0.0.1:{p}\n" for p in self.ports)


class Tool(pairs.Tool):
    """As that one, but only the program itself and what it has waited for
    count: the servers are children of ours too."""

    def __init__(self, name, argv, out, targets):
        super().__init__(name, argv, out)
        self.targets = targets

    def once(self):
        procs.wait_quiet(bench.number("QUIET", 5))
        before, start = procs.busy(), time.monotonic()
        with open(self.out, "wb") as f:
            p = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                 stdout=f, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(p.pid, 0)
        wall = time.monotonic() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode not in self.good:
            raise bench.Failed(f"{self.argv[0]} ended with {p.returncode}")
        cpu = usage.ru_utime + usage.ru_stime
        # for one target each, as not all are given as many
        return pairs.Run(wall / self.targets, cpu / self.targets,
                         max(0, procs.busy() - before - cpu) / wall, 0)

    def text(self):
        wall = sorted(r.wall for r in self.runs)[len(self.runs) // 2]
        cpu = sorted(r.cpu for r in self.runs)[len(self.runs) // 2]
        return f"{1 / wall:.0f} a second, CPU {cpu * 1e6:.0f} µs"


def _ours(farm, name, *options):
    lists = [",".join(map(str, farm.ports[i:i + 50]))
             for i in range(0, len(farm.ports), 50)]
    return Tool(name, [bench.OURS, "probe", "--format", "jsonl", *options] +
                [f"127.0.0.1:{ports}" for ports in lists],
                os.path.join(farm.folder, "ours.jsonl"), len(farm.ports))


def _check(farm, tool):
    """Every listener was read, or the figures mean nothing."""
    with open(tool.out, encoding="utf-8") as f:
        found = {r["port"] for r in map(json.loads, f)
                 if r["kind"] == "certificate"}
    if found != set(farm.ports):
        raise bench.Failed(f"{tool.name}: {len(found)} of "
                           f"{len(farm.ports)} were read")


def _peers(farm):
    """name: program, and the most that wall and CPU may be of its own."""
    limit = bench.bare("PROBE_LIMIT", "probe_limit", "")
    out = os.path.join(farm.folder, "peer.out")
    if limit:
        for mode in ("full", "raw"):
            yield mode, Tool(f"a bare loop, {mode}",
                             [limit, "-q", "-m", mode, farm.list], out,
                             len(farm.ports))
    if shutil.which("nmap"):
        ports = ",".join(str(p) for p in farm.ports)
        yield "nmap", Tool("nmap ssl-cert",
                           ["nmap", "-Pn", "-n", "-p", ports, "--script",
                            "+ssl-cert", "127.0.0.1"], out, len(farm.ports))
    else:
        bench.say("  nmap is not here")
    if shutil.which("sslscan"):
        few = os.path.join(farm.folder, "few")
        with open(few, "w", encoding="ascii") as f:
            f.writelines(f"127.0.0.1:{p}\n" for p in farm.ports[:FEW])
        yield "sslscan", Tool("sslscan", ["sslscan", f"--targets={few}"], out,
                              FEW)
    else:
        bench.say("  sslscan is not here")


# what is asked, of which peer, at most what of its wall and CPU
BUDGETS = {
    ("certificates", "full"): {"cpu": 0.4},
    ("all", "full"): {"cpu": 1.0},
    ("certificates", "nmap"): {"wall": 0.33},
    ("all", "sslscan"): {"wall": 0.1},
}


def listeners(folder):
    farm = Farm(folder)
    ours = {"certificates": _ours(farm, "certwalk probe --quick", "--quick"),
            "all": _ours(farm, "certwalk probe")}
    peers = dict(_peers(farm))
    for t in ours.values():
        t.once()
        _check(farm, t)
    pairs.measure([*ours.values(), *peers.values()])
    lines = []
    for what, mine in ours.items():
        for name, peer in peers.items():
            line = pairs.line(f"probe of {len(farm.ports)} listeners: {what}",
                              mine, peer)
            budget = BUDGETS.get((what, name))
            lines.append(line.limit_ratio(**budget) if budget else line)
        if not peers:
            lines.append(bench.Line(f"probe: {what}", mine.text()))
    return lines
