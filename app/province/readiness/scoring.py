"""Scoring villages: one statement for all villages of a month, out of the table of figures.

A village's index is the weighted mean of its pillars, a pillar's the mean of its scored indicators. What a village does
not tell is left out: an indicator out of its pillar's mean, a pillar with none out of the whole, whose other weights
are scaled up. With fewer than a third of the scheme's indicators there is no index.

A score follows from what may be told and from nothing else, so that no weights and no targets bring back what may not:
a sensitive count that is shown as "<5" is scored as 2.5 whatever it is, one that is hidden for a neighbour's sake is
left out as if it were not told. What is hidden is decided before villages are scored (`rollup.refigure`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, text

from app.core.indicators.declarations import declared
from app.core.indicators.suppression import LEAST
from app.extensions import db
from app.province.readiness.indicators import INDEX, INDICATORS
from app.province.readiness.models import ReadinessPart
from app.province.readiness.schemes import Scheme, keep_shipped, scheme_of
from app.province.regions import Territory
from tenants.models import TenantRow

NEEDED = 3
"""One in so many of the scheme's indicators must be told."""

# Rows are brought together by sorting (windows), never by joining: a month that has just begun is unknown to the
# planner's statistics, and a join of two of its parts that are thought to be small takes minutes.
_SCORED = """
    scale AS (
      SELECT * FROM unnest(
        CAST(:codes AS text[]), CAST(:pillars AS text[]), CAST(:floors AS float8[]), CAST(:targets AS float8[]),
        CAST(:pers AS text[]), CAST(:sensitive AS bool[]), CAST(:weights AS float8[])
      ) AS one (code, pillar, floor, target, per, sensitive, weight)
    ),
    told AS (
      SELECT v.tenant_id, s.code, s.pillar, s.weight, s.floor, s.target, s.per, s.sensitive, FALSE AS divides,
        v.value, v.numerator, v.denominator, v.source, v.as_of,
        CASE WHEN s.sensitive THEN coalesce(
          (SELECT CASE WHEN h.is_small THEN 'small' ELSE 'hidden' END FROM platform.indicator_hidden h
           WHERE h.period = :period AND h.code = v.code
             AND h.place = (SELECT t.code FROM platform.tenant t WHERE t.id = v.tenant_id)),
          CASE WHEN coalesce(v.numerator, v.value) > 0 AND coalesce(v.numerator, v.value) < :least THEN 'small' END
        ) END AS veil
      FROM scale s JOIN platform.indicator_value v ON v.code = s.code AND v.period = :period
      WHERE {which}
      UNION ALL
      SELECT v.tenant_id, NULL, NULL, NULL, NULL, NULL, v.code, NULL, TRUE, v.value, NULL, NULL, NULL, NULL, NULL
      FROM platform.indicator_value v
      WHERE v.code = ANY(CAST(:divisors AS text[])) AND v.period = :period AND {which}
    ),
    divided AS (
      SELECT *,
        CASE WHEN NOT sensitive THEN value
             WHEN veil = 'small' THEN :least / 2.0
             ELSE coalesce(numerator, value) END AS top,
        CASE WHEN per IS NOT NULL THEN max(value) FILTER (WHERE divides) OVER (PARTITION BY tenant_id, per)
             WHEN veil = 'small' AND denominator IS NOT NULL THEN NULL
             WHEN sensitive THEN coalesce(denominator, 1)
             ELSE 1 END AS bottom
      FROM told
    ),
    raw AS (
      SELECT *, greatest(0, least(100, 100 * (top / bottom - floor) / (target - floor))) AS score
      FROM divided WHERE NOT divides AND bottom > 0 AND veil IS DISTINCT FROM 'hidden'
    ),
    scored AS (
      SELECT tenant_id, code, pillar, weight, source, as_of, score,
        count(*) OVER (PARTITION BY tenant_id, pillar) AS of_pillar,
        count(*) OVER (PARTITION BY tenant_id) AS of_village
      FROM raw
    ),
    weighed AS (
      SELECT *, sum(weight / of_pillar) OVER (PARTITION BY tenant_id) AS whole FROM scored
    ),
    counted AS (
      SELECT tenant_id, code, pillar, source, as_of, score, of_village,
        weight / of_pillar / nullif(whole, 0) AS weight,
        whole > 0 AND of_village * :needed >= :whole AS is_enough
      FROM weighed
    )
"""

