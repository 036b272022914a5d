"""Figures of places: added up, missing told apart from zero, small sensitive counts hidden."""

from __future__ import annotations

import pytest

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, declared, indicator
from app.extensions import db
from app.province import figures, wording
from app.province.figures import MISSING, Figure
from app.province.regions import territory
from tenants.scope import platform_scope
from tests.support.figures import add_up, month, tell
from tests.support.queries import count_queries


def test_villages_add_up_and_missing_is_not_zero(app: SigerFlask) -> None:
    tell(
        app, "18.01.04.2001", {"pop.total": 100, "pop.disabled": 3, "letters.online_share": Value(0.5, 1, 2)}
    )
    tell(
        app, "18.01.04.2002", {"pop.total": 50, "pop.disabled": 12, "letters.online_share": Value(0.25, 2, 8)}
    )
    tell(app, "18.01.04.2003", {"pop.total": 0, "pop.disabled": 9})
    add_up(app)
    codes = [f"18.01.04.200{n}" for n in range(1, 5)]
    with app.app_context(), platform_scope():
        asked = [indicator(code) for code in ("pop.total", "pop.disabled", "letters.online_share")]
        found = figures.read(asked, [*codes, "18.01.04", "18.01", "18"], [month()])
        here = {place.code: place for place in figures.directory(territory("18.01.04"), 4)}
    whole = found["18.01.04", "pop.total", month()]
    assert (whole.value, whole.told) == (150, 3)
    assert found["18.01.04", "letters.online_share", month()].value == 0.3
    assert found["18.01.04.2003", "pop.total", month()].value == 0
    assert found.get(("18.01.04.2004", "pop.total", month()), MISSING).is_missing
    small, beside = (
        found["18.01.04.2001", "pop.disabled", month()],
        found["18.01.04.2003", "pop.disabled", month()],
    )
    assert (small.value, small.is_small) == (None, True)
    assert (beside.value, beside.is_hidden, beside.is_small) == (None, True, False)
    assert found["18.01.04.2002", "pop.disabled", month()].value == 12
    assert here["18.01.04.2001"].desa == 1


def test_a_page_of_figures_takes_three_selects_however_many_places(app: SigerFlask) -> None:
    add_up(app)
    codes = ("pop.total", "pop.disabled", "pop.without_nik", "letters.online_share", "letters.median_hours")
    with app.app_context(), platform_scope():
        asked = [indicator(code) for code in codes]
        for here, level in (("18", 3), ("18.06", 4), ("18.06.20", 4)):
            places = [place.code for place in figures.directory(territory(here), level)]
            with count_queries(db.engine, at_most=3):
                figures.read(asked, [here, *places], [month(1), month()])
        with count_queries(db.engine, at_most=1):
            figures.failing(territory("18.06"))


def test_a_median_of_a_region_is_that_of_all_cases_and_hidden_counts_stay_hidden_everywhere(
    app: SigerFlask,
) -> None:
    first, second, third = (f"18.01.07.200{n}" for n in range(1, 4))
    edges = indicator_edges(app)
    slow, quick = [0] * (edges + 1), [0] * (edges + 1)
    slow[-2], quick[0] = 9, 1
    tell(app, first, {"letters.median_hours": Value(300, buckets=tuple(slow)), "pop.without_nik": 1})
    tell(app, second, {"letters.median_hours": Value(0.1, buckets=tuple(quick)), "pop.without_nik": 2})
    tell(app, third, {"pop.without_nik": 0})
    tell(app, "18.01.08.2001", {"pop.without_nik": 40})
    add_up(app)
    with app.app_context(), platform_scope():
        asked = [indicator("letters.median_hours"), indicator("pop.without_nik")]
        places = [first, second, third, "18.01.07", "18.01.08", "18.01"]
        found = figures.read(asked, places, [month()])
        alone = {p: figures.read(asked[1:], [p], [month()])[p, "pop.without_nik", month()] for p in places}
    assert (found["18.01.07", "letters.median_hours", month()].value or 0) > 240
    said = {place: found[place, "pop.without_nik", month()] for place in places}
    assert said == alone, "what is hidden does not depend on what else is asked"
    assert (said["18.01.07"].is_small, said["18.01.07"].value) == (True, None)
    assert said["18.01.08"].is_hidden
    assert all(said[place].is_hidden and not said[place].is_small for place in (first, second, third))


def indicator_edges(app: SigerFlask) -> int:
    """How many edges the buckets of letters' hours have."""
    with app.app_context():
        return len(indicator("letters.median_hours").edges)


@pytest.mark.parametrize(
    ("code", "figure", "said"),
    [
        ("pop.total", Figure(1234.0, told=1, source="siger"), "1.234"),
        ("pop.total", Figure(0.0, told=1, source="siger"), "0"),
        ("pop.total", MISSING, "–"),
        ("pop.disabled", Figure(None, told=4, is_hidden=True, is_small=True), "<5"),
        ("pop.disabled", Figure(None, told=4, is_hidden=True), "disembunyikan"),
        ("letters.online_share", Figure(0.714, 5, 7, told=1), "71,4%"),
        ("letters.median_hours", Figure(3.46, told=1), "3,5 jam"),
        ("complaints.median_days", Figure(12.0, told=1), "12 hari"),
        ("service.satisfaction", Figure(4.25, 17, 4, told=1), "4,2"),
        ("adoption.live", Figure(1.0, told=1, source="siger"), "Ya"),
        ("adoption.live", Figure(0.0, told=1, source="siger"), "Belum"),
        ("adoption.live", Figure(1203.0, told=2000), "1.203 desa"),
        ("readiness.index", Figure(61.7, 61.7, 1, told=1), "61,7"),
    ],
)
def test_a_figure_is_said_with_its_unit_and_missing_is_never_zero(
    app: SigerFlask, code: str, figure: Figure, said: str
) -> None:
    with app.test_request_context():
        assert wording.said(indicator(code), figure) == said


def test_cells_of_spreadsheets_are_numbers_empty_or_hidden(app: SigerFlask) -> None:
    with app.test_request_context():
        total, share = indicator("pop.total"), indicator("letters.online_share")
        assert wording.as_cell(total, Figure(12.0, told=1)) == 12
        assert wording.as_cell(share, Figure(0.5, 1, 2, told=1)) == 0.5
        assert wording.as_cell(total, MISSING) is None
        assert wording.as_cell(total, Figure(None, told=1, is_hidden=True, is_small=True)) == "<5"
        assert wording.unit_words(share) == "persen"
        assert wording.hidden_reason(Figure(None, told=1, is_hidden=True)).startswith("Disembunyikan")
        assert all(wording.unit_words(one) for one in declared())
