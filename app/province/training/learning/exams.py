"""The tests before and after an event: their questions, when they are open, the order that each participant sees.

Functions run inside a platform scope; the deeds commit. A test holds copies of the bank's questions. They can be chosen
anew until the test was opened or given a time to open; from then on nothing that was printed or answered changes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import Refused, locked_event, note
from app.province.training.learning.models import TrainingAnswers, TrainingQuestion, TrainingTest
from app.province.training.learning.questions import usable
from tenants.models import now

Phase = Literal["pre", "post"]
State = Literal["none", "draft", "waiting", "open", "closed"]
PHASES: tuple[Phase, ...] = ("pre", "post")
PACKAGES = ("A", "B", "C", "D")
"""Orders in which a test is printed; neighbours in a hall get different ones."""
MOST_QUESTIONS = 50
PASS_MARK = 60


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A choice with its place in the test."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question in the order that somebody sees, with its place in the test."""

    place: int
    words: str
    choices: tuple[ShownChoice, ...]
    right: int
    explanation: str


def tests_of(event_id: uuid.UUID) -> dict[str, TrainingTest]:
    """The tests of an event by phase: one select."""
    rows = db.session.scalars(select(TrainingTest).where(TrainingTest.event_id == event_id))
    return {row.phase: row for row in rows}


def test_of(event_id: uuid.UUID, phase: str) -> TrainingTest:
    """One test of an event. Raises Missing."""
    query = select(TrainingTest).where(TrainingTest.event_id == event_id, TrainingTest.phase == phase)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Missing("test")
    return row


def state_of(test: TrainingTest | None, moment: dt.datetime | None = None) -> State:
    """How far a test is: without questions, with some, waiting for its hour, open, closed."""
    at = moment or now()
    if test is None or not test.questions:
        return "none"
    if test.opens_at is None:
        return "draft"
    if test.closes_at is not None and test.closes_at <= at:
        return "closed"
    return "waiting" if test.opens_at > at else "open"


def shown(test: TrainingTest, whose: str) -> tuple[ShownQuestion, ...]:
    """The questions in the order of one participant (or one printed package), always the same for the same one.

    Questions and their choices are sorted by a digest of the test, of whose order it is, and of their place.
    """

    def order(*parts: object) -> bytes:
        text = ":".join(str(part) for part in (test.id, whose, *parts))
        return hashlib.sha256(text.encode()).digest()

    found = []
    for place in sorted(range(len(test.questions)), key=lambda at: order("q", at)):
        kept = test.questions[place]
        choices = [ShownChoice(at, text) for at, text in enumerate(kept["choices"])]
        choices.sort(key=lambda choice: order("c", place, choice.place))
        found.append(
            ShownQuestion(
                place, kept["words"], tuple(choices), int(kept["right"]), kept.get("explanation", "")
            )
        )
    return tuple(found)


def choose(
    event_id: uuid.UUID,
    phase: Phase,
    question_ids: Sequence[uuid.UUID],
    *,
    office: str,
    drawn: Mapping[str, int] | None = None,
    pass_mark: int = PASS_MARK,
    seen: int | None = None,
) -> TrainingTest:
    """Give a test its questions: those that were picked, and so many of each pillar drawn by chance besides.

    Args:
        question_ids: of the bank, in the order of the test.
        drawn: pillar → how many more to draw.
        pass_mark: percent of right answers from which the test is passed.
        seen: the version that the person saw; None chooses in any case.
    Raises:
        Missing: the event. Invalid: no or too many questions, fewer in the bank than asked for, a wrong pass mark.
        Refused: the test was opened, or has a time to open.
    """
    event, test = _for_choosing(event_id, phase, office, seen)
    if not 0 <= pass_mark <= 100:
        db.session.rollback()
        raise Invalid("pass_mark", _("Isi 0 sampai 100 persen."))
    wanted = list(dict.fromkeys(question_ids))
    query = select(TrainingQuestion).where(usable(office), TrainingQuestion.is_active.is_(True))
    known = {row.id: row for row in db.session.scalars(query.order_by(TrainingQuestion.id))}
    chosen = [known[key] for key in wanted if key in known]
    try:
        if len(chosen) < len(wanted):
            raise Invalid("questions", _("Ada soal yang sudah tidak dipakai. Pilih sekali lagi."))
        for pillar, count in (drawn or {}).items():
            left = [row for row in known.values() if row.pillar == pillar and row not in chosen]
            if count > len(left):
                raise Invalid(
                    "questions",
                    _("Bank soal hanya punya %(left)s soal lagi untuk pilar ini.", left=len(left)),
                )
            chosen += secrets.SystemRandom().sample(left, max(0, count))
        if not 1 <= len(chosen) <= MOST_QUESTIONS:
            raise Invalid("questions", _("Pilih 1 sampai %(most)s soal.", most=MOST_QUESTIONS))
    except Invalid:
        db.session.rollback()
        raise
    test.questions = [
        {
            "id": str(row.id),
            "words": row.words,
            "choices": row.choices,
            "right": row.right,
            "explanation": row.explanation,
        }
        for row in chosen
    ]
    return _kept(event, test, pass_mark)


