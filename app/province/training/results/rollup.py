"""Training's figures of villages, written out of the programme's own tables: one statement for all villages of a month.

The programme knows of every training, so a village that took no part tells zero; a share and a mean of nothing are
left out. Months before the first training that is recorded here are left as they are: nothing is known of them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, text

from app.core.indicators.declarations import months_before, period_of
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.results.indicators import CERTIFIED, EVENTS, LITERACY, PARTICIPANTS, WOMEN, WRITTEN
from tenants.models import now

HELD = ("open", "done")
"""States of events that count; whether somebody came decides."""
YEAR = 11
"""The mean of tests reaches back over so many months before the month."""
FRESH = dt.timedelta(hours=20)
"""A figure of the present month that is older is stamped anew: it still holds."""

_VILLAGES = "village AS (SELECT t.id FROM platform.tenant t WHERE {which})"
_WRITE = """
    WITH {villages},
    came AS (
      SELECT p.tenant_id, p.event_id, x.sex
      FROM platform.training_event e
      JOIN platform.training_participant p ON p.event_id = e.id
      JOIN platform.training_person x ON x.id = p.person_id
      WHERE e.state = ANY(CAST(:held AS text[])) AND e.ends_on >= :first AND e.ends_on < :following
        AND p.tenant_id IN (SELECT id FROM village)
        AND EXISTS (SELECT FROM platform.training_attendance a WHERE a.participant_id = p.id)
    ),
    counted AS (
      SELECT tenant_id, count(DISTINCT event_id) AS events, count(*) AS people,
        count(*) FILTER (WHERE sex = 'female') AS women
      FROM came GROUP BY tenant_id
    ),
    certified AS (
      SELECT p.tenant_id, count(*) AS certificates
      FROM platform.training_certificate c JOIN platform.training_participant p ON p.id = c.participant_id
      WHERE c.state = 'made' AND c.issued_at >= :starts AND c.issued_at < :ends
        AND p.tenant_id IN (SELECT id FROM village)
      GROUP BY p.tenant_id
    ),
    tested AS (
      SELECT p.tenant_id, sum(100.0 * a.right_count / a.question_count) AS total, count(*) AS tests
      FROM platform.training_test t
      JOIN platform.training_answers a ON a.test_id = t.id
      JOIN platform.training_participant p ON p.id = a.participant_id
      WHERE t.phase = 'post' AND a.question_count > 0 AND a.sent_at >= :since AND a.sent_at < :ends
        AND p.tenant_id IN (SELECT id FROM village)
      GROUP BY p.tenant_id
    ),
    fresh AS (
      SELECT v.id AS tenant_id, f.code, CAST(f.value AS float8) AS value, CAST(f.numerator AS float8) AS numerator,
        CAST(f.denominator AS float8) AS denominator
      FROM village v LEFT JOIN counted n ON n.tenant_id = v.id LEFT JOIN certified c ON c.tenant_id = v.id
        LEFT JOIN tested s ON s.tenant_id = v.id
      CROSS JOIN LATERAL (VALUES
        (:events, coalesce(n.events, 0)::float8, NULL::float8, NULL::float8),
        (:participants, coalesce(n.people, 0)::float8, NULL, NULL),
        (:certified, coalesce(c.certificates, 0)::float8, NULL, NULL),
        (:women, n.women::float8 / n.people, n.women::float8, n.people::float8),
        (:literacy, (s.total / s.tests)::float8, s.total::float8, s.tests::float8)
      ) AS f (code, value, numerator, denominator)
      WHERE f.value IS NOT NULL
    ),
    gone AS (
      DELETE FROM platform.indicator_value v
      WHERE v.period = :first AND v.code = ANY(CAST(:written AS text[])) AND v.tenant_id IN (SELECT id FROM village)
        AND NOT EXISTS (SELECT FROM fresh f WHERE f.tenant_id = v.tenant_id AND f.code = v.code)
      RETURNING v.tenant_id
    ),
    changed AS (
      INSERT INTO platform.indicator_value AS old
        (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
      SELECT :first, tenant_id, code, value, numerator, denominator, NULL, :moment, 'siger'
      FROM fresh ORDER BY tenant_id, code
      ON CONFLICT (period, tenant_id, code) DO UPDATE
      SET (value, numerator, denominator, as_of, source) = (
        excluded.value, excluded.numerator, excluded.denominator, excluded.as_of,
        CASE WHEN old.source = 'demo' THEN old.source ELSE excluded.source END
      )
      WHERE (old.value, old.numerator, old.denominator)
        IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator) OR old.as_of < :stale
      RETURNING old.tenant_id
    )
    SELECT tenant_id FROM changed UNION SELECT tenant_id FROM gone
"""
_BEGUN = text(
    """
    SELECT EXISTS (
      SELECT FROM platform.indicator_value WHERE period = :first AND NOT code = ANY(CAST(:written AS text[]))
    )
    """
)


def write_training(period: dt.date, districts: Sequence[str] | None) -> None:
    """Write the figures of the villages of these kecamatan, of all when None; called before a month is added up."""
    write_month(period, districts)


def write_month(period: dt.date, districts: Sequence[str] | None = None) -> list[uuid.UUID]:
    """Write training's figures of a month, in the open transaction of a platform scope; return whose changed.

    Does nothing for a month before the first training, nor for a month that is just beginning and of which no other
    figure stands yet: the first writer of a month carries the last known figures over, and this must not be it. What
    was made up for a demo is replaced and stays marked.
    """
    beginning = first_month()
    if beginning is None or period < beginning:
        return []
    moment, following = now(), months_before(period, -1)
    month, present = period_of(_noon(period)), period_of(moment).first
    if period >= present and not db.session.scalar(_BEGUN, {"first": period, "written": list(WRITTEN)}):
        return []
    which = "TRUE" if districts is None else "t.district_code = ANY(CAST(:districts AS text[]))"
    given = {} if districts is None else {"districts": list(districts)}
    rows = db.session.execute(
        text(_WRITE.format(villages=_VILLAGES.format(which=which))),
        {
            "held": list(HELD), "written": list(WRITTEN), "first": period, "following": following,
            "starts": month.start, "ends": month.end,
            "since": period_of(_noon(months_before(period, YEAR))).start, "moment": moment,
            "stale": moment - FRESH if period == present else _NEVER, "events": EVENTS,
            "participants": PARTICIPANTS, "certified": CERTIFIED, "women": WOMEN, "literacy": LITERACY, **given,
        },
    )  # fmt: skip
    return list(rows.scalars())


_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def first_month() -> dt.date | None:
    """The month of the first training that counts (one select); None before there is any."""
    first = db.session.scalar(select(func.min(TrainingEvent.ends_on)).where(TrainingEvent.state.in_(HELD)))
    return first.replace(day=1) if first else None


def _noon(first: dt.date) -> dt.datetime:
    """A moment within a month, whatever the zone."""
    return dt.datetime.combine(first, dt.time(12), dt.UTC)
