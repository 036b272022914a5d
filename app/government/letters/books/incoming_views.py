"""Pages of incoming letters: the register, one letter, its form, cancelling, scans."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.files.names import Kind, disposition
from app.core.files.scans import MOST_BYTES
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.privacy.masking import holds_personal
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.queries import today
from app.core.village.views.common import differences
from app.government.letters.access import opens_incoming
from app.government.letters.books import incoming_services as services
from app.government.letters.books.incoming_queries import (
    IncomingFilter,
    find_incoming,
    incoming_page,
    incoming_totals,
    is_overdue,
    next_agenda,
    shown_incoming,
    years_of_incoming,
)
from app.government.letters.books.incoming_schemas import LABELS, IncomingSchema, NewIncomingSchema
from app.government.letters.books.telling import incoming_timeline
from app.government.letters.books.words import (
    INCOMING_STATES,
    INCOMING_TONES,
    INSTRUCTIONS,
    SECRECIES,
    URGENCIES,
    month_options,
    options,
    word,
)
from app.government.letters.models import IncomingLetter
from tenants.ids import uuid7

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint(
    "incoming_letters", __name__, audience="village", url_prefix="/surat/masuk", template_folder="templates"
)


@blueprint.app_context_processor
def page_words() -> dict[str, Any]:
    """What the pages of incoming letters call."""
    return {
        "incoming_state": lambda code: word(INCOMING_STATES, code),
        "incoming_tone": lambda code: INCOMING_TONES.get(code, "neutral"),
        "urgency_word": lambda code: word(URGENCIES, code),
        "secrecy_word": lambda code: word(SECRECIES, code),
        "instruction_word": lambda code: word(INSTRUCTIONS, code),
        "is_overdue_letter": is_overdue,
    }


@blueprint.get("")
@requires("letters.view")
def index() -> ResponseReturnValue:
    """The register, the last agenda number first; `lama` and `baru` are the cursors of its pages."""
    chosen = IncomingFilter.from_args(request.args)
    if holds_personal(request.args.get("q", "")):
        return redirect(url_for(".index", **chosen.as_args()), 303)
    page = incoming_page(chosen, request.args.get("lama", ""), request.args.get("baru", ""))
    args = chosen.as_args()
    return render_template(
        "letters/books/incoming.html",
        chosen=chosen,
        page_of=page,
        totals=incoming_totals(chosen),
        args=args,
        is_filtered=bool(args),
        years=[("", str(_("Semua tahun"))), *((str(y), str(y)) for y in years_of_incoming())],
        months=month_options(_("Semua bulan")),
        states=options(INCOMING_STATES, _("Semua keadaan")),
        urgencies=options(URGENCIES, _("Semua sifat")),
        older_url=url_for(".index", **args, lama=page.older) if page.older else None,
        newer_url=url_for(".index", **args, baru=page.newer) if page.newer else None,
    )


@blueprint.get("/catat")
@requires("letters.incoming")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _form(None)


@blueprint.post("/catat")
@requires("letters.incoming")
def add() -> ResponseReturnValue:
    """Check and record; the form sent twice is one letter."""
    checked = check(NewIncomingSchema(), request.form)
    if not checked.is_valid:
        return _form(None, checked, status=422)
    try:
        letter = services.record_incoming(checked.values, uploads(), letter_id=form_id())
    except Invalid as wrong:
        return _form(None, checked.with_error(wrong.field, wrong), status=422)
    except Missing:
        abort(404)
    flash(str(_("Surat tercatat dengan nomor agenda %(number)s.", number=services.mark(letter))), "success")
    return redirect(url_for(".show", letter_id=letter.id), 303)


@blueprint.get("/<uuid:letter_id>")
@requires("letters.view")
def show(letter_id: uuid.UUID) -> ResponseReturnValue:
    """One letter with its dispositions, pages and history."""
    return shown_page(letter_id)


@blueprint.get("/<uuid:letter_id>/ubah")
@requires("letters.incoming")
def edit(letter_id: uuid.UUID) -> ResponseReturnValue:
    """A letter's form."""
    return _form(_found(letter_id))


