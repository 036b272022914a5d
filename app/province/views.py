"""The province's screens about villages: overviews, lists, one village, and what is done with it."""

from __future__ import annotations

import functools
import uuid
from typing import IO, Any, NoReturn

from flask import abort, flash, g, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.visits import LENGTH, start_support_visit
from app.core.actors import acting, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.links import village_origin
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.ui.leaving import go_to
from app.province import (
    attention,
    exports,
    figures,
    overview,
    presenting,
    runs,
    services,
    village_page,
    villages,
)
from app.province.attention import Reason
from app.province.forms import read_reason
from app.province.list_view import ATTENTION_PAGE, AttentionView, ListView
from app.province.maps.views import map_address
from app.province.overview_view import OverviewView
from app.province.readiness.classes import class_of
from app.province.regions import Territory, frame_name, own_territory, refuse_region, seen_territory
from app.province.services import ApplicationPending, StateRefused
from app.province.village_view import VillageView
from app.province.villages import Filters
from app.province.watching import note_view
from tenants.models import SERVED_STATES, TenantRow, TenantState
from tenants.registry import as_tenant

pages = AudienceBlueprint("province", __name__, audience="province")
LAST_PAGE = 1000


@pages.context_processor
def _words() -> dict[str, Any]:
    """How templates name states and runs."""
    return {
        "state_tag": presenting.state_tag,
        "state_meaning": presenting.state_meaning,
        "software_tag": presenting.software_tag,
        "reason_tag": presenting.reason_tag,
        "readiness_class": class_of,
        "run_tag": presenting.run_tag,
        "run_title": presenting.run_title,
        "patience": presenting.provisioning_patience,
    }


@pages.app_context_processor
def _frame() -> dict[str, Any]:
    """Whose house it is, on every page of the province's host that somebody is signed in on."""
    actor = current_actor() if request and not g.get("cacheable") else None
    if actor is None or actor.region_code is None:
        return {}
    return {"region": {"name": frame_name(actor.region_code), "office": _("Smart Village")}}


def own_village(village_id: uuid.UUID) -> TenantRow:
    """A village of the account's region; another region's is not found."""
    row = village_page.find(village_id, acting().region_code)
    if row is None:
        _not_found(village_id)
    return row


def _not_found(village_id: uuid.UUID) -> NoReturn:
    """Answer 404; that somebody typed the address of another region's village is noted."""
    code = village_page.code_of(village_id)
    if code is not None:
        refuse_region(code)
    abort(404)


@pages.get("/")
@requires("overview.view")
def index() -> str:
    """Where the villages of one's region stand."""
    return _overview(own_territory())


@pages.get("/wilayah/<string(maxlength=8):code>")
@requires("overview.view")
def region(code: str) -> str:
    """Where the villages of a part of one's region stand."""
    return _overview(seen_territory(code))


def _overview(here: Territory) -> str:
    actor = acting()
    view = OverviewView(overview.overview(here), own_territory().code)
    may_see_runs = view.failing and actor.may("platform_jobs.view")
    report = runs.failing_report(actor.region_code) if may_see_runs else None
    # The page asks whether there is a map, and so does what draws it: one select for both.
    page = render_template(
        "province/overview.html",
        view=view,
        actor=actor,
        report_url=url_for("province.run", run_id=report) if report else None,
        map_address=functools.cache(map_address),
    )
    note_view("region", here.code, here.name)
    return page


@pages.get("/perlu-bantuan")
@requires("overview.view")
def attention_list() -> str:
    """Villages of one's region that need help, worst first, with the reasons."""
    here = own_territory()
    filters, reason = Filters.from_query(request.args, here), _reason()
    number = max(1, min(request.args.get("hal", 1, type=int), LAST_PAGE))
    found = attention.read(
        here.code,
        figures.newest_month(),
        _wanted(filters, reason),
        limit=ATTENTION_PAGE,
        offset=(number - 1) * ATTENTION_PAGE,
    )
    regencies, districts = villages.choices(here, filters.regency)
    page = render_template(
        "province/attention.html",
        here=here,
        filters=filters,
        view=AttentionView(here, found, filters, reason, number),
        regencies=regencies,
        districts=districts,
        actor=acting(),
    )
    note_view("attention", here.code, here.name)
    return page


@pages.get("/perlu-bantuan/unduh")
@requires("indicators.export")
def attention_export() -> ResponseReturnValue:
    """The same list, with the same filters, as a spreadsheet."""
    here = own_territory()
    filters, reason = Filters.from_query(request.args, here), _reason()
    file = exports.export_attention(here, _wanted(filters, reason))
    return _sent(file, f"perlu-bantuan-{here.code}-{file_day()}.xlsx")


def _reason() -> Reason | None:
    """The reason that the list is narrowed to; what is none leaves it open."""
    asked = request.args.get("alasan", "")
    return Reason(asked) if asked in set(Reason) else None


def _wanted(filters: Filters, reason: Reason | None) -> attention.Wanted:
    return attention.Wanted(reason, filters.district or filters.regency or None)


