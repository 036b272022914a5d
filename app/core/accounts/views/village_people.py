"""A village's people and roles, under its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts import forms, members, queries
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.loading import OWN_ROLE
from app.core.accounts.managing import may_give
from app.core.accounts.places import role_label
from app.core.accounts.scoping import platform_rows
from app.core.accounts.views.own_account import present_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import permissions, requires, roles
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "village_people",
    __name__,
    audience="village",
    url_prefix="/pengaturan/akun",
    template_folder="../templates",
)


@blueprint.get("")
@requires("accounts.manage")
def index() -> str:
    """Everybody who works here."""
    tenant = current_tenant()
    with platform_rows():
        people = queries.members(tenant)
    rows = [
        {
            "name": person.name,
            "small": person.email,
            "url": url_for("village_people.person", membership_id=person.membership_id),
            "person": person,
        }
        for person in people
    ]
    return render_template("accounts/village/people.html", rows=rows)


@blueprint.get("/undang")
@requires("accounts.manage")
def invite() -> str:
    """A form for inviting somebody."""
    return _invite_form({}, {})


@blueprint.post("/undang")
@requires("accounts.manage")
def send_invitation() -> ResponseReturnValue:
    """Invite somebody."""
    values, errors = forms.read(forms.InviteMemberForm(), request.form)
    if not errors:
        errors = _done(
            lambda: members.invite_to_village(**values, tenant=current_tenant(), by=present_actor())
        )
    if errors:
        return _invite_form(request.form, errors), 422
    flash(_("Undangan untuk %(email)s dikirim.", email=values["email"]), "success")
    return redirect(url_for("village_people.index"), 303)


@blueprint.get("/<uuid:membership_id>")
@requires("accounts.manage")
def person(membership_id: UUID) -> str:
    """One person: role, title, what can be done."""
    return _person(membership_id, None, {})


@blueprint.post("/<uuid:membership_id>")
@requires("accounts.manage")
def change_person(membership_id: UUID) -> ResponseReturnValue:
    """Give somebody another role or title."""
    values, errors = forms.read(forms.MemberForm(), request.form)
    if not errors:
        errors = _done(
            lambda: members.change_membership(
                membership_id, **values, tenant=current_tenant(), by=present_actor()
            )
        )
    if errors:
        return _person(membership_id, request.form, errors), 422
    flash(_("Perubahan tersimpan dan langsung berlaku."), "success")
    return redirect(url_for("village_people.index"), 303)


@blueprint.post("/<uuid:membership_id>/undang-lagi")
@requires("accounts.manage")
def invite_again(membership_id: UUID) -> ResponseReturnValue:
    """Send an invitation once more."""
    errors = _done(
        lambda: members.resend_invitation(membership_id, tenant=current_tenant(), by=present_actor())
    )
    _say(errors, _("Undangan dikirim lagi; tautan yang lama tidak berlaku."))
    return redirect(url_for("village_people.person", membership_id=membership_id), 303)


@blueprint.post("/<uuid:membership_id>/lepas-verifikasi")
@requires("accounts.manage")
def reset_second_factor(membership_id: UUID) -> ResponseReturnValue:
    """Take the second factor off an account whose owner lost it."""
    errors = _done(
        lambda: members.reset_second_factor(membership_id, tenant=current_tenant(), by=present_actor())
    )
    _say(errors, _("Verifikasi dua langkah dilepas; orangnya perlu mengaktifkan lagi."))
    return redirect(url_for("village_people.person", membership_id=membership_id), 303)


@blueprint.get("/<uuid:membership_id>/keluarkan")
@requires("accounts.manage")
def ask_to_remove(membership_id: UUID) -> str:
    """Ask before somebody is taken out."""
    return render_template("accounts/village/remove.html", person=_member(membership_id))


@blueprint.post("/<uuid:membership_id>/keluarkan")
@requires("accounts.manage")
def remove_person(membership_id: UUID) -> ResponseReturnValue:
    """Take somebody out of the village."""
    errors = _done(
        lambda: members.remove_membership(membership_id, tenant=current_tenant(), by=present_actor())
    )
    _say(errors, _("Orang itu tidak lagi bekerja di sini; akunnya tetap ada."))
    return redirect(url_for("village_people.index"), 303)


# --- the village's own roles ---------------------------------------------------------------------------------------


@blueprint.get("/peran", endpoint="roles")
@requires("accounts.manage")
def show_roles() -> str:
    """Shipped roles and the village's own."""
    tenant = current_tenant()
    shipped = [
        (role_label(r.code, tenant), [_label(code) for code in sorted(r.permissions)])
        for r in roles("village")
    ]
    with platform_rows():
        own = queries.own_roles(tenant.id)
    shown = [(r, [_label(code) for code in r.permissions]) for r in own]
    return render_template("accounts/village/roles.html", shipped=shipped, own=shown)


