"""Services for residents before and after a village goes live."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.support.events import told
from tests.support.people import Person
from tests.support.villages import opened
from tests.support.visitors import Visitor

Staff = Callable[..., Person]
SERVICES = ("/layanan/masuk", "/layanan", "/layanan/surat", "/pengaduan/kirim", "/pengaduan/cek", "/kios")


@pytest.mark.parametrize("path", SERVICES)
def test_a_service_opens_when_the_village_does(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], path: str
) -> None:
    host = f"{village.slug}.localhost"
    before = visit(host).get(path)
    assert before.status_code == 404
    assert f"{village.full_name} sedang disiapkan" in told(before)
    assert before.headers["Cache-Control"] == "no-store"
    assert "is being set up" in told(visit(host).get(f"{path}?bahasa=en"))
    opened(app, village)
    assert visit(host).get(path, follow_redirects=True).status_code == 200


def test_nothing_is_sent_before(village: Tenant, visit: Callable[[str], Visitor], staff: Staff) -> None:
    stranger = visit(f"{village.slug}.localhost")
    words = {"title": "Lampu jalan mati", "body": "Sejak hari Senin gelap.", "category": "infrastructure"}
    assert stranger.submit("/pengaduan/kirim", words, form="/masuk").status_code == 404
    assert "Belum ada" in told(staff(village, role="secretary").get("/pengaduan-warga"))


def test_its_own_staff_try_the_services_and_no_page_leads_residents_there(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], staff: Staff
) -> None:
    clerk, stranger = staff(village, role="operator"), visit(f"{village.slug}.localhost")
    assert clerk.get("/pengaduan/kirim").status_code == 200
    for page in ("/", "/layanan-desa", "/pengaduan"):
        shown = stranger.get(page).text
        assert 'href="/layanan"' not in shown
        assert 'href="/pengaduan/kirim"' not in shown
    assert stranger.get("/panduan/warga/cari?q=surat").status_code == 200
    opened(app, village)
    assert 'href="/layanan"' in stranger.get("/").text
    assert 'href="/pengaduan/kirim"' in stranger.get("/pengaduan").text
