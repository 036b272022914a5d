"""Accounts of residents: codes from the hall, photos of the KTP, and what staff do with them."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit.models import TenantAuditEntry
from app.core.casework.models import CaseFile
from app.core.hosting import SigerFlask
from app.core.privacy.rotation import reseal_village
from app.extensions import db
from app.government.residents.models import Resident
from app.government.selfservice.accounts import activation
from app.government.selfservice.accounts.jobs import keep
from app.government.selfservice.accounts.pins import pin_problem
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.images import picture
from tests.support.residents import a_clerk, a_family, a_resident
from tests.support.selfservice import PIN, a_phone, account_row, an_account, numbers_of
from tests.support.visitors import Visitor

Visit = Callable[[str], Visitor]
Staff = Callable[..., Any]
CODE = re.compile(r'code-slip-code">([A-Z0-9]{4}-[A-Z0-9]{4})<')


def _host(village: Tenant) -> str:
    return f"{village.slug}.localhost"


def _account_path(resident_id: uuid.UUID, deed: str = "") -> str:
    return f"/layanan-warga/akun/{resident_id}{deed}"


def _code(clerk: Any, resident_id: uuid.UUID) -> str:
    page = clerk.submit(_account_path(resident_id, "/kode"), form=_account_path(resident_id))
    assert page.status_code == 200
    found = CODE.search(page.text)
    assert found is not None
    return found[1]


def _activated(
    phone: Visitor, numbers: dict[str, str], code: str, pin: str = PIN, but: dict[str, str] | None = None
) -> Any:
    form = {**numbers, "code": code, "pin": pin, "pin_again": pin, **(but or {})}
    return phone.submit("/layanan/aktivasi", form)


# -- with a code ----------------------------------------------------------------------------------------------------


def test_a_code_from_the_hall_opens_an_account(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    clerk = staff(village, role="operator")
    code = _code(clerk, head)
    phone = visit(_host(village))
    answer = _activated(phone, numbers_of(app, village, head), code.lower())
    assert answer.status_code == 303
    assert phone.get("/layanan/masuk").status_code == 303
    account = account_row(app, village, head)
    assert (account.state, account.method, account.code_hash) == ("active", "code", None)
    page = clerk.get(_account_path(head)).text
    assert "Diaktifkan dengan kode" in page
    assert code not in page


def test_a_code_is_kept_as_a_hash_and_counts_once(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    code = _code(staff(village), head)
    kept = account_row(app, village, head).code_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    numbers = numbers_of(app, village, head)
    assert _activated(visit(_host(village)), numbers, code).status_code == 303
    assert _activated(visit(_host(village)), numbers, code).status_code == 422


@pytest.mark.parametrize(
    "wrong", [{"kk": "1806200101010001"}, {"birth_date": "01-02-1990"}, {"code": "AAAA-2222"}]
)
def test_all_that_is_asked_for_must_fit(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit, wrong: dict[str, str]
) -> None:
    _home, (head, *_others) = a_family(app, village)
    code = _code(staff(village), head)
    answer = _activated(visit(_host(village)), numbers_of(app, village, head), code, but=wrong)
    assert answer.status_code == 422
    assert "Data atau kode tidak cocok" in answer.text
    assert account_row(app, village, head).state == "invited"


def test_five_wrong_codes_void_it(app: SigerFlask, village: Tenant, staff: Staff, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    code, numbers = _code(staff(village), head), numbers_of(app, village, head)
    phone = visit(_host(village))
    for _time in range(5):
        assert _activated(phone, numbers, "AAAA-2222").status_code == 422
    assert account_row(app, village, head).code_hash is None
    assert _activated(phone, numbers, code).status_code == 422


def test_a_code_ends_after_seven_days(app: SigerFlask, village: Tenant, staff: Staff, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    code = _code(staff(village), head)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalAccount).values(code_expires_at=now()))
        db.session.commit()
    assert _activated(visit(_host(village)), numbers_of(app, village, head), code).status_code == 422


def test_a_new_code_unlocks_and_signs_out_the_other_devices(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    old = a_phone(app, village, head)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalAccount).values(state="locked", failed=10))
        db.session.commit()
    code = _code(staff(village), head)
    assert (
        _activated(visit(_host(village)), numbers_of(app, village, head), code, "739150").status_code == 303
    )
    assert old.get("/layanan/masuk").status_code == 200
    assert account_row(app, village, head).state == "active"


def test_who_can_not_be_known_gets_no_code(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    alone = a_resident(app, village)
    clerk = staff(village)
    assert "Nomor KK-nya belum tercatat" in clerk.get(_account_path(alone)).text
    assert clerk.submit(_account_path(alone, "/kode"), form=_account_path(alone)).status_code == 422
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(PortalAccount.id)) is None


@pytest.mark.parametrize(
    "pin", ["123456", "000000", "654321", "123123", "17058", "170580", "800517", "051980", "801782", "abcdef"]
)
def test_pins_that_are_guessed_first_are_refused(pin: str) -> None:
    assert pin_problem(pin, "1806201705801782", dt.date(1980, 5, 17))
    assert pin_problem("258014", "1806201705801782", dt.date(1980, 5, 17)) is None


def test_a_weak_pin_is_told_beside_its_field(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    code, numbers = _code(staff(village), head), numbers_of(app, village, head)
    answer = _activated(visit(_host(village)), numbers, code, numbers["nik"][-6:])
    assert answer.status_code == 422
    assert "Jangan memakai angka dari NIK" in answer.text
    assert account_row(app, village, head).code_failed == 0


# -- with a photo ---------------------------------------------------------------------------------------------------


def _applied(phone: Visitor, numbers: dict[str, str], data: bytes | None = None, **more: Any) -> Any:
    photo = (io.BytesIO(picture() if data is None else data), "ktp.jpg")
    form = {**numbers, "pin": PIN, "pin_again": PIN, "photo": photo, **more}
    return phone.submit("/layanan/aktivasi/ktp", form, content_type="multipart/form-data")


def test_a_photo_and_a_clerks_look_open_an_account(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    numbers, phone = numbers_of(app, village, head), visit(_host(village))
    assert _applied(phone, numbers).headers["Location"] == "/layanan/aktivasi/ktp/terkirim"
    early = phone.submit("/layanan/masuk", {"nik": numbers["nik"], "pin": PIN})
    assert "masih menunggu pemeriksaan petugas" in early.text
    clerk = staff(village, role="operator")
    assert "Menunggu persetujuan" in clerk.get("/layanan-warga/akun").text
    page = clerk.get(_account_path(head)).text
    url = re.search(rf'src="({_account_path(head)}/foto/[^"]+)"', page)
    assert url is not None
    shown = clerk.get(url[1])
    assert shown.content_type == "image/jpeg"
    assert shown.headers["Cache-Control"] == "no-store"
    assert clerk.submit(_account_path(head, "/setujui"), form=_account_path(head)).status_code == 303
    assert phone.submit("/layanan/masuk", {"nik": numbers["nik"], "pin": PIN}).status_code == 303
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(CaseFile.id)) is None
        actions = set(db.session.scalars(select(TenantAuditEntry.action)))
    assert {"portal.applied", "portal.photo_viewed", "portal.approved", "portal.signed_in"} <= actions


def test_a_refusal_says_why_to_who_knows_the_pin(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    numbers, phone = numbers_of(app, village, head), visit(_host(village))
    _applied(phone, numbers)
    clerk = staff(village)
    assert (
        clerk.submit(_account_path(head, "/tolak"), {"reason": "x"}, form=_account_path(head)).status_code
        == 422
    )
    clerk.submit(_account_path(head, "/tolak"), {"reason": "Foto tidak terbaca"}, form=_account_path(head))
    answer = phone.submit("/layanan/masuk", {"nik": numbers["nik"], "pin": PIN})
    assert "Foto tidak terbaca" in answer.text
    stranger = phone.submit("/layanan/masuk", {"nik": numbers["nik"], "pin": "999111"})
    assert "Foto tidak terbaca" not in stranger.text
    assert _applied(phone, numbers).status_code == 303


def test_nobody_applies_over_an_account_that_works(app: SigerFlask, village: Tenant, visit: Visit) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    before = account_row(app, village, head)
    answer = _applied(visit(_host(village)), numbers_of(app, village, head))
    assert answer.status_code == 422
    after = account_row(app, village, head)
    assert (after.state, after.pin_hash) == ("active", before.pin_hash)


@pytest.mark.parametrize("data", [b"", b"this is no photo", b"GIF89a" + b"0" * 100])
def test_a_photo_that_is_none_is_refused_with_a_sentence(
    app: SigerFlask, village: Tenant, visit: Visit, data: bytes
) -> None:
    _home, (head, *_others) = a_family(app, village)
    answer = _applied(visit(_host(village)), numbers_of(app, village, head), data)
    assert answer.status_code == 422
    assert 'id="f-photo-error"' in answer.text
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(PortalAccount.id)) is None


def test_a_photo_of_many_megabytes_is_refused(
    app: SigerFlask, village: Tenant, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activation, "PHOTO_BYTES", 1000)
    _home, (head, *_others) = a_family(app, village)
    answer = _applied(visit(_host(village)), numbers_of(app, village, head))
    assert answer.status_code == 422
    assert "Berkas lebih besar" in answer.text


# -- staff ----------------------------------------------------------------------------------------------------------


def test_a_clerk_unlocks_and_the_old_pin_holds(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalAccount).values(state="locked", failed=10))
        db.session.commit()
    clerk = staff(village)
    clerk.submit(_account_path(head, "/buka-kunci"), form=_account_path(head))
    phone = visit(_host(village))
    answer = phone.submit("/layanan/masuk", {"nik": numbers_of(app, village, head)["nik"], "pin": PIN})
    assert answer.status_code == 303


def test_closing_ends_sessions_and_empties_contacts(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    _home, (head, *_others) = a_family(app, village)
    phone = a_phone(app, village, head)
    clerk = staff(village)
    clerk.submit(_account_path(head, "/kartu"), {"tag": "04:a2:19:7f"}, form=_account_path(head))
    clerk.submit(_account_path(head, "/tutup"), {"closing_reason": "Diminta warga"}, form=_account_path(head))
    assert phone.get("/layanan/masuk").status_code == 200
    account = account_row(app, village, head)
    assert (account.state, account.box, account.card_index) == ("closed", None, None)


def test_a_card_belongs_to_one_account_and_survives_a_change_of_key(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    _home, (head, wife, _child) = a_family(app, village)
    an_account(app, village, head)
    an_account(app, village, wife)
    clerk = staff(village)
    clerk.submit(_account_path(head, "/kartu"), {"tag": "04:a2:19:7f"}, form=_account_path(head))
    taken = clerk.submit(_account_path(wife, "/kartu"), {"tag": "04A2197F"}, form=_account_path(wife))
    assert taken.status_code == 422
    before = account_row(app, village, head)
    assert before.card_index is not None
    assert before.box is not None
    assert b"04A2197F" not in before.box
    with app.app_context(), tenant_scope(village):
        from app.core.privacy.keys import current_key_id

        reseal_village(current_key_id())
    assert account_row(app, village, head).card_index == before.card_index


def test_a_chip_number_of_the_register_is_taken_over(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    home, (_head, *_others) = a_family(app, village)
    known = a_resident(
        app, village, household_id=home, relation=9, card_tag="0A1B2C3D", phone="0812-3456-7890"
    )
    code = _code(staff(village), known)
    assert _activated(visit(_host(village)), numbers_of(app, village, known), code).status_code == 303
    assert account_row(app, village, known).card_index is not None


@pytest.mark.parametrize(
    "deed", ["/kode", "/setujui", "/tolak", "/buka-kunci", "/keluarkan", "/tutup", "/kartu", "/kartu/lepas"]
)
def test_only_who_may_looks_after_accounts_and_only_of_this_village(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff, deed: str
) -> None:
    here, elsewhere = make_village(), make_village()
    _home, (head, *_others) = a_family(app, elsewhere)
    an_account(app, elsewhere, head)
    clerk = staff(here)
    answer = clerk.submit(
        _account_path(head, deed),
        {"reason": "sudah benar", "closing_reason": "sudah benar", "tag": "04A2197F"},
        form="/layanan-warga/akun/cari",
    )
    assert answer.status_code == 404
    stranger = a_clerk(app, elsewhere, "residents.view")
    refused = stranger.submit(_account_path(head, deed), form="/penduduk")
    assert refused.status_code == 403
    assert account_row(app, elsewhere, head).state == "active"


def test_the_list_searches_filters_and_asks_little(
    app: SigerFlask, village: Tenant, staff: Staff, count_queries: Callable[..., Any]
) -> None:
    _home, people = a_family(app, village)
    for person in people:
        an_account(app, village, person)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Resident).where(Resident.id == people[0]).values(name="SITI AMINAH"))
        db.session.execute(
            update(PortalAccount).where(PortalAccount.resident_id == people[1]).values(state="locked")
        )
        db.session.commit()
    clerk = staff(village)
    clerk.get("/layanan-warga/akun")
    with count_queries(at_most=8):
        page = clerk.get("/layanan-warga/akun?q=aminah").text
    assert "SITI AMINAH" in page
    assert page.count("<tr>") == 2
    locked = clerk.get("/layanan-warga/akun?keadaan=locked").text
    assert "SITI AMINAH" not in locked
    assert locked.count("<tr>") == 2


def test_the_residents_page_says_how_the_account_stands(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    _home, (head, *_others) = a_family(app, village)
    page = staff(village).get(f"/penduduk/{head}").text
    assert "Akun layanan mandiri" in page
    assert "Beri akun" in page


# -- every night ----------------------------------------------------------------------------------------------------


def test_who_left_has_no_account_any_more_and_nothing_of_them_is_kept(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    _home, (head, wife, _child) = a_family(app, village)
    phone, stays = a_phone(app, village, head), a_phone(app, village, wife)
    phone.submit("/layanan/data/kontak", {"phone": "0812-3456-7890"})
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Resident).where(Resident.id == head).values(vital_status=3))
        db.session.commit()
        assert keep() == {"closed": 1, "sessions": 0}
        assert keep() == {"closed": 0, "sessions": 0}
    gone = account_row(app, village, head)
    assert (gone.state, gone.box, gone.pin_hash) == ("closed", None, None)
    assert stays.get("/layanan/data").status_code == 200
    assert "tidak lagi tinggal di sini" in staff(village).get(_account_path(head)).text


def test_old_sessions_and_codes_are_forgotten(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    _home, (head, wife, _child) = a_family(app, village)
    a_phone(app, village, head)
    _code(staff(village), wife)
    with app.app_context(), tenant_scope(village):
        long_ago = now() - dt.timedelta(days=31)
        db.session.execute(update(PortalSession).values(expires_at=long_ago))
        db.session.execute(update(PortalAccount).values(code_expires_at=long_ago))
        db.session.commit()
        assert keep()["sessions"] == 1
    assert account_row(app, village, wife).code_hash is None
