"""Certificates: who gets one, numbers without a gap, files that are made once, the public answer to their QR code."""

from __future__ import annotations

import io
import itertools
import threading
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.learning import answers, certificates, making
from app.province.training.learning.certificates import Rule
from app.province.training.learning.models import TrainingCertificate
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import PlatformJobRun
from tenants.scope import Tenant, platform_scope
from tests.province.training.learning_events import SIGNER, attended, certificates_kept, issued, token_of
from tests.province.training.test_tests import an_exam
from tests.support.pdf_text import pdf_text, squeezed
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]
SIGNED = {"signer_name": "Drs. Contoh", "signer_title": "Kepala Dinas", "signer_number": "1970"}


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


def numbers(rows: list[TrainingCertificate]) -> list[int]:
    """The numbers of certificates."""
    return [row.number for row in rows]


def test_issuing_through_the_page_numbers_makes_and_shows_them(
    app: SigerFlask, organiser: Visitor, village: Tenant, province: Visitor
) -> None:
    event, seats = attended(app, village.code, 3)
    with app.app_context(), platform_scope():
        person = db.session.get_one(TrainingParticipant, seats[0]).person_id
        db.session.execute(
            update(TrainingPerson).where(TrainingPerson.id == person).values(name="Siti <b>Aminah</b> #let")
        )
        db.session.commit()
    absent = participants_of(app, event, village.code)
    base = f"/pelatihan/{event}/sertifikat"
    assert "3 peserta mendapat sertifikat sekarang" in organiser.get(base).text
    answer = organiser.submit(base, {"attendance": "75", **SIGNED}, follow_redirects=True)
    assert "3 sertifikat diberi nomor" in answer.text
    settle(app)
    rows = certificates_kept(app, event)
    assert [row.state for row in rows] == ["made"] * 3
    assert absent[0] not in {row.participant_id for row in rows}
    page = organiser.get(base).text
    assert "Siti &lt;b&gt;Aminah&lt;/b&gt;" in page
    mine = next(row for row in rows if "Siti" in row.name)
    pdf = organiser.get(f"{base}/{mine.id}")
    assert pdf.mimetype == "application/pdf"
    assert b"pdfaid" in pdf.data
    text = pdf_text(pdf.data)
    for said in (
        mine.number_text,
        "Siti <b>Aminah</b> #let",
        "Bimtek Smart Village",
        "sebagai peserta bimbingan teknis",
        "Drs. Contoh",
        village.name,
    ):
        assert squeezed(said) in text
    public = province.get(f"/sertifikat/{mine.token}")
    assert "Sertifikat ini berlaku" in public.text
    assert "Siti &lt;b&gt;Aminah" in public.text
    assert mine.number_text in public.text
    assert mine.sha256 is not None
    assert mine.sha256.hex() in public.text
    assert "noindex" in public.headers["X-Robots-Tag"]
    assert province.get(f"/sertifikat/{'A' * 22}").status_code == 404
    own = token_of(app, seats[0])
    assert mine.number_text in province.get(f"/ikut/{own}").text
    assert province.get(f"/ikut/{own}/sertifikat").data == pdf.data
    assert province.get(f"/ikut/{token_of(app, absent[0])}/sertifikat").status_code == 404
    again = organiser.submit(base, {"attendance": "75", **SIGNED}, follow_redirects=True)
    assert "tidak ada nomor yang dipakai" in again.text
    assert len(certificates_kept(app, event)) == 3


