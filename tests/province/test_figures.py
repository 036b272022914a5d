"""Figures of places: added up, missing told apart from zero, small sensitive counts hidden."""

from __future__ import annotations

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, indicator
from app.province import figures
from app.province.figures import MISSING
from app.province.regions import territory
from tenants.scope import platform_scope
from tests.support.figures import add_up, month, tell


def test_villages_add_up_and_missing_is_not_zero(app: SigerFlask) -> None:
    tell(
        app, "18.01.04.2001", {"pop.total": 100, "pop.disabled": 3, "letters.online_share": Value(0.5, 1, 2)}
    )
    tell(
        app, "18.01.04.2002", {"pop.total": 50, "pop.disabled": 9, "letters.online_share": Value(0.25, 2, 8)}
    )
    tell(app, "18.01.04.2003", {"pop.total": 0, "pop.disabled": 12})
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
        found["18.01.04.2002", "pop.disabled", month()],
    )
    assert (small.value, small.is_small) == (None, True)
    assert (beside.value, beside.is_hidden, beside.is_small) == (None, True, False)
    assert found["18.01.04.2003", "pop.disabled", month()].value == 12
    assert here["18.01.04.2001"].desa == 1
