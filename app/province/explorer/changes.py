"""A change against an earlier month, in words: by how much, since when, and whether that is good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.core.ui.formats import number, percent
from app.province.explorer.measures import SHARE, amount, offered
from app.province.explorer.reading import Point


@dataclass(frozen=True, slots=True)
class Change:
    """The sentence and its tone (success, warning, neutral)."""

    text: str
    tone: str = "neutral"


def month_name(month: dt.date) -> str:
    """A month in full: `November 2026`."""
    return str(format_date(month, "MMMM y", locale=get_locale()))


def change(one: Indicator, measure: str, now: Point, then: Point) -> Change | None:
    """What changed since an earlier month; None where the present figure itself is not known, or is a moment."""
    if now.value is None or one.unit == "date":
        return None
    when = month_name(then.month)
    if then.value is None:
        if then.figure.is_hidden:
            return Change(_("Angka %(month)s disembunyikan, jadi tidak dibandingkan.", month=when))
        return Change(_("Belum ada angka %(month)s untuk dibandingkan.", month=when))
    step = now.value - then.value
    size = _size(one, measure, abs(step))
    if size == _size(one, measure, 0.0):
        return Change(_("Tetap sejak %(month)s.", month=when))
    values = {
        "size": size + _part(one, measure, step, then.value),
        "month": when,
        "before": amount(one, measure, then.value),
    }
    if step > 0:
        said = _("Naik %(size)s dari %(before)s pada %(month)s.", **values)
    else:
        said = _("Turun %(size)s dari %(before)s pada %(month)s.", **values)
    if then.figure.told != now.figure.told and then.figure.told + now.figure.told > 2:
        said += " " + _("Waktu itu %(told)s desa menyampaikan.", told=number(then.figure.told))
    return Change(said, _tone(one, step))


def _size(one: Indicator, measure: str, step: float) -> str:
    if one.unit == "percent" or (measure == SHARE and measure in offered(one)):
        return str(_("%(points)s poin persen", points=number(round(step * 100, 1))))
    return amount(one, measure, step)


def _part(one: Indicator, measure: str, step: float, before: float) -> str:
    """By how large a part a count or sum changed; nothing for shares, means and small beginnings."""
    if one.rollup != "sum" or measure == SHARE or before < 10:
        return ""
    return f" ({percent(abs(step) / before, 1)})"


def _tone(one: Indicator, step: float) -> str:
    if one.direction == "neutral":
        return "neutral"
    return "success" if (step > 0) == (one.direction == "higher") else "warning"
