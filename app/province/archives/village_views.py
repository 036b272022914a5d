"""A village's archives on its own host: its head and its secretary take out what is theirs."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.province.archives import asking, passphrases, services
from tenants.scope import current_tenant, platform_scope

pages = AudienceBlueprint("village_archives", __name__, audience="village", url_prefix="/pengaturan/arsip")
EXPORT = "archives.export"


@pages.get("")
@requires(EXPORT)
def index() -> ResponseReturnValue:
    """What was archived, and a form to have everything archived now."""
    return _page()


@pages.post("")
@requires(EXPORT)
def ask() -> ResponseReturnValue:
    """Have an archive made."""
    tenant = current_tenant()
    checked = check(asking.AskForm(), request.form)
    if not checked.is_valid:
        return _page(checked, status=422)
    with platform_scope():
        refusal = asking.try_to_ask(tenant.id, checked, "village")
    flash(
        refusal or _("Arsip sedang dibuat. Halaman ini menunjukkan bila sudah siap."),
        "warning" if refusal else "success",
    )
    return redirect(url_for("village_archives.index"), 303)


@pages.get("/<uuid:archive_id>/kemajuan")
@requires(EXPORT)
def progress(archive_id: uuid.UUID) -> ResponseReturnValue:
    """How far it is, as a fragment; when it is over, the page is loaded anew."""
    tenant = current_tenant()
    with platform_scope():
        row = services.find(archive_id, tenant.id)
        if row is None:
            abort(404)
        job, over = asking.job_of(row), row.state not in ("waiting", "making")
    poll = url_for("village_archives.progress", archive_id=archive_id)
    address = url_for("village_archives.index")
    response = asking.no_store(
        render_template("archives/_progress.html", job=job, poll_url=poll, refresh_url=address)
    )
    if over:
        response.headers["HX-Refresh"] = "true"
    return response


@pages.get("/<uuid:archive_id>/unduh")
@requires(EXPORT)
def download(archive_id: uuid.UUID) -> ResponseReturnValue:
    """The sealed file."""
    tenant = current_tenant()
    with platform_scope():
        return asking.sent(services.find(archive_id, tenant.id), tenant.code, "village")


def _page(checked: Checked | None = None, status: int = 200) -> ResponseReturnValue:
    tenant = current_tenant()
    with platform_scope():
        rows = services.archives_of(tenant.id)
        archives, busy = asking.shown(rows, "village"), asking.under_way(rows)
        job = asking.job_of(busy) if busy else None
    page = render_template(
        "archives/village.html",
        archives=archives,
        busy=busy,
        job=job,
        suggestion=passphrases.suggest(),
        labels=asking.LABELS,
        reason=checked.typed.get("reason", "") if checked else "",
        errors=checked.errors if checked else {},
        has_data=True,
    )
    return asking.no_store(page, status)
