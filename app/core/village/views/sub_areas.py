"""Sub-areas: the tree, adding several at once, changing and removing one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village import forms, queries, services
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import SubArea
from app.core.village.schemas import SUB_AREA_KINDS, SubAreaSchema, SubAreasSchema
from app.core.village.services.sub_areas import PARENTS, Branch, sub_area_values, tree
from app.core.village.views.common import Difference, differences, form_context
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "sub_areas",
    __name__,
    audience="village",
    url_prefix="/pengaturan/wilayah",
    template_folder="../templates",
)


@blueprint.get("")
@requires("sub_areas.manage")
def index() -> ResponseReturnValue:
    """The whole tree."""
    every = queries.sub_areas()
    areas = [area for area in every if not area.is_gone]
    counts = {kind: sum(area.kind == kind for area in areas) for kind in SUB_AREA_KINDS}
    return render_template(
        "village/sub_areas.html",
        branches=tree(areas),
        counts=counts,
        gone=[_spoken(area) for area in every if area.is_gone and area.parent_id is None],
        words=forms.kind_words(current_tenant()),
        spoken=_spoken,
    )


@blueprint.get("/tambah")
@requires("sub_areas.manage")
def new() -> ResponseReturnValue:
    """A form for several names; `?jenis=rt&di=<id>` says which and where."""
    return _add_page()


@blueprint.post("/tambah")
@requires("sub_areas.manage")
def add() -> ResponseReturnValue:
    """Check and add all of them, or none."""
    checked = check(SubAreasSchema(), request.form)
    if not checked.is_valid:
        return _add_page(checked, status=422)
    try:
        count = services.add_sub_areas(
            checked.values["kind"], checked.values["parent_id"], checked.values["names"]
        )
    except Invalid as wrong:
        return _add_page(checked.with_error(wrong.field, wrong), status=422)
    done = ngettext("%(count)s wilayah ditambahkan.", "%(count)s wilayah ditambahkan.", count, count=count)
    flash(done, "success")
    return redirect(url_for("sub_areas.index"), 303)


@blueprint.get("/<uuid:area_id>")
@requires("sub_areas.manage")
def edit(area_id: uuid.UUID) -> ResponseReturnValue:
    """One area's form."""
    return _edit_page(_found(area_id))


@blueprint.post("/<uuid:area_id>")
@requires("sub_areas.manage")
def save(area_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write; who comes second sees both versions."""
    checked = check(SubAreaSchema(), request.form)
    if not checked.is_valid:
        return _edit_page(_found(area_id), checked, status=422)
    version = request.form.get("row_version", "")
    try:
        services.change_sub_area(
            area_id, checked.values, expected=int(version) if version.isdigit() and len(version) < 10 else 0
        )
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _edit_page(_found(area_id), checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile as other:
        labels = {name: forms.SUB_AREA_LABELS[name] for name in ("name", "head_name", "head_phone")}
        return _edit_page(
            _found(area_id), checked, differences(labels, other.present, checked.typed), status=409
        )
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("sub_areas.index"), 303)


@blueprint.get("/<uuid:area_id>/hapus")
@requires("sub_areas.manage")
def confirm_removal(area_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before removing."""
    area = _found(area_id)
    return render_template("village/sub_area_remove.html", area=area, heading=_spoken(area))


@blueprint.post("/<uuid:area_id>/hapus")
@requires("sub_areas.manage")
def remove(area_id: uuid.UUID) -> ResponseReturnValue:
    """Remove an area in which nothing lies."""
    name = _spoken(_found(area_id))
    try:
        services.remove_sub_area(area_id)
    except Missing:
        abort(404)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("sub_areas.index"), 303)
    flash(str(_("%(name)s sudah dihapus.", name=name)), "success")
    return redirect(url_for("sub_areas.index"), 303)


def _spoken(area: SubArea) -> str:
    return forms.spoken_area(area, forms.kind_words(current_tenant()))


def _found(area_id: uuid.UUID) -> SubArea:
    area = queries.find_sub_area(area_id)
    if area is None:
        abort(404)
    return area


def _add_page(checked: Checked | None = None, status: int = 200) -> Response:
    words = forms.kind_words(current_tenant())
    kind = request.args.get("jenis", "")
    stored = {
        "kind": kind if kind in words else "sub_area",
        "parent_id": request.args.get("di", ""),
        "names": "",
    }
    context: dict[str, Any] = form_context(checked, stored)
    page = render_template(
        "village/sub_area_add.html",
        labels=forms.SUB_AREA_LABELS,
        kinds=list(words.items()),
        parents=_parents(context["values"]["kind"]),
        words=words,
        **context,
    )
    return make_response(page, status)


def _edit_page(
    area: SubArea, checked: Checked | None = None, conflict: list[Difference] | None = None, status: int = 200
) -> Response:
    stored = {name: value or "" for name, value in sub_area_values(area).items()}
    stale = checked is not None and conflict is None
    page = render_template(
        "village/sub_area_form.html",
        area=area,
        heading=_spoken(area),
        row_version=request.form.get("row_version", "") if stale else area.row_version,
        conflict=conflict,
        labels=forms.SUB_AREA_LABELS,
        parents=_parents(area.kind),
        words=forms.kind_words(current_tenant()),
        **form_context(checked, stored),
    )
    return make_response(page, status)


def _parents(kind: str) -> list[tuple[str, str]]:
    """Where an area of this kind may lie, as choices with the way to each, in the order of the page of all areas."""
    allowed = PARENTS.get(kind, (None,))
    choices: list[tuple[str, str]] = []
    if None in allowed:
        choices.append(("", str(_("Langsung di bawah %(village)s", village=current_tenant().full_name))))

    def walk(branches: list[Branch], above: str) -> None:
        for branch in branches:
            way = f"{above}{_spoken(branch.area)}"
            if branch.area.kind in allowed:
                choices.append((str(branch.area.id), way))
            walk(branch.children, f"{way} / ")

    walk(tree(queries.standing_sub_areas()), "")
    return choices
