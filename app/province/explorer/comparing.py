"""Comparing two to eight places of one level: what was asked for, and the figures."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flask import abort
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.province import figures
from app.province.explorer import queries
from app.province.explorer.asking import (
    Spot,
    course_months,
    known_indicator,
    level_name,
    month_of,
    searched,
    this_month,
)
from app.province.explorer.measures import MEASURES, measure_name, needed, offered
from app.province.explorer.reading import Point, course_end, point_of
from app.province.figures import VILLAGE, Place
from app.province.regions import level_of, own_territory, refuse_region, region_contains

FEWEST, MOST = 2, 8
MOST_INDICATORS = 12
LONGEST_LIST = 60
"""Codes that are looked at, of however many an address holds."""
FOUND = 12
CODE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")


class Given(Protocol):
    """Parameters of an address, of which some stand several times."""

    def get(self, key: str, default: str, /) -> str:
        """One of them."""

    def getlist(self, key: str, /) -> list[str]:
        """All of a name."""


@dataclass(slots=True)
class Asked:
    """What to compare. `problems` say what is wrong with the address, `lacking` what is still to be chosen."""

    own: Spot
    level: int
    places: list[str] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    month: dt.date | None = None
    measure: str = ""
    search: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def lacking(self) -> list[str]:
        """What is still to be chosen before there is something to compare."""
        said = []
        if len(self.places) < FEWEST:
            said.append(str(_("Pilih sedikitnya dua tempat.")))
        if not self.indicators:
            said.append(str(_("Pilih sedikitnya satu indikator.")))
        return said


@dataclass(frozen=True)
class Comparison:
    """The chosen places with their figures; `all_places` are those of the level to choose from."""

    asked: Asked
    places: list[Place]
    all_places: list[Place]
    month: dt.date
    months: list[dt.date]
    series: dict[str, list[Point]]
    """Place → months of the first indicator."""
    table: dict[tuple[str, str], Point]
    """(Indicator, place) → the month."""


def comparison_of(given: Given) -> Asked:
    """Read the parameters of a comparison. A place outside of the account's region is not found (404, audited)."""
    territory = own_territory()
    own = Spot(territory.code, territory.name, territory.level)
    asked = Asked(own, min(own.level + 1, VILLAGE))
    level = given.get("tingkat", "").strip()
    if level and level not in {str(one) for one in own.levels}:
        asked.problems.append(_("Tingkat itu tidak berada di bawah %(place)s.", place=own.name))
    elif level:
        asked.level = int(level)
    _read_places(given, asked)
    _read_indicators(given, asked)
    asked.month = month_of(given.get("bulan", ""), asked.problems)
    asked.search = searched(given.get("cari", ""))
    measure = given.get("ukuran", "").strip()
    if measure in MEASURES:
        asked.measure = measure
        if asked.indicators and not any(measure in offered(one) for one in asked.indicators):
            asked.measure = ""
            asked.problems.append(
                _(
                    "Ukuran “%(measure)s” tidak berlaku untuk indikator yang dipilih.",
                    measure=measure_name(measure),
                )
            )
    elif measure:
        asked.problems.append(_("Ukuran yang diminta tidak dikenal, jadi tidak dipakai."))
    return asked


def read_comparison(asked: Asked) -> Comparison:
    """Read the places and their figures (inside a platform scope; at most seven selects)."""
    listed = figures.directory(asked.own.territory, asked.level)
    known = {place.code: place for place in listed}
    unknown = [code for code in asked.places if code not in known]
    if unknown:
        asked.problems.append(_("Tidak ada tempat dengan kode %(codes)s.", codes=", ".join(unknown)))
        asked.places = [code for code in asked.places if code in known]
    places = [known[code] for code in asked.places]
    months = course_months(course_end(asked.month or this_month()))
    series: dict[str, list[Point]] = {}
    table: dict[tuple[str, str], Point] = {}
    month = asked.month or months[-1]
    if places and asked.indicators:
        first = asked.indicators[0]
        read = figures.read(needed([first], asked.measure), asked.places, months)
        for code in asked.places:
            series[code] = [point_of(read, first, code, one, asked.measure) for one in months]
        month = asked.month or _newest(series.values(), months)
        rows = figures.read(needed(asked.indicators, asked.measure), asked.places, [month])
        for one in asked.indicators:
            for code in asked.places:
                table[one.code, code] = point_of(rows, one, code, month, asked.measure)
    return Comparison(asked, places, listed, month, months, series, table)


def found_places(comparison: Comparison) -> list[Place]:
    """Places of the level to add: those that the search finds; all kabupaten/kota when nothing is looked for."""
    asked, chosen = comparison.asked, set(comparison.asked.places)
    free = [place for place in comparison.all_places if place.code not in chosen]
    if not asked.search:
        return free if len(comparison.all_places) <= 30 else []
    wanted = asked.search.casefold()
    return [place for place in free if wanted in place.name.casefold() or wanted in place.code][:FOUND]


def _newest(series: Iterable[list[Point]], months: Sequence[dt.date]) -> dt.date:

    told = [point.month for line in series for point in line if not point.figure.is_missing]
    return max(told, default=months[-1])


def _several(given: Given, name: str, added: str) -> list[str]:
    """Codes of a parameter that stands several times or holds several, each once, in order; with the one to add."""
    texts = [*given.getlist(name), given.get(added, "")]
    codes = [code.strip() for text in texts for code in text.split(",")]
    return list(dict.fromkeys(code for code in codes if code))[:LONGEST_LIST]


def _read_places(given: Given, asked: Asked) -> None:
    codes = _several(given, "tempat", "tambah")
    strange = [code for code in codes if not CODE.fullmatch(code)]
    if strange:
        asked.problems.append(_("Kode wilayah ditulis seperti 18.06 atau 18.06.20.2006."))
    fitting = [code for code in codes if CODE.fullmatch(code)]
    for code in fitting:
        if not region_contains(asked.own.code, code):
            if code in queries.region_names() or queries.is_village(code):
                refuse_region(code)
            abort(404, _("Tidak ada tempat dengan kode ini di wilayah Anda."))
    if not fitting:
        return
    asked.level = level_of(fitting[0])
    same = [code for code in fitting if level_of(code) == asked.level]
    if len(same) < len(fitting):
        asked.problems.append(
            _(
                "Yang dibandingkan harus setingkat. Yang ditampilkan ialah %(level)s saja.",
                level=level_name(asked.level).lower(),
            )
        )
    if len(same) > MOST:
        asked.problems.append(_("Paling banyak delapan tempat. Yang ditampilkan ialah delapan yang pertama."))
    asked.places = same[:MOST]


def _read_indicators(given: Given, asked: Asked) -> None:
    codes = _several(given, "kode", "tambah_kode")
    found = [one for code in codes if (one := known_indicator(code)) is not None]
    if len(found) < len(codes):
        asked.problems.append(_("Ada kode indikator yang tidak dikenal, jadi tidak dipakai."))
    if len(found) > MOST_INDICATORS:
        asked.problems.append(
            _("Paling banyak dua belas indikator. Yang ditampilkan ialah dua belas yang pertama.")
        )
    asked.indicators = found[:MOST_INDICATORS]
