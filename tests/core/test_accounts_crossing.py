"""From host to host by a ticket: once, within a minute, on one host, with the second factor carried along."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import update

from app import create_app
from app.core.accounts.models import Account, Membership, SignInSession, SingleUseToken
from app.core.accounts.sessions import LIFETIME
from app.extensions import cache, db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.people import Person, make_account, signed_in
from tests.support.visitors import Visitor

USED = "sudah dipakai atau lewat satu menit"


@pytest.fixture
def two(make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    """Two villages."""
    return make_village(), make_village()


def _works_in(app: Flask, account: Account, village: Tenant, role: str) -> None:
    with app.app_context(), platform_scope():
        db.session.add(Membership(account_id=account.id, tenant_id=village.id, role=role))
        db.session.commit()


def _worker(app: Flask, two: tuple[Tenant, Tenant], **columns: object) -> Person:
    account = make_account(app, tenant=two[0], role="secretary", **columns)
    _works_in(app, account, two[1], "operator")
    return signed_in(app, account, two[0])


def _ticket(person: Person, target: Tenant) -> str:
    answer = person.submit("/akun/pindah", {"place": str(target.id)}, form="/akun/tempat")
    assert answer.status_code == 303
    assert answer.location.startswith(f"http://{target.slug}.localhost/masuk/tiket?t=")
    return "/masuk/tiket" + answer.location.split("/masuk/tiket")[1]


def test_one_account_works_in_two_villages_without_signing_in_again(
    app: Flask, two: tuple[Tenant, Tenant]
) -> None:
    person = _worker(app, two)
    page = person.get("/akun/tempat").text
    assert two[1].full_name in page
    assert "Sedang dibuka" in page
    there = Visitor(app, f"{two[1].slug}.localhost")
    arrived = there.get(_ticket(person, two[1]))
    assert arrived.status_code == 303
    assert there.get("/akun").status_code == 200
    assert there.get("/pengaturan/akun").status_code == 403
    assert person.get("/pengaturan/akun").status_code == 200


def test_a_ticket_works_once_also_when_two_bring_it_at_once(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    path = _ticket(_worker(app, two), two[1])
    visitors = [Visitor(app, f"{two[1].slug}.localhost") for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda v: v.get(path), visitors))
    assert sorted(a.status_code for a in answers) == [303, 410, 410]
    assert USED in next(a.text for a in answers if a.status_code == 410)


def test_a_ticket_is_of_its_host_alone(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    path = _ticket(_worker(app, two), two[1])
    for host in (f"{two[0].slug}.localhost", "localhost"):
        stranger = Visitor(app, host)
        refused = stranger.get(path)
        assert refused.status_code == 410
        assert USED in refused.text
        assert stranger.get("/akun").status_code == 303
    assert Visitor(app, f"{two[1].slug}.localhost").get(path).status_code == 303


def test_a_ticket_ends_after_a_minute(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = _worker(app, two)
    path = _ticket(person, two[1])
    with app.app_context(), platform_scope():
        mine = SingleUseToken.account_id == person.account_id
        row = db.session.query(SingleUseToken).where(mine).one()
        assert row.expires_at - row.created_at == dt.timedelta(seconds=60)
        db.session.execute(
            update(SingleUseToken).where(mine).values(expires_at=now() - dt.timedelta(seconds=1))
        )
        db.session.commit()
    assert Visitor(app, f"{two[1].slug}.localhost").get(path).status_code == 410


@pytest.mark.parametrize("change", ["", "x", "cut", "signature"])
def test_a_ticket_that_was_tampered_with_is_refused(
    change: str, app: Flask, two: tuple[Tenant, Tenant]
) -> None:
    path = _ticket(_worker(app, two), two[1])
    base, text = path.split("=", 1)
    bad = {"": "", "x": "x" + text, "cut": text[:-2], "signature": text.rsplit(".", 1)[0] + ".AAAA"}[change]
    assert Visitor(app, f"{two[1].slug}.localhost").get(f"{base}={bad}").status_code == 410


def test_a_ticket_is_worth_nothing_once_the_work_there_ended(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = _worker(app, two)
    path = _ticket(person, two[1])
    with app.app_context(), platform_scope():
        db.session.query(Membership).where(
            Membership.account_id == person.account_id, Membership.tenant_id == two[1].id
        ).delete()
        db.session.commit()
    assert Visitor(app, f"{two[1].slug}.localhost").get(path).status_code == 410


def test_nobody_gets_a_ticket_to_where_they_do_not_work(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = signed_in(app, make_account(app, tenant=two[0], role="secretary"), two[0])
    for place in (str(two[1].id), "province"):
        answer = person.submit("/akun/pindah", {"place": place}, form="/akun")
        assert answer.location == "/akun/tempat"
    assert "tidak terdaftar" in person.get("/akun/tempat").text
    assert person.submit("/akun/pindah", {"place": "not a place"}, form="/akun").status_code == 400


def test_another_accounts_ticket_is_taken_only_when_the_person_says_so(
    app: Flask, two: tuple[Tenant, Tenant], staff: Callable[..., Person]
) -> None:
    guest, host = _worker(app, two), staff(two[1])
    path = _ticket(guest, two[1])
    asked = host.get(path)
    assert asked.status_code == 200
    assert guest.email in asked.text
    assert host.get("/pengaturan/akun").status_code == 200
    token = path.split("t=")[1]
    assert host.post("/masuk/tiket", {"t": token}).status_code == 400
    assert host.submit("/masuk/tiket", {"t": token}, form=path).status_code == 303
    assert host.get("/pengaturan/akun").status_code == 403
    assert host.get(path).status_code == 410


def test_ones_own_ticket_is_taken_at_once(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = _worker(app, two)
    there = Visitor(app, f"{two[1].slug}.localhost")
    for _ in range(2):
        assert there.get(_ticket(person, two[1])).status_code == 303


def test_a_ticket_that_another_site_brings_is_refused_and_stays(
    app: Flask, urls: servers.DatabaseUrls, two: tuple[Tenant, Tenant]
) -> None:
    number = servers.worker_number()
    real = create_app(servers.settings_for(urls, number, f"w{number}_", base_host="siger.test"))
    try:
        person = _worker(real, two)
        answer = person.submit("/akun/pindah", {"place": str(two[1].id)}, form="/akun/tempat")
        path = "/masuk/tiket" + answer.location.split("/masuk/tiket")[1]
        there = Visitor(real, f"{two[1].slug}.siger.test")
        refused = there.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
        assert "tidak dimulai dari Siger" in refused.text
        assert there.get("/akun").status_code == 303
        assert there.get(path, headers={"Sec-Fetch-Site": "same-site"}).status_code == 303
    finally:
        cache.configure(app.config["REDIS_URL"])


def test_going_from_host_to_host_makes_no_session_longer(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = _worker(app, two)
    started = now() - LIFETIME + dt.timedelta(hours=1)
    with app.app_context(), platform_scope():
        mine = SignInSession.account_id == person.account_id
        db.session.execute(update(SignInSession).where(mine).values(created_at=started))
        db.session.commit()
    there = Visitor(app, f"{two[1].slug}.localhost")
    assert there.get(_ticket(person, two[1])).status_code == 303
    with app.app_context(), platform_scope():
        row = db.session.query(SignInSession).where(mine, SignInSession.tenant_id == two[1].id).one()
        assert (row.created_at, row.expires_at) == (started, started + LIFETIME)
        late = now() - LIFETIME
        db.session.execute(update(SignInSession).where(mine).values(created_at=late))
        db.session.commit()
    assert Visitor(app, there.host).get(_ticket(person, two[1])).status_code == 410


def test_the_second_factor_goes_along(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    person = _worker(app, two, totp_confirmed_at=now())
    there = Visitor(app, f"{two[1].slug}.localhost")
    assert there.get(_ticket(person, two[1])).status_code == 303
    assert there.get("/akun").status_code == 200


def test_the_form_may_lead_to_our_own_hosts_and_no_others(app: Flask, two: tuple[Tenant, Tenant]) -> None:
    policy = _worker(app, two).get("/akun/tempat").headers["Content-Security-Policy"]
    found = re.search(r"form-action ([^;]+)", policy)
    assert found is not None
    assert found.group(1) == "'self' http://localhost http://*.localhost"
