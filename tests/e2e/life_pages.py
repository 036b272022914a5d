"""Makes what the pages about whole villages tell of: a closed village, an archive, a copy put beside a village."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.house import PROVINCE, House

WORKS_MS = 60_000
PASSPHRASE = "kopi lada damar gunung"


def pages_of_changed_villages(page: Page, house: House, served: str, archived: str) -> list[str]:
    """Close the village at the path `archived`, copy and archive the one at `served`; return the paths to look at."""
    page.goto(house.url(PROVINCE, f"{archived}/arsipkan"))
    page.fill("main [name=reason]", "Pindah ke sistem informasi kabupaten")
    page.locator("main form button[type=submit]").last.click()
    page.locator(f"main a[href='{archived}/aktifkan']").wait_for()
    archive = ask_for_archive(page, house.url(PROVINCE, f"{served}/arsip"))
    page.goto(house.url(PROVINCE, "/penghapusan"))
    deletions = page.locator("main tbody th a").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    return [f"{archived}/riwayat-hidup", archive, *_copies(page, house, served), *deletions]


def ask_for_archive(page: Page, address: str) -> str:
    """Have an archive made at this address and wait for it; the path at which it is downloaded."""
    page.goto(address)
    page.fill("main [name=reason]", "Cadangan tahunan")
    for name in ("passphrase", "again"):
        page.fill(f"main [name={name}]", PASSPHRASE)
    page.locator("main form .submit-bar button[type=submit]").click()
    download = page.locator("main a[href$='/unduh']").first
    download.wait_for(timeout=WORKS_MS)
    path = download.get_attribute("href")
    assert path
    return urlsplit(path).path


def _copies(page: Page, house: House, village: str) -> list[str]:
    """Take a copy, and put one beside the village."""
    page.goto(house.url(PROVINCE, f"{village}/salinan"))
    page.locator("main form[action$='/salinan'] button[type=submit]").click()
    remove = page.locator("main a[href*='/salinan/'][href$='/hapus']").first
    remove.wait_for(timeout=WORKS_MS)
    path = remove.get_attribute("href")
    assert path
    page.locator("main form[action$='/bandingkan'] button[type=submit]").first.click()
    page.locator("main a[href$='/salinan/pembanding']").wait_for(timeout=WORKS_MS)
    return [f"{village}/salinan", f"{village}/salinan/pembanding", path]
