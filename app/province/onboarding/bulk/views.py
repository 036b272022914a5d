"""The officers' pages of the bulk route: the workbook to fill in, sending it, its dry run, preparing its villages."""

from __future__ import annotations

import uuid
from typing import Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.tables import XLSX
from app.core.village.errors import Missing
from app.province.onboarding.bulk import columns, queries, services, words
from app.province.onboarding.bulk.services import NotNow
from app.province.onboarding.tabs import shown_tabs
from app.province.regions import own_territory
from app.province.watching import note_export

pages = AudienceBlueprint("onboarding_bulk", __name__, audience="province", url_prefix="/pendaftaran/massal")


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {
        "onboarding_tabs": shown_tabs,
        "bulk_states": words.STATES,
        "verdicts": words.VERDICTS,
        "outcomes": words.OUTCOMES,
    }


@pages.get("")
@requires("onboarding.bulk")
def index() -> ResponseReturnValue:
    """What was sent so far, and the form that sends a workbook."""
    return _index()


@pages.post("")
@requires("onboarding.bulk")
def send() -> ResponseReturnValue:
    """Take a workbook and have it checked."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index(_("Pilih berkasnya dahulu."), 422)
    data, name = sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename
    sent.close()
    try:
        bulk_id = services.send(data, name, by=acting())
    except SpreadsheetRefused as refused:
        return _index(str(refused), 422)
    except StorageAway:
        return _index(
            _("Penyimpanan berkas sedang tidak dapat dihubungi. Berkas belum disimpan; coba lagi nanti."), 503
        )
    return redirect(url_for(".show", bulk_id=bulk_id), 303)


@pages.get("/templat")
@requires("onboarding.bulk")
def template() -> ResponseReturnValue:
    """The workbook to fill in, with every village of the region that was not prepared yet."""
    here = own_territory()
    return _workbook(columns.template_workbook(here), f"{_('desa')}-{here.code}")


@pages.get("/<uuid:bulk_id>")
@requires("onboarding.bulk")
def show(bulk_id: uuid.UUID) -> ResponseReturnValue:
    """One workbook: its dry run, row by row, or what became of its villages."""
    found = _found(bulk_id)
    view = request.args.get("lihat", "")
    view = view if view in queries.VIEWS else ""
    after = request.args.get("sesudah", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 8 else 0
    has_rows = found.bulk.state in ("ready", "started")
    lines, following = queries.rows_of(bulk_id, view, number) if has_rows else ([], None)
    return make_response(
        render_template(
            "onboarding_bulk/show.html",
            shown=found,
            bulk=found.bulk,
            may_retry=acting().may("platform_jobs.retry"),
            lines=lines,
            view=view,
            is_first=not number,
            next_url=url_for(".show", bulk_id=bulk_id, lihat=view or None, sesudah=following)
            if following
            else None,
        )
    )


@pages.get("/<uuid:bulk_id>/kemajuan")
@requires("onboarding.bulk")
def progress(bulk_id: uuid.UUID) -> ResponseReturnValue:
    """How far the work is, asked again by the page until it is over; then the page is loaded anew."""
    found = _found(bulk_id)
    may_retry = acting().may("platform_jobs.retry")
    page = render_template("onboarding_bulk/_work.html", shown=found, bulk=found.bulk, may_retry=may_retry)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    if not found.is_working:
        response.headers["HX-Refresh"] = "true"
    return response


@pages.post("/<uuid:bulk_id>/siapkan")
@requires("onboarding.bulk")
def start(bulk_id: uuid.UUID) -> ResponseReturnValue:
    """Have its villages prepared."""
    try:
        services.start(bulk_id, request.form.get("digest", "")[:64], by=acting())
    except Missing:
        abort(404)
    except NotNow as other:
        flash(str(other), "warning")
    return redirect(url_for(".show", bulk_id=bulk_id), 303)


@pages.get("/<uuid:bulk_id>/ditolak")
@requires("onboarding.bulk")
def rejected(bulk_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that were not carried out, each with its reason, to be corrected and sent again."""
    found = _found(bulk_id)
    file = queries.rejected_workbook(found.bulk)
    if file is None:
        flash(_("Tidak ada baris yang ditolak."), "info")
        return redirect(url_for(".show", bulk_id=bulk_id), 303)
    counts = found.bulk.counts
    note_export(
        "bulk", bulk_id, found.bulk.file_name, counts.get("error", 0), {"region": found.bulk.region_code}
    )
    return _workbook(file, _("baris-ditolak"))


def _index(problem: str = "", status: int = 200) -> Response:
    here = own_territory()
    try:
        after = uuid.UUID(request.args.get("sesudah", ""))
    except ValueError:
        after = None
    runs, following = queries.runs_of(here.code, after)
    page = render_template(
        "onboarding_bulk/index.html",
        here=here,
        runs=runs,
        problem=problem,
        is_first=after is None,
        next_url=url_for(".index", sesudah=following) if following else None,
    )
    return make_response(page, status)


def _found(bulk_id: uuid.UUID) -> queries.ShownBulk:
    try:
        return queries.shown(bulk_id, own_territory().code)
    except Missing:
        abort(404)


def _workbook(file: Any, name: str) -> Response:
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
