"""An indicator's page in words: figures, changes, map, ranking, course, definition, links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.ui.formats import date, moment, number
from app.province import wording
from app.province.explorer import queries
from app.province.explorer.about import definition_pairs, direction_words, version_pairs
from app.province.explorer.asking import Spot, level_name
from app.province.explorer.changes import Change, change, month_name
from app.province.explorer.days import read_days
from app.province.explorer.measures import chart_unit, measure_name, measured_text, offered
from app.province.explorer.ranking import Line, matching, ordered
from app.province.explorer.reading import Page, Point
from app.province.explorer.reasons import count_groups, reason_apart
from app.province.figures import VILLAGE, Figure
from app.province.regions import DISTRICT, PROVINCE, own_territory

A_PAGE = 50
APART_SHOWN = 12
SAME_COVERAGE = 0.1
"""Up to this share of change in who tells, a course is read without a word about it."""


def short_month(month: Any) -> str:
    """A month on an axis: `Nov 2026`."""
    return str(format_date(month, "MMM y", locale=get_locale()))


def told_words(told: int, total: int, desa: int) -> str:
    """How many villages of how many told a figure; `desa` says how many of the total are desa."""
    what = _("desa") if desa == total else _("desa dan kelurahan") if desa else _("kelurahan")
    return str(
        _("%(told)s dari %(total)s %(what)s menyampaikan", told=number(told), total=number(total), what=what)
    )


def source_words(figure: Figure, software: str | None = None) -> str:
    """The other system that a village's figure comes from; empty for this one."""
    if figure.source == "push":
        return str(_("Sistem lain: %(name)s", name=software)) if software else str(_("Sistem lain"))
    if figure.source == "csv":
        return str(_("Berkas CSV"))
    return str(_("Sistem lain: %(name)s", name=software)) if software else ""


def place_url(code: str, query: dict[str, str], place: str) -> str:
    """The same page about another place."""
    kept = {name: query[name] for name in ("bulan", "jenis", "ukuran") if name in query}
    return url_for("explorer.indicator", code=code, wilayah=place, **kept)  # type: ignore[arg-type]


def area_of(code: str, above: str) -> str:
    """Where a kecamatan or village lies within a region: `Kecamatan Gisting, Kabupaten Tanggamus`."""
    names = queries.region_names()
    parts = [names.get(code[:length], "") for length in (8, 5) if len(above) < length < len(code)]
    return ", ".join(part for part in parts if part)


