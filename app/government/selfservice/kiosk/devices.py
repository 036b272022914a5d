"""Kiosks as staff look after them: made with a code that is used once, paired, changed, taken away."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from app.core.accounts.secrets import digest, keyed_digest, new_token
from app.core.actors import current_actor
from app.core.audit import record
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.selfservice.accounts.pins import ALPHABET, CODE_LENGTH, typed_code
from app.government.selfservice.models import KioskDevice, PortalSession
from tenants.ids import uuid7
from tenants.models import now

CODE_LIFE = dt.timedelta(minutes=30)
SEEN_EVERY = dt.timedelta(minutes=5)
LONGEST_NAME = 60


class PairingRefused(PermissionError):
    """No screen was paired; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A paired screen, as its pages need it.

    `at_once`: types of letters that it issues and prints by itself. `checked`: those of them with required papers that
    staff look at while the letter is printed.
    """

    id: uuid.UUID
    name: str
    prints: bool
    at_once: frozenset[str]
    checked: frozenset[str] = frozenset()


def kiosks() -> Sequence[KioskDevice]:
    """All kiosks that are used or wait to be paired, by name: one select."""
    query = (
        select(KioskDevice).where(KioskDevice.ended_at.is_(None)).order_by(KioskDevice.name, KioskDevice.id)
    )
    return db.session.scalars(query).all()


def kiosk_row(kiosk_id: uuid.UUID) -> KioskDevice:
    """One kiosk that is not taken away. Raises Missing."""
    row = db.session.get(KioskDevice, kiosk_id)
    if row is None or row.ended_at is not None:
        raise Missing("kiosk")
    return row


def add_kiosk(
    name: str, *, prints: bool, at_once: Sequence[str], checked: Sequence[str] = ()
) -> tuple[uuid.UUID, str, dt.datetime]:
    """Make a kiosk and its code, and commit; returns its id, the code and the moment it ends.

    Raises Invalid: no name.
    """
    actor = current_actor()
    row = KioskDevice(id=uuid7(), name=_named(name), settings=_settings(prints, at_once, checked))
    row.created_by = actor.name if actor else ""
    db.session.add(row)
    code, ends = _give_code(row)
    _note("kiosk.added", row)
    db.session.commit()
    return row.id, code, ends


def change_kiosk(
    kiosk_id: uuid.UUID, name: str, *, prints: bool, at_once: Sequence[str], checked: Sequence[str] = ()
) -> None:
    """Change name and ways of a kiosk, and commit. Raises Missing, Invalid."""
    row = kiosk_row(kiosk_id)
    row.name, row.settings = _named(name), {**row.settings, **_settings(prints, at_once, checked)}
    row.row_version += 1
    _note("kiosk.changed", row)
    db.session.commit()


def renew_code(kiosk_id: uuid.UUID) -> tuple[str, dt.datetime]:
    """A new code for a kiosk whose screen was replaced; the earlier screen works until it is used. Raises Missing."""
    row = kiosk_row(kiosk_id)
    code, ends = _give_code(row)
    _note("kiosk.code_given", row)
    db.session.commit()
    return code, ends


def remove_kiosk(kiosk_id: uuid.UUID) -> None:
    """Take a kiosk away: its screen is nothing any more, whoever is signed in there is signed out. Raises Missing."""
    row = kiosk_row(kiosk_id)
    row.ended_at, row.token_digest, row.code_digest, row.code_expires_at = now(), None, None, None
    end_sessions_on(kiosk_id)
    _note("kiosk.removed", row)
    db.session.commit()


def pair(code: str) -> tuple[str, str]:
    """Make the present screen the kiosk that this code was given for; commits. Returns its cookie's token and its name.

    Raises PairingRefused: unknown, used or over.
    """
    token = new_token()
    paired = db.session.execute(
        update(KioskDevice)
        .where(KioskDevice.code_digest == _code_digest(code), KioskDevice.code_expires_at > now())
        .where(KioskDevice.ended_at.is_(None))
        .values(
            code_digest=None, code_expires_at=None, token_digest=digest(token), paired_at=now(), last_seen_at=now()
        )
        .returning(KioskDevice.id, KioskDevice.name)
    ).one_or_none()  # fmt: skip
    if paired is None:
        db.session.rollback()
        raise PairingRefused(
            _("Kode tidak dikenal atau sudah tidak berlaku. Minta kode baru kepada petugas.")
        )
    end_sessions_on(paired.id)
    record("kiosk.paired", object_type="kiosk", object_id=paired.id, summary=paired.name)
    db.session.commit()
    return token, paired.name


def kiosk_of(token: str) -> Kiosk | None:
    """The kiosk that a cookie's token stands for: one select, and a note of its life every five minutes."""
    if not 20 <= len(token) <= 100:
        return None
    row = db.session.scalars(
        select(KioskDevice).where(KioskDevice.token_digest == digest(token), KioskDevice.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    kiosk = Kiosk(
        row.id,
        row.name,
        bool(row.settings.get("prints")),
        frozenset(row.settings.get("at_once", ())),
        frozenset(row.settings.get("checked", ())),
    )
    moment = now()
    if row.last_seen_at is None or moment - row.last_seen_at > SEEN_EVERY:
        seen = or_(KioskDevice.last_seen_at.is_(None), KioskDevice.last_seen_at < moment - SEEN_EVERY)
        db.session.execute(
            update(KioskDevice).where(KioskDevice.id == kiosk.id, seen).values(last_seen_at=moment)
        )
        db.session.commit()
    return kiosk


def end_sessions_on(kiosk_id: uuid.UUID) -> None:
    """Sign out whoever is signed in on a kiosk, in the open transaction."""
    db.session.execute(
        update(PortalSession)
        .where(PortalSession.kiosk_id == kiosk_id, PortalSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def _give_code(row: KioskDevice) -> tuple[str, dt.datetime]:
    code = "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))
    row.code_digest, row.code_expires_at = _code_digest(code), now() + CODE_LIFE
    return code, row.code_expires_at


def _code_digest(code: str) -> bytes:
    return bytes.fromhex(keyed_digest("selfservice.kiosk", typed_code(code)))


def _named(name: str) -> str:
    tidy = " ".join(name.split())[:LONGEST_NAME]
    if not tidy:
        raise Invalid("name", _("Beri nama, misalnya Kios lobi."))
    return tidy


def _settings(prints: bool, at_once: Sequence[str], checked: Sequence[str]) -> dict[str, object]:
    chosen = set(at_once) if prints else set()
    return {"prints": prints, "at_once": sorted(chosen), "checked": sorted(chosen & set(checked))}


def _note(action: str, row: KioskDevice) -> None:
    details = {"prints": bool(row.settings.get("prints")), "at_once": list(row.settings.get("at_once", ()))}
    details["checked"] = list(row.settings.get("checked", ()))
    record(action, object_type="kiosk", object_id=row.id, summary=row.name, details=details)
