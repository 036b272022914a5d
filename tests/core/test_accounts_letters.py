"""Invitations and forgotten passwords: single-use links, letters by a job, the same answer for unknown addresses."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.accounts.members import invite_to_village
from app.core.accounts.models import Account, SingleUseToken
from app.core.mail import (
    ConsoleMailer,
    Letter,
    RecordingMailer,
    SmtpMailer,
    as_message,
    mailer,
    send_letter,
)
from app.extensions import db
from tenants.jobs import run_job
from tenants.models import OutboxEntry, now
from tenants.scope import Tenant, platform_scope
from tests.support.people import PASSWORD, Person, deliver_letters, link_in, make_account
from tests.support.visitors import Visitor

NEW = "perahu-senja-rotan"


def _host(village: Tenant) -> str:
    return f"{village.slug}.localhost"


def _forgotten(app: Flask, village: Tenant, email: str) -> str:
    answer = Visitor(app, _host(village)).submit("/lupa-sandi", {"email": email})
    assert answer.status_code == 200
    return answer.text.replace(email, "EMAIL")


def test_an_invited_person_chooses_a_password_and_is_in(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    boss = staff(village)
    answer = boss.submit(
        "/pengaturan/akun/undang",
        {
            "name": "Siti Aminah",
            "email": "Siti.Undangan@contoh.test",
            "role": "operator",
            "title": "Kasi Pelayanan",
        },
    )
    assert answer.status_code == 303
    assert "Diundang" in boss.get("/pengaturan/akun").text
    letter = next(x for x in deliver_letters(app) if x.to == "siti.undangan@contoh.test")
    assert village.full_name in letter.text
    path = link_in(letter)
    guest = Visitor(app, _host(village))
    assert "Siti Aminah" in guest.get(path).text
    token = path.split("t=")[1]
    weak = guest.submit("/undangan", {"t": token, "name": "Siti", "password": "pendek"}, form=path)
    assert weak.status_code == 422
    assert "paling sedikit 10" in weak.text
    done = guest.submit("/undangan", {"t": token, "name": "Siti Aminah", "password": NEW}, form=path)
    assert done.status_code == 303
    assert guest.get("/akun").status_code == 200
    assert guest.get(path).status_code == 410
    again = Visitor(app, _host(village)).submit(
        "/masuk", {"email": "siti.undangan@contoh.test", "password": NEW}
    )
    assert again.status_code == 303


def test_an_invitation_works_on_its_own_host_until_its_end(
    app: Flask, make_village: Callable[[], Tenant], unique: Callable[[], int]
) -> None:
    village, other = make_village(), make_village()
    email = f"undangan{unique()}@contoh.test"
    with app.app_context():
        invite_to_village(email=email, name="Budi", role="operator", tenant=village, by=None)
    path = link_in(next(x for x in deliver_letters(app) if x.to == email))
    assert Visitor(app, _host(other)).get(path).status_code == 410
    assert Visitor(app, "localhost").get(path).status_code == 410
    assert Visitor(app, _host(village)).get(path).status_code == 200
    with app.app_context(), platform_scope():
        account = db.session.scalars(select(Account).where(Account.email == email)).one()
        db.session.execute(
            update(SingleUseToken)
            .where(SingleUseToken.account_id == account.id)
            .values(expires_at=now() - dt.timedelta(seconds=1))
        )
        db.session.commit()
    assert Visitor(app, _host(village)).get(path).status_code == 410


def _switch(page: str, code: str) -> str:
    found = re.search(rf'href="([^"]+)" lang="{code}"', page)
    assert found is not None
    return html.unescape(found[1])


def test_the_other_language_keeps_the_invitation_and_names_its_secret_as_before(
    app: Flask, make_village: Callable[[], Tenant], unique: Callable[[], int]
) -> None:
    village, email = make_village(), f"undangan{unique()}@contoh.test"
    with app.app_context():
        invite_to_village(email=email, name="Budi", role="operator", tenant=village, by=None)
    path = link_in(next(x for x in deliver_letters(app) if x.to == email))
    guest = Visitor(app, _host(village))
    switch = _switch(guest.get(f"{path}&bahasa=id").text, "en")
    assert switch.startswith("/preferences/language/en?")
    token = path.split("?t=")[1]
    assert f"&t={token}" in switch
    assert switch.count(token) == 1
    answer = guest.get(switch)
    assert (answer.status_code, answer.location) == (303, path)
    page = guest.get(answer.location)
    assert page.status_code == 200
    assert page.text.startswith('<!doctype html>\n<html lang="en"')
    weak = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert weak is not None
    refused = guest.submit(weak[1], {"t": token, "name": "Budi", "password": "pendek"}, form=path)
    assert refused.status_code == 422
    assert guest.get(guest.get(_switch(refused.text, "id")).location).status_code == 200


def test_the_way_back_from_a_language_stays_on_this_host(app: Flask, village: Tenant) -> None:
    guest = Visitor(app, _host(village))
    ways = {
        "next=/masuk": "/masuk",
        "next=/masuk&next=/beranda": "/masuk?next=/beranda",
        "next=/masuk?next=/beranda": "/masuk?next=/beranda",
        "next=/cari&q=a%26b&bahasa=id&q=%0d%0aX": "/cari?q=a%26b&q=%0d%0aX",
        "next=//jahat.test&t=x": "/?t=x",
        "next=/%5Cjahat.test": "/",
        "next=https://jahat.test/": "/",
        "next=/%0a/jahat.test": "/",
        "q=//jahat.test": "/",
        "": "/",
    }
    for query, expected in ways.items():
        answer = guest.get(f"/preferences/language/en?{query}")
        assert (answer.status_code, answer.location) == (303, expected), query


def test_inviting_somebody_with_a_password_changes_no_password(
    app: Flask, make_village: Callable[[], Tenant]
) -> None:
    village, other = make_village(), make_village()
    account = make_account(app, tenant=other, role="secretary")
    with app.app_context():
        invite_to_village(email=account.email, name="Nama Lain", role="operator", tenant=village, by=None)
    letter = next(x for x in deliver_letters(app) if x.to == account.email)
    assert "/masuk" in letter.text
    assert "undangan?t=" not in letter.text
    answer = Visitor(app, _host(village)).submit("/masuk", {"email": account.email, "password": PASSWORD})
    assert answer.status_code == 303


def test_a_forgotten_password_is_replaced_and_every_device_is_out(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    _forgotten(app, village, person.email)
    path = link_in(next(x for x in deliver_letters(app) if x.to == person.email))
    browser = Visitor(app, _host(village))
    assert person.email in browser.get(path).text
    token = path.split("t=")[1]
    weak = browser.submit("/sandi-baru", {"t": token, "password": "1234567890"}, form=path)
    assert weak.status_code == 422
    assert browser.submit("/sandi-baru", {"t": token, "password": NEW}, form=path).location == "/masuk"
    assert browser.submit("/sandi-baru", {"t": token, "password": NEW}, form="/masuk").status_code == 410
    assert person.get("/akun").status_code == 303
    old = Visitor(app, _host(village)).submit("/masuk", {"email": person.email, "password": PASSWORD})
    assert old.status_code == 422
    new = Visitor(app, _host(village)).submit("/masuk", {"email": person.email, "password": NEW})
    assert new.status_code == 303


def test_asking_for_a_reset_is_the_same_for_unknown_addresses(
    app: Flask, village: Tenant, staff: Callable[..., Person], count_queries: Callable[..., Any]
) -> None:
    person = staff(village)
    _forgotten(app, village, "pemanasan@contoh.test")
    deliver_letters(app)
    with count_queries(at_most=20) as for_known:
        known = _forgotten(app, village, person.email)
    with count_queries(at_most=20) as for_unknown:
        unknown = _forgotten(app, village, "tidak.pernah.ada@contoh.test")
    assert known == unknown
    assert for_known == for_unknown
    assert [letter.to for letter in deliver_letters(app)] == [person.email]


def test_a_newer_link_ends_the_older(app: Flask, village: Tenant, staff: Callable[..., Person]) -> None:
    person = staff(village)
    paths = []
    for _ in range(2):
        _forgotten(app, village, person.email)
        paths.append(link_in(next(x for x in deliver_letters(app) if x.to == person.email)))
    browser = Visitor(app, _host(village))
    assert browser.get(paths[0]).status_code == 410
    assert browser.get(paths[1]).status_code == 200


def test_neither_queue_nor_table_holds_a_link_or_an_address(
    app: Flask, village: Tenant, unique: Callable[[], int]
) -> None:
    email = f"rahasia{unique()}@contoh.test"
    deliver_letters(app)
    with app.app_context():
        invite_to_village(email=email, name="Budi", role="operator", tenant=village, by=None)
        with platform_scope():
            jobs = db.session.scalars(select(OutboxEntry).where(OutboxEntry.kind == "job")).all()
            mail = [j.payload for j in jobs if j.payload["name"] == "mail.send"]
            account_id = db.session.scalar(select(Account.id).where(Account.email == email))
            row = db.session.scalars(
                select(SingleUseToken).where(SingleUseToken.account_id == account_id)
            ).one()
    assert len(mail) == 1
    assert set(mail[0]["arguments"]) == {"kind", "object_id", "place"}
    assert email not in str(mail)
    token = link_in(deliver_letters(app)[0]).split("t=")[1]
    assert token.encode() not in row.token_digest
    assert token not in str(row.payload)


def test_a_mail_job_that_runs_twice_sends_one_letter(
    app: Flask, village: Tenant, unique: Callable[[], int]
) -> None:
    email = f"sekali{unique()}@contoh.test"
    with app.app_context():
        invite_to_village(email=email, name="Budi", role="operator", tenant=village, by=None)
    letters = deliver_letters(app)
    mine = next(x for x in letters if x.to == email)
    token_id = mine.reference.removeprefix("invitation-")
    with app.app_context(), platform_scope():
        send_letter("invitation", token_id, str(village.id))
    assert [x.to for x in letters].count(email) == 1


@pytest.mark.parametrize("handed_over", [True, False])
def test_a_reset_that_is_written_twice_is_the_same_letter(
    handed_over: bool,
    app: Flask,
    village: Tenant,
    staff: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = staff(village)
    deliver_letters(app)
    _forgotten(app, village, person.email)
    with app.app_context(), platform_scope():
        waiting = select(OutboxEntry).where(OutboxEntry.kind == "job").order_by(OutboxEntry.id)
        job = next(e.payload for e in db.session.scalars(waiting) if e.payload["name"] == "mail.send")
    if not handed_over:
        monkeypatch.setattr("app.core.accounts.letters._mark_sent", lambda row: None)
    first = deliver_letters(app)
    office = app.extensions["mailer"] = RecordingMailer()
    with app.app_context():
        run_job("mail.send", None, job["arguments"])
    again = office.letters
    assert again == [] if handed_over else [x.text for x in again] == [x.text for x in first]
    assert Visitor(app, _host(village)).get(link_in(first[0])).status_code == 200


def test_letters_are_in_the_readers_language(app: Flask, village: Tenant) -> None:
    account = make_account(app, tenant=village, role="operator", locale="en")
    _forgotten(app, village, account.email)
    letter = next(x for x in deliver_letters(app) if x.to == account.email)
    assert "new password" in letter.subject.lower()
    assert "kata sandi" not in letter.text


def test_the_settings_choose_the_mailer(app: Flask) -> None:
    with app.app_context():
        app.extensions.pop("mailer", None)
        assert isinstance(mailer(), ConsoleMailer)
        app.extensions.pop("mailer", None)
        letter = Letter("Siti <siti@contoh.test>", "Undangan", "Halo,\n", "invitation-1")
        message = as_message(letter, "Siger <siger@contoh.test>")
    assert message["Message-ID"] == "<invitation-1@localhost>"
    assert message.get_content() == "Halo,\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_nobody_smuggles_a_header_into_a_letter(newline: str, app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match=r"linefeed|newline"):
        as_message(Letter(f"a@b.test{newline}Bcc: all@b.test", "x", "y", "r"), "s@b.test")


def test_a_mail_server_that_is_away_is_an_error_that_the_job_repeats(app: Flask) -> None:
    with app.app_context(), pytest.raises(ConnectionRefusedError):
        SmtpMailer("smtp://127.0.0.1:1", "s@b.test").send(Letter("a@b.test", "x", "y", "r"))
