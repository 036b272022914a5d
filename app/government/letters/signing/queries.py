"""What waits for a signature, and what became of what was signed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from sqlalchemy import and_, func, or_, select

from app.core.privacy.vault import open_vault
from app.core.signing.errors import why
from app.core.signing.keys import ends_soon, is_over, signing_keys
from app.core.signing.manifest import KINDS
from app.core.signing.models import SigningKey, SigningRun
from app.core.village.errors import Missing
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.desk.boxes import open_box
from app.government.letters.desk.content import make_ready, preview_pages, surroundings
from app.government.letters.models import Letter
from app.government.letters.options import letter_options
from app.government.residents.writing import today
from tenants.models import now

WAITING = or_(
    Letter.state == "verified", and_(Letter.state == "approved", Letter.details.has_key("signing_run"))
)
"""Letters that the head has not dealt with, and those that the national service signs just now."""
AT_ONCE = 30
"""So many letters stand on a page of the queue, and so many are signed at once."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter of the queue: `problem` says why it was not signed the last time."""

    letter: Letter
    is_overdue: bool
    is_under_way: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The first page of the queue and how many wait in all."""

    lines: list[Waiting]
    total: int


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as the lists show it."""

    key: SigningKey
    kind: str
    official: str
    is_over: bool
    ends_soon: bool
    may_relock: bool


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What became of a letter of a run: `issued`, `waits` (with `problem`) or `under_way`."""

    letter: Letter
    result: str
    problem: str


def waiting_count() -> int:
    """How many letters wait for the head: one select, for the menu."""
    return db.session.scalar(select(func.count()).select_from(Letter).where(Letter.state == "verified")) or 0


def signing_queue() -> Queue:
    """What waits for the head, what was promised first on top: two selects."""
    query = select(Letter).where(WAITING)
    letters = db.session.scalars(query.order_by(Letter.due_at.nulls_last(), Letter.id).limit(AT_ONCE)).all()
    total = len(letters)
    if total == AT_ONCE:
        total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return Queue([_waiting(letter) for letter in letters], total)


def waiting_letter(letter_id: uuid.UUID) -> Waiting:
    """One letter of the queue. Raises Missing: there is none, or it does not wait."""
    letter = db.session.scalars(select(Letter).where(Letter.id == letter_id, WAITING)).one_or_none()
    if letter is None:
        raise Missing(str(letter_id))
    return _waiting(letter)


def preview(letter_id: uuid.UUID) -> list[bytes]:
    """A waiting letter as pictures, one a page, marked as a draft.

    Raises Missing, MarkupWrong, DocumentFailed.
    """
    letter = waiting_letter(letter_id).letter
    with force_locale("id"):
        parts: dict[str, Any] = open_box(letter, open_vault())
        return preview_pages(
            make_ready(letter, parts, surroundings(letter.letter_date or today(), letter_options()))
        )


def key_lines(*, active_only: bool = False) -> list[KeyLine]:
    """The village's keys with whose they are: two selects."""
    names = {row.id: f"{row.name}, {row.title}" for row in db.session.execute(
        select(Official.id, Official.name, Official.title)
    )}  # fmt: skip
    return [
        KeyLine(
            key,
            str(KINDS[key.kind]),
            names.get(key.official_id, "") if key.official_id else "",
            is_over(key),
            key.state == "active" and ends_soon(key),
            key.state == "active" and key.kind != "bsre",
        )
        for key in signing_keys(active_only=active_only)
    ]


def official_choices() -> list[tuple[str, str]]:
    """Officials for a select: (id, name and title)."""
    query = select(Official.id, Official.name, Official.title).order_by(Official.sort_order, Official.name)
    return [(str(row.id), f"{row.name}, {row.title}") for row in db.session.execute(query)]


def results_of(run: SigningRun) -> list[ResultLine]:
    """What became of the letters of a run, in its order: one select."""
    ids = [uuid.UUID(one) for one in run.subjects]
    letters: Sequence[Letter] = db.session.scalars(select(Letter).where(Letter.id.in_(ids))).all()
    by_id = {letter.id: letter for letter in letters}
    lines = []
    for one in ids:
        if one not in by_id:
            continue
        said = run.results.get(str(one), {})
        result = said.get("result") or ("under_way" if run.state in ("waiting", "running") else "waits")
        code = said.get("why") or run.error
        lines.append(ResultLine(by_id[one], result, why(code) if result == "waits" else ""))
    return lines


def _waiting(letter: Letter) -> Waiting:
    code = str(letter.details.get("signing_error") or "")
    return Waiting(
        letter,
        letter.due_at is not None and letter.due_at < now(),
        letter.state == "approved",
        why(code) if code and letter.state != "approved" else "",
    )
