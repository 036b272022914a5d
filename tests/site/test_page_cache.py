"""Kept pages: answered without a question to the database, void with the first change, never another village's."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import brotli
import pytest
from sqlalchemy import update

from app import create_app
from app.core.hosting import SigerFlask
from app.core.public_pages import forget_pages, pages_changed
from app.core.village import queries
from app.extensions import cache, db
from app.site.page_cache import language_asked
from tenants import registry
from tenants.keys import key_of
from tenants.models import TenantRow
from tenants.outbox import deliver
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import servers
from tests.support.visitors import Visitor

Counting = Callable[..., AbstractContextManager[list[str]]]


def say(app: SigerFlask, village: Tenant, motto: str, *, commit: bool = True) -> None:
    with app.app_context(), tenant_scope(village):
        queries.profile().motto = motto
        pages_changed()
        if commit:
            db.session.commit()


def test_a_kept_page_is_answered_without_a_question(
    village: Tenant, visit: Callable[[str], Visitor], count_queries: Counting
) -> None:
    browser = visit(f"{village.slug}.localhost")
    first = browser.get("/")
    with count_queries(at_most=0):
        again = browser.get("/")
    assert again.text == first.text
    for name in ("ETag", "Cache-Control", "Content-Security-Policy", "Content-Type", "Content-Language"):
        assert again.headers[name] == first.headers[name], name
    assert "X-Request-Id" not in again.headers


@pytest.mark.parametrize(
    ("accepted", "chosen", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("", None, bytes),
        ("identity", None, bytes),
    ],
)
def test_every_browser_gets_a_form_that_it_reads(
    village: Tenant,
    visit: Callable[[str], Visitor],
    accepted: str,
    chosen: str | None,
    unpack: Callable[[bytes], bytes],
) -> None:
    browser = visit(f"{village.slug}.localhost")
    drawn = browser.get("/", headers={"Accept-Encoding": accepted})
    kept = browser.get("/", headers={"Accept-Encoding": accepted})
    for answer in (drawn, kept):
        assert answer.headers.get("Content-Encoding") == chosen
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert village.full_name in unpack(answer.data).decode()
    head = browser.client.head("/", base_url=f"http://{village.slug}.localhost")
    assert head.data == b""
    assert head.status_code == 200


def test_who_has_the_page_already_is_told_so(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    browser = visit(f"{village.slug}.localhost")
    tag = browser.get("/").headers["ETag"]
    for _turn in range(2):
        answer = browser.get("/", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert answer.data == b""
        assert answer.headers["ETag"] == tag
        forget_pages(village.id)


def test_two_villages_never_share_a_page(
    make_village: Callable[[], Tenant], visit: Callable[[str], Visitor], app: SigerFlask
) -> None:
    one, two = make_village(), make_village()
    say(app, one, "Semboyan pertama")
    say(app, two, "Semboyan kedua")
    for _turn in range(3):
        assert "Semboyan pertama" in visit(f"{one.slug}.localhost").get("/").text
        assert "Semboyan kedua" in visit(f"{two.slug}.localhost").get("/").text
        assert "Semboyan pertama" not in visit(f"{two.slug}.localhost").get("/").text
    mine = set(cache.client.keys(key_of(one.id, "page", "*")))
    theirs = set(cache.client.keys(key_of(two.id, "page", "*")))
    assert mine
    assert theirs
    assert not mine & theirs


def test_a_change_is_seen_with_the_next_request(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    browser = visit(f"{village.slug}.localhost")
    for motto in ("Satu", "Dua tapak", "Tiga langkah"):
        say(app, village, motto)
        assert motto in browser.get("/").text
        assert motto in browser.get("/?bahasa=en").text
        assert motto in browser.get("/").text


def test_a_change_that_was_rolled_back_is_not_seen(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], count_queries: Counting
) -> None:
    browser = visit(f"{village.slug}.localhost")
    browser.get("/")
    say(app, village, "Tidak jadi", commit=False)
    with count_queries(at_most=0):
        assert "Tidak jadi" not in browser.get("/").text


def test_a_page_drawn_from_before_a_change_is_never_served_after_it(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow request reads the old words, the change is committed, then the slow request keeps its page."""
    from app.site import front

    reads = front.queries.front

    def slow(today: dt.date) -> queries.Front:
        found = reads(today)
        monkeypatch.setattr(front.queries, "front", reads)
        with app.app_context():
            say(app, village, "Kata baru")
        return found

    monkeypatch.setattr(front.queries, "front", slow)
    browser = visit(f"{village.slug}.localhost")
    assert "Kata baru" not in browser.get("/").text
    assert "Kata baru" in browser.get("/").text


