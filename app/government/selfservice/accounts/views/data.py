"""A resident's own data, the household, requests about it, contacts, PIN and devices."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import check
from app.core.village.errors import Invalid, Missing
from app.core.village.views.common import form_context
from app.government.residents.rights.schemas import KINDS, STATES
from app.government.selfservice.accounts import forms, own_data, sessions
from app.government.selfservice.accounts.guard import current_resident, residents_only

blueprint = AudienceBlueprint(
    "portal_data", __name__, audience="resident", url_prefix="/layanan/data", template_folder="../templates"
)


@blueprint.get("")
@residents_only
def show() -> ResponseReturnValue:
    """The own record, its numbers masked, and the household."""
    return _page(revealed=False)


@blueprint.post("")
@residents_only
def reveal() -> ResponseReturnValue:
    """The same with the numbers, this once; no browser keeps it."""
    own_data.note_revealed(current_resident())
    return _page(revealed=True)


@blueprint.get("/perbaikan")
@residents_only
def correction() -> ResponseReturnValue:
    """What is wrong; `?tentang=` a child of the household."""
    return _correction_page({"about": request.args.get("tentang", "")}, {})


@blueprint.post("/perbaikan")
@residents_only
def ask_correction() -> ResponseReturnValue:
    """Pass it on to the village."""
    checked = check(forms.CorrectionForm(), request.form)
    if not checked.is_valid:
        return _correction_page(checked.typed, checked.errors, status=422)
    try:
        about = uuid.UUID(checked.values["about"])
        asked = own_data.ask(current_resident(), "correction", about, checked.values["text"])
    except (Missing, ValueError) as error:
        if isinstance(error, Invalid):
            return _correction_page(checked.typed, {error.field: [str(error)]}, status=422)
        abort(404)
    flash(str(_("Permintaan terkirim. Petugas menjawab paling lambat 3 × 24 jam.")), "success")
    return redirect(url_for("portal_data.asked", request_id=asked), 303)


@blueprint.post("/salinan")
@residents_only
def ask_copy() -> ResponseReturnValue:
    """Ask for a copy of everything that is held."""
    resident = current_resident()
    try:
        asked = own_data.ask(resident, "access", resident.resident_id)
    except Invalid as wrong:
        flash(str(wrong), "info")
        return redirect(url_for("portal_data.show"), 303)
    flash(str(_("Permintaan terkirim. Petugas menjawab paling lambat 3 × 24 jam.")), "success")
    return redirect(url_for("portal_data.asked", request_id=asked), 303)


@blueprint.get("/permintaan/<uuid:request_id>")
@residents_only
def asked(request_id: uuid.UUID) -> ResponseReturnValue:
    """One request and its answer."""
    try:
        found = own_data.own_request(current_resident(), request_id)
    except Missing:
        abort(404)
    return render_template("selfservice/own_request.html", found=found, kinds=KINDS, states=STATES)


@blueprint.get("/kontak")
@residents_only
def contacts() -> ResponseReturnValue:
    """Where one wants to be reached."""
    return _contact_page(own_data.contacts(current_resident()), {})


@blueprint.post("/kontak")
@residents_only
def change_contacts() -> ResponseReturnValue:
    """Keep it."""
    checked = check(forms.ContactForm(), request.form)
    if not checked.is_valid:
        return _contact_page(checked.typed, checked.errors, status=422)
    own_data.change_contacts(current_resident(), checked.values["phone"], checked.values["email"])
    flash(str(_("Kontak tersimpan.")), "success")
    return redirect(url_for("portal_data.show"), 303)


@blueprint.get("/pin")
@residents_only
def pin() -> ResponseReturnValue:
    """Another PIN, and the devices that are signed in."""
    return _pin_page({})


@blueprint.post("/pin")
@residents_only
def change_pin() -> ResponseReturnValue:
    """Check and keep it; other devices are signed out."""
    checked = check(forms.PinForm(), request.form)
    if checked.is_valid and checked.values["pin"] != checked.values["pin_again"]:
        checked = checked.with_error("pin_again", _("Kedua PIN tidak sama. Tulis PIN yang sama dua kali."))
    if not checked.is_valid:
        return _pin_page(checked.errors, status=422)
    try:
        own_data.change_pin(current_resident(), checked.values["pin_now"], checked.values["pin"])
    except Invalid as wrong:
        return _pin_page({wrong.field: [str(wrong)]}, status=422)
    flash(str(_("PIN sudah diganti. Perangkat lain sudah dikeluarkan.")), "success")
    return redirect(url_for("portal_data.show"), 303)


def _page(*, revealed: bool) -> Response:
    shown = own_data.own_data(current_resident(), revealed=revealed)
    page = render_template(
        "selfservice/own_data.html", shown=shown, revealed=revealed, kinds=KINDS, states=STATES
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _correction_page(typed: dict[str, Any], errors: dict[str, Any], *, status: int = 200) -> Response:
    family = own_data.family_of(current_resident())
    askable = sorted((one for one in family if one.is_self or one.is_ward), key=lambda one: not one.is_self)
    people = [(str(one.id), one.name) for one in askable]
    page = render_template("selfservice/correction.html", typed=typed, errors=errors, people=people)
    return make_response(page, status)


def _contact_page(values: dict[str, Any], errors: dict[str, Any], *, status: int = 200) -> Response:
    page = render_template("selfservice/contacts.html", **form_context(None, values) | {"errors": errors})
    return make_response(page, status)


def _pin_page(errors: dict[str, Any], *, status: int = 200) -> Response:
    devices = sessions.devices_of(current_resident())
    return make_response(render_template("selfservice/pin.html", errors=errors, devices=devices), status)
