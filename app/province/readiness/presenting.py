"""From what was read to what the pages show: facts, series, links, sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.indicators.declarations import months_before, period_of
from app.core.ui.formats import moment, number
from app.province.readiness.classes import CLASSES, UNTOLD, class_of
from app.province.readiness.indicators import INDEX, PILLARS
from app.province.readiness.queries import MONTHS, STRETCH, Board, Village
from app.province.regions import PROVINCE, frame_name
from tenants.models import now

PER_PAGE = 25
PILLAR_WORDS = {"government": _l("Pemerintahan"), "economy": _l("Ekonomi"), "people": _l("Masyarakat")}
ORDERS = {"rendah": _l("Indeks terendah dulu"), "tinggi": _l("Indeks tertinggi dulu"), "naik": _l("Naik paling banyak"),
          "turun": _l("Turun paling banyak"), "kode": _l("Urut kode wilayah")}  # fmt: skip
KINDS = {"desa": _l("Desa"), "kelurahan": _l("Kelurahan")}


def month_words(month: dt.date) -> str:
    """A month in words: November 2026."""
    return format_date(month, "MMMM y", locale=get_locale() or "id")


def short_month(month: dt.date) -> str:
    """A month for an axis: Nov 2026."""
    return format_date(month, "MMM y", locale=get_locale() or "id")


def asked_month(text: str) -> dt.date | None:
    """The month that an address asks for (2026-11); None where it names none, or one that has not begun."""
    try:
        month = dt.date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None
    return month if month is not None and dt.date(2000, 1, 1) <= month <= period_of(now()).first else None


def months_to_show(month: dt.date) -> list[tuple[str, str]]:
    """The months that a page may be asked for, the newest first, the one that is shown among them."""
    newest = period_of(now()).first
    found = [months_before(newest, ago) for ago in range(MONTHS)]
    chosen = sorted({*found, month}, reverse=True)
    return [(f"{one:%Y-%m}", month_words(one)) for one in chosen]


def score_words(value: float | None, decimals: int = 1) -> str:
    """A score as it is written; a dash where there is none."""
    return number(value, decimals)


def change_words(change: float | None) -> str:
    """A change with its sign: +4,2, −1,0, 0,0."""
    if change is None:
        return "–"
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{number(abs(change), 1)}"


def class_tag(index: float | None) -> dict[str, Any]:
    """The name and tone of an index's class."""
    one = class_of(index)
    return {"label": str(one.label), "tone": one.tone, "key": one.key}


class Filters:
    """What is shown of the list of villages: class, kind, words, order, page."""

    def __init__(self, query: MultiDict[str, str]) -> None:
        keys = [one.key for one in (*CLASSES, UNTOLD)]
        self.rank = query.get("kelas", "") if query.get("kelas") in keys else ""
        self.kind = query.get("jenis", "") if query.get("jenis") in KINDS else ""
        self.order = query.get("urut", "") if query.get("urut") in ORDERS else "rendah"
        self.search = " ".join(query.get("q", "").replace("\x00", "").split())[:80]
        page = query.get("hal", "1")
        self.page = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 else 1

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.rank or self.kind or self.search)

    def as_query(self) -> dict[str, str]:
        """As an address names them."""
        told = {"kelas": self.rank, "jenis": self.kind, "q": self.search}
        order = {} if self.order == "rendah" else {"urut": self.order}
        return {name: value for name, value in told.items() if value} | order

    def chosen(self, villages: Sequence[Village]) -> list[Village]:
        """The villages that are left, in the chosen order; those without an index come last."""
        words = self.search.lower()
        left = [
            one
            for one in villages
            if (not self.rank or one.rank.key == self.rank)
            and (not self.kind or one.kind == self.kind)
            and (not words or words in one.name.lower() or one.code.startswith(words))
        ]
        if self.order == "kode":
            return left
        if self.order in ("naik", "turun"):
            sign = -1 if self.order == "naik" else 1
            return sorted(left, key=lambda one: (one.change is None, sign * (one.change or 0)))
        sign = -1 if self.order == "tinggi" else 1
        return sorted(left, key=lambda one: (one.index is None, sign * (one.index or 0)))


