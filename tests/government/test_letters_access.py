"""What stands in a letter is for who works on it: others see its line and its state, and are told why."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.scope import Tenant, tenant_scope
from tests.core.test_accounts_visits import _actor, _arrive
from tests.core.test_api_village import program_of
from tests.support import letters, residents
from tests.support.pdf_text import pdf_text
from tests.support.people import Person
from tests.support.visitors import Visitor

Staff = Callable[..., Person]
WHY = "Isi surat hanya terbuka bagi petugas surat"


@pytest.fixture
def written(app: SigerFlask, village: Tenant) -> tuple[uuid.UUID, uuid.UUID, str]:
    """An issued letter with a photo of a KTP, and the NIK that stands in it."""
    nik = residents.a_nik()
    resident_id = residents.a_resident(app, village, nik=nik, birth_date=None, name="SITI RAHASIA")
    letter_id = letters.an_issued_letter(
        app, village, resident_id=resident_id, values={"purpose": "Beasiswa anak yatim"}
    )
    return letter_id, letters.a_paper(app, village, letter_id), nik


def openings(app: SigerFlask, village: Tenant) -> list[str]:
    """What was opened, as the audit log has it."""
    with app.app_context(), tenant_scope(village):
        query = select(TenantAuditEntry.action).where(TenantAuditEntry.action.like("%viewed"))
        return list(db.session.scalars(query.order_by(TenantAuditEntry.id)))


def check_closed(reader: Visitor, letter_id: uuid.UUID, paper_id: uuid.UUID) -> None:
    page = reader.get(f"/surat/{letter_id}")
    assert page.status_code == 200
    assert "SITI RAHASIA" in page.text
    assert "Terbit" in page.text
    assert WHY in page.text
    for hidden in ("Tentang siapa", "Isi surat</h2>", "/lampiran/", "/berkas"):
        assert hidden not in page.text, hidden
    for path in (f"/surat/{letter_id}/berkas", f"/surat/{letter_id}/lampiran/{paper_id}"):
        assert reader.get(path).status_code == 403, path
    assert reader.get(f"/surat/keluar/{letter_id}").status_code == 200
    assert "SITI RAHASIA" in reader.get("/surat/keluar").text


def test_section_staff_see_the_line_and_the_state_alone(
    app: SigerFlask, village: Tenant, staff: Staff, written: tuple[uuid.UUID, uuid.UUID, str]
) -> None:
    check_closed(staff(village, role="section_staff"), *written[:2])
    assert openings(app, village) == []


def test_a_visitor_of_the_province_sees_the_line_and_the_state_alone(
    app: SigerFlask, village: Tenant, officer: Staff, written: tuple[uuid.UUID, uuid.UUID, str]
) -> None:
    check_closed(_arrive(app, village, _actor(app, officer())), *written[:2])
    assert openings(app, village) == []


@pytest.mark.parametrize("role", ["operator", "village_head", "secretary"])
def test_who_works_on_letters_opens_them_and_each_opening_is_noted_once(
    app: SigerFlask, village: Tenant, staff: Staff, written: tuple[uuid.UUID, uuid.UUID, str], role: str
) -> None:
    letter_id, paper_id, nik = written
    reader = staff(village, role=role)
    page = reader.get(f"/surat/{letter_id}").text
    assert WHY not in page
    assert "Tentang siapa" in page
    assert nik in pdf_text(reader.get(f"/surat/{letter_id}/berkas").data)
    assert reader.get(f"/surat/{letter_id}/lampiran/{paper_id}").status_code == 200
    assert openings(app, village) == ["letter.viewed", "letter.paper_viewed"]


def test_a_program_without_these_permissions_gets_no_file(
    app: SigerFlask, village: Tenant, written: tuple[uuid.UUID, uuid.UUID, str]
) -> None:
    reader = program_of(app, village, role="section_staff")
    assert reader.get(f"/api/v1/letters/{written[0]}").status_code == 200
    assert reader.get(f"/api/v1/letters/{written[0]}/file").status_code == 403
    assert program_of(app, village).get(f"/api/v1/letters/{written[0]}/file").status_code == 200


def test_pages_of_a_letter_from_elsewhere_and_of_an_incoming_one_are_noted_and_closed_to_visitors(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Staff
) -> None:
    from app.core.casework.files import keep_file
    from app.core.privacy.vault import open_vault
    from app.government.letters.books import incoming_services, outgoing_services
    from tests.support.images import picture

    with letters.working(app, village):
        paper = outgoing_services.record_paper(
            {
                "number": "470/900/2014/I/2026", "letter_date": incoming_services.today(), "title": "Undangan",
                "subject": "Undangan rapat", "recipient": "Camat", "holder_name": "", "classification": "470",
            },
            [picture()],
        )  # fmt: skip
        incoming = incoming_services.record_incoming(
            {
                "number": "1/A", "letter_date": None, "received_on": incoming_services.today(), "sender": "Camat",
                "subject": "Rapat", "classification": "", "urgency": "ordinary", "secrecy": "open",
                "attachments": "", "due_on": None, "notes": "",
            },
        )  # fmt: skip
        row = keep_file(picture(), "incoming_letter", incoming.id, "scan", vault=open_vault(for_writing=True))
        db.session.commit()
        from app.core.casework.files import files_of

        own = files_of(paper.id)[0].id
        paths = (f"/surat/keluar/{paper.id}/pindaian/{own}", f"/surat/masuk/{incoming.id}/pindaian/{row.id}")
    visitor = _arrive(app, village, _actor(app, officer()))
    for path in paths:
        assert visitor.get(path).status_code == 403, path
    assert openings(app, village) == []
    clerk = staff(village)
    for path in paths:
        assert clerk.get(path).status_code == 200, path
    assert openings(app, village) == ["letter.paper_viewed", "incoming_letter.scan_viewed"]
    assert staff(village, role="section_staff").get(paths[1]).status_code == 200, "dispositions are for them"


def test_all_letters_of_a_batch_and_a_year_are_for_the_same_people(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Staff
) -> None:
    run = uuid.uuid4()
    for reader in (staff(village, role="section_staff"), _arrive(app, village, _actor(app, officer()))):
        assert reader.get(f"/surat/massal/{run}/berkas").status_code == 403
    assert staff(village).get(f"/surat/massal/{run}/berkas").status_code == 404
