"""The life of a letter: each step dated, attributed, audited; what can't be done is said, and nothing is lost."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from flask import Flask

from app.core.casework.steps import steps_of
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.letters.desk import services
from app.government.letters.desk.errors import NotNow, WrongValues
from app.government.letters.models import Letter
from app.government.residents.models import Resident
from tenants.ids import uuid7
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents


def _steps(app: Flask, village: Tenant, letter_id: uuid.UUID) -> list[str]:
    with app.app_context(), tenant_scope(village):
        return [step.kind for step in steps_of(letter_id)]


def test_a_request_is_dated_attributed_and_promised(app: Flask, village: Tenant) -> None:
    letter = letters.letter_of(app, village, letters.a_request(app, village))
    assert letter.state == "submitted"
    assert letter.submitted_at is not None
    assert letter.due_at is not None
    assert letter.due_at > letter.submitted_at
    assert letter.number == ""
    assert letter.sequence is None
    with app.app_context(), tenant_scope(village):
        (step,) = steps_of(letter.id)
    assert (step.kind, step.by_name) == ("submitted", letters.CLERK.name)


def test_nothing_personal_stands_in_clear(app: Flask, village: Tenant) -> None:
    nik = residents.a_nik()
    resident = residents.a_resident(app, village, nik=nik, name="SITI AMINAH", birth_date=None)
    letter_id = letters.a_letter(
        app, village, resident_id=resident, values={"keperluan": f"beasiswa {nik} 0812-3456-7890"}
    )
    with app.app_context(), tenant_scope(village):
        row = db.session.execute(Letter.__table__.select().where(Letter.id == letter_id)).one()
        shown = repr([value for name, value in row._mapping.items() if name != "box"])
    assert "SITI AMINAH" in shown
    assert nik not in shown
    assert "beasiswa" not in shown
    assert "3456" not in shown
    box = letters.opened(app, village, letter_id)
    assert box["person"]["nik"] == nik
    assert "beasiswa" in box["fields"]["keperluan"]


def test_a_wrong_field_is_told_and_nothing_is_kept(app: Flask, village: Tenant) -> None:
    resident = residents.a_resident(app, village)
    with letters.working(app, village), pytest.raises(WrongValues) as wrong:
        services.ask("sktm", resident_id=resident, values={}, origin="desk")
    assert wrong.value.errors
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(db.select(db.func.count()).select_from(Letter)) == 0


def test_a_draft_may_be_incomplete_and_is_checked_when_handed_in(app: Flask, village: Tenant) -> None:
    resident = residents.a_resident(app, village)
    with letters.working(app, village):
        draft = services.ask("sktm", resident_id=resident, values={}, origin="desk", submit=False)
        with pytest.raises(WrongValues):
            services.submit_draft(draft.id)
        changed = services.change(draft.id, draft.row_version, {"keperluan": "beasiswa"})
        assert changed.state == "draft"
        assert services.submit_draft(draft.id, changed.row_version).state == "submitted"


def test_the_same_key_gives_the_same_letter(app: Flask, village: Tenant) -> None:
    resident, key = residents.a_resident(app, village), uuid7()
    found = {letters.a_letter(app, village, resident_id=resident, idempotency_key=key) for _time in range(5)}
    assert len(found) == 1


def test_somebody_elses_key_gives_nothing_away(app: Flask, village: Tenant) -> None:
    key = uuid7()
    letters.a_letter(app, village, idempotency_key=key)
    with pytest.raises(Missing):
        letters.a_letter(app, village, idempotency_key=key, account_id=uuid7())


def test_who_saw_an_older_version_is_told_of_the_newer(app: Flask, village: Tenant) -> None:
    letter = letters.letter_of(app, village, letters.a_request(app, village))
    with letters.working(app, village):
        services.change(letter.id, letter.row_version, {"keperluan": "sekolah"})
        with pytest.raises(ChangedMeanwhile) as meanwhile:
            services.change(letter.id, letter.row_version, {"keperluan": "rumah sakit"})
    assert meanwhile.value.present["fields"]["keperluan"] == "sekolah"


def test_a_changed_letter_is_verified_anew(app: Flask, village: Tenant) -> None:
    letter = letters.letter_of(app, village, letters.a_letter(app, village, state="verified"))
    assert letter.state == "verified"
    assert letter.signing == "local"
    with letters.working(app, village):
        changed = services.change(letter.id, letter.row_version, {"keperluan": "sekolah"})
        assert changed.state == "submitted"
        assert changed.verified_at is None


def test_rejecting_needs_a_reason_and_ends_it(app: Flask, village: Tenant) -> None:
    letter_id = letters.a_request(app, village)
    with letters.working(app, village):
        with pytest.raises(Invalid):
            services.reject(letter_id, "  ")
        rejected = services.reject(letter_id, "Berkas tidak lengkap, hubungi 0812-3456-7890")
        assert rejected.state == "rejected"
        assert rejected.closed_at is not None
        assert "3456" not in rejected.reason
        for deed in (services.verify, services.issue, services.submit_draft, services.collect):
            with pytest.raises(NotNow):
                deed(letter_id)
        with pytest.raises(NotNow):
            services.cancel(letter_id, "Sudah tidak perlu")


def test_the_head_sends_back_what_is_wrong(app: Flask, village: Tenant) -> None:
    letter_id = letters.a_letter(app, village, state="verified")
    with letters.working(app, village):
        back = services.send_back(letter_id, "Alamat belum sesuai")
        assert back.state == "submitted"
        services.verify(letter_id)
    assert _steps(app, village, letter_id) == ["submitted", "verified", "sent_back", "verified"]


def test_no_letter_for_who_died_but_about_them(app: Flask, village: Tenant) -> None:
    resident = residents.a_resident(app, village)
    waiting = letters.a_letter(app, village, resident_id=resident)
    with app.app_context(), tenant_scope(village):
        db.session.execute(db.update(Resident).where(Resident.id == resident).values(vital_status=2))
        db.session.commit()
    with pytest.raises(Invalid, match="meninggal"):
        letters.a_letter(app, village, resident_id=resident)
    with letters.working(app, village), pytest.raises(Invalid, match="meninggal"):
        services.verify(waiting)
    letters.a_letter(app, village, "kematian", resident_id=resident)


def test_somebody_of_another_village_is_nobody_here(app: Flask, village: Tenant, make_village) -> None:  # type: ignore[no-untyped-def]
    stranger = residents.a_resident(app, make_village())
    with pytest.raises(Missing):
        letters.a_letter(app, village, resident_id=stranger)


def test_somebody_from_elsewhere_is_typed_in_and_sealed(app: Flask, village: Tenant) -> None:
    letter_id = letters.a_letter(
        app, village, "kehilangan",
        applicant={"name": "BUDI SANTOSO", "nik": "1871011708450001", "address": "Metro"},
    )  # fmt: skip
    letter = letters.letter_of(app, village, letter_id)
    assert letter.holder_name == "BUDI SANTOSO"
    assert letter.resident_id is None
    assert letters.opened(app, village, letter_id)["person"]["nik"] == "1871011708450001"
    with pytest.raises(WrongValues) as wrong:
        letters.a_letter(app, village, "kehilangan", applicant={"name": "", "nik": "12"})
    assert set(wrong.value.errors) == {"pemohon.name", "pemohon.nik"}


def test_an_issued_letter_has_number_file_and_digest(app: Flask, village: Tenant) -> None:
    letter_id = letters.an_issued_letter(app, village)
    letter = letters.letter_of(app, village, letter_id)
    pdf = letters.pdf_of(app, village, letter_id)
    assert pdf[:5] == b"%PDF-"
    assert letter.sha256 == hashlib.sha256(pdf).digest()
    assert letter.size == len(pdf)
    assert letter.sequence == 1
    assert letter.number.endswith(f"/{letter.year}")
    assert letter.token is not None
    assert len(letter.token) == 16
    assert letter.number in letter.search
    assert letter.holder_name in letter.search
    assert letter.valid_until is not None
    assert letter.letter_date is not None
    assert letters.opened(app, village, letter_id)["words"]["nomor"] == letter.number
    with letters.working(app, village), pytest.raises(NotNow, match=letter.number):
        services.issue(letter_id)


def test_a_cancelled_letter_keeps_number_and_file(app: Flask, village: Tenant) -> None:
    letter_id = letters.a_letter(app, village, state="cancelled")
    letter = letters.letter_of(app, village, letter_id)
    assert letter.state == "cancelled"
    assert letter.sequence == 1
    assert letter.reason
    assert letters.pdf_of(app, village, letter_id)[:5] == b"%PDF-"
    assert letters.letter_of(app, village, letters.an_issued_letter(app, village)).sequence == 2


def test_handing_over_is_noted_once(app: Flask, village: Tenant) -> None:
    letter_id = letters.an_issued_letter(app, village)
    with letters.working(app, village):
        first = services.collect(letter_id, "collected", receiver="Ibu Siti 0812-3456-7890")
        at = first.collected_at
        assert services.collect(letter_id).collected_at == at
        assert "3456" not in str(first.details)
