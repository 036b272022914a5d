"""A village joins another: everybody is counted once, names that clash are told apart, its address leads on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.indicators.models import IndicatorValue
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.documents.services import add_document
from app.government.residents.models import Household, Resident
from app.government.residents.writing import today
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.images import picture
from tests.support.life import GROUNDS, an_area, counted, flows, moved_to, neighbours, settled, the_deed, told
from tests.support.residents import a_family, a_nik, a_resident
from tests.support.visitors import Visitor
from tests.support.work import settle


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def planned(app: SigerFlask, admin: Visitor, target: Tenant, source: str) -> str:
    """A merge that was counted: the page of its deed."""
    answer = admin.submit(f"/desa/{target.id}/penggabungan", {**GROUNDS, "source": source})
    assert answer.status_code == 303, answer.text
    settle(app)
    return moved_to(answer)


def population(app: SigerFlask, village: Tenant) -> float | None:
    """How many people the province believes the village to have this month."""
    mine = (IndicatorValue.tenant_id == village.id) & (IndicatorValue.code == "pop.total")
    with app.app_context(), platform_scope():
        newest = select(IndicatorValue.value).where(mine).order_by(IndicatorValue.period.desc())
        return db.session.scalars(newest.limit(1)).first()


def run(app: SigerFlask, admin: Visitor, page: str, name: str, **more: Any) -> int:
    """Let it run; the answer's status."""
    answer = admin.submit(f"{page}/jalankan", {"typed_name": name, **more}, form=page)
    settle(app)
    return answer.status_code


def test_a_merge_counts_everybody_once_and_the_old_address_leads_on(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    target, source, neighbour = neighbours(make_village, 3)
    settled(app, target, "Dusun I", families=1)
    settled(app, source, "Dusun I", "Dusun II", families=1)
    a_resident(app, source, name="TANPA WILAYAH")
    settled(app, neighbour, "Dusun I", families=1)
    page = planned(app, admin, target, source.code)
    shown = admin.get(page).text
    assert "Sesudah bergabung" in shown
    assert run(app, admin, page, source.name) == 303
    assert the_deed(app, target).state == "done"
    assert counted(app, target) == (3 + 7, 1 + 2)
    assert counted(app, source) == (0, 0)
    assert counted(app, neighbour) == (3, 1)
    for village in (target, source, neighbour):
        assert told(app, village) == []
    month = today().replace(day=1)
    assert flows(app, target, month)["moved_in"] == 7
    assert flows(app, source, month)["moved_out"] == -7
    assert [population(app, village) for village in (target, source)] == [10, None], (
        "nobody is counted twice above"
    )
    with app.app_context(), tenant_scope(target):
        names = sorted(db.session.scalars(select(SubArea.name).where(SubArea.parent_id.is_(None))))
        assert names == ["Dusun I", f"Dusun I ({source.full_name})", "Dusun II"]
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, source.id)
        assert (row.state, row.moved_to) == ("archived", target.slug)
    old = visit(f"{source.slug}.localhost")
    led = old.get("/")
    assert led.status_code == 308
    assert led.headers["Location"].startswith(f"http://{target.slug}.localhost")
    assert old.get("/cek").status_code == 200, "whoever holds a letter of it may check it"
    assert (
        "tidak dapat diaktifkan kembali"
        in admin.get(moved_to(admin.submit(f"/desa/{source.id}/aktifkan", {}, form=page))).text
    )
    for closed in ("penggabungan", "pemekaran"):
        way_back = admin.get(f"/desa/{source.id}/{closed}")
        assert way_back.status_code == 303, "no form for what can't be done"
        assert "tidak sedang memakai Siger" in admin.get(moved_to(way_back)).text


