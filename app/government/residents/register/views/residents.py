"""Entering a resident, correcting one, and seeing while typing who may be the same person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Missing
from app.government.residents import codes
from app.government.residents.browse.areas import area_book
from app.government.residents.derive import is_anonymous
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.register import forms, queries, services
from app.government.residents.register.errors import Refused
from app.government.residents.register.labels import FORM_LABELS, RESIDENT_LABELS
from app.government.residents.register.paths import household_path, resident_path
from app.government.residents.register.queries import Found, Standing
from app.government.residents.register.rules import Finding
from app.government.residents.register.schemas import ResidentSchema
from app.government.residents.register.views import common
from app.government.residents.writing import today

blueprint = AudienceBlueprint(
    "resident_forms", __name__, audience="village", url_prefix="/penduduk", template_folder="../templates"
)


@blueprint.get("/tambah")
@requires("residents.edit")
def new() -> ResponseReturnValue:
    """An empty form; `?keluarga=<id>` says which household it is for, `?hubungan=<code>` as what."""
    return _new_page(household_id=common.identity(request.args.get("keluarga")))


@blueprint.post("/tambah/keluarga")
@requires("residents.edit")
def find_household() -> ResponseReturnValue:
    """Households that fit what was typed, to choose from. Posted, so that no number stands in an address."""
    text = request.form.get("cari", "")
    return _new_page(searched=text, found=queries.find_households(text))


@blueprint.post("/tambah")
@requires("residents.edit")
def add() -> ResponseReturnValue:
    """Check and enter."""
    household_id = common.identity(request.form.get("household_id"))
    names = [*forms.resident_fields(common.may), "happened_on"]
    checked = check(forms.NewResidentSchema(only=names), request.form)
    if not checked.is_valid:
        return _new_page(checked, household_id=household_id, status=422)
    values = {**checked.values, "household_id": household_id}
    happened_on = values.pop("happened_on")
    try:
        resident = services.add_resident(
            values,
            happened_on=happened_on,
            acceptance=common.acceptance(),
            resident_id=common.form_id(),
        )
    except Refused as refused:
        again = common.with_refusal(checked, refused)
        return _new_page(again, household_id=household_id, findings=refused.findings, status=422)
    flash(str(_("%(name)s sudah masuk data penduduk.", name=resident.name)), "success")
    if request.form.get("then") == "another":
        return redirect(url_for("resident_forms.new", keluarga=household_id), 303)
    return redirect(household_path(household_id) if household_id else resident_path(resident.id), 303)


@blueprint.get("/<uuid:resident_id>/ubah")
@requires("residents.edit")
def edit(resident_id: uuid.UUID) -> ResponseReturnValue:
    """One resident's form."""
    return _edit_page(_found(resident_id))