_WRITE = """
    WITH {scored},
    fresh AS (
      SELECT tenant_id, coalesce('readiness.' || pillar, :index) AS code,
        round(CAST(CASE WHEN pillar IS NULL THEN sum(score * weight) ELSE avg(score) END AS numeric), 1)::float8
          AS value,
        CASE WHEN bool_or(source = 'demo') THEN 'demo' WHEN min(source) = max(source) THEN min(source) ELSE 'siger' END
          AS source,
        max(as_of) AS as_of
      FROM counted WHERE is_enough
      GROUP BY GROUPING SETS ((tenant_id, pillar), (tenant_id))
    ),
    gone AS (
      DELETE FROM platform.indicator_value v
      WHERE v.period = :period AND v.code = ANY(CAST(:written AS text[])) AND {which}
        AND (v.tenant_id, v.code) NOT IN (SELECT f.tenant_id, f.code FROM fresh f)
    ),
    parts AS (
      INSERT INTO platform.readiness_part (period, district_code, code, pillar, told, low, score, points, lost)
      SELECT :period, t.district_code, c.code, min(c.pillar), count(*), count(*) FILTER (WHERE c.score < 40),
        sum(c.score), sum(c.score * c.weight), sum((100 - c.score) * c.weight)
      FROM counted c JOIN platform.tenant t ON t.id = c.tenant_id
      WHERE c.is_enough
      GROUP BY t.district_code, c.code
    )
    INSERT INTO platform.indicator_value AS old
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT :period, tenant_id, code, value, value, 1, NULL, as_of, source FROM fresh ORDER BY tenant_id, code
    ON CONFLICT (period, tenant_id, code) DO UPDATE
    SET (value, numerator, denominator, as_of, source)
      = (excluded.value, excluded.numerator, excluded.denominator, excluded.as_of, excluded.source)
    WHERE (old.value, old.numerator, old.denominator, old.as_of, old.source)
      IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator, excluded.as_of, excluded.source)
"""

_ALL = "TRUE"
_SOME = "v.tenant_id = ANY(CAST(:tenants AS uuid[]))"


def score_villages(period: dt.date, tenant_ids: Sequence[uuid.UUID] | None = None) -> None:
    """Score the villages of a month by its scheme, in the open transaction of a platform scope.

    Args:
        period: the first day of the month.
        tenant_ids: these villages and the others of their kecamatan; all that tell figures when None.
    """
    if tenant_ids is None:
        return score_districts(period, None)
    query = select(TenantRow.district_code).where(TenantRow.id.in_(tenant_ids)).distinct()
    return score_districts(period, list(db.session.scalars(query)))


def score_districts(period: dt.date, districts: Sequence[str] | None) -> None:
    """Score the villages of these kecamatan, of all when None; called before a month is added up."""
    keep_shipped()
    ids, old = None, delete(ReadinessPart).where(ReadinessPart.period == period)
    if districts is not None:
        ids = list(db.session.scalars(select(TenantRow.id).where(TenantRow.district_code.in_(districts))))
        old = old.where(ReadinessPart.district_code.in_(districts))
    db.session.execute(old)
    which = _ALL if ids is None else _SOME
    statement = _WRITE.format(scored=_SCORED.format(which=which), which=which)
    given = {"index": INDEX, "written": [one.code for one in INDICATORS], **_chosen(ids)}
    db.session.execute(text(statement), {**_given(scheme_of(period), period), **given})


def _chosen(tenant_ids: Sequence[uuid.UUID] | None) -> dict[str, Any]:
    return {} if tenant_ids is None else {"tenants": [str(one) for one in tenant_ids]}


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
        "divisors": sorted({scale.per for scale in scales if scale.per}),
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
    SELECT code, pillar, score, weight, as_of,
      CASE WHEN is_enough THEN round(CAST(sum(score * weight) OVER () AS numeric), 1)::float8 END AS reached
    FROM counted
"""


def open_village(scheme: Scheme, period: dt.date, tenant_id: uuid.UUID) -> ScoredVillage:
    """A village's index with all that it is made of (one select)."""
    statement = text(_OPENED.format(scored=_SCORED.format(which=_SOME)))
    given = {**_given(scheme, period), **_chosen([tenant_id])}
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


def open_region(period: dt.date, territory: Territory, villages: int) -> list[ScoredPart]:
    """What the mean index of a region's villages is made of (one select of what was noted when they were scored).

    Args:
        period: the first day of the month.
        territory: a province, kabupaten/kota or kecamatan.
        villages: how many of its villages have an index.
    """
    part = ReadinessPart
    query = (
        select(
            part.code, func.min(part.pillar), func.sum(part.score), func.sum(part.points), func.sum(part.lost),
            func.sum(part.told), func.sum(part.low),
        )
        .where(part.period == period, part.district_code.startswith(territory.code, autoescape=True))
        .group_by(part.code)
        .order_by(part.code)
    )  # fmt: skip
    return [
        ScoredPart(code, pillar, score / told, points / villages, lost / villages, told, low)
        for code, pillar, score, points, lost, told, low in db.session.execute(query)
        if villages
    ]


_TRIED = """
    WITH {scored}
    SELECT tenant_id, round(CAST(sum(score * weight) AS numeric), 1)::float8 AS reached
    FROM counted WHERE is_enough GROUP BY tenant_id
"""


def indices(scheme: Scheme, period: dt.date) -> dict[uuid.UUID, float]:
    """What every village's index would be by a scheme, written nowhere (one select)."""
    statement = text(_TRIED.format(scored=_SCORED.format(which=_ALL)))
    return {row.tenant_id: row.reached for row in db.session.execute(statement, _given(scheme, period))}
