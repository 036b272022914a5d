"""The kiosk in the hall: paired by a code, always with the PIN, printed at once or with a queue number, forgetting."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.letters.models import Letter
from app.government.selfservice.kiosk import asking
from app.government.selfservice.models import KioskDevice, PortalSession
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_clerk, a_family
from tests.support.selfservice import PIN, a_phone, an_account, numbers_of
from tests.support.visitors import Visitor

Staff = Callable[..., Any]
Visit = Callable[[str], Visitor]
CODE = re.compile(r'code-slip-code">([A-Z0-9]{4}-[A-Z0-9]{4})<')
WORDS = {"keperluan": "Mengurus rekening bank", "tujuan": "Bank Lampung"}


def _host(village: Tenant) -> str:
    return f"{village.slug}.localhost"


def _new_code(clerk: Any, **settings: Any) -> str:
    page = clerk.submit("/layanan-warga/kios/baru", {"name": "Kios lobi", **settings})
    assert page.status_code == 200
    found = CODE.search(page.text)
    assert found is not None
    return found[1]


def _paired(screen: Visitor, clerk: Any, **settings: Any) -> Visitor:
    answer = screen.submit("/kios/pasang", {"code": _new_code(clerk, **settings)})
    assert answer.status_code == 303
    return screen


@pytest.fixture
def head(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """The head of a family, with an account."""
    _home, (head, *_others) = a_family(app, village)
    an_account(app, village, head)
    return head


@pytest.fixture
def screen(village: Tenant, staff: Staff, visit: Visit) -> Visitor:
    """A paired screen without a printer."""
    return _paired(visit(_host(village)), staff(village))


@pytest.fixture
def kind(app: SigerFlask, village: Tenant) -> str:
    """The code of the letter that is asked for here."""
    with app.app_context(), tenant_scope(village):
        codes = {kind.code for kind in asking.kinds_on_kiosk()}
    return next(code for code in sorted(codes) if "umum" in code)


def _enters(screen: Visitor, nik: str, pin: str = PIN) -> Any:
    page = screen.submit("/kios", {"who": nik})
    assert page.status_code == 200
    assert "Ketik PIN Anda" in page.text
    return screen.submit("/kios/masuk", {"who": nik, "pin": pin}, form="/kios")


def _asks(screen: Visitor, code: str, **more: str) -> Any:
    page = screen.get(f"/kios/surat/{code}")
    key = re.search(r'name="kunci" value="([^"]+)"', page.text)
    assert key is not None
    return screen.submit(
        f"/kios/surat/{code}", {**WORDS, "kunci": key[1], **more}, form=f"/kios/surat/{code}"
    )


def _letters(app: SigerFlask, village: Tenant) -> list[Letter]:
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def test_a_screen_is_paired_by_a_code_that_counts_once(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    clerk = staff(village)
    code = _new_code(clerk)
    screen = visit(_host(village))
    assert screen.get("/kios").headers["Location"] == "/kios/pasang"
    assert screen.submit("/kios/pasang", {"code": "AAAA-2222"}).status_code == 422
    answer = screen.submit("/kios/pasang", {"code": code.lower()})
    assert "siger_kios=" in "".join(answer.headers.getlist("Set-Cookie"))
    assert screen.get("/kios").status_code == 200
    assert visit(_host(village)).submit("/kios/pasang", {"code": code}).status_code == 422
    assert "Terpasang" in clerk.get("/layanan-warga/kios").text
    with app.app_context(), tenant_scope(village):
        row = db.session.scalars(select(KioskDevice)).one()
        assert row.code_digest is None
        assert row.token_digest is not None


def test_a_pairing_code_ends_after_half_an_hour(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit
) -> None:
    code = _new_code(staff(village))
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(KioskDevice).values(code_expires_at=now()))
        db.session.commit()
    assert visit(_host(village)).submit("/kios/pasang", {"code": code}).status_code == 422


def test_a_letter_is_asked_for_and_a_queue_number_shown(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID, kind: str
) -> None:
    assert _enters(screen, numbers_of(app, village, head)["nik"]).headers["Location"] == "/kios/pilih"
    assert f"/kios/surat/{kind}" in screen.get("/kios/pilih").text
    first = _asks(screen, kind)
    assert first.status_code == 303
    page = screen.get(first.headers["Location"])
    assert ">001<" in page.text
    assert ">002<" in screen.get(_asks(screen, kind).headers["Location"]).text
    letters = _letters(app, village)
    assert [letter.state for letter in letters] == ["submitted", "submitted"]
    assert {letter.origin for letter in letters} == {"kiosk"}
    assert letters[0].resident_id == head


def test_the_same_form_sent_twice_is_one_request(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID, kind: str
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    key = str(uuid.uuid4())
    one, other = _asks(screen, kind, kunci=key), _asks(screen, kind, kunci=key)
    assert one.headers["Location"] == other.headers["Location"]
    assert [letter.details["queue"] for letter in _letters(app, village)] == [1]


def test_what_the_village_allows_is_printed_at_once(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit, head: uuid.UUID, kind: str
) -> None:
    screen = _paired(visit(_host(village)), staff(village), prints="1", at_once=kind, checked=kind)
    _enters(screen, numbers_of(app, village, head)["nik"])
    answer = _asks(screen, kind)
    page = screen.get(answer.headers["Location"]).text
    assert "Surat Anda sudah jadi" in page
    (letter,) = _letters(app, village)
    assert (letter.state, letter.signing) == ("issued", "wet")
    assert letter.number is not None
    assert letter.number in page
    printed = screen.get(f"/kios/cetak/{letter.id}")
    assert printed.data.startswith(b"%PDF-")
    assert printed.headers["Cache-Control"] == "no-store"
    assert "60" in printed.headers["Refresh"]
    (letter,) = _letters(app, village)
    assert letter.state == "collected"
    assert letter.details["collected"]["how"] == "printed"
    assert screen.get(f"/kios/cetak/{letter.id}").status_code == 200
    assert "Surat Anda sudah jadi" in screen.get(answer.headers["Location"]).text


@pytest.mark.parametrize(("checked", "state"), [("", "submitted"), ("sktm", "issued")])
def test_a_letter_with_required_papers_is_printed_only_where_staff_looks_at_them(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit, head: uuid.UUID, checked: str, state: str
) -> None:
    clerk = staff(village)
    screen = _paired(visit(_host(village)), clerk, prints="1", at_once="sktm", checked=checked)
    _enters(screen, numbers_of(app, village, head)["nik"])
    answer = _asks(screen, "sktm")
    page = screen.get(answer.headers["Location"]).text
    assert ("Nomor antrean Anda" in page) is (state == "submitted")
    assert [letter.state for letter in _letters(app, village)] == [state]
    assert "Petugas memeriksa berkas saat mencetak" in clerk.get("/layanan-warga/kios/baru").text


def test_what_is_not_there_stays_on_the_kiosks_own_screen(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    for path in ("/kios/surat/tidak-ada", f"/kios/hasil/{uuid.uuid4()}", f"/kios/cetak/{uuid.uuid4()}"):
        answer = screen.get(path)
        assert answer.status_code == 404
        assert "Ke layar pertama" in answer.text
        links = re.findall(r'<a[^>]* href="([^"]+)"', answer.text)
        assert [link for link in links if not link.startswith(("/kios", "#"))] == []


def test_one_letter_of_a_type_is_printed_at_once_a_day(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit, head: uuid.UUID, kind: str
) -> None:
    screen = _paired(visit(_host(village)), staff(village), prints="1", at_once=kind, checked=kind)
    _enters(screen, numbers_of(app, village, head)["nik"])
    key = str(uuid.uuid4())
    first = _asks(screen, kind, kunci=key)
    assert _asks(screen, kind, kunci=key).headers["Location"] == first.headers["Location"]
    again = _asks(screen, kind)
    assert again.status_code == 422
    assert "Anda sudah mencetak surat ini hari ini; hubungi petugas." in again.text
    assert len(_letters(app, village)) == 1
    yesterday = now() - dt.timedelta(days=1, hours=1)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Letter).values(created_at=yesterday))
        db.session.commit()
    assert _asks(screen, kind).status_code == 303


def test_a_field_that_is_empty_is_told_beside_it(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID, kind: str
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    answer = _asks(screen, kind, keperluan="")
    assert answer.status_code == 422
    assert 'id="f-keperluan-error"' in answer.text
    assert not _letters(app, village)


def test_an_enrolled_card_stands_for_the_nik_but_not_for_the_pin(
    app: SigerFlask, village: Tenant, staff: Staff, screen: Visitor, head: uuid.UUID
) -> None:
    path = f"/layanan-warga/akun/{head}"
    staff(village).submit(f"{path}/kartu", {"tag": "04:a2:19:7f"}, form=path)
    assert _enters(screen, "04A2197F", "999111").status_code == 422
    assert _enters(screen, "04A2197F").headers["Location"] == "/kios/pilih"
    assert _enters(screen_again(screen), "04A2197E").status_code == 422


def screen_again(screen: Visitor) -> Visitor:
    """The same screen after whoever was there has finished."""
    screen.submit("/kios/selesai", form="/kios/pilih")
    return screen


def test_everything_is_forgotten_after_a_minute_without_a_touch(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID, kind: str
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    page = screen.get("/kios/pilih")
    assert page.headers["Cache-Control"] == "no-store"
    assert 'content="61;url=/kios"' in page.text
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalSession).values(last_seen_at=now() - dt.timedelta(seconds=61)))
        db.session.commit()
    for path in ("/kios/pilih", f"/kios/surat/{kind}", f"/kios/hasil/{uuid.uuid4()}"):
        assert screen.get(path).headers["Location"] == "/kios"
    assert screen.get("/kios").status_code == 200


def test_a_touch_begins_the_minute_anew(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(PortalSession).values(last_seen_at=now() - dt.timedelta(seconds=55)))
        db.session.commit()
    assert screen.submit("/kios/masih", form="/kios/pilih").status_code == 204
    with app.app_context(), tenant_scope(village):
        seen = db.session.scalars(select(PortalSession.last_seen_at)).one()
    assert now() - seen < dt.timedelta(seconds=20)


def test_finishing_signs_out_and_clears(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    answer = screen.submit("/kios/selesai", form="/kios/pilih")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert screen.get("/kios/pilih").headers["Location"] == "/kios"
    assert screen.get("/kios").status_code == 200


def test_a_kiosks_session_opens_nothing_else(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    assert screen.get("/layanan/data").headers["Location"].startswith("/layanan/masuk")


def test_a_phones_session_is_nothing_on_the_kiosk(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    _home, (other, *_others) = a_family(app, village)
    phone = a_phone(app, village, other)
    token = phone.client.get_cookie("siger_warga", domain=phone.host)
    assert token is not None
    screen.client.set_cookie("siger_warga", token.value, domain=screen.host)
    assert screen.get("/kios/pilih").headers["Location"] == "/kios"


def test_a_screen_that_was_taken_away_is_nothing(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visit, head: uuid.UUID
) -> None:
    clerk = staff(village)
    screen = _paired(visit(_host(village)), clerk)
    _enters(screen, numbers_of(app, village, head)["nik"])
    with app.app_context(), tenant_scope(village):
        kiosk_id = db.session.scalars(select(KioskDevice.id)).one()
    path = f"/layanan-warga/kios/{kiosk_id}"
    assert clerk.submit(f"{path}/lepas", form=path).status_code == 303
    assert screen.get("/kios").headers["Location"] == "/kios/pasang"
    assert screen.get("/kios/pilih").headers["Location"] == "/kios/pasang"
    assert clerk.get(path).status_code == 404


def test_somebody_elses_letter_is_not_found(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID, kind: str
) -> None:
    _enters(screen, numbers_of(app, village, head)["nik"])
    theirs = _asks(screen, kind).headers["Location"]
    _home, (other, *_others) = a_family(app, village)
    an_account(app, village, other)
    _enters(screen_again(screen), numbers_of(app, village, other)["nik"])
    assert screen.get(theirs).status_code == 404
    assert screen.get(theirs.replace("hasil", "cetak")).status_code == 404


def test_letters_with_people_or_tables_are_not_offered(
    app: SigerFlask, village: Tenant, screen: Visitor, head: uuid.UUID
) -> None:
    with app.app_context(), tenant_scope(village):
        offered = asking.kinds_on_kiosk()
    assert 3 <= len(offered) <= 12
    assert all(len(kind.fields) <= 5 for kind in offered)
    _enters(screen, numbers_of(app, village, head)["nik"])
    assert screen.get("/kios/surat/nikah-n1").status_code == 404
    assert screen.get("/kios/surat/tidak-ada").status_code == 404


@pytest.mark.parametrize("deed", ["", "/kode", "/lepas"])
def test_only_who_may_looks_after_kiosks_and_only_of_this_village(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff, deed: str
) -> None:
    here, elsewhere = make_village(), make_village()
    _new_code(staff(elsewhere))
    with app.app_context(), tenant_scope(elsewhere):
        kiosk_id = db.session.scalars(select(KioskDevice.id)).one()
    path = f"/layanan-warga/kios/{kiosk_id}{deed}"
    answer = staff(here).submit(path, {"name": "Kios"}, form="/layanan-warga/kios/baru")
    assert answer.status_code == 404
    stranger = a_clerk(app, elsewhere, "residents.view")
    assert stranger.submit(path, {"name": "Kios"}, form="/penduduk").status_code == 403
    with app.app_context(), tenant_scope(elsewhere):
        row = db.session.scalars(select(KioskDevice)).one()
        assert (row.name, row.ended_at) == ("Kios lobi", None)


def test_a_screen_of_one_village_is_nothing_in_another(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff, visit: Visit
) -> None:
    one, other = make_village(), make_village()
    screen = _paired(visit(_host(one)), staff(one))
    token = screen.client.get_cookie("siger_kios", domain=screen.host)
    assert token is not None
    elsewhere = visit(_host(other))
    elsewhere.client.set_cookie("siger_kios", token.value, domain=elsewhere.host)
    assert elsewhere.get("/kios").headers["Location"] == "/kios/pasang"
