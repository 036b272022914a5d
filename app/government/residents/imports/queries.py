"""Reading imports: the list, one of them, its preview."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.files.storage import ObjectMissing
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents.imports.storing import get_part
from app.government.residents.models import ImportRun
from tenants.models import TenantJobRun

PAGE = 30
LINES = 50


@dataclass(frozen=True, slots=True)
class ShownImport:
    """An import, and the work on it in the background, if any."""

    run: ImportRun
    job: TenantJobRun | None

    @property
    def is_working(self) -> bool:
        """Whether something is being done right now."""
        return self.run.state in ("reading", "checking", "applying", "undoing") and not self.is_stuck

    @property
    def is_stuck(self) -> bool:
        """Whether the work gave up for a reason that is ours: it can be asked for again."""
        working = self.run.state in ("reading", "checking", "applying", "undoing")
        return working and self.job is not None and self.job.state == "failed"


def imports(limit: int = PAGE) -> list[ShownImport]:
    """The last imports, newest first (one select)."""
    query = (
        select(ImportRun, TenantJobRun)
        .outerjoin(TenantJobRun, TenantJobRun.id == ImportRun.job_id)
        .order_by(ImportRun.created_at.desc())
        .limit(limit)
    )
    return [ShownImport(*row) for row in db.session.execute(query)]


def find_import(import_id: uuid.UUID) -> ShownImport | None:
    """One import (one select)."""
    query = select(ImportRun, TenantJobRun).outerjoin(TenantJobRun, TenantJobRun.id == ImportRun.job_id)
    row = db.session.execute(query.where(ImportRun.id == import_id)).one_or_none()
    return ShownImport(*row) if row else None


def part_of(import_id: uuid.UUID, part: str) -> Any:
    """What an import keeps (see `storing`); None after it was deleted."""
    try:
        return get_part(import_id, part, open_vault())
    except ObjectMissing:
        return None


def page_of_lines(
    import_id: uuid.UUID, kind: str, page: int, only_warned: bool = False
) -> tuple[list[Any], int]:
    """Lines of a tab of the preview, and how many there are in all."""
    lines = part_of(import_id, kind) or []
    if only_warned:
        lines = [line for line in lines if line.get("warnings")]
    start = (page - 1) * LINES
    return lines[start : start + LINES], len(lines)
