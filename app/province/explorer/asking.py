"""What a page of figures was asked for: which place, month, level, kind; and sentences about what can't be shown.

Addresses are typed, shared and bookmarked, so whatever stands in them gets an answer: what is wrong becomes a sentence
and the page shows what it would have shown without it. A place outside of the account's region is not found.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import abort
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator, declared, months_before, period_of
from app.province.explorer import queries
from app.province.explorer.measures import MEASURES, offered
from app.province.figures import VILLAGE, Place
from app.province.regions import (
    DISTRICT,
    PROVINCE,
    REGENCY,
    Territory,
    own_territory,
    refuse_region,
    seen_territory,
)
from tenants.models import now

COURSE = 36
"""Months of a course over time."""
KINDS = ("desa", "kelurahan")
ORDERS = ("", "nama", "naik", "turun")
PARTS = ("", "tanpa")
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
VILLAGE_CODE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True)
class Spot:
    """The place that a page is about: a region of the account's, or one of its villages."""

    code: str
    name: str
    level: int
    village: Place | None = None

    @property
    def territory(self) -> Territory:
        """The region; only of a place that is no village."""
        return Territory(self.code, self.name)

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that lie below."""
        return tuple(range(self.level + 1, VILLAGE + 1))


@dataclass(slots=True)
class Question:
    """One indicator's page. `month` None is the newest month with a figure; `level` 0 where nothing lies below."""

    indicator: Indicator
    spot: Spot
    month: dt.date | None = None
    level: int = 0
    kind: str = ""
    measure: str = ""
    order: str = ""
    search: str = ""
    part: str = ""
    page: int = 1
    problems: list[str] = field(default_factory=list)

    def as_query(self, month: dt.date | None = None) -> dict[str, str]:
        """The question as the parameters of an address, without what stands for itself."""
        shown = month or self.month
        usual = self.spot.level + 1 if self.spot.levels else 0
        said = {
            "wilayah": self.spot.code,
            "bulan": f"{shown:%Y-%m}" if shown else "",
            "tingkat": str(self.level) if self.level != usual else "",
            "jenis": self.kind,
            "ukuran": self.measure,
            "urut": self.order,
            "cari": self.search,
            "bagian": self.part,
        }
        return {name: value for name, value in said.items() if value}


def known_indicator(code: str) -> Indicator | None:
    """The declared indicator of a code, None when nobody declares it."""
    return next((one for one in declared() if one.code == code), None)


def seen_place(code: str | None) -> Spot:
    """The region or village that a page was asked for; the account's own region when none was.

    What does not exist or lies outside of the account's region is not found (404); the latter is noted in the audit
    log. Inside a platform scope.
    """
    wanted = (code or "").strip()
    if not VILLAGE_CODE.fullmatch(wanted):
        territory = seen_territory(wanted or None)
        return Spot(territory.code, territory.name, territory.level)
    row = queries.village_within(own_territory().code, wanted)
    if row is None:
        if queries.is_village(wanted):
            refuse_region(wanted)
        abort(404, _("Tidak ada tempat dengan kode ini di wilayah Anda."))
    name = f"{row.term} {row.name}"
    is_desa = row.kind == "desa"
    place = Place(row.code, name, VILLAGE, int(is_desa), int(not is_desa), row.id, row.state, row.software)
    return Spot(row.code, name, VILLAGE, place)


def question_of(indicator: Indicator, given: Mapping[str, str]) -> Question:
    """Read the parameters of an indicator's page. Aborts with 404 for a place that the account does not see."""
    spot = seen_place(given.get("wilayah"))
    asked = Question(indicator, spot, level=spot.level + 1 if spot.levels else 0)
    asked.month = month_of(given.get("bulan", ""), asked.problems)
    asked.level = _level(given.get("tingkat", ""), asked)
    asked.kind = one_of(given.get("jenis", ""), ("", *KINDS), _("Jenis"), asked.problems)
    asked.order = one_of(given.get("urut", ""), ORDERS, _("Urutan"), asked.problems)
    asked.part = one_of(given.get("bagian", ""), PARTS, _("Bagian"), asked.problems)
    asked.measure = _measure(given.get("ukuran", ""), asked)
    asked.search = searched(given.get("cari", ""))
    asked.page = page_number(given.get("hal", ""))
    return asked


def month_of(text: str, problems: list[str]) -> dt.date | None:
    """The month of a parameter; None (with a sentence when there is something to say) for the newest one."""
    wanted = text.strip()
    if not wanted:
        return None
    if not MONTH.fullmatch(wanted):
        problems.append(_("Bulan ditulis seperti 2026-11. Yang ditampilkan ialah bulan terbaru."))
        return None
    first = dt.date(int(wanted[:4]), int(wanted[5:]), 1)
    if first > this_month():
        problems.append(_("Bulan itu belum tiba. Yang ditampilkan ialah bulan terbaru."))
        return None
    return first


def this_month() -> dt.date:
    """The first day of the present month in Lampung."""
    return period_of(now()).first


def course_months(end: dt.date, length: int = COURSE) -> list[dt.date]:
    """The months of a course that ends with `end`, oldest first."""
    return [months_before(end, ago) for ago in range(length - 1, -1, -1)]


def one_of(text: str, choices: tuple[str, ...], what: str, problems: list[str]) -> str:
    """A parameter that is one of a few words; the first of them, with a sentence, for any other."""
    wanted = text.strip()
    if wanted in choices:
        return wanted
    problems.append(_("%(what)s yang diminta tidak dikenal, jadi tidak dipakai.", what=what))
    return choices[0]


def searched(text: str) -> str:
    """What to look for: one line without control characters."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(clean.split())[:LONGEST_SEARCH]


def page_number(text: str) -> int:
    """The number of a page; the first for whatever is none. Too large ones are brought back by the list."""
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,6}", text.strip()) else 1


def level_name(level: int) -> str:
    """What the places of a level are called together."""
    return {
        PROVINCE: str(_("Provinsi")),
        REGENCY: str(_("Kabupaten/kota")),
        DISTRICT: str(_("Kecamatan")),
        VILLAGE: str(_("Desa dan kelurahan")),
    }[level]


def _level(text: str, asked: Question) -> int:
    wanted, spot = text.strip(), asked.spot
    usual = spot.level + 1 if spot.levels else 0
    if not wanted or wanted == str(usual):
        return usual
    if wanted in {str(level) for level in spot.levels}:
        return int(wanted)
    if spot.levels:
        asked.problems.append(
            _(
                "Tingkat itu tidak berada di bawah %(place)s. Yang ditampilkan ialah %(level)s.",
                place=spot.name,
                level=level_name(usual).lower(),
            )
        )
    else:
        asked.problems.append(_("Di bawah desa atau kelurahan tidak ada tingkat lain."))
    return usual


def _measure(text: str, asked: Question) -> str:
    wanted = text.strip()
    if not wanted or wanted in offered(asked.indicator):
        return wanted
    if wanted in MEASURES:
        asked.problems.append(_("Ukuran itu tidak berlaku untuk indikator ini, jadi tidak dipakai."))
    else:
        asked.problems.append(_("Ukuran yang diminta tidak dikenal, jadi tidak dipakai."))
    return ""
