"""People with accounts: made by the product's own services, signed in without the sign-in page."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, select

from app.core.accounts.models import Account, Membership
from app.core.accounts.passwords import hash_password
from app.core.accounts.sessions import open_session
from app.core.mail import Letter, RecordingMailer
from app.core.security import session_cookie_name
from app.extensions import db
from tenants.jobs import run_job
from tenants.models import OutboxEntry, now
from tenants.scope import Tenant, platform_scope
from tests.support.visitors import Visitor

PASSWORD = "damar-jukung-serai"
"""The password of every account made here."""

_numbers = itertools.count(1)


class Person(Visitor):
    """A browser that is signed in: `account_id`, `email` and `name` say as whom."""

    account_id: UUID
    email: str
    name: str


def make_account(
    app: Flask,
    *,
    tenant: Tenant | None = None,
    role: str | None = None,
    region: str | None = None,
    village_role_id: UUID | None = None,
    **columns: Any,
) -> Account:
    """An account with `PASSWORD`, and a role in a village (`tenant`) or a region (`region`) when one is named."""
    number = next(_numbers)
    values = {
        "email": f"orang{number}@contoh.test",
        "name": f"Orang {number}",
        "password_hash": _password_hash(),
        **columns,
    }
    with app.app_context(), platform_scope():
        account = Account(**values)
        db.session.add(account)
        db.session.flush()
        if role is not None:
            place = {"tenant_id": tenant.id} if tenant else {"region_code": region}
            db.session.add(
                Membership(account_id=account.id, role=role, village_role_id=village_role_id, **place)
            )
        db.session.commit()
        return account


def signed_in(app: Flask, account: Account, tenant: Tenant | None, **details: Any) -> Person:
    """A browser of this account at a village's host, or at the province's."""
    host = f"{tenant.slug}.{app.config['BASE_HOST']}" if tenant else str(app.config["BASE_HOST"])
    if account.totp_confirmed_at is not None:
        details.setdefault("second_factor_at", now())
    with app.app_context():
        token = open_session(account.id, host, tenant.id if tenant else None, **details)
    person = Person(app, host)
    person.account_id, person.email, person.name = account.id, account.email, account.name
    person.client.set_cookie(session_cookie_name(False), token, domain=host)
    return person


def staff_member(app: Flask, village: Tenant, role: str = "secretary", **columns: Any) -> Person:
    """Somebody who works in a village, signed in on its host."""
    return signed_in(app, make_account(app, tenant=village, role=role, **columns), village)


def officer_of(app: Flask, role: str = "province_admin", region: str = "18", **columns: Any) -> Person:
    """An officer above the villages, signed in on the province's host; province admins have a second factor."""
    if role == "province_admin":
        columns.setdefault("totp_confirmed_at", now())
    return signed_in(app, make_account(app, role=role, region=region, **columns), None)


def deliver_letters(app: Flask) -> list[Letter]:
    """Run the waiting mail jobs as the worker would, and return the letters that went out."""
    office = RecordingMailer()
    app.extensions["mailer"] = office
    with app.app_context():
        with platform_scope():
            mine = (OutboxEntry.kind == "job") & (OutboxEntry.payload["name"].as_string() == "mail.send")
            waiting = [
                row.payload
                for row in db.session.scalars(select(OutboxEntry).where(mine).order_by(OutboxEntry.id))
            ]
            db.session.execute(delete(OutboxEntry).where(mine))
            db.session.commit()
        for payload in waiting:
            run_job("mail.send", None, payload["arguments"])
    return office.letters


def link_in(letter: Letter) -> str:
    """The path (with its query) of the link in a letter."""
    address = next(word for word in letter.text.split() if word.startswith("http"))
    return "/" + address.split("/", 3)[3]


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return hash_password(PASSWORD)
