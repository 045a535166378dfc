#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: pty_line.py LINE PROGRAM ARGUMENT...: runs it on a terminal of its own,
types LINE once it has asked for something (": "), shows what the terminal
shows, and ends with its status."""
import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown, typed = b"", False
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
    if not typed and shown.endswith(b": "):
        os.write(terminal, sys.argv[1].encode() + b"\n")
        typed = True
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
