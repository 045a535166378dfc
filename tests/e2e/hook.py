#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks: hook.py PORT DIR keeps each body as DIR/N.json and
its signature and id as DIR/N.head; while DIR/fail exists it answers 503."""
import http.server
import itertools
import os
import sys

folder = sys.argv[2]
numbers = itertools.count()


class Hook(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if os.path.exists(folder + "/fail"):
            self.send_response(503)
            self.end_headers()
            return
        name = "%s/%03d" % (folder, next(numbers))
        with open(name + ".head", "w") as f:
            f.write("%s\n" % self.headers["X-Certwalk-Signature"])
        with open(name + ".new", "wb") as f:
            f.write(body)
        os.rename(name + ".new", name + ".json")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                Hook).serve_forever()
