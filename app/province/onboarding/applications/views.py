"""The wizard: the applicant's own address, on which each step is opened and saved."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.files.names import disposition
from app.core.files.scans import MOST_BYTES, ScanRefused
from app.core.files.services import FileMissing, find_file, open_file
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.links import village_origin
from app.core.permissions import anonymous
from app.core.regions.words import words_for
from app.core.village.errors import Invalid
from app.extensions import counted_address, limiter
from app.province.onboarding.applications import events, offices, rows, search, sending, services, steps
from app.province.onboarding.applications.common_views import (
    PER_ADDRESS,
    PER_ADDRESS_SEARCH,
    PER_ADDRESS_SENDS,
    TOKEN,
    after,
    came_from_summary,
    drawn,
    own,
    pages,
    private,
    titles_of,
)
from app.province.onboarding.applications.models import Application
from app.province.onboarding.applications.open_views import led_on
from app.province.onboarding.applications.rows import Closed
from app.province.onboarding.applications.schemas import (
    LABELS,
    AddressForm,
    ApplicantForm,
    IdentityForm,
    SummaryForm,
    written_phone,
)
from app.province.onboarding.applications.words import STATE_WORDS
from tenants.models import TenantRow

log = structlog.get_logger(__name__)

LETTER = "letter"


@pages.get(TOKEN)
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def show(token: str) -> ResponseReturnValue:
    """How the application stands, what comes next, and what can be done."""
    application = own(token)
    row = _row(application)
    lost = application.state in ("draft", "confirming") and _standing(application) != "free"
    following = steps.next_step(application)
    if application.state == "returned" and application.step in steps.KEYS:
        following = application.step
    html = render_template(
        "onboarding/public/show.html",
        application=application,
        token=token,
        row=row,
        said=STATE_WORDS[application.state],
        decider=offices.decided_office(application, row) if row and application.decided_at else "",
        again=rows.may_be_applied_for_again(row),
        words=STATE_WORDS,
        office=offices.office_name(row) if row else "",
        waits=rows.waits(application),
        is_late=_is_late(application),
        is_lost=lost,
        origin=village_origin(row.slug) if row and application.state in ("provisioned", "live") else "",
        chosen=village_origin(application.slug) if application.slug else "",
        progress=steps.progress(following),
        next_key=following,
        done={key for key in steps.KEYS if steps.is_done(application, key)},
        history=[event for event in events.history(application.id) if event.kind == "state"],
        may_withdraw=application.state in services.WITHDRAWABLE,
    )
    return private(html)


@pages.get(f"{TOKEN}/desa")
@anonymous
@limiter.limit(PER_ADDRESS_SEARCH, key_func=counted_address)
def village(token: str) -> ResponseReturnValue:
    """Which village it is, and choosing another one."""
    application = _open(token)
    answer = search.find_villages(request.args.get("q", ""))
    return drawn(
        "village", application, token, steps.VILLAGE,
        row=_row(application), answer=answer, village_origin=village_origin, action=url_for(".choose", token=token),
    )  # fmt: skip


@pages.post(f"{TOKEN}/desa")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def choose(token: str) -> ResponseReturnValue:
    """Choose the village, or another one."""
    _open(token)
    try:
        tenant_id = uuid.UUID(request.form.get("village", ""))
    except ValueError:
        abort(404)
    found = search.village_found(tenant_id)
    if found is None:
        abort(404)
    if found.standing != "free":
        flash(_("Desa ini tidak dapat didaftarkan sekarang. Keadaannya tertulis di bawah."), "warning")
        return redirect(url_for(".village", token=token, q=found.code), 303)
    try:
        services.choose_village(token, tenant_id)
    except Closed:
        return _closed(token)
    return redirect(after(steps.VILLAGE, token), 303)


@pages.get(f"{TOKEN}/pemohon")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def applicant(token: str) -> ResponseReturnValue:
    """Who applies."""
    return _applicant(_open(token), token, None, {})


@pages.post(f"{TOKEN}/pemohon")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def save_applicant(token: str) -> ResponseReturnValue:
    """Save it. A letter that can be kept is kept, whatever else is wrong: no file has to be sent twice."""
    application = _open(token)
    letter_error = _take_letter(token)
    found = check(ApplicantForm(), request.form)
    if found.is_valid and found.values["title"] == "other" and not found.values["title_other"]:
        found = found.with_error("title_other", _("Tulis jabatan Anda."))
    if found.is_valid:
        known = titles_of(_row(application))
        title = known.get(found.values["title"]) or found.values["title_other"]
        try:
            application, token = services.save_applicant(token, found.values, title)
        except Closed:
            return _closed(token)
        if not letter_error:
            return redirect(after(steps.APPLICANT, token), 303)
    wrong = {**found.errors, **({LETTER: [letter_error]} if letter_error else {})}
    return _applicant(own(token), token, found, wrong, 422)


@pages.get(f"{TOKEN}/surat")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def letter(token: str) -> ResponseReturnValue:
    """The letter of assignment, for who sent it."""
    application = own(token)
    if application.letter_file_id is None:
        abort(404)
    try:
        found = open_file(application.letter_file_id)
    except FileMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    response: Response = make_response(found.data)
    response.content_type = found.media_type
    response.headers["Content-Disposition"] = disposition("attachment", found.file_name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@pages.post(f"{TOKEN}/surat/hapus")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def remove_letter(token: str) -> ResponseReturnValue:
    """Take the letter of assignment away."""
    _open(token)
    try:
        services.remove_letter(token)
    except Closed:
        return _closed(token)
    flash(_("Surat tugas dihapus. Kirim yang baru sebelum pendaftaran dikirim."), "info")
    return redirect(url_for(".applicant", token=token, ringkasan=1 if came_from_summary() else None), 303)


@pages.get(f"{TOKEN}/identitas")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def identity(token: str) -> ResponseReturnValue:
    """What the register of regions says of the village, and its own words."""
    return _identity(_open(token), token, None)


@pages.post(f"{TOKEN}/identitas")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def save_identity(token: str) -> ResponseReturnValue:
    """Save it."""
    application = _open(token)
    found = check(IdentityForm(), request.form)
    if not found.is_valid:
        return _identity(application, token, found, 422)
    try:
        services.save_identity(token, found.values)
    except Closed:
        return _closed(token)
    return redirect(after(steps.IDENTITY, token), 303)


@pages.get(f"{TOKEN}/alamat")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def address(token: str) -> ResponseReturnValue:
    """Which address the village's site shall have."""
    return _address(_open(token), token, None)


