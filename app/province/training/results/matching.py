"""What changed in trained villages, against like villages that were not trained: worked out of plain numbers.

A village counts as trained from the month of its first training. Its change is measured from the month before to some
months after, and compared with the mean change over the same months of all villages of its group (kabupaten and kind)
that were not trained by the end of those months and that began at about the same level. The effect is the mean of
these differences over the trained villages.

Its interval is analytic, after Abadie and Imbens (Econometrica 74, 2006, theorem 7, for the effect on the treated): the
spread of the differences, and more where the same village is compared with many. With one addition: n − 1 in place of n
and Student's t, as samples are small.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from app.province.training.results.intervals import Estimate, around

EARLY, RECENT, UNTOLD, ALONE = "early", "recent", "untold", "alone"
"""Why a trained village is not compared: trained before figures begin, too recently, its figures are missing, or there
is no like village."""
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Village:
    """A village's figures month by month (None: missing). `trained` is the place of its first training's month among
    them, which may lie before the first or behind the last; None when it never was."""

    code: str
    group: Hashable
    trained: int | None
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """A trained village beside its like: figures before and after, and the mean of `like` villages beside it."""

    code: str
    trained: int
    before: float
    after: float
    like: int
    like_before: float
    like_after: float

    @property
    def change(self) -> float:
        """By how much the village changed."""
        return self.after - self.before

    @property
    def like_change(self) -> float:
        """By how much its like changed on the mean."""
        return self.like_after - self.like_before

    @property
    def difference(self) -> float:
        """How much more the village changed than its like."""
        return self.change - self.like_change


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found.

    `effect` is None when nothing could be compared. `earlier` is the same difference over as many months before: if it
    is clear, too, trained villages were on another way already. `course` holds the mean change since the month before
    the training of the trained and of their like, by months from it (−1 is that month: zero for both).
    """

    horizon: int
    effect: Estimate | None
    earlier: Estimate | None
    compared: tuple[Compared, ...]
    controls: int
    """How many villages they were compared with, each counted once."""
    left_out: Mapping[str, int]
    course: Mapping[int, tuple[float | None, float | None]]


