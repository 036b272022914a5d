"""A register as a workbook or as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.documents import PDF, PdfColumn, head_signs, secretary_signs, table_pdf
from app.core.privacy.vault import open_vault
from app.core.tables import XLSX, Column, write_workbook
from app.government.residents.books.choosing import described, month_words
from app.government.residents.books.layout import Book, BookColumn, Choice, Found, Reading
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.writing import today
from tenants.scope import current_tenant

Form = Literal["xlsx", "pdf"]
MEDIA_TYPES: dict[Form, str] = {"xlsx": XLSX, "pdf": PDF}
_SIDES: dict[str, Literal["left", "right", "center"]] = {"text": "left", "number": "right", "date": "center"}


@dataclass(frozen=True, slots=True)
class BookFile:
    """A register as a file."""

    data: bytes
    media_type: str
    name: str
    lines: int


def make_file(book: Book, choice: Choice, form: Form, *, clear: bool) -> BookFile:
    """Read a whole register and write it as a workbook or a document, in Indonesian.

    Args:
        clear: whether NIK and KK numbers stand in it as they are, else masked.
    Raises:
        DocumentFailed: the document is too large or can't be made.
    """
    with force_locale("id"):
        areas = area_book()
        vault = open_vault() if book.has_numbers else None
        found = book.read(choice, Reading(areas, vault, clear=clear))
        write = _workbook if form == "xlsx" else _document
        return BookFile(
            write(book, choice, found, areas), MEDIA_TYPES[form], file_name(book, choice, form), found.count
        )


def file_name(book: Book, choice: Choice, form: Form) -> str:
    """`b1-buku-induk-2026-11-gisting-atas.pdf`."""
    model = book.model.replace(".", "").lower()
    return f"{model}-buku-{book.key}-{choice.month:%Y-%m}-{current_tenant().slug}.{form}"


def _workbook(book: Book, choice: Choice, found: Found, areas: AreaBook) -> bytes:
    columns = [
        Column(column.label, column.shape, max(6, round(column.width * 1.3))) for column in book.columns
    ]
    about = " · ".join([*_titles(book, choice), *described(book, choice, areas)])
    with write_workbook(str(book.short), columns, found.lines, about) as file:
        return file.read()


def _document(book: Book, choice: Choice, found: Found, areas: AreaBook) -> bytes:
    day = today()
    return table_pdf(
        str(book.title),
        [_pdf_column(column) for column in book.columns],
        found.lines,
        subtitle=str(_("Bulan %(month)s", month=month_words(choice.month))),
        about=described(book, choice, areas),
        notes=found.notes,
        signers=[
            head_signs(day, with_place=False, above=str(_("Mengetahui,"))),
            secretary_signs(day),
        ],
        totals=found.totals,
        numbered=True,
        size=book.letter_size,
        footer=f"{book.model} {book.title} · {current_tenant().full_name} · {month_words(choice.month)}",
    )


def _pdf_column(column: BookColumn) -> PdfColumn:
    return PdfColumn(
        str(column.heading), column.width, _SIDES[column.shape], tuple(str(group) for group in column.groups)
    )


def _titles(book: Book, choice: Choice) -> list[str]:
    return [f"{book.model} {book.title}", current_tenant().full_name, month_words(choice.month)]
