# SPDX-License-Identifier: Apache-2.0
"""A collector and an nginx of our own, on free ports of 127.0.0.1."""
import glob
import os
import pwd
import shutil
import socket
import subprocess

import bench
import procs

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log;
events {{ worker_connections 4096; }}
http {{
	access_log off;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	keepalive_requests 1000000000;
	keepalive_timeout 1h;
	server {{
		listen 127.0.0.1:{port} ssl;
		ssl_certificate {state}/server.pem;
		ssl_certificate_key {state}/server.pem;
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_client_certificate {state}/ca.crt;
		ssl_verify_client on;
		location / {{ return 204; }}
	}}
}}
"""


def output(*argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, check=False)
    if p.returncode != 0:
        raise bench.Failed(f"{' '.join(argv[:2])} ended with "
                           f"{p.returncode}: {p.stderr.strip()[-300:]}")
    return p.stdout.strip()


def _answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Collector:
    """Its CA is in ${state}.  Unless told otherwise it has one thread beside
    those that write, and one of the processors."""

    def __init__(self, folder, threads=1, alone=True, url=None):
        self.state = os.path.join(folder, "collector")
        self.ini = os.path.join(folder, "collector.ini")
        self.log = os.path.join(folder, "collector.log")
        self.url = url or f"sqlite:{self.state}/collector.db"
        self.threads = threads
        self.more = procs.processor(0) if alone else {}
        self._configure("127.0.0.1:0", "127.0.0.1:0")
        output(bench.COLLECTOR, "init", "--config", self.ini)
        self.start()

    def _configure(self, agents, enroll):
        with open(self.ini, "w", encoding="utf-8") as f:
            f.write(f"[collector]\nstate_dir = {self.state}\n"
                    f"database = {self.url}\n[listen]\n"
                    f"agents = {agents}\nenroll = {enroll}\n"
                    f"name = 127.0.0.1\nthreads = {self.threads}\n"
                    # one client is all agents
                    "handshake_timeout = 10m\nmax_rate = 0\n"
                    "[agents]\nmax_rate = 0\n")

    def start(self):
        """Also again, after its end: on the same ports."""
        ports = os.path.join(self.state, "ports")
        if os.path.exists(ports):
            os.unlink(ports)
        self.process = procs.start(
            [bench.COLLECTOR, "serve", "--config", self.ini], self.log,
            **self.more)
        if not procs.until(20, lambda: os.path.exists(ports) and
                           os.path.getsize(ports) > 0):
            with open(self.log, encoding="utf-8") as f:
                raise bench.Failed(f"no collector: {f.read()[-300:]}")
        with open(ports, encoding="utf-8") as f:
            where = dict(text.strip().split("=", 1) for text in f)
        self._configure(where["agents"], where["enroll"])
        self.port = int(where["agents"].rsplit(":", 1)[1])
        self.pid = self.process.pid

    def token(self, uses):
        return output(bench.COLLECTOR, "token", "create", "--uses", str(uses),
                      "--config", self.ini)


class Nginx:
    """One process, with the collector's certificate and CA."""

    def __init__(self, folder, collector):
        self.folder = os.path.join(folder, "nginx")
        os.mkdir(self.folder)
        program = shutil.which("nginx", path=os.environ["PATH"] +
                               ":/usr/sbin:/usr/local/sbin")
        if not program:
            raise bench.Failed("nginx is not installed")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        ini = os.path.join(self.folder, "nginx.conf")
        with open(ini, "w", encoding="utf-8") as f:
            f.write(NGINX.format(dir=self.folder, port=self.port,
                                 state=collector.state))
        log = os.path.join(self.folder, "nginx.log")
        self.process = procs.start([program, "-e", log, "-c", ini, "-p",
                                    self.folder + "/"], log,
                                   **procs.processor(0))
        if not procs.until(20, lambda: _answers(self.port)):
            with open(log, encoding="utf-8") as f:
                raise bench.Failed(f"no nginx: {f.read()[-300:]}")
        self.pid = self.process.pid


class Postgres:
    """A server of our own, on a Unix socket in ${folder}."""

    def __init__(self, folder):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            raise bench.Failed("PostgreSQL is not installed")
        self.programs = programs[-1]
        self.folder = os.path.join(folder, "pg")
        self.user = {}
        os.mkdir(self.folder, 0o700)
        if os.getuid() == 0:  # it does not run as root
            who = pwd.getpwnam("postgres")
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            self.user = {"user": who.pw_uid, "group": who.pw_gid,
                         "extra_groups": []}
        data = os.path.join(self.folder, "data")
        self._run("initdb", "-D", data, "-U", "certwalk", "-A", "trust", "-E",
                  "UTF8", "--locale=C")
        self.process = procs.start(
            [os.path.join(self.programs, "postgres"), "-D", data, "-k",
             self.folder, "-c", "listen_addresses=", "-c",
             "shared_buffers=256MB", "-c", "max_wal_size=4GB"],
            os.path.join(folder, "postgres.log"), cwd="/", **self.user)
        if not procs.until(60, lambda: self._does("pg_isready", "-q", "-h",
                                                  self.folder)):
            raise bench.Failed("PostgreSQL does not start")

    def _does(self, program, *argv):
        p = subprocess.run([os.path.join(self.programs, program), *argv],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False,
                           cwd="/", **self.user)
        self.said = p.stdout
        return p.returncode == 0

    def _run(self, program, *argv):
        if not self._does(program, *argv):
            raise bench.Failed(f"{program}: {self.said.strip()[-300:]}")

    def url(self, name):
        """Of a new database of that name."""
        self._run("createdb", "-h", self.folder, "-U", "certwalk", name)
        return f"postgres:host={self.folder} user=certwalk dbname={name}"
