"""Pages of dispositions: giving one, reporting it done, answering, the sheet."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.letters.books import dispositions as services
from app.government.letters.books.incoming_queries import find_incoming, receivers
from app.government.letters.books.incoming_schemas import DispositionSchema
from app.government.letters.books.incoming_views import shown_page
from app.government.letters.books.sheet import disposition_sheet
from app.government.letters.books.words import INSTRUCTIONS, SECRECIES, options

blueprint = AudienceBlueprint("dispositions", __name__, audience="village", url_prefix="/surat/masuk")

LONGEST = 800


@blueprint.get("/<uuid:letter_id>/disposisi")
@requires("letters.dispose")
def new(letter_id: uuid.UUID) -> ResponseReturnValue:
    """An empty disposition."""
    return _form(letter_id)


@blueprint.post("/<uuid:letter_id>/disposisi")
@requires("letters.dispose")
def give(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Check and give."""
    checked = check(DispositionSchema(), request.form)
    if not checked.is_valid:
        return _form(letter_id, checked, status=422)
    try:
        services.dispose(letter_id, checked.values)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _form(letter_id, checked.with_error(wrong.field, wrong), status=422)
    flash(str(_("Disposisi tersimpan.")), "success")
    return _back(letter_id)


@blueprint.post("/<uuid:letter_id>/disposisi/<uuid:disposition_id>/selesai")
@requires("letters.view")
def report(letter_id: uuid.UUID, disposition_id: uuid.UUID) -> ResponseReturnValue:
    """Report what was done on a disposition."""
    note = request.form.get("note", "")[:LONGEST]
    try:
        services.report_done(letter_id, disposition_id, note)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return shown_page(
            letter_id, {f"report-{disposition_id}": str(wrong)}, typed={"note": note}, status=422
        )
    flash(str(_("Laporan tersimpan.")), "success")
    return _back(letter_id)


@blueprint.post("/<uuid:letter_id>/selesai")
@requires("letters.dispose")
def finish(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Close a letter that needs nothing more."""
    try:
        services.finish(letter_id, request.form.get("note", "")[:LONGEST])
    except Missing:
        abort(404)
    except Invalid as wrong:
        return shown_page(letter_id, {"_schema": str(wrong)}, status=422)
    flash(str(_("Surat dinyatakan selesai.")), "success")
    return _back(letter_id)


@blueprint.post("/<uuid:letter_id>/balasan")
@requires("letters.incoming")
def reply(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Link the outgoing letter that answers."""
    number = request.form.get("number", "")[:80]
    try:
        services.link_reply(letter_id, number)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return shown_page(letter_id, {"number": str(wrong)}, typed={"number": number}, status=422)
    flash(str(_("Surat jawaban tercatat.")), "success")
    return _back(letter_id)


@blueprint.get("/<uuid:letter_id>/lembar-disposisi")
@requires("letters.view")
def blank_sheet(letter_id: uuid.UUID) -> ResponseReturnValue:
    """A sheet to be filled by hand."""
    return _sheet(letter_id, None)


@blueprint.get("/<uuid:letter_id>/disposisi/<uuid:disposition_id>/lembar")
@requires("letters.view")
def sheet(letter_id: uuid.UUID, disposition_id: uuid.UUID) -> ResponseReturnValue:
    """The sheet of a disposition."""
    return _sheet(letter_id, disposition_id)


def _sheet(letter_id: uuid.UUID, disposition_id: uuid.UUID | None) -> ResponseReturnValue:
    try:
        pdf, name = disposition_sheet(letter_id, disposition_id)
    except Missing:
        abort(404)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return _back(letter_id)
    response = make_response(pdf)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _back(letter_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("incoming_letters.show", letter_id=letter_id, _anchor="disposisi"), 303)


def _form(letter_id: uuid.UUID, checked: Checked | None = None, *, status: int = 200) -> Response:
    try:
        letter = find_incoming(letter_id)
    except Missing:
        abort(404)
    values: dict[str, Any] = (
        checked.typed if checked else {"secrecy": letter.secrecy, "due_on": letter.due_on}
    )
    page = render_template(
        "letters/books/disposition_form.html",
        letter=letter,
        officials=[(str(one.id), one.name, one.title) for one in receivers()],
        instructions=options(INSTRUCTIONS),
        secrecies=options(SECRECIES),
        values=values,
        errors=checked.errors if checked else {},
    )
    return make_response(page, status)
