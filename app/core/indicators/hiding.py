"""Writing down which figures of a month must not be shown; read by whoever shows figures above a village."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_

from app.core.indicators.declarations import declared
from app.core.indicators.models import HiddenCell
from app.core.indicators.models import IndicatorValue as Value
from app.core.indicators.suppression import hidden_cells
from app.extensions import db
from tenants.models import TenantRow


def hide_small(period: dt.date) -> set[str]:
    """Decide anew what of a month's sensitive figures is hidden, from the villages' own; uncommitted.

    Only what differs from what stands there is written. Returns the places for which something differs: what is hidden
    in one kecamatan may depend on what another counts.
    """
    sensitive = [one.code for one in declared() if one.sensitive]
    counts: dict[str, dict[str, float]] = defaultdict(dict)
    query = (
        select(Value.code, TenantRow.code, func.coalesce(Value.numerator, Value.value))
        .join(TenantRow, TenantRow.id == Value.tenant_id)
        .where(Value.period == period, Value.code.in_(sensitive))
    )
    for code, place, count in db.session.execute(query):
        counts[code][place] = count
    wanted = {
        (code, place): is_small
        for code, cells in counts.items()
        for place, is_small in hidden_cells(cells, _parents(cells)).items()
    }
    stands = select(HiddenCell.code, HiddenCell.place, HiddenCell.is_small).where(HiddenCell.period == period)
    present = {(code, place): is_small for code, place, is_small in db.session.execute(stands)}
    gone = [key for key, is_small in present.items() if wanted.get(key) != is_small]
    new: list[dict[str, Any]] = [
        {"period": period, "code": code, "place": place, "is_small": is_small}
        for (code, place), is_small in sorted(wanted.items())
        if present.get((code, place)) != is_small
    ]
    if gone:
        these = tuple_(HiddenCell.code, HiddenCell.place).in_(gone)
        db.session.execute(delete(HiddenCell).where(HiddenCell.period == period, these))
    if new:
        db.session.execute(insert(HiddenCell), new)
    return {place for _, place in gone} | {row["place"] for row in new}


def _parents(places: dict[str, float]) -> dict[str, str]:
    """The place above each place, up to the province; the code of the one above is the beginning of the code."""
    found: dict[str, str] = {}
    for place in places:
        below = place
        while "." in below and below not in found:
            found[below] = below.rpartition(".")[0]
            below = found[below]
    return found
