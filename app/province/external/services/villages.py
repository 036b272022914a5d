"""Saying that a village runs another information system, and that it does not any more."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.village.errors import Invalid
from app.extensions import db
from tenants.errors import UnknownTenant
from tenants.models import TenantRow, TenantState


def declare(tenant_id: uuid.UUID, software: str) -> None:
    """Say that a village runs `software`, or what it is really called; commits.

    Raises UnknownTenant, and Invalid for a village that runs this platform: it can't do both.
    """
    row = locked(tenant_id)
    if (refusal := why_not(row)) is not None:
        db.session.rollback()
        raise Invalid("software", refusal)
    before = row.software
    if before != software:
        row.software = software
        row.row_version += 1
        _note("external.declared", row, audit.changes({"software": before}, {"software": software}))
    db.session.commit()


def end(tenant_id: uuid.UUID) -> bool:
    """Say that a village runs no other software any more; its keys end, its figures stay. Commits.

    False when that stood so already. Raises UnknownTenant.
    """
    from app.province.external.services.keys import revoke_all

    row = locked(tenant_id)
    before = row.software
    if before is None:
        db.session.rollback()
        return False
    row.software = None
    row.row_version += 1
    revoke_all(row.id)
    _note("external.ended", row, audit.changes({"software": before}, {"software": None}))
    db.session.commit()
    return True


def why_not(row: TenantRow) -> str | None:
    """Why a village can't run other software, as a sentence; None when it can."""
    if row.schema_name is not None:
        return str(_("%(village)s sudah disiapkan di Siger, jadi tidak dapat dicatat memakai sistem lain.",
                     village=village_name(row)))  # fmt: skip
    if row.state == TenantState.ARCHIVED:
        return str(_("%(village)s sudah diarsipkan.", village=village_name(row)))
    return None


def locked(tenant_id: uuid.UUID) -> TenantRow:
    """A village's registry row, locked until the transaction ends. Raises UnknownTenant."""
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return row


def village_name(row: TenantRow) -> str:
    """The name with the village's own word before it."""
    return f"{row.term} {row.name}"


def _note(action: str, row: TenantRow, details: dict[str, object]) -> None:
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=village_name(row),
        details=details,
        tenant_id=row.id,
    )
