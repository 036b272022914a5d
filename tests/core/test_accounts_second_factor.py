"""The second factor: enrolment, codes that work once, recovery, and province admins who can do nothing without it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.core.accounts import second_factor
from app.core.accounts.models import Account
from app.core.accounts.secrets import SealBroken, seal, unseal
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import PASSWORD, Person, make_account, signed_in
from tests.support.visitors import Visitor

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _enrolled(app: Flask, codes: tuple[str, ...] = (), **place: object) -> Account:
    with app.app_context():
        columns = {
            "totp_secret": seal("totp", SECRET),
            "totp_confirmed_at": now(),
            "recovery_hashes": [second_factor._hash(code) for code in codes],
        }
    return make_account(app, **place, **columns)  # type: ignore[arg-type]


def _code(step: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(int(time.time()) + 30 * step)


def _password(app: Flask, village: Tenant, account: Account) -> Visitor:
    browser = Visitor(app, f"{village.slug}.localhost")
    answer = browser.submit(
        "/masuk", {"email": account.email, "password": PASSWORD, "next": "/akun/perangkat"}
    )
    assert answer.location == "/masuk/kode"
    return browser


def test_enrolment_shows_a_picture_and_then_ten_codes_once(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    page = person.get("/akun/verifikasi")
    assert 'src="data:image/svg+xml' in page.text
    secret = "".join(re.search(r'secret-text"><code>([^<]+)<', page.text).group(1).split())  # type: ignore[union-attr]
    wrong = person.submit("/akun/verifikasi", {"code": "000000"})
    assert wrong.status_code == 422
    assert "Kode tidak cocok" in wrong.text
    done = person.submit("/akun/verifikasi", {"code": pyotp.TOTP(secret).now()})
    codes = re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code></li>", done.text)
    assert len(set(codes)) == 10
    assert codes[0] not in person.get("/akun/keamanan").text
    assert "Tersisa 10 kode cadangan" in person.get("/akun/keamanan").text
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(Account).where(Account.id == person.account_id)).one()
    assert secret.encode() not in row.totp_secret
    assert not any(code in str(row.recovery_hashes) for code in codes)


def test_signing_in_asks_for_a_code_and_takes_it_once(app: Flask, village: Tenant) -> None:
    account = _enrolled(app, tenant=village, role="secretary")
    code = _code()
    first = _password(app, village, account)
    assert first.get("/akun").status_code == 303
    done = first.submit("/masuk/kode", {"code": code})
    assert done.location == "/akun/perangkat"
    assert first.get("/akun").status_code == 200
    second = _password(app, village, account)
    replay = second.submit("/masuk/kode", {"code": code})
    assert replay.status_code == 422
    assert second.get("/akun").status_code == 303


def test_two_at_once_with_one_code_let_one_in(app: Flask, village: Tenant) -> None:
    account = _enrolled(app, tenant=village, role="secretary")
    browsers = [_password(app, village, account) for _ in range(2)]
    code = _code()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda b: b.submit("/masuk/kode", {"code": code}).status_code, browsers))
    assert sorted(answers) == [303, 422]


def test_a_recovery_code_works_once_however_it_is_typed(app: Flask, village: Tenant) -> None:
    account = _enrolled(app, ("abcde-23456", "fghjk-23456"), tenant=village, role="secretary")
    assert _password(app, village, account).submit("/masuk/kode", {"code": " ABCDE 23456"}).status_code == 303
    assert _password(app, village, account).submit("/masuk/kode", {"code": "abcde-23456"}).status_code == 422
    assert _password(app, village, account).submit("/masuk/kode", {"code": "fghjk23456"}).status_code == 303


def test_the_step_between_password_and_code_ends_and_stays_on_its_host(
    app: Flask, make_village: Callable[[], Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    village, other = make_village(), make_village()
    account = _enrolled(app, tenant=village, role="secretary")
    browser = _password(app, village, account)
    cookie = browser.client.get_cookie("siger_form", domain=browser.host)
    stranger = Visitor(app, f"{other.slug}.localhost")
    stranger.client.set_cookie("siger_form", cookie.value, domain=stranger.host)
    assert stranger.get("/masuk/kode").location == "/masuk"
    code = _code()
    later = time.time() + 400
    monkeypatch.setattr("app.core.accounts.views.sign_in.time.time", lambda: later)
    answer = browser.submit("/masuk/kode", {"code": code}, form="/masuk")
    assert answer.location == "/masuk"
    assert browser.get("/akun").status_code == 303


def test_a_session_from_before_the_second_factor_is_worth_nothing(app: Flask, village: Tenant) -> None:
    account = _enrolled(app, tenant=village, role="secretary")
    person = signed_in(app, account, village, second_factor_at=None)
    assert person.get("/akun").status_code == 303


def test_a_province_admin_without_it_is_led_to_enrolment_and_nowhere_else(
    officer: Callable[..., Person],
) -> None:
    person = officer(totp_confirmed_at=None)
    for path in ("/akun", "/akun-wilayah", "/akun/token", "/akun/tempat"):
        answer = person.get(path)
        assert answer.status_code == 303
        assert answer.location == "/akun/verifikasi"
    page = person.get("/akun/verifikasi")
    assert page.status_code == 200
    assert "mewajibkan" in page.text
    assert "/akun-wilayah" not in page.text
    secret = "".join(re.search(r'secret-text"><code>([^<]+)<', page.text).group(1).split())  # type: ignore[union-attr]
    assert person.submit("/akun/verifikasi", {"code": pyotp.TOTP(secret).now()}).status_code == 200
    assert person.get("/akun-wilayah").status_code == 200


def test_switching_off_needs_the_password_and_is_refused_where_it_is_required(
    app: Flask, village: Tenant, officer: Callable[..., Person]
) -> None:
    account = _enrolled(app, tenant=village, role="secretary")
    person = signed_in(app, account, village)
    url, form = "/akun/verifikasi/matikan", "/akun/keamanan"
    assert "Kata sandi salah." in person.submit(url, {"password": "bukan ini"}, form=form).text
    assert person.submit(url, {"password": PASSWORD}, form=form).status_code == 303
    assert "Belum aktif" in person.get("/akun/keamanan").text
    admin = officer()
    refused = admin.submit(url, {"password": PASSWORD}, form=form)
    assert refused.status_code == 422
    assert "mewajibkan" in refused.text


def test_a_sealed_secret_opens_with_the_right_key_alone(app: Flask) -> None:
    with app.app_context():
        sealed = seal("totp", "rahasia")
        assert unseal("totp", sealed) == "rahasia"
        with pytest.raises(SealBroken):
            unseal("lain", sealed)
