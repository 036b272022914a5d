"""The demo's archives: one that a small village took out of itself yesterday, and one whose week is over."""

from __future__ import annotations

import datetime as dt
import tempfile

from flask import current_app
from sqlalchemy import select

from app.core.files.storage import put_file
from app.extensions import db
from app.province.archives import services
from app.province.archives.exporting import write_archive
from app.province.archives.models import VillageArchive
from app.settings import Settings
from tenants.ids import uuid7_at
from tenants.models import TenantRow, now

VILLAGE = "18.08.11.2004"
"""The village (the first with data where the demo is smaller)."""
PASSPHRASE = "kopi robusta dari lereng gunung"
"""What opens the demo's archive; people are invented, so it may be told."""
REASON = "Cadangan tahunan untuk disimpan di lemari besi balai"
EARLIER = "Permintaan Inspektorat, sebelum pemeriksaan semester pertama"


def seed_archives() -> int:
    """Make the demo's archives where there are none yet, inside a platform scope; commits. Returns how many."""
    if db.session.scalar(select(VillageArchive.id).limit(1)) is not None:
        return 0
    rows = (
        select(TenantRow.id, TenantRow.code)
        .where(TenantRow.schema_name.is_not(None))
        .order_by(TenantRow.code)
    )
    found = [(row.id, row.code) for row in db.session.execute(rows)]
    db.session.rollback()
    if not found:
        return 0
    tenant_id = next((key for key, code in found if code == VILLAGE), found[0][0])
    settings: Settings = current_app.config["SETTINGS"]
    asked = now() - dt.timedelta(days=1, hours=2)
    archive = VillageArchive(
        id=uuid7_at(asked), tenant_id=tenant_id, state="ready", reason=REASON, asked_on="village",
        asked_by="Sekretaris", created_at=asked, taken_at=asked, finished_at=asked + dt.timedelta(seconds=4),
        expires_at=asked + services.KEPT,
    )  # fmt: skip
    with tempfile.TemporaryFile() as target:
        manifest = write_archive(settings.owner_database_url, tenant_id, target, PASSPHRASE)
        archive.size, archive.rows, archive.files = target.tell(), manifest.rows, len(manifest.objects)
        target.seek(0)
        put_file(services.object_path(archive.id), target)
    past = now() - dt.timedelta(days=40)
    over = VillageArchive(
        id=uuid7_at(past), tenant_id=tenant_id, state="expired", reason=EARLIER, asked_on="province",
        asked_by="Admin provinsi", created_at=past, taken_at=past, finished_at=past + dt.timedelta(seconds=4),
        expires_at=past + services.KEPT, size=archive.size, rows=archive.rows, files=archive.files, downloads=1,
    )  # fmt: skip
    db.session.add_all([archive, over])
    db.session.commit()
    return 2
