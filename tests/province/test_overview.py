"""The overview: sums of a region, told at each level below the account's, few queries, links down."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from app.extensions import db
from app.province.overview import overview
from app.province.regions import territory
from tenants.models import TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope
from tests.support.figures import add_up, month, tell
from tests.support.places import villages_listed
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
FACT = re.compile(r"<dt>([^<]+)</dt>\s*<dd[^>]*>(?:<a[^>]*>)?([^<]+)")


def facts(page: str) -> dict[str, str]:
    """The figures on top of a page, by their names."""
    return {label: value.strip() for label, value in FACT.findall(page)}


def change(app: SigerFlask, code: str, **columns: Any) -> None:
    """Change a village in the registry."""
    with app.app_context(), platform_scope():
        db.session.execute(update(TenantRow).where(TenantRow.code == code).values(**columns))
        db.session.commit()


@pytest.fixture
def two_villages(app: SigerFlask, make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    """An established and a silent village of one kecamatan, with figures.

    Throwaway villages come one after another by code, so the next one may lie over a kecamatan's border.
    """
    first, second = make_village(), make_village()
    while second.district_code != first.district_code:
        first, second = second, make_village()
    for tenant, state in ((first, TenantState.ESTABLISHED), (second, TenantState.DORMANT)):
        change(
            app,
            tenant.code,
            state=state,
            live_at=now() - dt.timedelta(days=90),
            last_activity_at=now() - dt.timedelta(days=41),
        )
        tell(app, tenant.code, {"adoption.live": 1}, ago=1)
        tell(app, tenant.code, {"adoption.staff_active_7d": 3, "staff.count": 11, "adoption.live": 1})
    tell(
        app,
        first.code,
        {"adoption.setup_progress": Value(1.0, 6.0, 6.0), "readiness.index": Value(70.0, 70.0, 1.0)},
    )
    tell(
        app,
        second.code,
        {"adoption.setup_progress": Value(0.5, 3.0, 6.0), "readiness.index": Value(35.0, 35.0, 1.0)},
    )
    tell(app, first.code, {"pop.total": 3450})
    add_up(app, [0, 1])
    return first, second


def test_nobody_signed_in_is_led_to_the_sign_in_page(province: Visitor) -> None:
    for path in ("/", "/wilayah/18.06", "/perlu-bantuan"):
        answer = province.get(path)
        assert answer.status_code in (302, 303)
        assert answer.headers["Location"].split("?")[0].endswith("/masuk")


def test_the_whole_province_with_desa_and_kelurahan_told_apart(app: SigerFlask, officer: Officer) -> None:
    page = officer("province_admin", "18").get("/").text
    assert "Ikhtisar Provinsi Lampung" in page
    assert f"dari {villages_listed(app, 'desa', standing=True):,} desa".replace(",", ".") in page
    assert "dari 205 kelurahan" in page
    assert page.count('class="tile tile-row') == 15
    assert "Kabupaten Tanggamus" in page
    assert "Kota Metro" in page


def test_sums_are_those_of_the_figures_and_a_ratio_is_the_ratio_of_the_sums(
    app: SigerFlask, two_villages: tuple[Tenant, Tenant]
) -> None:
    first, second = two_villages
    with app.app_context(), platform_scope():
        found = overview(territory(first.district_code))
        parts = {part.code: part for part in found.parts}
        told = {code: figure.value for code, figure in parts[first.code].figures.items()}
        assert told == {
            "adoption.staff_active_7d": 3, "staff.count": 11, "adoption.setup_progress": 1, "adoption.live": 1,
            "readiness.index": 70, "pop.total": 3450,
        }  # fmt: skip
        assert parts[second.code].figure("pop.total").is_missing
        regency = overview(territory(first.regency_code))
        part = next(p for p in regency.parts if p.code == first.district_code)
        for code in ("adoption.setup_progress", "readiness.index", "staff.count"):
            assert part.figure(code).value == pytest.approx(found.whole.figure(code).value)
        assert part.live("desa") >= 2
        assert regency.as_of is not None
        assert [month.desa for month in found.curve][-1] >= 2


def test_the_page_tells_means_and_how_many_villages_told(
    officer: Officer, two_villages: tuple[Tenant, Tenant]
) -> None:
    first, _ = two_villages
    page = officer("district_officer", first.district_code).get("/").text
    shown = facts(page)
    assert "rata-rata indeks kesiapan" in shown
    assert "penduduk dilayani" in shown
    assert re.search(r"dari \d+ desa( dan kelurahan)?</dd>", page), "how many told their population"
    assert "Data contoh" not in page
    whole = officer("province_admin", "18").get("/").text
    assert re.search(r"dari \d+ desa dan kelurahan</dd>", whole), "both kinds told it, both are named"
    assert not re.search(r"dari \d+ desa</dd>", whole)


def test_figures_of_the_demo_are_marked(app: SigerFlask, officer: Officer) -> None:
    tell(app, "18.05.13.2001", {"staff.count": 4}, source="demo")
    add_up(app)
    reader = officer("province_admin", "18")
    assert "Data contoh" in reader.get("/wilayah/18.05.13").text
    assert "Data contoh" in reader.get("/wilayah/18.05").text


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


def test_each_level_leads_down_to_the_villages(officer: Officer, app: SigerFlask) -> None:
    reader = officer("province_analyst", "18")
    assert 'href="/wilayah/18.06"' in reader.get("/").text
    regency = reader.get("/wilayah/18.06").text
    assert "Ikhtisar Kabupaten Tanggamus" in regency
    assert 'href="/wilayah/18.06.20"' in regency
    district = reader.get("/wilayah/18.06.20").text
    with app.app_context(), platform_scope():
        village = db.session.scalar(select(TenantRow.id).where(TenantRow.code == "18.06.20.2006"))
    assert f'href="/desa/{village}"' in district
    crumbs = district[district.index('class="crumbs"') : district.index("<h1")]
    assert re.findall(r'href="(/[^"]*)"', crumbs) == ["/", "/wilayah/18.06"]
    card = reader.get(f"/desa/{village}").text
    crumbs = card[card.index('class="crumbs"') : card.index("<h1")]
    assert re.findall(r'href="(/[^"]*)"', crumbs) == ["/", "/wilayah/18.06", "/wilayah/18.06.20"]


def test_the_way_down_begins_at_the_accounts_own_region(officer: Officer) -> None:
    page = officer("regency_admin", "18.06").get("/wilayah/18.06.20").text
    crumbs = page[page.index('class="crumbs"') : page.index("<h1")]
    assert re.findall(r'href="(/[^"]*)"', crumbs) == ["/"]
    assert "Provinsi Lampung" not in crumbs


@pytest.mark.parametrize("code", ["18", "18.08", "18.08.11", "18.6", "18.06.20.2006", "x", "18.99", "19"])
def test_another_regions_address_is_not_found(officer: Officer, code: str) -> None:
    assert officer("regency_admin", "18.06").get(f"/wilayah/{code}").status_code == 404


def test_typing_another_regions_address_is_noted_and_nonsense_is_not(
    app: SigerFlask, officer: Officer
) -> None:
    somebody = officer("regency_admin", "18.06")
    with app.app_context(), platform_scope():
        foreign = db.session.scalar(select(TenantRow.id).where(TenantRow.code.startswith("18.08.")).limit(1))
    for path in ("/wilayah/18.08", "/wilayah/18.99", f"/desa/{foreign}"):
        assert somebody.get(path).status_code == 404
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.object_id).where(
            PlatformAuditEntry.action == "region.refused",
            PlatformAuditEntry.actor_id == somebody.account_id,
        )
        noted = list(db.session.scalars(query.order_by(PlatformAuditEntry.at)))
    assert noted[0] == "18.08"
    assert noted[1].startswith("18.08.")
    assert len(noted) == 2


def test_looking_is_noted_once_an_hour(app: SigerFlask, officer: Officer) -> None:
    somebody = officer("regency_analyst", "18.06")
    for path in ("/", "/", "/wilayah/18.06", "/wilayah/18.06.20", "/wilayah/18.06.20"):
        assert somebody.get(path).status_code == 200
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.object_id).where(
            PlatformAuditEntry.action == "figures.viewed", PlatformAuditEntry.actor_id == somebody.account_id
        )
        assert sorted(db.session.scalars(query)) == ["18.06", "18.06.20"]


def test_a_request_cannot_widen_the_region(officer: Officer) -> None:
    somebody = officer("regency_admin", "18.06")
    for query in ("?wilayah=18", "?region=18", "?kab=18.08", "?region_code=18.08"):
        page = somebody.get(f"/{query}").text
        assert "Way Kanan" not in page
        assert "Ikhtisar Kabupaten Tanggamus" in page


def test_each_level_asks_at_most_eight_queries(
    officer: Officer, count_queries: Any, two_villages: tuple[Tenant, Tenant]
) -> None:
    for role, region in (
        ("province_admin", "18"),
        ("regency_admin", "18.06"),
        ("district_officer", "18.06.20"),
    ):
        somebody = officer(role, region)
        with count_queries(at_most=14):
            assert somebody.get("/").status_code == 200, "the first page loads who it is and notes who looked"
        with count_queries(at_most=8):
            assert somebody.get("/").status_code == 200
    somebody = officer("province_admin", "18")
    district = two_villages[0].district_code
    for code in (district[:5], district):
        somebody.get(f"/wilayah/{code}")
        with count_queries(at_most=8):
            assert somebody.get(f"/wilayah/{code}").status_code == 200


def test_the_region_of_a_city_counts_its_kelurahan(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        city = overview(territory("18.71"))
        assert city.whole.total("desa") == 0
        assert city.whole.total("kelurahan") == 126
        count = select(func.count()).where(TenantRow.regency_code == "18.71")
        assert db.session.scalar(count) == 126


def test_the_programmes_past_stands_apart_and_only_at_the_province(
    app: SigerFlask, officer: Officer, two_villages: tuple[Tenant, Tenant]
) -> None:
    reader = officer("province_analyst", "18")
    page = reader.get("/").text
    assert "Catatan program" in page
    assert "2.385 desa pada akhir 2023; 61 desa tertahan sinyal lemah" in page
    assert "30 desa percontohan" in page
    assert "2020–2023 satu titik setahun" in page
    for value in ("30", "563", "1.792", "2.385"):
        assert f'<td class="end">{value}</td>' in page
    with app.app_context(), platform_scope():
        whole, part = overview(territory("18")), overview(territory(two_villages[0].regency_code))
    assert [(year.year, year.desa) for year in whole.past] == [
        (2020, 30), (2021, 563), (2022, 1792), (2023, 2385)
    ]  # fmt: skip
    assert whole.curve[0].first > dt.date(2024, 1, 1), "nothing is made up between the two"
    assert part.past == ()
    assert "Catatan program" not in reader.get(f"/wilayah/{two_villages[0].regency_code}").text


def test_a_month_of_which_nothing_was_told_is_a_gap(app: SigerFlask) -> None:
    district = "18.03.09"
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(TenantRow.district_code == district, TenantRow.kind == "desa")
        code = db.session.scalars(query.order_by(TenantRow.code).limit(1)).one()
    tell(app, code, {"adoption.live": 1}, ago=3)
    tell(app, code, {"adoption.live": 1}, ago=1)
    add_up(app, [3, 1])
    with app.app_context(), platform_scope():
        found = overview(territory(district)).curve
    by_month = {one.first: one.desa for one in found}
    months = sorted(by_month)
    assert by_month[months[0]] == 1
    assert by_month[months[1]] is None
    assert months[-1] <= month()


def test_villages_with_other_software_have_a_line_of_their_own(app: SigerFlask, officer: Officer) -> None:
    reader, district = officer("province_analyst", "18"), "18.03.10"
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(TenantRow.district_code == district, TenantRow.kind == "desa")
        code = db.session.scalars(query.order_by(TenantRow.code).limit(1)).one()
        before = overview(territory(district))
    change(app, code, software="SIMDA-X")
    try:
        page = reader.get(f"/wilayah/{district}").text
        assert "Memakai sistem lain" in page
        assert "Sistem lain: SIMDA-X" in page
        with app.app_context(), platform_scope():
            found = overview(territory(district))
        assert found.whole.total("desa") == before.whole.total("desa"), "the denominator is that of all desa"
        assert found.whole.elsewhere("desa") == 1
        assert found.whole.counts["desa", "listed"] == before.whole.counts["desa", "listed"] - 1
        listed = reader.get(f"/desa?kab={district[:5]}&sistem=lain").text
        assert "Sistem lain: SIMDA-X" in listed
        assert "1 desa dan kelurahan" in listed
        assert code not in reader.get(f"/desa?kab={district[:5]}&kec={district}&sistem=siger").text
    finally:
        change(app, code, software=None)


def test_what_the_charts_show_is_downloaded_by_those_who_may(
    officer: Officer, two_villages: tuple[Tenant, Tenant]
) -> None:
    code = two_villages[0].regency_code
    reader = officer("province_analyst", "18")
    page = reader.get(f"/wilayah/{code}").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/indikator/[^"]+/unduh[^"]*)"', page)]
    assert len([link for link in links if "isi=waktu" in link]) == 2, "as XLSX and as CSV"
    for link in links:
        with reader.get(link) as answer:
            assert answer.status_code == 200, link
    assert "/unduh" not in officer("mentor", code).get("/").text


def test_the_map_of_the_province_is_downloaded_too(officer: Officer) -> None:
    reader = officer("province_analyst", "18")
    links = re.findall(r'href="(/indikator/[^"]+/unduh[^"]*isi=tempat[^"]*)"', reader.get("/").text)
    assert len(links) == 2
    for link in links:
        with reader.get(link.replace("&amp;", "&")) as answer:
            assert answer.status_code == 200


def test_a_regions_officers_see_in_the_log_who_looked_at_it_and_others_do_not(
    officer: Callable[..., Visitor],
) -> None:
    reader = officer("province_analyst")
    looked = {
        "/wilayah/18.06.20": "Kecamatan Gisting",
        "/indikator/pop.births?wilayah=18.06.20": "Kelahiran",
        "/bandingkan?tempat=18.06.20&tempat=18.08.11&kode=pop.deaths": "Kematian",
    }
    for path in looked:
        assert reader.get(path).status_code == 200
    logs = {region: officer("regency_admin", region).get("/audit").text for region in ("18.06", "18.01")}
    for words in looked.values():
        assert {region: words in page for region, page in logs.items()} == {"18.06": True, "18.01": False}
