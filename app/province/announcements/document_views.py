"""Shared documents on the province's host: what is shared, sharing, new versions, withdrawing."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements import files, sharing, words
from app.province.announcements.files import CheckedFile
from app.province.announcements.models import SharedDocument
from app.province.announcements.refusing import note_foreign
from app.province.announcements.schemas import LABELS, DocumentForm
from app.province.announcements.sharing import CATEGORIES, DocumentFilter
from app.province.announcements.views import allow_files, cursor, office, too_large, version
from app.province.regions import frame_name, seen_territory

log = structlog.get_logger(__name__)

documents = AudienceBlueprint("shared_documents", __name__, audience="province", url_prefix="/dokumen")
documents.url_value_preprocessor(allow_files)
documents.register_error_handler(RequestEntityTooLarge, too_large)


@documents.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of documents call."""
    return {
        "category_word": words.category_word,
        "file_word": words.file_word,
        "frame_name": frame_name,
        "labels": LABELS,
        "categories": list(CATEGORIES.items()),
    }


@documents.get("")
@requires("announcements.send")
def index() -> str:
    """What the office, those above and those below share; newest first."""
    wanted = DocumentFilter.from_args(request.args)
    lines, following = sharing.documents_of(office(), wanted, after=cursor("sesudah"))
    kept: dict[str, Any] = wanted.as_args()
    return render_template(
        "announcements/documents.html",
        lines=lines,
        wanted=wanted,
        office=office(),
        is_first=cursor("sesudah") is None,
        first_url=url_for(".index", **kept),
        next_url=url_for(".index", **kept, sesudah=following) if following else None,
        options=[("", _("Semua jenis")), *CATEGORIES.items()],
    )


@documents.get("/baru")
@requires("announcements.send")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _form(None, {"category": "guide"}, {})


@documents.post("/baru")
@requires("announcements.send")
def add() -> ResponseReturnValue:
    """Check and share."""
    checked = check(DocumentForm(), request.form)
    file, errors = _sent_file(checked, needed=True)
    if errors or file is None:
        return _form(None, checked.typed, errors, status=422)
    try:
        row = sharing.share_document(checked.values, file, office=office())
    except StorageAway as away:
        return _away(None, checked, away)
    flash(_("Dokumen dibagikan. Desa melihatnya di halaman Kabar."), "success")
    return redirect(url_for(".show", document_id=row.id), 303)


@documents.get("/<uuid:document_id>")
@requires("announcements.send")
def show(document_id: uuid.UUID) -> str:
    """A document with how many villages fetched it; `wilayah` narrows them."""
    row = _found(document_id)
    here = seen_territory(request.args.get("wilayah"))
    return render_template(
        "announcements/document.html",
        row=row,
        here=here,
        parts=sharing.openings(row, here),
        is_own=row.region_code == office(),
    )


@documents.get("/<uuid:document_id>/ubah")
@requires("announcements.send")
def edit(document_id: uuid.UUID) -> ResponseReturnValue:
    """A document's form."""
    row = _own(document_id)
    typed = {"title": row.title, "description": row.description, "category": row.category}
    return _form(row, typed, {})


@documents.post("/<uuid:document_id>/ubah")
@requires("announcements.send")
def change(document_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep; a file makes a new version."""
    checked = check(DocumentForm(), request.form)
    file, errors = _sent_file(checked, needed=False)
    if errors:
        return _form(_own(document_id), checked.typed, errors, status=422)
    try:
        row = sharing.change_document(document_id, checked.values, office=office(), seen=version(), file=file)
    except ChangedMeanwhile:
        return _form(_own(document_id), checked.typed, {}, status=409, was_faster=True)
    except StorageAway as away:
        return _away(_own(document_id), checked, away)
    except Missing:
        abort(404)
    said = _("Versi %(version)s dibagikan.", version=row.version) if file else _("Perubahan tersimpan.")
    flash(said, "success")
    return redirect(url_for(".show", document_id=row.id), 303)


@documents.route("/<uuid:document_id>/tarik", methods=["GET", "POST"])
@requires("announcements.send")
def withdraw(document_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take it out of the villages' sight."""
    row = _own(document_id)
    if request.method == "GET":
        return render_template("announcements/document_withdraw.html", row=row)
    sharing.withdraw_document(row.id, office=office())
    flash(_("Dokumen ditarik: desa tidak melihatnya lagi."), "success")
    return redirect(url_for(".show", document_id=document_id), 303)


@documents.post("/<uuid:document_id>/bagikan-lagi")
@requires("announcements.send")
def bring_back(document_id: uuid.UUID) -> ResponseReturnValue:
    """Share again what was withdrawn."""
    row = _own(document_id)
    sharing.withdraw_document(row.id, office=office(), back=True)
    flash(_("Dokumen dibagikan lagi."), "success")
    return redirect(url_for(".show", document_id=document_id), 303)


@documents.get("/<uuid:document_id>/unduh")
@requires("announcements.send")
def download(document_id: uuid.UUID) -> ResponseReturnValue:
    """The file; an office's own look is not counted."""
    _found(document_id)
    try:
        return sharing.document_answer(document_id, office())
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def _sent_file(checked: Checked, *, needed: bool) -> tuple[CheckedFile | None, dict[str, list[str]]]:
    """The form's file, and what is wrong in the form."""
    errors = dict(checked.errors)
    sent = files.uploads(request.files.getlist("file"))
    if not sent:
        if needed:
            errors["file"] = [str(_("Pilih berkasnya."))]
        return None, errors
    try:
        return files.checked(sent[0], "file"), errors
    except Invalid as wrong:
        return None, {**errors, "file": [str(wrong)]}


def _form(
    row: SharedDocument | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    status: int = 200,
    was_faster: bool = False,
) -> Response:
    page = render_template(
        "announcements/document_form.html", row=row, typed=typed, errors=errors, was_faster=was_faster
    )
    return make_response(page, status)


def _away(row: SharedDocument | None, checked: Checked, away: StorageAway) -> Response:
    log.error("storage_away", error=str(away))
    sentence = _("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi.")
    return _form(row, checked.typed, {"file": [str(sentence)]}, status=503)


def _found(document_id: uuid.UUID) -> SharedDocument:
    try:
        return sharing.find_document(document_id, office())
    except Missing:
        note_foreign(sharing.office_of(document_id), office())
        abort(404)


def _own(document_id: uuid.UUID) -> SharedDocument:
    row = _found(document_id)
    if row.region_code != office():
        abort(404)
    return row
