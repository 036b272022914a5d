"""Officers above the villages: one's own region and level, of the account and never of the request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.accounts import officers
from app.core.accounts.errors import LastManager, NotAllowed, Refused
from app.core.accounts.loading import build_actor
from app.core.actors import Actor
from app.extensions import db
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person, deliver_letters, link_in, make_account, signed_in
from tests.support.visitors import Visitor


def _actor(app: Flask, person: Person) -> Actor:
    with app.app_context(), platform_scope():
        actor = build_actor(person.account_id, None)
    assert actor is not None
    return actor


def test_an_invited_officer_chooses_a_password_and_is_in(
    app: Flask, officer: Callable[..., Person], unique: Callable[[], int]
) -> None:
    boss, email = officer(), f"petugas{unique()}@contoh.test"
    sent = {"name": "Ratna Dewi", "email": email, "role": "regency_admin", "region_code": "18.06"}
    assert boss.submit("/akun-wilayah/undang", sent).status_code == 303
    assert email in boss.get("/akun-wilayah?cari=ratna").text
    path = link_in(next(x for x in deliver_letters(app) if x.to == email))
    guest = Visitor(app, "localhost")
    token = path.split("t=")[1]
    done = guest.submit(
        "/undangan", {"t": token, "name": "Ratna Dewi", "password": "perahu-senja-rotan"}, form=path
    )
    assert done.status_code == 303
    page = guest.get("/akun-wilayah").text
    assert "Kabupaten Tanggamus" in page


def test_a_regional_admin_sees_and_touches_the_own_region_only(
    app: Flask, officer: Callable[..., Person]
) -> None:
    boss = officer("regency_admin", "18.06")
    near = officer("district_officer", "18.06.20")
    far = officer("district_officer", "18.08.11")
    above = officer("province_analyst", "18")
    for somebody, seen in ((near, True), (far, False), (above, False)):
        page = boss.get(f"/akun-wilayah?cari={somebody.email}").text
        assert (f"/akun-wilayah/{somebody.account_id}" in page) is seen
    assert boss.get(f"/akun-wilayah/{near.account_id}").status_code == 200
    for stranger in (far, above):
        assert boss.get(f"/akun-wilayah/{stranger.account_id}").status_code == 404
        for deed in ("", "/nonaktifkan", "/aktifkan", "/undang-lagi", "/lepas-verifikasi"):
            answer = boss.submit(
                f"/akun-wilayah/{stranger.account_id}{deed}",
                {"role": "mentor", "region_code": "18.06.20"},
                form="/akun-wilayah",
            )
            assert answer.status_code in (403, 422)
        assert stranger.get("/akun").status_code == 200


@pytest.mark.parametrize(
    ("role", "region"),
    [("province_admin", "18"), ("province_admin", "18.06"), ("regency_admin", "18.08"), ("mentor", "18.08.11"),
     ("regency_admin", "18.06.20"), ("district_officer", "18.06"), ("secretary", "18.06"), ("nobody", "18.06"),
     ("mentor", "18.06.99"), ("regency_admin", "18.060")],
)  # fmt: skip
def test_a_regional_admin_gives_no_role_beyond_region_and_level(
    role: str, region: str, app: Flask, officer: Callable[..., Person], unique: Callable[[], int]
) -> None:
    actor = _actor(app, officer("regency_admin", "18.06"))
    with app.app_context(), pytest.raises(Refused):
        officers.invite_officer(
            email=f"x{unique()}@contoh.test", name="X", role=role, region_code=region, by=actor
        )


def test_a_closed_account_is_out_everywhere_until_it_is_opened_again(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    boss, clerk = officer(), officer("mentor", village.district_code)
    path = f"/akun-wilayah/{clerk.account_id}/nonaktifkan"
    assert clerk.name in boss.get(path).text
    assert boss.submit(path).status_code == 303
    assert clerk.get("/akun").status_code == 303
    assert clerk.email in boss.get(f"/akun-wilayah?keadaan=nonaktif&cari={clerk.email}").text
    refused = Visitor(app, "localhost").submit(
        "/masuk", {"email": clerk.email, "password": "damar-jukung-serai"}
    )
    assert refused.status_code == 422
    boss.submit(f"/akun-wilayah/{clerk.account_id}/aktifkan", form=f"/akun-wilayah/{clerk.account_id}")
    again = Visitor(app, "localhost").submit(
        "/masuk", {"email": clerk.email, "password": "damar-jukung-serai"}
    )
    assert again.status_code == 303


def test_an_account_that_works_elsewhere_too_is_closed_by_the_province_only(
    app: Flask, village: Tenant, officer: Callable[..., Person], make_village: Callable[[], Tenant]
) -> None:
    from app.core.accounts.models import Membership

    near = officer("district_officer", "18.06.20")
    other = make_village()
    with app.app_context(), platform_scope():
        db.session.add(Membership(account_id=near.account_id, tenant_id=other.id, role="operator"))
        db.session.commit()
    regional, top = _actor(app, officer("regency_admin", "18.06")), _actor(app, officer())
    with app.app_context():
        with pytest.raises(Refused, match="di luar wilayah"):
            officers.deactivate_officer(near.account_id, by=regional)
        officers.deactivate_officer(near.account_id, by=top)


def test_closing_an_officer_never_leaves_a_village_without_a_manager(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    from app.core.accounts.models import Membership

    person, top = officer("mentor", village.district_code), _actor(app, officer())
    with app.app_context(), platform_scope():
        db.session.add(Membership(account_id=person.account_id, tenant_id=village.id, role="secretary"))
        db.session.commit()
    with app.app_context(), pytest.raises(LastManager):
        officers.deactivate_officer(person.account_id, by=top)


def test_the_last_province_admin_stays(app: Flask) -> None:
    from app.core.accounts.models import Account, Membership

    with app.app_context(), platform_scope():
        db.session.query(Account).where(
            Account.id.in_(db.session.query(Membership.account_id).where(Membership.role == "province_admin"))
        ).update({"is_active": False}, synchronize_session=False)
        db.session.commit()
    only = make_account(app, role="province_admin", region="18", totp_confirmed_at=None)
    with app.app_context():
        with pytest.raises(LastManager):
            officers.deactivate_officer(only.id, by=None)
        with pytest.raises(LastManager):
            officers.change_officer(only.id, role="province_analyst", region_code="18", by=None)


def test_a_lost_second_factor_is_taken_off_by_somebody_else(
    app: Flask, officer: Callable[..., Person]
) -> None:
    boss, lost = officer(), officer()
    answer = boss.submit(
        f"/akun-wilayah/{lost.account_id}/lepas-verifikasi", form=f"/akun-wilayah/{lost.account_id}"
    )
    assert answer.status_code == 303
    assert lost.get("/akun").status_code == 303
    with app.app_context(), pytest.raises(NotAllowed):
        officers.reset_second_factor(boss.account_id, by=_actor(app, boss))
    again = signed_in(app, make_account(app, role="mentor", region="18.06.20"), None)
    assert again.get(f"/akun-wilayah/{boss.account_id}").status_code == 403
