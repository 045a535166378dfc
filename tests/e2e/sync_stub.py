#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A collector that only makes trouble: sync_stub.py PORT CERT ANSWER LOG

Answers each POST as the file ANSWER says at that moment: "STATUS [HEADER]",
and then, for "hang", nothing for a minute, for "huge", 5 MiB, for "close", the
end of the connection.  LOG gets one line for each request: its bytes,
whether its TLS session is an earlier one, and when it came, in ms."""
import http.server
import ssl
import sys
import time

port, cert, answer, log = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = sum(len(k) + len(v) + 4 for k, v in self.headers.items())
        with open(log, "a") as f:
            f.write("%d %s %d\n" % (len(self.raw_requestline) + fields + 2 +
                                    len(body), self.connection.session_reused,
                                    time.monotonic() * 1000))
        with open(answer) as f:
            status, _, header = f.readline().strip().partition(" ")
        if status == "close":
            self.close_connection = True
            return
        if status == "hang":
            time.sleep(60)
        size = 5 << 20 if status == "huge" else 0
        self.send_response(int(status) if status.isdigit() else 200)
        if header:
            name, _, value = header.partition(": ")
            self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * size)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
