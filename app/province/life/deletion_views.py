"""Deletions: asked for by one province admin, agreed to by another, waited for, and proved; and the public check."""

from __future__ import annotations

import uuid

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.names import disposition
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import anonymous, requires
from app.core.village.errors import Invalid, Missing
from app.extensions import counted_address, limiter
from app.province.copies.words import table_name
from app.province.life import certificates, deeds, deletion
from app.province.life.deeds import LifeRefused
from app.province.life.models import VillageDeed
from app.province.life.schemas import LABELS, DeletionForm
from app.province.life.views import DELETE, _back, _trail, pages
from app.province.services import full_name
from app.province.views import own_village
from tenants.models import TenantRow

log = structlog.get_logger(__name__)

PER_ADDRESS = "60 per minute; 1000 per hour"
LAST_PAGE = 1000

check_pages = AudienceBlueprint("deletion_check", __name__, audience="open", url_prefix="/cek-penghapusan")


@pages.route("/desa/<uuid:village_id>/hapus", methods=["GET", "POST"])
@requires(DELETE)
def ask_deletion(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a deletion, with the reason and the name typed."""
    row = own_village(village_id)
    if request.method == "GET":
        return _ask(row, Checked({}, {}))
    checked = check(DeletionForm(), request.form)
    if checked.is_valid and not checked.values["understood"]:
        checked = checked.with_error("understood", _("Nyatakan dahulu bahwa arsip sudah diamankan."))
    if not checked.is_valid:
        return _ask(row, checked)
    values = checked.values
    try:
        deed = deletion.ask(
            row.id,
            reason=values["reason"],
            regulation=values["regulation"],
            typed_name=values["typed_name"],
        )
    except Invalid as wrong:
        return _ask(row, checked.with_error(wrong.field, wrong))
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
        return _back(row.id)
    flash(_("Permintaan tercatat. Belum ada yang dihapus: admin provinsi lain perlu menyetujui."), "success")
    return redirect(url_for(".deletion_page", deed_id=deed.id), 303)


def _ask(row: TenantRow, checked: Checked) -> ResponseReturnValue:
    labels = {**LABELS, "regulation": _("Nomor surat atau peraturan")}
    page = render_template(
        "life/ask_deletion.html",
        row=row,
        typed=checked.typed,
        errors=checked.errors,
        labels=labels,
        trail=_trail(row),
    )
    return page, 422 if checked.errors else 200


@pages.get("/penghapusan")
@requires(DELETE)
def deletions() -> str:
    """All deletions: waiting for a second person, in their grace, done with a certificate."""
    number = max(1, min(request.args.get("hal", 1, type=int), LAST_PAGE))
    found, total = deeds.page_of("deletion", number)
    return render_template(
        "life/deletions.html",
        found=found,
        total=total,
        number=number,
        last=-(-total // deeds.PAGE) or 1,
        certificates=certificates.of_deeds([one.id for one, _row in found]),
        days_left=deletion.days_left,
        page_url=lambda page: url_for(".deletions", hal=page),
    )


@pages.get("/penghapusan/<uuid:deed_id>")
@requires(DELETE)
def deletion_page(deed_id: uuid.UUID) -> str:
    """One deletion: who asked, who agreed, how many days are left, what came of it."""
    deed, row = _own(deed_id)
    return render_template(
        "life/deletion.html",
        deed=deed,
        row=row,
        certificate=certificates.of_deed(deed.id),
        days_left=deletion.days_left(deed),
        is_asker=deed.asked_by == acting().account_id,
        tables=[(table_name(code), code, *rest) for code, *rest in deletion.tables_of(deed.result)],
    )


@pages.post("/penghapusan/<uuid:deed_id>/setujui")
@requires(DELETE)
def agree_deletion(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Agree as a second person."""
    _deed, row = _own(deed_id)
    try:
        deletion.agree(deed_id)
        flash(
            _(
                "%(village)s ditutup. Datanya dihapus 30 hari lagi, kecuali dibatalkan.",
                village=full_name(row),
            ),
            "success",
        )
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".deletion_page", deed_id=deed_id), 303)


@pages.post("/penghapusan/<uuid:deed_id>/batalkan")
@requires(DELETE)
def cancel_deletion(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Call a deletion off."""
    _deed, row = _own(deed_id)
    try:
        deletion.call_off(deed_id)
        flash(_("Penghapusan dibatalkan. Data %(village)s utuh.", village=full_name(row)), "success")
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".deletion_page", deed_id=deed_id), 303)


@pages.get("/penghapusan/<uuid:deed_id>/berita-acara")
@requires(DELETE)
def certificate(deed_id: uuid.UUID) -> Response:
    """The certificate as PDF."""
    found = certificates.of_deed(_own(deed_id)[0].id)
    if found is None:
        abort(404)
    try:
        response = make_response(certificates.file_of(found))
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = disposition("inline", certificates.file_name(found))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _own(deed_id: uuid.UUID) -> tuple[VillageDeed, TenantRow]:
    found = deeds.find(deed_id, acting().region_code)
    if found is None or found[0].kind != "deletion":
        abort(404)
    return found[0], found[1]


@check_pages.get("/<string(length=22):token>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def show(token: str) -> Response:
    """What a certificate's QR code leads to: what was deleted, when, and the paper's digest."""
    found = certificates.by_token(token)
    response = make_response(render_template("life/check.html", found=found), 200 if found else 404)
    response.headers["Cache-Control"] = "no-store"
    return response
