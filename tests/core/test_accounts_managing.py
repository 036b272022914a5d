"""Who may let whom into a village, and which roles they may give: no way in that the village does not see."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.core.accounts.managing import lock_village
from app.core.accounts.models import Account, ApiToken, Membership, VillageRole
from app.core.audit.models import TenantAuditEntry
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import Person, make_account, signed_in

PEOPLE = "/pengaturan/akun"


def _roles(app: Flask, email: str) -> list[str]:
    query = select(Membership.role).join(Account, Account.id == Membership.account_id)
    with app.app_context(), platform_scope():
        return list(db.session.scalars(query.where(Account.email == email).order_by(Membership.role)))


def _membership(app: Flask, person: Person, village: Tenant) -> UUID:
    with app.app_context(), platform_scope():
        return db.session.scalars(
            select(Membership.id).where(
                Membership.account_id == person.account_id, Membership.tenant_id == village.id
            )
        ).one()


def _own_role(app: Flask, village: Tenant, *permissions: str) -> UUID:
    with app.app_context(), platform_scope():
        row = VillageRole(
            id=uuid7(), tenant_id=village.id, name=f"Peran {uuid7()}", permissions=list(permissions),
            created_at=now(),
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row.id


def _helper(app: Flask, village: Tenant) -> Person:
    """Somebody who manages accounts by a role that the village made, and holds little else."""
    role_id = _own_role(app, village, "accounts.manage", "village.view", "mentoring.ask")
    return signed_in(app, make_account(app, tenant=village, role="own", village_role_id=role_id), village)


# --- from above ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["province_admin", "regency_admin"])
def test_officers_let_nobody_into_a_village_that_manages_its_own_people(
    kind: str, app: Flask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person],
    unique: Callable[[], int],
) -> None:  # fmt: skip
    admin = officer(kind, "18" if kind == "province_admin" else village.regency_code)
    path, email = f"/desa/{village.id}/undang", f"orang.dalam{unique()}@contoh.test"
    form = admin.get(path).text
    staff(village)
    for address in (email, admin.email):
        sent = {"name": "Siti", "email": address, "role": "secretary", "title": ""}
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        admin.post(path, {**sent, "csrf_token": token})
    assert _roles(app, email) == []
    assert _roles(app, admin.email) == [kind]
    assert admin.get(path).status_code == 303
    page = admin.get(f"/desa/{village.id}").text
    assert "sudah punya pengelola akun" in page
    assert path not in page


def test_the_first_who_is_invited_manages_and_is_no_officer(
    app: Flask, village: Tenant, officer: Callable[..., Person], unique: Callable[[], int]
) -> None:
    admin, other = officer(), officer("mentor", village.district_code)
    path = f"/desa/{village.id}/undang"
    for address in (admin.email, other.email):
        refused = admin.submit(path, {"name": "Saya", "email": address, "role": "secretary", "title": ""})
        assert refused.status_code == 422
        assert "Pakai kunjungan bantuan" in refused.text
    email = f"pertama{unique()}@contoh.test"
    low = admin.submit(path, {"name": "Siti", "email": email, "role": "operator", "title": ""})
    assert low.status_code == 422
    assert 'value="operator"' not in low.text
    assert _roles(app, email) == []


def test_an_invitation_from_above_stands_in_the_villages_own_log(
    app: Flask, village: Tenant, officer: Callable[..., Person], unique: Callable[[], int]
) -> None:
    admin, email = officer(), f"pertama{unique()}@contoh.test"
    sent = {"name": "Siti Rahma", "email": email, "role": "secretary", "title": ""}
    assert admin.submit(f"/desa/{village.id}/undang", sent).status_code == 303
    with app.app_context(), tenant_scope(village):
        line = db.session.scalars(
            select(TenantAuditEntry).where(TenantAuditEntry.action == "member.invited")
        ).one()
    assert (line.actor_id, line.summary) == (admin.account_id, "Siti Rahma")


# --- inside a village ----------------------------------------------------------------------------------------------


def test_nobody_changes_the_own_role(app: Flask, village: Tenant, staff: Callable[..., Person]) -> None:
    helper, _boss = _helper(app, village), staff(village)
    path = f"{PEOPLE}/{_membership(app, helper, village)}"
    answer = helper.submit(path, {"role": "secretary", "title": ""}, form=f"{PEOPLE}/undang")
    assert answer.status_code == 422
    assert "diubah oleh pengelola akun yang lain" in answer.text
    assert _roles(app, helper.email) == ["own"]


def test_nobody_gives_what_they_do_not_hold(
    app: Flask, village: Tenant, staff: Callable[..., Person], unique: Callable[[], int]
) -> None:
    helper, clerk = _helper(app, village), staff(village, "treasurer")
    large = _own_role(app, village, "village.view", "audit.view")
    target = f"{PEOPLE}/{_membership(app, clerk, village)}"
    for role in ("secretary", "operator", "village_head", str(large)):
        email = f"tamu{unique()}@contoh.test"
        sent = {"name": "Tamu", "email": email, "role": role, "title": ""}
        assert helper.submit(f"{PEOPLE}/undang", sent).status_code == 422
        assert _roles(app, email) == []
        assert helper.submit(target, {"role": role, "title": ""}).status_code == 422
    assert _roles(app, clerk.email) == ["treasurer"]
    assert 'value="secretary"' not in helper.get(f"{PEOPLE}/undang").text
    assert helper.submit(target, {"role": "cadre", "title": "Kader"}).status_code == 303


def test_nobody_makes_a_role_of_more_than_they_hold(app: Flask, village: Tenant) -> None:
    helper = _helper(app, village)
    sent = {"name": "Lebih", "permissions": ["village.view", "village.settings"]}
    answer = helper.submit(f"{PEOPLE}/peran/baru", sent)
    assert answer.status_code == 422
    assert "yang tidak Anda miliki" in answer.text
    large = _own_role(app, village, "village.view", "audit.view")
    path = f"{PEOPLE}/peran/{large}"
    more = {"name": "Besar", "permissions": ["village.view", "audit.view", "village.settings"]}
    assert helper.submit(path, more).status_code == 422
    assert helper.submit(path, {**more, "permissions": ["village.view", "audit.view"]}).status_code == 303


def test_the_secretary_gives_every_shipped_role(
    app: Flask, village: Tenant, staff: Callable[..., Person], unique: Callable[[], int]
) -> None:
    boss = staff(village)
    for role in ("village_head", "secretary", "operator", "treasurer"):
        email = f"staf{unique()}@contoh.test"
        sent = {"name": "Staf", "email": email, "role": role, "title": ""}
        assert boss.submit(f"{PEOPLE}/undang", sent).status_code == 303
        assert _roles(app, email) == [role]


def test_tokens_of_a_village_end_with_the_work_there(
    app: Flask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    village, other = make_village(), make_village()
    boss, clerk = staff(village), staff(village, "operator")
    with app.app_context(), platform_scope():
        for number, place in enumerate((village, other)):
            db.session.add(
                ApiToken(
                    account_id=clerk.account_id, tenant_id=place.id, name="x", prefix="siger_x",
                    token_digest=f"{clerk.account_id}{number}".encode(), scopes=["village.view"],
                    expires_at=now().replace(year=2099),
                )
            )  # fmt: skip
        db.session.commit()
    boss.submit(f"{PEOPLE}/{_membership(app, clerk, village)}/keluarkan")
    with app.app_context(), platform_scope():
        query = select(ApiToken.tenant_id).where(ApiToken.account_id == clerk.account_id)
        assert db.session.scalars(query.where(ApiToken.ended_at.is_(None))).all() == [other.id]


def test_closing_an_officer_waits_for_changes_of_the_villages_managers(
    app: Flask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person]
) -> None:
    admin, boss = officer(), staff(village)
    both = officer("mentor", village.district_code)
    with app.app_context(), platform_scope():
        db.session.add(Membership(account_id=both.account_id, tenant_id=village.id, role="secretary"))
        db.session.commit()
    path = f"/akun-wilayah/{both.account_id}/nonaktifkan"
    token = admin.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]
    closing = threading.Thread(target=admin.post, args=(path, {"csrf_token": token}))
    with app.app_context(), platform_scope():
        lock_village(village.id)
        db.session.execute(delete(Membership).where(Membership.account_id == boss.account_id))
        closing.start()
        closing.join(0.7)
        waited = closing.is_alive()
        db.session.commit()
    closing.join(10)
    assert waited
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(Account.is_active).where(Account.id == both.account_id))
