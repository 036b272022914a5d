"""Two years of figures of all villages, written into the province's table and marked as made up (`source = 'demo'`).

Villages that live in the demo tell their present month themselves; the months before are filled in for them, too. Every
figure that a capability declares has a formula here, a test sees to it.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import psycopg
from flask import current_app
from sqlalchemy import select, text

from app.core import audit
from app.core.indicators.declarations import declared, median_of, months_before, period_of
from app.core.indicators.models import IndicatorRollup, IndicatorValue
from app.core.indicators.rollup import refigure
from app.demo.province_formulas import FLOWS, NONE, SNAPSHOTS, Formula
from app.demo.province_stories import MONTHS, SHARES, Tale, tales
from app.extensions import db
from app.settings import Settings
from tenants.bootstrap import libpq_url
from tenants.models import LIVE_STATES, TenantRow, TenantState, now
from tenants.registry import hosts_changed

SPEEDS = 5
"""Classes of how fast villages work."""

_VILLAGES = """
    demo_tale AS MATERIALIZED (SELECT * FROM unnest(
      CAST(:ids AS uuid[]), CAST(:people AS int[]), CAST(:live AS int[]), CAST(:silent AS int[]),
      CAST(:zeal AS float8[]), CAST(:staff AS int[]), CAST(:speed AS int[]), CAST(:idle AS float8[]),
      CAST(:lives AS bool[]), CAST(:others AS bool[]),
      CAST(:female AS float8[]), CAST(:small AS float8[]), CAST(:school AS float8[]), CAST(:old AS float8[]),
      CAST(:working AS float8[]), CAST(:disabled AS float8[]), CAST(:uncertified AS float8[]),
      CAST(:insured AS float8[]), CAST(:complete AS float8[]), CAST(:portal AS float8[])
    ) AS t (id, people, live, silent, zeal, staff, speed, idle, lives, other,
      female, small, school, old, working, disabled, uncertified, insured, complete, portal))
"""
_SPEEDS = """
    demo_speed AS MATERIALIZED (SELECT * FROM unnest(
      CAST(:speeds AS int[]), CAST(:hours AS float8[]), CAST(:days AS float8[]), CAST(:hour_parts AS text[]),
      CAST(:day_parts AS text[])
    ) AS s (speed, hours, days, hour_parts, day_parts))
"""
_MONTH = """
    WITH {tales}, {speeds}
    INSERT INTO platform.indicator_value
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT :period, m.id, f.code, f.value, f.numerator, f.denominator, f.buckets, m.stamp, 'demo'
    FROM (
      SELECT *, round(req * (0.86 + 0.1 * zeal)) AS iss FROM (
        SELECT *, CASE WHEN quiet THEN 0 ELSE round(p * 0.0075 * u * (0.6 + 0.8 * n)) END AS req,
          CASE WHEN quiet THEN 0 ELSE round(p * 0.0007 * u * (0.3 + 1.4 * o)) END AS got FROM (
          SELECT t.*, CAST(:ago AS int) AS ago, s.hours, s.days, CAST(s.hour_parts AS float8[]) AS hour_parts,
            CAST(s.day_parts AS float8[]) AS day_parts, random() AS n, random() AS o,
            round(t.people * (1 - 0.0011 * :ago)) AS p, t.live - :ago AS a,
            least(1, 0.3 + 0.055 * (t.live - :ago)) * t.zeal AS u, t.silent > :ago AND t.silent > 0 AS quiet,
            CAST(:stamp AS timestamptz) - make_interval(days => 30 * greatest(t.silent - :ago, 0)) AS stamp,
            CAST(:stamp AS timestamptz) - make_interval(
              secs => 3600 * CASE WHEN t.silent > :ago OR :ago = 0 THEN t.idle - 730 * :ago ELSE 20 END
            ) AS active_at
          FROM demo_tale t JOIN demo_speed s USING (speed)
          WHERE t.live >= :ago AND (:ago > 0 OR NOT t.lives)
        ) drawn
      ) asked
    ) m CROSS JOIN LATERAL (VALUES {values}) AS f (code, is_flow, value, numerator, denominator, buckets)
    WHERE f.value IS NOT NULL AND (NOT f.is_flow OR NOT m.quiet)
      AND (NOT m.other OR f.code = ANY(CAST(:pushed AS text[])) OR f.code LIKE 'pop.%')
    ORDER BY m.id, f.code
    {unless_told}
"""
_LIVE = """
    WITH {tales}
    INSERT INTO platform.indicator_value (period, tenant_id, code, value, as_of, source)
    SELECT :period, id, 'adoption.live', CASE WHEN NOT other AND live >= :ago THEN 1 ELSE 0 END, :stamp, 'demo'
    FROM demo_tale WHERE :ago > 0 OR NOT lives ORDER BY id
    ON CONFLICT DO NOTHING
