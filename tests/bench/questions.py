# SPDX-License-Identifier: Apache-2.0
"""What the page asks at once, of a collector with a whole fleet: the overview,
and the first page of each list in each order that a column's head gives, with
the count of all of it."""
import http.client
import json
import os
import ssl
import time

import bench
import fleet
import server

PASSWORD = "correct horse battery"
# list: what its columns sort by, as collector-stub/web/src/views has them
LISTS = {
    "certificates": ("not_after", "subject", "role", "key_alg", "sig_alg",
                     "issuer", "places", "hosts"),
    "endpoints": ("port", "state", "host", "subject", "not_after"),
    "hosts": ("host", "last_seen", "scanned", "gaps", "locations",
              "agent_version", "certificate_not_after"),
    "locations": ("path", "host", "format", "kind", "subject", "not_after"),
    "events": ("time", "event", "host", "not_after"),
}
FILTERS = {
    "certificates": ("not_after < 30d and role = leaf",
                     "host = web-000007.fleet.example"),
    "endpoints": ("not_after < 30d", "state = stale"),
    "locations": ('path ~ "*svc*"',),
}


class Rest:
    def __init__(self, folder, collector):
        password = os.path.join(folder, "password")
        with open(password, "w", encoding="utf-8") as f:
            f.write(PASSWORD)
        server.output(bench.COLLECTOR, "user", "add", "bench", "--role",
                      "viewer", "--password-file", password, "--config",
                      collector.ini)
        with open(os.path.join(collector.state, "ports"),
                  encoding="utf-8") as f:
            where = dict(text.strip().split("=", 1) for text in f)
        tls = ssl.create_default_context(
            cafile=os.path.join(collector.state, "ca.crt"))
        self.to = http.client.HTTPSConnection(where["enroll"], context=tls,
                                              timeout=120)
        self.head = {}
        reply = self._ask("POST", "/session", json.dumps(
            {"user": "bench", "password": PASSWORD}),
            {"Content-Type": "application/json"})
        self.head["Cookie"] = reply.getheader("Set-Cookie").split(";")[0]

    def _ask(self, method, path, body=None, head=None):
        self.to.request(method, "/api/v1" + path, body,
                        {**self.head, **(head or {})})
        reply = self.to.getresponse()
        self.text = reply.read()
        self.status = reply.status
        return reply

    def milliseconds(self, path):
        start = time.monotonic()
        self._ask("GET", path)
        took = (time.monotonic() - start) * 1000
        if self.status != 200:
            bench.say(f"  {path}: {self.status} {self.text[:200]}")
        return took if self.status == 200 else float("inf")


def _paths():
    yield "/statistics"
    for name, fields in LISTS.items():
        yield f"/{name}?count=true"
        for field in fields:
            for way in ("", "-"):
                yield f"/{name}?sort={way}{field}"
    for name, filters in FILTERS.items():
        for text in filters:
            text = (text.replace(" ", "%20").replace('"', "%22")
                    .replace("<", "%3C"))
            yield f"/{name}?count=true&filter={text}"


def _all(folder, collector, what):
    count = bench.number("FLEET", 2000)
    load = fleet.Fleet(folder, collector, count)
    try:
        load.do("load")
        load.do("day 1 5")
    finally:
        load.process.stdin.close()
        load.process.kill()
        load.process.wait()
    rest = Rest(folder, collector)
    took = []
    for path in _paths():
        # the second of two: the first may have to read the disk
        ms = [rest.milliseconds(path) for _ in range(
            1 if path == "/statistics" else 2)][-1]
        bench.say(f"  {ms:8.0f} ms {path}")
        took.append((ms, path))
    took.sort(reverse=True)
    slow = "; ".join(f"{path} {ms:,.0f}" for ms, path in took[:4])
    return [bench.Line(f"{what}: {len(took)} questions of the page, {count:,}"
                       " agents, ms", f"slowest: {slow}"
                       ).limit("≤ 1 s", [(took[0][0], 1000)])]


def sqlite(folder):
    collector = server.Collector(folder, threads=0, alone=False)
    return _all(folder, collector, "SQLite")


def postgres(folder):
    database = server.Postgres(folder)
    collector = server.Collector(folder, threads=0, alone=False,
                                 url=database.url("fleet"))
    return _all(folder, collector, "PostgreSQL")
