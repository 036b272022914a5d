"""The province's pages about a village's life: what happened to it, dividing, joining, archiving."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import Invalid
from app.province import presenting
from app.province.forms import read_reason
from app.province.life import closing, deeds, history, open_work, planning, words
from app.province.life.deeds import LifeRefused
from app.province.life.models import OPEN_STATES, VillageDeed
from app.province.life.schemas import LABELS, MergeForm, SplitForm
from app.province.services import full_name
from app.province.views import own_village
from tenants.models import SERVED_STATES, TenantRow, TenantState

pages = AudienceBlueprint("life", __name__, audience="province")
MANAGE, DELETE = "life.manage", "life.delete"


@pages.context_processor
def _words() -> dict[str, Any]:
    return {
        "kinds": words.KINDS,
        "state_said": words.state_said,
        "state_tag": presenting.state_tag,
        "state_meaning": presenting.state_meaning,
        "full_name": full_name,
        "labels": LABELS,
        "still_open": open_work.still_open,
    }


@pages.get("/desa/<uuid:village_id>/riwayat-hidup")
@requires("villages.view")
def overview(village_id: uuid.UUID) -> str:
    """What happened to a village, what is under way, and what may be done."""
    row = own_village(village_id)
    found = deeds.deeds_of(row.id)
    open_deed = next((deed for deed in found if deed.state in OPEN_STATES), None)
    return render_template(
        "life/overview.html",
        row=row,
        found=found,
        others=history.others(row.id, found),
        happened=history.happenings(row.id),
        open_deed=open_deed,
        may=_may(row, open_deed),
        actor=acting(),
        trail=_trail(row),
    )


def _may(row: TenantRow, open_deed: VillageDeed | None) -> frozenset[str]:
    """What may be begun with a village as it stands."""
    may = acting().may
    in_service = row.schema_name is not None and row.state in SERVED_STATES | {TenantState.SUSPENDED}
    free = open_deed is None and row.schema_name is not None
    allowed = {
        "split": free and in_service and may(MANAGE),
        "merge": free and in_service and may(MANAGE),
        "archive": free and in_service and may(MANAGE),
        "reopen": free and row.state == TenantState.ARCHIVED and row.moved_to is None and may(MANAGE),
        "suspend": row.state in SERVED_STATES and row.schema_name is not None and may("villages.suspend"),
        "resume": row.state == TenantState.SUSPENDED and may("villages.suspend"),
        "delete": free and may(DELETE),
    }
    return frozenset(name for name, is_so in allowed.items() if is_so)


@pages.route("/desa/<uuid:village_id>/arsipkan", methods=["GET", "POST"])
@requires(MANAGE)
def archive(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then close the village."""
    row = own_village(village_id)
    reason, errors = read_reason(request.form) if request.method == "POST" else ("", {})
    try:
        closing.refuse_unless_open(row)
        if request.method == "GET" or errors:
            page = render_template("life/archive.html", row=row, reason=reason, errors=errors)
            return page, 422 if errors else 200
        closing.archive_village(row.id, reason=reason)
        flash(_("%(village)s diarsipkan. Datanya tetap utuh.", village=full_name(row)), "success")
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return _back(row.id)


@pages.route("/desa/<uuid:village_id>/aktifkan", methods=["GET", "POST"])
@requires(MANAGE)
def reopen(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then open an archived village again."""
    row = own_village(village_id)
    try:
        closing.refuse_unless_archived(row)
        if request.method == "GET":
            return render_template("life/reopen.html", row=row)
        closing.reopen_village(row.id)
        flash(_("%(village)s aktif kembali.", village=full_name(row)), "success")
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return _back(row.id)


@pages.route("/desa/<uuid:village_id>/pemekaran", methods=["GET", "POST"])
@requires(MANAGE)
def split(village_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a split; sent, its sub-areas are counted."""
    row = own_village(village_id)
    if refused := _not_in_service(row):
        return refused
    if request.method == "GET":
        typed = {
            "code": f"{row.district_code}.",
            "acting_title": f"Pj. {row.words.get('head') or 'Kepala Desa'}",
        }
        return _form("life/split.html", row, Checked(typed, {}))
    checked = check(SplitForm(), request.form)
    if not checked.is_valid:
        return _form("life/split.html", row, checked)
    return _planned("life/split.html", row, checked, planning.plan_split)


@pages.route("/desa/<uuid:village_id>/penggabungan", methods=["GET", "POST"])
@requires(MANAGE)
def merge(village_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a merge into this village; sent, both are counted."""
    row = own_village(village_id)
    if refused := _not_in_service(row):
        return refused
    if request.method == "GET":
        return _form("life/merge.html", row, Checked({}, {}))
    checked = check(MergeForm(), request.form)
    if not checked.is_valid:
        return _form("life/merge.html", row, checked)
    return _planned("life/merge.html", row, checked, planning.plan_merge)


def _not_in_service(row: TenantRow) -> ResponseReturnValue | None:
    """The way back, with the sentence why, for a village that no form helps."""
    try:
        planning.refuse_unless_in_service(row)
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
        return _back(row.id)
    return None


def _planned(template: str, row: TenantRow, checked: Checked, plan: Any) -> ResponseReturnValue:
    try:
        deed = plan(row.id, checked.values)
    except Invalid as wrong:
        return _form(template, row, checked.with_error(wrong.field, wrong))
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
        return _back(row.id)
    return redirect(url_for(".deed", deed_id=deed.id), 303)


@pages.get("/perubahan-desa/<uuid:deed_id>")
@requires("villages.view")
def deed(deed_id: uuid.UUID) -> ResponseReturnValue:
    """One split or merge: what was counted, what is chosen, how far it is, what came of it."""
    return _deed_page(deed_id, {})


@pages.post("/perubahan-desa/<uuid:deed_id>/bagian")
@requires(MANAGE)
def areas(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Keep which sub-areas go to the new village."""
    _own_deed(deed_id)
    ticked = request.form.getlist("areas")
    try:
        planning.choose_areas(deed_id, ticked)
        flash(_("Pembagian disimpan. Belum ada yang berpindah."), "success")
    except Invalid as wrong:
        return _deed_page(deed_id, {wrong.field: str(wrong)}, ticked=ticked)
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".deed", deed_id=deed_id), 303)


