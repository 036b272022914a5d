"""A village's settings through the front door: every page opens, saves, and says what is wrong beside the field."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.core.hosting import SigerFlask
from app.core.village import queries
from tenants.registry import find_tenant
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.visitors import Visitor

Staff = Callable[..., Person]

PAGES = (
    "/beranda",
    "/pengaturan/identitas",
    "/pengaturan/istilah",
    "/pengaturan/tampilan",
    "/pengaturan/jam-layanan",
    "/pengaturan/perangkat",
    "/pengaturan/perangkat/tambah",
    "/pengaturan/wilayah",
    "/pengaturan/wilayah/tambah",
    "/pengaturan/wilayah/tambah?jenis=rt",
    "/pengaturan/fitur",
)

IDENTITY = {
    "motto": "Rukun dan maju",
    "about": "Di kaki gunung.",
    "address": "Jalan Raya 1",
    "postal_code": "35378",
    "phone": "(0729) 123456",
    "whatsapp": "+62 812 0000 1234",
    "email": "Balai@Desa.Test",
    "location": "-5.4382, 104.7215",
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_the_secretary_and_not_for_strangers(
    village: Tenant, staff: Staff, visit: Callable[[str], Visitor], path: str
) -> None:
    page = staff(village).get(path)
    assert page.status_code == 200
    assert village.full_name in page.text
    assert page.text.count("<h1") == 1
    assert "no-store" in page.headers["Cache-Control"]
    stranger = visit(f"{village.slug}.localhost").get(path)
    assert stranger.status_code == 303
    assert "/masuk" in stranger.headers["Location"]


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/beranda"])
def test_who_only_looks_may_not_open_settings(village: Tenant, staff: Staff, path: str) -> None:
    assert staff(village, role="treasurer").get(path).status_code == 403


def test_an_operator_sees_the_tabs_of_their_work_alone(village: Tenant, staff: Staff) -> None:
    page = staff(village, role="operator").get("/pengaturan/perangkat").text
    assert 'href="/pengaturan/wilayah"' in page
    assert 'href="/pengaturan/identitas"' not in page
    assert staff(village, role="operator").get("/pengaturan/identitas").status_code == 403


def test_somebody_at_work_finds_back_from_a_page_that_is_not_there(
    village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    way_back = 'href="/beranda"'
    assert way_back in staff(village).get("/tidak-ada").text
    assert way_back in staff(village, role="treasurer").get("/pengaturan/identitas").text
    assert way_back not in visit(f"{village.slug}.localhost").get("/tidak-ada").text


def test_links_to_the_front_page_keep_the_language(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    paths = ("/masuk", "/beranda", "/pengaturan/identitas", "/tidak-ada")
    assert [path for path in paths if 'href="/?bahasa=en"' in clerk.get(path).text] == []
    clerk.client.set_cookie("siger_lang", "en", domain=f"{village.slug}.localhost")
    signed_out = Visitor(clerk.app, clerk.host)
    signed_out.client.set_cookie("siger_lang", "en", domain=clerk.host)
    assert 'href="/?bahasa=en"' in signed_out.get("/masuk").text
    assert [path for path in paths[1:] if 'href="/?bahasa=en"' not in clerk.get(path).text] == []
    on_the_way = signed_out.get("/?bahasa=en").text
    assert 'href="/preferences/language/en?next=/masuk"' in on_the_way


def test_the_identity_is_saved_and_shown_to_everybody(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    visitor = visit(f"{village.slug}.localhost")
    visitor.get("/")
    answer = submit_stamped(staff(village), "/pengaturan/identitas", IDENTITY)
    assert answer.status_code == 303
    front = visitor.get("/").text
    for shown in (
        "Rukun dan maju",
        "Di kaki gunung.",
        "Jalan Raya 1",
        "wa.me/6281200001234",
        "balai@desa.test",
    ):
        assert shown in front
    with app.app_context(), tenant_scope(village):
        profile = queries.profile()
        assert profile.whatsapp == "0812-0000-1234"
        assert (profile.latitude, profile.longitude) == (-5.4382, 104.7215)
        assert profile.row_version == 2
    person = staff(village)
    page = person.get("/pengaturan/identitas").text
    same = {name: value_of(page, name) for name in IDENTITY if name != "about"} | {"about": "Di kaki gunung."}
    assert same["location"] == "-5.4382, 104.7215"
    assert submit_stamped(person, "/pengaturan/identitas", same).status_code == 303
    with app.app_context(), tenant_scope(village):
        assert queries.profile().row_version == 2, "saving what stands changes nothing"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("whatsapp", "123", "Nomor ini tidak lengkap"),
        ("whatsapp", "(0729) 123456", "dimulai 08"),
        ("phone", "telepon saja", "Nomor ini tidak lengkap"),
        ("email", "balai@", "Alamat surel ini tidak lengkap"),
        ("postal_code", "353", "lima angka"),
        ("postal_code", "٣٥٣٧٨", "lima angka"),
        ("location", "104.7215, -5.4382", "di luar Indonesia"),
        ("location", "dekat pasar", "dua angka"),
        ("motto", "x" * 121, "paling banyak 120"),
        ("about", "x" * 1501, "paling banyak 1500"),
    ],
)
def test_a_wrong_identity_is_told_beside_the_field_and_nothing_is_lost(
    app: SigerFlask, village: Tenant, staff: Staff, field: str, value: str, sentence: str
) -> None:
    answer = submit_stamped(staff(village), "/pengaturan/identitas", {**IDENTITY, field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert value in answer.text
    assert "Di kaki gunung." in answer.text or field == "about"
    with app.app_context(), tenant_scope(village):
        assert queries.profile().address == ""


def test_two_clerks_at_once_see_both_versions(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    one, two = staff(village), staff(village)
    stamp = stamp_of(two.get("/pengaturan/identitas").text)
    assert (
        submit_stamped(one, "/pengaturan/identitas", {**IDENTITY, "motto": "Milik satu"}).status_code == 303
    )
    late = two.submit("/pengaturan/identitas", {**IDENTITY, "motto": "Milik dua", "stamp": stamp})
    assert late.status_code == 409
    assert "Milik satu" in late.text
    assert "Milik dua" in late.text
    with app.app_context(), tenant_scope(village):
        assert queries.profile().motto == "Milik satu"
    knowing = two.submit(
        "/pengaturan/identitas", {**IDENTITY, "motto": "Milik dua", "stamp": stamp_of(late.text)}
    )
    assert knowing.status_code == 303
    with app.app_context(), tenant_scope(village):
        assert queries.profile().motto == "Milik dua"


def test_other_tabs_do_not_disturb_each_other(village: Tenant, staff: Staff) -> None:
    one, two = staff(village), staff(village)
    stamp = stamp_of(two.get("/pengaturan/identitas").text)
    hours = {"mon_opens": "09:00", "mon_closes": "12:00"}
    assert submit_stamped(one, "/pengaturan/jam-layanan", hours).status_code == 303
    assert two.submit("/pengaturan/identitas", {**IDENTITY, "stamp": stamp}).status_code == 303


def test_words_are_spoken_with_the_next_request(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    words = {
        "term": "Tiyuh",
        "head": "Kepalo Tiyuh",
        "secretary": "Juru Tulis",
        "council": "BPT",
        "sub_area": "Suku",
    }
    assert submit_stamped(clerk, "/pengaturan/istilah", words).status_code == 303
    assert f"Tiyuh {village.name}" in clerk.get("/beranda").text
    assert f"Tiyuh {village.name}" in clerk.get("/").text
    assert "Suku" in clerk.get("/pengaturan/wilayah").text
    with app.app_context():
        found = find_tenant(village.code)
    assert (found.term, found.word("head")) == ("Tiyuh", "Kepalo Tiyuh")


def test_presets_only_fill_the_form(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    page = staff(village).get("/pengaturan/istilah?contoh=pekon-peratin").text
    assert 'value="Peratin"' in page
    assert "Belum tersimpan" in page
    with app.app_context():
        assert find_tenant(village.code).word("head") == village.word("head")


def test_a_village_needs_a_word_for_itself(village: Tenant, staff: Staff) -> None:
    answer = submit_stamped(staff(village), "/pengaturan/istilah", {"term": "  ", "head": "Lurah"})
    assert answer.status_code == 422
    assert answer.text.count("Wajib diisi.") >= 3
    assert 'value="Lurah"' in answer.text


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"mon_opens": "08:00"}, "Isi jam buka dan jam tutup"),
        ({"mon_opens": "15:00", "mon_closes": "08:00"}, "sesudah jam buka"),
        (
            {"mon_opens": "08:00", "mon_closes": "15:00", "mon_break_from": "12:00"},
            "awal dan akhir istirahat",
        ),
        (
            {
                "mon_opens": "08:00",
                "mon_closes": "15:00",
                "mon_break_from": "16:00",
                "mon_break_until": "17:00",
            },
            "di antara",
        ),
        ({"tue_break_from": "12:00", "tue_break_until": "13:00"}, "istirahatnya dikosongkan"),
        ({"mon_opens": "25:00", "mon_closes": "26:00"}, "Jam ini tidak ada"),
        ({"closed_0": "2026-02-30"}, "Tanggal ini tidak ada"),
    ],
)
def test_wrong_hours_are_told_on_their_day(
    village: Tenant, staff: Staff, hours: dict[str, str], sentence: str
) -> None:
    answer = submit_stamped(staff(village), "/pengaturan/jam-layanan", hours)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_hours_and_closed_days_come_back_as_they_were_saved(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    hours = {
        "mon_opens": "7.30", "mon_closes": "15:00", "mon_break_from": "12:00", "mon_break_until": "13:00",
        "wed_opens": "8", "wed_closes": "14", "closed_0": "2026-12-25", "closed_note_0": "Hari Natal",
    }  # fmt: skip
    assert submit_stamped(clerk, "/pengaturan/jam-layanan", hours).status_code == 303
    page = clerk.get("/pengaturan/jam-layanan").text
    for value in ("07.30", "15.00", "12.00", "13.00", "08.00", "14.00", "2026-12-25", "Hari Natal"):
        assert f'value="{value}"' in page
    assert "07.30–12.00, 13.00–15.00" in clerk.get("/").text


def test_a_form_without_its_token_is_refused(village: Tenant, staff: Staff) -> None:
    for path in (
        "/pengaturan/identitas",
        "/pengaturan/istilah",
        "/pengaturan/perangkat/tambah",
        "/pengaturan/fitur",
    ):
        assert staff(village).post(path, {"term": "x"}).status_code == 400


def test_who_sets_up_nothing_reads_what_they_may_do_instead(village: Tenant, staff: Staff) -> None:
    page = staff(village, role="treasurer").get("/beranda").text
    assert "dari 9 selesai" not in page
    assert "penyiapan selesai" not in page
    assert "Yang dapat Anda kerjakan" in page
    page = staff(village, role="operator").get("/beranda").text
    assert "dari 9 selesai" in page
    assert 'href="None"' not in page
    assert 'href="/pengaturan/identitas"' not in page


@pytest.mark.parametrize(
    "path", ["/pengaturan/perangkat/tambah", "/pengaturan/akun/undang", "/pengaturan/akun/peran/baru"]
)
def test_the_way_back_stands_above_the_tabs_everywhere(village: Tenant, staff: Staff, path: str) -> None:
    page = staff(village).get(path).text
    assert page.index('class="crumbs"') < page.index('class="tabs-line"')


def test_the_start_page_knows_what_is_done(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert "0 dari 9 selesai" in clerk.get("/beranda").text
    submit_stamped(clerk, "/pengaturan/identitas", IDENTITY)
    assert "1 dari 9 selesai" in clerk.get("/beranda").text
    page = clerk.get("/pengaturan/istilah").text
    words = {name: value_of(page, name) for name in ("term", "head", "secretary", "council", "sub_area")}
    submit_stamped(clerk, "/pengaturan/istilah", words)
    clerk.submit("/pengaturan/fitur")
    staff(village, role="operator")
    after = clerk.get("/beranda").text
    assert "3 dari 9 selesai" in after
    assert "mengubah identitas dan kontak" in after


def submit_stamped(person: Person, path: str, data: dict[str, object]) -> TestResponse:
    """Send a form with the stamp that its page carries now."""
    return person.submit(path, {"stamp": stamp_of(person.get(path).text), **data})


def stamp_of(page: str) -> str:
    """The stamp of a settings form."""
    return value_of(page, "stamp")


def value_of(page: str, name: str) -> str:
    """The value of a field of a page."""
    tag = next(t for t in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in t)
    found = re.search(r'value="([^"]*)"', tag)
    return found.group(1) if found else ""
