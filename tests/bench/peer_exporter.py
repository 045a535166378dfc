#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: peer_exporter.py GLOB...
Starts x509-certificate-exporter over these files, waits until it tells of
certificates, prints the files that it names, and ends it."""
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

SERIES = re.compile(r'^x509_cert_not_after\{.*?filepath="((?:[^"\\]|\\.)*)"',
                    re.M)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.read().decode("utf-8", "surrogateescape")
    except (urllib.error.URLError, ConnectionError):
        return ""


def main():
    address = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        ["x509-certificate-exporter", f"--listen-address={address}",
         *(f"--watch-file={glob}" for glob in sys.argv[1:])],
        stdout=subprocess.DEVNULL)
    files = set()
    try:
        while not files and server.poll() is None:
            text = ask(f"http://{address}/metrics")
            files = {re.sub(r"\\(.)", r"\1", m)
                     for m in SERIES.findall(text)}
            time.sleep(0.01)
    finally:
        server.terminate()
        server.wait()
    print("\n".join(sorted(files)))
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
