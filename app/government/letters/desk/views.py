"""The desk's pages: what waits, one letter, and what is done with it."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.files.names import Kind, disposition
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.letters.access import may_open_letters, opens_letters
from app.government.letters.desk import opening, queries, services
from app.government.letters.desk.errors import VisitorMayNot
from app.government.letters.desk.issuing import ISSUABLE
from app.government.letters.desk.life import HOW, STATE_WORDS
from app.government.letters.desk.presenting import (
    ORIGIN_WORDS,
    TONES,
    events_of,
    next_deed,
    not_printable,
    not_signed_because,
)
from app.government.letters.markup import MarkupWrong
from app.government.letters.models import Letter
from app.government.letters.types import PERSON_LABELS
from app.government.letters.types.kinds import PERSON_PARTS
from tenants.models import now

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint(
    "letters", __name__, audience="village", url_prefix="/surat", template_folder="templates"
)


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """What pages about letters call: words and tones of states."""
    return {
        "letter_state": lambda state: str(STATE_WORDS.get(state, state)),
        "letter_tone": lambda state: TONES.get(state, "neutral"),
        "letter_origin": lambda origin: str(ORIGIN_WORDS.get(origin, origin)),
        "person_labels": PERSON_LABELS,
        "not_printable": not_printable,
        "applicant_parts": PERSON_PARTS,
        "zip_same": lambda choices: [(choice, choice) for choice in choices],
    }


@blueprint.get("")
@requires("letters.view")
def index() -> ResponseReturnValue:
    """What waits at the desk; `lihat` names the tab, `cari` searches in it, `hal` is its page."""
    shelf = request.args.get("lihat", "periksa")
    if shelf not in queries.SHELVES:
        shelf = "periksa"
    text = request.args.get("cari", "")[:100]
    page = request.args.get("hal", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    found = queries.queue(shelf, text, max(1, number))
    return render_template("letters/desk/index.html", found=found, shelf=shelf, text=text, moment=now())


@blueprint.get("/<uuid:letter_id>")
@requires("letters.view")
def show(letter_id: uuid.UUID) -> ResponseReturnValue:
    """One letter: where it stands, what it says, what can be done next."""
    return page_of(letter_id)


@blueprint.get("/<uuid:letter_id>/berkas")
@requires("letters.view")
@opens_letters
def file(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The final PDF, to print or to hand on; `unduh=1` saves it."""
    try:
        opened = opening.open_final(letter_id)
    except Missing:
        abort(404)
    except StorageAway as away:
        return _away(away)
    response = make_response(opened.data)
    response.content_type = "application/pdf"
    kind: Kind = "attachment" if request.args.get("unduh") else "inline"
    response.headers["Content-Disposition"] = disposition(kind, opened.name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<uuid:letter_id>/lampiran/<uuid:file_id>")
@requires("letters.view")
@opens_letters
def paper(letter_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A photo or scan that came with the request."""
    try:
        found = opening.open_paper(letter_id, file_id)
    except Missing:
        abort(404)
    except StorageAway as away:
        return _away(away)
    response = make_response(found.data)
    response.content_type = found.media_type
    kind: Kind = "inline" if found.media_type.startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = disposition(kind, found.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<uuid:letter_id>/terbit")
@requires("letters.process")
def issue(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Issue a letter in ink: its number is drawn, its PDF set."""

    def deed() -> str:
        letter = services.issue(letter_id, _seen(), signing="wet" if request.form.get("basah") else "")
        return str(_("Surat terbit dengan nomor %(number)s.", number=letter.number))

    return _done(letter_id, deed, _next_of(request.form))


@blueprint.post("/<uuid:letter_id>/ajukan")
@requires("letters.process")
def hand_on(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Hand a checked letter to the head for an electronic signature."""

    def deed() -> str:
        services.hand_on(letter_id, _seen(), signing=request.form.get("signing") or None)
        return str(_("Surat sudah diajukan dan menunggu tanda tangan."))

    return _done(letter_id, deed, _next_of(request.form))


@blueprint.get("/<uuid:letter_id>/tolak")
@requires("letters.process")
def ask_reject(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why before a request is refused."""
    return _question(letter_id, "reject")


@blueprint.post("/<uuid:letter_id>/tolak")
@requires("letters.process")
def reject(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Refuse a request with a reason."""

    def deed() -> str:
        services.reject(letter_id, request.form.get("reason", ""), _seen())
        return str(_("Permohonan ditolak. Pemohon melihat alasannya."))

    return _done(letter_id, deed, question="reject")


@blueprint.get("/<uuid:letter_id>/batal")
@requires("letters.cancel")
def ask_cancel(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why before a letter is cancelled."""
    return _question(letter_id, "cancel")


@blueprint.post("/<uuid:letter_id>/batal")
@requires("letters.cancel")
def cancel(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Cancel a letter with a reason; a number stays with it."""

    def deed() -> str:
        letter = services.cancel(letter_id, request.form.get("reason", ""), _seen())
        if letter.number:
            return str(_("Surat dibatalkan. Nomor %(number)s tidak dipakai lagi.", number=letter.number))
        return str(_("Surat dibatalkan."))

    return _done(letter_id, deed, question="cancel")


@blueprint.get("/<uuid:letter_id>/serahkan")
@requires("letters.process")
def ask_collect(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask who took a letter."""
    return _question(letter_id, "collect")


@blueprint.post("/<uuid:letter_id>/serahkan")
@requires("letters.process")
def collect(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Note that a letter was handed over."""

    def deed() -> str:
        form = request.form
        services.collect(
            letter_id, form.get("how", "collected"), receiver=form.get("receiver", ""), seen_version=_seen()
        )
        return str(_("Penyerahan surat tercatat."))

    return _done(letter_id, deed, question="collect")


@blueprint.post("/<uuid:letter_id>/kembalikan")
@requires("letters.sign")
def send_back(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The head hands a letter back to the clerk."""

    def deed() -> str:
        services.send_back(letter_id, request.form.get("reason", ""), _seen())
        return str(_("Surat dikembalikan ke petugas untuk diperbaiki."))

    return _done(letter_id, deed)


def page_of(letter_id: uuid.UUID, error: str = "", status: int = 200) -> Response:
    """The page of a letter; one that is not issued shows how it will look."""
    try:
        shown = queries.letter_page(letter_id, closed=not may_open_letters())
    except Missing:
        abort(404)
    pages, problem = [], ""
    may_see = current_user.may("letters.process") or current_user.may("letters.sign")
    if may_see and shown.kind is not None and shown.letter.state in ISSUABLE:
        try:
            drawn = opening.preview(shown.letter, shown.parts, shown.kind)
            pages = [base64.b64encode(picture).decode() for picture in drawn]
        except (DocumentFailed, MarkupWrong) as failed:
            problem = str(failed)
    page = render_template(
        "letters/desk/show.html",
        shown=shown,
        letter=shown.letter,
        events=events_of(shown),
        deed=next_deed(shown.letter, current_user),
        pages=pages,
        problem=problem,
        error=error,
        then=_next_of(request.args),
        electronic=queries.electronic_way(),
        why_not_signed=not_signed_because(shown.letter),
    )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _question(letter_id: uuid.UUID, question: str, error: str = "", status: int = 200) -> Response:
    try:
        letter = queries.letter_row(letter_id)
    except Missing:
        abort(404)
    page = render_template(
        "letters/desk/question.html",
        letter=letter,
        question=question,
        error=error,
        how_options=list(HOW.items())[:3],
        values=request.form,
    )
    return make_response(page, status)


def _done(letter_id: uuid.UUID, deed: Callable[[], str], then: str = "", question: str = "") -> Response:
    """Do a deed and lead on; what went wrong is said where it was asked for."""
    try:
        sentence = deed()
    except Missing:
        abort(404)
    except VisitorMayNot:
        abort(403)
    except ChangedMeanwhile as meanwhile:
        return page_of(letter_id, _meanwhile(meanwhile.present), 409)
    except Invalid as wrong:
        if question and wrong.field in ("reason", "how"):
            return _question(letter_id, question, str(wrong), 422)
        return page_of(letter_id, str(wrong), 409 if wrong.field == "state" else 422)
    except (DocumentFailed, MarkupWrong) as failed:
        return page_of(letter_id, str(failed), 422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return page_of(letter_id, _storage_sentence(), 503)
    flash(sentence, "success")
    if then:
        return make_response(redirect(url_for("letters_new.new", **_then_args(letter_id, then)), 303))
    return make_response(redirect(url_for("letters.show", letter_id=letter_id), 303))


def _then_args(letter_id: uuid.UUID, then: str) -> dict[str, Any]:
    letter: Letter = queries.letter_row(letter_id)
    return {"penduduk": letter.resident_id, "jenis": then.split(",")}


def _next_of(source: Any) -> str:
    """The codes of further letters for the same person, as the address carries them."""
    codes = [code for code in source.get("lanjut", "").split(",") if code and len(code) <= 60]
    return ",".join(codes[:10])


def _meanwhile(present: dict[str, Any]) -> str:
    state = str(STATE_WORDS.get(present["state"], present["state"]))
    if present.get("number"):
        return str(
            _(
                "Orang lain sudah lebih dulu mengerjakan surat ini: %(state)s, nomor %(number)s.",
                state=state,
                number=present["number"],
            )
        )
    return str(
        _("Surat ini berubah sejak Anda membukanya (%(state)s). Periksa lagi, lalu lanjutkan.", state=state)
    )


def _seen() -> int | None:
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _storage_sentence() -> str:
    return str(
        _(
            "Tempat penyimpanan berkas sedang tidak dapat dicapai. Tidak ada nomor yang terpakai; coba sebentar lagi."
        )
    )


def _away(away: StorageAway) -> Response:
    log.error("storage_away", error=str(away))
    abort(503)
