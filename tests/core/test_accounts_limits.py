"""Limits are counted for the account and the line, however they are written."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.forms import canonical_email
from app.extensions import counted_address
from tenants.models import now
from tenants.scope import Tenant
from tests.support.people import PASSWORD, Person, deliver_letters, make_account, signed_in
from tests.support.visitors import Visitor

INVISIBLE = [
    "\u202a",
    "\u202e",
    "\x01",
    "\x1f",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\x7f",
    "\x0b",
    " ",
    "\t",
]


@pytest.mark.parametrize("mark", INVISIBLE, ids=lambda mark: f"{ord(mark):04x}")
def test_an_address_is_the_same_whatever_invisible_it_carries(mark: str, app: Flask, village: Tenant) -> None:
    account = make_account(app, tenant=village, role="operator")
    typed = f"{mark}{account.email.upper()}{mark}"
    assert canonical_email(typed) == account.email == canonical_email(canonical_email(typed))
    answer = Visitor(app, f"{village.slug}.localhost").submit(
        "/masuk", {"email": typed, "password": PASSWORD}
    )
    assert answer.status_code == 303


def test_invisible_characters_are_no_way_around_the_limit_of_an_account(
    limited: Flask, village: Tenant
) -> None:
    account = make_account(limited, tenant=village, role="operator")
    host = f"{village.slug}.localhost"
    answers = []
    for number in range(12):
        email = account.email[:3] + INVISIBLE[number % 9] * (1 + number // 9) + account.email[3:]
        answers.append(Visitor(limited, host).submit("/masuk", {"email": email, "password": "salah sekali"}))
    assert [a.status_code for a in answers] == [422] * 10 + [429] * 2


def test_invisible_characters_bring_no_more_letters(limited: Flask, village: Tenant) -> None:
    account = make_account(limited, tenant=village, role="operator")
    host = f"{village.slug}.localhost"
    for mark in INVISIBLE[:6]:
        Visitor(limited, host).submit("/lupa-sandi", {"email": account.email + mark})
    assert [letter.to for letter in deliver_letters(limited)].count(account.email) == 3


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_a_line_has_one_address(address: str, counted: str, app: Flask) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert counted_address() == counted


def test_addresses_of_one_line_are_counted_together(limited: Flask, village: Tenant) -> None:
    account = make_account(limited, tenant=village, role="operator")
    browser = Visitor(limited, f"{village.slug}.localhost")
    statuses = [
        browser.submit(
            "/masuk", {"email": account.email, "password": "salah sekali"},
            environ_overrides={"REMOTE_ADDR": f"2001:db8::{number}"},
        ).status_code
        for number in range(1, 13)
    ]  # fmt: skip
    assert statuses == [422] * 10 + [429] * 2


def _person(app: Flask, village: Tenant) -> Person:
    account = make_account(app, tenant=village, role="operator", totp_confirmed_at=now())
    return signed_in(app, account, village)


def test_typing_the_own_password_again_is_limited_by_account(limited: Flask, village: Tenant) -> None:
    person, other = _person(limited, village), _person(limited, village)
    wrong = {"password": "salah sekali", "present": "salah sekali", "new": "tiga-kata-acak"}
    pages = ("/akun/kata-sandi", "/akun/verifikasi/matikan", "/akun/verifikasi/kode-cadangan")
    statuses = [
        person.submit(pages[number % 3], wrong, form="/akun/keamanan").status_code for number in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2
    assert person.submit("/akun/verifikasi", {"code": "000000"}, form="/akun/keamanan").status_code == 429
    assert other.submit(pages[0], wrong, form="/akun/keamanan").status_code == 422


def test_a_reached_limit_says_the_true_waiting_time_and_whose_it_is(limited: Flask, village: Tenant) -> None:
    person = _person(limited, village)
    wrong = {"password": "salah sekali"}
    path = "/akun/verifikasi/matikan"
    answers = [person.submit(path, wrong, form="/akun/keamanan") for _number in range(11)]
    refused = answers[-1]
    assert refused.status_code == 429
    minutes = -(-int(refused.headers["Retry-After"]) // 60)
    assert 2 < minutes <= 10
    assert f"Tunggu {minutes} menit" in refused.text or f"Tunggu {minutes + 1} menit" in refused.text
    assert "Untuk akun ini sudah terlalu banyak percobaan" in refused.text
    assert "perangkat atau jaringan ini" not in refused.text
    person.client.set_cookie("siger_lang", "en", domain=person.host)
    english = person.submit(path, wrong, form="/akun/keamanan").text
    assert "minutes, then try once more" in english
