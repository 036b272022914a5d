"""The pages of the registers: which there are, one register's page, its files."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.permissions import requires
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.government.residents import ledger
from app.government.residents.books import BOOKS, services
from app.government.residents.books.choosing import (
    choice_args,
    choice_from,
    described,
    month_options,
    month_words,
    year_options,
)
from app.government.residents.books.files import BookFile
from app.government.residents.books.layout import Book, Choice, Reading
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.browse.filters import number_of

blueprint = AudienceBlueprint("residents_books", __name__, audience="village", url_prefix="/penduduk/buku")

PAGE = 50
KEYS = ", ".join(f"'{key}'" for key in BOOKS)


@blueprint.get("")
@requires("residents.view")
def index() -> ResponseReturnValue:
    """The five registers, a sentence each."""
    return render_template("residents/books/index.html", books=BOOKS.values())


@blueprint.get(f"/<any({KEYS}):key>")
@requires("residents.view")
def show(key: str) -> ResponseReturnValue:
    """One register for a month: fifty lines a page, numbers masked."""
    return _page(BOOKS[key], request.args)


@blueprint.post(f"/<any({KEYS}):key>/berkas")
@requires("residents.view")
def export(key: str) -> ResponseReturnValue:
    """A register as a workbook or a document; one of people, masked or not, for those who may export, with a reason."""
    book, areas = BOOKS[key], area_book()
    _check_may_export(book)
    choice = choice_from(request.form, book, areas)
    clear = book.has_numbers and request.form.get("utuh") == "1"
    if clear and not current_user.may("residents.view_identity"):
        abort(403)
    try:
        made = services.export_book(
            book,
            choice,
            "xlsx" if request.form.get("bentuk") == "xlsx" else "pdf",
            clear=clear,
            reason=request.form.get("alasan", "")[:200],
            account_id=current_user.account_id,
            asked_by=current_user.name,
        )
    except Invalid as wrong:
        return _page(book, request.form, {"alasan": str(wrong)}, 422)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(_path(book, **choice_args(choice)), 303)
    if isinstance(made, uuid.UUID):
        return redirect(url_for("residents_books.work", run_id=made), 303)
    return _sent(made)


@blueprint.get("/berkas/<uuid:run_id>")
@requires("residents.view")
def work(run_id: uuid.UUID) -> ResponseReturnValue:
    """How far a long document is; asks again by itself, and leads to the file."""
    try:
        run = services.find_run(run_id, current_user.account_id)
    except Missing:
        abort(404)
    template = "_work.html" if request.headers.get("HX-Request") else "work.html"
    book = BOOKS[run.arguments["book"]]
    back = _path(book, **run.arguments["choice"])
    return render_template(f"residents/books/{template}", run=run, book=book, back_url=back)


@blueprint.get("/berkas/<uuid:run_id>/unduh")
@requires("residents.view")
def download(run_id: uuid.UUID) -> ResponseReturnValue:
    """The document that was waited for, within a day."""
    try:
        run = services.find_run(run_id, current_user.account_id)
        _check_may_export(BOOKS[run.arguments["book"]])
        if run.arguments.get("clear") and not current_user.may("residents.view_identity"):
            abort(403)
        return _sent(services.fetch_file(run))
    except Missing:
        abort(404)


def _check_may_export(book: Book) -> None:
    """A file of people leaves the house only with those who may export."""
    if book.names_people and not current_user.may("residents.export"):
        abort(403)


def _page(book: Book, args: Any, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    areas = area_book()
    choice = choice_from(args, book, areas)
    page = max(1, number_of(args.get("hal")) or 1)
    vault = open_vault() if book.has_numbers else None
    found = book.read(choice, Reading(areas, vault, offset=(page - 1) * PAGE, limit=PAGE))
    first, _closed = ledger.span()
    chosen = choice_args(choice)
    html = render_template(
        "residents/books/show.html",
        book=book,
        choice=choice,
        found=found,
        month=month_words(choice.month),
        described=described(book, choice, areas),
        months=month_options(),
        years=year_options(first, choice.month.year),
        areas=_area_options(areas),
        chosen=chosen,
        page_number=page,
        pages=max(1, -(-found.count // PAGE)),
        page_url=lambda number: _path(book, hal=number, **chosen),
        errors=errors or {},
        values=args,
        siblings=_siblings(book, choice),
    )
    return make_response(html, status)


def _siblings(book: Book, choice: Choice) -> list[dict[str, Any]]:
    args = {name: value for name, value in choice_args(choice).items() if name in ("bulan", "tahun")}
    return [
        {
            "label": other.short,
            "url": _path(other, **args),
            "current": other.key == book.key,
        }
        for other in BOOKS.values()
    ]


def _area_options(areas: AreaBook) -> list[tuple[str, str]]:
    return [("", str(_("Semua wilayah"))), *((str(area_id), way) for area_id, way in areas.ways.items())]


def _path(book: Book, **args: Any) -> str:
    return url_for("residents_books.show", key=book.key, **args)


def _sent(made: BookFile) -> Response:
    response = make_response(made.data)
    response.content_type = made.media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
