"""Material of an event: added by its organiser, opened by villages and participants, every opening counted."""

from __future__ import annotations

import re
import secrets
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.learning import material_views, materials
from app.province.training.learning.models import MaterialOpening
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.province.announcements.writing import PDF
from tests.province.training.learning_events import token_of
from tests.support.training import an_event, participants_of
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
Staff = Callable[..., Visitor]


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


def invite(app: SigerFlask, event: uuid.UUID, village: Tenant | TenantRow) -> None:
    """Invite a village to an event."""
    with app.app_context(), platform_scope():
        token = secrets.token_urlsafe(16)
        db.session.add(
            TrainingInvitation(
                event_id=event,
                tenant_id=village.id,
                token=token,
                token_digest=token.encode(),
                invited_by="Uji",
            )
        )
        db.session.commit()


def a_material(organiser: Visitor, event: uuid.UUID, title: str = "Paparan surat") -> uuid.UUID:
    """A material that was added through the page."""
    path = f"/pelatihan/{event}/materi"
    answer = send_form(organiser, path, {"title": title, "file": (PDF, "paparan.pdf")})
    assert answer.status_code == 303, answer.text
    ids = re.findall(rf"{path}/([0-9a-f-]{{36}})\"", organiser.get(path).text)
    return uuid.UUID(ids[-1])


def times(app: SigerFlask, material: uuid.UUID, village: Tenant) -> int:
    """How often a village opened a material."""
    with app.app_context(), platform_scope():
        query = select(func.sum(MaterialOpening.times)).where(
            MaterialOpening.file_id == material, MaterialOpening.tenant_id == village.id
        )
        return int(db.session.scalar(query) or 0)


def test_openings_by_staff_and_by_participants_count_for_their_village(
    app: SigerFlask, organiser: Visitor, make_village: Callable[[], Tenant], staff: Staff, province: Visitor
) -> None:
    invited, sends, stranger = make_village(), make_village(), make_village()
    event = an_event(app)
    invite(app, event, invited)
    (seat,) = participants_of(app, event, sends.code)
    material = a_material(organiser, event, "Paparan <b>surat</b>")
    address = f"/pelatihan/{event}/materi/{material}"
    assert staff(invited).get(address).data == PDF
    page = staff(invited).get(f"/pelatihan/{event}").text
    assert address in page
    assert "Paparan &lt;b&gt;surat" in page
    assert staff(sends).get(address).data == PDF
    token = token_of(app, seat)
    assert "Paparan &lt;b&gt;surat" in province.get(f"/ikut/{token}").text
    for _number in range(3):
        assert province.get(f"/ikut/{token}/materi/{material}").data == PDF
    assert staff(stranger).get(address).status_code == 404
    assert organiser.get(address).data == PDF
    counted = [times(app, material, village) for village in (invited, sends, stranger)]
    assert counted == [1, 4, 0]
    (shown,) = [one for one in _shown(app, event) if one.id == material]
    assert (shown.villages, shown.times) == (2, 5)


def _shown(app: SigerFlask, event: uuid.UUID) -> list[materials.Material]:
    with app.app_context(), platform_scope():
        return materials.materials_of(event)


def test_openings_at_once_all_count(app: SigerFlask, organiser: Visitor, village: Tenant) -> None:
    event = an_event(app)
    (seat,) = participants_of(app, event, village.code)
    material = a_material(organiser, event)
    gate = threading.Barrier(6)

    def open_it() -> None:
        with app.test_request_context(), platform_scope():
            row = db.session.get_one(TrainingParticipant, seat)
            gate.wait()
            materials.open_for_participant(row, material)

    threads = [threading.Thread(target=open_it) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert times(app, material, village) == 6


def test_who_opened_what_is_listed_by_village_and_exported(
    app: SigerFlask, officer: Officer, village: Tenant, province: Visitor, count_queries: Any
) -> None:
    organiser = officer("regency_admin", village.code[:5])
    event = an_event(app, village.code[:5])
    (seat,) = participants_of(app, event, village.code)
    first, _second = a_material(organiser, event), a_material(organiser, event, "Buku saku")
    assert "belum membuka" in organiser.get(f"/pelatihan/{event}/materi").text
    province.get(f"/ikut/{token_of(app, seat)}/materi/{first}")
    with count_queries(at_most=14):
        page = organiser.get(f"/pelatihan/{event}/materi").text
    assert "belum membuka" not in page
    with organiser.get(f"/pelatihan/{event}/materi/unduh") as answer:
        assert answer.status_code == 200


def test_what_is_no_document_is_refused_and_a_removed_one_is_gone(
    app: SigerFlask, organiser: Visitor, village: Tenant, province: Visitor
) -> None:
    event = an_event(app)
    (seat,) = participants_of(app, event, village.code)
    path = f"/pelatihan/{event}/materi"
    wrong = send_form(organiser, path, {"title": "Skrip", "file": (b"<script>alert(1)</script>", "x.html")})
    assert wrong.status_code == 422
    assert "Hanya PDF" in wrong.text
    assert send_form(organiser, path, {"title": "Kosong"}).status_code == 422
    material = a_material(organiser, event)
    token = token_of(app, seat)
    province.get(f"/ikut/{token}/materi/{material}")
    gone = f"{path}/{material}/hapus"
    assert "Hapus" in organiser.get(gone).text
    assert organiser.submit(gone).status_code == 303
    assert province.get(f"/ikut/{token}/materi/{material}").status_code == 404
    assert times(app, material, village) == 0


def test_neither_waiting_people_nor_other_offices_reach_it(
    app: SigerFlask, organiser: Visitor, officer: Officer, village: Tenant, province: Visitor
) -> None:
    event = an_event(app)
    (waiting,) = participants_of(app, event, village.code, seat="waiting")
    material = a_material(organiser, event)
    assert province.get(f"/ikut/{token_of(app, waiting)}/materi/{material}").status_code == 404
    other = officer("regency_admin", "18.07")
    assert other.get(f"/pelatihan/{event}/materi").status_code == 404
    assert other.get(f"/pelatihan/{event}/materi/{material}").status_code == 404
    mine = an_event(app, "18.07")
    assert other.get(f"/pelatihan/{mine}/materi/{material}").status_code == 404
    below = officer("district_officer", "18.06.20")
    sent = below.submit(f"/pelatihan/{event}/materi", {"title": "Selundupan"}, form="/pelatihan/soal/baru")
    assert sent.status_code == 404


def test_a_long_list_of_villages_is_shown_page_by_page(
    app: SigerFlask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material_views, "PER_PAGE", 2)
    organiser = officer("regency_admin", "18.06")
    event = an_event(app, "18.06")
    a_material(organiser, event)
    with app.app_context(), platform_scope():
        villages = list(
            db.session.scalars(
                select(TenantRow).where(TenantRow.regency_code == "18.06").order_by(TenantRow.code).limit(3)
            )
        )
        for village in villages:
            db.session.expunge(village)
    for village in villages:
        invite(app, event, village)
    path = f"/pelatihan/{event}/materi"
    first, second = organiser.get(path).text, organiser.get(f"{path}?hal=2").text
    listed = [f"{one.term} {one.name}</th>" for one in villages]
    assert [name in first for name in listed] == [True, True, False]
    assert [name in second for name in listed] == [False, False, True]
    assert organiser.get(f"{path}?hal=99").text.count("</th>") == second.count("</th>")
    assert f"{path}?hal=2#desa" in first
    assert officer("mentor", "18.06.20").get(f"{path}/unduh").status_code == 403
