#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe_hostile.py COPIES
Listeners that mean no good: COPIES of each kind, each on a free port of
127.0.0.1.  Prints "KIND PORT" for each, then "ready"; runs until it is ended."""
import asyncio
import struct
import sys


def message(kind, body):
    return bytes([kind]) + struct.pack(">I", len(body))[1:] + body


def records(data, size=16384):
    out = []
    for at in range(0, len(data), size):
        part = data[at:at + size]
        out.append(b"\x16\x03\x03" + struct.pack(">H", len(part)) + part)
    return b"".join(out)


HELLO = message(2, b"\x03\x03" + b"r" * 32 + b"\0\xc0\x2f\0")


def chain(certificates):
    body = b"".join(struct.pack(">I", len(c))[1:] + c for c in certificates)
    return message(11, struct.pack(">I", len(body))[1:] + body)


def certificate(size):
    """Looks like a certificate as far as its header."""
    return b"\x30\x83" + struct.pack(">I", size - 5)[1:] + b"\x30" * (size - 5)


async def silent(reader, writer):
    await reader.read(-1)


async def slow(reader, writer):
    for byte in records(HELLO + chain([b"x" * 3000])):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def greeting(reader, writer):
    while True:
        writer.write(b"220-welcome\r\n" * 500)
        await writer.drain()
        await asyncio.sleep(0.01)


async def huge(reader, writer):
    await reader.read(100)
    writer.write(records(HELLO + chain([certificate(1 << 20)]) +
                         message(14, b"")))
    await writer.drain()
    await reader.read(-1)


async def long(reader, writer):
    await reader.read(100)
    writer.write(records(HELLO + chain([certificate(300)] * 1000) +
                         message(14, b"")))
    await writer.drain()
    await reader.read(-1)


async def fragments(reader, writer):
    """One byte of the handshake in each record."""
    await reader.read(100)
    writer.write(records(HELLO + chain([certificate(2000)]) +
                         message(14, b""), 1))
    await writer.drain()
    await reader.read(-1)


async def unending(reader, writer):
    """Says that 16 MiB will come, and sends them."""
    await reader.read(100)
    writer.write(records(HELLO + b"\x0b\xff\xff\xff"))
    while True:
        writer.write(records(b"x" * 16384))
        await writer.drain()


async def garbage(reader, writer):
    await reader.read(1)
    writer.write(bytes(i * 7 % 256 for i in range(4000)))
    await writer.drain()


async def closes(reader, writer):
    pass


async def warnings(reader, writer):
    """Nothing but alerts that mean nothing."""
    while True:
        writer.write(b"\x15\x03\x03\0\x02\x01\x70" * 100)
        await writer.drain()
        await asyncio.sleep(0.01)


KINDS = [silent, slow, greeting, huge, long, fragments, unending, garbage,
         closes, warnings]


def guarded(kind):
    async def handle(reader, writer):
        try:
            await kind(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()
    return handle


async def main():
    servers = []
    for kind in KINDS:
        for _ in range(int(sys.argv[1])):
            s = await asyncio.start_server(guarded(kind), "127.0.0.1", 0)
            servers.append(s)
            print(kind.__name__, s.sockets[0].getsockname()[1])
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
