"""The population registers of Permendagri 47/2016, line by line."""

from __future__ import annotations

from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid
from app.government.residents.api.common import Month, may
from app.government.residents.books import BOOKS, services
from app.government.residents.books.layout import Book, Choice, Reading
from app.government.residents.browse.areas import area_book
from app.government.residents.writing import today

book_api = ApiBlueprint(
    "population-books",
    __name__,
    audience="village",
    description="The five registers of the population that every village keeps (Permendagri 47/2016, B.1 to B.5).",
)

KEYS = ", ".join(f"'{key}'" for key in BOOKS)
MOST_LINES = 200
LAST_LINE = 100_000


class BookColumnSchema(Schema):
    """A column."""

    label = fields.String(required=True, metadata={"description": "Its heading behind those above it."})
    shape = fields.String(required=True, validate=validate.OneOf(["text", "number", "date"]))


class BookSchema(Schema):
    """A register."""

    key = fields.String(required=True)
    model = fields.String(required=True, metadata={"description": "Its model in the annex, such as B.1."})
    title = fields.String(required=True)
    about = fields.String(required=True)
    columns = fields.List(fields.Nested(BookColumnSchema), required=True)


class BookQuery(Schema):
    """Which lines. A register is numbered, so it is read by line numbers."""

    month = Month(
        load_default=None,
        metadata={"description": "As it stood at this month's end; the present one at first."},
    )
    sub_area_id = fields.UUID(
        load_default=None, metadata={"description": "An area with everything below it."}
    )
    part = fields.String(
        load_default="permanent",
        validate=validate.OneOf(["permanent", "all"]),
        metadata={"description": "Permanent residents, or newcomers too."},
    )
    offset = fields.Integer(
        load_default=0, validate=validate.Range(0, LAST_LINE), metadata={"description": "Lines to leave out."}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_LINES))


class BookReasonHeader(Schema):
    """Why a register of people is read."""

    reason = fields.String(
        data_key="X-Reason",
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "description": "What it is for, at least five letters; needed for every register but that of sums. It"
            " stands in the audit log."
        },
    )


class BookLinesSchema(Schema):
    """Lines of a register; numbers are masked."""

    columns = fields.List(fields.Nested(BookColumnSchema), required=True)
    lines = fields.List(
        fields.List(fields.Raw(allow_none=True)),
        required=True,
        metadata={"description": "Cells in the columns' order: text, numbers, days as 2026-11-22, or null."},
    )
    count = fields.Integer(required=True, metadata={"description": "Lines in all, without sums."})
    notes = fields.List(fields.String(), required=True)


@book_api.route("/population-books")
@requires("residents.view")
@book_api.response(200, BookSchema(many=True))
def books() -> list[dict[str, Any]]:
    """The five registers with their columns."""
    return [
        {
            "key": book.key,
            "model": book.model,
            "title": str(book.title),
            "about": str(book.about),
            "columns": _columns(book),
        }
        for book in BOOKS.values()
    ]


@book_api.route(f"/population-books/<any({KEYS}):key>/lines")
@requires("residents.view")
@book_api.arguments(BookQuery, location="query")
@book_api.arguments(BookReasonHeader, location="headers")
@book_api.response(200, BookLinesSchema)
def lines(query: dict[str, Any], header: dict[str, Any], key: str) -> dict[str, Any]:
    """Lines of one register as it stood at the end of a month; numbers are masked.

    Registers of people need residents.export and a reason (403 without), as their files do; that of sums neither.
    """
    if BOOKS[key].names_people and not may("residents.export"):
        abort(403)
    book, areas, present = BOOKS[key], area_book(), today().replace(day=1)
    if query["sub_area_id"] is not None and query["sub_area_id"] not in areas.names:
        abort(404)
    month = min(query["month"] or present, present)
    choice = Choice(
        month, query["sub_area_id"] if book.by_area else None, query["part"] if book.by_part else "permanent"
    )
    reading = Reading(
        areas, open_vault() if book.has_numbers else None, offset=query["offset"], limit=query["limit"]
    )
    try:
        found = services.read_lines(book, choice, reading, header["reason"])
    except Invalid as wrong:
        abort(403, str(wrong))
    return {
        "columns": _columns(book),
        "lines": [
            [cell if isinstance(cell, str | int | None) else f"{cell:%Y-%m-%d}" for cell in line]
            for line in found.lines
        ],
        "count": found.count,
        "notes": found.notes,
    }


def _columns(book: Book) -> list[dict[str, str]]:
    return [{"label": column.label, "shape": column.shape} for column in book.columns]
