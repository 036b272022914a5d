"""The tab Sertifikat of an event: who gets one, how far the making is, the register, files, withdrawing."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import Invalid, Missing
from app.province.regions import region_contains
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import Refused, is_organiser, office, own_event, seen_event
from app.province.training.learning import certificates, making
from app.province.training.learning.certificates import CertificateSigner, Rule
from app.province.training.learning.models import TrainingCertificate
from app.province.training.learning.schemas import IssueForm
from app.province.training.learning.views import pages, pdf_answer, searched, spreadsheet
from tenants.models import PlatformJobRun

log = structlog.get_logger(__name__)

SAID: dict[str, tuple[object, str]] = {
    "numbered": (_l("Sedang dibuat"), "info"),
    "made": (_l("Berlaku"), "success"),
    "revoked": (_l("Dicabut"), "error"),
}


@pages.get("/<uuid:event_id>/sertifikat")
@requires("training.view")
def certificate_list(event_id: uuid.UUID) -> ResponseReturnValue:
    """The register of an event's certificates; for its organiser also who would get one now."""
    return _list(seen_event(event_id), {}, {})


@pages.post("/<uuid:event_id>/sertifikat")
@requires("training.manage")
def issue(event_id: uuid.UUID) -> ResponseReturnValue:
    """Number certificates for everybody who earned one, and have them made."""
    event = own_event(event_id)
    checked = check(IssueForm(), request.form)
    if not checked.is_valid:
        return _list(event, checked.typed, checked.errors, 422)
    values = checked.values
    try:
        count, _run = certificates.issue(event_id, _rule(values), _signer(values), office=office())
        if count:
            flash(_("%(count)s sertifikat diberi nomor dan sedang dibuat.", count=count), "success")
        else:
            flash(
                _("Belum ada peserta lain yang memenuhi syarat, jadi tidak ada nomor yang dipakai."), "info"
            )
    except Invalid as wrong:
        return _list(own_event(event_id), checked.typed, {wrong.field: [str(wrong)]}, 422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".certificate_list", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/sertifikat/contoh")
@requires("training.manage")
def sample(event_id: uuid.UUID) -> ResponseReturnValue:
    """How a certificate of this event will look, with the signer that was typed."""
    event = own_event(event_id)
    signer = CertificateSigner(
        *(request.args.get(f"signer_{name}", "")[:120] for name in ("name", "title", "number"))
    )
    try:
        return pdf_answer(making.certificate_pdf(certificates.sample(event, signer)), "contoh-sertifikat.pdf")
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for(".certificate_list", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/sertifikat/kemajuan")
@requires("training.view")
def certificate_progress(event_id: uuid.UUID) -> ResponseReturnValue:
    """How far the making is, as a fragment; when it is over, the page is loaded anew."""
    event = seen_event(event_id)
    run = certificates.last_run(event.id)
    if run is None:
        abort(404)
    response = make_response(render_template("training_learning/_progress.html", job=_job(run), event=event))
    if run.state in ("done", "failed"):
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/<uuid:event_id>/sertifikat/lanjut")
@requires("training.manage")
def resume(event_id: uuid.UUID) -> ResponseReturnValue:
    """Have what is numbered and not made tried once more."""
    own_event(event_id)
    try:
        certificates.resume(event_id, office=office())
    except Missing:
        abort(404)
    return redirect(url_for(".certificate_list", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/sertifikat/semua")
@requires("training.manage")
def certificate_bundle(event_id: uuid.UUID) -> ResponseReturnValue:
    """All valid certificates in one archive."""
    event = own_event(event_id)
    try:
        file = making.bundle(event)
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    name = f"sertifikat-{file_day()}.zip"
    response = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/<uuid:event_id>/sertifikat/unduh")
@requires("training.manage")
def certificate_export(event_id: uuid.UUID) -> ResponseReturnValue:
    """The register as a spreadsheet."""
    return spreadsheet(making.export(own_event(event_id)), "daftar-sertifikat")


@pages.get("/<uuid:event_id>/sertifikat/<uuid:certificate_id>")
@requires("training.view")
def certificate(event_id: uuid.UUID, certificate_id: uuid.UUID) -> ResponseReturnValue:
    """One certificate's PDF as it was made."""
    event = seen_event(event_id)
    try:
        row = certificates.certificate(event.id, certificate_id, within=_within(event))
        return pdf_answer(making.file_of(row), making.file_name(row))
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@pages.route("/<uuid:event_id>/sertifikat/<uuid:certificate_id>/cabut", methods=["GET", "POST"])
@requires("training.manage")
def revoke(event_id: uuid.UUID, certificate_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then withdraw a certificate."""
    event = own_event(event_id)
    try:
        row = certificates.certificate(event.id, certificate_id)
        if request.method == "GET":
            return _revoking(event, row, "", {})
        reason = request.form.get("reason", "").replace("\x00", "")
        try:
            certificates.revoke(event_id, certificate_id, reason, office=office())
            flash(_("Sertifikat dicabut. Kode QR-nya sekarang menyebut alasannya."), "success")
        except Invalid as wrong:
            row = certificates.certificate(event_id, certificate_id)
            return _revoking(own_event(event_id), row, reason, {wrong.field: str(wrong)}, 422)
        except Refused as refusal:
            flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".certificate_list", event_id=event_id), 303)


def _list(
    event: TrainingEvent, typed: dict[str, Any], errors: dict[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    may_issue = is_organiser(event)
    state = request.args.get("keadaan", "")
    state = state if state in SAID else ""
    after = request.args.get("sesudah", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else None
    rows, following = certificates.certificates_of(
        event.id, search=searched(), state=state, after=place, within=_within(event)
    )
    kept: dict[str, Any] = {name: value for name, value in (("q", searched()), ("keadaan", state)) if value}
    here: dict[str, Any] = {"event_id": event.id}
    if not typed:
        asked = check(IssueForm(), MultiDict(request.args.items()))
        typed = {**certificates.last_signer(event.id), **{k: v for k, v in asked.typed.items() if v}}
    rule = _rule_typed(typed)
    run = certificates.last_run(event.id)
    counts = certificates.counts_of(event.id)
    html = render_template(
        "training_learning/certificates.html",
        event=event,
        rows=rows,
        counts=counts,
        said=SAID,
        state=state,
        search=searched(),
        may_issue=may_issue,
        is_whole=_within(event) is None,
        rule=rule,
        eligible=certificates.count_eligible(event, rule) if may_issue else 0,
        typed=typed,
        errors=errors,
        job=_job(run) if run is not None and (run.state != "done" or counts.numbered) else None,
        chips=_chips(event, state, kept),
        is_first=place is None,
        first_url=url_for(".certificate_list", **here, **kept),
        next_url=url_for(".certificate_list", **here, **kept, sesudah=following) if following else None,
    )
    return make_response(html, status)


def _chips(event: TrainingEvent, state: str, kept: dict[str, Any]) -> list[dict[str, Any]]:
    named = [("", _("Semua")), *((code, said[0]) for code, said in SAID.items())]
    return [
        {
            "label": label,
            "url": url_for(".certificate_list", event_id=event.id, **(kept | {"keadaan": code or None})),
            "current": code == state,
        }
        for code, label in named
    ]


def _within(event: TrainingEvent) -> str | None:
    """The region that the register is narrowed to: an office below the organiser sees its own villages' people."""
    return None if region_contains(office(), event.region_code) else office()


def _rule(values: dict[str, Any]) -> Rule:
    return Rule(values["attendance"], bool(values.get("passed")))


def _rule_typed(typed: dict[str, Any]) -> Rule:
    """The rule as it stands in the form; the usual one where it makes no sense."""
    share = str(typed.get("attendance", ""))
    usable = share.isascii() and share.isdigit() and len(share) < 4 and 1 <= int(share) <= 100
    return Rule(int(share) if usable else Rule().attendance, str(typed.get("passed", "")) == "1")


def _signer(values: dict[str, Any]) -> CertificateSigner:
    return CertificateSigner(values["signer_name"], values["signer_title"], values.get("signer_number", ""))


def _job(run: PlatformJobRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": _("Membuat sertifikat"),
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "message": _("Pembuatan terhenti. Tidak ada nomor yang hilang.") if run.state == "failed" else None,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def _revoking(
    event: TrainingEvent, row: TrainingCertificate, reason: str, errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    html = render_template(
        "training_learning/revoke.html", event=event, row=row, reason=reason, errors=errors
    )
    return make_response(html, status)
