"""A comparison in words: what is chosen, what can be added, the lines over time, the table."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator, declared
from app.province import wording
from app.province.explorer.about import PILLARS, pillar_name
from app.province.explorer.asking import level_name
from app.province.explorer.changes import month_name
from app.province.explorer.comparing import MOST, MOST_INDICATORS, Comparison, found_places
from app.province.explorer.measures import chart_unit, measure_name, measured_text, offered
from app.province.explorer.presenting import area_of, short_month
from app.province.explorer.reading import Point
from app.province.figures import Place


class ComparisonView:
    """What the template asks about a comparison."""

    def __init__(self, found: Comparison, may_export: bool) -> None:
        self.found, self.asked, self.may_export = found, found.asked, may_export

    @property
    def query(self) -> dict[str, str]:
        """The comparison as the parameters of an address."""
        return self._query()

    def _query(
        self, places: list[str] | None = None, codes: list[str] | None = None, **changes: str
    ) -> dict[str, str]:
        asked = self.asked
        said = {
            "tempat": ",".join(asked.places if places is None else places),
            "kode": ",".join(self.codes if codes is None else codes),
            "bulan": f"{asked.month:%Y-%m}" if asked.month else "",
            "ukuran": asked.measure,
            **changes,
        }
        return {name: value for name, value in said.items() if value}

    def _url(self, query: dict[str, str]) -> str:
        return url_for("explorer.compare", **query)  # type: ignore[arg-type]

    @property
    def codes(self) -> list[str]:
        """Codes of the chosen indicators."""
        return [one.code for one in self.asked.indicators]

    @property
    def key(self) -> str:
        """What the audit log knows the comparison by."""
        return f"{','.join(self.asked.places)} {','.join(self.codes)}"

    @property
    def summary(self) -> str:
        """What is compared, for the audit log."""
        labels = ", ".join(one.label for one in self.asked.indicators[:3])
        return f"{', '.join(place.name for place in self.found.places)}: {labels}"

    @property
    def month_words(self) -> str:
        """The month of the table."""
        return month_name(self.found.month)

    @property
    def level_words(self) -> str:
        """What the places are called together."""
        return level_name(self.asked.level)

    @property
    def level_chips(self) -> list[dict[str, Any]]:
        """Levels to choose places from; choosing one begins anew."""
        codes = {"kode": ",".join(self.codes)} if self.codes else {}
        return [
            {
                "label": level_name(level),
                "url": self._url({"tingkat": str(level), **codes}),
                "current": level == self.asked.level,
            }
            for level in self.asked.own.levels
        ]

    @property
    def chosen(self) -> list[dict[str, Any]]:
        """The chosen places, each with the address without it."""
        return [
            {
                "place": place,
                "name": self.name(place),
                "url": self._url(self._query([code for code in self.asked.places if code != place.code])),
            }
            for place in self.found.places
        ]

    @property
    def chosen_indicators(self) -> list[dict[str, Any]]:
        """The chosen indicators, each with the address without it and the one that draws it."""
        chosen = []
        for one in self.asked.indicators:
            others = [code for code in self.codes if code != one.code]
            chosen.append(
                {
                    "indicator": one,
                    "label": wording.label(one),
                    "url": self._url(self._query(codes=others)),
                    "draw_url": self._url(self._query(codes=[one.code, *others])),
                }
            )
        return chosen

    def name(self, place: Place) -> str:
        """A place's name; where it lies is added when two of the chosen are called the same."""
        same = [other for other in self.found.places if other.name == place.name]
        area = area_of(place.code, self.asked.own.code) if len(same) > 1 else ""
        return f"{place.name} ({area})" if area else place.name

    @property
    def can_add_place(self) -> bool:
        """Whether there is room for another place."""
        return len(self.asked.places) < MOST

    @property
    def can_add_indicator(self) -> bool:
        """Whether there is room for another indicator."""
        return len(self.asked.indicators) < MOST_INDICATORS

    @cached_property
    def candidates(self) -> list[dict[str, str]]:
        """Places to add, each with the address that has it."""
        own = self.asked.own.code
        return [
            {
                "name": place.name,
                "area": area_of(place.code, own),
                "url": self._url(self._query([*self.asked.places, place.code])),
            }
            for place in found_places(self.found)
        ]

    @property
    def indicator_options(self) -> list[dict[str, Any]]:
        """Indicators to add, by pillar."""
        chosen = set(self.codes)
        groups = []
        for pillar in PILLARS:
            free = [one for one in declared() if one.pillar == pillar and one.code not in chosen]
            ones = sorted(
                ((one.code, wording.label(one)) for one in free), key=lambda pair: pair[1].casefold()
            )
            if ones:
                groups.append({"label": pillar_name(pillar), "options": ones})
        return groups

    @property
    def months(self) -> list[tuple[str, str]]:
        """Months to choose from, newest first."""
        return [(f"{month:%Y-%m}", month_name(month)) for month in reversed(self.found.months)]

    @property
    def measures(self) -> list[tuple[str, str]]:
        """Measures that make sense for any of the chosen indicators; empty when none does."""
        names = dict.fromkeys(name for one in self.asked.indicators for name in offered(one))
        return [(name, measure_name(name)) for name in ("", *names)] if names else []

    @cached_property
    def chart(self) -> dict[str, Any] | None:
        """The first indicator over time, a line a place; None where there is nothing to draw."""
        if not self.asked.indicators or not self.found.places:
            return None
        first = self.asked.indicators[0]
        if first.unit == "date" or not any(
            point.value is not None for line in self.found.series.values() for point in line
        ):
            return None
        return {
            "title": wording.label(first),
            "categories": [short_month(month) for month in self.found.months],
            "series": [
                {
                    "name": self.name(place).removeprefix("Kabupaten "),
                    "values": [point.value for point in self.found.series[place.code]],
                    "texts": [self.text(first, point) for point in self.found.series[place.code]],
                }
                for place in self.found.places
            ],
            "unit": chart_unit(first, self.asked.measure) if self.asked.measure else first.unit,
            "small": measure_name(self.asked.measure) if self.asked.measure in offered(first) else "",
        }

    def text(self, one: Indicator, point: Point) -> str:
        """A figure in words."""
        return measured_text(one, self.asked.measure, point.figure, point.value)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The table: a row an indicator, a cell a place; `is_best` where one is better than all others."""
        rows = []
        for chosen in self.chosen_indicators:
            one = chosen["indicator"]
            points = [
                self.found.table[one.code, place.code] for place in self.found.places if self.found.table
            ]
            values = [point.value for point in points if point.value is not None]
            best = None
            # Of counts the larger place has more: only what is comparable has a best one.
            comparable = one.rollup != "sum" or self.asked.measure in offered(one)
            if comparable and one.direction != "neutral" and len(values) > 1:
                best = min(values) if one.direction == "lower" else max(values)
            cells = [
                {
                    "text": self.text(one, point),
                    "is_best": best is not None and point.value == best and values.count(best) == 1,
                    "demo": bool(point.figure.demo),
                    "reason": wording.hidden_reason(point.figure),
                }
                for point in points
            ]
            by = measure_name(self.asked.measure) if self.asked.measure in offered(one) else ""
            rows.append({**chosen, "unit": by or wording.unit_words(one), "cells": cells})
        return rows

    @property
    def has_demo(self) -> bool:
        """Whether any of the figures is made up for a demo."""
        return any(point.figure.demo for point in self.found.table.values())

    def file_urls(self, part: str) -> dict[str, str] | None:
        """The downloads; None for who may not export."""
        if not self.may_export or self.asked.lacking:
            return None
        return {
            form: url_for("explorer.compare_download", bentuk=form, isi=part, **self.query)  # type: ignore[arg-type]
            for form in ("xlsx", "csv")
        }

    @property
    def guidance(self) -> str:
        """What to do next while there is nothing to compare yet."""
        return " ".join(self.asked.lacking)

    @property
    def table_title(self) -> str:
        """The title of the table."""
        return str(_("Angka %(month)s", month=self.month_words))
