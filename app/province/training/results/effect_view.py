"""The page on what changed in trained villages against like ones: numbers, how sure they are, what they do not say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.ui.formats import number
from app.province import wording
from app.province.readiness.presenting import month_words
from app.province.regions import DISTRICT, Territory
from app.province.training.results import effects, words
from app.province.training.results.effects import HORIZONS, Effects, Measure
from app.province.training.results.matching import Compared, Comparison
from app.province.training.results.presenting import Page, crumbs, page_number, village_url
from app.province.training.results.queries import Village
from tenants.models import now


class EffectFilter:
    """How long after a training is looked, and the page of the list."""

    def __init__(self, query: MultiDict[str, str]) -> None:
        asked = query.get("jangka", "")
        self.horizon = int(asked) if asked in {str(one) for one in HORIZONS} else HORIZONS[0]
        self.page = page_number(query)

    def as_query(self) -> dict[str, Any]:
        """As an address names it."""
        return {} if self.horizon == HORIZONS[0] else {"jangka": str(self.horizon)}


class MeasureView:
    """A measure of the page."""

    def __init__(self, measure: Measure, found: Comparison) -> None:
        self.measure, self.found, self.code = measure, found, measure.code
        self.label = wording.label(measure.indicator)
        self.key = measure.code.replace(".", "-")

    @property
    def has_any(self) -> bool:
        """Whether anything could be compared."""
        return self.found.effect is not None

    @property
    def effect(self) -> str:
        """The mean difference with its unit."""
        found = self.found.effect
        return f"{words.signed(found.mean)} {words.unit_words(self.code)}" if found else "–"

    @property
    def interval(self) -> str:
        """The bounds of its interval."""
        return words.interval_words(self.found.effect)

    @property
    def tone(self) -> str:
        """How the sentence is set: a warning where little may be concluded."""
        found = self.found.effect
        return "warning" if found is None or found.is_few or not found.is_clear else "info"

    @property
    def says(self) -> str:
        """What the comparison says."""
        return words.effect_words(self.code, self.found)

    @property
    def earlier(self) -> str:
        """Whether both were on different ways before."""
        return words.earlier_words(self.code, self.found)

    @property
    def earlier_is_clear(self) -> bool:
        """Whether they were."""
        return bool(self.earlier and self.found.earlier and self.found.earlier.is_clear)

    @property
    def left_out(self) -> list[str]:
        """Which trained villages are not compared."""
        return words.left_out_words(self.found)

    @property
    def caliper(self) -> str:
        """How far apart two villages may begin to be alike."""
        return f"{number(self.measure.caliper, 0)} {words.unit_words(self.code)}"

    @property
    def rows(self) -> list[dict[str, str]]:
        """Means before and after, of the trained and of their like."""
        pairs = self.found.compared
        if not pairs:
            return []
        count = len(pairs)

        def row(label: str, before: float, after: float) -> dict[str, str]:
            return {
                "label": label, "before": number(before / count, 1),
                "after": number(after / count, 1), "change": words.signed((after - before) / count),
            }  # fmt: skip

        return [
            row(str(_("Dilatih")), sum(p.before for p in pairs), sum(p.after for p in pairs)),
            row(
                str(_("Pembanding")), sum(p.like_before for p in pairs),
                sum(p.like_after for p in pairs),
            ),
        ]  # fmt: skip

    @property
    def chart(self) -> dict[str, Any] | None:
        """Both groups' mean change month by month around the training."""
        if not self.has_any:
            return None
        course = sorted(self.found.course.items())

        def values(which: int) -> list[float | None]:
            return [
                None if pair[which] is None else round(pair[which] or 0.0, 2) + 0.0 for _at, pair in course
            ]

        return {
            "categories": [_offset_words(at) for at, _pair in course],
            "series": [
                {"name": str(_("Dilatih")), "values": values(0)},
                {"name": str(_("Pembanding")), "values": values(1), "style": "reference"},
            ],
        }


def _offset_words(at: int) -> str:
    if at == 0:
        return str(_("Bulan pelatihan"))
    if at < 0:
        return str(_("%(count)s bulan sebelum", count=-at))
    return str(_("%(count)s bulan sesudah", count=at))


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A trained village with what was compared of it, measure by measure (None: not compared)."""

    village: Village
    month: str
    parts: tuple[Compared | None, ...]
    url: str


class EffectView:
    """The page of a region."""

    def __init__(self, here: Territory, filters: EffectFilter, own_code: str) -> None:
        self.here, self.filters, self.own_code = here, filters, own_code
        self.found: Effects = effects.effects_of(here, filters.horizon, now())
        self.measures = [MeasureView(measure, one) for measure, one in self.found.comparisons]
        self.is_narrow = here.level == DISTRICT

    @property
    def range(self) -> str:
        """The months that were looked at."""
        first, last = self.found.months[0], self.found.months[-1]
        return str(_("%(first)s sampai %(last)s", first=month_words(first), last=month_words(last)))

    @cached_property
    def lines(self) -> list[EffectLine]:
        """The trained villages of which anything was compared, by code."""
        found: dict[str, list[Compared | None]] = {}
        for place, view in enumerate(self.measures):
            for one in view.found.compared:
                found.setdefault(one.code, [None] * len(self.measures))[place] = one
        lines = []
        for code, parts in sorted(found.items()):
            at = next(one.trained for one in parts if one)
            village = self.found.villages[code]
            lines.append(EffectLine(village, self._month(at), tuple(parts), village_url(village)))
        return lines

    def _month(self, at: int) -> str:
        month: dt.date = self.found.months[at]
        return month_words(month)

    @cached_property
    def page(self) -> Page:
        """Those of the page."""
        return Page.cut(self.lines, self.filters.page)

    @property
    def horizons(self) -> list[tuple[str, str]]:
        """What the filter offers."""
        return [(str(one), str(_("%(count)s bulan sesudah", count=one))) for one in HORIZONS]

    def url(self, code: str, **query: Any) -> str:
        """The address of a region's page."""
        known = {**self.filters.as_query(), **query}
        if code == self.own_code:
            return url_for("training_results.effect", **known)
        return url_for("training_results.effect_of", code=code, **known)

    def list_url(self, page: int) -> str:
        """The address of a page of the list."""
        return self.url(self.here.code, hal=str(page)) + "#desa"

    def file_url(self, form: str) -> str:
        """The address of the list as a file."""
        return url_for(
            "training_results.effect_export", code=self.here.code, bentuk=form, **self.filters.as_query()
        )

    @property
    def breadcrumbs(self) -> list[dict[str, str]]:
        """The way from the results here."""
        results = {"label": str(_("Hasil pelatihan")), "url": url_for("training_results.index")}
        above = crumbs(self.here, self.own_code, "training_results.effect_of", **self.filters.as_query())
        return [results, *(above or [{"label": str(_("Dampak"))}])]
