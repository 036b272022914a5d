"""Adding villages' figures up: by kecamatan, kabupaten/kota and province, desa and kelurahan apart.

A change in a village leaves a mark (`RollupDue`) in the transaction that writes its figures; a job adds up the marked
kecamatan and what lies above them, from the level below, so a change costs some hundreds of rows whatever the size of
the province. Writers of a month are kept apart by an advisory lock.

An archived village (closed for good, joined to another, or about to be deleted) does not use Siger any more: what it
told of the month that runs is taken away before that month is added up, whoever wrote it. Months that are over stay as
they were told. A suspended one goes on counting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core.indicators.declarations import declared, period_of
from app.core.indicators.hiding import hide_small
from app.core.indicators.models import RollupDue
from app.core.indicators.versions import note_versions
from app.extensions import db
from tenants.models import TenantRow, TenantState, now

log = structlog.get_logger(__name__)

LOCK = "indicators.rollup"

_CLEAR = """
    DELETE FROM platform.indicator_rollup
    WHERE period = ANY(CAST(:periods AS date[])) AND length(region_code) = :length AND {which}
"""

# Villages of one month into their kecamatan. `max` indicators keep the largest; buckets are added afterwards.
_DISTRICTS = """
    INSERT INTO platform.indicator_rollup
      (region_code, period, code, kind, value, numerator, denominator, buckets, villages, demo_villages, oldest, newest)
    SELECT t.district_code, v.period, v.code, t.kind,
      CASE WHEN v.code = ANY(CAST(:largest AS text[])) THEN max(v.value) ELSE sum(v.value) END,
      sum(v.numerator), sum(v.denominator), NULL, count(*), count(*) FILTER (WHERE v.source = 'demo'),
      min(v.as_of), max(v.as_of)
    FROM platform.indicator_value v JOIN platform.tenant t ON t.id = v.tenant_id
    WHERE v.period = ANY(CAST(:periods AS date[])) AND {which}
    GROUP BY t.district_code, v.period, v.code, t.kind
"""

# A level into the one above: the code of the region above is the beginning of the code.
_ABOVE = """
    INSERT INTO platform.indicator_rollup
      (region_code, period, code, kind, value, numerator, denominator, buckets, villages, demo_villages, oldest, newest)
    SELECT left(region_code, :length), period, code, kind,
      CASE WHEN code = ANY(CAST(:largest AS text[])) THEN max(value) ELSE sum(value) END,
      sum(numerator), sum(denominator), NULL, sum(villages), sum(demo_villages), min(oldest), max(newest)
    FROM platform.indicator_rollup
    WHERE {which} AND period = ANY(CAST(:periods AS date[]))
    GROUP BY left(region_code, :length), period, code, kind
"""

_BUCKETS_OF_DISTRICTS = """
    UPDATE platform.indicator_rollup r SET buckets = s.buckets
    FROM (
      SELECT district_code, period, code, kind, jsonb_agg(count ORDER BY at) AS buckets FROM (
        SELECT t.district_code, v.period, v.code, t.kind, b.at, sum(b.count::bigint) AS count
        FROM platform.indicator_value v JOIN platform.tenant t ON t.id = v.tenant_id,
          jsonb_array_elements_text(v.buckets) WITH ORDINALITY AS b (count, at)
        WHERE v.code = ANY(CAST(:histograms AS text[])) AND v.period = ANY(CAST(:periods AS date[]))
          AND v.buckets IS NOT NULL AND {which}
        GROUP BY t.district_code, v.period, v.code, t.kind, b.at
      ) one GROUP BY district_code, period, code, kind
    ) s
    WHERE (r.region_code, r.period, r.code, r.kind) = (s.district_code, s.period, s.code, s.kind)
