"""Answers to a test: once for each participant, on a phone or typed in from paper; and what they add up to.

Functions run inside a platform scope; the deeds commit. Answers are kept by the places of questions and choices in the
test, whatever order somebody saw.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import Float, Integer, and_, case, cast, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import current_actor
from app.core.tables import Cell, Column, Sheet, write_sheets
from app.core.ui.formats import moment
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import Refused, locked_event, note
from app.province.training.learning import exams
from app.province.training.learning.exams import PACKAGES, PHASES, Phase
from app.province.training.learning.models import TrainingAnswers, TrainingTest
from app.province.training.learning.schemas import LETTERS
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from app.province.watching import note_export
from tenants.models import TenantRow, now

ENTRY_PAGE = 25
BLANK = "-"
Answers = TrainingAnswers
Participant = TrainingParticipant
Person = TrainingPerson


@dataclass(frozen=True, slots=True)
class Sent:
    """A participant's answers; `is_new` says whether this time they were taken, or stood already."""

    row: TrainingAnswers
    is_new: bool


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How a question went: how many answered it rightly, of all who wrote the test; None where the test lacks it."""

    words: str
    right: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """What a test came to: how many wrote it, their mean (percent), how many passed."""

    count: int
    on_paper: int
    mean: float | None
    passed: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A participant whose paper may be typed in, with their answers if there are any."""

    id: uuid.UUID
    name: str
    village: str
    answers: TrainingAnswers | None


def percent_of(row: TrainingAnswers) -> int:
    """Right answers in percent, rounded."""
    return round(100 * row.right_count / row.question_count) if row.question_count else 0


