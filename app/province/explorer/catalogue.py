"""All indicators by pillar, each with its figure of a region, how fresh it is and how many villages told it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator, declared
from app.core.ui.formats import ago
from app.province import figures, wording
from app.province.explorer.about import PILLARS, pillar_name
from app.province.explorer.asking import Spot, month_of, one_of, searched, seen_place
from app.province.explorer.changes import month_name
from app.province.explorer.presenting import told_words
from app.province.figures import MISSING, Figure


@dataclass(slots=True)
class Wanted:
    """Which indicators, of which place, in which month (None: the newest)."""

    spot: Spot
    month: dt.date | None = None
    search: str = ""
    pillar: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """An indicator with the place's figure."""

    indicator: Indicator
    figure: Figure


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """Read the parameters of the catalogue. Aborts with 404 for a place that the account does not see."""
    wanted = Wanted(seen_place(given.get("wilayah")))
    wanted.month = month_of(given.get("bulan", ""), wanted.problems)
    wanted.search = searched(given.get("cari", ""))
    wanted.pillar = one_of(given.get("pilar", ""), ("", *PILLARS), _("Pilar"), wanted.problems)
    return wanted


class Catalogue:
    """What the template asks about the catalogue."""

    def __init__(self, wanted: Wanted) -> None:
        """Read it (inside a platform scope; at most four selects)."""
        self.wanted, self.spot = wanted, wanted.spot
        self.month = wanted.month or figures.newest_month()
        self.total = self.desa = 0
        if wanted.spot.village is None:
            whole = figures.directory(wanted.spot.territory, wanted.spot.level)
            self.total = sum(place.villages for place in whole)
            self.desa = sum(place.desa for place in whole)
        known = declared()
        found = figures.read(known, [self.spot.code], [self.month])
        self.entries = [
            Entry(one, found.get((self.spot.code, one.code, self.month), MISSING))
            for one in known
            if _matches(one, wanted.search)
        ]

    @property
    def groups(self) -> list[tuple[str, str, list[Entry]]]:
        """The entries by pillar: (code, name, entries by name)."""
        shown = [self.wanted.pillar] if self.wanted.pillar else list(PILLARS)
        found = [(pillar, pillar_name(pillar), self._of(pillar)) for pillar in shown]
        return [group for group in found if group[2]]

    def _of(self, pillar: str) -> list[Entry]:
        entries = [entry for entry in self.entries if entry.indicator.pillar == pillar]
        return sorted(entries, key=lambda entry: wording.label(entry.indicator).casefold())

    @property
    def chips(self) -> list[dict[str, Any]]:
        """The pillars with how many indicators the search leaves in each."""
        whole = {"label": _("Semua"), "url": self.url(pilar=None), "current": not self.wanted.pillar}
        chips = [{**whole, "count": len(self.entries)}]
        for pillar in PILLARS:
            chips.append(
                {
                    "label": pillar_name(pillar),
                    "url": self.url(pilar=pillar),
                    "current": self.wanted.pillar == pillar,
                    "count": len(self._of(pillar)),
                }
            )
        return chips

    def url(self, **changes: str | None) -> str:
        """This catalogue with changes."""
        query = {
            "wilayah": self.spot.code,
            "bulan": f"{self.wanted.month:%Y-%m}" if self.wanted.month else "",
            "cari": self.wanted.search,
            "pilar": self.wanted.pillar,
            **changes,
        }
        return url_for("explorer.catalogue", **{name: value for name, value in query.items() if value})  # type: ignore[arg-type]

    def entry_url(self, entry: Entry) -> str:
        """The indicator's page about the same place and month."""
        month = f"{self.wanted.month:%Y-%m}" if self.wanted.month else None
        return url_for("explorer.indicator", code=entry.indicator.code, wilayah=self.spot.code, bulan=month)

    @property
    def month_words(self) -> str:
        """The month in full."""
        return month_name(self.month)

    def fresh(self, entry: Entry) -> str:
        """How fresh the figure is and who told it."""
        if entry.figure.is_missing:
            return str(_("Belum ada yang menyampaikan bulan ini"))
        told = told_words(entry.figure.told, self.total, self.desa) if self.spot.village is None else ""
        return " · ".join(part for part in (told, ago(entry.figure.newest)) if part)


def _matches(one: Indicator, search: str) -> bool:
    said = f"{one.code} {one.label} {one.label_en} {one.definition} {one.definition_en}".casefold()
    return all(word in said for word in search.casefold().split())
