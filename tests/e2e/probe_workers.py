#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe_workers.py CERTIFICATE KEY [CERTIFICATE KEY]...
Workers that share one port of 127.0.0.1, each with a certificate of its own, as
after a reload that one has not heard of.  Prints the port."""
import socket
import ssl
import sys
import threading


def serve(s, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    while True:
        c, _ = s.accept()
        c.settimeout(5)
        try:
            context.wrap_socket(c, server_side=True).close()
        except OSError:
            c.close()


port = 0
sockets = []
for _ in sys.argv[1::2]:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("127.0.0.1", port))
    one.listen(16)
    port = one.getsockname()[1]
    sockets.append(one)
print(port, flush=True)
for i, one in enumerate(sockets[1:], 1):
    threading.Thread(target=serve, daemon=True,
                     args=(one, *sys.argv[1 + 2 * i:3 + 2 * i])).start()
serve(sockets[0], *sys.argv[1:3])
