"""Every page that a link or an address leads to: it fits, it can be read, it complains of nothing.

New pages are found by themselves: those without arguments from the URL map, the others from links on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from app.core.hosting import SigerFlask
from tests.e2e import axe
from tests.e2e.browsing import Windows
from tests.e2e.house import PROVINCE, House
from tests.e2e.life_pages import ask_for_archive, pages_of_changed_villages
from tests.e2e.province_pages import pages_of_a_province_at_work
from tests.e2e.residents_pages import pages_of_a_village_at_work

LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href)"
KIND = """path => fetch(path).then(answer =>
  [answer.status, answer.headers.get('content-type') || '', answer.headers.get('content-disposition') || ''])"""
FOR_PROGRAMS = ("/api/v1/", "/health", "/metrics")
# Led to by letters, by another page's form, or by nothing at all; other tests go there.
NOT_BY_LINKS = {
    "sign_in.code", "sign_in.arrive", "sign_in.invitation", "sign_in.new_password",
    "address_proof.proof_file",  # for programs, and only at a domain that is the village's own
}  # fmt: skip

# Files and pieces of pages.
NOT_LED_TO: dict[str, set[str]] = {
    "province": {
        "archives.progress",
        "copies.village_progress",
        "files.show",
        "guides.own_picture",
        "maps.outlines",
        "mentoring.attachment",
        "mentoring_visits.cancel",
        "mentoring_visits.edit",
        "mentoring_visits.edit_plan",
        "mentoring_visits.photo",
        "onboarding.progress",
        "onboarding_bulk.progress",
        "onboarding_invitations.progress",
        "province.run_progress",
        "province.village_progress",
        "reports.progress",
        "training_attendance.count",
        "training_calendar.read",
        "training_door.people",
        "training_door.present_code",
        "training_door_open.check_in",
        "training_learning.certificate_progress",
        "training_learning.sample",
        "training_page.invitation",
        "training_results.effect_export",
    },
    "village": {
        "addresses.standing",
        "files.show",
        "guides.own_picture",
        "news.attachment",
        "site.accent",
        "village.colour_sample",
        "village_mentoring.attachment",
        "village_visits.photo",
        "imports.progress",
        "resident_documents.photo",
        "residents_books.work",
        "residents_books.download",
        "complaints.photo",
        "incoming_letters.scan",
        "letter_archive.part",
        "letter_archive.work",
        "letter_signing.picture",
        "letter_types.sample",
        "letters.paper",
        "letters_batch.download",
        "outgoing_letters.scan",
        "portal_accounts.photo",
        "portal_letters.download",
        "portal_letters.photo",
        "setup.sample",
        "village_archives.progress",
    },
}
# Pages of residents, of the kiosk, of the head, and of the middle of some work: the tests below look at those that an
# address opens; the tests of each of them do the rest.
OF_OTHERS = {
    "dispositions.new", "guide_opinions.thank", "guides_editor.remove",
    "kiosk.done", "kiosk.form", "kiosk.print_out", "kiosks.edit", "letter_checks.letter",
    "letter_signing.index", "letter_signing.passphrase", "letter_signing.result", "letter_signing.show",
    "letter_types.edit", "letters.ask_collect", "letters.ask_reject", "letters_batch.show", "letters_new.edit",
    "portal_complaints.show", "portal_data.asked", "portal_letters.ask_to_take_back", "portal_letters.edit",
    "portal_letters.form", "portal_letters.review", "portal_letters.show", "signing_keys.confirm_retiring",
    "site_complaints.further",
}  # fmt: skip
RESIDENTS_PAGES = (
    "/layanan", "/layanan/surat", "/layanan/surat/baru", "/layanan/surat/baru/sktm", "/layanan/surat/baru/nikah_n1",
    "/layanan/data", "/layanan/pengaduan", "/layanan/pengaduan/baru", "/layanan/pemberitahuan", "/layanan/tersimpan",
)  # fmt: skip


def addresses(app: SigerFlask, kind: str) -> Iterator[tuple[str, str]]:
    """Endpoint and path of every page without arguments on this kind of host."""
    adapter = app.url_map.bind(PROVINCE, subdomain=kind)
    for rule in app.url_map.iter_rules():
        arguments = rule.arguments - {"host_kind"}
        here = rule.subdomain == kind or "host_kind" in rule.arguments
        is_page = "GET" in (rule.methods or ()) and not rule.rule.startswith(FOR_PROGRAMS)
        if here and is_page and not arguments and rule.endpoint not in NOT_BY_LINKS:
            values = {"host_kind": kind} if "host_kind" in rule.arguments else {}
            yield rule.endpoint, adapter.build(rule.endpoint, values)
    yield "api_docs.reading", "/api/v1/docs"


def pages_with_arguments(app: SigerFlask, kind: str) -> set[str]:
    """Endpoints of pages about one thing, which only links lead to."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.arguments - {"host_kind"}
        and (rule.subdomain == kind or "host_kind" in rule.arguments)
        and "GET" in (rule.methods or ())
        and not rule.rule.startswith(FOR_PROGRAMS)
    }


def endpoint_of(adapter: MapAdapter, path: str) -> str | None:
    """What answers at this path; None where nothing does, or a redirect."""
    try:
        return str(adapter.match(path, method="GET")[0])
    except (HTTPException, RequestRedirect):
        return None


