"""The list of villages and one village's page: found, counted, exported; another region's is not there."""

from __future__ import annotations

import datetime as dt
import html
import io
import math
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.models import TenantRow, TenantState
from tenants.scope import Tenant, platform_scope
from tests.support.people import make_account
from tests.support.places import villages_listed
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
LINK = re.compile(r'<th scope="row"><a href="/desa/([0-9a-f-]{36})">([^<]*)</a>')
NEXT = re.compile(r'rel="next" href="([^"]+)"')
PREVIOUS = re.compile(r'rel="prev" href="([^"]+)"')
EVERY = -1
"""In a table of searches: as many as the programme lists."""


def shown(page: str) -> list[str]:
    """Ids of the villages on a page, in their order."""
    return [found[0] for found in LINK.findall(page)]


def names(page: str) -> list[str]:
    """Names of the villages on a page."""
    return [html.unescape(found[1]) for found in LINK.findall(page)]


@pytest.fixture
def admin(officer: Officer) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def walk(visitor: Visitor, path: str) -> Iterator[str]:
    """Every page of a list, following the link to the next one."""
    while path:
        page = visitor.get(path).text
        yield page
        found = NEXT.search(page)
        path = html.unescape(found.group(1)) if found else ""


def test_every_village_is_on_exactly_one_page_and_the_way_back_is_the_same(
    app: SigerFlask, admin: Visitor
) -> None:
    all_of_them = villages_listed(app)
    seen: list[str] = []
    pages = list(walk(admin, "/desa"))
    for page in pages:
        seen += shown(page)
    assert len(seen) == len(set(seen)) == all_of_them
    assert len(pages) == math.ceil(all_of_them / 50)
    back = PREVIOUS.search(pages[2])
    assert back is not None
    assert shown(admin.get(html.unescape(back.group(1))).text) == shown(pages[1])
    assert f"{all_of_them:,} desa dan kelurahan".replace(",", ".") in pages[0]


@pytest.mark.parametrize("order", ["code", "activity", "since"])
def test_each_order_reaches_every_village(admin: Visitor, order: str) -> None:
    seen = [i for page in walk(admin, f"/desa?kab=18.06&urut={order}") for i in shown(page)]
    assert len(seen) == len(set(seen)) == 302


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("q=gisting+atas", "Pekon Gisting Atas", 1),
        ("q=Pekon+Gisting", "Pekon Gisting Atas", None),
        ("q=18.06.20", "Pekon Banjar Manis", 9),
        ("q=1806202006", "Pekon Gisting Atas", 1),
        ("kab=18.08&kec=18.08.11", None, None),
        ("jenis=kelurahan", None, 205),
        ("jenis=kelurahan&kab=18.71", None, 126),
        ("q=%25", None, 0),
        ("q=_", None, 0),
        ("q='%3B+drop+table", None, 0),
        ("keadaan=tidak-ada&urut=apa&kab=99.99&kec=xx&jenis=kota", None, EVERY),
        ("q=%00gisting+atas%00", "Pekon Gisting Atas", 1),
    ],
)
def test_search_and_filters(
    app: SigerFlask, admin: Visitor, query: str, first: str | None, count: int | None
) -> None:
    count = villages_listed(app) if count == EVERY else count
    page = admin.get(f"/desa?{query}").text
    found = names(page)
    if first:
        assert first in found
    if count == 0:
        assert found == []
        assert "Tidak ada yang cocok" in page
    elif count:
        assert f"{count:,}".replace(",", ".") + " desa dan kelurahan" in page


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "bnVsbA", "WyJhIiwxXQ", "A" * 500, "%00", "WyIwMDAwIiwiMTgiXQ"]
)
def test_a_cursor_that_makes_no_sense_leads_somewhere(admin: Visitor, cursor: str) -> None:
    for order in ("name", "activity"):
        assert admin.get(f"/desa?urut={order}&sesudah={cursor}").status_code == 200
        assert admin.get(f"/desa?urut={order}&sebelum={cursor}").status_code == 200


def test_chips_tell_how_many_there_are_of_each_state(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TenantRow).where(TenantRow.id == village.id).values(state=TenantState.ACTIVE)
        )
        db.session.commit()
    page = admin.get(f"/desa?q={village.code}&keadaan=live").text
    assert shown(page) == [str(village.id)]
    assert 'aria-current="true">Memakai<span>1</span>' in page
    assert "Belum diundang<span>0</span>" in page
    assert shown(admin.get(f"/desa?q={village.code}&keadaan=listed").text) == []


def test_the_list_asks_at_most_eight_queries(admin: Visitor, count_queries: Any) -> None:
    admin.get("/desa")
    for path in ("/desa", "/desa?kab=18.06&kec=18.06.20&q=gisting&keadaan=live", "/desa?urut=activity"):
        with count_queries(at_most=8):
            assert admin.get(path).status_code == 200


def test_a_region_cannot_be_left_by_tampering_with_the_request(officer: Officer, app: SigerFlask) -> None:
    somebody = officer("regency_analyst", "18.06")
    for query in (
        "kab=18.08",
        "kec=18.08.11",
        "kab=18",
        "q=18.08.11",
        "kab=18.08&kec=18.08.11&keadaan=listed",
    ):
        for found in shown(somebody.get(f"/desa?{query}").text):
            with app.app_context(), platform_scope():
                assert db.session.get_one(TenantRow, uuid.UUID(found)).regency_code == "18.06"
    page = somebody.get("/desa").text
    assert "302 desa dan kelurahan" in page
    assert "Kabupaten Way Kanan" not in page
    district = officer("district_officer", "18.06.20")
    assert "9 desa dan kelurahan" in district.get("/desa?kab=18.06&kec=18.06.01").text


