"""How many of which village came, at trainings that many villages come to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.people import Person
from tests.support.training import a_session, an_event, attend, participants_of


@pytest.fixture
def guard(officer: Callable[..., Person]) -> Person:
    """Somebody of the province."""
    return officer("regency_admin", "18.01")


def test_of_more_than_a_hundred_villages_the_kecamatan_are_counted(app: SigerFlask, guard: Person) -> None:
    event_id = an_event(app, "18.01")
    session_id = a_session(app, event_id)
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(TenantRow.regency_code == "18.01").order_by(TenantRow.code)
        codes = list(db.session.scalars(query.limit(101)))
        names = dict(db.session.execute(select(TenantRow.code, TenantRow.district_name)).all())
    sizes = Counter(code.rpartition(".")[0] for code in codes)
    for code in codes[:100]:
        participants_of(app, event_id, code, 1)
    assert "Hadir per desa" in guard.get(f"/pelatihan/{event_id}/hadir/jumlah").text
    [last_one] = participants_of(app, event_id, codes[100], 1)
    attend(app, session_id, [last_one])
    shown = guard.get(f"/pelatihan/{event_id}/hadir/jumlah").text
    assert "Hadir per kecamatan" in shown
    lines = re.findall(r"<li><span>(.*?)</span><b>(\d+)</b><small>/ (\d+)</small>", shown)
    last = codes[100].rpartition(".")[0]
    assert lines[0] == (names[codes[100]], "1", str(sizes[last]))
    assert sorted(int(line[2]) for line in lines) == sorted(sizes.values())
