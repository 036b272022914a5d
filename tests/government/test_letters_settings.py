"""Settings of letters: how numbers are written, where they begin, what is promised, how letters are signed."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.ui.formats import ZONE
from app.extensions import db
from app.government.letters.models import LetterCounter
from app.government.letters.options import (
    DEFAULT_PATTERN,
    DEFAULT_TYPE_PATTERN,
    RESERVED_CODES,
    LetterOptions,
    letter_options,
    number_of,
    options_from,
    pattern_fault,
)
from app.government.letters.types.services import new_type
from app.government.letters.types.shipped import shipped_kinds
from tenants.scope import Tenant, tenant_scope
from tests.support.letters import working

PAGE = "/surat/pengaturan"
FORM = {
    "number_pattern": DEFAULT_PATTERN,
    "number_scope": "village",
    "first": "",
    "promise_days": "1",
    "signing": "wet",
    "paper": "F4",
    "service_note": "",
}
YEAR = dt.datetime.now(ZONE).year


def _save(clerk: Any, **changed: str) -> Any:
    stamp = re.search(r'name="stamp" value="([^"]+)"', clerk.get(PAGE).text)
    assert stamp
    return clerk.submit(PAGE, {**FORM, "stamp": stamp[1], **changed})


def _options(app: Flask, village: Tenant) -> LetterOptions:
    with app.test_request_context(), tenant_scope(village):
        return letter_options()


def test_a_number_as_the_domain_has_it() -> None:
    made = number_of(
        DEFAULT_PATTERN,
        sequence=12,
        day=dt.date(2026, 11, 22),
        classification="474",
        village_code="18.06.20.2006",
    )
    assert made == "474/012/2006/XI/2026"


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("{sequence}/{year}", "7/2026"),
        ("{sequence:04}/{month:02}/{year_short}", "0007/03/26"),
        ("B-{sequence:2}/{type_code}/{village_code}/{year}", "B-07/sktm/18.06.20.2006/2026"),
    ],
)
def test_patterns(app: Flask, pattern: str, written: str) -> None:
    with app.test_request_context():
        assert pattern_fault(pattern) == ""
    day = dt.date(2026, 3, 9)
    assert number_of(pattern, sequence=7, day=day, village_code="18.06.20.2006", type_code="sktm") == written


@pytest.mark.parametrize(
    "pattern",
    [
        "{classification}/{year}",
        "{sequence}/{nomor}",
        "{sequence",
        "sequence}",
        "{sequence}{",
        "{sequence.__class__}",
        "{sequence!r}",
        "{0}",
        "{year:03}{sequence}",
        "{sequence}/{year}" + "x" * 120,
        "{classification}/{sequence:03}",
        "{sequence:03}/{month}",
        "",
    ],
)
def test_a_pattern_that_can_not_be_used_is_refused(
    app: Flask, village: Tenant, staff: Callable[..., Any], pattern: str
) -> None:
    clerk = staff(village, role="secretary")
    answer = _save(clerk, number_pattern=pattern)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert _options(app, village).number_pattern == DEFAULT_PATTERN


def test_signs_that_nobody_sees_get_into_no_number(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    odd = "{sequence:03}/\u202e{year}"
    assert _save(staff(village, role="secretary"), number_pattern=odd).status_code == 303
    assert _options(app, village).number_pattern == "{sequence:03}/{year}"
    with app.test_request_context():
        assert pattern_fault(odd)


def test_types_counted_by_themselves_need_their_code_in_the_number(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="secretary")
    answer = _save(clerk, number_scope="type")
    assert answer.status_code == 422
    assert "{type_code}" in answer.text
    assert _options(app, village).number_scope == "village"
    shown = clerk.submit(
        f"{PAGE}/contoh", {"number_pattern": DEFAULT_PATTERN, "number_scope": "type"}, form=PAGE
    ).text
    assert "field-error" in shown


def test_stored_choices_that_no_longer_fit_are_replaced(app: Flask) -> None:
    with app.test_request_context():
        assert options_from({"number_pattern": "{sequence}"}).number_pattern == DEFAULT_PATTERN
        by_type = options_from({"number_pattern": "{sequence}/{year}", "number_scope": "type"})
        assert (by_type.number_scope, by_type.number_pattern) == ("type", DEFAULT_TYPE_PATTERN)
        kept = options_from({"number_pattern": "{sequence}/{type_code}/{year}", "number_scope": "type"})
        assert kept.number_pattern == "{sequence}/{type_code}/{year}"


@pytest.mark.parametrize("title", ["Incoming", "Paper", "Paper Book", "Umum", "SKTM"])
def test_a_type_of_ones_own_is_not_called_like_a_counter(app: Flask, village: Tenant, title: str) -> None:
    with working(app, village):
        code = new_type(title)
        assert code not in RESERVED_CODES
        assert code not in shipped_kinds()


def test_choices_are_kept(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    clerk = staff(village, role="secretary")
    answer = _save(
        clerk,
        number_pattern="{sequence:03}/{type_code}/{year}",
        number_scope="type",
        first="120",
        promise_days="2",
        signing="local",
        paper="A4",
        service_note="Loket 2",
        **{"promise.sktm": "3", "promise.domisili": "2", "first.sktm": "14"},
    )
    assert answer.status_code == 303
    options = _options(app, village)
    assert options.number_scope == "type"
    assert (options.signing, options.paper, options.service_note) == ("local", "A4", "Loket 2")
    assert options.first_number("", YEAR) == 120
    assert options.first_number("sktm", YEAR) == 14
    assert options.first_numbers == {YEAR: 120}
    assert (options.promise_for("sktm"), options.promise_for("domisili")) == (3, 2)
    assert options.promise_by_type == {"sktm": 3}
    with app.test_request_context(), tenant_scope(village):
        assert "letter_options.changed" in set(db.session.scalars(select(TenantAuditEntry.action)))


@pytest.mark.parametrize(
    "changed",
    [
        {"promise_days": "0"},
        {"promise_days": "61"},
        {"promise_days": "satu"},
        {"first": "0x"},
        {"first": "1000000"},
        {"promise.sktm": "0"},
        {"first.sktm": "-1"},
        {"number_scope": "province"},
        {"signing": "cap jempol"},
        {"paper": "B5"},
    ],
)
def test_what_can_not_be_is_refused(
    app: Flask, village: Tenant, staff: Callable[..., Any], changed: dict[str, str]
) -> None:
    assert _save(staff(village, role="secretary"), **changed).status_code == 422
    assert _options(app, village) == LetterOptions()


def test_a_first_number_is_never_one_that_was_drawn(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="secretary")
    with app.test_request_context(), tenant_scope(village):
        db.session.add(LetterCounter(scope="", year=YEAR, last=40))
        db.session.commit()
    answer = _save(clerk, first="40")
    assert answer.status_code == 422
    assert "paling sedikit 41" in html.unescape(answer.text)
    assert _save(clerk, first="41").status_code == 303
    with app.test_request_context(), tenant_scope(village):
        counter = db.session.get(LetterCounter, ("", YEAR))
        assert counter is not None
        counter.last = 60
        db.session.commit()
    assert _save(clerk, first="41", paper="A4").status_code == 303, "what stands already may stay"


def test_who_saves_second_is_told(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    clerk = staff(village, role="secretary")
    answer = _save(clerk, stamp="lama", promise_days="5")
    assert answer.status_code == 409
    assert 'value="5"' in answer.text
    assert _options(app, village).promise_days == 1


def test_the_example_is_of_this_village(village: Tenant, staff: Callable[..., Any]) -> None:
    clerk = staff(village, role="secretary")
    shown = clerk.submit(
        f"{PAGE}/contoh", {"number_pattern": "{sequence:03}/{village_code}/{year}"}, form=PAGE
    ).text
    assert f"012/{village.code}" in shown
    assert (
        "tidak dikenal" in clerk.submit(f"{PAGE}/contoh", {"number_pattern": "{x}{sequence}"}, form=PAGE).text
    )


def test_what_is_stored_wrong_falls_back(app: Flask) -> None:
    with app.test_request_context():
        assert (
            options_from({"number_pattern": "{year}", "number_scope": 5, "promise_days": "x"})
            == LetterOptions()
        )


def test_only_who_may_sets_letters(village: Tenant, staff: Callable[..., Any]) -> None:
    clerk = staff(village, role="operator")
    assert clerk.get(PAGE).status_code == 403
    assert clerk.submit(PAGE, FORM, form="/beranda").status_code == 403
    assert clerk.submit(f"{PAGE}/contoh", FORM, form="/beranda").status_code == 403


@pytest.mark.parametrize("days", ["0", "61"])
def test_a_promise_of_no_days_gets_a_sentence(village: Tenant, staff: Callable[..., Any], days: str) -> None:
    page = _save(staff(village), promise_days=days).text
    assert "Tulis 1 sampai 60 hari kerja." in page or "Terlalu besar: paling banyak 60." in page
    assert "Must be" not in page
