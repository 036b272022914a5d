"""The question bank of an office: writing, changing, taking out of use; what a test holds is a copy of it.

Every function runs inside a platform scope; the deeds commit. `office` is the code of the region of the account that
acts: it uses its own questions and those of the offices above it, and changes its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select

from app.core import audit
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.regions import frame_name
from app.province.training.events.words import PILLARS
from app.province.training.learning.models import TrainingQuestion
from app.province.training.learning.schemas import LETTERS
from app.province.watching import note_export
from tenants.models import now

PAGE = 30
Question = TrainingQuestion


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """What the bank is narrowed to; `retired` shows what is out of use."""

    pillar: str = ""
    search: str = ""
    retired: bool = False

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> QuestionFilter:
        """From a query string; what makes no sense is left out."""
        pillar = args.get("pilar", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(pillar if pillar in PILLARS else "", search, args.get("lihat") == "nonaktif")

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        found = (
            ("pilar", self.pillar), ("q", self.search), ("lihat", "nonaktif" if self.retired else ""),
        )  # fmt: skip
        return {name: value for name, value in found if value}


def usable(office: str) -> ColumnElement[bool]:
    """Questions that an office may use: its own and those of the offices above it."""
    parts = office.split(".")
    return Question.region_code.in_([".".join(parts[:count]) for count in range(1, len(parts) + 1)])


def bank(
    office: str, wanted: QuestionFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[TrainingQuestion], uuid.UUID | None]:
    """A page of the bank, newest first, and the cursor of the next: one select."""
    query = _narrowed(office, wanted)
    if after is not None:
        query = query.where(Question.id < after)
    rows = list(db.session.scalars(query.order_by(Question.id.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def by_pillar(office: str) -> dict[str, int]:
    """How many questions an office can draw of each pillar: one select."""
    query = select(Question.pillar, func.count()).where(usable(office), Question.is_active.is_(True))
    rows = db.session.execute(query.group_by(Question.pillar))
    return dict.fromkeys(PILLARS, 0) | {row[0]: int(row[1]) for row in rows}


def find(question_id: uuid.UUID, office: str) -> TrainingQuestion:
    """A question that an office may use. Raises Missing."""
    row = db.session.scalars(select(Question).where(Question.id == question_id, usable(office))).one_or_none()
    if row is None:
        raise Missing("question")
    return row


def write(values: Mapping[str, Any], *, office: str) -> TrainingQuestion:
    """Add a question to the office's bank. Raises Invalid where two choices are the same or none is right."""
    row = Question(region_code=office, **_checked(values))
    db.session.add(row)
    db.session.flush()
    _note("training_question.added", row)
    db.session.commit()
    return row


def change(
    question_id: uuid.UUID, values: Mapping[str, Any], *, office: str, seen: int | None
) -> TrainingQuestion:
    """Change a question of the own office; tests that hold it keep the words that they were opened with.

    Raises Missing, Invalid, and ChangedMeanwhile when somebody saved after `seen`.
    """
    row = _own(question_id, office)
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version, "words": row.words}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    for name, value in _checked(values).items():
        setattr(row, name, value)
    row.row_version += 1
    _note("training_question.changed", row)
    db.session.commit()
    return row


def set_active(question_id: uuid.UUID, *, office: str, is_active: bool) -> None:
    """Take a question of the own office out of use, or back into it. Raises Missing."""
    row = _own(question_id, office)
    if row.is_active != is_active:
        row.is_active = is_active
        row.row_version += 1
        _note("training_question.returned" if is_active else "training_question.retired", row)
    db.session.commit()


def export(office: str, wanted: QuestionFilter) -> IO[bytes]:
    """Write the questions that the filter leaves into a workbook and note it; the caller closes the file. Commits."""
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for row in db.session.scalars(_narrowed(office, wanted).order_by(Question.id)):
            written += 1
            choices = [*row.choices, *([None] * (len(LETTERS) - len(row.choices)))]
            yield (
                frame_name(row.region_code), str(PILLARS[row.pillar]), row.topic, row.words, *choices,
                LETTERS[row.right], row.explanation,
            )  # fmt: skip

    columns = [
        Column(_("Pemilik"), width=26),
        Column(_("Pilar"), width=20),
        Column(_("Topik"), width=20),
        Column(_("Pertanyaan"), width=60),
        *(Column(_("Pilihan %(letter)s", letter=letter), width=30) for letter in LETTERS),
        Column(_("Benar"), width=8),
        Column(_("Pembahasan"), width=60),
    ]
    about = _("Bank soal %(region)s, per %(moment)s", region=frame_name(office), moment=moment(now()))
    file = write_workbook(_("Soal"), columns, rows(), about)
    note_export("training_question", office, frame_name(office), written, wanted.as_args())
    return file


def _narrowed(office: str, wanted: QuestionFilter) -> Select[TrainingQuestion]:
    query = select(Question).where(usable(office), Question.is_active.is_(not wanted.retired))
    if wanted.pillar:
        query = query.where(Question.pillar == wanted.pillar)
    if wanted.search:
        query = query.where(
            or_(
                Question.words.icontains(wanted.search, autoescape=True),
                Question.topic.icontains(wanted.search, autoescape=True),
            )
        )
    return query


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    choices = list(values["choices"])
    if len({choice.casefold() for choice in choices}) != len(choices):
        raise Invalid("choice_a", _("Ada dua pilihan yang sama. Bedakan tulisannya."))
    if not 0 <= values["right"] < len(choices):
        raise Invalid("right", _("Tunjuk pilihan mana yang benar."))
    names = ("pillar", "topic", "words", "right", "explanation")
    return {name: values[name] for name in names} | {"choices": choices}


def _own(question_id: uuid.UUID, office: str) -> TrainingQuestion:
    query = (
        select(Question)
        .where(Question.id == question_id, Question.region_code == office)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("question")
    return row


def _note(action: str, row: TrainingQuestion) -> None:
    audit.record(
        action,
        object_type="training_question",
        object_id=row.id,
        summary=row.words[:120],
        details={"region": row.region_code, "pillar": row.pillar},
    )