@pages.post(f"{TOKEN}/alamat")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def save_address(token: str) -> ResponseReturnValue:
    """Save it: one of the suggestions, or what was typed."""
    application = _open(token)
    own_words = request.form.get("own", "").strip()
    typed = request.form.copy()
    if own_words or typed.get("slug") == "":
        typed["slug"] = own_words
    found = check(AddressForm(), typed)
    if not found.is_valid:
        return _address(application, token, found, 422)
    try:
        saved = services.save_address(token, found.values["slug"])
    except Invalid as wrong:
        return _address(own(token), token, found.with_error("slug", wrong), 422)
    except Closed:
        return _closed(token)
    if saved.slug != found.values["slug"].strip():
        flash(_("Alamat ditulis sebagai %(slug)s.", slug=saved.slug), "info")
    return redirect(after(steps.ADDRESS, token), 303)


@pages.get(f"{TOKEN}/periksa")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def summary(token: str) -> ResponseReturnValue:
    """Everything that was typed, once more, before it is sent."""
    return _summary(_open(token), token, {})


@pages.post(f"{TOKEN}/periksa")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def send(token: str) -> ResponseReturnValue:
    """Send it in."""
    application = _open(token)
    if not check(SummaryForm(), request.form).values.get("declared"):
        wrong = {"declared": [_("Centang pernyataan ini untuk mengirim.")]}
        return _summary(application, token, wrong, 422)
    try:
        return led_on(services.submit(token))
    except sending.Incomplete as missing:
        step = steps.step(missing.key)
        flash(_("Belum lengkap: %(step)s.", step=step.label), "warning")
        return redirect(url_for(step.endpoint, token=token, ringkasan=1), 303)
    except Invalid as wrong_one:
        return _summary(own(token), token, {wrong_one.field: [str(wrong_one)]}, 422)
    except Closed:
        return _closed(token)


@pages.post(f"{TOKEN}/kirim-ulang")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def ask_again(token: str) -> ResponseReturnValue:
    """A new letter to confirm the e-mail address."""
    own(token)
    try:
        sending.ask_again(token)
        flash(_("Surel baru sudah dikirim. Periksa juga kotak spam."), "success")
    except Invalid as wrong:
        flash(str(wrong), "warning")
    except Closed:
        return _closed(token)
    return redirect(url_for(".show", token=token), 303)


@pages.get(f"{TOKEN}/tarik")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def ask_to_withdraw(token: str) -> ResponseReturnValue:
    """Ask before an application is taken back."""
    application = own(token)
    if application.state not in services.WITHDRAWABLE:
        return _closed(token)
    html = render_template(
        "onboarding/public/withdraw.html",
        application=application,
        token=token,
        village=rows.village_words(application),
    )
    return private(html)


