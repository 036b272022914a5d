"""The village's areas as lists need them: their names, the way to each, their order, all from one query."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.village import queries
from app.core.village.forms import kind_words, spoken_area
from app.core.village.services.sub_areas import Branch, tree
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class AreaBook:
    """Areas by id, in the village's own order (an RT behind its RW, that behind its sub-area).

    names: "RT 002". ways: "Dusun I / RW 001 / RT 002". below: the ids of an area and of everything in it. gone: those
    that went over to another village; they are named where something was recorded of them, and are no choice.
    """

    names: Mapping[uuid.UUID, str]
    ways: Mapping[uuid.UUID, str]
    below: Mapping[uuid.UUID, frozenset[uuid.UUID]]
    gone: frozenset[uuid.UUID] = frozenset()

    @property
    def order(self) -> list[uuid.UUID]:
        """All areas in the village's own order."""
        return list(self.names)

    @property
    def options(self) -> list[tuple[str, str]]:
        """Choices of a form: id and way."""
        return [(str(area_id), way) for area_id, way in self.ways.items() if area_id not in self.gone]

    def options_with(self, kept: object) -> list[tuple[str, str]]:
        """The same choices with the area that is chosen already, though it is gone."""
        known = [(str(area_id), self.ways[area_id]) for area_id in self.gone if str(area_id) == str(kept)]
        return [*self.options, *known]

    def way(self, area_id: uuid.UUID | None) -> str:
        """The way to an area; empty when there is none."""
        return self.ways.get(area_id, "") if area_id else ""


def area_book() -> AreaBook:
    """Read all areas of the present village: one query."""
    words = kind_words(current_tenant())
    names: dict[uuid.UUID, str] = {}
    ways: dict[uuid.UUID, str] = {}
    below: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
    areas = queries.sub_areas()

    def walk(branches: list[Branch], above: str) -> frozenset[uuid.UUID]:
        found: set[uuid.UUID] = set()
        for branch in branches:
            area = branch.area
            names[area.id] = spoken_area(area, words)
            ways[area.id] = f"{above}{names[area.id]}"
            below[area.id] = walk(branch.children, f"{ways[area.id]} / ") | {area.id}
            found |= below[area.id]
        return frozenset(found)

    walk(tree(areas), "")
    return AreaBook(names, ways, below, frozenset(area.id for area in areas if area.is_gone))
