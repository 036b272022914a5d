"""Support visits: with a reason, for an hour, seen by both sides, written in both logs, ended by either."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.accounts import visits
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.loading import build_actor
from app.core.accounts.models import Membership, SupportVisit
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import Actor
from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import Person
from tests.support.visitors import Visitor

REASON = "Membantu memasang kop surat"


def _actor(app: Flask, person: Person) -> Actor:
    with app.app_context(), platform_scope():
        actor = build_actor(person.account_id, None, second_factor_at=now())
    assert actor is not None
    return actor


def _arrive(app: Flask, village: Tenant, actor: Actor) -> Visitor:
    with app.app_context():
        address = visits.start_support_visit(actor, village, REASON)
    visitor = Visitor(app, f"{village.slug}.localhost")
    assert visitor.get("/masuk/tiket" + address.split("/masuk/tiket")[1]).status_code == 303
    return visitor


def _open(app: Flask, village: Tenant) -> SupportVisit:
    with app.app_context(), platform_scope():
        return db.session.scalars(
            select(SupportVisit).where(SupportVisit.tenant_id == village.id, SupportVisit.ended_at.is_(None))
        ).one()


def test_both_sides_see_the_visit_and_its_reason(
    app: Flask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person]
) -> None:
    clerk, boss = staff(village, "operator"), staff(village)
    assert "berkunjung" not in clerk.get("/akun").text
    visitor = _arrive(app, village, _actor(app, officer()))
    for page in (visitor.get("/akun").text, clerk.get("/akun").text, boss.get("/akun").text):
        assert REASON in page
        assert "WIB" in page
    assert "Anda sedang berkunjung atas nama Dinas PMD" in visitor.get("/akun").text
    assert "Akhiri kunjungan" in visitor.get("/akun").text
    assert "Akhiri kunjungan" in boss.get("/akun").text
    assert "Akhiri kunjungan" not in clerk.get("/akun").text


def test_a_visitor_looks_and_sets_but_manages_no_accounts(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    admin = officer()
    _arrive(app, village, _actor(app, admin))
    visit = _open(app, village)
    with app.app_context(), platform_scope():
        actor = build_actor(admin.account_id, village.id, support_visit_id=visit.id)
    assert actor is not None
    assert actor.may("village.view")
    assert actor.may("audit.view")
    assert actor.may("village.settings")
    assert not actor.may("accounts.manage")
    assert not any(code.endswith((".sign", ".view_identity", ".view_health")) for code in actor.permissions)


def test_a_visitor_is_kept_out_of_people_and_tokens(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    visitor = _arrive(app, village, _actor(app, officer()))
    assert visitor.get("/pengaturan/akun").status_code == 403
    sent = {"name": "x", "days": "30", "scopes": ["village.view"]}
    assert visitor.submit("/akun/token", sent, form="/akun").status_code == 403


def test_the_visit_stands_in_both_logs(app: Flask, village: Tenant, officer: Callable[..., Person]) -> None:
    admin = officer()
    actor = _actor(app, admin)
    _arrive(app, village, actor)
    visit = _open(app, village)
    with app.app_context():
        visits.end_support_visit(visit.id, tenant=village, by=actor)
        with platform_scope():
            above = db.session.scalars(
                select(PlatformAuditEntry.action).where(PlatformAuditEntry.object_id == str(visit.id))
            ).all()
        with tenant_scope(village):
            inside = db.session.scalars(select(TenantAuditEntry).order_by(TenantAuditEntry.id)).all()
    assert sorted(above) == ["visit.ended", "visit.started"]
    assert [entry.action for entry in inside] == ["visit.started", "visit.ended"]
    assert inside[0].details["reason"] == REASON


def test_the_visit_ends_after_an_hour_by_itself(
    app: Flask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person]
) -> None:
    clerk = staff(village, "operator")
    visitor = _arrive(app, village, _actor(app, officer()))
    visit = _open(app, village)
    assert visit.expires_at - visit.started_at == dt.timedelta(minutes=60)
    with app.app_context(), platform_scope():
        past = now() - dt.timedelta(seconds=1)
        db.session.execute(update(SupportVisit).where(SupportVisit.id == visit.id).values(expires_at=past))
        commit_and_forget(places=[village.id])
    assert visitor.get("/akun").status_code == 303
    assert REASON not in clerk.get("/akun").text


def test_a_remembered_visit_ends_on_time_too(
    app: Flask, village: Tenant, officer: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = _arrive(app, village, _actor(app, officer()))
    assert visitor.get("/akun").status_code == 200
    later = now() + dt.timedelta(minutes=61)
    monkeypatch.setattr("app.core.accounts.sessions.now", lambda: later)
    assert visitor.get("/akun").status_code == 303


@pytest.mark.parametrize("who", ["visitor", "village"])
def test_either_side_ends_the_visit_at_once(
    who: str, app: Flask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person]
) -> None:
    boss, clerk = staff(village), staff(village, "operator")
    visitor = _arrive(app, village, _actor(app, officer()))
    path = f"/kunjungan/{_open(app, village).id}/akhiri"
    assert clerk.submit(path, form="/akun").status_code == 403
    ended = (visitor if who == "visitor" else boss).submit(path, form="/akun")
    assert ended.status_code == 303
    assert visitor.get("/akun").status_code == 303
    assert REASON not in boss.get("/akun").text


def test_another_villages_staff_cannot_end_it(
    app: Flask,
    make_village: Callable[[], Tenant],
    officer: Callable[..., Person],
    staff: Callable[..., Person],
) -> None:
    village, other = make_village(), make_village()
    visitor = _arrive(app, village, _actor(app, officer()))
    stranger = staff(other)
    path = f"/kunjungan/{_open(app, village).id}/akhiri"
    assert stranger.submit(path, form="/akun").status_code == 403
    assert visitor.get("/akun").status_code == 200


def test_a_visit_needs_a_reason_and_the_right(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    admin = _actor(app, officer())
    analyst = _actor(app, officer("province_analyst"))
    regional = _actor(app, officer("regency_admin", village.regency_code))
    with app.app_context():
        for reason in ("", "pendek", " a  b  c  d ", "x" * 501):
            with pytest.raises(Refused) as refused:
                visits.start_support_visit(admin, village, reason)
            assert refused.value.field == "reason"
        for actor in (analyst, regional):
            with pytest.raises(NotAllowed):
                visits.start_support_visit(actor, village, REASON)


@pytest.mark.parametrize("how", ["lowered", "closed", "taken away"])
def test_a_visit_ends_with_the_right_to_it(
    how: str, app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    boss, admin = officer(), officer()
    visitor = _arrive(app, village, _actor(app, admin))
    assert visitor.get("/akun").status_code == 200
    visit, path = _open(app, village), f"/akun-wilayah/{admin.account_id}"
    if how == "lowered":
        boss.submit(path, {"role": "province_analyst", "region_code": "18"})
    elif how == "closed":
        boss.submit(f"{path}/nonaktifkan")
    else:
        with app.app_context(), platform_scope():
            mine = Membership.account_id == admin.account_id
            db.session.execute(update(Membership).where(mine).values(region_code="19"))
            commit_and_forget(accounts=[admin.account_id])
    assert visitor.get("/akun").status_code == 303
    if how != "taken away":
        with app.app_context(), tenant_scope(village):
            told = select(TenantAuditEntry.action).where(TenantAuditEntry.object_id == str(visit.id))
            assert list(db.session.scalars(told.order_by(TenantAuditEntry.id))) == [
                "visit.started",
                "visit.ended",
            ]
        with app.app_context(), platform_scope():
            ended = select(SupportVisit.ended_at).where(SupportVisit.id == visit.id)
            assert db.session.scalar(ended) is not None


def test_one_visitor_at_a_time(app: Flask, village: Tenant, officer: Callable[..., Person]) -> None:
    first, second = _actor(app, officer()), _actor(app, officer())
    before = _arrive(app, village, first)
    with app.app_context(), pytest.raises(Refused, match="sedang berkunjung"):
        visits.start_support_visit(second, village, REASON)
    again = _arrive(app, village, first)
    assert before.get("/akun").status_code == 303
    assert again.get("/akun").status_code == 200


def test_a_visitor_cannot_go_on_from_the_village(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    visitor = _arrive(app, village, _actor(app, officer()))
    assert visitor.submit("/akun/pindah", {"place": "province"}, form="/akun").location == "/akun/tempat"
