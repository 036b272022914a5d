"""The province invites the first people of a village; its own region's villages only."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.scope import Tenant, platform_scope
from tests.support.people import PASSWORD, Person
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


def roles_of(app: SigerFlask, email: str) -> list[tuple[str, object]]:
    """Role and village of everything that an account holds."""
    query = select(Membership.role, Membership.tenant_id).join(Account, Account.id == Membership.account_id)
    with app.app_context(), platform_scope():
        return [(row[0], row[1]) for row in db.session.execute(query.where(Account.email == email))]


def test_an_admin_gives_a_village_its_first_secretary(
    app: SigerFlask, village: Tenant, officer: Officer, unique: Callable[[], int]
) -> None:
    admin, email = officer("province_admin", "18"), f"pertama{unique()}@desa.test"
    page = f"/desa/{village.id}"
    assert f'href="{page}/undang"' in admin.get(page).text
    typed = {"name": "Siti Rahma", "email": email, "role": "secretary", "title": ""}
    assert admin.submit(f"{page}/undang", typed).status_code == 303
    assert roles_of(app, email) == [("secretary", village.id)]
    assert "Siti Rahma" in admin.get(page).text
    again = admin.submit(f"{page}/undang", typed)
    assert again.status_code == 422
    assert "sudah terdaftar" in again.text


def test_what_was_typed_stays_and_provincial_roles_are_not_given_here(
    village: Tenant, officer: Officer
) -> None:
    admin = officer("province_admin", "18")
    answer = admin.submit(
        f"/desa/{village.id}/undang", {"name": "Siti Rahma", "email": "bukan alamat", "role": "secretary"}
    )
    assert answer.status_code == 422
    assert 'value="Siti Rahma"' in answer.text
    answer = admin.submit(
        f"/desa/{village.id}/undang", {"name": "Siti", "email": "siti@desa.test", "role": "province_admin"}
    )
    assert answer.status_code == 422


def test_other_regions_and_those_who_only_look_invite_nobody(village: Tenant, officer: Officer) -> None:
    elsewhere = "18.01" if not village.code.startswith("18.01") else "18.02"
    assert officer("regency_admin", elsewhere).get(f"/desa/{village.id}/undang").status_code == 404
    analyst = officer("province_analyst", "18")
    assert analyst.get(f"/desa/{village.id}/undang").status_code == 403
    assert "/undang" not in analyst.get(f"/desa/{village.id}").text


def test_addresses_and_sign_ins_of_a_villages_staff_are_for_those_who_look_after_accounts(
    village: Tenant, officer: Officer, staff: Callable[..., Person], visit: Callable[[str], Visitor]
) -> None:
    clerk = staff(village)
    visit(f"{village.slug}.localhost").submit("/masuk", {"email": clerk.email, "password": PASSWORD})
    page = f"/desa/{village.id}"
    told = officer("province_admin", "18").get(page).text
    assert clerk.email in told
    assert "Masuk" in told.split("Riwayat")[1]
    for role, region in (("mentor", village.district_code), ("province_analyst", "18")):
        seen = officer(role, region).get(page).text
        assert clerk.name in seen
        assert clerk.email not in seen
        assert "Masuk " not in seen.split("Siapa yang bekerja di sini")[1]
        assert "Belum pernah masuk" not in seen
