"""Scoring villages: one statement for all villages of a month, out of the table of figures.

A village's index is the weighted mean of its pillars, a pillar's the mean of its scored indicators. What a village does
not tell is left out: an indicator out of its pillar's mean, a pillar with none out of the whole, whose other weights
are scaled up. With fewer than a third of the scheme's indicators there is no index.

A sensitive count must not be read back out of a score: from 1 to 4 it is scored as 2.5 whatever it is, and scores go in
steps that five people make at least.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.indicators.declarations import declared
from app.core.indicators.suppression import LEAST
from app.extensions import db
from app.province.readiness.indicators import INDEX, INDICATORS, PILLARS
from app.province.readiness.schemes import Scheme, keep_shipped, scheme_of

NEEDED = 3
"""One in so many of the scheme's indicators must be told."""

# One row for each village and scored indicator that it tells. The scheme's scales come as arrays.
_SCORED = """
    scale AS (
      SELECT * FROM unnest(
        CAST(:codes AS text[]), CAST(:pillars AS text[]), CAST(:floors AS float8[]), CAST(:targets AS float8[]),
        CAST(:pers AS text[]), CAST(:sensitive AS bool[]), CAST(:weights AS float8[])
      ) AS one (code, pillar, floor, target, per, sensitive, weight)
    ),
    told AS (
      SELECT v.tenant_id, s.code, s.pillar, s.weight, s.floor, s.target, s.sensitive, v.source, v.as_of,
        CASE WHEN NOT s.sensitive THEN v.value
             WHEN coalesce(v.numerator, v.value) > 0 AND coalesce(v.numerator, v.value) < :least THEN :least / 2.0
             ELSE coalesce(v.numerator, v.value) END AS top,
        CASE WHEN s.per IS NOT NULL THEN p.value
             WHEN s.sensitive THEN coalesce(v.denominator, 1)
             ELSE 1 END AS bottom
      FROM scale s
      JOIN platform.indicator_value v ON v.code = s.code AND v.period = :period
      LEFT JOIN platform.indicator_value p
        ON p.code = s.per AND p.period = :period AND p.tenant_id = v.tenant_id
      WHERE {which}
    ),
    raw AS (
      SELECT *, greatest(0, least(100, 100 * (top / bottom - floor) / (target - floor))) AS points,
        greatest(1, 100 * :least / (bottom * abs(target - floor))) AS step
      FROM told WHERE bottom > 0
    ),
    scored AS (
      SELECT tenant_id, code, pillar, weight, source, as_of,
        CASE WHEN sensitive THEN least(100, round(CAST(points / step AS numeric)) * step) ELSE points END AS score
      FROM raw
    ),
    by_pillar AS (
      SELECT tenant_id, pillar, avg(score) AS score, max(weight) AS weight, count(*) AS told,
        min(source) AS source, max(source) AS other_source, bool_or(source = 'demo') AS demo, max(as_of) AS as_of
      FROM scored GROUP BY tenant_id, pillar
    ),
    village AS (
      SELECT tenant_id, sum(score * weight) / nullif(sum(weight), 0) AS score, sum(told) AS told, sum(weight) AS weight,
        CASE WHEN bool_or(demo) THEN 'demo' WHEN min(source) = max(other_source) THEN min(source) ELSE 'siger' END
          AS source,
        max(as_of) AS as_of
      FROM by_pillar GROUP BY tenant_id
      HAVING sum(told) * :needed >= :whole AND sum(weight) > 0
    )
"""

