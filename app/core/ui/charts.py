"""What charts and maps are told before they are drawn: figures in words, classes of colour, a describing sentence."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

from app.core.ui import formats, tiles

State = Literal["known", "missing", "hidden"]
Bound = float | None | tuple[float | None, str]
"""The upper bound of a class, None for the last, with the name of the class or without."""
Classes = Literal["quantile", "fifths"] | Sequence[Bound]
STEPS = 5
"""Colours from pale to deep, besides the one of nothing (0)."""
_UNITS = {"count": "number", "people": "number", "households": "number", "yes_no": "number"}


def drawn_unit(unit: str) -> str:
    """The unit as charts write it: number, percent, rupiah, score, hours, days or date."""
    return _UNITS.get(unit, unit)


def figure_text(value: float | None, unit: str) -> str:
    """A figure in the words of its unit, of an indicator or of a chart; None is a dash.

    Shares are 0 to 1, sums whole rupiah, dates seconds since 1970.
    """
    if value is None:
        return "–"
    match drawn_unit(unit):
        case "percent":
            return formats.percent(value, 1)
        case "rupiah":
            return formats.rupiah(round(value))
        case "hours":
            return str(_("%(count)s jam", count=_rounded(value)))
        case "days":
            return str(_("%(count)s hari", count=_rounded(value)))
        case "date":
            return formats.date(dt.datetime.fromtimestamp(value, dt.UTC))
    return _rounded(value)


def _rounded(value: float) -> str:
    return formats.number(round(value) if float(value).is_integer() else round(value, 1))


@dataclass(frozen=True, slots=True)
class ColourClass:
    """A colour of a map: its step (0 to 5), what it stands for, in words, and how many places have it."""

    step: int
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Coloured:
    """The places of a map, each with the step of its colour (None where there is no figure), and the legend."""

    places: tuple[dict[str, Any], ...]
    classes: tuple[ColourClass, ...]
    missing: int
    hidden: int


def state_of(item: Mapping[str, Any]) -> State:
    """Whether a place's figure is known, missing (nobody told) or hidden (small, or it gives a small one away).

    `item["state"]` says so; without it a place that has no value but words of its own (such as "<5") is hidden.
    """
    stated: State | None = item.get("state")
    if stated is not None:
        return stated
    if item.get("value") is not None:
        return "known"
    return "missing" if item.get("text") in (None, "", "–") else "hidden"


def coloured(values: Iterable[Mapping[str, Any]], unit: str, classes: Classes = "quantile") -> Coloured:
    """Sort places into classes of colour; the deeper the colour, the larger the figure.

    Args:
        values: places {code, name, value, text, url, state}; `text` is written from the value when it is not given.
        unit: unit of an indicator or a chart.
        classes: "quantile" (as many places in each class, as far as equal figures allow), "fifths" (of a share from
            0 to 1, nothing apart), or upper bounds, rising, the last None: `[40, 60, 80, None]`, or with words:
            `[(40, "Mulai"), (60, "Bertumbuh"), (80, "Siap"), (None, "Teladan")]`. A bound belongs to the class above.
    """
    items = [dict(item) | {"state": state_of(item)} for item in values]
    for item in items:
        if item["state"] != "known":
            item["value"] = None
        if not item.get("text"):
            item["text"] = figure_text(item.get("value"), unit)
    if isinstance(classes, str):
        legend = _fifths(items, unit) if classes == "fifths" else _quantiles(items, unit)
    else:
        legend = _bounded(items, classes, unit)
    return Coloured(
        tuple(items),
        tuple(legend),
        sum(item["state"] == "missing" for item in items),
        sum(item["state"] == "hidden" for item in items),
    )


def _quantiles(items: list[dict[str, Any]], unit: str) -> list[ColourClass]:
    """Classes with about as many places each; equal figures (dates: the same day) are never parted."""
    for item in items:
        item["rank"] = _day(item["value"]) if drawn_unit(unit) == "date" else item["value"]
    known = sorted(item["rank"] for item in items if item["state"] == "known")
    tops = sorted(set(known))
    if len(tops) > STEPS:
        tops = sorted({known[max(0, len(known) * part // STEPS - 1)] for part in range(1, STEPS + 1)})
    legend, steps = [], _spread(len(tops))
    for item in items:
        if item["state"] == "known":
            item["step"] = steps[bisect_left(tops, item["rank"])]
    for step in steps:
        here = [item["value"] for item in items if item.get("step") == step]
        first, last = figure_text(min(here), unit), figure_text(max(here), unit)
        legend.append(ColourClass(step, first if first == last else f"{first} – {last}", len(here)))
    return legend


def _day(value: float | None) -> float | None:
    """The day of a moment, as the province's calendar has it."""
    if value is None:
        return None
    return float(dt.datetime.fromtimestamp(value, formats.ZONE).toordinal())