"""
_AS_REGISTERED = """
    UPDATE platform.indicator_value v
    SET value = CASE WHEN t.state = ANY(CAST(:live AS text[])) THEN 1 ELSE 0 END
    FROM platform.tenant t
    WHERE t.id = v.tenant_id AND v.period = :period AND v.code = 'adoption.live' AND v.source = 'demo'
"""
_UNTOLD = """
    DELETE FROM platform.indicator_value v USING platform.tenant t
    WHERE t.id = v.tenant_id AND t.schema_name IS NOT NULL AND v.source = 'demo' AND NOT EXISTS (
      SELECT FROM platform.indicator_value n
      WHERE (n.tenant_id, n.code, n.period, n.source) = (v.tenant_id, v.code, :period, 'siger')
    )
"""
"""A village that lives has no past of what it does not tell now."""
_BUCKETS = "(SELECT jsonb_agg(round({cases} * w)::int) FROM unnest(m.{weights}) AS w)"
BY_REGISTRY = "adoption.live"
PUSHED = (
    "adoption.last_activity", "adoption.staff_active_7d", "letters.requested", "letters.issued",
    "letters.within_promise_share", "complaints.received", "complaints.resolved_share",
)  # fmt: skip
"""What villages with another system tell, besides their people."""
NOT_FROM_VILLAGES = ("readiness.", "adoption.mentoring_open")
"""Computed out of the others, or out of what the programme did."""


def seed_province(tell: Callable[[str], None], months: int = MONTHS) -> int:
    """Write the past of all villages and add it up; return how many months were written. Inside a platform scope."""
    written = write_past(tell, months)
    add_up(tell, months)
    return written


def write_past(tell: Callable[[str], None], months: int = MONTHS) -> int:
    """Write the past of all villages and let them stand where it leads; return how many months were written.

    Inside a platform scope; commits month by month. Does nothing when the past is there already.
    """
    first = months_before(period_of(now()).first, months - 1)
    older = select(IndicatorValue.code).where(IndicatorValue.source == "demo", IndicatorValue.period == first)
    if db.session.scalar(older.limit(1)):
        return 0
    rows = list(db.session.scalars(select(TenantRow).order_by(TenantRow.code)))
    told = tales(rows, _present())
    for ago in reversed(range(months)):
        _write_month(told, ago)
        tell(f"{months - ago} of {months} months")
    db.session.execute(text(_UNTOLD), {"period": period_of(now()).first})
    _settle(told)
    db.session.execute(text(_AS_REGISTERED), {"period": period_of(now()).first, "live": sorted(LIVE_STATES)})
    audit.record("demo.history_written", object_type="demo", summary=f"{months}", details={"demo": True})
    db.session.commit()
    _learn()
    hosts_changed()
    return months


def add_up(tell: Callable[[str], None], months: int = MONTHS) -> int:
    """Add up the months of the past that nobody added up yet, the oldest first; return how many. Commits each.

    Inside a platform scope. What follows from what the programme did (training, mentoring) is written on the way.
    """
    wanted = [months_before(period_of(now()).first, ago) for ago in reversed(range(months))]
    made_up = select(IndicatorRollup.period).where(
        IndicatorRollup.period.in_(wanted), IndicatorRollup.region_code == "18", IndicatorRollup.demo_villages > 0
    )  # fmt: skip
    done = set(db.session.scalars(made_up.distinct()))
    missing = [period for period in wanted if period not in done]
    for number, period in enumerate(missing, start=1):
        refigure([period])
        db.session.commit()
        tell(f"{number} of {len(missing)} months")
    if missing:
        _learn()
        hosts_changed()
    return len(missing)


def _learn() -> None:
    """Let the planner know what was written; only who owns the tables may say so."""
    settings: Settings = current_app.config["SETTINGS"]
    with psycopg.connect(libpq_url(settings.owner_database_url), autocommit=True) as conn:
        conn.execute("ANALYZE platform.indicator_value, platform.indicator_rollup")


def _present() -> dict[uuid.UUID, dict[str, float]]:
    """What the villages tell of the present month that live in the demo."""
    query = select(IndicatorValue.tenant_id, IndicatorValue.code, IndicatorValue.value).where(
        IndicatorValue.period == period_of(now()).first, IndicatorValue.source == "siger"
    )
    found: dict[uuid.UUID, dict[str, float]] = defaultdict(dict)
    for tenant_id, code, value in db.session.execute(query):
        found[tenant_id][code] = value
    return dict(found)


def formulas() -> dict[str, tuple[Formula, bool]]:
    """What is made up: code → (formula, whether it is a flow)."""
    return {code: (one, False) for code, one in SNAPSHOTS.items()} | {
        code: (one, True) for code, one in FLOWS.items()
    }


def without_formula() -> list[str]:
    """Codes of declared indicators that nobody made up anything for; a test keeps it empty."""
    known = {*formulas(), BY_REGISTRY}
    return [
        one.code for one in declared() if one.code not in known and not one.code.startswith(NOT_FROM_VILLAGES)
    ]


def _write_month(told: Sequence[Tale], ago: int) -> None:
    moment = now()
    first = months_before(period_of(moment).first, ago)
    stamp = moment
    if ago:
        stamp = period_of(dt.datetime.combine(first, dt.time(12), dt.UTC)).end - dt.timedelta(hours=7)
    villages = {
        "ids": [one.row.id for one in told],
        "people": [one.people for one in told],
        "live": [18 if one.software else one.live for one in told],
        "silent": [one.silent for one in told],
        "zeal": [one.zeal for one in told],
        "staff": [one.staff for one in told],
        "speed": [min(SPEEDS - 1, int(one.zeal * SPEEDS)) for one in told],
        "lives": [one.row.schema_name is not None for one in told],
        "others": [one.software is not None for one in told],
        "pushed": list(PUSHED),
        "idle": [one.idle for one in told],
        **{name: [one.shares[name] for one in told] for name in SHARES},
        "period": first,
        "ago": ago,
        "stamp": stamp,
    }
    db.session.execute(text("SELECT setseed(:seed)"), {"seed": (ago % 20) / 20})
    told_already = select(IndicatorValue.code).where(IndicatorValue.period == first).limit(1)
    # Looking at every row whether it is there costs a third of writing it; of most months nobody told anything.
    unless_told = "ON CONFLICT DO NOTHING" if db.session.scalar(told_already) else ""
    month = _MONTH.format(tales=_VILLAGES, speeds=_SPEEDS, values=_values(), unless_told=unless_told)
    db.session.execute(text(month), {**villages, **_speeds()})
    db.session.execute(text(_LIVE.format(tales=_VILLAGES)), villages)
    db.session.commit()


def _values() -> str:
    """The rows of one village's month as SQL: constants of this module, nothing from outside."""
    known = {one.code: one for one in declared()}
    parts = []
    for code, ((value, top, bottom), is_flow) in formulas().items():
        if code not in known:
            continue
        buckets = "NULL::jsonb"
        if known[code].rollup == "histogram":
            cases, weights = ("iss", "hour_parts") if code.startswith("letters") else ("got", "day_parts")
            buckets = _BUCKETS.format(cases=cases, weights=weights)
            value = f"CASE WHEN {cases} > 0 THEN {value} END"
        if bottom != NONE:
            value = f"({top})::float8 / nullif({bottom}, 0)"
        parts.append(
            f"('{code}', {str(is_flow).lower()}, ({value})::float8, ({top})::float8, ({bottom})::float8, {buckets})"
        )
    return ", ".join(parts)