class IndicatorView:
    """What the template asks about an indicator's page."""

    def __init__(self, page: Page, may: Callable[[str], bool]) -> None:
        self.page, self.asked, self.one = page, page.asked, page.asked.indicator
        self.spot: Spot = page.asked.spot
        self.may_export, self.may_open_village = may("indicators.export"), may("villages.view")
        self.query = page.asked.as_query(page.month)

    def url(self, **changes: str | int | None) -> str:
        """This page with changes; the page of the list is forgotten unless it is one of them."""
        query = {**self.query, **changes}
        return url_for("explorer.indicator", code=self.one.code, **{k: v for k, v in query.items() if v})  # type: ignore[arg-type]

    def page_url(self, page: int) -> str:
        """Another page of the ranking."""
        return self.url(hal=page) + "#peringkat"

    def file_urls(self, part: str) -> dict[str, str] | None:
        """The downloads of a part (`tempat`, `waktu`); None for who may not export."""
        if not self.may_export:
            return None
        query = {name: value for name, value in self.query.items() if name not in ("bagian", "cari")}
        return {
            form: url_for("explorer.download", code=self.one.code, bentuk=form, isi=part, **query)  # type: ignore[arg-type]
            for form in ("xlsx", "csv")
        }

    @property
    def title(self) -> str:
        """The indicator's name in the reader's language."""
        return wording.label(self.one)

    @property
    def measure_words(self) -> str:
        """What the chosen measure is called."""
        return measure_name(self.asked.measure)

    @property
    def rank_words(self) -> str:
        """The heading of the ranks; where no direction is better they are positions only."""
        return str(_("Urutan") if self.one.direction == "neutral" else _("Peringkat"))

    @property
    def direction_words(self) -> str:
        """Which way is better."""
        return direction_words(self.one)

    @property
    def compare_url(self) -> str:
        """Comparing the first places below by this indicator."""
        codes = [line.code for line in self.page.ranking.ranked[:3]]
        return url_for("explorer.compare", kode=self.one.code, tempat=",".join(codes) or None)

    @property
    def month_words(self) -> str:
        """The month in full."""
        return month_name(self.page.month)

    @property
    def value_text(self) -> str:
        """The place's value; of a village as its own."""
        return self.text_of(self.page.now)

    def text_of(self, point: Point) -> str:
        """A month of the course in words."""
        return measured_text(self.one, self.asked.measure, point.figure, point.value)

    @property
    def value_note(self) -> str:
        """Why there is no value, or who told it."""
        figure = self.page.now.figure
        if figure.is_hidden:
            return wording.hidden_reason(figure)
        if figure.is_missing:
            return str(_("Belum ada yang menyampaikan angka untuk %(month)s.", month=self.month_words))
        if self.spot.village is not None:
            return ""
        return told_words(figure.told, self.page.total, self.page.desa_told)

    @property
    def as_of(self) -> str:
        """The moment of the newest of the figures behind the value, and of the oldest where that is another day."""
        figure = self.page.now.figure
        if figure.newest is None:
            return ""
        said = str(_("Per %(moment)s", moment=moment(figure.newest)))
        if figure.oldest is not None and date(figure.oldest) != date(figure.newest):
            said += " · " + _("yang terlama %(moment)s", moment=moment(figure.oldest))
        return said

    @cached_property
    def changes(self) -> list[Change]:
        """Against the month before and the year before."""
        found = (
            change(self.one, self.asked.measure, self.page.now, then)
            for then in (self.page.month_before, self.page.year_before)
        )
        return [one for one in found if one is not None]

    @property
    def tags(self) -> list[dict[str, str]]:
        """Made-up figures and other systems, told beside the value."""
        return self.tags_of(self.page.now.figure, self.spot.village.software if self.spot.village else None)

    def tags_of(self, figure: Figure, software: str | None) -> list[dict[str, str]]:
        """Tags of one figure: how much of it is made up for a demo, and which other system sent it."""
        tags = []
        if figure.demo:
            whole = figure.demo == figure.told
            label = _("Data contoh") if whole else _("%(count)s dari data contoh", count=number(figure.demo))
            tags.append({"label": str(label), "tone": "gold"})
        other = source_words(figure, software)
        if other:
            tags.append({"label": other, "tone": "info"})
        return tags

    @property
    def crumbs(self) -> list[dict[str, str]]:
        """The catalogue, then the regions from the account's own down to the place."""
        names, own = queries.region_names(), own_territory().code
        codes = [self.spot.code[:length] for length in (2, 5, 8) if len(own) <= length < len(self.spot.code)]
        above = [{"label": names.get(code, code), "url": self.place_url(code)} for code in codes]
        home = {"label": str(_("Indikator")), "url": url_for("explorer.catalogue")}
        return [home, *above, {"label": self.spot.name, "url": ""}]

    def place_url(self, code: str) -> str:
        """The same page about another place."""
        return place_url(self.one.code, self.query, code)

    @property
    def months(self) -> list[tuple[str, str]]:
        """Months to choose from, newest first."""
        points = [point.month for point in reversed(self.page.course)]
        if self.page.month not in points:
            points.append(self.page.month)
        return [(f"{month:%Y-%m}", month_name(month)) for month in points]

    @property
    def levels(self) -> list[tuple[str, str]]:
        """Levels to choose from."""
        names = [(str(level), level_name(level).lower()) for level in self.spot.levels]
        return [(level, str(_("Menurut %(level)s", level=name))) for level, name in names]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Kinds to choose from."""
        return [("", _("Semua jenis")), ("desa", _("Desa saja")), ("kelurahan", _("Kelurahan saja"))]

    @property
    def measures(self) -> list[tuple[str, str]]:
        """Ways to make places comparable; empty where the figure is so already."""
        names = offered(self.one)
        return [(name, measure_name(name)) for name in ("", *names)] if names else []

    @property
    def orders(self) -> list[tuple[str, str]]:
        """Ways to sort the ranking."""
        return [
            ("", _("Urut peringkat")),
            ("nama", _("Urut nama")),
            ("turun", _("Nilai tertinggi dulu")),
            ("naik", _("Nilai terendah dulu")),
        ]

    @property
    def level_words(self) -> str:
        """What the places below are called together."""
        return level_name(self.asked.level)

    @property
    def kind_note(self) -> str:
        """That a sensitive figure of regions is not told by kind."""
        if self.asked.kind and self.one.sensitive:
            return str(
                _(
                    "Angka wilayah untuk indikator ini disebut untuk desa dan kelurahan bersama, "
                    "supaya angka kecil tidak terhitung."
                )
            )
        return ""

    # The map

    @cached_property
    def map_values(self) -> list[dict[str, Any]]:
        """The places below for the map."""
        return [
            {
                "code": line.code,
                "name": self.name_of(line),
                "value": line.value,
                "text": self.line_text(line),
                "url": self.place_url(line.code),
                "state": "hidden" if line.figure.is_hidden else "missing" if line.value is None else "known",
            }
            for line in self.page.lines
        ]

    @property
    def has_map(self) -> bool:
        """Whether the level is drawn: all but the thousands of villages of a whole province."""
        return bool(self.asked.level) and not (self.spot.level == PROVINCE and self.asked.level == VILLAGE)

    @property
    def map_classes(self) -> str:
        """Fifths for shares, classes of equal size for the rest."""
        return "fifths" if self.map_unit == "percent" and self.one.code != "pop.growth" else "quantile"

    @property
    def map_unit(self) -> str:
        """The unit of map and charts."""
        if self.asked.measure:
            return chart_unit(self.one, self.asked.measure)
        return self.one.unit

    # The ranking

    @cached_property
    def ranked(self) -> list[Line]:
        """Ranked places that the search leaves, in the chosen order."""
        return matching(ordered(self.page.ranking.ranked, self.asked.order), self.asked.search)

    @cached_property
    def apart(self) -> list[Line]:
        """Places without a rank that the search leaves."""
        return matching(self.page.ranking.apart, self.asked.search)

    @property
    def listed(self) -> list[Line]:
        """The list that is read page by page."""
        return self.apart if self.asked.part == "tanpa" else self.ranked

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return max(1, -(-len(self.listed) // A_PAGE))

    @property
    def page_shown(self) -> int:
        """The page that is shown; the last one where there are fewer than asked for."""
        return min(self.asked.page, self.pages)

    @cached_property
    def rows(self) -> Sequence[Line]:
        """The rows of the page."""
        first = (self.page_shown - 1) * A_PAGE
        return self.listed[first : first + A_PAGE]

    @property
    def apart_shown(self) -> list[Line]:
        """The places without a rank that stand below the ranking itself."""
        return self.apart if len(self.apart) <= APART_SHOWN else []

    @property
    def apart_groups(self) -> list[str]:
        """Why places have no rank, with how many."""
        return [f"{number(count)} {words}" for words, count in count_groups(self.apart)]

    @property
    def part_chips(self) -> list[dict[str, Any]]:
        """Ranked places and those without a rank."""
        return [
            {
                "label": _("Berperingkat") if self.one.direction != "neutral" else _("Ada angkanya"),
                "url": self.url(bagian=None) + "#peringkat",
                "current": not self.asked.part,
                "count": len(self.ranked),
            },
            {
                "label": _("Tanpa peringkat") if self.one.direction != "neutral" else _("Tanpa angka"),
                "url": self.url(bagian="tanpa") + "#peringkat",
                "current": self.asked.part == "tanpa",
                "count": len(self.apart),
            },
        ]

    def line_text(self, line: Line) -> str:
        """A place's value in words."""
        return measured_text(self.one, self.asked.measure, line.figure, line.value)

    def line_note(self, line: Line) -> str:
        """How many villages of a region told its figure; nothing for a village."""
        if line.place.level == VILLAGE:
            return ""
        total = line.place.villages
        if self.page.kind:
            total = line.place.desa if self.page.kind == "desa" else line.place.kelurahan
        return str(_("%(told)s dari %(total)s", told=number(line.figure.told), total=number(total)))

    def name_of(self, line: Line) -> str:
        """A place's name as people say it; a kecamatan's with its word."""
        if line.place.level == DISTRICT:
            return str(_("Kecamatan %(name)s", name=line.name.removeprefix("Kecamatan ")))
        return line.name

    def area(self, line: Line) -> str:
        """Where a place lies, below its name."""
        return area_of(line.code, self.spot.code)

    def reason(self, line: Line) -> str:
        """Why a place has no rank."""
        return reason_apart(line)

    # Over time

    @cached_property
    def course(self) -> dict[str, Any] | None:
        """The chart over time; None for moments, and where nothing was told in all these months."""
        points = self.page.course
        if self.one.unit == "date" or all(point.figure.is_missing for point in points):
            return None
        return {
            "categories": [short_month(point.month) for point in points],
            "series": [
                {
                    "name": self.spot.name,
                    "values": [point.value for point in points],
                    "texts": [self.text_of(point) for point in points],
                }
            ],
            "unit": self.map_unit,
            "marks": self.marks,
            "small": self.coverage,
        }

    @property
    def coverage(self) -> str:
        """What to know before the course is read: a sum also grows when more villages tell theirs."""
        said = str(_("Bulan tanpa angka dibiarkan kosong."))
        told = [point for point in self.page.course if not point.figure.is_missing]
        first, last = told[0].figure.told, told[-1].figure.told
        if self.one.rollup != "sum" or abs(last - first) < SAME_COVERAGE * max(first, last):
            return said
        more = _(
            "Yang menyampaikan: %(first)s desa dan kelurahan pada %(start)s, %(last)s pada %(end)s.",
            first=number(first),
            last=number(last),
            start=short_month(told[0].month),
            end=short_month(told[-1].month),
        )
        return f"{said} {more}"

    @property
    def marks(self) -> list[dict[str, str]]:
        """Months in which the definition changed, within the course."""
        first, last = self.page.course[0].month, self.page.course[-1].month
        return [
            {
                "at": short_month(one.holds_from),
                "text": str(_("definisi versi %(version)s", version=one.version)),
            }
            for one in self.page.versions
            if one.version > 1 and first <= one.holds_from <= last
        ]

    @cached_property
    def spread(self) -> dict[str, Any] | None:
        """How the measured cases are spread over the buckets; None where the indicator keeps none."""
        buckets = self.page.now.figure.buckets
        if not buckets or not self.one.edges:
            return None
        names, low = [], 0.0
        unit = wording.unit_words(self.one)
        for edge in self.one.edges[: len(buckets)]:
            names.append(f"{number(low)}–{number(edge)} {unit}")
            low = edge
        if len(buckets) > len(self.one.edges):
            names.append(str(_("lebih dari %(edge)s %(unit)s", edge=number(low), unit=unit)))
        return {"categories": names, "series": [{"name": str(_("Banyaknya")), "values": list(buckets)}]}

    @property
    def definition(self) -> list[dict[str, str]]:
        """What is counted and how, as pairs."""
        return definition_pairs(self.one)

    @property
    def versions(self) -> list[dict[str, str]]:
        """The definitions over time, newest first."""
        return version_pairs(self.page.versions)

    @cached_property
    def days(self) -> dict[str, Any] | None:
        """The last ninety days of a daily indicator; None where there are none."""
        found = read_days(self.asked)
        if not found:
            return None
        values = [figure.value for figure in found.values()]
        return {
            "categories": [f"{day.day}/{day.month}" for day in found],
            "series": [{"name": self.spot.name, "values": values}],
            "unit": self.one.unit,
        }
