"""What each step of the portal costs on the wire, with everything that it needs, as a phone's first visit gets it."""

from __future__ import annotations

import re

import pytest

from app.core.hosting import SigerFlask
from app.core.ui.assets import asset_url
from app.core.village.services import Upload, VillageContent, fill_village
from app.government.letters.desk import services as desk
from app.government.letters.verification import verification_path
from tenants.scope import Tenant, tenant_scope
from tests.government.test_selfservice_requests import KIND, a_draft, a_sent_request
from tests.support import residents
from tests.support.images import picture
from tests.support.letters import letter_of, working
from tests.support.selfservice import a_phone
from tests.support.visitors import Visitor

LIMIT = 60_000
HEADERS = 400
"""What an answer's own headers weigh at most."""
NAMED = re.compile(
    r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]*href|img[^>]+src|script[^>]+src|use[^>]+href)="([^"#]+)'
)


def weight_of(browser: Visitor, path: str, encoding: str = "br") -> dict[str, int]:
    """Bytes on the wire of a page and of all that it names, by path."""
    asked = {"Accept-Encoding": encoding}
    page = browser.get(path, headers=asked)
    assert page.status_code == 200, path
    found = {path: len(page.data)}
    for name in dict.fromkeys(NAMED.findall(browser.get(path).text)):
        answer = browser.get(name, headers=asked)
        assert answer.status_code == 200, name
        found[name] = len(answer.data)
        answer.close()
    return {name: size + HEADERS for name, size in found.items()}


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_every_step_weighs_at_most_60_kb(app: SigerFlask, village: Tenant, encoding: str) -> None:
    content = VillageContent(
        identity={"address": "Jalan Raya 1"},
        accent="#1f5f8b",
        logo=Upload(picture(size=(900, 900), alpha=True), "logo.png"),
    )
    with app.app_context(), tenant_scope(village):
        assert fill_village(content)
        with app.test_request_context():
            worker = asset_url("portal-worker.js")
    _household, people = residents.a_family(app, village)
    phone = a_phone(app, village, people[0])
    draft, sent, issued = a_draft(phone), a_sent_request(phone), a_sent_request(phone)
    with working(app, village):
        desk.issue(issued, signing="wet")
    stranger, code = Visitor(app, phone.host), verification_path(letter_of(app, village, issued))
    steps = [
        (stranger, "/layanan"), (stranger, "/layanan/masuk"), (phone, "/layanan"), (phone, "/layanan/surat"),
        (phone, "/layanan/surat/baru"), (phone, f"/layanan/surat/baru/{KIND}"),
        (phone, "/layanan/surat/baru/nikah_n1"), (phone, f"/layanan/surat/{draft}/isi"),
        (phone, f"/layanan/surat/{draft}/periksa"), (phone, f"/layanan/surat/{sent}"),
        (phone, f"/layanan/surat/{sent}/batal"), (phone, f"/layanan/surat/{issued}"), (phone, "/layanan/luring"),
        (phone, "/layanan/tersimpan"), (phone, "/layanan/data"), (phone, "/layanan/data/perbaikan"),
        (phone, "/layanan/pengaduan"), (phone, "/layanan/pengaduan/baru"), (phone, "/layanan/pemberitahuan"),
        (stranger, "/cek"), (stranger, code), (stranger, "/layanan-desa"), (stranger, "/pengaduan"),
        (stranger, "/pengaduan/kirim"), (stranger, "/pengaduan/cek"),
    ]  # fmt: skip
    with stranger.get(worker, headers={"Accept-Encoding": encoding}) as answer:
        of_worker = len(answer.data) + HEADERS
    heavy = {}
    for browser, path in steps:
        parts = weight_of(browser, path, encoding)
        if sum(parts.values()) + of_worker > LIMIT:
            heavy[path] = parts
    assert not heavy
