"""What the pages of open data show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.core.links import province_url
from app.core.ui.formats import date
from app.province import figures
from app.province.figures import MISSING
from app.province.open_data import catalogue
from app.province.open_data.publications import Opened
from app.province.programme import PROVINCE_CODE
from app.province.regions import frame_name, territory
from app.province.wording import definition, label, said, unit_words

PREVIEWED = 12


def level_words(level: int | None) -> str:
    """A level of regions in words; None is closed."""
    return {
        None: str(_("Tertutup")),
        1: str(_("Provinsi")),
        2: str(_("Kabupaten/kota")),
        3: str(_("Kecamatan")),
        4: str(_("Desa dan kelurahan")),
    }[level]


def pillar_words(pillar: str) -> str:
    """A pillar in words."""
    return {
        "adoption": str(_("Adopsi")),
        "government": str(_("Pemerintahan")),
        "economy": str(_("Ekonomi")),
        "people": str(_("Masyarakat")),
    }[pillar]


def month_words(month: dt.date | None) -> str:
    """A month in the reader's language."""
    return format_date(month, "MMMM y", locale=get_locale()) if month else "–"


@dataclass(frozen=True)
class CatalogueView:
    """The public page."""

    opened: Sequence[Opened]

    @property
    def place(self) -> str:
        """Whose data it is."""
        return frame_name(PROVINCE_CODE)

    @property
    def demo(self) -> bool:
        """Whether any figure is made up."""
        return any(one.demo for one in self.opened)

    @property
    def attribution(self) -> str:
        """How to name the source."""
        return catalogue.attribution()

    @property
    def licence(self) -> str:
        """The licence's address."""
        return catalogue.LICENCE

    @property
    def address(self) -> str:
        """The page's own address."""
        return province_url("open_data.page")

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """Open indicators by pillar."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in self.opened:
            groups.setdefault(one.indicator.pillar, []).append(self._item(one))
        return [{"name": pillar_words(pillar), "entries": entries} for pillar, entries in groups.items()]

    def _item(self, one: Opened) -> dict[str, Any]:
        code = one.indicator.code
        return {
            "code": code,
            "label": label(one.indicator),
            "definition": definition(one.indicator),
            "unit": unit_words(one.indicator),
            "level": level_words(one.level),
            "months": f"{month_words(one.first)} – {month_words(one.last)}" if one.first else "",
            "updated": date(one.updated) if one.updated else "",
            "sensitive": one.indicator.sensitive,
            "demo": one.demo,
            "csv": url_for("open_data.dataset", code=code, shape="csv"),
            "json": url_for("open_data.dataset", code=code, shape="json"),
            "all": url_for(
                "open_data.dataset",
                code=code,
                shape="csv",
                tingkat=min(one.level, 2),
                dari=f"{one.first:%Y-%m}",
            )
            if one.first
            else "",
        }


@dataclass(frozen=True)
class Preview:
    """What becomes public at a level: how many lines, how many of them hidden or missing, and the first of them."""

    month: dt.date
    lines: int
    hidden: int
    missing: int
    demo: int
    shown: list[dict[str, str]]


def preview(indicator: Indicator, level: int) -> Preview:
    """The newest month's lines of an indicator at a level (inside a platform scope)."""
    month = figures.newest_month()
    places = figures.directory(territory(PROVINCE_CODE), level)
    found = figures.read([indicator], [place.code for place in places], [month])
    told = [found.get((place.code, indicator.code, month), MISSING) for place in places]
    pairs = list(zip(places, told, strict=True))
    first = [pair for pair in pairs if not pair[1].is_missing] or pairs
    return Preview(
        month,
        len(places),
        sum(figure.is_hidden for figure in told),
        sum(figure.is_missing for figure in told),
        sum(bool(figure.demo) for figure in told),
        [
            {"code": place.code, "name": place.name, "value": said(indicator, figure)}
            for place, figure in first[:PREVIEWED]
        ],
    )
