"""Nobody gets a small count back from what is shown, whatever the tree looks like."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.indicators.suppression import hidden_cells

INF = math.inf
Interval = tuple[float, float]


def parents_of(leaves: Mapping[str, float]) -> dict[str, str]:
    """The cell above each cell of dotted codes."""
    found: dict[str, str] = {}
    for leaf in leaves:
        key = leaf
        while "." in key:
            found[key] = key.rpartition(".")[0]
            key = found[key]
    return found


def sums(leaves: Mapping[str, float]) -> dict[str, float]:
    """Every cell's count."""
    found = dict(leaves)
    for leaf, count in leaves.items():
        key = leaf
        while "." in key:
            key = key.rpartition(".")[0]
            found[key] = found.get(key, 0) + count
    return found


def guesses(leaves: Mapping[str, float], hidden: Mapping[str, bool]) -> dict[str, Interval]:
    """What somebody who knows the rule can tell of each cell: exact bounds, as sums along a tree are bounded."""
    parents, counts = parents_of(leaves), sums(leaves)
    below: dict[str, list[str]] = {}
    for child, parent in parents.items():
        below.setdefault(parent, []).append(child)

    def below_small(key: str) -> bool:
        while key in parents:
            key = parents[key]
            if hidden.get(key):
                return True
        return False

    known: dict[str, Interval] = {}
    for key, count in counts.items():
        if key not in hidden:
            known[key] = (count, count)
        elif hidden[key]:
            known[key] = (1, 4)
        else:
            known[key] = (0, 4) if below_small(key) else (5, INF)
    changed = True
    while changed:
        changed = False
        for parent, cells in below.items():
            low, high = sum(known[c][0] for c in cells), sum(known[c][1] for c in cells)
            better = {parent: (max(known[parent][0], low), min(known[parent][1], high))}
            for cell in cells:
                others_low, others_high = low - known[cell][0], sum(known[c][1] for c in cells if c != cell)
                better[cell] = (
                    max(known[cell][0], better[parent][0] - others_high),
                    min(known[cell][1], better[parent][1] - others_low),
                )
            for key, interval in better.items():
                if interval != known[key]:
                    known[key], changed = interval, True
    return known


SMALL_TREES = (
    (("1.1.a", "1.1.b", "1.1.c"), 21),
    (("1.1.a", "1.1.b", "1.1.c", "1.1.d"), 11),
    (("1.1.a", "1.1.b", "1.2.a", "1.2.b"), 11),
    (("1.1.a", "1.1.b", "1.2.a", "2.1.a"), 11),
    (("1.1.a", "1.2.a", "1.3.a", "1.4.a"), 11),
    (("1.1.a", "1.1.b", "1.2.a", "1.3.a", "2.1.a"), 6),
)
"""Villages, and up to which count each of them is tried."""


@pytest.mark.parametrize(("leaves", "largest"), SMALL_TREES)
def test_whoever_knows_the_rule_and_tries_all_counts_learns_nothing_of_a_small_one(
    leaves: tuple[str, ...], largest: int
) -> None:
    parents = parents_of(dict.fromkeys((f"18.{leaf}" for leaf in leaves), 0.0))
    order = sorted({*parents, *parents.values()})
    possible: dict[tuple[object, ...], list[set[float]]] = defaultdict(lambda: [set() for _ in order])
    tried: dict[tuple[object, ...], float] = {}
    for counts in product(range(largest + 1), repeat=len(leaves)):
        told = {f"18.{leaf}": float(count) for leaf, count in zip(leaves, counts, strict=True)}
        hidden, every = hidden_cells(told, parents), sums(told)
        seen = tuple("<5" if hidden.get(key) else "x" if key in hidden else every[key] for key in order)
        for values, key in zip(possible[seen], order, strict=True):
            values.add(every[key])
        unknown = sum(count for key, count in told.items() if key in hidden)
        tried[seen] = min(unknown, tried.get(seen, unknown))
    checked = 0
    for seen, cells in possible.items():
        if tried[seen] - 1 > largest:
            continue  # counts beyond those that were tried might look the same
        for shown, values in zip(seen, cells, strict=True):
            if shown == "<5":
                checked += 1
                assert {1, 4} <= values, f"{dict(zip(order, seen, strict=True))}: {values}"
    assert checked