def test_whoever_stands_in_both_is_counted_and_needs_a_decision(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    area = an_area(app, source, "Dusun I")
    settled(app, target, "Dusun II", families=1)
    same = a_nik()
    a_resident(app, target, name="ORANG YANG SAMA", nik=same, birth_date=None)
    a_resident(app, source, name="ORANG YANG SAMA", nik=same, birth_date=None, sub_area_id=area)
    a_family(app, source, sub_area_id=area)
    page = planned(app, admin, target, source.slug)
    assert "1 orang yang tercatat di kedua desa" in admin.get(page).text
    assert "ORANG YANG SAMA" not in admin.get(page).text, "the province learns how many, not who"
    assert run(app, admin, page, source.name) == 422
    assert counted(app, source) == (4, 1)
    assert run(app, admin, page, source.name, accept_duplicates="1") == 303
    assert counted(app, target) == (3 + 1 + 3, 2)
    assert told(app, target) == []
    assert told(app, source) == []
    with app.app_context(), tenant_scope(target):
        query = select(Resident).where(Resident.name == "ORANG YANG SAMA")
        assert len(db.session.scalars(query).all()) == 1
    assert the_deed(app, target).result["duplicates"] == 1


def test_a_card_number_that_stands_in_both_is_left_with_the_one_that_had_it(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    number = "1806200203159999"
    a_family(app, target, kk=number)
    a_family(app, source, kk=number)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    assert counted(app, target) == (6, 2)
    assert told(app, target) == []
    assert the_deed(app, target).result["cleared"] == 1
    with app.app_context(), tenant_scope(target):
        assert sorted(home.kk_index is None for home in db.session.scalars(select(Household))) == [
            False,
            True,
        ]


def test_scans_come_along_and_open_in_the_other_village(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    from app.core.privacy.files import get_sealed
    from app.core.privacy.vault import open_vault
    from app.government.residents.models import ResidentDocument

    target, source = neighbours(make_village, 2)
    resident = a_resident(app, source, name="PUNYA BERKAS")
    with app.app_context(), tenant_scope(source):
        document = add_document(picture("JPEG"), "identity_card", "KTP", resident_id=resident).id
        before = get_sealed(f"documents/{document}", open_vault())
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    with app.app_context(), tenant_scope(target):
        row = db.session.scalars(select(ResidentDocument)).one()
        assert row.resident_id == resident
        assert get_sealed(f"documents/{row.id}", open_vault()) == before


def joined_again(app: SigerFlask, admin: Visitor, gone: Tenant, other: Tenant) -> None:
    """Let a village that had joined `other` stand again, and `other` join it."""
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, gone.id)
        row.state, row.moved_to = "provisioned", None
        db.session.commit()
    page = planned(app, admin, gone, other.code)
    assert run(app, admin, page, other.name) == 303
    assert the_deed(app, gone).state == "done"


def test_people_who_went_over_come_back_when_it_is_joined_again(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    settled(app, source, "Dusun I", families=1)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    joined_again(app, admin, source, target)
    assert counted(app, source) == (3, 1)
    assert told(app, source) == []
    assert told(app, target) == []


def test_a_village_does_not_join_itself_nor_one_that_is_not_there(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    for source in (village.code, "18.99.99.2999", "tidak-ada", ""):
        answer = admin.submit(f"/desa/{village.id}/penggabungan", {**GROUNDS, "source": source})
        assert answer.status_code == 422, source


def test_a_village_joins_another_of_its_own_kabupaten_alone(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(TenantRow.code.startswith("18.71."))
        elsewhere = db.session.scalars(query.limit(1)).one()
    answer = admin.submit(f"/desa/{village.id}/penggabungan", {**GROUNDS, "source": elsewhere})
    assert answer.status_code == 422
    assert "Desa hanya bergabung di dalam satu kabupaten" in answer.text


def test_a_village_takes_part_in_one_merge_at_a_time(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    first, second, source = neighbours(make_village, 3)
    planned(app, admin, first, source.code)
    other = admin.submit(f"/desa/{second.id}/penggabungan", {**GROUNDS, "source": source.code})
    assert other.status_code == 303
    assert "sedang dalam perubahan lain" in admin.get(moved_to(other)).text
