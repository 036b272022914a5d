"""Pages of the annual archive: what a year holds, its files to take along."""

from __future__ import annotations

import uuid

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.core.village.queries import today
from app.government.letters.access import opens_letters
from app.government.letters.books import archive as services
from app.government.letters.books.incoming_queries import whole, years_of_incoming
from app.government.letters.books.outgoing_queries import years_of_letters

blueprint = AudienceBlueprint("letter_archive", __name__, audience="village", url_prefix="/surat/arsip")


@blueprint.get("")
@requires("letters.view")
def index() -> ResponseReturnValue:
    """A year's letters by classification."""
    return _page(whole(request.args.get("tahun"), 1900, 2200) or today().year)


@blueprint.post("")
@requires("letters.export")
def start() -> ResponseReturnValue:
    """Ask for a year's files."""
    year = whole(request.form.get("tahun"), 1900, 2200)
    if year is None:
        abort(404)
    reason = request.form.get("alasan", "")
    try:
        run_id = services.start_archive(
            year, reason, account_id=current_user.account_id, asked_by=current_user.name
        )
    except Invalid as wrong:
        return _page(year, str(wrong), reason, 422)
    return redirect(url_for(".work", run_id=run_id), 303)


@blueprint.get("/<uuid:run_id>")
@requires("letters.export")
def work(run_id: uuid.UUID) -> ResponseReturnValue:
    """How far an archive is, and its parts."""
    try:
        run = services.find_archive(run_id, current_user.account_id)
    except Missing:
        abort(404)
    template = "_archive_work.html" if request.headers.get("HX-Request") else "archive_work.html"
    return render_template(f"letters/books/{template}", run=run)


@blueprint.get("/<uuid:run_id>/bagian/<int:number>")
@requires("letters.export")
@opens_letters
def part(run_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """A part of an archive, within a day."""
    try:
        opened = services.fetch_part(services.find_archive(run_id, current_user.account_id), number)
    except Missing:
        abort(404)
    response = make_response(opened.data)
    response.content_type = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{opened.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(year: int, error: str | None = None, reason: str = "", status: int = 200) -> Response:
    lines = services.archive_of(year)
    years = sorted({today().year, year, *years_of_letters(), *years_of_incoming()}, reverse=True)
    page = render_template(
        "letters/books/archive.html",
        year=year,
        lines=lines,
        years=[(str(one), str(one)) for one in years],
        outgoing=sum(line.outgoing for line in lines),
        cancelled=sum(line.cancelled for line in lines),
        incoming=sum(line.incoming for line in lines),
        files=sum(line.files for line in lines),
        megabytes=sum(line.bytes for line in lines) / 1_048_576,
        error=error,
        reason=reason,
    )
    return make_response(page, status)