@blueprint.get("/peran/baru")
@requires("accounts.manage")
def new_role() -> str:
    """A form for a role of the village's own."""
    return _role_form(None, {"name": ""}, ["village.view"], {})


@blueprint.post("/peran/baru")
@requires("accounts.manage")
def make_role() -> ResponseReturnValue:
    """Make a role."""
    return _save_role(None)


@blueprint.get("/peran/<uuid:role_id>")
@requires("accounts.manage")
def role(role_id: UUID) -> str:
    """One of the village's own roles."""
    own = _own_role(role_id)
    return _role_form(own, {"name": own.name}, list(own.permissions), {})


@blueprint.post("/peran/<uuid:role_id>")
@requires("accounts.manage")
def change_role(role_id: UUID) -> ResponseReturnValue:
    """Change a role; it holds for everybody with their next request."""
    return _save_role(role_id)


@blueprint.post("/peran/<uuid:role_id>/hapus")
@requires("accounts.manage")
def delete_role(role_id: UUID) -> ResponseReturnValue:
    """Delete a role that nobody holds."""
    errors = _done(lambda: members.delete_village_role(role_id, tenant=current_tenant(), by=present_actor()))
    _say(errors, _("Peran dihapus."))
    return redirect(url_for("village_people.roles"), 303)


def role_options(held: str = "") -> list[Any]:
    """The roles that may be given here, shipped ones first, for a select; `held` is offered too."""
    tenant, actor = current_tenant(), present_actor()
    shipped = [
        (r.code, role_label(r.code, tenant))
        for r in roles("village")
        if (r.code != "council" or tenant.word("council"))
        and (r.code == held or may_give(actor, r.code, r.permissions))
    ]
    with platform_rows():
        own = [
            (str(r.id), r.name)
            for r in queries.own_roles(tenant.id)
            if str(r.id) == held or may_give(actor, OWN_ROLE, frozenset(r.permissions))
        ]
    if not own:
        return shipped
    return [
        {"label": _("Peran bawaan"), "options": shipped},
        {"label": _("Peran buatan sendiri"), "options": own},
    ]


def _done(deed: Callable[[], object]) -> dict[str, str]:
    """Do it; what is refused comes back as sentences by field. Not allowed is a 403 page."""
    try:
        deed()
    except NotAllowed:
        abort(403)
    except Refused as refused:
        return {refused.field or "role": str(refused)}
    return {}


def _say(errors: dict[str, str], success: str) -> None:
    if errors:
        flash(" ".join(errors.values()), "error")
    else:
        flash(success, "success")


def _label(code: str) -> str:
    found = {p.code: str(p.label) for p in permissions("village")}
    return found.get(code, code)


def _invite_form(typed: Any, errors: dict[str, str]) -> str:
    return render_template("accounts/village/invite.html", typed=typed, errors=errors, roles=role_options())


def _person(membership_id: UUID, typed: Any, errors: dict[str, str]) -> str:
    found = _member(membership_id)
    typed = {"role": found.role, "title": found.title} if typed is None else typed
    return render_template(
        "accounts/village/person.html",
        person=found,
        typed=typed,
        errors=errors,
        roles=role_options(found.role),
    )


def _member(membership_id: UUID) -> queries.Member:
    tenant = current_tenant()
    with platform_rows():
        found = queries.member(membership_id, tenant)
    return found or abort(404)


def _own_role(role_id: UUID) -> queries.OwnRole:
    tenant = current_tenant()
    with platform_rows():
        found = next((r for r in queries.own_roles(tenant.id) if r.id == role_id), None)
    return found or abort(404)


def _save_role(role_id: UUID | None) -> ResponseReturnValue:
    own = _own_role(role_id) if role_id else None
    values, errors = forms.read(forms.RoleForm(), request.form)
    if not errors:
        errors = _done(
            lambda: members.define_village_role(
                **values, role_id=role_id, tenant=current_tenant(), by=present_actor()
            )
        )
    if errors:
        return _role_form(own, request.form, request.form.getlist("permissions"), errors), 422
    flash(_("Peran tersimpan dan langsung berlaku."), "success")
    return redirect(url_for("village_people.roles"), 303)


def _role_form(own: queries.OwnRole | None, typed: Any, chosen: list[str], errors: dict[str, str]) -> str:
    actor, held = present_actor(), own.permissions if own else ()
    options = [(p.code, str(p.label)) for p in permissions("village") if actor.may(p.code) or p.code in held]
    return render_template(
        "accounts/village/role.html", role=own, typed=typed, chosen=chosen, errors=errors, options=options
    )
