"""Links that work once: signed with SECRET_KEY, bound to an account, a purpose and a host, and known by a row.

The link's text follows from the row's id, so a letter can be written again by a job without the link ever lying in
the queue or the database; the row keeps its digest alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select, update

from app.core.accounts.errors import LinkInvalid
from app.core.accounts.models import SingleUseToken
from app.core.accounts.secrets import digest
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now

INVITATION_LIFE = dt.timedelta(days=7)
RESET_LIFE = dt.timedelta(hours=1)
CROSSING_LIFE = dt.timedelta(seconds=60)


def issue(
    purpose: str, account_id: UUID, host: str, life: dt.timedelta, payload: dict[str, Any] | None = None,
    *, token_id: UUID | None = None,
) -> SingleUseToken:  # fmt: skip
    """Write a token in the open transaction. Older unused ones of the same purpose, account and host end with it.

    `token_id` names the row for a caller that must find it again; otherwise it is a new one.
    """
    moment = now()
    db.session.execute(
        update(SingleUseToken)
        .where(SingleUseToken.account_id == account_id, SingleUseToken.purpose == purpose)
        .where(SingleUseToken.host == host, SingleUseToken.used_at.is_(None))
        .where(SingleUseToken.expires_at > moment)
        .values(used_at=moment)
    )
    token_id = token_id or uuid7()
    row = SingleUseToken(
        id=token_id,
        purpose=purpose,
        token_digest=digest(text_of(purpose, token_id)),
        account_id=account_id,
        host=host,
        payload=payload or {},
        created_at=moment,
        expires_at=moment + life,
    )
    db.session.add(row)
    return row


def text_of(purpose: str, token_id: UUID) -> str:
    """What stands in the link of a token."""
    return str(_signer(purpose).dumps(token_id.hex))


def peek(purpose: str, text: str, host: str) -> SingleUseToken:
    """The token of a link that still works, left unused. Raises LinkInvalid."""
    query = (
        select(SingleUseToken)
        .where(SingleUseToken.token_digest == _checked(purpose, text))
        .where(SingleUseToken.purpose == purpose, SingleUseToken.host == host)
        .where(SingleUseToken.used_at.is_(None), SingleUseToken.expires_at > now())
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise LinkInvalid(dead_link(purpose))
    return row


def consume(purpose: str, text: str, host: str) -> SingleUseToken:
    """Use a link up in the open transaction: of two requests with the same one, one wins. Raises LinkInvalid."""
    moment = now()
    query = (
        update(SingleUseToken)
        .where(SingleUseToken.token_digest == _checked(purpose, text))
        .where(SingleUseToken.purpose == purpose, SingleUseToken.host == host)
        .where(SingleUseToken.used_at.is_(None), SingleUseToken.expires_at > moment)
        .values(used_at=moment)
        .returning(SingleUseToken)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise LinkInvalid(dead_link(purpose))
    return row


def dead_link(purpose: str) -> str:
    """The sentence for a link that does not work (any more)."""
    if purpose == "crossing":
        return str(
            _(
                "Tautan pindah ini sudah dipakai atau lewat satu menit. Masuk di sini, atau ulangi dari akun Anda."
            )
        )
    if purpose == "invitation":
        return str(
            _("Undangan ini sudah dipakai atau kedaluwarsa. Minta undangan baru kepada yang mengundang Anda.")
        )
    return str(_("Tautan ini sudah dipakai atau kedaluwarsa. Minta tautan baru di halaman lupa kata sandi."))


def sweep(older_than: dt.timedelta) -> int:
    """Delete tokens that ended long ago (inside a platform scope, uncommitted) and return how many."""
    query = (
        delete(SingleUseToken)
        .where(SingleUseToken.expires_at < now() - older_than)
        .returning(SingleUseToken.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(query).all())


def _checked(purpose: str, text: str) -> bytes:
    try:
        _signer(purpose).loads(text[:300])
    except BadSignature:
        raise LinkInvalid(dead_link(purpose)) from None
    return digest(text)


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"siger.{purpose}")