def answers_of(participant_id: uuid.UUID) -> dict[str, TrainingAnswers]:
    """What a participant answered, by phase: one select."""
    query = (
        select(TrainingTest.phase, Answers)
        .join(TrainingTest, TrainingTest.id == Answers.test_id)
        .where(Answers.participant_id == participant_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def send(participant: TrainingParticipant, phase: Phase, given: Mapping[int, int]) -> Sent:
    """Take a participant's answers, the first time they come; sent again, those of the first time stand.

    Args:
        given: the question's place in the test → the choice's place; what is left out counts as not known.
    Raises:
        Missing: the event has no such test. Refused: it is not open, the seat is not theirs, or it is the test before
            and they sent that after: what they knew before can't be told any more.
    """
    test = _shared(participant.event_id, phase)
    if participant.seat != "registered":
        db.session.rollback()
        raise Refused(_("Hanya peserta yang mendapat tempat yang dapat mengerjakan tes."))
    known = db.session.get(Answers, (test.id, participant.id))
    if known is not None:
        db.session.rollback()
        return Sent(known, False)
    if phase == "pre" and "post" in answers_of(participant.id):
        db.session.rollback()
        raise Refused(_("Post-test Anda sudah terkirim, jadi pre-test tidak dapat dikerjakan lagi."))
    state = exams.state_of(test)
    if state != "open":
        db.session.rollback()
        raise Refused(
            _("Tes ini sudah ditutup.") if state == "closed" else _("Tes ini belum dibuka. Tunggu aba-aba.")
        )
    is_new = _keep(test, participant.id, given, is_paper=False, by="")
    db.session.commit()
    return Sent(db.session.get_one(Answers, (test.id, participant.id)), is_new)


def read_letters(test: TrainingTest, package: str, letters: str) -> dict[int, int]:
    """What letters on a printed answer sheet mean: the question's place in the test → the choice's place.

    Args:
        package: which of the printed orders, A to D.
        letters: one for each question as printed (`BACD-A`), `-` where nothing was marked; spaces do not count.
    Raises:
        Invalid: another number of letters than questions, or a letter that a question does not have.
    """
    if package not in PACKAGES:
        raise Invalid("package", _("Pilih paket soal yang tertulis di kertasnya."))
    signs = "".join(letters.split()).upper().replace(".", BLANK).replace("0", BLANK)
    printed = exams.shown(test, package)
    if len(signs) != len(printed):
        raise Invalid(
            "letters",
            _(
                "Tes ini punya %(count)s soal, yang tertulis %(given)s huruf.",
                count=len(printed),
                given=len(signs),
            ),
        )
    found: dict[int, int] = {}
    for number, (sign, question) in enumerate(zip(signs, printed, strict=True), start=1):
        if sign == BLANK:
            continue
        at = LETTERS.find(sign)
        if not 0 <= at < len(question.choices):
            raise Invalid(
                "letters", _("Soal %(number)s tidak punya pilihan %(letter)s.", number=number, letter=sign)
            )
        found[question.place] = question.choices[at].place
    return found


def enter_paper(
    event_id: uuid.UUID, phase: Phase, participant_id: uuid.UUID, package: str, letters: str, *, office: str
) -> Sent:
    """Type in a participant's paper. Typed in once more it replaces what was typed before, which the audit log notes.

    Raises Missing; Invalid as `read_letters`; Refused where they answered on a phone, or nothing was opened or printed.
    """
    event = locked_event(event_id, office)
    test = _shared(event_id, phase)
    participant = db.session.get(Participant, participant_id)
    if participant is None or participant.event_id != event_id or participant.seat != "registered":
        db.session.rollback()
        raise Missing("participant")
    try:
        if exams.state_of(test) in ("none", "draft"):
            raise Refused(_("Soal tes ini belum tetap. Buka atau jadwalkan tesnya dulu."))
        given = read_letters(test, package, letters)
        known = db.session.get(Answers, (test.id, participant_id))
        if known is not None and not known.is_paper:
            raise Refused(_("Peserta ini sudah menjawab di ponselnya."))
    except (Refused, Invalid):
        db.session.rollback()
        raise
    actor = current_actor()
    by = actor.name if actor else ""
    if known is None:
        _keep(test, participant_id, given, is_paper=True, by=by)
    else:
        before = known.right_count
        known.answers = {str(place): choice for place, choice in given.items()}
        known.right_count, known.entered_by, known.sent_at = _score(test, given), by, now()
        details = {"phase": phase, "before": before, "after": known.right_count}
        note("training_answers.replaced", event, {"participant": str(participant_id), **details})
    db.session.commit()
    return Sent(db.session.get_one(Answers, (test.id, participant_id)), known is None)


def entry_lines(
    event: TrainingEvent, test: TrainingTest, *, search: str = "", after: uuid.UUID | None = None
) -> tuple[list[EntryLine], uuid.UUID | None]:
    """Participants whose papers are typed in: without answers, or found by name; a page, and the next one's cursor."""
    query = (
        select(Participant.id, Person.name, TenantRow.term, TenantRow.name, Answers)
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .outerjoin(Answers, and_(Answers.participant_id == Participant.id, Answers.test_id == test.id))
        .where(Participant.event_id == event.id, Participant.seat == "registered")
    )
    if search:
        query = query.where(Person.name.icontains(search, autoescape=True))
    else:
        query = query.where(Answers.participant_id.is_(None))
    if after is not None:
        query = query.where(Participant.id > after)
    rows = db.session.execute(query.order_by(Participant.id).limit(ENTRY_PAGE + 1)).all()
    lines = [EntryLine(row[0], row[1], f"{row[2]} {row[3]}" if row[3] else "", row[4]) for row in rows]
    return lines[:ENTRY_PAGE], lines[ENTRY_PAGE - 1].id if len(lines) > ENTRY_PAGE else None


def results(tests: Mapping[str, TrainingTest]) -> dict[str, PhaseResult]:
    """What the tests of an event came to, by phase: one select."""
    share = cast(Answers.right_count, Float) / func.nullif(Answers.question_count, 0) * 100
    query = (
        select(
            TrainingTest.phase,
            func.count(),
            func.count().filter(Answers.is_paper.is_(True)),
            func.avg(share),
            func.count().filter(share >= TrainingTest.pass_mark),
        )
        .join(TrainingTest, TrainingTest.id == Answers.test_id)
        .where(Answers.test_id.in_([test.id for test in tests.values()]))
        .group_by(TrainingTest.phase)
    )
    found = {row[0]: PhaseResult(row[1], row[2], row[3], row[4]) for row in db.session.execute(query)}
    return {phase: found.get(phase, PhaseResult(0, 0, None, 0)) for phase in tests}


def question_results(
    tests: Mapping[str, TrainingTest], counts: Mapping[str, PhaseResult]
) -> list[QuestionResult]:
    """How each question went before and after, in the order of the test after (or before): one select."""
    given = func.jsonb_each_text(Answers.answers).table_valued("key", "value")
    query = (
        select(Answers.test_id, cast(given.c.key, Integer), cast(given.c.value, Integer), func.count())
        .select_from(Answers)
        .join(given, literal_column("true"))
        .where(Answers.test_id.in_([test.id for test in tests.values()]))
        .group_by(Answers.test_id, given.c.key, given.c.value)
    )
    chosen = {(row[0], row[1], row[2]): int(row[3]) for row in db.session.execute(query)}
    places: dict[str, dict[str, tuple[int, int]]] = {}
    words: dict[str, str] = {}
    for phase in reversed(PHASES):
        test = tests.get(phase)
        for place, kept in enumerate(test.questions if test else ()):
            words.setdefault(kept["id"], kept["words"])
            places.setdefault(kept["id"], {})[phase] = (place, int(kept["right"]))

    def share(phase: str, key: str) -> float | None:
        test, at = tests.get(phase), places[key].get(phase)
        if test is None or at is None or not counts[phase].count:
            return None
        return chosen.get((test.id, *at), 0) / counts[phase].count

    return [
        QuestionResult(text, {phase: share(phase, key) for phase in PHASES}) for key, text in words.items()
    ]


def export_scores(event: TrainingEvent) -> IO[bytes]:
    """Write each participant's two scores, and how each question went, into a workbook and note it; the caller closes
    the file. Commits."""
    written = 0
    tests = exams.tests_of(event.id)
    asked = question_results(tests, results(tests))

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for row in db.session.execute(_scores(event.id)):
            written += 1
            yield tuple(row)

    columns = [
        Column(_("Nama"), width=30),
        Column(_("Jabatan"), width=24),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=28),
        Column(_("Pre-test"), "percent", 10),
        Column(_("Post-test"), "percent", 10),
    ]
    about = _("Nilai tes %(event)s, per %(moment)s", event=event.title, moment=moment(now()))
    questions = [
        Column(_("Soal"), width=80),
        Column(_("Benar di pre-test"), "percent", 17),
        Column(_("Benar di post-test"), "percent", 17),
    ]
    shares = ((one.words, one.right["pre"], one.right["post"]) for one in asked)
    sheets = [Sheet(_("Nilai"), columns, rows(), about), Sheet(_("Soal"), questions, shares)]
    file = write_sheets(sheets)
    note_export("training_scores", event.id, event.title, written, {"region": event.region_code})
    return file


def _scores(event_id: uuid.UUID) -> Any:
    def score(phase: str) -> Any:
        share = cast(Answers.right_count, Float) / func.nullif(Answers.question_count, 0)
        query = select(share).join(TrainingTest, TrainingTest.id == Answers.test_id)
        query = query.where(Answers.participant_id == Participant.id, TrainingTest.phase == phase)
        return query.correlate(Participant).scalar_subquery()

    village = case((TenantRow.id.is_(None), ""), else_=TenantRow.term + " " + TenantRow.name)
    return (
        select(
            Person.name, Participant.position, village, TenantRow.district_name, TenantRow.regency_name,
            score("pre"), score("post"),
        )
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .where(
            Participant.event_id == event_id,
            or_(Participant.seat == "registered", exists().where(Answers.participant_id == Participant.id)),
        )
        .order_by(TenantRow.code, Person.name, Participant.id)
    )  # fmt: skip


def score_lines(
    event_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> tuple[list[dict[str, Any]], uuid.UUID | None]:
    """Participants who answered anything with their scores in percent, along their ids, and the next cursor."""
    wrote = exists().where(Answers.participant_id == Participant.id)
    ids = select(Participant.id, Person.name).join(Person, Person.id == Participant.person_id)
    ids = ids.where(Participant.event_id == event_id, wrote)
    if after is not None:
        ids = ids.where(Participant.id > after)
    people = db.session.execute(ids.order_by(Participant.id).limit(limit + 1)).all()
    query = (
        select(Answers, TrainingTest.phase)
        .join(TrainingTest, TrainingTest.id == Answers.test_id)
        .where(Answers.participant_id.in_([row.id for row in people[:limit]]))
    )
    found: dict[uuid.UUID, dict[str, int]] = {}
    for row, phase in db.session.execute(query):
        found.setdefault(row.participant_id, {})[phase] = percent_of(row)
    lines = [{"participant_id": row.id, "name": row.name, **found.get(row.id, {})} for row in people[:limit]]
    return lines, people[limit - 1].id if len(people) > limit else None


def _shared(event_id: uuid.UUID, phase: str) -> TrainingTest:
    """The test, held so that it is not closed meanwhile."""
    query = (
        select(TrainingTest)
        .where(TrainingTest.event_id == event_id, TrainingTest.phase == phase)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    test = db.session.scalars(query).one_or_none()
    if test is None:
        db.session.rollback()
        raise Missing("test")
    return test


def _keep(
    test: TrainingTest, participant_id: uuid.UUID, given: Mapping[int, int], *, is_paper: bool, by: str
) -> bool:
    kept = {
        place: choice
        for place, choice in given.items()
        if 0 <= place < len(test.questions) and 0 <= choice < len(test.questions[place]["choices"])
    }
    row = {
        "test_id": test.id,
        "participant_id": participant_id,
        "answers": {str(place): choice for place, choice in kept.items()},
        "right_count": _score(test, kept),
        "question_count": len(test.questions),
        "is_paper": is_paper,
        "entered_by": by,
        "sent_at": now(),
    }
    written = insert(Answers).values(row).on_conflict_do_nothing().returning(Answers.participant_id)
    return db.session.scalar(written) is not None


def _score(test: TrainingTest, given: Mapping[int, int]) -> int:
    return sum(given.get(place) == kept["right"] for place, kept in enumerate(test.questions))
