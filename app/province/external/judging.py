"""Whether a figure from outside can be what it says it is: known, allowed, of a shape and a size that make sense.

Pure functions, the same for the API and for files. Nothing here asks the database.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.indicators.adoption import LIVE
from app.core.indicators.declarations import (
    Indicator,
    Value,
    declared,
    median_of,
    months_before,
    period_of,
)
from app.core.indicators.services import SETUP_PROGRESS

MONTHS_BACK = 24
"""How old a month may be that somebody still sends."""
LARGEST = 1e15
SKEW = dt.timedelta(minutes=5)
"""How far other people's clocks may be ahead."""
LONGEST_CODE = 100

COMPUTED_HERE = frozenset({LIVE, SETUP_PROGRESS, "adoption.mentoring_open"})
COMPUTED_FAMILIES = ("readiness.",)
MAY_BE_NEGATIVE = frozenset({"bumdes.profit", "pop.growth"})
MAY_EXCEED_ONE = frozenset({"pop.growth", "pop.dependency_ratio", "budget.absorption"})
"""Percentages that are no share of a whole: growth, residents who depend on others, what was spent of a plan."""
SCALES: Mapping[str, tuple[float, float]] = {"service.satisfaction": (1, 5)}
WHOLE_UNITS = frozenset({"count", "people", "households"})
SHAPES: Mapping[str, frozenset[str]] = {
    "ratio": frozenset({"numerator", "denominator"}),
    "histogram": frozenset({"buckets"}),
}
PLAIN = frozenset({"value"})

SUMS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pop.total": (
        ("pop.male", "pop.female"),
        ("pop.age_0_4", "pop.age_5_17", "pop.age_18_59", "pop.age_60_plus"),
    )
}
"""What parts must add up to, where a delivery tells all of them for the same month."""

ACTIVITY = (
    "staff_active_7d",
    "staff_active_30d",
    "modules_used",
    "public_visits_30d",
    "records_changed_30d",
    "offline_syncs",
)
LAST_ACTIVITY = "last_activity"
FAMILY = "adoption."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one value was not taken: which (`index` in what was sent), what about it, a word for programs, a sentence.

    `index` is None for what stands in `activity`; `field` then begins with `activity.`.
    """

    index: int | None
    code: str
    field: str
    reason: str
    detail: str

    def as_data(self) -> dict[str, Any]:
        """The same as an answer holds it."""
        return asdict(self)


class Unfit(ValueError):
    """A value can't be taken; see `Problem` for the arguments."""

    def __init__(self, field: str, reason: str, detail: object) -> None:
        super().__init__(str(detail))
        self.field, self.reason, self.detail = field, reason, str(detail)


def pushable() -> dict[str, Indicator]:
    """The indicators that other systems may tell, by code."""
    return {one.code: one for one in declared() if not is_computed_here(one.code)}


def is_computed_here(code: str) -> bool:
    """Whether this platform works a figure out by itself, so that nobody else may tell it."""
    return code in COMPUTED_HERE or code.startswith(COMPUTED_FAMILIES)


def is_due(first: dt.date, moment: dt.datetime) -> bool:
    """Whether figures of the month that begins on `first` are taken at `moment`: not later, not too long ago."""
    this = period_of(moment).first
    return months_before(this, MONTHS_BACK) <= first <= this


def judge_values(
    items: Sequence[Any], known: Mapping[str, Indicator], moment: dt.datetime
) -> tuple[dict[str, Value], list[Problem]]:
    """What can be taken of the values that a program sent, and why the rest can't."""
    taken: dict[str, Value] = {}
    problems: list[Problem] = []
    for index, item in enumerate(items):
        code = ""
        try:
            raw = _code(item)
            code = raw if raw in known else shown(raw)
            indicator = indicator_of(raw, known)
            if code in taken:
                raise Unfit("code", "twice", _("Kode ini sudah ada di kiriman yang sama."))
            extra = sorted(str(name) for name in item if name not in _FIELDS)
            if extra:
                raise Unfit(
                    shown(extra[0]), "unexpected_field", _("Kolom ini tidak dikenal: %(name)s.", name=shown(extra[0]))
                )  # fmt: skip
            taken[code] = judge(indicator, item, moment)
        except Unfit as unfit:
            problems.append(Problem(index, code, unfit.field, unfit.reason, unfit.detail))
    return taken, problems


