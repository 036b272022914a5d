"""Signing in and out, links from letters, tickets from other hosts. On village hosts and on the province's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

from flask import Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.accounts import crossing, forms, letters, limits, sessions
from app.core.accounts import sign_in as services
from app.core.accounts.errors import LinkInvalid, Refused
from app.core.accounts.sign_in import CodeNeeded, Device, SignedIn
from app.core.actors import Actor
from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import portal_path
from app.core.language import COOKIE as LANGUAGE_COOKIE
from app.core.permissions import anonymous
from app.core.security import forget_signed_in, keep_signed_in, local_path, present_host
from app.core.shell import home_path
from app.extensions import client_address
from tenants.models import TenantState
from tenants.scope import current_tenant_or_none

blueprint = AudienceBlueprint("sign_in", __name__, audience="shared", template_folder="../templates")

PENDING_SECONDS = 300
YEAR = 365 * 86400


@blueprint.get("/masuk")
@anonymous
def page() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    actor = current_user._get_current_object()
    wanted = local_path(request.args.get("next"))
    if isinstance(actor, Actor):
        return redirect(wanted or home_path(actor), 303)
    return _sign_in_page({}, {}, wanted)


@blueprint.post("/masuk")
@anonymous
@limits.limit_sign_in
def submit() -> ResponseReturnValue:
    """Check address and password; a second factor is asked for on the next page."""
    wanted = local_path(request.form.get("next"))
    values, errors = forms.read(forms.SignInForm(), request.form)
    if not errors:
        try:
            outcome = services.sign_in(values["email"], values["password"], present_device())
        except Refused as refused:
            errors = {"password": str(refused)}
        else:
            if isinstance(outcome, CodeNeeded):
                session["pending"] = {
                    "account": str(outcome.account_id), "host": present_host(), "at": int(time.time()), "next": wanted,
                }  # fmt: skip
                return redirect(url_for("sign_in.code"), 303)
            return welcome(outcome, wanted)
    return _sign_in_page(request.form, errors, wanted), 422


def _sign_in_page(typed: Mapping[str, str], errors: Mapping[str, object], wanted: str | None) -> str:
    tenant = current_tenant_or_none()
    is_open = tenant is not None and tenant.state != TenantState.PROVISIONED
    portal_url = portal_path(tenant.modules) if tenant and is_open else ""
    return render_template(
        "accounts/sign_in.html", typed=typed, errors=errors, wanted=wanted, portal_url=portal_url
    )


@blueprint.get("/masuk/kode")
@anonymous
def code() -> ResponseReturnValue:
    """Ask for a code of the second factor."""
    if _pending() is None:
        return redirect(url_for("sign_in.page"), 303)
    return render_template("accounts/code.html", errors={})


@blueprint.post("/masuk/kode")
@anonymous
@limits.limit_codes
def submit_code() -> ResponseReturnValue:
    """Check the code and sign in."""
    account_id = _pending()
    if account_id is None:
        flash(_("Waktu untuk mengetik kode sudah lewat. Masuk sekali lagi."), "warning")
        return redirect(url_for("sign_in.page"), 303)
    values, errors = forms.read(forms.CodeForm(), request.form)
    if not errors:
        try:
            outcome = services.sign_in_with_code(account_id, values["code"], present_device())
        except Refused as refused:
            errors = {"code": str(refused)}
        else:
            return welcome(outcome, session["pending"].get("next"))
    return render_template("accounts/code.html", errors=errors), 422


@blueprint.post("/keluar")
@anonymous
def leave() -> ResponseReturnValue:
    """Sign out of this host."""
    actor = current_user._get_current_object()
    if isinstance(actor, Actor) and actor.session_id is not None:
        sessions.end_session(actor.account_id, actor.session_id)
    session.clear()
    flash(_("Anda sudah keluar."), "success")
    response = redirect(url_for("sign_in.page"), 303)
    forget_signed_in(response)  # type: ignore[arg-type]
    return response


@blueprint.get("/masuk/tiket")
@anonymous
@limits.limit_links
def arrive() -> ResponseReturnValue:
    """Take a ticket from another host; used, old and foreign ones are refused with a sentence.

    Somebody else's ticket is taken only when the person who is signed in here says so. What comes from another site is
    refused, but for tickets from or to a village's own domain: there the person says so too.
    """
    text = request.args.get("t", "")
    actor = current_user._get_current_object()
    by_another_site = _sent_by_another_site()
    if isinstance(actor, Actor) or by_another_site:
        try:
            account_id, email, is_far = crossing.owner_of(text, present_device())
        except LinkInvalid as invalid:
            return _refused_site() if by_another_site else _dead_link(invalid)
        if by_another_site and not is_far:
            return _refused_site()
        if by_another_site and not isinstance(actor, Actor):
            return render_template("accounts/enter.html", link=text, email=email)
        if account_id != actor.account_id:
            return render_template(
                "accounts/change_account.html", link=text, email=email, present=actor.email
            )
    return _arrive(text)


@blueprint.post("/masuk/tiket")
@anonymous
@limits.limit_links
def change_account() -> ResponseReturnValue:
    """Take a ticket of another account than the one that is signed in."""
    if _sent_by_another_site():
        return _refused_site()
    return _arrive(request.form.get("t", ""))


@blueprint.get("/lupa-sandi")
@anonymous
def forgot() -> ResponseReturnValue:
    """Ask for the address that the reset letter goes to."""
    return render_template("accounts/forgot.html", typed={}, errors={}, sent=False)


@blueprint.post("/lupa-sandi")
@anonymous
@limits.limit_letters
def submit_forgot() -> ResponseReturnValue:
    """Send the letter; the answer is the same whether the address is known or not."""
    values, errors = forms.read(forms.EmailForm(), request.form)
    if errors:
        return render_template("accounts/forgot.html", typed=request.form, errors=errors, sent=False), 422
    letters.ask_for_reset(values["email"], present_device())
    return render_template("accounts/forgot.html", typed=values, errors={}, sent=True)


@blueprint.get("/sandi-baru")
@anonymous
@limits.limit_links
def new_password() -> ResponseReturnValue:
    """Choose a new password by the link of a letter."""
    return _new_password({}, 200)


@blueprint.post("/sandi-baru")
@anonymous
@limits.limit_links
def submit_new_password() -> ResponseReturnValue:
    """Keep the new password and lead to the sign-in page."""
    values, errors = forms.read(forms.NewPasswordForm(), request.form)
    if not errors:
        try:
            letters.reset_password(request.form.get("t", ""), values["password"], present_device())
        except LinkInvalid as invalid:
            return _dead_link(invalid)
        except Refused as refused:
            errors = {"password": str(refused)}
        else:
            flash(_("Kata sandi baru tersimpan. Silakan masuk; perangkat lain sudah dikeluarkan."), "success")
            return redirect(url_for("sign_in.page"), 303)
    return _new_password(errors, 422)


@blueprint.get("/undangan")
@anonymous
@limits.limit_links
def invitation() -> ResponseReturnValue:
    """Who is invited where, and a form for name and password."""
    return _invitation({}, 200)


@blueprint.post("/undangan")
@anonymous
@limits.limit_links
def accept_invitation() -> ResponseReturnValue:
    """Keep name and password, and sign in."""
    values, errors = forms.read(forms.InvitationForm(), request.form)
    if not errors:
        try:
            outcome = letters.accept_invitation(
                request.form.get("t", ""), values["name"], values["password"], present_device()
            )
        except LinkInvalid as invalid:
            return _dead_link(invalid)
        except Refused as refused:
            errors = {refused.field or "password": str(refused)}
        else:
            return welcome(outcome, outcome.then)
    return _invitation(errors, 422)


def present_device() -> Device:
    """Host, village, browser and address of the present request."""
    return Device(present_host(), current_tenant_or_none(), str(request.user_agent), client_address())


def welcome(outcome: SignedIn, wanted: str | None) -> Response:
    """Give the browser its cookie and lead it on; whatever it held as a stranger is forgotten."""
    before = current_user._get_current_object()
    if isinstance(before, Actor) and before.session_id is not None:
        sessions.end_session(before.account_id, before.session_id)
    session.clear()
    response: Response = redirect(local_path(wanted) or home_path(outcome.actor), 303)  # type: ignore[assignment]
    keep_signed_in(response, outcome.token)
    if LANGUAGE_COOKIE not in request.cookies and outcome.actor.locale != "id":
        response.set_cookie(
            LANGUAGE_COOKIE,
            outcome.actor.locale,
            max_age=YEAR,
            samesite="Lax",
            secure=request.is_secure,
            httponly=True,
        )
    return response


def _arrive(text: str) -> ResponseReturnValue:
    try:
        outcome, wanted = crossing.arrive(text, present_device())
    except LinkInvalid as invalid:
        return _dead_link(invalid)
    return welcome(outcome, wanted)


def _sent_by_another_site() -> bool:
    """Whether a page that is not ours sent the browser here.

    Hosts below a name of one label, such as localhost, are no site together for browsers, so there nothing is told.
    """
    ours_are_one_site = "." in str(current_app.config["BASE_HOST"])
    return ours_are_one_site and request.headers.get("Sec-Fetch-Site") == "cross-site"


def _refused_site() -> ResponseReturnValue:
    sentence = _(
        "Perpindahan ini tidak dimulai dari Siger, jadi ditolak. Masuk di sini, atau ulangi dari akun Anda."
    )
    return render_template("accounts/dead_link.html", sentence=sentence), 403


def _pending() -> UUID | None:
    waiting = session.get("pending")
    if not isinstance(waiting, dict) or waiting.get("host") != present_host():
        return None
    if not 0 <= time.time() - int(waiting.get("at", 0)) <= PENDING_SECONDS:
        return None
    return UUID(waiting["account"])


def _new_password(errors: dict[str, str], status: int) -> ResponseReturnValue:
    text = request.values.get("t", "")
    try:
        email = letters.check_reset(text, present_device())
    except LinkInvalid as invalid:
        return _dead_link(invalid)
    return render_template("accounts/new_password.html", email=email, link=text, errors=errors), status


def _invitation(errors: dict[str, str], status: int) -> ResponseReturnValue:
    text = request.values.get("t", "")
    try:
        invited = letters.invitation(text, present_device())
    except LinkInvalid as invalid:
        return _dead_link(invalid)
    typed = request.form if request.method == "POST" else {"name": invited.name}
    return render_template(
        "accounts/invitation.html", invited=invited, link=text, typed=typed, errors=errors
    ), status


def _dead_link(invalid: LinkInvalid) -> ResponseReturnValue:
    return render_template("accounts/dead_link.html", sentence=str(invalid)), 410
