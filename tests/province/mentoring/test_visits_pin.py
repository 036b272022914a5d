"""A village signs: with its PIN on the mentor's phone, locked after five wrong tries, or on its own host."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.province.mentoring.visits.models import MentoringVisit, VillagePin
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.mentoring.visiting import (
    JSON,
    PIN,
    a_mentor,
    kept_pin,
    photo,
    recorded,
    send,
    set_pin,
    sign,
    stands,
    today,
    typed,
)
from tests.support.work import settle

WRONG = "739164"


@pytest.fixture
def phone(app: SigerFlask, officer: Callable[..., Any], village: Tenant) -> Any:
    """The phone of the village's mentor."""
    return a_mentor(app, officer, village)


def actions(app: SigerFlask, village: Tenant) -> list[str]:
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == village.id)
        return list(db.session.scalars(query.order_by(PlatformAuditEntry.id)))


def test_a_village_signs_on_the_mentors_phone(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    head = staff(village, "village_head")
    key = recorded(phone, village, photos=[photo()])
    assert "belum menetapkan PIN" in phone.get(f"/kunjungan/{key}").text
    refused = sign(phone, key, PIN)
    assert refused.status_code == 303
    assert set_pin(head).status_code == 303
    assert PIN not in kept_pin(app, village).pin_hash
    answer = sign(phone, key, PIN, name="Sutrisno <b>Kaur</b>")
    assert answer.status_code == 303
    row = stands(app, key)
    assert (row.state, row.signed_by, row.signed_way) == ("signed", "Sutrisno <b>Kaur</b>", "pin")
    page = phone.get(f"/kunjungan/{key}").text
    assert "Sutrisno &lt;b&gt;Kaur" in page
    assert "Ditandatangani desa" in head.get(f"/pendampingan/kunjungan/{key}").text
    assert kept_pin(app, village).failures == 0
    assert sign(phone, key, WRONG).status_code == 303, "signing twice is one"
    assert kept_pin(app, village).failures == 0


def test_what_is_signed_is_changed_no_more_and_a_late_draft_of_it_still_arrives(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    set_pin(staff(village))
    key, picture = uuid.uuid4(), photo()
    send(phone, typed(village, key), photos=[picture], headers=JSON)
    sign(phone, key, PIN)
    same = send(phone, typed(village, key), photos=[picture], headers=JSON)
    assert same.json["state"] == "sent", "the answer to the first had been lost"
    other = send(phone, typed(village, key, done="Isi yang lain sama sekali."), headers=JSON)
    assert other.status_code == 409
    assert "ditandatangani" in other.json["errors"]["_schema"][0]
    more = send(phone, typed(village, key), photos=[photo(edge=90)], headers=JSON)
    assert more.status_code == 409, "nor is a photo added"
    assert phone.submit(f"/kunjungan/{key}/batal", {"reason": "Tidak jadi datang."}).status_code == 303
    row = stands(app, key)
    assert (row.state, row.done) == ("signed", "Menerbitkan tiga surat bersama operator.")
    assert len(row.photos) == 1


def test_five_wrong_tries_lock_the_pin_for_a_day_and_the_village_is_told(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    head = staff(village, "village_head")
    set_pin(head)
    key = recorded(phone, village)
    for left in (4, 3, 2, 1):
        answer = sign(phone, key, WRONG)
        assert answer.status_code == 422
        assert f"Setelah {left} kali salah lagi" in answer.text
        assert WRONG not in answer.text
    assert sign(phone, key, WRONG).status_code == 303
    assert "terkunci" in phone.get(f"/kunjungan/{key}").text
    locked = kept_pin(app, village)
    assert locked.locked_until is not None
    assert dt.timedelta(hours=23) < locked.locked_until - now() < dt.timedelta(hours=25)
    page = phone.get(f"/kunjungan/{key}").text
    assert "PIN terkunci sampai" in page
    assert 'name="pin"' not in page
    token = phone.get("/kunjungan/kunci").json["token"]
    right = phone.post(
        f"/kunjungan/{key}/tanda-tangan", {"name": "Sutrisno", "pin": PIN, "csrf_token": token}
    )
    assert right.status_code == 303
    assert stands(app, key).state == "held", "the right PIN opens nothing while it is locked"
    assert kept_pin(app, village).failures == 5
    settle(app)
    with app.app_context(), tenant_scope(village):
        query = select(func.count()).where(
            Notification.event == "mentoring_visits.pin_locked", Notification.channel == "in_app"
        )
        assert db.session.scalar(query) == 1
    assert actions(app, village).count("mentoring_pin.wrong") == 4
    assert actions(app, village).count("mentoring_pin.locked") == 1
    assert "Terkunci sampai" in head.get("/pendampingan/pin").text
    set_pin(head, "609318")
    assert sign(phone, key, "609318").status_code == 303
    assert stands(app, key).state == "signed", "a new PIN ends the lock"


def test_a_lock_ends_by_itself_and_counts_anew(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    set_pin(staff(village))
    key = recorded(phone, village)
    for _try in range(5):
        sign(phone, key, WRONG)
    with app.app_context(), platform_scope():
        db.session.execute(
            update(VillagePin)
            .where(VillagePin.tenant_id == village.id)
            .values(locked_until=now() - dt.timedelta(seconds=1))
        )
        db.session.commit()
    assert "Setelah 4 kali salah lagi" in sign(phone, key, WRONG).text
    assert sign(phone, key, PIN).status_code == 303
    assert stands(app, key).state == "signed"
    assert kept_pin(app, village).failures == 0


def test_tries_for_any_visit_of_the_village_count_together(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    set_pin(staff(village))
    near = officer("district_officer", village.district_code)
    keys = [recorded(phone, village), recorded(phone, village)]
    theirs = recorded(near, village)
    for key in (*keys, *keys):
        sign(phone, key, WRONG)
    sign(near, theirs, WRONG)
    assert kept_pin(app, village).locked_until is not None


def test_another_villages_pin_and_another_mentors_visit_are_worth_nothing(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any], make_village: Callable[[], Tenant],
    officer: Callable[..., Any],
) -> None:  # fmt: skip
    other = make_village()
    set_pin(staff(village))
    set_pin(staff(other), "609318")
    key = recorded(phone, village)
    assert sign(phone, key, "609318").status_code == 422
    near = officer("district_officer", village.district_code)
    token = near.get("/kunjungan/kunci").json["token"]
    form = {"name": "Sutrisno", "pin": PIN, "csrf_token": token}
    assert near.post(f"/kunjungan/{key}/tanda-tangan", form).status_code == 404
    assert stands(app, key).state == "held"


@pytest.mark.parametrize(
    ("pin", "again", "sentence"),
    [
        ("12345", "12345", "6 angka"),
        ("1234567", "1234567", "6 angka"),
        ("48a915", "48a915", "6 angka"),
        ("111111", "111111", "mudah ditebak"),
        ("123456", "123456", "mudah ditebak"),
        ("", "", "6 angka"),
        (PIN, WRONG, "PIN kedua berbeda"),
    ],
)
def test_a_bad_pin_is_not_set(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any], pin: str, again: str, sentence: str
) -> None:
    answer = set_pin(staff(village), pin, again)
    assert answer.status_code == 422
    assert sentence in answer.text
    with app.app_context(), platform_scope():
        assert db.session.get(VillagePin, village.id) is None


def test_only_who_may_sets_the_pin_and_signs(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    operator, secretary = staff(village, "operator"), staff(village, "secretary")
    assert operator.get("/pendampingan/pin").status_code == 403
    key = recorded(phone, village)
    page = f"/pendampingan/kunjungan/{key}"
    token = operator.get(page).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert operator.post(f"{page}/tanda-tangan", {"csrf_token": token}).status_code == 403
    assert stands(app, key).state == "held"
    assert secretary.submit(f"{page}/tanda-tangan", {}, form=page).status_code == 303
    row = stands(app, key)
    assert (row.state, row.signed_by, row.signed_way) == ("signed", secretary.name, "account")
    assert "mentoring_visit.signed" in actions(app, village)
    assert "kunjungan pendamping menunggu" not in secretary.get("/beranda").text


def test_another_villages_visits_are_unknown(
    app: SigerFlask,
    phone: Any,
    village: Tenant,
    staff: Callable[..., Any],
    make_village: Callable[[], Tenant],
) -> None:
    key, stranger = recorded(phone, village), staff(make_village())
    page = f"/pendampingan/kunjungan/{key}"
    assert stranger.get(page).status_code == 404
    assert stranger.submit(f"{page}/tanda-tangan", {}, form="/pendampingan/pin").status_code == 404
    assert str(key) not in stranger.get("/pendampingan/kunjungan").text
    assert stands(app, key).state == "held"


def test_a_plan_is_not_signed_and_a_villages_list_goes_on(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    secretary = staff(village)
    set_pin(secretary)
    with app.app_context(), platform_scope():
        rows = [
            MentoringVisit(
                id=uuid.uuid4(), tenant_id=village.id, mentor_id=phone.account_id, mentor_name="Pendamping <i>",
                visited_on=today() + dt.timedelta(days=number), aim="Menengok.", state="planned",
            )
            for number in range(30)
        ]  # fmt: skip
        ids = [row.id for row in rows]
        db.session.add_all(rows)
        db.session.commit()
    page = f"/pendampingan/kunjungan/{ids[0]}"
    assert "Tanda tangani kunjungan" not in secretary.get(page).text
    assert secretary.submit(f"{page}/tanda-tangan", {}, form="/pendampingan/pin").status_code == 303
    assert stands(app, ids[0]).state == "planned"
    secretary.get("/pendampingan/kunjungan")
    with count_queries(at_most=50) as seen:
        first = secretary.get("/pendampingan/kunjungan").text
    assert len(seen) <= 6, seen
    assert "<i>" not in first
    assert "25 kunjungan di halaman ini" in first
    following = first.partition('rel="next" href="')[2].partition('"')[0]
    assert "5 kunjungan di halaman ini" in secretary.get(following).text
    with secretary.get("/pendampingan/kunjungan/unduh") as sheet:
        assert sheet.status_code == 200
        assert sheet.data[:2] == b"PK"
