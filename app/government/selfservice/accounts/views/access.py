"""Signing in and out with NIK and PIN, and the two ways to an account."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.files.scans import ScanRefused
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import anonymous
from app.core.security import local_path
from app.government.selfservice.accounts import activation, forms, limits, sessions
from app.government.selfservice.accounts import sign_in as services
from app.government.selfservice.accounts.guard import (
    current_resident,
    forget_signed_in,
    keep_signed_in,
    resident_or_none,
    residents_only,
    signed_in_here,
)
from app.government.selfservice.accounts.pins import pin_problem
from app.government.selfservice.frame import HOME

blueprint = AudienceBlueprint(
    "portal_access", __name__, audience="resident", url_prefix="/layanan", template_folder="../templates"
)


@blueprint.get("/masuk")
@anonymous
def page() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    wanted = local_path(request.args.get("next"))
    if resident_or_none() is not None:
        return redirect(wanted or HOME, 303)
    return _sign_in_page({}, {}, wanted)


@blueprint.post("/masuk")
@anonymous
@limits.limit_tries
def submit() -> ResponseReturnValue:
    """Check NIK and PIN and open a session."""
    wanted = local_path(request.form.get("next"))
    checked = check(forms.SignInForm(), request.form)
    if not checked.is_valid:
        return _sign_in_page(checked.typed, checked.errors, wanted, status=422)
    values = checked.values
    try:
        opened = services.sign_in(
            values["nik"], values["pin"], remembered=values["remember"], user_agent=_user_agent()
        )
    except services.StillWaiting as waiting:
        return _sign_in_page(checked.typed, {}, wanted, notice=str(waiting))
    except services.SignInRefused as refused:
        return _sign_in_page(checked.typed, {"pin": [str(refused)]}, wanted, status=422)
    seconds = int(sessions.REMEMBERED.total_seconds()) if values["remember"] else None
    return _welcome(opened, wanted or HOME, seconds=seconds)


@blueprint.post("/keluar")
@anonymous
def leave() -> ResponseReturnValue:
    """Sign out of this device; what the browser kept of this host goes too."""
    resident = signed_in_here()
    if resident is not None:
        sessions.end_session(resident)
    flash(str(_("Anda sudah keluar.")), "success")
    return _goodbye()


@blueprint.post("/keluar-semua")
@residents_only
def leave_everywhere() -> ResponseReturnValue:
    """Sign out on every device."""
    sessions.end_all(current_resident())
    flash(str(_("Anda sudah keluar dari semua perangkat.")), "success")
    return _goodbye()


@blueprint.get("/aktivasi")
@anonymous
def activation_page() -> ResponseReturnValue:
    """Activation with the code from the hall."""
    return _activation_page({}, {})


@blueprint.post("/aktivasi")
@anonymous
@limits.limit_tries
def activate() -> ResponseReturnValue:
    """Check data and code, set the PIN, sign in."""
    checked = _with_good_pin(check(forms.ActivationForm(), request.form))
    if not checked.is_valid:
        return _activation_page(checked.typed, checked.errors, status=422)
    values = checked.values
    try:
        opened = activation.activate(
            values["nik"],
            values["kk"],
            values["birth_date"],
            values["code"],
            values["pin"],
            user_agent=_user_agent(),
        )
    except activation.ActivationRefused as refused:
        return _activation_page(checked.typed, {"code": [str(refused)]}, status=422)
    flash(str(_("Akun Anda aktif. Lain kali masuk dengan NIK dan PIN.")), "success")
    return _welcome(opened, HOME)


@blueprint.get("/aktivasi/ktp")
@anonymous
def application_page() -> ResponseReturnValue:
    """Asking for an account with a photo of the KTP."""
    return _application_page({}, {})


@blueprint.post("/aktivasi/ktp")
@anonymous
@limits.limit_applications
def apply() -> ResponseReturnValue:
    """Keep the application until a clerk has looked at it."""
    checked = _with_good_pin(check(forms.ApplicationForm(), request.form))
    sent = request.files.get("photo")
    photo = sent.stream.read(activation.PHOTO_BYTES + 1) if sent is not None else b""
    if not photo:
        checked = checked.with_error("photo", _("Ambil atau pilih foto KTP Anda."))
    if not checked.is_valid:
        return _application_page(checked.typed, checked.errors, status=422)
    values = checked.values
    try:
        activation.apply_with_photo(values["nik"], values["kk"], values["birth_date"], values["pin"], photo)
    except ScanRefused as refused:
        return _application_page(checked.typed, {"photo": [str(refused)]}, status=422)
    except activation.ActivationRefused as refused:
        return _application_page(checked.typed, {"": [str(refused)]}, status=422)
    except StorageAway:
        sentence = _(
            "Permohonan belum tersimpan: tempat penyimpanan sedang tidak dapat dihubungi. Pilih lagi fotonya, tulis "
            "lagi PIN-nya, lalu kirim sebentar lagi."
        )
        return _application_page(checked.typed, {"photo": [str(sentence)]}, status=503)
    return redirect(url_for("portal_access.applied"), 303)


@blueprint.get("/aktivasi/ktp/terkirim")
@anonymous
def applied() -> ResponseReturnValue:
    """What happens now, and how to see it."""
    return render_template("selfservice/applied.html")


def _with_good_pin(checked: Checked) -> Checked:
    values = checked.values
    if "pin" not in values:
        return checked
    problem = pin_problem(values["pin"], values.get("nik", ""), values.get("birth_date"))
    if problem is not None:
        return checked.with_error("pin", problem)
    if "pin_again" in values and values["pin_again"] != values["pin"]:
        return checked.with_error("pin_again", _("Kedua PIN tidak sama. Tulis PIN yang sama dua kali."))
    return checked


def _sign_in_page(
    typed: dict[str, Any], errors: dict[str, Any], wanted: str | None, *, notice: str = "", status: int = 200
) -> Response:
    page = render_template(
        "selfservice/sign_in.html", typed=typed, errors=errors, wanted=wanted, notice=notice
    )
    return make_response(page, status)


def _activation_page(typed: dict[str, Any], errors: dict[str, Any], *, status: int = 200) -> Response:
    return make_response(render_template("selfservice/activation.html", typed=typed, errors=errors), status)


def _application_page(typed: dict[str, Any], errors: dict[str, Any], *, status: int = 200) -> Response:
    return make_response(render_template("selfservice/application.html", typed=typed, errors=errors), status)


def _welcome(opened: services.SignedIn, wanted: str, *, seconds: int | None = None) -> ResponseReturnValue:
    response = redirect(wanted, 303)
    keep_signed_in(response, opened.token, seconds=seconds)
    return response


def _goodbye() -> ResponseReturnValue:
    session.pop("csrf_token", None)
    response = redirect(url_for("portal_access.page"), 303)
    forget_signed_in(response)
    return response


def _user_agent() -> str:
    return request.user_agent.string
