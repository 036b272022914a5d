"""Residents and households of throwaway villages, entered by the register's own services."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from flask import Flask

from app.core.accounts.models import VillageRole
from app.extensions import db
from app.government.residents.register import services
from app.government.residents.register.services import Acceptance
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import people

_numbers = itertools.count(1)
ACCEPTED = Acceptance("sudah diperiksa")


def a_nik(birth_date: dt.date = dt.date(1980, 5, 17), sex: int = 1, district: str = "180620") -> str:
    """A NIK that nobody else has in this process, of this birth date and sex."""
    day = birth_date.day + (40 if sex == 2 else 0)
    return f"{district}{day:02d}{birth_date:%m%y}{next(_numbers) % 9999 + 1:04d}"


def a_kk() -> str:
    """A family card's number that nobody else has in this process."""
    return f"180620{dt.date(2015, 3, 2):%d%m%y}{next(_numbers) % 9999 + 1:04d}"


def a_household(app: Flask, village: Tenant, **values: Any) -> uuid.UUID:
    """A household without members; `values` are fields of HouseholdSchema, `happened_on` the day it counts from."""
    day = values.pop("happened_on", None)
    with app.app_context(), tenant_scope(village):
        return services.add_household({"kk": a_kk(), "address": "Jalan Damar", **values}, happened_on=day).id


def a_resident(app: Flask, village: Tenant, **values: Any) -> uuid.UUID:
    """A living resident with a NIK that fits; `values` are fields of ResidentSchema, by code and date.

    `happened_on` is the day they count from, `kind` the ledger's kind of entry. Warnings are accepted.
    """
    day, kind = values.pop("happened_on", None), values.pop("kind", "opening")
    number = next(_numbers)
    wanted: dict[str, Any] = {
        "name": f"WARGA {number}",
        "sex": 1,
        "birth_date": dt.date(1980, 1, 1) + dt.timedelta(days=number % 9000),
        **values,
    }
    wanted.setdefault("nik", a_nik(wanted["birth_date"] or dt.date(1980, 1, 1), wanted["sex"]))
    with app.app_context(), tenant_scope(village):
        return services.add_resident(wanted, kind=kind, happened_on=day, acceptance=ACCEPTED).id


def a_family(app: Flask, village: Tenant, **values: Any) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A household with husband, wife and a child: its id and theirs, the head first."""
    household = a_household(app, village, **values)
    common = {"household_id": household, "sub_area_id": values.get("sub_area_id"), "marital_status": 2}
    if "happened_on" in values:
        common["happened_on"] = values["happened_on"]
    head = a_resident(app, village, **common, relation=1, birth_date=dt.date(1980, 5, 17))
    wife = a_resident(app, village, **common, relation=3, sex=2, birth_date=dt.date(1983, 2, 9))
    child = {**common, "marital_status": 1}
    return household, [
        head,
        wife,
        a_resident(app, village, **child, relation=4, birth_date=dt.date(2012, 8, 30)),
    ]


def a_clerk(app: Flask, village: Tenant, *permissions: str) -> people.Person:
    """Somebody signed in there who holds just these permissions, by a role that the village made."""
    with app.app_context(), platform_scope():
        role = VillageRole(
            id=uuid7(),
            tenant_id=village.id,
            name=f"Peran {next(_numbers)}",
            permissions=list(permissions),
            created_at=now(),
        )
        db.session.add(role)
        db.session.commit()
        role_id = role.id
    account = people.make_account(app, tenant=village, role="own", village_role_id=role_id)
    return people.signed_in(app, account, village)
