"""Scoring: villages of a month in one statement, by the scheme that holds, added up by hand beside it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, indicator
from app.core.indicators.models import IndicatorValue
from app.core.indicators.rollup import refigure
from app.extensions import db
from app.province import figures
from app.province.readiness import scoring
from app.province.readiness.classes import apportioned, class_of
from app.province.readiness.indicators import INDEX, INDICATORS
from app.province.readiness.models import ReadinessScheme
from app.province.readiness.schemes import SHIPPED, Scale, Scheme, scheme_of
from app.province.readiness.scoring import open_region, open_village, score_villages
from app.province.regions import territory
from tenants.models import now
from tenants.scope import platform_scope
from tests.support.figures import month, tell

HERE = "18.03.05.2001"
"""A village that no other test's figures are told of."""
BESIDE = "18.03.05.2002"


def told_readiness(app: SigerFlask, code: str, ago: int = 0) -> dict[str, float]:
    """The readiness figures that stand in the table."""
    with app.app_context(), platform_scope():
        rows = db.session.execute(
            select(IndicatorValue.code, IndicatorValue.value).where(
                IndicatorValue.period == month(ago),
                IndicatorValue.tenant_id == village_id_inside(code),
                IndicatorValue.code.startswith("readiness."),
            )
        )
        return {row.code.removeprefix("readiness."): row.value for row in rows}


def village_id_inside(code: str) -> uuid.UUID:
    """The id of a village, inside a scope."""
    from tenants.models import TenantRow

    return db.session.scalars(select(TenantRow.id).where(TenantRow.code == code)).one()


def forget(app: SigerFlask, *codes: str) -> None:
    """No figures of these villages, and no scheme but the shipped one."""
    with app.app_context(), platform_scope():
        for code in codes:
            db.session.execute(
                delete(IndicatorValue).where(IndicatorValue.tenant_id == village_id_inside(code))
            )
        db.session.execute(delete(ReadinessScheme))
        db.session.commit()


def score(app: SigerFlask, ago: int = 0) -> None:
    """Score all villages of a month."""
    with app.app_context(), platform_scope():
        score_villages(month(ago))
        db.session.commit()


def keep(app: SigerFlask, scheme: Scheme) -> None:
    """Write a scheme as it is, whatever its month."""
    with app.app_context(), platform_scope():
        db.session.add(
            ReadinessScheme(
                holds_from=scheme.holds_from, made_by="Uji", made_at=now(), note="", **scheme.as_json()
            )
        )
        db.session.commit()


FULL: Mapping[str, Value | float] = {
    "pop.data_completeness": Value(0.725, 725, 1000),
    "letters.online_share": Value(0.25, 25, 100),
    "letters.median_hours": Value(38.0, buckets=(0,) * 8 + (1,)),
    "adoption.staff_active_30d": 4,
    "staff.count": 10,
    "pop.dependency_ratio": Value(0.55, 55, 100),
    "pop.total": 1000,
    "portal.accounts": 150,
    "portal.active_30d": 75,
}
"""Every one of them scores 50, with portal.active_30d at 100."""


def test_an_index_is_the_weighted_mean_of_the_means_of_its_pillars(app: SigerFlask) -> None:
    forget(app, HERE)
    tell(app, HERE, FULL)
    score(app)
    assert told_readiness(app, HERE) == {
        "government": 50.0, "economy": 50.0, "people": 75.0, "index": 57.5
    }  # fmt: skip


def test_a_pillar_that_tells_nothing_is_left_out_and_the_others_weigh_more(app: SigerFlask) -> None:
    forget(app, HERE)
    tell(app, HERE, {code: value for code, value in FULL.items() if code != "pop.dependency_ratio"})
    score(app)
    found = told_readiness(app, HERE)
    assert "economy" not in found
    assert found["index"] == pytest.approx(round((0.4 * 50 + 0.3 * 75) / 0.7, 1))


def test_fewer_than_a_third_of_the_indicators_is_no_index_and_what_stood_is_taken_away(
    app: SigerFlask,
) -> None:
    forget(app, HERE)
    tell(app, HERE, FULL)
    score(app)
    assert told_readiness(app, HERE)
    few = ("pop.data_completeness", "letters.online_share", "letters.median_hours", "pop.dependency_ratio")
    with app.app_context(), platform_scope():
        mine = IndicatorValue.tenant_id == village_id_inside(HERE)
        db.session.execute(delete(IndicatorValue).where(mine, IndicatorValue.code.not_in([*few, INDEX])))
        db.session.commit()
    score(app)
    assert told_readiness(app, HERE) == {}, "4 of 14"


