"""A village's people and roles: changes hold at once, and somebody who may manage accounts always stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.accounts import members, queries
from app.core.accounts.errors import LastManager, NotAllowed, Refused
from app.core.accounts.loading import build_actor
from app.core.accounts.models import Membership
from app.core.actors import Actor
from app.core.audit.models import PlatformAuditEntry
from app.extensions import db
from tenants.models import OutboxEntry, now
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person, make_account


def _membership(app: Flask, person: Person, village: Tenant) -> UUID:
    with app.app_context(), platform_scope():
        query = select(Membership.id).where(
            Membership.account_id == person.account_id, Membership.tenant_id == village.id
        )
        return db.session.scalars(query).one()


def _actor(app: Flask, person: Person, tenant: Tenant | None) -> Actor:
    with app.app_context(), platform_scope():
        actor = build_actor(person.account_id, tenant.id if tenant else None)
    assert actor is not None
    return actor


def test_a_changed_role_holds_with_the_next_request(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss, clerk = staff(village), staff(village, "operator")
    assert clerk.get("/pengaturan/akun").status_code == 403
    path = f"/pengaturan/akun/{_membership(app, clerk, village)}"
    assert boss.submit(path, {"role": "secretary", "title": "Juru Tulis"}).status_code == 303
    assert clerk.get("/pengaturan/akun").status_code == 200
    assert boss.submit(path, {"role": "council", "title": ""}).status_code == 303
    assert clerk.get("/pengaturan/akun").status_code == 403


def test_somebody_taken_out_is_nobody_with_the_next_request(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss, clerk = staff(village), staff(village, "operator")
    path = f"/pengaturan/akun/{_membership(app, clerk, village)}/keluarkan"
    assert clerk.name in boss.get(path).text
    assert boss.submit(path).status_code == 303
    assert clerk.get("/akun").status_code == 303
    assert clerk.name not in boss.get("/pengaturan/akun").text.split("Keluar")[0]


def test_the_last_manager_stays(app: Flask, village: Tenant, staff: Callable[..., Person]) -> None:
    boss = staff(village)
    staff(village, "operator")
    staff(village, "secretary", password_hash=None)
    staff(village, "secretary", is_active=False)
    mine = _membership(app, boss, village)
    boss.submit(f"/pengaturan/akun/{mine}/keluarkan")
    assert "Orang terakhir" in boss.get("/pengaturan/akun").text
    with app.app_context(), pytest.raises(LastManager):
        members.change_membership(mine, role="operator", tenant=village, by=None)


@pytest.mark.parametrize("deed", ["remove", "lower"])
def test_two_managers_who_remove_each_other_at_once_leave_one(
    deed: str, app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    people = [staff(village), staff(village)]
    actors = [_actor(app, person, village) for person in people]
    ids = [_membership(app, person, village) for person in people]

    def strike(number: int) -> str:
        target = ids[1 - number]
        with app.app_context():
            try:
                if deed == "remove":
                    members.remove_membership(target, tenant=village, by=actors[number])
                else:
                    members.change_membership(target, role="operator", tenant=village, by=actors[number])
            except LastManager:
                return "refused"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(strike, range(2)))
    assert outcomes == ["done", "refused"]
    with app.app_context(), platform_scope():
        assert len(members.managers_of(village.id)) == 1


def test_a_villages_own_role_holds_what_it_says_and_changes_for_all_at_once(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss, clerk = staff(village), staff(village, "operator")
    empty = boss.submit("/pengaturan/akun/peran/baru", {"name": "Petugas Wilayah"})
    assert empty.status_code == 422
    assert "Pilih paling sedikit satu izin" in empty.text
    assert 'value="Petugas Wilayah"' in empty.text
    sent = {
        "name": "Petugas Wilayah",
        "permissions": ["village.view", "accounts.manage", "villages.suspend", "x.y"],
    }
    assert boss.submit("/pengaturan/akun/peran/baru", sent).status_code == 303
    with app.app_context(), platform_scope():
        own = queries.own_roles(village.id)[0]
    assert own.permissions == ("accounts.manage", "village.view")
    for taken in ("petugas wilayah", "OPERATOR", "Village head", village.word("secretary").upper()):
        again = boss.submit("/pengaturan/akun/peran/baru", {**sent, "name": taken})
        assert again.status_code == 422, taken
        assert "Sudah ada peran" in again.text
    boss.submit(f"/pengaturan/akun/{_membership(app, clerk, village)}", {"role": str(own.id)})
    assert clerk.get("/pengaturan/akun").status_code == 200
    assert "Petugas Wilayah" in clerk.get("/pengaturan/akun").text
    boss.submit(
        f"/pengaturan/akun/peran/{own.id}", {"name": "Petugas Wilayah", "permissions": ["village.view"]}
    )
    assert clerk.get("/pengaturan/akun").status_code == 403
    boss.submit(f"/pengaturan/akun/peran/{own.id}/hapus", form=f"/pengaturan/akun/peran/{own.id}")
    assert "masih dipakai 1 orang" in boss.get("/pengaturan/akun/peran").text


def test_an_own_role_cannot_lose_the_last_manager(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss = staff(village)
    actor = _actor(app, boss, village)
    with app.app_context():
        role_id = members.define_village_role(
            name="Pengelola", permissions=["accounts.manage", "village.view"], tenant=village, by=actor
        )
        members.change_membership(_membership(app, boss, village), role=str(role_id), tenant=village, by=None)
        with pytest.raises(LastManager):
            members.define_village_role(
                name="Pengelola", permissions=["village.view"], tenant=village, by=actor, role_id=role_id
            )
    assert boss.get("/pengaturan/akun").status_code == 200


def test_one_villages_people_and_roles_are_nothing_to_another(
    app: Flask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    home, other = make_village(), make_village()
    boss, stranger = staff(home), staff(other)
    theirs = _membership(app, stranger, other)
    with app.app_context():
        foreign_role = members.define_village_role(
            name="Lain", permissions=["village.view"], tenant=other, by=None
        )
    assert boss.get(f"/pengaturan/akun/{theirs}").status_code == 404
    assert (
        boss.submit(f"/pengaturan/akun/{theirs}", {"role": "operator"}, form="/pengaturan/akun").status_code
        == 403
    )
    assert boss.submit(f"/pengaturan/akun/{theirs}/keluarkan", form="/pengaturan/akun").status_code == 403
    assert boss.get(f"/pengaturan/akun/peran/{foreign_role}").status_code == 404
    mine = _membership(app, staff(home, "operator"), home)
    answer = boss.submit(f"/pengaturan/akun/{mine}", {"role": str(foreign_role)})
    assert answer.status_code == 422
    for role in ("province_admin", "own", str(uuid4()), "secretary'--"):
        assert boss.submit(f"/pengaturan/akun/{mine}", {"role": role}).status_code == 422
    assert stranger.get("/pengaturan/akun").status_code == 200


def test_inviting_checks_what_was_typed_and_loses_nothing(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    boss = staff(village)
    answer = boss.submit(
        "/pengaturan/akun/undang",
        {"name": "Siti", "email": "bukan email", "role": "operator", "title": "Kasi"},
    )
    assert answer.status_code == 422
    assert 'value="bukan email"' in answer.text
    assert 'value="Kasi"' in answer.text
    twice = boss.submit("/pengaturan/akun/undang", {"name": "Siti", "email": boss.email, "role": "operator"})
    assert "sudah terdaftar di sini" in twice.text


def test_the_province_invites_within_the_own_region_only(
    app: Flask, village: Tenant, officer: Callable[..., Person], unique: Callable[[], int]
) -> None:
    near = _actor(app, officer("regency_admin", village.regency_code), None)
    far = _actor(app, officer("regency_admin", "18.71"), None)
    analyst = _actor(app, officer("province_analyst"), None)
    invitation: dict[str, Any] = {"name": "Budi", "role": "secretary", "tenant": village}
    with app.app_context():
        members.invite_to_village(email=f"budi{unique()}@contoh.test", by=near, **invitation)
        for actor in (far, analyst):
            with pytest.raises(NotAllowed):
                members.invite_to_village(email=f"budi{unique()}@contoh.test", by=actor, **invitation)


def test_two_who_invite_the_same_person_at_once_make_one_membership(
    app: Flask, village: Tenant, unique: Callable[[], int]
) -> None:
    email = f"serentak{unique()}@contoh.test"

    def ask(number: int) -> str:
        with app.app_context():
            try:
                members.invite_to_village(email=email, name="Budi", role="operator", tenant=village, by=None)
            except Refused:
                return "refused"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, range(2))) == ["done", "refused"]


def test_changes_are_audited_and_make_the_figures_stale(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss, clerk = staff(village), staff(village, "operator")
    path = f"/pengaturan/akun/{_membership(app, clerk, village)}"
    boss.submit(path, {"role": "treasurer", "title": ""})
    with app.app_context(), platform_scope():
        line = db.session.scalars(
            select(PlatformAuditEntry).where(
                PlatformAuditEntry.tenant_id == village.id, PlatformAuditEntry.action == "member.changed"
            )
        ).one()
        stale = select(OutboxEntry.id).where(OutboxEntry.tenant_id == village.id, OutboxEntry.kind == "dirty")
        assert db.session.scalars(stale).all()
    assert line.actor_id == boss.account_id
    assert line.details["before"] == {"role": "Operator"}
    assert line.details["after"] == {"role": "Bendahara"}


def test_the_list_of_people_is_a_fixed_number_of_queries(
    app: Flask, village: Tenant, staff: Callable[..., Person], count_queries: Callable[..., Any]
) -> None:
    boss = staff(village)
    for _ in range(12):
        make_account(app, tenant=village, role="operator")
    boss.get("/pengaturan/akun")
    with count_queries(at_most=5):
        assert boss.get("/pengaturan/akun").status_code == 200


def test_a_lost_second_factor_is_taken_off_for_people_who_work_here_alone(
    app: Flask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    village, other = make_village(), make_village()
    boss = staff(village)
    lost, shared = (staff(village, "operator", totp_confirmed_at=now()) for _ in range(2))
    with app.app_context(), platform_scope():
        db.session.add(Membership(account_id=shared.account_id, tenant_id=other.id, role="operator"))
        db.session.commit()
    for person, stays in ((lost, 303), (shared, 200)):
        path = f"/pengaturan/akun/{_membership(app, person, village)}"
        assert "Lepas verifikasi" in boss.get(path).text
        assert boss.submit(f"{path}/lepas-verifikasi", form=path).status_code == 303
        assert person.get("/akun").status_code == stays
    assert "juga bekerja di tempat lain" in boss.get(path).text
    mine = _membership(app, boss, village)
    assert (
        boss.submit(f"/pengaturan/akun/{mine}/lepas-verifikasi", form="/pengaturan/akun").status_code == 403
    )
