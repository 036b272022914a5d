"""Reading the register of incoming letters. `secret` ones are for those who may record or dispose."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, extract, func, select

from app.core.actors import current_actor
from app.core.casework.files import files_of
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import steps_of
from app.core.privacy.masking import mask_personal
from app.core.village import queries as village_queries
from app.core.village.errors import Missing
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.books.paging import Key, Page
from app.government.letters.books.words import INCOMING_STATES, URGENCIES
from app.government.letters.models import IncomingLetter, Letter, LetterCounter

SUBJECT = "incoming_letter"
SCOPE = "incoming"
"""Of the row in `letter_counter` that draws agenda numbers."""
OPEN = ("received", "disposed")
PAGE = 50
LONGEST_SEARCH = 100
ESCAPE = "!"

KEY: Key[IncomingLetter] = Key(
    ((IncomingLetter.year, "number"), (IncomingLetter.sequence, "number")),
    lambda letter: (letter.year, letter.sequence),
)


@dataclass(frozen=True, slots=True)
class IncomingFilter:
    """What a list of incoming letters is narrowed to."""

    q: str = ""
    year: int | None = None
    month: int | None = None
    state: str = ""
    urgency: str = ""
    overdue: bool = False

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> IncomingFilter:
        """Read `q`, `tahun`, `bulan`, `keadaan`, `sifat` and `lewat`; what makes no sense counts as not asked."""
        state, urgency = args.get("keadaan", ""), args.get("sifat", "")
        return cls(
            q=mask_personal(" ".join(args.get("q", "").replace("\x00", "").split()))[:LONGEST_SEARCH],
            year=whole(args.get("tahun"), 1900, 2200),
            month=whole(args.get("bulan"), 1, 12),
            state=state if state in INCOMING_STATES else "",
            urgency=urgency if urgency in URGENCIES else "",
            overdue=args.get("lewat") == "1",
        )

    def as_args(self) -> dict[str, Any]:
        """The arguments of an address that make this filter again."""
        found = {
            "q": self.q,
            "tahun": str(self.year or ""),
            "bulan": str(self.month or ""),
            "keadaan": self.state,
            "sifat": self.urgency,
            "lewat": "1" if self.overdue else "",
        }
        return {name: value for name, value in found.items() if value}

    def apply(self, query: Select[Any], today: dt.date) -> Select[Any]:
        """The query with these conditions."""
        for part in searched(self.q):
            query = query.where(IncomingLetter.search.contains(part, autoescape=True))
        if self.year is not None:
            query = query.where(IncomingLetter.year == self.year)
        if self.month is not None:
            query = query.where(extract("month", IncomingLetter.received_on) == self.month)
        if self.state:
            query = query.where(IncomingLetter.state == self.state)
        if self.urgency:
            query = query.where(IncomingLetter.urgency == self.urgency)
        if self.overdue:
            query = query.where(IncomingLetter.state.in_(OPEN), IncomingLetter.due_on < today)
        return query


@dataclass(frozen=True, slots=True)
class IncomingTotals:
    """How many letters a filter lets through, and what of all of them waits."""

    all: int
    received: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Disposition:
    """A disposition with what was reported on it."""

    id: uuid.UUID
    at: dt.datetime
    by_name: str
    officials: Sequence[Mapping[str, str]]
    instructions: Sequence[str]
    text: str
    due_on: dt.date | None
    secrecy: str
    report: str | None = None
    reported_by: str = ""
    reported_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownIncoming:
    """An incoming letter with its dispositions, scans, steps and answer."""

    letter: IncomingLetter
    dispositions: Sequence[Disposition]
    steps: Sequence[CaseStep]
    files: Sequence[CaseFile] = field(default_factory=tuple)
    reply: Letter | None = None
    is_overdue: bool = False


def whole(text_value: str | None, least: int, most: int) -> int | None:
    """A whole number within bounds, or None."""
    if not text_value or not (text_value.isascii() and text_value.isdigit()) or len(text_value) > 9:
        return None
    number = int(text_value)
    return number if least <= number <= most else None


def searched(q: str) -> list[str]:
    """The parts that must all stand in a row's search text, as it is written there."""
    return q.lower().split()[:8]


