"""Complaints are for the village: the province's visitor sees none of them, and who opens one stands in the log."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.government.complaints.models import Complaint
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.core.test_accounts_visits import _actor, _arrive
from tests.core.test_api_village import program_of
from tests.government.test_complaints import LIST, OPEN, complaints, deed, everything, phone, send, stranger
from tests.support.images import picture
from tests.support.people import Person
from tests.support.selfservice import Phone
from tests.support.visitors import Visitor

__all__ = ["phone", "stranger"]
Staff = Callable[..., Person]
NIK, PHONE = "1806201705800011", "081234567890"


def openings(app: SigerFlask, village: Tenant) -> list[str]:
    with app.app_context(), tenant_scope(village):
        query = select(TenantAuditEntry.action).where(TenantAuditEntry.action.like("complaint.%viewed"))
        return list(db.session.scalars(query.order_by(TenantAuditEntry.id)))


def photo_path(page: str) -> str:
    return page.split('<ul class="photo-row"><li><a href="')[1].split('"')[0]


def test_a_visitor_of_the_province_gets_nothing_of_complaints(
    app: SigerFlask, village: Tenant, phone: Phone, officer: Staff, staff: Staff
) -> None:
    send(phone, foto=(io.BytesIO(picture()), "a.jpg"))
    (row,) = complaints(app, village)
    photo = photo_path(staff(village).get(f"{LIST}/{row.id}").text)
    visitor = _arrive(app, village, _actor(app, officer()))
    for path in (LIST, f"{LIST}/unduh", f"{LIST}/{row.id}", photo):
        assert visitor.get(path).status_code == 403, path
    assert LIST not in visitor.get("/akun").text


def test_each_opening_of_a_sender_and_of_a_photo_is_noted_once(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Staff
) -> None:
    send(phone, foto=(io.BytesIO(picture()), "a.jpg"))
    (row,) = complaints(app, village)
    person = staff(village)
    page = person.get(f"{LIST}/{row.id}").text
    assert openings(app, village) == ["complaint.viewed"]
    assert person.get(photo_path(page)).status_code == 200
    assert openings(app, village) == ["complaint.viewed", "complaint.photo_viewed"]
    assert program_of(app, village).get(f"/api/v1/complaints/{row.id}").status_code == 200
    assert openings(app, village)[2:] == ["complaint.viewed"]
    person.get(LIST)
    assert len(openings(app, village)) == 3


def test_a_complaint_without_a_sender_is_opened_without_a_note(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Staff
) -> None:
    send(phone, anonymous="1")
    staff(village).get(f"{LIST}/{complaints(app, village)[0].id}")
    assert openings(app, village) == []


@pytest.mark.parametrize("typed", [NIK, PHONE, "0812-3456-7890", "1806 2017 0580 0011"])
def test_a_number_typed_into_the_search_stays_out_of_addresses(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Staff, typed: str
) -> None:
    person = staff(village)
    answer = person.get(LIST, query_string={"q": typed, "keadaan": "open"})
    assert answer.status_code == 303
    assert typed.replace(" ", "+") not in answer.headers["Location"]
    assert "keadaan=open" in answer.headers["Location"]
    page = person.get(answer.headers["Location"])
    assert page.status_code == 200
    assert typed not in page.text
    person.get(f"{LIST}/unduh", query_string={"q": typed}).close()
    assert not [row for rows in everything(app, village).values() for row in rows if typed in row]


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\x00%", "'\";--"])
def test_odd_words_in_the_search_are_no_fault(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Staff, typed: str
) -> None:
    send(phone)
    person = staff(village)
    for path in (
        LIST,
        "/surat",
        "/surat/keluar",
        "/surat/masuk",
        "/layanan-warga/akun",
        "/surat/klasifikasi",
    ):
        for name in ("q", "cari"):
            assert person.get(path, query_string={name: typed}).status_code == 200, (path, name)
    program = program_of(app, village)
    for path, name in (("complaints", "words"), ("letters", "q"), ("incoming-letters", "q")):
        status = program.get(f"/api/v1/{path}", query_string={name: typed}).status_code
        assert status == (422 if "\x00" in typed else 200), path


def test_what_was_typed_stays_when_somebody_else_was_first(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Staff
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person = staff(village)
    reason = "Ini wewenang kabupaten, bukan desa"
    late = deed(person, row, "tolak", reason=reason, row_version="77")
    assert late.status_code == 409
    assert reason in late.text
    assert "baru saja mengubah" in late.text
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Complaint).values(state="closed"))
        db.session.commit()
    answered = deed(person, row, "tolak", reason=reason)
    assert answered.status_code == 422
    assert "sudah dijawab atau ditutup" in answered.text


def test_staff_who_send_an_anonymous_one_are_told_like_everybody_else(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    people = [staff(village), staff(village, role="operator")]
    assert send(people[0], OPEN).status_code == 200
    (row,) = complaints(app, village)
    assert row.is_anonymous
    with app.app_context(), tenant_scope(village):
        told = set(
            db.session.scalars(select(Notification.recipient_id).where(Notification.subject_id == row.id))
        )
    assert told == {person.account_id for person in people}


def test_a_program_pages_through_complaints_by_the_time_they_came(
    app: SigerFlask, village: Tenant, staff: Staff, stranger: Visitor
) -> None:
    for _number in range(5):
        send(stranger, OPEN)
    with app.app_context(), tenant_scope(village):
        for number, known in enumerate(db.session.scalars(select(Complaint)).all()):
            known.received_at = now() - dt.timedelta(hours=number)
        db.session.commit()
    program, seen, after = program_of(app, village), [], ""
    while True:
        page = program.get(f"/api/v1/complaints?limit=2{after}").json
        seen += page["items"]
        if not page["next"]:
            break
        after = f"&after={page['next']}"
    assert [one["received_at"] for one in seen] == sorted((one["received_at"] for one in seen), reverse=True)
    assert len({one["id"] for one in seen}) == 5
