"""The start page tells everybody what waits for them, with links, and says so when nothing does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from tenants.scope import Tenant
from tests.support import letters
from tests.support.events import told
from tests.support.people import Person

Staff = Callable[..., Person]
CALM = "Tidak ada yang menunggu Anda saat ini."


def test_the_head_and_the_clerk_see_what_waits_for_each(app: Flask, village: Tenant, staff: Staff) -> None:
    head, clerk = staff(village, role="village_head"), staff(village)
    assert CALM in told(head.get("/beranda"))
    letters.a_letter(app, village, state="verified")
    letters.a_letter(app, village, state="verified")
    letters.a_request(app, village)
    page = head.get("/beranda")
    assert "2 surat menunggu tanda tangan Anda" in told(page)
    assert 'href="/surat/tanda-tangan"' in page.text
    assert "perlu diperiksa" not in told(page)
    page = clerk.get("/beranda")
    assert "1 permohonan surat perlu diperiksa" in told(page)
    assert 'href="/surat?lihat=periksa"' in page.text
    assert "menunggu tanda tangan Anda" not in told(page)
    assert page.text.index("Yang menunggu Anda") < page.text.index("perangkat menjabat")


def test_who_deals_with_no_letters_is_told_that_nothing_waits(village: Tenant, staff: Staff) -> None:
    page = told(staff(village, role="treasurer").get("/beranda"))
    assert "Tidak ada yang menunggu Anda saat ini" in page
    assert "surat" not in page.split("Yang menunggu Anda", 1)[1].split("perangkat menjabat", 1)[0]


def test_the_counts_are_kept(app: Flask, village: Tenant, staff: Staff, count_queries: Any) -> None:
    clerk = staff(village)
    clerk.get("/beranda")
    with count_queries(at_most=60) as kept:
        clerk.get("/beranda")
    letters.a_request(app, village)
    with count_queries(at_most=60) as cold:
        clerk.get("/beranda")
    assert len(cold) - len(kept) <= 6
    assert not [query for query in kept if "FROM letter " in query]
