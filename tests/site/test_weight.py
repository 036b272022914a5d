"""What a first visit of a front page costs on the wire: everything that it names, as a browser receives it."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.core.hosting import SigerFlask
from app.core.ui.assets import FrontEndNotBuilt, asset_url
from app.core.village.services import Person, Upload, VillageContent, fill_village
from tenants.scope import Tenant, tenant_scope
from tests.support.images import picture, portrait
from tests.support.visitors import Visitor

LIMIT = 60_000
NAMED = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]*href|img[^>]+src|use[^>]+href)="([^"#]+)')


def test_a_full_front_page_with_photos_weighs_at_most_60_kb(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    with app.test_request_context():
        try:
            asset_url("public.css")
        except FrontEndNotBuilt as error:
            raise AssertionError(str(error)) from error
    people = [Person("Sukirman, S.Sos.", "head", photo=Upload(portrait(0), "kepala.jpg"))]
    people += [
        Person(f"Perangkat Nomor {n}", "section", photo=Upload(portrait(n), f"{n}.jpg")) for n in range(1, 10)
    ]
    content = VillageContent(
        identity={
            "address": "Jalan Raya 1",
            "about": "Kalimat tentang pekon ini. " * 50,
            "whatsapp": "0812-0000-1234",
        },
        officials=people,
        accent="#1f5f8b",
        logo=Upload(picture(size=(900, 900), alpha=True), "logo.png"),
    )
    with app.app_context(), tenant_scope(village):
        assert fill_village(content)
    browser = visit(f"{village.slug}.localhost")
    page = browser.get("/", headers={"Accept-Encoding": "br"})
    weight = {"page": len(page.data)}
    for path in dict.fromkeys(NAMED.findall(browser.get("/").text)):
        answer = browser.get(path, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200, path
        weight[path] = len(answer.data)
        answer.close()
    assert sum("/kecil" in path for path in weight) == 11
    total = sum(weight.values()) + 400 * len(weight)
    assert total <= LIMIT, "\n".join(f"{size:7,} {path}" for path, size in weight.items())
