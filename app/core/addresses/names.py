"""What may be a domain of a village's own, by its letters alone."""

from __future__ import annotations

import ipaddress

import idna
from flask import current_app
from flask_babel import gettext as _

from app.core.addresses.services import AddressRefused
from tenants.hosts import normalise_host

PUBLIC_SUFFIXES = frozenset((
    "id", "desa.id", "go.id", "co.id", "or.id", "ac.id", "sch.id", "web.id", "my.id", "biz.id", "net.id", "mil.id",
    "ponpes.id", "kop.id", "com", "net", "org", "info", "biz", "gov", "edu", "mil", "int", "io", "me", "site",
    "online", "xyz", "website", "co", "app", "dev", "blogspot.com", "wordpress.com", "github.io", "vercel.app",
    "netlify.app", "pages.dev", "herokuapp.com", "wixsite.com", "weebly.com",
))  # fmt: skip
"""Names below which strangers register theirs: nobody owns them (publicsuffix.org; those met in Indonesia)."""
INSIDE = frozenset(
    ("localhost", "local", "internal", "lan", "home", "arpa", "test", "example", "invalid", "onion")
)
"""Names that lead nowhere on the public network (RFC 6761, RFC 6762, RFC 7686, RFC 8375)."""


def read_host(text: str) -> str:
    """The domain that somebody typed (`Gistingatas.desa.id`, `https://gistingatas.desa.id/`), as DNS writes it.

    Raises AddressRefused with a sentence for what can't be a village's own domain.
    """
    plain = text.strip()
    for scheme in ("https://", "http://"):
        if plain.lower().startswith(scheme):
            plain = plain[len(scheme) :]
    plain = plain.removesuffix("/")
    if not plain:
        raise AddressRefused(_("Tulis nama domain, misalnya gistingatas.desa.id."))
    if any(mark in plain for mark in "/?#@:[] "):
        raise AddressRefused(
            _("Tulis nama domainnya saja, tanpa garis miring dan nomor port; contoh: gistingatas.desa.id.")
        )
    host = _as_dns(plain)
    labels = host.split(".")
    base = str(current_app.config["BASE_HOST"])
    if host == base or host.endswith(f".{base}"):
        raise AddressRefused(
            _("%(host)s sudah alamat kami sendiri. Untuk menggantinya pakai bagian “Ubah alamat”.", host=host)
        )
    if len(labels) < 2 or labels[-1] in INSIDE or labels[-1].isdigit():
        raise AddressRefused(
            _("%(host)s bukan nama domain di internet. Contoh: gistingatas.desa.id.", host=host)
        )
    if host in PUBLIC_SUFFIXES:
        raise AddressRefused(
            _("%(host)s milik umum. Tulis nama lengkap milik desa, misalnya gistingatas.%(host)s.", host=host)
        )
    return host


def shown(host: str) -> str:
    """A domain as people read it: with its own letters where DNS writes xn--…, and then both."""
    if "xn--" not in host:
        return host
    try:
        return f"{idna.decode(host)} ({host})"
    except idna.IDNAError:
        return host


def _as_dns(plain: str) -> str:
    try:
        ipaddress.ip_address(plain)
        raise AddressRefused(_("Tulis nama domain, bukan alamat IP."))
    except ValueError:
        pass
    try:
        written = idna.encode(plain.removesuffix("."), uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        written = ""
    host = normalise_host(written) if written else None
    # Room for the record's own label before it.
    if host is None or len(host) > 240:
        raise AddressRefused(
            _(
                "Nama domain ini tidak terbaca. Pakai huruf, angka, dan tanda hubung; contoh: gistingatas.desa.id."
            )
        )
    return host
