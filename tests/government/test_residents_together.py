"""Two clerks at one family at once: each deed waits for the other, none is lost, nobody sees an error page."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.government.residents.checking import differences
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import form_path, household
from tests.support.residents import a_family
from tests.support.visitors import CSRF

SECONDS = 3.0


def _token(page: str) -> str:
    found = CSRF.search(page)
    assert found is not None
    return found[1]


def test_a_family_s_form_and_an_event_of_its_member_at_once(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    home, (_head, wife, _child) = a_family(app, village, happened_on=dt.date(2025, 1, 1))
    writer, recorder = staff(village), staff(village)
    family, event = f"/keluarga/{home}/ubah", form_path("change_residence", wife)
    version = household(app, village, home).row_version
    tokens = _token(writer.get(family).text), _token(recorder.get(event).text)
    answers: Counter[tuple[str, int]] = Counter()
    until = time.monotonic() + SECONDS

    def correct() -> None:
        number = version
        while time.monotonic() < until:
            sent = {
                "csrf_token": tokens[0],
                "row_version": number,
                "pass_on": "1",
                "address": f"Jalan {number}",
            }
            answer = writer.post(family, sent)
            answers["form", answer.status_code] += 1
            number += answer.status_code == 303

    def record() -> None:
        turn = 0
        while time.monotonic() < until:
            turn += 1
            sent = {
                "csrf_token": tokens[1], "members": str(wife), "happened_on": today(), "note": "sesuai surat",
                "residence_status": 1 + turn % 2,
            }  # fmt: skip
            answers["event", recorder.post(event, sent).status_code] += 1

    clerks = [threading.Thread(target=work) for work in (correct, record)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert {status for _what, status in answers} <= {303, 409, 422}, answers
    assert answers["form", 303] > 3
    assert answers["event", 303] > 3
    with app.app_context(), tenant_scope(village):
        assert list(differences(sealed=True)) == []
