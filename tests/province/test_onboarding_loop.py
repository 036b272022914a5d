"""From the wizard to the office and back: a village is asked back, corrects, is approved, and answers on its host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.hosting import SigerFlask
from tests.support.applying import Applicant, application_at, listed
from tests.support.people import link_in
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def applicant(
    app: SigerFlask, visit: Callable[[str], Visitor], _codes: Iterator[str], unique: Callable[[], int]
) -> Applicant:
    """Somebody whose village is listed and free."""
    return Applicant(visit("localhost"), listed(app, next(_codes)), f"putaran{unique()}@desa.test")


def test_what_is_asked_back_is_corrected_sent_again_and_approved(
    app: SigerFlask, applicant: Applicant, officer: Officer, visit: Callable[[str], Visitor]
) -> None:
    village = applicant.village
    slug = f"desa-{village.code.replace('.', '')}"
    applicant.fill(slug).send()
    applicant.confirm()
    with application_at(app, applicant.home) as application:
        application_id = application.id
    office, path = officer("regency_admin", village.regency_code), f"/pendaftaran/{application_id}"
    assert "Siti Rahma" in office.get(path).text
    letter = office.get(f"{path}/surat-tugas")
    assert letter.status_code == 200
    assert len(letter.data) > 100
    version = _version(office, path)
    answer = office.submit(
        f"{path}/kembalikan",
        {"row_version": version, "comment": "Jabatan belum sesuai surat tugas.", "steps": ["applicant"]},
        form=path,
    )
    assert answer.status_code == 303
    told = applicant.letters()[-1]
    assert "Jabatan belum sesuai surat tugas." in told.text
    assert link_in(told) == applicant.home
    assert "Jabatan belum sesuai surat tugas." in applicant.browser.get(applicant.home).text
    assert office.submit(f"{path}/setujui", {"row_version": version}, form=path).status_code == 409
    assert applicant.introduce(title="head", letter=None).status_code == 303
    assert applicant.send().status_code == 303
    version = _version(office, path)
    assert office.submit(f"{path}/setujui", {"row_version": version}, form=path).status_code == 303
    settle(app)
    host = visit(f"{slug}.localhost")
    assert host.get("/").status_code == 200
    history = office.get(path).text
    for said in ("Dikembalikan", "Disetujui, disiapkan", "Mengisi penyiapan"):
        assert said in history
    timeline = history[history.index("Riwayat") :]
    assert "Surel dipastikan" in timeline
    assert "Catatan" not in timeline
    with application_at(app, applicant.home) as application:
        assert (application.state, application.comment) == ("provisioned", "")


def _version(office: Visitor, path: str) -> str:
    return office.get(path).text.partition('name="row_version" value="')[2].partition('"')[0]
