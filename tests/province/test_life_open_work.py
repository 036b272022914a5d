"""A split or a merge strands nothing: open letters, complaints and residents' accounts are counted, ended and told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core.casework.models import CaseStep
from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.core.notifications.models import Notification
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.desk import services as desk
from app.government.letters.models import Letter
from app.government.residents.models import Resident
from app.government.selfservice.accounts.boxes import write_box
from app.government.selfservice.accounts.pins import hash_pin
from app.government.selfservice.models import PortalAccount
from app.province.life.carrying import AFTER
from app.province.life.models import VillageDeed
from tenants.ids import uuid7
from tenants.jobs import enqueue
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.letters import a_letter, a_request, an_issued_letter, letter_of, working
from tests.support.life import (
    GROUNDS,
    REGULATION,
    a_free_code,
    fresh,
    moved_to,
    neighbours,
    settled,
    the_deed,
)
from tests.support.people import Person
from tests.support.residents import a_nik, a_resident
from tests.support.selfservice import PIN, a_phone, account_row, an_account, numbers_of
from tests.support.villages import opened
from tests.support.visitors import Visitor
from tests.support.work import settle

COMPLAINT = {"category": "light", "title": "Lampu jalan mati", "text": "Sejak seminggu.", "place": "Dusun I"}


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


@pytest.fixture
def post(app: SigerFlask) -> Iterator[RecordingMailer]:
    """Letters that go out while jobs run."""
    office = app.extensions["mailer"] = RecordingMailer()
    yield office
    del app.extensions["mailer"]


def living_in(app: SigerFlask, village: Tenant, area: uuid.UUID, **values: Any) -> uuid.UUID:
    """A resident of a sub-area."""
    return a_resident(app, village, sub_area_id=area, marital_status=1, birth_place="Talang Padang", **values)


def reached(app: SigerFlask, village: Tenant, account_id: uuid.UUID, email: str, tag: str = "") -> None:
    """Let an account have an e-mail address, and a card for the kiosk."""
    with app.app_context(), tenant_scope(village):
        values = {"email": email, "card_tag": tag}
        write_box(db.session.get_one(PortalAccount, account_id), values, open_vault(for_writing=True))
        db.session.commit()


def an_application(app: SigerFlask, village: Tenant, resident_id: uuid.UUID) -> uuid.UUID:
    """An account that a clerk has not looked at."""
    account_id = uuid7()
    with app.app_context(), tenant_scope(village):
        waiting = PortalAccount(
            id=account_id, resident_id=resident_id, state="waiting", pin_hash=hash_pin(account_id, PIN)
        )
        db.session.add(waiting)
        db.session.commit()
    return account_id


def an_approved_letter(app: SigerFlask, village: Tenant, resident_id: uuid.UUID) -> uuid.UUID:
    """A letter to which the head has agreed."""
    letter_id = a_letter(app, village, state="verified", resident_id=resident_id)
    with working(app, village):
        desk.approve(letter_id)
    return letter_id


def split_planned(
    app: SigerFlask, admin: Visitor, village: Tenant, number: int, area: uuid.UUID
) -> tuple[str, dict[str, Any]]:
    """A split that was counted, with the area chosen: its page and what was typed."""
    form = {
        **GROUNDS, "code": a_free_code(app, village), "name": f"Tak Terdampar {number}",
        "slug": f"tak-terdampar-{number}", "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala",
        "acting_email": f"terdampar{number}@contoh.test",
    }  # fmt: skip
    page = moved_to(admin.submit(f"/desa/{village.id}/pemekaran", form))
    settle(app)
    assert admin.submit(f"{page}/bagian", {"areas": str(area)}, form=page).status_code == 303
    return page, form


def merge_planned(app: SigerFlask, admin: Visitor, target: Tenant, source: Tenant) -> str:
    """A merge that was counted: its page."""
    page = moved_to(admin.submit(f"/desa/{target.id}/penggabungan", {**GROUNDS, "source": source.code}))
    settle(app)
    return page


def let_run(app: SigerFlask, admin: Visitor, page: str, name: str, **more: Any) -> None:
    """Carry it out, with what follows."""
    answer = admin.submit(f"{page}/jalankan", {"typed_name": name, **more}, form=page)
    assert answer.status_code == 303, answer.text
    settle(app)
    assert "Yang belum selesai waktu itu" in admin.get(page).text


def signed_in(visitor: Visitor, nik: str) -> int:
    """Try NIK and PIN at the door of self-service."""
    return visitor.submit("/layanan/masuk", {"nik": nik, "pin": PIN}).status_code


def test_a_split_ends_letters_of_who_goes_and_takes_their_accounts_along(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], visit: Callable[[str], Visitor],
) -> None:  # fmt: skip
    opened(app, village)
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    goes, stays = (living_in(app, village, areas[name]) for name in ("Dusun I", "Dusun II"))
    applicant = living_in(app, village, areas["Dusun I"])
    phones = {who: a_phone(app, village, who) for who in (goes, stays)}
    reached(app, village, phones[goes].account_id, "warga@contoh.test", "04A2B3C4")
    an_application(app, village, applicant)
    online = a_request(app, village, resident_id=goes, origin="online", account_id=phones[goes].account_id)
    agreed = an_approved_letter(app, village, goes)
    issued = an_issued_letter(app, village, resident_id=goes)
    theirs = a_request(app, village, resident_id=stays)
    page, form = split_planned(app, admin, village, unique(), areas["Dusun I"])
    shown = admin.get(page).text
    assert "Lebih baik diselesaikan dahulu" in shown
    wanted = {"letters": 2, "complaints": 0, "accounts": 1, "accounts_ended": 1}
    assert the_deed(app, village).plan["areas"][0]["open"] == wanted
    assert "Surat yang sedang diproses dibatalkan" in shown
    let_run(app, admin, page, form["name"])
    assert the_deed(app, village).state == "done", the_deed(app, village).error
    daughter = opened(app, fresh(app, form["code"]))
    for letter_id in (online, agreed):
        letter = letter_of(app, village, letter_id)
        assert letter.state == "cancelled"
        assert letter.closed_at is not None
        assert f"{daughter.full_name}; ajukan lagi di sana" in letter.reason
        assert REGULATION in letter.reason
        with app.app_context(), tenant_scope(village):
            steps = db.session.scalars(select(CaseStep).where(CaseStep.subject_id == letter_id)).all()
            assert [step.by_kind for step in steps if step.kind == "cancelled"] == ["system"]
    assert letter_of(app, village, issued).state == "issued"
    assert letter_of(app, village, theirs).state == "submitted"
    nik = numbers_of(app, village, goes)["nik"]
    assert signed_in(visit(f"{daughter.slug}.localhost"), nik) == 303, "the same NIK and PIN"
    assert signed_in(visit(f"{village.slug}.localhost"), nik) == 422
    assert phones[goes].get("/layanan/surat").status_code == 303, "signed out"
    assert phones[stays].get("/layanan/surat").status_code == 200
    assert account_row(app, village, goes).state == "closed"
    assert account_row(app, village, goes).pin_hash is None
    brought = account_row(app, daughter, goes)
    with app.app_context(), tenant_scope(daughter):
        kept = open_vault().open_json(brought.box, f"portal_account:{brought.id}")
        assert kept == {"email": "warga@contoh.test", "card_tag": "04A2B3C4"}
        assert brought.card_index == open_vault().index("card", "04A2B3C4")
    done = admin.get(page).text
    assert "Yang belum selesai waktu itu" in done
    assert the_deed(app, village).result["open"] == wanted


def test_a_merge_ends_all_that_is_open_and_takes_accounts_along(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    target, source = (opened(app, village) for village in neighbours(make_village, 2))
    area = settled(app, source, "Dusun I", families=1)["Dusun I"]
    settled(app, target, "Dusun II", families=1)
    same = a_nik()
    a_resident(app, target, name="ORANG YANG SAMA", nik=same, birth_date=None)
    double = a_resident(app, source, name="ORANG YANG SAMA", nik=same, birth_date=None, sub_area_id=area)
    an_account(app, source, double)
    someone = living_in(app, source, area)
    phone = a_phone(app, source, someone)
    sent = phone.submit("/layanan/pengaduan/baru", {**COMPLAINT, "kunci": str(uuid.uuid4())})
    assert sent.status_code in (200, 303)
    letters = [a_request(app, source, resident_id=someone) for _number in range(2)]
    letters.append(an_approved_letter(app, source, someone))
    page = merge_planned(app, admin, target, source)
    wanted = {"letters": 3, "complaints": 1, "accounts": 1, "accounts_ended": 1}
    assert the_deed(app, target).plan["open"] == wanted
    shown = admin.get(page).text
    assert "Lebih baik diselesaikan dahulu" in shown
    assert "Pelapor anonim tidak dapat diberi tahu" in shown
    let_run(app, admin, page, source.name, accept_duplicates="1")
    assert the_deed(app, target).state == "done", the_deed(app, target).error
    assert the_deed(app, target).result["open"] == wanted
    assert "Yang belum selesai waktu itu" in admin.get(page).text
    assert {letter_of(app, source, key).state for key in letters} == {"cancelled"}
    assert "bergabung ke" in letter_of(app, source, letters[0]).reason
    with app.app_context(), tenant_scope(source):
        complaint = db.session.scalars(select(Complaint)).one()
        assert complaint.state == "rejected"
        steps = db.session.scalars(select(CaseStep).where(CaseStep.subject_id == complaint.id))
        assert [step.kind for step in steps][-1] == "rejected"
    assert signed_in(visit(f"{target.slug}.localhost"), numbers_of(app, source, someone)["nik"]) == 303
    with app.app_context(), tenant_scope(target):
        known = db.session.scalars(select(Resident.id).join(PortalAccount)).all()
        assert known == [someone], "the other account ended"


def again(app: SigerFlask, deed: VillageDeed) -> None:
    """The job that follows a deed runs once more, as after a worker that died."""
    with app.app_context(), platform_scope():
        enqueue(AFTER, deed_id=str(deed.id))
        db.session.commit()
    settle(app)


def letters_to(post: RecordingMailer, address: str) -> list[str]:
    """What went to an address, since then."""
    return [letter.text for letter in post.letters if letter.to == address]


def messages(app: SigerFlask, village: Tenant, recipient_id: uuid.UUID) -> list[str]:
    """What somebody was told of the deed inside the application."""
    with app.app_context(), tenant_scope(village):
        query = select(Notification).where(
            Notification.recipient_id == recipient_id,
            Notification.channel == "in_app",
            Notification.subject_kind == "village_deed",
        )
        vault = open_vault()
        return [
            vault.open_json(row.box, f"notification:{row.id}")["text"] for row in db.session.scalars(query)
        ]


def test_whoever_goes_with_a_split_is_told_once_where_to_ask_again(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], staff: Callable[..., Person],
    post: RecordingMailer,
) -> None:  # fmt: skip
    opened(app, village)
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    goes, applicant, silent, stays = (
        living_in(app, village, areas[name]) for name in ("Dusun I", "Dusun I", "Dusun I", "Dusun II")
    )
    accounts = {who: an_account(app, village, who) for who in (goes, stays)}
    accounts[applicant] = an_application(app, village, applicant)
    for who, account_id in accounts.items():
        reached(app, village, account_id, f"{who}@contoh.test")
    a_request(app, village, resident_id=goes, origin="online", account_id=accounts[goes])
    a_request(app, village, resident_id=goes)
    a_request(app, village, resident_id=silent)
    late = a_request(app, village, resident_id=stays)
    secretary, head = (staff(village, role) for role in ("secretary", "village_head"))
    page, form = split_planned(app, admin, village, unique(), areas["Dusun I"])
    let_run(app, admin, page, form["name"])
    with app.app_context(), tenant_scope(village):
        db.session.get_one(Letter, late).resident_id = silent
        db.session.commit()
    again(app, the_deed(app, village))
    assert letter_of(app, village, late).state == "cancelled", "asked for while the deed ran"
    daughter = fresh(app, form["code"])
    address = f"http://{daughter.slug}.localhost"
    (told,) = letters_to(post, f"{goes}@contoh.test")
    assert f"beralih ke {daughter.full_name}" in told
    assert "(2) belum terbit dan dibatalkan; ajukan lagi di sana" in told
    assert "dengan NIK dan PIN yang sama" in told
    assert address in told
    assert "dibuka sesudah desa selesai disiapkan" in told
    assert len(messages(app, daughter, accounts[goes])) == 1, "in the village where they sign in now"
    (ended,) = letters_to(post, f"{applicant}@contoh.test")
    assert "Akun layanan mandiri Anda yang lama berakhir; daftar lagi di sana." in ended
    assert address in ended
    assert letters_to(post, f"{stays}@contoh.test") == []
    (numbers,) = messages(app, village, secretary.account_id)
    assert "3 surat dan 0 pengaduan" in numbers
    assert "pemohon 1 surat tidak punya akun" in numbers
    assert any("ditutup: 3 surat. 1 akun warga ikut beralih" in one for one in letters_to(post, head.email))


def test_whoever_lived_in_a_village_that_joined_another_is_told_once(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant], post: RecordingMailer
) -> None:
    target, source = (opened(app, village) for village in neighbours(make_village, 2))
    area = settled(app, source, "Dusun I", families=1)["Dusun I"]
    same = a_nik()
    a_resident(app, target, name="ORANG YANG SAMA", nik=same, birth_date=None)
    double = a_resident(app, source, name="ORANG YANG SAMA", nik=same, birth_date=None, sub_area_id=area)
    reached(app, source, an_account(app, source, double), "ganda@contoh.test")
    phone = a_phone(app, source, living_in(app, source, area))
    reached(app, source, phone.account_id, "pelapor@contoh.test")
    phone.submit("/layanan/pengaduan/baru", {**COMPLAINT, "kunci": str(uuid.uuid4())})
    page = merge_planned(app, admin, target, source)
    let_run(app, admin, page, source.name, accept_duplicates="1")
    again(app, the_deed(app, target))
    (told,) = letters_to(post, "pelapor@contoh.test")
    assert "Pengaduan Lampu jalan mati ditutup tanpa jawaban; sampaikan lagi di sana." in told
    assert "dengan NIK dan PIN yang sama" in told
    assert f"http://{target.slug}.localhost" in told
    assert "disiapkan" not in told
    (ended,) = letters_to(post, "ganda@contoh.test")
    assert "daftar lagi di sana" in ended


def test_an_account_ends_whose_number_somebody_else_bears_there(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    target, source = (opened(app, village) for village in neighbours(make_village, 2))
    area = settled(app, source, "Dusun I", families=1)["Dusun I"]
    nik = a_nik()
    a_resident(app, target, name="SITI AMINAH", nik=nik, birth_date=None)
    an_account(app, source, living_in(app, source, area, name="BAMBANG SUTRISNO", nik=nik, birth_date=None))
    page = merge_planned(app, admin, target, source)
    assert the_deed(app, target).plan["open"]["accounts_ended"] == 1
    let_run(app, admin, page, source.name, accept_duplicates="1")
    assert signed_in(visit(f"{target.slug}.localhost"), nik) == 422
    with app.app_context(), tenant_scope(target):
        assert db.session.scalars(select(PortalAccount.id)).all() == []
