"""Officials: the list in the village's own order, and one form for adding and changing."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village import forms, queries, services
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import Official
from app.core.village.schemas import OfficialSchema
from app.core.village.views.common import Difference, differences, form_context, upload

blueprint = AudienceBlueprint(
    "officials",
    __name__,
    audience="village",
    url_prefix="/pengaturan/perangkat",
    template_folder="../templates",
)

COMPARED = ("name", "title", "position", "employee_number", "phone", "period_from", "period_until")


@blueprint.get("")
@requires("officials.manage")
def index() -> ResponseReturnValue:
    """All officials."""
    return render_template("village/officials.html", lines=queries.official_lines())


@blueprint.get("/tambah")
@requires("officials.manage")
def new() -> ResponseReturnValue:
    """An empty form; `?kedudukan=head` chooses the office."""
    return _form_page(None)


@blueprint.post("/tambah")
@requires("officials.manage")
def add() -> ResponseReturnValue:
    """Check and add."""
    checked = check(OfficialSchema(), request.form)
    if not checked.is_valid:
        return _form_page(None, checked, status=422)
    try:
        official = services.add_official(checked.values, upload("photo"))
    except Invalid as wrong:
        return _form_page(None, checked.with_error(wrong.field, wrong), status=422)
    flash(str(_("%(name)s sudah masuk daftar perangkat.", name=official.name)), "success")
    return redirect(url_for("officials.index"), 303)


@blueprint.get("/<uuid:official_id>")
@requires("officials.manage")
def edit(official_id: uuid.UUID) -> ResponseReturnValue:
    """One official's form."""
    return _form_page(_found(official_id))


@blueprint.post("/<uuid:official_id>")
@requires("officials.manage")
def save(official_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write; who comes second sees both versions."""
    checked = check(OfficialSchema(), request.form)
    if not checked.is_valid:
        return _form_page(_found(official_id), checked, status=422)
    try:
        services.change_official(official_id, checked.values, upload("photo"), expected=_version())
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _form_page(_found(official_id), checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile as other:
        labels = {name: forms.OFFICIAL_LABELS[name] for name in COMPARED}
        return _form_page(
            _found(official_id), checked, differences(labels, other.present, checked.typed), status=409
        )
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("officials.index"), 303)


@blueprint.post("/<uuid:official_id>/pindah")
@requires("officials.manage")
def move(official_id: uuid.UUID) -> ResponseReturnValue:
    """One place up or down."""
    try:
        services.move_official(official_id, up=request.form.get("arah") != "turun")
    except Missing:
        abort(404)
    return redirect(url_for("officials.index", _anchor=f"p-{official_id}"), 303)


@blueprint.get("/<uuid:official_id>/hapus")
@requires("officials.manage")
def confirm_removal(official_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before removing."""
    official = _found(official_id)
    removal = queries.removal_of(official)
    return render_template("village/official_remove.html", official=official, removal=removal)


@blueprint.post("/<uuid:official_id>/hapus")
@requires("officials.manage")
def remove(official_id: uuid.UUID) -> ResponseReturnValue:
    """Take an official off the list."""
    name = _found(official_id).name
    try:
        services.remove_official(official_id)
    except Missing:
        abort(404)
    flash(str(_("%(name)s sudah dihapus dari daftar.", name=name)), "success")
    return redirect(url_for("officials.index"), 303)


def _found(official_id: uuid.UUID) -> Official:
    official = queries.find_official(official_id)
    if official is None:
        abort(404)
    return official


def _version() -> int:
    version = request.form.get("row_version", "")
    return int(version) if version.isdigit() and len(version) < 10 else 0


def _form_page(
    official: Official | None,
    checked: Checked | None = None,
    conflict: list[Difference] | None = None,
    status: int = 200,
) -> Response:
    lines = queries.official_lines()
    context: dict[str, Any] = form_context(checked, forms.official_form(official))
    if checked is not None:
        context["values"]["is_public"] = bool(checked.typed.get("is_public"))
    elif official is None and request.args.get("kedudukan") in dict(forms.position_options()):
        context["values"]["position"] = request.args["kedudukan"]
    stale = checked is not None and conflict is None
    page = render_template(
        "village/official_form.html",
        official=official,
        row_version=request.form.get("row_version", "")
        if stale
        else (official.row_version if official else ""),
        conflict=conflict,
        labels=forms.OFFICIAL_LABELS,
        positions=forms.position_options(),
        principals=[
            (str(line.official.id), f"{line.official.name}, {line.official.title}")
            for line in lines
            if official is None or line.official.id != official.id
        ],
        photo_url=queries.photo_path(official.photo_file_id) if official else None,
        **context,
    )
    return make_response(page, status)
