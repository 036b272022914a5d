"""At the door: once each, however often somebody is noted; phones without a network; people without a seat."""

from __future__ import annotations

import datetime as dt
import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.door.models import TrainingAttendance
from app.province.training.door.queries import token_digest
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.training import a_session, an_event, participants_of
from tests.support.visitors import Visitor

Officer = Callable[..., Person]
HTML = "<script>alert(1)</script>"


@pytest.fixture
def event_id(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """An open event of the village's kabupaten."""
    return an_event(app, village.regency_code)


@pytest.fixture
def session_id(app: SigerFlask, event_id: uuid.UUID) -> uuid.UUID:
    """Its session, which began an hour ago."""
    return a_session(app, event_id)


@pytest.fixture
def guard(officer: Officer, village: Tenant) -> Person:
    """Somebody of the kabupaten's office, at the door."""
    return officer("regency_admin", village.regency_code)


def token_of(app: SigerFlask, participant_id: uuid.UUID) -> str:
    with app.app_context(), platform_scope():
        return db.session.get_one(TrainingParticipant, participant_id).token


def came(app: SigerFlask, session_id: uuid.UUID) -> list[TrainingAttendance]:
    with app.app_context(), platform_scope():
        query = select(TrainingAttendance).where(TrainingAttendance.session_id == session_id)
        rows = list(db.session.scalars(query.order_by(TrainingAttendance.at)))
        db.session.expunge_all()
        return rows


def _beyond(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """A village of another kabupaten."""
    with app.app_context(), platform_scope():
        query = select(TenantRow.id).where(TenantRow.regency_code != village.regency_code).limit(1)
        return db.session.scalars(query).one()


def clock(at: dt.datetime | None = None) -> int:
    return round((at or now()).timestamp() * 1000)


def mark(**values: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "source": "scan", "at": clock(), **values}


def walk_in(name: str, **values: Any) -> dict[str, Any]:
    return mark(source="walk_in", walk_in={"name": name, "sex": "female", **values})


def form_token(person: Visitor) -> str:
    token: str = person.get("/hadir/kunci").json["token"]  # type: ignore[index]
    return token


def send(
    person: Visitor, session_id: uuid.UUID, *marks: object, off: dt.timedelta = dt.timedelta(0), **more: Any
) -> Any:
    body = {"phone_now": clock(now() + off), "since": 0, "marks": list(marks), **more}
    headers = {"X-CSRFToken": form_token(person)}
    return person.post(f"/hadir/{session_id}/sinkron", json=body, headers=headers)


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json["answers"]]


def test_the_same_person_twice_is_one(
    app: SigerFlask,
    guard: Person,
    officer: Officer,
    village: Tenant,
    event_id: uuid.UUID,
    session_id: uuid.UUID,
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    token = token_of(app, who)
    first = mark(token=token)
    assert outcomes(send(guard, session_id, first)) == ["noted"]
    assert outcomes(send(guard, session_id, first)) == ["already"]
    other = officer("regency_admin", village.regency_code)
    answer = send(other, session_id, mark(token=token), mark(source="search", participant=str(who)))
    assert outcomes(answer) == ["already", "already"]
    assert answer.json["count"] == 1
    assert [row[0] for row in answer.json["present"]] == [str(who)]
    (row,) = came(app, session_id)
    assert (row.participant_id, row.source, row.noted_by, row.note) == (who, "scan", guard.name, "")
    with app.app_context(), platform_scope():
        noted = select(func.count()).where(
            PlatformAuditEntry.action == "training_attendance.noted",
            PlatformAuditEntry.object_id == str(session_id),
        )
        assert db.session.scalar(noted) == 1


def test_two_readings_in_one_batch_are_one_and_the_earlier_counts(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    early = now() - dt.timedelta(minutes=20)
    marks = [mark(participant=str(who)), mark(participant=str(who), at=clock(early))]
    assert outcomes(send(guard, session_id, *marks)) == ["noted", "already"]
    (row,) = came(app, session_id)
    assert abs(row.at - early) < dt.timedelta(seconds=5)


def test_a_phone_with_a_wrong_clock_tells_the_right_time(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    off, early = dt.timedelta(hours=3, minutes=5), now() - dt.timedelta(minutes=30)
    answer = send(guard, session_id, mark(participant=str(who), at=clock(early + off)), off=off)
    assert outcomes(answer) == ["noted"]
    (row,) = came(app, session_id)
    assert abs(row.at - early) < dt.timedelta(seconds=10)
    assert row.phone_at is not None
    assert abs(row.phone_at - early - off) < dt.timedelta(seconds=10)
    assert row.note == "Jam ponsel meleset 3 jam 5 menit."
    page = guard.get(f"/pelatihan/{event_id}/hadir").text
    assert "Jam ponsel meleset 3 jam 5 menit." in page


def test_strange_codes_and_broken_marks_are_answered_and_spoil_no_other(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    (foreign,) = participants_of(app, an_event(app, village.regency_code), village.code)
    answer = send(
        guard, session_id,
        mark(token=token_of(app, foreign)), mark(token="A" * 22), mark(participant=str(foreign)),
        mark(), mark(source="sheet"), {"key": 7}, None, mark(token="<b>"), walk_in(""),
        mark(participant=str(who), at="x"),
        walk_in("Warga Jauh", village=str(uuid.uuid4())), walk_in("Warga Seberang", village=str(_beyond(app, village))),
    )  # fmt: skip
    wrong = ["elsewhere", "unknown", "elsewhere", *["invalid"] * 6]
    assert outcomes(answer) == [*wrong, "noted", "invalid", "invalid"]
    assert answer.json["answers"][0]["sentence"] == "Kode ini untuk kegiatan lain, jadi tidak dicatat."
    assert [row.participant_id for row in came(app, session_id)] == [who]


@pytest.mark.parametrize(
    "body", [b"x", b"[]", b"{}", b'{"marks": 1}'], ids=["no JSON", "list", "empty", "number"]
)
def test_what_is_no_batch_is_refused_with_a_sentence(
    guard: Person, session_id: uuid.UUID, body: bytes
) -> None:
    headers = {"X-CSRFToken": form_token(guard), "Content-Type": "application/json"}
    answer = guard.post(f"/hadir/{session_id}/sinkron", headers=headers, data=body)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert "tidak terbaca" in answer.json["sentence"]  # type: ignore[index]
    assert guard.post(f"/hadir/{session_id}/sinkron", json={"marks": []}).status_code == 400


def test_without_a_seat_nobody_is_noted_unless_the_door_gives_one(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    for seat in ("waiting", "replaced", "cancelled"):
        (who,) = participants_of(app, event_id, village.code, seat=seat)
        assert outcomes(send(guard, session_id, mark(participant=str(who)))) == [seat]
        assert who not in {row.participant_id for row in came(app, session_id)}
        assert outcomes(send(guard, session_id, mark(participant=str(who), admit=True))) == ["noted"]
        with app.app_context(), platform_scope():
            row = db.session.get_one(TrainingParticipant, who)
            assert (row.seat, row.is_walk_in, row.row_version) == ("registered", True, 2)


def test_who_comes_unannounced_is_one_person_at_two_doors(
    app: SigerFlask,
    guard: Person,
    officer: Officer,
    village: Tenant,
    event_id: uuid.UUID,
    session_id: uuid.UUID,
) -> None:
    other = officer("regency_admin", village.regency_code)
    one = walk_in("Siti Aminah", village=str(village.id), phone="081200001234")
    assert outcomes(send(guard, session_id, one)) == ["noted"]
    assert outcomes(send(guard, session_id, one)) == ["already"]
    assert outcomes(send(other, session_id, walk_in("SITI  AMINAH", village=str(village.id)))) == ["already"]
    namesake = walk_in("Siti Aminah", village=str(village.id), other=True)
    assert outcomes(send(other, session_id, namesake)) == ["noted"]
    assert outcomes(send(other, session_id, namesake)) == ["already"]
    assert len(came(app, session_id)) == 2
    with app.app_context(), platform_scope():
        seats = db.session.scalars(
            select(TrainingParticipant).where(TrainingParticipant.event_id == event_id)
        ).all()
        assert {(seat.seat, seat.is_walk_in, seat.tenant_id) for seat in seats} == {
            ("registered", True, village.id)
        }


def test_five_phones_at_once_make_no_double_and_lose_nobody(
    app: SigerFlask, officer: Officer, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    people = participants_of(app, event_id, village.code, 60)
    phones = [officer("regency_admin", village.regency_code) for _ in range(5)]
    tokens = [form_token(phone) for phone in phones]
    found: list[list[str]] = []

    def work(number: int) -> None:
        mine = people if number % 2 else list(reversed(people))
        for start in range(0, len(mine), 7):
            marks = [mark(participant=str(who)) for who in mine[start : start + 7]]
            marks.append(walk_in("Tamu Bersama", village=str(village.id)))
            body = {"phone_now": clock(), "since": 0, "marks": marks}
            answer = phones[number].post(
                f"/hadir/{session_id}/sinkron", json=body, headers={"X-CSRFToken": tokens[number]}
            )
            found.append(outcomes(answer))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(answer.count("noted") for answer in found) == 61
    assert all(set(answer) <= {"noted", "already"} for answer in found)
    assert len(found) == 5 * 9
    assert len({row.participant_id for row in came(app, session_id)}) == 61


def test_nothing_is_noted_at_an_event_that_was_called_off(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TrainingEvent).where(TrainingEvent.id == event_id).values(state="cancelled")
        )
        db.session.commit()
    answer = send(guard, session_id, mark(participant=str(who)))
    assert answer.status_code == 409
    assert "dibatalkan" in answer.json["sentence"]
    assert came(app, session_id) == []


def test_a_door_is_its_office_s_own(
    app: SigerFlask, officer: Officer, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    foreign = "18.72" if village.regency_code != "18.72" else "18.71"
    stranger = officer("regency_admin", foreign)
    below = officer("district_officer", village.district_code)
    paths = (
        "",
        "/daftar",
        "/layar",
        "/kode",
        "/baru",
        "/lembar",
        "/lembar-hadir.pdf",
        f"/batal/{uuid.uuid4()}",
    )
    for path in paths:
        assert stranger.get(f"/hadir/{session_id}{path}").status_code == 404, path
        assert below.get(f"/hadir/{session_id}{path}").status_code == 404, path
    assert send(stranger, session_id).status_code == 404
    assert stranger.get(f"/pelatihan/{event_id}/hadir").status_code == 404
    with app.app_context(), platform_scope():
        refused = select(func.count()).where(
            PlatformAuditEntry.action == "region.refused",
            PlatformAuditEntry.object_id == village.regency_code,
        )
        assert (db.session.scalar(refused) or 0) >= len(paths)
    analyst = officer("regency_analyst", village.regency_code)
    assert analyst.get(f"/hadir/{session_id}").status_code == 403
    assert analyst.get(f"/pelatihan/{event_id}/hadir").status_code == 200


def test_a_kecamatan_sees_its_own_people_at_the_event_of_an_office_above(
    app: SigerFlask, officer: Officer, village: Tenant, make_village: Callable[[], Tenant], session_id: uuid.UUID,
    event_id: uuid.UUID,
) -> None:  # fmt: skip
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(
            TenantRow.regency_code == village.regency_code, TenantRow.district_code != village.district_code
        )
        elsewhere = db.session.scalars(query.limit(1)).one()
    (mine,), (other,) = (
        participants_of(app, event_id, village.code),
        participants_of(app, event_id, elsewhere),
    )
    page = officer("district_officer", village.district_code).get(f"/pelatihan/{event_id}/hadir").text
    with app.app_context(), platform_scope():
        names = {
            key: db.session.get_one(
                TrainingPerson, db.session.get_one(TrainingParticipant, key).person_id
            ).name
            for key in (mine, other)
        }
    assert names[mine] in page
    assert names[other] not in page
    assert "Buka pintu" not in page


def test_the_phone_s_list_holds_no_code_and_html_stays_text(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    with app.app_context(), platform_scope():
        seat = db.session.get_one(TrainingParticipant, who)
        token, person = seat.token, db.session.get_one(TrainingPerson, seat.person_id)
        person.name, person.search_name, seat.position = HTML, "script alert", HTML
        db.session.commit()
    answer = guard.get(f"/hadir/{session_id}/daftar")
    assert token not in answer.text
    assert answer.json is not None
    (row,) = answer.json["people"]
    assert (row[0], row[2], row[5], row[6], row[7]) == (str(who), HTML, "registered", token_digest(token), 0)
    assert answer.json["villages"][str(village.id)].startswith(village.full_name.split(",")[0].split(" ")[0])
    send(guard, session_id, mark(participant=str(who)))
    for path in (
        f"/hadir/{session_id}?q=script", f"/pelatihan/{event_id}/hadir", f"/hadir/{session_id}/lembar",
        f"/hadir/{session_id}/batal/{who}", f"/pelatihan/{event_id}/hadir/jumlah",
    ):  # fmt: skip
        page = guard.get(path)
        assert page.status_code == 200, path
        assert HTML not in page.text, path
    assert guard.get(f"/hadir/{session_id}/lembar-hadir.pdf").data.startswith(b"%PDF-")


def test_the_phone_s_page_may_use_the_camera_and_no_other_page_may(
    guard: Person, session_id: uuid.UUID
) -> None:
    assert "camera=(self)" in guard.get(f"/hadir/{session_id}").headers["Permissions-Policy"]
    assert "camera=()" in guard.get("/hadir").headers["Permissions-Policy"]


def test_the_worker_and_its_page_name_nobody(province: Visitor) -> None:
    worker = province.get("/hadir/sw.js")
    assert worker.status_code == 200
    assert worker.headers["Service-Worker-Allowed"] == "/hadir"
    assert "SigerDoor" in worker.text
    page = province.get("/hadir/luring")
    assert page.status_code == 200
    assert "csrf" not in page.text


def test_without_a_script_the_door_works_by_search_and_form(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    with app.app_context(), platform_scope():
        name = db.session.get_one(TrainingPerson, db.session.get_one(TrainingParticipant, who).person_id).name
    page = f"/hadir/{session_id}"
    found = guard.get(page, query_string={"q": name.split()[1][:5]})
    assert "Catat hadir" in found.text
    form = f"{page}?q={name.split()[1]}"
    guard.submit(f"{page}/catat", {"participant_id": str(who)}, form=form)
    assert [row.source for row in came(app, session_id)] == ["search"]
    empty = guard.submit(f"{page}/baru", {"key": str(uuid.uuid4()), "name": "", "sex": ""})
    assert empty.status_code == 422
    assert "Tulis namanya" in empty.text
    sent = {"key": str(uuid.uuid4()), "name": "Tamu Baru", "sex": "male", "village": str(village.id)}
    assert guard.submit(f"{page}/baru", sent).status_code == 303
    assert guard.submit(f"{page}/baru", sent).status_code == 303
    assert len(came(app, session_id)) == 2
    assert "Tamu Baru sudah tercatat hadir" in guard.get(page).text


def test_a_mistake_is_taken_back_and_the_log_says_so(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    (who,) = participants_of(app, event_id, village.code)
    send(guard, session_id, mark(participant=str(who)))
    path = f"/hadir/{session_id}/batal/{who}"
    assert "Hapus kehadiran" in guard.get(path).text
    assert guard.submit(path).status_code == 303
    assert came(app, session_id) == []
    assert guard.get(path).status_code == 404
    with app.app_context(), platform_scope():
        taken = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "training_attendance.taken_back",
            PlatformAuditEntry.object_id == str(who),
        )
        assert db.session.scalars(taken).one().summary.startswith("Peserta ")


def test_a_signed_sheet_is_typed_in_by_numbers_or_ticks(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    people = participants_of(app, event_id, village.code, 6)
    path = f"/hadir/{session_id}/lembar"
    wrong = guard.submit(path, {"numbers": "1-99"})
    assert wrong.status_code == 422
    assert "tidak ada pada lembar" in wrong.text
    assert guard.submit(path, {"numbers": "1-3, 5", "hadir": str(people[5])}).status_code == 303
    rows = came(app, session_id)
    assert {row.participant_id for row in rows} == {*people[:3], people[4], people[5]}
    assert {(row.source, row.note) for row in rows} == {("sheet", "Dari lembar hadir.")}
    guard.submit(path, {"numbers": "1-6"})
    assert len(came(app, session_id)) == 6


def test_numbers_of_the_sheet_stay_with_their_people(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    people = participants_of(app, event_id, village.code, 3)

    def numbers() -> dict[str, int]:
        listed = guard.get(f"/hadir/{session_id}/daftar").json
        assert listed is not None
        return {row[0]: row[1] for row in listed["people"]}

    before = numbers()
    with app.app_context(), platform_scope():
        db.session.get_one(TrainingParticipant, people[0]).seat = "cancelled"
        db.session.commit()
    participants_of(app, event_id, village.code, 2)
    after = numbers()
    assert {key: after[key] for key in before} == before


def test_two_thousand_people_are_shown_quickly(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID,
    count_queries: Callable[..., Any],
) -> None:  # fmt: skip
    people = participants_of(app, event_id, village.code, 2000)
    assert (
        outcomes(send(guard, session_id, *(mark(participant=str(who)) for who in people[:200])))
        == ["noted"] * 200
    )
    path = f"/pelatihan/{event_id}/hadir"
    guard.get(path)
    with count_queries(at_most=8):
        page = guard.get(path)
    assert page.status_code == 200
    assert "200 dari 2.000" in page.text
    with count_queries(at_most=6):
        guard.get(f"{path}/jumlah")
    with count_queries(at_most=5):
        guard.get(f"/hadir/{session_id}/daftar")
    seen, after, pages = set(), "", 0
    while pages < 60:
        listed = guard.get(f"{path}?sesudah={after}").text
        seen |= set(re.findall(r"Peserta [0-9a-f]{8}", listed))
        link = re.search(r'rel="next" href="[^"]*sesudah=([^"&]+)', listed)
        pages += 1
        if link is None:
            break
        after = link[1]
    assert (len(seen), pages) == (2000, 40)


def test_the_list_is_downloaded_with_every_session(
    app: SigerFlask, guard: Person, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    second = a_session(app, event_id, starts_in_hours=3)
    people = participants_of(app, event_id, village.code, 3)
    send(guard, session_id, mark(participant=str(people[0])))
    send(guard, second, mark(participant=str(people[0])), mark(participant=str(people[1])))
    answer = guard.get(f"/pelatihan/{event_id}/hadir/unduh")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()[3:]
    answer.close()
    assert sorted(row[-2] for row in rows) == [0, 1, 2]
    with app.app_context(), platform_scope():
        entry = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "figures.exported", PlatformAuditEntry.object_id == str(event_id)
        )
        assert db.session.scalars(entry).one().details["rows"] == 3
