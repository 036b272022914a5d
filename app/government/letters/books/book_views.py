"""Pages of the agenda and the expedition book, and the files of all books."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.permissions import requires
from app.core.village.errors import Invalid
from app.core.village.queries import today
from app.government.letters.books import books
from app.government.letters.books.books import BOOKS, Span
from app.government.letters.books.files import export_book
from app.government.letters.books.incoming_queries import whole, years_of_incoming
from app.government.letters.books.outgoing_queries import years_of_letters
from app.government.letters.books.words import month_options

blueprint = AudienceBlueprint("letter_books", __name__, audience="village", url_prefix="/surat")

PAGE = 50
KEYS = ", ".join(f"'{key}'" for key in BOOKS)
LAST_PAGE = 10_000
PAGES = {
    "agenda": "letter_books.agenda",
    "expedition": "letter_books.expedition",
    "outgoing": "outgoing_letters.index",
    "incoming": "incoming_letters.index",
}


@blueprint.get("/agenda")
@requires("letters.view")
def agenda() -> ResponseReturnValue:
    """Incoming and outgoing letters of a month by date."""
    span, number = _asked()
    count = books.agenda_count(span)
    rows = books.agenda_page(span, (number - 1) * PAGE, PAGE)
    return render_template("letters/books/agenda.html", rows=rows, **_context("agenda", span, number, count))


@blueprint.get("/ekspedisi")
@requires("letters.view")
def expedition() -> ResponseReturnValue:
    """Letters that were sent on in a month, by date."""
    span, number = _asked()
    count = books.expedition_count(span)
    rows = books.expedition_page(span, (number - 1) * PAGE, PAGE)
    return render_template(
        "letters/books/expedition.html",
        rows=rows,
        sent_days=[dt.date.fromisoformat(letter.details["sent_on"]) for letter in rows],
        **_context("expedition", span, number, count),
    )


@blueprint.post(f"/buku/<any({KEYS}):book>/berkas")
@requires("letters.export")
def export(book: str) -> ResponseReturnValue:
    """A book as a workbook or a document."""
    args = {name: value for name, value in request.form.items() if name not in ("csrf_token", "bentuk")}
    form = request.form.get("bentuk")
    if form not in ("pdf", "xlsx"):
        abort(404)
    try:
        made = export_book(book, args, "pdf" if form == "pdf" else "xlsx")
    except (Invalid, DocumentFailed) as wrong:
        flash(str(wrong), "error")
        known: dict[str, Any] = {name: value for name, value in args.items() if value}
        return redirect(url_for(PAGES[book], **known), 303)
    response = make_response(made.data)
    response.content_type = made.media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> tuple[Span, int]:
    return Span.from_args(request.args), whole(request.args.get("hal"), 1, LAST_PAGE) or 1


def _context(key: str, span: Span, number: int, count: int) -> dict[str, Any]:
    years = sorted({today().year, span.year, *years_of_letters(), *years_of_incoming()}, reverse=True)
    args = span.as_args()
    return {
        "book": BOOKS[key],
        "span": span,
        "args": args,
        "count": count,
        "years": [(str(year), str(year)) for year in years],
        "months": month_options(_("Setahun penuh")),
        "page_number": number,
        "first_line": (number - 1) * PAGE,
        "pages": max(1, -(-count // PAGE)),
        "page_url": lambda page: url_for(PAGES[key], **args, hal=page),
    }
