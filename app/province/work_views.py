"""The province's screens about work in the background: preparing many villages, runs, what waits."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.indicators.jobs import REFRESH
from app.core.permissions import requires
from app.province import preparing, runs, services, wording
from app.province.regions import (
    DISTRICT,
    REGENCY,
    Territory,
    level_of,
    own_territory,
    region_contains,
    territory,
)
from app.province.services import StateRefused
from app.province.views import pages
from tenants.models import PlatformJobRun

ASKED_WITH = {
    "copies.": "copies.manage",
    "archives.": "archives.manage",
    "life.": "life.manage",
    "onboarding.provision": "onboarding.decide",
    "onboarding.bulk": "onboarding.bulk",
    "onboarding.letters": "onboarding.invite",
}
"""How names of work begin that only some may ask for, and what they hold: who may not ask may not ask again either."""
ONLY_ONCE = ("archives.make",)
"""Work that took with it what it needs, here a passphrase: it is asked for anew on its own page."""


def _chosen_region(code: str) -> Territory:
    """The region that a request names, if it is one of the account's; otherwise it is not found."""
    if not code:
        return own_territory()
    if not region_contains(acting().region_code, code) or not preparing.exists(code):
        abort(404)
    return territory(code)


@pages.get("/penyiapan")
@requires("villages.provision")
def preparation() -> str:
    """Which parts of the region have villages without a schema, to choose from."""
    here = _chosen_region(request.args.get("wilayah", ""))
    found = preparing.parts(here)
    recent = preparing.recent_runs(acting().region_code)
    above = preparing.above(here, acting().region_code or "")
    return render_template("province/preparation.html", here=here, found=found, recent=recent, above=above)


@pages.route("/penyiapan/konfirmasi", methods=["GET", "POST"])
@requires("villages.provision")
def preparation_confirm() -> ResponseReturnValue:
    """Say how many villages it is, then have their schemas made."""
    here = _chosen_region(request.values.get("wilayah", ""))
    if request.method == "POST":
        try:
            run = services.provision_region(here.code, label=here.name, asked_by=acting().name)
        except StateRefused as refusal:
            flash(str(refusal), "warning")
            return redirect(url_for("province.preparation"), 303)
        return redirect(url_for("province.run", run_id=run.id), 303)
    found = preparing.parts(here)
    if not found.waiting:
        flash(services.nothing_to_prepare(here.name, found.applied), "info")
        return redirect(url_for("province.preparation"), 303)
    return render_template("province/preparation_confirm.html", here=here, found=found)


@pages.get("/pekerjaan")
@requires("platform_jobs.view")
def run_list() -> str:
    """Work in the background, newest first; the province sees the queues too."""
    region = acting().region_code
    found, older = runs.runs(region, _moment(request.args.get("sebelum", "")))
    machinery = runs.machinery() if preparing.is_whole(region) else None
    return render_template(
        "province/runs.html",
        runs=found,
        machinery=machinery,
        older_url=url_for("province.run_list", sebelum=found[-1].run.created_at.isoformat())
        if older
        else None,
        newest_url=url_for("province.run_list") if request.args.get("sebelum") else None,
        may_refresh=acting().may("indicators.refresh"),
    )


@pages.post("/pekerjaan/hitung-ulang")
@requires("indicators.refresh")
def refresh_figures() -> ResponseReturnValue:
    """Have the figures of all villages counted now, as every night."""
    run = services.refresh_figures(asked_by=acting().name)
    return redirect(url_for("province.run", run_id=run.id), 303)


@pages.get("/pekerjaan/<uuid:run_id>")
@requires("platform_jobs.view")
def run(run_id: uuid.UUID) -> str:
    """One piece of work: how far it is, what failed and why."""
    return _run_page("province/run.html", run_id)


@pages.get("/pekerjaan/<uuid:run_id>/kemajuan")
@requires("platform_jobs.view")
def run_progress(run_id: uuid.UUID) -> ResponseReturnValue:
    """The same as a fragment, asked for again until the work is over."""
    response = make_response(_run_page("province/_run.html", run_id))
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/pekerjaan/<uuid:run_id>/ulangi")
@requires("platform_jobs.retry")
def run_retry(run_id: uuid.UUID) -> ResponseReturnValue:
    """Ask again for what failed."""
    found = runs.find(run_id, acting().region_code)
    if found is None:
        abort(404)
    if not _may_retry(found.run):
        abort(403)
    count = services.retry_run(found.run)
    if count:
        flash(_("%(count)s bagian yang gagal dikerjakan ulang.", count=count), "success")
    else:
        flash(_("Tidak ada yang gagal pada pekerjaan ini."), "info")
    return redirect(url_for("province.run", run_id=run_id), 303)


def _may_retry(run: PlatformJobRun) -> bool:
    """Whether the one who acts may have a run done once more: what was theirs to ask for, not whatever failed here."""
    actor = acting()
    own = next((code for start, code in ASKED_WITH.items() if run.name.startswith(start)), None)
    may = actor.may("platform_jobs.retry") and (own is None or actor.may(own))
    return may and run.name not in ONLY_ONCE


def _run_page(template: str, run_id: uuid.UUID) -> str:
    found = runs.find(run_id, acting().region_code)
    if found is None:
        abort(404)
    failures = runs.failures(run_id) if found.failed else []
    may_retry = _may_retry(found.run)
    counts = found.run.name == REFRESH
    return render_template(
        template,
        shown=found,
        failures=failures,
        reasons=runs.reasons(run_id) if counts and found.failed else [],
        indicator_label=wording.label_of,
        may_retry=may_retry,
        result_url=_result_url(found),
    )


def _result_url(shown: runs.ShownRun) -> str | None:
    """Where to look at what a run made: the village, or the list of the region's villages."""
    region = shown.run.arguments.get("region_code", "")
    if shown.village_id is not None:
        return url_for("province.village", village_id=shown.village_id)
    if not region:
        return None
    level = level_of(region)
    return url_for(
        "province.village_list",
        kab=region[:5] if level >= REGENCY else None,
        kec=region if level == DISTRICT else None,
        keadaan="provisioned",
    )


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
