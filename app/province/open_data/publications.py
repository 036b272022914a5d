"""Which indicators the province opened to everybody, and down to which level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.models import IndicatorPublication, IndicatorRollup
from app.extensions import db
from app.province.figures import VILLAGE
from app.province.programme import PROVINCE_CODE
from app.province.regions import DISTRICT, PROVINCE, REGENCY
from tenants.models import now

LEVELS = (PROVINCE, REGENCY, DISTRICT, VILLAGE)
DEEPEST_SENSITIVE = DISTRICT
"""Counts of residents by a trait are never opened for single villages."""


class PublicationRefused(ValueError):
    """It may not be opened like this; the message is a sentence."""


class ChangedMeanwhile(Exception):
    """Somebody else opened or closed it since the form was drawn."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An indicator that is open, with the months that have figures; `demo` when some of them are made up."""

    indicator: Indicator
    level: int
    first: dt.date | None
    last: dt.date | None
    updated: dt.datetime | None
    published_at: dt.datetime
    demo: bool


def deepest(indicator: Indicator) -> int:
    """The deepest level that an indicator may be opened to."""
    return DEEPEST_SENSITIVE if indicator.sensitive else VILLAGE


def opened(code: str | None = None) -> list[Opened]:
    """All open indicators that this deployment still declares, by code; or the one of a code (two selects)."""
    query = select(IndicatorPublication).order_by(IndicatorPublication.code)
    if code is not None:
        query = query.where(IndicatorPublication.code == code)
    rows = list(db.session.scalars(query))
    if not rows:
        return []
    known = {one.code: one for one in declared()}
    told = _told([row.code for row in rows])
    nothing = (None, None, None, 0)
    return [
        Opened(
            known[row.code], min(row.level, deepest(known[row.code])), first, last, updated, row.published_at, demo > 0
        )
        for row in rows
        if row.code in known
        for first, last, updated, demo in (told.get(row.code, nothing),)
    ]  # fmt: skip


def _told(
    codes: Sequence[str],
) -> dict[str, tuple[dt.date | None, dt.date | None, dt.datetime | None, int]]:
    query = (
        select(
            IndicatorRollup.code,
            func.min(IndicatorRollup.period),
            func.max(IndicatorRollup.period),
            func.max(IndicatorRollup.newest),
            func.sum(IndicatorRollup.demo_villages),
        )
        .where(IndicatorRollup.region_code == PROVINCE_CODE, IndicatorRollup.code.in_(codes))
        .group_by(IndicatorRollup.code)
    )
    return {
        code: (first, last, newest, demo) for code, first, last, newest, demo in db.session.execute(query)
    }


def levels() -> dict[str, int]:
    """Every open indicator's level, by code."""
    return {row.code: row.level for row in db.session.scalars(select(IndicatorPublication))}


def set_level(indicator: Indicator, level: int | None, *, before: int | None, by: str) -> None:
    """Open an indicator down to a level, or close it (None); inside a platform scope, commits, noted in the audit log.

    Args:
        indicator: a declared one.
        level: 1 province, 2 kabupaten/kota, 3 kecamatan, 4 village.
        before: the level that the form showed.
        by: whose deed it is.
    Raises:
        PublicationRefused: counts of residents by a trait are not opened for single villages.
        ChangedMeanwhile: it is no longer at `before`.
    """
    if level is not None and level > deepest(indicator):
        raise PublicationRefused(
            _(
                "Angka ini menghitung warga menurut ciri pribadi, jadi tidak dapat dibuka per desa. "
                "Paling dalam per kecamatan, dengan angka di bawah lima disembunyikan."
            )
        )
    query = select(IndicatorPublication).where(IndicatorPublication.code == indicator.code).with_for_update()
    row = db.session.scalars(query).one_or_none()
    if (row.level if row else None) != before:
        db.session.rollback()
        raise ChangedMeanwhile
    if level == before:
        db.session.rollback()
        return
    if level is None:
        db.session.delete(row)
    elif row is None:
        db.session.add(IndicatorPublication(code=indicator.code, level=level, published_by=by))
    else:
        row.level, row.published_by, row.published_at = level, by, now()
    action = (
        "open_data.closed" if level is None else "open_data.opened" if before is None else "open_data.changed"
    )
    audit.record(
        action,
        object_type="indicator",
        object_id=indicator.code,
        summary=indicator.label,
        details={"before": {"level": before}, "after": {"level": level}},
    )
    db.session.commit()
