"""One's own account: profile, password, second factor, devices, places of work, tokens for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts import (
    api_tokens,
    crossing,
    forms,
    limits,
    places,
    profile,
    queries,
    second_factor,
    sessions,
)
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.loading import ROLES_THAT_NEED_A_SECOND_FACTOR
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.language import COOKIE as LANGUAGE_COOKIE
from app.core.permissions import enrolling, permission, signed_in
from app.core.security import forget_signed_in
from app.core.ui.leaving import go_to

blueprint = AudienceBlueprint(
    "own_account", __name__, audience="shared", url_prefix="/akun", template_folder="../templates"
)

YEAR = 365 * 86400


def present_actor() -> Actor:
    """Who is signed in; the routes' guards have seen to it that somebody is."""
    actor = current_actor()
    assert actor is not None
    return actor


# --- profile -------------------------------------------------------------------------------------------------------


@blueprint.get("", endpoint="profile")
@signed_in
def show_profile() -> str:
    """Name, phone, language."""
    actor = present_actor()
    with platform_rows():
        typed = {"name": actor.name, "phone": queries.phone_of(actor.account_id), "locale": actor.locale}
    return render_template("accounts/profile.html", typed=typed, errors={})


@blueprint.post("")
@signed_in
def save_profile() -> ResponseReturnValue:
    """Keep name, phone and language."""
    values, errors = forms.read(forms.ProfileForm(), request.form)
    if errors:
        return render_template("accounts/profile.html", typed=request.form, errors=errors), 422
    profile.change_profile(present_actor(), **values)
    flash(_("Profil tersimpan."), "success")
    response = redirect(url_for("own_account.profile"), 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        values["locale"],
        max_age=YEAR,
        samesite="Lax",
        secure=request.is_secure,
        httponly=True,
    )
    return response


# --- password and second factor ------------------------------------------------------------------------------------


@blueprint.get("/keamanan")
@signed_in
def safety() -> str:
    """Password and second factor."""
    return _safety({})


@blueprint.post("/kata-sandi")
@signed_in
@limits.limit_proofs
def save_password() -> ResponseReturnValue:
    """Change the password; other devices are signed out."""
    values, errors = forms.read(forms.ChangePasswordForm(), request.form)
    if not errors:
        try:
            ended = profile.change_password(present_actor(), **values)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        else:
            done = ngettext(
                "Kata sandi diganti; %(count)s perangkat lain dikeluarkan.",
                "Kata sandi diganti; %(count)s perangkat lain dikeluarkan.",
                ended,
                count=ended,
            )
            flash(done, "success")
            return redirect(url_for("own_account.safety"), 303)
    return _safety(errors), 422


@blueprint.get("/verifikasi", endpoint="second_factor")
@enrolling
def second_factor_page() -> ResponseReturnValue:
    """The picture to scan, and a field for the first code."""
    return _enrolment({}, 200)


@blueprint.post("/verifikasi")
@enrolling
@limits.limit_proofs
def confirm_second_factor() -> ResponseReturnValue:
    """Switch the second factor on and show the recovery codes, this once."""
    values, errors = forms.read(forms.CodeForm(), request.form)
    if not errors:
        try:
            codes = second_factor.confirm_enrolment(present_actor(), values["code"])
        except Refused as refused:
            errors = {"code": str(refused)}
        else:
            return _show_codes(codes)
    return _enrolment(errors, 422)


@blueprint.post("/verifikasi/kode-cadangan")
@signed_in
@limits.limit_proofs
def renew_codes() -> ResponseReturnValue:
    """Replace the recovery codes and show the new ones, this once."""
    values, errors = forms.read(forms.PasswordForm(), request.form)
    if not errors:
        try:
            return _show_codes(second_factor.renew_recovery_codes(present_actor(), values["password"]))
        except Refused as refused:
            errors = {"password": str(refused)}
    return _safety(errors), 422


@blueprint.post("/verifikasi/matikan")
@signed_in
@limits.limit_proofs
def disable_second_factor() -> ResponseReturnValue:
    """Switch the second factor off."""
    values, errors = forms.read(forms.PasswordForm(), request.form)
    if not errors:
        try:
            second_factor.disable(present_actor(), values["password"])
        except Refused as refused:
            errors = {"password": str(refused)}
        else:
            flash(_("Verifikasi dua langkah dimatikan."), "success")
            return redirect(url_for("own_account.safety"), 303)
    return _safety(errors), 422


# --- devices -------------------------------------------------------------------------------------------------------


