#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe_stub.py PORT GROUP...
A server whose TLS 1.3 takes these key exchange groups (hex): a HelloRetryRequest
for the first of them that a ClientHello offers, else an alert.  Older hellos go
on to PORT.  Prints its port of 127.0.0.1; runs until it is ended."""
import hashlib
import socket
import socketserver
import struct
import sys
import threading

GROUPS = [int(g, 16) for g in sys.argv[2:]]
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


def extensions(hello):
    """Of a ClientHello's body: type and content of each."""
    at = 2 + 32
    at += 1 + hello[at]
    at += 2 + struct.unpack_from(">H", hello, at)[0]
    at += 1 + hello[at]
    at += 2
    while at < len(hello):
        kind, size = struct.unpack_from(">HH", hello, at)
        yield kind, hello[at + 4:at + 4 + size]
        at += 4 + size


def offered(hello):
    """The groups; None without supported_versions."""
    body = dict(extensions(hello))
    if 43 not in body:
        return None
    return [struct.unpack_from(">H", body[10], at)[0]
            for at in range(2, len(body[10]), 2)]


def retry(group):
    body = (b"\x03\x03" + RETRY + b"\0" + b"\x13\x01" + b"\0" +
            struct.pack(">HHHHHHH", 12, 43, 2, 0x304, 51, 2, group))
    message = b"\x02" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x03" + struct.pack(">H", len(message)) + message


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(socketserver.BaseRequestHandler):
    def pass_on(self, data):
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as b:
            b.sendall(data)
            threading.Thread(target=pump, args=(b, self.request)).start()
            pump(self.request, b)

    def handle(self):
        data = self.request.recv(16384)
        if len(data) < 50:
            return
        groups = offered(data[9:])
        if groups is None:
            self.pass_on(data)
            return
        taken = [g for g in GROUPS if g in groups]
        self.request.sendall(retry(taken[0]) if taken else
                             b"\x15\x03\x03\0\x02\x02\x28")
        self.request.recv(1)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
