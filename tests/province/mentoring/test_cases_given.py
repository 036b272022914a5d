"""One case in other hands than its village's, and what follows when mentors, villages or askers change."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.accounts.models import Account
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.province.mentoring.cases import mentors, staffing
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.mentoring import visiting
from tests.province.mentoring.helping import a_mentor, asked, case, change, deed, entries, noted
from tests.support.people import Person, deliver_letters, make_account
from tests.support.visitors import Visitor
from tests.support.work import settle

Staff = Callable[..., Any]
Officer = Callable[..., Visitor]
Villages = Callable[[], Tenant]


@pytest.fixture
def clerk(village: Tenant, staff: Staff) -> Person:
    """Somebody of the village."""
    return staff(village, role="operator", name="Agus Operator")  # type: ignore[no-any-return]


def told(app: SigerFlask, village: Tenant, event: str, channel: str = "in_app") -> list[uuid.UUID]:
    """Who of a village's staff was told of an event."""
    with app.app_context(), tenant_scope(village):
        query = select(Notification.recipient_id).where(
            Notification.event == event, Notification.channel == channel
        )
        return list(db.session.scalars(query))


def planned(phone: Visitor, village: Tenant, **more: Any) -> uuid.UUID:
    """A visit that a mentor plans for tomorrow."""
    key = uuid.uuid4()
    day = visiting.today() + dt.timedelta(days=1)
    sent = {"visit_id": str(key), "village_id": str(village.id), "visited_on": day.isoformat(), **more}
    sent.setdefault("aim", "Menemani operator")
    answer = phone.submit("/kunjungan/rencana", sent, form=f"/kunjungan/rencana?desa={village.id}")
    assert answer.status_code == 303, answer.text
    return key


