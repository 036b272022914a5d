"""The province's screens of copies and health: list, taking, comparing, putting back, and how every village fares."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province import presenting
from app.province.copies import health, queries, restoring, services, words
from app.province.copies.errors import CopyRefused
from app.province.copies.models import HAND
from app.province.regions import PROVINCE, own_territory, seen_territory
from app.province.services import full_name
from app.province.views import own_village
from tenants.models import TenantRow
from tenants.scope import current_tenant_or_none, platform_scope

pages = AudienceBlueprint("copies", __name__, audience="province", template_folder="templates")
LAST_PAGE = 1000
SETTINGS = "village.identity"
"""The page of a village's own settings that says when it was copied last."""


@pages.before_app_request
def note_last_copy() -> None:
    """Read when the village was copied last, before its page begins a transaction of its own."""
    tenant = current_tenant_or_none()
    if tenant is None or request.endpoint != SETTINGS or request.method != "GET":
        return
    if current_actor() is None:
        return
    with platform_scope():
        g.last_copy_at = queries.last_copied_at(tenant.id)


@pages.context_processor
def _words() -> dict[str, Any]:
    """How templates name kinds, sizes and ages."""
    return {"copy_kinds": words.KINDS, "copy_size": words.size, "copy_age": words.age, "hand": HAND}


def _number() -> int:
    return max(1, min(request.args.get("hal", 1, type=int), LAST_PAGE))


