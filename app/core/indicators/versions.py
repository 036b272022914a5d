"""Versions of definitions: from which month on an indicator is counted in which way.

A declaration names its version. The table keeps each version with what it said, so that a figure of an earlier month
can be read with the definition that held then. A declaration that changes without a new version is refused by a test.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.models import IndicatorVersion
from app.extensions import db

log = structlog.get_logger(__name__)


def meaning(indicator: Indicator) -> dict[str, Any]:
    """What makes up an indicator's meaning: if any of it changes, it is a new version."""
    return {
        "unit": indicator.unit,
        "period": indicator.period,
        "rollup": indicator.rollup,
        "edges": list(indicator.edges),
        "definition": indicator.definition,
        "definition_en": indicator.definition_en,
    }


def digest(indicator: Indicator) -> str:
    """A short digest of an indicator's meaning."""
    said = json.dumps(meaning(indicator), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2s(said.encode(), digest_size=8).hexdigest()


def note_versions(month: dt.date) -> list[str]:
    """Keep the declared versions that the table does not know yet, as of a month; return their codes. Uncommitted.

    The first version of an indicator holds from the beginning of its figures, later ones from `month` on. A version
    that says something else than the table does is told in the log and left as it is.
    """
    known = {(row.code, row.version): row for row in db.session.scalars(select(IndicatorVersion))}
    counted = {code for code, _ in known}
    new: list[dict[str, Any]] = []
    for one in declared():
        stands = known.get((one.code, one.version))
        said = {**meaning(one), "digest": digest(one)}
        if stands is None:
            begins = month if one.code in counted else BEGINNING
            new.append({"code": one.code, "version": one.version, "holds_from": begins, "definition": said})
        elif stands.definition.get("digest") != said["digest"]:
            log.warning("indicator_changed_without_a_version", code=one.code, version=one.version)
    if new:
        db.session.execute(upsert(IndicatorVersion).values(new).on_conflict_do_nothing())
    return [str(row["code"]) for row in new]


BEGINNING = dt.date(2000, 1, 1)
"""From when the first version of an indicator holds."""


def versions_of(code: str) -> list[IndicatorVersion]:
    """All versions of an indicator, the first one first (one select, inside a platform scope)."""
    query = select(IndicatorVersion).where(IndicatorVersion.code == code)
    return list(db.session.scalars(query.order_by(IndicatorVersion.version)))


def version_in(versions: list[IndicatorVersion], month: dt.date) -> IndicatorVersion | None:
    """The version that held in a month, of those that `versions_of` gave."""
    return next((row for row in reversed(versions) if row.holds_from <= month), None)
