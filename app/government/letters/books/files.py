"""A book as a workbook or as a document; making one stands in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import audit
from app.core.documents import (
    DIRECT_ROWS,
    PDF,
    PdfColumn,
    head_signs,
    secretary_signs,
    table_pdf,
)
from app.core.tables import XLSX, Column, write_workbook
from app.core.village.errors import Invalid
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.books import BOOKS, Book, BookColumn
from tenants.scope import current_tenant

Form = Literal["xlsx", "pdf"]
MOST_ROWS = 200_000
SIDES: dict[str, Literal["left", "right", "center"]] = {"text": "left", "number": "right", "date": "center"}


@dataclass(frozen=True, slots=True)
class BookFile:
    """A book as a file."""

    data: bytes
    media_type: str
    name: str


def export_book(key: str, args: Mapping[str, str], form: Form) -> BookFile:
    """Write a book with what is asked for, note it in the audit log, and commit.

    Args:
        key: one of BOOKS. args: as in the address of the book's page.
    Raises:
        Invalid: too long for one document. DocumentFailed.
    """
    book = BOOKS[key]
    count = book.count(args)
    if count > (DIRECT_ROWS if form == "pdf" else MOST_ROWS):
        raise Invalid(
            "bentuk",
            _("Buku ini berisi %(count)s baris, terlalu panjang untuk satu PDF. Pilih bulannya, atau unduh Excel.",
              count=count),
        )  # fmt: skip
    with force_locale("id"):
        data = _workbook(book, args) if form == "xlsx" else _document(book, args)
        span = book.span(args)
        title = str(book.title)
    audit.record(
        "letters.book_exported", object_type="book", object_id=key, summary=f"{title}, {span}",
        details={"book": title, "format": form, "count": count, "filters": dict(args)},
    )  # fmt: skip
    db.session.commit()
    name = (
        f"{title.lower().replace(' ', '-')}-{span.lower().replace(' ', '-')}-{current_tenant().slug}.{form}"
    )
    return BookFile(data, XLSX if form == "xlsx" else PDF, name)


def _workbook(book: Book, args: Mapping[str, str]) -> bytes:
    columns = [
        Column(_label(column), column.shape, max(8, round(column.width * 1.4))) for column in book.columns
    ]
    about = " · ".join([str(book.title), current_tenant().full_name, book.span(args)])
    with write_workbook(str(book.title), columns, book.lines(args), about) as file:
        return file.read()


def _document(book: Book, args: Mapping[str, str]) -> bytes:
    day = today()
    return table_pdf(
        str(book.title),
        [
            PdfColumn(str(column.heading), column.width, SIDES[column.shape], str(column.group))
            for column in book.columns
        ],
        book.lines(args),
        subtitle=book.span(args),
        signers=[head_signs(day, with_place=False, above=str(_("Mengetahui,"))), secretary_signs(day)],
        numbered=True,
        size=7.5,
        footer=f"{book.title} · {current_tenant().full_name} · {book.span(args)}",
    )


def _label(column: BookColumn) -> str:
    return f"{column.group}: {column.heading}" if column.group else str(column.heading)
