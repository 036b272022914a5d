"""The effect page: what was told and who came is read as it is; what it says is careful."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import delete

from app.core.hosting import SigerFlask
from app.core.indicators.adoption import STAFF_ACTIVE_30D
from app.core.indicators.declarations import Value, indicator
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from app.province import figures
from app.province.readiness.indicators import INDEX
from app.province.training.results import words
from app.province.training.results.intervals import Estimate
from app.province.training.results.matching import Comparison
from tenants.scope import platform_scope
from tests.province.training.test_results import noted, program
from tests.support.figures import month, tell, village_id
from tests.support.people import Person
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.training_results import no_trainings

from .test_results_indicators import a_day_of

Officer = Callable[..., Person]

REGENCY, HERE = "18.09", "18.09.03"
TAUGHT, LIKE, ALIKE, HIGH = (f"{HERE}.200{n}" for n in range(1, 5))


def score(value: float) -> Value:
    """An index as it is kept."""
    return Value(value, value, 1)


@pytest.fixture
def compared(app: SigerFlask) -> None:
    """A village that was trained five months ago, two like it, one that began too high.

    From the month before to three months after: staff 4 → 9, its like 4 → 5 and 5 → 6; index 50 → 60, its like
    48 → 50 and 52 → 60.
    """
    no_trainings(app, REGENCY)
    with app.app_context(), platform_scope():
        for number in range(1, 10):
            ident = village_here(f"{HERE}.200{number}")
            db.session.execute(delete(IndicatorValue).where(IndicatorValue.tenant_id == ident))
        db.session.commit()
    event = an_event(app, HERE, days_from_now=a_day_of(5))
    [who] = participants_of(app, event, TAUGHT)
    attend(app, a_session(app, event), [who])
    later = an_event(app, HERE, days_from_now=a_day_of(1))
    attend(app, a_session(app, later), participants_of(app, later, TAUGHT))
    for code, staff, index in (
        (TAUGHT, (4, 9), (50, 60)), (LIKE, (4, 5), (48, 50)), (ALIKE, (5, 6), (52, 60)), (HIGH, (20, 90), (90, 5)),
    ):  # fmt: skip
        for ago, place in ((6, 0), (2, 1)):
            tell(app, code, {STAFF_ACTIVE_30D: staff[place], INDEX: score(index[place])}, ago=ago)


def village_here(code: str) -> uuid.UUID:
    """A village's id, inside a scope."""
    from sqlalchemy import select

    from tenants.models import TenantRow

    return db.session.scalars(select(TenantRow.id).where(TenantRow.code == code)).one()


def test_the_effect_is_the_difference_of_the_changes(app: SigerFlask, compared: None) -> None:
    told = program(app, REGENCY).get(f"/api/v1/training/effect?region={HERE}").json
    staff, index = told["measures"]
    assert (staff["code"], staff["effect"]["mean"], staff["controls"]) == (STAFF_ACTIVE_30D, 4, 2)
    assert (index["code"], index["effect"]["mean"], index["controls"]) == (INDEX, 5, 2)
    assert staff["effect"]["low"] is None, "one village has no interval"
    assert staff["effect"]["is_few"] is True
    assert told["trained"] == 1
    assert "terlalu sedikit" in staff["says"]


def test_the_page_says_how_it_was_worked_out_and_warns(officer: Officer, compared: None) -> None:
    page = officer("regency_analyst", REGENCY).get(f"/pelatihan/dampak/{HERE}").text
    assert "+4,0 orang" in page
    assert "+5,0 poin" in page
    assert "Hanya 1 desa yang dapat dibandingkan" in page
    assert "Abadie dan Imbens" in page
    assert "hubungan, bukan bukti" in page
    assert "pembandingnya hanya dari kecamatan ini" in page
    row = page[page.index('id="desa"') :]
    assert "4,0 ke 9,0" in row
    assert re.search(r"\+1,0 <small>2 desa", row)
    longer = officer("regency_analyst", REGENCY).get(f"/pelatihan/dampak/{HERE}?jangka=12").text
    assert "dilatih kurang dari 12 bulan penuh yang lalu" in longer
    assert "Belum ada desa yang dapat dibandingkan" in longer


def test_the_list_can_be_taken_out_and_that_is_noted(
    app: SigerFlask, officer: Officer, compared: None
) -> None:
    analyst = officer("regency_analyst", REGENCY)
    text = analyst.get(f"/pelatihan/dampak/{HERE}/unduh?bentuk=csv").text
    cells = text.splitlines()[1].split(";")
    assert cells[0] == TAUGHT
    assert cells[4:] == ["4.0", "9.0", "1.0", "2", "4.0", "50.0", "60.0", "5.0", "2", "5.0"]
    assert noted(app, analyst) == [1]


def test_courses_hold_each_month_and_nothing_sensitive(app: SigerFlask, compared: None) -> None:
    months = [month(ago) for ago in (7, 6, 5, 4, 3, 2)]
    taught, high = village_id(app, TAUGHT), village_id(app, f"{HERE}.2005")
    with app.app_context(), platform_scope():
        found = figures.courses(indicator(STAFF_ACTIVE_30D), [taught, high], months)
        with pytest.raises(ValueError, match="sensitive"):
            figures.courses(indicator("pop.disabled"), [taught], months)
    assert found == {taught: [None, 4, None, None, None, 9]}


def found_of(effect: Estimate | None, earlier: Estimate | None = None) -> Comparison:
    """A comparison that found this."""
    return Comparison(3, effect, earlier, (), 5, {}, {})


def test_words_say_no_more_than_the_interval_allows(app: SigerFlask) -> None:
    with app.test_request_context():
        clear = words.effect_words(INDEX, found_of(Estimate(3.24, 1.0, 5.5, 40)))
        assert "naik 3,2 poin lebih banyak" in clear
        assert "+1,0 sampai +5,5" in clear
        assert "belum bukti sebab" in clear
        unclear = words.effect_words(INDEX, found_of(Estimate(3.24, -1.0, 7.5, 40)))
        assert "memuat nol" in unclear
        assert "naik" not in unclear
        behind = words.effect_words(STAFF_ACTIVE_30D, found_of(Estimate(-2.0, -3.0, -1.0, 40)))
        assert "tertinggal 2,0 orang" in behind
        few = words.effect_words(INDEX, found_of(Estimate(30.0, 20.0, 40.0, 9)))
        assert "terlalu sedikit" in few
        assert "Belum ada desa" in words.effect_words(INDEX, found_of(None))
        warned = words.earlier_words(INDEX, found_of(Estimate(3, 1, 5, 40), Estimate(2, 1, 3, 40)))
        assert warned.startswith("Hati-hati")
        calm = words.earlier_words(INDEX, found_of(Estimate(3, 1, 5, 40), Estimate(0.01, -1, 1, 40)))
        assert calm.startswith("Pemeriksaan")
        assert words.interval_words(Estimate(0.0, -0.04, 0.04, 20)) == "0,0 sampai 0,0"