"""

_BUCKETS_ABOVE = """
    UPDATE platform.indicator_rollup r SET buckets = s.buckets
    FROM (
      SELECT above, period, code, kind, jsonb_agg(count ORDER BY at) AS buckets FROM (
        SELECT left(v.region_code, :length) AS above, v.period, v.code, v.kind, b.at, sum(b.count::bigint) AS count
        FROM platform.indicator_rollup v, jsonb_array_elements_text(v.buckets) WITH ORDINALITY AS b (count, at)
        WHERE {which} AND v.period = ANY(CAST(:periods AS date[])) AND v.code = ANY(CAST(:histograms AS text[]))
          AND v.buckets IS NOT NULL
        GROUP BY left(v.region_code, :length), v.period, v.code, v.kind, b.at
      ) one GROUP BY above, period, code, kind
    ) s
    WHERE (r.region_code, r.period, r.code, r.kind) = (s.above, s.period, s.code, s.kind)
"""

_BELOW = "{}region_code = ANY(CAST(:below AS text[]))"

PROVINCE_LENGTH, REGENCY_LENGTH, DISTRICT_LENGTH = 2, 5, 8
"""Length of the dotted codes: 18, 18.06, 18.06.20."""

Hook = Callable[[dt.date, Sequence[str] | None], None]
"""Called with a month and the kecamatan that changed (all when None), in the open platform transaction."""
_hooks: list[Hook] = []


def before_rolling(function: Hook, *, first: bool = False) -> Hook:
    """Register what writes figures that follow from other figures, just before villages are added up.

    It writes `indicator_value` of villages in those kecamatan and does not commit; nothing need be marked. Usable as a
    decorator. `first`: it follows from no villages' figures, so what follows from them may follow from its own.
    """
    if function not in _hooks:
        _hooks.insert(0 if first else len(_hooks), function)
    return function


def months_due() -> list[dt.date]:
    """Months of which something waits to be added up, newest first (one select)."""
    return list(db.session.scalars(select(RollupDue.period).distinct().order_by(RollupDue.period.desc())))


def roll_up_at_once() -> None:
    """Add up what is marked if nobody else adds up just now; who does, or the job that was asked for, sees it then.

    Commits, inside a platform scope. Where the database refuses, that is left to the job, too.
    """
    free = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
    try:
        for period in months_due():
            if not db.session.scalar(free, {"name": LOCK}):
                break
            _work_off(period, only_marked=True)
    except DBAPIError as error:
        log.warning("roll_up_left_to_the_job", error=str(error).partition("\n")[0])
    db.session.rollback()


def roll_up_due() -> int:
    """Add up all that is marked, newest month first, and return how many marks were worked off.

    Commits month by month, inside a platform scope. A mark that was set again meanwhile stays, so a change is never
    lost; a run that was killed leaves its marks to the next.
    """
    done = sum(_work_off(period, only_marked=True) for period in months_due())
    db.session.rollback()
    return done


def roll_up_month(period: dt.date) -> None:
    """Add up a whole month from the villages' figures, marked or not. Commits, inside a platform scope."""
    _work_off(period, only_marked=False)


def _work_off(period: dt.date, *, only_marked: bool) -> int:
    _wait_for_others()
    note_versions(period_of(now()).first)
    marks = select(RollupDue.district_code, RollupDue.asked_at).where(RollupDue.period == period)
    seen = dict(db.session.execute(marks).all())
    refigure([period], sorted(seen) if only_marked else None)
    db.session.execute(_FORGET, {"period": period, "districts": list(seen), "stamps": list(seen.values())})
    db.session.commit()
    return len(seen)


def refigure(periods: Sequence[dt.date], districts: Sequence[str] | None = None) -> None:
    """Write the figures that follow from others (the hooks), then add up; arguments as for `roll_up`, uncommitted.

    What is hidden is decided first: figures that follow from others must not tell it. So kecamatan of which something
    else is hidden than before are figured anew, too.
    """
    if districts is not None and not districts:
        return
    _wait_for_others()
    for period in periods:
        left = _leave_out_archived(period)
        veiled = hide_small(period)
        some = districts
        if districts is not None:
            villages = (place for place in veiled if len(place) > DISTRICT_LENGTH)
            some = sorted({*districts, *left, *(place[:DISTRICT_LENGTH] for place in villages)})
        for hook in _hooks:
            hook(period, some)
        _leave_out_archived(period)
        _sum_up([period], some)