def test_a_month_is_scored_by_the_scheme_that_held_in_it(app: SigerFlask) -> None:
    forget(app, HERE)
    for ago in (0, 1, 2):
        tell(app, HERE, FULL, ago=ago)
    only_people = {"government": 0.0, "economy": 0.0, "people": 1.0}
    keep(app, Scheme(month(1), only_people, SHIPPED.scales))
    for ago in (0, 1, 2):
        score(app, ago)
    assert [told_readiness(app, HERE, ago)["index"] for ago in (0, 1, 2)] == [75.0, 75.0, 57.5]
    keep(app, Scheme(month(0), {"government": 0.0, "economy": 1.0, "people": 0.0}, SHIPPED.scales))
    for ago in (0, 1, 2):
        score(app, ago)
    assert [told_readiness(app, HERE, ago)["index"] for ago in (0, 1, 2)] == [50.0, 75.0, 57.5]
    forget(app, HERE)


def test_late_figures_of_an_earlier_month_are_scored_before_they_are_added_up(app: SigerFlask) -> None:
    forget(app, HERE, BESIDE)
    tell(app, HERE, FULL, ago=2)
    tell(app, BESIDE, {**FULL, "portal.accounts": 300, "portal.active_30d": 150}, ago=2)
    with app.app_context(), platform_scope():
        refigure([month(2)], [HERE[:8]])
        db.session.commit()
        found = figures.read([indicator(INDEX)], [HERE[:8]], [month(2)])
    whole = found[HERE[:8], INDEX, month(2)]
    assert whole.told == 2
    assert whole.value == pytest.approx((57.5 + 65.0) / 2), "a region's index is the mean of its villages"


def test_a_score_does_not_tell_a_small_count(app: SigerFlask) -> None:
    found = []
    for count in (1, 2, 3, 4):
        forget(app, HERE)
        tell(app, HERE, {**FULL, "pop.total": 40, "pop.without_birth_certificate": count})
        score(app)
        with app.app_context(), platform_scope():
            opened = open_village(scheme_of(month()), month(), village_id_inside(HERE))
        mine = next(one for one in opened.scored if one.code == "pop.without_birth_certificate")
        found.append((opened.index, mine.score, told_readiness(app, HERE)["people"]))
    assert len(set(found)) == 1


def test_nothing_of_a_score_tells_what_is_hidden(app: SigerFlask) -> None:
    """Whatever counts look the same where figures are shown look the same in scores, weighed in any way.

    But for the last bits of a mean: they follow the order in which rows are read, which every update changes.
    """
    code, places = "pop.without_birth_certificate", ("18", "18.03", HERE[:8], HERE, BESIDE)
    forget(app, HERE, BESIDE)
    for village in (HERE, BESIDE):
        tell(app, village, {**FULL, "pop.total": 40, code: 1})
    fine = Scheme(
        month(), {"government": 0.1, "people": 0.9}, (*SHIPPED.scales[:-1], Scale(code, "people", 40.0, 0.0))
    )
    worlds: dict[object, set[object]] = {}
    with app.app_context(), platform_scope():
        ids = [village_id_inside(village) for village in (HERE, BESIDE)]
        for counts in product((0, 1, 3, 4, 5, 7, 9, 10, 12), repeat=2):
            for ident, count in zip(ids, counts, strict=True):
                mine = (IndicatorValue.tenant_id == ident, IndicatorValue.code == code)
                db.session.execute(update(IndicatorValue).where(*mine).values(value=count))
            refigure([month()], [HERE[:8]])
            shown = figures.read([indicator(code)], places, [month()])
            seen = tuple(
                (place, one.value, one.is_small)
                for place in places
                for one in [shown.get((place, code, month()), figures.MISSING)]
            )
            scores = figures.read(INDICATORS, places, [month()])
            tried = [scoring.indices(fine, month()).get(ident) for ident in ids]
            opened = [open_village(fine, month(), ident).scored for ident in ids]
            values = sorted((key, one.value and round(one.value, 9)) for key, one in scores.items())
            told = (values, tried, opened)
            worlds.setdefault(seen, set()).add(repr(told))
        db.session.rollback()
    assert max(len(told) for told in worlds.values()) == 1
    assert len(worlds) < 81, "some of them look the same"


def test_scoring_again_writes_nothing_new(app: SigerFlask) -> None:
    forget(app, HERE)
    tell(app, HERE, FULL)
    score(app)
    with app.app_context(), platform_scope():
        query = "SELECT xmin::text FROM platform.indicator_value WHERE code = 'readiness.index'"
        before = sorted(db.session.execute(db.text(query)).scalars())
        score_villages(month())
        db.session.commit()
        assert sorted(db.session.execute(db.text(query)).scalars()) == before


