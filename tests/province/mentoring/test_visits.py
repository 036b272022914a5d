"""Visits through the front door: planned, recorded once under the phone's id, changed, called off, listed."""

from __future__ import annotations

import datetime as dt
import io
import threading
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.visits.models import MentoringVisit
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.mentoring.visiting import (
    JSON,
    a_mentor,
    kept,
    photo,
    recorded,
    send,
    stands,
    today,
    typed,
)
from tests.support.work import settle

HTML = "<script>alert(1)</script><b>tebal</b>"


@pytest.fixture
def phone(app: SigerFlask, officer: Callable[..., Any], village: Tenant) -> Any:
    """The phone of the village's mentor."""
    return a_mentor(app, officer, village)


def told(app: SigerFlask, village: Tenant, visit_id: uuid.UUID, what: str) -> int:
    with app.app_context(), tenant_scope(village):
        query = select(func.count()).where(
            Notification.subject_id == visit_id, Notification.event == f"mentoring_visits.{what}",
            Notification.channel == "in_app",
        )  # fmt: skip
        return db.session.scalar(query) or 0


def noted(app: SigerFlask, action: str, object_id: object) -> list[PlatformAuditEntry]:
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == action, PlatformAuditEntry.object_id == str(object_id)
        )
        rows = list(db.session.scalars(query))
        db.session.expunge_all()
        return rows


def a_case(app: SigerFlask, village: Tenant, subject: str = "Impor KK gagal") -> uuid.UUID:
    with app.app_context(), platform_scope():
        case = MentoringCase(
            tenant_id=village.id, origin="hand", subject=subject, opened_by="Uji", respond_by=now(),
            due_at=now() + dt.timedelta(days=3),
        )  # fmt: skip
        db.session.add(case)
        db.session.commit()
        return case.id


def test_a_visit_is_recorded_noted_and_the_village_is_told(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    head = staff(village, "village_head")
    operator = staff(village, "operator")
    key = recorded(phone, village, next_on=(today() + dt.timedelta(days=7)).isoformat())
    settle(app)
    row = stands(app, key)
    assert (row.state, row.mentor_name, row.place) == ("held", phone.name, "Balai pekon")
    assert row.next_on == today() + dt.timedelta(days=7)
    assert noted(app, "mentoring_visit.recorded", key)[0].tenant_id == village.id
    assert told(app, village, key, "held") == 1, "only who may sign is told"
    page = phone.get(f"/kunjungan/{key}").text
    assert "Menunggu tanda tangan" in page
    assert "Menerbitkan tiga surat" in page
    assert "Menerbitkan tiga surat" in head.get(f"/pendampingan/kunjungan/{key}").text
    assert "Tanda tangani kunjungan" not in operator.get(f"/pendampingan/kunjungan/{key}").text
    assert "1 kunjungan pendamping menunggu tanda tangan" in head.get("/beranda").text


def test_a_draft_sent_twice_is_one_visit_with_one_photo(app: SigerFlask, phone: Any, village: Tenant) -> None:
    key, picture = uuid.uuid4(), photo()
    draft = typed(village, key, written_at="2026-11-20T08:00:00+07:00")
    first = send(phone, draft, photos=[picture], headers=JSON)
    again = send(phone, draft, photos=[picture], headers=JSON)
    assert first.json == again.json == {"state": "sent", "url": f"/kunjungan/{key}"}
    row = stands(app, key)
    assert len(row.photos) == 1
    assert row.row_version == 1
    assert len(noted(app, "mentoring_visit.recorded", key)) == 1
    settle(app)
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(func.count()).where(MentoringVisit.tenant_id == village.id)) == 1


def test_a_newer_draft_changes_what_stands_and_an_older_one_does_not(
    app: SigerFlask, phone: Any, village: Tenant
) -> None:
    key = uuid.uuid4()
    for hour, words in (("09", "Kedua, lebih lengkap."), ("08", "Pertama, lebih awal ditulis.")):
        send(
            phone, typed(village, key, done=words, written_at=f"2026-11-20T{hour}:00:00+07:00"), headers=JSON
        )
    assert stands(app, key).done == "Kedua, lebih lengkap."
    send(phone, typed(village, key, done="Ketiga, paling akhir.", written_at="2026-11-20T10:00:00+07:00"))
    assert stands(app, key).done == "Ketiga, paling akhir."


