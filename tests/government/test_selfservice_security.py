"""What must not happen with residents' accounts: guessing, listing, crossing from one village to another."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.residents.models import Resident
from app.government.selfservice.accounts import sign_in
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_family, a_nik
from tests.support.selfservice import PIN, a_phone, account_row, an_account, numbers_of
from tests.support.visitors import Visitor

Visit = Callable[[str], Visitor]


def _host(village: Tenant) -> str:
    return f"{village.slug}.localhost"


def _tries(phone: Visitor, nik: str, pin: str) -> Any:
    return phone.submit("/layanan/masuk", {"nik": nik, "pin": pin})


def test_a_resident_signs_in_with_nik_and_pin(app: SigerFlask, village: Tenant, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    phone = visit(_host(village))
    answer = _tries(phone, numbers_of(app, village, head)["nik"], PIN)
    assert answer.status_code == 303
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("siger_warga="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie
    assert phone.get("/layanan").status_code == 200
    with app.app_context(), tenant_scope(village):
        assert b"siger_warga" not in db.session.scalars(select(PortalSession.token_digest)).one()


def test_ten_wrong_pins_lock_and_the_right_one_does_not_help_then(
    app: SigerFlask, village: Tenant, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    nik = numbers_of(app, village, head)["nik"]
    phone = visit(_host(village))
    for _time in range(9):
        assert _tries(phone, nik, "999111").status_code == 422
    assert account_row(app, village, head).state == "active"
    assert _tries(phone, nik, "999111").status_code == 422
    assert account_row(app, village, head).state == "locked"
    assert _tries(phone, nik, PIN).status_code == 422


def test_a_right_pin_forgives_the_wrong_ones_before(app: SigerFlask, village: Tenant, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    nik = numbers_of(app, village, head)["nik"]
    phone = visit(_host(village))
    for _time in range(9):
        _tries(phone, nik, "999111")
    assert _tries(phone, nik, PIN).status_code == 303
    assert account_row(app, village, head).failed == 0


def test_wrong_pins_tried_at_the_same_moment_all_count(app: SigerFlask, village: Tenant) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    nik = numbers_of(app, village, head)["nik"]
    outcomes: list[str] = []

    def guess(number: int) -> None:
        with app.app_context(), tenant_scope(village):
            try:
                sign_in.sign_in(nik, PIN if number > 100 else f"99{number:04d}")
                outcomes.append("in")
            except sign_in.SignInRefused:
                outcomes.append("refused")

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    account = account_row(app, village, head)
    assert outcomes == ["refused"] * 14
    assert (account.state, account.failed) == ("locked", 10)


def test_an_unknown_nik_is_answered_like_a_wrong_pin(
    app: SigerFlask, village: Tenant, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    _home, (head, without_account, _child) = a_family(app, village)
    an_account(app, village, head)
    work: list[str] = []
    real = sign_in.verify_pin

    def watched(pin_hash: str | None, account_id: uuid.UUID, pin: str) -> bool:
        work.append("hashed")
        return real(pin_hash, account_id, pin)

    monkeypatch.setattr(sign_in, "verify_pin", watched)
    known = numbers_of(app, village, head)["nik"]
    bare = numbers_of(app, village, without_account)["nik"]
    unknown = a_nik(dt.date(1991, 1, 1))
    pages = []
    for nik in (known, bare, unknown):
        answer = _tries(visit(_host(village)), nik, "999111")
        assert answer.status_code == 422
        pages.append(answer.text.replace(nik, "").split("<main")[1])
    strip = [page.split("csrf_token")[0] + page.split('name="nik"')[1] for page in pages]
    assert strip[0] == strip[1] == strip[2]
    assert work == ["hashed"] * 3


def test_the_cookie_of_one_village_is_nothing_in_another(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    one, other = make_village(), make_village()
    _home, (head, *_others) = a_family(app, one)
    phone = a_phone(app, one, head)
    assert phone.post("/layanan/keluar-semua").status_code == 400
    token = phone.client.get_cookie("siger_warga", domain=phone.host)
    assert token is not None
    elsewhere = Visitor(app, _host(other))
    elsewhere.client.set_cookie("siger_warga", token.value, domain=elsewhere.host)
    elsewhere.submit("/layanan/keluar-semua", form="/layanan/masuk")
    with app.app_context(), tenant_scope(one):
        assert db.session.scalars(select(PortalSession.ended_at)).one() is None


def test_staffs_cookie_is_no_resident_and_the_other_way_round(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village)
    assert (
        clerk.submit("/layanan/keluar-semua", form="/layanan/masuk").headers["Location"] == "/layanan/masuk"
    )
    _home, (head, *_others) = a_family(app, village)
    assert a_phone(app, village, head).get("/penduduk").status_code == 303


def test_a_session_ends_when_it_was_idle_for_half_an_hour(app: SigerFlask, village: Tenant) -> None:
    _home, (head, *_others) = a_family(app, village)
    phone = a_phone(app, village, head)
    assert phone.get("/layanan/masuk").status_code == 303
    _rested(app, village, dt.timedelta(minutes=31))
    assert phone.get("/layanan/masuk").status_code == 200


def test_a_remembered_phone_rests_for_days(app: SigerFlask, village: Tenant, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    phone = visit(_host(village))
    nik = numbers_of(app, village, head)["nik"]
    answer = phone.submit("/layanan/masuk", {"nik": nik, "pin": PIN, "remember": "1"})
    assert "Max-Age=2592000" in "".join(answer.headers.getlist("Set-Cookie"))
    _rested(app, village, dt.timedelta(days=20))
    assert phone.get("/layanan/masuk").status_code == 303
    _rested(app, village, dt.timedelta(days=31))
    assert phone.get("/layanan/masuk").status_code == 200


def _rested(app: SigerFlask, village: Tenant, time: dt.timedelta) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalSession).values(last_seen_at=now() - time))
        db.session.commit()


@pytest.mark.parametrize("vital_status", [2, 3])
def test_who_died_or_moved_is_signed_out_at_once(
    app: SigerFlask, village: Tenant, visit: Visit, vital_status: int
) -> None:
    _home, (head, *_others) = a_family(app, village)
    phone = a_phone(app, village, head)
    nik = numbers_of(app, village, head)["nik"]
    assert phone.get("/layanan/masuk").status_code == 303
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Resident).where(Resident.id == head).values(vital_status=vital_status))
        db.session.commit()
    assert phone.get("/layanan/masuk").status_code == 200
    assert _tries(visit(_host(village)), nik, PIN).status_code == 422


def test_signing_out_ends_the_session_and_clears_the_phone(app: SigerFlask, village: Tenant) -> None:
    _home, (head, *_others) = a_family(app, village)
    phone = a_phone(app, village, head)
    token = phone.client.get_cookie("siger_warga", domain=phone.host)
    assert token is not None
    answer = phone.submit("/layanan/keluar", form="/layanan")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert phone.client.get_cookie("siger_warga", domain=phone.host) is None
    phone.client.set_cookie("siger_warga", token.value, domain=phone.host)
    assert phone.get("/layanan/masuk").status_code == 200


def test_signing_out_everywhere_ends_the_other_phone_too(app: SigerFlask, village: Tenant) -> None:
    _home, (head, *_others) = a_family(app, village)
    one = a_phone(app, village, head)
    other = a_phone(app, village, head, one.account_id)
    one.submit("/layanan/keluar-semua", form="/layanan")
    assert other.get("/layanan/masuk").status_code == 200


def test_a_page_asks_who_it_is_with_one_select(
    app: SigerFlask, village: Tenant, count_queries: Callable[..., Any]
) -> None:
    _home, (head, *_others) = a_family(app, village)
    phone = a_phone(app, village, head)
    phone.get("/layanan/masuk")
    with count_queries(at_most=3):
        phone.get("/layanan/masuk")


def test_nothing_typed_is_kept_in_clear(app: SigerFlask, village: Tenant, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    nik = numbers_of(app, village, head)["nik"]
    _tries(visit(_host(village)), nik, "999111")
    from app.core.audit.models import TenantAuditEntry

    with app.app_context(), tenant_scope(village):
        for entry in db.session.scalars(select(TenantAuditEntry)):
            assert nik not in f"{entry.summary} {entry.details} {entry.object_id}"
        kept = db.session.scalars(select(PortalAccount.pin_hash)).one()
        assert kept is not None
        assert kept.startswith("$argon2id$")
