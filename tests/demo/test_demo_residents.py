"""The demo's residents: invented, believable, the same for a seed, and written as clerks' work is."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from lokal import parse_nik
from sqlalchemy import func, select, text

from app.core.hosting import SigerFlask
from app.core.indicators.models import IndicatorValue
from app.core.village.models import SubArea
from app.demo.residents import SEED, Settled, make_chronicle, settle_many, settle_village, size_of
from app.extensions import db
from app.government.residents import codes, ledger
from app.government.residents.checking import differences
from app.government.residents.events.services import undo_deed
from app.government.residents.models import Household, LifeEvent, PopulationMonth, Resident
from app.government.residents.register.rules import Person, findings, household_findings
from app.government.residents.register.schemas import HouseholdSchema, ResidentSchema
from app.government.residents.synthetic import Area, generate
from app.government.residents.writing import today
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.servers import DatabaseUrls
from tests.support.shell import Run, shell

DAY = dt.date(2026, 11, 22)
AREAS = [Area(uuid.UUID(int=number), f"RT {number:03}") for number in range(1, 13)]
Home = dict[str, Any]


@pytest.fixture(scope="module")
def homes() -> list[Home]:
    return generate("18.06.20.2006", 3450, 18, AREAS, DAY, centre=(-5.44, 104.71), home_place="TANGGAMUS")


@pytest.fixture(scope="module")
def people(homes: list[Home]) -> list[dict[str, Any]]:
    return [person for home in homes for person in home["members"]]


@pytest.fixture
def settled(app: SigerFlask, village: Tenant) -> tuple[Tenant, Settled]:
    """A village with three dusun in which 900 people live."""
    with app.app_context(), tenant_scope(village):
        db.session.add_all(SubArea(kind="sub_area", name=f"Dusun {number}") for number in (1, 2, 3))
        db.session.commit()
        found = settle_village(900)
    assert found is not None
    return village, found


@pytest.fixture
def run(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    return shell(app, urls, monkeypatch)


def test_the_same_seed_makes_the_same_village_and_another_one_another() -> None:
    assert generate("18.06.20.2006", 300, 1, AREAS, DAY) == generate("18.06.20.2006", 300, 1, AREAS, DAY)
    assert generate("18.06.20.2006", 300, 1, AREAS, DAY) != generate("18.06.20.2006", 300, 2, AREAS, DAY)
    assert generate("18.06.20.2006", 300, 1, AREAS, DAY) != generate("18.06.20.2005", 300, 1, AREAS, DAY)
    assert 2400 < size_of("18.06.20.2006") < 4500
    assert size_of("18.06.20.2006") != size_of("18.06.20.2005")


def test_numbers_are_valid_unique_and_mostly_of_the_own_kecamatan(
    homes: list[Home], people: list[dict[str, Any]]
) -> None:
    niks = [person["nik"] for person in people if person.get("nik")]
    assert len(niks) == len(set(niks)) > 3400
    real = [(p, parse_nik(p["nik"], reference_date=DAY)) for p in people if p.get("nik", "0")[0] != "0"]
    assert all(info.valid for _, info in real)
    assert all({1: "L", 2: "P"}[p["sex"]] == info.gender for p, info in real)
    assert all(p["birth_date"].strftime("%y-%m-%d") == info.birth_date[2:] for p, info in real)
    own = sum(nik.startswith("180620") for nik in niks)
    assert 0.65 * len(niks) < own < 0.97 * len(niks)
    cards = [home["kk"] for home in homes]
    assert len(cards) == len(set(cards))
    assert all(len(card) == 16 and card.isdigit() for card in cards)
    phones = [person["phone"] for person in people if person.get("phone")]
    assert phones
    assert all(phone[4:10] == "-0000-" for phone in phones), "these numbers have no subscribers"
    assert all(p["email"].endswith("@contoh.test") for p in people if p.get("email"))


@dataclass(frozen=True)
class InHouse:
    """Knows the other members of one household."""

    others: list[dict[str, Any]]
    today: dt.date = DAY

    def with_nik(self, nik: str) -> None:
        return None

    def namesakes(self, name: str, birth_date: dt.date) -> list[Person]:
        return []

    def members(self, household: object) -> list[Person]:
        return [
            Person(
                None, p["name"], p["sex"], p["birth_date"], p["relation"], 1, True, p["father_name"], p["mother_name"]
            )
            for p in self.others
        ]  # fmt: skip


def test_households_obey_the_registers_rules(app: SigerFlask, homes: list[Home]) -> None:
    warnings: Counter[str] = Counter()
    with app.app_context():
        for home in homes:
            assert not household_findings(home, DAY, None)
            members = home["members"]
            assert [p["relation"] for p in members].count(codes.HEAD_OF_HOUSEHOLD) == 1
            for person in members:
                known = InHouse([other for other in members if other is not person])
                for finding in findings({**person, "household_id": 1}, known):
                    assert not finding.is_error, (finding, person)
                    warnings[finding.code] += 1
    assert sum(warnings.values()) < 10, warnings


def test_every_field_is_one_that_the_register_takes(app: SigerFlask, homes: list[Home]) -> None:
    resident, household = ResidentSchema(), HouseholdSchema()
    with app.test_request_context():
        for home in homes[:150]:
            fields = {
                k: str(v) for k, v in home.items() if k not in ("members", "sub_area_id") and v is not None
            }
            assert household.load(fields)["kk"] == home["kk"]
            for person in home["members"]:
                told = {k: v for k, v in person.items() if k in resident.fields and v is not None}
                loaded = resident.load(
                    {k: v if isinstance(v, int | float) else str(v) for k, v in told.items()}
                )
                assert {name: loaded[name] for name in told} == told


def test_a_village_looks_like_one_of_lampung(people: list[dict[str, Any]], homes: list[Home]) -> None:
    ages = [(DAY - p["birth_date"]).days / 365.25 for p in people if p["birth_date"]]
    count = len(people)
    assert 0.22 < sum(age < 15 for age in ages) / count < 0.28
    assert 0.08 < sum(age >= 60 for age in ages) / count < 0.14
    assert 3.2 < count / len(homes) < 4.0
    assert 0.48 < sum(p["sex"] == 1 for p in people) / count < 0.54
    assert 0.008 < sum(p["disability"] != codes.NOT_DISABLED for p in people) / count < 0.03
    assert 0.01 < sum(p["residence_status"] != codes.PERMANENT for p in people) / count < 0.05
    assert len({p["ethnic_group"] for p in people}) >= 6
    assert any(not p.get("nik") for p in people)
    mothers = {
        p["nik"]: p["birth_date"] for p in people if p["sex"] == 2 and p.get("nik") and p["birth_date"]
    }
    gaps = [
        (p["birth_date"] - mothers[p["mother_nik"]]).days / 365.25
        for p in people
        if p.get("mother_nik") in mothers and p["birth_date"]
    ]
    assert len(gaps) > 500
    assert min(gaps) >= 16
    assert max(gaps) <= 42.1
    pupils = [p for p in people if p["schooling"] == 4]
    assert all(6 < (DAY - p["birth_date"]).days / 365.25 < 14 for p in pupils if p["birth_date"])
    assert not any(p["marital_status"] != 1 and p["age"] < 16 for p in _with_age(people))


def _with_age(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**p, "age": (DAY - p["birth_date"]).days / 365.25} for p in people if p["birth_date"]]


def test_a_settled_villages_ledger_and_register_tell_the_same(
    app: SigerFlask, settled: tuple[Tenant, Settled]
) -> None:
    village, found = settled
    assert abs(found.residents - 900) < 45
    with app.app_context(), tenant_scope(village):
        assert list(differences(sealed=True)) == []
        assert ledger.people(ledger.totals()) == found.residents
        first, closed = ledger.span()
        assert first is not None
        assert closed is not None
        assert 17 <= (today() - first).days / 30.5 <= 26
        months = ledger.reports(first, today())
        for kept in db.session.scalars(select(PopulationMonth)):
            assert kept.figures == ledger.flows(kept.month).as_json()
        people: Counter[str] = Counter()
        for figures in months:
            people.update({row: sum(map(abs, flow.values())) for row, flow in figures.flows.items()})
        assert people["births"] > 8
        assert people["deaths"] > 3
        assert people["moved_in"] > 5
        assert people["moved_out"] > 3
        assert months[0].flows.keys() >= {"opening"}
        later = [line for line in db.session.scalars(select(LifeEvent)) if line.kind != "opening"]
        assert all(line.happened_on <= line.reported_on <= today() for line in later)
        assert all(line.recorded_at <= dt.datetime.now(dt.UTC) for line in later)
        assert settle_village(900) is None, "who lives there stays"


def test_deeds_of_the_past_can_be_taken_back(app: SigerFlask, settled: tuple[Tenant, Settled]) -> None:
    village, _ = settled
    with app.app_context(), tenant_scope(village):
        for kind in ("death", "move_out", "birth", "move_in"):
            deed = db.session.scalar(
                select(LifeEvent.deed_id)
                .where(LifeEvent.kind == kind, LifeEvent.undone_at.is_(None))
                .order_by(LifeEvent.happened_on.desc())
                .limit(1)
            )
            undo_deed(deed)
            assert list(differences(sealed=True)) == [], kind


def test_what_is_personal_is_sealed(app: SigerFlask, settled: tuple[Tenant, Settled]) -> None:
    village, _ = settled
    with app.app_context(), tenant_scope(village):
        people = make_chronicle(village.code, 900, SEED, today()).people
        secrets = {p.values["nik"] for p in people if p.values.get("nik")}
        secrets |= {p.values["phone"] for p in people if p.values.get("phone")}
        assert len(secrets) > 1000
        for table in (Resident, Household, LifeEvent):
            rows = db.session.execute(text(f"SELECT t::text FROM {table.__tablename__} t")).scalars()
            words = {word.strip('"(){}') for row in rows for word in re.split(r"[,:]", row)}
            assert not words & secrets, table.__tablename__
        query = select(func.count()).where(Resident.nik_state == 2, Resident.box.is_(None))
        assert db.session.scalar(query) == 0


def test_villages_are_settled_once_and_measured(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    mine, other = make_village(), make_village()
    told: list[int] = []
    with app.app_context():
        found = settle_many({mine.id: 150, other.id: 60}, progress=lambda done, _settled: told.append(done))
        assert [settled.name for settled in found] == [mine.full_name, other.full_name]
        assert told == [1, 2]
        assert settle_many({mine.id: 150, other.id: 60}) == []
        with platform_scope():
            query = (
                select(IndicatorValue.period, IndicatorValue.value)
                .where(IndicatorValue.tenant_id == mine.id, IndicatorValue.code == "pop.total")
                .order_by(IndicatorValue.period)
            )
            curve = db.session.execute(query).all()
        assert len(curve) > 17
        assert curve[-1].value == found[0].residents
        assert all(100 < row.value < 220 for row in curve)


def test_an_operator_settles_a_village_from_the_shell(run: Run, village: Tenant) -> None:
    made = run("demo", "residents", "--village", village.code, "--size", "80", "--seed", "3")
    assert made.exit_code == 0, made.output
    assert "1 villages settled, 0 had residents already" in made.output
    again = run("demo", "residents", "--village", village.slug, "--size", "80")
    assert "0 villages settled, 1 had residents already" in again.output
    assert run("demo", "residents").exit_code == 2
    assert "no village has the code" in run("demo", "residents", "--village", "nowhere").output
    checked = run("residents", "check", "--village", village.slug, "--sealed")
    assert checked.exit_code == 0, checked.output
    assert "1 villages checked, 0 differences" in checked.output
