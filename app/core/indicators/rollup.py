"""Adding villages' figures up: by kecamatan, kabupaten/kota and province, desa and kelurahan apart.

A change in a village leaves a mark (`RollupDue`) in the transaction that writes its figures; a job adds up the marked
kecamatan and what lies above them, from the level below, so a change costs some hundreds of rows whatever the size of
the province. Writers of a month are kept apart by an advisory lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text

from app.extensions import db

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
    WHERE period = ANY(CAST(:periods AS date[])) AND length(region_code) = :below AND {which}
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
        WHERE v.code = ANY(CAST(:histograms AS text[])) AND v.period = ANY(CAST(:periods AS date[]))
          AND length(v.region_code) = :below AND v.buckets IS NOT NULL AND {which}
        GROUP BY left(v.region_code, :length), v.period, v.code, v.kind, b.at
      ) one GROUP BY above, period, code, kind
    ) s
    WHERE (r.region_code, r.period, r.code, r.kind) = (s.above, s.period, s.code, s.kind)
"""

PROVINCE_LENGTH, REGENCY_LENGTH, DISTRICT_LENGTH = 2, 5, 8
"""Length of the dotted codes: 18, 18.06, 18.06.20."""


def roll_up(periods: Sequence[dt.date], districts: Sequence[str] | None = None) -> None:
    """Add up months, in the open transaction of a platform scope.

    Args:
        periods: first days of months.
        districts: only these kecamatan and what lies above them; all when None.
    """
    from app.core.indicators.declarations import declared

    if not periods or (districts is not None and not districts):
        return
    known = declared()
    given = {
        "periods": list(periods),
        "largest": [one.code for one in known if one.rollup == "max"],
        "histograms": [one.code for one in known if one.rollup == "histogram"],
    }
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK})
    regencies = sorted({code[:REGENCY_LENGTH] for code in districts}) if districts is not None else None
    provinces = sorted({code[:PROVINCE_LENGTH] for code in districts}) if districts is not None else None
    _clear(given, DISTRICT_LENGTH, districts)
    chosen = {} if districts is None else {"some": list(districts)}
    which = "TRUE" if districts is None else "t.district_code = ANY(CAST(:some AS text[]))"
    db.session.execute(text(_DISTRICTS.format(which=which)), {**given, **chosen})
    db.session.execute(text(_BUCKETS_OF_DISTRICTS.format(which=which)), {**given, **chosen})
    for length, below, some in (
        (REGENCY_LENGTH, DISTRICT_LENGTH, regencies),
        (PROVINCE_LENGTH, REGENCY_LENGTH, provinces),
    ):
        _clear(given, length, some)
        sizes = {"length": length, "below": below, **({} if some is None else {"some": some})}
        part = "TRUE" if some is None else "left({}region_code, :length) = ANY(CAST(:some AS text[]))"
        db.session.execute(text(_ABOVE.format(which=part.format(""))), {**given, **sizes})
        db.session.execute(text(_BUCKETS_ABOVE.format(which=part.format("v."))), {**given, **sizes})


def _clear(given: dict[str, object], length: int, some: Sequence[str] | None) -> None:
    which = "TRUE" if some is None else "region_code = ANY(CAST(:some AS text[]))"
    values = {"periods": given["periods"], "length": length, **({} if some is None else {"some": list(some)})}
    db.session.execute(text(_CLEAR.format(which=which)), values)