# The list of archived villages is made first: a join would be planned by what is known of a month that just began.
_LEAVE_OUT = text(
    """
    DELETE FROM platform.indicator_value v USING (
      SELECT tenant_id, code FROM platform.indicator_value
      WHERE period = :period
        AND tenant_id = ANY(ARRAY(SELECT id FROM platform.tenant WHERE state = :archived))
      ORDER BY tenant_id, code FOR UPDATE SKIP LOCKED
    ) gone, platform.tenant t
    WHERE v.period = :period AND v.tenant_id = gone.tenant_id AND v.code = gone.code AND t.id = gone.tenant_id
    RETURNING t.district_code
    """
)


def _leave_out_archived(period: dt.date) -> set[str]:
    """Take archived villages out of a month that is not over; return the kecamatan that told less then."""
    if period < period_of(now()).first:
        return set()
    return set(db.session.scalars(_LEAVE_OUT, {"period": period, "archived": TenantState.ARCHIVED.value}))


# Marks that somebody is setting anew are passed over: they have to stay anyway.
_FORGET = text(
    """
    DELETE FROM platform.indicator_rollup_due d USING (
      SELECT m.district_code, m.period FROM platform.indicator_rollup_due m
      JOIN unnest(CAST(:districts AS text[]), CAST(:stamps AS timestamptz[])) AS s (district_code, asked_at)
        ON (m.district_code, m.asked_at) = (s.district_code, s.asked_at)
      WHERE m.period = :period
      FOR UPDATE OF m SKIP LOCKED
    ) gone
    WHERE (d.district_code, d.period) = (gone.district_code, gone.period)
    """
)


def _wait_for_others() -> None:
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK})


def roll_up(periods: Sequence[dt.date], districts: Sequence[str] | None = None) -> None:
    """Add up months, in the open transaction of a platform scope.

    Args:
        periods: first days of months.
        districts: only these kecamatan and what lies above them; all when None.
    """
    if not periods or (districts is not None and not districts):
        return
    _wait_for_others()
    left: set[str] = set()
    for period in periods:
        left |= _leave_out_archived(period)
        hide_small(period)
    _sum_up(periods, None if districts is None else sorted({*districts, *left}))


def _sum_up(periods: Sequence[dt.date], districts: Sequence[str] | None) -> None:
    known = declared()
    given = {
        "periods": list(periods),
        "largest": [one.code for one in known if one.rollup == "max"],
        "histograms": [one.code for one in known if one.rollup == "histogram"],
    }
    regencies = sorted({code[:REGENCY_LENGTH] for code in districts}) if districts is not None else None
    provinces = sorted({code[:PROVINCE_LENGTH] for code in districts}) if districts is not None else None
    _clear(given, DISTRICT_LENGTH, districts)
    chosen = {} if districts is None else {"some": list(districts)}
    which = "TRUE" if districts is None else "t.district_code = ANY(CAST(:some AS text[]))"
    db.session.execute(text(_DISTRICTS.format(which=which)), {**given, **chosen})
    db.session.execute(text(_BUCKETS_OF_DISTRICTS.format(which=which)), {**given, **chosen})
    for length, below, some in (
        (REGENCY_LENGTH, TenantRow.district_code, regencies),
        (PROVINCE_LENGTH, TenantRow.regency_code, provinces),
    ):
        _clear(given, length, some)
        # The key begins with the place: naming those below keeps what is read small, however many months there are.
        named = select(below).distinct()
        if some is not None:
            named = named.where(func.left(below, length).in_(some))
        sizes = {"length": length, "below": list(db.session.scalars(named))}
        db.session.execute(text(_ABOVE.format(which=_BELOW.format(""))), {**given, **sizes})
        db.session.execute(text(_BUCKETS_ABOVE.format(which=_BELOW.format("v."))), {**given, **sizes})


def _clear(given: dict[str, object], length: int, some: Sequence[str] | None) -> None:
    which = "TRUE" if some is None else "region_code = ANY(CAST(:some AS text[]))"
    values = {"periods": given["periods"], "length": length, **({} if some is None else {"some": list(some)})}
    db.session.execute(text(_CLEAR.format(which=which)), values)
