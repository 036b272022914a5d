"""The way of residents to self-service and to the office by phone; what /cek says of large files; Indonesian words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.residents import codes
from tenants import registry
from tenants.models import TenantRow, TenantState
from tenants.scope import Tenant, platform_scope
from tests.site.test_home import describe
from tests.support.people import Person
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

Visit = Callable[[str], Visitor]
WORDS = "Layanan mandiri: minta surat dari rumah"
SIGN_IN_WORDS = "Warga? Masuk dengan NIK dan PIN"


def open_to_the_public(app: SigerFlask, village: Tenant) -> None:
    """Let the village be live, as the last step of setting up does."""
    with app.app_context(), platform_scope():
        registry.change_state(db.session.get_one(TenantRow, village.id), TenantState.SET_UP)
        db.session.commit()
    registry.hosts_changed()


def test_a_village_that_is_still_being_set_up_offers_nothing_that_is_not_open(
    village: Tenant, visit: Visit
) -> None:
    front = visit(f"{village.slug}.localhost").get("/").text
    assert "Situs ini sedang disiapkan" in front
    assert WORDS not in front


def test_the_front_page_and_the_staffs_sign_in_lead_residents_to_self_service(
    app: SigerFlask, village: Tenant, visit: Visit
) -> None:
    open_to_the_public(app, village)
    browser = visit(f"{village.slug}.localhost")
    front = browser.get("/").text
    hero = front[front.index('class="hero"') : front.index("</section>", front.index('class="hero"'))]
    assert WORDS in hero
    assert 'href="/layanan"' in hero
    sign_in = browser.get("/masuk").text
    assert SIGN_IN_WORDS in sign_in
    assert 'href="/layanan/masuk"' in sign_in
    assert browser.get("/layanan/masuk").status_code == 200


def test_where_self_service_is_switched_off_nobody_is_led_there(
    app: SigerFlask, village: Tenant, visit: Visit, staff: Callable[..., Person]
) -> None:
    open_to_the_public(app, village)
    staff(village).submit("/pengaturan/fitur", {"on": ["complaints"]})
    browser = visit(f"{village.slug}.localhost")
    assert WORDS not in browser.get("/").text
    assert SIGN_IN_WORDS not in browser.get("/masuk").text


def test_the_provinces_sign_in_names_no_residents(visit: Visit) -> None:
    assert SIGN_IN_WORDS not in visit("localhost").get("/masuk").text


def test_numbers_in_the_footer_are_those_that_can_be_dialled(
    app: SigerFlask, village: Tenant, visit: Visit
) -> None:
    describe(app, village, phone="0729-123456", whatsapp="0812-0000-1037")
    page = visit(f"{village.slug}.localhost").get("/cek").text
    footer = page[page.index('class="site-footer"') :]
    assert 'href="https://wa.me/6281200001037"' in footer
    assert 'href="tel:+62729123456"' in footer


def test_a_file_beyond_all_bounds_is_answered_on_the_page_of_the_check(village: Tenant, visit: Visit) -> None:
    browser = visit(f"{village.slug}.localhost")
    answer = send_form(browser, "/cek", {"file": (b"%PDF-1.7\n" + b"0" * 40_000_000, "besar.pdf")})
    assert answer.status_code == 413
    assert "lebih besar dari 5 MB" in answer.text
    assert "site-footer" in answer.text


@pytest.mark.parametrize("name", sorted(codes.LISTS))
def test_the_registers_words_are_indonesian(name: str) -> None:
    english = ("card", "issued", "printed", "ready", "shipped", "sent", "not ", "unknown", "other")
    for word in codes.LISTS[name].values():
        assert not any(part in str(word).lower().split() or part == str(word).lower() for part in english), (
            word
        )
