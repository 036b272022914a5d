"""Before an application and around it: the start page, finding one's village, lost links, confirming the e-mail."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts.limits import limit_letters
from app.core.forms import check
from app.core.links import village_origin
from app.core.permissions import anonymous
from app.core.village.errors import Invalid, Missing
from app.extensions import counted_address, limiter
from app.province.onboarding.applications import links, rows, search, sending, services
from app.province.onboarding.applications.common_views import (
    PER_ADDRESS,
    PER_ADDRESS_SEARCH,
    PER_ADDRESS_SENDS,
    PER_ADDRESS_STARTS,
    pages,
    private,
    unknown_link,
)
from app.province.onboarding.applications.schemas import LABELS, ResumeForm

CONFIRM = "/konfirmasi/<string(maxlength=200):text>"


@pages.get("")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def start() -> ResponseReturnValue:
    """What is needed, how many steps there are and how long they take; the search for one's village."""
    return private(render_template("onboarding/public/start.html"))


@pages.get("/desa")
@anonymous
@limiter.limit(PER_ADDRESS_SEARCH, key_func=counted_address)
def find() -> ResponseReturnValue:
    """The villages of a name or a code, and where each stands."""
    answer = search.find_villages(request.args.get("q", ""))
    html = render_template(
        "onboarding/public/find.html", answer=answer, village_origin=village_origin, action=url_for(".begin")
    )
    return private(html)


@pages.post("/mulai")
@anonymous
@limiter.limit(PER_ADDRESS_STARTS, key_func=counted_address)
def begin() -> ResponseReturnValue:
    """Begin an application for a village that may be applied for."""
    try:
        tenant_id = uuid.UUID(request.form.get("village", ""))
    except ValueError:
        abort(404)
    found = search.village_found(tenant_id)
    if found is None:
        abort(404)
    if found.standing != "free":
        flash(_("Desa ini tidak dapat didaftarkan sekarang. Keadaannya tertulis di bawah."), "warning")
        return redirect(url_for(".find", q=found.code), 303)
    _application, token = services.start(found.id)
    return redirect(url_for(".applicant", token=token), 303)


@pages.get("/lanjut")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def lost() -> ResponseReturnValue:
    """Where somebody asks for the links of earlier applications."""
    return _lost({}, {}, False)


@pages.post("/lanjut")
@anonymous
@limit_letters
def send_links() -> ResponseReturnValue:
    """Send them. The answer is the same for every address, so that nobody learns who has applied."""
    checked = check(ResumeForm(), request.form)
    if not checked.is_valid:
        return _lost(checked.typed, checked.errors, False, 422)
    services.send_links(checked.values["email"])
    return _lost(checked.typed, {}, True)


@pages.get(CONFIRM)
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def confirmation(text: str) -> ResponseReturnValue:
    """What a letter's link opens. Only the button confirms: programs that look at links press none."""
    return _confirmation(text)


@pages.post(CONFIRM)
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def confirm(text: str) -> ResponseReturnValue:
    """Confirm the e-mail address and hand the application to the office."""
    try:
        sent = services.confirm_email(text)
    except Missing:
        return unknown_link()
    except rows.Closed:
        return _confirmation(text)
    return led_on(sent)


@pages.post(f"{CONFIRM}/lagi")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def confirm_again(text: str) -> ResponseReturnValue:
    """A new letter, for whoever holds a link that came too late."""
    try:
        sending.ask_again_by_link(text)
        flash(_("Surel baru sudah dikirim. Periksa juga kotak spam."), "success")
    except Missing:
        return unknown_link()
    except rows.Closed:
        return _confirmation(text)
    except Invalid as wrong:
        flash(str(wrong), "warning")
    return redirect(url_for(".confirmation", text=text), 303)


def led_on(sent: sending.Sent) -> ResponseReturnValue:
    """Say what came of sending in or confirming, and lead to the application's own page."""
    token = links.address_token(sent.application)
    if sent.outcome == "address_taken":
        taken = sent.application.answers.get("address", {}).get("taken") or ""
        flash(
            _(
                "Alamat %(slug)s keburu dipakai desa lain. Pilih alamat lain; semua isian Anda yang lain tetap "
                "tersimpan.",
                slug=taken,
            ),
            "warning",
        )
        return redirect(url_for(".address", token=token, ringkasan=1), 303)
    if sent.outcome == "confirmed":
        flash(_("Surel Anda sudah dipastikan. Periksa isian Anda, lalu kirim."), "success")
        return redirect(url_for(".summary", token=token), 303)
    return redirect(url_for(".show", token=token), 303)


def _confirmation(text: str) -> ResponseReturnValue:
    try:
        application, standing = sending.link_standing(text)
    except Missing:
        return unknown_link()
    html = render_template(
        "onboarding/public/confirm.html",
        application=application,
        village=rows.village_words(application),
        standing=standing,
        text=text,
        waits=rows.waits(application),
    )
    return private(html, 200 if standing in ("open", "done") else 410)


def _lost(
    typed: dict[str, str], errors: dict[str, list[str]], sent: bool, status: int = 200
) -> ResponseReturnValue:
    html = render_template(
        "onboarding/public/lost.html", typed=typed, errors=errors, labels=LABELS, sent=sent
    )
    return private(html, status)
