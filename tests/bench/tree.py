# SPDX-License-Identifier: Apache-2.0
"""Makes a tree of files whose certificates are known.

usage: tree.py FOLDER FILES [WITH]

FILES files, of which WITH (2.5 %) hold certificates in many forms, some hold
only keys, some look like certificates and are none; the rest is text, logs and
binary data.  Names, sizes and places depend on FILES and WITH alone.

FOLDER.truth.jsonl says of each file that is not filler: path, cls, certs (the
SHA-256 of each certificate's DER).

Distinct certificates are made from a few by another serial number, so their
signatures do not fit; a scan does not check those."""
import base64
import collections
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

import bench

SERIAL = "4a" * 16
PASSWORDS = {"p12-none": "", "p12-changeit": "changeit",
             "p12-unknown": "correct horse battery"}


def openssl(*argv, data=None):
    return subprocess.run(["openssl", *argv], input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def to_pem(der):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines,
                      "-----END CERTIFICATE-----", ""])


def indent(text, n):
    return "".join(" " * n + l + "\n" for l in text.splitlines())


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.b64encode(data).decode()


class Pool:
    """What the certificates and keys of a tree are made from."""

    def __init__(self, rng):
        self.rng = rng
        self.leaves, self.keys, self.p12, self.p7 = [], [], {}, []
        with tempfile.TemporaryDirectory() as t:
            self._make(t)

    def _certificate(self, t, name, key, *more):
        openssl("req", "-x509", "-nodes", "-newkey", *key,
                "-keyout", f"{t}/{name}.key", "-out", f"{t}/{name}.pem",
                "-subj", f"/C=DE/O=Bench/CN={name}.example.net",
                "-set_serial", "0x" + SERIAL, "-days", "397", *more)
        return openssl("x509", "-in", f"{t}/{name}.pem", "-outform", "DER")

    def _make(self, t):
        ec = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        rsa = ("rsa:2048",)
        self.ca = self._certificate(t, "ca", ec)
        for i in range(12):
            name = f"host{i}"
            self.leaves.append(self._certificate(
                t, name, rsa if i % 3 == 0 else ec,
                "-CA", f"{t}/ca.pem", "-CAkey", f"{t}/ca.key", "-addext",
                f"subjectAltName=DNS:{name}.example.net,DNS:alt{i}.example"))
            with open(f"{t}/{name}.key", encoding="ascii") as f:
                self.keys.append(f.read())
        self._keystores(t)

    def _keystores(self, t):
        ca = self.ca
        for cls, password in PASSWORDS.items():
            plain = ["-keypbe", "NONE", "-certpbe", "NONE", "-nomac"]
            self.p12[cls] = [(openssl(
                "pkcs12", "-export", "-in", f"{t}/host{i}.pem", "-inkey",
                f"{t}/host{i}.key", "-certfile", f"{t}/ca.pem", "-passout",
                f"pass:{password}", *(plain if not password else [])),
                [self.leaves[i], ca]) for i in range(4)]
        for i in range(4):
            for form in ("DER", "PEM"):
                self.p7.append((openssl(
                    "crl2pkcs7", "-nocrl", "-certfile", f"{t}/host{i}.pem",
                    "-certfile", f"{t}/ca.pem", "-outform", form),
                    [self.leaves[i], ca]))
        self.request = openssl("req", "-new", "-key", f"{t}/host1.key",
                               "-subj", "/CN=bench")
        self.public = openssl("pkey", "-in", f"{t}/host1.key", "-pubout")

    def leaf(self):
        der = self.rng.choice(self.leaves)
        serial = b"\x4a" + self.rng.randbytes(15)
        return der.replace(bytes.fromhex(SERIAL), serial, 1)

    def leaves_of(self, n):
        return [self.leaf() for _ in range(n)]

    def key(self):
        return self.rng.choice(self.keys)


# Each form of file: (extensions, bytes or text, its certificates).

def pem(p):
    c = p.leaf()
    return (".pem", ".crt", ".cer"), to_pem(c), [c]


def bundle(p):
    cs = p.leaves_of(p.rng.choice([2, 3, 3, 12]))
    return (".pem", ".crt"), "".join("# a comment\n" + to_pem(c)
                                     for c in cs) + p.key(), cs


def der_file(p):
    c = p.leaf()
    return (".der", ".crt", ".cer"), c, [c]


def pkcs7(p):
    data, cs = p.rng.choice(p.p7)
    return (".p7b", ".p7c"), data, cs


def pkcs12(cls):
    def make(p):
        data, cs = p.rng.choice(p.p12[cls])
        return (".p12", ".pfx"), data, cs
    return make


