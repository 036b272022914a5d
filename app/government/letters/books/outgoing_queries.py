"""Reading the register of outgoing letters: all that bear a number, cancelled ones too."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only

from app.core.casework.files import files_of
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import steps_of
from app.core.privacy.masking import mask_personal
from app.core.village.errors import Missing
from app.extensions import cache, db
from app.government.letters.books.incoming_queries import (
    ESCAPE,
    LONGEST_SEARCH,
    SCOPE,
    like,
    whole,
)
from app.government.letters.books.paging import Key, Page
from app.government.letters.books.words import ORIGINS, SIGNINGS
from app.government.letters.models import Letter, LetterCounter
from tenants.keys import tenant_key

PAGE = 50
COUNT_SECONDS = 86_400
MOST_COUNTED = 1000
"""Above so many found letters a page says "more than": nobody leafs through them."""
BUNCH = 500
"""So many rows of a long book are read at once."""
STATES = ("approved", "issued", "collected", "cancelled")
"""In which a letter bears a number."""
SHOWN = (
    Letter.id, Letter.type_code, Letter.title, Letter.subject, Letter.classification, Letter.recipient, Letter.state,
    Letter.origin, Letter.holder_name, Letter.year, Letter.sequence, Letter.number, Letter.letter_date, Letter.signing,
    Letter.signer_name, Letter.signer_title, Letter.reason, Letter.details, Letter.recorded_by, Letter.issued_at,
    Letter.size, Letter.row_version,
)  # fmt: skip
"""What books show of a letter; the sealed record is never read for a list."""

KEY: Key[Letter] = Key(
    ((Letter.letter_date, "day"), (Letter.sequence, "number"), (Letter.id, "id")),
    lambda letter: (letter.letter_date, letter.sequence, letter.id),
)


@dataclass(frozen=True, slots=True)
class OutgoingFilter:
    """What the register is narrowed to."""

    q: str = ""
    year: int | None = None
    month: int | None = None
    type_code: str = ""
    classification: str = ""
    state: str = ""
    signing: str = ""
    origin: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> OutgoingFilter:
        """Read `q`, `tahun`, `bulan`, `jenis`, `klasifikasi`, `keadaan`, `tanda`, `asal`; nonsense counts as not asked.

        A month without a year is of the present one's choosing: it is left out.
        """
        state, signing, origin = args.get("keadaan", ""), args.get("tanda", ""), args.get("asal", "")
        year = whole(args.get("tahun"), 1900, 2200)
        return cls(
            q=mask_personal(" ".join(args.get("q", "").replace("\x00", "").split()))[:LONGEST_SEARCH],
            year=year,
            month=whole(args.get("bulan"), 1, 12) if year else None,
            type_code=args.get("jenis", "").replace("\x00", "")[:60],
            classification=args.get("klasifikasi", "").replace("\x00", "").strip()[:40],
            state=state if state in STATES else "",
            signing=signing if signing in SIGNINGS else "",
            origin=origin if origin in ORIGINS else "",
        )

    def as_args(self) -> dict[str, Any]:
        """The arguments of an address that make this filter again."""
        found = {
            "q": self.q,
            "tahun": str(self.year or ""),
            "bulan": str(self.month or ""),
            "jenis": self.type_code,
            "klasifikasi": self.classification,
            "keadaan": self.state,
            "tanda": self.signing,
            "asal": self.origin,
        }
        return {name: value for name, value in found.items() if value}

    def apply(self, query: Select[Any]) -> Select[Any]:
        """The query with these conditions, of letters with a number."""
        query = query.where(Letter.sequence.is_not(None), Letter.letter_date.is_not(None))
        for part in self.q.split()[:8]:
            query = query.where(Letter.search.ilike(like(part), escape=ESCAPE))
        if span := self.span:
            query = query.where(Letter.letter_date.between(*span))
        if self.classification:
            query = query.where(Letter.classification.startswith(self.classification, autoescape=True))
        for column, value in (
            (Letter.type_code, self.type_code),
            (Letter.state, self.state),
            (Letter.signing, self.signing),
            (Letter.origin, self.origin),
        ):
            if value:
                query = query.where(column == value)
        return query

    @property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last day that are asked for."""
        return span_of(self.year, self.month) if self.year else None


