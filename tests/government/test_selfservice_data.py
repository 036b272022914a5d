"""What a resident sees of the own data and the household, and what is asked about it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.residents.models import DataRequest, Resident
from app.government.selfservice.models import PortalAccount
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_family, a_resident
from tests.support.selfservice import PIN, Phone, a_phone, account_row, numbers_of

Family = tuple[uuid.UUID, list[uuid.UUID]]


@pytest.fixture
def family(app: SigerFlask, village: Tenant) -> Family:
    """Husband, wife and a child of the year 2012."""
    return a_family(app, village)


@pytest.fixture
def phone(app: SigerFlask, village: Tenant, family: Family) -> Phone:
    """The phone of the head of this family."""
    return a_phone(app, village, family[1][0])


def _requests(app: SigerFlask, village: Tenant) -> list[DataRequest]:
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(DataRequest).order_by(DataRequest.id)))


def test_numbers_are_masked_until_they_are_asked_for(
    app: SigerFlask, village: Tenant, family: Family, phone: Phone
) -> None:
    numbers = numbers_of(app, village, family[1][0])
    page = phone.get("/layanan/data")
    assert page.headers["Cache-Control"] == "no-store"
    assert numbers["nik"] not in page.text
    assert numbers["kk"] not in page.text
    shown = phone.submit("/layanan/data", form="/layanan/data")
    assert shown.headers["Cache-Control"] == "no-store"
    assert numbers["nik"] in shown.text
    assert numbers["kk"] in shown.text
    assert numbers["nik"] not in phone.get("/layanan/data").text
    with app.app_context(), tenant_scope(village):
        assert "portal.numbers_shown" in set(db.session.scalars(select(TenantAuditEntry.action)))


def test_of_the_others_in_the_house_little_is_seen(
    app: SigerFlask, village: Tenant, family: Family, phone: Phone
) -> None:
    _head, wife, child = family[1]
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Resident).where(Resident.id == wife).values(illness=6, religion=3))
        db.session.commit()
    shown = phone.submit("/layanan/data", form="/layanan/data").text
    assert "1983" in shown
    assert numbers_of(app, village, wife)["nik"] not in shown
    assert numbers_of(app, village, child)["nik"] not in shown
    assert "Diabetes" not in shown
    assert "Katholik" not in shown
    assert "09-02-1983" not in shown


def test_the_own_health_is_shown_only_when_asked_for(
    app: SigerFlask, village: Tenant, family: Family, phone: Phone
) -> None:
    with app.app_context(), tenant_scope(village):
        values = {"illness": 6, "notes": "Catatan petugas"}
        db.session.execute(update(Resident).where(Resident.id == family[1][0]).values(**values))
        db.session.commit()
    assert "Diabetes" not in phone.get("/layanan/data").text
    shown = phone.submit("/layanan/data", form="/layanan/data").text
    assert "Diabetes" in shown
    assert "Catatan petugas" not in shown


def test_a_correction_goes_to_the_village_and_its_answer_comes_back(
    app: SigerFlask, village: Tenant, family: Family, phone: Phone, staff: Callable[..., Any]
) -> None:
    head, clerk = family[1][0], staff(village)
    answer = phone.submit(
        "/layanan/data/perbaikan", {"about": str(head), "text": "Tempat lahir seharusnya Gisting"}
    )
    assert answer.status_code == 303
    path = answer.headers["Location"]
    assert "Menunggu jawaban" in phone.get(path).text
    request_path = f"/penduduk/permintaan/{path.rsplit('/', 1)[1]}"
    assert "Tempat lahir seharusnya Gisting" in clerk.get(request_path).text
    assert "meminta perbaikan atau salinan data" in clerk.get("/pemberitahuan").text
    clerk.submit(request_path, {"outcome": "done", "answer": "Sudah diperbaiki menurut akta"})
    assert "Sudah diperbaiki menurut akta" in phone.get(path).text
    assert "Dipenuhi" in phone.get("/layanan/data").text


def test_a_parent_asks_for_the_child_but_not_for_the_wife(
    app: SigerFlask, village: Tenant, family: Family, phone: Phone
) -> None:
    _head, wife, child = family[1]
    text = "Nama tertulis salah satu huruf"
    assert phone.submit("/layanan/data/perbaikan", {"about": str(child), "text": text}).status_code == 303
    assert phone.submit("/layanan/data/perbaikan", {"about": str(wife), "text": text}).status_code == 404
    (kept,) = _requests(app, village)
    assert kept.resident_id == child


@pytest.mark.parametrize("about", ["stranger", "nobody", "nonsense"])
def test_asking_about_another_household_is_not_found(
    app: SigerFlask, village: Tenant, phone: Phone, about: str
) -> None:
    _other_home, (_head, _wife, child) = a_family(app, village)
    whom = {"stranger": str(child), "nobody": str(uuid.uuid4()), "nonsense": "1"}[about]
    answer = phone.submit("/layanan/data/perbaikan", {"about": whom, "text": "Nama salah tulis"})
    assert answer.status_code == 404
    assert not _requests(app, village)


def test_another_persons_request_is_not_found(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    _other_home, (stranger, *_others) = a_family(app, village)
    theirs = a_phone(app, village, stranger)
    answer = theirs.submit("/layanan/data/salinan", form="/layanan/data")
    path = answer.headers["Location"]
    assert theirs.get(path).status_code == 200
    assert phone.get(path).status_code == 404


def test_a_child_asks_for_nobody_else(app: SigerFlask, village: Tenant, family: Family) -> None:
    child = a_phone(app, village, family[1][2])
    about = str(family[1][0])
    assert (
        child.submit("/layanan/data/perbaikan", {"about": about, "text": "Nama salah tulis"}).status_code
        == 404
    )


def test_a_copy_is_asked_for_once(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    assert "/permintaan/" in phone.submit("/layanan/data/salinan", form="/layanan/data").headers["Location"]
    again = phone.submit("/layanan/data/salinan", form="/layanan/data")
    assert again.headers["Location"] == "/layanan/data"
    assert [row.kind for row in _requests(app, village)] == ["access"]


def test_no_more_than_five_requests_wait(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    form = {"about": str(phone.resident_id), "text": "Agama salah tulis"}
    for _time in range(5):
        assert phone.submit("/layanan/data/perbaikan", form).status_code == 303
    assert phone.submit("/layanan/data/perbaikan", form).status_code == 422
    assert len(_requests(app, village)) == 5


def test_contacts_are_kept_sealed(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    answer = phone.submit("/layanan/data/kontak", {"phone": "081234567890", "email": "siti@contoh.test"})
    assert answer.status_code == 303
    assert "0812-3456-7890" in phone.get("/layanan/data/kontak").text
    box = account_row(app, village, phone.resident_id).box
    assert box is not None
    assert b"siti@" not in box
    with app.app_context(), tenant_scope(village):
        entries = " ".join(str(entry.details) for entry in db.session.scalars(select(TenantAuditEntry)))
    assert "siti@" not in entries
    assert phone.submit("/layanan/data/kontak", {"email": "bukan surel"}).status_code == 422


def test_another_pin_signs_the_other_devices_out(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    other = a_phone(app, village, phone.resident_id, phone.account_id)
    form = {"pin_now": PIN, "pin": "739150", "pin_again": "739150"}
    assert phone.submit("/layanan/data/pin", form).status_code == 303
    assert phone.get("/layanan/data").status_code == 200
    assert other.get("/layanan/data").status_code == 303
    nik = numbers_of(app, village, phone.resident_id)["nik"]
    assert other.submit("/layanan/masuk", {"nik": nik, "pin": PIN}).status_code == 422
    assert other.submit("/layanan/masuk", {"nik": nik, "pin": "739150"}).status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"pin_now": "999111", "pin": "739150", "pin_again": "739150"}, "PIN sekarang tidak cocok"),
        ({"pin_now": PIN, "pin": "739150", "pin_again": "739151"}, "Kedua PIN tidak sama"),
        ({"pin_now": PIN, "pin": "123456", "pin_again": "123456"}, "terlalu mudah ditebak"),
        ({"pin_now": PIN, "pin": "170580", "pin_again": "170580"}, "tanggal lahir sebagai PIN"),
    ],
)
def test_a_pin_is_changed_only_by_who_knows_it_to_one_that_is_good(
    app: SigerFlask, village: Tenant, phone: Phone, form: dict[str, str], sentence: str
) -> None:
    answer = phone.submit("/layanan/data/pin", form)
    assert answer.status_code == 422
    assert sentence in re.sub(r"\s+", " ", answer.text)


def test_guessing_the_present_pin_locks_the_account(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    for _time in range(10):
        phone.submit("/layanan/data/pin", {"pin_now": "999111", "pin": "739150", "pin_again": "739150"})
    assert account_row(app, village, phone.resident_id).state == "locked"
    assert phone.get("/layanan/data").status_code == 303


@pytest.mark.parametrize(
    "path", ["/layanan/data", "/layanan/data/perbaikan", "/layanan/data/kontak", "/layanan/data/pin"]
)
def test_nobody_sees_data_without_signing_in(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any], visit: Callable[..., Any], path: str
) -> None:
    for visitor in (visit(f"{village.slug}.localhost"), staff(village)):
        answer = visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/layanan/masuk?next=")
        assert visitor.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_somebody_without_a_household_is_shown_the_own_record(app: SigerFlask, village: Tenant) -> None:
    alone = a_phone(
        app, village, a_resident(app, village, name="BUDI SANTOSO", birth_date=dt.date(1990, 1, 2))
    )
    page = alone.get("/layanan/data")
    assert "BUDI SANTOSO" in page.text
    assert "belum tercatat dalam keluarga mana pun" in page.text


def test_the_page_asks_little(
    app: SigerFlask, village: Tenant, phone: Phone, count_queries: Callable[..., Any]
) -> None:
    phone.get("/layanan/data")
    with count_queries(at_most=16):
        phone.get("/layanan/data")


def test_deeds_name_the_resident(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    phone.submit("/layanan/data/kontak", {"phone": "", "email": ""})
    with app.app_context(), tenant_scope(village):
        entry = db.session.scalars(
            select(TenantAuditEntry).where(TenantAuditEntry.action == "portal.contact_changed")
        ).one()
        account = db.session.scalars(select(PortalAccount)).one()
        assert entry.actor_id == account.id
        assert entry.actor_name == db.session.get_one(Resident, phone.resident_id).name