def jks(p):
    """A Java keystore of trusted certificates, password changeit."""
    cs = p.leaves_of(p.rng.randrange(2, 8))
    out = struct.pack(">III", 0xfeedfeed, 2, len(cs))
    for i, c in enumerate(cs):
        for word in (f"alias{i}", None, "X.509"):
            out += (struct.pack(">Q", 1767225600000) if word is None else
                    (b"" if word == "X.509" else struct.pack(">I", 2)) +
                    struct.pack(">H", len(word)) + word.encode())
        out += struct.pack(">I", len(c)) + c
    password = "changeit".encode("utf-16-be")
    out += hashlib.sha1(password + b"Mighty Aphrodite" + out).digest()
    return (".jks", ""), out, cs


def embedded(p):
    cs = p.leaves_of(2)
    both = to_pem(cs[0]) + to_pem(cs[1])
    return p.rng.choice([
        ((".yaml", ".yml"), "tls:\n  crt: |\n" + indent(both, 6) + "n: 3\n"),
        ((".ovpn",), f"client\n<ca>\n{to_pem(cs[0])}</ca>\n<cert>\n"
         f"{to_pem(cs[1])}</cert>\n<key>\n{p.key()}</key>\n"),
        ((".tfstate", ".json"), json.dumps({"cert_pem": both, "v": 4})),
        ((".conf",), f"server {{\n  ssl_certificate \"data:{both}\";\n}}\n"),
    ]) + (cs,)


def encoded(p):
    cs = p.leaves_of(2)
    return p.rng.choice([
        (("", ".conf", ".yaml"), "apiVersion: v1\nkind: Config\nclusters:\n"
         f"- cluster:\n    certificate-authority-data: {b64(to_pem(cs[0]))}\n"
         f"users:\n- user:\n    client-certificate-data: "
         f"{b64(to_pem(cs[1]))}\n    client-key-data: {b64(p.key())}\n"),
        ((".json",), json.dumps({"kind": "Secret", "data": {
            "tls.crt": b64(to_pem(cs[0]) + to_pem(cs[1])),
            "tls.key": b64(p.key())}})),
        ((".json",), json.dumps({"keys": [{"kty": "EC",
                                           "x5c": [b64(c) for c in cs]}]})),
        ((".xml",), "".join(f"<ds:X509Certificate>{b64(c)}"
                            "</ds:X509Certificate>\n" for c in cs)),
    ]) + (cs,)


def misleading(p):
    c = p.leaf()
    return p.rng.choice([
        ((".txt", ".bak", ".dat"), to_pem(c)), (("", ".bin", ".dat"), c),
        ((".sh",), f"#!/bin/sh\ncat >/etc/x.pem <<EOF\n{to_pem(c)}EOF\n"),
    ]) + ([c],)


def key_only(p):
    return (".key", ".pem", ""), p.key(), []


def decoy(p):
    c = to_pem(p.leaf())
    return p.rng.choice([
        ((".pem", ".csr"), p.request), ((".pem",), p.public),
        ((".md",), "It begins with\n-----BEGIN CERTIFICATE-----\nMIIB…\n"),
        ((".c", ".py"), "char b[] = \"-----BEGIN CERTIFICATE-----\";\n"),
        ((".pem",), c[:p.rng.randrange(200, 500)]),
        ((".crt",), p.rng.randbytes(900)), ((".pem", ".p12", ".jks"), ""),
    ]) + ([],)


# class, thousandths of the files with certificates, maker
FORMS = [
    ("pem", 300, pem), ("bundle", 100, bundle), ("der", 100, der_file),
    ("pkcs7", 50, pkcs7), ("p12-none", 30, pkcs12("p12-none")),
    ("p12-changeit", 60, pkcs12("p12-changeit")),
    ("p12-unknown", 30, pkcs12("p12-unknown")), ("jks", 60, jks),
    ("embedded", 100, embedded), ("base64", 90, encoded),
    ("misleading", 80, misleading),
    # beside them
    ("key", 120, key_only), ("decoy", 80, decoy),
]


