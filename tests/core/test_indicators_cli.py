"""`siger indicators …` from an operator's shell."""

from __future__ import annotations

import pytest

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, declared, period_of
from app.core.indicators.models import IndicatorFailure
from app.core.indicators.rollup import roll_up_due
from app.core.indicators.services import write_values
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.servers import DatabaseUrls
from tests.support.shell import Run, shell
from tests.support.work import settle


@pytest.fixture
def run(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `siger` with this process's database."""
    return shell(app, urls, monkeypatch)


def told(app: SigerFlask, village: Tenant, **values: float) -> None:
    """Let a village tell figures, dots written as two underscores, and add them up."""
    with app.app_context(), platform_scope():
        figures = {code.replace("__", "."): Value(value) for code, value in values.items()}
        write_values(village.id, period_of(now()), figures)
        db.session.commit()
        roll_up_due()


def test_what_is_measured_is_listed_with_its_definition(run: Run) -> None:
    listed = run("indicators", "list")
    assert listed.exit_code == 0
    assert "pop.disabled" in listed.output
    line = next(line for line in listed.output.splitlines() if line.startswith("letters.issued "))
    assert line.split()[5] == "-d"
    assert "Letters issued within the month" in run("indicators", "list", "--definitions").output


def test_a_village_or_a_region_is_refreshed_and_added_up(run: Run, app: SigerFlask, village: Tenant) -> None:
    one = run("indicators", "refresh", "--village", village.code)
    assert one.exit_code == 0, one.output
    assert "adoption.live" in one.output
    assert "1 refreshed, 0 failed" in one.output
    some = run("indicators", "refresh", "--region", village.code[:8])
    assert "refreshed, 0 failed" in some.output
    assert run("indicators", "refresh", "--region", "99").exit_code == 1
    assert run("indicators", "refresh").exit_code == 2
    assert "added up" in run("indicators", "rollup").output
    assert run("indicators", "rollup", "--month", "2026-13").exit_code == 2
    settle(app)


def test_a_regions_figure_is_explained_down_to_its_villages(
    run: Run, app: SigerFlask, village: Tenant
) -> None:
    told(app, village, pop__total=3120)
    said = run("indicators", "explain", "pop.total", "--region", village.code[:8])
    assert said.exit_code == 0, said.output
    assert "Residents alive and registered" in said.output
    assert "the sum of the villages" in said.output
    assert "version 1 held in" in said.output
    line = next(line for line in said.output.splitlines() if village.code in line)
    assert "3,120" in line
    assert "siger" in line
    assert any("missing" in line for line in said.output.splitlines())
    whole = run("indicators", "explain", "pop.total")
    assert "(18)" in whole.output
    assert village.code[:5] in whole.output


def test_a_villages_figure_says_its_source_what_is_hidden_and_what_failed(
    run: Run, app: SigerFlask, village: Tenant
) -> None:
    told(app, village, pop__disabled=3)
    with app.app_context(), platform_scope():
        db.session.add(
            IndicatorFailure(tenant_id=village.id, code="pop.disabled", reason='relation "x" does not exist')
        )
        db.session.commit()
    said = run("indicators", "explain", "pop.disabled", "--village", village.slug).output
    assert "hidden" in said
    assert " 3" not in said.split("\n\n")[1].splitlines()[0]
    assert "source siger, as of" in said
    assert 'relation "x" does not exist' in said
    with app.app_context(), platform_scope():
        db.session.query(IndicatorFailure).filter_by(tenant_id=village.id).delete()
        db.session.commit()
    missing = run("indicators", "explain", "letters.issued", "--village", village.code).output
    assert "missing" in missing
    assert "it has a schema" in missing


@pytest.mark.parametrize(
    "words",
    [
        ("no.such",),
        ("pop.total", "--region", "99.99"),
        ("pop.total", "--village", "nowhere"),
        ("pop.total", "--village", "a", "--region", "18"),
    ],
)
def test_what_does_not_exist_is_said_so(run: Run, words: tuple[str, ...]) -> None:
    answer = run("indicators", "explain", *words)
    assert answer.exit_code in (1, 2)
    assert "Traceback" not in answer.output


def test_every_indicator_can_be_explained(run: Run, app: SigerFlask) -> None:
    with app.app_context():
        codes = [one.code for one in declared() if one.code.startswith(("adoption.", "letters.", "service."))]
    for code in codes:
        assert run("indicators", "explain", code).exit_code == 0, code
