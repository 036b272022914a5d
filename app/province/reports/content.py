"""What a monthly report tells: read once, then set as PDF and written as spreadsheet from the same figures."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.core.indicators.adoption import LAST_ACTIVITY, LIVE, RECORDS_CHANGED_30D, STAFF_ACTIVE_30D
from app.core.indicators.declarations import Indicator, declared, months_before, period_of
from app.core.indicators.services import SETUP_PROGRESS
from app.province import attention, figures
from app.province.attention import Attention
from app.province.figures import MISSING, VILLAGE, Figure, Key, Place
from app.province.readiness.classes import class_of
from app.province.readiness.indicators import INDEX
from app.province.regions import PROVINCE, REGENCY, Territory
from tenants.models import LIVE_STATES, now

PILLARS = ("readiness.government", "readiness.economy", "readiness.people")
CURVE_MONTHS = 24
MOST_HELPED = 3_000
KINDS = ("desa", "kelurahan")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Adopsi", (STAFF_ACTIVE_30D, RECORDS_CHANGED_30D, SETUP_PROGRESS, "staff.count")),
    (
        "Penduduk",
        ("pop.total", "pop.households", "pop.births", "pop.deaths", "pop.without_nik", "pop.data_completeness"),
    ),
    (
        "Layanan",
        (
            "letters.requested", "letters.issued", "letters.online_share", "letters.median_hours",
            "letters.within_promise_share", "complaints.received", "complaints.resolved_share",
            "complaints.median_days", "service.satisfaction",
        ),
    ),
    ("Warga", ("portal.accounts", "portal.active_30d")),
    ("Ekonomi", ("umkm.total", "products.listed", "bumdes.active", "jobs.vacancies")),
    ("Kesiapan", (INDEX, *PILLARS)),
)  # fmt: skip
"""The figures of the report's table; those that no capability declares are left out."""
OF_VILLAGES = (
    LIVE, STAFF_ACTIVE_30D, LAST_ACTIVITY, SETUP_PROGRESS, "pop.total", "letters.issued",
    "letters.within_promise_share", "complaints.received", "service.satisfaction", INDEX, *PILLARS,
)  # fmt: skip
"""What the spreadsheet tells of each village."""


@dataclass(frozen=True, slots=True)
class Live:
    """How many villages of a kind use the platform in a month, of how many; None where no figure was told."""

    count: int | None
    before: int | None
    total: int

    @property
    def share(self) -> float | None:
        """The share, None where there is no figure or no village."""
        return self.count / self.total if self.count is not None and self.total else None

    @property
    def change(self) -> int | None:
        """The difference to the month before."""
        return None if self.count is None or self.before is None else self.count - self.before


@dataclass(frozen=True, slots=True)
class Part:
    """A kabupaten/kota, kecamatan or village of the region."""

    place: Place
    live: dict[str, Live]
    index: Figure
    working: int
    letters: Figure
    classes: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float | None:
        """The share live of the kind that counts there: desa, or kelurahan where there is no desa."""
        return self.live["desa" if self.live["desa"].total else "kelurahan"].share


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A line of the table of figures."""

    group: str
    indicator: Indicator
    now: Figure
    before: Figure


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report of a region and a month says."""

    territory: Territory
    month: dt.date
    made_at: dt.datetime
    as_of: dt.datetime | None
    demo: int
    live: dict[str, Live]
    states: dict[str, Counter[str]] | None
    """Villages by kind and state of the registry; None for months whose states nobody kept."""
    curve: list[tuple[dt.date, int | None, int | None]]
    parts: list[Part]
    key_figures: list[KeyFigure]
    villages: list[Place]
    told: dict[Key, Figure]
    """The villages' figures of the month."""
    columns: list[Indicator]
    working: int
    others: Counter[str]
    """Villages that run other software, by its name."""
    classes: Counter[str]
    """Villages by the key of their readiness class; those without an index are left out."""
    help: Attention

    @property
    def is_past(self) -> bool:
        """Whether the month is over."""
        return self.month < period_of(self.made_at).first

    def of_village(self, place: Place, code: str) -> Figure:
        """A village's figure of the month."""
        return self.told.get((place.code, code, self.month), MISSING)

    @property
    def hidden(self) -> int:
        """How many figures of the table may not be told."""
        return sum(one.now.is_hidden for one in self.key_figures)

    @property
    def silent(self) -> int:
        """How many villages that are live told no figure in the month."""
        return sum(
            1
            for place in self.villages
            if place.state in LIVE_STATES and self.of_village(place, LIVE).is_missing
        )

    def digest(self) -> str:
        """Of what the report tells, whenever it is made: figures, states, who needs help and why; no moments."""
        told: dict[str, Any] = {
            "live": {kind: [one.count, one.before, one.total] for kind, one in self.live.items()},
            "states": {k: dict(sorted(v.items())) for k, v in self.states.items()} if self.states else None,
            "curve": self.curve,
            "parts": [[p.place.code, p.working, _plain(p.index), _plain(p.letters)] for p in self.parts],
            "figures": [[k.indicator.code, _plain(k.now), _plain(k.before)] for k in self.key_figures],
            "villages": [
                [p.code, p.state, p.software, *(_plain(self.of_village(p, one.code)) for one in self.columns)]
                for p in self.villages
            ],
            "help": [[one.code, [found.reason for found in one.reasons]] for one in self.help.villages],
        }
        return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def _plain(figure: Figure) -> list[Any]:
    return [figure.value, figure.told, figure.is_hidden, figure.demo]


