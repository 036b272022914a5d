"""What a plan's page showed is what is confirmed; and a plan that can't be carried out is refused while it is typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.residents.writing import today
from app.province.life.renaming_models import VillagePast
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.support.life import GROUNDS, a_free_code, counted, moved_to, neighbours, settled, the_deed
from tests.support.visitors import CSRF, Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]
Makes = Callable[[], Tenant]
Number = Callable[[], int]


@pytest.fixture
def admin(officer: Officer) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def form_for(app: SigerFlask, village: Tenant, number: int, **more: Any) -> dict[str, Any]:
    """A split's form, filled in."""
    return {
        **GROUNDS, "code": a_free_code(app, village), "name": f"Sekar Tunjung {number}", "slug": f"tunjung-{number}",
        "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala", "acting_email": f"tunjung{number}@contoh.test",
        **more,
    }  # fmt: skip


def planned(app: SigerFlask, admin: Visitor, village: Tenant, form: dict[str, Any]) -> str:
    """The page of a split that was counted."""
    answer = admin.submit(f"/desa/{village.id}/pemekaran", form)
    assert answer.status_code == 303, answer.text
    settle(app)
    return moved_to(answer)


def refused(admin: Visitor, village: Tenant, form: dict[str, Any], field: str) -> str:
    """The page that says what is wrong with a field of a split's form."""
    answer = admin.submit(f"/desa/{village.id}/pemekaran", form)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    return answer.text


def opened(admin: Visitor, page: str) -> dict[str, Any]:
    """What the form that runs a plan holds as it is opened: its token, what it shows, and the ticked areas."""
    text = admin.get(page).text
    token, seen = CSRF.search(text), re.search(r'name="seen" value="([^"]+)"', text)
    return {
        "csrf_token": token[1] if token else "",
        "seen": seen[1] if seen else "",
        "areas": re.findall(r'name="areas" value="([^"]+)" checked', text),
    }


def past_of(app: SigerFlask, village: Tenant, code: str) -> None:
    """The village bore this code once."""
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        same = {name: getattr(row, name) for name in ("name", "term", "kind", "district_code", "district_name",
                                                      "regency_code", "regency_name")}  # fmt: skip
        db.session.add(
            VillagePast(tenant_id=row.id, deed_id=row.id, code=code, used_until=dt.date(2020, 1, 1), **same)
        )
        db.session.commit()


def test_a_split_that_another_officer_changed_meanwhile_is_not_run_with_the_new_choice(
    app: SigerFlask, admin: Visitor, officer: Officer, village: Tenant, unique: Number
) -> None:
    areas, other = settled(app, village, "Dusun I", "Dusun II", "Dusun III", families=1), officer()
    form = form_for(app, village, unique())
    page = planned(app, admin, village, form)
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    stood_open = opened(admin, page)
    assert stood_open["areas"] == [str(areas["Dusun I"])]
    others = [str(areas["Dusun II"]), str(areas["Dusun III"])]
    assert other.submit(f"{page}/bagian", {"areas": others}, form=page).status_code == 303
    late = admin.post(f"{page}/jalankan", {**stood_open, "typed_name": form["name"]})
    assert moved_to(late) == page
    told = admin.get(page).text
    assert "Rencana berubah sejak halaman dibuka" in told
    settle(app)
    assert the_deed(app, village).state == "ready"
    assert counted(app, village) == (9, 3)
    nothing_seen = admin.post(f"{page}/jalankan", {**stood_open, "seen": "", "typed_name": form["name"]})
    assert nothing_seen.status_code == 303
    assert the_deed(app, village).state == "ready"
    again = opened(admin, page)
    assert again["areas"] == others
    assert admin.post(f"{page}/jalankan", {**again, "typed_name": form["name"]}).status_code == 303
    settle(app)
    assert counted(app, village) == (3, 1)