@dataclass(frozen=True, slots=True)
class ShownOutgoing:
    """A letter of the register with its steps and pages."""

    letter: Letter
    steps: Sequence[CaseStep]
    files: Sequence[CaseFile]


def span_of(year: int, month: int | None) -> tuple[dt.date, dt.date]:
    """The first and the last day of a year, or of a month of it."""
    first, last = month or 1, month or 12
    return dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def outgoing_page(chosen: OutgoingFilter, older: str = "", newer: str = "", size: int = PAGE) -> Page[Letter]:
    """A page of the register, the last letter first: one select along an index."""
    query = chosen.apply(select(Letter)).options(load_only(*SHOWN))
    return KEY.page(query, older=older, newer=newer, size=size)


@dataclass(frozen=True, slots=True)
class Counters:
    """The years in which numbers were drawn, the last one first, and a word that changes whenever one is drawn."""

    years: Sequence[int]
    version: str


def counters() -> Counters:
    """What was drawn so far: one select on a small table."""
    query = select(LetterCounter.scope, LetterCounter.year, LetterCounter.last).where(
        LetterCounter.scope != SCOPE
    )
    rows = sorted((row.scope, row.year, row.last) for row in db.session.execute(query))
    version = hashlib.blake2s(repr(rows).encode(), digest_size=12).hexdigest()
    return Counters(sorted({year for _scope, year, _last in rows}, reverse=True), version)


def outgoing_count(chosen: OutgoingFilter, version: str = "", *, limits: bool = False) -> int:
    """How many letters a filter lets through: one select, or none where it is known for this `version`.

    Args:
        version: that of `counters()`, read before: which letters bear a number changes with the counters alone, so
            their count is kept in Redis for a day. Filters of what changes later (the state) are counted each time.
        limits: for a page: a search is counted up to one more than MOST_COUNTED.
    """
    limits = limits and bool(chosen.q)
    keeps = bool(version) and not chosen.state
    digest = hashlib.blake2s(repr(chosen).encode(), digest_size=12).hexdigest()
    key = tenant_key("letters", "found" if limits else "count", version, digest)
    kept = cache.try_ask(lambda client: client.get(key), None) if keeps else None
    if isinstance(kept, bytes) and kept.isdigit():
        return int(kept)
    query = chosen.apply(select(func.count()).select_from(Letter))
    if limits:
        query = select(func.count()).select_from(
            chosen.apply(select(Letter.id)).limit(MOST_COUNTED + 1).subquery()
        )
    count = db.session.scalar(query) or 0
    if keeps:
        cache.try_ask(lambda client: client.set(key, count, ex=COUNT_SECONDS), None)
    return count


def outgoing_rows(chosen: OutgoingFilter) -> Iterator[Letter]:
    """All letters that a filter lets through, the first one first, read in bunches."""
    query = chosen.apply(select(Letter)).options(load_only(*SHOWN))
    query = query.order_by(Letter.letter_date, Letter.sequence, Letter.id)
    yield from db.session.scalars(query.execution_options(yield_per=BUNCH))


def years_of_letters() -> Sequence[int]:
    """The years in which numbers were drawn, the last one first: one select on a small table."""
    return counters().years


def find_outgoing(letter_id: uuid.UUID, *, for_change: bool = False) -> Letter:
    """One letter that bears a number; held until the commit `for_change`. Raises Missing."""
    query = select(Letter).where(Letter.id == letter_id, Letter.sequence.is_not(None))
    if for_change:
        query = query.with_for_update()
    letter: Letter | None = db.session.scalar(query)
    if letter is None:
        raise Missing(str(letter_id))
    return letter


def shown_outgoing(letter_id: uuid.UUID) -> ShownOutgoing:
    """A letter with its steps and pages: three selects. Raises Missing."""
    letter = find_outgoing(letter_id)
    return ShownOutgoing(letter, steps_of(letter.id), files_of(letter.id))
