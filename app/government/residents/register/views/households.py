"""Entering a household, correcting one, and who belongs to it in which order."""

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
from app.government.residents.register import forms, queries, services
from app.government.residents.register.errors import Refused
from app.government.residents.register.labels import HOUSEHOLD_FORM_LABELS, HOUSEHOLD_LABELS, RESIDENT_LABELS
from app.government.residents.register.paths import household_path
from app.government.residents.register.queries import Brief, Found, Standing
from app.government.residents.register.rules import Finding
from app.government.residents.register.schemas import HouseholdSchema
from app.government.residents.register.views import common
from app.government.residents.register.words import code_of
from app.government.residents.writing import today

blueprint = AudienceBlueprint(
    "household_forms", __name__, audience="village", url_prefix="/keluarga", template_folder="../templates"
)


@blueprint.get("/tambah")
@requires("residents.edit")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _new_page()


@blueprint.post("/tambah")
@requires("residents.edit")
def add() -> ResponseReturnValue:
    """Check and enter, then go on with its first member."""
    names = [*forms.household_fields(common.may), "happened_on"]
    checked = check(forms.NewHouseholdSchema(only=names), request.form)
    if not checked.is_valid:
        return _new_page(checked, status=422)
    values = dict(checked.values)
    happened_on = values.pop("happened_on")
    try:
        household = services.add_household(
            values, happened_on=happened_on, household_id=common.form_id(), acceptance=common.acceptance()
        )
    except Refused as refused:
        return _new_page(common.with_refusal(checked, refused), refused.findings, status=422)
    flash(str(_("Keluarga tersimpan. Lanjutkan dengan kepala keluarganya.")), "success")
    return redirect(url_for("resident_forms.new", keluarga=household.id), 303)


@blueprint.get("/<uuid:household_id>/ubah")
@requires("residents.edit")
def edit(household_id: uuid.UUID) -> ResponseReturnValue:
    """One household's form."""
    return _edit_page(_found(household_id))