_WRITE = """
    WITH {scored},
    fresh AS (
      SELECT tenant_id, :index AS code, round(CAST(score AS numeric), 1)::float8 AS value, source, as_of FROM village
      UNION ALL
      SELECT b.tenant_id, 'readiness.' || b.pillar, round(CAST(b.score AS numeric), 1)::float8, v.source, v.as_of
      FROM by_pillar b JOIN village v ON v.tenant_id = b.tenant_id
    ),
    gone AS (
      DELETE FROM platform.indicator_value v
      WHERE v.period = :period AND v.code = ANY(CAST(:written AS text[])) AND {which}
        AND NOT EXISTS (SELECT FROM fresh f WHERE f.tenant_id = v.tenant_id AND f.code = v.code)
    )
    INSERT INTO platform.indicator_value AS old
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT :period, tenant_id, code, value, value, 1, NULL, as_of, source FROM fresh
    ON CONFLICT (period, tenant_id, code) DO UPDATE
    SET (value, numerator, denominator, as_of, source)
      = (excluded.value, excluded.numerator, excluded.denominator, excluded.as_of, excluded.source)
    WHERE (old.value, old.numerator, old.denominator, old.as_of, old.source)
      IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator, excluded.as_of, excluded.source)
"""

_ALL = "TRUE"
_SOME = "v.tenant_id = ANY(CAST(:tenants AS uuid[]))"
_DISTRICTS = (
    "v.tenant_id IN (SELECT id FROM platform.tenant WHERE district_code = ANY(CAST(:districts AS text[])))"
)
_REGION = """v.tenant_id IN (
    SELECT id FROM platform.tenant WHERE code LIKE :region || '.%' OR code = :region)"""


def score_villages(period: dt.date, tenant_ids: Sequence[uuid.UUID] | None = None) -> None:
    """Score the villages of a month by its scheme, in the open transaction of a platform scope.

    Args:
        period: the first day of the month.
        tenant_ids: only these villages; all that tell figures when None.
    """
    if tenant_ids is None:
        _write(period, _ALL, {})
    else:
        _write(period, _SOME, {"tenants": [str(one) for one in tenant_ids]})


def score_districts(period: dt.date, districts: Sequence[str] | None) -> None:
    """Score the villages of these kecamatan, of all when None; called before a month is added up."""
    if districts is None:
        _write(period, _ALL, {})
    else:
        _write(period, _DISTRICTS, {"districts": list(districts)})


def _write(period: dt.date, which: str, chosen: dict[str, Any]) -> None:
    keep_shipped()
    statement = _WRITE.format(scored=_SCORED.format(which=which), which=which)
    given = {"index": INDEX, "written": [one.code for one in INDICATORS]}
    db.session.execute(text(statement), {**_given(scheme_of(period), period), **given, **chosen})


def _given(scheme: Scheme, period: dt.date) -> dict[str, Any]:
    known = {one.code: one.sensitive for one in declared()}
    scales = scheme.scales
    return {
        "period": period,
        "codes": [scale.code for scale in scales],
        "pillars": [scale.pillar for scale in scales],
        "floors": [scale.floor for scale in scales],
        "targets": [scale.target for scale in scales],
        "pers": [scale.per for scale in scales],
        "sensitive": [known.get(scale.code, True) for scale in scales],
        "weights": [scheme.weights.get(scale.pillar, 0.0) for scale in scales],
        "least": float(LEAST),
        "needed": NEEDED,
        "whole": len(scales),
    }


@dataclass(frozen=True, slots=True)
class Scored:
    """An indicator's score in a village (0–100) and what it adds to the village's index."""

    code: str
    pillar: str
    score: float
    points: float
    weight: float
    """Its part of the whole, from 0 to 1."""

    @property
    def missed(self) -> float:
        """What it would add beyond that at its target."""
        return self.weight * (100 - self.score)


@dataclass(frozen=True, slots=True)
class ScoredVillage:
    """What a village tells for the index: its scored indicators; `index` is None with fewer than a third of them."""

    index: float | None
    scored: tuple[Scored, ...]
    as_of: dt.datetime | None