def unequal_sums(told: Mapping[str, float]) -> dict[str, str]:
    """The parts that do not add up to the whole told beside them: code → why, in words.

    Args:
        told: values of one village and month by code.
    """
    found: dict[str, str] = {}
    for whole, splits in SUMS.items():
        for parts in splits:
            if whole not in told or not told.keys() >= set(parts):
                continue
            total = sum(told[part] for part in parts)
            if total != told[whole]:
                sentence = _(
                    "Bagian-bagiannya berjumlah %(sum)s, padahal %(whole)s %(total)s.",
                    sum=f"{total:.0f}", whole=whole, total=f"{told[whole]:.0f}",
                )  # fmt: skip
                found |= dict.fromkeys(parts, str(sentence))
    return found


_FIELDS = frozenset({"code", "value", "numerator", "denominator", "buckets"})


def _code(item: Any) -> str:
    if not isinstance(item, Mapping) or not isinstance(item.get("code"), str):
        raise Unfit("code", "wrong_shape", _("Tiap nilai harus objek dengan “code” berupa teks."))
    code: str = item["code"]
    return code


def indicator_of(code: str, known: Mapping[str, Indicator]) -> Indicator:
    """The indicator that somebody names. Raises Unfit."""
    found = known.get(code)
    if found is not None:
        return found
    if is_computed_here(code):
        raise Unfit(
            "code", "not_pushable", _("Angka ini dihitung oleh Siger sendiri, tidak diterima dari luar.")
        )
    raise Unfit("code", "unknown_code", _("Kode indikator ini tidak dikenal."))


def judge(indicator: Indicator, item: Mapping[str, Any], moment: dt.datetime) -> Value:
    """The figure that an item means, whose parts are numbers (or None, which is as if not given). Raises Unfit.

    Args:
        indicator: what is told. item: `value`, or `numerator` and `denominator`, or `buckets`.
        moment: now; a date may not lie behind it.
    """
    wanted = SHAPES.get(indicator.rollup, PLAIN)
    for name in ("value", "numerator", "denominator", "buckets"):
        given = item.get(name) is not None
        if given and name not in wanted:
            raise Unfit(name, "unexpected_field", _expected(indicator))
        if not given and name in wanted:
            raise Unfit(name, "missing", _expected(indicator))
    if indicator.rollup == "ratio":
        return _ratio(indicator, _number(item, "numerator"), _number(item, "denominator"))
    if indicator.rollup == "histogram":
        return _buckets(indicator, item["buckets"])
    return Value(_plain(indicator, item, moment))


def _expected(indicator: Indicator) -> str:
    if indicator.rollup == "ratio":
        return str(_("Indikator ini dikirim sebagai pembilang dan penyebut saja (numerator, denominator)."))
    if indicator.rollup == "histogram":
        size = len(indicator.edges) + 1
        return str(_("Indikator ini dikirim sebagai sebaran saja (buckets): %(count)s bilangan.", count=size))
    return str(_("Indikator ini dikirim sebagai satu nilai saja (value)."))


def _plain(indicator: Indicator, item: Mapping[str, Any], moment: dt.datetime) -> float:
    if indicator.unit == "yes_no" and isinstance(item["value"], bool):
        return float(item["value"])
    number = _number(item, "value")
    if indicator.unit == "yes_no" and number not in (0, 1):
        raise Unfit("value", "outside_scale", _("Isinya hanya 0 (belum) atau 1 (ya)."))
    if number < 0 and indicator.code not in MAY_BE_NEGATIVE:
        raise Unfit("value", "negative", _("Nilai ini tidak boleh negatif."))
    if indicator.unit in WHOLE_UNITS and not number.is_integer():
        raise Unfit("value", "not_whole", _("Ini jumlah, jadi harus bilangan bulat."))
    if indicator.unit == "date" and number > (moment + SKEW).timestamp():
        raise Unfit("value", "in_the_future", _("Waktu ini belum tiba."))
    if indicator.unit == "percent" and number > 1 and indicator.code not in MAY_EXCEED_ONE:
        raise Unfit("value", "share_above_one", _("Bagian dari keseluruhan paling banyak 1 (100%)."))
    _within_scale(indicator, "value", number)
    return number


def _ratio(indicator: Indicator, top: float, bottom: float) -> Value:
    if bottom == 0:
        raise Unfit(
            "denominator",
            "nothing_counted",
            _("Penyebutnya 0: tidak ada yang dihitung. Jangan kirim angka ini."),
        )
    if bottom < 0:
        raise Unfit("denominator", "negative", _("Nilai ini tidak boleh negatif."))
    if top < 0 and indicator.code not in MAY_BE_NEGATIVE:
        raise Unfit("numerator", "negative", _("Nilai ini tidak boleh negatif."))
    if indicator.unit == "percent" and indicator.code not in MAY_EXCEED_ONE:
        for name, part in (("numerator", top), ("denominator", bottom)):
            if not part.is_integer():
                raise Unfit(name, "not_whole", _("Ini jumlah, jadi harus bilangan bulat."))
        if top > bottom:
            raise Unfit(
                "numerator", "share_above_one", _("Pembilang tidak boleh lebih besar daripada penyebut.")
            )
    _within_scale(indicator, "numerator", top / bottom)
    return Value(top / bottom, top, bottom)