class Filler:
    """Cuts of text, logs and binary data."""

    def __init__(self, rng):
        self.rng = rng
        words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz",
                                     k=rng.randrange(2, 11)))
                 for _ in range(4000)]
        self.words = words
        text = "\n".join(
            " " * rng.choice([0, 0, 4, 8]) +
            " ".join(rng.choices(words, k=rng.randrange(3, 14))) +
            rng.choice([";", "", " {", "}", ":", ","])
            for _ in range(120000)).encode()
        log = "\n".join(
            f"2026-01-02T03:04:{i % 60:02}Z host{i % 90} sshd[{i % 30000}]: "
            f"{' '.join(rng.choices(words, k=8))} id={rng.getrandbits(64):x}"
            for i in range(60000)).encode()
        binary = b"".join(rng.choice([
            bytes(2048), rng.randbytes(4096),
            struct.pack("<256I", *rng.choices(range(70000), k=256)),
            "\0".join(rng.choices(words, k=200)).encode()])
            for _ in range(4000))
        self.kinds = ([(e, text) for e in (".txt", ".html", ".js", ".py",
                                           ".h", ".json", ".conf", "")] +
                      [(".log", log)] * 2 +
                      [(e, binary) for e in (".so", ".o", ".gz", ".png")])

    def cut(self, pool, n):
        n = min(n, len(pool))
        at = self.rng.randrange(0, len(pool) - n + 1)
        return pool[at:at + n]

    def one(self):
        """Extension and contents; one in 500 is of megabytes."""
        ext, pool = self.rng.choice(self.kinds)
        n = int(self.rng.lognormvariate(8.3, 1.35))
        if self.rng.random() < 0.002:
            n = self.rng.randrange(1 << 20, 8 << 20)
        return ext, self.cut(pool, n)


class Tree:
    def __init__(self, top, files, rng, words):
        self.top, self.rng, self.words = top, rng, words
        self.made, self.truth, self.folders = 0, [], []
        tops = ["etc", "opt", "srv", "var/lib", "home", "usr/share",
                "usr/lib"]
        for _ in range(max(20, files // 14)):
            d = rng.choice(tops)
            if self.folders and rng.random() < 0.7:
                d = rng.choice(self.folders[-4000:])
            if d.count("/") > 11:
                d = rng.choice(tops)
            d += f"/{rng.choice(words)}{rng.randrange(1000)}"
            self.folders.append(d)
            os.makedirs(os.path.join(top, d), exist_ok=True)

    def put(self, ext, data):
        path = (f"{self.rng.choice(self.folders)}/"
                f"{self.rng.choice(self.words)}{self.made}{ext}")
        with open(os.path.join(self.top, path), "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        self.made += 1
        return path


def make(top, files, with_certificates=None):
    rng = random.Random(20260101)
    n = with_certificates or max(40, files // 40)
    pool, filler = Pool(rng), Filler(rng)
    t = Tree(top, files, rng, filler.words)
    for cls, share, form in FORMS:
        for _ in range(max(1, n * share // 1000)):
            exts, data, certs = form(pool)
            t.truth.append({
                "path": t.put(rng.choice(exts), data), "cls": cls,
                "certs": [hashlib.sha256(c).hexdigest() for c in certs]})
    while t.made < files:
        t.put(*filler.one())
    with open(top.rstrip("/") + ".truth.jsonl", "w", encoding="utf-8") as f:
        for r in t.truth:
            f.write(json.dumps(r) + "\n")


def kept(files, with_certificates=None):
    """The folder of such a tree below the build folder; made where it is not
    there yet."""
    top = os.path.join(bench.STORE, f"tree-{files}-{with_certificates or 0}")
    if not os.path.exists(top + ".truth.jsonl"):
        bench.say(f"  making {top}")
        shutil.rmtree(top, ignore_errors=True)
        make(top, files, with_certificates)
    return top


def many(files, with_certificates):
    """The folder of such a tree of 20,000 files with empty and tiny ones beside
    it, so many in all."""
    known = min(files, 20000)
    top = os.path.join(bench.STORE, f"many-{files}-{with_certificates}")
    if os.path.exists(top + ".done"):
        return top
    bench.say(f"  making {top}")
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    make(os.path.join(top, "known"), known, with_certificates)
    for i in range(files - known):
        folder = os.path.join(top, str(i // 20000), str(i // 500))
        if i % 500 == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, str(i)), "w", encoding="ascii") as f:
            if i % 10 == 0:
                f.write(f"file {i}\n")
    with open(top + ".done", "w", encoding="ascii"):
        pass
    return top


def score(top, found):
    """Compares a scan's locations with the truth."""
    with open(top.rstrip("/") + ".truth.jsonl", encoding="utf-8") as f:
        records = [json.loads(text) for text in f]
    prefix = top.rstrip("/") + "/"
    have = {(r["path"][len(prefix):], r["sha256"]) for r in found
            if r["kind"] == "certificate" and r["path"].startswith(prefix)}
    files = {path for path, _ in have}
    want = {(r["path"], c) for r in records for c in r["certs"]}
    wanted = {path for path, _ in want}
    cls = {r["path"]: r["cls"] for r in records}
    return {
        "recall": len(files & wanted) / len(wanted),
        "precision": len(files & wanted) / max(1, len(files)),
        "certificates": len(have & want) / len(want),
        "missed": dict(collections.Counter(cls[p] for p in wanted - files)),
        "wrong": dict(collections.Counter(cls.get(p, "filler")
                                          for p in files - wanted)),
    }


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    make(sys.argv[1], *map(int, sys.argv[2:]))
