"""Events of training through the province's pages: written, opened, moved, called off; each office sees its own."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events import queries, services
from app.province.training.events.models import TrainingEvent, TrainingQuota
from tenants.scope import platform_scope
from tests.province.training.planning import (
    HTML,
    a_speaker,
    a_venue,
    add_session,
    changed,
    date_in,
    day,
    drafted,
    kept,
    noted,
    opened,
    sessions_of,
)
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
Count = Callable[..., AbstractContextManager[list[str]]]
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\nxref\n0 1\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, str]]:
    """Which events a hook was told to have moved, with their state then; no other hook runs."""
    told: list[tuple[uuid.UUID, str]] = []
    monkeypatch.setattr(services, "_moved", [])

    @services.on_moved
    def note(event: TrainingEvent) -> None:
        told.append((event.id, event.state))

    return told


def test_an_event_goes_from_draft_to_done(app: SigerFlask, organiser: Visitor) -> None:
    venue = a_venue(app, "Aula Gisting")
    key = drafted(organiser, venue_id=str(venue), capacity="1.200", budget="Rp25.000.000", ends_on="")
    row = kept(app, key)
    assert (row.state, row.region_code, row.capacity, row.budget) == ("draft", "18.06", 1200, 25_000_000)
    assert row.starts_on == row.ends_on
    page = f"/pelatihan/{key}"
    refused = organiser.submit(f"{page}/buka", form=page, follow_redirects=True).text
    assert "paling sedikit satu sesi" in refused
    speaker = a_speaker(app, "Ir. Sulastri, M.Si.")
    assert add_session(organiser, key, speakers=str(speaker), room="Ruang A").status_code == 303
    assert "Kegiatan dibuka" in organiser.submit(f"{page}/buka", form=page, follow_redirects=True).text
    shown = organiser.get(page).text
    assert "08.00–10.00 WIB" in shown
    assert "Ir. Sulastri, M.Si." in shown
    assert "Aula Gisting" in shown
    assert "1.200" in shown
    early = organiser.submit(f"{page}/selesai", form=page, follow_redirects=True).text
    assert "baru selesai pada" in early
    past = an_event(app, days_from_now=-3)
    page = f"/pelatihan/{past}"
    organiser.submit(f"{page}/selesai", form=page)
    assert kept(app, past).state == "done"
    assert noted(app, "training.event_done", past) == 1
    organiser.submit(f"{page}/buka-lagi", form=page)
    assert kept(app, past).state == "open"


def test_a_form_that_is_sent_twice_is_one_event(app: SigerFlask, organiser: Visitor) -> None:
    key = uuid.uuid4()
    assert drafted(organiser, event_id=str(key)) == key
    assert drafted(organiser, event_id=str(key), title="Klik kedua") == key
    assert kept(app, key).title == "Bimtek Smart Village"


def test_what_makes_no_sense_is_said_beside_its_field(organiser: Visitor) -> None:
    said = {"kind": "bimtek", "title": "Bimtek", "starts_on": day(5), "ends_on": day(3)}
    answer = organiser.submit("/pelatihan/baru", {**said, "title": "Bimtek Gisting"})
    assert answer.status_code == 422
    assert "tidak boleh sebelum hari pertama" in answer.text
    assert 'value="Bimtek Gisting"' in answer.text
    for name, value, sentence in (
        ("starts_on", "", "Wajib diisi"),
        ("kind", "rapat", "Pilih salah satu"),
        ("capacity", "0", "Tulis angka dari 1"),
        ("capacity", "12a", "Tulis angka bulat"),
        ("budget", "banyak", "Tulis jumlah rupiah"),
        ("registration_until", day(30), "paling lambat pada hari terakhir"),
        ("venue_id", str(uuid.uuid4()), "Tempat ini tidak ada lagi"),
        ("programme_id", str(uuid.uuid4()), "Program ini tidak ada"),
        ("organiser", "18.01", "Pilih wilayah Anda"),
        ("ends_on", day(200), "paling lama 60 hari"),
    ):
        answer = organiser.submit("/pelatihan/baru", {**said, "ends_on": day(6), name: value})
        assert answer.status_code == 422, name
        assert sentence in answer.text, name


def test_an_office_writes_for_itself_and_for_those_below(app: SigerFlask, organiser: Visitor) -> None:
    values = {"kind": "bimtek", "title": "Sosialisasi Gisting", "starts_on": day(3), "organiser": "18.06.20"}
    answer = organiser.submit("/pelatihan/baru", values)
    key = uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])
    assert kept(app, key).region_code == "18.06.20"


def test_every_office_sees_its_own_those_above_and_those_below(app: SigerFlask, officer: Officer) -> None:
    kecamatan = an_event(app, "18.06.20", title="Sosialisasi Gisting", state="draft")
    kabupaten = an_event(app, "18.06", title="Bimtek Tanggamus", days_from_now=1)
    own_draft = an_event(app, "18.06", title="Draf kabupaten", state="draft", days_from_now=2)
    foreign = an_event(app, "18.08", title="Bimtek Way Kanan", days_from_now=3)
    gisting, tanggamus = officer("district_officer", "18.06.20"), officer("regency_admin", "18.06")
    for visitor, seen, unseen in (
        (gisting, {kecamatan, kabupaten}, {own_draft, foreign}),
        (tanggamus, {kecamatan, kabupaten, own_draft}, {foreign}),
        (officer("province_admin", "18"), {kecamatan, kabupaten, own_draft, foreign}, set()),
    ):
        for key in seen:
            assert visitor.get(f"/pelatihan/{key}").status_code == 200
        for key in unseen:
            assert visitor.get(f"/pelatihan/{key}").status_code == 404
    listed = gisting.get("/pelatihan?lihat=all").text
    assert "Sosialisasi Gisting" in listed
    assert "Draf kabupaten" not in listed
    assert "Bimtek Way Kanan" not in listed
    assert noted(app, "region.refused", "18.08") >= 2
    before = noted(app, "region.refused", "18.06")
    assert gisting.get(f"/pelatihan/{own_draft}").status_code == 404
    assert noted(app, "region.refused", "18.06") == before


def test_only_the_organiser_and_offices_above_change_an_event(app: SigerFlask, officer: Officer) -> None:
    kabupaten = an_event(app, "18.06")
    page = f"/pelatihan/{kabupaten}"
    below = officer("district_officer", "18.06.20")
    assert below.get(f"{page}/ubah").status_code == 404
    for path in ("selesai", "batalkan", "sesi/baru", "biaya", "dokumen"):
        assert below.submit(f"{page}/{path}", form="/pelatihan/kalender").status_code == 404, path
    analyst = officer("regency_analyst", "18.06")
    assert analyst.get(page).status_code == 200
    assert "Batalkan kegiatan" not in analyst.get(page).text
    assert analyst.get(f"{page}/ubah").status_code == 403
    assert officer("province_admin", "18").get(f"{page}/ubah").status_code == 200


def test_sessions_move_along_with_the_first_day_and_all_are_told(
    app: SigerFlask, organiser: Visitor, moves: list[tuple[uuid.UUID, str]]
) -> None:
    key = opened(organiser)
    assert moves == []
    told = kept(app, key).schedule_version
    answer = changed(organiser, key, starts_on=day(17), ends_on=day(18))
    assert answer.status_code == 303
    assert moves == [(key, "open")]
    assert kept(app, key).schedule_version == told + 1
    assert sessions_of(app, key)[0].starts_at.date() == date_in(17)
    assert "diberi tahu jadwal barunya" in organiser.get(f"/pelatihan/{key}").text
    changed(organiser, key, title="Nama lain saja")
    assert len(moves) == 1
    changed(organiser, key, venue_id=str(a_venue(app)))
    assert len(moves) == 2
    assert noted(app, "training.event_moved", key) == 2


def test_a_draft_moves_without_a_word(organiser: Visitor, moves: list[tuple[uuid.UUID, str]]) -> None:
    key = drafted(organiser)
    changed(organiser, key, starts_on=day(20), ends_on=day(20))
    assert moves == []


def test_days_that_leave_a_session_out_are_refused(app: SigerFlask, organiser: Visitor) -> None:
    key = opened(organiser, session={"day": day(11), "title": "Penutup"})
    answer = changed(organiser, key, ends_on=day(10))
    assert answer.status_code == 422
    assert "Sesi “Penutup”" in answer.text
    assert kept(app, key).ends_on == date_in(11)


def test_an_event_that_people_attended_keeps_its_first_day(app: SigerFlask, organiser: Visitor) -> None:
    key = an_event(app)
    session = a_session(app, key)
    first = kept(app, key).starts_on
    attend(app, session, participants_of(app, key, "18.06.20.2006"))
    answer = changed(organiser, key, starts_on=day(5), ends_on=day(5))
    assert answer.status_code == 303
    assert "Sudah ada yang hadir" in organiser.get(f"/pelatihan/{key}").text
    assert kept(app, key).starts_on == first
    gone = organiser.submit(f"/pelatihan/{key}/sesi/{session}/hapus", follow_redirects=True).text
    assert "1 orang tercatat hadir" in gone
    assert len(sessions_of(app, key)) == 1


def test_seats_below_the_registered_are_refused_with_the_number(app: SigerFlask, organiser: Visitor) -> None:
    key = an_event(app, capacity=10)
    participants_of(app, key, "18.06.20.2006", 4)
    answer = changed(organiser, key, capacity="3")
    assert answer.status_code == 422
    assert "Sudah 4 orang terdaftar" in answer.text
    assert kept(app, key).capacity == 10
    assert changed(organiser, key, capacity="4").status_code == 303
    assert kept(app, key).capacity == 4


def test_seats_below_the_quotas_are_refused_and_quotas_are_held_again(
    app: SigerFlask, organiser: Visitor
) -> None:
    key = opened(organiser, capacity="100")
    with app.app_context(), platform_scope():
        for region, seats in (("18.06.20", 30), ("18.06.01", 25), ("18.08", 5)):
            db.session.add(TrainingQuota(event_id=key, region_code=region, seats=seats))
        db.session.commit()
    answer = changed(organiser, key, capacity="50")
    assert answer.status_code == 422
    assert "sudah memegang 60 kursi" in answer.text
    assert changed(organiser, key, capacity="60").status_code == 303
    again = organiser.submit(f"/pelatihan/{key}/ulangi", {"title": "Bimtek II", "starts_on": day(40)})
    made = uuid.UUID(again.headers["Location"].rsplit("/", 1)[1])
    with app.app_context(), platform_scope():
        held = {one.region_code: one.seats for one in queries.quotas_of(made)}
    assert held == {"18.06.20": 30, "18.06.01": 25}


def test_two_people_who_change_an_event_do_not_overwrite_each_other(
    app: SigerFlask, organiser: Visitor
) -> None:
    key = drafted(organiser)
    changed(organiser, key, title="Yang pertama menyimpan")
    answer = changed(organiser, key, title="Yang kedua", row_version="1")
    assert answer.status_code == 409
    assert "menyimpan kegiatan ini lebih dulu" in answer.text
    assert kept(app, key).title == "Yang pertama menyimpan"


def test_an_event_is_called_off_with_a_reason(
    app: SigerFlask, organiser: Visitor, moves: list[tuple[uuid.UUID, str]]
) -> None:
    key = opened(organiser)
    page = f"/pelatihan/{key}"
    assert organiser.submit(f"{page}/batalkan", {"reason": "x"}).status_code == 422
    organiser.submit(f"{page}/batalkan", {"reason": "Aula terendam banjir"})
    row = kept(app, key)
    assert (row.state, row.reason) == ("cancelled", "Aula terendam banjir")
    assert moves == [(key, "cancelled")]
    shown = organiser.get(page).text
    assert "Kegiatan ini dibatalkan" in shown
    assert "Aula terendam banjir" in shown
    again = organiser.submit(f"{page}/batalkan", {"reason": "Sekali lagi"}, follow_redirects=True).text
    assert "sudah dibatalkan" in again
    assert moves == [(key, "cancelled")]
    assert organiser.get(f"{page}/ubah", follow_redirects=True).status_code == 200
    assert "Ubah</a>" not in organiser.get(page).text


def test_drafts_are_deleted_and_opened_events_are_not(app: SigerFlask, organiser: Visitor) -> None:
    key = drafted(organiser)
    organiser.submit(f"/pelatihan/{key}/hapus")
    assert organiser.get(f"/pelatihan/{key}").status_code == 404
    assert noted(app, "training.event_deleted", key) == 1
    key = opened(organiser)
    assert (
        "Batalkan dengan alasannya" in organiser.submit(f"/pelatihan/{key}/hapus", follow_redirects=True).text
    )
    assert kept(app, key).state == "open"


def test_an_event_is_held_again_with_its_sessions(app: SigerFlask, organiser: Visitor) -> None:
    speaker = a_speaker(app, "Drs. Hamid")
    key = opened(organiser, capacity="60", session={"speakers": str(speaker)})
    answer = organiser.submit(f"/pelatihan/{key}/ulangi", {"title": "Bimtek II", "starts_on": day(40)})
    assert answer.status_code == 303
    made = uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])
    row = kept(app, made)
    assert (row.state, row.capacity, row.title) == ("draft", 60, "Bimtek II")
    assert row.ends_on - row.starts_on == dt.timedelta(days=1)
    assert sessions_of(app, made)[0].starts_at - sessions_of(app, key)[0].starts_at == dt.timedelta(days=30)
    assert "Drs. Hamid" in organiser.get(f"/pelatihan/{made}").text


def test_html_is_shown_as_it_was_typed(app: SigerFlask, organiser: Visitor) -> None:
    venue = a_venue(app, HTML, address=HTML)
    speaker = a_speaker(app, HTML, organisation=HTML)
    key = opened(
        organiser, title=HTML, description=HTML, opened_by=HTML, venue_id=str(venue), capacity="5",
        session={"title": HTML, "room": HTML, "speakers": str(speaker)},
    )  # fmt: skip
    twin = opened(
        organiser, title=HTML, venue_id=str(venue), session={"room": HTML, "speakers": str(speaker)}
    )
    organiser.submit(f"/pelatihan/{key}/biaya", {"category": "meals", "description": HTML, "amount": "1000"})
    session = sessions_of(app, key)[0].id
    for path in (
        "", "?lihat=all", "/kalender?bulan=" + day(10)[:7], f"/{key}", f"/{key}/ubah", f"/{key}/sesi/baru",
        f"/{key}/sesi/{session}", f"/{key}/biaya", f"/{key}/ulangi", f"/{key}/batalkan", f"/{twin}", "/tempat",
        "/narasumber", f"/narasumber/{speaker}", f"/tempat/{venue}/ubah",
    ):  # fmt: skip
        answer = organiser.get(f"/pelatihan{path}")
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert "<b>Aula</b>" not in answer.text, path


def test_the_list_is_narrowed_and_paged(app: SigerFlask, officer: Officer, count_queries: Count) -> None:
    mark = uuid.uuid4().hex[:8]
    for number in range(27):
        an_event(
            app, "18.02.01", title=f"Kegiatan {mark} {number:02}", days_from_now=number, kind="socialisation"
        )
    visitor = officer("district_officer", "18.02.01")
    visitor.get("/pelatihan")
    with count_queries(at_most=16):
        first = visitor.get(f"/pelatihan?q={mark}").text
    assert f"{mark} 00" in first
    assert f"{mark} 26" not in first
    assert "Berikutnya" in first
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(link).text
    assert f"{mark} 26" in second
    assert f"{mark} 00" not in second
    assert f"{mark} 01" not in visitor.get(f"/pelatihan?q={mark}&jenis=study_visit").text
    an_event(app, "18.02.01", title=f"Lampau {mark}", days_from_now=-30)
    assert f"Lampau {mark}" not in visitor.get(f"/pelatihan?q={mark}").text
    assert f"Lampau {mark}" in visitor.get("/pelatihan?lihat=past").text
    assert visitor.get("/pelatihan?wilayah=18.06").status_code == 404


def test_an_event_with_two_thousand_people_asks_little(
    app: SigerFlask, officer: Officer, count_queries: Count
) -> None:
    key = an_event(app, "18.06", capacity=2500)
    a_session(app, key)
    participants_of(app, key, "18.06.20.2006", 2000)
    visitor = officer("regency_admin", "18.06")
    visitor.get(f"/pelatihan/{key}")
    with count_queries(at_most=12) as seen:
        page = visitor.get(f"/pelatihan/{key}").text
    assert "2.000" in page
    own = [statement for statement in seen if "training_" in statement]
    assert len(own) <= 8, "\n".join(own)


def test_the_calendar_shows_each_day_of_an_event(app: SigerFlask, organiser: Visitor) -> None:
    venue = str(a_venue(app))
    first = dt.date(2027, 3, 9)
    key = drafted(
        organiser, title="Kunjungan belajar ke Sleman", kind="study_visit", venue_id=venue,
        starts_on=first.isoformat(), ends_on=(first + dt.timedelta(days=2)).isoformat(),
    )  # fmt: skip
    page = organiser.get("/pelatihan/kalender?bulan=2027-03").text
    assert page.count(f'class="month-event month-draft" href="/pelatihan/{key}"') == 3
    assert "Maret 2027" in page
    assert "bulan=2027-02" in page
    assert "bulan=2027-04" in page
    assert str(key) not in organiser.get("/pelatihan/kalender?bulan=2027-05").text
    assert str(key) not in organiser.get("/pelatihan/kalender?bulan=2027-03&jenis=bimtek").text
    assert organiser.get("/pelatihan/kalender?bulan=x").status_code == 200
    assert 'value="2027-03-11"' in organiser.get("/pelatihan/baru?hari=2027-03-11").text


def test_money_and_its_use_are_kept(app: SigerFlask, organiser: Visitor) -> None:
    key = an_event(app, "18.06", budget=1_000_000)
    page = f"/pelatihan/{key}/biaya"
    said = {"category": "meals", "description": "Konsumsi hari pertama", "amount": "700.000"}
    organiser.submit(page, {**said, "spent_on": day(0)})
    organiser.submit(
        page, {**said, "description": "Honor narasumber", "category": "speakers", "amount": "400.000"}
    )
    shown = organiser.get(page).text
    assert "Rp700.000" in shown
    assert "melebihi anggaran" in shown
    ahead = organiser.submit(page, {**said, "spent_on": day(3)})
    assert ahead.status_code == 422
    assert "belum tiba" in ahead.text
    assert organiser.submit(page, {**said, "amount": "0"}).status_code == 422
    cost = shown.split(f"{page}/")[1].split('"')[0]
    paid = {**said, "description": "Sudah dibayar", "amount": "350.000", "spent_on": day(-1)}
    assert organiser.submit(f"{page}/{cost}", paid).status_code == 303
    assert "Sudah dibayar" in organiser.get(page).text
    organiser.submit(f"{page}/{cost}/hapus", form=f"{page}/{cost}")
    assert "Sudah dibayar" not in organiser.get(page).text
    assert noted(app, "training.cost_deleted", key) == 1
    assert organiser.get(f"{page}/{uuid.uuid4()}").status_code == 404


def test_documents_are_kept_by_what_they_are(app: SigerFlask, officer: Officer, organiser: Visitor) -> None:
    key = an_event(app, "18.06")
    page = f"/pelatihan/{key}/biaya"
    wrong = _document(organiser, key, (b"MZ not a paper", "surat.pdf"))
    assert wrong.status_code == 422
    assert _document(organiser, key, (PDF, "Surat tugas.pdf")).status_code == 303
    shown = organiser.get(page).text
    link = f"{key}/dokumen/" + shown.split(f'<a href="/pelatihan/{key}/dokumen/')[1].split('"')[0]
    answer = organiser.get(f"/pelatihan/{link}")
    assert answer.data == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    assert officer("regency_admin", "18.08").get(f"/pelatihan/{link}").status_code == 404
    organiser.submit(f"/pelatihan/{link}/hapus", form=page)
    assert organiser.get(f"/pelatihan/{link}").status_code == 404


def _document(visitor: Visitor, key: uuid.UUID, file: tuple[bytes, str]) -> Any:
    page = f"/pelatihan/{key}/biaya"
    token = visitor.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    return visitor.post(
        f"/pelatihan/{key}/dokumen",
        {"csrf_token": token, "title": "Surat tugas", "file": (io.BytesIO(file[0]), file[1])},
        content_type="multipart/form-data",
    )


def test_lists_are_taken_out_and_noted(app: SigerFlask, officer: Officer, organiser: Visitor) -> None:
    mark = uuid.uuid4().hex[:8]
    venue = a_venue(app, f"=Aula {mark}")
    speaker = a_speaker(app, f"Narasumber {mark}")
    key = opened(organiser, title=f"Bimtek {mark}", venue_id=str(venue), session={"speakers": str(speaker)})
    for path, sheet, text in (
        (f"/pelatihan/unduh?q={mark}", "Pelatihan", f"Bimtek {mark}"),
        (f"/pelatihan/{key}/unduh", "Sesi", f"Narasumber {mark}"),
        (f"/pelatihan/tempat/unduh?q={mark}", "Tempat", "'=Aula"),
        (f"/pelatihan/narasumber/unduh?q={mark}", "Narasumber", f"Narasumber {mark}"),
        ("/pelatihan/program/unduh", "Program", "Program"),
    ):
        answer = organiser.get(path)
        assert answer.status_code == 200, path
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_name(sheet).to_python()
        assert any(text in str(cell) for row in rows for cell in row), path
        answer.close()
    assert noted(app, "figures.exported", key) == 1
    assert officer("mentor", "18.06.20").get("/pelatihan/unduh").status_code == 403


def test_a_mentor_looks_on(app: SigerFlask, officer: Officer) -> None:
    key = an_event(app, "18.06.20")
    mentor = officer("mentor", "18.06.20")
    assert mentor.get(f"/pelatihan/{key}").status_code == 200
    assert "Buat kegiatan" not in mentor.get("/pelatihan").text
    assert mentor.get("/pelatihan/baru").status_code == 403
    form = "/pelatihan/kalender"
    assert mentor.submit("/pelatihan/tempat/baru", {"name": "Balai"}, form=form).status_code == 403
