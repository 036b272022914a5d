"""Life events as a clerk records them: through the forms, and what the register says afterwards."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import uuid
from typing import Any

from flask import Flask
from sqlalchemy import func, or_, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.extensions import db
from app.government.residents import ledger
from app.government.residents.derive import PERSON_CELLS, cell_of
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.visitors import CSRF, Visitor

DEED = re.compile(r"/penduduk/peristiwa/([0-9a-f-]{36})")


def form_path(kind: str, person: uuid.UUID | None = None, household: uuid.UUID | None = None) -> str:
    """The address of a form."""
    about = {"penduduk": person, "keluarga": household}
    return f"/penduduk/peristiwa/catat?jenis={kind}" + "".join(f"&{k}={v}" for k, v in about.items() if v)


def submit(
    clerk: Visitor,
    kind: str,
    *,
    person: uuid.UUID | None = None,
    household: uuid.UUID | None = None,
    **values: Any,
) -> TestResponse:
    """Open a form and send it with these values, today as its day unless said; lists are sent as such."""
    path = form_path(kind, person, household)
    page = clerk.get(path)
    assert page.status_code == 200, page.status_code
    token = CSRF.search(page.text)
    assert token is not None
    sent: list[tuple[str, str]] = [("csrf_token", token[1])]
    for name, value in {"happened_on": today(), **values}.items():
        sent += [(name, str(one)) for one in (value if isinstance(value, list | tuple) else [value])]
    return clerk.post(path, MultiDict(sent))


def recorded(answer: TestResponse) -> uuid.UUID:
    """The deed that a sent form led to; fails with the page's sentences when it led to none."""
    assert answer.status_code == 303, told(answer)
    found = DEED.search(answer.headers["Location"])
    assert found is not None
    return uuid.UUID(found[1])


def told(answer: TestResponse) -> str:
    """The text of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def resident(app: Flask, village: Tenant, person: uuid.UUID) -> Resident:
    """A resident as they stand now, detached."""
    with app.app_context(), tenant_scope(village):
        found = db.session.get_one(Resident, person)
        db.session.expunge(found)
        return found


def household(app: Flask, village: Tenant, home: uuid.UUID) -> Household:
    """A household as it stands now, detached."""
    with app.app_context(), tenant_scope(village):
        found = db.session.get_one(Household, home)
        db.session.expunge(found)
        return found


def by_name(app: Flask, village: Tenant, name: str) -> Resident:
    """The resident of this name."""
    with app.app_context(), tenant_scope(village):
        found = db.session.scalars(select(Resident).where(Resident.name == name)).one()
        db.session.expunge(found)
        return found


def check_books(first: dt.date) -> None:
    """In the village's scope: the register and its ledger say the same, and every month adds up."""
    living: dict[tuple[int, uuid.UUID | None], int] = {}
    members: dict[uuid.UUID, list[Resident]] = {}
    for person in db.session.scalars(select(Resident)):
        cell = cell_of(person)
        if cell is not None:
            living[cell, person.sub_area_id] = living.get((cell, person.sub_area_id), 0) + 1
            if person.household_id:
                members.setdefault(person.household_id, []).append(person)
    counted = ledger.population()
    assert {key: n for key, n in counted.items() if key[0] in PERSON_CELLS} == living
    active = db.session.scalar(select(func.count()).where(Household.state == "active"))
    assert ledger.households(ledger.totals()) == active
    for home in db.session.scalars(select(Household)):
        here = members.get(home.id, [])
        assert bool(here) == (home.state == "active")
        heads = [person for person in here if person.relation == 1]
        assert len(heads) <= 1
        assert not heads or home.head_id == heads[0].id
    _check_chains()
    months = ledger.reports(first, today())
    assert not months[0].start, "something counts before the first month"
    for figures, following in itertools.pairwise(months):
        assert figures.end == following.start
    for figures in months:
        assert all(count >= 0 for count in figures.end.values())
        assert figures.end == ledger.totals(figures.month)
        by_area = ledger.report_by_area(figures.month).values()
        assert sum(ledger.people(area.end) for area in by_area) == ledger.people(figures.end)
    assert months[-1].end == ledger.totals()


def _check_chains() -> None:
    """Month after month, each line takes its subject out of where the last one put it."""
    stands: dict[uuid.UUID, tuple[int | None, uuid.UUID | None]] = {}
    counted = or_(LifeEvent.from_cell.is_not(None), LifeEvent.to_cell.is_not(None))
    query = select(LifeEvent).where(LifeEvent.undone_at.is_(None), counted)
    for line in db.session.scalars(query.order_by(LifeEvent.month, LifeEvent.id)):
        subject = line.resident_id or line.household_id
        assert subject is not None
        assert (line.from_cell, line.from_area_id) == stands.get(subject, (None, None)), line.kind
        stands[subject] = (line.to_cell, line.to_area_id)
