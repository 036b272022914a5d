"""From what was read to what the pages show: a region's results, and what its pages share."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.ui.formats import number, percent, rupiah
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, frame_name, frame_names
from app.province.training.events import words as event_words
from app.province.training.events.models import KINDS
from app.province.training.results import queries
from app.province.training.results.queries import Held, Sums, Village
from app.province.training.results.words import gain_words, interval_words, signed

PER_PAGE = 25
YEAR_DAYS = 365
LAST_YEAR, ALWAYS = "12", "semua"


def page_number(query: Mapping[str, str]) -> int:
    """The page of a list that an address asks for; the first where it names none."""
    page = query.get("hal", "1")
    return int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list."""

    rows: Sequence[Any]
    number: int
    pages: int
    total: int

    @classmethod
    def cut(cls, rows: Sequence[Any], wanted: int) -> Page:
        """The wanted page; the last one when there are not so many."""
        return cls.read(len(rows), wanted, lambda count, start: rows[start : start + count])

    @classmethod
    def read(cls, total: int, wanted: int, lines: Callable[[int, int], Sequence[Any]]) -> Page:
        """The same of a list that is read page by page: `lines` gives so many from a place on."""
        pages = max(1, -(-total // PER_PAGE))
        here = min(wanted, pages)
        return cls(lines(PER_PAGE, (here - 1) * PER_PAGE), here, pages, total)


class ResultsFilter:
    """Which trainings count: of which time (a year, the last twelve months, all) and of which kind."""

    def __init__(self, query: MultiDict[str, str]) -> None:
        asked = query.get("masa", "")
        is_year = len(asked) == 4 and asked.isascii() and asked.isdigit() and "2000" <= asked <= "2100"
        self.period = asked if asked == ALWAYS or is_year else LAST_YEAR
        self.kind = query.get("jenis", "") if query.get("jenis") in KINDS else ""
        self.page = page_number(query)

    def takes(self, one: Held) -> bool:
        """Whether a training counts."""
        if self.kind and one.kind != self.kind:
            return False
        if self.period == ALWAYS:
            return True
        if self.period == LAST_YEAR:
            return one.ends_on > queries.today() - dt.timedelta(days=YEAR_DAYS)
        return one.ends_on.year == int(self.period)

    def as_query(self) -> dict[str, Any]:
        """As an address names it."""
        told = {"masa": "" if self.period == LAST_YEAR else self.period, "jenis": self.kind}
        return {name: value for name, value in told.items() if value}

    @property
    def period_words(self) -> str:
        """The time in words."""
        if self.period == ALWAYS:
            return str(_("Sejak pelatihan pertama"))
        return str(_("Dua belas bulan terakhir")) if self.period == LAST_YEAR else self.period

    def choices(self, events: Iterable[Held]) -> dict[str, list[tuple[str, str]]]:
        """What the filters offer."""
        years = sorted({str(one.ends_on.year) for one in events} | self._year(), reverse=True)
        periods = [(LAST_YEAR, str(_("12 bulan terakhir"))), *((year, year) for year in years)]
        kinds = [(kind, str(event_words.kind_word(kind))) for kind in KINDS]
        return {
            "periods": [*periods, (ALWAYS, str(_("Sejak awal")))],
            "kinds": [("", str(_("Semua jenis"))), *kinds],
        }

    def _year(self) -> set[str]:
        return set() if self.period in (ALWAYS, LAST_YEAR) else {self.period}


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place with what its people took along."""

    code: str
    name: str
    villages: int
    came_villages: int
    sums: Sums
    url: str = ""


def crumbs(here: Territory, own_code: str, endpoint: str, **query: Any) -> list[dict[str, str]]:
    """The way from the account's region to here; empty where it is the account's own."""
    if here.code == own_code:
        return []
    parts = here.code.split(".")
    above = [".".join(parts[:length]) for length in range(1, len(parts))]
    return [
        *(
            {"label": frame_name(code), "url": url_for(endpoint, code=code, **query)}
            for code in above
            if len(code) >= len(own_code)
        ),
        {"label": here.name},
    ]


def people_facts(persons: int, whole: Sums) -> list[dict[str, Any]]:
    """The figures on top that a region and a training share; `persons`: different people among those who came."""
    gain = whole.gain
    return [
        {
            "value": number(whole.came),
            "label": _("peserta datang"),
            "note": _("%(count)s orang berbeda", count=number(persons)),
        },
        {"value": percent(whole.women_share), "label": _("perempuan di antaranya")},
        {
            "value": percent(whole.absent_share),
            "label": _("terdaftar tetapi tidak datang"),
            "note": _(
                "%(absent)s dari %(all)s kursi", absent=number(whole.absent), all=number(whole.expected)
            ),
        },
        {
            "value": signed(gain.mean) if gain else "–",
            "label": _("poin nilai tes, sebelum ke sesudah"),
            "note": _("%(count)s orang menjawab keduanya", count=number(whole.paired)),
        },
    ]


class RegionResults:
    """The page of a region's results."""

    def __init__(self, here: Territory, filters: ResultsFilter, own_code: str) -> None:
        self.here, self.filters, self.own_code = here, filters, own_code
        self.all_events = queries.held(here)
        events = [one for one in self.all_events if filters.takes(one)]
        self.found = queries.brought(events, queries.people_of(here))
        self.whole = self.found.whole
        self.villages = queries.villages_of(here)

    @cached_property
    def spending(self) -> queries.Spending:
        """What the territory's own trainings cost."""
        return queries.spending(self.found.events, self.here)

    @cached_property
    def came(self) -> set[uuid.UUID]:
        """Villages of which somebody came in that time."""
        return self.found.villages_that_came()

    @property
    def gain_words(self) -> str:
        """What the tests say."""
        return gain_words(self.whole.gain)

    @property
    def interval(self) -> str:
        """The bounds of the mean gain."""
        return interval_words(self.whole.gain)

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The few figures on top."""
        spent = self.spending
        return [
            {"value": number(len(self.found.events)), "label": _("pelatihan selesai"), "note": self.unnoted},
            *people_facts(self.found.persons, self.whole),
            {
                "value": rupiah(round(spent.each)) if spent.each is not None else "–",
                "label": _("biaya tiap peserta yang datang"),
                "note": _("dari %(count)s pelatihan yang biayanya dicatat", count=number(spent.events)),
            },
        ]

    @property
    def unnoted(self) -> str:
        """How many trainings say nothing of who came."""
        count = sum(not one.is_noted for one in self.found.events)
        return str(_("%(count)s tanpa catatan kehadiran", count=number(count))) if count else ""

    def reached(self, kind: str) -> tuple[int, int]:
        """Villages of a kind of which somebody came in that time, and all of them."""
        ours = [one for one in self.villages if one.kind == kind]
        return sum(one.id in self.came for one in ours), len(ours)

    def never(self, kind: str) -> int:
        """Villages of a kind that never came to any training."""
        return sum(one.kind == kind and one.trained_on is None for one in self.villages)

    @cached_property
    def places(self) -> list[PlaceLine]:
        """Where they came from: the places below, by code; villages below a kecamatan."""
        if self.here.level == DISTRICT:
            by_village = self.found.by_village()
            return [
                PlaceLine(
                    one.code,
                    one.name,
                    1,
                    int(one.id in self.came),
                    by_village.get(one.id, Sums()),
                    village_url(one),
                )
                for one in self.villages
            ]
        level = self.here.level + 1
        below: dict[str, list[Village]] = {}
        for one in self.villages:
            below.setdefault(one.regency_code if level == REGENCY else one.district_code, []).append(one)
        found = self.found.by_place(level)
        names = dict(zip(below, frame_names(below), strict=True))
        lines = [
            PlaceLine(
                code, names[code], len(inside), sum(one.id in self.came for one in inside), found.get(code, Sums()),
                self.url(code),
            )
            for code, inside in below.items()
        ]  # fmt: skip
        elsewhere = Sums()
        for code, sums in found.items():
            if code not in below:
                elsewhere.add(sums)
        if elsewhere.registered or elsewhere.came:
            lines.append(PlaceLine("", str(_("Kantor di atas desa")), 0, 0, elsewhere))
        return lines

    @property
    def places_title(self) -> str:
        """What the places below are."""
        return str({PROVINCE: _("Kabupaten/kota"), REGENCY: _("Kecamatan")}.get(self.here.level, _("Desa")))

    @property
    def map_values(self) -> list[dict[str, Any]]:
        """The places of the map: which share of their villages came; of a village how many of its people."""
        values = []
        for one in self.places:
            if not one.code:
                continue
            is_village = self.here.level == DISTRICT
            part = one.sums.came if is_village else one.came_villages / one.villages
            said = (
                number(one.sums.came)
                if is_village
                else _("%(came)s dari %(all)s", came=number(one.came_villages), all=number(one.villages))
            )
            values.append(
                {"code": one.code, "name": one.name, "value": part, "text": str(said), "url": one.url}
            )
        return values

    @cached_property
    def events(self) -> Page:
        """The trainings of the page, with what they brought here."""
        sums = self.found.by_event()
        rows = [(one, sums.get(one.id, Sums())) for one in self.found.events]
        return Page.cut(rows, self.filters.page)

    def cost_of(self, one: Held) -> str:
        """What a training cost for each who came; a dash where another office keeps its books."""
        return cost_words(one, self.here)

    def url(self, code: str, **query: Any) -> str:
        """The address of a region's page of the same time and kind."""
        known: dict[str, Any] = {**self.filters.as_query(), **query}
        if code == self.own_code:
            return url_for("training_results.index", **known)
        return url_for("training_results.region", code=code, **known)

    def list_url(self, page: int) -> str:
        """The address of a page of the list of trainings."""
        return self.url(self.here.code, hal=str(page)) + "#kegiatan"

    def places_file_url(self, form: str) -> str:
        """The address of the places as a file."""
        return self._file_url("asal", form)

    def events_file_url(self, form: str) -> str:
        """The address of the trainings as a file."""
        return self._file_url("kegiatan", form)

    def _file_url(self, name: str, form: str) -> str:
        chosen = self.filters.as_query()
        return url_for("training_results.export", code=self.here.code, daftar=name, bentuk=form, **chosen)

    @property
    def breadcrumbs(self) -> list[dict[str, str]]:
        """The way from the account's region to here."""
        return crumbs(self.here, self.own_code, "training_results.region", **self.filters.as_query())


def cost_words(one: Held, here: Territory) -> str:
    """What a training cost for each who came; a dash where nothing is noted or another office keeps its books."""
    own = one.region_code == here.code or one.region_code.startswith(f"{here.code}.")
    return rupiah(round(one.cost)) if own and one.cost is not None else "–"


def village_url(one: Village) -> str:
    """The address of the province's page about a village."""
    return url_for("province.village", village_id=one.id)
