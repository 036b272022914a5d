"""Keys with which a village's own system sends figures: made, revoked, recognised."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy import text as sql_text

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.accounts.secrets import digest, new_token
from app.core.actors import Actor
from app.core.bearers import BearerRefused
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.external.models import ExternalKey
from app.province.external.services.villages import locked, village_name
from tenants.models import TenantRow, now
from tenants.scope import current_scope_or_none

PREFIX = "desa_"
SHOWN = len(PREFIX) + 4
LIFETIMES = (90, 180, 365)
MOST_KEYS = 3
PUSH = "external.push"
"""The permission of keys alone; no role holds it."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `text` is shown this once."""

    id: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class KeyActor(Actor):
    """A village's own system that shows its key: `account_id` is the key's, it may push and nothing else."""

    village_code: str = ""
    software: str = ""
    shown: str = ""


def make_key(tenant_id: uuid.UUID, *, days: int, made_by: str) -> NewKey:
    """Make a key for a village that runs other software, and commit.

    Raises UnknownTenant, and Invalid when the village runs this platform, has three keys or the time is not offered.
    """
    row = locked(tenant_id)
    if row.software is None:
        db.session.rollback()
        raise Invalid("days", _("Catat dahulu sistem lain yang dipakai desa ini."))
    if days not in LIFETIMES:
        db.session.rollback()
        raise Invalid("days", _("Pilih masa berlaku dari daftar."))
    live = select(func.count()).where(ExternalKey.tenant_id == tenant_id, *is_live())
    if (db.session.scalar(live) or 0) >= MOST_KEYS:
        db.session.rollback()
        raise Invalid(
            "days",
            _("Paling banyak %(count)s kunci berlaku; cabut yang tidak dipakai dulu.", count=MOST_KEYS),
        )
    text = PREFIX + new_token()
    key = ExternalKey(
        tenant_id=tenant_id,
        digest=digest(text),
        shown=text[:SHOWN],
        software=row.software,
        made_by=made_by,
        expires_at=now() + dt.timedelta(days=days),
    )
    db.session.add(key)
    db.session.flush()
    _note("external.key_made", key, row, {"days": days})
    db.session.commit()
    return NewKey(key.id, text)


def revoke_key(tenant_id: uuid.UUID, key_id: uuid.UUID) -> bool:
    """End a village's key, and commit; it works no more with the next request. False when it had ended already.

    Raises Missing for a key that is not this village's.
    """
    row = locked(tenant_id)
    key = db.session.get(ExternalKey, key_id)
    if key is None or key.tenant_id != tenant_id:
        db.session.rollback()
        raise Missing(str(key_id))
    if key.revoked_at is not None:
        db.session.rollback()
        return False
    key.revoked_at = now()
    _note("external.key_revoked", key, row, {})
    db.session.commit()
    return True


def revoke_all(tenant_id: uuid.UUID) -> None:
    """End all keys of a village, in the open transaction."""
    db.session.execute(
        update(ExternalKey)
        .where(ExternalKey.tenant_id == tenant_id, ExternalKey.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )


def is_live() -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a key works."""
    return ExternalKey.revoked_at.is_(None), ExternalKey.expires_at > func.now()


def actor_of_key(text: str) -> Actor | None:
    """The system that shows this key on the province's host; None for one that nobody made.

    Raises BearerRefused for a key that was revoked, is too old, or whose village runs this platform meanwhile.
    """
    scope = current_scope_or_none()
    if scope is None or scope.tenant is not None:
        return None
    with platform_rows():
        found = db.session.execute(_KNOWN, {"digest": digest(text)}).one_or_none()
    if found is None:
        return None
    if found.revoked_at is not None:
        raise BearerRefused(
            _("Kunci ini sudah dicabut. Minta kunci baru kepada pengelola di kabupaten atau provinsi.")
        )
    if found.expires_at <= now():
        raise BearerRefused(
            _(
                "Masa berlaku kunci ini sudah habis. Minta kunci baru kepada pengelola di kabupaten atau provinsi."
            )
        )
    if found.software is None:
        raise BearerRefused(
            _("Desa ini tidak lagi dicatat memakai sistem lain, jadi kuncinya tidak berlaku.")
        )
    return KeyActor(
        account_id=found.id,
        name=f"{found.software} · {found.term} {found.name}",
        email="",
        permissions=frozenset({PUSH}),
        role_label=_("Sistem lain"),
        tenant_id=found.tenant_id,
        village_code=found.code,
        software=found.software,
        shown=found.shown,
    )


# Put together once: programs send in thousands.
_KNOWN = sql_text(
    """
    SELECT k.id, k.shown, k.expires_at, k.revoked_at, t.id AS tenant_id, t.code, t.term, t.name, t.software
    FROM platform.external_key k JOIN platform.tenant t ON t.id = k.tenant_id
    WHERE k.digest = :digest
    """
)


def _note(action: str, key: ExternalKey, row: TenantRow, details: dict[str, object]) -> None:
    audit.record(
        action,
        object_type="external_key",
        object_id=key.id,
        summary=f"{village_name(row)} · {key.shown}…",
        details={"software": key.software, **details},
        tenant_id=row.id,
    )
