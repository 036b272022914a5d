"""Documents of residents and households: adding, opening, removing; the portrait."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.files.names import Kind, disposition
from app.core.files.scans import MOST_BYTES
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.residents.documents import services
from app.government.residents.documents.queries import KINDS
from app.government.residents.documents.services import PHOTO, OpenedDocument

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint("resident_documents", __name__, audience="village", template_folder="templates")


@blueprint.get("/penduduk/<uuid:resident_id>/dokumen/tambah")
@requires("residents.edit")
def new(resident_id: uuid.UUID) -> ResponseReturnValue:
    """An empty form for a resident's scan."""
    return _form(resident_id=resident_id)


@blueprint.post("/penduduk/<uuid:resident_id>/dokumen/tambah")
@requires("residents.edit")
def add(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a resident's scan."""
    return _add(resident_id=resident_id)


@blueprint.get("/keluarga/<uuid:household_id>/dokumen/tambah")
@requires("residents.edit")
def new_of_household(household_id: uuid.UUID) -> ResponseReturnValue:
    """An empty form for a household's scan."""
    return _form(household_id=household_id)


@blueprint.post("/keluarga/<uuid:household_id>/dokumen/tambah")
@requires("residents.edit")
def add_to_household(household_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a household's scan."""
    return _add(household_id=household_id)


@blueprint.get("/penduduk/dokumen/<uuid:document_id>")
@requires("residents.view_identity")
def show(document_id: uuid.UUID) -> ResponseReturnValue:
    """The document itself: an image in the browser, a PDF as a download."""
    return _bytes(lambda: services.open_document(document_id))


@blueprint.get("/penduduk/dokumen/<uuid:document_id>/hapus")
@requires("residents.edit")
def confirm_removal(document_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before removing."""
    _need_identity()
    try:
        document = services.find_document(document_id)
        name = services.owner_name(document.resident_id, document.household_id)
    except Missing:
        abort(404)
    return render_template(
        "residents/document_remove.html", document=document, name=name, kind=str(KINDS[document.kind]),
        back_url=_owner_url(document.resident_id, document.household_id),
    )  # fmt: skip


@blueprint.post("/penduduk/dokumen/<uuid:document_id>/hapus")
@requires("residents.edit")
def remove(document_id: uuid.UUID) -> ResponseReturnValue:
    """Remove it for good."""
    _need_identity()
    try:
        document = services.remove_document(document_id)
    except Missing:
        abort(404)
    flash(str(_("Dokumen sudah dihapus.")), "success")
    return redirect(_owner_url(document.resident_id, document.household_id), 303)


@blueprint.get("/penduduk/<uuid:resident_id>/foto")
@requires("residents.view_identity")
def photo(resident_id: uuid.UUID) -> ResponseReturnValue:
    """The portrait, as the resident's page shows it."""
    return _bytes(lambda: services.open_photo(resident_id))


@blueprint.get("/penduduk/<uuid:resident_id>/foto/ubah")
@requires("residents.edit")
def edit_photo(resident_id: uuid.UUID) -> ResponseReturnValue:
    """A form for the portrait."""
    return _form(resident_id=resident_id, portrait=True)


@blueprint.post("/penduduk/<uuid:resident_id>/foto/ubah")
@requires("residents.edit")
def save_photo(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a portrait in place of the one before."""
    _need_identity()
    try:
        services.set_photo(resident_id, _upload())
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _form(resident_id=resident_id, portrait=True, wrong=wrong, status=422)
    flash(str(_("Foto tersimpan.")), "success")
    return redirect(_owner_url(resident_id, None), 303)


@blueprint.post("/penduduk/<uuid:resident_id>/foto/hapus")
@requires("residents.edit")
def remove_photo(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Remove the portrait."""
    _need_identity()
    try:
        services.remove_photo(resident_id)
    except Missing:
        abort(404)
    flash(str(_("Foto sudah dihapus.")), "success")
    return redirect(_owner_url(resident_id, None), 303)


def _add(**owner: uuid.UUID) -> ResponseReturnValue:
    _need_identity()
    try:
        services.add_document(_upload(), request.form.get("kind", ""), request.form.get("title", ""), **owner)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _form(
            resident_id=owner.get("resident_id"),
            household_id=owner.get("household_id"),
            wrong=wrong,
            status=422,
        )
    flash(str(_("Dokumen tersimpan, disandikan.")), "success")
    return redirect(_owner_url(owner.get("resident_id"), owner.get("household_id")), 303)


def _form(
    *,
    resident_id: uuid.UUID | None = None,
    household_id: uuid.UUID | None = None,
    portrait: bool = False,
    wrong: Invalid | None = None,
    status: int = 200,
) -> Response:
    _need_identity()
    try:
        name = services.owner_to_write(resident_id, household_id)
    except Missing:
        abort(404)
    values: dict[str, Any] = {name_: request.form.get(name_, "") for name_ in ("kind", "title")}
    page = render_template(
        "residents/document_form.html",
        name=name,
        portrait=portrait,
        resident_id=resident_id,
        has_photo=portrait and services.has_photo(resident_id),
        kinds=[(code, str(label)) for code, label in KINDS.items() if code != PHOTO],
        values=values,
        errors={wrong.field: str(wrong)} if wrong else {},
        back_url=_owner_url(resident_id, household_id),
    )
    return make_response(page, status)


def _bytes(read: Callable[[], OpenedDocument]) -> Response:
    try:
        opened = read()
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    answer = make_response(opened.data)
    answer.content_type = opened.media_type
    kind: Kind = "inline" if opened.media_type.startswith("image/") else "attachment"
    answer.headers["Content-Disposition"] = disposition(kind, opened.file_name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _upload() -> bytes:
    """The file of the form; one byte too many tells that it is too large. Its name is not looked at."""
    sent = request.files.get("file")
    return sent.stream.read(MOST_BYTES + 1) if sent is not None else b""


def _need_identity() -> None:
    if not current_user.may("residents.view_identity"):
        abort(403)


def _owner_url(resident_id: uuid.UUID | None, household_id: uuid.UUID | None) -> str:
    if resident_id is not None:
        return url_for("residents.show", resident_id=resident_id, _anchor="dokumen")
    return url_for("households.show", household_id=household_id, _anchor="dokumen")
