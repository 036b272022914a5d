"""Reports for programs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.api import ApiBlueprint, page_of, schema_of_page
from app.core.permissions import requires
from app.province.regions import seen_territory
from app.province.reports import queries, services
from app.province.reports.queries import ShownReport
from app.province.reports.schemas import FileQuery, ReportQuery, ReportRequest, ReportSchema, month_of
from app.province.reports.views import file_of, own_report

report_api = ApiBlueprint(
    "reports",
    __name__,
    audience="province",
    description="Monthly adoption reports of a region as PDF and spreadsheet.",
)


@report_api.route("/reports")
@requires("indicators.export")
@report_api.arguments(ReportQuery, location="query")
@report_api.response(200, schema_of_page(ReportSchema))
@report_api.problems("NOT_FOUND")
def reports(query: dict[str, Any]) -> Any:
    """Reports of the account's region and of what lies below, newest first."""
    here = seen_territory(query.get("region"))
    rows = queries.reports(here.code, month_of(query.get("period")), query.get("after"), query["limit"] + 1)
    return page_of(rows, query["limit"], lambda shown: shown.row.id)


@report_api.route("/reports", methods=["POST"])
@requires("indicators.export")
@report_api.arguments(ReportRequest)
@report_api.response(202, ReportSchema)
@report_api.problems("NOT_FOUND")
def make(body: dict[str, Any]) -> ShownReport:
    """Have a report made. One that is being made, or whose figures have not changed, is the answer again."""
    here = seen_territory(body["region"])
    month = month_of(body["period"])
    try:
        row, _is_new = services.make_report(here.code, month or dt.date.min, asked_by=acting().name)
    except services.MonthRefused:
        abort(422, _("Bulan itu belum mempunyai angka. Pilih bulan lain."))
    shown = queries.report(row.id)
    assert shown is not None
    return shown


@report_api.route("/reports/<uuid:report_id>")
@requires("indicators.export")
@report_api.response(200, ReportSchema)
def report(report_id: uuid.UUID) -> ShownReport:
    """One report: whether it is ready, and why it is not."""
    return own_report(report_id)


@report_api.route("/reports/<uuid:report_id>/file")
@requires("indicators.export")
@report_api.arguments(FileQuery, location="query")
@report_api.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def report_file(query: dict[str, Any], report_id: uuid.UUID) -> Any:
    """The report's file, as PDF or as a workbook."""
    return file_of(own_report(report_id), query["shape"])
