#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe_starttls.py PROTOCOL VERSION CERTIFICATE KEY
A server that leads to TLS as PROTOCOL does, TLS of VERSION (tls1.2, tls1.3) at
least.  Prints its port of 127.0.0.1; runs until it is ended."""
import socket
import ssl
import struct
import sys
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])
if sys.argv[2] == "tls1.3":
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def exactly(c, size):
    data = b""
    while len(data) < size:
        more = c.recv(size - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def line(c):
    data = b""
    while not data.endswith(b"\n"):
        data += exactly(c, 1)
    return data.decode().strip()


def lines(*talk):
    """What is said and what is expected, in turn."""
    def agree(c):
        for n, words in enumerate(talk):
            if n % 2 == 0:
                c.sendall(words)
            elif not line(c).startswith(words):
                raise OSError("not what was expected")
    return agree


def rdp(c):
    head = exactly(c, 4)
    body = exactly(c, struct.unpack(">H", head[2:])[0] - 4)
    if head[0] != 3 or body[1] != 0xe0 or not body[11] & 1:
        raise OSError("no connection request")
    c.sendall(bytes.fromhex("030000130ed000001234000200080001000000"))


def packet(c):
    """Type and body of one packet of TDS."""
    head = exactly(c, 8)
    return head[0], exactly(c, struct.unpack(">H", head[2:4])[0] - 8)


def mssql(c):
    kind, body = packet(c)
    if kind != 0x12 or body[-1] != 1:
        raise OSError("no PRELOGIN")
    answer = (b"\0\0\x0b\0\6" + b"\1\0\x11\0\1" + b"\xff" +
              b"\x0f\0\7\xd0\0\0" + b"\1")
    c.sendall(struct.pack(">BBHI", 4, 1, 8 + len(answer), 0x100) + answer)


def serve_packets(c):
    """TLS inside packets of TDS, in small ones."""
    come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(come, go, server_side=True)
    while True:
        try:
            tls.do_handshake()
            return
        except ssl.SSLWantReadError:
            pass
        while data := go.read(500):
            c.sendall(struct.pack(">BBHI", 0x12, 1, 8 + len(data), 0) + data)
        come.write(packet(c)[1])


TALKS = {
    "lmtp": lines(b"220 mx LMTP\r\n", "LHLO", b"250-mx\r\n250 STARTTLS\r\n",
                  "STARTTLS", b"220 go\r\n"),
    "nntp": lines(b"200 news\r\n", "STARTTLS", b"382 go\r\n"),
    "sieve": lines(b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n",
                   "STARTTLS", b"OK \"go\"\r\n"),
    "rdp": rdp,
    "mssql": mssql,
}


def serve(c):
    try:
        c.settimeout(10)
        TALKS[sys.argv[1]](c)
        if sys.argv[1] == "mssql":
            serve_packets(c)
        else:
            context.wrap_socket(c, server_side=True).close()
    except (OSError, ssl.SSLError):
        pass
    finally:
        c.close()


with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        one, _ = listener.accept()
        threading.Thread(target=serve, args=(one,), daemon=True).start()
