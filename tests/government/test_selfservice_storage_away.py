"""The storage of photos does not answer: the form comes back as it was filled in, and nothing half of it is kept."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from app.core.casework import files
from app.core.casework.models import CaseFile, CaseStep
from app.core.files.storage import StorageAway, list_objects
from app.core.hosting import SigerFlask
from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.models import Letter
from app.government.selfservice.models import PortalAccount
from tenants.keys import tenant_path
from tenants.scope import Tenant, tenant_scope
from tests.government.test_selfservice_requests import form_of, send_form
from tests.support import residents
from tests.support.events import told
from tests.support.images import picture
from tests.support.selfservice import Phone, a_phone, numbers_of
from tests.support.uploads import send_form as upload
from tests.support.visitors import Visitor

COMPLAINT = {
    "category": "light",
    "title": "Lampu jalan mati",
    "text": "Lampu di depan masjid mati sejak Senin.",
}


@pytest.fixture
def phone(app: SigerFlask, village: Tenant) -> Phone:
    """The phone of a head of a household."""
    _home, (head, *_others) = residents.a_family(app, village)
    return a_phone(app, village, head)


@pytest.fixture
def away_after_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The first photo is still written, the storage answers no more to the second; the paths that were asked for."""
    asked: list[str] = []
    put = files.put_sealed

    def half(path: str, data: bytes, vault: Vault) -> bytes:
        asked.append(path)
        if len(asked) > 1:
            raise StorageAway("test")
        return put(path, data, vault)

    with monkeypatch.context() as patch:
        patch.setattr(files, "put_sealed", half)
        yield asked


def kept(app: SigerFlask, village: Tenant, model: type) -> int:
    with app.app_context(), tenant_scope(village):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def objects(app: SigerFlask, village: Tenant) -> list[str]:
    with app.app_context(), tenant_scope(village):
        return list_objects(tenant_path("sealed", "cases"))


@pytest.mark.parametrize("path", ["/layanan/pengaduan/baru", "/pengaduan/kirim"])
def test_a_complaint_comes_back_filled_in(
    app: SigerFlask, village: Tenant, phone: Phone, away_after_one: list[str], path: str
) -> None:
    photos = [FileStorage(io.BytesIO(picture()), name) for name in ("a.jpg", "b.jpg")]
    fields = {**COMPLAINT, "kunci": str(uuid.uuid4()), "foto": photos}
    answer = upload(phone, path, fields)
    assert len(away_after_one) == 2
    assert answer.status_code == 503
    assert "depan masjid" in answer.text
    assert fields["kunci"] in answer.text
    assert "penyimpanan foto sedang tidak dapat dihubungi" in told(answer)
    assert "Pilih lagi fotonya" in told(answer)
    assert kept(app, village, Complaint) == kept(app, village, CaseStep) == kept(app, village, CaseFile) == 0
    assert objects(app, village) == []


def test_a_letter_keeps_what_was_typed_and_asks_for_the_photos_again(
    app: SigerFlask, village: Tenant, phone: Phone, away_after_one: list[str]
) -> None:
    fields = form_of(phone)
    needed = [name for name in fields if name.startswith("berkas.")]
    assert len(needed) > 1
    answer = send_form(phone, fields)
    assert answer.status_code == 503
    assert "Beasiswa anak" in answer.text
    assert told(answer).count("penyimpanan sedang tidak terhubung") == len(needed)
    assert kept(app, village, CaseFile) == 0
    assert objects(app, village) == []
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Letter.state)).all() == ["draft"]


def test_what_the_phone_sends_later_stays_on_the_phone(
    app: SigerFlask, village: Tenant, phone: Phone, away_after_one: list[str]
) -> None:
    answer = send_form(phone, {**form_of(phone), "kirim": "1"}, **{"X-Siger-Kept": "1"})
    assert answer.status_code == 503
    assert kept(app, village, CaseFile) == 0


def test_an_application_comes_back_and_opens_no_account(
    app: SigerFlask,
    village: Tenant,
    visit: Callable[[str], Visitor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_given: object) -> bytes:
        raise StorageAway("test")

    monkeypatch.setattr(files, "put_sealed", away)
    _home, (head, *_others) = residents.a_family(app, village)
    known = numbers_of(app, village, head)
    stranger = visit(f"{village.slug}.localhost")
    fields = {
        "nik": known["nik"], "kk": known["kk"], "birth_date": known["birth_date"],
        "pin": "258014", "pin_again": "258014",
        "photo": (picture(), "ktp.jpg"),
    }  # fmt: skip
    answer = upload(stranger, "/layanan/aktivasi/ktp", fields)
    assert answer.status_code == 503
    assert known["kk"] in answer.text
    assert "258014" not in answer.text
    assert "Pilih lagi fotonya" in told(answer)
    assert kept(app, village, PortalAccount) == kept(app, village, CaseStep) == 0