def test_one_case_is_given_to_another_mentor_and_the_village_keeps_its_own(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    clerk, manager = staff(village), officer("district_officer", village.district_code)
    own = a_mentor(app, village, name="Dewi Sendiri")
    able = a_mentor(app, region=village.district_code, name="Budi Ahli")
    key, other = asked(clerk), asked(clerk, subject="Yang lain tetap")
    said = deed(manager, key, "serahkan", {"mentor_id": str(able.account_id), "reason": "Ahli surat"})
    assert "Kasus diserahkan" in said.text
    assert (case(app, key).mentor_id, case(app, other).mentor_id) == (able.account_id, own.account_id)
    assert "Dewi Sendiri" in clerk.get("/beranda").text.split("mentor-foot", 1)[1]
    assert "Ditangani: Budi Ahli" in clerk.get(f"/pendampingan/{key}").text
    assert "Ditangani: Dewi Sendiri" in clerk.get(f"/pendampingan/{other}").text
    # Who holds one case sees that case, and nothing else of the village; its own mentor goes on seeing all.
    page = able.get(f"/pendampingan/{key}").text
    assert "Yang lain tetap" not in page
    assert able.get(f"/pendampingan/{other}").status_code == 404
    shown = able.get("/pendampingan/daftar?keadaan=all").text
    assert str(key) in shown
    assert str(other) not in shown
    assert own.get(f"/pendampingan/{key}").status_code == 200
    deliver_letters(app)
    clerk.submit(f"/pendampingan/{key}/balas", {"body": "Masih sama"}, form=f"/pendampingan/{key}")
    assert {one.to for one in deliver_letters(app)} == {able.email}
    assert "Terkirim" in deed(able, key, "tulis", {"body": "Saya datang besok"}).text or entries(app, key)
    # The visit for it, and the phone's view: that case alone.
    phone = able.get("/kunjungan").text
    assert "Hanya kasus yang diserahkan" in phone
    assert "Yang lain tetap" not in phone
    assert "Yang lain tetap" not in able.get(f"/kunjungan/tulis?desa={village.id}").text
    visit = visiting.recorded(able, village, case_id=str(key))
    assert able.get(f"/kunjungan/{visit}").status_code == 200
    foreign = visiting.recorded(own, village)
    assert able.get(f"/kunjungan/{foreign}").status_code == 404
    listed = able.get("/kunjungan/daftar").text
    assert str(visit) in listed
    assert str(foreign) not in listed
    assert f"/kunjungan/{visit}" in manager.get(f"/pendampingan/{key}").text
    # Another mentor for the village takes what was the village's mentor's, not what was given away.
    third = a_mentor(app, region=village.district_code, name="Citra Baru")
    with app.app_context(), platform_scope():
        staffing.assign([village.id], third.account_id)
    assert (case(app, key).mentor_id, case(app, other).mentor_id) == (able.account_id, third.account_id)
    # Who held one case goes: it returns to the village's mentor.
    manager.submit(f"/pendampingan/pendamping/{able.account_id}/akhiri", {"reason": "Pindah tugas"})
    assert case(app, key).mentor_id == third.account_id
    assert able.get(f"/pendampingan/{key}").status_code == 404
    assert able.get(f"/kunjungan/tulis?desa={village.id}").status_code == 404


def test_a_case_may_take_its_village_along(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    clerk, manager = staff(village), officer("district_officer", village.district_code)
    a_mentor(app, village)
    able = a_mentor(app, region=village.district_code)
    key, other = asked(clerk), asked(clerk, subject="Ikut juga")
    deed(manager, key, "serahkan", {"mentor_id": str(able.account_id), "stays": "1"})
    assert {case(app, one).mentor_id for one in (key, other)} == {able.account_id}
    with app.app_context(), platform_scope():
        found = mentors.mentor_of(village.id)
        assert found is not None
        assert found.account_id == able.account_id


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, deed: Callable[[], object]) -> None:
    """Do something once in another request, just before one comes to `staffing.<name>`."""
    real, waiting = getattr(staffing, name), [deed]

    def late(*given: Any, **more: Any) -> Any:
        if waiting:
            other = threading.Thread(target=waiting.pop())
            other.start()
            other.join(timeout=30)
        return real(*given, **more)

    monkeypatch.setattr(staffing, name, late)


def test_what_was_closed_meanwhile_is_not_given(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = make_village()
    mentor, other = a_mentor(app, village), a_mentor(app, region=village.district_code)
    key = asked(staff(village))
    first, second = (officer("district_officer", village.district_code) for _one in range(2))
    meanwhile(monkeypatch, "give", lambda: deed(second, key, "tutup", {"reason": "Sudah dibantu"}))
    answer = deed(first, key, "serahkan", {"mentor_id": str(other.account_id)})
    assert "sudah selesai" in answer.text
    assert (case(app, key).state, case(app, key).mentor_id) == ("closed", mentor.account_id)
    assert not noted(app, "mentoring.assigned", key)


def test_two_who_end_the_same_mentor_end_it_once(
    app: SigerFlask, make_village: Villages, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = make_village()
    leaving, following = a_mentor(app, village), a_mentor(app, region=village.district_code)
    first, second = (officer("district_officer", village.district_code) for _one in range(2))
    path = f"/pendampingan/pendamping/{leaving.account_id}/akhiri"
    meanwhile(monkeypatch, "end_mentor", lambda: second.submit(path, {"reason": "Pindah tugas"}))
    sent = {"reason": "Pindah tugas", "successor_id": str(following.account_id)}
    assert first.submit(path, sent).status_code == 404
    assert len(noted(app, "mentor.ended", leaving.account_id)) == 1


def test_two_who_raise_the_same_case_raise_it_once(
    app: SigerFlask, village: Tenant, clerk: Person, officer: Officer
) -> None:
    mentor, regency = a_mentor(app, village), officer("regency_admin", village.regency_code)
    key = asked(clerk)
    page = f"/pendampingan/{key}"
    sent = {"reason": "Perlu kabupaten", "level": "3"}
    for _time in range(2):
        answer = mentor.submit(f"{page}/naikkan", sent, form=page, follow_redirects=True)
    assert "sudah dinaikkan" in answer.text
    assert case(app, key).level == 2
    assert len(noted(app, "mentoring.escalated", key)) == 1
    letters = {one.to: one.text for one in deliver_letters(app) if "dinaikkan" in one.text}
    assert f"dinaikkan oleh {mentor.name}" in letters[regency.email]  # type: ignore[attr-defined]


def test_what_was_typed_stays_when_the_village_wrote_meanwhile(
    app: SigerFlask, village: Tenant, clerk: Person
) -> None:
    mentor = a_mentor(app, village)
    key = asked(clerk)
    page = f"/pendampingan/{key}"
    stale = {"row_version": str(case(app, key).row_version), "solution": "Tiga paragraf <b>penjelasan</b>"}
    clerk.submit(f"{page}/balas", {"body": "Ada galat lain"}, form=page)
    answer = mentor.submit(f"{page}/selesai", stale, form=page)
    assert answer.status_code == 409
    assert "Ada galat lain" in answer.text
    assert "Tiga paragraf &lt;b&gt;penjelasan" in answer.text
    assert case(app, key).state == "open"
    assert "dinyatakan selesai" in deed(mentor, key, "selesai", {"solution": "Tiga paragraf"}).text


def test_notes_sent_twice_are_one(app: SigerFlask, village: Tenant, clerk: Person) -> None:
    mentor = a_mentor(app, village)
    key = asked(clerk)
    sent = {"body": "Operatornya baru", "as": "note", "entry_id": str(uuid.uuid4())}
    for _time in range(2):
        deed(mentor, key, "tulis", sent)
    assert [entry.kind for entry in entries(app, key)] == ["opened", "note"]


def test_what_was_solved_by_one_who_left_opens_with_who_is_there(
    app: SigerFlask, village: Tenant, clerk: Person, officer: Officer
) -> None:
    leaving = a_mentor(app, village)
    key = asked(clerk)
    deed(leaving, key, "selesai", {"solution": "Beres"})
    change(app, key, due_at=visiting.now() - dt.timedelta(days=9))
    following = a_mentor(app, village)
    with app.app_context(), platform_scope():
        db.session.execute(update(Account).where(Account.id == leaving.account_id).values(is_active=False))
        staffing.release_ended()
        db.session.commit()
    clerk.submit(f"/pendampingan/{key}/balas", {"body": "Ternyata belum"}, form=f"/pendampingan/{key}")
    row = case(app, key)
    assert (row.state, row.mentor_id) == ("in_progress", following.account_id)
    assert row.due_at > visiting.now() + dt.timedelta(days=2)
    assert following.get(f"/pendampingan/{key}").status_code == 200


def test_plans_of_a_mentor_who_goes_are_passed_on_or_called_off(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    clerk, manager = staff(village), officer("district_officer", village.district_code)
    leaving = a_mentor(app, village, name="Yang Pergi")
    following = a_mentor(app, region=village.district_code, name="Yang Datang")
    visit = planned(leaving, village)
    settle(app)
    sent = {"reason": "Pindah tugas", "successor_id": str(following.account_id)}
    manager.submit(f"/pendampingan/pendamping/{leaving.account_id}/akhiri", sent)
    row = visiting.stands(app, visit)
    assert (row.state, row.mentor_id, row.mentor_name) == ("planned", following.account_id, "Yang Datang")
    assert noted(app, "mentoring_visit.passed_on", visit)
    assert f"rencana={visit}" in following.get("/kunjungan").text
    settle(app)
    assert len(told(app, village, "mentoring.mentor")) == 2
    assert not told(app, village, "mentoring_visits.cancelled")
    manager.submit(f"/pendampingan/pendamping/{following.account_id}/akhiri", {"reason": "Tidak ada lagi"})
    row = visiting.stands(app, visit)
    assert (row.state, "belum ada penggantinya" in row.cancel_reason) == ("cancelled", True)
    settle(app)
    assert len(told(app, village, "mentoring_visits.cancelled")) == 1
    assert len(told(app, village, "mentoring.no_mentor")) == 1
    assert "belum ada penggantinya" in clerk.get(f"/pendampingan/kunjungan/{visit}").text


def test_the_village_is_told_who_stands_by_it(
    app: SigerFlask, village: Tenant, clerk: Person, officer: Officer
) -> None:
    manager = officer("district_officer", village.district_code)
    account = make_account(app, role="mentor", region=village.district_code, name="Wayan Pendamping")
    page = f"/pendampingan/pendamping/{account.id}"
    manager.submit(page, {"phone": "0812-0000-7777", "skills": ["letters"]})
    manager.submit(f"{page}/desa", {"villages": [str(village.id)]}, form=page)
    settle(app)
    assert clerk.account_id in told(app, village, "mentoring.mentor")
    assert clerk.account_id in told(app, village, "mentoring.mentor", "email")
    box = clerk.get("/pemberitahuan").text
    assert "Wayan Pendamping" in box
    assert "0812-0000-7777" in box


def test_who_asked_and_left_is_not_the_only_one_told(
    app: SigerFlask, village: Tenant, clerk: Person, staff: Staff
) -> None:
    stays = staff(village, role="secretary")
    mentor = a_mentor(app, village)
    key = asked(clerk)
    with app.app_context(), platform_scope():
        db.session.execute(update(Account).where(Account.id == clerk.account_id).values(is_active=False))
        db.session.commit()
    deed(mentor, key, "tulis", {"body": "Sudah dicoba?"})
    settle(app)
    assert stays.account_id in told(app, village, "mentoring.answered")
    assert stays.account_id in told(app, village, "mentoring.answered", "email")


def test_a_list_of_villages_that_is_old_undoes_nothing(
    app: SigerFlask, make_village: Villages, officer: Officer
) -> None:
    first, second = make_village(), make_village()
    manager = officer("regency_admin", first.regency_code)
    mentor = a_mentor(app, first)
    page = f"/pendampingan/pendamping/{mentor.account_id}"
    drawn = {"drawn": [str(first.id)], "villages": [str(first.id)]}
    with app.app_context(), platform_scope():
        staffing.assign([second.id], mentor.account_id)
    manager.submit(f"{page}/desa", drawn, form=page)
    with app.app_context(), platform_scope():
        standing = {row.id for row in mentors.villages_of_mentor(mentor.account_id)}
    assert standing == {first.id, second.id}
    manager.submit(f"{page}/desa", {"drawn": [str(first.id), str(second.id)], "villages": []}, form=page)
    with app.app_context(), platform_scope():
        assert mentors.villages_of_mentor(mentor.account_id) == []


def test_villages_of_a_kabupaten_stand_by_kecamatan_and_a_provinces_are_not_listed(
    app: SigerFlask, make_village: Villages, officer: Officer
) -> None:
    village, manager = make_village(), officer("province_admin", "18")
    near = a_mentor(app, village, region=village.regency_code)
    page = manager.get(f"/pendampingan/pendamping/{near.account_id}").text
    assert "<details open><summary>Kecamatan" in page
    assert page.count("<details><summary>Kecamatan") >= 1
    far = a_mentor(app, region="18")
    page = manager.get(f"/pendampingan/pendamping/{far.account_id}").text
    assert "<summary>Kecamatan" not in page
    assert "Belum ada desa." in page
    sent = {"codes": village.code}
    manager.submit(f"/pendampingan/pendamping/{far.account_id}/desa", sent, form="/pendampingan/baru")
    assert f'value="{village.id}" checked' in manager.get(f"/pendampingan/pendamping/{far.account_id}").text


def test_a_mentor_sees_visits_to_villages_outside_the_own_kecamatan(
    app: SigerFlask, village: Tenant, officer: Callable[..., Person]
) -> None:
    elsewhere = "18.71.01" if not village.code.startswith("18.71") else "18.72.01"
    mentor = officer("mentor", elsewhere)
    with app.app_context(), platform_scope():
        staffing.keep_profile(mentor.account_id, {})
        staffing.assign([village.id], mentor.account_id)
    visit = visiting.recorded(mentor, village)
    assert str(visit) in mentor.get("/kunjungan/daftar").text
    assert mentor.get(f"/kunjungan/{visit}").status_code == 200


def test_error_pages_of_a_villages_staff_lead_to_the_mentor(
    app: SigerFlask, village: Tenant, clerk: Person, staff: Staff
) -> None:
    a_mentor(app, village, name="Dewi <b>Pendamping</b>")
    clerk.get("/beranda")
    missing = f"/penduduk/{uuid.uuid4()}"
    page = clerk.get(missing)
    assert page.status_code == 404
    assert "Dewi &lt;b&gt;Pendamping" in page.text
    assert 'href="tel:081200001234"' in page.text
    assert f"/pendampingan/minta?halaman={missing}" in page.text
    form = clerk.get(f"/pendampingan/minta?halaman={missing}").text
    assert "Halaman yang ikut terkirim" in form
    forbidden = clerk.get("/pendampingan/pin")
    assert forbidden.status_code == 403
    assert "Minta bantuan" in forbidden.text
    assert "Minta bantuan" in clerk.get("/tidak/ada").text
    assert "Minta bantuan" not in staff(village, role="council").get("/tidak/ada").text
    stranger = Visitor(app, clerk.host)
    page = stranger.get("/tidak/ada")
    assert page.status_code == 404
    assert "Dewi" not in page.text
    assert "Minta bantuan" not in page.text