def some_village(app: SigerFlask, region: str) -> uuid.UUID:
    """A village of a region."""
    with app.app_context(), platform_scope():
        query = select(TenantRow.id).where(TenantRow.code.startswith(f"{region}.")).limit(1)
        return db.session.scalars(query).one()


@pytest.mark.parametrize("page", ["", "/siapkan", "/tangguhkan", "/pulihkan", "/kunjungan", "/kemajuan"])
def test_a_village_of_another_region_is_not_found(app: SigerFlask, officer: Officer, page: str) -> None:
    elsewhere = some_village(app, "18.08")
    admin_elsewhere = officer("province_admin", "18.06")
    assert admin_elsewhere.get(f"/desa/{elsewhere}{page}").status_code == 404
    assert admin_elsewhere.get(f"/desa/{uuid.uuid4()}{page}").status_code == 404
    assert admin_elsewhere.get(f"/desa/1{page}").status_code == 404


@pytest.mark.parametrize(
    ("role", "region", "may"),
    [
        ("province_admin", "18", {"siapkan", "tangguhkan", "pulihkan", "kunjungan"}),
        ("province_analyst", "18", set()),
        ("regency_analyst", "18.06", set()),
        ("district_officer", "18.06.20", set()),
        ("mentor", "18.06.20", set()),
    ],
)
def test_what_a_role_may_not_do_is_refused(
    app: SigerFlask, officer: Officer, role: str, region: str, may: set[str]
) -> None:
    somebody, target = officer(role, region), some_village(app, "18.06.20")
    assert somebody.get(f"/desa/{target}").status_code == 200
    for deed in ("siapkan", "tangguhkan", "pulihkan", "kunjungan"):
        status = somebody.get(f"/desa/{target}/{deed}").status_code
        assert (status == 403) == (deed not in may), deed
        sent = somebody.submit(f"/desa/{target}/{deed}", {"reason": "x" * 20}, form="/desa").status_code
        assert sent in (400, 403) if deed not in may else sent != 403


def read(answer: TestResponse) -> list[list[Any]]:
    """The rows of a spreadsheet that was sent."""
    with answer:
        return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_the_export_holds_what_the_filters_leave(app: SigerFlask, admin: Visitor) -> None:
    answer = admin.get("/desa/unduh?kab=18.06&kec=18.06.20&urut=code")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = read(answer)
    assert rows[0][0].startswith("Daftar desa dan kelurahan, Provinsi Lampung")
    assert rows[2][:4] == ["Kode wilayah", "Sebutan", "Nama", "Jenis"]
    assert len(rows) == 3 + 9
    codes = [row[0] for row in rows[3:]]
    assert codes == sorted(codes)
    assert "Gisting Atas" in {row[2] for row in rows[3:]}
    with app.app_context(), platform_scope():
        entry = db.session.scalars(
            select(PlatformAuditEntry)
            .where(PlatformAuditEntry.action == "villages.exported")
            .order_by(PlatformAuditEntry.at.desc())
            .limit(1)
        ).one()
        assert entry.details["total"] == 9
        assert entry.actor_id is not None


def test_the_export_of_everything_and_no_formula_in_it(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TenantRow).where(TenantRow.id == village.id).values(name='=HYPERLINK("http://evil.test")')
        )
        db.session.commit()
    try:
        rows = read(admin.get("/desa/unduh"))
        assert len(rows) == 3 + villages_listed(app)
        named = [row[2] for row in rows if row[0] == village.code]
        assert named == ['\'=HYPERLINK("http://evil.test")']
        assert isinstance(next(row for row in rows if row[0] == village.code)[8], dt.datetime)
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(update(TenantRow).where(TenantRow.id == village.id).values(name=village.name))
            db.session.commit()


def test_who_may_not_export_gets_a_refusal_and_no_button(officer: Officer) -> None:
    somebody = officer("district_officer", "18.06.20")
    assert somebody.get("/desa/unduh").status_code == 403
    assert "/desa/unduh" not in somebody.get("/desa").text
    assert "/desa/unduh" in officer("regency_analyst", "18.06").get("/desa").text


def test_a_villages_page_tells_accounts_and_history_but_nothing_of_residents(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    make_account(app, tenant=village, role="secretary", name="Sri Wahyuni")
    page = admin.get(f"/desa/{village.id}").text
    assert village.full_name in page
    assert village.code in page
    assert "Sri Wahyuni" in page
    assert "Belum pernah masuk" in page
    assert "revisi terbaru" in page
    assert f"{village.slug}.localhost" in page
    assert "Tangguhkan" in page
    with app.app_context(), platform_scope():
        count = select(func.count()).where(
            PlatformAuditEntry.tenant_id == village.id, PlatformAuditEntry.action != "figures.viewed"
        )
        assert db.session.scalar(count) == 0


def test_a_villages_page_asks_at_most_twelve_queries(
    admin: Visitor, village: Tenant, count_queries: Any
) -> None:
    admin.get("/desa")
    with count_queries(at_most=12):
        assert admin.get(f"/desa/{village.id}").status_code == 200
