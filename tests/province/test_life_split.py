"""A village is divided into two: planned, counted, chosen, and done all at once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.hosting import SigerFlask
from app.core.indicators.adoption import last_activity
from app.core.mail import RecordingMailer
from app.core.village.models import Official, SubArea, VillageProfile
from app.extensions import db
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import today
from app.province.life.jobs import DUE
from app.province.life.models import VillageDeed
from tenants.jobs import enqueue
from tenants.models import OutboxEntry, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.life import GROUNDS, a_free_code, counted, flows, fresh, moved_to, settled, the_deed, told
from tests.support.residents import a_resident
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def admin(officer: Officer) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


@pytest.fixture
def post(app: SigerFlask) -> Iterator[RecordingMailer]:
    """Letters that go out while jobs run."""
    office = app.extensions["mailer"] = RecordingMailer()
    yield office
    del app.extensions["mailer"]


def form_for(app: SigerFlask, village: Tenant, number: int, **more: Any) -> dict[str, Any]:
    """A split's form, filled in."""
    return {
        **GROUNDS, "code": a_free_code(app, village), "name": f"Mekar Jaya {number}", "slug": f"mekar-jaya-{number}",
        "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala", "acting_email": f"pj{number}@contoh.test", **more,
    }  # fmt: skip


def planned(
    app: SigerFlask, admin: Visitor, village: Tenant, number: int, **more: Any
) -> tuple[str, dict[str, Any]]:
    """A split that was counted: the page of its deed, and what was typed."""
    form = form_for(app, village, number, **more)
    answer = admin.submit(f"/desa/{village.id}/pemekaran", form)
    assert answer.status_code == 303, answer.text
    settle(app)
    return moved_to(answer), form


def test_a_split_divides_people_by_sub_area_and_both_registers_agree(
    app: SigerFlask, admin: Visitor, village: Tenant, make_village: Callable[[], Tenant], unique: Callable[[], int],
    staff: Callable[..., Visitor], post: RecordingMailer,
) -> None:  # fmt: skip
    areas = settled(app, village, "Dusun I", "Dusun II", families=3)
    a_resident(app, village, name="TANPA WILAYAH", relation=None)
    neighbour = make_village()
    settled(app, neighbour, "Dusun I", families=1)
    head = staff(village, "village_head")
    with app.app_context(), tenant_scope(village):
        db.session.scalars(select(VillageProfile)).one().accent = "#2F6B3A"
        db.session.commit()
    assert counted(app, village) == (19, 6)
    page, form = planned(app, admin, village, unique())
    shown = admin.get(page).text
    assert "Dusun I" in shown
    assert "9 penduduk, 3 keluarga" in shown
    assert admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun II"])}, form=page).status_code == 303
    assert "Jalankan pemekaran" in admin.get(page).text
    assert admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page).status_code == 303
    twice = admin.submit(
        f"{page}/jalankan", {"typed_name": form["name"]}, form=f"/desa/{village.id}/tangguhkan"
    )
    assert "sudah berjalan" in admin.get(moved_to(twice)).text
    settle(app)
    daughter = fresh(app, form["code"])
    done = admin.get(page).text
    assert "Selesai" in done
    assert f"/desa/{daughter.id}" in done, "the way to the new village"
    assert page in admin.get(f"/desa/{daughter.id}/riwayat-hidup").text, "where it came from"
    assert counted(app, village) == (10, 3)
    assert counted(app, daughter) == (9, 3)
    assert counted(app, neighbour) == (3, 1), "a neighbour is untouched"
    assert told(app, village) == []
    assert told(app, daughter) == []
    assert told(app, neighbour) == []
    month = today().replace(day=1)
    assert flows(app, village, month)["moved_out"] == -9
    assert flows(app, daughter, month)["moved_in"] == 9
    with app.app_context(), tenant_scope(daughter):
        assert db.session.scalars(select(VillageProfile)).one().accent == "#2F6B3A"
        official = db.session.scalars(select(Official)).one()
        assert (official.name, official.position) == ("Siti Rahma", "head")
        assert sorted(db.session.scalars(select(SubArea.kind))) == ["rt", "sub_area"]
    with app.app_context(), tenant_scope(village):
        names = set(db.session.scalars(select(SubArea.name).where(SubArea.parent_id.is_(None))))
        assert names == {"Dusun I", f"Dusun II (kini {daughter.full_name})"}
        left = db.session.scalar(select(func.count()).where(LifeEvent.kind == "handed_over"))
        assert left == 9
    for place in (village, daughter):
        with app.app_context(), tenant_scope(place):
            assert last_activity() is None, "what the province did is no deed of the village's staff"
    log = head.get("/pengaturan/audit").text
    assert len(re.findall("memekarkan desa", log)) == 1
    assert "officer" not in log
    letters = {letter.to: letter for letter in post.letters}
    assert "dimekarkan" in letters[head.email].subject  # type: ignore[attr-defined]
    assert form["acting_email"] in letters
    assert app.test_client().get("/", base_url=f"http://{form['slug']}.localhost").status_code == 200