@blueprint.post("/<uuid:resident_id>/ubah")
@requires("residents.edit")
def save(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write; who comes second chooses field by field between both versions."""
    checked = check(ResidentSchema(only=_edited_fields()), common.picked())
    if not checked.is_valid:
        return _edit_page(_found(resident_id), checked, status=422)
    try:
        changed = services.change_resident(
            resident_id, checked.values, expected=common.row_version(), acceptance=common.acceptance()
        )
    except Missing:
        abort(404)
    except Refused as refused:
        again = common.with_refusal(checked, refused)
        return _edit_page(_found(resident_id), again, refused.findings, status=422)
    except ChangedMeanwhile:
        return _both_versions(_found(resident_id), checked)
    flash(str(_("Perubahan tersimpan.") if changed else _("Tidak ada yang berubah.")), "success")
    return redirect(resident_path(resident_id), 303)


@blueprint.post("/<uuid:resident_id>/ubah/nomor")
@requires("residents.edit")
def edit_numbers(resident_id: uuid.UUID) -> ResponseReturnValue:
    """The form with NIK, phone and other numbers in clear and what was typed so far; noted with the chosen reason."""
    if not common.may("residents.view_identity"):
        abort(403)
    standing = _found(resident_id)
    reason = forms.number_reason(request.form.get("number_reason", ""))
    services.note_identity_seen("resident", standing.id, standing.name, reason)
    names = forms.resident_fields(common.may)
    typed = {name: request.form[name] for name in forms.without_numbers(names) if name in request.form}
    return _edit_page(standing, Checked(typed, {}), names=names, opened=True)


@blueprint.post("/duplikat")
@requires("residents.edit")
def duplicates() -> ResponseReturnValue:
    """Who may be the same person as what is being typed: a fragment. Posted, so that no NIK stands in an address."""
    schema = ResidentSchema(
        only=["name", "birth_date", *(["nik"] if common.may("residents.view_identity") else [])]
    )
    checked = check(schema, request.form)
    found = queries.duplicates(checked.values, common.identity(request.form.get("id")))
    return render_template("residents/_duplicates.html", findings=found)


def _found(resident_id: uuid.UUID) -> Standing:
    standing = queries.standing_resident(resident_id)
    if standing is None or is_anonymous(standing.name):
        abort(404)
    return standing


def _new_page(
    checked: Checked | None = None,
    *,
    household_id: uuid.UUID | None = None,
    findings: Sequence[Finding] = (),
    searched: str | None = None,
    found: Sequence[Found] = (),
    status: int = 200,
) -> Response:
    household = queries.household_brief(household_id) if household_id else None
    if household_id and household is None:
        abort(404)
    relation = request.args.get("hubungan", "")
    start = forms.new_resident(
        household,
        int(relation)
        if relation.isascii() and relation.isdigit() and int(relation) in codes.RELATION
        else None,
    )
    return _page(
        "residents/resident_new.html",
        status,
        forms.resident_fields(common.may),
        values={**start, "happened_on": today().isoformat(), **(checked.typed if checked else {})},
        errors=checked.errors if checked else {},
        findings=findings,
        form_id=common.form_id(),
        household=household,
        household_url=household_path(household.id) if household else None,
        searched=searched,
        found=found,
    )


def _edit_page(
    standing: Standing,
    checked: Checked | None = None,
    findings: Sequence[Finding] = (),
    status: int = 200,
    *,
    names: Sequence[str] | None = None,
    opened: bool = False,
) -> Response:
    """`opened`: the numbers that stand are shown; otherwise only those that this very form brought along."""
    names = _edited_fields() if names is None else names
    shown = forms.typed(standing.values, names if opened else forms.without_numbers(names))
    answer = _page(
        "residents/resident_edit.html",
        status,
        names,
        asks_numbers=common.may("residents.view_identity") and not set(names) & set(SEALED_FIELDS),
        number_reasons=[(code, str(word)) for code, word in forms.NUMBER_REASONS.items()],
        number_reason=request.form.get("number_reason", ""),
        resident=standing,
        resident_url=resident_path(standing.id),
        row_version=request.form.get("row_version", "") if checked else standing.row_version,
        values={**shown, **(checked.typed if checked else {})},
        errors=checked.errors if checked else {},
        findings=findings,
        form_id=standing.id,
    )
    if set(names) & set(SEALED_FIELDS):
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _edited_fields() -> list[str]:
    """The fields of the form that was sent: the numbers only when they were opened on it."""
    names = forms.resident_fields(common.may)
    return names if any(name in request.form for name in SEALED_FIELDS) else forms.without_numbers(names)


def _both_versions(standing: Standing, checked: Checked) -> Response:
    base = queries.resident_as_of(standing, common.row_version())
    if any(name in checked.values for name in SEALED_FIELDS):
        reason = forms.number_reason(request.form.get("number_reason", ""))
        services.note_identity_seen("resident", standing.id, standing.name, reason)
    page = render_template(
        "residents/both_versions.html",
        title=standing.name,
        back_url=url_for("resident_forms.edit", resident_id=standing.id),
        row_version=standing.row_version,
        choices=forms.choices(standing.values, base, checked.values, RESIDENT_LABELS, area_book()),
        typed=checked.typed,
    )
    return make_response(page, 409)


def _page(template: str, status: int, names: Sequence[str], **context: Any) -> Response:
    areas = area_book()
    page = render_template(
        template,
        sections=forms.visible(forms.RESIDENT_SECTIONS, names),
        labels=FORM_LABELS,
        input_of=forms.input_of,
        options_of=lambda name: forms.options_of(name, areas, context["values"]),
        accepted_note=request.form.get("accept_note", ""),
        **context,
    )
    return make_response(page, status)
