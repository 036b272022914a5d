"""Makes what only a village at work has, so that every page of the register can be looked at."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from playwright.sync_api import Page

from app.government.residents.events.kinds import RECORDED
from app.government.residents.writing import today
from tests.e2e.house import House, Login
from tests.support.images import picture
from tests.support.residents import a_nik
from tests.support.workbooks import Cells, xlsx

HEADINGS = ["nik", "nama", "sex", "tanggallahir", "agama_id"]
LOOKS_MS = 250
LOOKS = 80


def number(page: Page, name: str) -> int:
    """One of the totals above a list."""
    facts = page.locator(".facts > div", has=page.locator("dt", has_text=name))
    return int(facts.locator("dd").first.inner_text().replace(".", ""))


def save(page: Page) -> None:
    """Send the page's form."""
    page.locator("main form .submit-bar button[type=submit]").first.click()


def pick(page: Page, name: str, value: str) -> None:
    """Choose a value, in a list or among radio buttons."""
    control = page.locator(f"select[name={name}]")
    if control.count():
        control.select_option(value)
    else:
        page.locator(f"input[type=radio][name={name}][value='{value}']").check()


def wait_for_import(page: Page, words: str) -> None:
    """Until the page of an import says so; it asks by itself, and is asked again without script."""
    for _ in range(LOOKS):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(LOOKS_MS)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def send_file(page: Page, house: House, login: Login, name: str, rows: Cells) -> None:
    """Send a workbook and wait until its columns are to be chosen."""
    data = xlsx(("Penduduk", rows))
    page.goto(house.url(login.host, "/penduduk/impor"))
    page.set_input_files(
        "[name=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    save(page)
    wait_for_import(page, "Kolom mana berisi apa?")


def look_at_preview(page: Page) -> None:
    """Take the columns as they are guessed, and wait for the preview."""
    page.get_by_role("button", name="Lanjut ke pratinjau").click()
    wait_for_import(page, "Pratinjau: belum ada yang berubah")


def apply_import(page: Page) -> None:
    """Apply what the preview shows, and wait until it is done."""
    if page.locator("[name=note]").count():
        page.fill("[name=note]", "Sudah dicocokkan dengan KK")
    page.get_by_role("button", name="Terapkan").click()
    wait_for_import(page, "Impor ini sudah diterapkan")


def pages_of_a_village_at_work(page: Page, house: House, login: Login) -> list[str]:
    """Make a scan, a portrait, a request, imports in each state, a closed month, an event; return paths to look at."""
    person, household = _first(page, house, login, "/penduduk"), _first(page, house, login, "/keluarga")
    resident_id = person.rsplit("/", 1)[-1]
    paths = [person, household, f"{household}/kartu"]
    for path in (f"{person}/dokumen/tambah", f"{household}/dokumen/tambah", f"{person}/foto/ubah"):
        page.goto(house.url(login.host, path))
        if page.locator("[name=kind]").count():
            pick(page, "kind", "other")
        scan = {"name": "pindaian.png", "mimeType": "image/png", "buffer": picture()}
        page.set_input_files("[name=file]", scan)
        save(page)
        page.locator(".messages").wait_for()
    page.goto(house.url(login.host, f"/penduduk/permintaan/penduduk/{resident_id}"))
    pick(page, "kind", "access")
    pick(page, "capacity", "self")
    page.fill("[name=asked_by]", "Warga Satu")
    save(page)
    page.locator(".messages").wait_for()
    paths.append(urlsplit(page.url).path)
    paths += _imports(page, house, login)
    paths += _closed_month(page, house, login)
    paths.append(_recorded_event(page, house, login, resident_id))
    other = _first(page, house, login, "/keluarga", 1)
    page.goto(house.url(login.host, f"{other}/kartu"))
    page.locator("input[name=reason]").first.check()
    page.get_by_role("button", name="Buka lembar").click()
    page.wait_for_url("**/kartu")
    paths.append(f"{other}/kartu")
    paths += _with_the_programme(page, house, login)
    paths += [f"/penduduk/peristiwa/catat?jenis={kind}&penduduk={resident_id}" for kind in RECORDED]
    return [*paths, "/penduduk/peristiwa/catat?jenis=death", "/penduduk/peristiwa/catat?jenis=birth"]


def _with_the_programme(page: Page, house: House, login: Login) -> list[str]:
    """A call for help from a page that guides explain, and every training: each can be answered in its own way."""
    asking = "/pendampingan/minta?halaman=/penduduk/impor"
    page.goto(house.url(login.host, asking))
    page.fill("[name=subject]", "Impor berhenti di tengah")
    page.fill("[name=body]", "Berkasnya dari komputer kantor lama.")
    save(page)
    page.locator(".thread").wait_for()
    paths = [asking, urlsplit(page.url).path]
    page.goto(house.url(login.host, "/pelatihan"))
    found = page.locator(".news-list h2 a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [*paths, *found]


def _first(page: Page, house: House, login: Login, path: str, place: int = 0) -> str:
    """The path that a row of a list leads to."""
    page.goto(house.url(login.host, path))
    found = page.locator("main tbody tr th a").nth(place).get_attribute("href")
    assert found
    return urlsplit(found).path


def _imports(page: Page, house: House, login: Login) -> list[str]:
    """An import whose columns are to be chosen, one that was looked at, one that was applied, one that was refused."""
    paths = []
    for name, born in (("terap.xlsx", 1), ("pratinjau.xlsx", 2), ("kolom.xlsx", 3)):
        day = dt.date(1990, 5, born)
        good = [a_nik(day, 1), f"WARGA IMPOR {born}", 1, day.isoformat(), 1]
        send_file(page, house, login, name, [HEADINGS, good, ["123", "SALAH NIK", 1, day.isoformat(), 1]])
        paths.append(urlsplit(page.url).path)
        if born < 3:
            look_at_preview(page)
            paths.append(f"{paths[-1]}?lihat=rejected")
        if born == 1:
            apply_import(page)
    page.goto(house.url(login.host, "/penduduk/impor"))
    broken = {
        "name": "rusak.xlsx",
        "mimeType": "application/octet-stream",
        "buffer": b"PK\x03\x04 bukan lembar kerja",
    }
    page.set_input_files("[name=file]", broken)
    save(page)
    wait_for_import(page, "Berkas ini tidak dapat dibaca")
    return [*paths, urlsplit(page.url).path]


def _closed_month(page: Page, house: House, login: Login) -> list[str]:
    """A closed month, which can be opened again, and the one behind it, which can be closed."""
    last = today().replace(day=1) - dt.timedelta(days=1)
    before = last.replace(day=1) - dt.timedelta(days=1)
    path = f"/penduduk/laporan/{before.year}/{before.month}"
    page.goto(house.url(login.host, path))
    if page.get_by_role("link", name="Tutup bulan").count():
        page.get_by_role("link", name="Tutup bulan").click()
        page.locator("main form button[type=submit]").last.click()
        page.locator(".messages").wait_for()
    return [path, f"/penduduk/laporan/{last.year}/{last.month}"]


def _recorded_event(page: Page, house: House, login: Login, resident_id: str) -> str:
    """An event that was just recorded and can be taken back."""
    page.goto(
        house.url(login.host, f"/penduduk/peristiwa/catat?jenis=change_residence&penduduk={resident_id}")
    )
    if page.locator("[name=members][type=checkbox]").count():
        page.locator("[name=members][type=checkbox]").first.check()
    pick(page, "residence_status", "2")
    page.fill("[name=happened_on]", today().isoformat())
    save(page)
    page.wait_for_url("**/penduduk/peristiwa/*?baru=1")
    return urlsplit(page.url).path
