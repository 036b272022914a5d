"""A village applies by itself: found, chosen, filled in step by step, confirmed, and handed to the office."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, update

from app import create_app
from app.core.hosting import SigerFlask
from app.extensions import db, limiter
from app.province.life.renaming_models import VillagePast
from tenants.ids import uuid7
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.applying import Applicant, listed, notes_of
from tests.support.people import deliver_letters, link_in, make_account
from tests.support.visitors import Visitor


@pytest.fixture
def applicant(
    app: SigerFlask, visit: Callable[[str], Visitor], _codes: Iterator[str], unique: Callable[[], int]
) -> Applicant:
    """Somebody whose village is listed and free."""
    return Applicant(visit("localhost"), listed(app, next(_codes)), f"pendaftar{unique()}@desa.test")


def state_of(app: SigerFlask, village: object) -> str:
    """Where a village stands in the registry."""
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, village.id)  # type: ignore[attr-defined]
        assert row is not None
        return row.state


def test_a_village_applies_without_javascript_and_without_calling_anyone(
    app: SigerFlask, applicant: Applicant
) -> None:
    browser = applicant.browser
    make_account(app, role="regency_admin", region=applicant.village.regency_code)
    start = browser.get("/daftar")
    assert "5 langkah, sekitar 7 menit" in start.text
    assert "<script" not in start.text
    found = browser.get("/daftar/desa", query_string={"q": applicant.village.name}).text
    assert applicant.village.district in found
    assert applicant.begin().status_code == 303
    page = browser.get(f"{applicant.home}/pemohon")
    assert "Langkah 2 dari 5 · sekitar 6 menit lagi" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert applicant.introduce().location.endswith("/identitas")
    assert applicant.village.code in browser.get(f"{applicant.home}/identitas").text
    assert applicant.identify(postal_code="35378").location.endswith("/alamat")
    assert f'value="{applicant.village.slug}"' in browser.get(f"{applicant.home}/alamat").text
    assert applicant.choose_address().location.endswith("/periksa")
    whole = browser.get(f"{applicant.home}/periksa").text
    for said in (
        "Siti Rahma",
        "0812-7000-1234",
        "surat tugas.jpg",
        "35378",
        f"{applicant.village.slug}.localhost",
    ):
        assert said in whole
    assert "periksa" not in applicant.send().location
    assert "Menunggu surel dipastikan" in browser.get(applicant.home).text
    assert state_of(app, applicant.village) == "listed"
    link = applicant.confirm_link()
    assert "Ya, ini surel saya" in browser.get(link).text
    assert state_of(app, applicant.village) == "listed", "looking at the link confirms nothing"
    assert browser.submit(link).status_code == 303
    assert state_of(app, applicant.village) == "applied"
    assert "Sedang diperiksa" in browser.get(applicant.home).text
    receipt = applicant.letters()[-1]
    assert "sudah diterima" in receipt.subject
    assert f"Dinas PMD {applicant.village.regency}" in receipt.text
    assert link_in(receipt) == applicant.home
    kinds = notes_of(app, applicant.home)
    assert [key for kind, key in kinds if kind == "state"] == ["draft", "confirming", "submitted"]
    assert [key for kind, key in kinds if kind == "step"] == ["applicant", "identity", "address"]


def test_it_is_resumed_on_another_device_by_the_link_that_was_sent(
    app: SigerFlask, applicant: Applicant, visit: Callable[[str], Visitor]
) -> None:
    applicant.begin()
    applicant.introduce(letter=None)
    letter = applicant.letters()[0]
    assert "Lanjutkan" in letter.subject
    phone = visit("localhost")
    page = phone.get(link_in(letter)).text
    assert "Belum dikirim" in page
    assert "Lanjutkan: Siapa Anda" in page, "the letter of assignment is still missing"
    assert 'value="Siti Rahma"' in phone.get(f"{applicant.home}/pemohon").text


def test_lost_links_are_sent_again_and_the_answer_is_the_same_for_strangers(
    app: SigerFlask, applicant: Applicant, visit: Callable[[str], Visitor]
) -> None:
    applicant.begin()
    applicant.introduce(letter=None)
    deliver_letters(app)
    stranger = visit("localhost")
    known = stranger.submit("/daftar/lanjut", {"email": applicant.email.upper()})
    unknown = stranger.submit("/daftar/lanjut", {"email": "bukan-siapa-siapa@desa.test"})
    assert known.status_code == unknown.status_code == 200
    plain = re.compile(r'value="[^"]*"|[\w.-]+@desa.test', re.IGNORECASE)
    assert plain.sub("", known.text) == plain.sub("", unknown.text)
    letters = deliver_letters(app)
    assert [letter.to for letter in letters] == [applicant.email]
    assert link_in(letters[0]) == applicant.home


def test_a_step_opened_from_the_summary_leads_back_there(applicant: Applicant) -> None:
    applicant.fill()
    answer = applicant.identify(ringkasan="1", head="Kepala Pekon Baru")
    assert answer.location == f"{applicant.home}/periksa"
    assert "Kepala Pekon Baru" in applicant.browser.get(answer.location).text


def test_nothing_is_sent_before_everything_is_there(applicant: Applicant) -> None:
    applicant.begin()
    applicant.introduce(letter=None)
    applicant.identify()
    applicant.choose_address()
    page = applicant.browser.get(f"{applicant.home}/periksa").text
    assert "Lengkapi: Siapa Anda" in page
    answer = applicant.browser.submit(
        f"{applicant.home}/periksa", {"declared": "1"}, form=f"{applicant.home}/pemohon"
    )
    assert "/pemohon" in answer.location
    assert "Belum lengkap" in applicant.browser.get(answer.location).text
    applicant.introduce()
    answer = applicant.browser.submit(f"{applicant.home}/periksa", {})
    assert answer.status_code == 422
    assert "Centang pernyataan" in answer.text


def test_the_search_says_where_each_village_stands_and_nothing_of_its_people(
    app: SigerFlask, applicant: Applicant, village: Tenant, count_queries: Callable[..., object]
) -> None:
    browser = applicant.browser
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, village.id)
        assert row is not None
        row.state = "active"
        db.session.commit()
    page = browser.get("/daftar/desa", query_string={"q": village.code}).text
    assert f"http://{village.slug}.localhost" in page
    assert "Sudah memakai Siger" in page
    assert ">Pilih<" not in page
    for state, said in (
        ("suspended", "dihentikan sementara"),
        ("archived", "diarsipkan"),
        ("approved", "disiapkan"),
        ("active", "situsnya belum ada di sini"),
    ):
        with app.app_context(), platform_scope():
            listed_row = db.session.get(TenantRow, applicant.village.id)
            assert listed_row is not None
            listed_row.state, listed_row.state_reason = state, "Alasan rahasia petugas"
            db.session.commit()
        page = browser.get("/daftar/desa", query_string={"q": applicant.village.code.replace(".", "")}).text
        assert said in page
        assert "Alasan rahasia" not in page
        assert "Buka situsnya" not in page
        answer = browser.submit(
            "/daftar/mulai", {"village": str(applicant.village.id)}, form="/daftar/lanjut"
        )
        assert answer.location.startswith("/daftar/desa")
    with app.app_context(), platform_scope():
        listed_row = db.session.get(TenantRow, applicant.village.id)
        assert listed_row is not None
        listed_row.state, listed_row.software = "listed", "Sistem lain"
        db.session.commit()
    page = browser.get("/daftar/desa", query_string={"q": applicant.village.code}).text
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TenantRow).where(TenantRow.id == applicant.village.id).values(software=None)
        )
        db.session.commit()
    assert "sistem informasi lain" in page


def test_names_that_repeat_are_shown_with_their_kecamatan_in_few_queries(
    province: Visitor, count_queries: Callable[..., object]
) -> None:
    with count_queries(at_most=3):  # type: ignore[attr-defined]
        page = province.get("/daftar/desa", query_string={"q": "sidomulyo"}).text
    places = re.findall(r"Sidomulyo</b><br><span class=\"muted\">(Kecamatan [^<]+)", page)
    assert len(places) > 3
    assert len(set(places)) == len(places)
    with count_queries(at_most=3):  # type: ignore[attr-defined]
        narrowed = province.get("/daftar/desa", query_string={"q": "desa gisting ATAS tanggamus"}).text
    assert "18.06.20.2" in narrowed
    for odd in ("%", "'; drop table", "🙂🙂", "\x00\x00ab", "x" * 5000, "_" * 10, "kec", ",,", " , "):
        assert province.get("/daftar/desa", query_string={"q": odd}).status_code == 200


def test_a_former_code_or_name_finds_the_village_and_is_told(
    app: SigerFlask, applicant: Applicant, make_village: Callable[[], Tenant], request: pytest.FixtureRequest
) -> None:
    moved, present = applicant.village, make_village()
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, moved.id)
        place = {
            name: getattr(row, name)
            for name in (
                "term", "kind", "district_code", "district_name", "regency_code", "regency_name",
            )
        }  # fmt: skip
        past = VillagePast(
            id=uuid7(),
            tenant_id=moved.id,
            deed_id=uuid7(),
            code=present.code,
            name="Bumi Purwaraja",
            used_until=dt.date(2026, 1, 1),
            **place,
        )
        db.session.add(past)
        db.session.commit()
        key = past.id

    def forget() -> None:
        with app.app_context(), platform_scope():
            db.session.execute(delete(VillagePast).where(VillagePast.id == key))
            db.session.commit()

    request.addfinalizer(forget)
    for typed in (present.code, present.code.replace(".", "")):
        page = applicant.browser.get("/daftar/desa", query_string={"q": typed}).text
        assert f'value="{moved.id}"' in page
        assert page.index(present.code + "<") < page.index(f'value="{moved.id}"')
        assert f"dahulu {moved.term} Bumi Purwaraja" in page
    for typed in ("bumi purwaraja", "Purwaraja, " + place["district_name"]):
        page = applicant.browser.get("/daftar/desa", query_string={"q": typed}).text
        assert f'value="{moved.id}"' in page
    elsewhere = applicant.browser.get("/daftar/desa", query_string={"q": "purwaraja kotabumi selatan"}).text
    assert f'value="{moved.id}"' not in elsewhere


def codes_found(browser: Visitor, typed: str) -> list[str]:
    """The codes of the villages that a search brings, in their order."""
    page = browser.get("/daftar/desa", query_string={"q": typed}).text
    return re.findall(r" · (18\.\d\d\.\d\d\.\d{4})", page)


@pytest.mark.parametrize(
    ("typed", "name", "place"),
    [
        ("gisting atas tanggamus lampung", "Pekon Gisting Atas", "Tanggamus"),
        ("desa gisting atas, kec. gisting, kab. tanggamus, prov. lampung", "Pekon Gisting Atas", "Tanggamus"),
        ("Kp. Baru", " Kampung Baru", ""),
        ("pk gistingatas", "Pekon Gisting Atas", "Tanggamus"),
        ("sidomulyo lampung selatan", "Sidomulyo", "Lampung Selatan"),
    ],
)
def test_a_village_is_found_as_people_write_it(
    province: Visitor, count_queries: Callable[..., object], typed: str, name: str, place: str
) -> None:
    with count_queries(at_most=3):  # type: ignore[attr-defined]
        page = province.get("/daftar/desa", query_string={"q": typed}).text
    first = page.partition('<ul class="seat-list')[2].partition("</li>")[0]
    assert f"{name}</b>" in first
    assert place in first


def test_spaces_in_names_change_nothing(province: Visitor) -> None:
    apart, together = codes_found(province, "Suka Jaya"), codes_found(province, "sukajaya")
    assert apart == together
    assert len(apart) > 3
    assert codes_found(province, "Kp Rejo") == codes_found(province, "rejo")


def test_a_name_with_an_error_leads_to_the_names_like_it(
    province: Visitor, count_queries: Callable[..., object]
) -> None:
    for typed in ("Gisting Ats", "gistin ataas", "gisitng atas tanggamus"):
        with count_queries(at_most=3):  # type: ignore[attr-defined]
            page = province.get("/daftar/desa", query_string={"q": typed}).text
        assert "Maksud Anda" in page, typed
        assert 'href="/daftar/desa?q=Gisting%20Atas"' in page.replace("+", "%20")
    assert "Maksud Anda" not in province.get("/daftar/desa", query_string={"q": "qqqqxxzz"}).text
    letter = province.get("/daftar/desa", query_string={"q": "g"}).text
    assert "Tulis paling sedikit dua huruf" in letter
    assert "Periksa ejaannya" not in letter


def test_the_other_language_keeps_the_search(province: Visitor) -> None:
    page = province.get("/daftar/desa", query_string={"q": "gisting atas & bawah"}).text
    found = re.search(r'href="(/preferences/language/en[^"]+)"', page)
    assert found is not None
    answer = province.get(html.unescape(found[1]))
    assert answer.location.startswith("/daftar/desa?q=gisting")
    assert 'value="gisting atas &amp; bawah"' in province.get(answer.location).text


def test_the_pages_lead_here(province: Visitor, visit: Callable[[str], Visitor]) -> None:
    assert 'href="/daftar"' in province.get("/masuk").text
    nowhere = visit("desa-yang-tidak-ada.localhost").get("/")
    assert nowhere.status_code == 404
    assert 'href="http://localhost/daftar"' in nowhere.text.replace(":5000", "")


@pytest.mark.parametrize("page", ["", "/desa?q=suka", "/lanjut"])
def test_a_page_is_small(app: SigerFlask, province: Visitor, page: str) -> None:
    assert len(province.get(f"/daftar{page}").data) < 60_000


@pytest.fixture
def limited(urls: servers.DatabaseUrls) -> Iterator[SigerFlask]:
    """An application that counts, beside the one of the other tests, which does not."""
    number = servers.worker_number()
    application = create_app(servers.settings_for(urls, number, f"w{number}_", rate_limits=True))
    yield application
    with application.app_context():
        limiter.reset()
        db.engine.dispose()
    limiter.enabled = False


def test_nobody_searches_or_begins_without_end(limited: SigerFlask, applicant: Applicant) -> None:
    """A program that asks for all villages, or begins applications without end, is slowed down with a sentence."""
    program = Visitor(limited, "localhost")
    answers = [program.get("/daftar/desa?q=suka").status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]
    village = {"village": str(applicant.village.id)}
    begun = [program.submit("/daftar/mulai", village, form="/daftar/lanjut").status_code for _ in range(16)]
    assert begun == [303] * 15 + [429]
