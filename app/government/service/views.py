"""The settings of the promise: days on which the office is closed or works specially, and days for complaints."""

from __future__ import annotations

import datetime as dt

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.ui.formats import ZONE
from app.government.service import promise, settings

blueprint = AudienceBlueprint("service", __name__, audience="village", url_prefix="/pengaturan/janji-layanan")


@blueprint.get("", endpoint="settings")
@requires("letters.settings")
def show() -> ResponseReturnValue:
    """The form, with the free days that are known anyway."""
    return _page()


@blueprint.post("")
@requires("letters.settings")
def save() -> ResponseReturnValue:
    """Check and keep."""
    checked = check(settings.ServiceSchema(), request.form)
    if not checked.is_valid:
        return _page(checked, 422)
    settings.choose_service(checked.values)
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("service.settings"), 303)


def _page(checked: Checked | None = None, status: int = 200) -> Response:
    today = dt.datetime.now(ZONE).date()
    values = checked.typed if checked else settings.form_of(settings.service_options())
    page = render_template(
        "service/settings.html",
        values=values,
        errors=checked.errors if checked else {},
        rows={kind: settings.rows_of(kind, values) for kind in settings.KINDS},
        free_days=promise.calendar().free_days(today, 120),
        example=promise.calendar().due_at(dt.datetime.now(ZONE), 1),
        unknown_years=[year for year in (today.year, today.year + 1) if not promise.knows_year(year)],
    )
    return make_response(page, status)
