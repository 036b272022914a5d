"""An event as a village sees it, `/pelatihan/<event>` on its own host: other parts of training add sections to it.

Sections are read inside the platform's scope, before the page is drawn: what `read` gives must be plain values or rows
whose columns are loaded.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingInvitation
from tenants.scope import Tenant


@dataclass(frozen=True, slots=True)
class VillageEvent:
    """An event that a village was invited to. `registered` are the ids of its participants who hold a seat."""

    event: TrainingEvent
    invitation: TrainingInvitation
    village: Tenant
    registered: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `read` gives what `template` shows as `found`; None leaves the section out."""

    order: int
    template: str
    read: Callable[[VillageEvent], object | None]


_sections: dict[str, Section] = {}


def add_section(order: int, template: str, read: Callable[[VillageEvent], object | None]) -> None:
    """Add a section to every event's page on villages' hosts (a part's manifest does so at start).

    Args:
        order: sections stand in this order below participants and tasks; 30 material, 60 certificates.
        template: included with `found` (what `read` gave) and `event`; the macros form, data, table and feedback are
            at hand.
        read: called inside the platform's scope; must not commit.
    """
    _sections[template] = Section(order, template, read)


def sections_of(own: VillageEvent) -> list[tuple[str, object]]:
    """The templates of the sections that say something to this village, with what they show."""
    found = [(one.template, one.read(own)) for one in sorted(_sections.values(), key=lambda s: s.order)]
    return [(template, shown) for template, shown in found if shown is not None]