def copy_questions(event_id: uuid.UUID, phase: Phase, *, office: str) -> TrainingTest:
    """Give a test the questions of the event's other test, so that both can be compared.

    Raises Missing for the event or where the other test has none; Refused as `choose`.
    """
    event, test = _for_choosing(event_id, phase, office, None)
    other = tests_of(event_id).get("pre" if phase == "post" else "post")
    if other is None or not other.questions:
        db.session.rollback()
        raise Missing("test")
    test.questions = list(other.questions)
    return _kept(event, test, other.pass_mark)


def open_test(
    event_id: uuid.UUID, phase: Phase, *, office: str, at: dt.datetime | None = None
) -> TrainingTest:
    """Open a test now or at a moment, closed ones again; from now on its questions stay as they are. Twice is once.

    Raises Missing; Refused without questions or while the event is a draft or was called off.
    """
    event = locked_event(event_id, office)
    test = _locked(event_id, phase)
    if test is None or not test.questions:
        db.session.rollback()
        raise Refused(_("Pilih soalnya dulu, baru tes dapat dibuka."))
    if event.state not in ("open", "done"):
        db.session.rollback()
        raise Refused(_("Tes baru dapat dibuka sesudah kegiatannya dibuka."))
    moment = now()
    if state_of(test, moment) == "open" and at is None:
        db.session.rollback()
        return test
    test.opens_at = at if at is not None and at > moment else moment
    test.closes_at = None
    test.row_version += 1
    note("training_test.opened", event, {"phase": phase, "opens_at": test.opens_at.isoformat()})
    db.session.commit()
    return test


def close_test(event_id: uuid.UUID, phase: Phase, *, office: str) -> TrainingTest:
    """Close an open test, or take back the time of one that waits. Closing a closed one changes nothing.

    Raises Missing.
    """
    event = locked_event(event_id, office)
    test = _locked(event_id, phase)
    if test is None:
        db.session.rollback()
        raise Missing("test")
    state = state_of(test)
    if state not in ("open", "waiting"):
        db.session.rollback()
        return test
    if state == "waiting" and not answered(test.id):
        test.opens_at = None
    else:
        test.closes_at = now()
    test.row_version += 1
    note("training_test.closed", event, {"phase": phase})
    db.session.commit()
    return test


def answered(test_id: uuid.UUID) -> int:
    """How many answered a test: one select."""
    query = select(func.count()).select_from(TrainingAnswers).where(TrainingAnswers.test_id == test_id)
    return db.session.scalar(query) or 0


def _for_choosing(
    event_id: uuid.UUID, phase: Phase, office: str, seen: int | None
) -> tuple[TrainingEvent, TrainingTest]:
    event = locked_event(event_id, office)
    test = _locked(event_id, phase)
    if test is None:
        test = TrainingTest(event_id=event_id, phase=phase, questions=[], row_version=0)
        db.session.add(test)
        db.session.flush()
    elif test.opens_at is not None or answered(test.id):
        db.session.rollback()
        raise Refused(_("Tes ini sudah dibuka atau dijadwalkan, jadi soalnya tidak dapat diganti."))
    elif seen is not None and seen != test.row_version:
        db.session.rollback()
        raise Refused(_("Orang lain baru saja mengganti soalnya. Periksa dulu, lalu pilih lagi."))
    return event, test


def _kept(event: TrainingEvent, test: TrainingTest, pass_mark: int) -> TrainingTest:
    test.pass_mark = pass_mark
    test.row_version += 1
    note("training_test.chosen", event, {"phase": test.phase, "questions": len(test.questions)})
    db.session.commit()
    return test


def _locked(event_id: uuid.UUID, phase: str) -> TrainingTest | None:
    query = (
        select(TrainingTest)
        .where(TrainingTest.event_id == event_id, TrainingTest.phase == phase)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one_or_none()
