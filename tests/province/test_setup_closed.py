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
PROMISES = ("/layanan-desa", "/pengaduan")
SERVICES = (
    "/layanan/masuk", "/layanan", "/layanan/surat", "/pengaduan/kirim", "/pengaduan/cek", "/kios", *PROMISES,
)  # fmt: skip


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
    for page in ("/", *PROMISES):
        shown = stranger.get(page).text
        assert 'href="/layanan"' not in shown
        assert 'href="/pengaduan/kirim"' not in shown
    assert stranger.get("/panduan/warga/cari?q=surat").status_code == 200
    opened(app, village)
    assert 'href="/layanan"' in stranger.get("/").text
    assert 'href="/pengaduan/kirim"' in stranger.get("/pengaduan").text


@pytest.mark.parametrize("path", PROMISES)
def test_what_staff_look_at_before_is_kept_for_nobody_else(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], staff: Staff, path: str
) -> None:
    clerk, stranger = staff(village, role="operator"), visit(f"{village.slug}.localhost")
    seen = clerk.get(path)
    assert seen.status_code == 200
    assert "hari kerja" in told(seen)
    assert "public" not in seen.headers["Cache-Control"]
    for asked in (path, f"{path}?bahasa=en"):
        assert stranger.get(asked).status_code == 404
    assert f'href="{path}"' not in stranger.get("/").text
    opened(app, village)
    assert stranger.get(path).headers["Cache-Control"] == "public, no-cache"
    assert f'href="{path}"' in stranger.get("/").text
