"""What the demo holds, as data: villages, accounts, and secrets that stay the same from run to run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.core.embedded.system import write_private

# Words that a person can read out and type; from the fields and kitchens of Lampung.
WORDS = [
    "lada", "kopi", "damar", "tapis", "siger", "gajah", "pulau", "teluk", "kebun", "sawah", "rotan",
    "bambu", "kelapa", "cengkih", "pala", "kunyit", "jahe", "serai", "pandan", "salak", "durian", "manggis",
    "rambutan", "nanas", "pisang", "jagung", "padi", "ubi", "sagu", "gula", "garam", "ikan", "udang",
    "rajungan", "perahu", "jukung", "bukit", "lembah", "sungai", "danau", "embun", "hujan", "awan", "fajar",
    "senja", "bulan", "bintang",
]  # fmt: skip


@dataclass(frozen=True)
class DemoVillage:
    """A village of the demo; `host` is the subdomain's name without port."""

    code: str
    name: str
    term: str
    slug: str
    host: str


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo. `host` is where it signs in; `totp_secret` is base32, None without second factor."""

    role: str
    name: str
    login: str
    password: str
    host: str
    totp_secret: str | None = None


@dataclass(frozen=True)
class DemoResident:
    """A resident of the demo with an account for self-service. `host` is the village's."""

    name: str
    nik: str
    pin: str
    host: str


@dataclass(frozen=True)
class DemoSignature:
    """What the head of a village types to sign letters."""

    passphrase: str
    host: str


@dataclass(frozen=True)
class DemoVisitPin:
    """The PIN with which a village signs its mentor's visits."""

    pin: str
    host: str


@dataclass
class DemoContent:
    """Everything that a person or a tool needs to look around."""

    villages: list[DemoVillage] = field(default_factory=list)
    accounts: list[DemoAccount] = field(default_factory=list)
    residents: list[DemoResident] = field(default_factory=list)
    signatures: list[DemoSignature] = field(default_factory=list)
    visit_pins: list[DemoVisitPin] = field(default_factory=list)


class DemoSecrets:
    """Passwords and TOTP secrets that follow from the data folder's own key, so a second run shows the same ones."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def password(self, login: str) -> str:
        """Return the password of an account: three words and four digits."""
        digest = self._digest("password", login)
        words = [WORDS[byte % len(WORDS)] for byte in digest[:3]]
        return "-".join([*words, f"{int.from_bytes(digest[3:7], 'big') % 10_000:04d}"])

    def totp_secret(self, login: str) -> str:
        """Return the TOTP secret of an account: 160 bits in base32."""
        return base64.b32encode(self._digest("totp", login)[:20]).decode()

    def pin(self, whose: str) -> str:
        """Return six digits for a resident."""
        return f"{int.from_bytes(self._digest('pin', whose)[:8], 'big') % 1_000_000:06d}"

    def _digest(self, purpose: str, login: str) -> bytes:
        return hmac.new(self._key, f"{purpose}:{login}".encode(), hashlib.sha256).digest()


def secret_key_of(folder: Path) -> str:
    """Return the data folder's own secret key, made at the first run and readable by its owner alone."""
    path = folder / "secret-key"
    try:
        if key := path.read_text().strip():
            return key
    except FileNotFoundError:
        pass
    key = secrets.token_urlsafe(48)
    write_private(path, key + "\n")
    return key


def as_json(content: DemoContent, port: int) -> str:
    """Describe a running demo for tools: where to connect, which Host to send, who can sign in."""

    def at(host: str) -> dict[str, str]:
        return {"host": f"{host}:{port}", "url": f"http://{host}:{port}"}

    accounts: dict[str, list[dict[str, Any]]] = {}
    for account in content.accounts:
        accounts.setdefault(account.role, []).append({**asdict(account), **at(account.host)})
    return json.dumps(
        {
            "address": "127.0.0.1",
            "port": port,
            "connect": f"http://127.0.0.1:{port}",
            "province": at("localhost"),
            "villages": [{**asdict(village), **at(village.host)} for village in content.villages],
            "accounts": accounts,
            "residents": [{**asdict(resident), **at(resident.host)} for resident in content.residents],
            "signatures": [{**asdict(signature), **at(signature.host)} for signature in content.signatures],
            "visit_pins": [{**asdict(pin), **at(pin.host)} for pin in content.visit_pins],
        },
        indent=2,
        ensure_ascii=False,
    )
