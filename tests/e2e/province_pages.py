"""Makes what only a province at work has, so that every page of it can be looked at."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.house import PROVINCE, House
from tests.e2e.training_pages import pages_of_a_training
from tests.support.figures import month as this_month
from tests.support.images import picture

LISTS = ("/pengumuman", "/dokumen", "/sistem-lain/kiriman", "/laporan")
"""Lists whose entries differ in what can be done with them: each entry is looked at."""


def pages_of_a_province_at_work(page: Page, house: House) -> list[str]:
    """Write, send in, and list; return the paths of pages that only this leads to."""
    found = [_draft_with_an_attachment(page, house), _delivery(page, house, is_applied=True)]
    found.append(_delivery(page, house, is_applied=False))
    found += pages_of_a_training(page, house)
    for path in LISTS:
        page.goto(house.url(PROVINCE, path))
        links = page.locator("main a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        found += [
            link
            for link in dict.fromkeys(links)
            if link.startswith(f"{path}/") and len(link) > len(path) + 30
        ]
    return found


def _draft_with_an_attachment(page: Page, house: House) -> str:
    page.goto(house.url(PROVINCE, "/pengumuman/baru"))
    page.fill("[name=title]", "Lomba desa tingkat provinsi")
    page.fill("[name=body]", "Syaratnya terlampir.")
    page.set_input_files(
        "[name=files]", {"name": "syarat.png", "mimeType": "image/png", "buffer": picture("PNG")}
    )
    page.locator("main form .submit-bar button[type=submit]").first.click()
    page.get_by_role("link", name="syarat").wait_for()
    return urlsplit(page.url).path


def _delivery(page: Page, house: House, *, is_applied: bool) -> str:
    """Send a file with a row that is right and one that is not; the path of what became of it."""
    page.goto(house.url(PROVINCE, "/sistem-lain"))
    page.locator("main tbody a[href*='/sistem-lain/desa/']").first.click()
    page.locator("a[href*='/sistem-lain/unggah/contoh']").first.wait_for()
    code = re.search(r"18\.\d\d\.\d\d\.\d{4}", page.locator("main").inner_text())
    assert code
    month = f"{this_month():%Y-%m}"
    rows = [
        "kode_desa;bulan;kode_indikator;nilai",
        f"{code[0]};{month};pop.total;{1880 + is_applied}",
        f"{code[0]};{month};pop.lain;3",
    ]
    page.goto(house.url(PROVINCE, "/sistem-lain/unggah"))
    file = {"name": "angka.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.set_input_files("[name=file]", file)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/unggah/*-*")
    if is_applied:
        page.locator("main form[action$='/terapkan'] button[type=submit]").click()
        page.wait_for_url("**/kiriman/*")
    return urlsplit(page.url).path
