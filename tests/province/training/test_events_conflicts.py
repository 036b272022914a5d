"""Two events that want one place or one speaker at once: shown while editing and on the page, never only refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from tests.province.training.planning import a_speaker, a_venue, add_session, changed, day, drafted, opened
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


def while_typed(organiser: Visitor, key: uuid.UUID, **values: str) -> str:
    """What a session's form says about conflicts while it is typed."""
    said = {"title": "Sesi", "pillar": "economy", "day": day(10), "starts": "08:00", "ends": "10:00"}
    form = f"/pelatihan/{key}/sesi/baru"
    answer = organiser.submit(f"/pelatihan/{key}/sesi/bentrok", {**said, **values}, form=form)
    assert answer.status_code == 200
    return str(answer.text)


def test_one_place_at_one_time_is_told_on_both_pages_and_in_lists(
    app: SigerFlask, organiser: Visitor
) -> None:
    venue, mark = str(a_venue(app, "Aula Bentrok")), uuid.uuid4().hex[:8]
    first = opened(organiser, title=f"Pertama {mark}", venue_id=venue)
    second = drafted(organiser, title=f"Kedua {mark}", venue_id=venue)
    warned = while_typed(organiser, second)
    assert "1 bentrok" in warned
    assert f"Pertama {mark}" in warned
    assert "08.00–10.00 WIB" in warned
    assert add_session(organiser, second).status_code == 303
    for key, other in ((first, f"Kedua {mark}"), (second, f"Pertama {mark}")):
        page = organiser.get(f"/pelatihan/{key}").text
        assert "1 bentrok" in page
        assert other in page
    assert organiser.get(f"/pelatihan?q={mark}").text.count("Bentrok</span>") == 2
    assert "Bentrok" in organiser.get(f"/pelatihan/kalender?bulan={day(10)[:7]}").text


@pytest.mark.parametrize(
    ("rooms", "hours", "clashes"),
    [
        (("", ""), ("09:00", "11:00"), True),
        (("Ruang A", ""), ("09:00", "11:00"), True),
        (("Ruang A", "ruang a"), ("09:00", "11:00"), True),
        (("Ruang A", "Ruang B"), ("09:00", "11:00"), False),
        (("", ""), ("10:00", "11:00"), False),
        (("", ""), ("06:00", "08:00"), False),
    ],
)
def test_rooms_and_hours_decide(
    app: SigerFlask, organiser: Visitor, rooms: tuple[str, str], hours: tuple[str, str], clashes: bool
) -> None:
    venue = str(a_venue(app))
    opened(organiser, venue_id=venue, session={"room": rooms[0]})
    key = drafted(organiser, venue_id=venue)
    warned = while_typed(organiser, key, room=rooms[1], starts=hours[0], ends=hours[1])
    assert ("bentrok</h2>" in warned) is clashes


def test_one_speaker_at_two_places_is_told(app: SigerFlask, organiser: Visitor) -> None:
    speaker = str(a_speaker(app, "Dra. Rosmala"))
    first = opened(organiser, session={"speakers": speaker})
    second = drafted(organiser, venue_id=str(a_venue(app)))
    warned = while_typed(organiser, second, speakers=speaker)
    assert "Narasumber Dra. Rosmala" in warned
    assert add_session(organiser, second, speakers=speaker).status_code == 303
    assert "Narasumber Dra. Rosmala" in organiser.get(f"/pelatihan/{first}").text
    assert "bentrok</h2>" not in while_typed(
        organiser, second, starts="13:00", ends="14:00", speakers=speaker
    )


def test_two_sessions_of_one_event_clash_once(app: SigerFlask, organiser: Visitor) -> None:
    key = drafted(organiser, venue_id=str(a_venue(app)))
    add_session(organiser, key, title="Kelas satu")
    add_session(organiser, key, title="Kelas dua", starts="09:00", ends="12:00")
    page = organiser.get(f"/pelatihan/{key}").text
    assert "1 bentrok" in page
    assert "kegiatan ini bersamaan" in page
    assert page.count("agenda-clash") == 2