@blueprint.post("/<uuid:household_id>/ubah")
@requires("residents.edit")
def save(household_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write; who comes second chooses field by field between both versions."""
    checked = check(HouseholdSchema(only=_edited_fields()), common.picked())
    if not checked.is_valid:
        return _edit_page(_found(household_id), checked, status=422)
    try:
        changed = services.change_household(
            household_id,
            checked.values,
            expected=common.row_version(),
            pass_on=bool(request.form.get("pass_on")),
            acceptance=common.acceptance(),
        )
    except Missing:
        abort(404)
    except Refused as refused:
        again = common.with_refusal(checked, refused)
        return _edit_page(_found(household_id), again, refused.findings, status=422)
    except ChangedMeanwhile:
        return _both_versions(_found(household_id), checked)
    flash(str(_("Perubahan tersimpan.") if changed else _("Tidak ada yang berubah.")), "success")
    return redirect(household_path(household_id), 303)


@blueprint.post("/<uuid:household_id>/ubah/nomor")
@requires("residents.edit")
def edit_number(household_id: uuid.UUID) -> ResponseReturnValue:
    """The form with the card's number in clear and what was typed so far; noted with the chosen reason."""
    if not common.may("residents.view_identity"):
        abort(403)
    standing = _found(household_id)
    reason = forms.number_reason(request.form.get("number_reason", ""))
    services.note_identity_seen("household", standing.id, standing.name, reason)
    names = forms.household_fields(common.may)
    typed = {name: request.form[name] for name in forms.without_numbers(names) if name in request.form}
    return _edit_page(standing, Checked(typed, {}), names=names, opened=True)


@blueprint.post("/<uuid:household_id>/hapus")
@requires("residents.edit")
def remove(household_id: uuid.UUID) -> ResponseReturnValue:
    """Take back the entry of a household that never had a member."""
    try:
        services.remove_empty_household(household_id)
    except Missing:
        abort(404)
    except Refused as refused:
        flash(refused.findings[0].sentence, "error")
        return redirect(household_path(household_id), 303)
    flash(str(_("Keluarga kosong sudah dihapus.")), "success")
    return redirect(url_for("households.index"), 303)


@blueprint.get("/<uuid:household_id>/anggota")
@requires("residents.edit")
def members(household_id: uuid.UUID) -> ResponseReturnValue:
    """Who belongs to a household, in the order of its card."""
    return _members_page(_brief(household_id))


@blueprint.post("/<uuid:household_id>/anggota/cari")
@requires("residents.edit")
def find_member(household_id: uuid.UUID) -> ResponseReturnValue:
    """Residents without a household who fit what was typed."""
    text = request.form.get("cari", "")
    return _members_page(_brief(household_id), searched=text, found=queries.find_unattached(text))


@blueprint.post("/<uuid:household_id>/anggota/<uuid:resident_id>/masukkan")
@requires("residents.edit")
def put_in(household_id: uuid.UUID, resident_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody join who stands in no household."""
    relation = code_of("relation", request.form.get("relation", ""))
    if relation is None:
        return _join_page(household_id, resident_id, missing=True)
    try:
        services.put_member(household_id, resident_id, relation, acceptance=common.acceptance())
    except Missing:
        abort(404)
    except Refused as refused:
        return _join_page(household_id, resident_id, refused=refused)
    flash(str(_("Anggota keluarga bertambah.")), "success")
    return redirect(url_for("household_forms.members", household_id=household_id), 303)


@blueprint.get("/<uuid:household_id>/anggota/<uuid:resident_id>/keluarkan")
@requires("residents.edit")
def confirm_taking_out(household_id: uuid.UUID, resident_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before taking somebody out."""
    return _take_out_page(household_id, resident_id)


@blueprint.post("/<uuid:household_id>/anggota/<uuid:resident_id>/keluarkan")
@requires("residents.edit")
def take_out(household_id: uuid.UUID, resident_id: uuid.UUID) -> ResponseReturnValue:
    """Take somebody out of the household; they stay in the register."""
    try:
        services.take_out_member(household_id, resident_id, acceptance=common.acceptance())
    except Missing:
        abort(404)
    except Refused as refused:
        return _take_out_page(household_id, resident_id, refused)
    flash(
        str(_("Anggota sudah dikeluarkan dari keluarga ini dan tetap terdaftar sebagai penduduk.")), "success"
    )
    return redirect(url_for("household_forms.members", household_id=household_id), 303)


def _found(household_id: uuid.UUID) -> Standing:
    standing = queries.standing_household(household_id)
    if standing is None:
        abort(404)
    return standing


def _brief(household_id: uuid.UUID) -> Brief:
    brief = queries.household_brief(household_id)
    if brief is None:
        abort(404)
    return brief


def _new_page(
    checked: Checked | None = None, findings: Sequence[Finding] = (), status: int = 200
) -> Response:
    return _page(
        "residents/household_new.html",
        status,
        forms.household_fields(common.may),
        values={"happened_on": today().isoformat(), **(checked.typed if checked else {})},
        errors=checked.errors if checked else {},
        findings=findings,
        form_id=common.form_id(),
        accepted_note=request.form.get("accept_note", ""),
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
    """`opened`: the card's number that stands is shown; otherwise only one that this very form brought along."""
    names = _edited_fields() if names is None else names
    shown = forms.typed(standing.values, names if opened else forms.without_numbers(names))
    answer = _page(
        "residents/household_edit.html",
        status,
        names,
        asks_numbers=common.may("residents.view_identity") and "kk" not in names,
        number_reasons=[(code, str(word)) for code, word in forms.NUMBER_REASONS.items()],
        number_reason=request.form.get("number_reason", ""),
        withheld=queries.withheld_number(standing.id) if opened else None,
        household=standing,
        household_url=household_path(standing.id),
        row_version=request.form.get("row_version", "") if checked else standing.row_version,
        values={**shown, **(checked.typed if checked else {})},
        pass_on=bool(request.form.get("pass_on")),
        accepted_note=request.form.get("accept_note", ""),
        errors=checked.errors if checked else {},
        findings=findings,
    )
    if "kk" in names:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _edited_fields() -> list[str]:
    """The fields of the form that was sent: the card's number only when it was opened on it."""
    names = forms.household_fields(common.may)
    return names if "kk" in request.form else forms.without_numbers(names)


def _both_versions(standing: Standing, checked: Checked) -> Response:
    base = queries.household_as_of(standing, common.row_version())
    if "kk" in checked.values:
        reason = forms.number_reason(request.form.get("number_reason", ""))
        services.note_identity_seen("household", standing.id, standing.name, reason)
    also = {"pass_on": "1"} if request.form.get("pass_on") else {}
    page = render_template(
        "residents/both_versions.html",
        title=_("Keluarga %(name)s", name=standing.name),
        back_url=url_for("household_forms.edit", household_id=standing.id),
        row_version=standing.row_version,
        choices=forms.choices(standing.values, base, checked.values, HOUSEHOLD_LABELS, area_book()),
        typed={**checked.typed, **also},
    )
    return make_response(page, 409)


def _members_page(brief: Brief, searched: str | None = None, found: Sequence[Found] = ()) -> Response:
    page = render_template(
        "residents/household_members.html",
        household=brief,
        household_url=household_path(brief.id),
        searched=searched,
        found=found,
        relations=_relations(),
    )
    return make_response(page)


def _take_out_page(
    household_id: uuid.UUID, resident_id: uuid.UUID, refused: Refused | None = None
) -> Response:
    brief = _brief(household_id)
    member = next((member for member in brief.members if member.id == resident_id), None)
    if member is None:
        abort(404)
    page = render_template(
        "residents/member_take_out.html",
        household=brief,
        member=member,
        findings=refused.findings if refused else (),
        accepted_note=request.form.get("accept_note", ""),
        household_url=household_path(brief.id),
    )
    return make_response(page, 422 if refused else 200)


def _join_page(
    household_id: uuid.UUID, resident_id: uuid.UUID, refused: Refused | None = None, missing: bool = False
) -> Response:
    standing = queries.standing_resident(resident_id)
    if standing is None:
        abort(404)
    wrong = [finding.sentence for finding in refused.findings if finding.is_error] if refused else []
    if missing:
        wrong = [_("Pilih hubungannya dengan kepala keluarga.")]
    page = render_template(
        "residents/member_put_in.html",
        household=_brief(household_id),
        resident=standing,
        relations=_relations(),
        relation=request.form.get("relation", ""),
        labels=RESIDENT_LABELS,
        errors={"relation": wrong} if wrong else {},
        findings=refused.findings if refused else (),
        accepted_note=request.form.get("accept_note", ""),
    )
    return make_response(page, 422)


def _relations() -> list[tuple[str, str]]:
    return [("", _("Pilih")), *((str(code), str(word)) for code, word in codes.RELATION.items())]


def _page(template: str, status: int, names: Sequence[str], **context: Any) -> Response:
    areas = area_book()
    page = render_template(
        template,
        sections=forms.visible(forms.HOUSEHOLD_SECTIONS, names),
        labels=HOUSEHOLD_FORM_LABELS,
        input_of=forms.input_of,
        options_of=lambda name: forms.options_of(name, areas, context["values"]),
        **context,
    )
    return make_response(page, status)
