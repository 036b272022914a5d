"""Officials and sub-areas through the front door: order, signing, photos, trees, and what is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.hosting import SigerFlask
from app.core.village import queries
from app.core.village.models import Official, SubArea
from app.extensions import db
from tenants.models import TenantFile
from tenants.scope import Tenant, tenant_scope
from tests.support.events import told
from tests.support.images import SVG, bomb, picture
from tests.support.people import Person
from tests.support.uploads import send_form

Staff = Callable[..., Person]
OFFICIALS, AREAS = "/pengaturan/perangkat", "/pengaturan/wilayah"


def names(app: SigerFlask, village: Tenant) -> list[str]:
    with app.app_context(), tenant_scope(village):
        return [line.official.name for line in queries.official_lines()]


def official_id(app: SigerFlask, village: Tenant, name: str) -> uuid.UUID:
    with app.app_context(), tenant_scope(village):
        found = db.session.scalar(select(Official.id).where(Official.name == name))
        assert found is not None
        return found


def add(clerk: Person, name: str, position: str = "section", **fields: Any) -> TestResponse:
    data = {"name": name, "position": position, "is_public": "1", **fields}
    return send_form(clerk, f"{OFFICIALS}/tambah", data)


def area_id(app: SigerFlask, village: Tenant, name: str) -> uuid.UUID:
    with app.app_context(), tenant_scope(village):
        found = db.session.scalar(select(SubArea.id).where(SubArea.name == name))
        assert found is not None
        return found


def test_officials_stand_in_the_villages_own_order(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    for name, position in (("Sukirman", "head"), ("Wahyudiono", "secretary"), ("Trisnawati", "treasurer")):
        assert add(clerk, name, position).status_code == 303
    assert names(app, village) == ["Sukirman", "Wahyudiono", "Trisnawati"]
    last = official_id(app, village, "Trisnawati")
    assert clerk.submit(f"{OFFICIALS}/{last}/pindah", {"arah": "naik"}, form=OFFICIALS).status_code == 303
    assert names(app, village) == ["Sukirman", "Trisnawati", "Wahyudiono"]
    first = official_id(app, village, "Sukirman")
    clerk.submit(f"{OFFICIALS}/{first}/pindah", {"arah": "naik"}, form=OFFICIALS)
    assert names(app, village) == ["Sukirman", "Trisnawati", "Wahyudiono"]
    front = told(clerk.get("/"))
    assert front.index("Sukirman") < front.index("Trisnawati") < front.index("Wahyudiono")
    assert village.word("head") in front


def test_a_photo_is_kept_small_and_goes_with_its_official(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    assert add(clerk, "Sukirman", "head", photo=(picture(), "foto.png")).status_code == 303
    found = re.search(r'src="(/berkas/[^"]+/kecil)"', clerk.get("/").text)
    assert found
    photo = clerk.get(found.group(1))
    assert photo.content_type == "image/webp"
    assert len(photo.data) < 4000
    person = official_id(app, village, "Sukirman")
    assert clerk.submit(f"{OFFICIALS}/{person}/hapus", form=f"{OFFICIALS}/{person}/hapus").status_code == 303
    assert names(app, village) == []
    assert clerk.get(found.group(1)).status_code == 404
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(TenantFile.id)) is None


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (SVG, "Hanya gambar PNG"),
        (picture("JPEG")[:-300], "rusak atau terpotong"),
        (bomb(), "40 juta piksel"),
        (picture() + bytes(2 * 1024 * 1024), "lebih besar dari 2 MB"),
    ],
    ids=["svg", "truncated", "bomb", "oversized"],
)
def test_a_photo_that_is_no_good_is_told_and_the_form_is_kept(
    app: SigerFlask, village: Tenant, staff: Staff, data: bytes, sentence: str
) -> None:
    answer = add(staff(village), "Sukirman", "head", title="Kepala Muda", photo=(data, "foto.jpg"))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Sukirman"' in answer.text
    assert 'value="Kepala Muda"' in answer.text
    assert names(app, village) == []


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"name": ""}, "name", "Wajib diisi"),
        ({"position": "raja"}, "position", "Pilih salah satu"),
        ({"employee_number": "NIP-abc"}, "employee_number", "hanya berisi angka"),
        ({"phone": "08"}, "phone", "tidak lengkap"),
        ({"period_from": "kemarin"}, "period_from", "Tanggal ini tidak ada"),
        ({"period_from": "2026-05-01", "period_until": "2025-05-01"}, "period_until", "sesudah awalnya"),
        ({"signs_for_id": "abc"}, "signs_for_id", "Pilih salah satu"),
        ({"signs_for_id": str(uuid.uuid4())}, "signs_for_id", "sudah tidak ada"),
    ],
)
def test_a_wrong_official_is_told_beside_the_field(
    app: SigerFlask, village: Tenant, staff: Staff, fields: dict[str, str], field: str, sentence: str
) -> None:
    answer = add(staff(village), **{"name": "Sukirman", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert names(app, village) == []


def test_there_is_one_head_at_a_time(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert add(clerk, "Lama", "head", period_from="2019-01-01", period_until="2025-01-01").status_code == 303
    assert add(clerk, "Baru", "head", period_from="2025-01-02").status_code == 303
    answer = add(clerk, "Ketiga", "head", period_from="2025-06-01")
    assert answer.status_code == 422
    assert "Baru masih tercatat" in answer.text
    front = clerk.get("/").text
    assert "Baru" in front
    assert "Lama" not in front


def test_signing_never_goes_in_a_circle(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    add(clerk, "Kepala", "head")
    head = official_id(app, village, "Kepala")
    assert add(clerk, "Sekretaris", "secretary", signs_for_id=str(head)).status_code == 303
    second = official_id(app, village, "Sekretaris")
    add(clerk, "Kasi", "section", signs_for_id=str(second))
    third = official_id(app, village, "Kasi")
    change = {"name": "Kepala", "position": "head", "is_public": "1", "row_version": "1"}
    own = clerk.submit(f"{OFFICIALS}/{head}", {**change, "signs_for_id": str(head)})
    assert "atas nama dirinya sendiri" in own.text
    circle = clerk.submit(f"{OFFICIALS}/{head}", {**change, "signs_for_id": str(third)})
    assert circle.status_code == 422
    assert "berputar" in circle.text
    assert "a.n. Kepala" in clerk.get(OFFICIALS).text
    clerk.submit(f"{OFFICIALS}/{head}/hapus", form=f"{OFFICIALS}/{head}/hapus")
    with app.app_context(), tenant_scope(village):
        official = queries.find_official(second)
        assert official is not None
        assert official.signs_for_id is None


@pytest.mark.parametrize("whose", ["removed meanwhile", "another village's"])
def test_nobody_signs_for_who_is_not_in_the_list(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff, whose: str
) -> None:
    village, other = make_village(), make_village()
    clerk = staff(village)
    add(clerk, "Kepala", "head")
    add(clerk, "Sekretaris", "secretary")
    path = f"{OFFICIALS}/{official_id(app, village, 'Sekretaris')}"
    if whose == "removed meanwhile":
        principal = official_id(app, village, "Kepala")
        clerk.submit(f"{OFFICIALS}/{principal}/hapus", form=f"{OFFICIALS}/{principal}/hapus")
    else:
        add(staff(other), "Tetangga", "head")
        principal = official_id(app, other, "Tetangga")
    change = {"name": "Sekretaris Baru", "position": "secretary", "row_version": "1"}
    answer = clerk.submit(path, {**change, "signs_for_id": str(principal)})
    assert answer.status_code == 422
    assert "sudah tidak ada dalam daftar" in answer.text
    assert 'id="f-signs_for_id-error"' in answer.text
    assert 'value="Sekretaris Baru"' in answer.text
    assert "Sekretaris Baru" not in names(app, village)
    assert clerk.submit(path, change).status_code == 303


def test_a_second_head_is_refused_beside_the_field_with_all_that_was_typed(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    add(clerk, "Kepala", "head")
    add(clerk, "Sekretaris", "secretary")
    path = f"{OFFICIALS}/{official_id(app, village, 'Sekretaris')}"
    answer = clerk.submit(path, {"name": "Naik", "position": "head", "row_version": "1"})
    assert answer.status_code == 422
    assert 'id="f-position-error"' in answer.text
    assert "<h1>Sekretaris</h1>" in answer.text
    assert 'value="Naik"' in answer.text
    assert names(app, village) == ["Kepala", "Sekretaris"]


def test_removing_an_official_says_what_it_breaks(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    add(clerk, "Kepala", "head")
    head = official_id(app, village, "Kepala")
    for name in ("Sekretaris", "Kasi"):
        add(clerk, name, signs_for_id=str(head))
    asked = clerk.get(f"{OFFICIALS}/{head}/hapus").text
    assert "2 orang menandatangani atas namanya: Sekretaris, Kasi." in asked
    assert f"Tidak ada {village.word('head')} lain" in asked
    other = clerk.get(f"{OFFICIALS}/{official_id(app, village, 'Kasi')}/hapus").text
    assert "atas namanya" not in other
    assert "lain yang sedang menjabat" not in other


def test_the_same_official_is_not_added_twice_unless_meant(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    assert "even_if_known" not in clerk.get(f"{OFFICIALS}/tambah").text
    assert add(clerk, "Siti Aminah", title="Kasi Pelayanan").status_code == 303
    again = add(clerk, "siti aminah", title="Kasi Pelayanan")
    assert again.status_code == 422
    assert 'id="f-even_if_known-error"' in again.text
    assert names(app, village) == ["Siti Aminah"]
    assert add(clerk, "Siti Aminah", title="Kasi Pelayanan", even_if_known="1").status_code == 303
    assert add(clerk, "Siti Aminah", title="Kasi Kesejahteraan").status_code == 303
    assert len(names(app, village)) == 3


def test_initials_are_the_same_for_staff_and_for_everybody(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    add(clerk, "Hj. Siti Aminah, S.Sos.")
    for path in ("/", OFFICIALS):
        assert '<span class="portrait" aria-hidden="true">SA</span>' in clerk.get(path).text


def test_two_clerks_on_one_official(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    add(clerk, "Sukirman", "head")
    path = f"{OFFICIALS}/{official_id(app, village, 'Sukirman')}"
    first = {"name": "Sukirman, S.Sos.", "position": "head", "is_public": "1", "row_version": "1"}
    assert clerk.submit(path, first).status_code == 303
    late = staff(village).submit(path, {**first, "name": "Sukirman, S.IP."})
    assert late.status_code == 409
    assert "Sukirman, S.Sos." in late.text
    assert "Sukirman, S.IP." in late.text
    assert names(app, village) == ["Sukirman, S.Sos."]
    assert 'name="row_version" value="2"' in late.text


def test_officials_and_areas_of_another_village_are_not_there(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    one, two = make_village(), make_village()
    add(staff(one), "Sukirman", "head")
    staff(one).submit(f"{AREAS}/tambah", {"kind": "sub_area", "names": "Dusun I"})
    person, area = official_id(app, one, "Sukirman"), area_id(app, one, "Dusun I")
    clerk = staff(two)
    for path in (
        f"{OFFICIALS}/{person}",
        f"{OFFICIALS}/{person}/hapus",
        f"{AREAS}/{area}",
        f"{AREAS}/{area}/hapus",
    ):
        assert clerk.get(path).status_code == 404
        posted = clerk.submit(path, {"name": "Curian", "position": "head"}, form=f"{OFFICIALS}/tambah")
        assert posted.status_code == 404
    moved = clerk.submit(f"{OFFICIALS}/{person}/pindah", form=f"{OFFICIALS}/tambah")
    assert moved.status_code == 404
    inside = clerk.submit(f"{AREAS}/tambah", {"kind": "rt", "parent_id": str(area), "names": "1"})
    assert inside.status_code == 422
    assert names(app, one) == ["Sukirman"]


def test_several_areas_at_once_make_a_tree(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    data = {"kind": "sub_area", "names": " Dusun I \n\nDusun II\n"}
    assert clerk.submit(f"{AREAS}/tambah", data).status_code == 303
    first = area_id(app, village, "Dusun I")
    data = {"kind": "rt", "parent_id": str(first), "names": "1\nRT 2\n03"}
    assert clerk.submit(f"{AREAS}/tambah", data).status_code == 303
    page = clerk.get(AREAS).text
    for shown in ("Dusun I", "Dusun II", "RT 001", "RT 002", "RT 003"):
        assert shown in page
    assert page.index("RT 003") < page.index("Dusun II")


def test_areas_are_named_once_and_stand_in_one_order(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    word = village.word("sub_area")
    listed = [f"{word} {number}" for number in range(1, 12)]
    clerk.submit(f"{AREAS}/tambah", {"kind": "sub_area", "names": "\n".join(listed)})
    asked = clerk.get(f"{AREAS}/{area_id(app, village, listed[0])}/hapus").text
    assert f"Hapus {listed[0]}?" in asked
    assert f"{word} {word}" not in asked
    form = clerk.get(f"{AREAS}/tambah?jenis=rt").text
    places = [form.index(f">{name}</option>") for name in listed]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "sub_area", "names": "dusun i"}, "sudah ada di tempat yang sama"),
        ({"kind": "sub_area", "names": "Baru\nbaru"}, "sudah ada di tempat yang sama"),
        ({"kind": "sub_area", "names": ""}, "Wajib diisi"),
        ({"kind": "sub_area", "names": "x" * 61}, "paling banyak 60 huruf"),
        ({"kind": "sub_area", "names": "\n".join(map(str, range(61)))}, "Paling banyak 60 nama"),
        ({"kind": "rt", "names": "1\nMelati"}, "RT Melati: tulis nomornya saja"),
        ({"kind": "rw", "names": "٣"}, "tulis nomornya saja"),
        ({"kind": "rt", "names": "000"}, "tulis nomornya saja"),
        ({"kind": "negara", "names": "A"}, "Pilih salah satu"),
        ({"kind": "rt", "names": "1", "parent_id": str(uuid.uuid4())}, "sudah tidak ada"),
        ({"kind": "sub_area", "names": "A", "parent_id": "first"}, "tidak dapat berada di sana"),
    ],
)
def test_areas_that_can_not_be_are_told(
    app: SigerFlask, village: Tenant, staff: Staff, fields: dict[str, str], sentence: str
) -> None:
    clerk = staff(village)
    clerk.submit(f"{AREAS}/tambah", {"kind": "sub_area", "names": "Dusun I"})
    if fields.get("parent_id") == "first":
        fields = {**fields, "parent_id": str(area_id(app, village, "Dusun I"))}
    answer = clerk.submit(f"{AREAS}/tambah", fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    with app.app_context(), tenant_scope(village):
        assert [area.name for area in queries.sub_areas()] == ["Dusun I"]


def test_an_area_is_changed_moved_and_removed_only_when_empty(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    clerk.submit(f"{AREAS}/tambah", {"kind": "sub_area", "names": "Dusun I\nDusun II"})
    one, two = area_id(app, village, "Dusun I"), area_id(app, village, "Dusun II")
    clerk.submit(f"{AREAS}/tambah", {"kind": "rt", "parent_id": str(one), "names": "1"})
    rt = area_id(app, village, "001")
    refused = clerk.submit(f"{AREAS}/{one}/hapus", form=f"{AREAS}/{one}/hapus")
    assert refused.status_code == 303
    assert "masih berisi 1 wilayah" in clerk.get(AREAS).text
    change = {"name": "5", "parent_id": str(two), "head_name": "Pak Jono", "head_phone": "081200001234"}
    assert clerk.submit(f"{AREAS}/{rt}", {**change, "row_version": "1"}).status_code == 303
    named = clerk.submit(f"{AREAS}/{rt}", {**change, "name": "Melati", "row_version": "2"})
    assert named.status_code == 422
    assert 'id="f-name-error"' in named.text
    late = clerk.submit(f"{AREAS}/{rt}", {**change, "name": "6", "row_version": "1"})
    assert late.status_code == 409
    page = clerk.get(AREAS).text
    assert "RT 005" in page
    assert "Pak Jono" in page
    assert clerk.submit(f"{AREAS}/{one}/hapus", form=f"{AREAS}/{one}/hapus").status_code == 303
    assert "Dusun I<" not in clerk.get(AREAS).text


def test_lists_ask_the_same_number_of_questions_however_long_they_are(
    app: SigerFlask,
    village: Tenant,
    staff: Staff,
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    clerk = staff(village)
    asked = {}
    for size in (2, 30):
        with app.app_context(), tenant_scope(village):
            known = len(queries.official_lines())
            db.session.add_all([Official(name=f"Orang {n}", title="Staf") for n in range(known, size)])
            db.session.add_all([SubArea(kind="sub_area", name=f"Dusun {n}") for n in range(known, size)])
            db.session.commit()
        for path in (OFFICIALS, AREAS, "/beranda"):
            clerk.get(path)
            with count_queries(at_most=14) as seen:
                assert clerk.get(path).status_code == 200
            asked.setdefault(path, set()).add(len(seen))
    assert all(len(counts) == 1 for counts in asked.values()), asked
