"""What the desk's pages show: the queue, one letter with everything around it, a resident's letters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, and_, func, not_, or_, select

from app.core.casework.files import files_of
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import steps_of
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.signing.models import SigningKey
from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.desk.boxes import FINAL, open_box
from app.government.letters.models import APPLICANT_ORIGINS, OPEN_STATES, Letter
from app.government.letters.types import PERSON_LABELS, Field, LetterKind, indonesian_date, letter_type
from app.government.letters.types.fields import day_of
from app.government.residents.derive import masked
from app.government.service.promise import is_overdue

PAGE = 50
_IS_AWAY = Letter.details.has_key("signing_run")
TO_ISSUE = and_(Letter.state == "approved", not_(_IS_AWAY))
"""The head has agreed to them, the desk issues and prints them."""
SHELVES: dict[str, ColumnElement[bool]] = {
    "periksa": Letter.state == "submitted",
    "disetujui": TO_ISSUE,
    "tanda-tangan": or_(Letter.state == "verified", and_(Letter.state == "approved", _IS_AWAY)),
    "konsep": Letter.state == "draft",
    "terbit": Letter.state == "issued",
    "selesai": Letter.state == "collected",
    "batal": Letter.state.in_(("rejected", "cancelled")),
    "terlambat": and_(Letter.state.in_(OPEN_STATES), Letter.due_at < func.now()),
}
"""The tabs of the queue, by their names in addresses, and which letters lie behind each."""
WAITING = ("periksa", "disetujui", "tanda-tangan", "konsep")
NOT_A_PHONES_DRAFT = or_(Letter.state != "draft", Letter.origin.not_in(APPLICANT_ORIGINS))
"""What residents have begun on their phone and not sent is theirs alone."""
_COLUMNS = (
    Letter.id, Letter.title, Letter.subject, Letter.holder_name, Letter.state, Letter.origin, Letter.number,
    Letter.signing, Letter.submitted_at, Letter.issued_at, Letter.due_at, Letter.updated_at, Letter.details,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue with the counts of all tabs that wait."""

    rows: Sequence[Row[Any]]
    counts: Mapping[str, int]
    overdue: int
    has_more: bool
    page: int

    @property
    def waiting(self) -> int:
        """How many letters somebody waits for."""
        return sum(number for name, number in self.counts.items() if name != "konsep")


@dataclass(frozen=True, slots=True)
class Told:
    """A field of a letter as a page shows it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter with what stands around it."""

    letter: Letter
    kind: LetterKind | None
    person: list[Told]
    fields: list[Told]
    steps: Sequence[CaseStep]
    files: Sequence[CaseFile]
    parts: dict[str, Any]
    is_closed: bool = False
    """Whether who looks sees the register's line and the states alone (see `letters.access`)."""

    @property
    def is_overdue(self) -> bool:
        """Whether the promise is broken."""
        return self.letter.state in OPEN_STATES and is_overdue(self.letter.due_at)

    @property
    def has_file(self) -> bool:
        """Whether there is a final file."""
        return self.letter.sha256 is not None and self.letter.state in FINAL

    @property
    def missing_papers(self) -> list[str]:
        """Needed papers that were neither sent nor seen."""
        known = {file.kind for file in self.files} | set(self.letter.details.get("seen_papers", ()))
        return (
            [r.label for r in self.kind.requirements if r.needed and r.key not in known] if self.kind else []
        )


