#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: peer_scan.py FOLDER
What a script of some lines does: prints the files below FOLDER that hold a
certificate as PEM, DER, or PKCS#12 without a password."""
import os
import re
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

PEM = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----",
                 re.S)


def is_good(load, data):
    try:
        return bool(load(data))
    except (ValueError, TypeError):
        return False


def holds(data):
    if any(is_good(x509.load_pem_x509_certificate, m.group())
           for m in PEM.finditer(data)):
        return True
    if data[:1] != b"\x30":
        return False
    return (is_good(x509.load_der_x509_certificate, data) or is_good(
        lambda d: pkcs12.load_key_and_certificates(d, None)[1], data))


def main():
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as f:
                    data = f.read()
            except OSError:
                continue
            if holds(data):
                print(path)


if __name__ == "__main__":
    main()
