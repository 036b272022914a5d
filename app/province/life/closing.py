"""Closing a village and opening it again: archived, it serves nobody, keeps everything, and its letters still verify.

Functions run inside a platform scope and commit.
"""

from __future__ import annotations

import uuid

from flask_babel import gettext as _
from sqlalchemy import update

from app.core import audit
from app.core.accounts.models import SignInSession
from app.core.accounts.stamps import commit_and_forget
from app.extensions import db
from app.government.selfservice.accounts.jobs import SIGN_OUT
from app.province.forms import read_reason
from app.province.life import telling
from app.province.life.deeds import LifeRefused, hold, refuse_if_busy
from app.province.services import full_name
from tenants import jobs, outbox, registry
from tenants.models import SERVED_STATES, TenantRow, TenantState, now


def archive_village(tenant_id: uuid.UUID, *, reason: str) -> None:
    """Close a village: people are signed out, its host says that it is archived, letters still verify there.

    Raises UnknownTenant, and LifeRefused without a reason, for one that has no schema, or while a deed is under way.
    """
    reason, problems = read_reason({"reason": reason})
    if problems:
        raise LifeRefused(problems["reason"][0])
    (row,) = hold(tenant_id)
    refuse_unless_open(row)
    refuse_if_busy([row])
    close(row, reason)
    commit_and_forget(places=[row.id])
    registry.hosts_changed()


def reopen_village(tenant_id: uuid.UUID) -> None:
    """Put an archived village back into the state that it had. Raises UnknownTenant, LifeRefused."""
    (row,) = hold(tenant_id)
    refuse_unless_archived(row)
    refuse_if_busy([row])
    reopen(row)
    db.session.commit()
    registry.hosts_changed()


def refuse_unless_open(row: TenantRow) -> None:
    """Raise LifeRefused, with the sentence why, for a village that can't be archived."""
    if row.state == TenantState.ARCHIVED:
        raise LifeRefused(_("%(village)s sudah diarsipkan.", village=full_name(row)))
    if row.schema_name is None or row.state not in SERVED_STATES | {TenantState.SUSPENDED}:
        raise LifeRefused(
            _("%(village)s belum disiapkan, jadi tidak ada yang diarsipkan.", village=full_name(row))
        )


def refuse_unless_archived(row: TenantRow) -> None:
    """Raise LifeRefused, with the sentence why, for a village that can't be opened again."""
    if row.state != TenantState.ARCHIVED:
        raise LifeRefused(_("%(village)s tidak sedang diarsipkan.", village=full_name(row)))
    if row.schema_name is None:
        raise LifeRefused(
            _("Data %(village)s sudah dihapus, jadi tidak dapat diaktifkan kembali.", village=full_name(row))
        )
    if row.moved_to is not None:
        raise LifeRefused(
            _(
                "%(village)s sudah bergabung ke desa lain, jadi tidak dapat diaktifkan kembali.",
                village=full_name(row),
            )
        )


def close(row: TenantRow, reason: str, *, tells: bool = True) -> None:
    """Archive a held village in the open transaction; the caller commits and lets go of what is remembered."""
    before = row.state
    # Suspended first: opened again it comes back to where it served.
    came_from = row.state_before if before == TenantState.SUSPENDED else before
    registry.change_state(row, TenantState.ARCHIVED, reason)
    row.state_before = came_from
    ended = (SignInSession.tenant_id == row.id) & SignInSession.ended_at.is_(None)
    db.session.execute(update(SignInSession).where(ended).values(ended_at=now()))
    jobs.enqueue(SIGN_OUT, tenant_id=row.id, before=now().isoformat())
    _note(row, "village.archived", before, reason)
    if tells:
        telling.state_changed(row, before, reason)


def reopen(row: TenantRow, *, tells: bool = True) -> None:
    """Open a held village again in the open transaction; the caller commits."""
    before = row.state
    registry.change_state(row, TenantState(row.state_before or TenantState.PROVISIONED))
    _note(row, "village.reopened", before, None)
    if tells:
        telling.state_changed(row, before, None)


def _note(row: TenantRow, action: str, before: str, reason: str | None) -> None:
    details = {"before": {"state": before}, "after": {"state": str(row.state)}}
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        details=details | ({"reason": reason} if reason else {}),
        tenant_id=row.id,
    )
    outbox.post("dirty", {}, tenant_id=row.id)
