"""What participants think of an event: once, without a name, shown in sums only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import TrainingEvent, TrainingSessionSpeaker, TrainingSpeaker
from app.province.training.learning import evaluation
from app.province.training.learning.models import TrainingEvaluated, TrainingEvaluation
from app.province.training.participants.models import TrainingParticipant
from tenants.scope import Tenant, platform_scope
from tests.province.training.learning_events import token_of
from tests.support.training import a_session, an_event, participants_of
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
GOOD = {f"rating_{name}": "4" for name in evaluation.ASPECTS}


def a_speaker(app: SigerFlask, event: uuid.UUID, name: str) -> uuid.UUID:
    """Somebody who speaks in a session of an event."""
    session = a_session(app, event)
    with app.app_context(), platform_scope():
        row = TrainingSpeaker(region_code="18.06", name=name)
        db.session.add(row)
        db.session.flush()
        db.session.add(TrainingSessionSpeaker(session_id=session, speaker_id=row.id))
        db.session.commit()
        return row.id


def kept(app: SigerFlask, event: uuid.UUID) -> list[TrainingEvaluation]:
    """The evaluations of an event."""
    with app.app_context(), platform_scope():
        rows = list(
            db.session.scalars(select(TrainingEvaluation).where(TrainingEvaluation.event_id == event))
        )
        db.session.expunge_all()
        return rows


def test_a_participant_evaluates_once_and_nothing_says_who_it_was(
    app: SigerFlask, province: Visitor, village: Tenant
) -> None:
    event = an_event(app)
    speaker = a_speaker(app, event, "Ir. <b>Pembicara</b>")
    (seat,) = participants_of(app, event, village.code)
    path = f"/ikut/{token_of(app, seat)}/penilaian"
    form = province.get(path).text
    assert "Ir. &lt;b&gt;Pembicara" in form
    missing = province.submit(path, {"rating_content": "5"})
    assert missing.status_code == 422
    assert "Beri nilai 1 sampai 5" in missing.text
    assert province.submit(path, {**GOOD, "rating_place": "6"}).status_code == 422
    assert not kept(app, event)
    said = {**GOOD, f"speaker_{speaker}": "5", f"speaker_{uuid.uuid4()}": "1", "liked": "Semua <i>bagus</i>"}
    assert province.submit(path, said).status_code == 303
    (row,) = kept(app, event)
    assert row.speakers == {str(speaker): 5}
    assert row.ratings == dict.fromkeys(evaluation.ASPECTS, 4)
    person = token_of(app, seat)
    columns = {column.name for column in TrainingEvaluation.__table__.columns}
    assert columns == {"id", "event_id", "ratings", "speakers", "liked", "wished"}
    assert {column.name for column in TrainingEvaluated.__table__.columns} == {"participant_id"}
    assert row.id.version == 4
    assert "sudah menilai" in province.get(f"/ikut/{person}").text
    province.submit(path, said, form="/masuk")
    assert len(kept(app, event)) == 1


def test_results_are_shown_from_five_on_and_their_words_escaped(
    app: SigerFlask, officer: Officer, village: Tenant, count_queries: Any
) -> None:
    organiser = officer("regency_admin", "18.06")
    event = an_event(app)
    speaker = a_speaker(app, event, "Pembicara Utama")
    seats = participants_of(app, event, village.code, 5)
    path = f"/pelatihan/{event}/evaluasi"
    for at, seat in enumerate(seats):
        with app.app_context(), platform_scope():
            row = db.session.get_one(TrainingParticipant, seat)
            event_row = db.session.get_one(TrainingEvent, event)
            ratings = dict.fromkeys(evaluation.ASPECTS, 5 if at else 1)
            evaluation.evaluate(row, event_row, ratings, {speaker: 4}, liked=f"<u>Suka {at}</u>", wished="")
        if at == 3:
            early = organiser.get(path).text
            assert "Belum cukup penilaian" in early
            assert "Suka" not in early
            assert organiser.get(f"{path}/unduh").status_code == 303
    with count_queries(at_most=14):
        page = organiser.get(path).text
    assert "4,2 dari 5 (5 orang)" in page
    assert "Pembicara Utama" in page
    assert "&lt;u&gt;Suka 0" in page
    with organiser.get(f"{path}/unduh") as answer:
        assert answer.status_code == 200
    below = officer("district_officer", "18.06.20").get(path).text
    assert "4,2 dari 5" in below
    assert "Suka" not in below


def test_a_speaker_whom_few_rated_is_not_shown_and_equal_words_are_one_line(
    app: SigerFlask, officer: Officer, village: Tenant
) -> None:
    organiser = officer("regency_admin", "18.06")
    event = an_event(app)
    heard, hardly = a_speaker(app, event, "Didengar Semua"), a_speaker(app, event, "Didengar Seorang")
    for at, seat in enumerate(participants_of(app, event, village.code, 5)):
        with app.app_context(), platform_scope():
            row, event_row = (
                db.session.get_one(TrainingParticipant, seat),
                db.session.get_one(TrainingEvent, event),
            )
            speakers = {heard: 4} if at else {heard: 4, hardly: 1}
            liked = ("Praktik langsung.", "praktik  langsung", "Lain")[min(at, 2)] if at < 3 else ""
            evaluation.evaluate(row, event_row, dict.fromkeys(evaluation.ASPECTS, 5), speakers, liked=liked)
    page = organiser.get(f"/pelatihan/{event}/evaluasi").text
    assert "Didengar Semua" in page
    assert "Didengar Seorang" not in page, "who rated alone would be known by it"
    listed = page.split('class="evaluation-texts"', 1)[1].split("</ul>", 1)[0]
    assert listed.count("<li>") == 2
    assert "(2 orang)" in listed.split("</li>", 1)[0]


@pytest.mark.parametrize(("days", "is_open"), [(1, False), (0, True), (-30, True), (-31, False)])
def test_it_is_open_from_the_first_day_to_thirty_after_the_last(
    app: SigerFlask, province: Visitor, village: Tenant, days: int, is_open: bool
) -> None:
    event = an_event(app, days_from_now=days)
    (seat,) = participants_of(app, event, village.code)
    path = f"/ikut/{token_of(app, seat)}/penilaian"
    assert ('name="rating_content"' in province.get(path).text) is is_open
    province.submit(path, GOOD, form="/masuk")
    assert len(kept(app, event)) == int(is_open)
