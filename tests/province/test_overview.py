"""The overview: sums of the region of the account, few queries, links down."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import months_before, period_of
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from app.province.overview import overview
from app.province.regions import territory
from tenants.models import TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


def figure(
    tenant_id: uuid.UUID, code: str, value: float, months_ago: int = 0, **parts: float
) -> IndicatorValue:
    """A village's figure of a month."""
    period = months_before(period_of(now()).first, months_ago)
    return IndicatorValue(period=period, tenant_id=tenant_id, code=code, value=value, as_of=now(), **parts)


@pytest.fixture
def two_villages(app: SigerFlask, make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    """An established and a silent village of one kecamatan, with figures.

    Throwaway villages come one after another by code, so the next one may lie over a kecamatan's border.
    """
    first, second = make_village(), make_village()
    while second.district_code != first.district_code:
        first, second = second, make_village()
    with app.app_context(), platform_scope():
        for tenant, state in ((first, TenantState.ESTABLISHED), (second, TenantState.DORMANT)):
            db.session.execute(
                update(TenantRow)
                .where(TenantRow.id == tenant.id)
                .values(
                    state=state,
                    live_at=now() - dt.timedelta(days=90),
                    last_activity_at=now() - dt.timedelta(days=41),
                )
            )
            db.session.add(figure(tenant.id, "adoption.staff_active_7d", 3))
            db.session.add(figure(tenant.id, "staff.count", 11))
            db.session.add(figure(tenant.id, "adoption.live", 1))
            db.session.add(figure(tenant.id, "adoption.live", 1, months_ago=1))
        db.session.add(figure(first.id, "adoption.setup_progress", 1, numerator=6, denominator=6))
        db.session.add(figure(second.id, "adoption.setup_progress", 0.5, numerator=3, denominator=6))
        db.session.commit()
    return first, second


def test_nobody_signed_in_is_led_to_the_sign_in_page(province: Visitor) -> None:
    answer = province.get("/")
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].split("?")[0].endswith("/masuk")


def test_the_whole_province_with_desa_and_kelurahan_told_apart(officer: Officer) -> None:
    page = officer("province_admin", "18").get("/").text
    assert "Ikhtisar Provinsi Lampung" in page
    assert "dari 2.446 desa" in page
    assert "dari 205 kelurahan" in page
    assert page.count('class="tile tile-row') == 15
    assert "Kabupaten Tanggamus" in page
    assert "Kota Metro" in page


def test_sums_are_those_of_the_figures_and_a_ratio_is_the_ratio_of_the_sums(
    app: SigerFlask, two_villages: tuple[Tenant, Tenant]
) -> None:
    first, _ = two_villages
    with app.app_context(), platform_scope():
        found = overview(territory(first.district_code))
        figures = {part.code: part.figures for part in found.parts}
        assert figures[first.code] == {
            "adoption.staff_active_7d": 3, "staff.count": 11, "adoption.setup_progress": 1
        }  # fmt: skip
        regency = overview(territory(first.regency_code))
        part = next(p for p in regency.parts if p.code == first.district_code)
        assert part.figures["adoption.setup_progress"] == pytest.approx(
            found.whole.figures["adoption.setup_progress"]
        )
        assert part.live("desa") >= 2
        assert regency.as_of is not None
        assert [month.desa for month in found.curve][-1] >= 2


def test_a_silent_village_stands_among_those_that_need_help(
    officer: Officer, two_villages: tuple[Tenant, Tenant]
) -> None:
    _, silent = two_villages
    page = officer("district_officer", silent.district_code).get("/").text
    assert silent.name in page
    assert "Diam 41 hari" in page
    assert f"/desa/{silent.id}" in page


@pytest.mark.parametrize(
    ("role", "region", "title", "below"),
    [
        ("province_analyst", "18", "Ikhtisar Provinsi Lampung", "Kabupaten/kota"),
        ("regency_admin", "18.06", "Ikhtisar Kabupaten Tanggamus", "Kecamatan"),
        ("regency_analyst", "18.71", "Ikhtisar Kota Bandar Lampung", "Kecamatan"),
        ("district_officer", "18.06.20", "Ikhtisar Kecamatan Gisting", "Gisting Atas"),
        ("mentor", "18.06.20", "Ikhtisar Kecamatan Gisting", "Gisting Bawah"),
    ],
)
def test_everybody_sees_the_region_of_their_account(
    officer: Officer, role: str, region: str, title: str, below: str
) -> None:
    page = officer(role, region).get("/").text
    assert title in page
    assert below in page
    assert ("tile-map" in page) == (region == "18")


def test_a_request_cannot_widen_the_region(officer: Officer) -> None:
    somebody = officer("regency_admin", "18.06")
    for query in ("?wilayah=18", "?region=18", "?kab=18.08", "?region_code=18.08"):
        page = somebody.get(f"/{query}").text
        assert "Way Kanan" not in page
        assert "Ikhtisar Kabupaten Tanggamus" in page


def test_the_overview_asks_at_most_eight_queries(
    officer: Officer, count_queries: Any, two_villages: tuple[Tenant, Tenant]
) -> None:
    for role, region in (
        ("province_admin", "18"),
        ("regency_admin", "18.06"),
        ("district_officer", "18.06.20"),
    ):
        somebody = officer(role, region)
        with count_queries(at_most=10):
            assert somebody.get("/").status_code == 200, "the first page of a session loads who it is"
        with count_queries(at_most=8):
            assert somebody.get("/").status_code == 200


def test_the_region_of_a_city_counts_its_kelurahan(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        city = overview(territory("18.71"))
        assert city.whole.total("desa") == 0
        assert city.whole.total("kelurahan") == 126
        listed = db.session.scalars(select(TenantRow).where(TenantRow.regency_code == "18.71")).all()
        assert len(listed) == 126
