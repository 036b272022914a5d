"""The population's figures, out of the ledger and the register in two queries; and the check that both agree."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.core import audit
from app.core.actors import Actor, acting_as
from app.core.hosting import SigerFlask
from app.core.indicators.adoption import ADOPTION
from app.core.indicators.declarations import Period, Value, declared, indicator, period_of
from app.core.indicators.services import compute
from app.core.village.models import SubArea
from app.demo.residents import settle_village
from app.extensions import db
from app.government.residents import derive, ledger
from app.government.residents.checking import differences
from app.government.residents.indicators import INDICATORS, month_values
from app.government.residents.models import LifeEvent, Resident
from app.government.residents.writing import Writing
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.servers import DatabaseUrls
from tests.support.shell import Run, shell

PROMISED = (
    "pop.total", "pop.male", "pop.female", "pop.households", "pop.age_0_4", "pop.age_5_17", "pop.age_18_59",
    "pop.age_60_plus", "pop.working_age", "pop.dependency_ratio", "pop.births", "pop.deaths", "pop.moved_in",
    "pop.moved_out", "pop.growth", "pop.without_nik", "pop.without_birth_certificate", "pop.disabled",
    "pop.bpjs_covered", "pop.data_completeness",
)  # fmt: skip
NOON = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 22)
OPENED = dt.date(2026, 3, 2)


@pytest.fixture
def run(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    return shell(app, urls, monkeypatch)


def enter(kind: str, day: dt.date, **values: Any) -> uuid.UUID:
    """One person entered into the present village on a day."""
    writing = Writing(day, day, recorded_by="Siti")
    person = writing.add_resident(
        kind, {"name": "WARGA", "sex": 1, "birth_date": dt.date(1990, 1, 1), **values}
    )
    key = person.id
    writing.finish()
    return key


def change(kind: str, key: uuid.UUID, day: dt.date, **values: Any) -> None:
    writing = Writing(day, day, recorded_by="Siti")
    writing.change_resident(kind, db.session.get_one(Resident, key), values)
    writing.finish()


def figures(moment: dt.datetime = NOON) -> dict[str, float]:
    """The present village's figures of the population."""
    return {code: value.value for code, value in compute(list(INDICATORS), period_of(moment)).items()}


def test_every_figure_of_the_catalogue_is_declared_and_traits_are_sensitive(app: SigerFlask) -> None:
    codes = {i.code: i for i in declared() if i.code.startswith("pop.")}
    assert set(codes) == set(PROMISED)
    assert {code for code, i in codes.items() if i.sensitive} == {
        "pop.without_nik", "pop.without_birth_certificate", "pop.disabled", "pop.bpjs_covered",
    }  # fmt: skip
    flows = {code for code, i in codes.items() if i.period == "flow"}
    assert flows == {"pop.births", "pop.deaths", "pop.moved_in", "pop.moved_out", "pop.growth"}
    ratios = {code for code, i in codes.items() if i.rollup == "ratio"}
    assert ratios == {"pop.dependency_ratio", "pop.growth", "pop.data_completeness"}


