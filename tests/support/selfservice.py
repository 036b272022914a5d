"""Residents with an account, and their phones."""

from __future__ import annotations

import uuid

from flask import Flask
from sqlalchemy import select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents.models import Household, Resident
from app.government.selfservice.accounts.pins import hash_pin
from app.government.selfservice.accounts.sessions import add_session
from app.government.selfservice.models import PortalAccount
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.visitors import Visitor

PIN = "258014"
"""The PIN of accounts made here; no birth date and no part of the NIKs of `tests.support.residents`."""


class Phone(Visitor):
    """A resident's phone that is signed in: `account_id` and `resident_id` say as whom."""

    account_id: uuid.UUID
    resident_id: uuid.UUID


def an_account(app: Flask, village: Tenant, resident_id: uuid.UUID, pin: str = PIN) -> uuid.UUID:
    """An active account of a resident, with this PIN; returns its id."""
    account_id = uuid7()
    with app.app_context(), tenant_scope(village):
        db.session.add(
            PortalAccount(
                id=account_id,
                resident_id=resident_id,
                state="active",
                pin_hash=hash_pin(account_id, pin),
                activated_at=now(),
            )
        )
        db.session.commit()
    return account_id


def a_phone(
    app: Flask, village: Tenant, resident_id: uuid.UUID, account_id: uuid.UUID | None = None
) -> Phone:
    """The phone of a resident, signed in without the sign-in page; an account is made unless one is given."""
    account_id = account_id or an_account(app, village, resident_id)
    with app.app_context(), tenant_scope(village):
        token = add_session(account_id, user_agent="Ponsel")
        db.session.commit()
    host = f"{village.slug}.{app.config['BASE_HOST']}"
    phone = Phone(app, host)
    phone.account_id, phone.resident_id = account_id, resident_id
    phone.client.set_cookie("siger_warga", token, domain=host)
    return phone


def numbers_of(app: Flask, village: Tenant, resident_id: uuid.UUID) -> dict[str, str]:
    """What a resident types to be known: `nik`, `kk`, `birth_date` (17-05-1980), as the register has them."""
    with app.app_context(), tenant_scope(village):
        vault = open_vault()
        resident = db.session.get_one(Resident, resident_id)
        numbers = {
            "nik": vault.open_json(resident.box, f"resident:{resident.id}").get("nik", ""),
            "birth_date": f"{resident.birth_date:%d-%m-%Y}" if resident.birth_date else "",
            "kk": "",
        }
        if resident.household_id:
            home = db.session.get_one(Household, resident.household_id)
            numbers["kk"] = vault.open_json(home.box, f"household:{home.id}").get("kk", "")
    return numbers


def account_row(app: Flask, village: Tenant, resident_id: uuid.UUID) -> PortalAccount:
    """The account of a resident as it stands now."""
    with app.app_context(), tenant_scope(village):
        row = db.session.scalars(select(PortalAccount).where(PortalAccount.resident_id == resident_id)).one()
        db.session.expunge(row)
        return row
