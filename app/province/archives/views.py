"""Archives of a village on the province's host."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.province.archives import asking, passphrases, services
from app.province.services import full_name
from app.province.views import own_village

pages = AudienceBlueprint(
    "archives", __name__, audience="province", url_prefix="/desa/<uuid:village_id>/arsip"
)
MANAGE = "archives.manage"


@pages.get("")
@requires(MANAGE)
def index(village_id: uuid.UUID) -> ResponseReturnValue:
    """What was archived of a village, and a form to have it archived now."""
    return _page(village_id)


@pages.post("")
@requires(MANAGE)
def ask(village_id: uuid.UUID) -> ResponseReturnValue:
    """Have an archive made."""
    row = own_village(village_id)
    checked = check(asking.AskForm(), request.form)
    if not checked.is_valid:
        return _page(village_id, checked, status=422)
    refusal = asking.try_to_ask(row.id, checked, "province")
    flash(
        refusal or _("Arsip sedang dibuat. Halaman ini menunjukkan bila sudah siap."),
        "warning" if refusal else "success",
    )
    return redirect(url_for("archives.index", village_id=village_id), 303)


@pages.get("/<uuid:archive_id>/kemajuan")
@requires(MANAGE)
def progress(village_id: uuid.UUID, archive_id: uuid.UUID) -> ResponseReturnValue:
    """How far it is, as a fragment; when it is over, the page is loaded anew."""
    row = services.find(archive_id, own_village(village_id).id)
    if row is None:
        abort(404)
    address = url_for("archives.index", village_id=village_id)
    poll = url_for("archives.progress", village_id=village_id, archive_id=archive_id)
    response = asking.no_store(
        render_template("archives/_progress.html", job=asking.job_of(row), poll_url=poll, refresh_url=address)
    )
    if row.state not in ("waiting", "making"):
        response.headers["HX-Refresh"] = "true"
    return response


@pages.get("/<uuid:archive_id>/unduh")
@requires(MANAGE)
def download(village_id: uuid.UUID, archive_id: uuid.UUID) -> ResponseReturnValue:
    """The sealed file."""
    row = own_village(village_id)
    return asking.sent(services.find(archive_id, row.id), row.code, "province")


def _page(village_id: uuid.UUID, checked: Checked | None = None, status: int = 200) -> ResponseReturnValue:
    row = own_village(village_id)
    rows = services.archives_of(row.id)
    busy = asking.under_way(rows)
    page = render_template(
        "archives/province.html",
        row=row,
        name=full_name(row),
        archives=asking.shown(rows, "province"),
        busy=busy,
        job=asking.job_of(busy) if busy else None,
        suggestion=passphrases.suggest(),
        labels=asking.LABELS,
        reason=checked.typed.get("reason", "") if checked else "",
        errors=checked.errors if checked else {},
        has_data=row.schema_name is not None,
    )
    return asking.no_store(page, status)
