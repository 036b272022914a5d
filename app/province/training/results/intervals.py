"""Means with the interval in which they may lie: how sure a number is that was worked out of few cases.

Intervals are two-sided at 95% and analytic: the mean, plus and minus Student's t times the standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

FEW = 10
"""With fewer cases the pages say that no conclusion may be drawn."""
_QUANTILES = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
    2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484,
    2.0452, 2.0423,
)  # fmt: skip
"""Student's t at 97.5% for 1 to 30 degrees of freedom."""
_NORMAL = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean of `count` cases with the bounds of its 95% interval; the bounds are None where there is one case only."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def is_few(self) -> bool:
        """Whether there are too few cases to conclude anything from."""
        return self.count < FEW

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def student(freedom: int) -> float:
    """Student's t at 97.5%: of a table up to 30 degrees of freedom, above by the expansion of Cornish and Fisher, whose
    error is below 0.0001 there.

    Raises ValueError below one degree of freedom.
    """
    if freedom < 1:
        raise ValueError("an interval needs two cases")
    if freedom <= len(_QUANTILES):
        return _QUANTILES[freedom - 1]
    z = _NORMAL
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def around(mean: float, variance: float, count: int) -> Estimate:
    """A mean with its interval.

    Args:
        mean: what was worked out.
        variance: the squared standard error of it.
        count: of how many cases; one degree of freedom less.
    """
    if count < 2:
        return Estimate(mean, None, None, count)
    half = student(count - 1) * math.sqrt(max(0.0, variance))
    return Estimate(mean, mean - half, mean + half, count)


def mean_of(values: Sequence[float]) -> Estimate | None:
    """The mean of independent cases with its interval; None of none."""
    if not values:
        return None
    return of_sums(len(values), sum(values), sum(value * value for value in values))


def of_sums(count: int, total: float, squares: float) -> Estimate | None:
    """The same of what was added up already: how many cases, their sum, and the sum of their squares."""
    if not count:
        return None
    mean = total / count
    if count < 2:
        return Estimate(mean, None, None, count)
    spread = max(0.0, squares - count * mean * mean) / (count - 1)
    return around(mean, spread / count, count)


def share(part: float, whole: float) -> float | None:
    """A part of a whole, None where there is nothing to divide by."""
    return part / whole if whole else None
