"""A village's front page: what it says, what it costs, and what it never carries."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from app.core.hosting import SigerFlask
from app.core.public_pages import pages_changed
from app.core.ui.formats import ZONE
from app.core.village import queries
from app.core.village.models import Official, SubArea
from app.extensions import db
from app.site.front import front_page
from tenants.scope import Tenant, tenant_scope
from tests.support.visitors import Visitor


def describe(app: SigerFlask, village: Tenant, **fields: object) -> None:
    """Write into the village's profile, as its settings pages do; its hours are checked."""
    with app.app_context(), tenant_scope(village):
        profile = queries.profile()
        for name, value in fields.items():
            setattr(profile, name, value)
        profile.steps_done = [*profile.steps_done, "hours"]
        pages_changed()
        db.session.commit()


def people(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.add_all(
            [
                Official(name="Sukirman", title="Kepala Pekon", position="head"),
                Official(name="Wahyu Lestari", title="Juru Tulis", position="secretary", sort_order=1),
                Official(name="Rahasia", title="Staf", is_public=False),
                Official(name="Sudah Selesai", title="Staf", period_until=dt.date(2020, 1, 1)),
                SubArea(kind="sub_area", name="Dusun I"),
                SubArea(kind="rt", name="001"),
            ]
        )
        pages_changed()
        db.session.commit()


def test_the_front_page_says_who_where_when_and_how(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    describe(
        app, village, motto="Rukun dan maju", about="Di kaki gunung.\n\nSejak 1950.", address="Jalan Raya 1",
        phone="0729123456", whatsapp="0812-0000-1234", email="balai@desa.test", latitude=-5.4, longitude=104.7,
    )  # fmt: skip
    people(app, village)
    text = visit(f"{village.slug}.localhost").get("/").text
    for expected in (
        village.full_name, village.region_path[0], village.region_path[1], village.code, "Rukun dan maju",
        "Sejak 1950.", "Jalan Raya 1", "https://wa.me/6281200001234", "tel:+62729123456", "mailto:balai@desa.test",
        "openstreetmap.org", "Senin", "08.00–15.00", "Sukirman", "Wahyu Lestari",
    ):  # fmt: skip
        assert expected in text, expected
    assert "Rahasia" not in text
    assert "Sudah Selesai" not in text


def test_a_village_that_said_nothing_yet_has_a_front_page_too(
    village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    answer = visit(f"{village.slug}.localhost").get("/")
    assert answer.status_code == 200
    assert village.full_name in answer.text


def test_english_has_an_address_of_its_own(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    describe(app, village)
    browser = visit(f"{village.slug}.localhost")
    indonesian, english = browser.get("/"), browser.get("/?bahasa=en")
    assert 'lang="id"' in indonesian.text[:60]
    assert 'lang="en"' in english.text[:60]
    assert "Monday" in english.text
    assert "08:00–15:00" in english.text
    assert 'href="/?bahasa=en"' in indonesian.text
    assert '<a class="brand" href="/?bahasa=en">' in english.text
    browser.client.set_cookie("siger_lang", "en", domain=f"{village.slug}.localhost")
    assert 'lang="id"' in browser.get("/").text[:60]


def test_the_front_page_carries_nothing_of_anybody(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    browser = visit(f"{village.slug}.localhost")
    for answer in (browser.get("/"), browser.get("/"), browser.get("/?bahasa=en")):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "csrf" not in answer.text
        assert "nonce" not in answer.text
        assert "nonce" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script|<style| style=| on\w+=", answer.text)


def test_the_front_page_asks_at_most_four_questions(
    app: SigerFlask,
    village: Tenant,
    visit: Callable[[str], Visitor],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    people(app, village)
    browser = visit(f"{village.slug}.localhost")
    browser.get("/health")
    browser.get("/robots.txt")
    with count_queries(at_most=4) as asked:
        assert browser.get("/").status_code == 200
    assert asked, "nothing was counted"
    with count_queries(at_most=0):
        assert browser.get("/").status_code == 200


def moment(*parts: int) -> dt.datetime:
    """A moment in the province's zone."""
    return dt.datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("now", "sentence", "changes"),
    [
        (moment(2026, 11, 23, 9, 0), "Buka sampai 12.00 WIB", dt.time(12)),
        (moment(2026, 11, 23, 12, 30), "Tutup, buka pukul 13.00 WIB", dt.time(13)),
        (moment(2026, 11, 23, 16, 0), "Tutup, buka lagi Selasa 08.00 WIB", dt.time(0)),
        (moment(2026, 11, 27, 12, 0), "Tutup, buka lagi Senin 08.00 WIB", dt.time(0)),
        (moment(2026, 12, 25, 9, 0), "Tutup, buka lagi Senin 08.00 WIB", dt.time(0)),
    ],
    ids=["open", "break", "evening", "weekend", "closed-day"],
)
def test_the_office_hours_are_told_for_as_long_as_they_hold(
    app: SigerFlask, village: Tenant, now: dt.datetime, sentence: str, changes: dt.time
) -> None:
    noon = ["08:00", "12:00", "13:00", "15:00"]
    hours = {"mon": noon, "tue": noon, "wed": noon, "thu": noon, "fri": ["08:00", "11:30"]}
    describe(app, village, opening_hours={**hours, "closed": [["2026-12-25", "Hari Natal"]]})
    with app.test_request_context(base_url=f"http://{village.slug}.localhost"), tenant_scope(village):
        page = front_page(village, now, "id")
        assert page.state_text == sentence
        assert page.changes_at.time() == changes
        assert page.changes_at > now
        assert page.opening_hours_text.startswith(
            "Senin–Kamis 08.00–12.00, 13.00–15.00; Jumat 08.00–11.30 WIB"
        )
        if now.month == 12:
            assert page.week[4].spans == []
            assert page.week[4].note == "Tutup: Hari Natal"


def test_a_villages_colour_is_a_file_that_holds_for_ever(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    browser = visit(f"{village.slug}.localhost")
    assert browser.get("/accent-000000000000.css").status_code == 404
    describe(app, village, accent="#1f5f8b")
    found = re.search(r'href="(/accent-[0-9a-f]{12}\.css)"', browser.get("/").text)
    assert found
    sheet = browser.get(found.group(1))
    assert sheet.content_type.startswith("text/css")
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "--color-primary" in sheet.text
    describe(app, village, accent="#2f6b3a")
    moved = browser.get(found.group(1))
    assert moved.status_code == 302
    assert moved.headers["Location"] != found.group(1)


def test_small_files_for_browsers_and_programs(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    browser = visit(f"{village.slug}.localhost")
    assert "Disallow: /beranda" in browser.get("/robots.txt").text
    assert "Contact: mailto:" in browser.get("/.well-known/security.txt").text
    assert browser.get("/favicon.ico").status_code in (302, 404)
    for path in ("/robots.txt", "/favicon.ico", "/.well-known/security.txt"):
        assert "Set-Cookie" not in browser.get(path).headers
