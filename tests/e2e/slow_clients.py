#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that hold connections: slow_clients.py HOST:PORT COUNT [PATH COOKIE]

Opens COUNT connections with TLS.  Without PATH each asks for / once and idles;
with it, each asks for that with the cookie and never reads.  PATH "silent"
stands for connections that send nothing, "hello" for such that send the first
message of a handshake.  Says "held", and holds them until standard input ends;
says then how many are still open."""
import resource
import select
import socket
import ssl
import sys

host, _, port = sys.argv[1].rpartition(":")
count = int(sys.argv[2])
path, cookie = (sys.argv[3:] + [None, None])[:2]
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.maximum_version = ssl.TLSVersion.TLSv1_2
held = []


def begin(raw):
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    except ssl.SSLWantReadError:
        raw.sendall(out.read())


session = None
for i in range(count):
    raw = socket.socket()
    if path:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect((host, int(port)))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if path in ("silent", "hello"):
        if path == "hello":
            begin(raw)
        held.append(raw)
        continue
    s = context.wrap_socket(raw, session=session)
    session = s.session
    text = "GET %s HTTP/1.1\r\nHost: x\r\n" % (path or "/")
    if cookie:
        text += "Cookie: %s\r\n" % cookie
    s.sendall(text.encode() + b"\r\n")
    if not path:
        s.recv(4096)
    held.append(s)
print("held", flush=True)
sys.stdin.read()
poll = select.poll()
for s in held:
    poll.register(s, select.POLLRDHUP)
print("open", count - len(poll.poll(0)), flush=True)