def test_words_of_the_registry_void_kept_pages_too(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    browser = visit(f"{village.slug}.localhost")
    assert village.full_name in browser.get("/").text
    with app.app_context(), platform_scope():
        db.session.execute(update(TenantRow).where(TenantRow.id == village.id).values(term="Tiyuh Baru"))
        registry.announce_change()
        db.session.commit()
        registry.hosts_changed()
    assert f"Tiyuh Baru {village.name}" in browser.get("/").text
    assert f"Tiyuh Baru {village.name}" in browser.get("/").text


def test_a_new_release_draws_its_own_pages(
    village: Tenant, visit: Callable[[str], Visitor], count_queries: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the release before names style sheets that are no longer there."""
    browser = visit(f"{village.slug}.localhost")
    browser.get("/")
    monkeypatch.setattr("app.site.page_cache._release_digest", lambda: b"another")
    with count_queries(at_most=4) as asked:
        browser.get("/")
    assert asked
    with count_queries(at_most=0):
        browser.get("/")


def test_the_outbox_says_it_again(app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]) -> None:
    """Redis was away when the change was committed; the scheduler voids the pages later."""
    browser = visit(f"{village.slug}.localhost")
    browser.get("/")
    stamp = cache.client.get(key_of(village.id, "pages", "stamp"))
    say(app, village, "Tersusul")
    cache.client.set(key_of(village.id, "pages", "stamp"), stamp)
    with app.app_context():
        while deliver():
            pass
    assert cache.client.get(key_of(village.id, "pages", "stamp")) != stamp
    assert "Tersusul" in browser.get("/").text


@pytest.fixture
def app_without_redis(urls: servers.DatabaseUrls, app: SigerFlask) -> Iterator[SigerFlask]:
    """The application with a Redis address at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
        probe.close()
    number = servers.worker_number()
    settings = servers.settings_for(urls, number, f"w{number}_", redis_url=f"redis://127.0.0.1:{closed}/0")
    lonely = create_app(settings)
    yield lonely
    with lonely.app_context():
        db.engine.dispose()
    cache.configure(app.config["REDIS_URL"])


def test_without_redis_pages_are_drawn_each_time(village: Tenant, app_without_redis: SigerFlask) -> None:
    browser = Visitor(app_without_redis, f"{village.slug}.localhost")
    for motto in ("Tanpa simpanan", "Tetap benar"):
        say(app_without_redis, village, motto)
        for _turn in range(2):
            answer = browser.get("/")
            assert answer.status_code == 200
            assert motto in answer.text


def test_the_cache_can_be_switched_off(
    urls: servers.DatabaseUrls, village: Tenant, count_queries: Counting
) -> None:
    number = servers.worker_number()
    plain = create_app(servers.settings_for(urls, number, f"w{number}_", page_cache=False))
    browser = Visitor(plain, f"{village.slug}.localhost")
    browser.get("/robots.txt")
    tag = browser.get("/").headers["ETag"]
    assert not cache.client.keys(key_of(village.id, "page", "*"))
    assert browser.get("/", headers={"If-None-Match": tag}).status_code == 304
    with plain.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("query", "language"),
    [("", "id"), ("bahasa=en", "en"), ("a=1&bahasa=en", "en"), ("bahasa=de", "id"), ("xbahasa=en", "id")],
)
def test_the_address_alone_says_the_language(query: str, language: str) -> None:
    assert language_asked(query) == language


def test_a_page_of_somebody_is_never_kept(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    def slip(response):  # type: ignore[no-untyped-def]
        response.set_cookie("siapa", "saya")
        return response

    app.after_request_funcs[None].append(slip)
    try:
        visit(f"{village.slug}.localhost").get("/")
    finally:
        app.after_request_funcs[None].remove(slip)
    assert not cache.client.keys(key_of(village.id, "page", "*"))
