"""What could not be counted in a village, with the reason; forgotten as soon as it can be again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError

from app.core.indicators.models import IndicatorFailure
from app.core.privacy.masking import mask_personal
from app.extensions import db

EVERYTHING = "*"
"""Stands for all indicators: the village itself could not be read."""
LONGEST_REASON = 300


class IndicatorsFailed(Exception):
    """Some indicators of a village could not be computed; the others were written."""

    def __init__(self, failed: Mapping[str, str]) -> None:
        self.failed = dict(failed)
        by_reason: dict[str, list[str]] = defaultdict(list)
        for code, reason in sorted(failed.items()):
            by_reason[reason].append(code)
        super().__init__("; ".join(f"{', '.join(codes)}: {reason}" for reason, codes in by_reason.items()))


def reason_of(error: BaseException) -> str:
    """Why something failed, in one line without SQL, and without anybody's numbers or addresses."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
        told = primary or str(error.orig).partition("\n")[0]
    else:
        told = f"{type(error).__name__}: {error}".partition("\n")[0]
    return mask_personal(told or type(error).__name__)[:LONGEST_REASON]


def note_failures(tenant_id: uuid.UUID, failed: Mapping[str, str], moment: dt.datetime) -> None:
    """Keep what failed in a village now, and forget what failed before and works again (uncommitted)."""
    gone = delete(IndicatorFailure).where(IndicatorFailure.tenant_id == tenant_id)
    db.session.execute(gone.where(IndicatorFailure.code.not_in(list(failed))))
    if not failed:
        return
    rows = [
        {"tenant_id": tenant_id, "code": code, "reason": reason, "first_at": moment, "at": moment}
        for code, reason in sorted(failed.items())
    ]
    new = upsert(IndicatorFailure).values(rows)
    keys = [IndicatorFailure.tenant_id, IndicatorFailure.code]
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=keys, set_={"reason": new.excluded.reason, "at": new.excluded.at}
        )
    )


def failures_of(tenant_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[IndicatorFailure]]:
    """Village → what can't be counted there at present (one select, inside a platform scope)."""
    found: dict[uuid.UUID, list[IndicatorFailure]] = defaultdict(list)
    if tenant_ids:
        query = select(IndicatorFailure).where(IndicatorFailure.tenant_id.in_(tenant_ids))
        whole_first = case((IndicatorFailure.code == EVERYTHING, 0), else_=1)
        for failure in db.session.scalars(query.order_by(whole_first, IndicatorFailure.code)):
            found[failure.tenant_id].append(failure)
    return dict(found)


def villages_with_failures() -> list[uuid.UUID]:
    """All villages in which something can't be counted at present (one select, inside a platform scope)."""
    query = select(IndicatorFailure.tenant_id).distinct().order_by(IndicatorFailure.tenant_id)
    return list(db.session.scalars(query))