def _sent(file: IO[bytes], name: str) -> ResponseReturnValue:
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/desa")
@requires("villages.view")
def village_list() -> str:
    """The villages of one's region, fifty a page."""
    here = own_territory()
    filters = Filters.from_query(request.args, here)
    page = villages.page_of(
        here, filters, after=request.args.get("sesudah", ""), before=request.args.get("sebelum", "")
    )
    regencies, districts = villages.choices(here, filters.regency)
    return render_template(
        "province/villages.html",
        here=here,
        filters=filters,
        page=page,
        view=ListView(here, filters, page),
        regencies=regencies,
        districts=districts,
        actor=acting(),
    )


@pages.get("/desa/unduh")
@requires("villages.export")
def village_export() -> ResponseReturnValue:
    """The same list, with the same filters, as a spreadsheet."""
    here = own_territory()
    filters = Filters.from_query(request.args, here)
    file = exports.export_villages(here, filters)
    return _sent(file, f"desa-{here.code}-{file_day()}.xlsx")


@pages.get("/desa/<uuid:village_id>")
@requires("villages.view")
def village(village_id: uuid.UUID) -> str:
    """One village: its card, figures and what changed, accounts, history, and what may be done."""
    standing = village_page.standing(village_id, acting().region_code)
    if standing is None:
        _not_found(village_id)
    found = village_page.village_page(standing, acting().may)
    view = VillageView(found, acting())
    page = render_template("province/village.html", page=found, row=standing.row, view=view, actor=acting())
    note_view("village", village_id, view.full_name)
    return page


@pages.get("/desa/<uuid:village_id>/kemajuan")
@requires("villages.view")
def village_progress(village_id: uuid.UUID) -> ResponseReturnValue:
    """How far the provisioning of this village is, as a fragment; when it is over, the page is loaded anew."""
    row = own_village(village_id)
    run = village_page.newest_run(row.id)
    response = make_response(render_template("province/_provisioning.html", row=row, run=run))
    if run is None or run.state in ("done", "failed"):
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.route("/desa/<uuid:village_id>/siapkan", methods=["GET", "POST"])
@requires("villages.provision")
def provision(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then have the village's schema made."""
    row = own_village(village_id)
    try:
        if request.method == "GET":
            services.refuse_applied(row)
            host = village_origin(row.slug)
            return render_template(
                "province/provision.html", row=row, name=services.full_name(row), host=host
            )
        services.provision_village(row.id, asked_by=acting().name)
    except ApplicationPending as pending:
        flash(str(pending), "warning")
        return redirect(url_for("onboarding.show", application_id=pending.application_id), 303)
    except StateRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for("province.village", village_id=row.id), 303)


@pages.route("/desa/<uuid:village_id>/tangguhkan", methods=["GET", "POST"])
@requires("villages.suspend")
def suspend(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then take the village off its address."""
    row = own_village(village_id)
    reason, errors = read_reason(request.form) if request.method == "POST" else ("", {})
    try:
        services.refuse_unless_served(row)
        if request.method == "GET" or errors:
            return _ask("province/suspend.html", row, reason, errors)
        services.suspend_village(row.id, reason=reason)
        flash(_("%(village)s ditangguhkan. Datanya tetap utuh.", village=services.full_name(row)), "success")
    except StateRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for("province.village", village_id=row.id), 303)


@pages.route("/desa/<uuid:village_id>/pulihkan", methods=["GET", "POST"])
@requires("villages.suspend")
def resume(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then put the village back into service."""
    row = own_village(village_id)
    if request.method == "GET":
        return _ask("province/resume.html", row, "", {})
    try:
        services.resume_village(row.id)
        flash(_("%(village)s melayani lagi.", village=services.full_name(row)), "success")
    except StateRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for("province.village", village_id=row.id), 303)


@pages.route("/desa/<uuid:village_id>/kunjungan", methods=["GET", "POST"])
@requires("villages.visit")
def visit(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then lead into the village for an hour."""
    row = own_village(village_id)
    if row.state not in SERVED_STATES:
        flash(_("%(village)s tidak sedang melayani.", village=services.full_name(row)), "warning")
        return redirect(url_for("province.village", village_id=row.id), 303)
    reason, errors = read_reason(request.form) if request.method == "POST" else ("", {})
    if request.method == "POST" and not errors:
        try:
            return go_to(start_support_visit(acting(), as_tenant(row), reason))
        except NotAllowed:
            abort(403)
        except Refused as refusal:
            errors = {refusal.field or "reason": [str(refusal)]}
    return _ask("province/visit.html", row, reason, errors, minutes=int(LENGTH.total_seconds() // 60))


def _ask(
    template: str, row: TenantRow, reason: str, errors: dict[str, list[str]], **more: Any
) -> ResponseReturnValue:
    page = render_template(
        template,
        row=row,
        name=services.full_name(row),
        reason=reason,
        errors=errors,
        states=TenantState,
        **more,
    )
    return page, 422 if errors else 200
