"""The page of villages of which nobody ever came to a training: list, map, how they were asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.ui.formats import number
from app.province import states
from app.province.maps.services import has_boundaries
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, frame_names
from app.province.training.results import queries
from app.province.training.results.presenting import Page, crumbs, page_number, village_url
from app.province.training.results.queries import Asked, Village
from tenants.models import TenantState

VILLAGE_LEVEL = 4
KINDS_OF_VILLAGES = {"desa": _l("Desa"), "kelurahan": _l("Kelurahan")}


@dataclass(frozen=True, slots=True)
class NeverLine:
    """A village that never came."""

    village: Village
    asked: Asked
    url: str

    @property
    def state(self) -> dict[str, str]:
        """Its adoption state in words, with the tone of its tag."""
        said = states.words(self.village.state)
        return {"label": str(said.label), "tone": said.tone}


class NeverFilter:
    """Which of the villages that never came."""

    def __init__(self, query: MultiDict[str, str]) -> None:
        self.kind = query.get("jenis", "") if query.get("jenis") in KINDS_OF_VILLAGES else ""
        known = {state.value for state in TenantState}
        self.state = query.get("keadaan", "") if query.get("keadaan") in known else ""
        self.search = " ".join(query.get("q", "").replace("\x00", "").split())[:80]
        self.page = page_number(query)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.kind or self.state or self.search)

    def as_query(self) -> dict[str, Any]:
        """As an address names it."""
        told = {"jenis": self.kind, "keadaan": self.state, "q": self.search}
        return {name: value for name, value in told.items() if value}

    def takes(self, one: Village) -> bool:
        """Whether a village is listed."""
        words = self.search.lower()
        return (
            (not self.kind or one.kind == self.kind)
            and (not self.state or one.state == self.state)
            and (not words or words in one.name.lower() or one.code.startswith(words))
        )


class NeverCame:
    """The page of the villages of a region of which nobody ever came to a training."""

    def __init__(self, here: Territory, filters: NeverFilter, own_code: str) -> None:
        self.here, self.filters, self.own_code = here, filters, own_code
        self.villages = queries.villages_of(here)
        self._asked = queries.asked(here)

    @cached_property
    def listed(self) -> list[NeverLine]:
        """The villages that the filters leave, by code."""
        return [
            NeverLine(one, self._asked.get(one.id, Asked()), village_url(one))
            for one in self.villages
            if one.trained_on is None and self.filters.takes(one)
        ]

    @cached_property
    def page(self) -> Page:
        """Those of the page."""
        return Page.cut(self.listed, self.filters.page)

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The few figures on top, desa and kelurahan apart."""
        found: list[dict[str, Any]] = []
        for kind, label in (
            ("desa", _("desa belum pernah ikut")),
            ("kelurahan", _("kelurahan belum pernah ikut")),
        ):
            ours = [one for one in self.villages if one.kind == kind]
            count = sum(one.trained_on is None for one in ours)
            if ours:
                found.append(
                    {
                        "value": number(count),
                        "label": label,
                        "note": _("dari %(total)s", total=number(len(ours))),
                    }
                )
        away = [one for one in self.villages if one.trained_on is None]
        invited = sum(self._asked.get(one.id, Asked()).invitations > 0 for one in away)
        found.append({"value": number(invited), "label": _("di antaranya pernah diundang")})
        return found

    @cached_property
    def map_level(self) -> int:
        """The places of the map: villages below a kabupaten where their outlines are there, else the level below."""
        if self.here.level == REGENCY and not has_boundaries(self.here.code, VILLAGE_LEVEL):
            return DISTRICT
        return REGENCY if self.here.level == PROVINCE else VILLAGE_LEVEL

    @property
    def map_values(self) -> list[dict[str, Any]]:
        """The places of the map: the share of villages that never came; of a village whether it did."""
        if self.map_level == VILLAGE_LEVEL:
            return [
                {
                    "code": one.code,
                    "name": one.name,
                    "value": float(one.trained_on is None),
                    "text": str(_("sudah pernah") if one.trained_on is not None else _("belum pernah")),
                    "url": village_url(one),
                }
                for one in self.villages
            ]
        below: dict[str, list[bool]] = {}
        for one in self.villages:
            code = one.regency_code if self.map_level == REGENCY else one.district_code
            below.setdefault(code, []).append(one.trained_on is None)
        return [
            {
                "code": code,
                "name": name,
                "value": sum(away) / len(away),
                "text": str(_("%(never)s dari %(all)s", never=number(sum(away)), all=number(len(away)))),
                "url": self.url(code),
            }
            for (code, away), name in zip(below.items(), frame_names(below), strict=True)
        ]

    @property
    def map_classes(self) -> Any:
        """The colours: fifths of a share, or whether a village came."""
        if self.map_level == VILLAGE_LEVEL:
            return [(1.0, str(_("sudah pernah"))), (None, str(_("belum pernah")))]
        return "fifths"

    @property
    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the filters offer."""
        kinds = [(key, str(said)) for key, said in KINDS_OF_VILLAGES.items()]
        known = [(state.value, str(states.words(state).label)) for state in TenantState]
        return {
            "kinds": [("", str(_("Desa dan kelurahan"))), *kinds],
            "states": [("", str(_("Semua keadaan"))), *known],
        }

    def url(self, code: str, **query: Any) -> str:
        """The address of a region's page."""
        return url_for("training_results.never", code=code, **query)

    def list_url(self, page: int) -> str:
        """The address of a page of the list."""
        return self.url(self.here.code, **self.filters.as_query(), hal=str(page)) + "#daftar"

    def file_url(self, form: str) -> str:
        """The address of the list as a file."""
        return url_for(
            "training_results.export",
            code=self.here.code,
            daftar="belum",
            bentuk=form,
            **self.filters.as_query(),
        )

    @property
    def breadcrumbs(self) -> list[dict[str, str]]:
        """The way from the results here."""
        results = {"label": str(_("Hasil pelatihan")), "url": url_for("training_results.index")}
        return [
            results,
            *(crumbs(self.here, self.own_code, "training_results.never") or [{"label": self.here.name}]),
        ]
