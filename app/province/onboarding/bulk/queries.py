"""Workbooks that were sent, their rows, and the rows to be corrected. Everything runs inside a platform scope."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from app.core.spreadsheets.rejected import rejected_rows
from app.core.village.errors import Missing
from app.extensions import db
from app.province.onboarding.bulk.columns import FIELDS
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from app.province.onboarding.bulk.words import said_of
from app.province.runs import ShownRun, find
from tenants.models import TenantRow

PAGE = 50
RUNS = 20
VIEWS = ("", "error", "warning", "ok", "done", "passed", "failed")


@dataclass(frozen=True, slots=True)
class ShownBulk:
    """A workbook with the work that is done for it."""

    bulk: BulkRun
    check: ShownRun | None
    run: ShownRun | None
    outcomes: Mapping[str, int]

    @property
    def is_working(self) -> bool:
        """Whether the page should be asked again soon."""
        if self.bulk.state == "reading":
            return self.check is None or not self.check.final
        return self.bulk.state == "started" and self.run is not None and not self.run.final

    @property
    def able(self) -> int:
        """Rows that can be carried out."""
        return self.bulk.counts.get("ok", 0) + self.bulk.counts.get("warning", 0)


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row with the village that it names, if it names one."""

    row: BulkRow
    village: TenantRow | None

    @property
    def said(self) -> str:
        """What the dry run found, in sentences."""
        return said_of(self.row.findings)


def _of_region(region_code: str) -> ColumnElement[bool]:
    inside = BulkRun.region_code.startswith(f"{region_code}.", autoescape=True)
    return or_(BulkRun.region_code == region_code, inside)


def runs_of(
    region_code: str, after: uuid.UUID | None = None, *, limit: int = RUNS
) -> tuple[list[BulkRun], uuid.UUID | None]:
    """The workbooks of a region, newest first, and the cursor of the next page: one select."""
    query = select(BulkRun).where(_of_region(region_code)).order_by(BulkRun.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(BulkRun.id < after)
    found = list(db.session.scalars(query))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def shown(bulk_id: uuid.UUID, region_code: str) -> ShownBulk:
    """One workbook, as far as the region reaches; at most four selects. Raises Missing."""
    query = select(BulkRun).where(BulkRun.id == bulk_id, _of_region(region_code))
    bulk = db.session.scalars(query).one_or_none()
    if bulk is None:
        raise Missing("bulk")
    check = find(bulk.check_id, region_code) if bulk.check_id and bulk.state == "reading" else None
    run = find(bulk.run_id, region_code) if bulk.run_id else None
    outcomes: dict[str, int] = {}
    if bulk.state == "started":
        counted = (
            select(BulkRow.outcome, func.count())
            .where(BulkRow.run_id == bulk.id, BulkRow.outcome != "")
            .group_by(BulkRow.outcome)
        )
        outcomes = {name: int(count) for name, count in db.session.execute(counted)}
    return ShownBulk(bulk, check, run, outcomes)


def rows_of(bulk_id: uuid.UUID, view: str, after: int = 0) -> tuple[list[RowLine], int | None]:
    """A page of rows by their number and the cursor of the next one: one select.

    `view` is a verdict or an outcome; empty shows all, those with errors among them.
    """
    query = (
        select(BulkRow, TenantRow)
        .outerjoin(TenantRow, TenantRow.id == BulkRow.tenant_id)
        .where(BulkRow.run_id == bulk_id, BulkRow.number > after, _view(view))
        .order_by(BulkRow.number)
        .limit(PAGE + 1)
    )
    found = [RowLine(*row) for row in db.session.execute(query)]
    return found[:PAGE], found[PAGE - 1].row.number if len(found) > PAGE else None


def rejected_workbook(bulk: BulkRun) -> IO[bytes] | None:
    """The rows that were rejected, failed or passed over, with the reason; None when there are none. One select.

    Headings are those of the template, so the file can be corrected and sent again. The caller closes it.
    """
    query = (
        select(BulkRow)
        .where(BulkRow.run_id == bulk.id)
        .where(or_(BulkRow.verdict == "error", BulkRow.outcome.in_(("failed", "passed"))))
        .order_by(BulkRow.number)
    )
    rows = list(db.session.scalars(query))
    if not rows:
        return None
    header = [str(label) for label, _width in FIELDS.values()]
    lines = (
        (row.number, row.note or said_of(row.findings), [row.values.get(column, "") for column in FIELDS])
        for row in rows
    )
    return rejected_rows(header, lines, sheet=_("Ditolak"))


def _view(view: str) -> ColumnElement[bool]:
    if view in ("error", "warning", "ok"):
        return BulkRow.verdict == view
    if view:
        return BulkRow.outcome == view
    return BulkRow.number > 0