@pages.get("/kesehatan")
@requires("health.view")
def overview() -> str:
    """How the villages of one's region fare, those that need a look first."""
    here = seen_territory(request.args.get("wilayah"))
    search, only, number = (
        " ".join(request.args.get("q", "").replace("\x00", "").split())[:100],
        _only(),
        _number(),
    )
    found = health.health(here, troubled_only=only, search=search, number=number)

    def address(page: int | None = None, *, perlu: bool = only) -> str:
        return url_for(
            "copies.overview",
            perlu="1" if perlu else None,
            q=search or None,
            wilayah=here.code if here.code != own_territory().code else None,
            hal=page if page and page > 1 else None,
        )

    chips = [
        {"label": _("Semua"), "url": address(perlu=False), "current": not only, "count": found.villages},
        {"label": _("Perlu perhatian"), "url": address(perlu=True), "current": only, "count": found.troubled},
    ]
    return render_template(
        "copies/health.html",
        here=here,
        found=found,
        chips=chips,
        search=search,
        only=only,
        number=number,
        pages=max(1, -(-found.total // health.PAGE)),
        address=address,
        whole=own_territory().level == PROVINCE,
        run_tag=presenting.run_tag,
        actor=acting(),
    )


def _only() -> bool:
    return request.args.get("perlu") == "1"


@pages.get("/desa/<uuid:village_id>/salinan")
@requires("health.view")
def village_copies(village_id: uuid.UUID) -> str:
    """The copies of one village, the work on them, and the comparison where there is one."""
    return _page("copies/village.html", own_village(village_id))


@pages.get("/desa/<uuid:village_id>/salinan/kemajuan")
@requires("health.view")
def village_progress(village_id: uuid.UUID) -> ResponseReturnValue:
    """How far the work on a village's copies is, as a fragment; when it is over, the page is loaded anew."""
    row = own_village(village_id)
    run = queries.newest_run(row.id)
    response = make_response(render_template("copies/_run.html", row=row, run=run))
    if run is None or run.state in ("done", "failed"):
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/desa/<uuid:village_id>/salinan")
@requires("copies.manage")
def take(village_id: uuid.UUID) -> ResponseReturnValue:
    """Take a copy now."""
    note = " ".join(request.form.get("note", "").replace("\x00", "").split())
    return _do(village_id, lambda row: services.ask_copy(row.id, note=note, by=acting().name))


@pages.post("/desa/<uuid:village_id>/salinan/<uuid:copy_id>/bandingkan")
@requires("copies.manage")
def compare(village_id: uuid.UUID, copy_id: uuid.UUID) -> ResponseReturnValue:
    """Put a copy beside the village, to be compared."""
    return _do(village_id, lambda row: services.ask_comparison(row.id, copy_id, by=acting().name))


@pages.route("/desa/<uuid:village_id>/salinan/<uuid:copy_id>/hapus", methods=["GET", "POST"])
@requires("copies.manage")
def remove(village_id: uuid.UUID, copy_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then remove a copy that was made by hand."""
    row = own_village(village_id)
    if request.method == "GET":
        copy = queries.by_hand(row.id, copy_id)
        if copy is None:
            abort(404)
        return render_template("copies/remove.html", row=row, name=full_name(row), copy=copy)
    return _do(village_id, lambda row: services.remove_copy(row.id, copy_id), said=_("Salinan dihapus."))


@pages.get("/desa/<uuid:village_id>/salinan/pembanding")
@requires("health.view")
def comparison(village_id: uuid.UUID) -> ResponseReturnValue:
    """What differs between the village as it is and the copy that was put beside it."""
    row = own_village(village_id)
    found = queries.copies_page(row)
    if found.comparison is None:
        flash(_("Belum ada pembanding. Pilih salinan, lalu pulihkan untuk dibandingkan."), "info")
        return redirect(url_for("copies.village_copies", village_id=row.id), 303)
    return _compared(found, {}, "")


@pages.post("/desa/<uuid:village_id>/salinan/pembanding/gantikan")
@requires("copies.manage")
def swap(village_id: uuid.UUID) -> ResponseReturnValue:
    """Put the comparison into the place of what the village works with, once its name was typed and a reason given."""
    row = own_village(village_id)
    typed, reason, seen = (request.form.get(name, "") for name in ("typed", "reason", "seen"))
    errors: dict[str, list[str]] = {}
    if not services.is_confirmed(row, typed):
        errors["typed"] = [_("Ketik nama desa persis “%(name)s” untuk memastikan.", name=row.name)]
    if len(reason.strip()) < 5:
        errors["reason"] = [_("Tulis alasannya, sekurang-kurangnya lima huruf.")]
    if errors:
        found = queries.copies_page(row)
        if found.comparison is not None and found.comparison.schema_name == seen:
            return _compared(found, errors, reason), 422
    who = acting()
    return _do(
        village_id,
        lambda row: services.ask_swap(
            row.id, seen=seen, typed=typed, reason=reason, by=who.name, by_id=who.account_id
        ),
    )


@pages.post("/desa/<uuid:village_id>/salinan/pembanding/buang")
@requires("copies.manage")
def discard(village_id: uuid.UUID) -> ResponseReturnValue:
    """Drop the comparison that was shown."""
    seen = request.form.get("seen", "")
    return _do(village_id, lambda row: services.discard_comparison(row.id, seen=seen, by=acting().name))


def _do(village_id: uuid.UUID, deed: Callable[[TenantRow], object], *, said: str = "") -> ResponseReturnValue:
    row = own_village(village_id)
    try:
        deed(row)
        if said:
            flash(said, "success")
    except CopyRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for("copies.village_copies", village_id=village_id), 303)


def _page(template: str, row: TenantRow, **more: Any) -> str:
    found, number = queries.copies_page(row, _number()), _number()
    return render_template(
        template,
        row=row,
        name=full_name(row),
        found=found,
        number=number,
        pages=max(1, -(-found.total // queries.PAGE)),
        address=lambda page: url_for("copies.village_copies", village_id=row.id, hal=page),
        trail=_trail(row),
        may=acting().may("copies.manage"),
        **more,
    )


def _compared(found: queries.CopiesPage, errors: dict[str, list[str]], reason: str) -> str:
    assert found.comparison is not None
    row = found.row
    return render_template(
        "copies/comparison.html",
        row=row,
        name=full_name(row),
        found=found,
        side=found.comparison,
        copy=found.compared,
        lines=queries.differences(found.comparison),
        trail=_trail(row, last=_("Pembanding")),
        may=acting().may("copies.manage"),
        refused=restoring.why_not_set_back(row.id, found.comparison.copy_id),
        errors=errors,
        reason=reason,
    )


def _trail(row: TenantRow, last: str = "") -> list[dict[str, Any]]:
    """The way from the region down to the village's copies."""
    own = acting().region_code or ""
    copies = {"label": _("Salinan"), "url": url_for("copies.village_copies", village_id=row.id)}
    village = {"label": full_name(row), "url": url_for("province.village", village_id=row.id)}
    found = [*presenting.trail(row.district_code, own), village, copies]
    return [*found, {"label": last}] if last else found
