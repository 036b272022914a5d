"""A scheme while it is being written: as it was typed, what it means, and sentences about what is wrong."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.indicators.declarations import Indicator, months_before
from app.core.ui.formats import number, percent
from app.province.readiness.indicators import PILLARS
from app.province.readiness.schemes import Known, Scale, Scheme, known_indicators, shape_of

MONTHS_AHEAD = 12
SHORTEST_NOTE, LONGEST_NOTE = 10, 500
TOLERANCE = 0.0005
"""By how much the weights may miss 1, so that three thirds can be written with two decimals."""
MOST_LINES = 60
LISTS = ("code", "pillar", "floor", "target", "per")
LARGEST = {"percent": 1.0, "yes_no": 1.0, "hours": 8_760.0, "days": 3_650.0, "rupiah": 1e13, "each": 1e6}
COUNTS = 1e7


@dataclass(slots=True)
class Line:
    """An indicator of the draft as it was typed; an empty pillar takes it out."""

    code: str
    pillar: str
    floor: str
    target: str
    per: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """What somebody typed; `seen` says which schemes stood when they began. `errors` by field, `_schema` for all."""

    month: str
    weights: dict[str, str]
    lines: list[Line]
    note: str = ""
    seen: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Whether anything must be mended."""
        return bool(self.errors) or any(line.errors for line in self.lines)

    @property
    def weight_sum(self) -> float | None:
        """What the typed weights add up to (1 is right), None when one of them is no number."""
        read = [read_number(text) for text in self.weights.values()]
        return None if None in read else sum(one or 0.0 for one in read) / 100


def months_to_choose(this_month: dt.date) -> list[dt.date]:
    """The months from which a scheme may hold: the present one and those of a year."""
    return [months_before(this_month, -ahead) for ahead in range(MONTHS_AHEAD + 1)]


def drafted(scheme: Scheme, month: dt.date, seen: str) -> Draft:
    """A draft that begins with what a scheme says."""
    codes = known_indicators().both
    lines = [
        Line(
            scale.code,
            scale.pillar,
            write_number(scale.floor, shape_of(scale, codes)),
            write_number(scale.target, shape_of(scale, codes)),
            scale.per or "",
        )
        for pillar in PILLARS
        for scale in scheme.of_pillar(pillar)
    ]
    weights = {pillar: write_number(scheme.weights.get(pillar, 0.0), "percent") for pillar in PILLARS}
    return Draft(f"{month:%Y-%m}", weights, lines, seen=seen)


def read_draft(form: MultiDict[str, str]) -> Draft:
    """What a sent form says, not checked yet. Lines come as five lists of equal length."""
    lists = [
        [_clean(cell, 80) for cell in form.getlist(name)[:MOST_LINES]]
        for name in ("code", "pillar", "floor", "target", "per")
    ]
    lines = [
        Line(code, pillar, floor, target, per)
        for code, pillar, floor, target, per in zip(*_even(lists), strict=True)
        if code
    ]
    return Draft(
        _clean(form.get("month", ""), 7),
        {pillar: _clean(form.get(f"weight_{pillar}", ""), 20) for pillar in PILLARS},
        lines,
        _clean(form.get("note", ""), LONGEST_NOTE + 1),
        _clean(form.get("seen", ""), 64),
    )


def with_line(draft: Draft, code: str) -> Draft:
    """The draft with one more indicator; unchanged when it is not known or there already."""
    one = known_indicators().scored.get(code)
    if one is None or any(line.code == code for line in draft.lines):
        return draft
    pillar = one.pillar if one.pillar in PILLARS else PILLARS[0]
    return replace(draft, lines=[*draft.lines, Line(code, pillar, "", "")])


def checked(draft: Draft, made_by: str, this_month: dt.date) -> Scheme | None:
    """The scheme that a draft means; None when something is wrong, said beside the fields of the draft."""
    known = known_indicators()
    month = _month(draft, this_month)
    weights = _weights(draft)
    scales = [scale for line in draft.lines if line.pillar and (scale := _scale(line, known)) is not None]
    seen: set[str] = set()
    for line in draft.lines:
        if line.pillar and line.code in seen:
            line.errors["code"] = _("Indikator ini sudah ada di atas.")
        seen.add(line.code)
    for pillar in PILLARS:
        if not any(line.pillar == pillar for line in draft.lines):
            draft.errors[f"pillar_{pillar}"] = _(
                "Pilar ini belum punya indikator: pilih paling sedikit satu."
            )
    if not SHORTEST_NOTE <= len(draft.note) <= LONGEST_NOTE:
        draft.errors["note"] = _(
            "Tulis alasannya, %(least)s sampai %(most)s huruf: yang lain membacanya.",
            least=SHORTEST_NOTE,
            most=LONGEST_NOTE,
        )
    if draft.is_wrong or month is None:
        return None
    return Scheme(month, weights, tuple(scales), draft.note, made_by)