def test_two_sends_at_the_same_moment_make_one(app: SigerFlask, phone: Any, village: Tenant) -> None:
    key, answers = uuid.uuid4(), []
    token = phone.get("/kunjungan/kunci").json["token"]
    header = "; ".join(f"{one.key}={one.value}" for one in (phone.client._cookies or {}).values())

    def post() -> None:
        answer = app.test_client(use_cookies=False).post(
            "/kunjungan/tulis", base_url="http://localhost", data={**typed(village, key), "csrf_token": token},
            headers={**JSON, "Cookie": header},
        )  # fmt: skip
        answers.append(answer.status_code)

    threads = [threading.Thread(target=post) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert len(noted(app, "mentoring_visit.recorded", key)) == 1


def test_another_mentors_id_is_unknown(
    app: SigerFlask,
    phone: Any,
    village: Tenant,
    make_village: Callable[[], Tenant],
    officer: Callable[..., Any],
) -> None:
    other_village = make_village()
    stranger = a_mentor(app, officer, other_village)
    key = recorded(phone, village)
    for path in ("", "/ubah", "/batal", "/rencana"):
        assert stranger.get(f"/kunjungan/{key}{path}").status_code == 404, path
    assert send(stranger, typed(other_village, key, done="Milik orang lain saja.")).status_code == 404
    assert send(stranger, typed(village, uuid.uuid4())).status_code == 404, "not one of the own villages"
    assert stranger.get(f"/kunjungan/tulis?desa={village.id}").status_code == 404
    assert stranger.get(f"/kunjungan/rencana?desa={village.id}").status_code == 404
    assert stands(app, key).done.startswith("Menerbitkan")
    assert noted(app, "region.refused", village.code), "asking for it is noted"
    assert str(key) not in stranger.get("/kunjungan/daftar").text
    mine = recorded(stranger, other_village)
    assert send(phone, typed(village, mine)).status_code == 404, "the id of another village's visit"


def test_officers_see_their_region_and_may_not_change_what_a_mentor_wrote(
    app: SigerFlask, phone: Any, village: Tenant, officer: Callable[..., Any]
) -> None:
    key = recorded(phone, village)
    near, far = officer("district_officer", village.district_code), officer("regency_admin", "18.71")
    assert village.full_name in near.get("/kunjungan").text
    assert near.get(f"/kunjungan/{key}").status_code == 200
    assert near.get(f"/kunjungan/{key}/ubah").status_code == 404
    assert near.get(f"/kunjungan/{key}/batal").status_code == 404
    if village.regency_code != "18.71":
        assert far.get(f"/kunjungan/{key}").status_code == 404
        assert str(key) not in far.get("/kunjungan").text
    analyst = officer("regency_analyst", village.regency_code)
    assert analyst.get(f"/kunjungan/{key}").status_code == 200
    assert analyst.get("/kunjungan/tulis").status_code == 403
    found = near.get(f"/kunjungan/desa?q={village.name}").text
    assert f"/kunjungan/tulis?desa={village.id}" in found
    mine = recorded(near, village, done="Petugas kecamatan ikut datang.")
    assert stands(app, mine).mentor_name == near.name


def test_html_in_every_field_stays_text(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = recorded(phone, village, place=HTML, done=HTML, next_step=HTML)
    reader = staff(village)
    pages = [
        phone.get(f"/kunjungan/{key}").text, phone.get(f"/kunjungan/{key}/ubah").text,
        phone.get("/kunjungan").text, phone.get("/kunjungan/daftar").text,
        reader.get(f"/pendampingan/kunjungan/{key}").text, reader.get("/pendampingan/kunjungan").text,
    ]  # fmt: skip
    assert all("<b>tebal</b>" not in page and "<script>alert" not in page for page in pages)
    assert "&lt;b&gt;tebal" in pages[0]
    other = uuid.uuid4()
    plan = {
        "visit_id": str(other),
        "village_id": str(village.id),
        "visited_on": today().isoformat(),
        "aim": HTML,
    }
    phone.submit("/kunjungan/rencana", plan, form=f"/kunjungan/rencana?desa={village.id}")
    assert "<b>tebal" not in phone.get(f"/kunjungan/{other}").text + phone.get("/kunjungan").text
    answer = phone.submit(f"/kunjungan/{other}/batal", {"reason": HTML})
    assert answer.status_code == 303
    assert "<b>tebal" not in phone.get(f"/kunjungan/{other}").text


def test_a_plan_is_told_carried_out_under_its_id_and_called_off(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    staff(village)
    key = uuid.uuid4()
    day = today() + dt.timedelta(days=3)
    plan = {"visit_id": str(key), "village_id": str(village.id), "visited_on": day.isoformat(),
            "aim": "Menyelesaikan impor KK."}  # fmt: skip
    form = f"/kunjungan/rencana?desa={village.id}"
    assert phone.submit("/kunjungan/rencana", plan, form=form).status_code == 303
    assert phone.submit("/kunjungan/rencana", plan, form=form).status_code == 303
    settle(app)
    assert told(app, village, key, "planned") == 1
    assert "Menyelesaikan impor KK." in phone.get("/kunjungan").text
    past = {**plan, "visit_id": str(uuid.uuid4()), "visited_on": "2020-01-01"}
    assert phone.submit("/kunjungan/rencana", past, form=form).status_code == 422
    assert "Menyelesaikan impor KK." in phone.get(f"/kunjungan/tulis?rencana={key}").text
    assert send(phone, typed(village, key)).status_code == 303
    row = stands(app, key)
    assert (row.state, row.aim) == ("held", "Menyelesaikan impor KK.")
    assert phone.submit(f"/kunjungan/{key}/batal", {"reason": "x"}).status_code == 422
    assert phone.submit(f"/kunjungan/{key}/batal", {"reason": "Salah desa, keliru pilih."}).status_code == 303
    assert stands(app, key).state == "cancelled"
    again = send(phone, typed(village, key, done="Ditulis lagi sesudah batal."), headers=JSON)
    assert again.status_code == 409
    assert "dibatalkan" in again.json["errors"]["_schema"][0]


def test_a_version_that_is_not_the_present_one_changes_nothing(
    app: SigerFlask, phone: Any, village: Tenant
) -> None:
    key = recorded(phone, village)
    assert send(phone, typed(village, key, done="Diubah pertama kali.", row_version="1")).status_code == 303
    late = send(phone, typed(village, key, done="Diubah terlambat sekali.", row_version="1"))
    assert late.status_code == 409
    assert "Diubah terlambat" in late.text, "what was typed is still there"
    assert stands(app, key).done == "Diubah pertama kali."


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"visited_on": "2999-01-01"}, "Tanggal"),
        ({"visited_on": "2019-01-01"}, "setahun lalu"),
        ({"done": "pendek"}, "Terlalu pendek"),
        ({"place": ""}, "Wajib diisi"),
        ({"next_on": "2020-01-01"}, "sebelum tanggal kunjungan"),
        ({"location": "91, 181"}, "di luar Indonesia"),
        ({"case_id": str(uuid.uuid4())}, "bukan kasus desa"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_kept(
    app: SigerFlask, phone: Any, village: Tenant, wrong: dict[str, str], sentence: str
) -> None:
    key = uuid.uuid4()
    page = send(phone, typed(village, key, **wrong))
    assert page.status_code == 422
    assert sentence in page.text
    by_phone = send(phone, typed(village, key, **wrong), headers=JSON)
    assert by_phone.status_code == 422
    assert sentence in str(by_phone.json["errors"])
    assert kept(app, key) is None


def test_a_draft_without_an_id_or_with_nonsense_is_refused(phone: Any, village: Tenant) -> None:
    for key in ("", "bukan-id", "1"):
        assert send(phone, {**typed(village, uuid.uuid4()), "visit_id": key}).status_code == 400
    answer = send(phone, {**typed(village, uuid.uuid4()), "village_id": ""}, headers=JSON)
    assert answer.status_code == 422
    assert send(phone, {**typed(village, uuid.uuid4()), "village_id": str(uuid.uuid4())}).status_code == 404


def test_a_visit_for_a_case_stands_in_its_thread(app: SigerFlask, phone: Any, village: Tenant) -> None:
    case_id = a_case(app, village)
    assert "Impor KK gagal" in phone.get("/kunjungan").text
    key = recorded(phone, village, case_id=str(case_id))
    recorded(phone, village)
    with app.app_context(), platform_scope():
        query = select(MentoringEntry).where(
            MentoringEntry.case_id == case_id, MentoringEntry.kind == "visited"
        )
        entries = list(db.session.scalars(query))
        assert [entry.details["visit"] for entry in entries] == [str(key)]
    assert "Impor KK gagal" in phone.get(f"/kunjungan/{key}").text


def test_numbers_of_residents_are_masked(app: SigerFlask, phone: Any, village: Tenant) -> None:
    key = recorded(phone, village, done="Membantu warga dengan NIK 1806012345678901 di loket.")
    assert "1806012345678901" not in stands(app, key).done


def test_the_phone_view_shows_numbers_to_call_and_asks_little(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    staff(village, "village_head", phone="0812-1111-2222", name="Kepala <b>Pekon</b>")
    staff(village, "cadre", phone="0812-9999-0000")
    recorded(phone, village)
    page = phone.get("/kunjungan").text
    assert 'href="tel:081211112222"' in page
    assert "Kepala &lt;b&gt;Pekon" in page
    assert "0812-9999-0000" not in page
    with count_queries(at_most=14) as seen:
        phone.get("/kunjungan")
    assert len(seen) <= 14, seen


def test_the_list_asks_the_same_for_many_visits(
    app: SigerFlask,
    phone: Any,
    village: Tenant,
    officer: Callable[..., Any],
    count_queries: Callable[..., Any],
) -> None:
    with app.app_context(), platform_scope():
        db.session.add_all(
            MentoringVisit(
                id=uuid.uuid4(), tenant_id=village.id, mentor_id=phone.account_id, mentor_name=phone.name,
                visited_on=today() - dt.timedelta(days=number), place="Balai", done="Isi kunjungan.",
                next_step="Lanjut.", state="held",
            )
            for number in range(60)
        )  # fmt: skip
        db.session.commit()
    near = officer("district_officer", village.district_code)
    near.get("/kunjungan")
    with count_queries(at_most=100) as seen:
        page = near.get("/kunjungan?q=Balai").text
    assert len(seen) <= 9, seen
    assert "25 kunjungan di halaman ini" in page
    found: set[str] = set()
    path = f"/kunjungan/daftar?wilayah={village.district_code}"
    while path:
        shown = near.get(path).text
        found |= {part.split('"')[0] for part in shown.split('scope="row"><a href="')[1:]}
        following = shown.partition('rel="next" href="')[2].partition('"')[0]
        path = following.replace("&amp;", "&")
    assert len(found) >= 60
    month = f"{today():%Y-%m}"
    assert near.get(f"/kunjungan/daftar?bulan={month}&keadaan=signed").text.count('<th scope="row">') == 0
    with near.get(f"/kunjungan/unduh?desa={village.id}") as sheet:
        data = sheet.data
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == 62
    assert noted(app, "figures.exported", village.district_code)


def test_broken_filters_are_left_out(phone: Any) -> None:
    for query in (
        "bulan=2026-13",
        "keadaan=lain",
        "desa=x",
        "sesudah=2026-99-99_x",
        "q=%00",
        f"sesudah=2026-99-99_{uuid.uuid4()}",
        "sesudah=2026-01-01_" + "-" * 36,
    ):
        assert phone.get(f"/kunjungan/daftar?{query}").status_code == 200, query
    assert phone.get("/kunjungan/daftar?wilayah=99").status_code == 404