def compare(villages: Sequence[Village], months: int, horizon: int, caliper: float) -> Comparison:
    """Compare trained villages with like ones.

    Args:
        villages: all of a territory, each with `months` figures.
        months: how many months there are.
        horizon: how many months after the training's month is looked.
        caliper: how far apart two villages may begin to be alike, in the figure's unit.
    """
    groups: dict[Hashable, list[Village]] = defaultdict(list)
    wanted: dict[tuple[Hashable, int], list[Village]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for one in villages:
        groups[one.group].append(one)
        if one.trained is None:
            continue
        why = _unfit(one, months, horizon)
        if why:
            left_out[why] += 1
        else:
            wanted[one.group, one.trained].append(one)
    found: list[Compared] = []
    after, before = _Sum(), _Sum()
    offsets = range(-1 - horizon, horizon + 1)
    course: dict[int, _Pair] = {offset: _Pair() for offset in offsets}
    for (group, at), trained in wanted.items():
        pool = _Pool(groups[group], at, horizon)
        for one in trained:
            matched = pool.compare(one, caliper, after, before, course)
            if matched is None:
                left_out[ALONE] += 1
            else:
                found.append(matched)
        pool.settle(after, before)
    return Comparison(
        horizon,
        after.estimate(),
        before.estimate(),
        tuple(sorted(found, key=lambda one: one.code)),
        len(after.uses),
        dict(left_out),
        {offset: pair.means(len(found)) for offset, pair in course.items()},
    )


def _unfit(one: Village, months: int, horizon: int) -> str:
    at = one.trained or 0
    if at < 1:
        return EARLY
    if at + horizon >= months:
        return RECENT
    if one.values[at - 1] is None or one.values[at + horizon] is None:
        return UNTOLD
    return ""


@dataclass(slots=True)
class _Pair:
    """Sums of changes of the trained and of their like."""

    trained: float = 0.0
    like: float = 0.0
    count: int = 0

    def means(self, whole: int) -> tuple[float | None, float | None]:
        """Both means; none where fewer than half of those compared have figures: others would be shown."""
        if not self.count or self.count * 2 < whole:
            return None, None
        return self.trained / self.count, self.like / self.count


@dataclass(slots=True)
class _Sum:
    """What an estimate is made of: the differences, how often each other village was used, and how these spread."""

    differences: list[float] = field(default_factory=list)
    uses: dict[str, list[float]] = field(default_factory=dict)
    within: float = 0.0
    freedom: int = 0

    def estimate(self) -> Estimate | None:
        """The mean difference with its interval."""
        count = len(self.differences)
        if not count:
            return None
        mean = sum(self.differences) / count
        if count < 2:
            return Estimate(mean, None, None, count)
        apart = sum((one - mean) ** 2 for one in self.differences) / (count - 1)
        spread = self.within / self.freedom if self.freedom else apart
        again = sum(max(0.0, used * used - squared) for used, squared in self.uses.values())
        return around(mean, apart / count + spread * again / count**2, count)


class _Changes:
    """The changes of a pool between two months: of some of its villages in a row the mean is read off at once."""

    def __init__(self, first: Sequence[float | None], last: Sequence[float | None]) -> None:
        changes = [
            None if a is None or b is None else b - a for a, b in zip(first, last, strict=True)
        ]  # fmt: skip
        self.known: list[float]
        self.counts: Sequence[int]
        if None in changes:
            self.known = [one for one in changes if one is not None]
            self.counts = [0, *accumulate(int(one is not None) for one in changes)]
        else:
            self.known, self.counts = changes, range(len(changes) + 1)  # type: ignore[assignment]
        self.sums = list(accumulate(self.known, initial=0.0))

    def mean(self, low: int, high: int) -> float | None:
        """The mean change of the villages from one place to another; None where none of them has one."""
        start, end = self.counts[low], self.counts[high]
        return (self.sums[end] - self.sums[start]) / (end - start) if end > start else None


class _Outcome(_Changes):
    """Changes against which trained villages are set: it counts how often each village is used."""

    def __init__(
        self, codes: Sequence[str], first: Sequence[float | None], last: Sequence[float | None]
    ) -> None:
        super().__init__(first, last)
        self.codes = [code for code, a, b in zip(codes, first, last, strict=True) if None not in (a, b)]
        self.squares = list(accumulate((one * one for one in self.known), initial=0.0))
        self.weights = [0.0] * (len(self.known) + 1)
        self.squared = [0.0] * (len(self.known) + 1)

    def use(self, low: int, high: int, total: _Sum, change: float) -> None:
        """Set a trained village's change against theirs."""
        start, end = self.counts[low], self.counts[high]
        count = end - start
        if not count:
            return
        told = self.sums[end] - self.sums[start]
        total.differences.append(change - told / count)
        total.within += max(0.0, self.squares[end] - self.squares[start] - told * told / count)
        total.freedom += count - 1
        for weights, weight in ((self.weights, 1 / count), (self.squared, 1 / count**2)):
            weights[start] += weight
            weights[end] -= weight

    def settle(self, total: _Sum) -> None:
        """Add up how often each village was used."""
        for code, weight, squared in zip(
            self.codes, accumulate(self.weights), accumulate(self.squared), strict=False
        ):
            if weight > SLACK:
                used = total.uses.setdefault(code, [0.0, 0.0])
                used[0] += weight
                used[1] += squared


class _Pool:
    """Villages of a group that were not trained until the end of what is compared, by the level at which they began."""

    def __init__(self, villages: Sequence[Village], at: int, horizon: int) -> None:
        self.base, self.end, self.horizon = at - 1, at + horizon, horizon
        fit = [
            one
            for one in villages
            if (one.trained is None or one.trained > self.end)
            and one.values[self.base] is not None
            and one.values[self.end] is not None
        ]
        fit.sort(key=lambda one: (one.values[self.base], one.code))
        codes = [one.code for one in fit]
        base = [one.values[self.base] for one in fit]
        self.levels = [float(level or 0.0) for level in base]
        self.sums = list(accumulate(self.levels, initial=0.0))
        self.outcome = _Outcome(codes, base, [one.values[self.end] for one in fit])
        self.course = {
            offset: _Changes(base, [one.values[at + offset] for one in fit])
            for offset in range(-1 - horizon, horizon)
            if at + offset >= 0
        }
        self.course[horizon] = self.outcome
        self.earlier: _Outcome | None = None
        if self.base - horizon >= 0:
            self.earlier = _Outcome(codes, [one.values[self.base - horizon] for one in fit], base)

    def compare(
        self, one: Village, caliper: float, after: _Sum, before: _Sum, course: Mapping[int, _Pair]
    ) -> Compared | None:
        """A trained village beside its like; None when it has none."""
        level, reached = one.values[self.base], one.values[self.end]
        assert level is not None
        assert reached is not None
        low = bisect_left(self.levels, level - caliper - SLACK)
        high = bisect_right(self.levels, level + caliper + SLACK)
        if low == high:
            return None
        self.outcome.use(low, high, after, reached - level)
        early = one.values[self.base - self.horizon] if self.earlier else None
        if self.earlier and early is not None:
            self.earlier.use(low, high, before, level - early)
        for offset, changes in self.course.items():
            value, mean = one.values[self.base + 1 + offset], changes.mean(low, high)
            if value is not None and mean is not None:
                pair = course[offset]
                pair.trained += value - level
                pair.like += mean
                pair.count += 1
        like_before = (self.sums[high] - self.sums[low]) / (high - low)
        grown = self.outcome.mean(low, high)
        assert grown is not None
        return Compared(one.code, self.base + 1, level, reached, high - low, like_before, like_before + grown)

    def settle(self, after: _Sum, before: _Sum) -> None:
        """Add up how often each village of the pool was used."""
        self.outcome.settle(after)
        if self.earlier:
            self.earlier.settle(before)