@blueprint.post("/<uuid:letter_id>/ubah")
@requires("letters.incoming")
def save(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write; who comes second sees both versions."""
    letter, checked = _found(letter_id), check(IncomingSchema(), request.form)
    if not checked.is_valid:
        return _form(letter, checked, status=422)
    version = request.form.get("row_version", "")
    expected = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    try:
        services.change_incoming(letter_id, checked.values, expected=expected)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _form(_found(letter_id), checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile as other:
        labels = {name: LABELS[name] for name in services.FIELDS}
        return _form(
            _found(letter_id), checked, conflict=differences(labels, other.present, checked.typed), status=409
        )
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for(".show", letter_id=letter_id), 303)


@blueprint.get("/<uuid:letter_id>/batal")
@requires("letters.incoming")
def confirm_cancel(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the reason before cancelling."""
    return render_template(
        "letters/books/incoming_cancel.html", letter=_found(letter_id), error=None, note=""
    )


@blueprint.post("/<uuid:letter_id>/batal")
@requires("letters.incoming")
def cancel(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Cancel; the agenda number stays."""
    reason = request.form.get("note", "")[:800]
    try:
        services.cancel_incoming(letter_id, reason)
    except Missing:
        abort(404)
    except Invalid as wrong:
        page = render_template(
            "letters/books/incoming_cancel.html", letter=_found(letter_id), error=str(wrong), note=reason
        )
        return make_response(page, 422)
    flash(str(_("Surat dibatalkan. Nomor agendanya tetap tercatat.")), "success")
    return redirect(url_for(".show", letter_id=letter_id), 303)


@blueprint.post("/<uuid:letter_id>/pindaian")
@requires("letters.incoming")
def add_scans(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Keep further pages."""
    try:
        services.add_scans(letter_id, uploads())
    except Missing:
        abort(404)
    except Invalid as wrong:
        return shown_page(letter_id, {wrong.field: str(wrong)}, status=422)
    flash(str(_("Pindaian tersimpan.")), "success")
    return redirect(url_for(".show", letter_id=letter_id, _anchor="pindaian"), 303)


@blueprint.get("/<uuid:letter_id>/pindaian/<uuid:file_id>")
@requires("letters.view")
@opens_incoming
def scan(letter_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A page: an image in the browser, a PDF as a download."""
    try:
        opened = services.open_scan(letter_id, file_id)
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    response = make_response(opened.data)
    response.content_type = opened.media_type
    kind: Kind = "inline" if opened.media_type.startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = disposition(kind, opened.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<uuid:letter_id>/pindaian/<uuid:file_id>/hapus")
@requires("letters.incoming")
def remove_scan(letter_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Remove a page."""
    try:
        services.remove_scan(letter_id, file_id)
    except Missing:
        abort(404)
    flash(str(_("Pindaian sudah dihapus.")), "success")
    return redirect(url_for(".show", letter_id=letter_id, _anchor="pindaian"), 303)


def uploads() -> list[bytes]:
    """The files of the form; one byte too many tells that one is too large."""
    sent = (file for file in request.files.getlist("scans") if file.filename)
    return [file.stream.read(MOST_BYTES + 1) for file in sent]


def shown_page(
    letter_id: uuid.UUID, errors: dict[str, str] | None = None, *, typed: Any = None, status: int = 200
) -> Response:
    """A letter's page, with what is wrong in one of its small forms."""
    try:
        shown = shown_incoming(letter_id)
    except Missing:
        abort(404)
    page = render_template(
        "letters/books/incoming_show.html",
        shown=shown,
        letter=shown.letter,
        timeline=incoming_timeline(shown.steps),
        errors=errors or {},
        typed=typed or {},
    )
    return make_response(page, status)


def _found(letter_id: uuid.UUID) -> IncomingLetter:
    try:
        return find_incoming(letter_id)
    except Missing:
        abort(404)


def form_id() -> uuid.UUID:
    """The id that a form carries, so that the same form twice is one letter; a new one where it carries none."""
    try:
        return uuid.UUID(request.form.get("once", ""))
    except ValueError:
        return uuid7()


def _form(
    letter: IncomingLetter | None, checked: Checked | None = None, *, conflict: Any = None, status: int = 200
) -> Response:
    stored = (
        services.incoming_values(letter)
        if letter
        else {"received_on": today(), "urgency": "ordinary", "secrecy": "open"}
    )
    stale = checked is not None and conflict is None
    page = render_template(
        "letters/books/incoming_form.html",
        letter=letter,
        values={**stored, **(checked.typed if checked else {})},
        errors=checked.errors if checked else {},
        conflict=conflict,
        row_version=request.form.get("row_version", "") if stale else (letter.row_version if letter else ""),
        once=form_id(),
        next_number=next_agenda(today().year) if letter is None else None,
        labels=LABELS,
        urgencies=options(URGENCIES),
        secrecies=options(SECRECIES),
    )
    return make_response(page, status)
