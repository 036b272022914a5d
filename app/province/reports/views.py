"""Reports of the account's region: the list, making one now, one report, its files."""

from __future__ import annotations

import io
import uuid
from typing import Any

import structlog
from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.province.regions import (
    own_territory,
    refuse_region,
    region_contains,
    regions_offered,
    seen_territory,
)
from app.province.reports import presenting, queries, services
from app.province.reports.queries import ShownReport
from app.province.reports.schemas import month_of

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint("reports", __name__, audience="province", url_prefix="/laporan")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """How templates name months."""
    return {"month_words": presenting.month_words}


@blueprint.get("")
@requires("indicators.export")
def index() -> str:
    """Reports of one's region, newest first, and a form to have one made."""
    here = seen_territory(request.args.get("wilayah"))
    month = month_of(request.args.get("bulan"))
    found = queries.reports(here.code, month, _uuid(request.args.get("sebelum")), queries.PAGE + 1)
    return render_template(
        "reports/index.html",
        here=here,
        own=own_territory(),
        month=month,
        shown=found[: queries.PAGE],
        older=found[queries.PAGE - 1].row.id if len(found) > queries.PAGE else None,
        is_first="sebelum" not in request.args,
        months=presenting.month_options(queries.months_offered()),
        usual=f"{queries.usual_month():%Y-%m}",
        regions=regions_offered(here),
        words=presenting.words,
        actor=acting(),
    )


@blueprint.post("")
@requires("indicators.export")
def make() -> ResponseReturnValue:
    """Have a month's report made; the page of the report says how far it is."""
    here = seen_territory(request.form.get("wilayah"))
    month = month_of(request.form.get("bulan"))
    try:
        if month is None:
            raise services.MonthRefused
        row, is_new = services.make_report(here.code, month, asked_by=acting().name)
    except services.MonthRefused:
        flash(_("Bulan itu belum mempunyai angka. Pilih bulan lain."), "warning")
        return redirect(url_for("reports.index", wilayah=here.code), 303)
    if not is_new and row.state == "ready":
        flash(_("Angkanya belum berubah sejak edisi ini, jadi tidak ada edisi baru."), "info")
    return redirect(url_for("reports.show", report_id=row.id), 303)


@blueprint.get("/<uuid:report_id>")
@requires("indicators.export")
def show(report_id: uuid.UUID) -> str:
    """One report: its files, how far it is or why it failed, its other editions, to whom it went."""
    shown = own_report(report_id)
    return render_template(
        "reports/show.html",
        shown=shown,
        editions=queries.editions(shown.row),
        deliveries=queries.deliveries_of(report_id) if acting().may("reports.manage") else [],
        words=presenting.words,
        delivery_words=presenting.delivery_words,
        job=presenting.job_of(shown),
    )


@blueprint.get("/<uuid:report_id>/kemajuan")
@requires("indicators.export")
def progress(report_id: uuid.UUID) -> ResponseReturnValue:
    """How far it is, as a fragment; when it is over, the page is loaded anew."""
    shown = own_report(report_id)
    response = make_response(
        render_template("reports/_progress.html", job=presenting.job_of(shown), shown=shown)
    )
    if shown.state != "making":
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<uuid:report_id>/unduh.<any(pdf, xlsx):shape>")
@requires("indicators.export")
def download(report_id: uuid.UUID, shape: str) -> ResponseReturnValue:
    """The report's file as it was made."""
    return file_of(own_report(report_id), shape)


def own_report(report_id: uuid.UUID) -> ShownReport:
    """A report of the account's region; another region's is not found, which is noted."""
    shown = queries.report(report_id)
    if shown is None:
        abort(404)
    if not region_contains(acting().region_code or "", shown.row.region_code):
        refuse_region(shown.row.region_code)
        abort(404)
    return shown


def file_of(shown: ShownReport, shape: str) -> ResponseReturnValue:
    """Send a report's file and note who took it out; 404 while there is none, 503 while storage is away."""
    try:
        file = services.open_report(shown.row, shape)
    except FileMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    if file is None:
        abort(404)
    services.note_download(shown.row, shown.name, shape)
    response = send_file(
        io.BytesIO(file.data),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.file_name,
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