def test_a_register_that_nobody_filled_yet_says_nothing(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        assert figures() == {}


def test_ages_count_full_years_and_traits_count_the_living(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        for born in ("2021-11-23", "2021-11-22", "2008-11-23", "2008-11-22", "1966-11-23", "1966-11-22"):
            enter("opening", OPENED, birth_date=dt.date.fromisoformat(born))
        enter("opening", OPENED, birth_date=None, sex=2, disability=3, insurance=2, nik="1806204101900001")
        gone = enter("opening", OPENED, sex=2, disability=1, insurance=3, birth_certificate="1806-LT-1")
        enter(
            "opening",
            OPENED,
            birth_date=dt.date(1961, 11, 22),
            disability=7,
            insurance=1,
            nik="0806200101900001",
        )
        change("death", gone, dt.date(2026, 11, 3), vital_status=2, vital_on=dt.date(2026, 11, 3))
        found = figures()
    assert (
        found["pop.age_0_4"],
        found["pop.age_5_17"],
        found["pop.age_18_59"],
        found["pop.age_60_plus"],
    ) == (1, 2, 2, 2)
    assert found["pop.total"] == 8
    assert (found["pop.male"], found["pop.female"]) == (7, 1)
    assert found["pop.working_age"] == 4
    assert found["pop.dependency_ratio"] == 3 / 4, "four are 15 to 64, two are under 15, one is 65"
    assert found["pop.disabled"] == 1
    assert found["pop.bpjs_covered"] == 1
    assert found["pop.without_nik"] == 7, "a number that begins with 0 is a temporary one"
    assert found["pop.without_birth_certificate"] == 8
    assert found["pop.deaths"] == 1


def test_what_moves_the_population_counts_in_its_month(app: SigerFlask, village: Tenant) -> None:
    november, october = dt.date(2026, 11, 5), dt.date(2026, 10, 5)
    with app.app_context(), tenant_scope(village):
        people = [enter("opening", OPENED) for _ in range(10)]
        enter("birth", october, birth_date=october)
        enter("birth", november, birth_date=november)
        enter("birth", november, birth_date=november)
        enter("move_in", november, residence_status=3)
        change("death", people[0], november, vital_status=2, vital_on=november)
        change("move_out", people[1], november, vital_status=3, vital_on=november)
        change("left", people[2], november, vital_status=6, vital_on=november)
        change("change_residence", people[3], november, residence_status=2)
        found = compute(list(INDICATORS), period_of(NOON))
        past = month_values(dt.date(2026, 1, 1), dt.date(2026, 10, 1))
    assert {code: found[code].value for code in PROMISED[10:14]} == {
        "pop.births": 2, "pop.deaths": 1, "pop.moved_in": 1, "pop.moved_out": 1,
    }  # fmt: skip
    assert found["pop.total"].value == 11
    assert found["pop.growth"] == Value(0.0, 0, 11), "two born, one came; one died, one moved, one left"
    assert list(past) == [dt.date(2026, month, 1) for month in range(3, 11)]
    assert past[dt.date(2026, 10, 1)]["pop.total"].value == 11
    assert past[dt.date(2026, 10, 1)]["pop.births"].value == 1
    assert past[dt.date(2026, 3, 1)]["pop.growth"] == Value(0.0, 0, 10)


def test_completeness_is_the_share_of_required_fields(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        enter("opening", OPENED)
        found = compute(list(INDICATORS), period_of(NOON))
    assert found["pop.data_completeness"] == Value(2 / 14, 2, 14), "the name and the birth date"
    assert len(derive.REQUIRED) == 14


def test_a_group_is_asked_once_and_stays_within_two_queries(
    app: SigerFlask, village: Tenant, count_queries: Callable[..., Any]
) -> None:
    with app.app_context(), tenant_scope(village):
        enter("opening", OPENED)
        with count_queries(at_most=3) as seen:
            assert len(figures()) == len(PROMISED)
        assert len([query for query in seen if "set_config" not in query]) == 2


def test_a_group_answers_for_several_and_leaves_out_what_it_does_not_know(app: SigerFlask) -> None:
    from app.core.indicators.declarations import Indicator

    asked: list[dt.date] = []

    def together(period: Period) -> dict[str, Value]:
        asked.append(period.first)
        return {"a": Value(1.0), "b": Value(2.0)}

    made = [Indicator(code, code, code, "count", "people", None, group=together) for code in ("a", "b", "c")]
    alone = Indicator("d", "d", "d", "count", "people", lambda period: Value(4.0))
    found = compute([*made, alone], period_of(NOON))
    assert {code: value.value for code, value in found.items()} == {"a": 1, "b": 2, "d": 4}
    assert asked == [dt.date(2026, 11, 1)]


def test_an_import_counts_as_many_records_as_it_changed_and_reading_counts_none(
    app: SigerFlask, village: Tenant
) -> None:
    clerk = Actor(account_id=uuid.uuid4(), name="Siti", email="siti@desa.test")
    counted = next(i for i in ADOPTION if i.code == "adoption.records_changed_30d")
    with app.app_context(), acting_as(clerk), tenant_scope(village):
        audit.record("residents.imported", details={"records": 10_000})
        audit.record("life_event.move_out", details={"people": 4})
        audit.record("official.changed", details={"records": "many"})
        audit.record("resident.identity_viewed", details={"reason": "surat"})
        audit.record("residents.exported", details={"records": 500})
        db.session.commit()
        assert compute([counted], period_of(now()))[counted.code].value == 10_005


def test_the_ledger_and_the_traits_give_one_total(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        settle_village(300)
        found = figures(now())
        ages = ("pop.age_0_4", "pop.age_5_17", "pop.age_18_59", "pop.age_60_plus")
        unknown = db.session.query(Resident).filter_by(vital_status=1, birth_date=None).count()
        assert sum(found[code] for code in ages) + unknown == found["pop.total"]
        assert found["pop.male"] + found["pop.female"] == found["pop.total"] == ledger.people(ledger.totals())
        assert 0.9 < found["pop.data_completeness"] < 1
    assert indicator("pop.total").label == "Penduduk"


ANY_HOME = "(SELECT id FROM household WHERE state = 'active' LIMIT 1)"
A_CHILD = "(SELECT id FROM resident WHERE relation = 4 LIMIT 1)"
TAMPERED = {
    "UPDATE resident SET sex = 1": "people of cell 0 in area",
    f"UPDATE household SET state = 'left' WHERE id = {ANY_HOME}": "households in area",
    "UPDATE resident SET missing_count = missing_count + 1 WHERE relation = 3": "count of missing fields is wrong",
    "UPDATE resident SET nik_index = NULL WHERE relation = 3": "NIK and its index do not agree",
    "UPDATE household SET kk_index = NULL": "KK number and its index do not agree",
    "UPDATE resident SET relation = 1 WHERE relation = 3": "two living heads",
    f"UPDATE household SET head_id = {A_CHILD}": "another head than lives there",
    "UPDATE life_event SET undone_at = now() WHERE kind = 'birth'": "the ledger counts",
}  # fmt: skip


@pytest.mark.parametrize(("tampering", "said"), TAMPERED.items())
def test_a_register_that_was_tampered_with_is_told(
    app: SigerFlask, village: Tenant, tampering: str, said: str
) -> None:
    with app.app_context(), tenant_scope(village):
        settle_village(250)
        assert list(differences(sealed=True)) == []
        db.session.execute(text(tampering))
        assert any(said in difference for difference in differences()), list(differences())


def test_a_sealed_record_that_lies_in_another_row_is_told(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        settle_village(60)
        a, b = db.session.scalars(db.select(Resident).where(Resident.box.is_not(None)).limit(2)).all()
        a.box, b.box = b.box, a.box
        db.session.flush()
        assert any("2 people whose sealed record does not open" in told for told in differences(sealed=True))


def test_the_check_ends_with_1_and_names_the_village(run: Run, app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.add(SubArea(kind="sub_area", name="Dusun I"))
        db.session.commit()
        settle_village(50)
        db.session.execute(db.delete(LifeEvent).where(LifeEvent.kind == "opening"))
        db.session.commit()
    told = run("residents", "check", "--village", village.code)
    assert told.exit_code == 1
    assert f"{village.code} {village.full_name}: people of cell 0" in told.output
    assert "people without any line in the ledger" in told.output
