"""Pages of the register of outgoing letters: the list, one entry, letters written elsewhere, who carried them."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.casework.files import OpenedCaseFile
from app.core.files.names import Kind, disposition
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.privacy.masking import holds_personal
from app.core.village.errors import Invalid, Missing
from app.core.village.queries import today
from app.government.letters.access import may_open_letters, opens_letters
from app.government.letters.books import outgoing_services as services
from app.government.letters.books.incoming_views import form_id, uploads
from app.government.letters.books.outgoing_queries import (
    MOST_COUNTED,
    STATES,
    OutgoingFilter,
    counters,
    outgoing_count,
    outgoing_page,
    shown_outgoing,
)
from app.government.letters.books.outgoing_schemas import (
    EXPEDITION_LABELS,
    PAPER_LABELS,
    ExpeditionSchema,
    PaperLetterSchema,
)
from app.government.letters.books.telling import letter_timeline
from app.government.letters.books.words import (
    LETTER_TONES,
    ORIGINS,
    SIGNINGS,
    month_options,
    options,
    word,
)
from app.government.letters.desk.services import STATE_WORDS
from app.government.letters.types import letter_types

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint("outgoing_letters", __name__, audience="village", url_prefix="/surat/keluar")


@blueprint.app_context_processor
def page_words() -> dict[str, Any]:
    """What the pages of the register call."""
    return {
        "letter_state_word": lambda code: word(STATE_WORDS, code),
        "letter_state_tone": lambda code: LETTER_TONES.get(code, "neutral"),
        "letter_signing_word": lambda code: word(SIGNINGS, code),
        "letter_origin_word": lambda code: word(ORIGINS, code),
    }


@blueprint.get("")
@requires("letters.view")
def index() -> ResponseReturnValue:
    """The register, the last letter first; `lama` and `baru` are the cursors of its pages."""
    chosen = OutgoingFilter.from_args(request.args)
    if holds_personal(request.args.get("q", "")):
        return redirect(url_for(".index", **chosen.as_args()), 303)
    drawn = counters()
    page = outgoing_page(chosen, request.args.get("lama", ""), request.args.get("baru", ""))
    args = chosen.as_args()
    kinds = [(kind.code, kind.title) for kind in letter_types(active=False)]
    return render_template(
        "letters/books/outgoing.html",
        chosen=chosen,
        page_of=page,
        most_counted=MOST_COUNTED if chosen.q else 0,
        total=outgoing_count(chosen, drawn.version, limits=True),
        words={code: word(STATE_WORDS, code) for code in STATES},
        tones=LETTER_TONES,
        args=args,
        is_filtered=bool(args),
        years=[("", str(_("Semua tahun"))), *((str(y), str(y)) for y in drawn.years)],
        months=month_options(_("Semua bulan")),
        kinds=[("", str(_("Semua jenis"))), *kinds, (services.PAPER, str(ORIGINS["paper"]))],
        states=[("", str(_("Semua keadaan"))), *((code, word(STATE_WORDS, code)) for code in STATES)],
        signings=options(SIGNINGS, _("Semua tanda tangan")),
        origins=options(ORIGINS, _("Semua asal")),
        older_url=url_for(".index", **args, lama=page.older) if page.older else None,
        newer_url=url_for(".index", **args, baru=page.newer) if page.newer else None,
    )


@blueprint.get("/catat")
@requires("letters.process")
def new() -> ResponseReturnValue:
    """An empty form for a letter that was written elsewhere."""
    return _form()


@blueprint.post("/catat")
@requires("letters.process")
def add() -> ResponseReturnValue:
    """Check and enter; the form sent twice is one letter."""
    checked = check(PaperLetterSchema(), request.form)
    if not checked.is_valid:
        return _form(checked, status=422)
    try:
        letter = services.record_paper(checked.values, uploads(), letter_id=form_id())
    except Invalid as wrong:
        return _form(checked.with_error(wrong.field, wrong), status=422)
    except Missing:
        abort(404)
    flash(str(_("Surat tercatat dengan nomor %(number)s.", number=letter.number)), "success")
    return redirect(url_for(".show", letter_id=letter.id), 303)


@blueprint.get("/<uuid:letter_id>")
@requires("letters.view")
def show(letter_id: uuid.UUID) -> ResponseReturnValue:
    """One entry of the register, with the expedition book's line."""
    return _shown(letter_id)


@blueprint.post("/<uuid:letter_id>/ekspedisi")
@requires("letters.process")
def send(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Note who carried a letter to whom."""
    checked = check(ExpeditionSchema(), request.form)
    if not checked.is_valid:
        return _shown(letter_id, checked, status=422)
    try:
        services.note_expedition(letter_id, checked.values)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _shown(letter_id, checked.with_error(wrong.field, wrong), status=422)
    flash(str(_("Pengiriman tercatat di buku ekspedisi.")), "success")
    return redirect(url_for(".show", letter_id=letter_id), 303)


@blueprint.get("/<uuid:letter_id>/pindaian/<uuid:file_id>")
@requires("letters.view")
@opens_letters
def scan(letter_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A page of a letter that was written elsewhere."""
    try:
        return sent_page(services.open_page(letter_id, file_id))
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def sent_page(opened: OpenedCaseFile) -> Response:
    """A page as an answer: an image in the browser, a PDF as a download; kept by nobody on the way."""
    response = make_response(opened.data)
    response.content_type = opened.media_type
    kind: Kind = "inline" if opened.media_type.startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = disposition(kind, opened.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _shown(letter_id: uuid.UUID, checked: Checked | None = None, *, status: int = 200) -> Response:
    try:
        shown = shown_outgoing(letter_id)
    except Missing:
        abort(404)
    noted = shown.letter.details
    page = render_template(
        "letters/books/outgoing_show.html",
        shown=shown,
        letter=shown.letter,
        timeline=letter_timeline(shown.steps),
        may_open=may_open_letters(),
        is_paper=shown.letter.origin == services.PAPER,
        values=checked.typed
        if checked
        else {
            **{name: noted.get(name, "") for name in services.EXPEDITION},
            "sent_on": noted.get("sent_on") or today(),
            "sent_to": noted.get("sent_to") or shown.letter.recipient,
        },
        errors=checked.errors if checked else {},
        labels=EXPEDITION_LABELS,
    )
    return make_response(page, status)


def _form(checked: Checked | None = None, *, status: int = 200) -> Response:
    page = render_template(
        "letters/books/outgoing_form.html",
        values={"letter_date": today(), **(checked.typed if checked else {})},
        errors=checked.errors if checked else {},
        labels=PAPER_LABELS,
        once=form_id(),
    )
    return make_response(page, status)