def test_areas_that_were_ticked_and_not_kept_are_not_passed_over(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Number
) -> None:
    areas = settled(app, village, "Dusun I", "Dusun II", "Dusun III", families=1)
    form = form_for(app, village, unique())
    page = planned(app, admin, village, form)
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    for ticked in ([str(areas["Dusun I"]), str(areas["Dusun II"])], []):
        sent = {**opened(admin, page), "areas": ticked, "typed_name": form["name"]}
        answer = admin.post(f"{page}/jalankan", sent)
        assert answer.status_code == 422
        assert "Centang wilayah belum disimpan" in answer.text
        assert re.findall(r'name="areas" value="([^"]+)" checked', answer.text) == ticked
    settle(app)
    assert the_deed(app, village).state == "ready"
    assert counted(app, village) == (9, 3)
    shown = admin.get(page).text
    assert shown.index('name="areas"') < shown.index('name="typed_name"')
    between = shown[shown.index('name="areas"') : shown.index('name="typed_name"')]
    assert "</form>" not in between, "the button that runs it carries the ticks, without a script"


def test_a_merge_whose_numbers_are_others_by_now_is_asked_about_again(
    app: SigerFlask, admin: Visitor, make_village: Makes
) -> None:
    target, source = neighbours(make_village, 2)
    settled(app, source, "Dusun I", families=1)
    answer = admin.submit(f"/desa/{target.id}/penggabungan", {**GROUNDS, "source": source.code})
    settle(app)
    page = moved_to(answer)
    stood_open = opened(admin, page)
    with app.app_context(), platform_scope():
        deed = db.session.merge(the_deed(app, target))
        deed.plan = {**deed.plan, "duplicates": 2}
        db.session.commit()
    late = admin.post(f"{page}/jalankan", {**stood_open, "typed_name": source.name, "accept_duplicates": "1"})
    assert late.status_code == 303
    assert "Rencana berubah sejak halaman dibuka" in admin.get(page).text
    assert the_deed(app, target).state == "ready"


def test_a_code_that_a_village_bore_once_is_not_given_to_a_new_one(
    app: SigerFlask, admin: Visitor, make_village: Makes, unique: Number
) -> None:
    village, other = make_village(), make_village()
    settled(app, village, "Dusun I", families=1)
    form = form_for(app, village, unique())
    past_of(app, other, form["code"])
    assert "pernah dipakai desa lain" in refused(admin, village, form, "code")


def test_a_code_of_the_past_is_refused_when_the_split_runs_too(
    app: SigerFlask, admin: Visitor, make_village: Makes, unique: Number
) -> None:
    village, other = make_village(), make_village()
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    form = form_for(app, village, unique())
    page = planned(app, admin, village, form)
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    ready = opened(admin, page)
    assert admin.post(f"{page}/jalankan", {**ready, "typed_name": form["name"]}).status_code == 303
    past_of(app, other, form["code"])
    settle(app)
    deed = the_deed(app, village)
    assert deed.state == "failed"
    assert "pernah dipakai desa lain" in deed.error
    assert counted(app, village) == (6, 2)


def test_a_planned_code_is_held_and_the_plan_says_at_once_when_it_is_gone_nonetheless(
    app: SigerFlask, admin: Visitor, make_village: Makes, unique: Number
) -> None:
    village, other = neighbours(make_village, 2)
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    settled(app, other, "Dusun I", families=1)
    form = form_for(app, village, unique())
    page = planned(app, admin, village, form)
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    second = form_for(app, other, unique(), code=form["code"])
    assert "direncanakan untuk desa baru" in refused(admin, other, second, "code")
    rename = f"/desa/{other.id}/ubah-nama"
    version = re.search(r'name="row_version" value="(\d+)"', admin.get(rename).text)
    assert version is not None
    typed = {
        **GROUNDS,
        "name": other.name,
        "term": other.term,
        "code": form["code"],
        "row_version": version[1],
    }
    held = admin.submit(rename, typed)
    assert held.status_code == 422
    assert "direncanakan untuk desa baru" in held.text
    ready = opened(admin, page)
    past_of(app, other, form["code"])
    shown = admin.get(page).text
    assert "pernah dipakai desa lain" in shown
    assert "Jalankan pemekaran" not in shown
    assert admin.post(f"{page}/jalankan", {**ready, "typed_name": form["name"]}).status_code == 303
    assert the_deed(app, village).state == "ready"
    assert admin.submit(f"{page}/batalkan", {}, form=page).status_code == 303
    with app.app_context(), platform_scope():
        db.session.delete(
            db.session.scalars(select(VillagePast).where(VillagePast.tenant_id == other.id)).one()
        )
        db.session.commit()
    planned(app, admin, other, second)


