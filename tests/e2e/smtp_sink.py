#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server: smtp_sink.py PORT DIR WAY [CERT KEY].  WAY is plain, starttls
(offered, then a login) or smtps (TLS from the first byte, then a login).  Each
line of the client is a line of DIR/clear or DIR/tls, by how it came; each mail
is DIR/N.mail."""
import socketserver
import ssl
import sys

folder, way = sys.argv[2], sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
if way != "plain":
    context.load_cert_chain(sys.argv[4], sys.argv[5])
mails = []


class Session(socketserver.BaseRequestHandler):
    def start_tls(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        self.lines = self.request.makefile("rb")
        self.tls = True

    def say(self, *replies):
        self.request.sendall("".join(r + "\r\n" for r in replies).encode())

    def read(self):
        raw = self.lines.readline()
        if not raw:
            raise OSError("the client has gone")
        line = raw.decode("ascii", "replace").rstrip("\r\n")
        with open(folder + ("/tls" if self.tls else "/clear"), "a") as f:
            f.write(line + "\n")
        return line

    def take_mail(self):
        self.say("354 go on")
        body = []
        while (line := self.read()) != ".":
            body.append(line)
        mails.append(body)
        with open("%s/%d.mail" % (folder, len(mails)), "w") as f:
            f.write("\n".join(body) + "\n")

    def handle(self):
        self.tls = False
        self.lines = self.request.makefile("rb")
        try:
            if way == "smtps":
                self.start_tls()
            self.say("220 sink")
            self.converse()
        except (OSError, ValueError):
            pass

    def converse(self):
        while True:
            line = self.read()
            word = line.upper().split(" ")[0]
            if word == "QUIT":
                return
            if word == "EHLO" and way == "starttls" and not self.tls:
                self.say("250-sink", "250 STARTTLS")
            elif word == "EHLO":
                self.say("250-sink", "250 AUTH PLAIN")
            elif word == "STARTTLS":
                self.say("220 go on")
                self.start_tls()
            elif line == "AUTH PLAIN":
                self.say("334 ")
                self.read()
                self.say("235 welcome")
            elif word == "AUTH":
                self.say("235 welcome")
            elif word == "DATA":
                self.take_mail()
                self.say("250 taken")
            else:
                self.say("250 good")


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])),
                                Session).serve_forever()
