"""Officers of the province and its regions. Whom one sees and manages follows from one's own account's region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts import forms, queries
from app.core.accounts import officers as services
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.places import level_of
from app.core.accounts.scoping import platform_rows
from app.core.accounts.views.own_account import present_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires

blueprint = AudienceBlueprint(
    "officers", __name__, audience="province", url_prefix="/akun-wilayah", template_folder="../templates"
)

MOST_PAGES = 10_000


@blueprint.get("")
@requires("region_accounts.manage")
def index() -> str:
    """The officers of one's own region."""
    actor = present_actor()
    words = request.args.get("cari", "").replace("\x00", "").strip()[:100]
    role = request.args.get("peran", "")
    closed = request.args.get("keadaan") == "nonaktif"
    number = min(MOST_PAGES, max(1, request.args.get("halaman", 1, type=int)))
    found, total = queries.officers(
        actor.region_code or "-", words=words, role_code=role, closed=closed, page=number
    )
    kept = {k: v for k, v in request.args.items() if v and k != "halaman"}
    return render_template(
        "accounts/officers/index.html",
        rows=[
            {
                "name": person.name,
                "small": person.email,
                "url": url_for("officers.person", account_id=person.account_id),
                "person": person,
            }
            for person in found
        ],
        total=total,
        number=number,
        pages=max(1, -(-total // queries.PAGE)),
        page_url=lambda n: url_for("officers.index", **{**kept, "halaman": n}),
        words=words,
        role=role,
        closed=closed,
        roles=_role_options(),
    )


@blueprint.get("/undang")
@requires("region_accounts.manage")
def invite() -> str:
    """A form for inviting an officer."""
    return _invite_form({}, {})


@blueprint.post("/undang")
@requires("region_accounts.manage")
def send_invitation() -> ResponseReturnValue:
    """Invite an officer."""
    values, errors = forms.read(forms.InviteOfficerForm(), request.form)
    if not errors:
        errors = _done(lambda: services.invite_officer(**values, by=present_actor()))
    if errors:
        return _invite_form(request.form, errors), 422
    flash(_("Undangan untuk %(email)s dikirim.", email=values["email"]), "success")
    return redirect(url_for("officers.index"), 303)


@blueprint.get("/<uuid:account_id>")
@requires("region_accounts.manage")
def person(account_id: UUID) -> str:
    """One officer."""
    return _person(account_id, None, {})


@blueprint.post("/<uuid:account_id>")
@requires("region_accounts.manage")
def change_person(account_id: UUID) -> ResponseReturnValue:
    """Give an officer another role or region."""
    values, errors = forms.read(forms.OfficerForm(), request.form)
    if not errors:
        errors = _done(lambda: services.change_officer(account_id, **values, by=present_actor()))
    if errors:
        return _person(account_id, request.form, errors), 422
    flash(_("Perubahan tersimpan dan langsung berlaku."), "success")
    return redirect(url_for("officers.index"), 303)


@blueprint.get("/<uuid:account_id>/nonaktifkan")
@requires("region_accounts.manage")
def ask_to_deactivate(account_id: UUID) -> str:
    """Ask before an account is closed."""
    return render_template("accounts/officers/deactivate.html", person=_visible(account_id))


@blueprint.post("/<uuid:account_id>/nonaktifkan")
@requires("region_accounts.manage")
def deactivate(account_id: UUID) -> ResponseReturnValue:
    """Close an officer's account."""
    errors = _done(lambda: services.deactivate_officer(account_id, by=present_actor()))
    return _back(account_id, errors, _("Akun dinonaktifkan; semua perangkatnya dikeluarkan."))


@blueprint.post("/<uuid:account_id>/aktifkan")
@requires("region_accounts.manage")
def reactivate(account_id: UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    errors = _done(lambda: services.reactivate_officer(account_id, by=present_actor()))
    return _back(account_id, errors, _("Akun aktif lagi."))


@blueprint.post("/<uuid:account_id>/undang-lagi")
@requires("region_accounts.manage")
def invite_again(account_id: UUID) -> ResponseReturnValue:
    """Send an invitation once more."""
    errors = _done(lambda: services.resend_officer_invitation(account_id, by=present_actor()))
    return _back(account_id, errors, _("Undangan dikirim lagi; tautan yang lama tidak berlaku."))


@blueprint.post("/<uuid:account_id>/lepas-verifikasi")
@requires("region_accounts.manage")
def reset_second_factor(account_id: UUID) -> ResponseReturnValue:
    """Take the second factor off an account whose owner lost it."""
    errors = _done(lambda: services.reset_second_factor(account_id, by=present_actor()))
    return _back(account_id, errors, _("Verifikasi dua langkah dilepas; orangnya perlu mengaktifkan lagi."))


def _done(deed: Callable[[], object]) -> dict[str, str]:
    try:
        deed()
    except NotAllowed as refused:
        if not refused.field:
            abort(403)
        return {refused.field: str(refused)}
    except Refused as refused:
        return {refused.field or "role": str(refused)}
    return {}


def _back(account_id: UUID, errors: dict[str, str], success: str) -> ResponseReturnValue:
    flash(" ".join(errors.values()) or success, "error" if errors else "success")
    return redirect(url_for("officers.person", account_id=account_id), 303)


def _visible(account_id: UUID) -> queries.Officer:
    """An officer within one's own region, else a 404; whether they may be changed is asked by the services."""
    with platform_rows():
        found = queries.officer(account_id)
    actor = present_actor()
    if found is None or not services.in_region_of(found.region_code, actor):
        abort(404)
    return found


def _role_options() -> list[tuple[str, str]]:
    return [(r.code, str(r.label)) for r in services.roles_to_give(present_actor())]


def _region_options() -> list[Any]:
    """The own region and all below it, kecamatan grouped by kabupaten."""
    with platform_rows():
        regions = queries.regions_within(present_actor().region_code or "-")
    names = {code: name for code, name, _level in regions}
    plain = [(code, name) for code, name, level in regions if level < 3]
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name, level in regions:
        if level == 3:
            groups.setdefault(names.get(code[:5], code[:5]), []).append((code, name))
    return [("", _("Pilih wilayah")), *plain, *({"label": k, "options": v} for k, v in groups.items())]


def _invite_form(typed: Any, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/officers/invite.html",
        typed=typed,
        errors=errors,
        roles=_role_options(),
        regions=_region_options(),
    )


def _person(account_id: UUID, typed: Any, errors: dict[str, str]) -> str:
    found = _visible(account_id)
    actor = present_actor()
    typed = {"role": found.role, "region_code": found.region_code} if typed is None else typed
    return render_template(
        "accounts/officers/person.html",
        person=found,
        typed=typed,
        errors=errors,
        roles=_role_options(),
        regions=_region_options(),
        manageable=services.manageable(found.role, found.region_code, actor),
        is_self=found.account_id == actor.account_id,
        at_the_top=level_of(actor.region_code or "") == 1,
    )