def test_a_listed_village_that_a_split_fills_is_not_changed_meanwhile(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Number
) -> None:
    settled(app, village, "Dusun I", families=1)
    form = form_for(app, village, unique())
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        same = {name: getattr(row, name) for name in ("kind", "term", "words", "regency_code", "district_code",
                                                      "regency_name", "district_name")}  # fmt: skip
        listed = TenantRow(
            code=form["code"], name=f"Terdaftar {unique()}", slug=f"terdaftar-{unique()}", **same
        )
        db.session.add(listed)
        db.session.commit()
        key, name, term = listed.id, listed.name, listed.term
    planned(app, admin, village, form)
    rename = f"/desa/{key}/ubah-nama"
    typed = {**GROUNDS, "name": "Nama Lain", "term": term, "code": form["code"], "row_version": "1"}
    answer = admin.submit(rename, typed)
    assert "sedang dalam perubahan lain" in admin.get(moved_to(answer)).text
    with app.app_context(), platform_scope():
        assert db.session.get_one(TenantRow, key).name == name


def test_a_new_village_is_not_called_as_another_of_its_kecamatan(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Number
) -> None:
    settled(app, village, "Dusun I", families=1)
    form = form_for(app, village, unique(), name=f" {village.name.upper()} ")
    assert f"sudah ada {village.full_name}" in refused(admin, village, form, "name")


def test_a_regulation_of_a_day_to_come_is_a_slip(
    app: SigerFlask, admin: Visitor, make_village: Makes, unique: Number
) -> None:
    village, other = neighbours(make_village, 2)
    tomorrow = (today() + dt.timedelta(days=1)).isoformat()
    for day in ("2099-01-05", tomorrow):
        form = form_for(app, village, unique(), regulation_on=day)
        assert "bertanggal sesudah hari ini" in refused(admin, village, form, "regulation_on")
    merge = {**GROUNDS, "source": other.code, "regulation_on": "2099-01-05"}
    assert admin.submit(f"/desa/{village.id}/penggabungan", merge).status_code == 422
    rename = f"/desa/{village.id}/ubah-nama"
    typed = {**GROUNDS, "name": "Nama Lain", "term": village.term, "code": village.code, "row_version": "1"}
    answer = admin.submit(rename, {**typed, "regulation_on": "2099-01-05"})
    assert (answer.status_code, 'id="f-regulation_on-error"' in answer.text) == (422, True)


def test_what_a_code_says_and_what_the_village_is_called_agree(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Number
) -> None:
    is_desa = village.kind == "desa"
    wrong = f"{village.code[:9]}{'1' if is_desa else '2'}{900 + unique() % 90}"
    said = "kode kelurahan" if is_desa else "kode desa"
    assert said in refused(admin, village, form_for(app, village, unique(), code=wrong), "code")
    rename = f"/desa/{village.id}/ubah-nama"
    version = re.search(r'name="row_version" value="(\d+)"', admin.get(rename).text)
    assert version is not None
    typed = {**GROUNDS, "name": village.name, "row_version": version[1]}
    for term, code in ((village.term, wrong), ("Kelurahan" if is_desa else "Desa", village.code)):
        answer = admin.submit(rename, {**typed, "term": term, "code": code})
        assert (answer.status_code, 'id="f-term-error"' in answer.text) == (422, True), (term, code)
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        assert (row.code, row.term, row.kind) == (village.code, village.term, village.kind)


def test_a_rename_form_that_was_tampered_with_is_answered_in_words(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    typed = {**GROUNDS, "name": "Nama Lain", "term": village.term, "code": village.code}
    for version in ("x", "", "1.5"):
        answer = admin.submit(f"/desa/{village.id}/ubah-nama", {**typed, "row_version": version})
        assert answer.status_code == 422
        assert "Not a valid" not in answer.text
        assert "Formulir ini tidak utuh" in answer.text
