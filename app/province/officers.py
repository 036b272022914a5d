"""The offices above a village, and who of them took up their work."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.permissions import roles
from app.extensions import db
from app.province.regions import DISTRICT, PROVINCE, REGENCY
from tenants.models import TenantRow


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works at an office; `region_code` is the office's."""

    account_id: uuid.UUID
    name: str
    email: str
    region_code: str


def offices_of(row: TenantRow) -> dict[int, str]:
    """The offices above a village by their level: 1 province, 2 kabupaten/kota, 3 kecamatan."""
    return {PROVINCE: row.code[:2], REGENCY: row.regency_code, DISTRICT: row.district_code}


def officers_at(region_codes: Collection[str], permission: str) -> dict[str, list[Officer]]:
    """Who may do something at these offices, by office (one select): those who took up their work. Offices of nobody
    lack."""
    able = [one.code for one in roles("province") if permission in one.permissions]
    query = (
        select(Account.id, Account.name, Account.email, Membership.region_code)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.region_code.in_(region_codes),
            Membership.role.in_(able),
            Membership.invited_name.is_(None),
            Account.is_active,
            Account.password_hash.is_not(None),
        )
        .order_by(Membership.id)
    )
    found: dict[str, list[Officer]] = {}
    for account_id, name, email, code in db.session.execute(query):
        assert code is not None
        found.setdefault(code, []).append(Officer(account_id, name, email, code))
    return found
