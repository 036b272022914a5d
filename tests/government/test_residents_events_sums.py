"""Any sequence of events: every month adds up, nothing falls below zero, and closed months never change.

The steps call the services as the forms do, for speed; what they refuse is refused for good reasons elsewhere tested.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app.core.privacy.models import VillageState
from app.core.village.errors import Invalid, Missing
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.checking import differences
from app.government.residents.events import services
from app.government.residents.events.deeds import Occasion
from app.government.residents.models import Household, LifeEvent, PopulationMonth, Resident
from app.government.residents.register import services as register
from app.government.residents.register.errors import Refused
from app.government.residents.rights import retention
from app.government.residents.writing import Writing, today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import check_books
from tests.support.residents import ACCEPTED

FIRST = dt.date(2026, 6, 1)
NOTE = "sudah diperiksa"
KINDS = (
    "birth", "death", "move_out", "family_out", "move_in", "missing", "left", "return", "return", "move_area", "split",
    "merge", "dissolve", "change_head", "change_residence", "change_nationality", "undo", "undo", "undo", "close",
    "close", "reopen", "reopen", "sex", "sex", "area", "late_birth", "late_birth", "found_dead", "edit", "edit",
    "put_in", "put_in", "take_out", "take_out", "home_edit", "new_home", "retain",
)  # fmt: skip


def _steps(seed: int) -> list[tuple[str, int, int, int]]:
    """Fourteen to twenty-two steps out of a seed, all kinds equally often."""
    chance = random.Random(seed)
    count = chance.randint(14, 22)
    return [
        (chance.choice(KINDS), chance.randrange(6), chance.randrange(6), chance.randrange(31))
        for _ in range(count)
    ]


class World:
    """The register while steps happen to it; `a`, `b` choose among what is there, so every step means something."""

    def __init__(self, areas: list[uuid.UUID]) -> None:
        self.areas = areas
        self.done: Counter[str] = Counter()
        self.kept: dict[dt.date, Any] = {}
        self.clock = FIRST
        for family in range(2):
            self._enter(FIRST, 3 + family)

    def _enter(self, day: dt.date, size: int) -> None:
        people = [
            {
                "name": f"WARGA {uuid.uuid4()}",
                "sex": 1 + number % 2,
                "relation": (1, 3, 4, 4)[number],
                "birth_date": dt.date(1985, 1, 1 + number),
                "marital_status": 2 if number < 2 else 1,
            }
            for number in range(size)
        ]
        card = {"sub_area_id": self.areas[size % 2]}
        services.move_in(people, household=card, occasion=Occasion(day, note=NOTE))

    def step(self, kind: str, a: int, b: int, days: int) -> None:
        """Try one step, `days` after the last one or, every fourth time, that long before it; then compare."""
        self.clock = min(self.clock + dt.timedelta(days=days), today())
        day = self.clock if days % 4 else max(FIRST, self.clock - dt.timedelta(days=2 * days))
        try:
            getattr(self, f"do_{kind}")(a, b, day)
            self.done[kind] += 1
        except (Refused, Missing, Invalid):
            self.done[f"{kind} refused"] += 1
        db.session.rollback()
        self.compare()

    def compare(self) -> None:
        """What was closed stands as it stood, and the ledger still says the same."""
        stored = {row.month: row.figures for row in db.session.scalars(select(PopulationMonth))}
        for month, figures in stored.items():
            assert self.kept.setdefault(month, figures) == figures
            assert ledger.flows(month).as_json() == figures
        for month in set(self.kept) - set(stored):
            del self.kept[month]
        db.session.rollback()

    # -- choosing ----------------------------------------------------------------------------------------------

    def person(self, number: int, *states: int) -> Resident:
        """One of the people in these states."""
        query = select(Resident).where(Resident.vital_status.in_(states or (1,))).order_by(Resident.id)
        found = db.session.scalars(query).all()
        if not found:
            raise Missing("nobody")
        return found[number % len(found)]

    def home(self, number: int) -> Household:
        """One of the active households."""
        query = select(Household).where(Household.state == "active").order_by(Household.id)
        found = db.session.scalars(query).all()
        if not found:
            raise Missing("no household")
        return found[number % len(found)]

    def members(self, home: uuid.UUID | None) -> list[Resident]:
        """The living members of a household."""
        query = select(Resident).where(Resident.household_id == home, Resident.vital_status == 1)
        return list(db.session.scalars(query.order_by(Resident.id)))

    def heir(self, person: Resident, number: int) -> uuid.UUID | None:
        """Somebody else of the household, as its next head."""
        others = [p.id for p in self.members(person.household_id) if p.id != person.id]
        return others[number % len(others)] if others else None

    # -- steps -------------------------------------------------------------------------------------------------

    def do_birth(self, a: int, b: int, day: dt.date) -> None:
        mother = self.person(a)
        values = {"name": f"BAYI {uuid.uuid4()}", "sex": 1 + b % 2}
        services.register_birth(mother.id, values, occasion=Occasion(day, note=NOTE))

    def do_death(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        heir = self.heir(person, b)
        services.register_death(person.id, occasion=Occasion(day, note=NOTE), new_head_id=heir)

    def do_move_out(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        heir = self.heir(person, b)
        services.move_out([person.id], occasion=Occasion(day, note=NOTE), target=1, new_head_id=heir)

    def do_family_out(self, a: int, _b: int, day: dt.date) -> None:
        people = [person.id for person in self.members(self.home(a).id)]
        services.move_out(people, occasion=Occasion(day, note=NOTE), target=2)

    def do_move_in(self, a: int, b: int, day: dt.date) -> None:
        if a % 2:
            self._enter(day, 1 + b % 4)
        else:
            values = {"name": f"PENDATANG {uuid.uuid4()}", "sex": 2, "relation": 9, "residence_status": 3}
            services.move_in([values], household_id=self.home(b).id, occasion=Occasion(day, note=NOTE))

    def do_missing(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        heir = self.heir(person, b)
        services.leave_village("missing", [person.id], occasion=Occasion(day, note=NOTE), new_head_id=heir)

    def do_left(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        heir = self.heir(person, b)
        services.leave_village("left", [person.id], occasion=Occasion(day, note=NOTE), new_head_id=heir)

    def do_return(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a, 3, 4, 6)
        new: dict[str, Any] = {"household": {"address": "Baru"}} if b % 3 == 0 else {}
        services.return_home([person.id], occasion=Occasion(day, note=NOTE), **new)

    def do_move_area(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        people = self.members(person.household_id) if b % 2 and person.household_id else [person]
        ids = [one.id for one in people]
        services.move_area(ids, self.areas[b % 2], occasion=Occasion(day, note=NOTE))

    def do_split(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        heir = self.heir(person, b)
        occasion = Occasion(day, note=NOTE)
        services.split_household([person.id], head_id=person.id, occasion=occasion, new_head_id=heir)

    def do_merge(self, a: int, b: int, day: dt.date) -> None:
        person = self.person(a)
        target, heir = self.home(b).id, self.heir(person, b)
        people = [person.id]
        if b % 2 and person.household_id:
            people = [one.id for one in self.members(person.household_id)]
        services.merge_households(people, target, occasion=Occasion(day, note=NOTE), new_head_id=heir)

    def do_dissolve(self, a: int, _b: int, day: dt.date) -> None:
        services.dissolve_household(self.home(a).id, occasion=Occasion(day, note=NOTE))

    def do_change_head(self, a: int, b: int, day: dt.date) -> None:
        home = self.home(a).id
        people = self.members(home)
        head = people[b % len(people)].id if people else None
        services.change_head(home, head, occasion=Occasion(day, note=NOTE))

    def do_change_residence(self, a: int, b: int, day: dt.date) -> None:
        services.change_residence([self.person(a).id], 1 + b % 3, occasion=Occasion(day, note=NOTE))

    def do_change_nationality(self, a: int, b: int, day: dt.date) -> None:
        services.change_nationality(self.person(a).id, 1 + b % 3, occasion=Occasion(day, note=NOTE))

    def do_undo(self, a: int, _b: int, _day: dt.date) -> None:
        deeds = db.session.scalars(
            select(LifeEvent.deed_id).distinct().order_by(LifeEvent.deed_id.desc())
        ).all()
        services.undo_deed(deeds[a % min(len(deeds), 6)])

    def do_close(self, _a: int, _b: int, day: dt.date) -> None:
        services.close_month(min(day, today().replace(day=1) - dt.timedelta(days=1)))

    def do_reopen(self, _a: int, _b: int, _day: dt.date) -> None:
        _first, closed = ledger.span()
        services.reopen_month(closed or FIRST, "salah tutup")

    def do_late_birth(self, a: int, b: int, day: dt.date) -> None:
        dead = self.person(a, 2)
        before = (dead.vital_on or day) - dt.timedelta(days=b)
        values = {"name": f"BAYI {uuid.uuid4()}", "sex": 1 + b % 2}
        services.register_birth(dead.id, values, occasion=Occasion(before, note=NOTE))

    def do_found_dead(self, a: int, _b: int, day: dt.date) -> None:
        services.register_death(self.person(a, 4, 6).id, occasion=Occasion(day, note=NOTE))

    def do_edit(self, a: int, b: int, day: dt.date) -> None:
        values: tuple[dict[str, Any], ...] = (
            {"sex": 1 + b % 2},
            {"sub_area_id": self.areas[b % 2]},
            {"relation": (1, 4, 9)[b % 3]},
            {"residence_status": 1 + b % 3, "nationality": 1 + b % 3},
            {"nik": f"180620{a:02d}01800{b:03d}", "phone": f"0812-0000-00{b:02d}"},
            {"sub_area_id": None, "notes": str(day)},
        )
        register.change_resident(self.person(a, 1, 1, 2, 4).id, values[(a + b) % 6], acceptance=ACCEPTED)

    def do_put_in(self, a: int, b: int, _day: dt.date) -> None:
        query = select(Resident.id).where(Resident.household_id.is_(None), Resident.vital_status != 9)
        loose = list(db.session.scalars(query.order_by(Resident.id)))
        homes = list(db.session.scalars(select(Household.id).order_by(Household.id)))
        if not loose:
            last = self.members(self.home(a).id)[-1]
            register.take_out_member(last.household_id or uuid.uuid4(), last.id)
            loose = [last.id]
        home, person = homes[b % len(homes)], loose[a % len(loose)]
        register.put_member(home, person, (4, 9, 1)[b % 3], acceptance=ACCEPTED)

    def do_take_out(self, a: int, _b: int, _day: dt.date) -> None:
        person = self.person(a, 1, 2, 3)
        register.take_out_member(person.household_id or uuid.uuid4(), person.id)

    def do_home_edit(self, a: int, b: int, _day: dt.date) -> None:
        values = {"sub_area_id": (None, *self.areas)[b % 3], "address": f"Jalan {b}"}
        register.change_household(self.home(a).id, values, pass_on=a % 2 == 0)

    def do_new_home(self, _a: int, b: int, day: dt.date) -> None:
        register.add_household(
            {"address": "Baru", "sub_area_id": (None, *self.areas)[b % 3]}, happened_on=day
        )

    def do_retain(self, _a: int, _b: int, _day: dt.date) -> None:
        """As if two years had passed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "today", lambda: today() + dt.timedelta(days=730))
            db.session.execute(update(VillageState).values(settings={retention.SETTING: 1}))
            db.session.commit()
            if not retention.remove_what_is_over():
                raise Missing("nobody")

    def do_sex(self, a: int, _b: int, _day: dt.date) -> None:
        writing = Writing(today())
        person = self.person(a, 1, 2, 3)
        writing.change_resident("correction", person, {"sex": 3 - person.sex})
        writing.finish()

    def do_area(self, a: int, b: int, _day: dt.date) -> None:
        writing = Writing(today())
        writing.change_resident("correction", self.person(a, 1, 3), {"sub_area_id": self.areas[b % 2]})
        writing.finish()


