"""Who received, read and confirmed an announcement: the list of villages and its spreadsheet."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.core.actors import acting
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.province.announcements import exports, queries, words
from app.province.announcements.models import Announcement
from app.province.announcements.queries import ReceiptFilter
from app.province.announcements.views import found_here, pages, region_arg
from app.province.regions import seen_territory


@pages.get("/<uuid:announcement_id>/penerima")
@requires("announcements.send")
def receipts(announcement_id: uuid.UUID) -> str:
    """The villages that it went to and how far they are, fifty a page."""
    row = _sent(announcement_id)
    here = seen_territory(request.args.get("wilayah"))
    wanted = ReceiptFilter.from_args(request.args, here)
    after = request.args.get("sesudah", "").replace("\x00", "")[:20]
    lines, following = queries.receipts(row, wanted, after=after)
    kept: dict[str, Any] = {**wanted.as_args(), **region_arg(here)}
    address: dict[str, Any] = {"announcement_id": row.id}
    return render_template(
        "announcements/receipts.html",
        row=row,
        here=here,
        wanted=wanted,
        lines=lines,
        tally=queries.tally_of(row.id, here.code),
        states=list(words.FILTERS.items()),
        is_first=not after,
        first_url=url_for(".receipts", **address, **kept),
        next_url=url_for(".receipts", **address, **kept, sesudah=following) if following else None,
        export_url=url_for(".receipts_export", **address, **kept),
        all_url=url_for(".receipts", **address, **region_arg(here)),
        may_export=acting().may("indicators.export"),
    )


@pages.get("/<uuid:announcement_id>/penerima/unduh")
@requires("indicators.export")
def receipts_export(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    row = _sent(announcement_id)
    here = seen_territory(request.args.get("wilayah"))
    file = exports.export_receipts(row, ReceiptFilter.from_args(request.args, here))
    name = f"penerima-{here.code}-{file_day()}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sent(announcement_id: uuid.UUID) -> Announcement:
    row = found_here(announcement_id)
    if row.state == "draft":
        abort(404)
    return row
