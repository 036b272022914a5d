"""Holds a training as an office does, so that every page of one can be looked at: a draft, and one that runs today."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

from app.government.residents.writing import today
from tests.e2e.house import PROVINCE, House
from tests.support.images import picture

LOOKS_MS = 500
LOOKS = 80


def pages_of_a_training(page: Page, house: House) -> list[str]:
    """A draft with a session; an event of today with a person, tests, material, a task and a certificate."""
    draft = _event(page, house, "Bimtek yang masih draf")
    running = _event(page, house, "Bimtek hari ini")
    page.get_by_role("button", name="Buka kegiatan").click()
    page.get_by_role("link", name="Kehadiran").click()
    page.get_by_role("link", name="Buka pintu").click()
    door = urlsplit(page.url).path
    page.goto(house.url(PROVINCE, f"{door}/baru"))
    page.fill("[name=name]", "Rohmah Wati")
    page.locator("[name=sex]").last.check()
    page.select_option("[name=village]", index=1)
    _save(page)
    page.wait_for_url(f"**{door}")
    _tests(page, house, running)
    page.goto(house.url(PROVINCE, f"{draft}/belajar/pre/soal"))
    page.locator("[name=questions]").first.check()
    _save(page)
    _papers(page, house, running)
    _material_and_task(page, house, running)
    certificates = _certificate(page, house, running)
    page.goto(house.url(PROVINCE, f"{running}/peserta"))
    seat = page.locator("#daftar a[href*='/ikut/']").first.get_attribute("href")
    assert seat
    parts = ("biaya", "undangan", "peserta", "tugas", "belajar/pre", "belajar/post", "belajar", "materi")
    page.goto(house.url(PROVINCE, "/pelatihan?lihat=past&jenis=bimtek"))
    past = page.locator("#daftar tbody th a").first.get_attribute("href")
    own = [f"{running}/{part}" for part in parts]
    return [
        draft,
        f"{draft}/belajar/pre",
        running,
        seat,
        *own,
        certificates,
        f"{past}/undangan",
        f"{past}/evaluasi",
    ]


def _event(page: Page, house: House, title: str) -> str:
    page.goto(house.url(PROVINCE, "/pelatihan/baru"))
    page.fill("[name=title]", title)
    page.fill("[name=starts_on]", today().isoformat())
    page.select_option("[name=venue_id]", index=1)
    _save(page)
    page.get_by_role("link", name="Tambah sesi").first.click()
    page.fill("[name=title]", "Belajar sambil mengerjakan")
    page.fill("[name=starts]", "00:05")
    page.fill("[name=ends]", "23:55")
    _save(page)
    page.get_by_role("button", name="Buka kegiatan").wait_for()
    return urlsplit(page.url).path


def _tests(page: Page, house: House, event: str) -> None:
    page.goto(house.url(PROVINCE, f"{event}/belajar/pre/soal"))
    page.locator("[name=questions]").first.check()
    _save(page)
    page.get_by_role("button", name="Buka tes").click()
    page.get_by_role("button", name="Tutup tes").wait_for()
    page.goto(house.url(PROVINCE, f"{event}/belajar/post"))
    page.get_by_role("button", name="Pakai soal yang sama").click()
    page.get_by_role("button", name="Buka tes").click()
    page.get_by_role("button", name="Tutup tes").wait_for()


def _papers(page: Page, house: House, event: str) -> None:
    """A cost and a document."""
    page.goto(house.url(PROVINCE, f"{event}/biaya"))
    page.fill("[name=description]", "Konsumsi")
    page.fill("[name=amount]", "500000")
    _save(page)
    page.get_by_role("link", name=re.compile("^Ubah Konsumsi")).wait_for()
    form = page.locator("main form[enctype='multipart/form-data']")
    form.locator("[name=title]").fill("Surat tugas")
    file = {"name": "tugas.png", "mimeType": "image/png", "buffer": picture("PNG")}
    form.locator("[name=file]").set_input_files(file)
    form.locator(".submit-bar button[type=submit]").click()
    page.get_by_role("link", name="Surat tugas").wait_for()


def _material_and_task(page: Page, house: House, event: str) -> None:
    page.goto(house.url(PROVINCE, f"{event}/materi"))
    page.fill("[name=title]", "Paparan pertama")
    file = {"name": "paparan.png", "mimeType": "image/png", "buffer": picture("PNG")}
    page.set_input_files("[name=file]", file)
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("link", name="Paparan pertama", exact=True).wait_for()
    page.goto(house.url(PROVINCE, f"{event}/tugas"))
    page.fill("[name=what]", "Menutup bulan bersama")
    page.fill("[name=due_on]", today().isoformat())
    page.locator("[name=whom]").first.check()
    page.locator(".give-task button[type=submit]").click()
    page.locator("#daftar tbody tr").first.wait_for()


def _certificate(page: Page, house: House, event: str) -> str:
    """Issue certificates, wait until they are made; the path of their list."""
    path = f"{event}/sertifikat"
    page.goto(house.url(PROVINCE, path))
    page.locator("[name=passed]").uncheck()
    page.fill("[name=signer_name]", "Ratna Dewi Puspita")
    page.fill("[name=signer_title]", "Kepala Dinas")
    page.get_by_role("button", name=re.compile("^Terbitkan$")).click()
    for _ in range(LOOKS):
        if page.locator("#daftar th a").count():
            return path
        page.wait_for_timeout(LOOKS_MS)
        page.goto(house.url(PROVINCE, path))
    raise AssertionError(page.locator("main").inner_text())


def _save(page: Page) -> None:
    page.locator("main form .submit-bar button[type=submit]").first.click()
