"""Registering people for an event: by villages, one seat each, the waiting list, substitution, quotas."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.core.village.models import Official
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import registering
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from app.province.training.participants.people import (
    add_walk_in,
    meant_person,
    nik_digests,
    search_name,
)
from app.province.training.participants.registering import Candidate
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.training.people_at_events import (
    NIK,
    event_for,
    invitation,
    invited,
    other_district,
    register,
    seats,
    states,
    today,
    told,
)
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.work import settle

HTML = '<b>Siti</b> & "Co"'


@pytest.fixture
def neighbour(make_village: Callable[[], Tenant]) -> Tenant:
    """Another village."""
    return make_village()


def test_a_village_registers_a_citizen_without_a_nik(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    clerk = staff(village)
    answer = register(clerk, key, "Siti Aminah", position="Petani")
    assert answer.status_code == 303
    row = seats(app, key)["Siti Aminah"]
    assert (row.seat, row.tenant_id, row.district_code) == ("registered", village.id, village.district_code)
    assert len(row.token) == 22
    kept = invitation(app, key, village)
    assert kept is not None
    assert (kept.answer, kept.seen_by) == ("coming", clerk.name)
    page = clerk.get(f"/pelatihan/{key}").text
    assert "Siti Aminah" in page
    assert f"/ikut/{row.token}" in page


def test_a_nik_is_never_kept_in_clear(app: SigerFlask, village: Tenant, staff: Callable[..., Any]) -> None:
    key = event_for(app, village)
    register(staff(village), key, "Siti Aminah", nik=NIK)
    with app.app_context(), platform_scope():
        row = db.session.get_one(TrainingParticipant, seats(app, key)["Siti Aminah"].id)
        person = db.session.get_one(TrainingPerson, row.person_id)
        assert person.nik_index == nik_digests(NIK)[0]
        assert person.nik_end == NIK[-4:]
        assert NIK.encode() not in (person.nik_index or b"")


def test_the_same_person_of_two_villages_has_one_seat_and_is_told_where(
    app: SigerFlask, village: Tenant, neighbour: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, neighbour)
    nik = f"18{uuid.uuid4().int % 10**14:014d}"
    assert register(staff(village), key, "Siti Aminah", nik=nik).status_code == 303
    answer = register(staff(neighbour), key, "SITI AMINAH, S.Pd", nik=nik)
    assert answer.status_code == 422
    assert f"sudah terdaftar dari {village.full_name}" in answer.text
    assert len(seats(app, key)) == 1
    twice = register(staff(village), key, "Siti Aminah", nik=nik)
    assert twice.status_code == 422
    assert "sudah terdaftar untuk kegiatan ini" in twice.text


def test_the_same_name_from_another_village_is_asked_about(
    app: SigerFlask, village: Tenant, neighbour: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, neighbour)
    name = f"Siti {uuid.uuid4().hex[:6]}"
    register(staff(village), key, name)
    clerk = staff(neighbour)
    answer = register(clerk, key, f"Hj. {name}")
    assert answer.status_code == 422
    assert 'name="is_other"' in answer.text
    assert register(clerk, key, f"Hj. {name}", is_other="1").status_code == 303
    assert sorted(states(app, key).values()) == ["registered", "registered"]


def test_days_of_birth_tell_people_of_one_name_apart(
    app: SigerFlask, village: Tenant, neighbour: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, neighbour)
    name = f"Budi {uuid.uuid4().hex[:6]}"
    register(staff(village), key, name, "male", birth_date="1980-01-02")
    assert register(staff(neighbour), key, name, "male", birth_date="1990-03-04").status_code == 303
    assert len({row.person_id for row in _all(app, key)}) == 2


def test_a_nik_of_somebody_else_is_refused_without_their_name(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    nik = f"18{uuid.uuid4().int % 10**14:014d}"
    clerk = staff(village)
    register(clerk, key, "Siti Aminah", nik=nik)
    answer = register(clerk, key, "Bambang Hartono", "male", nik=nik)
    assert answer.status_code == 422
    assert "atas nama orang lain" in answer.text


def test_who_finds_no_seat_waits_and_moves_up_when_somebody_cancels(
    app: SigerFlask, village: Tenant, neighbour: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, neighbour, capacity=1)
    first, second = staff(village), staff(neighbour)
    register(first, key, "Ani Satu")
    register(second, key, "Beni Dua", "male")
    assert states(app, key) == {"Ani Satu": "registered", "Beni Dua": "waiting"}
    assert "daftar tunggu" in second.get(f"/pelatihan/{key}").text
    path = f"/pelatihan/{key}/peserta/{seats(app, key)['Ani Satu'].id}/batal"
    assert first.submit(path, {"reason": "Sakit"}).status_code == 303
    assert states(app, key) == {"Ani Satu": "cancelled", "Beni Dua": "registered"}
    settle(app)
    assert told(app, neighbour, "training.seated") == 1


def test_a_village_may_not_touch_another_ones_people(
    app: SigerFlask, village: Tenant, neighbour: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, neighbour)
    register(staff(village), key, "Ani Satu")
    row = seats(app, key)["Ani Satu"]
    clerk = staff(neighbour)
    assert clerk.get(f"/pelatihan/{key}/peserta/{row.id}/batal").status_code == 404
    page = f"/pelatihan/{key}"
    answer = clerk.submit(f"{page}/peserta/{row.id}/batal", {"reason": "Ingin saja"}, form=page)
    assert answer.status_code == 404
    assert states(app, key) == {"Ani Satu": "registered"}


def test_an_event_without_an_invitation_is_not_there(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = an_event(app, "18", days_from_now=3)
    assert staff(village).get(f"/pelatihan/{key}").status_code == 404


def test_a_substitute_takes_the_seat_with_a_new_code(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any], province: Any
) -> None:
    key = event_for(app, village)
    clerk = staff(village)
    register(clerk, key, "Ani Satu")
    old = seats(app, key)["Ani Satu"]
    path = f"/pelatihan/{key}/peserta/{old.id}/ganti"
    assert clerk.submit(path, {"name": "Citra Tiga", "sex": "female"}).status_code == 303
    found = seats(app, key)
    assert (found["Ani Satu"].seat, found["Citra Tiga"].seat) == ("replaced", "registered")
    assert found["Citra Tiga"].replaces_id == old.id
    assert found["Citra Tiga"].token != old.token
    assert "Anda digantikan" in province.get(f"/ikut/{old.token}").text
    assert "Kode kehadiran" in province.get(f"/ikut/{found['Citra Tiga'].token}").text


def test_a_substitute_is_taken_on_the_day_and_no_later(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village)
    for days, taken in ((0, True), (-1, False)):
        first = today() + dt.timedelta(days=days)
        key = an_event(app, "18", starts_on=first, ends_on=first + dt.timedelta(days=2))
        invited(app, key, village)
        (old,) = participants_of(app, key, village.code)
        answer = clerk.submit(
            f"/pelatihan/{key}/peserta/{old}/ganti", {"name": "Dewi Empat", "sex": "female"}
        )
        assert (answer.status_code == 303) is taken
        assert ("Dewi Empat" in seats(app, key)) is taken


def test_who_came_is_neither_replaced_nor_cancelled(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = an_event(app, "18", starts_on=today(), ends_on=today())
    invited(app, key, village)
    people = participants_of(app, key, village.code)
    attend(app, a_session(app, key), people)
    clerk = staff(village)
    answer = clerk.submit(
        f"/pelatihan/{key}/peserta/{people[0]}/ganti", {"name": "Dewi Empat", "sex": "female"}
    )
    assert answer.status_code == 422
    assert "sudah tercatat hadir" in answer.text
    clerk.submit(f"/pelatihan/{key}/peserta/{people[0]}/batal", {"reason": "Sakit"})
    assert list(states(app, key).values()) == ["registered"]


def test_officials_come_out_of_the_villages_list(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    with app.app_context(), tenant_scope(village):
        people = [
            Official(name=f"{HTML} {at}", title="Kaur Umum", position="section", phone="0812-0000-0001")
            for at in (1, 2)
        ]
        db.session.add_all(people)
        db.session.commit()
        ids = [one.id for one in people]
    clerk = staff(village)
    page = f"/pelatihan/{key}"
    assert HTML not in clerk.get(page).text
    answer = clerk.submit(f"{page}/perangkat", {"official": str(ids[0])}, form=page)
    assert answer.status_code == 303
    assert not seats(app, key)
    data = {"official": [str(one) for one in ids], **{f"sex-{one}": "male" for one in ids}}
    assert clerk.submit(f"{page}/perangkat", data, form=page).status_code == 303
    rows = seats(app, key)
    assert {(row.is_official, row.position) for row in rows.values()} == {(True, "Kaur Umum")}
    assert len(rows) == 2


def test_a_village_registers_no_more_than_it_may(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, per_village=1)
    clerk = staff(village)
    register(clerk, key, "Ani Satu")
    page = f"/pelatihan/{key}"
    token = clerk.get(f"{page}/peserta/{seats(app, key)['Ani Satu'].id}/batal").text
    assert "csrf_token" in token
    answer = clerk.submit(
        f"{page}/warga",
        {"name": "Beni Dua", "sex": "male"},
        form=f"{page}/peserta/{seats(app, key)['Ani Satu'].id}/batal",
    )
    assert answer.status_code == 303
    assert list(states(app, key)) == ["Ani Satu"]


def test_declining_is_an_answer_and_registering_changes_it(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    clerk = staff(village)
    assert clerk.submit(f"/pelatihan/{key}/tolak", {"reason": "Ada musyawarah"}).status_code == 303
    kept = invitation(app, key, village)
    assert kept is not None
    assert (kept.answer, kept.answer_reason) == ("declined", "Ada musyawarah")
    register(clerk, key, "Ani Satu")
    kept = invitation(app, key, village)
    assert kept is not None
    assert kept.answer == "coming"
    clerk.submit(f"/pelatihan/{key}/tolak", {"reason": "Batal semua"})
    kept = invitation(app, key, village)
    assert kept is not None
    assert kept.answer == "coming"


def test_the_last_seat_goes_to_one_of_two(app: SigerFlask, village: Tenant, neighbour: Tenant) -> None:
    key = event_for(app, village, neighbour, capacity=1)
    barrier = threading.Barrier(2)

    def take(tenant: Tenant, name: str) -> None:
        with app.app_context(), platform_scope():
            barrier.wait()
            registering.register(key, tenant.id, [Candidate(name, "male")], by="Uji")

    threads = [
        threading.Thread(target=take, args=pair) for pair in ((village, "Ali Satu"), (neighbour, "Edi Dua"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states(app, key).values()) == ["registered", "waiting"]


def test_the_organiser_adds_people_of_offices_and_villages(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any]
) -> None:
    key = an_event(app, "18", days_from_now=3)
    office = officer()
    path = f"/pelatihan/{key}/peserta/baru"
    assert office.submit(path, {"name": HTML, "sex": "female"}).status_code == 303
    bad = office.submit(path, {"name": "Budi Lima", "sex": "male", "village": "99.99.99.9999"})
    assert bad.status_code == 422
    assert (
        office.submit(path, {"name": "Budi Lima", "sex": "male", "village": village.code}).status_code == 303
    )
    rows = seats(app, key)
    assert (rows[HTML].tenant_id, rows["Budi Lima"].tenant_id) == (None, village.id)
    page = office.get(f"/pelatihan/{key}/peserta").text
    assert HTML not in page
    assert "&lt;b&gt;Siti&lt;/b&gt;" in page
    person = f"/pelatihan/orang/{rows['Budi Lima'].person_id}"
    assert f'<a href="{person}">Budi Lima</a>' in page, "a name leads to the person's record"
    assert office.get(person).status_code == 200
    assert "Budi Lima" in staff(village).get(f"/pelatihan/{key}").text
    book = office.get(f"/pelatihan/{key}/peserta/unduh.csv", buffered=True)
    assert book.status_code == 200
    assert "Budi Lima" in book.text
    assert office.get(f"/pelatihan/{key}/peserta/unduh.xlsx", buffered=True).data[:2] == b"PK"


def test_officers_see_only_their_own_regions_people(
    app: SigerFlask, village: Tenant, neighbour: Tenant, officer: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    participants_of(app, key, village.code, 2)
    other = other_district(app, village)
    assert (
        len(
            _names_on(
                officer("district_officer", village.district_code).get(f"/pelatihan/{key}/peserta").text
            )
        )
        == 2
    )
    assert not _names_on(officer("district_officer", other).get(f"/pelatihan/{key}/peserta").text)
    foreign = an_event(app, other, days_from_now=3)
    visitor = officer("district_officer", village.district_code)
    assert visitor.get(f"/pelatihan/{foreign}/peserta").status_code == 404
    assert visitor.get(f"/pelatihan/{key}/peserta/baru").status_code == 404


def test_a_list_of_two_thousand_is_read_in_few_queries(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    with app.app_context(), platform_scope():
        people = [
            TrainingPerson(name=f"Orang {at:04}", search_name=f"orang {at:04}", sex="male")
            for at in range(2000)
        ]
        db.session.add_all(people)
        db.session.flush()
        db.session.add_all(
            TrainingParticipant(
                event_id=key, person_id=one.id, tenant_id=village.id, district_code=village.district_code,
                regency_code=village.regency_code, token=uuid.uuid4().hex[:22], registered_by="Uji",
            )
            for one in people
        )  # fmt: skip
        db.session.commit()
    office = officer()
    path = f"/pelatihan/{key}/peserta"
    office.get(path)
    with count_queries(at_most=8):
        page = office.get(path)
    assert "Orang 0049" in page.text
    assert "Orang 0050" not in page.text
    following = _link_behind(page.text)
    assert "Orang 0050" in office.get(following).text
    assert "Orang 1234" in office.get(f"{path}?q=orang+1234").text


def test_a_walk_in_is_seated_once_whatever_the_quota(app: SigerFlask, village: Tenant) -> None:
    key = event_for(app, village, capacity=0)
    drawn = uuid.uuid4()
    with app.app_context(), platform_scope():
        event = db.session.get_one(TrainingEvent, key)
        for _again in range(2):
            row = add_walk_in(event, name="Rina Enam", sex="female", by="Pintu", participant_id=drawn)
            assert (row.id, row.seat, row.is_walk_in) == (drawn, "registered", True)
            db.session.commit()
        same = add_walk_in(event, name="RINA ENAM", sex="female", by="Pintu", phone="")
        db.session.commit()
        assert same.id != drawn or same.id == drawn
    assert seats(app, key)["Rina Enam"].is_walk_in


def test_who_waited_and_stands_at_the_door_is_seated(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village, capacity=0)
    register(staff(village), key, "Ani Satu")
    with app.app_context(), platform_scope():
        from tenants.models import TenantRow

        event, home = db.session.get_one(TrainingEvent, key), db.session.get_one(TenantRow, village.id)
        row = add_walk_in(event, name="Ani Satu", sex="female", by="Pintu", village=home)
        db.session.commit()
        assert row.seat == "registered"
    assert len(seats(app, key)) == 1


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Hj. Siti Aminah, S.Pd", "siti aminah"),
        ("DRS. H. BUDI", "budi"),
        ("Nur-Hasanah", "nur hasanah"),
        ("Éka  Putri", "eka putri"),
    ],
)
def test_a_name_is_compared_without_titles_and_marks(written: str, compared: str) -> None:
    assert search_name(written) == compared


def test_a_person_is_one_across_events_of_their_village(app: SigerFlask, village: Tenant) -> None:
    first, second = event_for(app, village), event_for(app, village)
    with app.app_context(), platform_scope():
        for key in (first, second):
            registering.register(key, village.id, [Candidate("Ani Delapan", "female")], by="Uji")
        query = select(func.count(TrainingParticipant.person_id.distinct())).where(
            TrainingParticipant.event_id.in_([first, second])
        )
        assert db.session.scalar(query) == 1
        known = meant_person("Ani Delapan", "female", tenant_id=village.id, nik="1806204107850099").person
        db.session.commit()
        assert meant_person("Ani Delapan", "female", nik="1806204107850099").person.id == known.id


def test_the_own_page_says_only_what_it_may(app: SigerFlask, village: Tenant, province: Any) -> None:
    key = event_for(app, village, title=HTML)
    a_session(app, key, starts_in_hours=72)
    participants_of(app, key, village.code)
    (row,) = seats(app, key).values()
    page = province.get(f"/ikut/{row.token}")
    assert page.status_code == 200
    assert HTML not in page.text
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert province.get(f"/ikut/{'x' * 22}").status_code == 404


def _all(app: SigerFlask, key: uuid.UUID) -> list[TrainingParticipant]:
    with app.app_context(), platform_scope():
        rows = list(
            db.session.scalars(select(TrainingParticipant).where(TrainingParticipant.event_id == key))
        )
        db.session.expunge_all()
        return rows


def _names_on(page: str) -> list[str]:
    import re

    return re.findall(r"Peserta [0-9a-f]{8}<", page)


def _link_behind(page: str) -> str:
    import html
    import re

    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found is not None
    return html.unescape(found.group(1))
