"""The morning's letter of what rules opened in the night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from app.province.mentoring.cases import digest
from tenants.ids import uuid7
from tenants.scope import platform_scope
from tests.support.people import Person


def test_its_subject_bears_the_day_that_it_is_in_lampung(
    app: SigerFlask, officer: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    early = dt.datetime(2026, 11, 22, 19, 30, tzinfo=dt.UTC)
    monkeypatch.setattr(digest, "now", lambda: early)
    monkeypatch.setattr(digest.waiting, "count_for", lambda _helper: 2)
    person = officer("regency_admin", "18.06")
    with app.app_context(), platform_scope():
        letter = digest.letter_of_the_night(person.account_id, None, str(uuid7()))
    assert letter is not None
    assert letter.subject == "2 kasus pendampingan menunggu, 23-11-2026"