def _within_scale(indicator: Indicator, field: str, number: float) -> None:
    low, high = SCALES.get(
        indicator.code, (0.0, 100.0) if indicator.unit == "score" else (-math.inf, math.inf)
    )
    if not low <= number <= high:
        raise Unfit(
            field,
            "outside_scale",
            _("Nilainya harus dari %(low)s sampai %(high)s.", low=f"{low:g}", high=f"{high:g}"),
        )


def _buckets(indicator: Indicator, given: Any) -> Value:
    size = len(indicator.edges) + 1
    if not isinstance(given, list) or len(given) != size:
        raise Unfit(
            "buckets", "buckets_length", _("Sebaran harus berisi tepat %(count)s bilangan.", count=size)
        )
    counts = []
    for one in given:
        number = _as_number(one, "buckets")
        if number < 0:
            raise Unfit("buckets", "negative", _("Nilai ini tidak boleh negatif."))
        if not number.is_integer() or number > 1e9:
            raise Unfit(
                "buckets", "not_whole", _("Sebaran berisi jumlah, jadi harus bilangan bulat yang wajar.")
            )
        counts.append(int(number))
    median = median_of(counts, indicator.edges)
    if median is None:
        raise Unfit(
            "buckets",
            "nothing_counted",
            _("Sebarannya kosong: tidak ada yang dihitung. Jangan kirim angka ini."),
        )
    return Value(median, buckets=tuple(counts))


def _number(item: Mapping[str, Any], field: str) -> float:
    return _as_number(item[field], field)


def _as_number(given: Any, field: str) -> float:
    """A finite number of a size that something in a village can have. Raises Unfit."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Unfit(field, "not_a_number", _("Isinya harus angka."))
    if isinstance(given, float) and not math.isfinite(given):
        raise Unfit(field, "not_a_number", _("Isinya harus angka."))
    if abs(given) > LARGEST:
        raise Unfit(field, "too_large", _("Angka ini terlalu besar untuk sebuah desa."))
    return float(given)


def judge_activity(
    given: Mapping[str, Any], known: Mapping[str, Indicator], moment: dt.datetime
) -> tuple[dict[str, Value], dt.datetime | None, list[Problem]]:
    """What can be taken of what a program says about its use, by indicator; when it was used last; and what can't."""
    taken: dict[str, Value] = {}
    problems: list[Problem] = []
    last: dt.datetime | None = None
    for name, told in given.items():
        code = FAMILY + str(name)
        try:
            if told is None:
                continue
            if name == LAST_ACTIVITY:
                last = _moment(told, moment)
                taken[code] = Value(last.timestamp())
            elif name in ACTIVITY:
                taken[code] = judge(indicator_of(code, known), {"value": told}, moment)
            else:
                raise Unfit(
                    "", "unexpected_field", _("Kolom ini tidak dikenal: %(name)s.", name=shown(str(name)))
                )
        except Unfit as unfit:
            problems.append(
                Problem(None, shown(code), f"activity.{shown(str(name))}", unfit.reason, unfit.detail)
            )
    week, month = taken.get(f"{FAMILY}staff_active_7d"), taken.get(f"{FAMILY}staff_active_30d")
    if week and month and week.value > month.value:
        del taken[f"{FAMILY}staff_active_7d"]
        detail = str(_("Yang bekerja dalam 7 hari tidak mungkin lebih banyak daripada dalam 30 hari."))
        problems.append(
            Problem(None, f"{FAMILY}staff_active_7d", "activity.staff_active_7d", "outside_scale", detail)
        )
    return taken, last, problems


def _moment(told: Any, moment: dt.datetime) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(told)
        found = found.astimezone(dt.UTC) if found.tzinfo else found
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None:
        raise Unfit(
            LAST_ACTIVITY,
            "not_a_moment",
            _("Tulis waktu lengkap dengan zonanya, misalnya 2026-11-22T09:30:00+07:00."),
        )
    if found > moment + SKEW:
        raise Unfit(LAST_ACTIVITY, "in_the_future", _("Waktu ini belum tiba."))
    if found.year < 2000:
        raise Unfit(LAST_ACTIVITY, "outside_scale", _("Waktu ini terlalu lama."))
    return found


def shown(text: str) -> str:
    """What somebody sent, as it can be kept and shown: bounded, printable, without what no database holds."""
    clean = text[:LONGEST_CODE].replace("\x00", "").encode("utf-8", "replace").decode()
    return "".join(sign for sign in clean if sign.isprintable())