@blueprint.get("/perangkat")
@signed_in
def devices() -> str:
    """Where the account is signed in."""
    account_id = present_actor().account_id
    with platform_rows():
        found = queries.devices(account_id)
    return render_template("accounts/devices.html", devices=found)


@blueprint.post("/perangkat/<uuid:session_id>/akhiri")
@signed_in
def end_device(session_id: UUID) -> ResponseReturnValue:
    """Sign one device out."""
    actor = present_actor()
    if not sessions.end_session(actor.account_id, session_id):
        abort(404)
    if session_id == actor.session_id:
        return _gone()
    flash(_("Perangkat dikeluarkan."), "success")
    return redirect(url_for("own_account.devices"), 303)


@blueprint.post("/perangkat/akhiri-semua")
@enrolling
def end_all_devices() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    sessions.end_sessions(present_actor().account_id)
    return _gone()


# --- places of work ------------------------------------------------------------------------------------------------


@blueprint.get("/tempat", endpoint="places")
@signed_in
def show_places() -> str:
    """All places where the account works."""
    account_id = present_actor().account_id
    with platform_rows():
        found = places.places_of(account_id)
    return render_template("accounts/places.html", places=found)


@blueprint.post("/pindah")
@signed_in
def open_place() -> ResponseReturnValue:
    """Go to another place with a ticket."""
    asked = request.form.get("place", "")
    try:
        tenant_id = None if asked == "province" else UUID(asked)
        address = crossing.cross(present_actor(), tenant_id)
    except ValueError:
        abort(400)
    except NotAllowed as refused:
        flash(str(refused), "error")
        return redirect(url_for("own_account.places"), 303)
    return go_to(address)


# --- tokens for programs -------------------------------------------------------------------------------------------


@blueprint.get("/token")
@signed_in
def tokens() -> str:
    """The account's tokens, and a form for another."""
    return _tokens(None, {}, {})


@blueprint.post("/token")
@signed_in
def make_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    values, errors = forms.read(forms.TokenForm(), request.form)
    if not errors:
        try:
            days = int(values["days"])
            made = api_tokens.make_token(
                present_actor(), name=values["name"], scopes=values["scopes"], days=days
            )
            return _tokens(made, {}, {})
        except NotAllowed:
            abort(403)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _tokens(None, request.form, errors), 422


@blueprint.post("/token/<uuid:token_id>/cabut")
@signed_in
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    """End a token."""
    if not api_tokens.revoke_token(present_actor(), token_id):
        abort(404)
    flash(_("Token dicabut; program yang memegangnya tidak dapat bekerja lagi."), "success")
    return redirect(url_for("own_account.tokens"), 303)


def _gone() -> ResponseReturnValue:
    session.clear()
    flash(_("Anda sudah keluar."), "success")
    response = redirect(url_for("sign_in.page"), 303)
    forget_signed_in(response)  # type: ignore[arg-type]
    return response


def _safety(errors: dict[str, str]) -> str:
    actor = present_actor()
    return render_template(
        "accounts/safety.html",
        errors=errors,
        codes_left=second_factor.codes_left(actor.account_id) if actor.has_second_factor else 0,
        required=bool(ROLES_THAT_NEED_A_SECOND_FACTOR.intersection(actor.role_codes)),
    )


def _enrolment(errors: dict[str, str], status: int) -> ResponseReturnValue:
    actor = present_actor()
    try:
        enrolment = second_factor.begin_enrolment(actor)
    except Refused as refused:
        flash(str(refused), "info")
        return redirect(url_for("own_account.safety"), 303)
    page = render_template(
        "accounts/second_factor.html", enrolment=enrolment, errors=errors, must_enrol=actor.must_enrol
    )
    return page, status


def _show_codes(codes: list[str]) -> str:
    return render_template(
        "accounts/recovery_codes.html", codes=codes, go_on_url=url_for("own_account.safety")
    )


def _tokens(made: api_tokens.NewToken | None, typed: Any, errors: dict[str, str]) -> str:
    actor = present_actor()
    chosen = typed.getlist("scopes") if hasattr(typed, "getlist") else []
    scopes = [(code, str(permission(code).label), code) for code in sorted(actor.permissions)]
    lifetimes = [(days, _("%(days)s hari", days=days)) for days in api_tokens.LIFETIMES]
    with platform_rows():
        known = api_tokens.tokens_of(actor.account_id)
    return render_template(
        "accounts/tokens.html",
        tokens=known,
        made=made,
        typed=typed,
        chosen=chosen,
        errors=errors,
        scopes=scopes,
        lifetimes=lifetimes,
    )
