"""How numbers, sums, dates and times are written: Indonesian first, English when the reader chose it.

Times are shown in the zone of the province (Asia/Jakarta, WIB); the database keeps UTC.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal, format_percent
from flask import has_request_context, request
from flask_babel import get_locale
from lokal.rupiah import format_rupiah, format_rupiah_short

ZONE = ZoneInfo("Asia/Jakarta")
ZONE_NAME = "WIB"
THEME_COOKIE = "siger_theme"
THEMES = ("light", "dark")

Number = int | float | Decimal


def current_locale_code() -> str:
    """Return the language of the page as an HTML `lang` value: `id` unless the reader chose `en`."""
    return _locale().language


def theme_choice() -> str:
    """Return `light` or `dark` where the reader chose one, else an empty string (the device decides)."""
    chosen = request.cookies.get(THEME_COOKIE, "") if has_request_context() else ""
    return chosen if chosen in THEMES else ""


def rupiah(amount: Number | None) -> str:
    """Write a sum of whole rupiah as `Rp1.234.567`; None is a dash."""
    return "–" if amount is None else format_rupiah(amount)


def rupiah_short(amount: Number | None) -> str:
    """Write a large sum for a narrow place: `Rp4,8 miliar`; None is a dash."""
    return "–" if amount is None else format_rupiah_short(amount)


def number(value: Number | None, decimals: int | None = None) -> str:
    """Write a number with the separators of the language: `1.234,5`.

    Args:
        value: the number; None is a dash.
        decimals: exact count of decimals; None shows up to three as needed.
    """
    if value is None:
        return "–"
    if isinstance(value, int) and decimals is None:
        if -1000 < value < 1000:
            return f"{value:d}"
        return f"{value:,}" if _locale().language == "en" else f"{value:,}".replace(",", ".")
    pattern = "#,##0.###" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_locale())


def percent(share: Number | None, decimals: int = 0) -> str:
    """Write a share (0 to 1) as a percentage: 0.714 is `71%`; None is a dash.

    Args:
        share: the part of the whole, 1 being all.
        decimals: the most decimals to show.
    """
    if share is None:
        return "–"
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "") + "%"
    return format_percent(share, format=pattern, locale=_locale())


def date(value: dt.date | dt.datetime | None) -> str:
    """Write a date in full: `22 November 2026`; a moment is turned to the province's day first."""
    if value is None:
        return "–"
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return format_date(day, "d MMMM y", locale=_locale())


def clock(value: dt.datetime | dt.time | None) -> str:
    """Write the time of day: `09.14 WIB`; a moment is turned to the province's zone first."""
    if value is None:
        return "–"
    time = _local(value).time() if isinstance(value, dt.datetime) else value
    mark = ":" if _locale().language == "en" else "."
    return f"{time:%H}{mark}{time:%M} {ZONE_NAME}"


def moment(value: dt.datetime | None) -> str:
    """Write a moment in full: `22 November 2026 09.14 WIB`."""
    return "–" if value is None else f"{date(value)} {clock(value)}"


def file_day(value: dt.datetime | None = None) -> str:
    """Write the province's day of a moment, or the present day, for the name of a file: `2026-11-22`."""
    return f"{_local(value or dt.datetime.now(dt.UTC)):%Y-%m-%d}"


def ago(value: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """Write how long ago a moment was, `5 menit yang lalu`, and its date when it is over thirty days away.

    Args:
        value: the moment; without a zone it is taken as UTC.
        now: the moment to count from; None is the present.
    """
    if value is None:
        return "–"
    distance = _local(value) - _local(now or dt.datetime.now(dt.UTC))
    if abs(distance) > dt.timedelta(days=30):
        return date(value)
    return format_timedelta(distance, add_direction=True, locale=_locale())


def _locale() -> Locale:
    return get_locale() or Locale("id")


def _local(value: dt.datetime) -> dt.datetime:
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(ZONE)


def initials(name: str | None) -> str:
    """Up to two letters of a person's name, for where no photo is; titles before and after it do not count."""
    given = (name or "").partition(",")[0].replace(".", " ").split()
    words = [word for word in given if word[0].isalpha() and len(word) > 2]
    return "".join(word[0] for word in (words or given)[:2]).upper()
