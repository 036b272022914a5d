"""The province invites the first who manages a village's accounts: without it a new village would have nobody."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts import forms, managing
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.members import invite_to_village
from app.core.accounts.places import role_label
from app.core.actors import acting
from app.core.permissions import requires, roles
from app.province import services
from app.province.views import own_village, pages
from tenants.models import SERVED_STATES
from tenants.registry import as_tenant
from tenants.scope import Tenant

USUAL_ROLE = "secretary"


@pages.route("/desa/<uuid:village_id>/undang", methods=["GET", "POST"])
@requires("region_accounts.manage")
def invite(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whom, then give them a role in the village and send them a letter."""
    row = own_village(village_id)
    name = services.full_name(row)
    if row.state not in SERVED_STATES:
        flash(_("%(village)s tidak sedang melayani.", village=name), "warning")
        return redirect(url_for("province.village", village_id=row.id), 303)
    if managing.managers_of(row.id):
        flash(managing.has_a_manager(name), "warning")
        return redirect(url_for("province.village", village_id=row.id), 303)
    tenant = as_tenant(row)
    errors: dict[str, str] = {}
    if request.method == "POST":
        values, errors = forms.read(forms.InviteMemberForm(), request.form)
        if not errors:
            errors = _invite(values, tenant)
        if not errors:
            flash(_("Undangan untuk %(email)s dikirim.", email=values["email"]), "success")
            return redirect(url_for("province.village", village_id=village_id), 303)
    page = render_template(
        "province/invite.html",
        village_id=village_id,
        name=name,
        typed=request.form,
        errors=errors,
        roles=role_options(tenant),
        usual=USUAL_ROLE,
    )
    return page, 422 if errors else 200


def role_options(tenant: Tenant) -> list[tuple[str, str]]:
    """The shipped roles that manage a village's accounts, in the village's own words; it invites all others itself."""
    return [
        (role.code, role_label(role.code, tenant))
        for role in roles("village")
        if managing.MANAGE in role.permissions
    ]


def _invite(values: dict[str, str], tenant: Tenant) -> dict[str, str]:
    try:
        invite_to_village(**values, tenant=tenant, by=acting())
    except NotAllowed:
        abort(403)
    except Refused as refused:
        return {refused.field or "role": str(refused)}
    return {}
