"""An index opened down to its numbers: pillar, indicator, value, scale, score, weight in the whole, points.

What is shown adds up: the points of the indicators in tenths make the index in tenths. Figures come with what may not
be told hidden; a score gives none of it back (see `scoring`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator, indicator
from app.core.ui.formats import number, percent
from app.province import wording
from app.province.figures import MISSING, Figure
from app.province.readiness import queries, scoring
from app.province.readiness.classes import apportioned
from app.province.readiness.indicators import INDEX, PILLARS
from app.province.readiness.presenting import PILLAR_WORDS
from app.province.readiness.schemes import Scale, Scheme, by_code, pillar_weights, shape_of
from app.province.readiness.scoring import Scored, ScoredPart
from app.province.regions import Territory
from tenants.models import TenantRow

RAISES = 3
"""How many of the indicators that would raise the index most are told first."""
GIVEN = frozenset({"pop.dependency_ratio"})
"""What a village is like rather than what it does: scored, but never advice."""


@dataclass(frozen=True, slots=True)
class Row:
    """An indicator of the opening. `points` are tenths that add up to the index; `missed` is what is missed by it.
    `is_veiled` says that something of its value may not be told."""

    code: str
    label: str
    value: str
    floor: str
    target: str
    score: float
    is_veiled: bool
    weight: float
    points: float
    missed: float
    url: str
    told: int = 1
    low: int = 0


@dataclass(frozen=True, slots=True)
class PillarPart:
    """A pillar of the opening: its weight as it was applied (1 in all), its score, its points, its rows."""

    key: str
    label: str
    weight: float
    asked_weight: float
    score: float | None
    points: float
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Absent:
    """A scored indicator that nobody told, or (`is_hidden`) that may not be told."""

    label: str
    pillar: str
    url: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """An index with all that it is made of. `told` of `whole` indicators are there; `villages` count for a region."""

    index: float | None
    month: dt.date
    scheme: Scheme
    pillars: list[PillarPart]
    absent: list[Absent]
    told: int
    whole: int
    villages: int = 1
    as_of: dt.datetime | None = None
    demo: int = 0

    @property
    def rows(self) -> list[Row]:
        """All rows, pillar by pillar."""
        return [row for pillar in self.pillars for row in pillar.rows]

    @property
    def raises(self) -> list[Row]:
        """What would raise the index most, the most first; of what people's work can raise."""
        open_rows = [row for row in self.rows if row.missed >= 0.05 and row.code not in GIVEN]
        return sorted(open_rows, key=lambda row: (-row.missed, row.code))[:RAISES]


def of_village(row: TenantRow, month: dt.date, scheme: Scheme) -> Opening:
    """Open a village's index (at most four selects)."""
    found = scoring.open_village(scheme, month, row.id)
    known = by_code(scheme.scales)
    told = queries.read_scaled(list(known.values()), row.code, month)
    by_scale = {one.code: one for one in found.scored}
    shown = apportioned([one.points for one in found.scored], found.index or 0)
    points = dict(zip(by_scale, shown, strict=True)) if found.index is not None else {}
    parts = []
    for pillar, weight in pillar_weights(scheme):
        scales = [scale for scale in scheme.of_pillar(pillar) if scale.code in by_scale]
        rows = [
            _village_row(
                scale, by_scale[scale.code], points.get(scale.code, 0.0), known, told, row.code, month
            )
            for scale in scales
        ]
        applied = sum(by_scale[scale.code].weight for scale in scales)
        scores = [by_scale[scale.code].score for scale in scales]
        parts.append(_pillar(pillar, weight, applied, sum(scores) / len(scores) if scores else None, rows))
    return Opening(
        found.index, month, scheme, parts, _absent(scheme, by_scale, known, told, row.code, month),
        len(by_scale), len(scheme.scales), as_of=found.as_of, demo=int(any(one.demo for one in told.values())),
    )  # fmt: skip


def of_region(here: Territory, month: dt.date, scheme: Scheme) -> Opening:
    """Open the mean index of a region's villages (at most four selects)."""
    known = by_code(scheme.scales)
    told = queries.read_scaled([*known.values(), indicator(INDEX)], here.code, month)
    mean = told.pop(INDEX)
    found = scoring.open_region(month, here, mean.told)
    by_scale = {one.code: one for one in found}
    whole = round(mean.value or 0.0, 1)
    points = dict(zip(by_scale, apportioned([one.points for one in found], whole), strict=True))
    parts = []
    for pillar, weight in pillar_weights(scheme):
        scales = [scale for scale in scheme.of_pillar(pillar) if scale.code in by_scale]
        rows = [
            _region_row(scale, by_scale[scale.code], points[scale.code], known, told, here.code, month)
            for scale in scales
        ]
        applied = sum(by_scale[scale.code].points + by_scale[scale.code].lost for scale in scales) / 100
        scored = sum(by_scale[scale.code].points for scale in scales)
        parts.append(_pillar(pillar, weight, applied, scored / applied if applied else None, rows))
    return Opening(
        None if mean.value is None else whole, month, scheme, parts,
        _absent(scheme, by_scale, known, told, here.code, month), len(by_scale), len(scheme.scales), mean.told,
        mean.newest, mean.demo,
    )  # fmt: skip