def test_any_sequence_of_events_adds_up(app: Flask, village: Tenant) -> None:
    seen: Counter[str] = Counter()
    with app.app_context(), tenant_scope(village):
        areas = [SubArea(kind="sub_area", name=name) for name in ("Dusun I", "Dusun II")]
        db.session.add_all(areas)
        db.session.commit()
        ids = [area.id for area in areas]

    @settings(
        max_examples=32,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32 - 1))
    def run(seed: int) -> None:
        with app.app_context(), tenant_scope(village):
            for model in (LifeEvent, Resident, Household, PopulationMonth):
                db.session.execute(delete(model))
            db.session.commit()
            world = World(ids)
            for step in _steps(seed):
                world.step(*step)
            check_books(FIRST)
            assert list(differences(sealed=True)) == []
            db.session.rollback()
            seen.update(world.done)

    run()
    never = {kind for kind in KINDS if not seen[kind]}
    assert not never, f"steps that never happened: {never}"


def test_steps_are_really_compared(app: Flask, village: Tenant) -> None:
    """A line that is written past the services is found by the same comparison."""
    with app.app_context(), tenant_scope(village):
        db.session.add(SubArea(kind="sub_area", name="Dusun I"))
        db.session.commit()
        areas = list(db.session.scalars(select(SubArea.id)))
        world = World(areas * 2)
        db.session.execute(LifeEvent.__table__.update().values(month=dt.date(2026, 8, 1)))
        db.session.commit()
        services.close_month(dt.date(2026, 8, 1))
        world.compare()
        db.session.execute(LifeEvent.__table__.update().values(month=dt.date(2026, 7, 1)))
        db.session.commit()
        try:
            world.compare()
        except AssertionError:
            return
        raise AssertionError("a changed past was not noticed")
