"""One's own account: profile, password, devices, tokens for programs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.core.accounts.api_tokens import actor_from_bearer
from app.core.accounts.models import ApiToken, SignInSession
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import PASSWORD, Person, make_account, signed_in

NEW = "perahu-senja-rotan"


def test_the_profile_is_kept_and_speaks_the_chosen_language(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    wrong = person.submit("/akun", {"name": "", "phone": "bukan nomor", "locale": "id"})
    assert wrong.status_code == 422
    assert 'value="bukan nomor"' in wrong.text
    saved = person.submit("/akun", {"name": "Siti  Aminah ", "phone": "0812-0000-1234", "locale": "en"})
    assert saved.status_code == 303
    assert any(c.startswith("siger_lang=en") for c in saved.headers.getlist("Set-Cookie"))
    page = person.get("/akun").text
    assert 'value="Siti Aminah"' in page
    assert '<html lang="en"' in page


def test_a_new_password_signs_other_devices_out(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    with app.app_context(), platform_scope():
        from app.core.accounts.models import Account

        account = db.session.get(Account, person.account_id)
    assert account is not None
    elsewhere = signed_in(app, account, village)
    url, form = "/akun/kata-sandi", "/akun/keamanan"
    wrong = person.submit(url, {"present": "bukan ini", "new": NEW}, form=form)
    assert "Kata sandi sekarang salah." in wrong.text
    weak = person.submit(url, {"present": PASSWORD, "new": "Lampung2026"}, form=form)
    assert weak.status_code == 422
    assert "mudah ditebak" in weak.text
    assert person.submit(url, {"present": PASSWORD, "new": NEW}, form=form).status_code == 303
    assert person.get("/akun").status_code == 200
    assert elsewhere.get("/akun").status_code == 303


def test_devices_are_listed_and_ended_one_by_one_or_all(app: Flask, village: Tenant) -> None:
    account = make_account(app, tenant=village, role="operator")
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    here, lost = signed_in(app, account, village), signed_in(app, account, village, user_agent=phone)
    page = here.get("/akun/perangkat").text
    assert "Chrome · Android" in page
    assert page.count("/akhiri") == 3
    with app.app_context(), platform_scope():
        sessions = select(SignInSession.id).where(SignInSession.user_agent == phone)
        lost_id = db.session.scalars(sessions.where(SignInSession.account_id == account.id)).one()
    here.submit(f"/akun/perangkat/{lost_id}/akhiri", form="/akun/perangkat")
    assert lost.get("/akun").status_code == 303
    third = signed_in(app, account, village)
    assert here.submit("/akun/perangkat/akhiri-semua", form="/akun/perangkat").status_code == 303
    assert here.get("/akun").status_code == 303
    assert third.get("/akun").status_code == 303


def test_nobody_ends_somebody_elses_device(app: Flask, village: Tenant, staff: Callable[..., Person]) -> None:
    one, other = staff(village), staff(village)
    with app.app_context(), platform_scope():
        query = select(SignInSession.id).where(SignInSession.account_id == other.account_id)
        theirs = db.session.scalars(query).one()
    one.submit(f"/akun/perangkat/{theirs}/akhiri", form="/akun/perangkat")
    assert other.get("/akun").status_code == 200


def test_a_session_sleeps_after_twelve_hours_and_writes_at_most_every_five_minutes(
    app: Flask, village: Tenant, staff: Callable[..., Person], count_queries: Callable[..., Any]
) -> None:
    person = staff(village)
    with app.app_context(), platform_scope():
        mine = SignInSession.account_id == person.account_id
        before = now() - dt.timedelta(minutes=6)
        db.session.execute(update(SignInSession).where(mine).values(last_seen_at=before))
        db.session.commit()
    assert person.get("/akun").status_code == 200
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(SignInSession).where(mine)).one()
    assert row.last_seen_at > now() - dt.timedelta(minutes=1)
    assert row.expires_at - row.last_seen_at == dt.timedelta(hours=12)
    with count_queries(at_most=20) as seen:
        person.get("/akun")
    assert not [sql for sql in seen if sql.startswith("UPDATE")]
    with app.app_context(), platform_scope():
        db.session.execute(
            update(SignInSession).where(mine).values(expires_at=now() - dt.timedelta(seconds=1))
        )
        db.session.commit()
    from app.extensions import cache

    cache.try_ask(lambda r: r.flushdb(), None)
    assert person.get("/akun").status_code == 303


def _token(person: Person, *scopes: str) -> str:
    page = person.submit("/akun/token", {"name": "Laporan bulanan", "days": "90", "scopes": list(scopes)})
    assert page.status_code == 200, page.text
    found = re.search(r'id="token">(siger_[^<]+)<', page.text)
    assert found is not None
    return found.group(1)


def test_a_token_is_shown_once_and_allows_what_it_says(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    text = _token(person, "village.view", "audit.view")
    page = person.get("/akun/token").text
    assert text not in page
    assert text[:10] in page
    with app.app_context():
        with tenant_scope(village):
            actor = actor_from_bearer(text)
        with platform_scope():
            stored = db.session.scalars(
                select(ApiToken).where(ApiToken.account_id == person.account_id)
            ).one()
    assert actor is not None
    assert actor.permissions == {"village.view", "audit.view"}
    assert actor.account_id == person.account_id
    assert text.encode() not in stored.token_digest


def test_a_token_is_of_one_place_alone(
    app: Flask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    village, other = make_village(), make_village()
    text = _token(staff(village), "village.view")
    with app.app_context():
        with tenant_scope(other):
            assert actor_from_bearer(text) is None
        with platform_scope():
            assert actor_from_bearer(text) is None
        with tenant_scope(village):
            assert actor_from_bearer(text) is not None
            assert actor_from_bearer(text + "x") is None
            assert actor_from_bearer("") is None


def test_a_token_ends_when_revoked_and_never_exceeds_its_owner(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    from app.core.accounts.models import Membership

    person = staff(village)
    text = _token(person, "village.view", "accounts.manage")
    with app.app_context(), platform_scope():
        db.session.execute(
            update(Membership).where(Membership.account_id == person.account_id).values(role="treasurer")
        )
        db.session.commit()
    with app.app_context(), tenant_scope(village):
        actor = actor_from_bearer(text)
        assert actor is not None
        assert actor.permissions == {"village.view"}
    with app.app_context(), platform_scope():
        token_id = db.session.scalars(
            select(ApiToken.id).where(ApiToken.account_id == person.account_id)
        ).one()
    assert person.submit(f"/akun/token/{token_id}/cabut", form="/akun/token").status_code == 303
    with app.app_context(), tenant_scope(village):
        assert actor_from_bearer(text) is None


def test_nobody_makes_a_token_with_more_than_their_own(village: Tenant, staff: Callable[..., Person]) -> None:
    person = staff(village, "treasurer")
    for scopes in (["accounts.manage"], ["village.view", "accounts.manage"], []):
        answer = person.submit("/akun/token", {"name": "Laporan", "days": "90", "scopes": scopes})
        assert answer.status_code == 422
        assert 'value="Laporan"' in answer.text
    assert (
        person.submit("/akun/token", {"name": "x", "days": "4000", "scopes": ["village.view"]}).status_code
        == 422
    )


def test_a_cookie_opens_nothing_below_the_api(village: Tenant, staff: Callable[..., Person]) -> None:
    person = staff(village)
    answer = person.get("/api/v1/audit")
    assert answer.status_code in (401, 404)


def test_what_is_not_ones_own_cannot_be_ended_and_nothing_says_that_it_was(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person, other = staff(village), staff(village)
    with app.app_context(), platform_scope():
        theirs = db.session.scalar(
            select(SignInSession.id).where(SignInSession.account_id == other.account_id)
        )
    for path, form in (
        (f"/akun/perangkat/{theirs}/akhiri", "/akun/perangkat"),
        (f"/akun/perangkat/{uuid7()}/akhiri", "/akun/perangkat"),
        (f"/akun/token/{uuid7()}/cabut", "/akun/token"),
    ):
        assert person.submit(path, form=form).status_code == 404
        assert "Perangkat dikeluarkan" not in person.get(form).text
        assert "Token dicabut" not in person.get(form).text
    assert other.get("/akun").status_code == 200