COUNTS = st.one_of(st.integers(0, 7), st.integers(0, 40))
TREES = st.dictionaries(
    st.builds(lambda a, b, c: f"18.{a}.{b}.{c}", st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)),
    COUNTS, min_size=1, max_size=24,
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(TREES)
def test_no_small_count_is_had_back_by_subtraction(leaves: dict[str, int]) -> None:
    hidden = hidden_cells(leaves, parents_of(leaves))
    counts = sums(leaves)
    known = guesses(leaves, hidden)
    for key, count in counts.items():
        if 0 < count < 5:
            assert key in hidden, f"{key} is shown"
        if hidden.get(key):
            assert known[key] == (1, 4), f"{key} is known to be {known[key]}"
        elif key in hidden and count < 5:
            low, high = known[key]
            assert high - low >= 2, f"{key} is known to be {known[key]}"


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_what_is_hidden_depends_on_the_counts_alone(leaves: dict[str, int]) -> None:
    turned = dict(reversed(leaves.items()))
    assert hidden_cells(leaves, parents_of(leaves)) == hidden_cells(turned, parents_of(turned))


@given(TREES)
def test_zero_and_large_counts_are_shown_where_nobody_is_given_away(leaves: dict[str, int]) -> None:
    large = {key: count if count >= 5 else 0 for key, count in leaves.items()}
    assert hidden_cells(large, parents_of(large)) == {}


def hidden_among(**counts: int) -> dict[str, bool]:
    """Villages of one kecamatan, by their last letters; beside it a large one."""
    leaves = {f"18.01.01.{name}": count for name, count in counts.items()} | {"18.01.02.z": 900}
    found = hidden_cells(leaves, parents_of(leaves))
    return {key.rpartition(".")[2]: small for key, small in found.items() if key.startswith("18.01.01.")}


def test_one_small_village_hides_a_neighbour() -> None:
    assert hidden_among(a=3, b=12, c=9) == {"a": True, "c": False}


def test_a_neighbour_of_just_five_would_give_it_away() -> None:
    assert hidden_among(a=1, b=12, c=5) == {"a": True, "b": False, "c": False}


def test_which_neighbour_is_hidden_does_not_tell_what_it_counts() -> None:
    assert hidden_among(a=4, b=5, c=5, d=50) == {"a": True, "d": False}
    assert hidden_among(a=2, b=6, c=9, d=90) == {"a": True, "d": False}, "the last, not the smallest"


def test_small_ones_whose_sum_says_it_all_are_not_left_alone() -> None:
    assert hidden_among(a=1, b=1, c=30) == {"a": True, "b": True, "c": False}
    assert hidden_among(a=4, b=4, c=30) == {"a": True, "b": True, "c": False}
    assert hidden_among(a=2, b=3, c=2, d=30) == {"a": True, "b": True, "c": True, "d": False}


def test_a_region_of_small_ones_alone_is_told_above_the_kecamatan() -> None:
    leaves = {f"18.{a}.{b}.x": 2 for a in (1, 2) for b in (1, 2, 3)} | {"18.1.4.x": 3, "18.1.4.y": 3}
    hidden = hidden_cells(leaves, parents_of(leaves))
    assert hidden["18.1.4"] is False, "whether it is hidden must not depend on how small they are"
    assert {"18", "18.1", "18.2"}.isdisjoint(hidden), "their sums leave each one 1 to 4"


def test_below_a_small_region_nothing_is_told_not_even_nobody() -> None:
    leaves = {"18.01.01.a": 1, "18.01.01.b": 2, "18.01.01.c": 0, "18.01.02.a": 40, "18.01.03.a": 50}
    hidden = hidden_cells(leaves, parents_of(leaves))
    assert hidden["18.01.01"] is True
    assert [hidden[f"18.01.01.{name}"] for name in "abc"] == [False, False, False]
    assert hidden["18.01.03"] is False
    assert hidden["18.01.03.a"] is False
    assert "18.01.02" not in hidden
    assert "18.01" not in hidden


def test_a_region_that_can_hide_nothing_more_is_hidden_itself() -> None:
    leaves = {"18.01.01.a": 2, "18.01.01.b": 6, "18.01.02.a": 70, "18.02.01.a": 80}
    hidden = hidden_cells(leaves, parents_of(leaves))
    assert hidden == {
        "18.01.01.a": True, "18.01.01.b": False, "18.01.01": False, "18.01.02": False, "18.01.02.a": False,
    }  # fmt: skip
