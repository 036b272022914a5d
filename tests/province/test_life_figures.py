"""A village that does not use Siger any more counts nothing in the month that runs; what it told before stays."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, indicator, period_of
from app.core.indicators.models import IndicatorRollup, IndicatorValue, RollupDue
from app.core.indicators.rollup import roll_up_due
from app.core.indicators.services import write_values
from app.extensions import db
from app.province import figures
from tenants.scope import Tenant, platform_scope
from tests.province.readiness.test_scoring import FULL
from tests.province.test_life_deletion import agreed, come
from tests.province.test_life_merge import planned, run
from tests.support.figures import month, tell
from tests.support.life import settled
from tests.support.visitors import Visitor
from tests.support.work import settle

REASON = "Kantor desa pindah ke sistem kabupaten tahun ini."
INDEX, PEOPLE, LIVE = "readiness.index", "pop.total", "adoption.live"
STAFF = "adoption.staff_active_7d"


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


@pytest.fixture
def second(officer: Callable[..., Visitor]) -> Visitor:
    """Another province admin, signed in."""
    return officer("province_admin", "18")


@pytest.fixture
def pair(app: SigerFlask, make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    """Two villages of one kecamatan with people, an index and staff at work, this month and the month before."""
    first, second = make_village(), make_village()
    while second.district_code != first.district_code:
        first, second = second, make_village()
    for village in (first, second):
        settled(app, village, "Dusun I", families=1)
    settle(app)
    for village in (first, second):
        tell(app, village.code, {**FULL, PEOPLE: 40, INDEX: Value(81.0, 81.0, 1.0)}, ago=1)
        tell(app, village.code, {**FULL, PEOPLE: 40, STAFF: 3})
    add_up(app)
    return first, second


def add_up(app: SigerFlask) -> None:
    """Add up what is marked, as the job does every few minutes."""
    with app.app_context(), platform_scope():
        roll_up_due()


def told(app: SigerFlask, place: str, ago: int = 0) -> dict[str, tuple[float | None, int]]:
    """What a place tells of some indicators, and of how many villages."""
    codes = (PEOPLE, INDEX, LIVE, STAFF)
    with app.app_context(), platform_scope():
        found = figures.read([indicator(code) for code in codes], [place], [month(ago)])
    return {
        code: (one.numerator if code == INDEX else one.value, one.told) for (_, code, _), one in found.items()
    }


def less(
    before: dict[str, tuple[float | None, int]], after: dict[str, tuple[float | None, int]]
) -> dict[str, Any]:
    """By how much less is told: value and villages."""
    nothing = (0.0, 0)
    return {
        code: ((value or 0) - (after.get(code, nothing)[0] or 0), villages - after.get(code, nothing)[1])
        for code, (value, villages) in before.items()
    }


def people_served(page: str) -> tuple[int, int]:
    """What a region's page says: residents served, in how many villages."""
    found = re.search(
        r"penduduk dilayani</dt>\s*<dd[^>]*>(?:<a[^>]*>)?([\d.]+).*?dari ([\d.]+) desa", page, re.DOTALL
    )
    assert found, page
    people, villages = (int(part.replace(".", "")) for part in found.groups())
    return people, villages


def villages_there_are(admin: Visitor, place: str) -> int:
    """What a region's page says: how many desa there are, whether they use Siger or not."""
    found = re.search(
        r"desa memakai Siger</dt>.*?dari ([\d.]+) desa", admin.get(f"/wilayah/{place}").text, re.DOTALL
    )
    assert found
    return int(found[1].replace(".", ""))


def card_index(admin: Visitor, village: Tenant) -> str:
    """What a village's card says of its index."""
    page = admin.get(f"/desa/{village.id}").text
    return page.partition("<dt>Indeks kesiapan</dt>")[2].partition("</dd>")[0]


def counts_nothing_now(app: SigerFlask, admin: Visitor, village: Tenant, before: dict[str, Any]) -> None:
    """The village is out of the month that runs, on its card and in the sums above it; the month before stays."""
    place = village.district_code
    assert told(app, village.code) == {}, "nobody reads a figure of it"
    assert "Belum dapat dinilai" in card_index(admin, village)
    assert told(app, village.code, 1)[PEOPLE] == (40, 1), "what it told in the month before stays"
    after = less(before["now"], told(app, place))
    assert after[PEOPLE] == (40, 1)
    assert after[STAFF] == (3, 1)
    assert after[INDEX][1] == 1
    assert after[INDEX][0] == pytest.approx(before["index"], abs=5), (
        "what is hidden of the other one may change"
    )
    assert less(before["then"], told(app, place, 1))[PEOPLE] == (0, 0)
    people, villages = before["page"]
    assert people_served(admin.get(f"/wilayah/{place}").text) == (people - 40, villages - 1)


