"""What is written down when an archive was made, handed out or brought in."""

from __future__ import annotations

import uuid

from app.core import audit
from app.extensions import db
from app.province.archives.importing import Imported, told_of
from app.province.services import full_name
from tenants import registry
from tenants.errors import NotProvisioned
from tenants.models import TenantRow
from tenants.scope import platform_scope, tenant_scope

MADE = "village.archive_made"
TOLD = "archive.made"


def note_made(tenant_id: uuid.UUID, *, reason: str, size: int) -> None:
    """Note in both logs that an archive of a village was made: the province's, and the village's own. Commits."""
    with platform_scope():
        row = registry.tenant_row(tenant_id)
        note(MADE, row, {"reason": reason, "size": size})
        db.session.commit()
    note_in_village(TOLD, tenant_id, {"reason": reason, "size": size})


def note_imported(done: Imported) -> None:
    """Tell all workers at once that a village came from another deployment, and note it in its own log. Commits.

    The province's log has it from the import itself.
    """
    registry.hosts_changed()
    note_in_village("archive.imported", done.target.id, told_of(done.manifest))


def note(action: str, row: TenantRow, details: dict[str, object]) -> None:
    """An entry in the province's log, in the open transaction of a platform scope."""
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        details=details,
        tenant_id=row.id,
    )


def note_in_village(action: str, tenant_id: uuid.UUID, details: dict[str, object]) -> None:
    """An entry in the village's own log. Commits."""
    try:
        tenant = registry.load_tenant(tenant_id)
    except NotProvisioned:
        return
    with tenant_scope(tenant):
        audit.record(
            action, object_type="village", object_id=tenant_id, summary=tenant.full_name, details=details
        )
        db.session.commit()
