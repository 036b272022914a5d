"""The registers of Permendagri 47/2016: their columns, lines and sums on a small village, and who may have them."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from app.core.accounts.models import Membership
from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.books import BOOKS, services
from app.government.residents.events.deeds import Occasion
from app.government.residents.events.services import move_in, move_out, register_birth, register_death
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import people
from tests.support.people import Person
from tests.support.residents import a_clerk, a_family, a_household, a_nik, a_resident
from tests.support.visitors import CSRF
from tests.support.work import settle

MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
APRIL_ARGS = "bulan=4&tahun=2026"


class Small:
    """A village with two areas: nine people in March; in April one is born, one dies, one leaves, two come."""

    tenant: Tenant
    areas: dict[str, uuid.UUID]
    niks: dict[str, str]


@pytest.fixture
def small(app: SigerFlask, village: Tenant) -> Small:
    """The village of this file."""
    made = Small()
    made.tenant, made.niks = village, {}
    with app.app_context(), tenant_scope(village):
        areas = {name: SubArea(kind="sub_area", name=name) for name in ("Damar", "Meranti")}
        db.session.add_all(areas.values())
        db.session.commit()
        made.areas = {name: area.id for name, area in areas.items()}
    day = dt.date(2026, 3, 2)
    _home, (_head, wife, _child) = a_family(app, village, sub_area_id=made.areas["Damar"], happened_on=day)
    home, (head, *_rest) = a_family(app, village, sub_area_id=made.areas["Meranti"], happened_on=day)
    made.niks["SITI"] = a_nik(dt.date(1990, 1, 5), 2)
    a_resident(
        app, village, name="SITI <RAHAYU>", sex=2, birth_date=dt.date(1990, 1, 5), nik=made.niks["SITI"],
        household_id=home, relation=9, sub_area_id=made.areas["Meranti"], birth_place="Talang Padang",
        religion=1, education=5, occupation=9, marital_status=1, happened_on=day,
    )  # fmt: skip
    a_resident(app, village, name="JOHN", nationality=2, residence_status=3, happened_on=day, nik="")
    alone = a_household(app, village, sub_area_id=made.areas["Damar"], happened_on=day)
    old = a_resident(
        app, village, name="KAKEK", birth_date=dt.date(1940, 1, 1), household_id=alone, relation=1,
        sub_area_id=made.areas["Damar"], happened_on=day,
    )  # fmt: skip
    with app.test_request_context(), tenant_scope(village):
        register_birth(wife, {"name": "BAYI", "sex": 2}, occasion=_on(4))
        register_death(old, occasion=_on(9), place="RSUD Kota Agung")
        move_out([head], occasion=_on(12), destination="Bandar Lampung", new_head_id=_rest[0])
        people = [
            {
                "name": "PENDATANG",
                "sex": 1,
                "birth_date": dt.date(1995, 6, 1),
                "relation": 1,
                "residence_status": 3,
            },
            {"name": "TETAP BARU", "sex": 2, "birth_date": dt.date(1996, 6, 1), "relation": 3},
        ]
        card = {"address": "Jalan Baru", "sub_area_id": made.areas["Damar"]}
        move_in(people, occasion=_on(20), household=card, origin="Metro")
    return made


def _on(day: int) -> Occasion:
    return Occasion(dt.date(2026, 4, day), dt.date(2026, 4, day), note="sudah diperiksa")


def _table(text: str) -> list[list[str]]:
    """The cells of a register's page, line by line."""
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)
        ]
        for line in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    ]


def _sheet(data: bytes) -> list[list[Any]]:
    """The headings and lines of a workbook, without what stands above."""
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[2:]


def _export(person: Person, key: str, **values: str) -> Any:
    form = f"/penduduk/buku/{key}"
    usual = {"bulan": "4", "tahun": "2026", "alasan": "Arsip kantor"}
    return person.submit(f"{form}/berkas", {**usual, **values}, form=form)


def test_every_register_is_introduced_in_a_sentence(small: Small, staff: Callable[..., Person]) -> None:
    page = staff(small.tenant, role="secretary").get("/penduduk/buku")
    assert page.status_code == 200
    for book in BOOKS.values():
        assert f'href="/penduduk/buku/{book.key}"' in page.text
        assert book.model in page.text


@pytest.mark.parametrize(
    ("key", "columns"), [("induk", 16), ("mutasi", 13), ("rekapitulasi", 33), ("sementara", 15)]
)
def test_a_register_has_the_columns_of_the_annex(key: str, columns: int) -> None:
    assert len(BOOKS[key].columns) == columns


