"""Going live and what follows: what residents see now, the poster, sample letters, the first week."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.documents import DocumentFailed
from app.core.documents.qr import qr_picture
from app.core.links import host_of, host_origin
from app.core.permissions import requires
from app.core.village import queries
from app.government.letters.markup import MarkupWrong
from app.government.letters.types.sampling import sample_pdf
from app.province.onboarding.setup import first_week, samples, services
from app.province.onboarding.setup.paper import poster_pdf
from app.province.onboarding.setup.village_pages import pages, standing, step_page
from app.province.onboarding.setup.words import STEP_WORDS
from app.province.training.participants.common_views import as_pdf
from tenants.models import LIVE_STATES
from tenants.scope import current_tenant


@pages.get("/buka")
@requires("village.view")
def live() -> ResponseReturnValue:
    """What is done and what is left, and the one button that opens."""
    if current_tenant().state in LIVE_STATES:
        return redirect(url_for("setup.opened"), 303)
    return _live_page()


@pages.post("/buka")
@requires("village.settings")
def go_live() -> ResponseReturnValue:
    """Open the village to the public."""
    try:
        opened = services.go_live(acting())
    except services.NotReady as not_ready:
        flash(services.sentence(not_ready.missing, STEP_WORDS), "error")
        return _live_page(422)
    if opened:
        name = current_tenant().full_name
        flash(_("%(village)s sudah dibuka untuk umum. Selamat!", village=name), "success")
    return redirect(url_for("setup.opened"), 303)


def _live_page(status: int = 200) -> Response:
    here = standing(acting())
    left = [step for step in here.steps if not step.is_done and step.key != "live"]
    missing = [step for step in left if step.key in services.NEEDED]
    return step_page(
        "live", acting(), status, left=left, missing=missing,
        finished=[step for step in here.steps if step.is_done],
        why_not=services.sentence([step.key for step in missing], STEP_WORDS) if missing else "",
    )  # fmt: skip


@pages.get("/dibuka")
@requires("village.view")
def opened() -> ResponseReturnValue:
    """What residents see now, and the address to share."""
    tenant = current_tenant()
    if tenant.state not in LIVE_STATES:
        return redirect(url_for("setup.index"), 303)
    address = host_origin(host_of(tenant))
    front = queries.front(queries.today())
    return render_template(
        "setup/opened.html", address=f"{address}/", front=front, picture=qr_picture(f"{address}/"),
        are_hours_checked=queries.profile().are_hours_checked,
    )  # fmt: skip


@pages.get("/poster.pdf")
@requires("village.view")
def poster() -> ResponseReturnValue:
    """The poster with the village's QR code."""
    try:
        return as_pdf(poster_pdf(), "poster")
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for("setup.index"), 303)


@pages.get("/minggu-pertama")
@requires("village.view")
def week() -> ResponseReturnValue:
    """What to do in the first week, and why."""
    since = first_week.live_since()
    if since is None or current_tenant().state not in LIVE_STATES:
        return redirect(url_for("setup.index"), 303)
    actor = acting()
    found = first_week.first_week(since)
    return render_template(
        "setup/week.html", week=found, actor=actor, today=queries.today(),
        samples=samples.sample_kinds() if actor.may("letters.view") else [],
    )  # fmt: skip


@pages.post("/minggu-pertama/<string(maxlength=40):key>")
@requires("village.view")
def tick(key: str) -> ResponseReturnValue:
    """Say that a task is done of which no table tells."""
    try:
        services.tick(key, acting())
    except KeyError:
        abort(404)
    flash(_("Dicatat sebagai selesai."), "success")
    return redirect(url_for("setup.week"), 303)


@pages.get("/contoh-surat/<string(maxlength=60):code>.pdf")
@requires("letters.view")
def sample(code: str) -> ResponseReturnValue:
    """A sample letter with made-up people, marked as such; no number is drawn."""
    kind = next((one for one in samples.sample_kinds() if one.code == code), None)
    if kind is None:
        abort(404)
    try:
        return as_pdf(sample_pdf(kind), f"contoh-{code}")
    except (DocumentFailed, MarkupWrong) as failed:
        flash(str(failed), "error")
        return redirect(url_for("setup.week"), 303)
