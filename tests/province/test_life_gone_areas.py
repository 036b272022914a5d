"""Sub-areas that went over to another village: named where something was recorded of them, and no choice any more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.village.models import SubArea
from app.extensions import db
from tenants.scope import Tenant, tenant_scope
from tests.support.life import GROUNDS, a_free_code, fresh, moved_to, settled, the_deed
from tests.support.visitors import Visitor
from tests.support.work import settle


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def planned(app: SigerFlask, admin: Visitor, village: Tenant, number: int) -> tuple[str, dict[str, Any]]:
    """A split that was counted: the page of its deed, and what was typed."""
    typed = {
        **GROUNDS, "code": a_free_code(app, village), "name": f"Mekar Asri {number}", "slug": f"mekar-asri-{number}",
        "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala", "acting_email": f"pj{number}@contoh.test",
    }  # fmt: skip
    answer = admin.submit(f"/desa/{village.id}/pemekaran", typed)
    settle(app)
    return moved_to(answer), typed


def split(app: SigerFlask, admin: Visitor, village: Tenant, number: int, area: uuid.UUID) -> Tenant:
    """Carry a split of one sub-area out; the new village."""
    page, typed = planned(app, admin, village, number)
    admin.submit(f"{page}/bagian", {"areas": str(area)}, form=page)
    assert admin.submit(f"{page}/jalankan", {"typed_name": typed["name"]}, form=page).status_code == 303
    settle(app)
    return fresh(app, typed["code"])


def test_the_mother_counts_and_offers_only_what_it_has(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], staff: Callable[..., Visitor],
    visit: Callable[[str], Visitor],
) -> None:  # fmt: skip
    areas, clerk = settled(app, village, "Dusun I", "Dusun II", "Dusun III", families=1), staff(village)
    daughter = split(app, admin, village, unique(), areas["Dusun II"])
    mark = f"kini {daughter.full_name}"
    front = visit(f"{village.slug}.localhost").get("/").text
    assert f"<dd>{2}</dd></div>" in front
    assert "<dd>3</dd></div>" not in front
    for path in (
        "/penduduk",
        "/keluarga",
        "/penduduk/tambah",
        "/penduduk/statistik",
        "/pengaturan/wilayah/tambah",
    ):
        page = clerk.get(path, follow_redirects=True)
        assert page.status_code == 200, path
        assert mark not in page.text, path
    settings = clerk.get("/pengaturan/wilayah").text
    assert settings.count(mark) == 1
    assert "Sudah beralih ke desa lain" in settings
    assert settings.index("Sudah beralih ke desa lain") < settings.index(mark)
    told = clerk.get(
        "/penduduk", query_string={"sub_area_id": str(areas["Dusun II"]), "vital_status": "all"}
    ).text
    assert mark in told, "those who left are still found by the area that they lived in"
    of_daughter = visit(f"{daughter.slug}.localhost").get("/").text
    assert "<dd>1</dd></div>" in of_daughter


def test_the_next_split_offers_no_area_that_is_gone_and_new_ones_stand_before_it(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], staff: Callable[..., Visitor]
) -> None:
    areas, clerk = settled(app, village, "Dusun I", "Dusun II", "Dusun III", families=1), staff(village)
    split(app, admin, village, unique(), areas["Dusun II"])
    added = clerk.submit(
        "/pengaturan/wilayah/tambah", {"kind": "sub_area", "parent_id": "", "names": "Dusun Baru"}
    )
    assert added.status_code == 303
    page, _typed = planned(app, admin, village, unique())
    assert [one["name"] for one in the_deed(app, village).plan["areas"]] == [
        "Dusun I",
        "Dusun III",
        "Dusun Baru",
    ]
    assert "(kini" not in admin.get(page).text
    with app.app_context(), tenant_scope(village):
        gone = [area.name for area in db.session.scalars(select(SubArea)) if area.is_gone]
    assert sorted(name.partition(" (")[0] for name in gone) == ["01", "Dusun II"]
