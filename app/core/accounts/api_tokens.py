"""Bearer tokens for programs: made by a person, for one place, with some of that person's own permissions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.loading import build_actor
from app.core.accounts.models import ApiToken
from app.core.accounts.scoping import platform_rows
from app.core.accounts.secrets import digest, new_token
from app.core.accounts.sessions import TOUCH_EVERY
from app.core.actors import Actor
from app.core.audit import record
from app.extensions import db
from tenants.models import now
from tenants.scope import current_tenant_or_none

PREFIX = "siger_"
SHOWN = len(PREFIX) + 4
LIFETIMES = (30, 90, 180, 365)
MOST_TOKENS = 20


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made; `text` is shown this once."""

    id: UUID
    text: str


def make_token(actor: Actor, *, name: str, scopes: Iterable[str], days: int) -> NewToken:
    """Make a token for the place where the actor is now.

    Args:
        actor: whose; the token never allows more than they are allowed at the moment of use.
        name: what it is for.
        scopes: permissions out of the actor's own.
        days: for how long, one of `LIFETIMES`.

    Raises NotAllowed for visitors, Refused for scopes or lifetimes that are not offered.
    """
    chosen = sorted(set(scopes))
    if actor.support_visit is not None:
        raise NotAllowed(_("Kunjungan bantuan tidak dapat membuat token."))
    if not chosen or not all(actor.may(code) for code in chosen):
        raise Refused(_("Pilih paling sedikit satu izin yang Anda miliki."), "scopes")
    if days not in LIFETIMES:
        raise Refused(_("Pilih masa berlaku dari daftar."), "days")
    text = PREFIX + new_token()
    with platform_rows():
        if len(tokens_of(actor.account_id)) >= MOST_TOKENS:
            raise Refused(
                _("Paling banyak %(count)s token; cabut yang tidak dipakai dulu.", count=MOST_TOKENS), "name"
            )
        row = ApiToken(
            account_id=actor.account_id,
            tenant_id=actor.tenant_id,
            name=name,
            prefix=text[:SHOWN],
            token_digest=digest(text),
            scopes=chosen,
            expires_at=now() + dt.timedelta(days=days),
        )
        db.session.add(row)
        db.session.flush()
        record(
            "api_access.made", object_type="api_access", object_id=row.id, summary=name,
            details={"scopes": chosen, "days": days}, tenant_id=actor.tenant_id,
        )  # fmt: skip
        db.session.commit()
        return NewToken(row.id, text)


def revoke_token(actor: Actor, token_id: UUID) -> bool:
    """End one of one's own tokens; it works no more with the next request. False when there is no such live token."""
    with platform_rows():
        name = db.session.scalar(
            update(ApiToken)
            .where(
                ApiToken.id == token_id, ApiToken.account_id == actor.account_id, ApiToken.ended_at.is_(None)
            )
            .values(ended_at=now())
            .returning(ApiToken.name)
            .execution_options(synchronize_session=False)
        )
        if name is not None:
            record(
                "api_access.revoked",
                object_type="api_access",
                object_id=token_id,
                summary=name,
                tenant_id=actor.tenant_id,
            )
        db.session.commit()
    return name is not None


def end_tokens(account_id: UUID, tenant_id: UUID | None = None) -> None:
    """End an account's tokens in the open transaction: all of them, or those of one village."""
    query = (
        update(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None))
        .values(ended_at=now())
        .execution_options(synchronize_session=False)
    )
    db.session.execute(query.where(ApiToken.tenant_id == tenant_id) if tenant_id else query)


def tokens_of(account_id: UUID) -> list[ApiToken]:
    """An account's tokens that still work, newest first (inside a platform scope)."""
    query = (
        select(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None), ApiToken.expires_at > now())
        .order_by(ApiToken.created_at.desc())
    )
    return list(db.session.scalars(query))


def actor_from_bearer(token: str) -> Actor | None:
    """Who a bearer token is on the present host; None for anything that is not a live token of this very place.

    It may do what its scopes and its owner's present roles both allow. Runs in a short platform transaction.
    """
    if not token.startswith(PREFIX) or len(token) > 100:
        return None
    tenant = current_tenant_or_none()
    tenant_id = tenant.id if tenant else None
    with platform_rows():
        row = db.session.execute(
            select(
                ApiToken.id, ApiToken.account_id, ApiToken.tenant_id, ApiToken.scopes, ApiToken.last_used_at
            ).where(
                ApiToken.token_digest == digest(token),
                ApiToken.ended_at.is_(None),
                ApiToken.expires_at > func.now(),
            )
        ).one_or_none()
        if row is None or row.tenant_id != tenant_id:
            return None
        actor = build_actor(row.account_id, tenant_id)
        if actor is None or actor.must_enrol:
            return None
        if row.last_used_at is None or now() - row.last_used_at > TOUCH_EVERY:
            db.session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now()))
            db.session.commit()
    return replace(actor, permissions=actor.permissions & frozenset(row.scopes))
