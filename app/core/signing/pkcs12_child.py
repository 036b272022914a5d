"""Run as a program of its own, never imported by the application: opens one PKCS#12 file from outside.

Standard input: a JSON object with `file` (base64) and `passphrase`. Standard output: a JSON object with `key` (PKCS#8),
`certificate` and `chain`, all DER in base64. Exit code 3: the passphrase does not open it; 4: it is no PKCS#12 file;
5: it holds no private key or no certificate of its own. A file can ask for as many rounds of key derivation as it
likes, so this program limits its own time and memory first, and whoever starts it kills it when it takes too long.
"""

from __future__ import annotations

import base64
import json
import resource
import sys

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 6
WRONG_PASSPHRASE, NOT_PKCS12, NO_KEY = 3, 4, 5


def main() -> int:
    """Read, open, write. Returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from asn1crypto.pkcs12 import Pfx
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    asked = json.loads(sys.stdin.buffer.read())
    data = base64.b64decode(asked["file"])
    try:
        Pfx.load(data, strict=True)["auth_safe"]["content_type"].native  # noqa: B018 - parsed as it is read
    except (ValueError, TypeError, KeyError):
        return NOT_PKCS12
    try:
        found = pkcs12.load_pkcs12(data, asked["passphrase"].encode())
    except ValueError:
        return WRONG_PASSPHRASE
    except Exception:
        return NOT_PKCS12
    if found.key is None or found.cert is None:
        return NO_KEY
    der = serialization.Encoding.DER
    key = found.key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    answer = {
        "key": _text(key),
        "certificate": _text(found.cert.certificate.public_bytes(der)),
        "chain": [_text(one.certificate.public_bytes(der)) for one in found.additional_certs[:8]],
    }
    sys.stdout.write(json.dumps(answer))
    return 0


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    sys.exit(main())
