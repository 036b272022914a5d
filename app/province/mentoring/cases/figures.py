"""`adoption.mentoring_open`: how many cases of a village are open, written whenever a month is about to be added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text

from app.core.indicators.declarations import Indicator, period_of
from app.core.indicators.rollup import before_rolling
from app.extensions import db
from tenants.models import now

MENTORING_OPEN = "adoption.mentoring_open"

INDICATORS = (
    Indicator(
        MENTORING_OPEN, "Kasus pendampingan terbuka", "Open mentoring cases", "count", "adoption", None,
        direction="neutral",
        definition="Kasus pendampingan desa yang belum selesai pada akhir bulan, atau sekarang untuk bulan berjalan; "
        "dibuka desa, petugas, atau aturan.",
        definition_en="Mentoring cases of the village that are not solved at the end of the month, or now in the "
        "present month; opened by the village, an officer or a rule.",
    ),
)  # fmt: skip

# A village tells it once it is prepared, or has had a case. What nobody changed keeps its stamp. A month begins with
# what villages tell (which carries on the month before), never with this figure.
_WRITE = """
    INSERT INTO platform.indicator_value AS old
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT :period, t.id, :code, count(c.id), NULL, NULL, NULL, CAST(:as_of AS timestamptz), 'siger'
    FROM platform.tenant t
    LEFT JOIN platform.mentoring_case c ON c.tenant_id = t.id AND c.opened_at < :moment
      AND (coalesce(c.solved_at, c.closed_at) IS NULL OR coalesce(c.solved_at, c.closed_at) >= :moment)
    WHERE {which} AND (t.provisioned_at < :moment
      OR EXISTS (SELECT FROM platform.mentoring_case e WHERE e.tenant_id = t.id AND e.opened_at < :moment))
      AND EXISTS (SELECT FROM platform.indicator_value v WHERE v.period = :period
        AND v.code NOT IN (:code, 'literacy.score') AND v.code NOT LIKE 'training.%' AND v.code NOT LIKE 'readiness.%')
    GROUP BY t.id ORDER BY t.id
    ON CONFLICT (period, tenant_id, code) DO UPDATE
    SET (value, as_of, source) = (excluded.value, excluded.as_of, excluded.source)
    WHERE old.value IS DISTINCT FROM excluded.value
"""


@before_rolling
def write_open_cases(period: dt.date, districts: Sequence[str] | None) -> None:
    """Write how many cases of each village are open at the end of a month, in the open platform transaction.

    Args:
        period: the first day of the month.
        districts: these kecamatan; all when None.
    """
    month, moment = period_of(dt.datetime.combine(period, dt.time(12), dt.UTC)), now()
    until = min(month.end, moment)
    if month.start > moment:
        return
    which = "TRUE" if districts is None else "t.district_code = ANY(CAST(:some AS text[]))"
    given: dict[str, object] = {"period": period, "code": MENTORING_OPEN, "moment": until, "as_of": until}
    if districts is not None:
        given["some"] = list(districts)
    db.session.execute(text(_WRITE.format(which=which)), given)
