# SPDX-License-Identifier: Apache-2.0
"""A collector and an nginx of our own, on free ports of 127.0.0.1."""
import os
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
    """Of one thread beside the one that writes.  Its CA is in ${state}."""

    def __init__(self, folder):
        self.state = os.path.join(folder, "collector")
        self.ini = os.path.join(folder, "collector.ini")
        with open(self.ini, "w", encoding="utf-8") as f:
            f.write(f"[collector]\nstate_dir = {self.state}\n[listen]\n"
                    "agents = 127.0.0.1:0\nenroll = 127.0.0.1:0\n"
                    "name = 127.0.0.1\nthreads = 1\n"
                    "[agents]\nmax_rate = 0\n")
        output(bench.COLLECTOR, "init", "--config", self.ini)
        log = os.path.join(folder, "collector.log")
        self.process = procs.start(
            [bench.COLLECTOR, "serve", "--config", self.ini], log,
            **procs.processor(0))
        ports = os.path.join(self.state, "ports")
        if not procs.until(20, lambda: os.path.exists(ports) and
                           os.path.getsize(ports) > 0):
            with open(log, encoding="utf-8") as f:
                raise bench.Failed(f"no collector: {f.read()[-300:]}")
        with open(ports, encoding="utf-8") as f:
            where = dict(text.strip().split("=", 1) for text in f)
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
