"""Intervals and comparisons, worked out by hand beside them."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from app.province.training.results.intervals import FEW, mean_of, of_sums, student
from app.province.training.results.matching import ALONE, EARLY, RECENT, UNTOLD, Village, compare

HERE, THERE = ("18.06", "desa"), ("18.08", "desa")
MONTHS = 6


def a_village(
    code: str, values: list[float | None], trained: int | None = None, group: object = HERE
) -> Village:
    """A village of six months."""
    assert len(values) == MONTHS
    return Village(code, group, trained, values)  # type: ignore[arg-type]


def test_a_mean_has_the_interval_of_students_t() -> None:
    """Differences 10, 20, 30: mean 20, deviation 10, error 10/√3, t of 2 degrees of freedom 4.3027."""
    found = mean_of([10.0, 20.0, 30.0])
    assert found is not None
    assert (found.mean, found.count) == (20.0, 3)
    half = 4.3027 * 10 / math.sqrt(3)
    assert found.low == pytest.approx(20 - half)
    assert found.high == pytest.approx(20 + half)
    assert not found.is_clear, "−4.8 to 44.8 holds zero"
    assert found.is_few
    assert FEW == 10
    assert of_sums(3, 60.0, 1400.0) == found
    assert mean_of([]) is None
    alone = mean_of([7.0])
    assert alone is not None
    assert (alone.mean, alone.low, alone.high, alone.is_clear) == (7.0, None, None, False)


def test_equal_differences_are_sure_whatever_rounding_does() -> None:
    found = of_sums(3, 0.3, 0.03)
    assert found is not None
    assert found.low == pytest.approx(0.1, abs=1e-6)
    assert found.high == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("freedom", "known"),
    [(1, 12.7062), (10, 2.2281), (30, 2.0423), (40, 2.0211), (120, 1.9799), (10**6, 1.95996)],
)
def test_students_t_is_that_of_the_tables(freedom: int, known: float) -> None:
    assert student(freedom) == pytest.approx(known, abs=0.0001)


def test_one_case_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two cases"):
        student(0)


def test_trained_villages_are_set_against_the_mean_of_their_like() -> None:
    """Two trained in month 2 (so measured from month 1 to month 3), three like ones, one too high, one elsewhere.

    A: 10 → 20, like are X, Y, Z (10, 12, 8): their changes 2, 4, 0, mean 2: difference 8.
    B: 14 → 18, like is Y alone (12; 10 is 4 away): change 4: difference 0.
    Effect 4. Spread of differences 32; error² = 32/2 = 16, and for Y that is used 1/3 + 1 times:
    (4/3)² − (1/9 + 1) = 2/3; X, Z: 0; of the changes within sets 8 by 2 degrees of freedom = 4: 4 · (2/3) / 4 = 2/3.
    """
    villages = [
        a_village("A", [0, 10, 15, 20, 0, 0], trained=2),
        a_village("B", [0, 14, 15, 18, 0, 0], trained=2),
        a_village("X", [0, 10, 9, 12, 0, 0]),
        a_village("Y", [0, 12, 13, 16, 0, 0]),
        a_village("Z", [0, 8, 8, 8, 0, 0]),
        a_village("H", [0, 40, 40, 90, 0, 0]),
        a_village("E", [0, 10, 10, 90, 0, 0], group=THERE),
    ]
    found = compare(villages, MONTHS, 1, 3.0)
    assert [(one.code, one.before, one.after, one.like) for one in found.compared] == [
        ("A", 10, 20, 3), ("B", 14, 18, 1),
    ]  # fmt: skip
    first, second = found.compared
    assert (first.like_before, first.like_after, first.like_change, first.difference) == (10, 12, 2, 8)
    assert (second.like_change, second.difference) == (4, 0)
    assert found.effect is not None
    assert (found.effect.mean, found.effect.count) == (4, 2)
    half = 12.7062 * math.sqrt(16 + 2 / 3)
    assert found.effect.low == pytest.approx(4 - half)
    assert found.effect.high == pytest.approx(4 + half)
    assert found.controls == 3
    assert found.left_out == {}
    assert found.course == {
        -2: (pytest.approx(-12), pytest.approx((-10 - 12) / 2)),
        -1: (0, 0),
        0: (pytest.approx((5 + 1) / 2), pytest.approx((0 + 1) / 2)),
        1: (pytest.approx(7), pytest.approx(3)),
    }


def test_the_months_before_are_compared_in_the_same_way() -> None:
    """Over one month before: A rose by 6 and its like by 1; C by 2 and its like by 1: 5 and 1, mean 3."""
    villages = [
        a_village("A", [4, 10, 15, 20, 0, 0], trained=2),
        a_village("C", [8, 10, 15, 20, 0, 0], trained=2),
        a_village("X", [9, 10, 9, 12, 0, 0]),
        a_village("N", [None, 10, 9, 12, 0, 0]),
    ]
    found = compare(villages, MONTHS, 1, 1.0)
    assert found.earlier is not None
    assert found.earlier.mean == 3
    assert found.effect is not None
    assert found.effect.mean == 8
    assert found.controls == 2


def test_a_village_that_is_trained_later_is_a_like_until_then() -> None:
    """Measured are months 1 to 3: one that is trained in month 3 is none, in month 4 it is."""
    trained = a_village("A", [0, 10, 0, 20, 0, 0], trained=2)
    during = a_village("D", [0, 10, 0, 50, 0, 0], trained=3)
    after = a_village("F", [0, 10, 0, 13, 0, 0], trained=4)
    found = compare([trained, during, after], MONTHS, 1, 1.0)
    first = found.compared[0]
    assert (first.code, first.like, first.like_change) == ("A", 1, 3)


def test_who_cannot_be_compared_is_counted_with_the_reason() -> None:
    villages = [
        a_village("E", [1, 1, 1, 1, 1, 1], trained=0),
        a_village("L", [1, 1, 1, 1, 1, 1], trained=-30),
        a_village("R", [1, 1, 1, 1, 1, 1], trained=5),
        a_village("S", [1, 1, 1, 1, 1, 1], trained=9),
        a_village("U", [1, None, 1, 1, 1, 1], trained=2),
        a_village("V", [1, 1, 1, None, 1, 1], trained=2),
        a_village("W", [1, 9, 1, 1, 1, 1], trained=2),
        a_village("X", [1, 1, 1, 1, 1, 1]),
    ]
    found = compare(villages, MONTHS, 1, 3.0)
    assert found.left_out == {EARLY: 2, RECENT: 2, UNTOLD: 2, ALONE: 1}
    assert found.effect is None
    assert found.earlier is None
    assert found.compared == ()


def test_like_means_the_level_and_bounds_belong_to_it() -> None:
    trained = a_village("A", [0, 10, 0, 20, 0, 0], trained=2)
    edges = [a_village(f"X{level}", [0, level, 0, level, 0, 0]) for level in (6.9, 7, 13, 13.1)]
    found = compare([trained, *edges], MONTHS, 1, 3.0)
    assert found.compared[0].like == 2


def test_no_effect_is_found_where_there_is_none() -> None:
    """All rise by 3, whatever they are: the effect is zero, and sure."""
    values = [[float(n % 5 + 3 * month) for month in range(MONTHS)] for n in range(40)]
    villages = [
        Village(f"{n:02}", HERE, 2 if n % 3 == 0 else None, [None, *row[1:]]) for n, row in enumerate(values)
    ]
    found = compare(villages, MONTHS, 2, 1.0)
    assert found.effect is not None
    assert found.effect.mean == pytest.approx(0)
    assert found.effect.count == 14
    assert found.earlier is None


def test_the_interval_is_the_formula_worked_out_village_by_village() -> None:
    """Sums along sorted levels give what Abadie and Imbens' formula gives when every pair is looked at."""
    draw = random.Random(18)
    for horizon, caliper in ((3, 1.0), (6, 5.0), (12, 5.0)):
        villages = []
        for number in range(90):
            start, pace = draw.uniform(0, 30), draw.uniform(0, 1)
            values = [
                None if draw.random() < 0.04 else start + pace * month + draw.gauss(0, 2)
                for month in range(24)
            ]
            trained = draw.choice((None, None, draw.randrange(-2, 26)))
            villages.append(Village(f"{number:02}", draw.choice("ab"), trained, values))
        found = compare(villages, 24, horizon, caliper)
        assert found.effect is not None
        bounds = (found.effect.mean, found.effect.low, found.effect.high, found.effect.count, found.controls)
        assert bounds == pytest.approx(by_pairs(villages, 24, horizon, caliper))