def _speeds() -> dict[str, list[object]]:
    known = {one.code: one.edges for one in declared()}
    given: dict[str, list[object]] = {
        "speeds": [],
        "hours": [],
        "days": [],
        "hour_parts": [],
        "day_parts": [],
    }
    for speed in range(SPEEDS):
        given["speeds"].append(speed)
        for name, code, slow, fast in (
            ("hour", "letters.median_hours", 40.0, 0.6),
            ("day", "complaints.median_days", 18.0, 1.5),
        ):
            typical = slow * (fast / slow) ** (speed / (SPEEDS - 1))
            parts = _parts(known[code], typical)
            given[f"{name}s"].append(median_of([round(1000 * part) for part in parts], known[code]))
            given[f"{name}_parts"].append("{" + ",".join(f"{part:.4f}" for part in parts) + "}")
    return given


def _parts(edges: Sequence[float], typical: float) -> list[float]:
    """The shares of a histogram's buckets when half of what is measured stays below `typical`."""

    def below(edge: float) -> float:
        return 1 / (1 + math.pow(typical / edge, 1.4)) if edge else 0.0

    bounds = [0.0, *edges]
    return [below(b) - below(a) for a, b in pairwise(bounds)] + [1 - below(edges[-1])]


def _settle(told: Sequence[Tale]) -> None:
    """Let the registry say where villages stand, of those that nothing is said of yet."""
    moment = now()
    for one in told:
        row = one.row
        if row.schema_name is not None or row.state != TenantState.LISTED:
            continue
        row.software = one.software
        if one.state == TenantState.LISTED:
            continue
        row.state, row.live_at = one.state, one.live_at(moment)
        row.last_activity_at = one.last_activity_at(moment)
        row.state_since = row.last_activity_at or moment - dt.timedelta(days=1 + len(row.name) * 3)
        if one.live is not None:
            row.provisioned_at = moment - dt.timedelta(days=30.4 * one.live + 12)
        if one.state == TenantState.SUSPENDED:
            row.state_reason = "Contoh: diminta oleh kabupaten selama pergantian pejabat"
            row.state_before = TenantState.ACTIVE
    db.session.flush()