class RegionView:
    """The page of a region."""

    def __init__(self, found: Board, filters: Filters, own_code: str) -> None:
        self.found, self.filters, self.own_code = found, filters, own_code
        self.here, self.month = found.territory, found.month
        self.is_single = self.here.level > 2

    @cached_property
    def listed(self) -> list[Village]:
        """The villages that the filters leave."""
        return self.filters.chosen(self.found.villages)

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return max(1, -(-len(self.listed) // PER_PAGE))

    @property
    def page(self) -> int:
        """The page that is shown."""
        return min(self.filters.page, self.pages)

    @property
    def lines(self) -> list[Village]:
        """The villages of the page."""
        return self.listed[(self.page - 1) * PER_PAGE : self.page * PER_PAGE]

    def region_url(self, code: str, **query: str) -> str:
        """The address of a region's page of the month that is shown."""
        known: dict[str, Any] = {"bulan": f"{self.month:%Y-%m}", **query}
        if code == self.own_code:
            return url_for("readiness.index", **known)
        return url_for("readiness.region", code=code, **known)

    def list_url(self, page: int) -> str:
        """The address of a page of the list."""
        return self.region_url(self.here.code, **self.filters.as_query(), hal=str(page)) + "#daftar"

    def export_url(self, form: str, **query: Any) -> str:
        """The address of the list as a file."""
        return url_for(
            "readiness.export", code=self.here.code, bulan=f"{self.month:%Y-%m}", bentuk=form, **query
        )

    def village_url(self, village: Village) -> str:
        """The address of a village's opening."""
        return url_for("readiness.village", village_id=village.id, bulan=f"{self.month:%Y-%m}")

    @property
    def breadcrumbs(self) -> list[dict[str, str]]:
        """The way from the account's region to here; empty where it is the account's own."""
        if self.here.code == self.own_code:
            return []
        above = [code for code in _above(self.here.code) if len(code) >= len(self.own_code)]
        crumbs = [{"label": frame_name(code), "url": self.region_url(code)} for code in above]
        return [*crumbs, {"label": self.here.name}]

    @property
    def as_of(self) -> str:
        """Up to when its figures reach."""
        newest = self.found.figure.newest
        if newest is None:
            return str(_("Belum ada angka"))
        return str(_("Angka sampai %(moment)s", moment=moment(newest)))

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The few figures on top."""
        found = self.found
        all_told = sum(found.counts.values())
        untold = sum(count for (key, _kind), count in found.counts.items() if key == UNTOLD.key)
        rank = class_tag(_tenth(found.figure.value))
        top = {
            "value": score_words(found.figure.value),
            "label": _("indeks rata-rata"),
            "note": str(rank["label"]) if found.change is None else _(
                "%(class)s · %(change)s dalam %(count)s bulan", **{"class": rank["label"]},
                change=change_words(found.change), count=STRETCH,
            ),
        }  # fmt: skip
        pillars = [
            {"value": score_words(found.pillars[pillar].value), "label": str(PILLAR_WORDS[pillar])}
            for pillar in PILLARS
        ]
        told = {
            "value": number(all_told - untold),
            "label": _("desa dan kelurahan dinilai"),
            "note": _("dari %(total)s", total=number(all_told)),
        }
        return [top, *pillars, told]

    @property
    def classes(self) -> list[dict[str, Any]]:
        """The distribution over the classes, desa and kelurahan apart; shares are of those that have an index."""
        counts = self.found.counts
        with_index = sum(count for (key, _kind), count in counts.items() if key != UNTOLD.key)
        rows = []
        for one in (*CLASSES, UNTOLD):
            desa, kelurahan = (counts.get((one.key, kind), 0) for kind in KINDS)
            rows.append(
                {
                    "key": one.key,
                    "label": str(one.label),
                    "range": _range_words(one.least, one.below) if one is not UNTOLD else "",
                    "desa": desa,
                    "kelurahan": kelurahan,
                    "share": (desa + kelurahan) / with_index if with_index and one is not UNTOLD else None,
                    "url": self.region_url(self.here.code, kelas=one.key) + "#daftar",
                }
            )
        return rows

    @property
    def map_values(self) -> list[dict[str, Any]]:
        """The places of the map."""
        if self.is_single:
            return [
                {
                    "code": one.code,
                    "name": one.name,
                    "value": one.index,
                    "text": score_words(one.index),
                    "url": self.village_url(one),
                }
                for one in self.found.villages
            ]
        return [
            {
                "code": part.code,
                "name": part.name,
                "value": _tenth(part.figure.value),
                "text": score_words(part.figure.value),
                "url": self.region_url(part.code),
            }
            for part in self.found.below
        ]

    @property
    def map_classes(self) -> list[tuple[float | None, str]]:
        """The classes of colour: those of the index."""
        return [(one.below, str(one.label)) for one in CLASSES]

    @property
    def course(self) -> dict[str, Any] | None:
        """The index and its pillars over time; None before any month has one."""
        whole = self.found.course[INDEX]
        return (
            course_chart(self.found.months, self.found.course) if any(v is not None for v in whole) else None
        )

    @property
    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the filters offer."""
        ranks = [(one.key, str(one.label)) for one in (*CLASSES, UNTOLD)]
        return {
            "ranks": [("", _("Semua kelas")), *ranks],
            "kinds": [("", _("Desa dan kelurahan")), *((key, str(said)) for key, said in KINDS.items())],
            "orders": [(key, str(said)) for key, said in ORDERS.items()],
            "months": months_to_show(self.month),
        }

    @property
    def below_title(self) -> str:
        """What the places below are."""
        return str(_("Kabupaten/kota") if self.here.level == PROVINCE else _("Kecamatan"))


def course_chart(months: Sequence[dt.date], course: Mapping[str, list[float | None]]) -> dict[str, Any]:
    """Categories and series of a chart over time; months without a score are gaps. Empty months before are left out."""
    whole = course[INDEX]
    first = next((at for at, value in enumerate(whole) if value is not None), 0)
    names = {INDEX: _("Indeks"), **{f"readiness.{one}": str(PILLAR_WORDS[one]) for one in PILLARS}}
    return {
        "categories": [short_month(month) for month in months[first:]],
        "series": [
            {
                "name": str(names[code]),
                "values": [None if value is None else round(value, 1) for value in course[code][first:]],
            }
            for code in names
        ],
    }


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _range_words(least: float, below: float | None) -> str:
    """A class's bounds as the domain writes them: 0–39, 40–59, 60–79, 80–100."""
    return f"{least:.0f}–{100 if below is None else below - 1:.0f}"


def _above(code: str) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
