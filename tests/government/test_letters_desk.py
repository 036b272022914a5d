"""The desk's pages: what waits, making a letter step by step, what is done with it, and who may."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.types import letter_types, sample_form
from app.government.residents.models import Resident
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents
from tests.support.images import picture
from tests.support.people import Person

Staff = Callable[..., Person]
KEY = re.compile(r'name="kunci" value="([^"]+)"')
VERSION = re.compile(r'name="row_version" value="([0-9]+)"')


def _form_of(resident: uuid.UUID, code: str = "sktm") -> str:
    return f"/surat/baru?penduduk={resident}&jenis={code}"


def _send(clerk: Person, path: str, **fields: str):  # type: ignore[no-untyped-def]
    key = KEY.search(clerk.get(path).text)
    assert key is not None
    return clerk.submit(
        path.replace("/surat/baru?", "/surat/baru?", 1), {"kunci": key[1], **fields}, form=path
    )


def _count(app: Flask, village: Tenant) -> int:
    with app.app_context(), tenant_scope(village):
        return int(db.session.scalar(db.select(db.func.count()).select_from(Letter)) or 0)


def test_from_a_name_to_a_printed_letter(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, resident = staff(village), residents.a_resident(app, village, name="SITI AMINAH")
    assert str(resident) in clerk.get("/surat/baru?cari=siti").text
    kinds = clerk.get(f"/surat/baru?penduduk={resident}")
    assert "Keterangan tidak mampu" in kinds.text
    form = clerk.get(_form_of(resident))
    assert "SITI AMINAH" in form.text
    assert "Betulkan" in form.text
    assert 'name="dilihat"' in form.text
    made = _send(clerk, _form_of(resident), keperluan="Beasiswa", dilihat="ktp")
    assert made.status_code == 303
    page = clerk.get(made.location)
    assert "data:image/png;base64," in page.text
    assert "Terbitkan" in page.text
    version = VERSION.search(page.text)
    assert version is not None
    issued = clerk.submit(f"{made.location}/terbit", {"row_version": version[1]}, form=made.location)
    assert issued.status_code == 303
    letter = letters.letter_of(app, village, uuid.UUID(made.location.rsplit("/", 1)[1]))
    page = clerk.get(issued.location)
    assert letter.number in page.text
    file = clerk.get(f"{made.location}/berkas")
    assert file.data[:5] == b"%PDF-"
    assert file.headers["Cache-Control"] == "no-store"
    handed = clerk.submit(f"{made.location}/serahkan", {"how": "collected", "receiver": "Pak Budi"})
    assert handed.status_code == 303
    assert "Pak Budi" in clerk.get(made.location).text


def test_a_nik_is_posted_and_leads_to_the_person(app: Flask, village: Tenant, staff: Staff) -> None:
    nik = residents.a_nik()
    resident = residents.a_resident(app, village, nik=nik, birth_date=None)
    clerk = staff(village)
    found = clerk.submit("/surat/baru/cari", {"nik": nik, "jenis": "sktm"}, form="/surat/baru")
    assert found.status_code == 303
    assert str(resident) in found.location
    assert nik not in found.location
    assert clerk.submit("/surat/baru/cari", {"nik": "123"}, form="/surat/baru").status_code == 422


def test_one_resident_several_letters_one_after_another(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, resident = staff(village), residents.a_resident(app, village)
    path = f"/surat/baru?penduduk={resident}&jenis=sktm&jenis=belum_menikah"
    assert "Sesudah ini" in clerk.get(path).text
    made = _send(clerk, path, keperluan="Beasiswa")
    assert made.location.endswith("lanjut=belum_menikah")
    page = clerk.get(made.location)
    assert 'name="lanjut" value="belum_menikah"' in page.text
    letter = made.location.partition("?")[0]
    issued = clerk.submit(f"{letter}/terbit", {"lanjut": "belum_menikah"}, form=made.location)
    assert f"penduduk={resident}" in issued.location
    assert "jenis=belum_menikah" in issued.location
    at_once = _send(clerk, path, keperluan="Berobat", langsung="1")
    page = clerk.get(at_once.location).text
    assert "Surat terbit dengan nomor" in page
    assert "Masih ada surat yang dipilih" in page
    assert f"penduduk={resident}&amp;jenis=belum_menikah" in page


def test_the_same_form_sent_five_times_is_one_letter(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, path = staff(village), _form_of(residents.a_resident(app, village))
    sent = {"kunci": str(uuid.uuid4()), "keperluan": "Beasiswa", "langsung": "1"}
    answers = [clerk.submit(path, sent, form=path) for _time in range(5)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert _count(app, village) == 1


def test_what_is_wrong_is_said_and_what_was_typed_comes_back(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk, path = staff(village), _form_of(residents.a_resident(app, village), "keterangan_usaha")
    answer = _send(clerk, path, nama_usaha="Warung Bu Siti")
    assert answer.status_code == 422
    assert "Wajib diisi" in answer.text
    assert "Warung Bu Siti" in answer.text
    assert _count(app, village) == 0


def test_every_letter_of_the_catalogue_is_made_at_the_desk(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, resident = staff(village), residents.a_resident(app, village)
    with app.app_context(), tenant_scope(village):
        kinds = letter_types()
    for kind in kinds:
        path = f"/surat/baru?jenis={kind.code}" if kind.about == "none" else _form_of(resident, kind.code)
        answer = _send(clerk, path, **sample_form(kind), langsung="1")
        assert answer.status_code == 303, (
            kind.code,
            re.findall(r"field-error[^<]*<[^>]*>[^<]*", answer.text),
        )
        letter = letters.letter_of(app, village, uuid.UUID(answer.location.rsplit("/", 1)[1]))
        assert letter.state == "issued", kind.code


HOSTILE = (
    '#read("/etc/passwd")',
    r"\\ $x^2$ ] [ } { #",
    "<script>alert(1)</script>**_{{nik}}_**{% jika x %}",
    "A" * 200,
    "مرحبا ‮اسم 👩‍👩‍👧 \u0000 'x'\";--",
    "| a | b |\n- satu\n: Label | {{kk}}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_stands_in_the_letter_as_it_is(
    app: Flask, village: Tenant, staff: Staff, text: str
) -> None:
    clerk, path = staff(village), _form_of(residents.a_resident(app, village, name="SITI AMINAH"))
    answer = _send(clerk, path, keperluan=text, langsung="1")
    assert answer.status_code == 303
    page = clerk.get(answer.location)
    assert "<script>alert" not in page.text
    letter_id = uuid.UUID(answer.location.rsplit("/", 1)[1])
    assert letters.letter_of(app, village, letter_id).state == "issued"
    assert b"root:x" not in letters.pdf_of(app, village, letter_id)


def test_a_text_that_is_too_long_is_refused(app: Flask, village: Tenant, staff: Staff) -> None:
    answer = _send(staff(village), _form_of(residents.a_resident(app, village)), keperluan="A" * 201)
    assert answer.status_code == 422
    assert "Terlalu panjang" in answer.text


def test_a_photo_that_is_none_is_refused_and_a_good_one_is_kept(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    import io

    clerk, path = staff(village), _form_of(residents.a_resident(app, village))
    bad = {"keperluan": "Beasiswa", "berkas.ktp": (io.BytesIO(b"<svg onload=alert(1)>"), "ktp.jpg")}
    answer = _send(clerk, path, **bad)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert "Hanya PDF, JPG, atau PNG" in answer.text
    assert _count(app, village) == 0
    good = {"keperluan": "Beasiswa", "berkas.ktp": (io.BytesIO(picture()), "ktp.png")}
    made = _send(clerk, path, **good)  # type: ignore[arg-type]
    page = clerk.get(made.location)
    link = re.search(r'href="(/surat/[^"]+/lampiran/[^"]+)"', page.text)
    assert link is not None
    assert clerk.get(link[1]).content_type == "image/jpeg"


def test_no_letter_for_who_died(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, resident = staff(village), residents.a_resident(app, village)
    with app.app_context(), tenant_scope(village):
        db.session.execute(db.update(Resident).where(Resident.id == resident).values(vital_status=2))
        db.session.commit()
    kinds = clerk.get(f"/surat/baru?penduduk={resident}").text
    assert "Keterangan tidak mampu" not in kinds
    assert "Keterangan kematian" in kinds
    answer = _send(clerk, _form_of(resident), keperluan="Beasiswa")
    assert answer.status_code == 422
    assert "sudah meninggal" in answer.text


def test_who_comes_second_sees_both_versions(app: Flask, village: Tenant, staff: Staff) -> None:
    first, second, letter_id = staff(village), staff(village), letters.a_request(app, village)
    path = f"/surat/{letter_id}/ubah"
    version = VERSION.search(first.get(path).text)
    assert version is not None
    assert first.submit(path, {"row_version": version[1], "keperluan": "Sekolah"}).status_code == 303
    late = second.submit(path, {"row_version": version[1], "keperluan": "Rumah sakit"})
    assert late.status_code == 409
    assert "Sekolah" in late.text
    assert "Rumah sakit" in late.text
    assert letters.opened(app, village, letter_id)["fields"]["keperluan"] == "Sekolah"


def test_rejecting_and_cancelling_ask_for_a_reason(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    waiting, issued = letters.a_request(app, village), letters.an_issued_letter(app, village)
    assert clerk.submit(f"/surat/{waiting}/tolak", {"reason": ""}).status_code == 422
    assert clerk.submit(f"/surat/{waiting}/tolak", {"reason": "KK belum ada"}).status_code == 303
    assert clerk.submit(f"/surat/{issued}/batal", {"reason": "Salah ketik"}).status_code == 303
    page = clerk.get(f"/surat/{issued}").text
    assert "Salah ketik" in page
    assert letters.letter_of(app, village, issued).number in page


def test_an_electronic_letter_goes_to_the_head(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    letter_id = letters.a_request(app, village, signing="local")
    page = clerk.get(f"/surat/{letter_id}").text
    assert "Ajukan ke kepala" in page
    assert clerk.submit(f"/surat/{letter_id}/terbit", form=f"/surat/{letter_id}").status_code == 409
    assert clerk.submit(f"/surat/{letter_id}/ajukan", form=f"/surat/{letter_id}").status_code == 303
    assert letters.letter_of(app, village, letter_id).state == "verified"
    sent = clerk.submit(f"/surat/{letter_id}/terbit", {"basah": "1"}, form=f"/surat/{letter_id}")
    assert sent.status_code == 303
    assert letters.letter_of(app, village, letter_id).signing == "wet"


POSTS = ("terbit", "ajukan", "tolak", "serahkan", "ubah", "batal", "kembalikan")


@pytest.mark.parametrize("deed", POSTS)
def test_letters_of_another_village_do_not_exist_here(
    app: Flask, village: Tenant, make_village: Callable[[], Tenant], staff: Staff, deed: str
) -> None:
    elsewhere = letters.a_request(app, make_village())
    person = staff(village, role="village_head" if deed == "kembalikan" else "secretary")
    answer = person.submit(f"/surat/{elsewhere}/{deed}", {"reason": "Salah alamat"}, form="/surat")
    assert answer.status_code == 404
    assert person.get(f"/surat/{elsewhere}").status_code == 404
    assert person.get(f"/surat/{elsewhere}/berkas").status_code == 404


@pytest.mark.parametrize("deed", POSTS)
def test_who_may_only_look_changes_nothing(app: Flask, village: Tenant, staff: Staff, deed: str) -> None:
    letter_id, viewer = letters.a_request(app, village), staff(village, role="section_staff")
    assert viewer.get(f"/surat/{letter_id}").status_code == 200
    answer = viewer.submit(f"/surat/{letter_id}/{deed}", {"reason": "Coba saja"}, form="/surat")
    assert answer.status_code == 403
    assert letters.letter_of(app, village, letter_id).state == "submitted"


def test_making_a_letter_needs_the_permission(app: Flask, village: Tenant, staff: Staff) -> None:
    viewer, resident = staff(village, role="section_staff"), residents.a_resident(app, village)
    for path in ("/surat/baru", _form_of(resident)):
        assert viewer.get(path).status_code == 403
    for path in (_form_of(resident), "/surat/baru/cari", "/surat/baru/cek"):
        assert viewer.submit(path, form="/surat").status_code == 403
    assert "Buat surat" not in viewer.get(f"/penduduk/{resident}").text


def test_people_and_types_that_are_not_there_are_not_found(
    app: Flask, village: Tenant, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    clerk, stranger = staff(village), residents.a_resident(app, make_village())
    resident = residents.a_resident(app, village)
    for path in (_form_of(stranger), _form_of(resident, "tidak_ada"), "/surat/baru?penduduk=1&jenis=sktm"):
        assert clerk.get(path).status_code == 404
        assert clerk.submit(path, {"keperluan": "x"}, form="/surat/baru").status_code == 404


def test_overdue_letters_are_on_top_and_counted(app: Flask, village: Tenant, staff: Staff) -> None:
    fresh, late = letters.a_request(app, village), letters.a_request(app, village)
    with app.app_context(), tenant_scope(village):
        db.session.execute(
            db.update(Letter).where(Letter.id == late).values(due_at=now() - dt.timedelta(hours=1))
        )
        db.session.commit()
    clerk = staff(village)
    page = clerk.get("/surat").text
    assert page.index(str(late)) < page.index(str(fresh))
    assert "1 surat melewati janji layanan" in page
    assert "2 surat menunggu" in page
    assert 'href="/surat?lihat=terlambat"' in clerk.get("/beranda").text
    all_late = clerk.get("/surat?lihat=terlambat").text
    assert str(late) in all_late
    assert str(fresh) not in all_late


def test_a_residents_page_lists_their_letters(app: Flask, village: Tenant, staff: Staff) -> None:
    resident = residents.a_resident(app, village)
    letter_id = letters.an_issued_letter(app, village, resident_id=resident)
    page = staff(village).get(f"/penduduk/{resident}").text
    assert f"/surat/{letter_id}" in page
    assert f"/surat/baru?penduduk={resident}" in page


def test_the_queue_and_a_letter_take_few_selects(
    app: Flask,
    village: Tenant,
    staff: Staff,
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    clerk = staff(village)
    for _one in range(3):
        letter_id = letters.a_request(app, village)
    clerk.get("/surat")
    with count_queries(at_most=12):
        clerk.get("/surat")
    with count_queries(at_most=24):
        clerk.get(f"/surat/{letter_id}")


def test_signs_that_no_letter_can_show_are_warned_of_and_not_refused(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk, resident = staff(village), residents.a_resident(app, village, name="SITI AMINAH")
    warning = "tidak dapat dicetak"
    made = _send(clerk, _form_of(resident), keperluan="Beasiswa 😀 日")
    assert made.status_code == 303
    page = clerk.get(made.location).text
    assert warning in page
    assert "😀 日" in page
    assert warning in clerk.get(f"{made.location}/ubah").text
    checked = clerk.submit(
        "/surat/baru/cek", {"jenis_surat": "sktm", "keperluan": "Beasiswa 😀"}, form=_form_of(resident)
    )
    assert warning in checked.text
    plain = _send(clerk, _form_of(resident), keperluan="Beasiswa – “anak”, 50 m²")
    assert warning not in clerk.get(plain.location).text
