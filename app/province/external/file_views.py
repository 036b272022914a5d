"""Files for villages without an API: the form to fill in, the upload, its preview, applying it."""

from __future__ import annotations

import uuid
from typing import IO, Any

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
from app.core.files.storage import StorageAway
from app.core.indicators.declarations import period_of
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.tables import XLSX
from app.core.village.errors import Missing
from app.extensions import limiter
from app.province.external import queries, workbooks
from app.province.external.judging import pushable
from app.province.external.services import files
from app.province.external.views import own_village, pages
from app.province.regions import own_territory
from tenants.models import now

SHOWN_ROWS = 100
PER_PERSON = "10 per minute; 200 per day"


def _person() -> str:
    return str(acting().account_id)


@pages.get("/unggah")
@requires("external.manage")
def upload() -> ResponseReturnValue:
    """The form that sends a file, and the empty tables."""
    return _upload()


def _upload(sentence: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template("external/upload.html", here=own_territory(), sentence=sentence)
    return page, status


@pages.post("/unggah")
@requires("external.manage")
@limiter.limit(PER_PERSON, key_func=_person)
def send() -> ResponseReturnValue:
    """Read a file and show what it would write."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _upload(_("Pilih berkasnya dahulu."), 422)
    try:
        upload_id = files.read_file(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename, acting())
    except SpreadsheetRefused as refused:
        return _upload(str(refused), 422)
    except StorageAway:
        return _upload(
            _("Penyimpanan berkas sedang tidak dapat dihubungi. Berkas belum disimpan; coba lagi nanti."), 503
        )
    return redirect(url_for("external.preview", upload_id=upload_id), 303)


@pages.get("/unggah/contoh")
@requires("external.manage")
def template() -> ResponseReturnValue:
    """The empty table with the villages of one's region (or one of them) and all indicators, XLSX or CSV."""
    here, only = own_territory(), None
    if "desa" in request.args:
        try:
            only = own_village(uuid.UUID(request.args["desa"])).id
        except ValueError:
            abort(404)
    villages = queries.villages_for_template(here, only)
    known = sorted(pushable().values(), key=lambda one: one.code)
    month = period_of(now()).first.isoformat()[:7]
    name = f"angka-sistem-lain-{villages[0][0] if only and villages else here.code}-{month}"
    if request.args.get("bentuk") == "csv":
        response = make_response(workbooks.template_csv(villages, known, month))
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
        response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
        return response
    return _workbook(workbooks.template_workbook(villages, known, month), name)


@pages.get("/unggah/<uuid:upload_id>")
@requires("external.manage")
def preview(upload_id: uuid.UUID) -> ResponseReturnValue:
    """What a file would write and what not, before anything is written."""
    earlier = files.earlier_delivery(upload_id, acting())
    if earlier is not None:
        flash(
            _(
                "Berkas yang sama persis sudah diterapkan; ini hasilnya. Ubah berkasnya bila angkanya berubah."
            ),
            "info",
        )
        return redirect(url_for("external.delivery", delivery_id=earlier), 303)
    plan = _plan(upload_id)
    return render_template("external/preview.html", upload_id=upload_id, plan=plan, **_summed(plan))


def _plan(upload_id: uuid.UUID) -> dict[str, Any]:
    try:
        return files.kept_plan(upload_id, acting())
    except Missing:
        abort(404)


def _summed(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan by village and month, as far as a page shows it."""
    counts: dict[tuple[str, str], int] = {}
    for ident, month, *_rest in plan["figures"]:
        counts[ident, month] = counts.get((ident, month), 0) + 1
    lines = [
        {"village": plan["villages"].get(ident, ""), "month": month, "count": count}
        for (ident, month), count in counts.items()
    ]
    lines.sort(key=lambda line: (line["village"], line["month"]))
    return {
        "lines": lines[:SHOWN_ROWS],
        "villages": len({ident for ident, _month in counts}),
        "refused": plan["refused"][:SHOWN_ROWS],
        "more_lines": max(0, len(lines) - SHOWN_ROWS),
        "more_refused": max(0, len(plan["refused"]) - SHOWN_ROWS),
    }


@pages.get("/unggah/<uuid:upload_id>/ditolak")
@requires("external.manage")
def rejected(upload_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that would not be taken, as a workbook."""
    plan = _plan(upload_id)
    return _workbook(workbooks.rejected_workbook(plan["header"], plan["refused"]), _("baris-ditolak"))


@pages.post("/unggah/<uuid:upload_id>/terapkan")
@requires("external.manage")
def apply(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Write what the preview showed."""
    try:
        delivery = files.apply_file(upload_id, acting())
    except Missing:
        abort(404)
    flash(_("Berkas diterapkan."), "success")
    return redirect(url_for("external.delivery", delivery_id=delivery), 303)


@pages.post("/unggah/<uuid:upload_id>/batal")
@requires("external.manage")
def give_up(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Forget a file."""
    _plan(upload_id)
    files.give_up(upload_id, acting())
    flash(_("Berkas dibatalkan; tidak ada yang ditulis."), "info")
    return redirect(url_for("external.upload"), 303)


@pages.get("/kiriman/<uuid:delivery_id>/ditolak")
@requires("external.manage")
def rejected_of_delivery(delivery_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that were not taken when a file was applied, as a workbook."""
    found = queries.delivery(delivery_id, own_territory())
    if found is None or found.row.way != "csv" or not found.row.refused:
        abort(404)
    header = found.row.answer.get("header", [])
    return _workbook(workbooks.rejected_workbook(header, found.row.refused), _("baris-ditolak"))


def _workbook(file: IO[bytes], name: str) -> Response:
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
