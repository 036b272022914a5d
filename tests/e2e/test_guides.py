"""The help centre tells the truth: every shipped article's steps are followed, and every word of the screen that it
prints in bold stands on a page on the way. `make guide-pictures` takes the articles' pictures while it does so."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from app.province.knowledge import markup
from app.province.knowledge.shipped import PICTURES, shipped_articles
from tests.e2e import axe
from tests.e2e.browsing import PHONE, Windows
from tests.e2e.guide_walks import PICTURE_BYTES, Walk
from tests.e2e.house import PROVINCE, House

TAKES_PICTURES = bool(os.environ.get("SIGER_GUIDE_PICTURES"))


@pytest.mark.parametrize("slug", sorted(shipped_articles()))
def test_an_article_is_true_to_the_screens(windows: Windows, house: House, slug: str) -> None:
    windows.expect("status of 422")
    article = shipped_articles()[slug]
    walk = Walk(windows, house, article, takes_pictures=TAKES_PICTURES)
    walk.follow()
    untold = [words for words in markup.labels(article.body) if not walk.says(words)]
    assert not untold, f"{slug}: no page on the way says {untold}"


def test_every_picture_is_there_and_small() -> None:
    shown = {name for article in shipped_articles().values() for name in markup.pictures(article.body)}
    kept = {path.stem: path.stat().st_size for path in PICTURES.glob("*.webp")}
    assert kept.keys() == shown
    assert not {name: size for name, size in kept.items() if size > PICTURE_BYTES}


def test_help_leads_from_a_page_to_its_article(windows: Windows, house: House) -> None:
    login = house.login("clerk:guides")
    page = windows.open(login, width=PHONE)
    page.goto(house.url(login.host, "/penduduk/impor"))
    page.get_by_role("link", name="Panduan halaman ini").click()
    expect(page.locator("h1")).to_have_text("Memasukkan data penduduk dari berkas")
    expect(page.locator(".guide-picture img").first).to_be_visible()
    picture = page.locator(".guide-picture img").first
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    page.get_by_role("button", name="Ya, membantu").click()
    expect(page.locator(".messages")).to_contain_text("Terima kasih")


def test_pages_of_the_help_centre_serve_everybody(windows: Windows, house: House) -> None:
    login = house.login("clerk:guides")
    found = []
    visits = [
        (
            login,
            login.host,
            ("/panduan", "/panduan?q=surat", "/panduan/membuat-surat", "/panduan/halaman?dari=x.y"),
        ),
        (
            None,
            login.host,
            ("/panduan/warga", "/panduan/warga/warga-meminta-surat", "/panduan/warga/cari?q=surat"),
        ),
        (None, login.host, ("/panduan/warga/warga-meminta-surat/pendapat",)),
        (house.login("admin:guides"), PROVINCE, ("/panduan", "/panduan/kelola", "/panduan/kelola/baru")),
    ]
    for who, host, paths in visits:
        page = windows.open(who)
        for path in paths:
            page.goto(house.url(host, path))
            found += [f"{host}{path}: {problem}" for problem in axe.examine(page)]
    assert not found, "\n".join(found)
