#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe_good.py COUNT CERTIFICATE KEY
COUNT listeners of 127.0.0.1 with this certificate, one handshake at a time.
Prints the port of each, then "ready"; runs until it is ended."""
import selectors
import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
selector = selectors.DefaultSelector()
for i in range(int(sys.argv[1])):
    s = socket.create_server(("127.0.0.1", 0), backlog=64)
    selector.register(s, selectors.EVENT_READ)
    print(s.getsockname()[1])
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        c, _ = key.fileobj.accept()
        c.settimeout(5)
        try:
            context.wrap_socket(c, server_side=True).close()
        except OSError:
            c.close()
