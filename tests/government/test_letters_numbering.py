"""Numbers of letters: 20 clerks press the button at once, and there is neither a gap nor a double."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.privacy.files import get_sealed
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid
from app.core.village.options import choose_options
from app.extensions import db
from app.government.letters.books.outgoing_services import record_paper
from app.government.letters.desk import issuing, numbering, services
from app.government.letters.desk.boxes import file_path
from app.government.letters.desk.errors import NotNow
from app.government.letters.models import Letter
from app.government.letters.signing import jobs as tidying
from app.government.residents.writing import today
from tenants.jobs import run_job
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents
from tests.support.people import Person
from tests.support.visitors import CSRF

AT_ONCE = 20


def _numbers(app: Flask, village: Tenant) -> list[int]:
    with app.app_context(), tenant_scope(village):
        query = db.select(Letter.sequence).where(Letter.sequence.is_not(None)).order_by(Letter.sequence)
        return list(db.session.scalars(query))


def _clerks(village: Tenant, staff: Callable[..., Person], count: int = AT_ONCE) -> list[tuple[Person, str]]:
    """Clerks, each with the token of the form that they look at."""
    found = []
    for _one in range(count):
        clerk = staff(village)
        match = CSRF.search(clerk.get("/surat/baru").text)
        assert match is not None
        found.append((clerk, match[1]))
    return found


def _press(clerks: list[tuple[Person, str]], ids: list[uuid.UUID]) -> list[int]:
    """Every clerk presses issue on a letter at the same moment; the answers' codes."""
    gate = threading.Barrier(len(clerks))

    def press(pair: tuple[tuple[Person, str], uuid.UUID]) -> int:
        (clerk, token), letter_id = pair
        gate.wait(30)
        return clerk.post(f"/surat/{letter_id}/terbit", {"csrf_token": token}).status_code

    with ThreadPoolExecutor(len(clerks)) as pool:
        return list(pool.map(press, zip(clerks, ids, strict=True)))


def _requests(app: Flask, village: Tenant, count: int) -> list[uuid.UUID]:
    resident = residents.a_resident(app, village, name="SITI AMINAH")
    return [letters.a_request(app, village, resident_id=resident) for _one in range(count)]


