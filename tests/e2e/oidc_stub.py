#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect provider: oidc_stub.py DIR CERT

Serves https on a free port of 127.0.0.1, which it writes to DIR/port.  Who logs
in is at once let through as DIR/user says, a JSON object of claims.  DIR/mode
is what it does wrong at that moment, or "good"; DIR/alg how it signs; the keys
are DIR/rsa.pem, ec.pem and ed.pem, named by DIR/kid.  Its client is "certwalk",
with the secret "s3cret+/=", and "other"."""
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import sys
import time
import urllib.parse

folder, cert = sys.argv[1:]
codes = {}
SECRET = "s3cret+/="


def said(name):
    with open(f"{folder}/{name}") as f:
        return f.read().strip()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout


def key_of(alg):
    return folder + {"RS256": "/rsa.pem", "PS256": "/rsa.pem",
                     "ES256": "/ec.pem", "EdDSA": "/ed.pem"}[alg]


def raw_ecdsa(der):
    """SEQUENCE of two INTEGERs below 128 bytes, to 32 bytes each."""
    n = der[3]
    r, rest = der[4:4 + n], der[4 + n:]
    s = rest[2:2 + rest[1]]
    return b"".join(x.lstrip(b"\0").rjust(32, b"\0") for x in (r, s))


def sign(alg, text):
    if alg == "none":
        return b""
    if alg == "HS256":
        public = openssl("pkey", "-in", key_of("RS256"), "-pubout")
        return hmac.new(public, text, hashlib.sha256).digest()
    if alg == "EdDSA":
        with open(folder + "/signed", "wb") as f:
            f.write(text)
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key_of(alg),
                       "-in", folder + "/signed")
    args = ["dgst", "-sha256", "-sign", key_of(alg)]
    if alg == "PS256":
        args += ["-sigopt", "rsa_padding_mode:pss",
                 "-sigopt", "rsa_pss_saltlen:digest"]
    made = openssl(*args, data=text)
    return raw_ecdsa(made) if alg == "ES256" else made


def public_der(alg):
    return openssl("pkey", "-in", key_of(alg), "-pubout", "-outform", "DER")


def keys():
    kid = said("kid")
    modulus = openssl("rsa", "-in", key_of("RS256"), "-noout", "-modulus")
    n = bytes.fromhex(modulus.decode().strip().split("=")[1])
    point = public_der("ES256")[-64:]
    return {"keys": [
        {"kty": "oct", "kid": "shared", "k": "AAAA"},
        {"kty": "RSA", "kid": kid + "-rsa", "use": "sig", "n": b64(n),
         "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": kid + "-ec",
         "x": b64(point[:32]), "y": b64(point[32:])},
        {"kty": "OKP", "crv": "Ed25519", "kid": kid + "-ed", "alg": "EdDSA",
         "x": b64(public_der("EdDSA")[-32:])}]}


def id_token(code, mode):
    alg = {"none": "none", "hs256": "HS256"}.get(mode, said("alg"))
    kind = {"ES256": "ec", "EdDSA": "ed"}.get(alg, "rsa")
    now = int(time.time())
    claims = {"iss": issuer, "aud": code["client_id"], "nonce": code["nonce"],
              "iat": now, "exp": now + 300}
    user = json.loads(said("user"))
    if mode.startswith("userinfo"):
        user = {"sub": user["sub"]}
    claims.update(user)
    if mode == "wrong-nonce":
        claims["nonce"] = "x" * 43
    elif mode == "wrong-aud":
        claims["aud"] = "other"
    elif mode == "wrong-azp":
        claims.update(aud=["certwalk", "other"], azp="other")
    elif mode == "wrong-issuer":
        claims["iss"] = "https://127.0.0.1:1"
    elif mode == "expired":
        claims.update(iat=now - 7200, exp=now - 3600)
    header = {"alg": alg, "typ": "JWT", "kid": said("kid") + "-" + kind}
    text = ".".join(b64(json.dumps(x).encode()) for x in (header, claims))
    made = sign(alg, text.encode())
    if mode == "wrong-signature":
        made = made[:-1] + bytes([made[-1] ^ 1])
    return text + "." + b64(made)


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            pass

    def discovery(self, mode):
        if mode == "redirect":
            self.answer(302, {}, Location="https://localhost:1/")
        elif mode == "huge":
            self.answer(200, b'{"issuer":"' + b"x" * (10 << 20) + b'"}')
        else:
            self.answer(200, {
                "issuer": "https://other" if mode == "impostor" else issuer,
                "userinfo_endpoint": issuer + "/userinfo",
                "authorization_endpoint": issuer + "/authorize?a=b",
                "token_endpoint": issuer + "/token",
                "jwks_uri": issuer + "/keys"})

    def authorize(self, query):
        code = b64(hashlib.sha256(str(time.time_ns()).encode()).digest())
        codes[code] = query
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        back = {"code": code, "state": query["state"], "iss": issuer}
        if said("mode") == "refuses":
            back = {"error": "access_denied", "state": query["state"]}
        self.answer(302, {}, Location=query["redirect_uri"] + "?" +
                    urllib.parse.urlencode(back))

    def userinfo(self, mode):
        user = json.loads(said("user"))
        if mode == "userinfo-other":
            user["sub"] = "s-other"
        elif mode == "userinfo-nobody":
            del user["sub"]
        if self.headers.get("Authorization") != "Bearer access-" + user.get(
                "sub", "") and mode == "userinfo":
            self.answer(401, {})
        elif mode == "userinfo-sick":
            self.answer(500, {})
        elif mode == "userinfo-refused":
            self.answer(403, {})
        elif mode == "userinfo-huge":
            self.answer(200, b'{"sub":"' + b"x" * (10 << 20) + b'"}')
        else:
            self.answer(200, user)

    def do_GET(self):
        at = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(at.query))
        if at.path == "/.well-known/openid-configuration":
            self.discovery(said("mode"))
        elif at.path == "/authorize":
            self.authorize(query)
        elif at.path == "/userinfo":
            self.userinfo(said("mode"))
        elif at.path == "/keys":
            self.answer(200, keys())
        else:
            self.answer(404, {})

    def client(self):
        kind, _, text = self.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(text).decode().partition(":")
        good = urllib.parse.unquote_plus(secret) == SECRET
        return name if kind == "Basic" and good else None

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        # a code works once
        code = codes.pop(form.get("code"), None)
        if said("mode") == "sick":
            self.answer(500, {"error": "server_error"})
            return
        made = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (not code or self.client() != code["client_id"] or
                form["redirect_uri"] != code["redirect_uri"] or
                made != code["code_challenge"]):
            self.answer(400, {"error": "invalid_grant"})
            return
        self.answer(200, {"token_type": "Bearer", "access_token":
                          "access-" + json.loads(said("user"))["sub"],
                          "id_token": id_token(code, said("mode"))})

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert)
server.socket = context.wrap_socket(server.socket, server_side=True)
issuer = "https://127.0.0.1:%d" % server.server_port
with open(folder + "/port", "w") as port:
    port.write(str(server.server_port))
server.serve_forever()