def _fifths(items: list[dict[str, Any]], unit: str) -> list[ColourClass]:
    legend = []
    edges = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    for step in range(STEPS + 1):
        here = [i for i in items if i["state"] == "known" and tiles.step_of(i["value"]) == step]
        for item in here:
            item["step"] = step
        label = figure_text(0, unit)
        if step:
            label = f"{figure_text(edges[step - 1], unit)} – {figure_text(edges[step], unit)}"
        legend.append(ColourClass(step, label, len(here)))
    return legend


def _bounded(items: list[dict[str, Any]], bounds: Sequence[Bound], unit: str) -> list[ColourClass]:
    pairs = [one if isinstance(one, tuple) else (one, None) for one in bounds]
    uppers = [high for high, _words in pairs if high is not None]
    legend, steps = [], _spread(len(pairs))
    for item in items:
        if item["state"] == "known":
            item["step"] = steps[min(bisect_right(uppers, item["value"]), len(steps) - 1)]
    for number, (high, words) in enumerate(pairs):
        low = pairs[number - 1][0] if number else None
        if low is None:
            span = str(_("di bawah %(high)s", high=figure_text(high, unit)))
        elif high is None:
            span = str(_("%(low)s ke atas", low=figure_text(low, unit)))
        else:
            span = f"{figure_text(low, unit)} – {figure_text(high, unit)}"
        count = sum(item.get("step") == steps[number] for item in items)
        legend.append(ColourClass(steps[number], f"{words} ({span})" if words else span, count))
    return legend


def _spread(count: int) -> list[int]:
    """Steps from pale to deep for so many classes, as far apart as they go."""
    if count == 1:
        return [3]
    return [1 + round(number * (STEPS - 1) / (count - 1)) for number in range(count)]


def described(kind: str, categories: Sequence[str], series: Sequence[Mapping[str, Any]], unit: str) -> str:
    """A chart in a sentence or two, for those who do not see it: where lines begin and end, who is first and last."""
    said = []
    for line in list(series)[:3]:
        told = [
            (name, value)
            for name, value in zip(categories, line["values"], strict=False)
            if value is not None
        ]
        if not told:
            said.append(_("%(name)s: belum ada angka.", name=line["name"]))
        elif kind in ("line", "area"):
            (first, start), (last, end) = told[0], told[-1]
            sentence = _(
                "%(name)s: %(start)s pada %(first)s, %(end)s pada %(last)s.",
                name=line["name"], start=figure_text(start, unit), first=first, end=figure_text(end, unit), last=last,
            )  # fmt: skip
            said.append(sentence if len(told) > 1 else f"{line['name']}: {figure_text(end, unit)} ({last}).")
        else:
            low, high = min(told, key=lambda pair: pair[1]), max(told, key=lambda pair: pair[1])
            sentence = _(
                "%(name)s: paling tinggi %(high)s (%(first)s), paling rendah %(low)s (%(last)s).",
                name=line["name"], high=figure_text(high[1], unit), first=high[0],
                low=figure_text(low[1], unit), last=low[0],
            )  # fmt: skip
            said.append(
                sentence if len(told) > 1 else f"{line['name']}: {figure_text(high[1], unit)} ({high[0]})."
            )
    return " ".join(str(sentence) for sentence in said)


def described_map(found: Coloured) -> str:
    """A map in a sentence or two: who is first and last, and how many places have no figure."""
    known = sorted(
        (place for place in found.places if place["state"] == "known"), key=lambda one: one["value"]
    )
    said = []
    if known and known[0]["value"] == known[-1]["value"]:
        said.append(_("Semua yang ada angkanya sama: %(text)s.", text=known[0]["text"]))
    elif known:
        low, high = known[0], known[-1]
        sentence = _("Paling tinggi %(first)s (%(high)s), paling rendah %(last)s (%(low)s).",
                     first=high["name"], high=high["text"], last=low["name"], low=low["text"])  # fmt: skip
        said.append(sentence)
    if found.missing:
        said.append(_("%(count)s tempat belum ada angkanya.", count=formats.number(found.missing)))
    if found.hidden:
        said.append(_("%(count)s angka disembunyikan.", count=formats.number(found.hidden)))
    return " ".join(str(sentence) for sentence in said)


def map_place(place: Mapping[str, Any]) -> list[Any]:
    """A place as the map's script reads it: code, name, words of its figure, step of its colour or state, address."""
    look = place["step"] if place["state"] == "known" else place["state"]
    return [place["code"], place["name"], place["text"], look, place.get("url") or ""]