def queue(shelf: str, text: str = "", page: int = 1) -> Queue:
    """What waits at the desk: two selects, overdue letters first.

    Args:
        shelf: a key of SHELVES. text: part of a name, a title or a number. page: from 1.
    """
    all_of = [func.count().filter(SHELVES[name]).label(name) for name in WAITING]
    late = func.count().filter(SHELVES["terlambat"])
    found = db.session.execute(
        select(*all_of, late.label("late")).where(
            Letter.state.in_(("draft", *OPEN_STATES)), NOT_A_PHONES_DRAFT
        )
    ).one()
    counts = {name: int(number) for name, number in zip(WAITING, found, strict=False)}
    overdue = int(found.late)
    query = select(*_COLUMNS).where(SHELVES[shelf], NOT_A_PHONES_DRAFT, *_searched(text))
    order: tuple[Any, ...] = (Letter.due_at.asc().nulls_last(), Letter.id)
    if shelf in ("terbit", "selesai"):
        query = query.where(Letter.issued_at.is_not(None))
        order = (Letter.issued_at.desc(), Letter.id.desc())
    elif shelf in ("konsep", "batal"):
        order = (Letter.updated_at.desc(), Letter.id.desc())
    rows = db.session.execute(query.order_by(*order).offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return Queue(rows[:PAGE], counts, overdue, len(rows) > PAGE, page)


def letter_page(letter_id: uuid.UUID, *, closed: bool = False) -> LetterPage:
    """One letter with all that its page shows: at most five selects. Raises Missing.

    Where it is `closed` to who looks, its states alone.
    """
    letter = letter_row(letter_id)
    if closed:
        return LetterPage(letter, None, [], [], steps_of(letter.id), (), {}, is_closed=True)
    parts = open_box(letter, open_vault())
    try:
        kind = letter_type(letter.type_code, active=False)
    except Missing:
        kind = None
    return LetterPage(
        letter,
        kind,
        told_person(parts["person"]),
        told_fields(kind, parts["fields"]) if kind else [],
        steps_of(letter.id),
        files_of(letter.id),
        parts,
    )


def letter_row(letter_id: uuid.UUID) -> Letter:
    """One letter. Raises Missing, also for what a resident has begun on a phone and not sent."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.is_phones_draft:
        raise Missing("letter")
    return letter


def electronic_way() -> str:
    """How a letter can be signed electronically here: `local`, `bsre`, or empty while nobody has a key. One select."""
    kinds = set(db.session.scalars(select(SigningKey.kind).where(SigningKey.state == "active")))
    return "bsre" if kinds == {"bsre"} else "local" if kinds else ""


def letters_of(resident_id: uuid.UUID, most: int = 8) -> Sequence[Row[Any]]:
    """A resident's letters, the latest first: one select."""
    query = select(*_COLUMNS).where(Letter.resident_id == resident_id, Letter.state != "draft")
    return db.session.execute(query.order_by(Letter.id.desc()).limit(most)).all()


def letters_of_resident(resident_id: uuid.UUID) -> dict[str, Any]:
    """What the section of letters on a resident's page shows."""
    return {"rows": letters_of(resident_id), "resident_id": resident_id}


def told_person(person: Mapping[str, Any]) -> list[Told]:
    """Whom a letter is about, numbers masked."""
    if not person:
        return []
    born = ", ".join(
        part
        for part in (person.get("birth_place"), indonesian_date(day_of(person.get("birth_date"))))
        if part
    )
    rows = (
        ("name", person.get("name")),
        ("nik", masked(str(person.get("nik") or ""))),
        ("born", born),
        ("sex", person.get("sex")),
        ("religion", person.get("religion")),
        ("occupation", person.get("occupation")),
        ("marital_status", person.get("marital_status")),
        ("nationality", person.get("nationality")),
        ("address", person.get("address")),
    )
    labels = {**PERSON_LABELS, "born": _("Tempat, tanggal lahir")}
    return [Told(str(labels[name]), str(value)) for name, value in rows if value]


def told_fields(kind: LetterKind, fields: Mapping[str, Any]) -> list[Told]:
    """What was typed into a letter, by its labels; numbers of people masked."""
    return [
        Told(field.label, shown) for field in kind.fields if (shown := _shown(field, fields.get(field.name)))
    ]


def _shown(field: Field, value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, Mapping):
        return mask_personal(str(value.get("name") or ""))
    if isinstance(value, list):
        rows = (
            " · ".join(str(cell) for cell in row.values() if cell)
            for row in value
            if isinstance(row, Mapping)
        )
        return mask_personal("\n".join(rows))
    if field.kind == "date":
        return indonesian_date(day_of(value)) or str(value)
    if field.kind == "yes_no":
        return str(_("Ya")) if value else str(_("Tidak"))
    if field.kind == "rupiah" and isinstance(value, int):
        return f"Rp{value:,}".replace(",", ".")
    return mask_personal(str(value))


def _searched(text: str) -> list[ColumnElement[bool]]:
    words = text.replace("\x00", "").split()[:6]
    return [
        Letter.search.ilike("%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
        for word in words
    ]