def test_where_figures_come_from_is_told_of_the_index_too(app: SigerFlask) -> None:
    forget(app, HERE, BESIDE)
    tell(app, HERE, FULL, source="push")
    tell(app, BESIDE, FULL)
    tell(app, BESIDE, {"pop.total": 1000}, source="demo")
    score(app)
    with app.app_context(), platform_scope():
        found = figures.read([indicator(INDEX)], [HERE, BESIDE], [month()])
    assert found[HERE, INDEX, month()].source == "push"
    assert found[BESIDE, INDEX, month()].source == "siger", "staff and figures of its own"


shares = st.one_of(st.none(), st.floats(0, 1.2))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(shares, min_size=6, max_size=6),
    bounds=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=6, max_size=6),
    weights=st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20)),
)
def test_all_that_an_index_is_opened_into_adds_up_to_it(
    app: SigerFlask,
    told: list[float | None],
    bounds: list[tuple[float, float]],
    weights: tuple[int, int, int],
) -> None:
    codes = (
        "pop.data_completeness", "letters.online_share", "letters.within_promise_share", "complaints.resolved_share",
        "adoption.setup_progress", "pop.dependency_ratio",
    )  # fmt: skip
    pillars = ("government", "government", "government", "economy", "economy", "people")
    scales = tuple(
        Scale(code, pillar, floor, floor + 0.1 if abs(target - floor) < 0.01 else target)
        for code, pillar, (floor, target) in zip(codes, pillars, bounds, strict=True)
    )
    share = {p: w / sum(weights) for p, w in zip(("government", "economy", "people"), weights, strict=True)}
    scheme = Scheme(dt.date(2000, 1, 1), share, scales)
    forget(app, HERE)
    figures_told = {code: value for code, value in zip(codes, told, strict=True) if value is not None}
    if figures_told:
        tell(app, HERE, figures_told)
    by_hand: dict[str, list[float]] = {}
    for scale in scales:
        if scale.code in figures_told:
            points = 100 * (figures_told[scale.code] - scale.floor) / (scale.target - scale.floor)
            by_hand.setdefault(scale.pillar, []).append(min(100.0, max(0.0, points)))
    whole = sum(share[pillar] for pillar in by_hand)
    with app.app_context(), platform_scope():
        opened = open_village(scheme, month(), village_id_inside(HERE))
        tried = scoring.indices(scheme, month()).get(village_id_inside(HERE))
    assert opened.index == tried
    if len(figures_told) * 3 < len(scales) or not whole:
        assert opened.index is None
        return
    expected = sum(share[pillar] * sum(found) / len(found) for pillar, found in by_hand.items()) / whole
    assert opened.index == pytest.approx(expected, abs=0.0501)
    shown = apportioned([one.points for one in opened.scored], opened.index)
    assert round(sum(shown), 1) == opened.index
    for one, tenths in zip(opened.scored, shown, strict=True):
        assert abs(one.points - tenths) <= 0.1 + 1e-6


@given(st.lists(st.floats(0, 40), max_size=30))
def test_shown_tenths_add_up_to_the_shown_whole(parts: list[float]) -> None:
    whole = round(sum(parts), 1)
    shown = apportioned(parts, whole)
    assert round(sum(shown), 1) == (whole if parts else 0)
    assert all(abs(one - told) <= 0.1 + 1e-6 for one, told in zip(parts, shown, strict=True))


def test_a_region_is_opened_into_what_its_mean_is_made_of(app: SigerFlask) -> None:
    forget(app, HERE, BESIDE)
    tell(app, HERE, FULL)
    tell(app, BESIDE, {**FULL, "letters.online_share": Value(0.0, 0, 10)})
    with app.app_context(), platform_scope():
        refigure([month()], [HERE[:8]])
        db.session.commit()
        shown = figures.read([indicator(INDEX)], [HERE[:8]], [month()])[HERE[:8], INDEX, month()]
        opened = open_region(month(), territory(HERE[:8]), shown.told)
    assert shown.told == 2
    assert sum(one.points for one in opened) == pytest.approx(shown.value, abs=0.05)
    assert sum(one.points + one.lost for one in opened) == pytest.approx(100)
    online = next(one for one in opened if one.code == "letters.online_share")
    assert (online.score, online.told, online.low) == (25.0, 2, 1)


@pytest.mark.parametrize(
    ("index", "key"),
    [(0, "mulai"), (39.9, "mulai"), (40, "bertumbuh"), (59.9, "bertumbuh"), (60, "siap"), (80, "teladan"),
     (100, "teladan"), (None, "tanpa")],
)  # fmt: skip
def test_classes(index: float | None, key: str) -> None:
    assert class_of(index).key == key


def test_the_shipped_scheme_names_what_is_declared(app: SigerFlask) -> None:
    with app.app_context():
        for scale in SHIPPED.scales:
            one = indicator(scale.code)
            assert (scale.target < scale.floor) == (one.direction == "lower"), scale.code
            assert scale.per is None or indicator(scale.per).rollup == "sum"
    assert sum(SHIPPED.weights.values()) == pytest.approx(1)
