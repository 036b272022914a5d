"""Material and evaluation of an event, as its organiser sees them."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.province.announcements import files
from app.province.regions import seen_territory
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import Refused, is_organiser, office, own_event, seen_event
from app.province.training.learning import evaluation, materials
from app.province.training.learning.schemas import MaterialForm
from app.province.training.learning.views import pages, spreadsheet

log = structlog.get_logger(__name__)

PER_PAGE = 50


@pages.get("/<uuid:event_id>/materi")
@requires("training.view")
def material_list(event_id: uuid.UUID) -> ResponseReturnValue:
    """The materials, and which villages opened how many of them; `wilayah` narrows the villages."""
    return _materials(seen_event(event_id), {}, {})


@pages.post("/<uuid:event_id>/materi")
@requires("training.manage")
def add_material(event_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a material."""
    event = own_event(event_id)
    checked = check(MaterialForm(), request.form)
    errors = dict(checked.errors)
    sent = files.uploads(request.files.getlist("file"))
    if not sent:
        errors["file"] = [str(_("Pilih berkasnya."))]
    if errors:
        return _materials(event, checked.typed, errors, 422)
    try:
        materials.add(event_id, checked.values["title"], files.checked(sent[0], "file"), office=office())
    except Invalid as wrong:
        return _materials(own_event(event_id), checked.typed, {wrong.field: [str(wrong)]}, 422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        sentence = _("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi.")
        return _materials(own_event(event_id), checked.typed, {"file": [str(sentence)]}, 503)
    except Missing:
        abort(404)
    flash(_("Materi tersimpan. Desa dan peserta dapat membukanya sekarang."), "success")
    return redirect(url_for(".material_list", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/materi/<uuid:material_id>")
@requires("training.view")
def material(event_id: uuid.UUID, material_id: uuid.UUID) -> ResponseReturnValue:
    """A material's file; people of offices are not counted."""
    seen_event(event_id)
    try:
        return materials.answer_for_office(event_id, material_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@pages.route("/<uuid:event_id>/materi/<uuid:material_id>/hapus", methods=["GET", "POST"])
@requires("training.manage")
def remove_material(event_id: uuid.UUID, material_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a material away."""
    event = own_event(event_id)
    row = next((one for one in materials.materials_of(event.id) if one.id == material_id), None)
    if row is None:
        abort(404)
    if request.method == "GET":
        return render_template("training_learning/remove_material.html", event=event, row=row)
    try:
        materials.remove(event_id, material_id, office=office())
    except Missing:
        abort(404)
    flash(_("Materi dihapus."), "success")
    return redirect(url_for(".material_list", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/materi/unduh")
@requires("indicators.export")
def material_export(event_id: uuid.UUID) -> ResponseReturnValue:
    """Which villages opened how much, as a spreadsheet."""
    event = seen_event(event_id)
    return spreadsheet(
        materials.export_openings(event, seen_territory(request.args.get("wilayah"))), "materi"
    )


@pages.get("/<uuid:event_id>/evaluasi")
@requires("training.view")
def evaluation_results(event_id: uuid.UUID) -> ResponseReturnValue:
    """What participants thought of the event and its speakers, in sums."""
    event = seen_event(event_id)
    found = evaluation.results(event)
    return render_template(
        "training_learning/evaluation.html", event=event, found=found, least=evaluation.LEAST_SHOWN,
        may_read=is_organiser(event) or _is_own(event), days=evaluation.OPEN_DAYS,
    )  # fmt: skip


@pages.get("/<uuid:event_id>/evaluasi/unduh")
@requires("training.manage")
def evaluation_export(event_id: uuid.UUID) -> ResponseReturnValue:
    """The same as a spreadsheet."""
    event = own_event(event_id)
    try:
        return spreadsheet(evaluation.export(event), "penilaian-pelatihan")
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".evaluation_results", event_id=event_id), 303)


def _is_own(event: TrainingEvent) -> bool:
    """Whether the event is of the viewer's own office: what participants wrote is its people's to read."""
    actor = current_actor()
    return actor is not None and actor.region_code == event.region_code


def _materials(
    event: TrainingEvent, typed: dict[str, str], errors: dict[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    here = seen_territory(request.args.get("wilayah"))
    openings = materials.openings(event.id, here)
    pages_all = max(1, -(-len(openings) // PER_PAGE))
    number = min(_page_number(), pages_all)
    kept: dict[str, Any] = {"wilayah": here.code} if here.code != office() else {}

    def list_url(page: int) -> str:
        return url_for(".material_list", event_id=event.id, **kept, hal=page) + "#desa"

    html = render_template(
        "training_learning/materials.html",
        event=event,
        here=here,
        materials=materials.materials_of(event.id),
        openings=openings[(number - 1) * PER_PAGE : number * PER_PAGE],
        total=len(openings),
        page=number,
        page_count=pages_all,
        list_url=list_url,
        typed=typed,
        errors=errors,
        labels_here=kept,
    )
    return make_response(html, status)


def _page_number() -> int:
    """The page of the list of villages that the address asks for; the first where it names none."""
    page = request.args.get("hal", "1")
    return int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1
