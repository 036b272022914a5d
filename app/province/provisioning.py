"""Making schemas in this very process (the command line), and what the log says of each new one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import cast

from flask import Flask, current_app

from app.core import audit
from app.core.village.seed import seed_village
from app.extensions import db
from app.province.services import full_name
from app.settings import Settings
from tenants import outbox, registry
from tenants.errors import ProvisioningFailed
from tenants.provisioning import BulkReport, provision_many, settle_catalogues
from tenants.scope import platform_scope

SETTLE_ABOVE = 200
"""As many new schemas at once leave the catalogues worth a VACUUM of their own."""


def provision_at_once(
    tenant_ids: Sequence[uuid.UUID], *, workers: int, progress: Callable[[], None]
) -> BulkReport:
    """Make the schemas of these villages in this very process, as the command line does, and note each in the log.

    Those that have a schema already are passed over. Called outside of any scope; `progress` is called once for each
    village. Raises ProvisioningFailed when this process has no OWNER_DATABASE_URL.
    """
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    settings: Settings = app.config["SETTINGS"]
    if not settings.owner_database_url:
        raise ProvisioningFailed("OWNER_DATABASE_URL is not set: this process can't make schemas")
    noted: set[uuid.UUID] = set()

    def step(report: BulkReport) -> None:
        # One at a time, in the thread that made the last village.
        new = [tenant_id for tenant_id in report.made if tenant_id not in noted]
        with app.app_context(), platform_scope():
            for tenant_id in new:
                note_provisioned(tenant_id)
        noted.update(new)
        progress()

    report = provision_many(
        settings.owner_database_url,
        tenant_ids,
        workers=workers,
        role_prefix=settings.tenant_role_prefix,
        seed=seed_village,
        progress=step,
    )
    if len(tenant_ids) > SETTLE_ABOVE:
        settle_catalogues(settings.owner_database_url)
    registry.hosts_changed()
    return report


def note_provisioned(tenant_id: uuid.UUID) -> None:
    """Write into the log that a village got its schema, and have its first figures counted. Commits."""
    row = registry.tenant_row(tenant_id)
    audit.record(
        "village.provisioned",
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        tenant_id=row.id,
    )
    outbox.post("dirty", {}, tenant_id=row.id)
    db.session.commit()