def _month(draft: Draft, this_month: dt.date) -> dt.date | None:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", draft.month):
        draft.errors["month"] = _("Pilih bulannya.")
        return None
    month = dt.date.fromisoformat(f"{draft.month}-01")
    if month < this_month:
        draft.errors["month"] = _(
            "Bulan yang sudah lewat tidak dinilai ulang. Pilih bulan ini atau sesudahnya."
        )
    elif month > months_before(this_month, -MONTHS_AHEAD):
        draft.errors["month"] = _("Terlalu jauh: paling lama setahun di muka.")
    return month


def _weights(draft: Draft) -> dict[str, float]:
    found: dict[str, float] = {}
    for pillar, typed in draft.weights.items():
        weight = read_number(typed)
        if weight is None or not 0 <= weight <= 100:
            draft.errors[f"weight_{pillar}"] = _("Tulis angka dari 0 sampai 100.")
        else:
            found[pillar] = round(weight / 100, 6)
    if len(found) == len(PILLARS) and abs(sum(found.values()) - 1) > TOLERANCE + 1e-9:
        whole = percent(sum(found.values()), 2)
        draft.errors["weights"] = _("Jumlah bobot harus 100%%, sekarang %(sum)s.", sum=whole)
    return found


def _scale(line: Line, known: Known) -> Scale | None:
    one = known.scored.get(line.code)
    if one is None:
        line.errors["code"] = _("Indikator ini tidak dikenal atau tidak dapat dinilai.")
        return None
    if line.pillar not in PILLARS:
        line.errors["pillar"] = _("Pilih pilarnya.")
    _check_divisor(line, one, known)
    shape = shape_of(Scale(line.code, line.pillar, 0, 0, line.per or None), known.both)
    floor, target = _bound(line, "floor", shape, one), _bound(line, "target", shape, one)
    if floor is None or target is None:
        return None
    if floor == target:
        line.errors["target"] = _("Sasaran harus berbeda dari batas bawah.")
    elif (target < floor) != (one.direction == "lower"):
        line.errors["target"] = (
            _("Makin kecil makin baik: sasaran harus di bawah batas bawah.")
            if one.direction == "lower"
            else _("Makin besar makin baik: sasaran harus di atas batas bawah.")
        )
    return Scale(line.code, line.pillar, floor, target, line.per or None)


def _check_divisor(line: Line, one: Indicator, known: Known) -> None:
    if not line.per:
        return
    if line.per not in known.divisors or line.per == line.code:
        line.errors["per"] = _("Indikator pembagi ini tidak dikenal atau tidak dapat dipakai.")
    elif one.rollup != "sum":
        line.errors["per"] = _(
            "Hanya jumlah yang dapat dibagi; indikator ini sudah berupa bagian atau rata-rata."
        )


def _bound(line: Line, name: str, shape: str, one: Indicator) -> float | None:
    typed = read_number(getattr(line, name))
    if typed is None:
        line.errors[name] = _("Tulis angka.")
        return None
    value = typed / 100 if shape == "percent" else typed
    least, most = limits(shape, one)
    if not least <= value <= most:
        said = [write_number(bound, shape) + ("%" if shape == "percent" else "") for bound in (least, most)]
        line.errors[name] = _("Tulis angka dari %(least)s sampai %(most)s.", least=said[0], most=said[1])
        return None
    return round(value, 6)


def limits(shape: str, one: Indicator) -> tuple[float, float]:
    """The smallest and the largest bound that makes sense for a scale of this shape."""
    if shape == "count" and one.rollup == "ratio":
        return 1.0, 5.0
    return 0.0, LARGEST.get(shape, COUNTS)


def read_number(text: str) -> float | None:
    """A number as people write it (12,5; 1.200; 12.5; 40%); None when it is none."""
    clean = text.replace("%", "").replace(" ", "").replace("\u00a0", "")
    if "," in clean or re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3})+", clean):
        clean = clean.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{0,9})?", clean):
        return None
    value = float(clean)
    return value if math.isfinite(value) else None


def write_number(value: float, shape: str) -> str:
    """A number for a field: shares in per cent, with as few decimals as it has."""
    shown = round(value * 100, 4) if shape == "percent" else round(value, 6)
    return f"{shown:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def _clean(text: str, longest: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:longest]


def _even(lists: Sequence[list[str]]) -> list[list[str]]:
    """Lists as long as the shortest: a form that somebody mended by hand may send uneven ones."""
    length = min(len(one) for one in lists)
    return [one[:length] for one in lists]


def sum_words(draft: Draft) -> str:
    """What the weights add up to, for people."""
    whole = draft.weight_sum
    return number(None) if whole is None else percent(whole, 2)