def test_numbers_open_in_the_new_village_under_its_own_key(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    from app.core.privacy.vault import open_vault

    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    with app.app_context(), tenant_scope(village):
        vault = open_vault()
        niks = {
            vault.open_json(person.box, f"resident:{person.id}")["nik"]
            for person in db.session.scalars(select(Resident))
        }
    page, form = planned(app, admin, village, unique())
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    admin.submit(f"{page}/jalankan", {"typed_name": form["name"].upper()}, form=page)
    settle(app)
    with app.app_context(), tenant_scope(fresh(app, form["code"])):
        vault = open_vault()
        for person in db.session.scalars(select(Resident)):
            nik = vault.open_json(person.box, f"resident:{person.id}")["nik"]
            assert nik in niks
            assert person.nik_index == vault.index("nik", nik)
            assert person.household_id is not None
            assert person.sub_area_id is not None
        home = db.session.scalars(select(Household)).one()
        assert home.head_id is not None
        assert home.kk_index is not None


def test_who_the_acting_head_was_is_forgotten_half_a_year_later(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    page, form = planned(app, admin, village, unique())
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)

    def nights(days: int) -> None:
        with app.app_context(), platform_scope():
            mine = update(VillageDeed).where(VillageDeed.tenant_id == village.id)
            db.session.execute(mine.values(created_at=now() - dt.timedelta(days=days)))
            if the_deed(app, village).state == "done":
                db.session.execute(mine.values(finished_at=now() - dt.timedelta(days=days)))
            enqueue(DUE)
            db.session.commit()
        settle(app)

    nights(200)
    assert "Siti Rahma" in admin.get(page).text, "a split that is not over needs its acting head"
    admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page)
    settle(app)
    nights(170)
    assert "Siti Rahma (Pj. Kepala)" in admin.get(page).text
    nights(181)
    shown = admin.get(page)
    assert shown.status_code == 200
    assert "Siti Rahma" not in shown.text
    assert "lewat masa simpan" in shown.text
    assert form["code"] in shown.text
    deed = the_deed(app, village)
    assert not {"acting_name", "acting_email"} & set(deed.plan)
    with app.app_context(), platform_scope():
        follows = enqueue("life.after", deed_id=str(deed.id))
        db.session.commit()
    settle(app)
    with app.app_context(), platform_scope():
        assert db.session.get(OutboxEntry, follows) is None, "what follows may be repeated"


def test_who_came_after_the_count_goes_along(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    page, form = planned(app, admin, village, unique())
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    a_resident(app, village, name="BARU DATANG", sub_area_id=areas["Dusun I"])
    admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page)
    settle(app)
    assert counted(app, fresh(app, form["code"])) == (4, 1)
    assert counted(app, village) == (3, 1)
    shown = re.findall(r"<dd>(\d+)</dd>", admin.get(page).text)
    assert shown == ["4", "3"], "the page tells what moved, not what was counted before"


