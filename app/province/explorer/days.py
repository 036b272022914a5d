"""The last ninety days of an indicator that is kept by day."""

from __future__ import annotations

import datetime as dt
import json

from app.core.indicators.declarations import ZONE
from app.extensions import cache
from app.province import figures
from app.province.explorer.asking import Question
from app.province.figures import MISSING, Figure
from tenants.keys import platform_key
from tenants.models import now

DAYS = 90
KEPT_SECONDS = 600
"""A province's ninety days are sums of a quarter of a million figures: they are summed anew every ten minutes."""


def read_days(asked: Question) -> dict[dt.date, Figure]:
    """Day → figure of the place, oldest first, days without one too; empty for indicators that are not kept by day.

    Sums are kept for ten minutes where Redis is there.
    """
    one = asked.indicator
    if not one.daily or one.sensitive:
        return {}
    last = now().astimezone(ZONE).date()
    first = last - dt.timedelta(days=DAYS - 1)
    key = platform_key("daily", one.code, asked.spot.code, asked.kind or "both", last.isoformat())
    kept = cache.try_ask(lambda client: client.get(key), None)
    if kept is None:
        found = figures.daily(one, asked.spot.code, first, last, asked.kind or None)
        told = {day.isoformat(): (figure.value, figure.told) for day, figure in found.items()}
        text = json.dumps(told)
        cache.try_ask(lambda client: client.set(key, text, ex=KEPT_SECONDS), None)
    else:
        told = json.loads(kept)
    if not told:
        return {}
    days = [first + dt.timedelta(days=number) for number in range(DAYS)]
    return {day: _figure(told.get(day.isoformat())) for day in days}


def _figure(kept: tuple[float | None, int] | None) -> Figure:
    return Figure(kept[0], told=kept[1]) if kept else MISSING
