"""Figures in words: how a value of each unit is written, and what stands where there is none to be told."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.indicators import declarations
from app.core.indicators.declarations import Indicator
from app.core.indicators.failures import EVERYTHING
from app.core.indicators.suppression import LEAST
from app.core.ui.formats import ago, current_locale_code, number, percent, rupiah
from app.province.figures import Figure

MISSING_MARK = "–"


def label(indicator: Indicator) -> str:
    """The indicator's name in the reader's language."""
    return indicator.label_en if current_locale_code() == "en" else indicator.label


def label_of(code: str) -> str:
    """The name of an indicator by its code; a code that is declared no more stays as it is, "*" is all of them."""
    if code == EVERYTHING:
        return str(_("Semua angka"))
    try:
        return label(declarations.indicator(code))
    except KeyError:
        return code


def definition(indicator: Indicator) -> str:
    """What is counted, in a sentence, in the reader's language."""
    return indicator.definition_en if current_locale_code() == "en" else indicator.definition


def said(indicator: Indicator, figure: Figure) -> str:
    """A figure as people read it: "–" where nobody told anything (never 0), "<5" or "disembunyikan" where it may not
    be told, else the value with its unit's sign. Of a region a yes or no is told as how many villages said yes."""
    if figure.is_small:
        return f"<{LEAST}"
    if figure.is_hidden:
        return str(_("disembunyikan"))
    if figure.is_missing or figure.value is None:
        return MISSING_MARK
    if indicator.unit == "yes_no" and figure.source is None:
        count = round(figure.value)
        return str(ngettext("%(count)s desa", "%(count)s desa", count, count=number(count)))
    return said_value(indicator, figure.value)


def said_value(indicator: Indicator, value: float) -> str:
    """A value with its unit's sign: 71,4%, Rp1.234, 3,5 jam, 12 hari, 4,2, Ya, 3 hari yang lalu."""
    match indicator.unit:
        case "percent":
            return percent(value, 1)
        case "rupiah":
            return rupiah(round(value))
        case "hours":
            return str(_("%(count)s jam", count=number(round(value, 1))))
        case "days":
            return str(_("%(count)s hari", count=number(round(value, 1))))
        case "date":
            return ago(dt.datetime.fromtimestamp(value, dt.UTC))
        case "score":
            return number(value, 1)
        case "yes_no":
            return str(_("Ya") if value else _("Belum"))
    if is_mean(indicator):
        return number(value, 1)
    return number(round(value)) if value == round(value) else number(round(value, 1))


def is_mean(indicator: Indicator) -> bool:
    """Whether it is a mean rather than a count, a share or a sum (satisfaction)."""
    return indicator.unit == "count" and indicator.rollup == "ratio"


def unit_words(indicator: Indicator) -> str:
    """The unit in words, for axes, tables and spreadsheets; empty where the value says it itself."""
    if is_mean(indicator):
        return str(_("nilai rata-rata"))
    return {
        "count": str(_("jumlah")),
        "people": str(_("orang")),
        "households": str(_("keluarga")),
        "rupiah": str(_("rupiah")),
        "percent": str(_("persen")),
        "days": str(_("hari")),
        "hours": str(_("jam")),
        "date": str(_("waktu")),
        "yes_no": str(_("desa dan kelurahan")),
        "score": str(_("nilai 0–100")),
    }[indicator.unit]


def hidden_reason(figure: Figure) -> str:
    """Why a figure may not be told, in a sentence; empty where it may."""
    if figure.is_small:
        return str(_("Kurang dari %(least)s orang, jadi tidak ditampilkan.", least=LEAST))
    if figure.is_hidden:
        return str(_("Disembunyikan supaya angka kecil di sebelahnya tidak dapat dihitung dari jumlahnya."))
    return ""


def as_cell(indicator: Indicator, figure: Figure) -> float | str | dt.datetime | None:
    """A figure for a spreadsheet: a number (a moment for dates), "<5" or "disembunyikan" where it may not be told,
    None (an empty cell) where it is missing."""
    if figure.is_hidden:
        return said(indicator, figure)
    if figure.is_missing or figure.value is None:
        return None
    if indicator.unit == "date":
        return dt.datetime.fromtimestamp(figure.value, dt.UTC)
    return figure.value
