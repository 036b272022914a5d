"""What is asked for in an address: month, area, permanent residents or all; and how that is said."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace

from babel.dates import format_date, get_month_names
from flask_babel import get_locale
from flask_babel import gettext as _

from app.government.residents.books.layout import Book, Choice
from app.government.residents.browse.areas import AreaBook
from app.government.residents.browse.filters import number_of, uuid_of
from app.government.residents.writing import today

EARLIEST_YEAR = 1950


def choice_from(args: Mapping[str, str], book: Book, areas: AreaBook) -> Choice:
    """Read `bulan`, `tahun`, `wilayah` and `bagian`; what makes no sense is the present month, or all areas."""
    now = today()
    month, year = number_of(args.get("bulan")) or now.month, number_of(args.get("tahun")) or now.year
    first = now.replace(day=1)
    if 1 <= month <= 12 and EARLIEST_YEAR <= year <= now.year:
        first = min(first, dt.date(year, month, 1))
    area_id = uuid_of(args.get("wilayah")) if book.by_area else None
    everybody = book.by_part and args.get("bagian") == "all"
    return Choice(first, area_id if area_id in areas.names else None, "all" if everybody else "permanent")


def choice_args(choice: Choice) -> dict[str, str]:
    """The arguments of an address that make this choice again."""
    found = {"bulan": str(choice.month.month), "tahun": str(choice.month.year)}
    if choice.area_id is not None:
        found["wilayah"] = str(choice.area_id)
    if choice.part == "all":
        found["bagian"] = "all"
    return found


def choice_from_json(kept: Mapping[str, str]) -> Choice:
    """What `choice_args` made, as a job gets it."""
    area_id: uuid.UUID | None = uuid_of(kept.get("wilayah"))
    choice = Choice(dt.date(int(kept["tahun"]), int(kept["bulan"]), 1), area_id)
    return replace(choice, part="all") if kept.get("bagian") == "all" else choice


def month_words(month: dt.date) -> str:
    """`November 2026` in the reader's language."""
    return format_date(month, "MMMM y", locale=get_locale() or "id")


def month_options() -> list[tuple[str, str]]:
    """The months of the year as choices."""
    names = get_month_names("wide", locale=get_locale() or "id")
    return [(str(number), str(names[number])) for number in range(1, 13)]


def year_options(first: dt.date | None, chosen: int) -> list[tuple[str, str]]:
    """The years in which the ledger says something, the present one first."""
    now = today().year
    start = min(first.year if first else now, chosen)
    return [(str(year), str(year)) for year in range(now, max(start, now - 60) - 1, -1)]


def described(book: Book, choice: Choice, areas: AreaBook) -> list[str]:
    """What was chosen, a phrase each, for the head of a document."""
    found = []
    if book.by_area and choice.area_id is not None:
        found.append(str(_("Wilayah: %(area)s", area=areas.way(choice.area_id))))
    if book.by_part and choice.part == "all":
        found.append(str(_("Penduduk tetap dan pendatang")))
    return found
