"""Settings: identity, words, look, opening hours, capabilities. Each page is one form."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import capability_of, is_switched_on, optional_capabilities
from app.core.files.services import file_path
from app.core.forms import Checked, check, fingerprint
from app.core.permissions import requires
from app.core.regions.words import BY_REGENCY, KELURAHAN, Words, words_for
from app.core.village import forms, queries, services
from app.core.village.brand import init_brand
from app.core.village.colours import sample_svg
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.core.village.schemas import (
    CLOSED_DAYS,
    HoursSchema,
    IdentitySchema,
    LookSchema,
    WordsSchema,
)
from app.core.village.services.cover import COVER_SHAPE, cover_id
from app.core.village.services.profile import LETTERHEAD_SHAPE, LOGO_SHAPE, identity_values, look_values
from app.core.village.services.registry import switched_off, words_of
from app.core.village.views.common import Difference, differences, form_context, upload
from tenants.scope import current_tenant, current_tenant_or_none

blueprint = AudienceBlueprint("village", __name__, audience="village", template_folder="../templates")

SAVED = _l("Perubahan tersimpan.")


@blueprint.record_once
def _init(state: BlueprintSetupState) -> None:
    init_brand(cast(Flask, state.app))


@blueprint.before_app_request
def hide_switched_off() -> None:
    """Pages and API of a capability that the village switched off are not there."""
    tenant = current_tenant_or_none()
    if tenant is None or not tenant.modules:
        return
    capability = capability_of(request.blueprint)
    if capability is not None and not is_switched_on(capability, tenant.modules):
        abort(404)


@blueprint.get("/pengaturan")
@requires("village.view")
def settings() -> ResponseReturnValue:
    """The settings begin with the identity."""
    return redirect(url_for("village.identity"), 303)


# --- identity --------------------------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/identitas")
@requires("village.settings")
def identity() -> ResponseReturnValue:
    """How the village presents itself and how it is reached."""
    return _identity_page()


@blueprint.post("/pengaturan/identitas")
@requires("village.settings")
def save_identity() -> ResponseReturnValue:
    """Check and write the identity; who comes second sees both versions."""
    checked = check(IdentitySchema(), request.form)
    if not checked.is_valid:
        return _identity_page(checked, status=422)
    try:
        services.change_identity(checked.values, expected=request.form.get("stamp", ""))
    except ChangedMeanwhile as other:
        theirs = forms.identity_form(other.present)
        return _identity_page(checked, differences(forms.IDENTITY_LABELS, theirs, checked.typed), status=409)
    flash(str(SAVED), "success")
    return redirect(url_for("village.identity"), 303)


def _identity_page(
    checked: Checked | None = None, conflict: list[Difference] | None = None, status: int = 200
) -> Response:
    present = identity_values(queries.profile())
    stamp = fingerprint(present) if conflict is not None or checked is None else request.form.get("stamp", "")
    context = form_context(checked, forms.identity_form(present))
    page = render_template(
        "village/identity.html", stamp=stamp, conflict=conflict, labels=forms.IDENTITY_LABELS, **context
    )
    return make_response(page, status)


# --- words -----------------------------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/istilah")
@requires("village.settings")
def words() -> ResponseReturnValue:
    """What the village calls itself, its head, its secretary, its council and its areas."""
    return _words_page()


@blueprint.post("/pengaturan/istilah")
@requires("village.settings")
def save_words() -> ResponseReturnValue:
    """Check and write the words into the registry; every screen of the village speaks them with the next request."""
    checked = check(WordsSchema(), request.form)
    if not checked.is_valid:
        return _words_page(checked, status=422)
    try:
        services.change_words(Words(**checked.values), expected=request.form.get("stamp", ""))
    except ChangedMeanwhile as other:
        conflict = differences(forms.WORD_LABELS, other.present, checked.typed)
        return _words_page(checked, conflict, present=other.present, status=409)
    flash(str(SAVED), "success")
    return redirect(url_for("village.words"), 303)


def _words_page(
    checked: Checked | None = None,
    conflict: list[Difference] | None = None,
    present: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    tenant = current_tenant()
    stored = present or words_of(tenant)
    stamp = fingerprint(stored) if conflict is not None or checked is None else request.form.get("stamp", "")
    context = form_context(checked, stored)
    presets = forms.word_presets([*BY_REGENCY.values(), KELURAHAN], words_for(tenant.code))
    chosen = next((p for p in presets if p.key == request.args.get("contoh")), None)
    if chosen is not None and checked is None:
        context["values"] = {"term": chosen.words.term, **chosen.words.as_dict()}
    page = render_template(
        "village/words.html", stamp=stamp, conflict=conflict, presets=presets, chosen=chosen,
        labels=forms.WORD_LABELS, **context,
    )  # fmt: skip
    return make_response(page, status)


# --- look ------------------------------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/tampilan")
@requires("village.settings")
def look() -> ResponseReturnValue:
    """Logo, colour, letterhead."""
    return _look_page()


@blueprint.post("/pengaturan/tampilan")
@requires("village.settings")
def save_look() -> ResponseReturnValue:
    """Check and write the look with its two images."""
    checked = check(LookSchema(), request.form)
    if not checked.is_valid:
        return _look_page(checked, status=422)
    try:
        services.change_look(
            checked.values,
            logo=upload("logo"),
            letterhead=upload("letterhead"),
            expected=request.form.get("stamp", ""),
        )
        services.change_cover(upload("cover"), remove=checked.values["remove_cover"])
    except Invalid as wrong:
        return _look_page(checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile as other:
        theirs = forms.look_form(other.present)
        return _look_page(checked, differences(forms.LOOK_LABELS, theirs, checked.typed), status=409)
    flash(str(SAVED), "success")
    return redirect(url_for("village.look"), 303)


def _look_page(
    checked: Checked | None = None, conflict: list[Difference] | None = None, status: int = 200
) -> Response:
    profile = queries.profile()
    present = look_values(profile)
    stamp = fingerprint(present) if conflict is not None or checked is None else request.form.get("stamp", "")
    page = render_template(
        "village/look.html",
        stamp=stamp,
        conflict=conflict,
        accents=forms.ACCENT_NAMES,
        labels=forms.LOOK_LABELS,
        demands={
            "logo": LOGO_SHAPE.demand,
            "letterhead": LETTERHEAD_SHAPE.demand,
            "cover": COVER_SHAPE.demand,
        },
        cover_url=queries.photo_path(cover_id()),
        logo_url=profile.logo_file_id and file_path(profile.logo_file_id),
        letterhead_url=profile.letterhead_file_id and file_path(profile.letterhead_file_id),
        letterhead=forms.letterhead_lines(current_tenant(), profile),
        **form_context(checked, forms.look_form(present)),
    )
    return make_response(page, status)


@blueprint.get("/pengaturan/tampilan/contoh/<string(length=6):colour>.svg")
@requires("village.settings")
def colour_sample(colour: str) -> ResponseReturnValue:
    """A small picture of how a colour looks on light and dark pages."""
    try:
        drawing = sample_svg(f"#{colour.lower()}")
    except ValueError:
        abort(404)
    response = make_response(drawing)
    response.content_type = "image/svg+xml"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


# --- opening hours ---------------------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/jam-layanan")
@requires("village.settings")
def hours() -> ResponseReturnValue:
    """When the office is open."""
    return _hours_page()


@blueprint.post("/pengaturan/jam-layanan")
@requires("village.settings")
def save_hours() -> ResponseReturnValue:
    """Check and write the opening hours."""
    checked = check(HoursSchema(), request.form)
    if not checked.is_valid:
        return _hours_page(checked, status=422)
    try:
        services.change_hours(checked.values["hours"], expected=request.form.get("stamp", ""))
    except ChangedMeanwhile as other:
        theirs = forms.hours_form(other.present)
        return _hours_page(checked, differences(forms.hours_labels(), theirs, checked.typed), status=409)
    flash(str(SAVED), "success")
    return redirect(url_for("village.hours"), 303)


def _hours_page(
    checked: Checked | None = None, conflict: list[Difference] | None = None, status: int = 200
) -> Response:
    profile = queries.profile()
    present = dict(profile.opening_hours)
    stamp = fingerprint(present) if conflict is not None or checked is None else request.form.get("stamp", "")
    context: dict[str, Any] = form_context(checked, forms.hours_form(present))
    filled = sum(bool(context["values"].get(f"closed_{n}")) for n in range(CLOSED_DAYS))
    page = render_template(
        "village/hours.html",
        stamp=stamp,
        conflict=conflict,
        days=forms.weekdays(),
        labels=forms.hours_labels(),
        closed_rows=min(CLOSED_DAYS, filled + 3),
        are_checked=profile.are_hours_checked,
        **context,
    )
    return make_response(page, status)


# --- capabilities ----------------------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/fitur")
@requires("capabilities.manage")
def capabilities() -> ResponseReturnValue:
    """What the village uses, and what it does not."""
    off = switched_off(current_tenant())
    return render_template("village/capabilities.html", capabilities=optional_capabilities(), off=off)


@blueprint.post("/pengaturan/fitur")
@requires("capabilities.manage")
def save_capabilities() -> ResponseReturnValue:
    """Switch capabilities on and off."""
    services.switch_capabilities(request.form.getlist("on"))
    flash(str(SAVED), "success")
    return redirect(url_for("village.capabilities"), 303)
