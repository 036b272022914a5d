"""One phone, several people: a form is filed for whoever filled it in, or not at all. Several at once: one wins."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.core.casework.models import CaseFile
from app.core.hosting import SigerFlask
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.selfservice.accounts import activation, staffing
from app.government.selfservice.accounts.sessions import add_session
from app.government.selfservice.models import PortalAccount
from tenants.scope import Tenant, tenant_scope
from tests.government.test_selfservice_requests import count_letters, form_of, send_form
from tests.support import residents
from tests.support.events import told
from tests.support.images import picture
from tests.support.selfservice import PIN, Phone, a_phone, account_row, an_account, numbers_of
from tests.support.visitors import Visitor

AT_ONCE = 4
COMPLAINT = {
    "category": "light",
    "title": "Lampu jalan mati",
    "text": "Lampu di depan masjid mati sejak Senin.",
}


def now_signed_in(app: SigerFlask, village: Tenant, phone: Phone, name: str) -> uuid.UUID:
    """Somebody else signs in on the same phone; returns whose account that is."""
    account = an_account(app, village, residents.a_resident(app, village, name=name))
    with app.app_context(), tenant_scope(village):
        token = add_session(account)
        db.session.commit()
    phone.client.set_cookie("siger_warga", token, domain=phone.host)
    return account


@pytest.fixture
def phone(app: SigerFlask, village: Tenant) -> Phone:
    """Aminah's phone."""
    _home, (head, *_others) = residents.a_family(app, village)
    return a_phone(app, village, head)


def test_a_letter_filled_in_by_another_account_is_not_begun(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    mine = {**form_of(phone), "akun": str(phone.account_id)}
    now_signed_in(app, village, phone, "BUDI")
    answer = send_form(phone, mine)
    assert answer.status_code == 409
    assert "akun lain" in told(answer)
    assert "Beasiswa" not in answer.text
    assert count_letters(app, village) == 0


def test_a_complaint_written_by_another_account_is_not_filed(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    page = phone.get("/layanan/pengaduan/baru").text
    assert f'name="akun" value="{phone.account_id}"' in page
    now_signed_in(app, village, phone, "BUDI")
    mine = {**COMPLAINT, "kunci": str(uuid.uuid4()), "akun": str(phone.account_id)}
    answer = phone.submit("/layanan/pengaduan/baru", mine)
    assert answer.status_code == 409
    assert "masjid" not in answer.text
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(Complaint)) == 0


@pytest.mark.parametrize("path", ["/layanan/data/kontak", "/layanan/data/perbaikan", "/layanan/data/pin"])
def test_own_data_is_not_changed_by_a_form_of_another_account(
    app: SigerFlask, village: Tenant, phone: Phone, path: str
) -> None:
    page = phone.get(path)
    assert page.status_code == 200
    assert f'name="akun" value="{phone.account_id}"' in page.text
    now_signed_in(app, village, phone, "BUDI")
    answer = phone.submit(path, {"phone": "0812-0000-1234", "akun": str(phone.account_id)})
    assert answer.status_code == 409


def test_the_form_of_the_one_who_is_signed_in_is_taken(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    answer = send_form(phone, {**form_of(phone), "akun": str(phone.account_id)})
    assert answer.status_code == 303
    assert count_letters(app, village) == 1


def test_ten_wrong_pins_of_a_stranger_leave_the_owner_signed_in(
    app: SigerFlask, village: Tenant, phone: Phone, visit: Callable[[str], Visitor]
) -> None:
    nik = numbers_of(app, village, phone.resident_id)["nik"]
    stranger = visit(phone.host)
    for _time in range(10):
        stranger.submit("/layanan/masuk", {"nik": nik, "pin": "999111"})
    assert account_row(app, village, phone.resident_id).state == "locked"
    assert phone.get("/layanan/data").status_code == 200
    assert stranger.submit("/layanan/masuk", {"nik": nik, "pin": PIN}).status_code == 422


def test_a_closed_account_is_signed_out_at_once(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    with app.test_request_context("/"), tenant_scope(village):
        account = db.session.get_one(PortalAccount, phone.account_id)
        account.state = "closed"
        db.session.commit()
    assert phone.get("/layanan/data").status_code == 303


def _together(app: SigerFlask, village: Tenant, deed: Callable[[], object]) -> list[str]:
    """What came of the same deed done several times in the same moment, by the name of the error."""
    gate = Barrier(AT_ONCE)

    def go(_number: int) -> str:
        with app.test_request_context("/"), tenant_scope(village):
            gate.wait(10)
            try:
                deed()
            except Exception as error:
                return type(error).__name__
            finally:
                db.session.remove()
            return "ok"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(go, range(AT_ONCE)))


@pytest.mark.parametrize("invited", [False, True])
def test_of_several_applications_at_once_one_is_taken(
    app: SigerFlask, village: Tenant, invited: bool
) -> None:
    _home, (head, *_others) = residents.a_family(app, village)
    if invited:
        with app.test_request_context("/"), tenant_scope(village):
            staffing.give_code(head)
    known = numbers_of(app, village, head)
    day = dt.date(*map(int, reversed(known["birth_date"].split("-"))))
    results = _together(
        app, village, lambda: activation.apply_with_photo(known["nik"], known["kk"], day, PIN, picture())
    )
    assert results == ["ActivationRefused"] * (AT_ONCE - 1) + ["ok"]
    assert account_row(app, village, head).state == "waiting"
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(CaseFile)) == 1


def test_of_several_codes_at_once_none_breaks(app: SigerFlask, village: Tenant) -> None:
    _home, (head, *_others) = residents.a_family(app, village)
    results = _together(app, village, lambda: staffing.give_code(head))
    assert "ok" in results
    assert set(results) <= {"ok", Invalid.__name__}