def test_changing_a_session_does_not_clash_with_itself(app: SigerFlask, organiser: Visitor) -> None:
    key = opened(organiser)
    link = organiser.get(f"/pelatihan/{key}").text.split(f'href="/pelatihan/{key}/sesi/')[2].split('"')[0]
    page = organiser.get(f"/pelatihan/{key}/sesi/{link}")
    assert page.status_code == 200
    assert "bentrok</h2>" not in page.text
    assert "bentrok</h2>" not in while_typed(organiser, key, session_id=link)


def test_another_office_out_of_sight_is_told_by_its_hours_alone(app: SigerFlask, officer: Officer) -> None:
    hall = str(a_venue(app, "Gedung Serbaguna", "18.71"))
    foreign = officer("regency_admin", "18.08")
    opened(foreign, title="Rapat rahasia Way Kanan", venue_id=hall)
    drafted_there = drafted(foreign, title="Draf Way Kanan", venue_id=hall)
    add_session(foreign, drafted_there, starts="13:00", ends="15:00")
    own = officer("regency_admin", "18.06")
    key = drafted(own, venue_id=hall)
    warned = while_typed(own, key)
    assert "1 bentrok" in warned
    assert "Way Kanan" in warned
    assert "Hubungi kantornya" in warned
    assert "Rapat rahasia" not in warned
    assert "bentrok</h2>" not in while_typed(own, key, starts="13:00", ends="15:00")
    form = own.submit("/pelatihan/bentrok", {"venue_id": hall, "starts_on": day(10)}, form="/pelatihan/baru")
    assert "Tempat ini juga dipakai" in form.text
    assert "Rapat rahasia" not in form.text


def test_what_was_called_off_is_in_nobodys_way(app: SigerFlask, organiser: Visitor) -> None:
    venue = str(a_venue(app))
    first = opened(organiser, venue_id=venue)
    second = opened(organiser, venue_id=venue)
    assert "1 bentrok" in organiser.get(f"/pelatihan/{second}").text
    organiser.submit(f"/pelatihan/{first}/batalkan", {"reason": "Tidak ada dana"})
    assert "bentrok</h2>" not in organiser.get(f"/pelatihan/{second}").text


def test_an_event_form_tells_what_moving_would_bring(app: SigerFlask, organiser: Visitor) -> None:
    venue = str(a_venue(app))
    opened(organiser, title="Sudah di sana", venue_id=venue)
    key = opened(organiser, starts_on=day(20), ends_on=day(20), session={"day": day(20)})
    said = {"event_id": str(key), "kept": "1", "venue_id": venue, "starts_on": day(10), "ends_on": day(10)}
    warned = organiser.submit("/pelatihan/bentrok", said, form=f"/pelatihan/{key}/ubah").text
    assert "1 bentrok" in warned
    assert "Sudah di sana" in warned
    assert changed(organiser, key, venue_id=venue, starts_on=day(10), ends_on=day(10)).status_code == 303
    assert "1 bentrok" in organiser.get(f"/pelatihan/{key}").text


def test_sessions_that_make_no_sense_are_refused(app: SigerFlask, organiser: Visitor) -> None:
    key = drafted(organiser)
    for values, sentence in (
        ({"ends": "08:00"}, "sesudah jam mulai"),
        ({"day": day(12)}, "Di luar hari kegiatan"),
        ({"starts": "25:00"}, "Jam ini tidak ada"),
        ({"title": ""}, "Wajib diisi"),
        ({"speakers": str(uuid.uuid4())}, "Seorang narasumber tidak ada lagi"),
    ):
        answer = add_session(organiser, key, **values)
        assert answer.status_code == 422, values
        assert sentence in answer.text, values
    far = a_speaker(app, "Orang Way Kanan", "18.08")
    assert add_session(organiser, key, speakers=str(far)).status_code == 422
    assert "Orang Way Kanan" not in organiser.get(f"/pelatihan/{key}/sesi/baru").text
