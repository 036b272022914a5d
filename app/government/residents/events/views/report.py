"""The monthly population report: screen, workbook, document; closing months and opening the last one again."""

from __future__ import annotations

import datetime as dt
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
from flask_babel import ngettext

from app.core.blueprints import AudienceBlueprint
from app.core.documents import PDF, DocumentFailed
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.village.errors import Invalid
from app.government.residents import ledger
from app.government.residents.events import queries, reporting, services, words
from app.government.residents.writing import next_month, today
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "population_report",
    __name__,
    audience="village",
    url_prefix="/penduduk/laporan",
    template_folder="../templates",
)


@blueprint.get("")
@requires("residents.view")
def index() -> ResponseReturnValue:
    """The present month, or the one of `?bulan=2026-11` (the choice of the page)."""
    from app.government.residents.events.views.deeds import month_of

    month = month_of(request.args.get("bulan", "")) or today()
    return redirect(url_for("population_report.show", year=month.year, month=month.month), 302)


@blueprint.get("/<int:year>/<int:month>")
@requires("residents.view")
def show(year: int, month: int) -> ResponseReturnValue:
    """One month's report, with those behind its figures."""
    day = _month(year, month)
    begin = reporting.begin()
    if day < begin and queries.closed_month(day) is None:
        said: dict[str, Any] = {"heading": words.spoken_month(day), "begin": begin}
        page = render_template("residents/report_before.html", **said, first=words.spoken_month(begin))
        return make_response(page, 404)
    report = reporting.report_of(day)
    present = today().replace(day=1)
    first, closed = ledger.span()
    before = (day - dt.timedelta(days=1)).replace(day=1)
    return render_template(
        "residents/report.html",
        report=report,
        heading=words.spoken_month(day),
        closing=queries.closed_month(day),
        is_present=day == present,
        can_close=day < present and (closed is None or day > closed),
        can_reopen=closed == day,
        first_open=next_month(closed) if closed else first,
        earlier=before if first and before >= min(first, closed or first) else None,
        later=next_month(day) if day < present else None,
        months=queries.months(first or day, present)[:240],
        counts={
            "all": ledger.people(report.figures.end),
            "men": ledger.men(report.figures.end),
            "women": ledger.women(report.figures.end),
            "households": ledger.households(report.figures.end),
        },
        words=words,
        late_line=reporting.late_line,
    )


@blueprint.get("/<int:year>/<int:month>.xlsx")
@requires("residents.view")
def workbook(year: int, month: int) -> ResponseReturnValue:
    """The report as a workbook."""
    day = _counted_month(year, month)
    file = reporting.as_workbook(reporting.report_of(day), current_tenant().full_name)
    return send_file(
        file, mimetype=XLSX, as_attachment=True, download_name=f"laporan-penduduk-{day:%Y-%m}.xlsx", max_age=0
    )


@blueprint.get("/<int:year>/<int:month>.pdf")
@requires("residents.view")
def document(year: int, month: int) -> ResponseReturnValue:
    """The report as a document to print and sign."""
    day = _counted_month(year, month)
    try:
        pdf = reporting.as_document(reporting.report_of(day))
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for("population_report.show", year=year, month=month), 303)
    response = make_response(pdf)
    response.headers["Content-Type"] = PDF
    response.headers["Content-Disposition"] = f'inline; filename="laporan-penduduk-{day:%Y-%m}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<int:year>/<int:month>/tutup")
@requires("residents.close_month")
def confirm_close(year: int, month: int) -> ResponseReturnValue:
    """Ask before closing, and say which months are closed with it."""
    day = _month(year, month)
    try:
        begin = services.first_to_close(day)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return _back(day)
    return render_template(
        "residents/report_close.html", month=day, begin=begin, spoken_month=words.spoken_month, year=year
    )


@blueprint.post("/<int:year>/<int:month>/tutup")
@requires("residents.close_month")
def close(year: int, month: int) -> ResponseReturnValue:
    """Close all months up to this one."""
    day = _month(year, month)
    try:
        count = services.close_month(day)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return _back(day)
    done = ngettext("%(count)s bulan ditutup.", "%(count)s bulan ditutup.", count, count=count)
    flash(done, "success")
    return _back(day)


@blueprint.get("/<int:year>/<int:month>/buka")
@requires("residents.close_month")
def confirm_reopen(year: int, month: int) -> ResponseReturnValue:
    """Ask for the reason before opening the last closed month again."""
    return _reopen_page(_month(year, month))


@blueprint.post("/<int:year>/<int:month>/buka")
@requires("residents.close_month")
def reopen(year: int, month: int) -> ResponseReturnValue:
    """Open the last closed month again; the reason stands in the audit log."""
    day = _month(year, month)
    try:
        services.reopen_month(day, request.form.get("reason", "").replace("\x00", "")[:300])
    except Invalid as wrong:
        if wrong.field == "reason":
            return make_response(_reopen_page(day, str(wrong)), 422)
        flash(str(wrong), "error")
        return _back(day)
    flash(str(_("Bulan %(month)s dibuka kembali.", month=words.spoken_month(day))), "success")
    return _back(day)


def _month(year: int, month: int) -> dt.date:
    """The first day of a month that has begun; anything else is not there."""
    if not (1900 <= year <= 2200 and 1 <= month <= 12) or dt.date(year, month, 1) > today():
        abort(404)
    return dt.date(year, month, 1)


def _counted_month(year: int, month: int) -> dt.date:
    """The first day of a month that has a report; files of others are not there."""
    day = _month(year, month)
    if day < reporting.begin() and queries.closed_month(day) is None:
        abort(404)
    return day


def _back(day: dt.date) -> Response:
    return make_response(redirect(url_for("population_report.show", year=day.year, month=day.month), 303))


def _reopen_page(day: dt.date, error: str = "") -> str:
    return render_template(
        "residents/report_reopen.html", month=day, heading=words.spoken_month(day), error=error
    )