@pages.post("/perubahan-desa/<uuid:deed_id>/jalankan")
@requires(MANAGE)
def carry_out(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Let it run, once its village's name was typed."""
    _own_deed(deed_id)
    typed, accepted = request.form.get("typed_name", "")[:200], request.form.get("accept_duplicates") == "1"
    plan_seen, ticked = request.form.get("seen", ""), request.form.getlist("areas")
    try:
        planning.let_run(deed_id, typed, plan_seen=plan_seen, ticked=ticked, accept_duplicates=accepted)
    except Invalid as wrong:
        return _deed_page(deed_id, {wrong.field: str(wrong)}, typed, ticked)
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".deed", deed_id=deed_id), 303)


@pages.post("/perubahan-desa/<uuid:deed_id>/ulangi")
@requires(MANAGE)
def again(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more for work that failed."""
    _own_deed(deed_id)
    try:
        planning.run_again(deed_id)
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".deed", deed_id=deed_id), 303)


@pages.post("/perubahan-desa/<uuid:deed_id>/batalkan")
@requires(MANAGE)
def cancel(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Give a split or a merge up before it runs."""
    row = _own_deed(deed_id)[1]
    try:
        deeds.cancel(deed_id)
        flash(_("Dibatalkan. Tidak ada yang berubah."), "success")
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
    return _back(row.id)


def _own_deed(deed_id: uuid.UUID) -> tuple[VillageDeed, TenantRow, TenantRow | None]:
    """A split or merge of the account's region; another region's is not found."""
    found = deeds.find(deed_id, acting().region_code)
    if found is None or found[0].kind == "deletion":
        abort(404)
    return found


def _deed_page(
    deed_id: uuid.UUID, errors: Mapping[str, str], typed: str = "", ticked: Collection[str] | None = None
) -> ResponseReturnValue:
    """A deed's page; `ticked` are areas as they were sent, where they are not those that are kept."""
    found, row, other = _own_deed(deed_id)
    page = render_template(
        "life/deed.html",
        deed=found,
        row=row,
        other=other,
        run=deeds.run_of(found),
        result=_outcome(found),
        typed_name=typed,
        ticked=found.plan.get("chosen", ()) if ticked is None else ticked,
        seen=planning.seen(found),
        blocked=planning.why_not(found),
        errors=errors,
        may_manage=acting().may(MANAGE),
        trail=_trail(row),
    )
    return page, 422 if errors else 200


def _outcome(found: VillageDeed) -> dict[str, int]:
    """What both villages would be after a split as it is chosen: the dry run's sums; once done, what moved."""
    chosen = set(found.plan.get("chosen", ()))
    picked = [area for area in found.plan.get("areas", ()) if area["id"] in chosen]
    people, homes = (sum(area[name] for area in picked) for name in ("people", "households"))
    if found.state == "done":
        people, homes = found.result["people"], found.result["households"]
    return {
        "people": people,
        "households": homes,
        "left_people": found.result.get("left", found.plan.get("people", 0) - people),
        "left_households": found.result.get("left_households", found.plan.get("households", 0) - homes),
    }


def _form(template: str, row: TenantRow, checked: Checked) -> ResponseReturnValue:
    page = render_template(
        template, row=row, typed=checked.typed, errors=checked.errors, trail=_trail(row), actor=acting()
    )
    return page, 422 if checked.errors else 200


def _trail(row: TenantRow) -> list[dict[str, Any]]:
    village = {"label": full_name(row), "url": url_for("province.village", village_id=row.id)}
    return [*presenting.trail(row.district_code, acting().region_code or ""), village]


def _back(village_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("life.overview", village_id=village_id), 303)
