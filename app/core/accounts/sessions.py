"""Who is signed in where: one row a device and host, known by the digest of an opaque cookie.

Rows in PostgreSQL are the truth. Redis remembers the Actor of a session for a minute, stamped (see `stamps`), so that
a page of signed-in staff usually asks the platform's tables nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.core.accounts.loading import build_actor
from app.core.accounts.models import SignInSession
from app.core.accounts.scoping import platform_rows
from app.core.accounts.secrets import digest, new_token
from app.core.accounts.stamps import Stamps, commit_and_forget, read_stamps
from app.core.actors import Actor, SupportVisitInfo
from app.extensions import db
from tenants.cache import CacheAway, cache
from tenants.keys import platform_key
from tenants.models import now

IDLE = dt.timedelta(hours=12)
LIFETIME = dt.timedelta(days=30)
TOUCH_EVERY = dt.timedelta(minutes=5)
REMEMBER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Known:
    """A live session: whose it is, on which host, and until when."""

    actor: Actor
    host: str
    tenant_id: UUID | None
    last_seen_at: dt.datetime
    expires_at: dt.datetime

    def holds(self, host: str, tenant_id: UUID | None) -> bool:
        """Whether this session is somebody on this host at this moment."""
        visit = self.actor.support_visit
        if visit is not None and visit.expires_at <= now():
            return False
        return self.host == host and self.tenant_id == tenant_id and self.expires_at > now()


def add_session(
    account_id: UUID,
    host: str,
    tenant_id: UUID | None,
    *,
    second_factor_at: dt.datetime | None = None,
    support_visit_id: UUID | None = None,
    since: dt.datetime | None = None,
    user_agent: str = "",
    address: str = "",
) -> str:
    """Write a new session in the open transaction (inside a platform scope) and return the token for its cookie.

    `since` is when the person signed in, if that was earlier, on another host: the longest life counts from there.
    """
    token = new_token()
    moment = now()
    since = since or moment
    db.session.add(
        SignInSession(
            token_digest=digest(token),
            account_id=account_id,
            host=host,
            tenant_id=tenant_id,
            support_visit_id=support_visit_id,
            second_factor_at=second_factor_at,
            user_agent=user_agent[:400],
            address=address,
            created_at=since,
            last_seen_at=moment,
            expires_at=min(moment + IDLE, since + LIFETIME),
        )
    )
    return token


def open_session(account_id: UUID, host: str, tenant_id: UUID | None, **details: Any) -> str:
    """Sign an account in on one host and return the token for its cookie (`details` as in `add_session`)."""
    with platform_rows():
        token = add_session(account_id, host, tenant_id, **details)
        db.session.commit()
    return token


def actor_of_session(token: str, host: str, tenant_id: UUID | None) -> Actor | None:
    """Who a cookie's token is on this host now; None for everything that is not a live session of this very host."""
    if not 20 <= len(token) <= 100:
        return None
    mark = digest(token)
    known = _recall(mark) or _load(mark)
    if known is None or not known.holds(host, tenant_id):
        return None
    if now() - known.last_seen_at > TOUCH_EVERY:
        _touch(mark, known)
    return known.actor


def end_session(account_id: UUID, session_id: UUID) -> bool:
    """End one device of an account; False when it has no such live session."""
    return end_sessions(account_id, only=session_id) > 0


def end_sessions(account_id: UUID, *, only: UUID | None = None, but: UUID | None = None) -> int:
    """End all sessions of an account on all hosts (or `only` one, or all `but` one) and return how many."""
    with platform_rows():
        ended = mark_ended(account_id, only=only, but=but)
        commit_and_forget(accounts=[account_id])
    return ended


def mark_ended(
    account_id: UUID, *, only: UUID | None = None, but: UUID | None = None, place: UUID | None = None
) -> int:
    """End sessions in the open transaction (of one village: `place`); the caller commits with `commit_and_forget`."""
    query = (
        update(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now())
        .returning(SignInSession.id)
    )
    if only is not None:
        query = query.where(SignInSession.id == only)
    if place is not None:
        query = query.where(SignInSession.tenant_id == place)
    if but is not None:
        query = query.where(SignInSession.id != but)
    return len(db.session.execute(query).all())