def test_the_main_register_lists_who_stands_at_the_end_of_the_month(
    small: Small,
    staff: Callable[..., Person],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    person = staff(small.tenant, role="secretary")
    march = _table(person.get("/penduduk/buku/induk?bulan=3&tahun=2026").text)
    with count_queries(at_most=12) as seen:
        page = person.get(f"/penduduk/buku/induk?{APRIL_ARGS}")
    assert len([query for query in seen if "set_config" not in query and "platform." not in query]) <= 8
    april = _table(page.text)
    assert len(march) == 8
    assert {line[1] for line in march} - {line[1] for line in april} == {"KAKEK", march[3][1]}
    assert {line[1] for line in april} - {line[1] for line in march} == {"BAYI", "TETAP BARU"}
    siti = next(line for line in april if line[1].startswith("SITI"))
    assert siti[1:11] == [
        "SITI &lt;RAHAYU&gt;", "P", "Belum kawin", "Talang Padang", "05-01-1990", "Islam", "SLTA", "Petani/pekebun",
        "–", "WNI",
    ]  # fmt: skip
    assert siti[13] == f"{small.niks['SITI'][:4]}••••••••{small.niks['SITI'][-4:]}"
    assert small.niks["SITI"] not in page.text
    with_newcomers = _table(person.get(f"/penduduk/buku/induk?{APRIL_ARGS}&bagian=all").text)
    assert {line[1] for line in with_newcomers} - {line[1] for line in april} == {"JOHN", "PENDATANG"}
    damar = _table(person.get(f"/penduduk/buku/induk?{APRIL_ARGS}&wilayah={small.areas['Damar']}").text)
    assert {"BAYI", "TETAP BARU"} < {line[1] for line in damar}
    assert not {line[1] for line in damar} & {siti[1]}


def test_the_register_of_movements_says_who_came_and_who_went(
    small: Small, staff: Callable[..., Person]
) -> None:
    person = staff(small.tenant, role="secretary")
    lines = _table(person.get(f"/penduduk/buku/mutasi?{APRIL_ARGS}&bagian=all").text)
    assert [(line[1], line[4], *line[6:12]) for line in lines] == [
        ("BAYI", "P", "Lahir", "04-04-2026", "–", "–", "–", "–"),
        ("KAKEK", "L", "–", "–", "–", "–", "RSUD Kota Agung", "09-04-2026"),
        (lines[2][1], "L", "–", "–", "Bandar Lampung", "12-04-2026", "–", "–"),
        ("PENDATANG", "L", "Metro", "20-04-2026", "–", "–", "–", "–"),
        ("TETAP BARU", "P", "Metro", "20-04-2026", "–", "–", "–", "–"),
    ]
    march = person.get("/penduduk/buku/mutasi?bulan=3&tahun=2026").text
    assert "Buku ini kosong" in march


@pytest.mark.parametrize("part", ["", "all"])
def test_the_summary_adds_up_and_equals_the_ledger(
    app: SigerFlask, small: Small, staff: Callable[..., Person], part: str
) -> None:
    page = staff(small.tenant, role="secretary").get(
        f"/penduduk/buku/rekapitulasi?{APRIL_ARGS}&bagian={part}"
    )
    lines = _table(page.text)
    word = small.tenant.word("sub_area")
    assert [line[1] for line in lines][:2] == [f"{word} Damar", f"{word} Meranti"]
    for line in lines:
        start, born, came, died, went, end = (
            [int(cell or 0) for cell in line[first:last]]
            for first, last in ((2, 6), (9, 13), (13, 17), (17, 21), (21, 25), (25, 29))
        )
        parts = zip(start, born, came, died, went, end, strict=True)
        assert all(s + b + c - d - w == e for s, b, c, d, w, e in parts), line
        assert sum(end) == int(line[31])
        assert int(line[29]) + int(line[30]) == int(line[31])
    total = lines[-1]
    cells = ledger.PARTS["all" if part else "permanent"]
    with app.app_context(), tenant_scope(small.tenant):
        start, end = ledger.totals(MARCH), ledger.totals(APRIL)
    assert (int(total[8]), int(total[31])) == (ledger.people(start, cells), ledger.people(end, cells))
    assert int(total[29]) == ledger.households(end)
    assert int(total[31]) == (10 if part else 8)


def test_the_register_of_temporary_residents_has_newcomers_alone(
    small: Small, staff: Callable[..., Person]
) -> None:
    lines = _table(staff(small.tenant, role="secretary").get(f"/penduduk/buku/sementara?{APRIL_ARGS}").text)
    assert [line[1] for line in lines] == ["JOHN", "PENDATANG"]
    newcomer = lines[1]
    assert (newcomer[2], newcomer[3], newcomer[9], newcomer[12]) == ("L", "–", "Metro", "20-04-2026")
    assert newcomer[14] == "Pendatang"


def test_a_workbook_hides_numbers_unless_a_reason_is_given(
    app: SigerFlask, small: Small, staff: Callable[..., Person]
) -> None:
    person = staff(small.tenant, role="secretary")
    masked = _sheet(_export(person, "induk", bentuk="xlsx").data)
    assert masked[0][0] == "No."
    assert masked[0][4] == "Tempat dan tanggal lahir – Tempat"
    siti = next(line for line in masked if str(line[1]).startswith("SITI"))
    assert siti[13].startswith("1806••••")
    assert siti[5] == dt.date(1990, 1, 5)
    for clear in ("1", ""):
        refused = _export(person, "induk", bentuk="xlsx", utuh=clear, alasan=" ")
        assert refused.status_code == 422
        assert "Tulis alasannya" in refused.text
    clear = _sheet(_export(person, "ktp-kk", bentuk="xlsx", utuh="1", alasan="Pemeriksaan kecamatan").data)
    assert small.niks["SITI"] in {line[3] for line in clear}
    with app.app_context(), tenant_scope(small.tenant):
        action = TenantAuditEntry.action == "residents.book_exported"
        entries = db.session.query(TenantAuditEntry).filter(action).order_by(TenantAuditEntry.id).all()
    assert [(entry.object_id, entry.details["in_clear"]) for entry in entries] == [
        ("induk", False),
        ("ktp-kk", True),
    ]
    assert [entry.details["reason"] for entry in entries] == ["Arsip kantor", "Pemeriksaan kecamatan"]
    assert small.niks["SITI"] not in str([entry.details for entry in entries])


def test_whoever_may_not_see_numbers_gets_none_in_clear(app: SigerFlask, small: Small) -> None:
    person = a_clerk(app, small.tenant, "residents.view", "residents.export")
    assert 'name="utuh"' not in person.get("/penduduk/buku/induk").text
    assert _export(person, "induk", bentuk="xlsx", utuh="1", alasan="Ingin tahu").status_code == 403
    assert _export(person, "induk", bentuk="xlsx").status_code == 200


@pytest.mark.parametrize("key", list(BOOKS))
def test_a_file_of_people_leaves_only_with_those_who_may_export(
    small: Small, staff: Callable[..., Person], key: str
) -> None:
    person = staff(small.tenant, role="section_staff")
    page = person.get(f"/penduduk/buku/{key}?{APRIL_ARGS}")
    assert page.status_code == 200
    is_sums = key == "rekapitulasi"
    assert (f"/penduduk/buku/{key}/berkas" in page.text) is is_sums
    token = {"csrf_token": CSRF.search(person.get("/akun").text)[1]}  # type: ignore[index]
    for form in ("xlsx", "pdf"):
        asked = {**token, "bulan": "4", "tahun": "2026", "bentuk": form, "alasan": "Arsip kantor"}
        answer = person.post(f"/penduduk/buku/{key}/berkas", asked)
        assert answer.status_code == (200 if is_sums else 403)


def test_a_document_that_was_waited_for_is_kept_from_those_who_may_no_longer_export(
    app: SigerFlask, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "DIRECT_ROWS", 3)
    account = people.make_account(app, tenant=small.tenant, role="operator")
    person = people.signed_in(app, account, small.tenant)
    sent = _export(person, "induk", bentuk="pdf")
    settle(app)
    assert person.get(f"{sent.location}/unduh").status_code == 200
    with app.app_context(), platform_scope():
        lesser = update(Membership).where(Membership.account_id == account.id).values(role="section_staff")
        db.session.execute(lesser)
        db.session.commit()
    again = people.signed_in(app, account, small.tenant)
    assert again.get(f"{sent.location}/unduh").status_code == 403


def test_who_has_no_right_to_residents_sees_no_register(small: Small, staff: Callable[..., Person]) -> None:
    person = staff(small.tenant, role="council")
    for path in ("", "/induk", "/rekapitulasi", f"/berkas/{uuid.uuid4()}"):
        assert person.get(f"/penduduk/buku{path}").status_code == 403


@pytest.mark.parametrize("key", list(BOOKS))
def test_every_register_can_be_printed(small: Small, staff: Callable[..., Person], key: str) -> None:
    answer = _export(staff(small.tenant, role="secretary"), key, bentuk="pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert f"-buku-{key}-2026-04-" in answer.headers["Content-Disposition"]


def test_a_long_document_is_made_while_one_waits_and_is_its_askers_alone(
    app: SigerFlask, small: Small, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "DIRECT_ROWS", 3)
    person, other = staff(small.tenant, role="secretary"), staff(small.tenant, role="secretary")
    sent = _export(person, "induk", bentuk="pdf", utuh="1", alasan="Pemeriksaan kecamatan")
    assert sent.status_code == 303
    page = person.get(sent.location)
    assert "Sedang" in page.text or "Menunggu" in page.text
    assert person.get(f"{sent.location}/unduh").status_code == 404
    settle(app)
    page = person.get(sent.location)
    assert f'href="{sent.location}/unduh"' in page.text
    got = person.get(f"{sent.location}/unduh")
    assert got.data.startswith(b"%PDF-")
    assert got.headers["Cache-Control"] == "no-store"
    assert other.get(sent.location).status_code == 404
    assert other.get(f"{sent.location}/unduh").status_code == 404


@pytest.mark.parametrize(
    "args",
    [
        "bulan=13&tahun=2026",
        "bulan=x&tahun=-1",
        "bulan=1&tahun=9999",
        "wilayah=abc",
        "hal=99999",
        "bagian=%00",
    ],
)
def test_a_strange_choice_is_forgiven(small: Small, staff: Callable[..., Person], args: str) -> None:
    assert staff(small.tenant, role="secretary").get(f"/penduduk/buku/induk?{args}").status_code == 200
