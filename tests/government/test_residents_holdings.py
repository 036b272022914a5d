"""What letters, accounts, complaints and notifications hold on a resident: forgotten, copied, never lost silently."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.casework.models import CaseFile, CaseStep
from app.core.files.storage import list_objects
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.core.privacy.files import object_path
from app.core.privacy.models import VillageState
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.models import Letter
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.residents.rights.retention import SETTING, remove_what_is_over
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.scope import Tenant, tenant_scope
from tests.government.test_complaints import everything, send
from tests.support import imports as importing
from tests.support import letters
from tests.support.pdf_text import pdf_text
from tests.support.people import Person
from tests.support.residents import a_resident
from tests.support.rights import asked
from tests.support.selfservice import Phone, a_phone, an_account
from tests.support.work import settle
from tests.support.workbooks import xlsx

Staff = Callable[..., Person]
NAME = "KARTINI DIHAPUS"


@pytest.fixture
def kartini(app: SigerFlask, village: Tenant) -> Phone:
    """A resident with an account, letters in four states, a photo with two of them, and a complaint."""
    resident_id = a_resident(app, village, name=NAME)
    phone = a_phone(app, village, resident_id)
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        account = db.session.get_one(PortalAccount, phone.account_id)
        kept = {"phone": "0812-7777-6666", "email": "kartini@contoh.test"}
        account.box = vault.seal_json(kept, f"portal_account:{account.id}")
        db.session.commit()
    theirs: dict[str, Any] = {"resident_id": resident_id, "account_id": phone.account_id, "origin": "online"}
    for state in ("draft", "submitted", "rejected", "issued"):
        letter_id = letters.a_letter(app, village, state=state, **theirs)
        if state in ("rejected", "issued"):
            letters.a_paper(app, village, letter_id)
    assert send(phone).status_code == 303
    return phone


def over(app: SigerFlask, village: Tenant, resident_id: uuid.UUID) -> None:
    """The resident died twenty years ago, the village keeps data for ten: the night comes."""
    with app.app_context(), tenant_scope(village):
        gone = {"vital_status": codes.DEAD, "vital_on": dt.date(2005, 1, 1)}
        db.session.execute(update(Resident).where(Resident.id == resident_id).values(**gone))
        state = db.session.scalars(select(VillageState)).one()
        state.settings = {**state.settings, SETTING: 10}
        db.session.commit()
        assert remove_what_is_over() == 1


def test_what_was_never_issued_goes_and_the_archive_stays(
    app: SigerFlask, village: Tenant, kartini: Phone
) -> None:
    with app.app_context(), tenant_scope(village):
        issued = db.session.scalars(select(Letter).where(Letter.state == "issued")).one()
        number, digest, issued_id = issued.number, issued.sha256, issued.id
    before = letters.pdf_of(app, village, issued_id)
    over(app, village, kartini.resident_id)
    with app.app_context(), tenant_scope(village):
        rows = {row.state: row for row in db.session.scalars(select(Letter).where(Letter.sequence.is_(None)))}
        assert set(rows) == {"cancelled", "rejected"}, "the draft is removed, what waited is closed"
        for row in rows.values():
            assert (row.box, row.resident_id, row.account_id) == (None, None, None)
            assert NAME not in f"{row.holder_name} {row.subject} {row.search} {row.reason}"
        kept = db.session.get_one(Letter, issued_id)
        assert (kept.number, kept.sha256, kept.holder_name, kept.state) == (number, digest, NAME, "issued")
        assert (kept.box, kept.resident_id, kept.account_id) == (None, None, None)
        assert db.session.scalars(select(CaseFile)).all() == []
        assert list_objects(object_path("cases")) == []
        steps = db.session.scalars(
            select(CaseStep).where(CaseStep.subject_id.in_([r.id for r in rows.values()]))
        )
        assert not [step for step in steps if NAME in f"{step.by_name} {step.note}"]
    assert letters.pdf_of(app, village, issued_id) == before


def test_account_devices_notifications_and_the_sender_of_complaints_go(
    app: SigerFlask, village: Tenant, kartini: Phone
) -> None:
    over(app, village, kartini.resident_id)
    with app.app_context(), tenant_scope(village):
        account = db.session.get_one(PortalAccount, kartini.account_id)
        assert (account.state, account.box, account.pin_hash) == ("closed", None, None)
        assert db.session.scalars(select(PortalSession)).all() == []
        assert db.session.scalars(select(Notification).where(Notification.audience == "resident")).all() == []
        row = db.session.scalars(select(Complaint)).one()
        assert (row.account_id, row.resident_id) == (None, None)
        said = open_vault().open_json(row.box, f"complaint:{row.id}")
        assert set(said) == {"title", "text", "place"}
    assert kartini.get("/layanan/data").status_code in (302, 303)
    kept = {name: rows for name, rows in everything(app, village).items() if "audit_entry" not in name}
    found = {name: [row for row in rows if str(kartini.account_id) in row] for name, rows in kept.items()}
    assert {name for name, rows in found.items() if rows} <= {"portal_account", "case_step"}
    names = {name for name, rows in kept.items() if any(NAME in row for row in rows)}
    assert names <= {"letter", "case_step"}, "the archive of issued letters"


def test_letters_and_accounts_of_others_stay(app: SigerFlask, village: Tenant, kartini: Phone) -> None:
    other = a_phone(app, village, a_resident(app, village, name="BUDI"))
    letter_id = letters.a_letter(
        app, village, resident_id=other.resident_id, account_id=other.account_id, origin="online"
    )
    paper_id = letters.a_paper(app, village, letter_id)
    over(app, village, kartini.resident_id)
    row = letters.letter_of(app, village, letter_id)
    assert (row.state, row.holder_name, row.account_id) == ("submitted", "BUDI", other.account_id)
    with app.app_context(), tenant_scope(village):
        assert db.session.get(CaseFile, paper_id) is not None
    assert other.get("/layanan/data").status_code == 200


def test_the_copy_of_ones_data_holds_letters_account_complaints_and_notifications(
    app: SigerFlask, village: Tenant, kartini: Phone, staff: Staff
) -> None:
    clerk = staff(village)
    with app.app_context(), tenant_scope(village):
        issued = db.session.scalars(select(Letter).where(Letter.state == "issued")).one()
    page = asked(clerk, kartini.resident_id)
    answer = clerk.submit(f"{page}/salinan", {"format": "zip"}, form=page)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        told = json.loads(archive.read("data-pribadi.json"))
        (name,) = [name for name in archive.namelist() if name.startswith("surat/")]
        assert archive.read(name) == letters.pdf_of(app, village, issued.id)
        lines = pdf_text(archive.read("data-pribadi.pdf"))
    answer.close()
    assert {one["state"] for one in told["letters"]} == {"draft", "submitted", "rejected", "issued"}
    (own,) = [one for one in told["letters"] if one["state"] == "issued"]
    assert (own["number"], own["title"], own["file"]) == (issued.number, issued.title, name)
    assert own["letter_date"]
    (complaint,) = told["complaints"]
    assert "Lampu jalan mati" in complaint["label"]
    assert "depan masjid" in complaint["text"]
    account = told["selfservice"][0]
    assert (account["phone"], account["email"]) == ("0812-7777-6666", "kartini@contoh.test")
    assert any(
        str(issued.number) in one["text"] or "terbit" in one["label"] for one in told["selfservice"][1:]
    )
    assert str(issued.number) in lines
    assert "kartini@contoh.test" in lines


@pytest.mark.parametrize("used", ["account", "letter"])
def test_an_import_is_not_undone_under_somebody_who_uses_the_services(
    app: SigerFlask, village: Tenant, staff: Staff, used: str
) -> None:
    clerk = staff(village)
    row = ["WAWAN", "1806200102160007", "1806200203790003", 1, "1979-03-02", 1, "JALAN LADA 3"]
    header = ["nama", "no_kk", "nik", "sex", "tanggallahir", "kk_level", "alamat"]
    page = importing.send(app, clerk, xlsx(("Data", [header, row])), "warga.xlsx")
    importing.apply(app, clerk, page, happened_on="2026-01-01")
    with app.app_context(), tenant_scope(village):
        wawan = db.session.scalars(select(Resident.id).where(Resident.name == "WAWAN")).one()
    if used == "account":
        an_account(app, village, wawan)
    else:
        letters.a_letter(app, village, resident_id=wawan)
    clerk.submit(f"{page}/batalkan", form=f"{page}/batalkan")
    settle(app)
    with app.app_context(), tenant_scope(village):
        assert db.session.get(Resident, wawan) is not None
        assert (db.session.scalars(select(PortalAccount)).first() is not None) == (used == "account")
    assert "WAWAN" in clerk.get(page).text