def test_a_name_that_is_not_typed_right_changes_nothing(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    page, form = planned(app, admin, village, unique())
    nothing = admin.submit(f"{page}/bagian", {}, form=page)
    assert nothing.status_code == 422
    foreign = admin.submit(f"{page}/bagian", {"areas": str(uuid.uuid4())}, form=page)
    assert foreign.status_code == 422
    everything = admin.submit(f"{page}/bagian", {"areas": [str(key) for key in areas.values()]}, form=page)
    assert everything.status_code == 422, "a village does not give everybody away"
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    wrong = admin.submit(f"{page}/jalankan", {"typed_name": "Lain"}, form=page)
    assert wrong.status_code == 422
    assert "tepat seperti tertulis" in wrong.text
    settle(app)
    assert counted(app, village) == (6, 2)
    assert admin.submit(f"{page}/batalkan", {}, form=page).status_code == 303
    assert the_deed(app, village).state == "cancelled"
    again = admin.submit(
        f"{page}/jalankan", {"typed_name": form["name"]}, form=f"/desa/{village.id}/pemekaran"
    )
    assert again.status_code == 303
    settle(app)
    assert counted(app, village) == (6, 2)


def test_nobody_leaves_before_being_born_however_old_the_regulation_is(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    long_ago, born = today() - dt.timedelta(days=400), today() - dt.timedelta(days=40)
    child = a_resident(app, village, name="BAYI", birth_date=born, sub_area_id=areas["Dusun I"])
    page, form = planned(app, admin, village, unique(), effective_on=long_ago.isoformat())
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page)
    settle(app)
    assert the_deed(app, village).state == "done"
    daughter = fresh(app, form["code"])
    for place in (village, daughter):
        assert told(app, place) == []
        with app.app_context(), tenant_scope(place):
            days = select(Resident.id, LifeEvent.happened_on).join(
                LifeEvent, LifeEvent.resident_id == Resident.id
            )
            moved = days.where(LifeEvent.kind.in_(("handed_over", "taken_over")))
            assert {day for key, day in db.session.execute(moved) if key == child} == {born}
            assert {day for key, day in db.session.execute(moved) if key != child} == {long_ago}
    with app.app_context(), tenant_scope(village):
        assert db.session.get_one(Resident, child).vital_on == born


def test_two_deeds_at_once_on_one_village_are_refused_with_a_sentence(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    settled(app, village, "Dusun I", families=1)
    planned(app, admin, village, unique())
    second = admin.submit(f"/desa/{village.id}/pemekaran", form_for(app, village, unique()))
    assert second.status_code == 303
    assert "sedang dalam perubahan lain" in admin.get(moved_to(second)).text
    archive = admin.submit(f"/desa/{village.id}/arsipkan", {"reason": "Sudah tidak dipakai lagi di sini."})
    assert "sedang dalam perubahan lain" in admin.get(moved_to(archive)).text


def test_codes_addresses_and_days_that_can_not_be_are_said(
    app: SigerFlask,
    admin: Visitor,
    village: Tenant,
    make_village: Callable[[], Tenant],
    unique: Callable[[], int],
) -> None:
    other = make_village()
    tomorrow = (today() + dt.timedelta(days=2)).isoformat()
    for field, value in (
        ("code", other.code), ("code", "11.01.01.2001"), ("code", f"{village.code[:9]}3077"), ("code", "x"),
        ("slug", other.slug),
        ("effective_on", tomorrow), ("name", "<b>Mekar</b>"), ("acting_email", "bukan surel"), ("regulation", ""),
    ):  # fmt: skip
        answer = admin.submit(
            f"/desa/{village.id}/pemekaran", form_for(app, village, unique(), **{field: value})
        )
        assert answer.status_code == 422, field
        assert f"f-{field}-error" in answer.text or field == "code", field


def test_a_code_that_was_taken_meanwhile_leaves_everything_as_it_was(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    page, form = planned(app, admin, village, unique())
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page)
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        taken = {name: getattr(row, name) for name in ("kind", "term", "words", "regency_code", "district_code",
                                                       "regency_name", "district_name")}  # fmt: skip
        db.session.add(
            TenantRow(code=form["code"], name="Lebih Cepat", slug=f"lebih-cepat-{unique()}", **taken)
        )
        db.session.commit()
    settle(app)
    deed = the_deed(app, village)
    assert deed.state == "failed"
    assert "tetap seperti semula" in deed.error
    assert "tetap seperti semula" in admin.get(page).text
    assert counted(app, village) == (6, 2)
    assert told(app, village) == []


def test_only_province_admins_and_only_their_province(
    app: SigerFlask, officer: Officer, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    settled(app, village, "Dusun I", families=1)
    page, _form = planned(app, admin, village, unique())
    regency = officer("regency_admin", village.code[:5])
    assert regency.get(f"/desa/{village.id}/riwayat-hidup").status_code == 200
    assert regency.get(page).status_code == 200
    assert regency.get(f"/desa/{village.id}/pemekaran").status_code == 403
    elsewhere = officer("regency_admin", "18.06" if village.code[:5] != "18.06" else "18.07")
    assert elsewhere.get(f"/desa/{village.id}/riwayat-hidup").status_code == 404
    assert elsewhere.get(page).status_code == 404
    assert admin.get(f"/perubahan-desa/{uuid.uuid4()}").status_code == 404