@pages.post(f"{TOKEN}/tarik")
@anonymous
@limiter.limit(PER_ADDRESS_SENDS, key_func=counted_address)
def withdraw(token: str) -> ResponseReturnValue:
    """Take it back."""
    own(token)
    try:
        services.withdraw(token)
    except Closed:
        return _closed(token)
    return redirect(url_for(".show", token=token), 303)


# --- pages ---------------------------------------------------------------------------------------------------------


def _applicant(
    application: Application, token: str, found: Checked | None, errors: dict[str, Any], status: int = 200
) -> ResponseReturnValue:
    row = _row(application)
    kept = application.answers.get(steps.APPLICANT) or {}
    typed = found.typed if found else {
        "name": application.applicant_name,
        "title": kept.get("title_key") or ("other" if application.applicant_title else ""),
        "title_other": application.applicant_title if kept.get("title_key", "other") == "other" else "",
        "phone": written_phone(application.phone),
        "email": application.email,
    }  # fmt: skip
    return drawn(
        "applicant", application, token, steps.APPLICANT, status,
        row=row, typed=typed, errors=errors, labels=LABELS, titles=titles_of(row), letter=_letter_row(application),
    )  # fmt: skip


def _identity(
    application: Application, token: str, found: Checked | None, status: int = 200
) -> ResponseReturnValue:
    row = _row(application)
    if row is None:
        return redirect(url_for(".village", token=token), 303)
    kept = application.answers.get(steps.IDENTITY) or {}
    preset = {
        "term": row.term,
        **words_for(row.code).as_dict(),
        **row.words,
        "postal_code": row.postal_code or "",
    }
    known = {**preset, **kept.get("words", {}), **{k: v for k, v in kept.items() if k != "words"}}
    return drawn(
        "identity", application, token, steps.IDENTITY, status,
        row=row, typed=found.typed if found else known, errors=found.errors if found else {}, labels=LABELS,
    )  # fmt: skip


def _address(
    application: Application, token: str, found: Checked | None, status: int = 200
) -> ResponseReturnValue:
    if application.tenant_id is None:
        return redirect(url_for(".village", token=token), 303)
    offered = services.suggestions(application)
    kept = application.slug or ""
    typed = found.typed["slug"] if found else kept
    return drawn(
        "address", application, token, steps.ADDRESS, status,
        offered=offered, chosen=typed if typed in offered else "",
        own="" if typed in offered else typed, is_new=not typed, errors=found.errors if found else {}, labels=LABELS,
        example=village_origin("alamat"),
    )  # fmt: skip


def _summary(
    application: Application, token: str, errors: dict[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    row = _row(application)
    missing = steps.next_step(application)
    return drawn(
        "summary", application, token, steps.SUMMARY, status,
        row=row, letter=_letter_row(application), errors=errors, labels=LABELS,
        missing=None if missing == steps.SUMMARY else steps.step(missing),
        phone=written_phone(application.phone),
        identity=application.answers.get(steps.IDENTITY) or {}, office=offices.office_name(row) if row else "",
        origin=village_origin(application.slug) if application.slug else "",
    )  # fmt: skip


def _open(token: str) -> Application:
    """The application while it may be changed; otherwise its page says how it stands."""
    application = own(token)
    if application.state not in rows.EDITABLE:
        abort(_closed(token))
    return application


def _closed(token: str) -> Response:
    flash(_("Isian pendaftaran ini tidak dapat diubah lagi. Keadaannya tertulis di bawah."), "info")
    response = make_response(redirect(url_for(".show", token=token), 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _take_letter(token: str) -> str:
    """Keep the file that was sent; the sentence why not, or nothing."""
    sent = request.files.get(LETTER)
    if sent is None or not sent.filename:
        return ""
    try:
        services.attach_letter(token, sent.stream.read(MOST_BYTES + 1), sent.filename)
    except ScanRefused as refused:
        return str(refused)
    except Closed:
        return str(_("Pendaftaran ini tidak dapat diubah lagi."))
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return str(
            _("Tempat penyimpanan berkas sedang tidak dapat dihubungi. Coba kirim suratnya lagi nanti.")
        )
    return ""


def _letter_row(application: Application) -> Any:
    try:
        return find_file(application.letter_file_id) if application.letter_file_id else None
    except FileMissing:
        return None


def _row(application: Application) -> TenantRow | None:
    return rows.chosen_village(application)


def _standing(application: Application) -> str:
    found = search.village_found(application.tenant_id, application.id) if application.tenant_id else None
    return found.standing if found else "free"


def _is_late(application: Application) -> bool:
    return rows.waits(application) and sending.is_late(application)
