"""Who gets a report by mail: schedules of the account's region."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.actors import acting
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.province.regions import (
    own_territory,
    refuse_region,
    region_contains,
    regions_offered,
    seen_territory,
)
from app.province.reports import presenting, queries, schedules
from app.province.reports.models import ReportSchedule
from app.province.reports.schemas import ScheduleForm
from app.province.reports.views import blueprint


@blueprint.get("/jadwal")
@requires("reports.manage")
def schedule_list() -> str:
    """Schedules with what became of the newest month's letters."""
    found = queries.schedules(own_territory().code)
    deliveries = queries.deliveries([row.id for row in found])
    return render_template(
        "reports/schedules.html",
        rows=[presenting.ShownSchedule.of(row, deliveries) for row in found],
        names=queries.names({row.region_code for row in found}),
    )


@blueprint.route("/jadwal/baru", methods=["GET", "POST"])
@requires("reports.manage")
def schedule_add() -> ResponseReturnValue:
    """A new schedule."""
    if request.method == "GET":
        here = seen_territory(request.args.get("wilayah"))
        return _form(None, here.code, {"day": "5", "is_active": True, "recipients": acting().email}, {})
    here = seen_territory(request.form.get("wilayah"))
    checked = check(ScheduleForm(), request.form)
    if not checked.is_valid:
        return _form(None, here.code, checked.typed, checked.errors)
    row = schedules.add_schedule(here.code, checked.values, acting())
    flash(_("Jadwal disimpan."), "success")
    return redirect(url_for("reports.schedule_page", schedule_id=row.id), 303)


@blueprint.route("/jadwal/<uuid:schedule_id>", methods=["GET", "POST"])
@requires("reports.manage")
def schedule_page(schedule_id: uuid.UUID) -> ResponseReturnValue:
    """One schedule: its day, its addresses, on or off, and what was sent."""
    row = _own(schedule_id)
    stored = {"day": str(row.day), "recipients": "\n".join(row.recipients), "is_active": row.is_active}
    if request.method == "GET":
        return _form(row, row.region_code, stored, {})
    checked: Checked = check(ScheduleForm(), request.form)
    if not checked.is_valid:
        return _form(row, row.region_code, checked.typed, checked.errors)
    version = request.form.get("row_version", "")
    try:
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1
        schedules.change_schedule(row, checked.values, number, acting())
    except schedules.ChangedMeanwhile:
        wrong = {"_schema": [_("Orang lain sudah mengubah jadwal ini. Periksa isinya, lalu simpan lagi.")]}
        return _form(_own(schedule_id), row.region_code, checked.typed, wrong, 409)
    flash(_("Jadwal disimpan."), "success")
    return redirect(url_for("reports.schedule_page", schedule_id=row.id), 303)


@blueprint.post("/jadwal/<uuid:schedule_id>/kirim-ulang")
@requires("reports.manage")
def schedule_again(schedule_id: uuid.UUID) -> ResponseReturnValue:
    """Send once more what could not be sent."""
    count = schedules.send_again(_own(schedule_id))
    if count:
        flash(
            ngettext("%(count)s surel dikirim ulang.", "%(count)s surel dikirim ulang.", count, count=count),
            "success",
        )
    else:
        flash(_("Tidak ada surel yang gagal atau menunggu."), "info")
    return redirect(url_for("reports.schedule_page", schedule_id=schedule_id), 303)


def _own(schedule_id: uuid.UUID) -> ReportSchedule:
    row = queries.schedule(schedule_id)
    if row is None:
        abort(404)
    if not region_contains(acting().region_code or "", row.region_code):
        refuse_region(row.region_code)
        abort(404)
    return row


def _form(
    row: ReportSchedule | None,
    region: str,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    status: int = 422,
) -> ResponseReturnValue:
    page = render_template(
        "reports/schedule.html",
        row=row,
        region_code=region,
        name=queries.names([region]).get(region, region),
        regions=regions_offered(seen_territory(region)) if row is None else [],
        typed=typed,
        errors=errors,
        deliveries=queries.deliveries([row.id]) if row else [],
        delivery_words=presenting.delivery_words,
    )
    return page, status if errors else 200
