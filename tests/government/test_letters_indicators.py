"""The figures of services: counted in the month they happened in, shares by their parts, medians with their buckets."""

from __future__ import annotations

import datetime as dt
import statistics
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import median_of, period_of, spread
from app.core.indicators.models import IndicatorValue
from app.core.indicators.services import refresh_village
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.indicators import HOUR_EDGES
from app.government.letters.models import Letter
from tenants.scope import Tenant, platform_scope, tenant_scope

NOON = dt.datetime(2026, 11, 18, 5, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def letter(asked: dt.datetime | None, issued: dt.datetime | None = None, **more: object) -> Letter:
    """A letter's dates, as its steps would have left them."""
    state = "issued" if issued else "submitted"
    due = asked + DAY if asked else None
    values = {"state": state, "origin": "desk", "due_at": due, **more}
    return Letter(
        id=uuid.uuid4(), type_code="sktm", title="SKTM", submitted_at=asked, issued_at=issued, **values
    )


def figures(app: SigerFlask, village: Tenant) -> dict[str, IndicatorValue]:
    """What the province's table says of a village in the month of NOON, after its figures were computed."""
    with app.app_context():
        refresh_village(village, NOON)
        with platform_scope():
            query = select(IndicatorValue).where(
                IndicatorValue.tenant_id == village.id, IndicatorValue.period == period_of(NOON).first
            )
            found = {row.code: row for row in db.session.scalars(query)}
            db.session.expunge_all()
    return found


def keep(app: SigerFlask, village: Tenant, *rows: object) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.add_all(rows)
        db.session.commit()


def test_a_village_without_letters_complaints_and_accounts_says_nothing_of_them(
    app: SigerFlask, village: Tenant
) -> None:
    codes = figures(app, village).keys()
    assert not [code for code in codes if code.startswith(("letters.", "complaints.", "portal.", "service."))]


def test_letters_count_in_the_month_they_were_asked_for_and_issued_in(
    app: SigerFlask, village: Tenant
) -> None:
    keep(
        app,
        village,
        letter(NOON, NOON + dt.timedelta(hours=2), rating=4),
        letter(NOON, NOON + dt.timedelta(hours=30), origin="online", rating=5),
        letter(NOON - 30 * DAY, NOON, origin="kiosk"),
        letter(NOON),
        letter(NOON, state="rejected", closed_at=NOON + DAY),
        letter(None, NOON, origin="paper"),
        letter(NOON - 30 * DAY, NOON - 29 * DAY),
    )
    found = figures(app, village)
    assert found["letters.requested"].value == 4
    assert found["letters.issued"].value == 4
    assert found["letters.rejected"].value == 1
    online = found["letters.online_share"]
    assert (online.numerator, online.denominator) == (1, 4)
    kept = found["letters.within_promise_share"]
    assert (kept.numerator, kept.denominator) == (1, 3)
    stars = found["service.satisfaction"]
    assert (stars.numerator, stars.denominator, stars.value) == (9, 2, 4.5)
    assert found["letters.median_hours"].value == pytest.approx(30)
    assert sum(found["letters.median_hours"].buckets or ()) == 3


def test_complaints_are_counted_and_nothing_else_of_them(app: SigerFlask, village: Tenant) -> None:
    def complaint(state: str, answered: dt.datetime | None = None) -> Complaint:
        return Complaint(
            id=uuid.uuid4(), code=uuid.uuid4().hex, category="road", title="Jalan", state=state,
            received_at=NOON, answered_at=answered,
        )  # fmt: skip

    keep(
        app,
        village,
        complaint("received"),
        complaint("answered", NOON + 4 * DAY),
        complaint("closed", NOON + 2 * DAY),
        complaint("rejected"),
    )
    found = figures(app, village)
    assert found["complaints.received"].value == 4
    assert (found["complaints.resolved_share"].numerator, found["complaints.resolved_share"].denominator) == (
        2,
        3,
    )
    assert found["complaints.median_days"].value == pytest.approx(3)


def test_nothing_measured_has_no_median() -> None:
    assert spread([], HOUR_EDGES) is None
    assert median_of([0] * (len(HOUR_EDGES) + 1), HOUR_EDGES) is None


@given(st.lists(st.floats(min_value=0, max_value=500, allow_nan=False), min_size=1, max_size=60))
def test_the_median_of_buckets_lies_in_the_bucket_of_the_true_one(measured: list[float]) -> None:
    value = spread(measured, HOUR_EDGES)
    assert value is not None
    assert value.buckets is not None
    assert sum(value.buckets) == len(measured)
    told = median_of(value.buckets, HOUR_EDGES)
    assert told is not None
    low, high = statistics.median_low(measured), statistics.median_high(measured)
    floor = max((edge for edge in (0.0, *HOUR_EDGES) if edge < low or edge == 0.0), default=0.0)
    ceiling = min((edge for edge in HOUR_EDGES if edge >= high), default=HOUR_EDGES[-1])
    assert min(floor, HOUR_EDGES[-1]) - 1e-9 <= told <= ceiling + 1e-9
