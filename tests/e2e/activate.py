#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: activate.py FILE NAME... -- PROGRAM ARGUMENT...

What systemd does for a service with sockets: opens one on a free port of
127.0.0.1 for each name, and runs the program with all of them after two
seconds, in which who connects has to wait.  FILE gets the ports, a line
each, and FILE.pid the program's process."""
import os
import socket
import sys
import time

split = sys.argv.index("--")
names, program = sys.argv[2:split], sys.argv[split + 1:]
sockets = []
for _ in names:
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(64)
    sockets.append(s)
with open(sys.argv[1] + ".pid", "w", encoding="ascii") as f:
    f.write(f"{os.getpid()}\n")
with open(sys.argv[1], "w", encoding="ascii") as f:
    f.writelines(f"{s.getsockname()[1]}\n" for s in sockets)
time.sleep(2)
# above all others, then to 3 and on
high = [os.dup(s.fileno()) for s in sockets]
for s in sockets:
    s.close()
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
env = dict(os.environ, LISTEN_PID=str(os.getpid()),
           LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
os.execve(program[0], program, env)
