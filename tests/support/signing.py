"""Officials with keys, for tests of signing."""

from __future__ import annotations

import datetime as dt
import uuid

from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from sqlalchemy import select

from app.core.signing import keys
from app.core.signing.authority import issue_certificate
from app.core.signing.certificates import Bundle, pack
from app.core.village.models import Official
from app.extensions import db
from tenants.scope import Tenant, tenant_scope
from tests.support.letters import working

PASSPHRASE = "kopi-robusta-2026-wangi"
"""What opens every key made here."""


def the_head(app: Flask, village: Tenant, name: str = "Suparman", **columns: object) -> uuid.UUID:
    """The village's head as an official: the one there is, else a new one."""
    with app.app_context(), tenant_scope(village):
        known = db.session.scalar(select(Official.id).where(Official.name == name))
        if known is not None:
            return known
        official = Official(name=name, title="Kepala Pekon", position="head", **columns)
        db.session.add(official)
        db.session.commit()
        return official.id


def demo_key(app: Flask, village: Tenant, passphrase: str = PASSPHRASE) -> uuid.UUID:
    """A demo key of the village's head."""
    head = the_head(app, village)
    with working(app, village):
        return keys.make_demo_key(head, passphrase).id


def bsre_key(app: Flask, village: Tenant, nik: str = "1806201705800011") -> uuid.UUID:
    """An identity of the village's head at the national service."""
    head = the_head(app, village)
    with working(app, village):
        return keys.add_bsre_key(head, nik).id


def p12(app: Flask, passphrase: str = PASSPHRASE, *, rsa_bits: int = 0, **dates: object) -> bytes:
    """A PKCS#12 file as somebody uploads it, of the demo authority; `start` and `days` say when it holds."""
    with app.app_context():
        key, certificate = issue_certificate("Suparman", "Kepala Pekon", "Pekon Contoh", **dates)
        other = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else None
        return pack(Bundle(other or key, certificate), passphrase)


def a_day(days: int) -> dt.datetime:
    """A moment so many days from now."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