def _pillar(key: str, asked: float, applied: float, score: float | None, rows: list[Row]) -> PillarPart:
    points = round(sum(row.points for row in rows), 1)
    ordered = sorted(rows, key=lambda row: (-row.missed, row.code))
    return PillarPart(key, str(PILLAR_WORDS[key]), applied, asked, score, points, ordered)


def _village_row(
    scale: Scale,
    scored: Scored,
    points: float,
    known: Mapping[str, Indicator],
    told: Mapping[str, Figure],
    place: str,
    month: dt.date,
) -> Row:
    value, is_hidden = _value_words(scale, known, told)
    return Row(
        scale.code, scale_label(scale, known), value, bound_words(scale, scale.floor, known),
        bound_words(scale, scale.target, known), round(scored.score, 1), is_hidden, scored.weight, points,
        round(scored.missed, 1), indicator_url(scale.code, place, month),
    )  # fmt: skip


def _region_row(
    scale: Scale,
    part: ScoredPart,
    points: float,
    known: Mapping[str, Indicator],
    told: Mapping[str, Figure],
    place: str,
    month: dt.date,
) -> Row:
    one = known.get(scale.code)
    value, _is_hidden = _value_words(scale, known, told)
    return Row(
        scale.code, scale_label(scale, known), value, bound_words(scale, scale.floor, known),
        bound_words(scale, scale.target, known), round(part.score, 1),
        one is not None and one.sensitive, (part.points + part.lost) / 100, points, round(part.lost, 1),
        indicator_url(scale.code, place, month), part.told, part.low,
    )  # fmt: skip


def _absent(
    scheme: Scheme,
    there: Mapping[str, object],
    known: Mapping[str, Indicator],
    told: Mapping[str, Figure],
    place: str,
    month: dt.date,
) -> list[Absent]:
    return [
        Absent(
            scale_label(scale, known), str(PILLAR_WORDS[pillar]), indicator_url(scale.code, place, month),
            told.get(scale.code, MISSING).is_hidden,
        )
        for pillar in PILLARS
        for scale in scheme.of_pillar(pillar)
        if scale.code not in there
    ]  # fmt: skip


def indicator_url(code: str, place: str, month: dt.date) -> str:
    """The page of an indicator in a place and month."""
    return url_for("explorer.indicator", code=code, wilayah=place, bulan=f"{month:%Y-%m}")


def scale_label(scale: Scale, known: Mapping[str, Indicator]) -> str:
    """What is scored, with what it is divided by: "Warga berakun per Penduduk"."""
    one = known.get(scale.code)
    name = wording.label(one) if one else scale.code
    if not scale.per:
        return name
    other = known.get(scale.per)
    return str(
        _("%(what)s per %(each)s", what=name, each=(wording.label(other) if other else scale.per).lower())
    )


def _value_words(
    scale: Scale, known: Mapping[str, Indicator], told: Mapping[str, Figure]
) -> tuple[str, bool]:
    """The value as it may be told, and whether it is hidden."""
    one = known.get(scale.code)
    figure = told.get(scale.code, MISSING)
    if one is None:
        return wording.MISSING_MARK, True
    if figure.is_hidden or figure.value is None or not scale.per:
        return wording.said(one, figure), figure.is_hidden
    other = told.get(scale.per, MISSING)
    if not other.value:
        return wording.said(one, figure), False
    share = figure.value / other.value
    shown = percent(share, 1) if shape_of(scale, dict(known)) == "percent" else number(round(share, 3))
    parts = _("%(count)s dari %(whole)s", count=number(round(figure.value)), whole=number(round(other.value)))
    return f"{shown} ({parts})", False


def bound_words(scale: Scale, bound: float, known: Mapping[str, Indicator]) -> str:
    """A floor or target with its unit's sign."""
    shape = shape_of(scale, dict(known))
    if shape == "percent":
        return percent(bound, 1)
    one = known.get(scale.code)
    if one is None or shape == "each" or one.unit in ("yes_no", "date"):
        return number(round(bound, 3))
    return wording.said_value(one, bound)
