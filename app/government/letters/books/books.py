"""The books as lines: outgoing, incoming, agenda and expedition, as village offices keep them (Permendagri 47/2016)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Text, case, func, literal, literal_column, select, union_all
from sqlalchemy.orm import load_only

from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.incoming_queries import (
    IncomingFilter,
    may_see_secret,
    visible,
    whole,
)
from app.government.letters.books.outgoing_queries import (
    SHOWN,
    OutgoingFilter,
    outgoing_count,
    outgoing_rows,
    span_of,
)
from app.government.letters.books.words import INCOMING_STATES, URGENCIES, month_name, word
from app.government.letters.desk.services import STATE_WORDS
from app.government.letters.models import IncomingLetter, Letter

Cell = str | int | dt.date | None
Shape = Literal["text", "number", "date"]
BUNCH = 500
SENT_ON: ColumnElement[str] = literal_column("(letter.details ->> 'sent_on')", Text)
"""When a letter was sent, as its index has it (`ix_letter_sent_on`)."""


@dataclass(frozen=True, slots=True)
class BookColumn:
    """A column of a book: heading, shape, width in signs, the heading above it."""

    heading: object
    shape: Shape = "text"
    width: float = 14
    group: object = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A year, or a month of it."""

    year: int
    month: int | None = None

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Span:
        """Read `tahun` and `bulan`; the present month at first, a year alone is the whole of it."""
        now = today()
        year = whole(args.get("tahun"), 1900, 2200)
        if year is None:
            return cls(now.year, now.month)
        return cls(year, whole(args.get("bulan"), 1, 12))

    def as_args(self) -> dict[str, Any]:
        """The arguments of an address that make this span again."""
        return {"tahun": str(self.year), **({"bulan": str(self.month)} if self.month else {})}

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day."""
        return span_of(self.year, self.month)

    @property
    def words(self) -> str:
        """`November 2026`, or `Tahun 2026`."""
        if self.month:
            return f"{month_name(self.month)} {self.year}"
        return str(_("Tahun %(year)s", year=self.year))


@dataclass(frozen=True, slots=True)
class Book:
    """A book: its name, its columns, and how its lines are read and counted for what is asked for."""

    key: str
    title: object
    columns: Sequence[BookColumn]
    lines: Callable[[Mapping[str, str]], Iterator[Sequence[Cell]]]
    count: Callable[[Mapping[str, str]], int]
    span: Callable[[Mapping[str, str]], str]


def agenda_select(span: Span) -> Any:
    """Incoming and outgoing letters of a span by date, as one select; secret ones say nothing of themselves."""
    first, last = span.days
    everything = may_see_secret()

    def told(column: Any) -> Any:
        return (
            column
            if everything
            else case((IncomingLetter.secrecy == "secret", str(_("Rahasia"))), else_=column)
        )

    came = select(
        literal("in").label("way"), IncomingLetter.received_on.label("day"), IncomingLetter.sequence.label("sequence"),
        IncomingLetter.id.label("id"), told(IncomingLetter.number).label("number"),
        IncomingLetter.letter_date.label("letter_date"), told(IncomingLetter.sender).label("other"),
        told(IncomingLetter.subject).label("about"), IncomingLetter.state.label("state"),
    ).where(IncomingLetter.received_on.between(first, last))  # fmt: skip
    went = select(
        literal("out"), Letter.letter_date, Letter.sequence, Letter.id, Letter.number, Letter.letter_date,
        func.coalesce(func.nullif(Letter.recipient, ""), Letter.holder_name),
        func.coalesce(func.nullif(Letter.subject, ""), Letter.title), Letter.state,
    ).where(Letter.sequence.is_not(None), Letter.letter_date.between(first, last))  # fmt: skip
    return union_all(came, went).subquery("agenda")


def agenda_page(span: Span, offset: int, limit: int) -> Sequence[Any]:
    """Lines of the agenda from `offset` on: one select."""
    rows = agenda_select(span)
    query = select(rows).order_by(rows.c.day, rows.c.way, rows.c.sequence, rows.c.id)
    return db.session.execute(query.offset(offset).limit(limit)).all()


def agenda_count(span: Span) -> int:
    """How many lines the agenda of a span has: one select."""
    return db.session.scalar(select(func.count()).select_from(agenda_select(span))) or 0


def expedition_page(span: Span, offset: int, limit: int) -> Sequence[Letter]:
    """Lines of the expedition book from `offset` on: one select."""
    query = sent_within(select(Letter), span).options(load_only(*SHOWN))
    query = query.order_by(SENT_ON, Letter.letter_date, Letter.sequence, Letter.id)
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def expedition_count(span: Span) -> int:
    """How many lines the expedition book of a span has: one select."""
    return db.session.scalar(sent_within(select(func.count()).select_from(Letter), span)) or 0


def sent_within(query: Any, span: Span) -> Any:
    """A query of letters with those only that were sent in a span, by what the expedition book notes."""
    first, last = span.days
    return query.where(Letter.sequence.is_not(None), SENT_ON.between(first.isoformat(), last.isoformat()))


def _mark(state: str) -> str:
    return str(_("DIBATALKAN")) if state == "cancelled" else ""


def _agenda_lines(args: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    span, offset = Span.from_args(args), 0
    while rows := agenda_page(span, offset, BUNCH):
        for number, row in enumerate(rows, start=offset + 1):
            note = _mark(row.state)
            if row.way == "in":
                yield number, row.day, row.number, row.letter_date, row.other, row.about, "", "", "", "", note
            else:
                yield (
                    number,
                    row.day,
                    "",
                    None,
                    "",
                    "",
                    row.number,
                    row.about,
                    row.letter_date,
                    row.other,
                    note,
                )
        offset += len(rows)


def _expedition_lines(args: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    span, offset = Span.from_args(args), 0
    while rows := expedition_page(span, offset, BUNCH):
        for number, letter in enumerate(rows, start=offset + 1):
            told = letter.details
            yield (
                number, dt.date.fromisoformat(told["sent_on"]), letter.number, letter.letter_date,
                letter.subject or letter.title, told.get("sent_to", ""), told.get("carried_by", ""),
                told.get("received_by", ""), "", _mark(letter.state),
            )  # fmt: skip
        offset += len(rows)


def _outgoing_lines(args: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    for number, letter in enumerate(outgoing_rows(OutgoingFilter.from_args(args)), start=1):
        yield (
            number, letter.number, letter.letter_date, letter.title, letter.subject, letter.holder_name,
            letter.recipient, letter.signer_name, word(STATE_WORDS, letter.state), letter.reason,
        )  # fmt: skip


def _incoming_lines(args: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    query = visible(IncomingFilter.from_args(args).apply(select(IncomingLetter), today()))
    query = query.order_by(IncomingLetter.year, IncomingLetter.sequence)
    for letter in db.session.scalars(query.execution_options(yield_per=BUNCH)):
        yield (
            f"{letter.sequence}/{letter.year}", letter.received_on, letter.number, letter.letter_date, letter.sender,
            letter.subject, word(URGENCIES, letter.urgency), letter.attachments, letter.due_on,
            word(INCOMING_STATES, letter.state),
        )  # fmt: skip


def _incoming_count(args: Mapping[str, str]) -> int:
    query = select(func.count()).select_from(IncomingLetter)
    return db.session.scalar(visible(IncomingFilter.from_args(args).apply(query, today()))) or 0


def _outgoing_count(args: Mapping[str, str]) -> int:
    return outgoing_count(OutgoingFilter.from_args(args))


def _span_words(args: Mapping[str, str]) -> str:
    return Span.from_args(args).words


def _filter_words(args: Mapping[str, str]) -> str:
    year = whole(args.get("tahun"), 1900, 2200)
    month = whole(args.get("bulan"), 1, 12)
    return Span(year, month).words if year else str(_("Semua tahun"))


CAME, WENT = _l("Surat masuk"), _l("Surat keluar")
BOOKS: dict[str, Book] = {
    "agenda": Book(
        "agenda",
        _l("Buku Agenda"),
        (
            BookColumn(_l("Nomor urut"), "number", 5),
            BookColumn(_l("Tanggal diterima atau dikirim"), "date", 10),
            BookColumn(_l("Nomor"), width=15, group=CAME),
            BookColumn(_l("Tanggal"), "date", 9, CAME),
            BookColumn(_l("Pengirim"), width=16, group=CAME),
            BookColumn(_l("Isi singkat"), width=22, group=CAME),
            BookColumn(_l("Nomor"), width=16, group=WENT),
            BookColumn(_l("Isi singkat"), width=22, group=WENT),
            BookColumn(_l("Tanggal"), "date", 9, WENT),
            BookColumn(_l("Ditujukan kepada"), width=16, group=WENT),
            BookColumn(_l("Keterangan"), width=11),
        ),
        _agenda_lines,
        lambda args: agenda_count(Span.from_args(args)),
        _span_words,
    ),
    "expedition": Book(
        "expedition",
        _l("Buku Ekspedisi"),
        (
            BookColumn(_l("Nomor urut"), "number", 5),
            BookColumn(_l("Tanggal pengiriman"), "date", 9),
            BookColumn(_l("Nomor surat"), width=17),
            BookColumn(_l("Tanggal surat"), "date", 9),
            BookColumn(_l("Isi singkat surat yang dikirim"), width=26),
            BookColumn(_l("Ditujukan kepada"), width=18),
            BookColumn(_l("Dibawa oleh"), width=13),
            BookColumn(_l("Diterima oleh"), width=13),
            BookColumn(_l("Tanda tangan penerima"), width=14),
            BookColumn(_l("Keterangan"), width=10),
        ),
        _expedition_lines,
        lambda args: expedition_count(Span.from_args(args)),
        _span_words,
    ),
    "outgoing": Book(
        "outgoing",
        _l("Buku Surat Keluar"),
        (
            BookColumn(_l("Nomor urut"), "number", 5),
            BookColumn(_l("Nomor surat"), width=18),
            BookColumn(_l("Tanggal surat"), "date", 9),
            BookColumn(_l("Jenis surat"), width=18),
            BookColumn(_l("Isi singkat"), width=20),
            BookColumn(_l("Atas nama"), width=16),
            BookColumn(_l("Ditujukan kepada"), width=16),
            BookColumn(_l("Ditandatangani oleh"), width=14),
            BookColumn(_l("Keadaan"), width=10),
            BookColumn(_l("Alasan"), width=12),
        ),
        _outgoing_lines,
        _outgoing_count,
        _filter_words,
    ),
    "incoming": Book(
        "incoming",
        _l("Buku Surat Masuk"),
        (
            BookColumn(_l("Nomor agenda"), width=9),
            BookColumn(_l("Tanggal diterima"), "date", 9),
            BookColumn(_l("Nomor surat"), width=16),
            BookColumn(_l("Tanggal surat"), "date", 9),
            BookColumn(_l("Pengirim"), width=18),
            BookColumn(_l("Perihal"), width=26),
            BookColumn(_l("Sifat"), width=9),
            BookColumn(_l("Lampiran"), width=10),
            BookColumn(_l("Batas waktu"), "date", 9),
            BookColumn(_l("Keadaan"), width=12),
        ),
        _incoming_lines,
        _incoming_count,
        _filter_words,
    ),
}
