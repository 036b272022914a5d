"""Programmes, places and speakers: who keeps them, who may change them, what is still in use."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import TrainingProgramme, TrainingSpeaker, TrainingVenue
from tenants.scope import platform_scope
from tests.province.training.planning import a_speaker, a_venue, drafted, noted, opened
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


def row_of(app: SigerFlask, model: Any, **named: str) -> Any:
    """The row with such a name."""
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(model).filter_by(**named)).one()
        db.session.expunge(row)
        return row


def test_a_place_has_a_point_on_the_map(app: SigerFlask, organiser: Visitor) -> None:
    name = f"Hotel {uuid.uuid4().hex[:8]}"
    said = {"name": name, "region_code": "18.71", "point": "-5.42917, 105.26111", "capacity": "250"}
    assert organiser.submit("/pelatihan/tempat/baru", said).status_code == 303
    row = row_of(app, TrainingVenue, name=name)
    assert (row.latitude, row.longitude, row.kept_by, row.capacity) == (-5.42917, 105.26111, "18.06", 250)
    page = organiser.get(f"/pelatihan/tempat?q={name}").text
    assert "mlat=-5.42917" in page
    assert "Kota Bandar Lampung" in page
    wrong = organiser.submit("/pelatihan/tempat/baru", {**said, "point": "di seberang pasar"})
    assert wrong.status_code == 422
    assert "Titik peta ditulis seperti" in wrong.text
    assert organiser.submit("/pelatihan/tempat/baru", {**said, "region_code": "31.71"}).status_code == 422
    change = f"/pelatihan/tempat/{row.id}/ubah"
    assert "-5.42917, 105.26111" in organiser.get(change).text
    organiser.submit(change, {**said, "point": "", "row_version": "1"})
    assert row_of(app, TrainingVenue, name=name).latitude is None
    late = organiser.submit(change, {**said, "row_version": "1"})
    assert late.status_code == 409
    assert "menyimpan lebih dulu" in late.text


def test_entries_are_changed_by_who_keeps_them_and_offices_above(app: SigerFlask, officer: Officer) -> None:
    mark = uuid.uuid4().hex[:8]
    keeper = officer("regency_admin", "18.06")
    for path, said in (
        ("program", {"title": f"Program {mark}", "year": "2026"}),
        ("tempat", {"name": f"Aula {mark}", "region_code": "18.71"}),
        ("narasumber", {"name": f"Orang {mark}", "topics": "Surat\n\nSurat\nProduk desa"}),
    ):
        assert keeper.submit(f"/pelatihan/{path}/baru", said).status_code == 303
    venue = row_of(app, TrainingVenue, name=f"Aula {mark}")
    speaker = row_of(app, TrainingSpeaker, name=f"Orang {mark}")
    programme = row_of(app, TrainingProgramme, title=f"Program {mark}")
    assert speaker.topics == ["Surat", "Produk desa"]
    paths = (f"tempat/{venue.id}/ubah", f"narasumber/{speaker.id}/ubah", f"program/{programme.id}/ubah")
    for role, region, status in (
        ("province_admin", "18", 200),
        ("district_officer", "18.06.20", 404),
        ("regency_admin", "18.08", 404),
        ("regency_admin", "18.71", 404),
    ):
        visitor = officer(role, region)
        for path in paths:
            assert visitor.get(f"/pelatihan/{path}").status_code == status, (region, path)
    below = officer("district_officer", "18.06.20")
    assert f"Orang {mark}" in below.get(f"/pelatihan/narasumber?q={mark}").text
    assert below.get(f"/pelatihan/program/{programme.id}").status_code == 200
    foreign = officer("regency_admin", "18.08")
    assert f"Orang {mark}" not in foreign.get("/pelatihan/narasumber").text
    assert foreign.get(f"/pelatihan/narasumber/{speaker.id}").status_code == 404
    assert f"Aula {mark}" in foreign.get(f"/pelatihan/tempat?q={mark}").text
    assert f"Program {mark}" not in foreign.get("/pelatihan/program").text


def test_what_is_in_use_is_not_deleted(app: SigerFlask, organiser: Visitor) -> None:
    venue, speaker = a_venue(app), a_speaker(app, region="18.06")
    organiser.submit("/pelatihan/program/baru", {"title": f"Program {venue.hex[:8]}", "year": "2026"})
    programme = row_of(app, TrainingProgramme, title=f"Program {venue.hex[:8]}").id
    key = opened(
        organiser, venue_id=str(venue), programme_id=str(programme), session={"speakers": str(speaker)}
    )
    assert f"/pelatihan/{key}" in organiser.get(f"/pelatihan/program/{programme}").text
    assert f"/pelatihan/{key}" in organiser.get(f"/pelatihan/narasumber/{speaker}").text
    for path in (f"tempat/{venue}", f"narasumber/{speaker}", f"program/{programme}"):
        page = organiser.submit(f"/pelatihan/{path}/hapus", form="/pelatihan/kalender", follow_redirects=True)
        assert "Masih dipakai 1 kali" in page.text, path
    free = a_venue(app)
    organiser.submit(f"/pelatihan/tempat/{free}/hapus", form="/pelatihan/kalender")
    assert noted(app, "training.venue_deleted", free) == 1
    assert organiser.get(f"/pelatihan/tempat/{free}/ubah").status_code == 404


def test_a_place_that_is_too_small_is_told(app: SigerFlask, organiser: Visitor) -> None:
    key = drafted(organiser, venue_id=str(a_venue(app, capacity=50)), capacity="80")
    assert "lebih banyak daripada yang muat" in organiser.get(f"/pelatihan/{key}").text


def test_lists_of_entries_are_paged_by_name(app: SigerFlask, organiser: Visitor) -> None:
    mark = uuid.uuid4().hex[:8]
    for number in range(31):
        a_venue(app, f"Balai {mark} {number:02}")
        a_speaker(app, f"Guru {mark} {number:02}", "18.06")
    for path, name in (("tempat", "Balai"), ("narasumber", "Guru")):
        first = organiser.get(f"/pelatihan/{path}?q={mark}").text
        assert f"{name} {mark} 00" in first
        assert f"{name} {mark} 30" not in first
        link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        second = organiser.get(link).text
        assert f"{name} {mark} 30" in second
        assert f"{name} {mark} 00" not in second