def crawl(app: SigerFlask, page: Page, origin: str, kind: str, also: list[str]) -> tuple[set[str], list[str]]:
    """Examine the pages `also` and one of each endpoint; return the endpoints seen and what was found wrong."""
    adapter = app.url_map.bind(PROVINCE, subdomain=kind)
    waiting = dict(addresses(app, kind))
    for endpoint in {"sign_in.page", *OF_OTHERS} & waiting.keys():
        waiting.pop(endpoint)
    seen: set[str] = set()
    found: list[str] = []
    while also or waiting:
        path = also.pop() if also else waiting.popitem()[1]
        endpoint = endpoint_of(adapter, urlsplit(path).path) or path
        seen.add(endpoint)
        status, content_type, disposition = page.evaluate(KIND, path)
        if not content_type.startswith("text/html") or disposition.startswith("attachment"):
            continue
        if status >= 400:
            found.append(f"{path}: answers {status}")
            continue
        page.goto(origin + path)
        landed = endpoint_of(adapter, urlsplit(page.url).path)
        if page.locator("html").count() and landed == endpoint:
            found += [f"{path}: {problem}" for problem in axe.examine(page)]
            if page.locator("h1").count() != 1:
                found.append(f"{path}: has {page.locator('h1').count()} first headings")
        for link in page.evaluate(LINKS):
            parts = urlsplit(link)
            if f"{parts.scheme}://{parts.netloc}" == origin:
                target = endpoint_of(adapter, parts.path)
                if target and target not in seen:
                    waiting.setdefault(target, f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return seen, found


def check(app: SigerFlask, page: Page, origin: str, kind: str, also: list[str]) -> None:
    """Crawl one kind of host; fail when a page is wrong or no link leads to it."""
    seen, found = crawl(app, page, origin, kind, also)
    assert not found, "\n".join(found)
    unseen = pages_with_arguments(app, kind) - seen - NOT_LED_TO[kind] - OF_OTHERS
    assert not unseen, f"no link leads to {sorted(unseen)}"


def page_about(page: Page, house: House, code: str) -> str:
    """The path of the province's page about a village."""
    page.goto(house.url(PROVINCE, f"/desa?q={code}"))
    path = page.locator("main tbody a").first.get_attribute("href")
    assert path
    return path


def test_every_page_of_the_province_serves_everybody(app: SigerFlask, windows: Windows, house: House) -> None:
    page = windows.open(house.login("admin:pages"))
    listed, served, empty, suspended, archived = (
        page_about(page, house, village["code"])
        for village in (house.untouched[4], house.villages[7], *(house.untouched[n] for n in (3, 2, 5)))
    )
    for village in (empty, suspended, archived):
        page.goto(house.url(PROVINCE, village))
        page.get_by_role("link", name="Siapkan").click()
        page.locator("main button[type=submit]").click()
        page.get_by_role("link", name="Tangguhkan").wait_for()
    page.goto(house.url(PROVINCE, suspended))
    page.get_by_role("link", name="Tangguhkan").click()
    page.fill("[name=reason]", "Menunggu serah terima jabatan")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("link", name="Pulihkan")).to_be_visible()
    at_work = pages_of_a_province_at_work(page, house)
    changed = pages_of_changed_villages(page, house, served, archived)
    also = [listed, served, empty, suspended, *at_work, *changed, *house.secret_paths]
    check(app, page, house.url(PROVINCE, ""), "province", also)


def test_every_page_of_a_village_serves_everybody(app: SigerFlask, windows: Windows, house: House) -> None:
    login = house.login("clerk:secretary")
    page = windows.open(login)
    page.goto(house.url(login.host, "/pengaturan/akun/peran/baru"))
    page.fill("[name=name]", "Petugas arsip")
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("link", name="Petugas arsip").wait_for()
    at_work = pages_of_a_village_at_work(page, house, login)
    archive = ask_for_archive(page, house.url(login.host, "/pengaturan/arsip"))
    check(app, page, house.url(login.host, ""), "village", [*at_work, archive])


def test_pages_of_residents_serve_everybody(windows: Windows, house: House) -> None:
    page, resident = windows.open(), house.residents[5]
    host = house.villages[-1]["host"]
    page.goto(house.url(host, "/layanan/masuk"))
    found = [f"sign-in: {problem}" for problem in axe.examine(page)]
    page.fill("[name=nik]", resident["nik"])
    page.fill("[name=pin]", resident["pin"])
    page.click("main form button[type=submit]")
    page.wait_for_url("**/layanan")
    for path in RESIDENTS_PAGES:
        answer = page.goto(house.url(host, path))
        if answer is None or answer.status != 200:
            found.append(f"{path}: answers {answer.status if answer else 'nothing'}")
            continue
        found += [f"{path}: {problem}" for problem in axe.examine(page)]
    assert not found, "\n".join(found)


def test_the_heads_queue_serves_everybody(windows: Windows, house: House) -> None:
    login = house.login("village_head")
    page = windows.open(login)
    found = []
    for path in ("/beranda", "/surat/tanda-tangan", "/surat/tanda-tangan?pilih=semua"):
        page.goto(house.url(login.host, path))
        found += [f"{path}: {problem}" for problem in axe.examine(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("host", [PROVINCE, "village"])
def test_pages_of_strangers_serve_everybody(windows: Windows, house: House, host: str) -> None:
    windows.expect("status of 410", "status of 422")
    page = windows.open()
    found = []
    for path in ("/masuk", "/lupa-sandi", "/undangan", "/sandi-baru", "/masuk/tiket"):
        page.goto(house.url(house.village_host() if host == "village" else host, path))
        found += [f"{path}: {problem}" for problem in axe.examine(page)]
    page.goto(house.url(house.village_host() if host == "village" else host, "/masuk"))
    page.fill("[name=email]", "bukan@siapa.test")
    page.fill("[name=password]", "salah sekali 1234")
    page.click("main button[type=submit]")
    page.wait_for_selector("[aria-invalid=true]")
    found += [f"refused sign-in: {problem}" for problem in axe.examine(page)]
    assert not found, "\n".join(found)