def as_it_stands(app: SigerFlask, admin: Visitor, village: Tenant) -> dict[str, Any]:
    """What the village's kecamatan tells before."""
    index = told(app, village.code)[INDEX][0]
    assert index is not None
    assert "Belum dapat dinilai" not in card_index(admin, village)
    place = village.district_code
    return {"now": told(app, place), "then": told(app, place, 1), "index": index,
            "page": people_served(admin.get(f"/wilayah/{place}").text)}  # fmt: skip


def test_an_archived_village_counts_nothing_now_and_again_when_it_is_opened(
    app: SigerFlask, admin: Visitor, pair: tuple[Tenant, Tenant]
) -> None:
    village, _ = pair
    before = as_it_stands(app, admin, village)
    registered = villages_there_are(admin, village.district_code)
    assert admin.submit(f"/desa/{village.id}/arsipkan", {"reason": REASON}).status_code == 303
    settle(app)
    counts_nothing_now(app, admin, village, before)
    assert villages_there_are(admin, village.district_code) == registered, "a village without Siger is one"
    tell(app, village.code, {PEOPLE: 40, "training.events": 1})
    add_up(app)
    assert told(app, village.code) == {}, "whoever writes it"
    assert admin.submit(f"/desa/{village.id}/aktifkan", {}).status_code == 303
    settle(app)
    assert told(app, village.code)[PEOPLE] == (3, 1), "its own register"
    assert less(before["now"], told(app, village.district_code))[PEOPLE] == (40 - 3, 0)


def test_a_suspended_village_goes_on_counting(
    app: SigerFlask, admin: Visitor, pair: tuple[Tenant, Tenant]
) -> None:
    village, _ = pair
    before = as_it_stands(app, admin, village)
    assert admin.submit(f"/desa/{village.id}/tangguhkan", {"reason": REASON}).status_code == 303
    settle(app)
    add_up(app)
    assert told(app, village.code)[PEOPLE][1] == 1
    assert less(before["now"], told(app, village.district_code))[PEOPLE][1] == 0
    assert people_served(admin.get(f"/wilayah/{village.district_code}").text)[1] == before["page"][1]


def test_a_deleted_village_counts_nothing_now(
    app: SigerFlask, admin: Visitor, second: Visitor, pair: tuple[Tenant, Tenant]
) -> None:
    village, _ = pair
    before = as_it_stands(app, admin, village)
    agreed(admin, second, village)
    settle(app)
    counts_nothing_now(app, admin, village, before)
    tell(app, village.code, {**FULL, PEOPLE: 40, STAFF: 3})
    come(app, village)
    counts_nothing_now(app, admin, village, before)


def test_a_village_that_joined_another_counts_nothing_now(
    app: SigerFlask, admin: Visitor, pair: tuple[Tenant, Tenant]
) -> None:
    target, source = pair
    before = as_it_stands(app, admin, source)
    registered = villages_there_are(admin, source.district_code)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    assert villages_there_are(admin, source.district_code) == registered - 1, "it is a village no more"
    assert told(app, source.code) == {}
    assert "Belum dapat dinilai" in card_index(admin, source)
    after = less(before["now"], told(app, source.district_code))
    assert after[PEOPLE] == (80 - 6, 1), "everybody is counted in the village that they came to"
    assert told(app, target.code)[PEOPLE] == (6, 1)
    assert after[INDEX][1] >= 1
    assert less(before["then"], told(app, source.district_code, 1))[PEOPLE] == (0, 0)


@pytest.fixture
def april(app: SigerFlask) -> Iterator[dt.datetime]:
    """A day of the future; nothing is told of its month and of later ones, before and after."""
    yield dt.datetime(2033, 4, 20, tzinfo=dt.UTC)
    settle(app)
    with app.app_context(), platform_scope():
        for model in (IndicatorValue, IndicatorRollup, RollupDue):
            db.session.execute(delete(model).where(model.period >= dt.date(2033, 1, 1)))
        db.session.commit()


def test_a_month_begins_without_those_who_left(
    app: SigerFlask, admin: Visitor, second: Visitor, make_village: Callable[[], Tenant], april: dt.datetime
) -> None:
    stays, archived, deleted = (make_village() for _ in range(3))
    with app.app_context(), platform_scope():
        for village in (stays, archived, deleted):
            write_values(village.id, period_of(april), {PEOPLE: Value(40)})
        db.session.commit()
    assert admin.submit(f"/desa/{archived.id}/arsipkan", {"reason": REASON}).status_code == 303
    agreed(admin, second, deleted)
    come(app, deleted)
    may = period_of(april + dt.timedelta(days=20))
    with app.app_context(), platform_scope():
        # What the other two told of April, whoever left it there.
        for village in (archived, deleted):
            write_values(village.id, period_of(april), {PEOPLE: Value(40)})
        write_values(stays.id, may, {"staff.count": Value(1)})
        db.session.commit()
        query = select(IndicatorValue.tenant_id).where(
            IndicatorValue.period == may.first, IndicatorValue.code == PEOPLE
        )
        assert set(db.session.scalars(query)) & {stays.id, archived.id, deleted.id} == {stays.id}
