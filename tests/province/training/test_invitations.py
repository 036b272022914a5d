"""Inviting villages: whom, by letter and notification; a move or a call-off is told to all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements.audience import can_read
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import moved
from app.province.training.participants import jobs
from app.province.training.participants.models import TrainingInvitation
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.training.people_at_events import invitation, invited, register, told
from tests.support.pdf_text import pdf_text
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.work import settle

HTML = "<script>alert(1)</script> & Co"


@pytest.fixture
def neighbour(make_village: Callable[[], Tenant]) -> Tenant:
    """Another village."""
    return make_village()


def invite(office: Any, event_id: uuid.UUID, *villages: Tenant, **values: Any) -> Any:
    """Send the form of inviting."""
    said: dict[str, Any] = {"scope": "all", "kirim": "1", **values}
    if villages:
        said |= {"scope": "villages", "village_text": "\n".join(village.code for village in villages)}
    return office.submit(f"/pelatihan/{event_id}/undangan/baru", said)


def invited_codes(app: SigerFlask, event_id: uuid.UUID) -> set[str]:
    """The codes of the villages that an event invited."""
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).join(TrainingInvitation, TrainingInvitation.tenant_id == TenantRow.id)
        return set(db.session.scalars(query.where(TrainingInvitation.event_id == event_id)))


def test_villages_are_invited_and_told(
    app: SigerFlask,
    village: Tenant,
    neighbour: Tenant,
    officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:
    clerk = staff(village)
    key = an_event(app, "18", days_from_now=5, title=HTML)
    office = officer()
    answer = invite(office, key, village, neighbour, letter_number="005/77/2026")
    assert answer.status_code == 303
    settle(app)
    kept = invitation(app, key, village)
    assert kept is not None
    assert (kept.letter_number, kept.told_version) == ("005/77/2026", 1)
    assert kept.delivered_at is not None
    assert told(app, village, "training.invited") == 1
    page = clerk.get("/pelatihan").text
    assert HTML not in page
    assert "Belum dijawab" in page
    assert clerk.get(f"/pelatihan/{key}").status_code == 200
    kept = invitation(app, key, village)
    assert kept is not None
    assert kept.seen_by == clerk.name
    listed = office.get(f"/pelatihan/{key}/undangan").text
    assert HTML not in listed
    assert clerk.name in listed


def test_a_second_invitation_reaches_only_who_is_new(
    app: SigerFlask,
    village: Tenant,
    neighbour: Tenant,
    officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:
    staff(village)
    key = an_event(app, "18", days_from_now=5)
    office = officer()
    invite(office, key, village)
    first = invitation(app, key, village)
    invite(office, key, village, neighbour)
    assert invited_codes(app, key) == {village.code, neighbour.code}
    again = invitation(app, key, village)
    assert first is not None
    assert again is not None
    assert again.token == first.token
    settle(app)
    assert told(app, village, "training.invited") == 1


def test_looking_before_sending_invites_nobody(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any]
) -> None:
    key = an_event(app, "18", days_from_now=5)
    office = officer()
    said = {"scope": "villages", "village_text": village.code}
    answer = office.submit(f"/pelatihan/{key}/undangan/baru", said)
    assert answer.status_code == 200
    assert "Periksa, lalu kirim" in answer.text
    assert invited_codes(app, key) == set()
    count = office.submit(f"/pelatihan/{key}/undangan/hitung", said, form=f"/pelatihan/{key}/undangan/baru")
    assert "1 desa akan diundang" in count.text


def test_by_region_state_and_never_trained(
    app: SigerFlask, village: Tenant, neighbour: Tenant, officer: Callable[..., Any]
) -> None:
    office = officer()
    past = an_event(app, "18", days_from_now=-30)
    attend(app, a_session(app, past), participants_of(app, past, village.code))
    key = an_event(app, "18", days_from_now=5)
    assert invite(office, key, village, neighbour, never_trained="1").status_code == 303
    assert invited_codes(app, key) == {neighbour.code}
    district = an_event(app, "18", days_from_now=5)
    invite(office, district, scope="regions", regions=village.district_code)
    found = invited_codes(app, district)
    assert village.code in found
    assert all(code.startswith(f"{village.district_code}.") for code in found)
    listed = an_event(app, "18", days_from_now=5)
    chosen = {"scope": "regions", "regions": village.district_code, "states": "provisioned"}
    invite(office, listed, **chosen)
    with app.app_context(), platform_scope():
        here = TenantRow.code.startswith(f"{village.district_code}.")
        provisioned = set(
            db.session.scalars(select(TenantRow.code).where(here, TenantRow.state == "provisioned"))
        )
    assert village.code in provisioned
    assert invited_codes(app, listed) == provisioned


def test_an_office_invites_within_its_own_region(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any]
) -> None:
    key = an_event(app, village.district_code, days_from_now=5)
    office = officer("district_officer", village.district_code)
    foreign = "18.71.01.1001" if not village.code.startswith("18.71") else "18.01.04.2001"
    answer = office.submit(
        f"/pelatihan/{key}/undangan/baru", {"scope": "villages", "village_text": foreign, "kirim": "1"}
    )
    assert answer.status_code == 422
    assert invited_codes(app, key) == set()
    assert invite(office, key, village).status_code == 303
    other = officer("district_officer", "18.06.20" if village.district_code != "18.06.20" else "18.06.01")
    assert other.get(f"/pelatihan/{key}/undangan").status_code == 404


def test_a_draft_invites_nobody(app: SigerFlask, village: Tenant, officer: Callable[..., Any]) -> None:
    key = an_event(app, "18", days_from_now=5, state="draft")
    said = {"scope": "villages", "village_text": village.code, "kirim": "1"}
    path = f"/pelatihan/{key}/undangan/baru"
    assert officer().submit(path, said, form="/pelatihan/kalender").status_code == 303
    assert invited_codes(app, key) == set()


def test_a_letter_has_a_code_that_opens_without_an_account(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any], province: Any
) -> None:
    key = an_event(app, "18", days_from_now=5, title=f"Bimtek {HTML}", per_village=3)
    a_session(app, key, starts_in_hours=120)
    invited(app, key, village)
    office = officer()
    answer = office.get(f"/pelatihan/{key}/undangan/{village.id}/surat.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    kept = invitation(app, key, village)
    assert kept is not None
    words = pdf_text(answer.data)
    assert village.name.replace(" ", "") in words
    assert "<script>" in words
    assert kept.token in words
    assert staff(village).get(f"/pelatihan/{key}/surat.pdf").data.startswith(b"%PDF")
    together = office.get(f"/pelatihan/{key}/undangan/surat.pdf")
    assert together.data.startswith(b"%PDF")
    page = province.get(f"/undangan/{kept.token}")
    assert page.status_code == 200
    assert HTML not in page.text
    assert f"{village.slug}.localhost" in page.text
    assert province.get(f"/undangan/{'y' * 22}").status_code == 404


def test_a_moved_event_is_told_to_all_who_were_invited(
    app: SigerFlask,
    village: Tenant,
    neighbour: Tenant,
    officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:
    staff(village), staff(neighbour)
    key = an_event(app, "18", days_from_now=5)
    invite(officer(), key, village, neighbour)
    settle(app)
    with app.app_context(), platform_scope():
        event = db.session.get_one(TrainingEvent, key, with_for_update=True)
        moved(event)
        db.session.commit()
    listed = officer().get(f"/pelatihan/{key}/undangan?jawaban=untold").text
    assert village.name in listed
    settle(app)
    for tenant in (village, neighbour):
        assert told(app, tenant, "training.moved") == 1
        kept = invitation(app, key, tenant)
        assert kept is not None
        assert kept.told_version == 2
    with app.app_context(), tenant_scope(village):
        jobs.tell_moved(str(key), "18")
    assert told(app, village, "training.moved") == 1


def test_an_invitation_still_on_its_way_says_the_new_day(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any]
) -> None:
    staff(village)
    key = an_event(app, "18", days_from_now=5)
    invite(officer(), key, village)
    with app.app_context(), platform_scope():
        moved(db.session.get_one(TrainingEvent, key, with_for_update=True))
        db.session.commit()
    settle(app)
    assert (told(app, village, "training.invited"), told(app, village, "training.moved")) == (1, 0)
    kept = invitation(app, key, village)
    assert kept is not None
    assert kept.told_version == 2


def test_a_letter_of_an_earlier_schedule_is_shown_where_nobody_can_be_told_here(
    app: SigerFlask, officer: Callable[..., Any]
) -> None:
    """The village is not set up here: nobody but the organiser can tell it."""
    key = an_event(app, "18", days_from_now=5, schedule_version=3)
    office = officer()
    with app.app_context(), platform_scope():
        code = db.session.scalar(
            select(TenantRow.code).where(~can_read()).order_by(TenantRow.code.desc()).limit(1)
        )
    said = {"scope": "villages", "village_text": code, "kirim": "1"}
    assert office.submit(f"/pelatihan/{key}/undangan/baru", said).status_code == 303
    page = f"/pelatihan/{key}/undangan"
    assert "belum disiapkan di Siger" in office.get(page).text
    assert "Jadwal berubah" not in office.get(page).text
    with app.app_context(), platform_scope():
        moved(db.session.get_one(TrainingEvent, key, with_for_update=True))
        db.session.commit()
    listed = office.get(page).text
    assert "Jadwal berubah sesudah surat dibuat, dan 1 desa" in listed
    assert "Suratnya menyebut jadwal lama" in listed


def test_a_call_off_is_told_to_all_who_were_invited(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any]
) -> None:
    staff(village)
    key = an_event(app, "18", days_from_now=5)
    invite(officer(), key, village)
    settle(app)
    with app.app_context(), platform_scope():
        event = db.session.get_one(TrainingEvent, key, with_for_update=True)
        event.state, event.reason = "cancelled", "Banjir"
        from app.province.training.participants.hooks import event_moved

        event_moved(event)
        db.session.commit()
    settle(app)
    assert told(app, village, "training.cancelled") == 1
    clerk = staff(village)
    assert "Banjir" in clerk.get(f"/pelatihan/{key}").text
    assert register(clerk, key, "Ani Satu").status_code in (303, 400)
    with app.app_context(), platform_scope():
        assert not db.session.scalar(
            select(func.count())
            .select_from(TrainingInvitation)
            .where(TrainingInvitation.event_id == key, TrainingInvitation.answer == "coming")
        )


def test_the_list_of_invitations_is_read_in_few_queries(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    key = an_event(app, "18", days_from_now=5)
    office = officer()
    invite(office, key, scope="regions", regions=village.regency_code)
    path = f"/pelatihan/{key}/undangan"
    office.get(path)
    with count_queries(at_most=8):
        assert office.get(path).status_code == 200
    assert office.get(f"{path}/unduh.csv", buffered=True).status_code == 200
    assert office.get(f"{path}/unduh.xlsx", buffered=True).data[:2] == b"PK"


def test_the_badge_counts_what_waits_and_costs_nothing_once_known(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any],
    count_queries: Callable[..., Any],
) -> None:  # fmt: skip
    clerk = staff(village)
    key = an_event(app, "18", days_from_now=5)
    clerk.get("/pelatihan")
    invite(officer(), key, village)
    settle(app)
    assert re.search(
        r'href="/pelatihan"[^>]*>.*?Pelatihan.*?1', clerk.get("/pelatihan/tugas").text, re.DOTALL
    )
    with count_queries(at_most=5):
        clerk.get("/pelatihan")


def test_a_draft_leads_back_instead_of_to_a_form_that_would_be_refused(
    app: SigerFlask, officer: Callable[..., Any]
) -> None:
    office = officer()
    for state, said in (("draft", "Buka dulu kegiatan ini"), ("done", "sudah selesai atau dibatalkan")):
        key = an_event(app, "18", days_from_now=5, state=state)
        answer = office.get(f"/pelatihan/{key}/undangan/baru")
        assert answer.status_code == 303
        assert said in office.get(answer.headers["Location"]).text
