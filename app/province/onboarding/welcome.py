"""The first account of a new village: who applied manages its accounts and finds the way to setting up."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from app.core.accounts.errors import Refused
from app.core.accounts.members import account_of, invite_to_village
from app.core.accounts.models import Account, Membership
from app.core.accounts.scoping import platform_rows
from app.core.forms import canonical_email
from app.extensions import db
from tenants.registry import as_tenant, tenant_row

FIRST_ROLE = "secretary"
"""The only shipped role that manages accounts, so the first person has it, head or not; roles are changed later."""

SETTING_UP = "/persiapan"
"""The page of the village's host on which setting up begins."""


def welcome(
    tenant_id: UUID,
    *,
    name: str,
    email: str,
    phone: str,
    title: str,
    by: str,
    office: str = "",
    locale: str = "id",
) -> bool:
    """Make a provisioned village's first account and send its invitation; return whether it was made now.

    Args:
        tenant_id: the village, which has its schema and its final address: the letter's link leads there.
        name, email, phone: whom; `phone` in the form +628…, or empty.
        title: the office as the village calls it.
        by, office: who is named in the letter as the one who invites, and the region of their office.
        locale: the language of letter and account, where the person has no account yet.

    Whoever works in the village already is not invited again, so it may be repeated. Runs in a platform scope (or
    outside of any), commits. Raises UnknownTenant, NotProvisioned.
    """
    with platform_rows():
        if _works_there(tenant_id, email):
            return False
        tenant = as_tenant(tenant_row(tenant_id))
        account = account_of(email, name, locale=locale)
        if phone:
            stranger = Account.password_hash.is_(None), Account.phone.is_(None)
            db.session.execute(update(Account).where(Account.id == account.id, *stranger).values(phone=phone))
        try:
            invite_to_village(
                email=email,
                name=name,
                role=FIRST_ROLE,
                tenant=tenant,
                title=title,
                by=None,
                invited_by=by,
                office=office,
                then=SETTING_UP,
            )
        except Refused:
            # Another worker was faster between the look and the lock; whatever else is refused stays an error.
            if not _works_there(tenant_id, email):
                raise
            return False
        return True


def _works_there(tenant_id: UUID, email: str) -> bool:
    query = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(Account.email == canonical_email(email), Membership.tenant_id == tenant_id)
    )
    return db.session.scalar(query) is not None