def test_numbers_have_no_gap_and_no_double_however_many_press_at_once(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    region = "18.08"
    village = make_village()
    events = [attended(app, village.code, 5, region)[0] for _number in range(4)]
    gate = threading.Barrier(8)
    counts: list[int] = []

    def press(event: uuid.UUID) -> None:
        with app.app_context(), platform_scope():
            gate.wait()
            counts.append(certificates.issue(event, Rule(), SIGNER, office=region)[0])

    threads = [threading.Thread(target=press, args=(events[n % 4],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 0, 5, 5, 5, 5]
    drawn = sorted(number for event in events for number in numbers(certificates_kept(app, event)))
    assert drawn == list(range(1, 21))


def test_a_failure_gives_its_numbers_back(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = "18.09"
    event, _seats = attended(app, village.code, 2, region)

    def fail(*_arguments: object) -> None:
        raise RuntimeError("no run")

    with monkeypatch.context() as patch:
        patch.setattr(certificates, "_ask", fail)
        with app.app_context(), platform_scope(), pytest.raises(RuntimeError):
            certificates.issue(event, Rule(), SIGNER, office=region)
    assert certificates_kept(app, event) == []
    assert issued(app, event, region) == 2
    assert numbers(certificates_kept(app, event)) == [1, 2]


def test_who_came_too_rarely_or_did_not_pass_gets_none(app: SigerFlask, village: Tenant) -> None:
    event = an_event(app)
    often, rarely, never = participants_of(app, event, village.code, 3)
    sessions = [a_session(app, event, starts_in_hours=-hour, hours=1) for hour in (1, 2, 3, 4)]
    for session in sessions[:3]:
        attend(app, session, [often])
    attend(app, sessions[0], [rarely])
    an_exam(app, event, "post", count=2)
    with app.app_context(), platform_scope():
        answers.send(db.session.get_one(TrainingParticipant, rarely), "post", {0: 0, 1: 1})
        answers.send(db.session.get_one(TrainingParticipant, often), "post", {0: 2, 1: 2})
        event_row = certificates.locked_event(event, "18.06")
        counted = [
            certificates.count_eligible(event_row, rule)
            for rule in (Rule(75), Rule(76), Rule(25), Rule(25, passed=True), Rule(75, passed=True))
        ]
    assert counted == [1, 0, 2, 1, 0]
    assert issued(app, event, rule=Rule(25, passed=True)) == 1
    assert [row.participant_id for row in certificates_kept(app, event)] == [rarely]
    assert never not in {row.participant_id for row in certificates_kept(app, event)}


def test_none_before_the_event_nor_of_a_cancelled_one(
    app: SigerFlask, organiser: Visitor, village: Tenant
) -> None:
    early = an_event(app, days_from_now=3)
    cancelled = an_event(app, state="cancelled", reason="Banjir")
    for event in (early, cancelled):
        answer = organiser.submit(
            f"/pelatihan/{event}/sertifikat", {"attendance": "75", **SIGNED}, follow_redirects=True
        )
        assert "sesudah kegiatannya berlangsung" in answer.text
    wrong = organiser.submit(f"/pelatihan/{early}/sertifikat", {"attendance": "0", "signer_name": ""})
    assert wrong.status_code == 422
    assert "Isi 1 sampai 100 persen" in wrong.text


def test_a_run_that_died_goes_on_and_two_beside_each_other_make_each_once(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _seats = attended(app, village.code, 7)
    with app.app_context(), platform_scope():
        _count, run = certificates.issue(event, Rule(), SIGNER, office="18.06")
    assert run is not None
    kept: list[uuid.UUID] = []
    whole = making._keep

    def die_at_the_fourth(row: TrainingCertificate, pdf: bytes) -> None:
        if len(kept) == 3:
            raise RuntimeError("killed")
        kept.append(row.id)
        whole(row, pdf)

    with monkeypatch.context() as patch:
        patch.setattr(making, "AT_ONCE", 2)
        patch.setattr(making, "_keep", die_at_the_fourth)
        with app.app_context(), platform_scope(), pytest.raises(RuntimeError):
            making.make_all(event, str(run))
    assert [row.state for row in certificates_kept(app, event)].count("made") == 2
    settle(app)
    rows = certificates_kept(app, event)
    assert [row.state for row in rows] == ["made"] * 7
    with app.app_context(), platform_scope():
        noted = db.session.get_one(PlatformJobRun, run)
        assert (noted.state, noted.done, noted.total) == ("done", 7, 7)
        assert noted.result == {"made": 7, "failed": 0}


def test_what_could_not_be_set_keeps_its_number_and_is_made_later(
    app: SigerFlask, organiser: Visitor, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _seats = attended(app, village.code, 3)
    settle(app)  # what other tests left to be set is not counted
    whole = making._set
    calls = itertools.count(1)

    def fail_once(ready: Any) -> bytes | None:
        return None if next(calls) == 2 else whole(ready)

    with monkeypatch.context() as patch:
        patch.setattr(making, "_set", fail_once)
        assert issued(app, event) == 3
    assert sorted(row.state for row in certificates_kept(app, event)) == ["made", "made", "numbered"]
    base = f"/pelatihan/{event}/sertifikat"
    assert "1 sertifikat sudah bernomor" in organiser.get(base).text
    organiser.submit(f"{base}/lanjut", {}, form=base)
    settle(app)
    assert [row.state for row in certificates_kept(app, event)] == ["made"] * 3


def test_a_revoked_certificate_says_so_and_keeps_its_number(
    app: SigerFlask, organiser: Visitor, village: Tenant, province: Visitor
) -> None:
    event, seats = attended(app, village.code, 2)
    issued(app, event)
    first, second = certificates_kept(app, event)
    path = f"/pelatihan/{event}/sertifikat/{first.id}/cabut"
    assert organiser.submit(path, {"reason": "x"}).status_code == 422
    reason = "Ternyata <i>orang lain</i>"
    assert organiser.submit(path, {"reason": reason}).status_code == 303
    public = province.get(f"/sertifikat/{first.token}").text
    assert "sudah dicabut" in public
    assert "Ternyata &lt;i&gt;orang lain" in public
    assert "Sertifikat ini berlaku" in province.get(f"/sertifikat/{second.token}").text
    token = token_of(app, first.participant_id)
    assert province.get(f"/ikut/{token}/sertifikat").status_code == 404
    assert "Dicabut" in province.get(f"/ikut/{token}").text
    twice = organiser.submit(path, {"reason": reason}, follow_redirects=True)
    assert "sudah dicabut" in twice.text
    assert issued(app, event) == 0
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(PlatformAuditEntry.object_id == str(first.id))
        assert [entry.action for entry in db.session.scalars(query)] == ["training_certificate.revoked"]
    assert len(seats) == 2


def test_one_archive_and_one_register_of_all(app: SigerFlask, organiser: Visitor, village: Tenant) -> None:
    event, _seats = attended(app, village.code, 3)
    issued(app, event)
    rows = certificates_kept(app, event)
    base = f"/pelatihan/{event}/sertifikat"
    with organiser.get(f"{base}/semua") as packed, zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        names = archive.namelist()
        assert len(set(names)) == 3
        assert archive.read(names[0]) == organiser.get(f"{base}/{rows[0].id}").data
    with organiser.get(f"{base}/unduh") as answer:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    lines = sheet.to_python(skip_empty_area=True)
    assert [line[0] for line in lines[-3:]] == [row.number_text for row in rows]
    sample = organiser.get(f"{base}/contoh?signer_name=Ibu+Contoh&signer_title=Camat")
    assert squeezed("Ibu Contoh") in pdf_text(sample.data)


def test_offices_below_see_their_own_people_alone_and_strangers_nothing(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant], count_queries: Any
) -> None:
    here, there = make_village(), make_village()
    event = an_event(app, "18")
    mine, theirs = participants_of(app, event, here.code), participants_of(app, event, there.code, 40)
    attend(app, a_session(app, event), [*mine, *theirs])
    with app.app_context(), platform_scope():
        row = db.session.get_one(TrainingParticipant, mine[0])
        row.district_code, row.regency_code = "18.06.20", "18.06"
        for seat in theirs:
            other = db.session.get_one(TrainingParticipant, seat)
            other.district_code, other.regency_code = "18.07.01", "18.07"
        db.session.commit()
    issued(app, event, "18")
    rows = {row.participant_id: row for row in certificates_kept(app, event)}
    base = f"/pelatihan/{event}/sertifikat"
    kecamatan = officer("district_officer", "18.06.20")
    page = kecamatan.get(base).text
    assert rows[mine[0]].number_text in page
    assert rows[theirs[0]].number_text not in page
    assert kecamatan.get(f"{base}/{rows[mine[0]].id}").status_code == 200
    assert kecamatan.get(f"{base}/{rows[theirs[0]].id}").status_code == 404
    assert kecamatan.get(f"{base}/semua").status_code == 404
    assert kecamatan.submit(base, SIGNED, form="/pelatihan/soal/baru").status_code == 404
    head = officer("province_admin", "18")
    with count_queries(at_most=14):
        assert head.get(base).status_code == 200
    own = an_event(app, "18.06")
    assert officer("regency_admin", "18.07").get(f"/pelatihan/{own}/sertifikat").status_code == 404


def test_a_village_fetches_the_certificates_of_its_own_people(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Callable[..., Visitor]
) -> None:
    here, there = make_village(), make_village()
    event, _seats = attended(app, here.code, 1)
    attend(app, a_session(app, event, starts_in_hours=-2, hours=1), participants_of(app, event, there.code))
    issued(app, event, rule=Rule(1))
    mine, theirs = (
        next(row for row in certificates_kept(app, event) if village.name in row.village)
        for village in (here, there)
    )
    clerk = staff(here)
    assert clerk.get(f"/pelatihan/{event}/sertifikat/{mine.id}").data.startswith(b"%PDF")
    assert clerk.get(f"/pelatihan/{event}/sertifikat/{theirs.id}").status_code == 404