def test_twenty_at_once_have_no_gap_and_no_double(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    ids = _requests(app, village, AT_ONCE)
    assert _press(_clerks(village, staff), ids) == [303] * AT_ONCE
    assert _numbers(app, village) == list(range(1, AT_ONCE + 1))
    texts = {letters.letter_of(app, village, one).number for one in ids}
    assert len(texts) == AT_ONCE


def test_failures_in_between_leave_no_gap(
    app: Flask, village: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _requests(app, village, AT_ONCE)
    turn, real_set, real_put = itertools.count(1), issuing.set_numbered, issuing.put_sealed

    def sometimes(*args: object) -> bytes:
        if next(turn) % 3 == 0:
            raise DocumentFailed("rusak")
        return real_set(*args)  # type: ignore[arg-type]

    def away(*args: object) -> bytes:
        if next(turn) % 5 == 0:
            raise StorageAway("jauh")
        return real_put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "set_numbered", sometimes)
    monkeypatch.setattr(issuing, "put_sealed", away)
    codes = _press(_clerks(village, staff), ids)
    assert set(codes) <= {303, 422, 503}
    assert len(set(codes)) > 1
    issued = codes.count(303)
    assert _numbers(app, village) == list(range(1, issued + 1))
    monkeypatch.undo()
    with letters.working(app, village):
        for letter_id, code in zip(ids, codes, strict=True):
            if code != 303:
                services.issue(letter_id)
    assert _numbers(app, village) == list(range(1, AT_ONCE + 1))


def test_two_clerks_on_one_letter_issue_it_once(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    (letter_id,) = _requests(app, village, 1)
    clerks = _clerks(village, staff, 2)
    assert sorted(_press(clerks, [letter_id, letter_id])) == [303, 409]
    assert _numbers(app, village) == [1]
    (clerk, token), *_others = clerks
    again = clerk.post(f"/surat/{letter_id}/terbit", {"csrf_token": token, "row_version": "1"})
    assert again.status_code == 409
    assert letters.letter_of(app, village, letter_id).number in again.text


def test_a_cancelled_letter_keeps_its_number_for_ever(app: Flask, village: Tenant) -> None:
    cancelled = letters.a_letter(app, village, state="cancelled")
    letters.an_issued_letter(app, village)
    assert letters.letter_of(app, village, cancelled).sequence == 1
    assert _numbers(app, village) == [1, 2]


def test_numbers_begin_anew_with_the_year(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, wanted in ((dt.date(2026, 12, 31), (2026, 1)), (dt.date(2027, 1, 1), (2027, 1)),
                        (dt.date(2027, 1, 2), (2027, 2)), (dt.date(2026, 12, 31), (2026, 2))):  # fmt: skip
        monkeypatch.setattr(issuing, "today", lambda day=day: day)
        letter = letters.letter_of(app, village, letters.an_issued_letter(app, village))
        assert (letter.year, letter.sequence) == wanted
        assert letter.letter_date == day
        assert letter.number.endswith(str(day.year))


def test_the_paper_book_goes_on(app: Flask, village: Tenant) -> None:
    year = today().year
    with letters.working(app, village):
        choose_options("letters", {"first_by_scope": {f"/{year}": 348}})
        db.session.commit()
    first = letters.letter_of(app, village, letters.an_issued_letter(app, village))
    second = letters.letter_of(app, village, letters.an_issued_letter(app, village))
    assert (first.sequence, second.sequence) == (348, 349)
    assert re.search(r"/348/", first.number)


def test_each_type_may_count_by_itself(app: Flask, village: Tenant) -> None:
    with letters.working(app, village):
        choose_options("letters", {"number_scope": "type"})
        db.session.commit()
    found = [
        letters.letter_of(app, village, letters.an_issued_letter(app, village, code)).sequence
        for code in ("sktm", "sktm", "domisili", "sktm")
    ]
    assert found == [1, 2, 1, 3]


def _scope(app: Flask, village: Tenant, scope: str, pattern: str = "") -> None:
    with letters.working(app, village):
        choose_options("letters", {"number_scope": scope, **({"number_pattern": pattern} if pattern else {})})
        db.session.commit()


def _issued_numbers(app: Flask, village: Tenant, *codes: str) -> list[str]:
    made = [letters.an_issued_letter(app, village, code) for code in codes]
    return [letters.letter_of(app, village, one).number for one in made]


def test_types_of_one_classification_never_share_a_number(app: Flask, village: Tenant) -> None:
    _scope(app, village, "type")
    found = _issued_numbers(app, village, "pengantar_umum", "domisili", "domisili_usaha", "domisili")
    assert len(set(found)) == 4
    assert found[1].split("/")[:3] == ["470", "001", "domisili"]


@pytest.mark.parametrize("pattern", ["", "{sequence:03}/{type_code}/{year}"])
def test_counting_otherwise_within_a_year_never_doubles_a_number(
    app: Flask, village: Tenant, pattern: str
) -> None:
    found = []
    for scope in ("village", "type", "village", "type", "village"):
        _scope(app, village, scope, pattern)
        found += _issued_numbers(app, village, "domisili", "sktm", "domisili")
    assert len(set(found)) == 15, found


def test_the_database_refuses_a_double(app: Flask, village: Tenant) -> None:
    first = letters.letter_of(app, village, letters.an_issued_letter(app, village))
    twice = Letter(
        type_code="paper", title="Surat lama", origin="paper", state="issued", scope="lain", year=first.year,
        sequence=77, number=first.number,
    )  # fmt: skip
    with letters.working(app, village):
        db.session.add(twice)
        with pytest.raises(IntegrityError, match="uq_letter_number"):
            db.session.flush()


def test_a_letter_from_paper_never_takes_a_number_that_is_used(app: Flask, village: Tenant) -> None:
    year = today().year
    with letters.working(app, village):
        choose_options("letters", {"first_by_scope": {f"/{year}": 50}})
        db.session.commit()
    used = letters.letter_of(app, village, letters.an_issued_letter(app, village)).number
    with letters.working(app, village):
        with pytest.raises(Invalid) as refused:
            record_paper({"title": "Surat lama", "letter_date": today(), "sequence": 3, "number": used})
        assert (refused.value.field, used in str(refused.value)) == ("number", True)
        record_paper({"title": "Surat lama", "letter_date": today(), "sequence": 3, "number": "3/lama"})
    assert _numbers(app, village) == [3, 50]


def test_a_number_that_another_count_took_at_this_moment_is_said(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = letters.letter_of(app, village, letters.an_issued_letter(app, village)).number
    letter_id = letters.a_request(app, village)
    monkeypatch.setattr(numbering, "_taken", lambda *_args: (False, False))
    monkeypatch.setattr(numbering, "_written", lambda *_args: used)
    with letters.working(app, village), pytest.raises(NotNow, match="Coba sekali lagi"):
        services.issue(letter_id)
    monkeypatch.undo()
    assert letters.letter_of(app, village, letter_id).state == "submitted"
    with letters.working(app, village):
        services.issue(letter_id)
    assert _numbers(app, village) == [1, 2]


def test_a_try_that_failed_never_removes_the_file_of_the_one_that_did_not(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id = letters.a_request(app, village)
    real_put, real_remove, tries = issuing.put_sealed, issuing.remove_stray, itertools.count(1)

    def first_fails(*args: object) -> None:
        if next(tries) == 1:
            raise StorageAway("jauh")
        real_put(*args)  # type: ignore[arg-type]

    def meanwhile(stray: uuid.UUID) -> None:
        def other() -> None:
            with letters.working(app, village):
                services.issue(letter_id)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(other).result(30)
        real_remove(stray)

    monkeypatch.setattr(issuing, "put_sealed", first_fails)
    monkeypatch.setattr(issuing, "remove_stray", meanwhile)
    with letters.working(app, village), pytest.raises(StorageAway):
        services.issue(letter_id)
    assert letters.letter_of(app, village, letter_id).state == "issued"
    assert letters.pdf_of(app, village, letter_id).startswith(b"%PDF")


def test_a_try_that_failed_leaves_no_file(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id = letters.a_request(app, village)
    monkeypatch.setattr(issuing, "moved", lambda *_args, **_more: 1 / 0)
    with letters.working(app, village), pytest.raises(ZeroDivisionError):
        services.issue(letter_id)
    with app.app_context(), tenant_scope(village), pytest.raises(LookupError):
        get_sealed(file_path(letter_id), open_vault())


def test_a_file_that_could_not_be_removed_is_removed_by_night(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id = letters.a_request(app, village)
    monkeypatch.setattr(issuing, "moved", lambda *_args, **_more: 1 / 0)
    monkeypatch.setattr(issuing, "remove_stray", lambda _id: None)
    with letters.working(app, village), pytest.raises(ZeroDivisionError):
        services.issue(letter_id)
    monkeypatch.undo()
    with letters.working(app, village):
        assert get_sealed(file_path(letter_id), open_vault()).startswith(b"%PDF")
        services.reject(letter_id, "Tidak jadi")
    with app.app_context():
        run_job(tidying.TIDY, str(village.id), {})
    with app.app_context(), tenant_scope(village), pytest.raises(LookupError):
        get_sealed(file_path(letter_id), open_vault())


def test_a_number_that_the_register_has_is_passed_over(app: Flask, village: Tenant) -> None:
    first = letters.letter_of(app, village, letters.an_issued_letter(app, village))
    with letters.working(app, village):
        db.session.add(
            Letter(
                type_code="paper",
                title="Surat lama",
                origin="paper",
                state="issued",
                year=first.year,
                sequence=2,
            )
        )
        db.session.commit()
    assert letters.letter_of(app, village, letters.an_issued_letter(app, village)).sequence == 3


def test_a_number_that_signing_drew_is_kept(app: Flask, village: Tenant) -> None:
    letter_id = letters.a_letter(app, village, state="verified")
    with letters.working(app, village):
        letter = services.held(letter_id)
        services.draw_and_set(letter)
        number = letter.number
        db.session.commit()
        again = services.held(letter_id)
        pdf = services.draw_and_set(again)
        assert again.number == number
        services.store_final(again, pdf)
        db.session.commit()
        with pytest.raises(NotNow):
            services.reject(letter_id, "Sudah terlambat")
    assert _numbers(app, village) == [1]
