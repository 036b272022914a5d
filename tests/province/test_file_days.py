"""Files are named after the day of the province, which begins seven hours before the server's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from app.core.ui.formats import file_day
from tests.support.people import Person


def test_a_list_that_is_taken_at_night_bears_the_new_day(officer: Callable[..., Person]) -> None:
    assert file_day(dt.datetime(2026, 11, 23, 18, 2, tzinfo=dt.UTC)) == "2026-11-24"
    assert file_day(dt.datetime(2026, 11, 23, 16, 59, tzinfo=dt.UTC)) == "2026-11-23"
    before = file_day()
    with officer("regency_analyst", "18.06").get("/desa/unduh") as answer:
        said = answer.headers["Content-Disposition"]
    assert any(f"desa-18.06-{day}.xlsx" in said for day in (before, file_day()))
