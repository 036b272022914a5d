"""Reading imports: the list, one of them, its preview."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from sqlalchemy import select

from app.core.files.storage import ObjectMissing
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents.imports.mapping import health_columns, settled
from app.government.residents.imports.rejected import rejected_workbook
from app.government.residents.imports.storing import GROUP, all_lines, get_lines, get_part
from app.government.residents.models import ImportRun
from app.government.residents.register.labels import HEALTH_FIELDS
from tenants.models import TenantJobRun

PAGE = 30
LINES = 50
"""Lines of a page; a divisor of `storing.GROUP`."""


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

    @property
    def is_tried_again(self) -> bool:
        """Whether the work failed once and waits to be tried again by itself."""
        return self.job is not None and self.job.state == "queued" and bool(self.job.error)


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
    run: ImportRun, kind: str, page: int, only_warned: bool = False, *, may_health: bool
) -> tuple[list[Any], int]:
    """Lines of a tab of the preview, and how many there are in all; without health for whoever may not see it."""
    name = f"{kind}_warned" if only_warned else kind
    total = int(run.counts.get(name, 0))
    start = (page - 1) * LINES
    if start >= total:
        return [], total
    try:
        lines = get_lines(run.id, f"{name}.{start // GROUP}", open_vault())
    except ObjectMissing:
        return [], 0
    first = start % GROUP
    return [_shown(line, may_health) for line in islice(lines, first, first + LINES)], total


def rejected_rows(run: ImportRun, *, may_health: bool) -> IO[bytes] | None:
    """The workbook of rows that were not taken (see `rejected`); None when there are none, or none any more."""
    vault = open_vault()
    conflicts = (part_of(run.id, "result") or {}).get("conflicts", [])
    try:
        table, sent = get_part(run.id, "table", vault), get_lines(run.id, "rows", vault)
    except ObjectMissing:
        return None
    if not (conflicts or run.counts.get("rejected")):
        return None
    columns = settled(run.mapping.get("columns", {}), len(table["header"]))
    hidden = frozenset() if may_health else health_columns(table["header"], columns)
    lines = (_shown(line, may_health) for line in all_lines(run.id, "rejected", vault))
    return rejected_workbook(table["header"], sent, lines, conflicts, hidden)


def _shown(line: dict[str, Any], may_health: bool) -> dict[str, Any]:
    """A line of the preview as it is shown; sentences about health are left out unless the reader may see them."""
    for part in ("errors", "warnings", "changes"):
        if part in line:
            line[part] = [said for said in line[part] if may_health or said[0] not in HEALTH_FIELDS]
    if "warnings" in line:
        line["warnings"] = [sentence for _field, sentence in line["warnings"]]
    return line