def _load(mark: bytes) -> Known | None:
    """Read the rows. The stamps are read before what they vouch for, so a change in between is never lost."""
    with platform_rows():
        whose = db.session.execute(
            select(SignInSession.account_id, SignInSession.tenant_id).where(
                SignInSession.token_digest == mark
            )
        ).one_or_none()
        if whose is None:
            return None
        try:
            stamps: Stamps | None = read_stamps(whose.account_id, whose.tenant_id)
        except CacheAway:
            stamps = None
        row = db.session.execute(
            select(SignInSession.__table__)
            .where(SignInSession.token_digest == mark)
            .where(SignInSession.ended_at.is_(None), SignInSession.expires_at > func.now())
        ).one_or_none()
        if row is None:
            return None
        actor = build_actor(
            row.account_id,
            row.tenant_id,
            session_id=row.id,
            support_visit_id=row.support_visit_id,
            second_factor_at=row.second_factor_at,
        )
        if actor is None or (actor.has_second_factor and row.second_factor_at is None):
            return None
        known = Known(actor, row.host, row.tenant_id, row.last_seen_at, row.expires_at)
    if stamps is not None:
        _remember(mark, known, stamps)
    return known


def _touch(mark: bytes, known: Known) -> None:
    """Move the end of the session on, at most every five minutes, never beyond its longest life."""
    moment = now()
    longest = SignInSession.created_at + LIFETIME
    with platform_rows():
        db.session.execute(
            update(SignInSession)
            .where(SignInSession.token_digest == mark, SignInSession.ended_at.is_(None))
            .where(SignInSession.last_seen_at < moment - TOUCH_EVERY)
            .values(last_seen_at=moment, expires_at=func.least(moment + IDLE, longest))
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
    cache.try_ask(lambda r: r.delete(_key(mark)), 0)


# --- what Redis remembers ------------------------------------------------------------------------------------------


def _key(mark: bytes) -> str:
    return platform_key("session", mark.hex())


def _recall(mark: bytes) -> Known | None:
    try:
        raw: Any = cache.ask(lambda r: r.get(_key(mark)))
        if raw is None:
            return None
        data = json.loads(raw)
        known = _from_json(data["known"])
        if list(read_stamps(known.actor.account_id, known.tenant_id)) != data["stamps"]:
            return None
    except (CacheAway, KeyError, TypeError, ValueError):
        return None
    return known


def _remember(mark: bytes, known: Known, stamps: Stamps) -> None:
    text = json.dumps({"known": asdict(known), "stamps": stamps}, default=_plain)
    cache.try_ask(lambda r: r.set(_key(mark), text, ex=REMEMBER_SECONDS), None)


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


def _from_json(data: dict[str, Any]) -> Known:
    actor = data["actor"]
    return Known(
        actor=Actor(
            **{
                **actor,
                "account_id": UUID(actor["account_id"]),
                "permissions": frozenset(actor["permissions"]),
                "role_codes": tuple(actor["role_codes"]),
                "tenant_id": _uuid(actor["tenant_id"]),
                "session_id": _uuid(actor["session_id"]),
                "support_visit": _visit(actor["support_visit"]),
                "open_visit": _visit(actor["open_visit"]),
                "second_factor_at": _moment(actor["second_factor_at"]),
            }
        ),
        host=data["host"],
        tenant_id=_uuid(data["tenant_id"]),
        last_seen_at=dt.datetime.fromisoformat(data["last_seen_at"]),
        expires_at=dt.datetime.fromisoformat(data["expires_at"]),
    )


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _visit(data: dict[str, Any] | None) -> SupportVisitInfo | None:
    if data is None:
        return None
    return SupportVisitInfo(
        UUID(data["id"]), data["reason"], data["account_name"], dt.datetime.fromisoformat(data["expires_at"])
    )
