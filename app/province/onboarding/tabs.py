"""The officers' pages of onboarding: each part adds its own, all of them stand side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.core.actors import acting


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of onboarding. `label` is Indonesian (a lazy string)."""

    order: int
    label: object
    endpoint: str
    permission: str
    also: tuple[str, ...] = ()


_tabs: dict[str, Tab] = {}


def add_tab(order: int, label: object, endpoint: str, permission: str, also: tuple[str, ...] = ()) -> None:
    """Add a page to the officers' tabs (a part's manifest does so).

    Args:
        order: where it stands among the others.
        label: its name, a lazy string.
        endpoint: of the page, without arguments.
        permission: who sees the tab.
        also: endpoints of further pages that belong to it.
    """
    _tabs[endpoint] = Tab(order, label, endpoint, permission, also)


def shown_tabs() -> list[dict[str, Any]]:
    """The tabs that the one who acts may open, in their order, as `onboarding_board/_tabs.html` draws them."""
    actor, present = acting(), request.endpoint or ""
    return [
        {"label": tab.label, "url": url_for(tab.endpoint), "current": present in (tab.endpoint, *tab.also)}
        for tab in sorted(_tabs.values(), key=lambda one: one.order)
        if actor.may(tab.permission)
    ]