_OPENED = """
    WITH {scored}
    SELECT s.code, s.pillar, s.score, s.weight / nullif(b.told * w.whole, 0) AS weight,
      round(CAST(v.score AS numeric), 1)::float8 AS reached, s.as_of
    FROM scored s
    JOIN by_pillar b ON b.tenant_id = s.tenant_id AND b.pillar = s.pillar
    JOIN (SELECT tenant_id, sum(weight) AS whole FROM by_pillar GROUP BY tenant_id) w ON w.tenant_id = s.tenant_id
    LEFT JOIN village v ON v.tenant_id = s.tenant_id
"""


def open_village(scheme: Scheme, period: dt.date, tenant_id: uuid.UUID) -> ScoredVillage:
    """A village's index with all that it is made of (one select)."""
    statement = text(_OPENED.format(scored=_SCORED.format(which=_SOME)))
    given = {**_given(scheme, period), "tenants": [str(tenant_id)]}
    rows = db.session.execute(statement, given).all()
    scored = tuple(_scored(row.code, row.pillar, float(row.score), float(row.weight or 0)) for row in rows)
    newest = max((row.as_of for row in rows), default=None)
    return ScoredVillage(rows[0].reached if rows else None, scored, newest)


def _scored(code: str, pillar: str, score: float, weight: float) -> Scored:
    return Scored(code, pillar, score, score * weight, weight)


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """An indicator over the villages of a region that have an index.

    `score` is the mean over those that tell it (`told`), `points` what it adds to the mean index of all of them, `lost`
    what it would add beyond that if all of them reached the target.
    """

    code: str
    pillar: str
    score: float
    points: float
    lost: float
    told: int
    low: int
    """How many of them score below 40."""


@dataclass(frozen=True, slots=True)
class ScoredRegion:
    """The mean index of a region's villages opened into indicators."""

    index: float | None
    villages: int
    parts: tuple[ScoredPart, ...]


_OPENED_REGION = """
    WITH {scored},
    whole AS (SELECT count(*) AS villages, avg(round(CAST(score AS numeric), 1))::float8 AS reached FROM village)
    SELECT s.code, s.pillar, avg(s.score) AS score, count(*) AS told, count(*) FILTER (WHERE s.score < 40) AS low,
      sum(s.score * s.weight / (b.told * v.weight)) / max(whole.villages) AS points,
      sum((100 - s.score) * s.weight / (b.told * v.weight)) / max(whole.villages) AS lost,
      max(whole.villages) AS villages, max(whole.reached) AS reached
    FROM scored s
    JOIN village v ON v.tenant_id = s.tenant_id
    JOIN by_pillar b ON b.tenant_id = s.tenant_id AND b.pillar = s.pillar
    CROSS JOIN whole
    GROUP BY s.code, s.pillar
"""


def open_region(scheme: Scheme, period: dt.date, region_code: str) -> ScoredRegion:
    """The mean index of a region's villages with what it is made of (one select)."""
    statement = text(_OPENED_REGION.format(scored=_SCORED.format(which=_REGION)))
    rows = db.session.execute(statement, {**_given(scheme, period), "region": region_code}).all()
    if not rows:
        return ScoredRegion(None, 0, ())
    parts = tuple(
        ScoredPart(
            row.code, row.pillar, float(row.score), float(row.points), float(row.lost), row.told, row.low
        )
        for row in rows
    )
    return ScoredRegion(rows[0].reached, rows[0].villages, parts)


_TRIED = """
    WITH {scored}
    SELECT tenant_id, round(CAST(score AS numeric), 1)::float8 AS reached FROM village
"""


def indices(scheme: Scheme, period: dt.date) -> dict[uuid.UUID, float]:
    """What every village's index would be by a scheme, written nowhere (one select)."""
    statement = text(_TRIED.format(scored=_SCORED.format(which=_ALL)))
    return {row.tenant_id: row.reached for row in db.session.execute(statement, _given(scheme, period))}


__all__ = [
    "PILLARS", "Scored", "ScoredPart", "ScoredRegion", "ScoredVillage", "indices", "open_region", "open_village",
    "score_districts", "score_villages",
]  # fmt: skip
