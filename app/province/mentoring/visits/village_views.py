"""What a village's staff see of the visits of their mentor, signing them, and the PIN for the mentor's phone."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import Invalid, Missing
from app.province.mentoring.visits import exports, pins, reading, words
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.schemas import LABELS
from app.province.mentoring.visits.views import sheet
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

village_pages = AudienceBlueprint("village_visits", __name__, audience="village", url_prefix="/pendampingan")


@village_pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of a village's visits call."""
    return {
        "visit_said": words.visit_said,
        "way_word": words.way_word,
        "photos_said": words.photos_said,
        "phone_place": words.phone_place,
        "labels": LABELS,
    }


@village_pages.get("/kunjungan")
@requires("village.view")
def index() -> ResponseReturnValue:
    """The village's visits, newest first."""
    after = request.args.get("sesudah", "")
    visits, following = reading.own_visits(after=after)
    return render_template(
        "visits/village_list.html",
        visits=visits,
        is_first=not after,
        first_url=url_for(".index"),
        next_url=url_for(".index", sesudah=following) if following else None,
        may_sign=acting().may("mentoring.pin"),
    )


@village_pages.get("/kunjungan/unduh")
@requires("village.view")
def export() -> ResponseReturnValue:
    """All of them as a spreadsheet."""
    return sheet(exports.export_of_village(), f"kunjungan-{current_tenant().slug}-{file_day()}.xlsx")


@village_pages.get("/kunjungan/<uuid:visit_id>")
@requires("village.view")
def show(visit_id: uuid.UUID) -> ResponseReturnValue:
    """One visit as the mentor wrote it, with its photos and what they say of themselves."""
    try:
        visit = reading.own_visit(visit_id)
    except Missing:
        abort(404)
    may_sign = acting().may("mentoring.pin") and acting().support_visit is None
    return render_template("visits/village_show.html", visit=visit, may_sign=may_sign)


@village_pages.post("/kunjungan/<uuid:visit_id>/tanda-tangan")
@requires("mentoring.pin")
def sign(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Put the village's name under it."""
    try:
        reading.sign_here(visit_id, by=acting())
        flash(_("Kunjungan ditandatangani."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", visit_id=visit_id), 303)


@village_pages.get("/kunjungan/<uuid:visit_id>/foto/<uuid:file_id>")
@requires("village.view")
def photo(visit_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A photo of a visit to the village."""
    try:
        return reading.own_photo(visit_id, file_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@village_pages.route("/pin", methods=["GET", "POST"])
@requires("mentoring.pin")
def pin() -> ResponseReturnValue:
    """Set the PIN with which the village signs on the mentor's phone."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            pins.set_pin(
                request.form.get("pin", "").strip(), request.form.get("again", "").strip(), by=acting()
            )
            flash(_("PIN tersimpan. Beri tahu hanya orang desa yang boleh menandatangani."), "success")
            return redirect(url_for(".pin"), 303)
        except Invalid as wrong:
            errors = {wrong.field: str(wrong)}
        except Refused as refusal:
            flash(str(refusal), "warning")
            return redirect(url_for(".pin"), 303)
    kept = pins.pin_of(current_tenant().id)
    page = render_template("visits/pin.html", kept=kept, is_locked=pins.is_locked(kept), errors=errors)
    return make_response(page, 422 if errors else 200)
