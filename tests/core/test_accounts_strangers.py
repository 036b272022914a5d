"""What a place learns of accounts that are not its own: nothing before they come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.audit.models import PlatformAuditEntry
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import PASSWORD, Person, make_account, signed_in
from tests.support.visitors import Visitor

PEOPLE = "/pengaturan/akun"


@pytest.fixture
def two(make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    """Two villages."""
    return make_village(), make_village()


def _foreign(app: Flask, village: Tenant, role: str = "operator") -> Account:
    account = make_account(app, tenant=village, role=role, name="Nama Rahasia", totp_confirmed_at=now())
    with app.app_context(), platform_scope():
        db.session.execute(update(Account).where(Account.id == account.id).values(last_sign_in_at=now()))
        db.session.commit()
    return account


def _membership(app: Flask, account: Account, village: Tenant) -> str:
    with app.app_context(), platform_scope():
        mine = (Membership.account_id == account.id) & (Membership.tenant_id == village.id)
        return str(db.session.scalar(select(Membership.id).where(mine)))


def test_a_village_learns_nothing_of_an_account_until_its_owner_comes(
    app: Flask, two: tuple[Tenant, Tenant], staff: Callable[..., Person]
) -> None:
    boss, account = staff(two[0]), _foreign(app, two[1], "secretary")
    sent = {"name": "Budi", "email": account.email, "role": "operator", "title": ""}
    assert boss.submit(f"{PEOPLE}/undang", sent).status_code == 303
    person = f"{PEOPLE}/{_membership(app, account, two[0])}"
    assert boss.submit(f"{person}/lepas-verifikasi", form=PEOPLE).status_code == 303
    assert "Undangan belum diterima" in boss.get(PEOPLE).text
    assert boss.submit(f"{person}/undang-lagi", form=person).status_code == 303
    for path in (PEOPLE, person, "/pengaturan/audit"):
        answer = boss.get(path)
        assert answer.status_code == 200
        assert "Nama Rahasia" not in answer.text
    page = boss.get(person).text
    assert "Budi" in page
    assert "Diundang, belum masuk" in page
    assert "Lepas verifikasi" not in page
    assert "Belum aktif" in page

    owner = signed_in(app, account, two[1])
    ticket = owner.submit("/akun/pindah", {"place": str(two[0].id)}, form="/akun/tempat").location
    Visitor(app, f"{two[0].slug}.localhost").get("/masuk/tiket" + ticket.split("/masuk/tiket")[1])
    page = boss.get(person).text
    assert "Nama Rahasia" in page
    assert "Lepas verifikasi" in page


def test_signing_in_accepts_an_invitation(
    app: Flask, two: tuple[Tenant, Tenant], staff: Callable[..., Person]
) -> None:
    boss = staff(two[0])
    account = make_account(app, tenant=two[1], role="operator", name="Nama Rahasia")
    boss.submit(f"{PEOPLE}/undang", {"name": "Budi", "email": account.email, "role": "operator", "title": ""})
    assert "Nama Rahasia" not in boss.get(PEOPLE).text
    there = Visitor(app, f"{two[0].slug}.localhost")
    assert there.submit("/masuk", {"email": account.email, "password": PASSWORD}).status_code == 303
    assert "Nama Rahasia" in boss.get(PEOPLE).text


def test_somebody_who_never_came_is_no_manager_to_rely_on(
    app: Flask, two: tuple[Tenant, Tenant], staff: Callable[..., Person]
) -> None:
    boss, account = staff(two[0]), _foreign(app, two[1])
    boss.submit(
        f"{PEOPLE}/undang", {"name": "Budi", "email": account.email, "role": "secretary", "title": ""}
    )
    with app.app_context(), platform_scope():
        mine = Membership.account_id == boss.account_id
        own = db.session.scalar(select(Membership.id).where(mine))
    boss.submit(f"{PEOPLE}/{own}/keluarkan")
    assert "Orang terakhir" in boss.get(PEOPLE).text


def test_a_region_learns_nothing_of_an_account_until_its_owner_comes(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    boss, account = officer("regency_admin", village.regency_code), _foreign(app, village)
    sent = {"name": "Budi", "email": account.email, "role": "mentor", "region_code": village.district_code}
    assert boss.submit("/akun-wilayah/undang", sent).status_code == 303
    for path in ("/akun-wilayah", f"/akun-wilayah/{account.id}", "/akun-wilayah?cari=rahasia"):
        page = boss.get(path).text
        assert "Nama Rahasia" not in page
        assert "Lepas verifikasi" not in page
    assert account.email not in page
    assert "Budi" in boss.get("/akun-wilayah").text


@pytest.mark.parametrize("who", ["nobody", "elsewhere", "invited", "here"])
def test_a_refused_try_names_people_of_this_place_alone(
    who: str, app: Flask, two: tuple[Tenant, Tenant], staff: Callable[..., Person]
) -> None:
    boss = staff(two[0])
    account = _foreign(app, two[0] if who == "here" else two[1])
    email = "siapa.pun@contoh.test" if who == "nobody" else account.email
    if who == "invited":
        boss.submit(f"{PEOPLE}/undang", {"name": "Budi", "email": email, "role": "operator", "title": ""})
    Visitor(app, f"{two[0].slug}.localhost").submit("/masuk", {"email": email, "password": "salah sekali"})
    with app.app_context(), platform_scope():
        line = db.session.scalars(
            select(PlatformAuditEntry).where(
                PlatformAuditEntry.tenant_id == two[0].id, PlatformAuditEntry.action == "session.refused"
            )
        ).one()
    if who == "here":
        assert (line.summary, line.object_id) == ("Nama Rahasia", str(account.id))
    else:
        assert (line.summary, line.object_id) == (f"{email[0]}***@contoh.test", "")