def read_content(territory: Territory, month: dt.date) -> Content:
    """Read a region's month (inside a platform scope; some twenty selects whatever its size)."""
    known = {one.code: one for one in declared()}
    before = months_before(month, 1)
    villages = figures.directory(territory, VILLAGE)
    below = VILLAGE if territory.level > REGENCY else territory.level + 1
    places = villages if below == VILLAGE else figures.directory(territory, below)
    codes = [place.code for place in places]
    whole = figures.directory(territory, territory.level)[0]

    columns = [known[code] for code in OF_VILLAGES if code in known]
    told = figures.read(columns, [place.code for place in villages], [month])
    region = [*codes, territory.code] if below != VILLAGE else [territory.code]
    asked = [known[code] for _, wanted in GROUPS for code in wanted if code in known]
    found = figures.read(asked, region, [month, before])
    live = _live(known[LIVE], territory, [*places, whole], villages, told, month)
    curve = _curve(known[LIVE], territory, month)
    working = {
        place.code
        for place in villages
        if (told.get((place.code, STAFF_ACTIVE_30D, month), MISSING).value or 0) > 0
    }
    key_figures = [
        KeyFigure(
            group,
            known[code],
            found.get((territory.code, code, month), MISSING),
            found.get((territory.code, code, before), MISSING),
        )
        for group, wanted in GROUPS
        for code in wanted
        if code in known
    ]
    classes = _classes(villages, told, month)

    def part(place: Place) -> Part:
        source = told if below == VILLAGE else found
        return Part(
            place,
            live[place.code],
            source.get((place.code, INDEX, month), MISSING),
            sum(code == place.code or code.startswith(f"{place.code}.") for code in working),
            source.get((place.code, "letters.issued", month), MISSING),
            Counter(key for code, key in classes.items() if f"{code}.".startswith(f"{place.code}.")),
        )

    stamps = [
        f.newest for key, f in found.items() if key[0] == territory.code and key[2] == month and f.newest
    ]
    demo = max(
        (f.demo for key, f in found.items() if key[0] == territory.code and key[2] == month), default=0
    )
    moment = now()
    shows_states = month >= months_before(period_of(moment).first, 1)
    return Content(
        territory=territory,
        month=month,
        made_at=moment,
        as_of=max(stamps, default=None),
        demo=demo,
        live=live[territory.code],
        states=_states(villages) if shows_states else None,
        curve=curve,
        parts=[part(place) for place in places],
        key_figures=key_figures,
        villages=villages,
        told=told,
        columns=columns,
        working=len(working),
        others=Counter(place.software for place in villages if place.software),
        classes=Counter(classes.values()),
        help=attention.read(territory.code, month, limit=MOST_HELPED),
    )


def _live(
    indicator: Indicator,
    territory: Territory,
    places: list[Place],
    villages: list[Place],
    told: dict[Key, Figure],
    month: dt.date,
) -> dict[str, dict[str, Live]]:
    """Villages live by place and kind; a place that told nothing in a month that others told has none live."""
    before = months_before(month, 1)
    root = territory.code[:2]
    regions = [place.code for place in places if place.level < VILLAGE]
    by_kind = {
        kind: figures.read([indicator], {*regions, root}, [month, before], kind=kind) for kind in KINDS
    }
    has_told = {when: any((root, LIVE, when) in by_kind[kind] for kind in KINDS) for when in (month, before)}

    def count(place: Place, kind: str, when: dt.date) -> int | None:
        if not has_told[when]:
            return None
        if place.level == VILLAGE:
            value = told.get((place.code, LIVE, when), MISSING).value if when == month else None
            return round(value or 0) if when == month and getattr(place, kind) else None
        return round(by_kind[kind].get((place.code, LIVE, when), MISSING).value or 0)

    return {
        place.code: {
            kind: Live(count(place, kind, month), count(place, kind, before), getattr(place, kind))
            for kind in KINDS
        }
        for place in places
    }


def _curve(
    indicator: Indicator, territory: Territory, month: dt.date
) -> list[tuple[dt.date, int | None, int | None]]:
    months = [months_before(month, ago) for ago in range(CURVE_MONTHS - 1, -1, -1)]
    by_kind = {kind: figures.read([indicator], [territory.code], months, kind=kind) for kind in KINDS}

    def count(kind: str, when: dt.date) -> int | None:
        value = by_kind[kind].get((territory.code, LIVE, when), MISSING).value
        return None if value is None else round(value)

    points = [(when, count("desa", when), count("kelurahan", when)) for when in months]
    first = next(
        (at for at, point in enumerate(points) if point[1] is not None or point[2] is not None), None
    )
    return points[first:] if first is not None else []


def _states(villages: list[Place]) -> dict[str, Counter[str]]:
    return {kind: Counter(place.state or "" for place in villages if getattr(place, kind)) for kind in KINDS}


def _classes(villages: list[Place], told: dict[Key, Figure], month: dt.date) -> dict[str, str]:
    found = {}
    for place in villages:
        index = told.get((place.code, INDEX, month), MISSING).value
        if index is not None:
            found[place.code] = class_of(index).key
    return found


def below_word(territory: Territory) -> str:
    """What the parts of a region are called."""
    return {PROVINCE: "Kabupaten/kota", REGENCY: "Kecamatan"}.get(territory.level, "Desa/kelurahan")