def like(text: str) -> str:
    """A pattern for `ilike` (with ESCAPE) that finds `text` anywhere; its own wildcards mean themselves."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return f"%{text}%"


def may_see_secret() -> bool:
    """Whether the acting person records or disposes letters, so sees secret ones."""
    actor = current_actor()
    return actor is not None and (actor.may("letters.incoming") or actor.may("letters.dispose"))


def visible(query: Select[Any]) -> Select[Any]:
    """The query without what the acting person may not see."""
    return query if may_see_secret() else query.where(IncomingLetter.secrecy != "secret")


def incoming_page(chosen: IncomingFilter, older: str = "", newer: str = "", size: int = PAGE) -> Page[Any]:
    """A page of the register, the last agenda number first: one select."""
    query = visible(chosen.apply(select(IncomingLetter), village_queries.today()))
    return KEY.page(query, older=older, newer=newer, size=size)


def incoming_totals(chosen: IncomingFilter) -> IncomingTotals:
    """Figures above the list: one select over the filtered letters and what waits of all."""
    today = village_queries.today()
    waiting = (
        visible(select(func.count()).where(IncomingLetter.state == "received"))
        .select_from(IncomingLetter)
        .scalar_subquery()
    )
    late = (
        visible(IncomingFilter(overdue=True).apply(select(func.count()).select_from(IncomingLetter), today))
    ).scalar_subquery()
    counted = visible(chosen.apply(select(func.count()).select_from(IncomingLetter), today)).scalar_subquery()
    row = db.session.execute(select(counted, waiting, late)).one()
    return IncomingTotals(*row)


def years_of_incoming() -> list[int]:
    """The years in which letters came in, the last one first: one select on a small table."""
    query = select(LetterCounter.year).where(LetterCounter.scope == SCOPE).order_by(LetterCounter.year.desc())
    return list(db.session.scalars(query))


def next_agenda(year: int) -> int | None:
    """The agenda number that is drawn next in a year (others may be faster); None when the year has none yet."""
    query = select(LetterCounter.last).where(LetterCounter.scope == SCOPE, LetterCounter.year == year)
    last = db.session.scalar(query)
    return None if last is None else last + 1


def find_incoming(letter_id: uuid.UUID, *, for_change: bool = False) -> IncomingLetter:
    """One letter that the acting person may see; held until the commit `for_change`. Raises Missing."""
    query = visible(select(IncomingLetter).where(IncomingLetter.id == letter_id))
    if for_change:
        query = query.with_for_update()
    letter: IncomingLetter | None = db.session.scalar(query)
    if letter is None:
        raise Missing(str(letter_id))
    return letter


def shown_incoming(letter_id: uuid.UUID) -> ShownIncoming:
    """A letter with all that belongs to it: four selects at most. Raises Missing."""
    letter = find_incoming(letter_id)
    steps = steps_of(letter.id)
    reply = db.session.get(Letter, letter.reply_letter_id) if letter.reply_letter_id else None
    return ShownIncoming(
        letter,
        dispositions_of(steps),
        [step for step in steps if _is_told(step)],
        files_of(letter.id),
        reply,
        is_overdue(letter),
    )


def is_overdue(letter: IncomingLetter) -> bool:
    """Whether its answer is late."""
    return letter.state in OPEN and letter.due_on is not None and letter.due_on < village_queries.today()


def dispositions_of(steps: Sequence[CaseStep], *, everything: bool = False) -> list[Disposition]:
    """The dispositions among a letter's steps, with their reports.

    Args:
        everything: also secret ones, whoever asks.
    """
    reports = {step.details.get("disposition"): step for step in steps if step.kind == "report"}
    found = []
    for step in steps:
        if step.kind != "disposition" or not (everything or _is_told(step)):
            continue
        report = reports.get(str(step.id))
        due = step.details.get("due_on")
        found.append(
            Disposition(
                step.id,
                step.at,
                step.by_name,
                step.details.get("officials", ()),
                step.details.get("instructions", ()),
                step.note,
                dt.date.fromisoformat(due) if due else None,
                step.details.get("secrecy", "open"),
                report.note if report else None,
                report.by_name if report else "",
                report.at if report else None,
            )
        )
    return found


def disposition_of(letter_id: uuid.UUID, disposition_id: uuid.UUID) -> tuple[IncomingLetter, Disposition]:
    """A letter and one of its dispositions. Raises Missing."""
    letter = find_incoming(letter_id)
    for disposition in dispositions_of(steps_of(letter.id)):
        if disposition.id == disposition_id:
            return letter, disposition
    raise Missing(str(disposition_id))


def receivers() -> list[Official]:
    """Officials in office to whom a letter may go, in the village's own order; the head gives, so is left out."""
    query = (
        select(Official)
        .where(Official.position != "head", village_queries.in_office(village_queries.today()))
        .order_by(Official.sort_order, Official.name)
    )
    return list(db.session.scalars(query))


def find_reply(number: str) -> Letter | None:
    """The outgoing letter of this number, the latest one where several bear it."""
    query = (
        select(Letter)
        .where(Letter.search.ilike(like(number), escape=ESCAPE))
        .where(func.lower(Letter.number) == number.lower(), Letter.sequence.is_not(None))
        .where(Letter.state.in_(("issued", "collected", "approved")))
        .order_by(Letter.letter_date.desc(), Letter.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _is_told(step: CaseStep) -> bool:
    secret = step.details.get("secrecy") == "secret"
    return not secret or may_see_secret()
