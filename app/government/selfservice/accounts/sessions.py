"""Who is signed in: one row a phone, known by the digest of its cookie. The row is looked up with every request.

A session ends when it was idle for 30 minutes, after 12 hours, at sign-out, and at once when the account is closed
or its resident no longer lives here. A phone that is remembered stays signed in for 30 days. On a kiosk a
session ends after 60 seconds without a request.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.accounts.queries import browser_words
from app.core.accounts.secrets import digest, new_token
from app.core.actors import Actor
from app.core.audit import record
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import current_tenant

IDLE = dt.timedelta(minutes=30)
LIFE = dt.timedelta(hours=12)
REMEMBERED = dt.timedelta(days=30)
KIOSK_IDLE = dt.timedelta(seconds=60)
KIOSK_LIFE = dt.timedelta(minutes=15)
TOUCH_EVERY = dt.timedelta(minutes=2)
LIVE_STATES = ("active", "locked")
"""Wrong PINs lock signing in, which anybody can bring about who knows a NIK; whoever is signed in stays so."""


@dataclass(frozen=True, slots=True)
class ResidentActor:
    """A resident who is signed in: on a phone, or on a kiosk when `kiosk_id` is set."""

    account_id: uuid.UUID
    resident_id: uuid.UUID
    name: str
    session_id: uuid.UUID
    kiosk_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in device of an account, as its owner sees it."""

    id: uuid.UUID
    user_agent: str
    last_seen_at: dt.datetime
    is_present: bool

    @property
    def words(self) -> str:
        """Browser and system in words."""
        return browser_words(self.user_agent)


def resident_acting(resident: ResidentActor) -> Actor:
    """The resident as the one who acts, for steps and the audit log."""
    return Actor(
        account_id=resident.account_id,
        name=resident.name,
        email="",
        role_codes=("resident",),
        tenant_id=current_tenant().id,
        session_id=resident.session_id,
    )


def add_session(
    account_id: uuid.UUID,
    *,
    remembered: bool = False,
    kiosk_id: uuid.UUID | None = None,
    user_agent: str = "",
) -> str:
    """Write a session in the open transaction and return the token for its cookie. The caller commits."""
    token, moment = new_token(), now()
    life = KIOSK_LIFE if kiosk_id else REMEMBERED if remembered else LIFE
    db.session.add(
        PortalSession(
            id=uuid7(),
            token_digest=digest(token),
            account_id=account_id,
            kiosk_id=kiosk_id,
            user_agent=user_agent[:300],
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + life,
        )
    )
    return token


def resident_of_session(token: str) -> ResidentActor | None:
    """Who a cookie's token is in the present village; None for what is no live session of an account in use.

    One select; every two minutes (on a kiosk every time) one update that moves the idle time on, and its commit.
    """
    if not 20 <= len(token) <= 100:
        return None
    row = db.session.execute(
        select(
            PortalSession.id,
            PortalSession.kiosk_id,
            PortalSession.created_at,
            PortalSession.last_seen_at,
            PortalSession.expires_at,
            PortalAccount.id.label("account_id"),
            PortalAccount.resident_id,
            Resident.name,
        )
        .join(PortalAccount, PortalAccount.id == PortalSession.account_id)
        .join(Resident, Resident.id == PortalAccount.resident_id)
        .where(PortalSession.token_digest == digest(token), PortalSession.ended_at.is_(None))
        .where(PortalAccount.state.in_(LIVE_STATES), Resident.vital_status == codes.ALIVE)
    ).one_or_none()
    moment = now()
    if row is None or row.expires_at <= moment:
        return None
    idle = moment - row.last_seen_at
    if idle > idle_time(row.kiosk_id, row.created_at, row.expires_at):
        return None
    if row.kiosk_id or idle > TOUCH_EVERY:
        db.session.execute(
            update(PortalSession)
            .where(PortalSession.id == row.id, PortalSession.last_seen_at < moment)
            .values(last_seen_at=moment)
        )
        db.session.commit()
    return ResidentActor(row.account_id, row.resident_id, row.name, row.id, row.kiosk_id)


def idle_time(kiosk_id: uuid.UUID | None, created_at: dt.datetime, expires_at: dt.datetime) -> dt.timedelta:
    """For how long a session may rest: by where it was opened, and whether the phone is remembered."""
    if kiosk_id:
        return KIOSK_IDLE
    return REMEMBERED if expires_at - created_at > LIFE else IDLE


def mark_ended(account_id: uuid.UUID, *, only: uuid.UUID | None = None, but: uuid.UUID | None = None) -> None:
    """End an account's sessions (`only` one, or all `but` one) in the open transaction; the caller commits."""
    query = update(PortalSession).where(
        PortalSession.account_id == account_id, PortalSession.ended_at.is_(None)
    )
    if only is not None:
        query = query.where(PortalSession.id == only)
    if but is not None:
        query = query.where(PortalSession.id != but)
    db.session.execute(query.values(ended_at=now()))


def end_session(resident: ResidentActor) -> None:
    """Sign this device out, and commit."""
    mark_ended(resident.account_id, only=resident.session_id)
    db.session.commit()


def devices_of(resident: ResidentActor) -> list[Device]:
    """The devices on which an account is signed in now, the last used first."""
    moment = now()
    rows = db.session.scalars(
        select(PortalSession)
        .where(PortalSession.account_id == resident.account_id, PortalSession.ended_at.is_(None))
        .where(PortalSession.expires_at > moment)
        .order_by(PortalSession.last_seen_at.desc())
        .limit(20)
    )
    return [
        Device(row.id, row.user_agent, row.last_seen_at, row.id == resident.session_id)
        for row in rows
        if moment - row.last_seen_at <= idle_time(row.kiosk_id, row.created_at, row.expires_at)
    ]


def end_all(resident: ResidentActor) -> None:
    """Sign the account out everywhere, and commit."""
    mark_ended(resident.account_id)
    record(
        "portal.signed_out_everywhere",
        object_type="resident",
        object_id=resident.resident_id,
        summary=resident.name,
    )
    db.session.commit()