def by_pairs(
    villages: list[Village], months: int, horizon: int, caliper: float
) -> tuple[float, float, float, int, int]:
    """Effect, its bounds, how many were compared and with how many, without any short cut."""

    def change(one: Village, at: int) -> float:
        first, last = one.values[at - 1], one.values[at + horizon]
        assert first is not None
        assert last is not None
        return last - first

    def told(one: Village, at: int) -> bool:
        return one.values[at - 1] is not None and one.values[at + horizon] is not None

    differences, within, freedom = [], 0.0, 0
    weights: dict[str, list[float]] = {}
    for one in villages:
        at = one.trained
        if at is None or at < 1 or at + horizon >= months or not told(one, at):
            continue
        like = [
            other
            for other in villages
            if other.group == one.group
            and (other.trained is None or other.trained > at + horizon)
            and told(other, at)
            and abs((other.values[at - 1] or 0) - (one.values[at - 1] or 0)) <= caliper
        ]
        if not like:
            continue
        changes = [change(other, at) for other in like]
        differences.append(change(one, at) - statistics.mean(changes))
        within += sum((value - statistics.mean(changes)) ** 2 for value in changes)
        freedom += len(like) - 1
        for other in like:
            weights.setdefault(other.code, []).append(1 / len(like))
    count = len(differences)
    again = sum(sum(used) ** 2 - sum(one * one for one in used) for used in weights.values())
    variance = statistics.variance(differences) / count + within / freedom * again / count**2
    mean, half = statistics.mean(differences), student(count - 1) * math.sqrt(variance)
    return mean, mean - half, mean + half, count, len(weights)
