"""The pages of one event: each part of training adds its own, all of them stand side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventTab:
    """A page of an event. `label` is Indonesian (a lazy string); `endpoint` takes `event_id`; `also` are endpoints of
    further pages that belong to it."""

    label: object
    endpoint: str
    permission: str
    order: int
    also: tuple[str, ...] = ()


_tabs: dict[str, EventTab] = {}


def add_tab(tab: EventTab) -> None:
    """Add a page to every event (a part's manifest does so)."""
    _tabs[tab.endpoint] = tab


def event_tabs() -> list[EventTab]:
    """The pages of an event, in their order; who may see which is the template's to ask."""
    return sorted(_tabs.values(), key=lambda one: one.order)
